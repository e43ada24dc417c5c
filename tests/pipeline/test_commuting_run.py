"""A study of four towns on one railway, from its files to the page of its commuting circle.

Stations every 30 km along y = 3,500 km; 180 km/h without stops is 10 minutes a ride. 3 minutes in,
1 out, half of 20 minutes of waiting. Roads of 30 km/h without detour, parted by a river at x = 545
km with a bridge 20 km to the south. The centre is 1 km from the first station.
"""

import itertools
import json

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from urbangis.errors import StudyError
from urbangis.pipeline.analyses.commuting import compute_commuting, explain_trip
from urbangis.pipeline.commands.check import check
from urbangis.pipeline.commands.explain import explain
from urbangis.pipeline.commands.run import run
from urbangis.pipeline.load import load_study
from urbangis.publish.pages.metro import metro_page

X, Y = 500_000.0, 3_500_000.0
CRS = "EPSG:4549"
STUDY = """\
crs = "EPSG:4549"
[name]
zh = "四镇"
en = "Four towns"
[[levels]]
id = "county"
name = { zh = "县", en = "County" }
layer = "zones"
[[levels]]
id = "metro"
name = { zh = "都市圈", en = "Metropolitan area" }
members = "metro.csv"
partition = false
[layers.zones]
name = { zh = "县", en = "Counties" }
table = "zones"
file = "zones.geojson"
nature = "synthetic"
source = "tests"
[layers.towns]
name = { zh = "镇", en = "Towns" }
table = "demand"
file = "towns.geojson"
nature = "synthetic"
source = "tests"
[layers.centres]
name = { zh = "中心", en = "Centres" }
table = "features"
file = "centres.geojson"
nature = "synthetic"
source = "tests"
[layers.lines]
name = { zh = "线路", en = "Lines" }
table = "transit_lines"
file = "lines.geojson"
nature = "synthetic"
source = "tests"
[layers.stations]
name = { zh = "车站", en = "Stations" }
table = "line_stations"
file = "stations.geojson"
nature = "synthetic"
source = "tests"
[layers.river]
name = { zh = "河", en = "River" }
table = "lines"
file = "river.geojson"
nature = "synthetic"
source = "tests"
[layers.bridges]
name = { zh = "桥", en = "Bridges" }
table = "features"
file = "bridges.geojson"
nature = "synthetic"
source = "tests"
[transit]
lines = "lines"
stations = "stations"
coming = ["planned"]
times = { enter_min = 3, exit_min = 1, transfer_min = 2 }
source = { zh = "假定", en = "assumed" }
access_limit_min = 15
[transit.road]
speed_kmh = 30
detour_factor = 1
barriers = "river"
crossings = "bridges"
source = { zh = "假定", en = "assumed" }
[commuting.circle]
name = { zh = "一小时圈", en = "One-hour circle" }
level = "metro"
zone = "area"
centres = "centres"
centre_ids = ["c"]
demand = "towns"
key_places = "centres"
cutoff_min = 45
"""


def write(folder, name, rows, shapes):
    table = gpd.GeoDataFrame(rows, geometry=shapes, crs=CRS).to_crs("EPSG:4326")
    table.to_file(folder / f"{name}.geojson", driver="GeoJSON")


def point(x_km, y_km=0.0):
    return shapely.Point(X + 1000 * x_km, Y + 1000 * y_km)


@pytest.fixture
def study(tmp_path):
    (tmp_path / "urbangis.toml").write_text(STUDY, encoding="utf-8")
    boxes = [shapely.box(X - 2e4, Y - 4e4, X + 45e3, Y + 4e4),
             shapely.box(X + 45e3, Y - 4e4, X + 12e4, Y + 4e4)]  # fmt: skip
    write(tmp_path, "zones", {"id": ["w", "e"], "name": ["西县", "东县"]}, boxes)
    pd.DataFrame({"zone_id": "area", "zone_name": "都市圈", "zone_name_en": "Area",
                  "member_id": ["w", "e"]}).to_csv(tmp_path / "metro.csv", index=False)  # fmt: skip
    towns = {"id": list("abcd"), "name": list("甲乙丙丁"), "residents": [1.0, 2.0, 4.0, 8.0],
             "kind": ["镇"] * 4}  # fmt: skip
    # a: 10 km by road from the centre; b: 2 km from the second station; c: 2 km from the third,
    # over the river; d: 10 km north of the fourth, which a line to come serves.
    write(tmp_path, "towns", towns, [point(11), point(30, 2), point(60, -2), point(90, 6)])
    write(tmp_path, "centres", {"id": ["c"], "name": ["中心"]}, [point(1)])
    lines = {
        "id": ["l", "m"], "name": ["一线", "二线"], "status": ["operating", "planned"],
        "headway_min": [20.0, 20.0], "speed_kmh": [180.0, 360.0],
    }  # fmt: skip
    write(tmp_path, "lines", lines, [shapely.LineString([point(0), point(60)]),
                                     shapely.LineString([point(0), point(90)])])  # fmt: skip
    stops = [("l", 1, "s0", 0), ("l", 2, "s1", 30), ("l", 3, "s2", 60),
             ("m", 1, "s0", 0), ("m", 2, "s3", 90)]  # fmt: skip
    rows = {
        "id": [f"{line}{at}" for line, at, _, _ in stops],
        "line_id": [stop[0] for stop in stops],
        "order": [stop[1] for stop in stops],
        "station_id": [stop[2] for stop in stops],
        "name": [stop[2] for stop in stops],
    }
    write(tmp_path, "stations", rows, [point(stop[3]) for stop in stops])
    write(tmp_path, "river", {"id": ["r"]}, [shapely.LineString([point(45, -90), point(45, 90)])])
    write(tmp_path, "bridges", {"id": ["b"]}, [point(45, -20)])
    return tmp_path


def degrees(x_km, y_km=0.0):
    place = gpd.GeoSeries([point(x_km, y_km)], crs=CRS).to_crs("EPSG:4326").iloc[0]
    return place.x, place.y


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
