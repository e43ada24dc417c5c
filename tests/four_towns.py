"""A study of four towns on one railway, on disk.

Stations every 30 km along y = 3,500 km; 180 km/h without stops is 10 minutes a ride. 3 minutes in,
1 out, half of 20 minutes of waiting. Roads of 30 km/h without detour, parted by a river at x = 545
km with a bridge 20 km to the south. The centre is 1 km from the first station.
"""

import geopandas as gpd
import pandas as pd
import shapely

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


def write_four_towns(folder):
    """Write the study into a folder, and return it."""
    (folder / "urbangis.toml").write_text(STUDY, encoding="utf-8")
    boxes = [shapely.box(X - 2e4, Y - 4e4, X + 45e3, Y + 4e4),
             shapely.box(X + 45e3, Y - 4e4, X + 12e4, Y + 4e4)]  # fmt: skip
    write(folder, "zones", {"id": ["w", "e"], "name": ["西县", "东县"]}, boxes)
    pd.DataFrame({"zone_id": "area", "zone_name": "都市圈", "zone_name_en": "Area",
                  "member_id": ["w", "e"]}).to_csv(folder / "metro.csv", index=False)  # fmt: skip
    towns = {"id": list("abcd"), "name": list("甲乙丙丁"), "residents": [1.0, 2.0, 4.0, 8.0],
             "kind": ["镇"] * 4}  # fmt: skip
    # a: 10 km by road from the centre; b: 2 km from the second station; c: 2 km from the third,
    # over the river; d: 10 km north of the fourth, which a line to come serves.
    write(folder, "towns", towns, [point(11), point(30, 2), point(60, -2), point(90, 6)])
    write(folder, "centres", {"id": ["c"], "name": ["中心"]}, [point(1)])
    lines = {
        "id": ["l", "m"], "name": ["一线", "二线"], "status": ["operating", "planned"],
        "headway_min": [20.0, 20.0], "speed_kmh": [180.0, 360.0],
    }  # fmt: skip
    write(folder, "lines", lines, [shapely.LineString([point(0), point(60)]),
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
    write(folder, "stations", rows, [point(stop[3]) for stop in stops])
    write(folder, "river", {"id": ["r"]}, [shapely.LineString([point(45, -90), point(45, 90)])])
    write(folder, "bridges", {"id": ["b"]}, [point(45, -20)])
    return folder


def degrees(x_km, y_km=0.0):
    place = gpd.GeoSeries([point(x_km, y_km)], crs=CRS).to_crs("EPSG:4326").iloc[0]
    return place.x, place.y
