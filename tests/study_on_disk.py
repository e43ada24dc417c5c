"""A small valid study written to disk: two zones, four homes, two clinics, one street.

Everything lies along one straight street of 1,200 m that runs east, in EPSG:4549. Zones: west half
and east half. Homes stand on the street at 100, 500, 700 and 1,150 m; 1, 2, 4 and 8 people. Clinics
at 300 m and at 1,100 m. At 4 km/h, five minutes are 333.3 m: all but nobody is served; three
minutes are 200 m: homes at 100, 500 and 1,150 m, not the one at 700.
"""

import json
from pathlib import Path

import geopandas as gpd
import shapely

CRS = "EPSG:4549"
WEST, NORTH = 500_000.0, 3_540_000.0
HOMES_M = (100.0, 500.0, 700.0, 1150.0)
PEOPLE = (1, 2, 4, 8)
CLINICS_M = (300.0, 1100.0)
COVERED = 1 + 2 + 8
"""People within 200 m of a clinic, by hand."""

STUDY = """\
crs = "EPSG:4549"
overview = ["zones"]
catalogue = ["rules"]

[name]
zh = "小研究"
en = "Small study"

[[levels]]
id = "block"
name = { zh = "街区", en = "Block" }
layer = "zones"

[[levels]]
id = "town"
name = { zh = "镇", en = "Town" }
members = "towns.csv"

[layers.zones]
name = { zh = "街区", en = "Blocks" }
table = "zones"
file = "zones.geojson"
nature = "synthetic"
source = "tests"

[layers.homes]
name = { zh = "住宅", en = "Homes" }
table = "demand"
file = "homes.geojson"
nature = "synthetic"
source = "tests"

[layers.clinics]
name = { zh = "诊所", en = "Clinics" }
table = "supply"
file = "clinics.geojson"
nature = "synthetic"
source = "tests"

[layers.streets]
name = { zh = "街道", en = "Streets" }
table = "streets"
file = "streets.geojson"
nature = "synthetic"
source = "tests"

[services.health]
standard = "clinic-3"
facilities = ["clinics"]
demand = "homes"
streets = "streets"

[services.near]
standard = "clinic-200-m"
facilities = ["clinics"]
demand = "homes"
"""

RULES = {
    "clinic-3": """\
id = "clinic-3"
name = { zh = "3分钟到诊所", en = "Clinic in 3 minutes" }
facilities = ["clinic"]
method = "network"
mode = "walk"
cutoff_min = 3
denominators = ["residents"]

[source]
document = "tests"
clause = "-"
confidence = "high"
""",
    "clinic-200-m": """\
id = "clinic-200-m"
name = { zh = "200米内有诊所", en = "Clinic within 200 m" }
facilities = ["clinic"]
method = "straight_line"
cutoff_m = 200
denominators = ["residents"]

[source]
document = "tests"
clause = "-"
confidence = "high"
""",
}


def point(east_m: float, north_m: float = 0.0) -> shapely.Point:
    """A point by metres from the street's west end."""
    return shapely.Point(WEST + east_m, NORTH + north_m)


def zones() -> gpd.GeoDataFrame:
    boxes = [
        shapely.box(WEST + west, NORTH - 600, WEST + west + 600, NORTH + 600) for west in (0, 600)
    ]
    return gpd.GeoDataFrame({"id": ["west", "east"], "name": ["西", "东"]}, geometry=boxes, crs=CRS)


def homes() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"id": ["h0", "h1", "h2", "h3"], "residents": PEOPLE},
        geometry=[point(metres) for metres in HOMES_M],
        crs=CRS,
    )


def clinics() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"id": ["c0", "c1"], "name": ["甲", "乙"], "kind": "clinic"},
        geometry=[point(metres) for metres in CLINICS_M],
        crs=CRS,
    )


def streets() -> gpd.GeoDataFrame:
    line = shapely.LineString([point(0), point(1200)])
    return gpd.GeoDataFrame({"id": ["s"], "class": ["residential"]}, geometry=[line], crs=CRS)


LAYERS = {"zones": zones, "homes": homes, "clinics": clinics, "streets": streets}


def write_layer(table: gpd.GeoDataFrame, file: Path) -> None:
    """Write a table as GeoJSON that keeps its CRS in metres."""
    stored = json.loads(table.to_json())
    if table.crs is not None:
        code = table.crs.to_epsg()
        stored["crs"] = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{code}"}}
    file.write_text(json.dumps(stored, ensure_ascii=False), encoding="utf-8")


def write_study(folder: Path) -> Path:
    """Write the study into a new folder."""
    (folder / "rules" / "standards").mkdir(parents=True)
    (folder / "urbangis.toml").write_text(STUDY, encoding="utf-8")
    for name, text in RULES.items():
        (folder / "rules" / "standards" / f"{name}.toml").write_text(text, encoding="utf-8")
    for name, table in LAYERS.items():
        write_layer(table(), folder / f"{name}.geojson")
    (folder / "towns.csv").write_text(
        "zone_id,zone_name,zone_name_en,member_id\nt,镇,Town,west\nt,镇,Town,east\n",
        encoding="utf-8",
    )
    return folder


def edit(folder: Path, old: str, new: str) -> None:
    """Replace one place of the study file."""
    file = folder / "urbangis.toml"
    text = file.read_text(encoding="utf-8")
    assert text.count(old) >= 1, old
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
