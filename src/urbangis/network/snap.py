"""Put places onto the network: at the true point of an edge, with the leg between both counted."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from urbangis.network.graph import Network

PASSING_M = 20.0
"""A street this close to a polygon's boundary passes it: one can step over from the kerb."""

STEP_M = 5.0
"""Distance between the points of a passing street at which one may step over."""


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


@dataclass(frozen=True)
class Entrances:
    """Where facilities meet the network: stretches of edges, several a facility if it has them.

    Parameters
    ----------
    facility
        Row of the facility, shape (entrances,).
    edge, low, high
        Edge, and the stretch of it (fractions by length) from which the facility is entered.
    egress_s
        Time of the leg between the edge and the facility, seconds.
    """

    facility: NDArray[np.int64]
    edge: NDArray[np.int64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    egress_s: NDArray[np.float64]


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
    fraction[snapped] = _settled(
        shapely.line_locate_point(lines[edge[snapped]], points[snapped], normalized=True)
    )
    access_s = np.where(snapped, offset_m / network.mode.access_ms, np.inf)
    return Snaps(edge, fraction, offset_m, access_s, moved)


def find_entrances(
    network: Network,
    facilities: NDArray[np.object_],
    gates: NDArray[np.object_] | None = None,
    gate_facility: NDArray[np.int64] | None = None,
) -> tuple[Entrances, NDArray[np.bool_]]:
    """Find where facilities are entered from the network.

    A point is entered where it snaps. A polygon is entered at its gates; if it has none, where
    usable streets meet its boundary, and where they pass within `PASSING_M` of it; if none does,
    from the nearest street within the snap limit. Never at its centroid.

    Parameters
    ----------
    network
        Network in the CRS of the facilities.
    facilities
        Points or polygons, shape (facilities,).
    gates, gate_facility
        Points, and the row of the facility that each belongs to.

    Returns
    -------
    entrances
        Sorted by facility.
    moved
        Per facility: whether a loose piece of street was nearer than the connected one taken.
    """
    if gates is None or gate_facility is None:
        gates, gate_facility = np.empty(0, object), np.empty(0, np.int64)
    is_point = shapely.get_type_id(facilities) == shapely.GeometryType.POINT
    gated = np.zeros(len(facilities), bool)
    gated[gate_facility] = True
    points = np.concatenate([facilities[is_point], gates])
    owner = np.concatenate([np.flatnonzero(is_point), gate_facility]).astype(np.int64)
    snaps = snap_points(network, points)
    moved = np.zeros(len(facilities), bool)
    moved[owner[snaps.moved]] = True

    on = snaps.snapped
    found = [
        pd.DataFrame(
            {
                "facility": owner[on],
                "edge": snaps.edge[on],
                "low": snaps.fraction[on],
                "high": snaps.fraction[on],
                "egress_s": snaps.access_s[on],
            }
        )
    ]
    lines = network.lines
    open_rows = np.flatnonzero(~is_point & ~gated)
    if open_rows.size:
        found += _polygon_entrances(network, lines, facilities, open_rows)
    table = pd.concat([frame for frame in found if len(frame)] or found[:1], ignore_index=True)
    table = table.sort_values(["facility", "edge", "low"], kind="stable")
    return (
        Entrances(
            facility=table["facility"].to_numpy(np.int64),
            edge=table["edge"].to_numpy(np.int64),
            low=_settled(table["low"].to_numpy(float)),
            high=_settled(table["high"].to_numpy(float)),
            egress_s=table["egress_s"].to_numpy(float),
        ),
        moved,
    )


def _settled(fraction: NDArray[np.float64]) -> NDArray[np.float64]:
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


def _polygon_entrances(
    network: Network,
    lines: NDArray[np.object_],
    polygons: NDArray[np.object_],
    rows: NDArray[np.int64],
) -> Iterator[pd.DataFrame]:
    """Yield the entrances of polygons that have no gates: met, passed, or the nearest street."""
    tree = shapely.STRtree(lines)
    hit, edge = tree.query(polygons[rows], predicate="dwithin", distance=PASSING_M)
    row = rows[hit]
    meets = shapely.intersects(lines[edge], polygons[row])
    yield _met(lines, polygons, row[meets], edge[meets])
    yield _passed(network, lines, polygons, row[~meets], edge[~meets])
    for alone in np.setdiff1d(rows, row):
        boundary = polygons[alone]
        near, metres = tree.query_nearest(
            boundary, max_distance=network.mode.snap_limit_m, return_distance=True
        )
        if near.size:
            line = lines[near[0]]
            kerb = shapely.get_point(shapely.shortest_line(line, boundary), 0)
            fraction = shapely.line_locate_point(line, kerb, normalized=True)
            yield pd.DataFrame(
                {
                    "facility": [alone],
                    "edge": [near[0]],
                    "low": [fraction],
                    "high": [fraction],
                    "egress_s": [metres[0] / network.mode.access_ms],
                }
            )


def _met(
    lines: NDArray[np.object_],
    polygons: NDArray[np.object_],
    row: NDArray[np.int64],
    edge: NDArray[np.int64],
) -> pd.DataFrame:
    """Return the stretches of edges that lie in polygons."""
    parts, pair = shapely.get_parts(
        shapely.intersection(lines[edge], polygons[row]), return_index=True
    )
    whole = lines[edge[pair]]
    ends = [
        shapely.line_locate_point(whole, end, normalized=True)
        for end in (_first_point(parts), _last_point(parts))
    ]
    return pd.DataFrame(
        {
            "facility": row[pair],
            "edge": edge[pair],
            "low": np.minimum(*ends),
            "high": np.maximum(*ends),
            "egress_s": 0.0,
        }
    )


def _passed(
    network: Network,
    lines: NDArray[np.object_],
    polygons: NDArray[np.object_],
    row: NDArray[np.int64],
    edge: NDArray[np.int64],
) -> pd.DataFrame:
    """Return points of edges along polygons, each with its own leg over to the polygon.

    The nearest point of each edge, and one every `STEP_M` where the edge is near: every one is a
    real way in, so that the time is never too short, and too long by the walk of half a step at
    most.
    """
    count = np.floor(network.length_m[edge] / STEP_M).astype(np.int64) + 1
    pair = np.repeat(np.arange(edge.size), count)
    step = np.arange(pair.size) - np.repeat(np.cumsum(count) - count, count)
    metres = np.minimum(step * STEP_M, network.length_m[edge[pair]])
    nearest = shapely.line_locate_point(
        lines[edge], shapely.get_point(shapely.shortest_line(lines[edge], polygons[row]), 0)
    )
    pair = np.concatenate([pair, np.arange(edge.size)])
    metres = np.concatenate([metres, nearest])
    over_m = shapely.distance(
        shapely.line_interpolate_point(lines[edge[pair]], metres), polygons[row[pair]]
    )
    keep = over_m <= PASSING_M
    pair, metres, over_m = pair[keep], metres[keep], over_m[keep]
    fraction = metres / np.where(network.length_m > 0, network.length_m, 1.0)[edge[pair]]
    return pd.DataFrame(
        {
            "facility": row[pair],
            "edge": edge[pair],
            "low": fraction,
            "high": fraction,
            "egress_s": over_m / network.mode.access_ms,
        }
    )


def _first_point(parts: NDArray[np.object_]) -> NDArray[np.object_]:
    is_point = shapely.get_type_id(parts) == shapely.GeometryType.POINT
    return np.where(is_point, parts, shapely.get_point(parts, 0))


def _last_point(parts: NDArray[np.object_]) -> NDArray[np.object_]:
    is_point = shapely.get_type_id(parts) == shapely.GeometryType.POINT
    return np.where(is_point, parts, shapely.get_point(parts, -1))
