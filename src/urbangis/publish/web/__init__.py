"""Pages as HTML files that load nothing from outside their folder."""
