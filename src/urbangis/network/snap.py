"""Put places onto the network: at the true point of an edge, with the leg between both counted."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from urbangis.network.graph import Network
from urbangis.network.segments import nearest_on_edges


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
    access_s
        Time of the leg between the point and the edge, seconds; ``inf`` where not snapped.
    moved
        Where a loose piece of street was nearer but a connected one was taken.
    """

    edge: NDArray[np.int64]
    fraction: NDArray[np.float64]
    offset_m: NDArray[np.float64]
    access_s: NDArray[np.float64]
    moved: NDArray[np.bool_]

    @property
    def snapped(self) -> NDArray[np.bool_]:
        """Whether each point is on the network."""
        return self.edge >= 0


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
    nearest point is lowest in x, then in y, is taken.

    Parameters
    ----------
    network
        Network in the CRS of the points.
    x, y
        Coordinates, shape (points,); NaN for a place unknown, which is not snapped.
    """
    limit_m = np.full(x.size, network.mode.snap_limit_m)
    edge, offset_m, along_m = nearest_on_edges(network.major_index, x, y, limit_m)
    moved = np.zeros(x.size, bool)
    if not network.major.all():
        reach_m = np.where(edge >= 0, offset_m, limit_m)
        loose = nearest_on_edges(network.loose_index, x, y, reach_m)
        moved = (edge >= 0) & (loose.offset_m < offset_m)
        only = (edge < 0) & (loose.edge >= 0)
        edge[only], offset_m[only] = loose.edge[only], loose.offset_m[only]
        along_m[only] = loose.along_m[only]
    length_m = network.length_m[edge]
    fraction = settled(np.where(length_m > 0, along_m / np.where(length_m > 0, length_m, 1), 0.0))
    access_s = np.where(edge >= 0, offset_m / network.mode.access_ms, np.inf)
    return Snaps(edge, fraction, offset_m, access_s, moved)


def settled(fraction: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round positions at an end onto it: from there every street of the junction is open.

    Without this, a rounding error of 1e-17 of a one-way street would forbid the way back.
    """
    fraction = np.where(fraction < 1e-9, 0.0, fraction)
    return np.where(fraction > 1 - 1e-9, 1.0, fraction)
