"""Feeds drawn at random and written as files, against a search that tries everything.

The rules of GTFS are written down a second time here, in the plainest way and from the files' own
text: calendars and exceptions, trips of other service days still on their way, frequencies, rules
of transfers by platform and station, where nobody gets on or off, loops, and hops of no time.
"""

import csv
import io
from collections import defaultdict
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS

from gtfs_world import FEED, write
from urbangis.errors import StudyError
from urbangis.io.gtfs import read_gtfs
from urbangis.travel.transit_schedule import StopLegs, schedule_times
from urbangis.travel.transit_timetable import Walks, build_timetable

DAY = 86_400
TODAY = date(2026, 3, 4)
"""A Wednesday."""
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def hms(seconds: int) -> str:
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def feed_files(rng: np.random.Generator) -> dict[str, str]:
    """Files of a small feed; its times crowd around midnight and noon."""
    count = int(rng.integers(3, 7))
    stations = int(rng.integers(1, 3))
    stops = ["stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station"]
    stops += [f"p{k},站,32.0,119.0,1," for k in range(stations)]
    for k in range(count):
        inside = f"p{rng.integers(stations)}" if rng.random() < 0.6 else ""
        stops.append(f"s{k},台,32.{k},119.{k},0,{inside}")
    calendar = [",".join(("service_id", *DAYS, "start_date", "end_date"))]
    dates = ["service_id,date,exception_type"]
    for service in "abc":
        week = ",".join(str(int(one)) for one in rng.random(7) < 0.5)
        calendar.append(
            f"{service},{week},20260{rng.choice([1, 3])}01,202603{rng.choice(['04', '31'])}"
        )
        dates += [
            f"{service},{TODAY + timedelta(days=int(away)):%Y%m%d},{rng.integers(1, 3)}"
            for away in rng.choice([-2, -1, 0, 1], int(rng.integers(0, 3)), replace=False)
        ]
    trips = ["route_id,service_id,trip_id,block_id"]
    times = ["trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type"]
    again = ["trip_id,start_time,end_time,headway_secs,exact_times"]
    for t in range(int(rng.integers(2, 9))):
        trips.append(f"r,{rng.choice(list('abc'))},t{t},b{t % 2}")
        clock = int(rng.choice([0, 11.8, 23.7, 24, 47.6]) * 3600 + rng.integers(0, 1200))
        path = rng.integers(0, count, int(rng.integers(2, 6)))
        by, row = int(rng.choice([1, 5])), []
        for k, stop in enumerate(path):
            stay = int(rng.choice([0, 0, 60]))
            rules = ",".join(str(one) for one in rng.choice([0, 0, 0, 1, 2, 3], 2))
            row.append(f"{hms(clock)},{hms(clock + stay)},s{stop},{k * by},{rules}")
            clock += stay + int(rng.choice([0, 60, 300, 301]))
        times += [f"t{t},{one}" for one in (row if rng.random() < 0.7 else row[::-1])]
        for _ in range(int(rng.choice([0, 0, 0, 1, 2]))):
            start = int(rng.choice([0, 12, 24]) * 3600 + rng.integers(0, 900))
            end = start + int(rng.integers(1, 2400))
            again.append(f"t{t},{hms(start)},{hms(end)},{rng.choice([60, 600, 777])},0")
    ends = [f"s{k}" for k in range(count)] + [f"p{k}" for k in range(stations)]
    transfers = ["from_stop_id,to_stop_id,transfer_type,min_transfer_time,from_trip_id"]
    for _ in range(int(rng.integers(0, 7))):
        least = rng.choice(["", "60", "240"])
        trip = "t0" if rng.random() < 0.15 else ""
        kind = rng.choice(["", "0", "1", "2", "3", "4", "5"])
        transfers.append(f"{rng.choice(ends)},{rng.choice(ends)},{kind},{least},{trip}")
    return {
        "stops": stops, "calendar": calendar, "calendar_dates": dates, "trips": trips,
        "stop_times": times, "frequencies": again, "transfers": transfers,
    }  # fmt: skip


def rows(lines: list[str]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO("\n".join(lines))))


