"""Plans of a study against its restrictive layers: page, tables and record, by hand."""

import json

import geopandas as gpd
import pandas as pd
import pytest
import shapely

import study_on_disk as disk
from study_text import layer
from urbangis.errors import TableError
from urbangis.pipeline.analyses.conflicts import compute_conflicts
from urbangis.pipeline.commands.run import run
from urbangis.pipeline.load import load_study
from urbangis.publish.pages.conflict import conflict_page
from urbangis.publish.web.sheet import DrawingSet, SheetTable, sheet_body

KEYS = (
    layer("sites", "features", "sites.geojson", zh="地块", en="Sites")
    + layer("roads", "lines", "roads.geojson", zh="道路", en="Roads")
    + layer("lines", "redlines", "lines.geojson", zh="管控线", en="Control lines")
    + layer("boundary", "features", "boundary.geojson", zh="开发边界", en="Growth boundary")
    + """
[conflicts.plans]
name = { zh = "方案检查", en = "Plans" }
plans = ["sites", "roads"]
against = ["lines"]
boundary = "boundary"
position_m = 60
"""
)


def box(west, south, east, north):
    return shapely.box(disk.WEST + west, disk.NORTH + south, disk.WEST + east, disk.NORTH + north)


# A core of 100 x 100 m, and a control area that begins inside it. The estate reaches 20 m into the
# core; the shed touches the control area by 0.3 m; the yard is 50 m from it, the barn 90 m.
CORE, CONTROL = box(100, 100, 200, 200), box(180, 100, 300, 200)
SITES = {
    "estate": box(20, 100, 120, 150),
    "shed": box(299.7, 120, 350, 180),
    "yard": box(350, 120, 400, 180),
    "barn": box(390, 120, 450, 180),
}
BOUNDARY = box(0, 0, 375, 400)


def table(shapes, **columns):
    names = {"id": list(shapes), "name": [f"{one}名" for one in shapes]}
    return gpd.GeoDataFrame(names | columns, geometry=list(shapes.values()), crs=disk.CRS)


@pytest.fixture
def with_plans(study):
    road = shapely.LineString(
        [(disk.WEST + 50, disk.NORTH + 190), (disk.WEST + 350, disk.NORTH + 190)]
    )
    lines = table(
        {"core": CORE, "control": CONTROL},
        generation=["2022", "2020"],
        tier=["核心保护区", "生态空间管控区域"],
        nature="surveyed",
    )
    layers = {
        "sites": table(SITES),
        "roads": table({"road": road}),
        "lines": lines,
        "boundary": table({"b": BOUNDARY}),
    }
    for name, one in layers.items():
        disk.write_layer(one, study / f"{name}.geojson")
    file = study / "urbangis.toml"
    file.write_text(file.read_text(encoding="utf-8") + KEYS, encoding="utf-8")
    return study


def csv_of(study, name):
    return pd.read_csv(study / f"maps/data/plans/{name}.csv")


def test_the_tables_hold_the_figures_of_the_hand(with_plans):
    run(with_plans, only=["plans"])
    pairs = csv_of(with_plans, "conflicts").set_index(["plan_id", "redline_id"])
    assert pairs.loc[("estate", "core"), "conflict_m2"] == pytest.approx(20 * 50)
    assert pairs.loc[("estate", "core"), "share"] == pytest.approx(0.2)
    assert pairs.loc[("estate", "core"), "clause"] == "二、（四）按照生态功能划定生态保护红线"
    assert pairs.loc[("road", "core"), "conflict_m"] == pytest.approx(100)
    assert pairs.loc[("road", "control"), "conflict_m"] == pytest.approx(120)
    assert pairs.loc[("shed", "control"), "verdict"] == "clear"
    assert pairs.loc[("shed", "control"), "tolerated_m2"] == pytest.approx(0.3 * 60, rel=1e-6)
    plans = csv_of(with_plans, "plans").set_index("id")
    assert plans["verdict"].to_dict() == {
        "estate": "forbid", "shed": "clear", "yard": "clear", "barn": "clear", "road": "forbid",
    }  # fmt: skip
    assert plans.loc["road", "conflict_m"] == pytest.approx(200)  # 20 m lie in both
    assert not plans["indicative"].any()
    assert plans["distance_m"].to_dict() == pytest.approx(
        {"estate": 0, "shed": 0, "yard": 50, "barn": 90, "road": 0}
    )
    assert plans["in_doubt"].to_dict() == {
        "estate": False, "shed": True, "yard": True, "barn": False, "road": False,
    }  # fmt: skip
    inside = csv_of(with_plans, "inside_boundary").set_index("id")["inside_share"]
    assert inside.drop("study").to_dict() == pytest.approx(
        {"estate": 1, "shed": 1, "yard": 0.5, "barn": 0}
    )
    # 5,000 + 50.3 x 60 and half of the yard lie inside; yard and barn share 10 m.
    total = 100 * 50 + 50.3 * 60 + 100 * 60
    assert inside["study"] == pytest.approx((100 * 50 + 50.3 * 60 + 25 * 60) / total)


