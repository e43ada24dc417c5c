"""People are moved about and none is lost: worked by hand on worlds of a few cells."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS

import worlds
from urbangis.errors import TableError
from urbangis.io.raster import read_cells
from urbangis.measures.demand import match_totals, share_cells, spread


@pytest.fixture
def raster(tmp_path):
    """Three rows of four cells of 10 m, north-west corner (100, 230), one without data."""
    people = np.arange(12.0).reshape(3, 4)
    people[0, 0] = -1
    path = tmp_path / "people.tif"
    profile = {"driver": "GTiff", "width": 4, "height": 3, "count": 1, "dtype": "float64"}
    place = {"crs": worlds.CRS, "transform": Affine(10, 0, 100, 0, -10, 230), "nodata": -1}
    with rasterio.open(path, "w", **profile, **place) as file:
        file.write(people, 1)
    return path


def test_cells_on_borders_are_shared_by_area(raster) -> None:
    """Zones meet at x = 125, in the middle of the third column; z1 ends at y = 205, half way up
    the last row; nothing covers x < 115."""
    base = worlds.base_level((115, 205, 125, 230), (125, 205, 140, 230))
    cells, _ = read_cells(raster, crs=CRS(worlds.CRS))
    table = share_cells(cells, raster, base)
    by_zone = table.groupby("zone_id", dropna=False)["residents"].sum()
    # columns 1 (half), 2 (half) | 2 (half), 3 (whole); rows 0, 1 whole, row 2 half
    first, second, third = (1, 2, 3), (5, 6, 7), (9, 10, 11)
    west = sum(
        (a / 2 + b / 2) * f
        for (a, b, _), f in zip((first, second, third), (1, 1, 0.5), strict=True)
    )
    east = sum(
        (b / 2 + c) * f for (_, b, c), f in zip((first, second, third), (1, 1, 0.5), strict=True)
    )
    assert by_zone["z0"] == pytest.approx(west, rel=1e-6)
    assert by_zone["z1"] == pytest.approx(east, rel=1e-6)
    assert table["residents"].sum() == pytest.approx(66, rel=1e-12)  # 1 + ... + 11
    assert by_zone[by_zone.index.isna()].sum() == pytest.approx(66 - west - east, rel=1e-6)


def test_cells_wholly_outside_stay(raster) -> None:
    cells, _ = read_cells(raster, crs=CRS(worlds.CRS))
    table = share_cells(cells, raster, worlds.base_level((0, 0, 10, 10)))
    assert table["zone_id"].isna().all()
    assert table["residents"].tolist() == cells["residents"].tolist()


def test_a_census_is_spread_over_land_by_area() -> None:
    """100 people over parcels of 300 and 100 m2; a third parcel lies half in the next tract."""
    counts = worlds.demand(
        shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100), residents=[100, 60]
    )
    land = worlds.demand(
        shapely.box(0, 0, 30, 10), shapely.box(50, 0, 60, 10), shapely.box(90, 50, 110, 60)
    ).drop(columns="residents")
    table, notices = spread(counts, land)
    people = table.set_index("id")["residents"].to_dict()
    assert people == pytest.approx({"d0": 60, "d1": 20, "d2/d0": 20, "d2/d1": 60})
    assert notices == ()


def test_a_census_is_spread_over_buildings_by_floor_area() -> None:
    counts = worlds.demand(shapely.box(0, 0, 100, 100), residents=[90])
    homes = worlds.demand(shapely.box(0, 0, 10, 10), shapely.box(20, 0, 21, 1), (50, 50))
    homes = homes.drop(columns="residents").assign(floor_m2=[100, 300, 50])
    table, _ = spread(counts, homes, weight="floor_m2")
    assert table["residents"].tolist() == pytest.approx([20, 60, 10])
    with pytest.raises(TableError, match="row d1: has no number of 0 or more"):
        spread(counts, homes.assign(floor_m2=[1, np.nan, 1]), weight="floor_m2")


def test_people_with_nowhere_to_go_are_told_and_kept() -> None:
    counts = worlds.demand(shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10), residents=[7, 5])
    land = worlds.demand(shapely.box(0, 0, 5, 5)).drop(columns="residents")
    table, (told,) = spread(counts, land)
    assert table["residents"].tolist() == [7, 5]
    assert told.code == "nothing-to-spread-over"
    assert told.sample_ids == ("d1",)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_spreading_conserves_every_area(data) -> None:
    side = st.floats(0, 300, allow_subnormal=False)
    boxes = data.draw(st.lists(st.tuples(side, side, st.floats(1, 80)), min_size=1, max_size=8))
    counts = worlds.demand(
        *[shapely.box(x, 0, x + 100, 300) for x in (0, 100, 200)], residents=[10, 20.5, 1e6]
    )
    land = worlds.demand(*[shapely.box(x, y, x + s, y + s) for x, y, s in boxes])
    table, _ = spread(counts, land.drop(columns="residents"))
    places = shapely.point_on_surface(table.geometry.to_numpy())
    for shape, people in zip(counts.geometry, counts["residents"], strict=True):
        inside = shapely.covers(shape, places)
        assert table["residents"][inside].sum() == pytest.approx(people, rel=1e-9)


def test_totals_are_matched_by_zone() -> None:
    base = worlds.base_level((0, 0, 10, 10), (10, 0, 20, 10))
    homes = worlds.demand((1, 1), (2, 2), (11, 1), (50, 50), residents=[1, 3, 5, 7])
    table, (told,) = match_totals(homes, pd.Series({"z0": 8.0, "z1": 2.5}), base)
    assert table["residents"].tolist() == [2, 6, 2.5, 7]
    assert "0.500" in told.message.en
    assert "2.000" in told.message.en
    with pytest.raises(TableError, match="row z1: has no people to scale"):
        match_totals(homes.iloc[:2], pd.Series({"z0": 8.0, "z1": 2.5}), base)


def test_a_point_on_a_border_is_counted_once() -> None:
    counts = worlds.demand(shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10), residents=[4, 6])
    homes = gpd.GeoDataFrame(
        {"id": ["a", "b"]}, geometry=[shapely.Point(10, 5), shapely.Point(15, 5)], crs=worlds.CRS
    )
    table, _ = spread(counts, homes)
    assert table.set_index("id")["residents"].to_dict() == {"a": 4, "b": 6}
