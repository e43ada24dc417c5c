"""What a study asks for beside its service circles: compute it, write its pages and tables."""
