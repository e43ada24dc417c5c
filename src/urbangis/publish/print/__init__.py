"""Maps on paper: a sheet is described by frozen dataclasses, then drawn by Matplotlib."""
