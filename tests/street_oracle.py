"""Travel times worked out another way: NetworkX and brute force, nothing of urbangis.

The rules are those that docs/method.md states, written down a second time in the plainest way: a
place joins its nearest edge at the true point, the nearest being found by measuring to every edge;
a park without gates is entered along streets inside it and from those that pass it; times are the
least over a directed graph in which every place has a node of its own.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf

import geopandas as gpd
import networkx as nx
import numpy as np
import shapely

PASSING_M = 20.0
STEP_M = 5.0
NETWORK_OF_ITS_OWN_M = 10_000.0


@dataclass(frozen=True)
class Streets:
    """Edges open to a mode: lines in metres, the nodes at their ends, seconds each way."""

    lines: np.ndarray
    start: list
    end: list
    ahead_s: np.ndarray
    back_s: np.ndarray
    access_ms: float
    snap_limit_m: float


@dataclass(frozen=True)
class Contact:
    """A place on an edge, and the time of the leg between the two."""

    edge: int
    at: float
    leg_s: float


def connected(streets: Streets) -> np.ndarray:
    """Whether each edge is of the longest connected piece, or of one longer than 10 km."""
    graph = nx.Graph()
    graph.add_edges_from(zip(streets.start, streets.end, strict=True))
    length = shapely.length(streets.lines)
    piece_of = {
        node: number
        for number, piece in enumerate(nx.connected_components(graph))
        for node in piece
    }
    piece = np.array([piece_of[node] for node in streets.start])
    lengths = np.bincount(piece, weights=length)
    return (lengths[piece] == lengths.max()) | (lengths[piece] >= NETWORK_OF_ITS_OWN_M)


def settled(at: float) -> float:
    return 0.0 if at < 1e-9 else 1.0 if at > 1 - 1e-9 else at


def snapped(streets: Streets, points: Sequence[shapely.Point]) -> list[Contact | None]:
    """Join each point to its nearest edge within the limit, of a connected piece if one is."""
    major = connected(streets)
    found: list[Contact | None] = []
    for point in points:
        metres = shapely.distance(streets.lines, point)
        edge = int(np.where(major, metres, inf).argmin())
        if metres[edge] > streets.snap_limit_m or not major[edge]:
            edge = int(metres.argmin())
        if metres[edge] > streets.snap_limit_m:
            found.append(None)
            continue
        at = settled(streets.lines[edge].project(point, normalized=True))
        found.append(Contact(edge, at, metres[edge] / streets.access_ms))
    return found


@dataclass(frozen=True)
class Entries:
    """Ways into facilities: contacts, and stretches of edges that lie inside one."""

    contacts: list[Contact]
    stretches: list[tuple[int, float, float]]


def entries(
    streets: Streets, shapes: Sequence[shapely.Geometry], gates=(), *, step_m: float = STEP_M
) -> Entries:
    """Ways into points, and into polygons that have no gates; ``gates`` are of other polygons."""
    contacts = snapped(streets, [*(s for s in shapes if s.geom_type == "Point"), *gates])
    found = [contact for contact in contacts if contact is not None]
    stretches = []
    for shape in shapes:
        if shape.geom_type == "Point":
            continue
        metres = shapely.distance(streets.lines, shape)
        near = np.flatnonzero(metres <= PASSING_M)
        for edge in near:
            line = streets.lines[edge]
            if metres[edge] == 0:
                for part in shapely.get_parts(line.intersection(shape)):
                    ends = [line.project(shapely.Point(xy), normalized=True) for xy in part.coords]
                    stretches.append((int(edge), min(ends), max(ends)))
            found += _steps_over(streets, int(edge), shape, step_m)
        if not near.size and metres.min() <= streets.snap_limit_m:
            edge = int(metres.argmin())
            line = streets.lines[edge]
            kerb = shapely.get_point(shapely.shortest_line(line, shape), 0)
            at = settled(line.project(kerb, normalized=True))
            found.append(Contact(edge, at, metres[edge] / streets.access_ms))
    return Entries(found, stretches)


def _steps_over(
    streets: Streets, edge: int, shape: shapely.Geometry, step_m: float
) -> list[Contact]:
    line = streets.lines[edge]
    at_m = [step * step_m for step in range(int(line.length // step_m) + 1)]
    at_m.append(line.project(shapely.get_point(shapely.shortest_line(line, shape), 0)))
    steps = [(at, line.interpolate(at).distance(shape)) for at in at_m]
    return [
        Contact(edge, settled(at / line.length), over / streets.access_ms)
        for at, over in steps
        if 0 < over <= PASSING_M
    ]


def travel_times(
    streets: Streets, ways_in: Entries, places: Sequence[Contact | None]
) -> np.ndarray:
    """Seconds from each place to the nearest way in; ``inf`` where there is no way."""
    graph, stops = nx.DiGraph(), defaultdict(list)
    goals = list(ways_in.contacts)
    inside = defaultdict(list)
    for edge, low, high in ways_in.stretches:
        inside[edge].append((low, high))
        goals += [Contact(edge, settled(low), 0.0), Contact(edge, settled(high), 0.0)]
    for number, place in enumerate(places):
        if place is not None:
            graph.add_edge(("place", number), ("foot", number), weight=place.leg_s)
            stops[place.edge].append((place.at, ("foot", number)))
            if any(low <= place.at <= high for low, high in inside[place.edge]):
                goals.append(Contact(place.edge, place.at, 0.0))
    graph.add_node("goal")
    for number, goal in enumerate(goals):
        graph.add_edge(("way in", number), "goal", weight=goal.leg_s)
        stops[goal.edge].append((goal.at, ("way in", number)))
    for edge, (start, end) in enumerate(zip(streets.start, streets.end, strict=True)):
        on_edge = sorted(stops[edge], key=lambda stop: stop[0])
        for (a_at, a), (b_at, b) in pairwise([(0.0, start), *on_edge, (1.0, end)]):
            part = b_at - a_at
            _join(graph, a, b, part * streets.ahead_s[edge] if part else 0.0)
            _join(graph, b, a, part * streets.back_s[edge] if part else 0.0)
    times = nx.single_source_dijkstra_path_length(graph.reverse(copy=False), "goal")
    return np.array([times.get(("place", number), inf) for number in range(len(places))])


def _join(graph: nx.DiGraph, a, b, weight: float) -> None:
    if weight < inf and weight < graph.get_edge_data(a, b, {"weight": inf})["weight"]:
        graph.add_edge(a, b, weight=weight)


def homes_of(table: gpd.GeoDataFrame) -> list[shapely.Point]:
    """Where people are: a point inside their home."""
    return list(table.geometry.representative_point())
