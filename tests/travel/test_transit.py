"""Lines alone: waits, rides, transfers, worked out by hand and by brute force."""

import itertools

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from lines_world import lines, stops
from urbangis.errors import TableError
from urbangis.study.transit import StationTimes
from urbangis.travel.transit import build_transit, legs_from, station_times, times_to

# A line of four stations 1, 2 and 3 km apart, and one across it.
AT = {"a": (0, 0), "b": (1000, 0), "c": (3000, 0), "d": (6000, 0), "n": (1000, 5000)}
NO_TIME = StationTimes()


def minutes_between(table, stations, times=NO_TIME):
    transit, _ = build_transit(table, stations, times)
    names = list(transit.stations["id"])
    found = station_times(transit, limit_s=np.inf) / 60
    return {(a, b): found[i, j] for i, a in enumerate(names) for j, b in enumerate(names)}


def test_half_the_headway_and_the_ride():
    found = minutes_between(lines({}), stops("abcd", at=AT))
    # 10 m/s: 1 km is 1 minute 40; half of 10 minutes is waited for.
    assert found["a", "b"] == pytest.approx(5 + 100 / 60)
    assert found["a", "d"] == found["d", "a"] == pytest.approx(5 + 10)
    assert found["a", "a"] == 0


def test_stops_on_the_way_dwell_but_not_the_first_or_last():
    found = minutes_between(lines({"dwell_min": 1.0}), stops("abcd", at=AT))
    assert found["a", "b"] == pytest.approx(5 + 100 / 60)
    assert found["a", "d"] == pytest.approx(5 + 10 + 2)


def test_a_timetable_goes_before_the_speed():
    known = stops("abcd", at=AT, ride_min={(0, 1): 4.0})
    found = minutes_between(lines({}), known)
    assert found["a", "b"] == pytest.approx(5 + 4)
    assert found["b", "c"] == pytest.approx(5 + 200 / 60)


def test_entering_leaving_changing_and_the_cap():
    times = StationTimes(enter_min=2, exit_min=1, transfer_min=3, wait_cap_min=4)
    table = lines({}, {"headway_min": 6.0})
    found = minutes_between(table, stops("abcd", "bn", at=AT), times)
    assert found["a", "b"] == pytest.approx(2 + 4 + 100 / 60 + 1)
    assert found["a", "n"] == pytest.approx(2 + 4 + 100 / 60 + 3 + 3 + 500 / 60 + 1)


def test_one_way_lines_do_not_go_back_and_round_lines_go_on():
    found = minutes_between(lines({"oneway": "yes"}), stops("abcd", at=AT))
    assert found["a", "b"] < np.inf
    assert found["b", "a"] == np.inf
    square = {"a": (0, 0), "b": (600, 0), "c": (600, 600), "d": (0, 600)}
    found = minutes_between(lines({"oneway": "yes"}), stops("abcda", at=square))
    assert found["d", "b"] == pytest.approx(5 + 2)  # past the end of the list, without a change
    both = minutes_between(lines({"dwell_min": 0.5}), stops("abcda", at=square))
    assert both["d", "b"] == pytest.approx(5 + 2 + 0.5)


def test_legs_are_what_a_planner_expects():
    times = StationTimes(enter_min=2, exit_min=1, transfer_min=2)
    table = lines({"name": "一号线"}, {"name": "二号线"})
    transit, _ = build_transit(table, stops("abcd", "cn", at=AT), times)
    names = list(transit.stations["id"])
    seeds = np.full(len(names), np.inf)
    seeds[names.index("n")] = 60.0
    labels = times_to(transit, seeds, limit_s=np.inf)
    legs = legs_from(transit, labels, names.index("a"), seeds)
    ride = np.hypot(2000, 5000) / 10
    assert [(leg.kind, round(leg.time_s, 6), leg.line, leg.start, leg.end) for leg in legs] == [
        ("access", 120.0, "", "a", ""),
        ("wait", 300.0, "一号线", "a", ""),
        ("ride", 300.0, "一号线", "a", "c"),
        ("transfer", 120.0, "", "c", "c"),
        ("wait", 300.0, "二号线", "c", ""),
        ("ride", round(ride, 6), "二号线", "c", "n"),
        ("egress", 60.0, "", "n", "n"),
        ("egress", 60.0, "", "n", ""),
    ]
    assert sum(leg.time_s for leg in legs) == pytest.approx(labels.cost[names.index("a")])


