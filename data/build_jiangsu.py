"""Build the tables of the Jiangsu study from tables of facts: build_jiangsu.py FACTS_DIR.

The tables are committed; nothing needs this script at run time. It needs pypinyin and the extra
`china` besides urbangis. What the tables mean, and how far to trust them, is in README.md.
"""

import json
import re
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pinyin_names import county_name_en, name_en, town_name_en
from pyproj import Geod

from urbangis.crs import gcj02_to_wgs84
from urbangis.io.boundaries import read_china_counties

HERE = Path(__file__).parent
BOUNDARIES, LAYERS = HERE / "boundaries", HERE / "layers"
PROVINCES = ("320000", "340000", "370000", "410000")
RESIDENTS_OF_JIANGSU = 84_748_016
WGS84 = Geod(ellps="WGS84")

NBS = "NBS statistical codes 2023"
CENSUS = "census 2020"
TOWN_POINTS = "Vonng/adcode (CC BY 4.0)"
OSM = "OpenStreetMap (ODbL)"
GENERAL = "general knowledge"

REGIONS = {
    "苏南": ("sunan", "Southern"),
    "苏中": ("suzhong", "Central"),
    "苏北": ("subei", "Northern"),
}
METRO_AREAS = {
    "南京都市圈": ("nanjing", "Nanjing Metropolitan Area", ("extended",)),
    "苏锡常都市圈": ("suxichang", "Su-Xi-Chang Metropolitan Area", ("core",)),
    "徐州都市圈": ("xuzhou", "Xuzhou Metropolitan Area", ("member",)),
}
# Lengths that were published for the whole line as it is listed here.
PUBLISHED_KM = {
    "徐宿淮盐铁路": 315.55,
    "沪宁沿江高铁(江苏南沿江城际)": 278.53,
    "盐泰锡常宜铁路(盐宜高铁)": 311.0,
    "宁淮城际铁路": 179.0,
    "沪苏通铁路一期(沪通铁路南通至安亭段)": 143.0,
}
KINDS = {"镇": "Town", "乡": "Township", "街道": "Subdistrict"}
# What statistical names put before, or around, the name of the town.
SHORT_NAMES = {
    "科技城（东渚街道）": "东渚街道",
    "经济开发区（马棚街道）": "马棚街道",
    "扬州市生态科技新城杭集镇": "杭集镇",
    "扬州市生态科技新城泰安镇": "泰安镇",
    "化学新材料产业园-沿江街道": "沿江街道",
    "港口物流产业园-永安洲镇": "永安洲镇",
}
BEST_STATUS = ("operating", "under_construction", "planned", "freight")
MIXED_TIER_TYPES = ("自然保护区", "风景名胜区", "饮用水水源保护区", "森林公园", "海洋特别保护区")


def main(facts_folder: Path) -> None:
    facts = {path.stem: pd.read_csv(path, dtype=str) for path in facts_folder.glob("*.csv")}
    counties = read_china_counties({"province_id": PROVINCES})
    jiangsu = counties[counties["province_id"] == "320000"]
    write_csv(county_names(jiangsu), BOUNDARIES / "county_names.csv")
    write_cities_and_regions(facts, jiangsu)
    write_metro_areas(facts["metro_areas"], counties)
    towns = town_table(facts, jiangsu)
    write_csv(towns, LAYERS / "towns.csv")
    write_csv(statistical_units(facts["townships"]), LAYERS / "statistical_units.csv")
    write_csv(
        key_central_towns(facts["key_central_towns"], towns), LAYERS / "key_central_towns.csv"
    )
    write_railways(facts["stations"], jiangsu)
    write_features(red_lines(facts["red_lines"]), LAYERS / "red_lines.geojson")
    write_features(waterways(facts["waterways"]), LAYERS / "waterways.geojson")
    write_features(belts(facts["belts"]), LAYERS / "belts.geojson")


def write_csv(table: pd.DataFrame, path: Path) -> None:
    table.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")


def write_features(features: list[dict], path: Path) -> None:
    """Write GeoJSON with one feature a line, so that a change shows as a line."""
    lines = ",\n".join(json.dumps(feature, ensure_ascii=False) for feature in features)
    path.write_text(
        f'{{"type": "FeatureCollection", "features": [\n{lines}\n]}}\n', encoding="utf-8"
    )


def feature(geometry: shapely.Geometry | None, **properties: object) -> dict:
    shape = None
    if geometry is not None:
        shape = json.loads(shapely.to_geojson(shapely.transform(geometry, lambda xy: xy.round(5))))
    return {"type": "Feature", "properties": properties, "geometry": shape}


