"""Small drawings: charts, curves, evidence maps, thumbnails."""