def test_the_geopackage_holds_what_is_shared(with_plans):
    run(with_plans, only=["plans"])
    overlaps = gpd.read_file(with_plans / "maps/data/plans/result.gpkg", layer="overlaps")
    expected = {("estate", "core"): CORE.intersection(SITES["estate"])}
    for pair, shape in expected.items():
        row = overlaps[(overlaps["plan_id"] == pair[0]) & (overlaps["redline_id"] == pair[1])]
        assert row.geometry.iloc[0].equals(shape)
    assert len(overlaps) == 3


def page_of(study):
    loaded = load_study(study, tell=lambda _: None)
    result = compute_conflicts(loaded, "plans")
    return conflict_page(loaded.study, result, loaded.layers, loaded.catalogue)


def test_every_conflict_has_a_row_and_a_map(with_plans):
    page = page_of(with_plans)
    conflicts, evidence, plans, inside = page.sections
    assert isinstance(conflicts, SheetTable)
    assert [row[0].text.zh for row in conflicts.rows] == ["road名", "estate名", "road名"]
    assert [row[2].text.zh for row in conflicts.rows] == ["禁止", "禁止", "须审查"]
    assert "18 平方米" in conflicts.notes[0].zh
    assert isinstance(evidence, DrawingSet)
    links = [row[6].href for row in conflicts.rows]
    assert links == [f"#{drawing.id}" for drawing in evidence.drawings]
    assert [row[1].text.zh for row in plans.rows] == [
        "禁止", "不能排除", "不能排除", "不冲突", "禁止",
    ]  # fmt: skip
    assert inside.rows[-1][0].text.zh == "合计"
    body = sheet_body(page)
    assert body.count("<figure ") == 3
    assert "全部方案" in body
    assert "All plans" in body


def test_what_is_only_in_doubt_goes_first_where_nothing_is_in_conflict(with_plans):
    told = [(figure.label.zh, figure.value.zh) for figure in page_of(with_plans).figures]
    assert told[:2] == [("有冲突的方案", "2 / 5"), ("不能排除冲突的方案", "2 / 5")]
    clear = table({name: SITES[name] for name in ("yard", "barn")})
    disk.write_layer(clear, with_plans / "sites.geojson")
    disk.edit(with_plans, 'plans = ["sites", "roads"]', 'plans = ["sites"]')
    told = [(figure.label.zh, figure.value.zh) for figure in page_of(with_plans).figures]
    assert told == [("不能排除冲突的方案", "1 / 2"), ("有冲突的方案", "0 / 2")]


def test_the_front_page_leads_to_it_and_the_record_tells_of_it(with_plans):
    run(with_plans)
    maps = with_plans / "maps"
    assert 'href="plans.html"' in (maps / "index.html").read_text(encoding="utf-8")
    record = json.loads((maps / "run.json").read_text(encoding="utf-8"))
    assert record["conflicts"]["plans"]["verdicts"] == {"clear": 3, "forbid": 2}


def test_lines_of_a_layer_that_is_not_surveyed_give_indicative_verdicts(with_plans):
    file = with_plans / "lines.geojson"
    text = file.read_text(encoding="utf-8").replace('"nature": "surveyed"', '"nature": ""')
    file.write_text(text, encoding="utf-8")
    page = page_of(with_plans)
    assert page.cautions[0].zh.startswith("标“仅供参考”")
    assert page.sections[0].rows[0][2].small.zh == "仅供参考"


def test_an_area_that_no_rule_fits_names_file_and_row(with_plans):
    file = with_plans / "lines.geojson"
    text = file.read_text(encoding="utf-8").replace("核心保护区", "保护区")
    file.write_text(text, encoding="utf-8")
    with pytest.raises(TableError, match=r"lines\.geojson.*row core.*no rule fits"):
        run(with_plans)
