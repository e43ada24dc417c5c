"""Siting: which candidates to open, so that most are served with what there is."""
