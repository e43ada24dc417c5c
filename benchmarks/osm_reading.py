"""Reading OpenStreetMap: from the file to a table of streets, and to a network that is searched.

Every way is run once before it is measured, so that what it imports or compiles at first is not
counted, except OSMnx, which takes too long to run twice. Files are those of
``$URBANGIS_TEST_DATA``: a city, and 41 regions in one.

What the tables hold. Ours: every street, path and ferry, one row for each piece between junctions,
with the nodes at its ends, its line, 17 columns of what its tags mean, and what was left out.
pyrosm, ``get_network(nodes=True)``: the streets of a kind of traffic, one row for each pair of
neighbouring nodes, with these nodes, a line and all tags, and a table of the nodes; of ways left
whole, one row a way with a multi-part line and no nodes, which nothing can be searched on.

Floors: a pass of libosmium alone, in C++, that reads every node and way and gives the ways their
places; and unpacking the file (zlib) and making the lines (GEOS) alone, which no reader that gives
a GeoDataFrame can spare.
"""

import mmap
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from benchmarks.harness import Benchmark, Way, Work

OSM = Path(os.environ.get("URBANGIS_TEST_DATA", ".")) / "osm"


class File(NamedTuple):
    """An extract, and the metric CRS of its place."""

    path: Path
    crs: str


SIZES = {
    "Porto, 3.2 MB": File(OSM / "porto_portugal.osm.pbf", "EPSG:3763"),
    "41 regions, 36.8 MB": File(OSM / "MERGED_world_41_regions.osm.pbf", "EPSG:4087"),
}


def floor(file: File) -> Work:
    """Read every node and way, and locate the ways."""
    import osmium

    def work() -> None:
        locate = osmium.NodeLocationsForWays(osmium.index.create_map("flex_mem"))
        locate.ignore_errors()
        with osmium.io.Reader(str(file.path), osmium.osm.NODE | osmium.osm.WAY) as reader:
            osmium.apply(reader, locate)

    return Work(work)


def unpack_and_draw(file: File) -> Work:
    """Unpack every blob of the file; make the lines of streets that are already arrays."""
    from urbangis.io.osm import read_street_lines
    from urbangis.io.osm_blocks import blobs, unpacked

    lines, _ = read_street_lines(file.path)

    def work() -> object:
        with (
            file.path.open("rb") as stream,
            mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data,
        ):
            for blob in blobs(data):
                unpacked(data, blob)
        return lines.table()

    return Work(work)


def table(file: File) -> Work:
    """Streets cut where they meet, with geometry and attributes."""
    from urbangis.io.osm import read_streets

    return Work(lambda: read_streets(file.path))


def network(file: File) -> Work:
    """Streets cut, projected, and made into a network for walkers."""
    from urbangis.catalog import load_catalogue
    from urbangis.io.osm import read_street_lines
    from urbangis.network.build import build_network

    walk = load_catalogue([]).mode("walk")

    def work() -> object:
        lines, _ = read_street_lines(file.path)
        return build_network(lines.to_crs(file.crs), walk)

    return Work(work)


def one_by_one(file: File) -> Work:
    """What reading costs when Python is told of every way and each of its nodes; nothing is cut."""
    import osmium

    def work() -> object:
        processor = osmium.FileProcessor(str(file.path)).with_locations()
        processor.with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
        processor.with_filter(osmium.filter.KeyFilter("highway"))
        return [(dict(way.tags), [(n.ref, n.x, n.y) for n in way.nodes]) for way in processor]

    return Work(work)


def gdal(file: File) -> Work:
    """Lines without node ids, not cut."""
    import pyogrio

    return Work(
        lambda: pyogrio.raw.read_arrow(file.path, layer="lines", where="highway IS NOT NULL")
    )


def pyrosm_table(kind: str, *, cut: bool) -> Callable[[File], Work]:
    """Streets for a kind of traffic: edges and nodes, or ways left whole."""

    def prepare(file: File) -> Work:
        import pyrosm

        def work() -> object:
            return pyrosm.OSM(str(file.path)).get_network(network_type=kind, nodes=cut)

        return Work(work, repeats=1)

    return prepare


def pyrosm_graph(file: File) -> Work:
    """The same, and a graph that is searched (igraph), not projected."""
    import pyrosm

    def work() -> object:
        osm = pyrosm.OSM(str(file.path))
        nodes, edges = osm.get_network(network_type="walking", nodes=True)
        return osm.to_graph(nodes, edges, graph_type="igraph", retain_all=True)

    return Work(work, repeats=1)


def osmnx_graph(file: File) -> Work:
    """A graph that is searched, not projected. OSMnx reads XML, written before it is timed."""
    import osmium
    import osmnx

    folder = tempfile.TemporaryDirectory()
    path = Path(folder.name) / "extract.osm"
    with osmium.SimpleWriter(str(path)) as writer:
        osmium.apply(str(file.path), writer)

    def work() -> object:
        with folder:
            return osmnx.graph_from_xml(path, bidirectional=True, retain_all=True)

    return Work(work, repeats=0)


FLOOR = {"libosmium alone (floor)": Way(floor, ("osmium",))}
BENCHMARKS = {
    "reading": Benchmark(
        "OpenStreetMap: from the file to a network",
        lambda file: File(*file),
        SIZES,
        {
            "urbangis": Way(network, ("urbangis.network.build",)),
            **FLOOR,
            "pyrosm, igraph": Way(pyrosm_graph, ("pyrosm", "igraph")),
            "OSMnx": Way(osmnx_graph, ("osmnx", "osmium")),
        },
    ),
    "reading-table": Benchmark(
        "OpenStreetMap: from the file to a table of streets",
        lambda file: File(*file),
        SIZES,
        {
            "urbangis": Way(table, ("urbangis.io.osm",)),
            **FLOOR,
            "zlib and GEOS alone (floor)": Way(unpack_and_draw, ("urbangis.io.osm",)),
            "pyosmium, one by one": Way(one_by_one, ("osmium",)),
            "GDAL to Arrow": Way(gdal, ("pyogrio",)),
            "pyrosm, all, cut": Way(pyrosm_table("all", cut=True), ("pyrosm",)),
            "pyrosm, on foot, cut": Way(pyrosm_table("walking", cut=True), ("pyrosm",)),
            "pyrosm, by car, cut": Way(pyrosm_table("driving", cut=True), ("pyrosm",)),
            "pyrosm, all, ways whole": Way(pyrosm_table("all", cut=False), ("pyrosm",)),
        },
    ),
}