def test_legs_end_where_stations_and_trains_take_no_time():
    """Stations in one place, trains that are always there: steps of no time in every direction."""
    at = {"a": (0, 0), "b": (0, 0), "c": (0, 0), "d": (1000, 0)}
    table = lines(*[{"headway_min": 0.0}] * 3)
    transit, _ = build_transit(table, stops("acb", "bca", "cad", at=at), NO_TIME)
    seeds = np.array([np.inf, 5.0, np.inf, np.inf])
    labels = times_to(transit, seeds, limit_s=np.inf)
    for station in range(4):
        legs = legs_from(transit, labels, station, seeds)
        assert sum(leg.time_s for leg in legs) == pytest.approx(labels.cost[station])
    assert labels.cost[:4] == pytest.approx([5, 5, 5, 105])


def test_a_change_is_no_longer_than_going_out_and_in():
    with pytest.raises(ValueError, match="quicker change"):
        StationTimes(enter_min=2, exit_min=1, transfer_min=4)


@pytest.mark.parametrize(
    ("table", "stations", "problem"),
    [
        (lines({"speed_kmh": float("nan")}), stops("ab", at=AT), "no speed"),
        (lines({}), stops("a", at=AT), "1 stations"),
        (lines({}, {}), stops("ab", at=AT), "0 stations"),
    ],
)
def test_lines_that_cannot_run(table, stations, problem):
    with pytest.raises(TableError, match=problem):
        build_transit(table, stations, NO_TIME)


def test_a_station_in_two_places_is_refused():
    stations = stops("ab", "bc", at=AT)
    stations.loc[2, "geometry"] = shapely.Point(1000, 90)
    with pytest.raises(TableError, match="two places, 90 m apart"):
        build_transit(lines({}, {}), stations, NO_TIME)


def test_stations_of_lines_that_do_not_run_are_told():
    _, told = build_transit(lines({}), stops("ab", "cd", at=AT), NO_TIME)
    assert [(one.code, one.count, one.sample_ids) for one in told] == [
        ("stations-of-other-lines", 1, ("l1",))
    ]


# Brute force ------------------------------------------------------------------------------------

SPOTS = "abcdefg"


@st.composite
def cities(draw):
    place = st.tuples(st.integers(0, 9), st.integers(0, 9))
    at = {name: tuple(600.0 * x for x in draw(place)) for name in SPOTS}
    count = draw(st.integers(1, 4))
    paths = [
        draw(st.lists(st.sampled_from(SPOTS), min_size=2, max_size=5, unique=True))
        for _ in range(count)
    ]
    rows = [
        {
            "headway_min": float(draw(st.integers(1, 30))),
            "dwell_min": float(draw(st.integers(0, 3))),
            "oneway": draw(st.sampled_from(["no", "no", "yes"])),
        }
        for _ in range(count)
    ]
    enter, leave = draw(st.integers(0, 4)), draw(st.integers(0, 4))
    times = StationTimes(
        enter_min=enter,
        exit_min=leave,
        transfer_min=draw(st.integers(0, enter + leave)),
        wait_cap_min=draw(st.sampled_from([None, 5.0])),
    )
    return at, paths, rows, times


@settings(max_examples=40, deadline=None)
@given(cities())
def test_any_city_is_as_when_every_journey_is_listed(city):
    at, paths, rows, times = city
    found = minutes_between(lines(*rows), stops(*paths, at=at), times)
    used = sorted({name for path in paths for name in path})
    for pair in itertools.product(used, used):
        assert found[pair] == pytest.approx(_best(pair, at, paths, rows, times), abs=1e-9)


def _best(pair, at, paths, rows, times):
    """Try every sequence of up to as many rides as there are stations, by exhaustive relaxation."""
    if pair[0] == pair[1]:
        return 0.0
    rides = {}
    for path, row in zip(paths, rows, strict=True):
        wait = min(row["headway_min"] / 2, times.wait_cap_min or np.inf)
        for way in [path] if row["oneway"] == "yes" else [path, path[::-1]]:
            for i, j in itertools.combinations(range(len(way)), 2):
                metres = sum(
                    np.hypot(*np.subtract(at[way[k + 1]], at[way[k]])) for k in range(i, j)
                )
                time = wait + metres / 600 + row["dwell_min"] * (j - i - 1)
                key = way[i], way[j]
                rides[key] = min(rides.get(key, np.inf), time)
    best = {pair[0]: times.enter_min - times.transfer_min}
    for _ in SPOTS:
        for (start, end), time in rides.items():
            if start in best:
                best[end] = min(best.get(end, np.inf), best[start] + times.transfer_min + time)
    return best.get(pair[1], np.inf) + times.exit_min
