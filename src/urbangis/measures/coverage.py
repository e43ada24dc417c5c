"""Coverage: who has the service, by zone, with every person accounted for."""

from dataclasses import dataclass
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from urbangis.catalog import Mode, Standard
from urbangis.decay import INCLUSIVE
from urbangis.errors import StudyError, TableError
from urbangis.measures.zoning import cut_by_zones, zone_table, zones_named, zones_of_places
from urbangis.network.entrances import Entrances
from urbangis.network.graph import Network
from urbangis.network.snap import snap_xy
from urbangis.notices import Notice, Text, notice
from urbangis.study import Level
from urbangis.tables import SAMPLE, coordinates, is_cells, point_blocks, row_names
from urbangis.travel.costs import TravelCosts, network_costs, straight_costs

SPEED_RANGE = 0.1
"""How much slower or faster than stated people may travel, for the low and the high rate."""

MARGIN_S = 60.0
"""How near to the cutoff a journey is close to being, or not being, covered, seconds."""

ARC_SEGMENTS = 64
"""Segments to a quarter circle of a service radius: it lacks 0.01 % of the circle's area."""


@dataclass(frozen=True)
class Coverage:
    """The result of one standard applied to one study.

    Parameters
    ----------
    standard, mode
        What was asked; ``mode`` is None where no network was used.
    demand
        One row per demand point, polygon or cell, in the study's CRS: the columns of the contract
        ``demand`` or those of cells (see `urbangis.tables.coordinates`, which tells the place of
        either), the weight of each denominator (``residents``, ``residential_m2``, ``units``),
        ``zone_id`` (base zone, missing where outside all), ``cost`` (seconds, or metres for a
        radius; NaN where not reached within the search limit), ``facility_id`` (missing likewise;
        where each of several kinds is needed, both are those of the farthest), ``share`` (covered
        share, 0 to 1),
        ``share_low, share_high`` (at lower and higher speed; NaN for a plain radius),
        ``snapped`` (False where too far from any street, or, by
        straight line, without a known place). Land and cells that several zones share have one
        row a zone.
    supply
        The facilities counted, in the study's CRS, contract ``supply``.
    zones
        One row per level, zone and denominator: ``zone_id, zone_name, level, denominator, total,
        covered, uncovered, unsnapped, rate, rate_low, rate_high, target, met``. ``unsnapped`` is
        part of ``uncovered``. The level ``study`` has one row per denominator. ``rate`` is NaN
        where ``total`` is 0. ``rate_low`` and ``rate_high`` come from travel 10 % slower and
        faster; NaN where the rule is a plain radius. What lies outside every zone of a partition
        has a row with an empty ``zone_id``.
    notices
        What a reader of these figures must know.
    """

    standard: Standard
    mode: Mode | None
    demand: pd.DataFrame
    supply: gpd.GeoDataFrame
    zones: pd.DataFrame
    notices: tuple[Notice, ...]


def network_coverage(
    standard: Standard,
    network: Network,
    *,
    demand: gpd.GeoDataFrame,
    supply: gpd.GeoDataFrame,
    entrances: Entrances,
    levels: tuple[Level, ...],
) -> Coverage:
    """Apply a network standard: travel time along streets, both legs off the street counted.

    Parameters
    ----------
    standard
        A standard with ``method = "network"``.
    network
        Streets open to the standard's mode.
    demand, supply
        Checked tables in the network's CRS. A polygon of demand is one place.
    entrances
        Where the facilities are entered.
    levels
        Zones, base level first. If ``demand`` has ``zone_id``, that says which base zone a row is
        in; otherwise its place does.

    Raises
    ------
    StudyError, TableError
        If the standard counts something that the demand does not have.
    BalanceError
        If a total does not add up (a defect).
    """
    if standard.land is not None:
        raise StudyError(
            f'the standard "{standard.id}" counts land along a network',
            remedy="Count residents or units by network, land in a straight line.",
        )
    table = weighed(standard, demand, levels[0])
    snaps = snap_xy(network, *coordinates(table).T)
    cutoff_s = float(standard.cutoff_s or 0)
    limit_s = max(cutoff_s * (1 + SPEED_RANGE), cutoff_s + MARGIN_S) * INCLUSIVE
    costs = [
        network_costs(
            network, snaps, entrances.of(rows), limit_s=limit_s, direction=standard.direction
        )
        for rows in facility_groups(standard, supply)
    ]
    snapped, moved = snaps.snapped, moved_notices(table[snaps.moved])
    del snaps  # those of eleven million cells take room that is needed now
    cost, facility = all_of(costs)
    table["cost"] = pd.Series(cost, copy=False)
    table["facility_id"] = ids_of(supply, facility, compact=is_cells(table))
    table["snapped"] = snapped
    del costs, facility
    share_by_time(table, cutoff_s, compact=is_cells(table))
    notices = (*unsnapped_notices(table, network.mode), *outside_notices(table), *moved)
    zones = zone_table(standard, table, levels)
    return Coverage(standard, network.mode, table, supply, zones, notices)


