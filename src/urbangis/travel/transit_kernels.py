"""The inner loop of a search in a timetable: arrays in, arrays out, compiled by Numba."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Index = NDArray[np.int32]
Flags = NDArray[np.bool_]

NEVER = np.int32(2**31 - 1)
"""A time that never comes."""


class Runs(NamedTuple):
    """A timetable: patterns of stops, the trips of each, and ways between stops.

    The stops of pattern ``p`` are ``stop[stop_ptr[p] : stop_ptr[p + 1]]``; its trips are numbered
    ``trip_ptr[p]`` to ``trip_ptr[p + 1]``, the earlier before the later at every stop. The times
    of trip ``t`` at the ``k``-th stop are at ``time_ptr[t] + k``. ``at`` lists the places (pattern
    and position) where each stop is served; ``walk`` the ways from each stop.
    """

    stop_ptr: Ints
    stop: Index
    board: Flags
    alight: Flags
    trip_ptr: Ints
    time_ptr: Ints
    arrive_s: Index
    depart_s: Index
    at_ptr: Ints
    at_pattern: Index
    at_position: Index
    walk_ptr: Ints
    walk_stop: Index
    walk_s: Index


@njit(cache=True)
def first_trip(runs: Runs, pattern: int, position: int, ready_s: int) -> int:
    """Return the first trip of a pattern that leaves a stop at ``ready_s`` or later; -1 if none."""
    low, high = runs.trip_ptr[pattern], runs.trip_ptr[pattern + 1]
    end = high
    while low < high:
        middle = (low + high) // 2
        if runs.depart_s[runs.time_ptr[middle] + position] < ready_s:
            low = middle + 1
        else:
            high = middle
    return low if low < end else -1


@njit(cache=True)
def _ride(
    runs: Runs, first: Index, ready: Index, best: Index, landed: Index, latest_s: int
) -> None:
    """Ride every pattern from its first reached stop on; ``landed`` is when each stop is reached.

    ``first`` holds the first position to board each pattern at (-1: none), and is reset.
    """
    for pattern in range(first.size):
        if first[pattern] < 0:
            continue
        start, end = runs.stop_ptr[pattern], runs.stop_ptr[pattern + 1]
        trip = -1
        for position in range(first[pattern], end - start):
            stop = runs.stop[start + position]
            if trip >= 0 and runs.alight[start + position]:
                arrival = runs.arrive_s[runs.time_ptr[trip] + position]
                if arrival < best[stop] and arrival <= latest_s:
                    best[stop] = arrival
                    landed[stop] = arrival
            if ready[stop] == NEVER or not runs.board[start + position]:
                continue
            # A trip that is caught up with here leaves earlier than the one aboard.
            if trip < 0 or ready[stop] <= runs.depart_s[runs.time_ptr[trip] + position]:
                caught = first_trip(runs, pattern, position, ready[stop])
                if caught >= 0 and (trip < 0 or caught < trip):
                    trip = caught
        first[pattern] = -1


@njit(cache=True)
def _mark(runs: Runs, ready: Index, first: Index) -> bool:
    """Note the first position of every pattern that a ready stop is on; tell whether any is."""
    some = False
    for stop in range(ready.size):
        if ready[stop] == NEVER:
            continue
        for i in range(runs.at_ptr[stop], runs.at_ptr[stop + 1]):
            pattern, position = runs.at_pattern[i], runs.at_position[i]
            some = True
            if first[pattern] < 0 or position < first[pattern]:
                first[pattern] = position
    return some


@njit(cache=True)
def landings(
    runs: Runs, start_stop: Index, start_s: Index, departures: Index, rides: int, limit_s: int
) -> NDArray[np.int32]:
    """Find when each stop is reached by a vehicle, for every departure.

    Parameters
    ----------
    runs
        Timetable.
    start_stop, start_s
        Stops that the journey may begin at, and seconds to each.
    departures
        When the journey begins, seconds after midnight.
    rides
        Most vehicles of a journey.
    limit_s
        Longest journey, inclusive.

    Returns
    -------
    ndarray
        Shape (departures, stops): seconds after midnight; `NEVER` where none is reached.

    Notes
    -----
    RAPTOR (Delling, Pajor and Werneck 2012, ALENEX): the best arrivals with one more vehicle in
    every round; a way on foot after each.
    """
    stops = runs.at_ptr.size - 1
    found = np.full((departures.size, stops), NEVER, np.int32)
    first = np.full(runs.stop_ptr.size - 1, -1, np.int32)
    for number in range(departures.size):
        best = found[number]
        # `known` prunes what cannot help: the earliest that a stop is stood at, on foot too.
        known = np.full(stops, NEVER, np.int32)
        ready = np.full(stops, NEVER, np.int32)
        for i in range(start_stop.size):
            at = departures[number] + start_s[i]
            if at < ready[start_stop[i]]:
                ready[start_stop[i]] = at
                known[start_stop[i]] = at
        for _ in range(rides):
            if not _mark(runs, ready, first):
                break
            landed = np.full(stops, NEVER, np.int32)
            _ride(runs, first, ready, best, landed, departures[number] + limit_s)
            ready = np.full(stops, NEVER, np.int32)
            for stop in range(stops):
                if landed[stop] == NEVER:
                    continue
                for i in range(runs.walk_ptr[stop], runs.walk_ptr[stop + 1]):
                    there, at = runs.walk_stop[i], landed[stop] + runs.walk_s[i]
                    if at < known[there]:
                        known[there] = at
                        ready[there] = at
    return found
