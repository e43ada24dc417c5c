"""One day of a GTFS feed as arrays that a search runs on."""

from dataclasses import dataclass
from datetime import date, timedelta

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from urbangis.errors import StudyError
from urbangis.io.gtfs import Feed
from urbangis.travel.transit_kernels import Runs

Ints = NDArray[np.int64]

DAY_S = 86_400
_NEVER_S = 3.0
"""GTFS transfer type of pairs of stops between which nobody can change."""


@dataclass(frozen=True)
class Timetable:
    """Everything that runs in a window of one day.

    Parameters
    ----------
    stops
        ``id, name, geometry`` in the CRS of the feed.
    runs
        The arrays of the search; stops by their rows in ``stops``.
    """

    stops: gpd.GeoDataFrame
    runs: Runs


@dataclass(frozen=True)
class Walks:
    """Ways between stops: rows of stops (from, to) and seconds."""

    start: Ints
    end: Ints
    time_s: NDArray[np.float64]


def services_on(feed: Feed, day: date) -> set[str]:
    """Return the services that run on a day: by the week, then with its exceptions."""
    when = pd.Timestamp(day)
    weekly = feed.calendar
    within = (weekly["start"] <= when) & (when <= weekly["end"])
    usual = set(weekly.loc[within & weekly[f"{when:%A}".lower()].astype(bool), "service_id"])
    today = feed.exceptions[feed.exceptions["date"] == when]
    added = set(today.loc[today["added"], "service_id"])
    return (usual | added) - set(today.loc[~today["added"], "service_id"])


def build_timetable(
    feed: Feed, day: date, *, first_s: int, last_s: int, walks: Walks, change_s: int = 0
) -> Timetable:
    """Take what runs between two times of a day out of a feed, and sort it for the search.

    Trips of days before that are still on their way are in it, and those of days after too if the
    window reaches them. Trips that run by frequency leave at regular times from the start of
    each period. A trip that overtakes another of its line is put into a pattern of its own.

    Parameters
    ----------
    feed
        Timetable.
    day
        Service day.
    first_s, last_s
        Window, seconds after midnight of the day: what stops everywhere before or after it is
        left out.
    walks
        Ways between different stops. Transfers of the feed come on top: of type 2 with at least
        their time, of type 3 not at all.
    change_s
        Time to change vehicles at one stop.

    Raises
    ------
    StudyError
        If nothing runs in the window.
    """
    times = _times_of(feed, day, first_s, last_s)
    if times.empty:
        raise StudyError(
            f"nothing runs on {day:%A %Y-%m-%d} in the hours asked for",
            remedy=f"Take a day of the timetable: {_span(feed)}.",
        )
    row = pd.Series(np.arange(len(feed.stops)), index=feed.stops["id"])
    times = times.assign(stop=times["stop_id"].map(row).to_numpy(np.int64))
    walks = _all_walks(feed, row, walks, change_s)
    return Timetable(feed.stops, _arrays(times, _patterns(times), len(feed.stops), walks))


def _span(feed: Feed) -> str:
    dates = [*feed.calendar["start"], *feed.calendar["end"], *feed.exceptions["date"]]
    return f"{min(dates):%Y-%m-%d} to {max(dates):%Y-%m-%d}"