def straight_coverage(
    standard: Standard,
    *,
    demand: gpd.GeoDataFrame,
    supply: gpd.GeoDataFrame,
    levels: tuple[Level, ...],
) -> Coverage:
    """Apply a straight-line standard: a radius, a radius by facility size, or a time.

    Residents and units are served where their place lies within the radius of a facility (of its
    boundary, if it is a polygon). Residential land is served by the exact share of its area.

    Parameters
    ----------
    standard
        A standard with ``method = "straight_line"``.
    demand, supply
        Checked tables in one metric CRS.
    levels
        As in `network_coverage`.

    Raises
    ------
    StudyError, TableError
        If the standard counts something that the demand does not have, or no facility has a size
        that it counts.
    BalanceError
        If a total does not add up (a defect).
    """
    supply, radius_m, too_small = radii(standard, supply)
    table = weighed(standard, demand, levels[0])
    xy, facilities = coordinates(table), supply.geometry.to_numpy()
    found = [
        _within(xy, facilities, rows, radius_m * INCLUSIVE)
        for rows in facility_groups(standard, supply)
    ]
    table["cost"], facility = all_of([costs for costs, _ in found])
    table["facility_id"] = ids_of(supply, facility)
    table["snapped"] = np.isfinite(xy).all(axis=1)
    if standard.straight_speed_ms is not None:
        table["cost"] /= standard.straight_speed_ms
        share_by_time(table, float(standard.cutoff_s or 0))
    else:
        table["share"] = np.min([served for _, served in found], axis=0).astype(float)
        table["share_low"] = table["share_high"] = np.nan
    if standard.land is not None:
        table["share"] = land_share(table.geometry.to_numpy(), facilities, radius_m)
    zones = zone_table(standard, table, levels)
    notices = (*too_small, *outside_notices(table))
    return Coverage(standard, None, table, supply, zones, notices)


def weighed(standard: Standard, demand: gpd.GeoDataFrame, base: Level) -> gpd.GeoDataFrame:
    """Copy the demand, with its zone and the weight of each denominator."""
    table = demand.reset_index(drop=True)
    if standard.land is not None:
        return _weighed_land(standard, table, base)
    if "zone_id" in table:
        table["zone_id"] = pd.Series(zones_named(table["zone_id"], base), copy=False)
    else:
        table["zone_id"] = zones_of_places(coordinates(table), base)
    if "units" in standard.denominators or not is_cells(table):
        table["units"] = 1.0
    for name in standard.denominators:
        # The cells of a raster have residents alone.
        missing = table.get(name, pd.Series(np.nan, table.index)).isna()
        if missing.any():
            raise TableError(
                f'has no number of {name}, which the standard "{standard.id}" counts',
                layer="demand",
                row=row_names(table[missing].head(1)).iloc[0],
                remedy=f"Map the column that holds it as {name}; write 0 where there are none.",
            )
    return table


def _weighed_land(standard: Standard, table: gpd.GeoDataFrame, base: Level) -> gpd.GeoDataFrame:
    if len(standard.denominators) > 1:
        raise StudyError(
            f'the standard "{standard.id}" counts land and something else',
            remedy="Make two standards of it: land is counted by area, people by place.",
        )
    is_area = np.zeros(len(table), bool) if is_cells(table) else table.area.to_numpy() > 0
    if not is_area.all():
        raise TableError(
            f'is not a polygon, but the standard "{standard.id}" counts residential land',
            layer="demand",
            row=row_names(table[~is_area].head(1)).iloc[0],
            remedy="Name a layer of residential land as demand.",
        )
    cut = cut_by_zones(table, base)
    return cut.assign(**{str(standard.land): cut.area})


