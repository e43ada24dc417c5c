"""A commuting circle before and after, on the four towns: by hand, and by separate runs."""

import hashlib

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from four_towns import STUDY, degrees, write_four_towns
from urbangis.pipeline.commands.compare import compare
from urbangis.pipeline.commands.run import run
from urbangis.pipeline.load import load_study
from urbangis.publish.pages.metro_change import metro_change_page

KEEPS = """\
[conflicts.lines]
name = { zh = "线路与红线", en = "Lines against red lines" }
plans = ["lines"]
against = ["keep_out"]
"""
OPEN = 'layer = "lines"\nwhere = { id = ["m"] }\nchange = { status = "operating" }'
RARE = 'layer = "lines"\nwhere = { id = ["l"] }\nchange = { headway_min = 40 }'
OVER_M = (20**2 + 44**2) ** 0.5
ROAD = {"a": 20.0, "d": 2 * ((45**2 + 26**2) ** 0.5 + OVER_M)}


@pytest.fixture
def study(tmp_path):
    folder = tmp_path / "study"
    folder.mkdir()
    return write_four_towns(folder)


def scenario(study, *edits, name="try"):
    (study / "scenarios").mkdir(exist_ok=True)
    head = 'name = { zh = "二线开通", en = "Line two opens" }\nsource = "某规划"\n'
    text = head + "".join(f"[[edits]]\n{one}\n" for one in edits)
    (study / "scenarios" / f"{name}.toml").write_text(text, encoding="utf-8")


def read(path):
    return pd.read_csv(path, encoding="utf-8-sig")


def whole(folder, way="best", weight="residents"):
    rows = read(folder / "data/circle/change.csv")
    chosen = (rows["level"] == "study") & (rows["way"] == way) & (rows["weight"] == weight)
    return rows[chosen].iloc[0]


def test_a_line_opens(study, tmp_path):
    """Town d, of 8 people, comes from 200.6 minutes over the bridge to 43 by rail."""
    scenario(study, OPEN)
    out = tmp_path / "out"
    found = compare(study, "baseline", "try", output=out)
    (circle,) = found.circles
    row = whole(out)
    assert (row["covered_before"], row["covered_after"], row["total_after"]) == (7, 15, 15)
    assert (row["gained"], row["lost"], row["arrived"], row["left"]) == (8, 0, 0, 0)
    assert (row["faster"], row["slower"], row["timed"]) == (8, 0, 15)
    before = (1 * 20 + 2 * 30 + 4 * 40 + 8 * ROAD["d"]) / 15
    after = (1 * 20 + 2 * 30 + 4 * 40 + 8 * 43) / 15
    assert row["minutes_before"] == pytest.approx(before, abs=1e-3)
    assert row["saved_min"] == pytest.approx(before - after, abs=1e-3)
    assert whole(out, "road")["gained"] == 0
    assert whole(out, "rail")["gained"] == 8
    places = read(out / "data/circle/places.csv").set_index("id")
    assert list(places["group"]) == ["kept", "kept", "kept", "gained"]
    assert (places.loc["d", "by_before"], places.loc["d", "by_after"]) == ("road", "rail")
    assert np.isnan(places.loc["d", "rail_before"])
    # The east county has c and d, a third and two thirds of its people.
    counties = read(out / "data/circle/change.csv").set_index(["way", "weight", "level", "zone_id"])
    east = counties.loc[("best", "residents", "county", "e")]
    assert (east["rate_before"], east["rate_after"]) == (pytest.approx(1 / 3), 1)
    assert list(circle.change.past_half("county")[0]["zone_id"]) == ["e"]
    assert found.untouched == ()
    lines = read(out / "data/circle/lines.csv").set_index("id")
    assert dict(lines["new"]) == {"l": False, "m": True}


def test_the_page_tells_what_is_new_and_assumed(study, tmp_path):
    scenario(study, OPEN)
    found = compare(study, "baseline", "try", output=tmp_path / "out")
    page = said(study, found)
    for text in (
        "一小时圈：前后对照",
        "46.7% → 100.0%",
        "线路：二线的状态改为运营",
        "二线（20 分钟一班，360 km/h，每站停 0 分钟）",
        "圈内居民新过半的县",
        "丁 201→43 分钟",
        "通勤圈：之前 | 之后",
        "研究没有管控线图层",
        "进站安检 3 分钟",
    ):
        assert text in page, text
    ground = gpd.read_file(tmp_path / "out/data/circle/result.gpkg", layer="ground_change")
    towns = gpd.read_file(tmp_path / "out/data/circle/result.gpkg", layer="places").set_index("id")
    parts = ground.set_index("id").geometry
    assert towns.loc["d", "geometry"].within(parts["gained"])
    assert not towns.loc["a", "geometry"].within(parts["gained"])
    assert "lost" not in parts


