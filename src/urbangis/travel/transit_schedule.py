"""Door to door by timetable: every minute of a departure window, and its percentiles."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from urbangis.network.entrances import facility_entrances
from urbangis.network.graph import Network
from urbangis.network.snap import Snaps, snap_points
from urbangis.travel.costs import Direction
from urbangis.travel.pairs import travel_pairs
from urbangis.travel.transit_kernels import NEVER, landings
from urbangis.travel.transit_timetable import Timetable, Walks

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class StopLegs:
    """Ways between places and stops: rows of both, and seconds."""

    place: Ints
    stop: Ints
    time_s: Floats

    def of(self, place: int) -> "StopLegs":
        """Return those of one place."""
        own = self.place == place
        return StopLegs(self.place[own], self.stop[own], self.time_s[own])


def walk_to_stops(
    network: Network,
    snaps: Snaps,
    stops: gpd.GeoDataFrame,
    *,
    limit_s: float,
    direction: Direction = "to_facility",
) -> StopLegs:
    """Find every way between places and stops along streets, within a limit.

    Parameters
    ----------
    network
        Streets of the mode that stops are reached by.
    snaps
        The places on it.
    stops
        Stops of a timetable, in the network's CRS.
    limit_s
        Longest way, inclusive, both legs off the street counted.
    direction
        ``"to_facility"`` towards the stops (access), ``"from_facility"`` away from them (egress).
    """
    entrances, _ = facility_entrances(network, stops)
    blocks = list(travel_pairs(network, snaps, entrances, limit_s=limit_s, direction=direction))
    if not blocks:  # no stop is near a street
        return StopLegs(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
    return StopLegs(
        np.concatenate([block.place for block in blocks]).astype(np.int64),
        np.concatenate([block.facility for block in blocks]).astype(np.int64),
        np.concatenate([block.cost for block in blocks]),
    )


def walk_between_stops(network: Network, stops: gpd.GeoDataFrame, *, limit_s: float) -> Walks:
    """Find every way between two different stops along streets, within a limit."""
    snaps = snap_points(network, stops.geometry.to_numpy())
    legs = walk_to_stops(network, snaps, stops, limit_s=limit_s)
    apart = legs.place != legs.stop
    return Walks(legs.place[apart], legs.stop[apart], legs.time_s[apart])


def minute_departures(start_s: int, window_min: int, *, offset_s: int = 0) -> NDArray[np.int32]:
    """Return a departure for every minute of a window.

    Parameters
    ----------
    start_s
        Start of the window, seconds after midnight.
    window_min
        Its length, minutes.
    offset_s
        How far into each minute people leave: 30 for its middle.
    """
    return (start_s + offset_s + 60 * np.arange(window_min)).astype(np.int32)


def schedule_times(
    timetable: Timetable,
    access: StopLegs,
    egress: StopLegs,
    departures: NDArray[np.int32],
    *,
    limit_s: int,
    rides: int = 4,
) -> Floats:
    """Seconds from one place to others by timetable, for every departure.

    Parameters
    ----------
    timetable
        What runs.
    access
        Ways from the place to stops.
    egress
        Ways from stops to the destinations, whose rows are the columns of the answer.
    departures
        When the place is left, seconds after midnight, shape (departures,).
    limit_s
        Longest journey, inclusive.
    rides
        Most vehicles of a journey.

    Returns
    -------
    ndarray
        Shape (departures, destinations); ``inf`` where none is reached within the limit. A way on
        foot all along is not in it.
    """
    start_s = np.ceil(access.time_s - 1e-6).astype(np.int32)
    landed = landings(
        timetable.runs, access.stop.astype(np.int32), start_s, departures, rides, limit_s
    )
    count = int(egress.place.max()) + 1 if egress.place.size else 0
    found = np.full((count, departures.size), np.inf)
    arrival = np.where(landed == NEVER, np.inf, landed.astype(float)).T[egress.stop]
    np.minimum.at(found, egress.place, arrival + egress.time_s[:, None])
    taken = found.T - departures[:, None]
    return np.asarray(np.where(taken <= limit_s, taken, np.inf))


def percentile_s(times_s: Floats, percentile: float) -> Floats:
    """Return the travel time that a share of the departures does not exceed, by destination.

    The smallest time such that at least ``percentile`` per cent of the departures take no longer
    (nearest rank); a destination that too few departures reach has ``inf``.

    Parameters
    ----------
    times_s
        From `schedule_times`, walking taken into account if it is to be.
    percentile
        Above 0, up to 100.
    """
    ordered = np.sort(times_s, axis=0)
    rank = int(np.ceil(percentile / 100 * len(ordered) - 1e-9)) - 1
    return np.asarray(ordered[max(rank, 0)])
