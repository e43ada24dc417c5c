"""The commands: one public function each, which the command line only calls."""
