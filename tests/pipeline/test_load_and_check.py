"""What `check` finds, how levels are made, and what `new` starts."""

from pathlib import Path

import geopandas as gpd
import pytest
import shapely

import study_on_disk as disk
import worlds
from urbangis.errors import CatalogueError, CrsError, InputError, StudyError, TableError
from urbangis.network.build import build_network
from urbangis.pipeline.commands.check import check
from urbangis.pipeline.commands.new import new
from urbangis.pipeline.commands.run import run
from urbangis.pipeline.load import load_study


def load(study):
    return load_study(study, tell=lambda _: None)


def towns(study, *rows: str, header="zone_id,zone_name,zone_name_en,member_id") -> None:
    (study / "towns.csv").write_text("\n".join([header, *rows, ""]), encoding="utf-8")


# check ----------------------------------------------------------------------------------------


def test_a_study_in_order_has_nothing_to_tell(study):
    report = check(study)
    assert (report.errors, report.notices, report.layers) == ((), (), 4)


def test_several_errors_are_told_at_once(study):
    disk.write_layer(disk.homes().drop(columns="residents"), study / "homes.geojson")
    disk.write_layer(disk.clinics().assign(id="same"), study / "clinics.geojson")
    (study / "streets.geojson").unlink()
    report = check(study)
    assert len(report.errors) == 2
    assert {error.layer or "streets" for error in report.errors} == {"clinics", "streets"}
    disk.edit(study, 'standard = "clinic-3"', 'standard = "clinic-33"')
    assert len(check(study).errors) == 3


def test_other_layers_are_read_even_where_the_zones_cannot(study):
    (study / "zones.geojson").unlink()
    (study / "streets.geojson").unlink()
    (study / "homes.geojson").write_text("{", encoding="utf-8")
    errors = check(study).errors
    assert [error.file.rpartition("/")[2] for error in errors] == [
        *("zones.geojson", "homes.geojson", "streets.geojson")
    ]


def test_each_service_that_cannot_be_computed_is_told(study):
    disk.write_layer(disk.clinics().assign(kind="park"), study / "clinics.geojson")
    errors = check(study).errors
    assert len(errors) == 2
    assert "clinic-3" in str(errors[0])
    assert "clinic-200-m" in str(errors[1])
    assert "found: park" in str(errors[0])


def test_a_network_service_without_streets_is_told(study):
    disk.edit(study, 'streets = "streets"\n', "")
    errors = check(study).errors
    assert len(errors) == 1
    assert "services.health" in str(errors[0])


def test_errors_of_parts_are_told_too(study):
    disk.write_study(study / "harbour")
    (study / "harbour/homes.geojson").unlink()
    disk.edit(study, 'overview = ["zones"]', 'parts = ["harbour"]')
    report = check(study)
    assert len(report.errors) == 1
    assert "harbour" in report.errors[0].file
    assert report.layers == 4 + 3


def test_a_new_study_tells_what_to_fill_in(tmp_path):
    file = new(tmp_path / "mine")
    assert file == tmp_path / "mine/urbangis.toml"
    assert (tmp_path / "mine/layers").is_dir()
    errors = check(tmp_path / "mine").errors
    assert len(errors) == 4
    for error, name in zip(errors, ["communities", "homes", "streets", "clinics"], strict=True):
        assert f"{name}." in error.file
        assert error.problem == "there is no such file"
        assert error.remedy
    with pytest.raises(StudyError, match="is there already"):
        new(tmp_path / "mine")


# Levels ---------------------------------------------------------------------------------------


def test_a_level_is_made_of_its_members(study):
    base, town = load(study).study.levels
    assert base.zones["id"].tolist() == ["east", "west"]  # sorted, whatever the file's order
    assert town.zones[["id", "name", "name_en"]].to_numpy().tolist() == [["t", "镇", "Town"]]
    assert town.zones.geometry[0].area == pytest.approx(1200 * 1200)


@pytest.mark.parametrize("rows", [["t,镇,Town,west"], ["t,镇,Town,west", "t,镇,Town,east",
                                                      "u,乡,Other,east"]])  # fmt: skip
def test_a_partition_with_gaps_or_overlaps_is_refused(study, rows):
    towns(study, *rows)
    with pytest.raises(TableError, match=r"east belongs to \d zones"):
        load(study)
    disk.edit(study, 'members = "towns.csv"', 'members = "towns.csv"\npartition = false')
    level = load(study).study.levels[1]
    assert not level.partition
    assert set(level.members["member_id"]) <= {"west", "east"}
    assert run(study).built


def test_members_outside_the_study_are_told(study):
    towns(study, "t,镇,Town,west", "t,镇,Town,east", "t,镇,Town,far", "s,县,County,farther")
    loaded = load(study)
    told = [one for one in loaded.notices if one.code == "members-outside-study"]
    assert [one.count for one in told] == [2]
    assert told[0].sample_ids == ("far", "farther")
    assert loaded.study.levels[1].zones["id"].tolist() == ["t"]


def test_a_member_twice_or_without_zone_is_refused(study):
    towns(study, "t,镇,Town,west", "t,镇,Town,west")
    with pytest.raises(TableError, match="twice"):
        load(study)
    towns(study, "west,t", header="member_id,zone_id")
    with pytest.raises(TableError, match="zone_name"):
        load(study)


def test_only_the_first_level_may_name_a_layer(study):
    disk.edit(study, 'members = "towns.csv"', 'layer = "zones"')
    with pytest.raises(StudyError, match='level "town" names a layer'):
        load(study)


# Where the study lies -------------------------------------------------------------------------


