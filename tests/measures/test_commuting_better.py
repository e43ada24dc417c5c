"""Adding service makes nobody slower: lines, bridges, stations of new lines, random worlds."""

import numpy as np
import pandas as pd
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

import worlds
from lines_world import lines, stops
from urbangis.measures.commuting import Travel, centre_times, commuting_circle, town_links
from urbangis.measures.commuting_change import commuting_change, levels_within
from urbangis.notices import Text
from urbangis.study import Level
from urbangis.study.transit import StationTimes
from urbangis.travel.transit import build_transit
from urbangis.travel.transit_road import build_road

TIMES = StationTimes(enter_min=3, exit_min=1, transfer_min=2)
spots = st.tuples(st.floats(0, 9e4), st.floats(-2e4, 2e4))
paths = st.lists(st.sampled_from("abcdef"), min_size=2, max_size=4, unique=True)
offers = st.tuples(st.integers(5, 60), st.integers(60, 300))
RIVER = np.array([shapely.LineString([(45_000, -1e5), (45_000, 1e5)])], object)


def travel(at, routes, bridges):
    rows = [
        {"speed_kmh": float(speed), "headway_min": float(gap), "dwell_min": 1.0}
        for _, (gap, speed) in routes
    ]
    made = stops(*(path for path, _ in routes), at=dict(zip("abcdef", at, strict=True)))
    transit, _ = build_transit(lines(*rows), made, TIMES)
    crossings = shapely.points(np.array(bridges, float))
    return Travel(transit, build_road(40.0, 1.3, RIVER, np.array(crossings, object)), 1800.0)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(spots, min_size=6, max_size=6, unique=True),
    st.lists(st.tuples(paths, offers), min_size=1, max_size=3),
    st.tuples(paths, offers),
    st.lists(spots, min_size=1, max_size=3),
    st.lists(spots, min_size=2, max_size=6, unique=True),
    st.sampled_from(["line", "bridge"]),
)
def test_what_only_adds_makes_nobody_slower(at, routes, new, bridges, places, what):
    xy, centre = np.array(places, float), np.array([[1000.0, 0.0]])
    first = travel(at, routes, bridges)
    second = (
        travel(at, [*routes, new], bridges)
        if what == "line"
        else travel(at, routes, [*bridges, (45_000.0, 0.0)])
    )
    was, now = centre_times(first, xy, centre), centre_times(second, xy, centre)
    for way in ("best_s", "rail_s", "road_s"):
        assert (getattr(now, way) <= getattr(was, way)).all()
    towns = worlds.demand(*places).assign(zone_id="z0", kind="镇")
    zones = worlds.demand((0, 0)).assign(id="z0", name="甲", name_en="A")[
        ["id", "name", "name_en", "geometry"]
    ]
    own = pd.DataFrame({"zone_id": ["z0"], "member_id": ["z0"]})
    members = np.array(["z0"], object)
    levels = levels_within(
        (Level("zone", Text(zh="县", en="County"), zones, own, partition=True),), members
    )
    circles = [commuting_circle(one, towns, members, cutoff_min=60) for one in (was, now)]
    linked = [town_links(one, towns, cutoff_min=60) for one in (first, second)]
    change = commuting_change(*circles, (linked[0], linked[1]), levels, cutoff_min=60)
    assert (change.zones[["lost", "slower", "left", "arrived"]] == 0).all(axis=None)
    assert (change.zones["saved_min"].fillna(0) >= 0).all()
    assert set(change.links["change"]) <= {"gained"}
    back = commuting_change(*circles[::-1], (linked[1], linked[0]), levels, cutoff_min=60)
    assert list(back.zones["lost"]) == list(change.zones["gained"])
    same = commuting_change(circles[0], circles[0], (linked[0], linked[0]), levels, cutoff_min=60)
    assert same.is_nothing
