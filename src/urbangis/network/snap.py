"""Put places onto the network: at the true point of an edge, with the leg between both counted."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from urbangis.network.graph import Network
from urbangis.network.placed import content_key
from urbangis.network.segments import AT_END, Nearest, edges_near, index_edges, nearest_on_edges

_BLOCK = 1 << 16
"""Points to a part: what is computed of them fits a processor's cache."""

_FEW = 20
"""Edges to a point from which on it pays to index only those near the points."""


@dataclass(frozen=True)
class Snaps:
    """Points on the network.

    Parameters
    ----------
    edge
        Edge that each point is put on; -1 where none lies within the mode's snap limit.
    fraction
        Position along the edge, 0 at its start and 1 at its end, by length.
    offset_m
        Distance between the point and the edge, metres; NaN where not snapped.
    moved
        Where a loose piece of street was nearer but a connected one was taken.
    access_ms
        Speed of the leg between point and edge, metres per second.
    """

    edge: NDArray[np.int32]
    fraction: NDArray[np.float64]
    offset_m: NDArray[np.float64]
    moved: NDArray[np.bool_]
    access_ms: float

    @property
    def snapped(self) -> NDArray[np.bool_]:
        """Whether each point is on the network."""
        return self.edge >= 0

    def blocks(self) -> Iterator[tuple[slice, "Snaps"]]:
        """Yield a part of the points after the other, with the rows that it holds."""
        for first in range(0, self.edge.size, _BLOCK):
            rows = slice(first, first + _BLOCK)
            yield rows, Snaps(
                self.edge[rows], self.fraction[rows], self.offset_m[rows], self.moved[rows],
                self.access_ms,
            )  # fmt: skip

    @cached_property
    def access_s(self) -> NDArray[np.float64]:
        """Time of the leg between each point and its edge, seconds; ``inf`` where not snapped."""
        return np.where(self.snapped, self.offset_m / self.access_ms, np.inf)


def snap_points(network: Network, points: NDArray[np.object_]) -> Snaps:
    """Snap points to the nearest edge; see `snap_xy`.

    Parameters
    ----------
    network
        Network in the CRS of the points.
    points
        Points, shape (points,); None or empty for a place unknown, which is not snapped.
    """
    return snap_xy(network, shapely.get_x(points), shapely.get_y(points))


def snap_xy(network: Network, x: NDArray[np.float64], y: NDArray[np.float64]) -> Snaps:
    """Snap points to the nearest edge.

    A connected street within the snap limit comes before a loose piece, however near; a ferry is
    joined at its landings only, from the streets there. Of edges equally near, the one whose
    nearest point is lowest in x, then in y, is taken. Points that were put on these streets before
    are not put there again (`Network.placed`).

    Parameters
    ----------
    network
        Network in the CRS of the points.
    x, y
        Coordinates, shape (points,); NaN for a place unknown, which is not snapped.
    """
    limit_m = network.mode.snap_limit_m
    key = content_key(np.frombuffer(network.ground_key.encode(), np.uint8), limit_m, x, y)
    found = network.placed.find(key)
    if found is None:
        found = _nearest(network, np.ascontiguousarray(x), np.ascontiguousarray(y))
        network.placed.keep(key, found)
    return Snaps(found.edge, found.fraction, found.offset_m, found.passed, network.mode.access_ms)


def _nearest(network: Network, x: NDArray[np.float64], y: NDArray[np.float64]) -> Nearest:
    """Find the nearest edge, connected ones first."""
    limit_m, length_m = network.mode.snap_limit_m, network.length_m
    allowed = network.on_land
    if x.size * _FEW <= length_m.size:
        allowed = allowed & edges_near(network.edge_xy, network.edge_ptr, x, y, limit_m)
    first, second = (
        index_edges(network.edge_xy, network.edge_ptr, allowed & some)
        for some in (network.major, ~network.major)
    )
    return nearest_on_edges(first, second, length_m, x, y, limit_m)


def settled(fraction: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round positions at an end onto it: from there every street of the junction is open.

    Without this, a rounding error of 1e-17 of a one-way street would forbid the way back.
    """
    fraction = np.where(fraction < AT_END, 0.0, fraction)
    return np.where(fraction > 1 - AT_END, 1.0, fraction)
