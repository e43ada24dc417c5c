"""The route behind a figure: which way, which facility, and how long each leg takes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from urbangis.errors import BalanceError
from urbangis.network.entrances import Entrances
from urbangis.network.graph import Network
from urbangis.network.kernels import Labels, Links, way
from urbangis.network.segments import cut_lines
from urbangis.network.snap import Snaps
from urbangis.travel.costs import Direction, leaving, network_search, stretches

_Piece = tuple[int, float, float]


@dataclass(frozen=True)
class Route:
    """The way between a place and its nearest facility, in the direction of travel.

    Parameters
    ----------
    place, facility
        Rows of both.
    access_s, ride_s, egress_s
        Legs: between the place and the street, along streets, between street and facility.
    length_m
        Length along streets, metres.
    line
        The part along streets; a point where place and facility meet the street at one point.
    street_ids
        Streets in the order of travel, each once where it follows itself.
    """

    place: int
    facility: int
    access_s: float
    ride_s: float
    egress_s: float
    length_m: float
    line: shapely.Geometry
    street_ids: tuple[str, ...]

    @property
    def total_s(self) -> float:
        """Travel time, all legs counted, seconds."""
        return self.access_s + self.ride_s + self.egress_s


def routes(
    network: Network,
    snaps: Snaps,
    entrances: Entrances,
    places: Sequence[int],
    *,
    limit_s: float = np.inf,
    direction: Direction = "to_facility",
) -> list[Route | None]:
    """Find the routes between places and the facilities nearest to them.

    Parameters
    ----------
    network, snaps, entrances, direction
        As in `network_costs`.
    places
        Rows of ``snaps`` to find routes for.
    limit_s
        Largest travel time, inclusive, seconds.

    Returns
    -------
    list
        One entry a place; None where no facility is reached.
    """
    labels = network_search(network, entrances, limit_s=limit_s, direction=direction)
    tracer = _Tracer(network, entrances, labels, direction)
    found = [tracer.route(snaps, place) for place in places]
    return [one if one and one.total_s <= limit_s else None for one in found]


class _Tracer:
    """Follows labels from a place down to an entrance."""

    def __init__(
        self, network: Network, entrances: Entrances, labels: Labels, direction: Direction
    ) -> None:
        self._network = network
        self._entrances = entrances
        self._labels = labels
        self._backwards = direction == "from_facility"
        self._links: Links = leaving(network, direction)
        self._link, self._low_s, self._high_s = stretches(network, entrances)
        ends = np.concatenate([self._links.start, self._links.end])
        self._order = np.argsort(ends, kind="stable")
        self._ptr = np.searchsorted(ends[self._order], np.arange(len(network.node_xy) + 1))
        self._edges = np.argsort(network.edge_link, kind="stable")
        self._edge_ptr = np.searchsorted(
            network.edge_link[self._edges], np.arange(self._links.time_s.size + 1)
        )

    def route(self, snaps: Snaps, place: int) -> Route | None:
        """Return the route from a place, or None."""
        if snaps.edge[place] < 0:
            return None
        edge = snaps.edge[place : place + 1]
        k = int(self._network.edge_link[edge[0]])
        at = float(self._network.position_s(edge, snaps.fraction[place : place + 1])[0])
        links, labels = self._links, self._labels
        start, end = int(links.start[k]), int(links.end[k])
        options: list[tuple[float, int, int, float]] = [
            (labels.cost[start] + way(at, links.back[k]), labels.owner[start], start, 0.0),
            (
                labels.cost[end] + way(links.time_s[k] - at, links.ahead[k]),
                labels.owner[end],
                end,
                links.time_s[k],
            ),
        ]
        for row in np.flatnonzero(self._link == k).tolist():
            cost, stop = self._direct(row, k, at)
            options.append((cost, int(self._entrances.facility[row]), -1 - row, stop))
        cost, facility, node, stop = min(options)
        if not np.isfinite(cost):
            return None
        pieces: list[_Piece] = [(k, at, float(stop))]
        row = -1 - node if node < 0 else self._follow(node, pieces)
        egress_s = float(self._entrances.egress_s[row])
        return self._drawn(
            pieces,
            place=place,
            facility=int(facility),
            access_s=float(snaps.access_s[place]),
            ride_s=float(cost) - egress_s,
            egress_s=egress_s,
        )

    def _direct(self, row: int, k: int, at: float) -> tuple[float, float]:
        """Return the cost to an entrance on the same link, and where it is met."""
        low, high = self._low_s[row], self._high_s[row]
        stop = min(max(at, low), high)
        is_open = self._links.ahead[k] if at < low else self._links.back[k]
        return float(self._entrances.egress_s[row] + way(abs(stop - at), is_open)), stop

    def _follow(self, node: int, pieces: list[_Piece]) -> int:
        """Go from node to node while labels say so; return the entrance at the end."""
        labels, links = self._labels, self._links
        seen = set()
        while True:
            row, piece = self._entrance_at(node)
            if piece is not None:
                pieces.append(piece)
                return row
            seen.add(node)
            for slot in self._order[self._ptr[node] : self._ptr[node + 1]]:
                k, from_start = slot % links.time_s.size, slot < links.time_s.size
                there = int(links.end[k] if from_start else links.start[k])
                is_open = links.ahead[k] if from_start else links.back[k]
                if (
                    is_open
                    and there not in seen
                    and labels.owner[there] == labels.owner[node]
                    and labels.cost[there] + links.time_s[k] == labels.cost[node]
                ):
                    ends = (0.0, float(links.time_s[k]))
                    pieces.append((int(k), *(ends if from_start else ends[::-1])))
                    node = there
                    break
            else:
                raise BalanceError(
                    f"no way leads on from node {node}, whose label says that one does"
                )

    def _entrance_at(self, node: int) -> tuple[int, _Piece | None]:
        """Return the entrance that gave a node its label, if one did, and the way to it."""
        links, labels = self._links, self._labels
        for slot in self._order[self._ptr[node] : self._ptr[node + 1]]:
            k, from_start = int(slot % links.time_s.size), slot < links.time_s.size
            for row in np.flatnonzero(self._link == k):
                if self._entrances.facility[row] != labels.owner[node]:
                    continue
                at = 0.0 if from_start else float(links.time_s[k])
                stop = float(self._low_s[row] if from_start else self._high_s[row])
                is_open = links.ahead[k] if from_start else links.back[k]
                cost = way(abs(stop - at), is_open) + self._entrances.egress_s[row]
                if cost == labels.cost[node]:
                    return int(row), (k, at, stop)
        return -1, None

    def _drawn(
        self,
        pieces: list[_Piece],
        *,
        place: int,
        facility: int,
        access_s: float,
        ride_s: float,
        egress_s: float,
    ) -> Route:
        """Draw pieces of links as one line in the direction of travel."""
        xy: list[NDArray[np.float64]] = []
        ids: list[str] = []
        for k, from_s, to_s in pieces:
            for edge, line in self._cut(k, from_s, to_s):
                xy.append(line)
                if not ids or ids[-1] != edge:
                    ids.append(edge)
        points = np.concatenate(xy)
        if self._backwards:
            points, ids = points[::-1], ids[::-1]
        moved = np.append(True, (np.diff(points, axis=0) != 0).any(axis=1))
        points = points[moved]
        line = shapely.LineString(points) if len(points) > 1 else shapely.Point(points[0])
        return Route(
            place, facility, access_s, ride_s, egress_s, float(line.length), line, tuple(ids)
        )

    def _cut(self, k: int, from_s: float, to_s: float) -> list[tuple[str, NDArray[np.float64]]]:
        """Cut the stretch of a link out of its edges, in the order of travel."""
        network = self._network
        edges = self._edges[self._edge_ptr[k] : self._edge_ptr[k + 1]]
        begin, end = network.edge_low_s[edges], network.edge_high_s[edges]
        low, high = min(from_s, to_s), max(from_s, to_s)
        on = (np.minimum(begin, end) <= high) & (np.maximum(begin, end) >= low)
        edges, begin, end = edges[on], begin[on], end[on]
        order = np.argsort(np.minimum(begin, end), kind="stable")
        if from_s > to_s:
            order = order[::-1]
        found = []
        for edge, a, b in zip(edges[order], begin[order], end[order], strict=True):
            time_s = b - a
            stops = [(one - a) / time_s if time_s else 0.0 for one in (low, high)]
            fractions = np.clip(np.sort(stops), 0.0, 1.0)
            xy, _ = cut_lines(
                network.edge_xy, network.edge_ptr, np.array([edge]), fractions[:1], fractions[1:]
            )
            against = (time_s < 0) != (from_s > to_s)
            found.append((str(network.edge_id[edge]), xy[::-1] if against else xy))
        return found
