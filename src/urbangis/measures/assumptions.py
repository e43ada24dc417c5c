"""Variants of a coverage that take a search of their own: snapping, facility places, population."""

import math
from collections.abc import Mapping
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from urbangis.decay import INCLUSIVE
from urbangis.errors import StudyError, TableError
from urbangis.measures.coverage import (
    Coverage,
    facility_groups,
    land_share,
    network_coverage,
    radii,
)
from urbangis.measures.uncertainty import Variant
from urbangis.measures.zoning import zone_table
from urbangis.network.entrances import Entrances, facility_entrances
from urbangis.network.graph import Network
from urbangis.network.snap import snap_points
from urbangis.notices import Notice, Text, notice
from urbangis.study import Level
from urbangis.tables import coordinates, is_cells, point_blocks, to_numbers
from urbangis.units import to_minutes

ERROR_COLUMN = "accuracy_m"
"""Column of a layer of facilities: how far from its true place each may be, metres."""

_SNAP_NAMES: Mapping[str, Text] = {
    "snap-no-legs": Text(zh="不计两端接驳段", en="Legs off the street not counted"),
    "snap-nearest-node": Text(
        zh="两端就近移到路口，不计接驳段", en="Both ends at the nearest junction, no legs"
    ),
    "snap-any-piece": Text(
        zh="也接到与路网不相连的路段", en="Loose pieces of street taken too, if nearest"
    ),
}


def snap_variants(
    own: Coverage,
    network: Network,
    *,
    gates: gpd.GeoDataFrame | None,
    levels: tuple[Level, ...],
) -> tuple[Variant, ...]:
    """Put homes and facilities on the network by other rules than `snap_points`.

    ``snap-no-legs``: at the true point of the street, the legs off the street for nothing.
    ``snap-nearest-node``: homes, facilities and gates moved to the nearest junction, for nothing,
    however far; a home that is on no street stays so. ``snap-any-piece``: on the nearest street
    even where it is not connected with the rest.

    Parameters
    ----------
    own
        From `network_coverage`.
    network, gates, levels
        What it was computed with.
    """
    unconnected = replace(network, major=np.ones_like(network.major))
    legless = replace(network, mode=network.mode.model_copy(update={"access_kmh": math.inf}))
    at_door = facility_entrances(network, own.supply, gates)[0]
    ways = {
        "snap-no-legs": (
            legless, own.demand, replace(at_door, egress_s=np.zeros_like(at_door.egress_s)),
        ),
        "snap-nearest-node": (
            network, _homes_at_junctions(own, network), _doors_at_junctions(own, network, gates),
        ),
        "snap-any-piece": (
            unconnected, own.demand, facility_entrances(unconnected, own.supply, gates)[0],
        ),
    }  # fmt: skip
    return tuple(
        Variant(
            "snap",
            name,
            _SNAP_NAMES[name],
            network_coverage(
                own.standard, streets, demand=homes, supply=own.supply, entrances=doors,
                levels=levels,
            ).zones,
        )
        for name, (streets, homes, doors) in ways.items()
    )  # fmt: skip


def _junctions(network: Network) -> NDArray[np.float64]:
    """Return where the connected streets that one may stand on begin and end."""
    kept = network.major & network.on_land
    first, last = network.edge_ptr[:-1][kept], network.edge_ptr[1:][kept] - 1
    ends = np.concatenate([network.edge_xy[first], network.edge_xy[last]])
    return np.asarray(np.unique(ends, axis=0))


def _nearest_junctions(xy: NDArray[np.float64], network: Network) -> NDArray[np.object_]:
    junctions = _junctions(network)
    return np.asarray(shapely.points(junctions[cKDTree(junctions).query(xy)[1]]), object)


def _homes_at_junctions(own: Coverage, network: Network) -> pd.DataFrame:
    """Move the demand that is on the network to the nearest junctions; its zones stay."""
    junctions = _junctions(network)
    xy = coordinates(own.demand)
    on = own.demand["snapped"].to_numpy(bool)
    xy[on] = junctions[cKDTree(junctions).query(xy[on])[1]]
    if is_cells(own.demand):
        return own.demand.assign(x=xy[:, 0], y=xy[:, 1])
    points = np.concatenate([points for _, points in point_blocks(xy)])
    homes = gpd.GeoDataFrame(own.demand)
    moved: pd.DataFrame = homes.set_geometry(gpd.GeoSeries(points, homes.index, crs=homes.crs))
    return moved


