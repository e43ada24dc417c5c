"""A service over open ground: raster, roads and barriers of a study file, and its mistakes."""

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from rasterio.transform import Affine

import study_on_disk as disk
from urbangis.errors import InputError, StudyError
from urbangis.pipeline.commands.check import check
from urbangis.pipeline.commands.explain import explain
from urbangis.pipeline.commands.run import run

ALONG = '[services.health]\nstandard = "clinic-3"\n'
RULE = disk.RULES["clinic-3"].replace("clinic-3", "ground-3").replace('"network"', '"surface"')


def with_ground(study, *, cells=None, ground: str = "", compare: str = '["clinic-200-m"]'):
    """Cells of 10 m, centred on whole tens of metres along the street; class 1 is 1 km/h."""
    (study / "rules/standards/ground-3.toml").write_text(RULE, encoding="utf-8")
    cells = np.ones((141, 161), np.uint8) if cells is None else cells
    with rasterio.open(
        study / "cover.tif", "w", driver="GTiff", dtype=cells.dtype, count=1, crs=disk.CRS,
        height=cells.shape[0], width=cells.shape[1],
        transform=Affine(10, 0, disk.WEST - 205, 0, -10, disk.NORTH + 705),
    ) as raster:  # fmt: skip
        raster.write(cells, 1)
    told = f'ground = {{ file = "cover.tif", speeds_kmh = {{ 1 = 1 }}, source = "tests"{ground} }}'
    disk.edit(
        study, ALONG,
        f'[services.health]\nstandard = "ground-3"\ncompare = {compare}\n{told}\n',
    )  # fmt: skip


def test_three_rules_stand_beside_each_other(study):
    """Along the street over open ground 180 s are 200 m at 4 km/h, as along the network."""
    with_ground(study, compare='["clinic-3", "clinic-200-m"]')
    run(study)
    maps = study / "maps"
    whole = pd.read_csv(maps / "data/health/rules.csv").set_index("level").loc["study"]
    assert whole[["ground-3_covered", "clinic-3_covered", "clinic-200-m_covered"]].tolist() == [
        *(disk.COVERED, disk.COVERED, disk.COVERED),
    ]
    record = json.loads((maps / "run.json").read_text(encoding="utf-8"))
    assert "cover.tif" in record["depends_on"]["inputs"]


def test_without_roads_everybody_walks_at_the_speed_of_the_land(study):
    """At 1 km/h three minutes are 50 m: only the home at 1,150 m, whose clinic is at 1,100 m."""
    with_ground(study)
    disk.edit(study, 'demand = "homes"\nstreets = "streets"\n', 'demand = "homes"\n')
    run(study)
    table = pd.read_csv(study / "maps/data/health/coverage.csv").set_index("level")
    assert table.loc["study", "covered"] == 8


def test_a_barrier_is_crossed_on_a_street_only(study):
    """A wall across at 250 m: with the street it has a gate there, without it h0 is cut off."""
    wall = shapely.LineString([disk.point(250, -900), disk.point(250, 900)])
    disk.write_layer(
        gpd.GeoDataFrame({"id": ["w"], "name": [""]}, geometry=[wall], crs=disk.CRS),
        study / "walls.geojson",
    )
    disk.edit(
        study, "[services.health]",
        '[layers.walls]\nname = { zh = "墙", en = "Walls" }\ntable = "lines"\n'
        'file = "walls.geojson"\nvalues = { kind = "wall" }\nnature = "synthetic"\n'
        'source = "tests"\n\n[services.health]',
    )  # fmt: skip
    with_ground(study, ground=', barriers = ["walls"]')
    run(study)
    table = pd.read_csv(study / "maps/data/health/coverage.csv").set_index("level")
    assert table.loc["study", "covered"] == disk.COVERED
    disk.edit(study, 'demand = "homes"\nstreets = "streets"\n', 'demand = "homes"\n')
    found = check(study)
    assert found.errors == ()
    (told,) = [one.notice for one in found.notices if one.notice.code == "demand-cut-off"]
    assert told.sample_ids == ("h0",)


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        (np.zeros((141, 161), np.uint8), "class 0, which has no speed"),
        (np.ones((141, 161), np.float32), "no classes"),
    ],
)
def test_a_raster_that_cannot_be_used_is_named(study, cells, problem):
    with_ground(study, cells=cells)
    with pytest.raises(InputError, match=problem) as caught:
        run(study)
    assert str(caught.value.file).endswith("cover.tif")


