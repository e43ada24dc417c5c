"""Journeys by timetable: by hand, by trying every train, and against lines with headways."""

from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS

import worlds
from gtfs_world import FEED, write
from lines_world import lines, stops
from urbangis.errors import StudyError
from urbangis.io.gtfs import Feed, read_gtfs
from urbangis.io.gtfs_write import write_gtfs
from urbangis.network.build import build_network
from urbangis.network.snap import snap_points
from urbangis.study.transit import StationTimes
from urbangis.travel.transit import build_transit, station_times
from urbangis.travel.transit_feed import gtfs_of_lines
from urbangis.travel.transit_schedule import (
    StopLegs,
    minute_departures,
    percentile_s,
    schedule_times,
    walk_between_stops,
    walk_to_stops,
)
from urbangis.travel.transit_timetable import Walks, build_timetable, services_on

MONDAY = date(2026, 3, 2)
NO_WALKS = Walks(np.empty(0, int), np.empty(0, int), np.empty(0))
HOUR, DAY = 3600, 86_400


def feed_of(trips, count, *, frequencies=(), transfers=()):
    """A feed of stops s0, s1, ... ; each trip a list of (stop, arrive, depart), daily."""
    names = [f"s{i}" for i in range(count)]
    rows = [
        (f"t{t}", names[stop], float(a), float(d), True, True)
        for t, trip in enumerate(trips)
        for stop, a, d in trip
    ]
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    ids = [f"t{t}" for t in range(len(trips))]
    return Feed(
        gpd.GeoDataFrame(
            {"id": names, "name": names}, geometry=[shapely.Point(i, 0) for i in range(count)]
        ),
        pd.DataFrame({"id": ids, "route_id": ids, "service_id": "daily", "route": ids}),
        pd.DataFrame(
            rows, columns=["trip_id", "stop_id", "arrive_s", "depart_s", "board", "alight"]
        ),
        pd.DataFrame(
            {
                "service_id": ["daily"],
                **{key: [True] for key in days},
                "start": [pd.Timestamp(2026, 1, 1)],
                "end": [pd.Timestamp(2026, 12, 31)],
            }
        ),
        pd.DataFrame(
            {
                "service_id": pd.Series(dtype=object),
                "date": pd.Series(dtype="datetime64[ns]"),
                "added": pd.Series(dtype=bool),
            }
        ),
        pd.DataFrame(frequencies, columns=["trip_id", "start_s", "end_s", "headway_s"]),
        pd.DataFrame(transfers, columns=["from_id", "to_id", "kind", "min_s"]),
    )


def search(feed, start, departures, *, walks=NO_WALKS, change_s=0, rides=4, limit_s=DAY):
    """Seconds from a stop to every stop, shape (departures, stops)."""
    table = build_timetable(
        feed, MONDAY, first_s=0, last_s=2 * 86_400, walks=walks, change_s=change_s
    )
    here = StopLegs(np.array([0]), np.array([start]), np.array([0.0]))
    rows = np.arange(len(feed.stops))
    every = StopLegs(rows, rows, np.zeros(len(rows)))
    when = np.array(departures, np.int32)
    return schedule_times(table, here, every, when, limit_s=limit_s, rides=rides)


# By hand ----------------------------------------------------------------------------------------


def test_the_next_train_and_the_last():
    trips = [[(0, 0, 600 * k), (1, 600 * k + 300, 600 * k + 300)] for k in range(3)]
    found = search(feed_of(trips, 2), 0, [0, 1, 600, 601, 1201], limit_s=4000)
    assert found[:, 1].tolist() == [300, 899, 300, 899, np.inf]


def test_changes_take_their_time_and_rides_are_counted():
    trips = [
        [(0, 0, 100), (1, 200, 200)],
        [(1, 250, 250), (2, 300, 300)],
        [(1, 320, 320), (2, 400, 400)],
    ]
    feed = feed_of(trips, 3)
    assert search(feed, 0, [100])[0, 2] == 200
    assert search(feed, 0, [100], change_s=60)[0, 2] == 300
    assert search(feed, 0, [100], rides=1)[0, 2] == np.inf
    assert search(feed, 0, [100], limit_s=199)[0, 2] == np.inf


def test_ways_on_foot_between_stops():
    trips = [[(0, 0, 100), (1, 200, 200)], [(2, 300, 300), (3, 350, 350)]]
    walks = Walks(np.array([1]), np.array([2]), np.array([99.5]))
    assert search(feed_of(trips, 4), 0, [100], walks=walks)[0, 3] == 250
    late = Walks(np.array([1]), np.array([2]), np.array([100.5]))
    assert search(feed_of(trips, 4), 0, [100], walks=late, limit_s=4000)[0, 3] == np.inf