def _at_junctions(places: gpd.GeoDataFrame, network: Network) -> gpd.GeoDataFrame:
    """Move points to the nearest junctions; polygons stay."""
    shapes = np.array(places.geometry.to_numpy(), object)
    is_point = shapely.get_type_id(shapes) == shapely.GeometryType.POINT
    shapes[is_point] = _nearest_junctions(shapely.get_coordinates(shapes[is_point]), network)
    return places.set_geometry(gpd.GeoSeries(shapes, places.index, crs=places.crs))


def _doors_at_junctions(
    own: Coverage, network: Network, gates: gpd.GeoDataFrame | None
) -> Entrances:
    """Move facilities and gates to the nearest junctions, and both ends of streets into parks."""
    moved_gates = None if gates is None else _at_junctions(gates, network)
    doors = facility_entrances(network, _at_junctions(own.supply, network), moved_gates)[0]
    lines = network.lines[doors.edge]
    ends = np.concatenate(
        [
            shapely.line_interpolate_point(lines, at, normalized=True)
            for at in (doors.low, doors.high)
        ]
    )
    snaps = snap_points(network, _nearest_junctions(shapely.get_coordinates(ends), network))
    return Entrances(
        facility=np.tile(doors.facility, 2),
        edge=snaps.edge,
        low=snaps.fraction,
        high=snaps.fraction,
        egress_s=np.zeros(snaps.edge.size),
    )


def position_errors(
    supply: gpd.GeoDataFrame, stated_m: float | None
) -> tuple[NDArray[np.float64] | None, tuple[Notice, ...]]:
    """Return how far each facility may be from its true place, metres.

    Parameters
    ----------
    supply
        Facilities; their column `ERROR_COLUMN`, where they have one, goes before ``stated_m``.
    stated_m
        For those without an error of their own; None if the study states none.

    Returns
    -------
    errors, notices
        One entry a facility. None where nothing is stated, or not for every facility, which a
        notice then tells.

    Raises
    ------
    TableError
        If the study states an error and the column holds what is no error.
    """
    if ERROR_COLUMN not in supply:
        return None if stated_m is None else np.full(len(supply), stated_m), ()
    numbers, unreadable = to_numbers(supply[ERROR_COLUMN])
    errors = np.asarray(numbers, float)
    wrong = np.asarray(unreadable, bool) | (errors < 0)
    ids = supply["id"].to_numpy(object)
    if stated_m is not None:
        if wrong.any():
            raise TableError(
                f'has no error of 0 m or more in the column "{ERROR_COLUMN}" '
                f"({int(wrong.sum())} rows)",
                layer="facilities",
                row=ids[wrong][0],
                remedy="Correct it, or leave it empty to have that of the study.",
            )
        return np.where(np.isnan(errors), stated_m, errors), ()
    unknown = wrong | np.isnan(errors)
    if not unknown.any():
        return errors, ()
    text = Text(
        zh=f"{int(unknown.sum())}处设施没有可用的位置误差（{ERROR_COLUMN}），未计算位置误差的影响。",
        en=f"facilities without an error of position ({ERROR_COLUMN}): {int(unknown.sum())}; what "
        "such errors do to the rate is not told.",
    )
    return None, notice("position-error-missing", ids[unknown], text)


def _position_names(error_m: NDArray[np.float64]) -> dict[str, Text]:
    """Name both ends, with the error that is stated."""
    most = f"{error_m.max():g}"
    zh, en = (most, most) if error_m.min() == error_m.max() else (f"至多{most}", f"up to {most}")
    return {
        "position-worst": Text(
            zh=f"设施位置误差{zh}米，对居民最不利", en=f"Facilities {en} m off, at the worst"
        ),
        "position-best": Text(
            zh=f"设施位置误差{zh}米，对居民最有利", en=f"Facilities {en} m off, at the best"
        ),
    }