def county_names(jiangsu: gpd.GeoDataFrame) -> pd.DataFrame:
    """English names; where two counties share one, with their city in brackets."""
    english = jiangsu["name"].map(county_name_en)
    cities = jiangsu["city"].str.removesuffix("市").map(name_en)
    shared = english.duplicated(keep=False)
    return pd.DataFrame(
        {
            "id": jiangsu["id"],
            "name": jiangsu["name"],
            "name_en": english.mask(shared, english + " (" + cities + ")"),
            "source": "administrative codes 2021; English by machine pinyin",
            "confidence": "high",
        }
    )


def write_cities_and_regions(facts: dict[str, pd.DataFrame], jiangsu: gpd.GeoDataFrame) -> None:
    region_of = facts["cities"].set_index("adcode")["region"]
    members = {"member_id": jiangsu["id"], "member_name": jiangsu["name"]}
    origin = {"source": "administrative codes 2021", "confidence": "high"}
    cities = {
        "zone_id": jiangsu["city_id"],
        "zone_name": jiangsu["city"],
        "zone_name_en": [name_en(city.removesuffix("市")) for city in jiangsu["city"]],
    }
    write_csv(
        pd.DataFrame({**cities, **members, "role": "member", **origin}), BOUNDARIES / "city.csv"
    )
    names = jiangsu["city_id"].map(region_of)
    regions = {
        "zone_id": [REGIONS[name][0] for name in names],
        "zone_name": names,
        "zone_name_en": [f"{REGIONS[name][1]} Jiangsu" for name in names],
    }
    write_csv(
        pd.DataFrame({**regions, **members, "role": "member", **origin}), BOUNDARIES / "region.csv"
    )


def write_metro_areas(facts: pd.DataFrame, counties: gpd.GeoDataFrame) -> None:
    rows = []
    for area, (zone_id, english, roles) in METRO_AREAS.items():
        listed = facts[facts["area"] == area]
        core = set(listed.loc[listed["role"] == "core", "adcode"])
        extent = listed[listed["role"].isin(roles)]
        for member in extent.itertuples():
            found = counties[
                (counties["city_id"] == member.adcode) | (counties["id"] == member.adcode)
            ]
            if found.empty:
                raise ValueError(f"{area}: no county of {member.adcode} {member.name}")
            for county in found.itertuples():
                inside = county.id in core or county.city_id in core
                rows.append(
                    {
                        "zone_id": zone_id,
                        "zone_name": area,
                        "zone_name_en": english,
                        "member_id": county.id,
                        "member_name": county.name,
                        "city": county.city,
                        "province": county.province,
                        "role": "core" if inside else member.role,
                        "source": metro_source(area),
                        "confidence": member.confidence,
                    }
                )
    table = pd.DataFrame(rows).sort_values(["zone_id", "member_id"])
    write_csv(table, BOUNDARIES / "metro.csv")


def metro_source(area: str) -> str:
    return {
        "南京都市圈": "南京都市圈发展规划 (2021), as reported in the press",
        "苏锡常都市圈": "苏政发〔2024〕102号 names it; its three cities by general knowledge",
        "徐州都市圈": "徐州都市圈规划, as reported in an encyclopedia",
    }[area]


def town_table(facts: dict[str, pd.DataFrame], jiangsu: gpd.GeoDataFrame) -> pd.DataFrame:
    """Every town, township and subdistrict: where it is, and its share of a census count."""
    units = facts["townships"]
    units = units[units["type"] != "其他"].sort_values("code").reset_index(drop=True)
    zones = pd.read_csv(BOUNDARIES / "development_zones.csv", dtype=str)
    towns = pd.DataFrame(
        {
            "id": units["code"],
            "name": units["name"].replace(SHORT_NAMES),
            "kind": units["type"],
            "county_id": units["county_adcode"],
            "census_unit": units["county_adcode"],
        }
    )
    for zone in zones.dropna(subset="town_codes").itertuples():
        here = towns["id"].isin(zone.town_codes.split("|"))
        towns.loc[here, "county_id"] = zone.county_id
        towns.loc[here, "census_unit"] = zone.census_unit
    towns.insert(2, "name_en", [town_name_en(name) for name in towns["name"]])
    towns.insert(4, "kind_en", towns["kind"].map(KINDS))
    towns = towns.merge(jiangsu[["id", "name"]].set_axis(["county_id", "county"], axis=1))
    towns = towns.sort_values("id").reset_index(drop=True)
    towns = towns.join(places(towns, facts, zones))
    towns["residents"] = shared_residents(towns, facts["county_census_2020"], zones)
    towns["residents_note"] = "approximate: equal share of census_unit"
    towns["source"] = [f"{NBS}; {CENSUS}; {origin}" for origin in towns.pop("place_source")]
    towns["confidence"] = towns.pop("place_confidence")
    return towns