def seconds(text: str) -> int:
    hours, minutes, rest = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + int(rest)


def runs_of(files: dict[str, list[str]]) -> list[list[tuple[int, int, int, bool, bool]]]:
    """Every run of four days before and two after: (stop, arrive, depart, board, alight)."""
    stops = [row["stop_id"] for row in rows(files["stops"]) if row["location_type"] == "0"]
    calls = defaultdict(list)
    for row in sorted(rows(files["stop_times"]), key=lambda row: int(row["stop_sequence"])):
        calls[row["trip_id"]].append(
            (
                stops.index(row["stop_id"]),
                seconds(row["arrival_time"]),
                seconds(row["departure_time"]),
                row["pickup_type"] != "1",
                row["drop_off_type"] != "1",
            )
        )
    found = []
    for away in range(-4, 3):
        day = TODAY + timedelta(days=away)
        for trip in rows(files["trips"]):
            if not runs_on(files, trip["service_id"], day):
                continue
            plain = calls[trip["trip_id"]]
            periods = [r for r in rows(files["frequencies"]) if r["trip_id"] == trip["trip_id"]]
            shifts = [
                start - plain[0][2]
                for row in periods
                for start in range(
                    seconds(row["start_time"]), seconds(row["end_time"]), int(row["headway_secs"])
                )
            ]
            for shift in shifts if periods else [0]:
                by = shift + away * DAY
                found.append([(s, a + by, d + by, on, off) for s, a, d, on, off in plain])
    return found


def runs_on(files: dict[str, list[str]], service: str, day: date) -> bool:
    for row in rows(files["calendar_dates"]):
        if row["service_id"] == service and row["date"] == f"{day:%Y%m%d}":
            return row["exception_type"] == "1"
    (row,) = (row for row in rows(files["calendar"]) if row["service_id"] == service)
    inside = row["start_date"] <= f"{day:%Y%m%d}" <= row["end_date"]
    return inside and row[DAYS[day.weekday()]] == "1"


def ways_of(
    files: dict[str, list[str]], walks: dict[tuple[int, int], int], change_s: int
) -> dict[tuple[int, int], int]:
    """Seconds from stop to stop after a ride; pairs between which nobody changes are left out."""
    table = rows(files["stops"])
    stops = [row["stop_id"] for row in table if row["location_type"] == "0"]
    parent = {row["stop_id"]: row["parent_station"] for row in table}
    ways = {(stop, stop): change_s for stop in range(len(stops))} | walks
    rules = {}
    for row in rows(files["transfers"]):
        if row["from_trip_id"] or row["transfer_type"] in ("4", "5"):
            continue
        start, end = row["from_stop_id"], row["to_stop_id"]
        wide = (start not in stops) + (end not in stops)
        for i, one in enumerate(stops):
            for j, other in enumerate(stops):
                if start in (one, parent[one]) and end in (other, parent[other]):
                    known = rules.get((i, j), (3, None, None))
                    if wide < known[0]:
                        least = int(row["min_transfer_time"] or 0)
                        rules[i, j] = (wide, row["transfer_type"], least)
    for pair, (_, kind, least) in rules.items():
        ways[pair] = max(ways.get(pair, 0), least)
        if kind == "3":
            del ways[pair]
    return ways