def position_by_network(
    own: Coverage,
    network: Network,
    entrances: Entrances,
    error_m: NDArray[np.float64],
    *,
    levels: tuple[Level, ...],
) -> tuple[Variant, ...]:
    """Let every facility be off its place, for every home at its worst and at its best.

    A facility that is ``error_m`` from its stated place is at most the walk of that distance
    farther or nearer, at the speed of the legs, where the ground between can be crossed: the
    triangle inequality. Each journey takes that much longer, or shorter.

    Parameters
    ----------
    own, network, entrances, levels
        From `network_coverage`, and what it was computed with.
    error_m
        From `position_errors`.
    """
    off_s = error_m / network.mode.access_ms
    most_s = float(off_s.max())
    rule = own.standard
    # The longest lead becomes the cutoff's, so that no leg is shorter than nothing.
    lenient = rule.model_copy(
        update={"cutoff_min": float(rule.cutoff_min or 0) + to_minutes(most_s)}
    )
    cases = {
        "position-worst": (rule, off_s),
        "position-best": (lenient, most_s - off_s),
    }
    names, made = _position_names(error_m), []
    for name, (standard, later_s) in cases.items():
        doors = replace(entrances, egress_s=entrances.egress_s + later_s[entrances.facility])
        found = network_coverage(
            standard, network, demand=own.demand, supply=own.supply, entrances=doors, levels=levels
        )
        made.append(Variant("position", name, names[name], found.zones))
    return tuple(made)


def position_by_radius(
    own: Coverage, error_m: NDArray[np.float64], *, levels: tuple[Level, ...]
) -> tuple[Variant, ...]:
    """Let every facility be off its place, where a straight line decides: exact bounds.

    Parameters
    ----------
    own, levels
        From `straight_coverage`, and what it was computed with.
    error_m
        From `position_errors`, of the facilities that count.
    """
    radius_m = radii(own.standard, own.supply)[1]
    names, made = _position_names(error_m), []
    for name, sign in (("position-worst", -1), ("position-best", 1)):
        share = _served(own, radius_m + sign * error_m)
        zones = zone_table(own.standard, own.demand.assign(share=share), levels)
        made.append(Variant("position", name, names[name], zones))
    return tuple(made)


def _served(own: Coverage, radius_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the share of each row of demand within these radii; none within one below 0."""
    facilities = own.supply.geometry.to_numpy()
    reaches = radius_m >= 0
    if own.standard.land is not None:
        return land_share(own.demand.geometry.to_numpy(), facilities[reaches], radius_m[reaches])
    served = np.ones(len(own.demand), bool)
    for rows in facility_groups(own.standard, own.supply):
        able = rows[reaches[rows]]
        found = np.zeros(len(own.demand), bool)
        for block, points in point_blocks(coordinates(own.demand)):
            known = np.flatnonzero(~shapely.is_missing(points))
            place = shapely.STRtree(points[known]).query(
                facilities[able], predicate="dwithin", distance=radius_m[able] * INCLUSIVE
            )[1]
            found[block.start + known[place]] = True
        served &= found
    return served.astype(float)


def demand_variant(
    variant_id: str, source: Text, other: Coverage, *, over: Text | None = None
) -> Variant:
    """Count the same people by another source, spread over land or buildings if ``over`` is."""
    text = Text(zh=f"人口改用“{source.zh}”", en=f'People by "{source.en}"')
    if over is not None:
        text = Text(zh=f"{text.zh}，摊到“{over.zh}”", en=f'{text.en}, spread over "{over.en}"')
    return Variant("demand", variant_id, text, other.zones, other.notices)


def require_distance(own: Coverage) -> None:
    """Refuse an error of position where open ground is travelled over.

    Raises
    ------
    StudyError
        If the standard goes by surface: the speed around a facility is not one number.
    """
    if own.standard.method == "surface":
        raise StudyError(
            f'the standard "{own.standard.id}" goes over open ground, where an error of position '
            "cannot be turned into time",
            remedy="Leave out position_m for this service.",
        )