def places(
    towns: pd.DataFrame, facts: dict[str, pd.DataFrame], zones: pd.DataFrame
) -> pd.DataFrame:
    """Coordinates, best first: a point, an estimate, for subdistricts the county's seat."""
    estimates = facts["key_central_towns"].set_index("town_code")
    rows = {}
    for zone in zones.dropna(subset="lon").itertuples():
        for code in zone.town_codes.split("|"):
            rows[code] = (zone.lon, zone.lat, "estimate", zone.precision_km, GENERAL, "low")
    for code, town in estimates.iterrows():
        rows[code] = (town["lon"], town["lat"], "estimate", "4", GENERAL, "low")
    for code, lon, lat in town_points(facts["town_points"]):
        rows[code] = (f"{lon:.3f}", f"{lat:.3f}", "point", "1", TOWN_POINTS, "medium")
    seats = facts["counties"].set_index("adcode")[["lon", "lat"]].astype(float).to_dict("index")
    for town in towns[~towns["id"].isin(rows) & (towns["kind"] == "街道")].itertuples():
        lon, lat = (f"{seats[town.county_id][axis]:.2f}" for axis in ("lon", "lat"))
        rows[town.id] = (lon, lat, "county seat", "8", "seat of the county", "low")
    unknown = ("", "", "unknown", "", "no place found", "low")
    columns = ["lon", "lat", "location", "precision_km", "place_source", "place_confidence"]
    return pd.DataFrame([rows.get(code, unknown) for code in towns["id"]], columns=columns)


def town_points(facts: pd.DataFrame) -> list[tuple[str, float, float]]:
    """Points by town code; those of counties that got new codes since are a table of our own."""
    recoded = pd.read_csv(BOUNDARIES / "recoded_town_points.csv", dtype={"id": str})
    moved = gcj02_to_wgs84(recoded["lon_gcj02"], recoded["lat_gcj02"])
    return [
        *zip(facts["code"], facts["lon"].astype(float), facts["lat"].astype(float), strict=True),
        *zip(recoded["id"], *moved, strict=True),
    ]


def shared_residents(towns: pd.DataFrame, census: pd.DataFrame, zones: pd.DataFrame) -> pd.Series:
    """Share every census count equally among its towns, in whole people, none lost."""
    merged = zones[zones["town_codes"].isna()].set_index("census_unit")["county_id"]
    has_towns = set(zones.dropna(subset="town_codes")["census_unit"])
    counts: dict[str, int] = {}
    for row in census.itertuples():
        unit = row.county if row.county in has_towns else merged.get(row.county, row.adcode)
        counts[unit] = counts.get(unit, 0) + int(row.population)
    residents = pd.Series(0, index=towns.index)
    for unit, members in towns.groupby("census_unit"):
        whole, rest = divmod(counts.pop(unit), len(members))
        residents[members.index] = whole + (np.arange(len(members)) < rest)
    if counts or residents.sum() != RESIDENTS_OF_JIANGSU:
        raise ValueError(f"residents do not add up: {residents.sum()}, left over {counts}")
    return residents


def statistical_units(townships: pd.DataFrame) -> pd.DataFrame:
    units = townships[townships["type"] == "其他"].sort_values("code")
    return pd.DataFrame(
        {
            "id": units["code"],
            "name": units["name"],
            "county_code": units["county_adcode"],
            "county": units["county"],
            "source": NBS,
            "confidence": "high",
        }
    )


