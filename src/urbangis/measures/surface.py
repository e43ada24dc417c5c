"""Coverage over open ground: travel time cell by cell, where there is no usable network."""

from collections.abc import Iterator, Sequence

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer

from urbangis.catalog import Standard
from urbangis.decay import INCLUSIVE
from urbangis.errors import StudyError
from urbangis.measures.coverage import (
    Coverage,
    all_of,
    facility_groups,
    ids_of,
    outside_notices,
    share_by_time,
    weighed,
)
from urbangis.measures.zoning import zone_table
from urbangis.notices import Notice, Text, notice
from urbangis.study import Level
from urbangis.tables import coordinates, point_blocks, row_names
from urbangis.travel.costs import Direction
from urbangis.travel.surface import Places, Surface, costs_at, place_on_surface, surface_costs
from urbangis.travel.surface_area import surface_area
from urbangis.travel.surface_ways import GroundWay, ground_ways
from urbangis.units import minutes

STEPS_ASIDE = 2
"""How many cells a place on a barrier may be moved: a house whose cell the river fills."""


def surface_coverage(
    standard: Standard,
    surface: Surface,
    *,
    demand: gpd.GeoDataFrame,
    supply: gpd.GeoDataFrame,
    levels: tuple[Level, ...],
) -> Coverage:
    """Apply a surface standard: travel time over open ground.

    Parameters
    ----------
    standard
        A standard with ``method = "surface"``.
    surface
        Ground to travel over, in any CRS.
    demand
        Checked table in the study's CRS. A polygon of demand is one place.
    supply
        Facilities: points; several points for one with several gates; polygons, which are
        entered from every cell that their boundary runs through.
    levels
        Zones, base level first.

    Returns
    -------
    Coverage
        ``mode`` is None; ``snapped`` is False for places off the ground, or more than
        `STEPS_ASIDE` cells inside a barrier. A place that no way leads to has no cost.

    Raises
    ------
    StudyError, TableError
        If the standard counts land or what the demand does not have, or no facility lies on the
        ground.
    BalanceError
        If a total does not add up (a defect).
    """
    if standard.land is not None:
        raise StudyError(
            f'the standard "{standard.id}" counts land over open ground',
            remedy="Count residents or units by travel time, land in a straight line.",
        )
    table = weighed(standard, demand, levels[0])
    homes = _homes(surface, coordinates(table), levels[0].zones.crs)
    # No limit: whoever no way leads to must be told from whoever is merely far.
    costs = [
        costs_at(surface_costs(surface, doors, owner=owner, direction=standard.direction), homes)
        for doors, owner in _doors(surface, supply, facility_groups(standard, supply))
    ]
    table["cost"], facility = all_of(costs)
    table["facility_id"] = ids_of(supply, facility)
    table["snapped"] = homes.row >= 0
    share_by_time(table, float(standard.cutoff_s or 0))
    notices = (
        *_ground(surface),
        *_off_ground(table),
        *_unreached(table),
        *outside_notices(table),
    )
    return Coverage(standard, None, table, supply, zone_table(standard, table, levels), notices)


def surface_areas(
    standard: Standard, surface: Surface, supply: gpd.GeoDataFrame
) -> gpd.GeoDataFrame | None:
    """Draw the service areas of a standard, as `urbangis.travel.surface_area.surface_area`.

    Parameters are those of `surface_coverage`; the areas are in the CRS of ``supply``. None where
    the standard needs one facility of each kind.
    """
    if standard.each_kind:
        return None
    cutoffs = standard.rings_min or (float(standard.cutoff_min or 0),)
    return areas_within(surface, supply, cutoffs, direction=standard.direction)


def areas_within(
    surface: Surface,
    supply: gpd.GeoDataFrame,
    cutoffs_min: Sequence[float],
    *,
    direction: Direction = "to_facility",
) -> gpd.GeoDataFrame:
    """Draw the area within each cutoff, minutes, of the nearest of facilities, in their CRS.

    Parameters are those of `surface_coverage`, the result is that of
    `urbangis.travel.surface_area.surface_area`.
    """
    ((doors, owner),) = _doors(surface, supply, [np.arange(len(supply))])
    limit_s = minutes(max(cutoffs_min)) * INCLUSIVE
    costs = surface_costs(surface, doors, owner=owner, direction=direction, limit_s=limit_s)
    return surface_area(surface, costs, cutoffs_min, crs=CRS.from_user_input(supply.crs))


