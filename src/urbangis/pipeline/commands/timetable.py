"""Travel times between places by timetable, straight from files."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from urbangis.catalog import load_catalogue
from urbangis.errors import StudyError
from urbangis.io.gtfs import Feed, read_gtfs
from urbangis.network.build import build_network
from urbangis.network.entrances import facility_entrances
from urbangis.network.graph import Network
from urbangis.network.snap import snap_xy
from urbangis.notices import Notice
from urbangis.pipeline.commands.direct import in_metres, read_part
from urbangis.pipeline.load import Tell
from urbangis.pipeline.services import named
from urbangis.tables import coordinates
from urbangis.travel.pairs import travel_pairs
from urbangis.travel.transit_schedule import (
    minute_departures,
    percentile_s,
    schedule_times,
    walk_between_stops,
    walk_to_stops,
)
from urbangis.travel.transit_timetable import build_timetable
from urbangis.units import minutes, to_minutes


@dataclass(frozen=True)
class Departures:
    """When people set out, and how they travel.

    Parameters
    ----------
    day
        Service day.
    start
        Start of the window, ``"08:00"``.
    window_min
        Length of the window: a departure every minute.
    cutoff_min
        Longest journey.
    mode
        Travel mode of the catalogue, to stops and between them.
    walk_min
        Longest way to, from or between stops.
    percentiles
        Of the departures, whose times are told.
    rides
        Most vehicles of a journey.
    """

    day: date
    start: str = "08:00"
    window_min: int = 60
    cutoff_min: float = 90.0
    mode: str = "walk"
    walk_min: float = 15.0
    percentiles: tuple[float, ...] = (25.0, 50.0, 75.0)
    rides: int = 4

    @property
    def start_s(self) -> int:
        """Seconds after midnight; raise `StudyError` if the time is none."""
        match = re.fullmatch(r"(\d{1,2}):([0-5]\d)", self.start)
        if match is None:
            raise StudyError(f'"{self.start}" is no time of day', remedy="Write it as 08:00.")
        return int(minutes(60 * int(match[1]) + int(match[2])))


def service_day(text: str) -> date:
    """Read a date such as ``2026-03-02``; raise `StudyError` if it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise StudyError(f'"{text}" is no date', remedy="Write it as 2026-03-02.") from error


def timetable_matrix(
    feeds: Sequence[Path],
    streets: Path,
    places: Path,
    when: Departures,
    *,
    crs: str | None = None,
    tell: Tell = lambda _: None,
) -> tuple[pd.DataFrame, tuple[Notice, ...]]:
    """Tell the travel times between all places by timetable and on foot.

    Parameters
    ----------
    feeds
        GTFS feeds.
    streets, places
        Streets, and points between which people travel, in any format that is read.
    when
        When people set out, and how they travel.
    crs
        CRS of tables that cannot state theirs.
    tell
        Called with a line of progress before each step.

    Returns
    -------
    table, notices
        A row for each pair that is reached at all: ``from_id, to_id``, a column ``p<percentile>``
        of minutes for each percentile (NaN where too few departures arrive in time), ``reached``
        (share of the departures), ``walk_min`` (on foot all the way, NaN if too far).

    Raises
    ------
    InputError
        If a file cannot be used, or nothing runs.
    """
    start_s = when.start_s
    tell("reading places and streets")
    points = in_metres(read_part("facilities", places, crs, kind="place"))
    roads = read_part("streets", streets, crs, place=(points.table.crs, None))
    with named({"streets": [roads], "facilities": [points]}):
        network, pieces = build_network(roads.table, load_catalogue().mode(when.mode))
    tell("reading timetables")
    feed, dirt = read_gtfs(list(feeds), crs=network.crs)
    tell("searching")
    times_s, walk_s = _times(network, feed, points.table, when, start_s)
    table = _table(points.table["id"].to_numpy(object), times_s, walk_s, when)
    return table, (*points.notices, *roads.notices, *pieces, *dirt)


def _times(
    network: Network, feed: Feed, points: pd.DataFrame, when: Departures, start_s: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Seconds by the better of both, shape (from, departures, to), and on foot, (from, to)."""
    limit_s, leg_s = minutes(when.cutoff_min), minutes(when.walk_min)
    timetable = build_timetable(
        feed,
        when.day,
        first_s=start_s,
        last_s=start_s + int(minutes(when.window_min) + limit_s),
        walks=walk_between_stops(network, feed.stops, limit_s=leg_s),
    )
    snaps = snap_xy(network, *coordinates(points).T.copy())
    access = walk_to_stops(network, snaps, feed.stops, limit_s=leg_s)
    egress = walk_to_stops(network, snaps, feed.stops, limit_s=leg_s, direction="from_facility")
    entrances, _ = facility_entrances(network, points)
    count = len(points)
    walk_s = np.full((count, count), np.inf)
    for block in travel_pairs(network, snaps, entrances, limit_s=limit_s):
        walk_s[block.place, block.facility] = block.cost
    departures = minute_departures(start_s, when.window_min)
    found = np.broadcast_to(walk_s[:, None, :], (count, departures.size, count)).copy()
    for origin in range(count):
        by_line = schedule_times(
            timetable, access.of(origin), egress, departures, limit_s=int(limit_s),
            rides=when.rides,
        )  # fmt: skip
        reached = found[origin, :, : by_line.shape[1]]
        np.minimum(reached, by_line, out=reached)
    return found, walk_s


def _table(
    ids: NDArray[np.object_],
    times_s: NDArray[np.float64],
    walk_s: NDArray[np.float64],
    when: Departures,
) -> pd.DataFrame:
    """Return a row for each pair of two places that is reached at all."""
    start, end = np.nonzero(np.isfinite(times_s).any(axis=1) & ~np.eye(len(ids), dtype=bool))
    table = pd.DataFrame({"from_id": ids[start], "to_id": ids[end]})
    for percentile in when.percentiles:
        told = np.array([percentile_s(one, percentile) for one in times_s])[start, end]
        table[f"p{percentile:g}"] = np.where(np.isfinite(told), to_minutes(1.0) * told, np.nan)
    table["reached"] = np.isfinite(times_s).mean(axis=1)[start, end]
    on_foot = walk_s[start, end]
    table["walk_min"] = np.where(np.isfinite(on_foot), to_minutes(1.0) * on_foot, np.nan)
    return table