def _times_of(feed: Feed, day: date, first_s: int, last_s: int) -> pd.DataFrame:
    """Return the stop times of every run in the window, with a ``run`` of its own for each."""
    frames = []
    longest_s = feed.stop_times["arrive_s"].max() + max(0.0, feed.frequencies["end_s"].max())
    for away in range(-int(longest_s // DAY_S), last_s // DAY_S + 1):
        services = services_on(feed, day + timedelta(days=away))
        trips = feed.trips.loc[feed.trips["service_id"].isin(services), "id"]
        times = feed.stop_times[feed.stop_times["trip_id"].isin(trips)]
        again = feed.frequencies[feed.frequencies["trip_id"].isin(trips)]
        plain = times[~times["trip_id"].isin(again["trip_id"])]
        for frame in (plain.assign(run=plain["trip_id"]), *_repeated(times, again)):
            shifted = frame.assign(
                arrive_s=frame["arrive_s"] + away * DAY_S,
                depart_s=frame["depart_s"] + away * DAY_S,
                run=f"{away} " + frame["run"],
            )
            frames.append(shifted)
    every = pd.concat(frames, ignore_index=True)
    if every.empty:
        return every
    ends = every.groupby("run", sort=False).agg(
        start=("depart_s", "first"), end=("arrive_s", "last")
    )
    inside = ends[(ends["end"] >= first_s) & (ends["start"] <= last_s)].index
    return every[every["run"].isin(inside)].reset_index(drop=True)


def _repeated(times: pd.DataFrame, again: pd.DataFrame) -> list[pd.DataFrame]:
    """Return a copy of a trip for each of its departures by frequency."""
    found = []
    groups = dict(tuple(times.groupby("trip_id")))
    columns = ("start_s", "end_s", "headway_s")
    clocks = again[[*columns]].to_numpy(float)
    for number, (trip_id, clock) in enumerate(zip(again["trip_id"], clocks, strict=True)):
        trip = groups[trip_id]
        starts = np.arange(*clock)
        shift_s = np.repeat(starts - trip["depart_s"].iloc[0], len(trip))
        every = trip.iloc[np.tile(np.arange(len(trip)), len(starts))]
        names = [f"{trip_id} at {start_s:.0f} by row {number}" for start_s in starts]
        found.append(
            every.assign(
                arrive_s=every["arrive_s"].to_numpy() + shift_s,
                depart_s=every["depart_s"].to_numpy() + shift_s,
                run=np.repeat(np.array(names, object), len(trip)),
            )
        )
    return found


def _patterns(times: pd.DataFrame) -> list[list[int]]:
    """Group the numbers of runs that stop at the same stops in the same way, in their order."""
    run = pd.factorize(times["run"])[0]
    starts = np.flatnonzero(np.diff(run, prepend=-1))
    ends = np.append(starts[1:], len(times))
    key = np.column_stack([times["stop"], times["board"], times["alight"]]).astype(np.int64)
    clock = np.stack([times["arrive_s"], times["depart_s"]], axis=1)
    alike: dict[bytes, list[int]] = {}
    for number, (start, end) in enumerate(zip(starts, ends, strict=True)):
        alike.setdefault(key[start:end].tobytes(), []).append(number)
    patterns = []
    for runs in alike.values():
        runs.sort(key=lambda number: (clock[starts[number], 1], clock[ends[number] - 1, 0]))
        lanes: list[list[int]] = []
        for number in runs:
            own = clock[starts[number] : ends[number]]
            for lane in lanes:
                last = lane[-1]
                if (clock[starts[last] : ends[last]] <= own).all():
                    lane.append(number)
                    break
            else:
                lanes.append([number])
        patterns += lanes
    return patterns


def _arrays(times: pd.DataFrame, patterns: list[list[int]], stops: int, walks: Walks) -> Runs:
    run = pd.factorize(times["run"])[0]
    starts = np.flatnonzero(np.diff(run, prepend=-1))
    ends = np.append(starts[1:], len(times))
    first = np.array([pattern[0] for pattern in patterns])
    lengths = ends[first] - starts[first]
    rows = np.concatenate([np.arange(starts[one], ends[one]) for one in first])
    order = np.array([one for pattern in patterns for one in pattern])
    every = np.concatenate([np.arange(starts[one], ends[one]) for one in order])
    stop = times["stop"].to_numpy(np.int32)[rows]
    position = np.concatenate([np.arange(length) for length in lengths]).astype(np.int32)
    of_pattern = np.repeat(np.arange(len(patterns)), lengths).astype(np.int32)
    by_stop = np.argsort(stop, kind="stable")
    by_start = np.argsort(walks.start, kind="stable")
    return Runs(
        stop_ptr=_pointers(lengths),
        stop=stop,
        board=times["board"].to_numpy(bool)[rows],
        alight=times["alight"].to_numpy(bool)[rows],
        trip_ptr=_pointers(np.array([len(pattern) for pattern in patterns])),
        time_ptr=_pointers(ends[order] - starts[order]),
        arrive_s=times["arrive_s"].to_numpy(float)[every].astype(np.int32),
        depart_s=times["depart_s"].to_numpy(float)[every].astype(np.int32),
        at_ptr=_pointers(np.bincount(stop, minlength=stops)),
        at_pattern=of_pattern[by_stop],
        at_position=position[by_stop],
        walk_ptr=_pointers(np.bincount(walks.start, minlength=stops)),
        walk_stop=walks.end[by_start].astype(np.int32),
        walk_s=np.ceil(walks.time_s[by_start] - 1e-6).astype(np.int32),
    )


def _pointers(counts: Ints) -> Ints:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def _all_walks(feed: Feed, row: pd.Series, walks: Walks, change_s: int) -> Walks:
    """Add to the ways between stops the change at each stop, and the feed's own transfers."""
    here = np.arange(len(row))
    table = pd.DataFrame(
        {
            "start": np.concatenate([walks.start, here]),
            "end": np.concatenate([walks.end, here]),
            "time_s": np.concatenate([walks.time_s, np.full(len(here), float(change_s))]),
        }
    )
    own = pd.DataFrame(
        {
            "start": feed.transfers["from_id"].map(row),
            "end": feed.transfers["to_id"].map(row),
            "kind": feed.transfers["kind"],
            "least_s": feed.transfers["min_s"].fillna(0.0),
        }
    ).drop_duplicates(["start", "end"])
    joined = table.groupby(["start", "end"], as_index=False).min()
    joined = joined.merge(own, on=["start", "end"], how="outer")
    # A pair that only the feed knows takes its time: there is no way that we know to be longer.
    time_s = joined["time_s"].fillna(0.0).clip(lower=joined["least_s"].fillna(0.0))
    usable = joined["kind"].ne(_NEVER_S)
    return Walks(
        joined.loc[usable, "start"].to_numpy(np.int64),
        joined.loc[usable, "end"].to_numpy(np.int64),
        time_s[usable].to_numpy(float),
    )
