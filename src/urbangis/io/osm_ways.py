"""Streets and barriers of an OpenStreetMap extract, as they stand in the file.

libosmium reads the file, gives the ways their places, and writes those that matter to a passing
file without compression, all in C++; `urbangis.io.osm_decode` turns that into arrays. Asking
libosmium for each way and each of its nodes from Python takes ten times as long.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import osmium

from urbangis.io.osm_decode import Items, decode
from urbangis.io.osm_file import reading

NO_PLACE = 2**31 - 1
"""Coordinate of a node that is not in the file, as libosmium has it."""

_FORMAT = "pbf,pbf_compression=none,pbf_dense_nodes=false,add_metadata=false,locations_on_ways=true"


def read_ways(path: Path, keys: Sequence[str]) -> tuple[Items, Items]:
    """Read the ways that may be streets, and the barriers that may stand on them.

    Parameters
    ----------
    path
        ``.osm.pbf``, ``.osm``, ``.osm.gz`` or ``.osm.bz2``.
    keys
        Tags to keep.

    Returns
    -------
    barriers, ways
        The nodes with the tag ``barrier``, and the ways with the tags ``highway`` or ``route``,
        in the order of the file. Places are `NO_PLACE` where the node is not in the file.

    Raises
    ------
    ReadError
        If the file is missing, damaged or not OpenStreetMap data.
    """
    streets, barriers = (
        osmium.filter.KeyFilter("highway", "route"),
        osmium.filter.KeyFilter("barrier"),
    )
    streets.enable_for(osmium.osm.WAY)
    barriers.enable_for(osmium.osm.NODE)
    locate = osmium.NodeLocationsForWays(osmium.index.create_map("flex_mem"))
    locate.ignore_errors()
    with tempfile.TemporaryDirectory() as folder:
        chosen = Path(folder) / "chosen.osm.pbf"
        with (
            reading(path),
            osmium.io.Reader(str(path), osmium.osm.NODE | osmium.osm.WAY) as reader,
            osmium.SimpleWriter(osmium.io.File(str(chosen), _FORMAT)) as writer,
        ):
            osmium.apply(reader, locate, streets, barriers, writer)
        return decode(chosen, keys)