def test_a_surface_standard_needs_its_ground(study):
    (study / "rules/standards/ground-3.toml").write_text(RULE, encoding="utf-8")
    disk.edit(study, ALONG, '[services.health]\nstandard = "ground-3"\n')
    with pytest.raises(StudyError, match='names no "ground"'):
        run(study)


def test_the_service_area_is_the_cells_that_are_reached(study):
    """50 m at 1 km/h round two clinics: cells of 10 m whose middles are reached, and who is in."""
    with_ground(study)
    disk.edit(study, 'demand = "homes"\nstreets = "streets"\n', 'demand = "homes"\n')
    run(study)
    areas = gpd.read_file(study / "maps/data/health/result.gpkg", layer="service_area")
    assert areas[["minutes", "accuracy_m"]].to_numpy().tolist() == [[3, 10]]
    clinics = shapely.MultiPoint([disk.point(metres) for metres in disk.CLINICS_M])
    shape = areas.geometry[0]
    assert shape.within(clinics.buffer(50 + 8))
    assert clinics.buffer(50 - 8).within(shape)
    homes = gpd.read_file(study / "maps/data/health/result.gpkg", layer="demand")
    assert (homes.within(shape) == (homes["share"] == 1)).all()
    assert homes["share"].sum() == 1


def test_the_service_area_is_whole_within_the_study(study):
    """Clinics 300 m north of all homes, fifteen minutes of 1 km/h, 250 m: no home is so near."""
    with_ground(study, compare="[]")
    rule = study / "rules/standards/ground-3.toml"
    text = rule.read_text(encoding="utf-8")
    rule.write_text(text.replace("cutoff_min = 3", "cutoff_min = 15\nrings_min = [3, 15]"), "utf-8")
    far = [disk.point(300, 300), disk.point(900, 300)]
    disk.write_layer(disk.clinics().set_geometry(far, crs=disk.CRS), study / "clinics.geojson")
    disk.edit(study, 'demand = "homes"\nstreets = "streets"\n', 'demand = "homes"\n')
    run(study)
    areas = gpd.read_file(study / "maps/data/health/result.gpkg", layer="service_area")
    assert areas["minutes"].tolist() == [3, 15]
    clinics = shapely.MultiPoint(far)
    assert clinics.buffer(0.97 * 250 - 8).within(areas.geometry[1])
    assert areas.geometry[1].within(clinics.buffer(250 + 8))


