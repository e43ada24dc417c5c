"""Walks as R5 counts them, with all its rounding, by rules that share nothing with ours.

Read in its source (github.com/conveyal/r5: StreetLayer, Split, GeometryUtils, StreetRouter,
BasicTraversalTimeCalculator, LinkedPointSet, TraversalPermissionLabeler):

- streets end where a node of theirs is used a second time by any way, and where a stop is linked
  to them, unless that is within 5 m of such an end;
- an edge is as long as the haversine formula tells on a sphere of 6,367,450 m, in millimetres,
  and takes whole seconds, rounded up;
- a point joins the nearest place of an edge. Which place of a segment that is, is computed with
  degrees of longitude divided by the cosine of the latitude, where they should be multiplied;
- legs along the first and the last edge take whole seconds, rounded down; so do those off it;
- a stop hangs on an edge of its own, as long as the stop is away from the street;
- from a stop to a place, millimetres are added up and divided by the speed once.

That the last leg to a place off the street takes 1.3 m/s, as the first does, is inferred: its
authors tell of such a constant at both ends, the source that was read has it at the first alone.
"""

import heapq
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import osmium

RADIUS_M = 6_367_450.0
METRES_PER_DEGREE = 111_111.111
NEAR_END_MM = 5_000
SMALLEST_ISLAND = 40
FEET_ONLY = ("pedestrian", "path", "bridleway", "cycleway", "footway", "steps", "platform")
NOT_TRAVELLED = ("services", "rest_area", "raceway")
NOT_REAL = ("construction", "abandoned", "removed", "proposed", "unbuilt")
OPEN = ("yes", "1", "true", "official", "unknown", "public", "permissive", "designated")
CLOSED = ("no", "0", "false", "license", "restricted", "prohibited", "emergency", "use_sidepath")
CLOSED += ("dismount", "destination", "customers", "delivery", "forestry", "agricultural")
CLOSED += ("residents", "resident", "customer", "private")

Place = tuple[float, float]  # latitude, longitude


class Edge(NamedTuple):
    start: object
    end: object
    mm: int
    line: list[Place]
    joined: bool
    """Whether places join it: not tunnels, covered streets and motorways."""


class Split(NamedTuple):
    """Where a place joins an edge."""

    edge: int
    segment: int
    before_mm: int
    after_mm: int
    off_mm: int
    at: Place


class Rules(NamedTuple):
    """What R5 does differently from exact times at 1 m/s."""

    whole_seconds: bool = True
    skewed: bool = True
    """Whether longitudes are divided by the cosine in finding where a point joins a segment."""
    off_street_ms: float = 1.3