@pytest.mark.parametrize(
    ("transfer", "arrival"),
    [((2, 0.0), 350), ((2, 140.0), np.inf), ((3, np.nan), np.inf), ((0, np.nan), 350)],
)
def test_transfers_of_the_feed_rule(transfer, arrival):
    trips = [[(0, 0, 100), (1, 200, 200)], [(2, 300, 300), (3, 350, 350)]]
    walks = Walks(np.array([1]), np.array([2]), np.array([50.0]))
    feed = feed_of(trips, 4, transfers=[("s1", "s2", *transfer)])
    assert search(feed, 0, [0], walks=walks, limit_s=4000)[0, 3] == arrival


def test_a_train_that_overtakes_another_of_its_line_is_taken():
    slow = [(0, 0, 0), (1, 1000, 1000), (2, 2000, 2000)]
    fast = [(0, 100, 100), (1, 300, 300), (2, 500, 500)]
    found = search(feed_of([slow, fast], 3), 0, [0])
    assert found[0].tolist()[1:] == [300, 500]


def test_where_nobody_may_get_on_or_off():
    feed = feed_of([[(0, 0, 100), (1, 200, 200), (2, 300, 300)]], 3)
    feed.stop_times.loc[1, ["board", "alight"]] = False
    assert search(feed, 0, [0])[0].tolist()[1:] == [np.inf, 300]
    assert search(feed, 1, [0], limit_s=4000)[0, 2] == np.inf


def test_trips_by_frequency_leave_at_regular_times():
    feed = feed_of(
        [[(0, 0, 0), (1, 120, 120)]], 2, frequencies=[("t0", 8.0 * HOUR, 9.0 * HOUR, 900.0)]
    )
    found = search(feed, 0, [8 * HOUR, 8 * HOUR + 1, 9 * HOUR - 900, 9 * HOUR - 899], limit_s=4000)
    assert found[:, 1].tolist() == [120, 1019, 120, np.inf]


# Days -------------------------------------------------------------------------------------------


def test_calendars_and_their_exceptions(tmp_path):
    dates = "service_id,date,exception_type\nweek,20260304,2\nweek,20260307,1\n"
    feed, _ = read_gtfs(write(tmp_path / "f.zip", calendar_dates=dates), crs=CRS("EPSG:4549"))
    runs = {day: bool(services_on(feed, date(2026, 3, day))) for day in range(1, 9)}
    assert runs == {1: False, 2: True, 3: True, 4: False, 5: True, 6: True, 7: True, 8: False}
    assert services_on(feed, date(2027, 1, 4)) == set()


def test_trips_past_midnight_are_of_the_day_before(tmp_path):
    times = FEED["stop_times.txt"] + "t3,23:50:00,23:50:00,s1,1\nt3,25:30:00,25:30:00,s3,2\n"
    trips = FEED["trips.txt"] + "r,week,t3\n"
    feed, _ = read_gtfs(
        write(tmp_path / "f.zip", stop_times=times, trips=trips), crs=CRS("EPSG:4549")
    )
    # A ride that began on Friday at 23:50 is still on its way on Saturday, when nothing starts.
    saturday = date(2026, 3, 7)
    table = build_timetable(feed, saturday, first_s=0, last_s=3 * HOUR, walks=NO_WALKS)
    assert table.runs.trip_ptr.tolist() == [0, 1]
    assert table.runs.arrive_s.tolist() == [-600, 5400]
    with pytest.raises(StudyError, match="nothing runs on Saturday 2026-03-07"):
        build_timetable(feed, saturday, first_s=2 * HOUR, last_s=20 * HOUR, walks=NO_WALKS)
    # On Friday evening the window reaches past midnight, and the same train arrives at 25:30.
    table = build_timetable(feed, date(2026, 3, 6), first_s=23 * HOUR, last_s=24 * HOUR,
                            walks=NO_WALKS)  # fmt: skip
    here = StopLegs(np.array([0]), np.array([0]), np.array([0.0]))
    there = StopLegs(np.array([0]), np.array([2]), np.array([0.0]))
    found = schedule_times(table, here, there, np.array([85_000], np.int32), limit_s=3 * HOUR)
    assert found[0, 0] == 25.5 * HOUR - 85_000


# Windows ----------------------------------------------------------------------------------------


def test_percentiles_are_times_that_so_many_departures_do_not_exceed():
    times = np.array([[10.0], [40.0], [20.0], [np.inf]])
    found = [percentile_s(times, p)[0] for p in (1, 25, 26, 50, 75, 76, 100)]
    assert found == [10, 10, 20, 20, 40, np.inf, np.inf]


