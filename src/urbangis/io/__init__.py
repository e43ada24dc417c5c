"""Read files into checked tables in the study's CRS. Nothing unreadable passes silently."""
