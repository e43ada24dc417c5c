"""The lines, the river and the centres of the Jiangsu study hang together."""

import csv
import json
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from urbangis.travel.transit_road import build_road

LAYERS = Path(__file__).parents[1] / "data" / "layers"
METRIC = "EPSG:4549"
SOUTH_CITIES = ("3202", "3204", "3205", "3211")
NORTH_CITIES = ("3203", "3206", "3207", "3208", "3209", "3210", "3212", "3213")
NORTH_OF_NANJING = ("320111", "320116")


def placed(name):
    table = pd.read_csv(LAYERS / name, dtype=str)
    table = table[table["lon"].notna()]
    points = gpd.points_from_xy(table["lon"].astype(float), table["lat"].astype(float))
    return gpd.GeoDataFrame(table, geometry=points, crs="EPSG:4326").to_crs(METRIC)


@pytest.fixture(scope="module")
def river():
    return gpd.read_file(LAYERS / "yangtze.geojson").to_crs(METRIC)


def test_every_town_is_on_the_bank_that_its_county_is_on(river):
    towns = placed("towns.csv")
    bridges = placed("yangtze_crossings.csv").geometry.to_numpy()
    road = build_road(40.0, 1.3, river.geometry.to_numpy(), bridges)
    bank = pd.Series(road.banks(shapely.get_coordinates(towns.geometry)), index=towns["county_id"])
    city = bank.index.str[:4]
    north = city.isin(NORTH_CITIES) | bank.index.isin(NORTH_OF_NANJING)
    south = city.isin(SOUTH_CITIES) | ((city == "3201") & ~bank.index.isin(NORTH_OF_NANJING))
    assert (north | south).all()
    assert set(bank[north]) == {int(bank[north].iloc[0])}
    assert set(bank[south]) == {1 - int(bank[north].iloc[0])}


def test_bridges_are_at_the_river(river):
    bridges = placed("yangtze_crossings.csv")
    off_km = bridges.distance(river.geometry.iloc[0]) / 1000
    assert (off_km <= bridges["precision_km"].astype(float)).all()


def test_every_line_that_carries_people_has_a_headway_and_says_that_it_is_assumed():
    lines = json.loads((LAYERS / "transit_lines.geojson").read_text(encoding="utf-8"))["features"]
    used = {one["properties"]["id"] for one in lines if one["properties"]["status"] != "freight"}
    with (LAYERS / "line_service.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["id"] for row in rows} == used
    assert all("not a timetable" in row["service_basis"] for row in rows)
    assert {row["service_confidence"] for row in rows} == {"low"}


def test_centres_are_the_thirteen_cities_and_lie_in_them():
    centres = placed("city_centres.csv")
    cities = pd.read_csv(LAYERS.parent / "boundaries" / "city.csv", dtype=str)
    assert set(centres["id"]) == set(cities["zone_id"])
    towns = placed("towns.csv")
    nearest = towns.iloc[[towns.distance(one).argmin() for one in centres.geometry]]
    assert list(nearest["county_id"].str[:4]) == list(centres["id"].str[:4])
