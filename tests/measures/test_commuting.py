"""Commuting circles on a line of towns, worked out by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import worlds
from lines_world import lines, stops
from urbangis.measures.commuting import (
    Travel,
    centre_times,
    commuting_circle,
    journey,
    town_links,
)
from urbangis.study.transit import StationTimes
from urbangis.travel.transit import build_transit
from urbangis.travel.transit_road import build_road

# Stations 30 km apart along a line of 180 km/h (3 km/min): 10 minutes a ride, every 20 minutes;
# 3 minutes in, 1 out, 2 at each stop on the way. Roads of 30 km/h without detour: 2 minutes a km.
AT = {"a": (0, 0), "b": (30_000, 0), "c": (60_000, 0)}
LINE = lines({"speed_kmh": 180.0, "headway_min": 20.0, "dwell_min": 2.0, "name": "城际"})
TIMES = StationTimes(enter_min=3, exit_min=1, transfer_min=2)


def travel(limit_min=15.0):
    transit, _ = build_transit(LINE, stops("abc", at=AT), TIMES)
    return Travel(transit, build_road(30.0, 1.0), 60 * limit_min)


def people(*places, residents=None, zones=None):
    table = worlds.demand(*places, residents=residents)
    return table.assign(zone_id=zones or ["z0"] * len(table), kind="镇")


def xy(*places):
    return np.array(places, float)


def test_by_road_by_rail_and_by_the_better():
    centre = xy((1000, 0))
    places = xy((30_000, 2000), (60_000, 5000), (60_000, 9000), (10_000, 0))
    found = centre_times(travel(), places, centre)
    # 2 km to b: 4 + 3 in + 10 waiting + 10 riding + 1 out + 1 km to the centre: 2.
    assert found.rail_s[:2] / 60 == pytest.approx([30, 10 + 3 + 10 + 22 + 1 + 2])
    # 9 km to c is more than the 15 minutes that people go to a station, and so is 10 km to a.
    assert np.isinf(found.rail_s[2:]).all()
    road_km = np.hypot(places[:, 0] - 1000, places[:, 1]) / 1000
    assert found.road_s / 60 == pytest.approx(2 * road_km)
    assert found.best_s[3] == found.road_s[3]
    assert list(found.door) == [1, 2, -1, -1]


def test_a_journey_by_rail_boards_a_train():
    """Next to the station of the centre: going in and out again is no journey by rail."""
    found = centre_times(travel(), xy((100, 0)), xy((200, 0)))
    assert found.road_s[0] / 60 == pytest.approx(0.2)
    # The only way by rail is to ride to b and back.
    assert found.rail_s[0] / 60 >= 3 + 10 + 10 + 10


def test_the_nearest_of_several_centres():
    found = centre_times(travel(), xy((29_000, 0)), xy((0, 0), (60_000, 1000)))
    assert found.road_centre[0] == 0
    assert found.rail_centre[0] == 0
    again = centre_times(travel(), xy((31_000, 0)), xy((0, 3000), (60_000, 1000)))
    assert again.road_centre[0] == 1
    assert again.rail_centre[0] == 1


def test_the_legs_of_a_journey():
    legs = journey(travel(), xy((60_000, 5000))[0], xy((1000, 0))[0])
    told = [(leg.kind, round(leg.time_s / 60, 6), leg.line, leg.start, leg.end) for leg in legs]
    assert told == [
        ("access", 10, "", "", "c"),
        ("access", 3, "", "c", ""),
        ("wait", 10, "城际", "c", ""),
        ("ride", 22, "城际", "c", "a"),
        ("egress", 1, "", "a", "a"),
        ("egress", 2, "", "a", ""),
    ]
    (road,) = journey(travel(), xy((4000, 0))[0], xy((1000, 0))[0])
    assert (road.kind, road.time_s) == ("road", pytest.approx(360))
    assert journey(travel(), xy((np.nan, np.nan))[0], xy((0, 0))[0]) == ()


def test_people_add_up_and_the_unplaced_stay_in_the_total():
    demand = people(
        (30_000, 2000), (60_000, 5000), (20_000, 0), None, (0, 500), (40_000, 30_000),
        zones=["z0", "z1", "z0", "z1", "z9", "z1"],
    )  # fmt: skip
    places = np.array([[p.x, p.y] if p else [np.nan, np.nan] for p in demand.geometry])
    times = centre_times(travel(), places, xy((1000, 0)))
    circle = commuting_circle(times, demand, np.array(["z0", "z1"], object), cutoff_min=48)
    rows = circle.zones.set_index(["level", "zone_id", "way"])
    # Residents are 1, 2, 4, ... : the sum tells who is in it. By rail d0 (30) and d1 (48 min,
    # inclusive); by road d2 alone (19 km: 38 min), too far from stations.
    assert rows.loc[("area", "", "rail"), "covered"] == 1 + 2
    assert rows.loc[("area", "", "road"), "covered"] == 4
    assert rows.loc[("area", "", "best"), "covered"] == 1 + 2 + 4
    assert rows.loc[("area", "", "best"), "total"] == 1 + 2 + 4 + 8 + 32
    assert rows.loc[("area", "", "best"), "unplaced"] == 8
    assert rows.loc[("zone", "z0", "best"), "rate"] == 1
    assert rows.loc[("zone", "z1", "best"), "rate"] == pytest.approx(2 / 42)
    assert circle.beyond == 16
    assert list(circle.places["by"]) == ["rail", "rail", "road", "", "road", "road"]


def test_workers_are_summed_if_they_are_known():
    demand = people((30_000, 2000), (0, 90_000)).assign(workers=[10.0, 30.0])
    places = np.array([[p.x, p.y] for p in demand.geometry])
    times = centre_times(travel(), places, xy((1000, 0)))
    circle = commuting_circle(times, demand, np.array(["z0"], object), cutoff_min=60)
    whole = circle.zones[(circle.zones["level"] == "area") & (circle.zones["way"] == "best")]
    assert dict(zip(whole["weight"], whole["rate"], strict=True)) == {
        "residents": pytest.approx(1 / 3),
        "workers": pytest.approx(0.25),
    }


def test_towns_within_the_cutoff_of_each_other():
    towns = people((0, 1000), (30_000, 1000), (60_000, 1000), (0, 20_000), None)
    links = town_links(travel(), towns, cutoff_min=40)
    rows = [tuple(row) for row in links.itertuples(index=False)]
    # 2 + 3 + 10 + 10 + 1 + 2 = 28 from station to station; c is 12 farther: 40, inclusive.
    assert [(a, b, round(m, 6), by) for a, b, m, by in rows] == [
        ("d0", "d1", 28, "rail"),
        ("d0", "d2", 40, "rail"),
        ("d0", "d3", 38, "road"),
        ("d1", "d2", 28, "rail"),
    ]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-1e4, 7e4), st.floats(-1e4, 1e4)), min_size=2, max_size=6),
    st.integers(5, 60),
)
def test_links_are_journeys_and_circles_nest(spots, cutoff):
    towns = people(*spots)
    places = xy(*spots)
    links = town_links(travel(), towns, cutoff_min=cutoff)
    pairs = {(row.a_id, row.b_id): row.minutes for row in links.itertuples()}
    for i in range(len(spots)):
        to_i = centre_times(travel(), places, places[i : i + 1])
        for j in range(i):
            back = centre_times(travel(), places[i : i + 1], places[j : j + 1])
            slower = max(to_i.best_s[j], back.best_s[0]) / 60
            found = pairs.get((f"d{j}", f"d{i}"), np.inf)
            assert (found <= cutoff + 1e-6) == (slower <= cutoff + 1e-6)
            if np.isfinite(found):
                assert found == pytest.approx(slower)
    wider = town_links(travel(), towns, cutoff_min=cutoff + 5)
    assert set(pairs) <= set(zip(wider["a_id"], wider["b_id"], strict=True))