def test_a_bus_every_ten_minutes_over_a_window():
    """Waits of minutes' middles are 0.5 to 9.5 minutes, evenly: their mean is half the headway."""
    trips = [[(0, 600 * k, 600 * k), (1, 600 * k + 300, 600 * k + 300)] for k in range(20)]
    when = minute_departures(HOUR, 60, offset_s=30)
    found = search(feed_of(trips, 2), 0, when)[:, 1] / 60
    assert found.mean() == pytest.approx(5 + 5)
    assert sorted(set(found)) == [5.5 + k for k in range(10)]
    assert percentile_s(found, 50) == 9.5


# Brute force ------------------------------------------------------------------------------------


@st.composite
def towns(draw):
    count = draw(st.integers(2, 6))
    stop = st.integers(0, count - 1)
    trips = []
    for _ in range(draw(st.integers(1, 7))):
        path = draw(st.lists(stop, min_size=2, max_size=5))
        clock, trip = draw(st.integers(0, 60)), []
        for one in path:
            stay = draw(st.integers(0, 3))
            trip.append((one, clock, clock + stay))
            clock += stay + draw(st.integers(0, 15))
        trips.append(trip)
        trips += [  # the same line, later
            [(s, a + lag, d + lag) for s, a, d in trip]
            for lag in (7, 14)[: draw(st.integers(0, 2))]
        ]
    pairs = draw(st.lists(st.tuples(stop, stop), max_size=4, unique=True))
    pairs = [(a, b) for a, b in pairs if a != b]
    walks = Walks(
        np.array([a for a, _ in pairs], int),
        np.array([b for _, b in pairs], int),
        np.array([float(draw(st.integers(0, 20))) for _ in pairs]),
    )
    return count, trips, walks, draw(st.integers(0, 5)), draw(st.integers(1, 4))


@settings(max_examples=50, deadline=None)
@given(towns(), st.integers(0, 60))
def test_any_timetable_is_as_when_every_train_is_tried(town, departure):
    count, trips, walks, change_s, rides = town
    found = search(
        feed_of(trips, count), 0, [departure], walks=walks, change_s=change_s, rides=rides,
        limit_s=4000,
    )  # fmt: skip
    expected = _tried(count, trips, walks, change_s, rides, departure)
    assert found[0].tolist() == [time - departure for time in expected]


def _tried(count, trips, walks, change_s, rides, departure):
    """Take every trip from every stop that can be stood at, ``rides`` times over."""
    ways = {(stop, stop): change_s for stop in range(count)}
    for a, b, time in zip(walks.start, walks.end, walks.time_s, strict=True):
        ways[int(a), int(b)] = time
    standing, landed = {0: departure}, {}
    for _ in range(rides):
        reached = {}
        for trip in trips:
            for i, (start, _, leave) in enumerate(trip):
                if standing.get(start, np.inf) <= leave:
                    for end, arrive, _ in trip[i + 1 :]:
                        reached[end] = min(reached.get(end, np.inf), arrive)
        for end, arrive in reached.items():
            landed[end] = min(landed.get(end, np.inf), arrive)
        for (a, b), time in ways.items():
            if a in landed:
                standing[b] = min(standing.get(b, np.inf), landed[a] + time)
    return [landed.get(stop, np.inf) for stop in range(count)]


# Lines and timetables ---------------------------------------------------------------------------

AT = {"a": (0, 0), "b": (3000, 0), "c": (9000, 0), "n": (3000, 6000), "m": (9000, 6000)}


def by_gtfs(table, stations, folder, start, minutes, *, change_s=0):
    """Mean seconds from a station to every other over a window from 8:00, by the feed."""
    tables = gtfs_of_lines(table, stations, first_s=6 * HOUR, last_s=12 * HOUR, day=MONDAY)
    write_gtfs(tables, folder / "lines.zip")
    feed, notices = read_gtfs(folder / "lines.zip", crs=CRS(worlds.CRS))
    assert notices == ()
    timetable = build_timetable(
        feed, MONDAY, first_s=8 * HOUR, last_s=12 * HOUR, walks=NO_WALKS, change_s=change_s
    )
    rows = np.arange(len(feed.stops))
    row = dict(zip(feed.stops["id"], rows, strict=True))
    here = StopLegs(np.array([0]), np.array([row[start]]), np.array([0.0]))
    every = StopLegs(rows, rows, np.zeros(len(rows)))
    when = minute_departures(8 * HOUR, minutes, offset_s=30)
    found = schedule_times(timetable, here, every, when, limit_s=3 * HOUR)
    return {name: found[:, row[name]].mean() for name in row}


