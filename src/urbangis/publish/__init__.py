"""Turn results into pages that work with no network at all."""