@dataclass
class R5Streets:
    """R5's street network of an extract, its stops linked in their order."""

    extract: Path
    rules: Rules
    edges: list[Edge] = field(default_factory=list)
    stops: dict[str, tuple[object, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.edges = _without_islands(list(_edges_of(self.extract)))
        # One row a segment: latitude and longitude of its ends, its edge, its number, if joined.
        self._segments = np.vstack([_rows(i, edge) for i, edge in enumerate(self.edges)])

    def link(self, stop: str, at: Place) -> None:
        """Hang a stop on the nearest edge, which is cut there."""
        split = self.split(at)
        edge = self.edges[split.edge]
        if min(split.before_mm, split.after_mm) < NEAR_END_MM:
            first = split.before_mm < split.after_mm
            node, place = (edge.start, edge.line[0]) if first else (edge.end, edge.line[-1])
        else:
            node, place, cut = ("cut", stop), split.at, split.segment + 1
            before = edge._replace(end=node, mm=split.before_mm, line=[*edge.line[:cut], place])
            after = edge._replace(start=node, mm=split.after_mm, line=[place, *edge.line[cut:]])
            self.edges[split.edge] = before
            self.edges.append(after)
            kept = self._segments[self._segments[:, 4] != split.edge]
            new = (_rows(split.edge, before), _rows(len(self.edges) - 1, after))
            self._segments = np.vstack([kept, *new])
        self.stops[stop] = node, int(_metres(at, place) * 1000)

    def split(self, at: Place) -> Split:
        """Find where a place joins the streets."""
        lat0, lon0, lat1, lon1, edge, number, joined = self._segments.T
        cos = math.cos(math.radians(at[0]))
        scale = 1 / cos if self.rules.skewed else cos
        dy, dx = lat1 - lat0, (lon1 - lon0) * scale
        with np.errstate(invalid="ignore"):
            part = ((at[1] - lon0) * scale * dx + (at[0] - lat0) * dy) / (dx**2 + dy**2)
        part = np.clip(np.nan_to_num(part), 0, 1)
        lat, lon = lat0 + part * dy, lon0 + part * (lon1 - lon0)
        off = np.where(joined > 0, np.hypot((lon - at[1]) * cos, lat - at[0]), np.inf)
        row = int(np.argmin(off))
        found, segment = int(edge[row]), int(number[row])
        steps = [
            math.hypot((q[1] - p[1]) * cos, q[0] - p[0])
            for p, q in pairwise(self.edges[found].line)
        ]
        before = sum(steps[:segment]) + part[row] * steps[segment]
        mm = self.edges[found].mm
        before_mm = min(int(before * METRES_PER_DEGREE * 1000), mm)
        off_mm = int(off[row] * METRES_PER_DEGREE * 1000)
        return Split(found, segment, before_mm, mm - before_mm, off_mm, (lat[row], lon[row]))

    def walk_s(self, start: Place, end: Place | str) -> float:
        """Seconds from a place to a place or to a stop, at 1 m/s on streets."""
        down, up = (math.floor, math.ceil) if self.rules.whole_seconds else (float, float)
        begin = {node: down(mm / 1000) + down(off) for node, mm, off in self._ends(start)}
        seconds = self._search(begin, lambda mm: up(mm / 1000))
        if isinstance(end, str):
            node, mm = self.stops[end]
            return seconds[node] + up(mm / 1000)
        return min(seconds[node] + down(mm / 1000) + down(off) for node, mm, off in self._ends(end))

    def to_stops_s(self, start: Place) -> dict[str, float]:
        """Seconds from a place to every stop, as `walk_s` tells them one by one."""
        begin = {n: math.floor(mm / 1000) + math.floor(off) for n, mm, off in self._ends(start)}
        seconds = self._search(begin, lambda mm: math.ceil(mm / 1000))
        return {
            stop: seconds[node] + math.ceil(mm / 1000)
            for stop, (node, mm) in self.stops.items()
            if node in seconds
        }

    def from_stops_s(self, end: Place) -> dict[str, float]:
        """Seconds from every stop to a place, as `egress_s` tells them one by one."""
        begin = {node: mm + self.split(end).off_mm for node, mm, _ in self._ends(end)}
        total_mm = self._search(begin, lambda mm: mm)
        return {
            stop: (total_mm[node] + mm) // 1000
            for stop, (node, mm) in self.stops.items()
            if node in total_mm
        }

    def egress_s(self, stop: str, end: Place) -> int:
        """Seconds from a stop to a place, at 1 m/s all the way."""
        node, link_mm = self.stops[stop]
        total_mm = self._search({node: link_mm}, lambda mm: mm)
        split = self.split(end)
        return min(total_mm[node] + mm + split.off_mm for node, mm, _ in self._ends(end)) // 1000

    def _ends(self, at: Place) -> list[tuple[object, int, float]]:
        """Ends of the edge that a place joins: node, millimetres to it, seconds to the edge."""
        split = self.split(at)
        edge, off_s = self.edges[split.edge], split.off_mm / 1000 / self.rules.off_street_ms
        return [(edge.start, split.before_mm, off_s), (edge.end, split.after_mm, off_s)]

    def _search(self, begin: dict, cost: Callable[[int], float]) -> dict:
        """Dijkstra."""
        out = defaultdict(list)
        for edge in self.edges:
            out[edge.start].append((edge.end, cost(edge.mm)))
            out[edge.end].append((edge.start, cost(edge.mm)))
        reached: dict = {}
        queue = [(value, number, node) for number, (node, value) in enumerate(begin.items())]
        heapq.heapify(queue)
        pushed = len(queue)
        while queue:
            value, _, node = heapq.heappop(queue)
            if node in reached:
                continue
            reached[node] = value
            for other, more in out[node]:
                if other not in reached:
                    heapq.heappush(queue, (value + more, pushed, other))
                    pushed += 1
        return reached


def _edges_of(extract: Path) -> Iterable[Edge]:
    ways = []
    for way in osmium.FileProcessor(
        str(extract), osmium.osm.NODE | osmium.osm.WAY
    ).with_locations():
        if way.is_way():
            nodes = [(n.ref, (n.lat, n.lon)) for n in way.nodes if n.location.valid()]
            ways.append((dict(way.tags), nodes))
    used = Counter(node for _, nodes in ways for node, _ in nodes)
    for tags, nodes in ways:
        if not _walked(tags):
            continue
        last = len(nodes) - 1
        cuts = [i for i, (node, _) in enumerate(nodes) if i in (0, last) or used[node] > 1]
        hidden = (
            "yes" in (tags.get("tunnel"), tags.get("covered")) or tags.get("highway") == "motorway"
        )
        for i, j in pairwise(cuts):
            line = [place for _, place in nodes[i : j + 1]]
            mm = int(1000 * sum(_metres(p, q) for p, q in pairwise(line)))
            yield Edge(nodes[i][0], nodes[j][0], mm, line, not hidden)


def _walked(tags: dict[str, str]) -> bool:
    highway = tags.get("highway")
    platform = "platform" in (tags.get("public_transport"), tags.get("railway"))
    if (highway is None or highway in NOT_TRAVELLED) and not platform:
        return False
    if (
        highway in NOT_REAL
        or tags.get("cycleway") in NOT_REAL
        or {"construction", "proposed"} & tags.keys()
    ):
        return False
    allowed = not (highway or "").startswith("motorway")
    if highway not in (*FEET_ONLY, "corridor") and allowed and not (highway is None and platform):
        allowed = _told(tags.get("access"), allowed)  # else ``foot`` is said of the class itself
    allowed = _told(tags.get("foot"), allowed)
    return allowed or tags.get("sidewalk") in ("both", "left", "right")


def _told(tag: str | None, otherwise: bool) -> bool:  # noqa: FBT001
    value = (tag or "").split(";")[0].lower().strip()
    return value in OPEN or (otherwise and value not in CLOSED)


def _without_islands(edges: list[Edge]) -> list[Edge]:
    near = defaultdict(set)
    for edge in edges:
        near[edge.start].add(edge.end)
        near[edge.end].add(edge.start)
    size: dict[object, int] = {}
    for node in near:
        if node in size:
            continue
        island, todo = {node}, [node]
        while todo:
            new = near[todo.pop()] - island
            island |= new
            todo += new
        size |= dict.fromkeys(island, len(island))
    return [edge for edge in edges if size[edge.start] >= SMALLEST_ISLAND]


def _rows(number: int, edge: Edge) -> np.ndarray:
    return np.array(
        [(*p, *q, number, i, edge.joined) for i, (p, q) in enumerate(pairwise(edge.line))]
    )


def _metres(one: Place, other: Place) -> float:
    lat0, lon0, lat1, lon1 = np.radians([*one, *other])
    under = math.sin((lat1 - lat0) / 2) ** 2
    under += math.cos(lat0) * math.cos(lat1) * math.sin((lon1 - lon0) / 2) ** 2
    return 2 * RADIUS_M * math.asin(math.sqrt(under))
