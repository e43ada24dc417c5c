"""Roads told from distance: detours, banks and bridges, by hand."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from urbangis.errors import TableError
from urbangis.travel.transit_road import build_road, road_reach, road_times

# A river along y = 0 with a loop to the north between x = 4 and x = 6 km; bridges at x = 0 and 20.
RIVER = shapely.LineString(
    [(-50e3, 0), (4e3, 0), (4e3, 5e3), (6e3, 5e3), (6e3, 0), (10e3, 0), (50e3, 0)]
)
BRIDGES = shapely.points([[0.0, 0.0], [20e3, 0.0]])


def road(**more):
    return build_road(36.0, 1.25, np.array([RIVER]), BRIDGES, **more)


def minutes(a, b):
    return float(road_times(road(), np.array([a], float), np.array([b], float))[0, 0]) / 60


def test_a_straight_line_lengthened():
    # 36 km/h is 10 m/s; with a detour of 1.25, 8 m of straight line a second.
    assert minutes((-4800, 1000), (0, 1000)) == pytest.approx(10)
    plain = build_road(36.0, 1.0)
    assert road_times(plain, np.array([[0.0, 0.0]]), np.array([[600.0, 0.0]])) == pytest.approx(60)


def test_the_other_bank_is_reached_by_the_better_bridge():
    assert minutes((0, 3000), (0, -3000)) == pytest.approx(6000 / 8 / 60)
    assert minutes((3000, 4000), (3000, -4000)) == pytest.approx(10_000 / 8 / 60)
    assert minutes((20e3, 4000), (23e3, -4000)) == pytest.approx(9000 / 8 / 60)


def test_round_a_loop_of_the_river_is_no_crossing():
    # The straight line cuts the loop twice: both ends are on the north bank.
    assert minutes((3000, 2000), (7000, 2000)) == pytest.approx(4000 / 8 / 60)
    # Inside the loop is the south bank.
    assert minutes((5000, 2000), (5000, -2000)) == pytest.approx(4000 / 8 / 60)
    assert minutes((3000, 2000), (5000, 2000)) == pytest.approx(
        (np.hypot(3000, 2000) + np.hypot(5000, 2000)) / 8 / 60
    )


def test_unknown_places_are_never_reached():
    found = road_times(road(), np.array([[np.nan, np.nan]]), np.array([[0.0, 100.0]]))
    assert np.isinf(found).all()


def test_a_river_without_a_bridge_is_refused():
    with pytest.raises(TableError, match="crossed nowhere"):
        build_road(36.0, 1.0, np.array([RIVER]), np.empty(0, object))


@given(st.lists(st.tuples(st.floats(-3e4, 3e4), st.floats(-3e4, 3e4)), min_size=2, max_size=8))
def test_there_and_back_are_alike_and_never_under_the_straight_line(places):
    xy = np.array(places) + 0.125
    found = road_times(road(), xy, xy)
    assert found == pytest.approx(found.T)
    metres = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    assert (found * 8 >= metres - 1e-6).all()


@pytest.mark.parametrize("way", [road(), build_road(36.0, 1.25)], ids=["river", "no river"])
def test_the_ground_in_reach_is_where_the_time_is(way):
    sources = np.array([[2000.0, 3000.0], [19_000.0, -1000.0], [-30_000.0, 500.0]])
    seconds = np.array([900.0, 600.0, 0.0])
    ground = road_reach(way, sources, seconds)
    rng = np.random.default_rng(3)
    places = rng.uniform([-12e3, -14e3], [30e3, 14e3], (800, 2))
    spare_s = seconds[None, :2] - road_times(way, places, sources[:2])
    clear = np.abs(spare_s).min(axis=1) > 20  # circles are drawn with corners
    inside = shapely.contains_xy(ground, *places.T)
    assert (inside[clear] == (spare_s.max(axis=1) > 0)[clear]).all()
    assert 100 < inside.sum() < 700
