"""Put places onto the network: at the true point of an edge, with the leg between both counted."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from urbangis.network.graph import Network


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
    """Snap points to the nearest edge.

    A connected street within the snap limit comes before a loose piece, however near. Of edges
    equally near, the first is taken.

    Parameters
    ----------
    network
        Network in the CRS of the points.
    points
        Points, shape (points,); None or empty for a place unknown, which is not snapped.
    """
    limit_m = network.mode.snap_limit_m
    lines = network.lines
    edge, offset_m = _nearest(lines, np.flatnonzero(network.major), points, limit_m)
    moved = np.zeros(len(points), bool)
    if not network.major.all():
        loose, loose_m = _nearest(lines, np.flatnonzero(~network.major), points, limit_m)
        moved = (edge >= 0) & (loose >= 0) & (loose_m < offset_m)
        take = (edge < 0) & (loose >= 0)
        edge[take], offset_m[take] = loose[take], loose_m[take]
    snapped = edge >= 0
    fraction = np.zeros(len(points))
    fraction[snapped] = settled(
        shapely.line_locate_point(lines[edge[snapped]], points[snapped], normalized=True)
    )
    access_s = np.where(snapped, offset_m / network.mode.access_ms, np.inf)
    return Snaps(edge, fraction, offset_m, access_s, moved)


def settled(fraction: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round positions at an end onto it: from there every street of the junction is open.

    Without this, a rounding error of 1e-17 of a one-way street would forbid the way back.
    """
    fraction = np.where(fraction < 1e-9, 0.0, fraction)
    return np.where(fraction > 1 - 1e-9, 1.0, fraction)


def _nearest(
    lines: NDArray[np.object_],
    allowed: NDArray[np.int64],
    points: NDArray[np.object_],
    limit_m: float,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the nearest allowed line of each point (-1: none within the limit), and how far."""
    line = np.full(len(points), -1, np.int64)
    distance_m = np.full(len(points), np.nan)
    known = np.flatnonzero(~(shapely.is_missing(points) | shapely.is_empty(points)))
    if not known.size or not allowed.size:
        return line, distance_m
    tree = shapely.STRtree(lines[allowed])
    (point, hit), metres = tree.query_nearest(
        points[known], max_distance=limit_m, return_distance=True, all_matches=True
    )
    order = np.lexsort((hit, point))
    point, first = np.unique(point[order], return_index=True)
    line[known[point]] = allowed[hit[order][first]]
    distance_m[known[point]] = metres[order][first]
    return line, distance_m
