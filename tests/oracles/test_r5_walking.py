"""Walking times in Porto Alegre, against R5 as r5r publishes them and against NetworkX.

R5 is not run here: the figures are those of r5r's own documentation, built with R5 7.4 on flat
streets (https://ipeagit.github.io/r5r, "Travel time matrices" and "Trip planning with
detailed_itineraries()"), Monday 13 May 2019, 3.6 km/h. `r5_oracle` writes its rules down a second
time, with their rounding, and gives every published figure; without the rounding it gives ours.
"""

import json
import math
import zipfile
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from osm_oracle import points_of, streets_of
from r5_oracle import R5Streets, Rules
from street_oracle import Entries, snapped, travel_times
from urbangis.catalog import Mode, load_catalogue
from urbangis.io.osm import read_streets
from urbangis.network.build import build_network
from urbangis.network.entrances import facility_entrances
from urbangis.network.snap import Snaps, snap_points
from urbangis.travel.pairs import travel_pairs

CRS = "EPSG:32722"
LIMIT_S = 5 * 3600.0
R5_MIN = {
    # arrival_travel_time_matrix(): trips on foot alone, total_time.
    ("public_market", "townhall"): 3.2,
    ("public_market", "santa_casa_hospital"): 13.6,
    ("public_market", "piratini_palace"): 14.9,
    ("public_market", "metropolitan_cathedral"): 15.5,
    # expanded_travel_time_matrix(): by train from Mercado to Rodoviária, access and egress time.
    ("public_market", "MR"): 3.1,
    ("RD", "bus_central_station"): 6.2,
    # detailed_itineraries(): from a point 131 m off the street to its train.
    ("farrapos_station", "FR"): 4.5,
}
"""Minutes to one decimal."""

AROUND = (-51.25, -30.05, -51.18, -29.98)
"""West, south, east and north of all these walks and of the stops that cut streets on them."""

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


def r5_streets(real_data: Path, rules: Rules) -> R5Streets:
    streets = R5Streets(real_data / "expected" / "r5r_poa" / "poa_osm.pbf", rules)
    west, south, east, north = AROUND
    for feed in ("poa_eptc", "poa_trensurb"):
        with zipfile.ZipFile(real_data / "gtfs" / f"{feed}.zip").open("stops.txt") as file:
            stops = pd.read_csv(file).rename(columns=str.strip)
        for stop in stops.itertuples():
            if west < stop.stop_lon < east and south < stop.stop_lat < north:
                streets.link(str(stop.stop_id), (stop.stop_lat, stop.stop_lon))
    return streets


def r5_seconds(streets: R5Streets, real_data: Path) -> dict[tuple[str, str], float]:
    table = pd.read_csv(real_data / "expected" / "r5r_poa" / "poa_points_of_interest.csv")
    place = {row.id: (row.lat, row.lon) for row in table.itertuples()}
    return {
        (start, end): streets.egress_s(start, place[end])
        if start in streets.stops
        else streets.walk_s(place[start], place.get(end, end))
        for start, end in R5_MIN
    }


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


def beyond_rounding_s(ours_s: float, r5_min: float) -> float:
    """How far a time lies from everything that rounds to R5's tenth of a minute, seconds."""
    return max(abs(ours_s - 60 * r5_min) - 3.0, 0.0)


def test_tenths_of_minutes_on_foot_are_r5s_within_its_rounding_of_legs(world):
    gap_s = {
        (start, end): beyond_rounding_s(world.seconds.loc[start, end], told)
        for (start, end), told in R5_MIN.items()
        if start != "farrapos_station"  # R5 leaves it for the street at a pace of its own
    }
    differing = {("public_market", "santa_casa_hospital"), ("public_market", "MR")}
    assert {pair for pair, gap in gap_s.items() if gap > 0} == differing
    assert max(gap_s.values()) < 3.0


def test_r5s_own_rounding_gives_every_published_tenth_of_a_minute(real_data):
    told = r5_seconds(r5_streets(real_data, Rules()), real_data)
    # Halves are rounded up.
    assert {pair: math.floor(seconds / 6 + 0.5) / 10 for pair, seconds in told.items()} == R5_MIN


def test_without_r5s_rounding_its_rules_give_our_times(world, real_data):
    exact = Rules(whole_seconds=False, skewed=False, off_street_ms=1.0)
    told = r5_seconds(r5_streets(real_data, exact), real_data)
    for (start, end), seconds in told.items():
        # R5's sphere is not our projection, its egress is cut to whole seconds, and a stop within
        # 5 m of a junction hangs on that.
        assert world.seconds.loc[start, end] == pytest.approx(seconds, rel=0.002, abs=2.0)
