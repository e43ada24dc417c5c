"""Service areas as polygons, against peers in the same run.

    python benchmarks/service_areas.py            Porto on foot, and a sixteenth of a province
    python benchmarks/service_areas.py --share 1  ... and the whole province

Porto is read from the OpenStreetMap extract in ``$URBANGIS_TEST_DATA``; without it that part is
left out. Every case runs in a process of its own, so that its peak memory is its own; compiled code
is warm, and the quickest of a few runs counts. The peers draw as their manuals show: OSMnx an ego
graph by NetworkX for each facility, its edges buffered and joined; for all facilities together, the
streets reached in time, buffered and joined by GEOS. A slow peer draws a sample of the facilities,
and its time a facility is taken. Seconds depend on the machine; read the ratios.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import province
import shapely

from urbangis.catalog import load_catalogue
from urbangis.io.osm import read_streets
from urbangis.network.build import build_network
from urbangis.network.entrances import Entrances, facility_entrances
from urbangis.network.graph import Network
from urbangis.travel.service_area import catchments, reached_streets, service_area

HERE = Path(__file__)
PORTO = Path(os.environ.get("URBANGIS_TEST_DATA", ".")) / "osm/porto_portugal.osm.pbf"
FACILITIES = 1000
SAMPLE = 40
PEER_STRIP_M = 25.0
World = tuple[Network, Entrances]
Case = Callable[[World], float]


def porto(_: float) -> World:
    """Porto on foot, with facilities beside its streets."""
    streets = read_streets(PORTO).to_crs(3763)
    network, _ = build_network(streets, load_catalogue().mode("walk"))
    rng = np.random.default_rng(0)
    edge = rng.choice(np.flatnonzero(network.major), FACILITIES)
    fraction = rng.random(FACILITIES)
    on = shapely.line_interpolate_point(network.lines[edge], fraction, normalized=True)
    return network, entered(
        network, shapely.get_coordinates(on) + rng.normal(0, 15, (edge.size, 2))
    )


def made(share: float) -> World:
    """Part of a generated province on foot, with its facilities."""
    what = province.generate(share)
    network, _ = build_network(what.streets(), load_catalogue().mode("walk"))
    return network, entered(network, what.facilities)


def entered(network: Network, xy: np.ndarray) -> Entrances:
    ids = np.arange(len(xy)).astype(str)
    names = {"id": ids, "name": ids, "name_en": ids, "kind": "clinic"}
    supply = gpd.GeoDataFrame(names, geometry=shapely.points(xy), crs=network.crs)
    return facility_entrances(network, supply)[0]


def seconds(work: Callable[[], object], repeats: int = 5) -> float:
    """Time the work, warm."""
    work()
    taken = []
    for _ in range(repeats):
        begin = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begin)
    return min(taken)


def each_urbangis(world: World, strip_m: float = 40.0) -> float:
    """15 minutes of each facility alone."""
    network, entrances = world
    count = np.unique(entrances.facility).size
    return seconds(lambda: catchments(network, entrances, [15], off_network_m=strip_m)) / count


def each_urbangis_as_peer(world: World) -> float:
    """The same, with the peer's narrower strip."""
    return each_urbangis(world, PEER_STRIP_M)


def each_urbangis_rings(world: World) -> float:
    """5, 10 and 15 minutes of each facility alone."""
    network, entrances = world
    count = np.unique(entrances.facility).size
    return seconds(lambda: catchments(network, entrances, [5, 10, 15])) / count


def each_osmnx_way(world: World) -> float:
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

    def work() -> None:
        for node in nodes:
            ego = nx.ego_graph(graph, node, radius=900.0, distance="time")
            edges = gpd.GeoSeries([data["geometry"] for _, _, data in ego.edges(data=True)])
            edges.buffer(PEER_STRIP_M).union_all()

    return seconds(work, repeats=1) / len(nodes)


def all_urbangis(world: World) -> float:
    """5, 10 and 15 minutes of the nearest facility."""
    network, entrances = world
    return seconds(lambda: service_area(network, entrances, [5, 10, 15]))


def all_buffers(world: World) -> float:
    """Reached streets buffered by 40 m and joined, for 5, 10 and 15 minutes."""
    network, entrances = world
    begin = time.perf_counter()
    for limit_s in (300.0, 600.0, 900.0):
        streets = reached_streets(network, entrances, limit_s=limit_s)
        shapely.union_all(shapely.buffer(streets, 40.0, quad_segs=8))
    return time.perf_counter() - begin


GROUPS: dict[str, tuple[Callable[[float], World], dict[str, Case]]] = {
    "Porto, 15 minutes on foot, seconds a facility": (
        porto,
        {
            "urbangis, strip of 25 m": each_urbangis_as_peer,
            "urbangis, strip of 40 m": each_urbangis,
            "urbangis, strip of 40 m, three cutoffs": each_urbangis_rings,
            "as OSMnx does, strip of 25 m": each_osmnx_way,
        },
    ),
    "Porto, 1,000 facilities together, three cutoffs": (
        porto,
        {"urbangis": all_urbangis, "buffer and union": all_buffers},
    ),
    "province, three cutoffs, seconds a facility": (made, {"urbangis": each_urbangis_rings}),
    "province, facilities together, three cutoffs": (
        made,
        {"urbangis": all_urbangis, "buffer and union": all_buffers},
    ),
}


def run_case(group: str, name: str, share: float) -> None:
    """Run one case and print what it took, memory less that of the world."""
    world, cases = GROUPS[group]
    ready = world(share)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    taken = cases[name](ready)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(json.dumps({"seconds": taken, "before": before, "peak": peak}))


def alone(group: str, name: str, share: float, patience: float) -> dict[str, float]:
    """Run one case in a process of its own; nothing if it fails or takes too long."""
    command = [sys.executable, str(HERE), "--case", group, name, "--share", str(share)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=patience, check=True)
    except subprocess.TimeoutExpired:
        return {}
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--share", type=float, default=1 / 16)
    parser.add_argument("--patience", type=float, default=600.0)
    parser.add_argument("--case", nargs=2)
    options = parser.parse_args()
    if options.case:
        run_case(*options.case, options.share)
        return
    for group, (world, cases) in GROUPS.items():
        if world is porto and not PORTO.exists():
            print(f"\n{group}: left out, {PORTO} is not there")
            continue
        print(
            f"\n{group}\n| way | seconds | ratio | GB before | GB at peak |\n|---|---|---|---|---|"
        )
        own = 0.0
        for name in cases:
            told = alone(group, name, options.share, options.patience)
            if not told:
                print(f"| {name} | not done in {options.patience:.0f} s | | | |", flush=True)
                continue
            own = own or told["seconds"]
            print(
                f"| {name} | {told['seconds']:.4f} | {told['seconds'] / own:.1f} | "
                f"{told['before']:.2f} | {told['peak']:.2f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
