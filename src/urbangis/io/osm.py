"""OpenStreetMap extracts: ``.osm.pbf``, ``.osm``, ``.osm.gz``, ``.osm.bz2``."""

from urbangis.io.osm_places import read_places
from urbangis.io.osm_streets import read_street_lines, read_streets

__all__ = ["read_places", "read_street_lines", "read_streets"]
