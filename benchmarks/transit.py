"""Earliest arrivals in a timetable against searches in the time-expanded graph.

A grid of lines, every stop 400 m from the next, a vehicle each way every eight minutes. From four
stops, for each minute of half an hour, to all stops: seconds are for one origin and one departure.
The peers search a graph whose nodes are arrivals and departures (Pyrga and others 2008, Journal of
Experimental Algorithmics 12), built once; ours are compared with NetworkX's at the smallest size.
"""

import tempfile
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from benchmarks.harness import Benchmark, Way, Work

STEP_M = 400.0
START_S, WINDOW_MIN, LIMIT_S = 8 * 3600, 30, 5400
ORIGINS = 4
RIDES = 16
"""More than any journey here needs: the earliest arrival on 40 + 40 lines takes up to 12."""


class World(NamedTuple):
    """A timetable (`urbangis.travel.transit_timetable.Timetable`), origins, departures."""

    timetable: Any
    origins: NDArray[np.int64]
    departures: NDArray[np.int32]


def grid(lines: int) -> World:
    """Lay so many lines each way over a square."""
    from pyproj import CRS

    from urbangis.io.gtfs import read_gtfs
    from urbangis.io.gtfs_write import write_gtfs
    from urbangis.travel.transit_feed import gtfs_of_lines
    from urbangis.travel.transit_schedule import minute_departures
    from urbangis.travel.transit_timetable import Walks, build_timetable

    spots = [(i, j) for i in range(lines) for j in range(lines)]
    rows = [
        {"line_id": f"{way}{at}", "order": float(k), "station_id": f"{i}-{j}", "x": i, "y": j}
        for way in ("row", "column")
        for at in range(lines)
        for k, (i, j) in enumerate((k, at) if way == "row" else (at, k) for k in range(lines))
    ]
    table = pd.DataFrame(rows)
    shapes = gpd.points_from_xy(
        500_000 + STEP_M * table.pop("x"), 3_500_000 + STEP_M * table.pop("y")
    )
    stations = gpd.GeoDataFrame(
        table.assign(id=table.index.astype(str), name="", ride_min=np.nan),
        geometry=shapes,
        crs="EPSG:4549",
    )
    ids = list(dict.fromkeys(table["line_id"]))
    made = gpd.GeoDataFrame(
        {"id": ids, "name": ids, "kind": "bus", "headway_min": 8.0, "speed_kmh": 24.0,
         "dwell_min": 0.5, "oneway": "no"},
        geometry=[shapely.LineString([(0, 0), (1, 1)])] * len(ids),
        crs="EPSG:4549",
    )  # fmt: skip
    day = date(2026, 3, 2)
    tables = gtfs_of_lines(made, stations, first_s=6 * 3600, last_s=11 * 3600, day=day)
    with tempfile.TemporaryDirectory() as folder:
        write_gtfs(tables, Path(folder, "grid.zip"))
        feed, _ = read_gtfs(Path(folder, "grid.zip"), crs=CRS("EPSG:4549"))
    none = Walks(np.empty(0, int), np.empty(0, int), np.empty(0))
    timetable = build_timetable(
        feed, day, first_s=START_S, last_s=START_S + 60 * WINDOW_MIN + LIMIT_S, walks=none
    )
    origins = np.random.default_rng(0).choice(len(spots), ORIGINS, replace=False)
    return World(timetable, origins, minute_departures(START_S, WINDOW_MIN))


def per_search(_: object) -> float:
    return float(ORIGINS * WINDOW_MIN)


def ours(world: World) -> Work:
    from urbangis.travel.transit_kernels import NEVER, landings

    def run() -> NDArray[np.float64]:
        found = [
            landings(
                world.timetable.runs, np.array([origin], np.int32), np.zeros(1, np.int32),
                world.departures, RIDES, LIMIT_S,
            )
            for origin in world.origins
        ]  # fmt: skip
        return np.where(np.array(found) == NEVER, np.inf, np.array(found, float))

    return Work(run, per_search)


class Events(NamedTuple):
    """The time-expanded graph: nodes with stop and time, arcs, departures of each stop sorted."""

    stop: NDArray[np.int64]
    time_s: NDArray[np.int64]
    tail: NDArray[np.int64]
    head: NDArray[np.int64]
    leaving: list[tuple[NDArray[np.int64], NDArray[np.int64]]]
    departs: int


