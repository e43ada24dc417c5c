"""Service areas as polygons: of each facility alone, and of all together.

Porto is read from the OpenStreetMap extract in ``$URBANGIS_TEST_DATA``. The peers draw as their
manuals show: OSMnx an ego graph by NetworkX for each facility, its edges buffered and joined; for
all facilities together, the streets reached in time, buffered and joined by GEOS. A slow peer draws
a sample of the facilities, and its time a facility is taken.
"""

import os
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from benchmarks import province
from benchmarks.harness import Benchmark, Way, Work
from urbangis.catalog import load_catalogue
from urbangis.io.osm import read_street_lines
from urbangis.network.build import build_network
from urbangis.network.entrances import Entrances, facility_entrances
from urbangis.network.graph import Network
from urbangis.travel.service_area import catchments, reached_streets, service_area

PORTO = Path(os.environ.get("URBANGIS_TEST_DATA", ".")) / "osm/porto_portugal.osm.pbf"
SAMPLE = 40
PEER_STRIP_M = 25.0
World = tuple[Network, Entrances]


def porto(facilities: int) -> World:
    """Porto on foot, with facilities beside its streets."""
    lines, _ = read_street_lines(PORTO)
    network, _ = build_network(lines.to_crs("EPSG:3763"), load_catalogue([]).mode("walk"))
    rng = np.random.default_rng(0)
    edge = rng.choice(np.flatnonzero(network.major), facilities)
    fraction = rng.random(facilities)
    on = shapely.line_interpolate_point(network.lines[edge], fraction, normalized=True)
    return network, entered(
        network, shapely.get_coordinates(on) + rng.normal(0, 15, (edge.size, 2))
    )


def made(share: float) -> World:
    """Part of a generated province on foot, with its facilities."""
    what = province.generate(share)
    network, _ = build_network(what.streets(), load_catalogue([]).mode("walk"))
    return network, entered(network, what.facilities)


def entered(network: Network, xy: np.ndarray) -> Entrances:
    ids = np.arange(len(xy)).astype(str)
    names = {"id": ids, "name": ids, "name_en": ids, "kind": "clinic"}
    supply = gpd.GeoDataFrame(names, geometry=shapely.points(xy), crs=network.crs)
    return facility_entrances(network, supply)[0]


def each(cutoffs_min: list[float], strip_m: float = 40.0) -> Way:
    """Draw each facility alone; seconds a facility."""

    def prepare(world: World) -> Work:
        network, entrances = world
        count = np.unique(entrances.facility).size
        return Work(
            lambda: catchments(network, entrances, cutoffs_min, off_network_m=strip_m),
            units=lambda _: count,
        )

    return Way(prepare)


def each_as_osmnx(world: World) -> Work:
    """An ego graph for each facility, its edges buffered by 25 m and joined."""
    import networkx as nx

    network, entrances = world
    links = network.links
    order = np.argsort(network.edge_link, kind="stable")
    ends = np.searchsorted(network.edge_link[order], np.arange(links.time_s.size + 1))
    lines = network.lines[order]
    streets = [shapely.line_merge(shapely.multilinestrings(lines[a:b])) for a, b in pairwise(ends)]
    graph = nx.MultiDiGraph()
    rows = zip(*(one.tolist() for one in links), streets, strict=True)
    for start, end, time_s, ahead, back, line in rows:
        if ahead:
            graph.add_edge(start, end, time=time_s, geometry=line)
        if back:
            graph.add_edge(end, start, time=time_s, geometry=line)
    nodes = links.start[network.edge_link[entrances.edge]][:SAMPLE].tolist()

    def work() -> int:
        for node in nodes:
            ego = nx.ego_graph(graph, node, radius=900.0, distance="time")
            edges = gpd.GeoSeries([data["geometry"] for _, _, data in ego.edges(data=True)])
            edges.buffer(PEER_STRIP_M).union_all()
        return len(nodes)

    return Work(work, units=float, repeats=0)


def together(world: World) -> Work:
    """5, 10 and 15 minutes of the nearest facility."""
    network, entrances = world
    return Work(lambda: service_area(network, entrances, [5, 10, 15]))


def together_buffered(world: World) -> Work:
    """Reached streets buffered by 40 m and joined, for 5, 10 and 15 minutes."""
    network, entrances = world

    def work() -> None:
        for limit_s in (300.0, 600.0, 900.0):
            streets = reached_streets(network, entrances, limit_s=limit_s)
            shapely.union_all(shapely.buffer(streets, 40.0, quad_segs=8))

    return Work(work, repeats=0)


FACILITIES = {"62 facilities": 62, "250 facilities": 250, "1,000 facilities": 1000}
SHARES = {"1/16": 1 / 16, "1/4": 1 / 4, "1": 1.0}
EACH = {
    "urbangis": each([15], PEER_STRIP_M),
    "urbangis, strip of 40 m": each([15]),
    "urbangis, strip of 40 m, three cutoffs": each([5, 10, 15]),
}
TOGETHER = {"urbangis": Way(together), "buffer and union": Way(together_buffered)}
BENCHMARKS = {
    "areas-each": Benchmark(
        "Porto, 15 minutes on foot, strip of 25 m, seconds a facility",
        porto,
        FACILITIES,
        EACH | {"as OSMnx: ego graph, buffer, union": Way(each_as_osmnx, ("networkx",))},
    ),
    "areas-together": Benchmark(
        "Porto, facilities together, three cutoffs", porto, FACILITIES, TOGETHER
    ),
    "province-areas-each": Benchmark(
        "Generated province, 15 minutes on foot, seconds a facility", made, SHARES, EACH
    ),
    "province-areas-together": Benchmark(
        "Generated province, facilities together, three cutoffs", made, SHARES, TOGETHER
    ),
}