def share_by_time(table: pd.DataFrame, cutoff_s: float, *, compact: bool = False) -> None:
    """Fill the covered shares from travel times; a cutoff is inclusive.

    They are 0 or 1, in single precision if ``compact``.
    """
    cost = table["cost"].to_numpy()
    kind = np.float32 if compact else np.float64
    for share, pace in (
        ("share", 1),
        ("share_low", 1 - SPEED_RANGE),
        ("share_high", 1 + SPEED_RANGE),
    ):
        within = np.less_equal(cost, cutoff_s * pace * INCLUSIVE, out=np.empty(len(cost), kind))
        table[share] = pd.Series(within, table.index, copy=False)


def ids_of(
    supply: gpd.GeoDataFrame, row: NDArray[np.integer[Any]], *, compact: bool = False
) -> pd.Series:
    """Return the ids of facilities by row, as categories if ``compact``; None for -1."""
    if compact:
        return pd.Series(pd.Categorical.from_codes(row, supply["id"]))
    ids = np.array([*supply["id"], None], object)
    return pd.Series(ids[row], dtype=object)  # of a bare array, pandas would look at every id


def radii(
    standard: Standard, supply: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, NDArray[np.float64], tuple[Notice, ...]]:
    """Keep the facilities that the standard counts, with the service radius of each, metres.

    Raises
    ------
    TableError
        If no facility has a size that the standard counts.
    """
    if standard.cutoff_m is not None:
        return supply, np.full(len(supply), standard.cutoff_m), ()
    if standard.straight_speed_ms is not None:
        reach_m = float(standard.cutoff_s or 0) * standard.straight_speed_ms
        return supply, np.full(len(supply), reach_m), ()
    area_m2 = supply.area.to_numpy(float)
    if "area_m2" in supply:
        area_m2 = np.where(area_m2 > 0, area_m2, supply["area_m2"].to_numpy(float))
    radius_m = np.full(len(supply), np.nan)
    for size in standard.size_classes:
        fits = area_m2 >= size.min_area_m2
        if size.max_area_m2 is not None:
            fits &= area_m2 < size.max_area_m2
        radius_m[fits] = size.cutoff_m
    counted = np.isfinite(radius_m)
    if not counted.any():
        raise TableError(
            f'no facility has an area that the standard "{standard.id}" counts',
            layer="facilities",
            remedy='Give polygons, or points with their area in a column "area_m2".',
        )
    out = supply.loc[~counted, "id"]
    text = Text(
        zh=f"{len(out)}处设施的面积不在该标准的计算范围内，未计入。",
        en=f"{len(out)} facilities are of a size that the standard does not count.",
    )
    notices = notice("facility-size-not-counted", out, text)
    return supply[counted].reset_index(drop=True), radius_m[counted], notices


def facility_groups(standard: Standard, supply: gpd.GeoDataFrame) -> list[NDArray[np.int64]]:
    """Group the rows of facilities of which any one serves; a place needs one of each group.

    Raises
    ------
    StudyError, TableError
        If the standard asks for each kind and counts land, or if there is none of a kind.
    """
    if not standard.each_kind:
        return [np.arange(len(supply))]
    if standard.land is not None:
        raise StudyError(
            f'the standard "{standard.id}" counts land by several kinds of facility at once',
            remedy="Count residents or units, or make a standard of each kind.",
        )
    groups = [np.flatnonzero(supply["kind"] == kind) for kind in standard.facilities]
    for kind, rows in zip(standard.facilities, groups, strict=True):
        if not rows.size:
            raise TableError(
                f'holds no facility of the kind "{kind}", of which the standard "{standard.id}" '
                "asks for one within reach",
                layer="facilities",
                remedy="Name a layer that has some.",
            )
    return groups