def test_a_line_runs_more_seldom(study, tmp_path):
    """Every 40 minutes for 20: b 10 minutes slower, and c, at 50 minutes, no longer within 45."""
    scenario(study, RARE)
    found = compare(study, "baseline", "try", output=tmp_path / "out")
    row = whole(tmp_path / "out")
    assert (row["gained"], row["lost"], row["slower"], row["faster"]) == (0, 4, 6, 0)
    assert row["saved_min"] == pytest.approx(-(2 * 10 + 4 * 10) / 15, abs=1e-3)
    page = said(study, found)
    assert "一线的发车间隔（分钟）改为40" in page
    assert "一线（20→40 分钟一班，180 km/h，每站停 0 分钟）" in page
    # b and c were 32 minutes apart; now 42, which is still within 45.
    assert read(tmp_path / "out/data/circle/links.csv").empty


def test_towns_linked_no_longer(study, tmp_path):
    """A wait of 14 more puts b and c, 32 minutes apart, beyond 45."""
    scenario(study, RARE.replace("40", "48"))
    compare(study, "baseline", "try", output=tmp_path / "out")
    (row,) = read(tmp_path / "out/data/circle/links.csv").to_dict("records")
    assert (row["a_id"], row["b_id"], row["change"]) == ("b", "c", "lost")
    assert row["minutes"] == pytest.approx(32, abs=1e-3)


def test_a_new_town_arrives(study, tmp_path):
    lon, lat = degrees(30, 1)
    row = f'{{ id = "e", name = "戊", kind = "镇", residents = 16, at = [{lon:.9f}, {lat:.9f}] }}'
    scenario(study, f'layer = "towns"\nadd = [{row}]')
    compare(study, "baseline", "try", output=tmp_path / "out")
    row = whole(tmp_path / "out")
    assert (row["gained"], row["arrived"], row["arrived_covered"]) == (0, 16, 16)
    assert (row["total_before"], row["total_after"], row["timed"]) == (15, 31, 15)
    # It is 1 km from the station of b, which is 2 km from it on the same side: 1 km apart by road.
    links = read(tmp_path / "out/data/circle/links.csv")
    assert set(links["change"]) == {"gained"}
    assert ("b", "e") in set(zip(links["a_id"], links["b_id"], strict=True))


def test_groups_are_counted_apart(study, tmp_path):
    towns = gpd.read_file(study / "towns.geojson").assign(old=[1, 0, 2, 3])
    towns.to_file(study / "towns.geojson", driver="GeoJSON")
    text = STUDY + 'groups = { old = { zh = "老人", en = "The old" } }\n'
    (study / "urbangis.toml").write_text(text, encoding="utf-8")
    scenario(study, OPEN)
    found = compare(study, "baseline", "try", output=tmp_path / "out")
    row = whole(tmp_path / "out", weight="old")
    assert (row["covered_before"], row["gained"], row["total_after"]) == (3, 3, 6)
    page = said(study, found)
    assert "+3 / −0" in page


def test_separate_runs_differ_by_what_the_comparison_says(study, tmp_path):
    scenario(study, OPEN, RARE)
    compare(study, "baseline", "try", output=tmp_path / "out")
    run(study, output=tmp_path / "was")
    run(study, output=tmp_path / "now", scenario="try")
    key = ["way", "weight", "zone_id"]
    change = read(tmp_path / "out/data/circle/change.csv")
    change = change[change["level"].isin(["county", "study"])]
    change["zone_id"] = change["zone_id"].replace("study", "")
    zones = {
        name: read(tmp_path / name / "data/circle/zones.csv").fillna({"zone_id": ""}).set_index(key)
        for name in ("was", "now")
    }
    for row in change.to_dict("records"):
        at = tuple(row[name] for name in key)
        for name, when in (("was", "before"), ("now", "after")):
            for column in ("total", "covered", "rate"):
                assert zones[name].loc[at, column] == pytest.approx(row[f"{column}_{when}"])
    assert len(change) == len(zones["was"])
    places = read(tmp_path / "out/data/circle/places.csv").set_index("id")
    for name, when in (("was", "before"), ("now", "after")):
        told = read(tmp_path / name / "data/circle/places.csv").set_index("id")
        pd.testing.assert_series_equal(places[f"best_{when}"], told["best_min"], check_names=False)


