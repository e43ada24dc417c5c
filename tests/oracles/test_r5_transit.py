"""Buses and trains of Porto Alegre, against the travel times that R5 gives in r5r's documentation.

R5 is not run here. The figures are those of r5r's article "Travel time matrices" as built with R5
7.4 on flat streets: Monday 13 May 2019, departures from 14:00 to 14:10, median, 3.6 km/h, 60
minutes, both feeds. What is known of R5's rules is in its source: walks between stops of up to 1
km, vehicles boarded no sooner than 60 seconds after one is at the stop, minutes cut off, not
rounded. Its departures lie at random within each minute; ours are at its start.
"""

import json
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from pyproj import CRS
from test_r5_walking import r5_walker

from urbangis.io.gtfs import read_gtfs
from urbangis.io.osm import read_streets
from urbangis.network.build import build_network
from urbangis.network.entrances import facility_entrances
from urbangis.network.snap import snap_points
from urbangis.travel.pairs import travel_pairs
from urbangis.travel.transit_schedule import (
    StopLegs,
    minute_departures,
    percentile_s,
    schedule_times,
    walk_between_stops,
    walk_to_stops,
)
from urbangis.travel.transit_timetable import Walks, build_timetable

METRIC = "EPSG:31982"
MONDAY = date(2019, 5, 13)
START_S, WINDOW_MIN, LIMIT_S = 14 * 3600, 10, 3600
SLACK_S = 60
"""R5 boards no vehicle that leaves within a minute of one's arrival at the stop."""


@pytest.fixture(scope="module")
def published(real_data):
    file = real_data / "expected" / "r5r_poa" / "r5r_published.json"
    medians = json.loads(file.read_text(encoding="utf-8"))["poa"]["ttm_p50_flat_R5_v7_4"]
    return {name: value for name, value in medians.items() if name != "note"}


@pytest.fixture(scope="module")
def minutes(real_data):
    """Minutes from the market to every point, shape (departures, points), by name of the point."""
    folder = real_data / "expected" / "r5r_poa"
    feed, _ = read_gtfs(
        [real_data / "gtfs" / f"{name}.zip" for name in ("poa_eptc", "poa_trensurb")],
        crs=CRS(METRIC),
    )
    streets = read_streets(folder / "poa_osm.pbf")
    network, _ = build_network(streets.to_crs(METRIC), r5_walker())
    table = pd.read_csv(folder / "poa_points_of_interest.csv")
    shapes = gpd.points_from_xy(table["lon"], table["lat"])
    points = gpd.GeoDataFrame(table, geometry=shapes, crs="EPSG:4326").to_crs(METRIC)
    snaps = snap_points(network, points.geometry.to_numpy())
    market = int(np.flatnonzero(points["id"] == "public_market")[0])
    access = walk_to_stops(network, snaps, feed.stops, limit_s=1800).of(market)
    egress = walk_to_stops(network, snaps, feed.stops, limit_s=1800, direction="from_facility")
    between = walk_between_stops(network, feed.stops, limit_s=1000)
    timetable = build_timetable(
        feed,
        MONDAY,
        first_s=START_S,
        last_s=START_S + 60 * WINDOW_MIN + LIMIT_S,
        walks=Walks(between.start, between.end, between.time_s + SLACK_S),
        change_s=SLACK_S,
    )
    ready = StopLegs(access.place, access.stop, access.time_s + SLACK_S)
    when = minute_departures(START_S, WINDOW_MIN)
    by_transit = schedule_times(timetable, ready, egress, when, limit_s=LIMIT_S, rides=3)
    entrances, _ = facility_entrances(network, points.assign(kind="point"))
    on_foot = np.full(len(points), np.inf)
    for block in travel_pairs(network, snaps, entrances, limit_s=LIMIT_S):
        own = block.place == market
        on_foot[block.facility[own]] = block.cost[own]
    return pd.DataFrame(np.minimum(by_transit, on_foot) / 60, columns=points["id"])


def test_the_medians_are_within_a_minute_of_r5_and_mostly_equal(minutes, published):
    medians = {name: percentile_s(minutes[[name]].to_numpy(), 50)[0] for name in published}
    cut_off = {name: int(value) for name, value in medians.items()}
    apart = {name: cut_off[name] - published[name] for name in published}
    assert max(map(abs, apart.values())) <= 1
    assert sum(one == 0 for one in apart.values()) >= 8


def test_transit_matters_here(minutes, published):
    assert minutes["farrapos_station"].max() < 60
    assert minutes["moinhos_de_vento_hospital"].median() < 25
    assert np.ptp(minutes["townhall"]) == 0  # on foot, whenever one leaves
    assert minutes["farrapos_station"].nunique() > 5