def test_a_crs_is_derived_and_told(study):
    """Zones at 120 degrees east: the third-degree zone of the central meridian 120, EPSG:4549."""
    disk.edit(study, 'crs = "EPSG:4549"\n', "")
    loaded = load(study)
    assert loaded.study.crs.to_epsg() == 4549
    assert [one.code for one in loaded.notices] == ["crs-derived"]
    assert "EPSG:4549" in loaded.notices[0].message.en


@pytest.mark.parametrize(
    ("crs", "said"),
    [("EPSG:4326", "not projected"), ("EPSG:3857", "stretches"), ("EPSG:99", "is not known")],
)
def test_a_crs_to_measure_in_is_asked_for(study, crs, said):
    disk.edit(study, 'crs = "EPSG:4549"', f'crs = "{crs}"')
    with pytest.raises((CrsError, StudyError), match=said):
        load(study)


# Who is counted where -------------------------------------------------------------------------


def covered_by_block(study) -> dict[str, float]:
    run(study)
    table = gpd.read_file(study / "maps/data/health/result.gpkg", layer="zones")
    table = table[table["level"] == "block"]
    return dict(zip(table["zone_id"], table["covered"], strict=True))


def test_a_zone_column_overrules_the_place(study):
    assert covered_by_block(study) == {"west": 3, "east": 8}
    homes = disk.homes().assign(block=["east", "west", "west", "west"])
    disk.write_layer(homes, study / "homes.geojson")
    disk.edit(study, 'streets = "streets"', 'streets = "streets"\nzone_column = "block"')
    assert covered_by_block(study) == {"west": 10, "east": 1}
    disk.edit(study, 'zone_column = "block"', 'zone_column = "blok"')
    with pytest.raises(TableError, match='no column "blok"'):
        run(study)


def test_homes_in_no_zone_have_a_row_of_their_own(study):
    homes = disk.homes()
    homes.loc[3, "geometry"] = shapely.Point(disk.WEST + 1210, disk.NORTH)
    disk.write_layer(homes, study / "homes.geojson")
    report = run(study)
    assert [one.total for one in report.headlines] == [15, 15]
    assert any(told.notice.code == "demand-outside-zones" for told in report.notices)
    rows = (study / "maps/data/health/coverage.csv").read_text(encoding="utf-8-sig").splitlines()
    outside = [row for row in rows if row.startswith(",")]
    assert len(outside) == 2  # one a partition
    assert all(",8,8,0,0," in row for row in outside)


def test_a_facility_of_two_layers_is_refused(study):
    disk.edit(study, "[services.health]", '[layers.more]\nname = { zh = "更多", en = "More" }\n'
              'table = "supply"\nfile = "clinics.geojson"\nnature = "synthetic"\nsource = ""\n\n'
              "[services.health]")  # fmt: skip
    disk.edit(study, 'facilities = ["clinics"]', 'facilities = ["clinics", "more"]')
    with pytest.raises(TableError, match="is in two of the facility layers"):
        run(study)


def test_unknown_standards_and_styles_are_named_with_the_nearest(study):
    disk.edit(study, 'standard = "clinic-3"', 'standard = "clinic-33"')
    with pytest.raises(StudyError, match=r"services\.health: .*clinic-33.*Nearest: clinic-3"):
        load(study)
    disk.edit(study, 'standard = "clinic-33"', 'standard = "clinic-3"')
    disk.edit(study, 'table = "zones"', 'table = "zones"\nstyle = "neighborhood"')
    with pytest.raises(StudyError, match=r"layers\.zones: .*Nearest: neighbourhood"):
        load(study)


def test_a_catalogue_folder_that_is_not_there_is_told(study):
    disk.edit(study, 'catalogue = ["rules"]', 'catalogue = ["rulez"]')
    with pytest.raises(CatalogueError, match="rulez"):
        load(study)
    assert [type(error) for error in check(study).errors] == [CatalogueError]
    assert all(isinstance(error, InputError) for error in check(study).errors)


def test_streets_are_noded_where_the_study_asks(tmp_path: Path) -> None:
    """A side street ends on the middle of another: joined only if the layer is to be noded."""

    zones = gpd.GeoDataFrame(
        {"id": ["z"], "name": ["z"]}, geometry=[shapely.box(5e5, 35e5, 501e3, 3501e3)], crs=4549
    )
    zones.to_file(tmp_path / "zones.gpkg")
    lines = [[(0, 500), (1000, 500)], [(500, 0), (500, 499.8)]]
    shapes = [shapely.LineString([(5e5 + x, 35e5 + y) for x, y in line]) for line in lines]
    table = {"id": ["main", "side"], "class": ["residential"] * 2}
    gpd.GeoDataFrame(table, geometry=shapes, crs=4549).to_file(tmp_path / "streets.gpkg")
    text = """
        name = { zh = "试验", en = "Test" }
        levels = [{ id = "zone", name = { zh = "区", en = "Zone" }, layer = "zones" }]
        [layers.zones]
        name = { zh = "区", en = "Zones" }
        table = "zones"
        file = "zones.gpkg"
        nature = "synthetic"
        source = "test"
        [layers.streets]
        name = { zh = "道路", en = "Streets" }
        table = "streets"
        file = "streets.gpkg"
        nature = "synthetic"
        source = "test"
    """
    found = []
    for extra in ("", "node = { tolerance_m = 0.5 }"):
        (tmp_path / "urbangis.toml").write_text(text + extra, encoding="utf-8")
        streets = load_study(tmp_path, tell=lambda _: None).layers["streets"].table
        network, _ = build_network(streets, worlds.mode(speeds_kmh={"residential": 3.6}))
        found.append(len(set(network.piece)))
    assert found == [2, 1]
