"""What a scenario builds or moves in Sample Town, against its control lines: by Shapely alone."""

import geopandas as gpd
import pytest
import shapely

import sample_town_oracle as town
from urbangis.pipeline.analyses.new_conflicts import new_conflicts
from urbangis.pipeline.load import load_study
from urbangis.pipeline.scenarios import edited_layers, under_scenario

BRIDGE = shapely.LineString([(120.1267153, 31.229973), (120.128118, 31.2292792)])
STATIONS = {
    "河东社区卫生服务站": shapely.Point(120.13, 31.218),
    "西塘社区卫生服务站": shapely.Point(120.1055, 31.2255),
}


@pytest.fixture(scope="module")
def loaded():
    return load_study(town.TOWN, tell=lambda _: None)


@pytest.mark.parametrize(
    ("scenario", "placed"),
    [("footbridge", {"中街人行桥": BRIDGE}), ("station-moves", STATIONS)],
)
def test_what_stands_in_a_control_line_is_told(loaded, scenario, placed):
    areas = gpd.read_file(town.TOWN / "control_lines.geojson")
    met = {
        (name, area.id)
        for name, shape in placed.items()
        for area in areas.itertuples()
        if shapely.intersects(shape, area.geometry)
    }
    later = under_scenario(loaded, scenario)
    found = new_conflicts(loaded, later, edited_layers(loaded, scenario))
    assert set(zip(found.pairs["plan_name"], found.pairs["redline_id"], strict=True)) == met
    (notice,) = found.notices
    assert (notice.code, notice.severity) == ("new-in-red-line", "warning")
    assert notice.count == len({name for name, _ in met})
    for name, _ in met:
        assert f"{name}涉及" in notice.message.zh
    assert {row for layer in found.areas for row in layer.table["id"]} == {row for _, row in met}


def test_what_stands_in_none_is_told_too(loaded):
    """Of the two stations, the new one alone."""
    later = under_scenario(loaded, "station-moves")
    clinics = later.layers["clinics"]
    where_it_was = loaded.layers["clinics"].table
    stays = clinics.table.copy()
    stays.loc[stays["id"] == "C06", "geometry"] = where_it_was.set_index("id").geometry["C06"]
    later.layers["clinics"] = type(clinics)(clinics.id, clinics.spec, stays)
    found = new_conflicts(loaded, later, {"clinics"})
    assert [one.code for one in found.notices] == ["new-clear-of-red-lines"]
    assert found.notices[0].count == 1
    assert found.pairs.empty
    assert found.areas == ()
    assert new_conflicts(loaded, loaded, {"clinics"}).notices == ()