def events(world: World) -> Events:
    """Spread a timetable out: departures first, then arrivals."""
    runs = world.timetable.runs
    trip_of = np.repeat(np.arange(runs.time_ptr.size - 1), np.diff(runs.time_ptr))
    pattern = np.searchsorted(runs.trip_ptr, np.arange(runs.time_ptr.size - 1), side="right") - 1
    position = np.arange(trip_of.size) - runs.time_ptr[trip_of]
    stop = runs.stop[runs.stop_ptr[pattern[trip_of]] + position].astype(np.int64)
    count = stop.size
    depart, arrive = runs.depart_s.astype(np.int64), runs.arrive_s.astype(np.int64)
    same = np.flatnonzero(trip_of[1:] == trip_of[:-1])
    arcs = [(same, same + 1 + count), (np.arange(count) + count, np.arange(count))]
    leaving = []
    for one in range(runs.at_ptr.size - 1):
        own = np.flatnonzero(stop == one)
        own = own[np.argsort(depart[own], kind="stable")]
        leaving.append((depart[own], own))
        arcs.append((own[:-1], own[1:]))
        at = np.searchsorted(depart[own], arrive[own])
        some = at < own.size
        arcs.append((own[some] + count, own[at[some]]))
    tail, head = (np.concatenate([arc[i] for arc in arcs]) for i in (0, 1))
    return Events(np.tile(stop, 2), np.concatenate([depart, arrive]), tail, head, leaving, count)


def earliest(world: World, graph: Events, reach: Any) -> NDArray[np.float64]:
    """Read earliest arrivals off what is reached from the first departure of each search."""
    stops = world.timetable.runs.at_ptr.size - 1
    found = np.full((ORIGINS, WINDOW_MIN, stops), np.inf)
    for i, origin in enumerate(world.origins):
        for k, departure in enumerate(world.departures):
            times, nodes = graph.leaving[origin]
            at = int(np.searchsorted(times, departure))
            if at == times.size:
                continue
            reached = reach(int(nodes[at]))
            reached = reached[reached >= graph.departs]
            reached = reached[graph.time_s[reached] <= departure + LIMIT_S]
            np.minimum.at(found[i, k], graph.stop[reached], graph.time_s[reached])
    return found


def networkx(world: World) -> Work:
    import networkx as nx

    graph = events(world)
    net = nx.DiGraph()
    net.add_edges_from(zip(graph.tail.tolist(), graph.head.tolist(), strict=True))

    def reach(node: int) -> NDArray[np.int64]:
        return np.fromiter(nx.descendants(net, node), np.int64) if node in net else np.empty(0, int)

    return Work(lambda: earliest(world, graph, reach), per_search, repeats=0)


def scipy(world: World) -> Work:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import breadth_first_order

    graph = events(world)
    size = 2 * graph.departs
    ones = np.ones(graph.tail.size)
    matrix = coo_array((ones, (graph.tail, graph.head)), shape=(size, size)).tocsr()

    def reach(node: int) -> NDArray[np.int64]:
        return breadth_first_order(matrix, node, return_predecessors=False).astype(np.int64)

    return Work(lambda: earliest(world, graph, reach), per_search, repeats=0)


def as_networkx(world: World, found: NDArray[np.float64]) -> None:
    """Compare every arrival; `RIDES` are more than any journey here needs."""
    np.testing.assert_array_equal(found, networkx(world).run())


def mean_arrival(_: World, found: NDArray[np.float64]) -> float:
    """Mean of the arrivals, those that never come counted as 0."""
    return float(np.where(np.isfinite(found), found, 0.0).mean())


BENCHMARKS = {
    "timetable": Benchmark(
        "Earliest arrivals in a timetable, one origin and departure",
        grid,
        {"10 + 10 lines": 10, "20 + 20 lines": 20, "40 + 40 lines": 40},
        {
            "urbangis": Way(ours, ("urbangis.travel.transit_kernels",), as_networkx, mean_arrival),
            "SciPy, time-expanded": Way(scipy, ("scipy",), answer=mean_arrival),
            "NetworkX, time-expanded": Way(networkx, ("networkx",), answer=mean_arrival),
        },
        amount=np.square,
    ),
}
