"""Commuting circles: who lives within an hour of a centre, by rail, by road, by the better."""

from collections.abc import Iterable
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from urbangis.decay import INCLUSIVE
from urbangis.errors import BalanceError
from urbangis.measures.groups import group_sizes
from urbangis.measures.zoning import TOLERANCE
from urbangis.network.kernels import Labels
from urbangis.tables import coordinates
from urbangis.travel.transit import Leg, Transit, legs_from, station_times, times_to
from urbangis.travel.transit_road import OpenRoad, road_reach, road_times
from urbangis.units import minutes, to_minutes

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

WAYS = ("best", "rail", "road")
"""How a centre is reached: by the better of the two, by rail alone, by road alone."""

_BLOCK = 20_000
"""Places whose distances to every station are held in memory at once."""

AREA = "area"
"""Name of the level that is the whole metropolitan area."""


@dataclass(frozen=True)
class Travel:
    """How people travel: lines, roads, and how far they go to a station, seconds."""

    transit: Transit
    road: OpenRoad
    access_limit_s: float

    @property
    def doors_xy(self) -> Floats:
        """Places of the stations, shape (stations, 2)."""
        shapes = self.transit.stations.geometry
        return np.column_stack([shapes.x, shapes.y])

    def to_stations(self, xy: Floats) -> Floats:
        """Seconds by road between places and stations, ``inf`` beyond the limit."""
        return self.as_access(road_times(self.road, xy, self.doors_xy))

    def as_access(self, seconds: Floats) -> Floats:
        """Take ways by road for ways to stations: ``inf`` beyond the limit."""
        return np.where(seconds <= self.access_limit_s * INCLUSIVE, seconds, np.inf)


@dataclass(frozen=True)
class CentreTimes:
    """Travel times from places to the nearest of several centres.

    Parameters
    ----------
    road_s, rail_s
        Seconds, shape (places,); ``inf`` where the centre is not reached. By rail: to a station by
        road, in, wait, ride, change, out, and to the centre by road.
    road_centre, rail_centre
        Row of the centre that is nearest by each; -1 where none is reached.
    door
        Station that a journey by rail begins at; -1 where there is none.
    """

    road_s: Floats
    rail_s: Floats
    road_centre: Ints
    rail_centre: Ints
    door: Ints

    @property
    def best_s(self) -> Floats:
        """Seconds by the better way."""
        return np.minimum(self.road_s, self.rail_s)


@dataclass(frozen=True)
class CommutingCircle:
    """The commuting circle of a metropolitan area.

    Parameters
    ----------
    places
        The demand of the study with ``best_min, rail_min, road_min`` (NaN where not reached),
        ``centre`` (row of the nearest centre, -1 for none), ``by`` (``"rail"``, ``"road"`` or
        ``""``), ``inside`` (whether it belongs to the area) and ``placed``.
    zones
        One row per zone of the area, and one for the ``area``, for each way and each weight:
        ``zone_id, level, way, weight, total, covered, uncovered, unplaced, rate``. Those whose
        place is unknown are in the total, as uncovered.
    beyond
        People of the study, outside the area, who reach a centre in time by the better way.
    """

    places: pd.DataFrame
    zones: pd.DataFrame
    beyond: float

    @property
    def weights(self) -> tuple[str, ...]:
        """Who is counted: columns of the places, ``residents`` first."""
        return tuple(self.zones["weight"].unique())


def centre_times(travel: Travel, xy: Floats, centres_xy: Floats) -> CentreTimes:
    """Travel times from places to the nearest centre, by rail and by road.

    Parameters
    ----------
    travel
        Lines and roads.
    xy, centres_xy
        Places and centres, metric CRS of the lines; NaN for an unknown place.
    """
    egress = travel.to_stations(centres_xy)
    boarding = [
        _boarding(travel.transit, times_to(travel.transit, one, limit_s=np.inf)) for one in egress
    ]
    starts = range(0, max(len(xy), 1), _BLOCK)
    blocks = [_times(travel, xy[start : start + _BLOCK], centres_xy, boarding) for start in starts]
    return CentreTimes(
        *(np.concatenate([getattr(one, each.name) for one in blocks])
          for each in fields(CentreTimes))
    )  # fmt: skip