def said(study, found):
    """Return all that the page of the one circle says in Chinese."""
    loaded = load_study(study, tell=lambda _: None)
    page = metro_change_page(loaded.study, found.circles[0], found.layers, loaded.catalogue)
    texts = [page.title, page.subtitle, *page.cautions]
    texts += [text for one in page.figures for text in (one.label, one.value, one.note) if text]
    texts += [text for one in page.facts for text in (one.label, one.value)]
    texts += [one.message for one in page.notices]
    texts += [one.name for one in (*page.layers, *page.swipes)]
    return "\n".join(text.zh for text in texts)


def digests(folder):
    return {
        file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def test_an_empty_scenario_changes_no_byte_and_no_comparison(study, tmp_path):
    """A site under a scenario holds the comparisons of the study as it is."""
    scenario(study, OPEN, name="open")
    scenario(study, name="nothing")
    asked = '[comparisons.later]\nafter = "open"\n'
    (study / "urbangis.toml").write_text(STUDY + asked, encoding="utf-8")
    run(study, output=tmp_path / "was")
    run(study, output=tmp_path / "same", scenario="nothing")
    run(study, output=tmp_path / "now", scenario="open")
    was = digests(tmp_path / "was" / "data")
    assert digests(tmp_path / "same" / "data") == was
    assert digests(tmp_path / "now" / "data") != was
    later = digests(tmp_path / "was" / "later")
    assert "circle.html" in later
    assert digests(tmp_path / "same" / "later") == later
    assert digests(tmp_path / "now" / "later") == later
    found = compare(study, "baseline", "nothing", output=tmp_path / "none")
    assert (found.circles, found.untouched) == ((), ("circle",))


def test_what_changes_nothing_is_told_and_has_no_page(study, tmp_path):
    scenario(study, RARE.replace("40", "20"))
    found = compare(study, "baseline", "try", output=tmp_path / "out")
    assert found.circles == ()
    assert list(found.told()) == ["No change: circle"]
    (asked,) = compare(study, "baseline", "try", output=tmp_path / "out", only=["circle"]).circles
    assert asked.change.is_nothing
    flows = ["gained", "lost", "arrived", "left", "saved_min", "faster", "slower"]
    assert (asked.change.zones[flows] == 0).all(axis=None)


def test_a_new_line_through_a_red_line_is_told(study, tmp_path):
    """It runs on for 30 km from the last station of today, and for 10 of them inside the area."""
    corners = [degrees(x, y) for x, y in ((70, -5), (80, -5), (80, 5), (70, 5))]
    area = "[" + ", ".join(f"[{lon:.9f}, {lat:.9f}]" for lon, lat in [*corners, corners[0]]) + "]"
    (study / "keep_out.geojson").write_text(
        '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"id": "k",'
        ' "name": "某保护区", "tier": "生态保护红线", "generation": "2020", "regime": "2020",'
        f' "nature": "surveyed"}}, "geometry": {{"type": "Polygon", "coordinates": [{area}]}}}}]}}',
        encoding="utf-8",
    )
    layer = """\
[layers.keep_out]
name = { zh = "红线", en = "Red lines" }
table = "redlines"
file = "keep_out.geojson"
nature = "synthetic"
source = "tests"
"""
    (study / "urbangis.toml").write_text(STUDY + layer + KEEPS, encoding="utf-8")
    scenario(study, OPEN)
    found = compare(study, "baseline", "try", output=tmp_path / "out")
    (notice,) = [one for one in found.between.notices if one.code == "new-in-red-line"]
    assert notice.severity == "warning"
    assert "二线涉及某保护区" in notice.message.zh
    pairs = read(tmp_path / "out/data/conflicts.csv")
    assert list(pairs["plan_name"]) == ["二线"]
    assert pairs["conflict_m"].iloc[0] == pytest.approx(10_000, rel=1e-3)
    page = said(study, found)
    assert "二线涉及某保护区" in page
    assert "线路与红线：同样受这些改动影响" in page
