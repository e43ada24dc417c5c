"""Edits of layers: each verb by hand, the rest untouched, and every slip told."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

import worlds
from urbangis.errors import StudyError, TableError
from urbangis.scenario import Edit, Scenario, apply_edit, read_scenario
from urbangis.tables import DEMAND, STREETS, SUPPLY, Source, check_table

HERE = Source("scenarios/try.toml", "clinics")
DEGREES = Transformer.from_crs(worlds.CRS, "EPSG:4326", always_xy=True)


def clinics() -> gpd.GeoDataFrame:
    table = worlds.supply((500_000, 3_540_000), (500_300, 3_540_000), (500_900, 3_540_000))
    return check_table(table.assign(beds=[10, 20, 30]), SUPPLY, file=None, layer=None)[0]


def lonlat(x: float, y: float) -> tuple[float, float]:
    return DEGREES.transform(x, y)


def edited(**edit) -> gpd.GeoDataFrame:
    return apply_edit(clinics(), Edit(layer="clinics", **edit), SUPPLY, HERE)


def test_a_facility_opens():
    at = lonlat(500_600, 3_540_000)
    table = edited(add=[{"id": "new", "kind": "clinic", "name": "北岸卫生站", "at": at}])
    assert list(table["id"]) == ["f0", "f1", "f2", "new"]
    new = table.iloc[3]
    assert new["name"] == "北岸卫生站"
    assert new["kind"] == "clinic"
    assert new.geometry.distance(shapely.Point(500_600, 3_540_000)) < 1e-3
    assert np.isnan(new["beds"])
    assert table.iloc[:3].astype({"beds": int})[clinics().columns].equals(clinics())


def test_a_facility_closes():
    table = edited(where={"id": ["f1"]}, remove=True)
    assert list(table["id"]) == ["f0", "f2"]
    assert list(table["beds"]) == [10, 30]


def test_a_facility_moves():
    table = edited(where={"id": ["f2"]}, move=lonlat(500_700, 3_540_100))
    assert table.geometry[2].distance(shapely.Point(500_700, 3_540_100)) < 1e-3
    assert table.geometry[:2].geom_equals(clinics().geometry[:2]).all()


def test_an_area_moves_by_its_centroid():
    park = worlds.supply(shapely.box(0, 0, 200, 100), kind="park")
    there = lonlat(500_000, 3_540_000)
    edit = Edit(layer="parks", where={"id": ["f0"]}, move=there)
    moved = apply_edit(park, edit, SUPPLY, HERE).geometry[0]
    assert moved.centroid.distance(shapely.Point(500_000, 3_540_000)) < 1e-3
    assert moved.area == pytest.approx(20_000, rel=1e-9)


def test_values_change_where_they_are_meant():
    table = edited(where={"id": ["f0", "f2"]}, change={"beds": 99, "kind": "hospital"})
    assert list(table["beds"]) == [99, 20, 99]
    assert list(table["kind"]) == ["hospital", "clinic", "hospital"]


def test_all_columns_of_where_must_fit():
    table = edited(where={"kind": ["clinic"], "beds": ["10", "20"]}, remove=True)
    assert list(table["id"]) == ["f2"]


def test_a_road_is_built_and_homes_are_added():
    road = [lonlat(500_000, 3_540_000), lonlat(500_100, 3_540_000)]
    streets = worlds.streets([(0, 0), (1, 0)])
    edit = Edit(layer="streets", add=[{"id": "bridge", "class": "a", "grade": 1, "line": road}])
    built = apply_edit(streets, edit, STREETS, HERE).iloc[1]
    assert built.geometry.length == pytest.approx(100, abs=1e-3)
    assert (built["oneway"], built["grade"]) == ("no", 1)
    homes = worlds.demand((0, 0))
    edit = Edit(layer="homes", add=[{"id": "h", "residents": 1200, "at": lonlat(5e5, 354e4)}])
    assert apply_edit(homes, edit, DEMAND, HERE)["residents"].sum() == 1201


@given(st.permutations([0, 1, 2]))
def test_what_is_added_and_removed_again_leaves_no_trace(order):
    before = clinics().iloc[list(order)].reset_index(drop=True)
    row = {"id": "new", "kind": "clinic", "at": lonlat(500_600, 3_540_000)}
    opened = apply_edit(before, Edit(layer="clinics", add=[row]), SUPPLY, HERE)
    after = apply_edit(opened, Edit(layer="clinics", where={"id": ["new"]}, remove=True), SUPPLY,
                       HERE)  # fmt: skip
    assert after["id"].equals(before["id"])
    assert after.geometry.geom_equals(before.geometry).all()
    assert list(after["beds"]) == list(before["beds"])


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        ({"add": [{"id": "f1", "kind": "clinic", "at": (118, 32)}]}, "row f1: is there already"),
        ({"add": [{"kind": "clinic", "at": (118, 32)}]}, "has no id"),
        ({"add": [{"id": "new", "kind": "clinic"}]}, "row new: has no place"),
        ({"add": [{"id": "new", "kind": "clinic", "at": (32, 118)}]}, "row new: has a place that"),
        ({"add": [{"id": "new", "kind": "clinic", "line": [(118, 32)]}]}, "row new: has a place"),
        ({"add": [{"id": "new", "at": (118, 32)}]}, '"kind"'),
        ({"where": {"id": ["f9"]}, "remove": True}, 'has no row whose "id" is "f9"'),
        ({"where": {"beds": ["10"], "id": ["f1"]}, "remove": True}, "fits all of where"),
        ({"where": {"kindd": ["clinic"]}, "remove": True}, 'perhaps "kind" is meant'),
        ({"where": {"id": ["f0"]}, "change": {"bedds": 1}}, 'perhaps "beds" is meant'),
        ({"where": {"kind": ["clinic"]}, "remove": True}, "no rows any more"),
        ({"where": {"kind": ["clinic"]}, "change": {"id": "x"}}, 'the id "x" stands in rows'),
    ],
)  # fmt: skip
def test_slips_are_told(edit, told):
    with pytest.raises(TableError) as error:
        edited(**edit)
    text = str(error.value)
    assert told in text
    assert "try.toml" in text
    assert "clinics" in text


@pytest.mark.parametrize(
    "edit",
    [
        {},
        {"remove": True},
        {"where": {"id": ["a"]}},
        {"where": {"id": ["a"]}, "add": [{"id": "b", "at": (118, 32)}]},
        {"where": {"id": ["a"]}, "remove": True, "move": (118, 32)},
    ],
)
def test_an_edit_has_one_verb(edit):
    with pytest.raises(ValueError, match=r"give one of|goes with"):
        Edit(layer="clinics", **edit)


def test_a_scenario_is_read(tmp_path):
    (tmp_path / "scenarios").mkdir()
    file = tmp_path / "scenarios" / "clinic-north.toml"
    file.write_text(
        'name = { zh = "北岸", en = "North" }\nyear = 2030\n[[edits]]\nlayer = "clinics"\n'
        'where = { id = ["f1"] }\nremove = true\n',
        encoding="utf-8",
    )
    scenario = read_scenario("clinic-north", tmp_path)
    assert scenario.year == 2030
    assert [edit.verb for edit in scenario.edits] == ["remove"]
    with pytest.raises(StudyError, match="Name one of: clinic-north"):
        read_scenario("clinic-nort", tmp_path)
    file.write_text('name = { zh = "a", en = "b" }\nedit = []', encoding="utf-8")
    with pytest.raises(StudyError, match='perhaps "edits" is meant'):
        read_scenario("clinic-north", tmp_path)
    file.write_text("name = ", encoding="utf-8")
    with pytest.raises(StudyError, match="cannot be read"):
        read_scenario("clinic-north", tmp_path)
    with pytest.raises(StudyError, match="Write one into that file"):
        read_scenario("x", tmp_path / "elsewhere")


def test_a_scenario_may_change_nothing():
    assert Scenario(name={"zh": "现状", "en": "As it is"}).edits == ()
