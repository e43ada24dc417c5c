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
