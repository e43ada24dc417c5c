"""Walking times in Porto Alegre, against R5 as r5r publishes them and against NetworkX.

R5 is not run here: the figures are those of r5r's own documentation, built with R5 7.4 on flat
streets (https://ipeagit.github.io/r5r, "Travel time matrices" and "Trip planning with
detailed_itineraries()"), Monday 13 May 2019, 3.6 km/h. What is known of its rules is in its source:
a point joins the nearest edge within 1,600 m, both legs off the street are walked, stairs cost
nothing extra, cycleways and platforms may be walked, gates and bollards are ignored, islands of
fewer than 40 junctions are dropped, times are whole seconds.
"""

import json
import zipfile
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from osm_oracle import points_of, streets_of
from street_oracle import Entries, snapped, travel_times
from urbangis.catalog import Mode, load_catalogue
from urbangis.io.osm import read_streets
from urbangis.network.build import build_network
from urbangis.network.entrances import facility_entrances
from urbangis.network.snap import Snaps, snap_points
from urbangis.travel.pairs import travel_pairs

CRS = "EPSG:32722"
LIMIT_S = 5 * 3600.0
R5_OFF_STREET_MS = 1.3
"""R5 7.4 walks from the origin to the street at this pace, whatever the walking speed."""

R5_MIN = {
    # arrival_travel_time_matrix(): trips on foot alone, total_time.
    ("public_market", "townhall"): 3.2,
    ("public_market", "santa_casa_hospital"): 13.6,
    ("public_market", "piratini_palace"): 14.9,
    ("public_market", "metropolitan_cathedral"): 15.5,
    # expanded_travel_time_matrix(): by train from Mercado to Rodoviária, access and egress time.
    ("public_market", "MR"): 3.1,
    ("RD", "bus_central_station"): 6.2,
}
"""Minutes to one decimal."""

R5_FARRAPOS_MIN = 4.5
"""detailed_itineraries(): from the point "farrapos_station", 131 m off the street, to its train."""

ON_FOOT = ("public_market", "santa_casa_hospital", "townhall", "piratini_palace")
ON_FOOT += ("metropolitan_cathedral",)
"""Where R5 walks all the way from the market; to the other places it takes a bus or a train."""


class World(NamedTuple):
    mode: Mode
    extract: Path
    ids: pd.Index
    points: gpd.GeoSeries
    snaps: Snaps
    seconds: pd.DataFrame


def r5_walker() -> Mode:
    walk = load_catalogue().mode("walk")
    classes = [*walk.speeds_kmh, "cycleway", "platform"]
    own = {"speeds_kmh": dict.fromkeys(classes, 3.6), "access_kmh": 3.6, "snap_limit_m": 1600.0}
    return walk.model_copy(update=own | {"closed_barriers": (), "barrier_deny": ()})


@pytest.fixture(scope="module")
def world(real_data) -> World:
    folder = real_data / "expected" / "r5r_poa"
    places = pd.read_csv(folder / "poa_points_of_interest.csv")
    with zipfile.ZipFile(real_data / "gtfs" / "poa_trensurb.zip").open("stops.txt") as file:
        stops = pd.read_csv(file).set_axis(["id", "name", "lat", "lon"], axis=1)
    table = pd.concat([places, stops[stops["id"].isin(["MR", "RD", "FR"])]], ignore_index=True)
    ids, points = pd.Index(table["id"]), points_of(table, CRS)
    mode, extract = r5_walker(), folder / "poa_osm.pbf"
    network, _ = build_network(read_streets(extract).to_crs(CRS), mode)
    supply = gpd.GeoDataFrame({"id": ids, "kind": "place"}, geometry=points, crs=CRS)
    snaps = snap_points(network, points.to_numpy())
    entrances, _ = facility_entrances(network, supply)
    (pairs,) = travel_pairs(network, snaps, entrances, limit_s=LIMIT_S)
    seconds = np.full((ids.size, ids.size), np.inf)
    seconds[pairs.place, pairs.facility] = pairs.cost
    return World(mode, extract, ids, points, snaps, pd.DataFrame(seconds, ids, ids))


def published(real_data) -> pd.Series:
    text = (real_data / "expected" / "r5r_poa" / "r5r_published.json").read_text(encoding="utf-8")
    flat = json.loads(text)["poa"]["ttm_p50_flat_R5_v7_4"]
    return pd.Series({place: value for place, value in flat.items() if place != "note"})


def beyond_rounding_s(ours_s: float, r5_min: float) -> float:
    """How far a time lies from everything that rounds to R5's tenth of a minute, seconds."""
    return max(abs(ours_s - 60 * r5_min) - 3.0, 0.0)


def test_all_pairs_are_what_networkx_gives_on_the_same_extract(world):
    streets = streets_of(world.extract, world.mode.model_dump(), CRS)
    contacts = snapped(streets, list(world.points))
    for place, contact in zip(world.ids, contacts, strict=True):
        told = travel_times(streets, Entries([contact], []), contacts)
        np.testing.assert_allclose(world.seconds[place], told, rtol=0, atol=1e-6)
    assert np.isfinite(world.seconds.to_numpy()).all()


def test_minutes_on_foot_are_r5s(world, real_data):
    told = published(real_data)
    ours = np.floor(world.seconds.loc["public_market", told.index] / 60)
    walked = told.index.isin(ON_FOOT)
    assert walked.sum() == 5
    assert (ours == told)[walked].all()
    assert (ours >= told)[~walked].all()  # by bus or train R5 is no later than on foot


def test_tenths_of_minutes_on_foot_are_r5s_within_its_rounding_of_legs(world):
    gap_s = {
        (start, end): beyond_rounding_s(world.seconds.loc[start, end], told)
        for (start, end), told in R5_MIN.items()
    }
    differing = {("public_market", "santa_casa_hospital"), ("public_market", "MR")}
    assert {pair for pair, gap in gap_s.items() if gap > 0} == differing
    assert max(gap_s.values()) < 3.0


def test_r5_leaves_the_origin_at_a_pace_of_its_own(world):
    seconds = world.seconds.loc["farrapos_station", "FR"]
    offset_m = world.snaps.offset_m[world.ids.get_loc("farrapos_station")]
    assert offset_m > 100
    assert beyond_rounding_s(seconds, R5_FARRAPOS_MIN) > 20
    as_r5 = seconds - offset_m * (1 - 1 / R5_OFF_STREET_MS)
    assert beyond_rounding_s(as_r5, R5_FARRAPOS_MIN) < 1.0
