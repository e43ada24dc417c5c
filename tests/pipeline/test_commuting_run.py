"""Four towns on one railway (`four_towns`), from files to the page of their commuting circle."""

import itertools
import json

import geopandas as gpd
import pandas as pd
import pytest

from four_towns import CRS, STUDY, degrees, write_four_towns
from urbangis.errors import StudyError
from urbangis.pipeline.analyses.commuting import compute_commuting, explain_trip
from urbangis.pipeline.commands.check import check
from urbangis.pipeline.commands.explain import explain
from urbangis.pipeline.commands.run import run
from urbangis.pipeline.load import load_study
from urbangis.publish.pages.metro import metro_page


@pytest.fixture
def study(tmp_path):
    return write_four_towns(tmp_path)


def test_figures_by_hand(study):
    result = compute_commuting(load_study(study, tell=lambda _: None), "circle")
    places = result.places().set_index("id")
    # b: 4 to the station, 3 in, 10 waiting, 10 riding, 1 out, 2 to the centre; c: 10 more.
    assert places.loc["b", "rail_min"] == pytest.approx(30, abs=1e-3)
    assert places.loc["c", "rail_min"] == pytest.approx(40, abs=1e-3)
    assert places.loc["a", "road_min"] == pytest.approx(20, abs=1e-3)
    # Over the bridge: from (60, -2) to (45, -20) to (1, 0).
    over = (15**2 + 18**2) ** 0.5 + (44**2 + 20**2) ** 0.5
    assert places.loc["c", "road_min"] == pytest.approx(2 * over, abs=1e-2)
    # d by the line to come: 12 to the station, 3, 10, 15 riding at 360 km/h, 1, 2.
    assert places.loc["d", "later_min"] == pytest.approx(43, abs=1e-3)
    assert result.whole("best")["covered"] == 1 + 2 + 4
    assert result.whole("rail")["covered"] == 2 + 4
    assert result.whole("road")["covered"] == 1
    assert result.whole("best", 1)["covered"] == 15
    # The ride alone takes 3 + 10 + 1 less: b 16, c 26.
    bare = result.bare.places.set_index("id")["rail_min"]
    assert [bare["b"], bare["c"]] == pytest.approx([16, 26], abs=1e-3)
    assert list(result.key_places["best_min"]) == [0]


def test_the_ground_holds_the_places_in_time_and_no_other(study):
    result = compute_commuting(load_study(study, tell=lambda _: None), "circle")
    places = gpd.GeoDataFrame(result.places(), crs=CRS)
    for ground, column in ((result.grounds[0], "best_min"), (result.grounds[1], "later_min")):
        outer = ground.geometry.iloc[-1]
        assert list(places.within(outer)) == list(places[column] <= 45)
    shapes = list(result.grounds[0].geometry)
    assert all(big.buffer(1).contains(small) for small, big in itertools.pairwise(shapes))


def test_the_page_says_what_is_assumed(study):
    loaded = load_study(study, tell=lambda _: None)
    result = compute_commuting(loaded, "circle")
    page = metro_page(loaded.study, result, loaded.layers, loaded.catalogue)
    assert "情景估算，不是时刻表" in page.cautions[0].zh
    assert "30 km/h" in page.cautions[0].en
    told = {fact.label.zh: fact.value.zh for fact in page.facts}
    assert "进站安检 3 分钟" in told["铁路出行假定"]
    assert "过江只走所列桥隧" in told["公路出行假定"]
    assert told["运营线路（1）"] == "一线（20分钟一班）"
    assert told["在建线路（1）"] == "二线（20分钟一班）"
    assert told["45 分钟内的重点中心镇（1）"] == "中心 0分钟"
    values = {figure.label.en: figure.value.en for figure in page.figures}
    assert values["Residents within 45 min of a centre"] == "46.7%"
    assert values["By rail alone"] == "40.0%"
    assert values["By road alone"] == "6.7%"
    assert values["With the lines under construction"] == "100.0%"
    assert values["Towns within"] == "3 / 4"


def test_run_writes_page_and_tables(study):
    run(study)
    maps = study / "maps"
    text = (maps / "circle.html").read_text(encoding="utf-8")
    assert "一小时圈" in text
    assert 'href="circle.html"' in (maps / "index.html").read_text(encoding="utf-8")
    places = pd.read_csv(maps / "data/circle/places.csv", encoding="utf-8-sig")
    assert list(places["by"]) == ["road", "rail", "rail", "road"]
    zones = pd.read_csv(maps / "data/circle/zones.csv", encoding="utf-8-sig")
    whole = zones[(zones["level"] == "area") & (zones["way"] == "best")].iloc[0]
    assert (whole["covered"], whole["total"]) == (7, 15)
    links = pd.read_csv(maps / "data/circle/links.csv", encoding="utf-8-sig")
    # b and c: 4 + 3 + 10 + 10 + 1 + 4; a is far from every station.
    assert {(row.a_id, row.b_id): round(row.minutes, 1) for row in links.itertuples()} == {
        ("a", "b"): pytest.approx(38.2, abs=0.1),
        ("b", "c"): 32.0,
    }
    assert "data/circle/places.csv" in json.loads((maps / "run.json").read_text())["outputs"]


def test_a_trip_is_explained_leg_by_leg(study):
    trip = explain(study, "circle", *degrees(60, -2))
    assert trip.told() == [
        "One-hour circle: 中心 in 40.0 min, within 45 min",
        "  access  4.0 min  s2",
        "  access  3.0 min  s2",
        "  wait  10.0 min  一线  s2",
        "  ride  20.0 min  一线  s2 to s0",
        "  egress  1.0 min  s0 to s0",
        "  egress  2.0 min  s0",
    ]
    loaded = load_study(study, tell=lambda _: None)
    assert [leg.kind for leg in explain_trip(loaded, "circle", *degrees(11)).legs] == ["road"]


def test_check_finds_a_centre_that_is_not_there(study):
    assert not check(study).errors
    text = STUDY.replace('centre_ids = ["c"]', 'centre_ids = ["x"]')
    (study / "urbangis.toml").write_text(text, encoding="utf-8")
    (error,) = check(study).errors
    assert 'names a centre "x"' in str(error)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('zone = "area"', 'zone = "aera"', 'names a zone "aera"'),
        ('centre_ids = ["c"]', 'centre_ids = ["x"]', 'names a centre "x"'),
        ('coming = ["planned"]', 'running = ["open"]', "has the status open"),
        ('level = "metro"', 'level = "metros"', 'names a level "metros"'),
        ("[transit]", "[transit_]", "transit"),
    ],
)
def test_names_that_are_not_there_are_refused(study, old, new, problem):
    (study / "urbangis.toml").write_text(STUDY.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(StudyError, match=problem):
        compute_commuting(load_study(study, tell=lambda _: None), "circle")
