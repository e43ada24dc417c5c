"""Where facilities are entered from the streets: at gates, or where streets meet them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from urbangis.errors import TableError
from urbangis.network.graph import Network
from urbangis.network.snap import settled, snap_points
from urbangis.notices import Notice, Text, notice

PASSING_M = 20.0
"""A street this close to a polygon's boundary passes it: one can step over from the kerb."""

STEP_M = 5.0
"""Distance between the points of a passing street at which one may step over."""


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
    edge: NDArray[np.integer[Any]]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    egress_s: NDArray[np.float64]

    def of(self, rows: NDArray[np.int64]) -> "Entrances":
        """Return the entrances of these facilities only."""
        keep = np.isin(self.facility, rows)
        return Entrances(
            self.facility[keep], self.edge[keep], self.low[keep], self.high[keep],
            self.egress_s[keep],
        )  # fmt: skip


def facility_entrances(
    network: Network, supply: gpd.GeoDataFrame, gates: gpd.GeoDataFrame | None = None
) -> tuple[Entrances, tuple[Notice, ...]]:
    """Find where the facilities of a table are entered; see `find_entrances`.

    Parameters
    ----------
    network
        Network in the CRS of the tables.
    supply
        Contract ``supply``.
    gates
        Contract ``gates``. Gates of facilities that ``supply`` does not hold are passed over.

    Returns
    -------
    entrances, notices
        Facilities by their row in ``supply``. Notices tell facilities that are entered nowhere,
        parks whose entrances were derived, and loose streets that were passed over.

    Raises
    ------
    TableError
        If no gate belongs to any of the facilities.
    """
    shapes = supply.geometry.to_numpy()
    places, owner = np.empty(0, object), np.empty(0, np.int64)
    if gates is not None:
        row = pd.Series(np.arange(len(supply)), index=supply["id"])
        of = gates["facility_id"].map(row)
        if of.isna().all():
            raise TableError(
                f'names facilities such as "{gates["facility_id"].iloc[0]}", of which none is '
                "there",
                layer="gates",
                remedy="facility_id must hold the ids of the facility layer.",
            )
        places = gates.geometry.to_numpy()[of.notna()]
        owner = of.dropna().to_numpy(np.int64)
    entrances, moved = find_entrances(network, shapes, places, owner)
    ids = supply["id"].to_numpy(object)
    rows = np.arange(len(supply))
    lost = ids[~np.isin(rows, entrances.facility)]
    derived = ids[(shapely.area(shapes) > 0) & ~np.isin(rows, owner)]
    return entrances, (
        *notice(
            "facility-unsnapped",
            lost,
            Text(
                zh=f"{len(lost)}处设施附近没有可通行的街道，视为不可到达。",
                en=f"{len(lost)} facilities have no usable street nearby and count as out of "
                "reach.",
            ),
            severity="warning",
        ),
        *notice(
            "entrances-derived",
            derived,
            Text(
                zh=f"{len(derived)}处面状设施没有出入口数据，以街道进入或沿边"
                f"（{PASSING_M:g}米内）经过其边界处为入口。",
                en=f"{len(derived)} facilities with an area have no gates given; they are entered "
                f"where streets meet their boundary or pass within {PASSING_M:g} m of it.",
            ),
        ),
        *notice(
            "facility-past-loose-street",
            ids[moved],
            Text(
                zh=f"{int(moved.sum())}处设施旁有更近但与路网不相连的街道片段，已改接到相连的街道。",
                en=f"{int(moved.sum())} facilities have a nearer street that is not connected with "
                "the rest; they are entered from a connected one.",
            ),
        ),
    )


def find_entrances(
    network: Network,
    facilities: NDArray[np.object_],
    gates: NDArray[np.object_],
    gate_facility: NDArray[np.int64],
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
    open_rows = np.flatnonzero(~is_point & ~gated)
    if open_rows.size:
        lines = network.lines
        lines[~network.on_land] = None  # nobody steps off a ferry between its landings
        found += _polygon_entrances(network, lines, facilities, open_rows)
    table = pd.concat([frame for frame in found if len(frame)] or found[:1], ignore_index=True)
    table = table.sort_values(["facility", "edge", "low"], kind="stable")
    return (
        Entrances(
            facility=table["facility"].to_numpy(np.int64),
            edge=table["edge"].to_numpy(np.int64),
            low=settled(table["low"].to_numpy(float)),
            high=settled(table["high"].to_numpy(float)),
            egress_s=table["egress_s"].to_numpy(float),
        ),
        moved,
    )


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
    yield _passed(network, lines, polygons, row, edge)  # one that meets it may pass it first
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
    real way in, so that the time is never too short, and too long by the walk of one step at most.
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
    keep = (over_m > 0) & (over_m <= PASSING_M)
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