def surface_ways(
    standard: Standard, surface: Surface, supply: gpd.GeoDataFrame, xy: NDArray[np.float64]
) -> list[list[GroundWay | None]]:
    """Find the ways behind the coverage of places, as `urbangis.travel.surface_ways.ground_ways`.

    Parameters
    ----------
    standard, surface, supply
        As in `surface_coverage`.
    xy
        The places, in the CRS of ``supply``, shape (places, 2).

    Returns
    -------
    list
        For each need of the standard (a single one, or each kind of facility) a list of ways, one
        a place; ``facility`` is a row of ``supply``.
    """
    homes = _homes(surface, xy, supply.crs)
    return [
        ground_ways(surface, doors, homes, owner=owner, direction=standard.direction)
        for doors, owner in _doors(surface, supply, facility_groups(standard, supply))
    ]


def _aside_m(surface: Surface) -> float:
    """How far a place may be moved out of a barrier, metres."""
    return STEPS_ASIDE * float(max(surface.width_m.max(), surface.height_m.max()))


def _doors(
    surface: Surface, supply: gpd.GeoDataFrame, groups: Sequence[NDArray[np.int64]]
) -> Iterator[tuple[Places, NDArray[np.int64]]]:
    """Yield where facilities are entered, and the row of the facility of each, for each group."""
    shapes = np.array(supply.to_crs(surface.crs).geometry, object)
    is_area = shapely.get_dimensions(shapes) == 2
    # Two points a cell along the boundary: no cell that it runs through for long is left out.
    step = min(abs(surface.transform.a), abs(surface.transform.e)) / 2
    shapes[is_area] = shapely.segmentize(shapely.boundary(shapes[is_area]), step)
    points, owner = shapely.get_coordinates(shapes, return_index=True)
    doors, limit_m = shapely.points(points), _aside_m(surface)
    for rows in groups:
        here = np.isin(owner, rows)
        yield place_on_surface(surface, doors[here], limit_m=limit_m), owner[here].astype(np.int64)


def _homes(surface: Surface, xy: NDArray[np.float64], crs: CRS) -> Places:
    """Return the cell of the ground that each place is in."""
    to_ground = Transformer.from_crs(crs, surface.crs, always_xy=True)
    xy, limit_m = np.column_stack(to_ground.transform(*xy.T)), _aside_m(surface)
    parts = [place_on_surface(surface, points, limit_m=limit_m) for _, points in point_blocks(xy)]
    return Places(
        np.concatenate([part.row for part in parts]),
        np.concatenate([part.column for part in parts]),
        np.concatenate([part.access_s for part in parts]),
    )


def _ground(surface: Surface) -> tuple[Notice, ...]:
    closed = int((~np.isfinite(surface.friction)).sum())
    share = closed / surface.friction.size
    text = Text(
        zh=f"计算范围内有{closed}个像元（{share:.1%}）为水面等阻隔，不可通行。",
        en=f"cells of the ground that nobody crosses, such as water: {closed} ({share:.1%}).",
    )
    return (Notice("ground-closed", "info", closed, text),) if closed else ()


def _off_ground(table: gpd.GeoDataFrame) -> tuple[Notice, ...]:
    lost = table[~table["snapped"]]
    text = Text(
        zh=f"{len(lost)}处需求点位于地表栅格之外或阻隔之内，计入总数，视为未覆盖。",
        en=f"places off the ground or inside a barrier: {len(lost)}; they count in the total, as "
        "uncovered.",
    )
    return notice("demand-off-ground", row_names(lost), text, severity="warning")


def _unreached(table: gpd.GeoDataFrame) -> tuple[Notice, ...]:
    lost = table[table["snapped"] & table["cost"].isna()]
    text = Text(
        zh=f"{len(lost)}处需求点被阻隔包围，没有通往任何设施的路径，视为未覆盖。",
        en=f"places that barriers cut off from every facility: {len(lost)}; they are uncovered.",
    )
    return notice("demand-cut-off", row_names(lost), text, severity="warning")