def arrivals(
    runs: list, ways: dict[tuple[int, int], int], start: int, departure: int, rides: int
) -> dict[int, int]:
    """Take every run from every stop that can be stood at, ``rides`` times over."""
    standing, landed = {start: departure}, {}
    for _ in range(rides):
        reached = {}
        for run in runs:
            for i, (stop, _, leave, board, _) in enumerate(run):
                if board and standing.get(stop, np.inf) <= leave:
                    for end, arrive, _, _, alight in run[i + 1 :]:
                        if alight:
                            reached[end] = min(reached.get(end, np.inf), arrive)
        for end, arrive in reached.items():
            landed[end] = min(landed.get(end, np.inf), arrive)
        for (one, other), time in ways.items():
            if one in landed:
                standing[other] = min(standing.get(other, np.inf), landed[one] + time)
    return landed


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**9))
def test_any_feed_is_travelled_as_its_files_say(tmp_path_factory, seed):
    rng = np.random.default_rng(seed)
    files = feed_files(rng)
    texts = {name: "\n".join(lines) + "\n" for name, lines in files.items()}
    path = write(tmp_path_factory.mktemp("feed") / "f.zip", **texts)
    feed, _ = read_gtfs(path, crs=CRS("EPSG:4549"))
    count = len(feed.stops)
    pairs = {(int(a), int(b)) for a, b in rng.integers(0, count, (3, 2)) if a != b}
    walks = {pair: int(rng.integers(0, 400)) for pair in sorted(pairs)}
    change_s, rides = int(rng.choice([0, 60])), int(rng.integers(1, 4))
    departures = [int(rng.choice([0, 12, 24]) * 3600 + rng.integers(-100, 900)) for _ in range(3)]
    limit_s = int(rng.choice([900, 3600, 30_000]))
    ends = np.array(list(walks), int).reshape(-1, 2)
    try:
        table = build_timetable(
            feed, TODAY, first_s=min(departures), last_s=max(departures) + limit_s,
            walks=Walks(ends[:, 0], ends[:, 1], np.array([*map(float, walks.values())])),
            change_s=change_s,
        )  # fmt: skip
    except StudyError:
        table = None
    runs, ways = runs_of(files), ways_of(files, walks, change_s)
    every = StopLegs(np.arange(count), np.arange(count), np.zeros(count))
    for departure in departures:
        landed = arrivals(runs, ways, 0, departure, rides)
        taken = {stop: time - departure for stop, time in landed.items()}
        told = {stop: time for stop, time in taken.items() if time <= limit_s}
        if table is None:
            assert not told
            continue
        here = StopLegs(np.array([0]), np.array([0]), np.array([0.0]))
        when = np.array([departure], np.int32)
        found = schedule_times(table, here, every, when, limit_s=limit_s, rides=rides)[0]
        assert {stop: time for stop, time in enumerate(found) if np.isfinite(time)} == told


def test_rules_of_stations_are_those_of_their_platforms(tmp_path):
    stops = (
        "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station\n"
        "p,站,32,119,1,\ns1,甲,32,119,0,p\ns2,乙,32,119,0,p\ns3,丙,32,119,0,\n"
    )
    transfers = (
        "from_stop_id,to_stop_id,transfer_type,min_transfer_time,from_trip_id\n"
        "p,p,2,300,\ns1,s2,2,90,\ns3,s1,3,,t1\ns3,s2,4,,\ns9,s1,0,,\n"
    )
    path = write(tmp_path / "f.zip", stops=stops, transfers=transfers)
    feed, notices = read_gtfs(path, crs=CRS("EPSG:4549"))
    found = feed.transfers[["from_id", "to_id", "min_s"]].to_numpy().tolist()
    assert found[0] == ["s1", "s2", 90]
    assert sorted(found[1:]) == [[a, b, 300] for a in ("s1", "s2") for b in ("s1", "s2")]
    told = {one.code: one.count for one in notices}
    assert told == {"gtfs-transfers-narrow": 2, "gtfs-transfers": 1}


def test_a_train_of_two_nights_is_still_on_its_way(tmp_path):
    times = FEED["stop_times.txt"] + "t3,20:00:00,20:00:00,s1,1\nt3,54:30:00,54:30:00,s3,2\n"
    trips = FEED["trips.txt"] + "r,week,t3\n"
    path = write(tmp_path / "f.zip", stop_times=times, trips=trips)
    feed, _ = read_gtfs(path, crs=CRS("EPSG:4549"))
    none = Walks(np.empty(0, int), np.empty(0, int), np.empty(0))
    table = build_timetable(feed, TODAY, first_s=0, last_s=7 * 3600, walks=none)
    assert 6.5 * 3600 in table.runs.arrive_s  # it left on Monday
    with pytest.raises(StudyError, match="nothing runs"):
        build_timetable(feed, date(2026, 3, 9), first_s=0, last_s=7 * 3600, walks=none)
