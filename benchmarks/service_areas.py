"""Service areas as polygons: of each facility alone, and of all together.

Porto is read from the OpenStreetMap extract in ``$URBANGIS_TEST_DATA``. The peers draw as their
manuals show: OSMnx an ego graph by NetworkX for each facility, its edges buffered and joined; for
all facilities together, the streets reached in time, buffered and joined by GEOS. A slow peer draws
a sample of the facilities, and its time a facility is taken.

QGIS yields the streets that are reached and no polygons. It makes its graph anew in every run: the
run for one facility is its preparation, and what more facilities take beyond it is their time, of
the processor, on which it has one thread. It starts from the point on the street, ours from the
facility beside it.
"""

import os
import shutil
import subprocess
import tempfile
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from benchmarks import province
from benchmarks.harness import Benchmark, Run, Way, Work
from urbangis.catalog import load_catalogue
from urbangis.io.osm import read_street_lines
from urbangis.network.build import build_network
from urbangis.network.entrances import Entrances, facility_entrances
from urbangis.network.graph import Network
from urbangis.travel.service_area import catchments, reached_streets, service_area

PORTO = Path(os.environ.get("URBANGIS_TEST_DATA", ".")) / "osm/porto_portugal.osm.pbf"
SAMPLE = 20
QGIS_PYTHON = "/usr/bin/python3"
PEER_STRIP_M = 25.0
ALIKE = ([15], PEER_STRIP_M)
"""What the peers draw: the cutoffs, and how far from the streets."""
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

    return Way(prepare, answer=mean_area if (cutoffs_min, strip_m) == ALIKE else None)


def mean_area(_: World, found: gpd.GeoDataFrame) -> float:
    """Square metres of each of the first facilities."""
    return float(found.geometry.area.iloc[:SAMPLE].mean())


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

    def work() -> gpd.GeoDataFrame:
        areas = []
        for node in nodes:
            ego = nx.ego_graph(graph, node, radius=900.0, distance="time")
            edges = gpd.GeoSeries([data["geometry"] for _, _, data in ego.edges(data=True)])
            areas.append(edges.buffer(PEER_STRIP_M).union_all())
        return gpd.GeoDataFrame(geometry=areas)

    return Work(work, units=len, repeats=0)


def each_by_qgis(world: World) -> Work:
    """QGIS's native:serviceareafromlayer, fastest way, no polygons drawn."""
    network, entrances = world
    asked = [QGIS_PYTHON, "-c", "import qgis.analysis"]
    if shutil.which(QGIS_PYTHON) is None or subprocess.run(asked, check=False).returncode:
        raise RuntimeError("not installed")
    folder = tempfile.TemporaryDirectory()
    files = [f"{folder.name}/{name}.gpkg" for name in ("streets", "points", "reached")]
    taken_s = np.abs(network.edge_high_s - network.edge_low_s)
    usable = taken_s > 0
    kmh = 3.6 * network.length_m[usable] / taken_s[usable]
    streets = gpd.GeoDataFrame({"kmh": kmh}, geometry=network.lines[usable], crs=network.crs)
    streets.to_file(files[0])
    on = shapely.line_interpolate_point(
        network.lines[entrances.edge], (entrances.low + entrances.high) / 2, normalized=True
    )
    gpd.GeoDataFrame({"row": entrances.facility}, geometry=on, crs=network.crs).to_file(files[1])

    def work() -> Run:
        program = Path(__file__).with_name("qgis_areas.py")
        command = [QGIS_PYTHON, program, *files[:2], "0.25", str(SAMPLE), files[2]]
        own = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "XDG_RUNTIME_DIR": folder.name}
        own.pop("PYTHONPATH", None)
        with folder:
            done = subprocess.run(command, env=own, capture_output=True, text=True, check=True)
            one_s, all_s = map(float, done.stdout.splitlines()[-1].split())
            return Run(all_s - one_s, gpd.read_file(files[2]), one_s)

    return Work(work, units=lambda found: len(found) - 1, repeats=0, program=True)


def as_qgis(world: World, found: gpd.GeoDataFrame) -> None:
    """Check the strip along QGIS's streets against ours, our way to the street not counted."""
    network, entrances = world
    on = replace(entrances, egress_s=np.zeros(entrances.facility.size))
    ours = catchments(network, on.of(np.arange(SAMPLE)), [15], off_network_m=PEER_STRIP_M)
    theirs = strip(found).iloc[:SAMPLE]
    apart = shapely.symmetric_difference(ours.geometry.values, theirs.values)
    np.testing.assert_array_less(shapely.area(apart), 0.02 * ours.area)


def strip(found: gpd.GeoDataFrame) -> gpd.GeoSeries:
    return found.sort_values("row").geometry.buffer(PEER_STRIP_M)


def together(world: World) -> Work:
    """5, 10 and 15 minutes of the nearest facility."""
    network, entrances = world
    return Work(lambda: service_area(network, entrances, [5, 10, 15]).geometry)


def together_buffered(world: World) -> Work:
    """Reached streets buffered by 40 m and joined, for 5, 10 and 15 minutes."""
    network, entrances = world

    def work() -> list[shapely.Geometry]:
        limits_s = (300.0, 600.0, 900.0)
        reached = (reached_streets(network, entrances, limit_s=limit_s) for limit_s in limits_s)
        return [shapely.union_all(shapely.buffer(one, 40.0, quad_segs=8)) for one in reached]

    return Work(work, repeats=0)


def square_metres(_: World, found: Any) -> float:
    return float(shapely.area(np.asarray(found)).sum())


FACILITIES = {"62 facilities": 62, "250 facilities": 250, "1,000 facilities": 1000}
SHARES = {"1/16": 1 / 16, "1/4": 1 / 4, "1": 1.0}
EACH = {
    "urbangis": each(*ALIKE),
    "urbangis, strip of 40 m": each([15]),
    "urbangis, strip of 40 m, three cutoffs": each([5, 10, 15]),
}
TOGETHER = {
    "urbangis": Way(together, answer=square_metres),
    "buffer and union": Way(together_buffered, answer=square_metres),
}
BENCHMARKS = {
    "areas-each": Benchmark(
        "Porto, 15 minutes on foot, strip of 25 m, seconds a facility",
        porto,
        FACILITIES,
        EACH
        | {
            "as OSMnx: ego graph, buffer, union": Way(
                each_as_osmnx, ("networkx",), answer=mean_area
            ),
            "QGIS: streets only": Way(
                each_by_qgis,
                check=as_qgis,
                answer=lambda _, found: float(strip(found).area.iloc[:SAMPLE].mean()),
            ),
        },
        patience=3.0,  # QGIS makes its graph three times
    ),
    "areas-together": Benchmark(
        "Porto, facilities together, three cutoffs", porto, FACILITIES, TOGETHER, amount=float
    ),
    "province-areas-each": Benchmark(
        "Generated province, 15 minutes on foot, seconds a facility",
        made,
        SHARES,
        EACH,
        amount=float,
    ),
    "province-areas-together": Benchmark(
        "Generated province, facilities together, three cutoffs",
        made,
        SHARES,
        TOGETHER,
        amount=float,
    ),
}
