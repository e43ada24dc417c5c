"""Spatial planning GIS: service circles, coverage rates and static web maps."""