def test_a_way_over_open_ground_is_explained(study):
    """Round a wall with a gap 110 m up: seconds by theory, and the way does not cross the wall."""
    cells = np.ones((141, 161), np.uint8)
    cells[60:, 40] = 2  # a wall at 200 m from 105 m up to the southern end
    with_ground(study, cells=cells, compare="[]")
    disk.edit(study, "speeds_kmh = { 1 = 1 }", "speeds_kmh = { 1 = 3.6, 2 = 0 }")
    disk.edit(study, 'demand = "homes"\nstreets = "streets"\n', 'demand = "homes"\n')
    start, clinic = disk.point(100), disk.point(300)
    at = gpd.GeoSeries([start], crs=disk.CRS).to_crs("EPSG:4326")[0]
    found = explain(study, "health", at.x, at.y)
    (way,) = found.ways
    table = compute(study)
    assert way.cost == pytest.approx(table.loc[table["id"] == "h0", "cost"].iloc[0], abs=1e-6)
    # At 1 m/s: 110 m up to the gap and 100 m aside, twice; moves add 2.8 % at most.
    shortest = 2 * np.hypot(110, 100)
    assert shortest <= way.cost <= 1.028 * shortest
    assert way.route.length_m == pytest.approx(way.cost)
    assert not found.is_covered
    (line,) = found.lines().to_crs(disk.CRS).geometry
    wall = shapely.LineString([disk.point(200, -700), disk.point(200, 100)])
    assert not line.intersects(wall)
    ends = shapely.points(shapely.get_coordinates(line)[[0, -1]])
    assert shapely.distance(ends, [start, clinic]).tolist() == pytest.approx([0, 0], abs=8)
    who, legs = found.told()[1:3]
    assert who == f"  clinic 甲 (c0): {way.cost / 60:.1f} min, beyond 3.0 min"
    assert legs == (
        f"    to open ground 0.0 min, over {way.cost:,.0f} m of ground {way.cost / 60:.1f} min, "
        "to the entrance 0.0 min"
    )


def test_a_place_off_the_ground_has_no_way(study):
    with_ground(study, compare="[]")
    at = gpd.GeoSeries([disk.point(90_000)], crs=disk.CRS).to_crs("EPSG:4326")[0]
    found = explain(study, "health", at.x, at.y)
    assert found.ways[0].cost is None
    assert any("off the ground" in line for line in found.told())


def compute(study):
    run(study)
    return gpd.read_file(study / "maps/data/health/result.gpkg", layer="demand")


def with_friction(study, friction, *, unit="min_per_m"):
    with_ground(study, cells=np.asarray(friction, np.float32))
    disk.edit(study, "speeds_kmh = { 1 = 1 }", f'friction = "{unit}"')


@pytest.mark.parametrize(("unit", "metre"), [("min_per_m", 0.06), ("s_per_m", 3.6)])
def test_friction_is_time_a_metre(study, unit, metre):
    """1 km/h as friction: the same homes as with land cover."""
    with_friction(study, np.full((141, 161), metre), unit=unit)
    disk.edit(study, 'demand = "homes"\nstreets = "streets"\n', 'demand = "homes"\n')
    run(study)
    table = pd.read_csv(study / "maps/data/health/coverage.csv").set_index("level")
    assert table.loc["study", "covered"] == 8


def test_friction_is_read_as_far_as_the_fastest_cell_leads(study):
    """The clinics lie 250 m west of all homes: out of sight until the track's speed is known."""
    beyond = [shapely.Point(disk.WEST - metres, disk.NORTH) for metres in (150, 160)]
    disk.write_layer(disk.clinics().set_geometry(beyond, crs=disk.CRS), study / "clinics.geojson")
    friction = np.full((141, 161), 3.6)  # 1 km/h
    friction[69:72] = 3.6 / 40  # a track of 40 km/h along the street
    with_friction(study, friction, unit="s_per_m")
    disk.edit(study, 'demand = "homes"\nstreets = "streets"\n', 'demand = "homes"\n')
    run(study)
    table = pd.read_csv(study / "maps/data/health/coverage.csv").set_index("level")
    assert table.loc["study", "covered"] == sum(disk.PEOPLE)


def test_friction_of_nothing_a_metre_is_an_error(study):
    friction = np.full((141, 161), 0.06)
    friction[70, 80] = 0
    with_friction(study, friction)
    (error,) = check(study).errors
    assert "has the friction 0" in str(error)
    assert "cover.tif" in str(error)


@pytest.mark.parametrize("kind", ["", 'speeds_kmh = { 1 = 1 }, friction = "s_per_m", '])
def test_ground_is_land_cover_or_friction(study, kind):
    with_ground(study)
    disk.edit(study, "speeds_kmh = { 1 = 1 }, ", kind)
    (error,) = check(study).errors
    assert 'either "speeds_kmh"' in str(error)