def key_central_towns(facts: pd.DataFrame, towns: pd.DataFrame) -> pd.DataFrame:
    points = towns[towns["location"] == "point"].set_index("id")
    known = facts["town_code"].isin(points.index)
    at = facts["town_code"].where(known)
    table = pd.DataFrame(
        {
            "id": facts["town_code"],
            "name": facts["name"],
            "name_en": [town_name_en(name) for name in facts["name"]],
            "county_id": facts["county_adcode"],
            "county": facts["county"],
            "lon": at.map(points["lon"]).fillna(facts["lon"]),
            "lat": at.map(points["lat"]).fillna(facts["lat"]),
            "location": np.where(known, "point", "estimate"),
            "precision_km": np.where(known, "1", "4"),
            "designations": facts["designations"]
            .fillna("")
            .str.replace(r"\(sourced.*?\)", "", regex=True),
            "provincial_list": facts["prov_key_central_town"],
            "source": np.where(known, f"{NBS}; {TOWN_POINTS}", f"{NBS}; {GENERAL}"),
            "confidence": np.where(facts["designations"].isna(), "low", "medium"),
        }
    )
    return table.sort_values("id")


def write_railways(facts: pd.DataFrame, jiangsu: gpd.GeoDataFrame) -> None:
    stops = line_stations(facts)
    write_csv(stops, LAYERS / "line_stations.csv")
    write_csv(stations(stops, jiangsu), LAYERS / "stations.csv")
    write_features(transit_lines(stops), LAYERS / "transit_lines.geojson")


def line_stations(facts: pd.DataFrame) -> pd.DataFrame:
    status = facts["status"].replace(
        {"operating (freight)": "freight", "under_construction (2025)": "under_construction"}
    )
    dates = facts["opened_or_started"].str.extract(r"(\d{4}(?:-\d{2}(?:-\d{2})?)?)")[0]
    lines = facts["line"].drop_duplicates().reset_index(drop=True)
    order = {line: f"line-{number + 1:02d}" for number, line in lines.items()}
    name = facts["name"].str.replace(r"\(.*\)", "", regex=True)
    coordinate = facts["source"].str.partition("coord: ")[2]
    osm = coordinate.str.contains("OSM|OpenStreetMap")
    table = coordinate.str.contains("cnstation.csv")
    return pd.DataFrame(
        {
            "line_id": facts["line"].map(order),
            "line": facts["line"],
            "line_kind": facts["kind"],
            "order": facts["order"],
            "station_id": name,
            "name": name,
            "name_en": [name_en(text) for text in name],
            "lon": facts["lon"],
            "lat": facts["lat"],
            "precision_km": facts["coord_precision_km"],
            "status": status,
            "opened": dates.where(status.isin(["operating", "freight"])).fillna(""),
            "started": dates.where(facts["opened_or_started"].str.startswith("started")).fillna(""),
            "date_note": facts["opened_or_started"].replace("-", ""),
            "source": np.select(
                [osm, table], [OSM, "China railway station table (WGS 84)"], f"{GENERAL} or press"
            ),
            "confidence": facts["confidence"].str.partition("coord ")[2],
        }
    )


def stations(stops: pd.DataFrame, jiangsu: gpd.GeoDataFrame) -> pd.DataFrame:
    """One row a station, whose name is its id: names are unique on the national railway.

    A station of several lines has the best of their statuses. Some of older lines are added.
    """
    ranked = stops.assign(rank=stops["status"].map(BEST_STATUS.index)).sort_values(
        ["station_id", "rank", "line_id"]
    )
    groups = ranked.groupby("station_id")
    table = groups.first()[["name", "name_en", "lon", "lat", "precision_km", "status"]]
    table["lines"] = groups["line"].agg("|".join)
    table["opened"] = groups["opened"].agg(lambda dates: min(filter(None, dates), default=""))
    table[["source", "confidence"]] = groups.first()[["source", "confidence"]]
    table = pd.concat([table, older_stations()]).sort_index()
    table.insert(2, "kind", "rail_station")
    # How sure a rate is goes by metres: see docs/how-sure.md.
    accuracy_m = (table["precision_km"].astype(float) * 1000).round().astype(int)
    table.insert(table.columns.get_loc("precision_km") + 1, "accuracy_m", accuracy_m)
    at = gpd.points_from_xy(table["lon"].astype(float), table["lat"].astype(float))
    placed = gpd.GeoDataFrame(table, geometry=at, crs=4326).sjoin(
        jiangsu[["id", "geometry"]], how="left", predicate="within"
    )
    table.insert(table.columns.get_loc("source"), "county_id", placed["id"].fillna(""))
    return table.reset_index(names="id")


def older_stations() -> pd.DataFrame:
    """Stations of lines that the policy documents do not name: a table of our own, by id."""
    table = pd.read_csv(LAYERS / "older_stations.csv", dtype=str).set_index("id")
    return table.assign(name_en=table["name"].map(name_en), opened="")