def by_lines(table, stations, start, times):
    transit, _ = build_transit(table, stations, times)
    names = list(transit.stations["id"])
    found = station_times(transit, limit_s=np.inf)[names.index(start)]
    return dict(zip(names, found, strict=True))


@pytest.mark.parametrize("headway_min", [6.0, 10.0, 15.0])
@pytest.mark.parametrize(("dwell_min", "off_s"), [(1.0, 1e-6), (0.5, 30.0)])
def test_a_line_and_the_gtfs_made_of_it_agree(tmp_path, headway_min, dwell_min, off_s):
    """Exactly where trains leave on whole minutes, as people leave in the middle of each."""
    table = lines({"headway_min": headway_min, "dwell_min": dwell_min})
    stations = stops("abc", at=AT)
    window = int(headway_min) * 4
    for start, others in (("a", "bc"), ("b", "ac"), ("c", "ab")):
        expected = by_lines(table, stations, start, StationTimes())
        found = by_gtfs(table, stations, tmp_path, start, window)
        for other in others:
            assert found[other] == pytest.approx(expected[other], abs=off_s)


def test_a_transfer_agrees_on_average_over_how_the_timetables_lie(tmp_path):
    """The second line leaves 0, 1, ... 9 minutes later: its wait is even over these too."""
    times = StationTimes(enter_min=1, exit_min=1, transfer_min=2)
    means = []
    for lag_min in range(10):
        # A first stop x before b that takes `lag` minutes shifts the second line against the first.
        at = {**AT, "x": (3000, -600)}
        table = lines({"headway_min": 10.0}, {"headway_min": 10.0, "oneway": "yes"})
        stations = stops("ab", "xbn", at=at, ride_min={(1, 1): lag_min + 0.5, (1, 2): 4.0})
        means.append(by_gtfs(table, stations, tmp_path, "a", 60, change_s=120)["n"])
    table = lines({"headway_min": 10.0}, {"headway_min": 10.0})
    stations = stops("ab", "bn", at=AT, ride_min={(1, 1): 4.0})
    through_doors = by_lines(table, stations, "a", times)["n"]
    assert np.mean(means) == pytest.approx(through_doors - 120, abs=1e-6)


@pytest.mark.parametrize(("one", "other", "ride"), [(4, 6, 10), (3, 10, 8), (5, 5, 30), (2, 7, 12)])
def test_with_a_choice_of_lines_a_timetable_is_never_slower(tmp_path, one, other, ride):
    table = lines({"headway_min": float(one)}, {"headway_min": float(other)})
    stations = stops("ac", "ac", at=AT, ride_min={(0, 1): 10.0, (1, 1): float(ride)})
    found = by_gtfs(table, stations, tmp_path, "a", int(np.lcm(one, other)))["c"]
    assert found <= by_lines(table, stations, "a", StationTimes())["c"] + 1e-6


# Streets ----------------------------------------------------------------------------------------


def test_ways_to_stops_and_between_them_follow_one_way_streets():
    ring = [(0, 0), (300, 0), (300, 300), (0, 300), (0, 0)]
    network, _ = build_network(worlds.streets(ring, oneway=["yes"]), worlds.mode())
    places = worlds.supply((100, 0), (200, 0))
    snaps = snap_points(network, np.array([shapely.Point(150, 0)], object))
    to = walk_to_stops(network, snaps, places, limit_s=5000)
    off = walk_to_stops(network, snaps, places, limit_s=5000, direction="from_facility")
    assert dict(zip(to.stop, to.time_s, strict=True)) == pytest.approx({0: 1150, 1: 50})
    assert dict(zip(off.stop, off.time_s, strict=True)) == pytest.approx({0: 50, 1: 1150})
    walks = walk_between_stops(network, places, limit_s=500)
    assert (walks.start.tolist(), walks.end.tolist(), walks.time_s.tolist()) == ([0], [1], [100])


def test_stops_off_every_street_are_reached_by_nobody():
    network, _ = build_network(worlds.streets([(0, 0), (100, 0)]), worlds.mode())
    snaps = snap_points(network, np.array([shapely.Point(50, 0)], object))
    legs = walk_to_stops(network, snaps, worlds.supply((0, 5000)), limit_s=900)
    assert legs.place.size == 0
    assert walk_between_stops(network, worlds.supply((0, 5000)), limit_s=900).start.size == 0
    nowhere = schedule_times(
        build_timetable(feed_of([[(0, 0, 0), (1, 60, 60)]], 2), MONDAY, first_s=0, last_s=HOUR,
                        walks=NO_WALKS),
        legs, legs, np.array([0], np.int32), limit_s=HOUR,
    )  # fmt: skip
    assert nowhere.shape == (1, 0)
