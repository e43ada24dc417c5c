"""A made-up study of six towns in two counties, with one service circle, for the page tests.

Towns are squares of 4 km. Each has nine homes of 100 people on a 1 km lattice; one facility stands
at the centre of each of the towns 1, 2 and 5. Times are straight line at 4 km/h, and the cutoff is
15 minutes, so a home is covered within 1,000 m: in a town with a facility the centre and the four
homes beside it, 500 of 900 people.
"""

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import CRS
from shapely import LineString, Point, box

from urbangis.catalog import Catalogue, Standard, load_catalogue
from urbangis.measures.coverage import Coverage
from urbangis.notices import Notice, Text
from urbangis.publish.model import Link
from urbangis.publish.pages.service import ServiceResult
from urbangis.study import Layer, Level, ServiceSpec, Study, StudySpec

CRS_M = CRS.from_epsg(4549)
WEST, SOUTH, SIDE = 480_000.0, 3_540_000.0, 4_000.0
TOWNS = ("青溪镇", "白石镇", "柳桥镇", "南湖镇", "东岭镇", "云河镇")
TOWNS_EN = ("Qingxi", "Baishi", "Liuqiao", "Nanhu", "Dongling", "Yunhe")
SERVED = (0, 1, 4)


def members_frame(pairs: dict[str, tuple[str, ...]]) -> pd.DataFrame:
    """Turn ``{zone_id: (member_id, ...)}`` into the table of members of a level."""
    rows = [(zone, member) for zone, members in pairs.items() for member in members]
    return pd.DataFrame(rows, columns=["zone_id", "member_id"])


SPEC = {
    "name": {"zh": "试验县", "en": "Test County"},
    "overview": ["towns", "rivers"],
    "levels": [
        {"id": "town", "name": {"zh": "乡镇", "en": "Town"}, "layer": "towns"},
        {"id": "county", "name": {"zh": "县", "en": "County"}, "members": "counties.csv"},
    ],
    "layers": {
        "towns": {
            "name": {"zh": "乡镇界", "en": "Towns"},
            "table": "zones",
            "file": "towns.gpkg",
            "nature": "approximate",
            "source": "手工绘制",
        },
        "homes": {
            "name": {"zh": "居民点", "en": "Homes"},
            "table": "demand",
            "file": "homes.csv",
            "nature": "synthetic",
            "note": {"zh": "虚构人口", "en": "Invented people"},
            "source": "tests",
            "data_date": "2025-12-31",
        },
        "clinics": {
            "name": {"zh": "卫生院", "en": "Clinics"},
            "table": "supply",
            "file": "clinics.csv",
            "nature": "surveyed",
            "source": "tests",
            "data_date": "2024-06-30",
        },
        "rivers": {
            "name": {"zh": "河流", "en": "Rivers"},
            "table": "lines",
            "file": "rivers.gpkg",
            "nature": "schematic",
            "source": "tests",
            "style": "waterway",
        },
    },
    "services": {
        "health": {
            "standard": "test-health",
            "facilities": ["clinics"],
            "demand": "homes",
            "context": ["rivers"],
        }
    },
}

STANDARD = {
    "id": "test-health",
    "name": {"zh": "15分钟健康圈", "en": "15-minute health circle"},
    "facilities": ["clinic"],
    "method": "straight_line",
    "cutoff_min": 15,
    "speed_kmh": 4,
    "detour_factor": 1,
    "denominators": ["residents", "units"],
    "target": {"rate": 0.5, "scope": {"zh": "每个乡镇", "en": "every town"}, "year": 2030},
    "source": {"document": "试验标准", "clause": "1.2", "confidence": "medium"},
}


