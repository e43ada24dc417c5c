"""Reading OpenStreetMap: from the file to a table of streets, and to a network that is searched.

The floor is a pass of libosmium alone, in C++, that reads every node and way and gives the ways
their places. Files are those of ``$URBANGIS_TEST_DATA``: a city, and 41 regions in one.
"""

import os
import tempfile
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


def pyrosm_table(file: File) -> Work:
    """Edges and nodes with geometry."""
    import pyrosm

    return Work(
        lambda: pyrosm.OSM(str(file.path)).get_network(network_type="all", nodes=True), repeats=0
    )


def pyrosm_graph(file: File) -> Work:
    """The same, and a graph that is searched (igraph), not projected."""
    import pyrosm

    def work() -> object:
        osm = pyrosm.OSM(str(file.path))
        nodes, edges = osm.get_network(network_type="walking", nodes=True)
        return osm.to_graph(nodes, edges, graph_type="igraph", retain_all=True)

    return Work(work, repeats=0)


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
            "pyosmium, one by one": Way(one_by_one, ("osmium",)),
            "GDAL to Arrow": Way(gdal, ("pyogrio",)),
            "pyrosm": Way(pyrosm_table, ("pyrosm",)),
        },
    ),
}