def _times(travel: Travel, xy: Floats, centres_xy: Floats, boarding: list[Floats]) -> CentreTimes:
    """Travel times of one block of places, with the seconds from each station to each centre."""
    # Together: which bank a place is on takes longer than how far it is.
    both = road_times(travel.road, xy, np.vstack([centres_xy, travel.doors_xy]))
    road, access = both[:, : len(centres_xy)], travel.as_access(both[:, len(centres_xy) :])
    rail, door = np.full(road.shape, np.inf), np.full(road.shape, -1)
    for centre, through in enumerate(boarding):
        whole = access + through
        rail[:, centre] = whole.min(axis=1, initial=np.inf)
        door[:, centre] = whole.argmin(axis=1) if whole.shape[1] else -1
    rows = np.arange(len(xy))
    by_road, by_rail = road.argmin(axis=1), rail.argmin(axis=1)
    road_s, rail_s = road[rows, by_road], rail[rows, by_rail]
    return CentreTimes(
        road_s,
        rail_s,
        np.where(np.isfinite(road_s), by_road, -1),
        np.where(np.isfinite(rail_s), by_rail, -1),
        np.where(np.isfinite(rail_s), door[rows, by_rail], -1),
    )


def _boarding(transit: Transit, labels: Labels) -> Floats:
    """Seconds from each station's door if a train is boarded there."""
    found = np.full(len(transit.stations), np.inf)
    boards = np.flatnonzero(
        (transit.tail < len(transit.stations)) & (transit.node_line[transit.head] >= 0)
    )
    through = transit.time_s[boards] + labels.cost[transit.head[boards]]
    np.minimum.at(found, transit.tail[boards], through)
    return found


def journey(travel: Travel, xy: Floats, centre_xy: Floats) -> tuple[Leg, ...]:
    """Return the legs of the best journey from one place to one centre, in their order.

    Parameters
    ----------
    xy, centre_xy
        Coordinates, shape (2,).

    Returns
    -------
    tuple[Leg, ...]
        A single ``"road"`` leg where that is faster; none where the centre is not reached.
    """
    found = centre_times(travel, xy[None], centre_xy[None])
    if not np.isfinite(found.best_s[0]):
        return ()
    if found.road_s[0] <= found.rail_s[0]:
        return (Leg("road", float(found.road_s[0])),)
    egress = travel.to_stations(centre_xy[None])[0]
    labels = times_to(travel.transit, egress, limit_s=np.inf)
    door = int(found.door[0])
    access_s = float(travel.to_stations(xy[None])[0, door])
    name = str(travel.transit.stations["name"].iloc[door])
    return (
        Leg("access", access_s, end=name),
        *legs_from(travel.transit, labels, door, egress),
    )


def centre_ground(
    travel: Travel, centres_xy: Floats, *, limit_s: float, by_rail: bool
) -> shapely.Geometry:
    """Return the ground from which a centre is reached in time, for drawing.

    Parameters
    ----------
    limit_s
        Largest travel time, seconds.
    by_rail
        By the better of rail and road; by road alone if False.
    """
    xy, left_s = centres_xy, np.full(len(centres_xy), limit_s)
    if by_rail:
        egress = travel.to_stations(centres_xy)
        boarding = np.min(
            [_boarding(travel.transit, times_to(travel.transit, one, limit_s=limit_s))
             for one in egress],
            axis=0,
        )  # fmt: skip
        access_s = np.minimum(limit_s - boarding, travel.access_limit_s)
        xy, left_s = np.vstack([xy, travel.doors_xy]), np.concatenate([left_s, access_s])
    return road_reach(travel.road, xy, left_s)


def commuting_circle(
    times: CentreTimes,
    demand: pd.DataFrame,
    members: NDArray[np.object_],
    *,
    cutoff_min: float,
    groups: Iterable[str] = (),
) -> CommutingCircle:
    """Sum up who reaches a centre in time, over the area and each of its zones.

    Parameters
    ----------
    times
        From the places of the demand.
    demand
        Table of demand with ``zone_id`` and ``residents``; ``workers`` is summed too if it is
        there.
    members
        Base zones of the area.
    cutoff_min
        Largest travel time, inclusive.
    groups
        Columns of the demand with numbers of people of a group, summed as well.

    Raises
    ------
    TableError
        If the demand has no column of a group, or it holds what is no number of people.
    BalanceError
        If a total does not add up (a defect).
    """
    limit_s = minutes(cutoff_min) * INCLUSIVE
    places = demand.reset_index(drop=True).copy()
    for group in groups:
        places[group] = group_sizes(places, group)
    placed = np.isfinite(coordinates(demand)[:, 0])
    for way in WAYS:
        seconds = getattr(times, f"{way}_s")
        places[f"{way}_min"] = np.where(np.isfinite(seconds), to_minutes(1.0) * seconds, np.nan)
    by_rail = times.rail_s < times.road_s
    places["centre"] = np.where(by_rail, times.rail_centre, times.road_centre)
    reached = np.isfinite(times.best_s)
    places["by"] = np.where(reached, np.where(by_rail, "rail", "road"), "")
    places["inside"] = places["zone_id"].isin(members).to_numpy()
    places["placed"] = placed
    weights = [name for name in ("residents", "workers") if name in places]
    weights += [group for group in groups if group not in weights]
    tables = [
        _summed(places, getattr(times, f"{way}_s") <= limit_s, way, weight)
        for weight in weights
        for way in WAYS
    ]
    zones = pd.concat(tables, ignore_index=True)
    zones["rate"] = zones["covered"] / zones["total"].where(zones["total"] > 0)
    _check(zones)
    within = times.best_s <= limit_s
    beyond = float(places.loc[~places["inside"] & within, "residents"].sum())
    return CommutingCircle(places, zones, beyond)