def transit_lines(stops: pd.DataFrame) -> list[dict]:
    features = []
    for line_id, line in stops.groupby("line_id"):
        if len(line) < 2:
            continue
        first = line.iloc[0]
        path = shapely.LineString(line[["lon", "lat"]].astype(float).to_numpy())
        features.append(
            feature(
                path,
                id=line_id,
                name=first["line"],
                name_en=line_name_en(first["line"]),
                kind=first["line_kind"],
                status=first["status"],
                opened=first["opened"],
                started=first["started"],
                stations=len(line),
                straight_km=round(WGS84.geometry_length(path) / 1000, 1),
                published_km=PUBLISHED_KM.get(first["line"]),
                nature="schematic",
                source=f"stations of line_stations.csv in order ({OSM} in part)",
                confidence="low" if "low" in set(line["confidence"]) else "medium",
            )
        )
    return features


def line_name_en(line: str) -> str:
    """Pinyin of the name without what stands in brackets."""
    return name_en(re.sub(r"\(.*\)", "", line))


def red_lines(facts: pd.DataFrame) -> list[dict]:
    return [
        feature(
            circle(float(row["lon"]), float(row["lat"]), area_km2(row)),
            id=row["id"],
            name=row["name"],
            tier="一级、二级管控区" if row["type_2013"] in MIXED_TIER_TYPES else "二级管控区",
            rule="review",
            type=row["type_2013"],
            city=row["city"],
            counties=row["counties"],
            area_km2=area_km2(row),
            area_kind=row["area_kind"],
            lon=float(row["lon"]),
            lat=float(row["lat"]),
            precision_km=row["coord_precision_km"],
            regime="2013",
            nature="schematic",
            label="示意",
            note=row["note"] if isinstance(row["note"], str) else "",
            source=f"江苏省生态红线区域保护规划 (2013) and later lists; place: {GENERAL}",
            confidence="low",
        )
        for _, row in facts.iterrows()
    ]


def area_km2(row: pd.Series) -> float | None:
    try:
        area = float(row["area_km2"])
    except ValueError:
        return None
    return None if np.isnan(area) else area


def circle(lon: float, lat: float, area_km2: float | None) -> shapely.Polygon | None:
    """A regular polygon of the stated area around a point."""
    if area_km2 is None:
        return None
    corners = 48
    radius_m = np.sqrt(area_km2 * 1e6 / (corners / 2 * np.sin(2 * np.pi / corners)))
    azimuths = np.linspace(360, 0, corners, endpoint=False)
    same = np.ones(corners)
    x, y, _ = WGS84.fwd(lon * same, lat * same, azimuths, radius_m * same)
    return shapely.Polygon(np.column_stack([x, y]))


def waterways(facts: pd.DataFrame) -> list[dict]:
    english = {
        "苏北运河": "Northern Jiangsu Grand Canal",
        "苏南运河": "Southern Jiangsu Grand Canal",
        "黄河故道": "Old Yellow River",
    }
    published = {"苏北运河": 404.0, "苏南运河": 208.2}
    features = []
    for number, (section, points) in enumerate(facts.groupby("section", sort=False), start=1):
        path = shapely.LineString(points[["lon", "lat"]].astype(float).to_numpy())
        features.append(
            feature(
                path,
                id=f"waterway-{number}",
                name=f"大运河江苏段（{section}）"
                if "运河" in section
                else "古黄河（黄河故道）江苏段",
                name_en=english[section],
                kind="waterway",
                waypoints=len(points),
                straight_km=round(WGS84.geometry_length(path) / 1000, 1),
                published_km=published.get(section),
                nature="schematic",
                source=GENERAL,
                confidence="low",
            )
        )
    return features


def belts(facts: pd.DataFrame) -> list[dict]:
    english = {
        "沿江城市带": "Urban Belt along the Yangtze",
        "沿海城镇轴": "Town Axis along the Coast",
        "沿东陇海城镇轴": "Town Axis along the Eastern Longhai Railway",
    }
    return [
        feature(
            shapely.LineString(cities[["lon", "lat"]].astype(float).to_numpy().round(2)),
            id=f"belt-{number}",
            name=belt,
            name_en=english[belt],
            kind="belt",
            cities="|".join(cities["name"]),
            nature="schematic",
            source="江苏省城镇体系规划 (2015-2030), members by general knowledge",
            confidence="medium",
        )
        for number, (belt, cities) in enumerate(facts.groupby("belt", sort=False), start=1)
    ]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