def all_of(costs: list[TravelCosts]) -> tuple[NDArray[np.float64], NDArray[np.integer[Any]]]:
    """Return cost and row of the farthest of several needs; NaN and -1 where one is not met."""
    if len(costs) == 1:
        return costs[0].cost, costs[0].facility
    cost = np.array([one.cost for one in costs])
    farthest = np.where(np.isnan(cost), np.inf, cost).argmax(axis=0)
    pick = farthest, np.arange(cost.shape[1])
    return cost[pick], np.array([one.facility for one in costs])[pick]


def _within(
    xy: NDArray[np.float64],
    facilities: NDArray[np.object_],
    rows: NDArray[np.int64],
    radius_m: NDArray[np.float64],
) -> tuple[TravelCosts, NDArray[np.bool_]]:
    """Find the nearest facility whose radius holds each place, else the nearest of all.

    Returns
    -------
    costs, served
        Metres, and whether the place lies within the radius.
    """
    nearest = straight_costs(xy, facilities[rows])
    chosen = np.where(nearest.facility >= 0, rows[nearest.facility], -1)
    served = np.zeros(len(xy), bool)
    cost = np.full(len(xy), np.nan)
    for block, points in point_blocks(xy):
        known = np.flatnonzero(~shapely.is_missing(points))
        hit, place = shapely.STRtree(points[known]).query(
            facilities[rows], predicate="dwithin", distance=radius_m[rows]
        )
        facility, place = rows[hit], known[place]
        metres = shapely.distance(points[place], facilities[facility])
        order = np.lexsort((facility, metres, place))
        place, first = np.unique(place[order], return_index=True)
        chosen[block][place] = facility[order][first]
        served[block][place] = True
        cost[block] = shapely.distance(points, facilities[chosen[block]])
    return TravelCosts(cost, chosen), served


def land_share(
    land: NDArray[np.object_], facilities: NDArray[np.object_], radius_m: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the share of each polygon's area that lies within the radius of a facility."""
    circles = shapely.union_all(shapely.buffer(facilities, radius_m, quad_segs=ARC_SEGMENTS))
    shapely.prepare(circles)
    inside = shapely.area(shapely.intersection(land, circles))
    return np.asarray(np.clip(inside / shapely.area(land), 0.0, 1.0))


def unsnapped_notices(table: gpd.GeoDataFrame, mode: Mode) -> tuple[Notice, ...]:
    """Tell demand that is on no street."""
    lost = table[~table["snapped"]]
    people, metres = lost["residents"].sum(), mode.snap_limit_m
    text = Text(
        zh=f"{len(lost)}处需求点（{people:,.0f}人）距最近可通行街道超过{metres:g}米或位置不明，"
        "计入总数，视为未覆盖。",
        en=f"places more than {metres:g} m from any usable street, or unknown: {len(lost)} "
        f"({people:,.0f} residents); they count in the total, as uncovered.",
    )
    return _told("demand-unsnapped", lost, text, severity="warning")


def outside_notices(table: gpd.GeoDataFrame) -> tuple[Notice, ...]:
    """Tell demand that lies in no zone."""
    lost = table[table["zone_id"].isna()]
    text = Text(
        zh=f"{len(lost)}处需求点（地块）不在任何统计单元内，单独列出并计入总数。",
        en=f"{len(lost)} places of demand lie in no zone; they have a row of their own and count "
        "in the total.",
    )
    return _told("demand-outside-zones", lost, text, severity="warning")


def moved_notices(moved: pd.DataFrame) -> tuple[Notice, ...]:
    """Tell places that a nearer but loose piece of street did not capture."""
    text = Text(
        zh=f"{len(moved)}处需求点旁有更近但与路网不相连的街道片段，已改接到相连的街道。",
        en=f"{len(moved)} places have a nearer street that is not connected with the rest; they "
        "are put on a connected one.",
    )
    return _told("snapped-past-loose-street", moved, text)


def _told(
    code: str, rows: pd.DataFrame, text: Text, *, severity: Literal["info", "warning"] = "info"
) -> tuple[Notice, ...]:
    """Tell rows of demand; only those that serve as samples are named."""
    if rows.empty:
        return ()
    names = tuple(map(str, row_names(rows.head(SAMPLE))))
    return (Notice(code, severity, len(rows), text, names),)