def _summed(places: pd.DataFrame, within: NDArray[np.bool_], way: str, weight: str) -> pd.DataFrame:
    """Sum one weight by one way over the zones of the area, and over the whole of it."""
    own = places["inside"].to_numpy()
    people = places.loc[own, weight].to_numpy(float)
    parts = pd.DataFrame(
        {
            "zone_id": places.loc[own, "zone_id"].astype(object),
            "total": people,
            "covered": np.where(within[own], people, 0.0),
            "uncovered": np.where(within[own], 0.0, people),
            "unplaced": np.where(places.loc[own, "placed"], 0.0, people),
        }
    )
    by_zone = parts.groupby("zone_id", as_index=False, sort=True).sum().assign(level="zone")
    whole = parts.drop(columns="zone_id").sum().to_frame().T.assign(zone_id="", level=AREA)
    return pd.concat([by_zone, whole], ignore_index=True).assign(way=way, weight=weight)


def _check(zones: pd.DataFrame) -> None:
    off = (zones["covered"] + zones["uncovered"] - zones["total"]).abs()
    parts = zones[zones["level"] != AREA].groupby(["way", "weight"])["total"].sum()
    whole = zones[zones["level"] == AREA].set_index(["way", "weight"])["total"]
    whole = whole.reindex(parts.index)
    apart = (parts - whole).abs()
    if (off > TOLERANCE * zones["total"]).any() or (apart > TOLERANCE * whole).any():
        raise BalanceError("the people of a commuting circle do not add up")


def town_links(travel: Travel, towns: pd.DataFrame, *, cutoff_min: float) -> pd.DataFrame:
    """Find the pairs of towns within a cutoff of each other, door to door by the better way.

    Parameters
    ----------
    towns
        Table of demand; towns without a place are linked to none.
    cutoff_min
        Largest travel time of the slower of the two senses, inclusive.

    Returns
    -------
    DataFrame
        ``a_id, b_id, minutes, by``: each pair once, in the order of the table; minutes and way
        are those of the slower sense.
    """
    xy = coordinates(towns)
    limit_s = minutes(cutoff_min) * INCLUSIVE
    road, access = road_times(travel.road, xy, xy), travel.to_stations(xy)
    rides = station_times(travel.transit, limit_s=limit_s)
    np.fill_diagonal(rides, np.inf)  # who passes a station and boards no train goes by road
    rest = _through(rides, access.T, limit_s)
    rail = _through(access, rest, limit_s)
    best = np.minimum(road, rail)
    slower = np.maximum(best, best.T)
    slow_rail = np.where(best >= best.T, rail, rail.T)
    a, b = np.nonzero(np.triu(slower <= limit_s, 1))
    ids = towns["id"].to_numpy(object)
    return pd.DataFrame(
        {
            "a_id": ids[a],
            "b_id": ids[b],
            "minutes": to_minutes(1.0) * slower[a, b],
            "by": np.where(slow_rail[a, b] < road[a, b], "rail", "road"),
        }
    )


def _through(before: Floats, after: Floats, limit_s: float) -> Floats:
    """Return the least sums over what lies between: shape (rows of before, columns of after)."""
    best = np.full((before.shape[0], after.shape[1]), np.inf)
    for middle in range(before.shape[1]):
        rows = np.flatnonzero(before[:, middle] <= limit_s)
        columns = np.flatnonzero(after[middle] <= limit_s)
        if rows.size and columns.size:
            block = np.ix_(rows, columns)
            found = before[rows, middle, None] + after[middle, columns]
            best[block] = np.minimum(best[block], found)
    return best