def small_study(**changes: object) -> Study:
    """Return the study; ``changes`` replace keys of its file."""
    corners = [(WEST + SIDE * (n % 3), SOUTH + SIDE * (n // 3)) for n in range(6)]
    towns = gpd.GeoDataFrame(
        {"id": [f"t{n}" for n in range(6)], "name": TOWNS, "name_en": TOWNS_EN},
        geometry=[box(x, y, x + SIDE, y + SIDE) for x, y in corners],
        crs=CRS_M,
    )
    pairs = {"c0": ("t0", "t1", "t2"), "c1": ("t3", "t4", "t5")}
    counties = gpd.GeoDataFrame(
        {"id": list(pairs), "name": ["南县", "北县"], "name_en": ["South", "North"]},
        geometry=[towns.geometry[:3].union_all(), towns.geometry[3:].union_all()],
        crs=CRS_M,
    )
    return Study(
        id="small",
        spec=StudySpec.model_validate(SPEC | changes),
        root=Path("small"),
        crs=CRS_M,
        levels=(
            Level(
                "town",
                Text("乡镇", "Town"),
                towns,
                members_frame({i: (i,) for i in towns["id"]}),
                partition=True,
            ),
            Level("county", Text("县", "County"), counties, members_frame(pairs), partition=True),
        ),
    )


def small_layers(study: Study) -> dict[str, Layer]:
    """Return the layers of the study by id."""
    towns = study.base.zones
    centres = towns.geometry.centroid
    homes = gpd.GeoDataFrame(
        [
            {
                "id": f"h{n}-{east}{north}",
                "name": f"{TOWNS[n][:2]}{'一二三四五六七八九'[east * 3 + north]}村",
                "residents": 100.0,
                "geometry": Point(centre.x + 1000 * (east - 1), centre.y + 1000 * (north - 1)),
            }
            for n, centre in enumerate(centres)
            for east in range(3)
            for north in range(3)
        ],
        crs=study.crs,
    )
    clinics = gpd.GeoDataFrame(
        {
            "id": [f"f{n}" for n in SERVED],
            "name": [f"{TOWNS[n]}卫生院" for n in SERVED],
            "name_en": [f"{TOWNS_EN[n]} Clinic" for n in SERVED],
            "kind": "clinic",
        },
        geometry=[centres[n] for n in SERVED],
        crs=study.crs,
    )
    north = SOUTH + SIDE
    rivers = gpd.GeoDataFrame(
        {"id": ["r0"], "name": ["青溪"], "kind": ["river"]},
        geometry=[LineString([(WEST, north - 900), (WEST + 7000, north + 600)])],
        crs=study.crs,
    )
    tables = {"towns": towns, "homes": homes, "clinics": clinics, "rivers": rivers}
    return {name: Layer(name, study.spec.layers[name], table) for name, table in tables.items()}


def small_coverage(study: Study, layers: dict[str, Layer]) -> Coverage:
    """Return the coverage of homes by clinics, computed here by plain distances."""
    homes, clinics = layers["homes"].table, layers["clinics"].table
    metres = np.array(
        [[home.distance(clinic) for clinic in clinics.geometry] for home in homes.geometry]
    )
    nearest = metres.min(axis=1)
    covered = nearest <= 1000.0 + 1e-6
    demand = homes.assign(
        units=1.0,
        zone_id=[home.split("-")[0].replace("h", "t") for home in homes["id"]],
        cost=nearest / (4 / 3.6),
        facility_id=clinics["id"].to_numpy()[metres.argmin(axis=1)],
        share=covered.astype(float),
        snapped=True,
    )
    demand.loc[demand.index[-1], "snapped"] = False
    rows = [
        _row("study", "", study.name.zh, denominator, demand)
        for denominator in ("residents", "units")
    ]
    for level in study.levels:
        for zone, name in zip(level.zones["id"], level.zones["name"], strict=True):
            members = level.members.loc[level.members["zone_id"] == zone, "member_id"]
            inside = demand[demand["zone_id"].isin(members)]
            rows += [_row(level.id, zone, name, one, inside) for one in ("residents", "units")]
    return Coverage(
        standard=Standard.model_validate(STANDARD),
        mode=None,
        demand=demand,
        supply=clinics,
        zones=pd.DataFrame(rows),
        notices=(
            Notice(
                "unsnapped",
                "warning",
                100,
                Text("100 人未接入路网", "100 people are off the network"),
            ),
        ),
    )


def _row(level: str, zone: str, name: str, denominator: str, demand: pd.DataFrame) -> dict:
    total = float(demand[denominator].sum())
    covered = float((demand[denominator] * demand["share"]).sum())
    rate = covered / total
    target = 0.5 if denominator == "residents" else np.nan
    return {
        "zone_id": zone,
        "zone_name": name,
        "level": level,
        "denominator": denominator,
        "total": total,
        "covered": covered,
        "uncovered": total - covered,
        "unsnapped": float(demand.loc[~demand["snapped"], denominator].sum()),
        "rate": rate,
        "rate_low": max(rate - 0.05, 0.0),
        "rate_high": min(rate + 0.05, 1.0),
        "target": target,
        "met": rate >= target if denominator == "residents" else None,
    }


def small_result(study: Study, layers: dict[str, Layer]) -> ServiceResult:
    """Return the computed service, with rings of 5, 10 and 15 minutes about each clinic."""
    clinics = layers["clinics"].table
    rings = gpd.GeoDataFrame(
        {"minutes": [5.0, 10.0, 15.0], "off_network_m": 40.0, "accuracy_m": 10.0},
        geometry=[clinics.buffer(1000 / 3 * n).union_all() for n in (1, 2, 3)],
        crs=study.crs,
    )
    return ServiceResult(
        "health",
        ServiceSpec.model_validate(SPEC["services"]["health"]),
        small_coverage(study, layers),
        rings,
        links=(
            Link(Text("首页", "Front page"), "index.html"),
            Link(Text("下载表格", "Table as CSV"), "data/health/coverage.csv"),
        ),
    )


def renamed(layers: dict[str, Layer], text: str) -> dict[str, Layer]:
    """Return the layers with ``text`` in every name and text column of every row."""
    changed = {}
    for name, layer in layers.items():
        columns = [column for column in ("name", "name_en", "kind") if column in layer.table]
        changed[name] = replace(layer, table=layer.table.assign(**dict.fromkeys(columns, text)))
    return changed


def catalogue() -> Catalogue:
    """Return the built-in catalogue."""
    return load_catalogue()
