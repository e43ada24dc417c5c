"""Small worlds drawn in code, for tests."""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from hypothesis import assume
from hypothesis import strategies as st

from urbangis.catalog import Mode, Source
from urbangis.notices import Text
from urbangis.study import Level

CRS = "EPSG:4549"
HERE = Source(document="tests", clause="-", confidence="high")


def mode(**changes) -> Mode:
    """A walker of 1 m/s on streets of class "a" (2 m/s on "fast"), 100 m from streets at most."""
    values = {
        "id": "test",
        "name": Text("测试", "test"),
        "speeds_kmh": {"a": 3.6, "fast": 7.2},
        "obeys_one_way": True,
        "access_keys": ("access", "foot"),
        "deny": ("no",),
        "permit": ("yes",),
        "snap_limit_m": 100.0,
        "access_kmh": 3.6,
        "source": HERE,
    }
    return Mode(**{**values, **changes})


def streets(*lines: Sequence[tuple[float, float]], **columns) -> gpd.GeoDataFrame:
    """Streets with ids s0, s1, ... of class "a", both ways, unless columns say otherwise."""
    count = len(lines)
    table = {
        "id": [f"s{i}" for i in range(count)],
        "class": ["a"] * count,
        "oneway": ["no"] * count,
        "grade": [0] * count,
        "max_speed_kmh": [float("nan")] * count,
    }
    return gpd.GeoDataFrame(
        {**table, **columns}, geometry=[shapely.LineString(line) for line in lines], crs=CRS
    )


def supply(*geometries, kind="clinic") -> gpd.GeoDataFrame:
    """Facilities with ids f0, f1, ... at points (pairs) or polygons."""
    shapes = [g if isinstance(g, shapely.Geometry) else shapely.Point(g) for g in geometries]
    ids = [f"f{i}" for i in range(len(shapes))]
    return gpd.GeoDataFrame(
        {"id": ids, "name": ids, "name_en": ids, "kind": kind}, geometry=shapes, crs=CRS
    )


def demand(*geometries, residents: Sequence[float] | None = None) -> gpd.GeoDataFrame:
    """Homes with ids d0, d1, ... ; power-of-two residents, so that a sum tells who is in it."""
    shapes = [
        g if g is None or isinstance(g, shapely.Geometry) else shapely.Point(g) for g in geometries
    ]
    ids = [f"d{i}" for i in range(len(shapes))]
    people = residents if residents is not None else [2.0**i for i in range(len(shapes))]
    return gpd.GeoDataFrame({"id": ids, "name": ids, "residents": people}, geometry=shapes, crs=CRS)


def base_level(*boxes: tuple[float, float, float, float]) -> Level:
    """Base zones z0, z1, ... as boxes (minx, miny, maxx, maxy)."""
    ids = [f"z{i}" for i in range(len(boxes))]
    zones = gpd.GeoDataFrame(
        {"id": ids, "name": ids, "name_en": ids},
        geometry=[shapely.box(*box) for box in boxes],
        crs=CRS,
    )
    members = pd.DataFrame({"zone_id": ids, "member_id": ids})
    return Level("block", Text("街区", "block"), zones, members, partition=True)


def group_level(groups: dict[str, Sequence[str]], base: Level, *, partition=True) -> Level:
    """A level of zones that are groups of base zones."""
    rows = [(zone, member) for zone, members in groups.items() for member in members]
    members = pd.DataFrame(rows, columns=["zone_id", "member_id"])
    shapes = base.zones.set_index("id").geometry
    zones = gpd.GeoDataFrame(
        {"id": list(groups), "name": list(groups), "name_en": list(groups)},
        geometry=[shapely.union_all(shapes[list(ids)]) for ids in groups.values()],
        crs=base.zones.crs,
    )
    return Level("group", Text("片区", "group"), zones, members, partition=partition)


def decided(table, frame):
    """Drop places with two streets equally near, where either is right."""
    metres = np.sort([table.distance(point).to_numpy() for point in frame.geometry], axis=1)
    clear = metres[:, 1] - metres[:, 0] > 1e-9 if len(table) > 1 else np.ones(len(frame), bool)
    return frame[clear].reset_index(drop=True)


@st.composite
def random_worlds(draw):
    """Connected streets: parallels, loops, dead ends, one-ways, zero lengths; places anywhere."""
    spot = st.tuples(st.integers(0, 12), st.integers(0, 12))
    crossings = draw(st.lists(spot, min_size=2, max_size=8, unique=True))
    lines, oneway, reached = [], [], [crossings[0]]
    for _ in range(draw(st.integers(1, 14))):
        a, b = draw(st.sampled_from(reached)), draw(st.sampled_from(crossings))
        via = [draw(spot)] if a != b and draw(st.booleans()) else []
        if a == b and draw(st.booleans()):  # round a block
            via = [(a[0] + 3, a[1]), (a[0] + 3, a[1] + 2)]
        line = [(10 * x, 10 * y) for x, y in (a, *via, b)]
        if draw(st.booleans()):
            line.reverse()
        if not via or shapely.LineString(line).is_simple:  # a fold has two places in one
            lines.append(line)
            oneway.append(draw(st.sampled_from(["no", "no", "yes", "-1"])))
            reached.append(b)
    assume(lines)
    place = st.tuples(
        st.floats(-2, 122, allow_subnormal=False), st.floats(-2, 122, allow_subnormal=False)
    )
    table = streets(*lines, oneway=oneway)
    homes = demand(*draw(st.lists(place, min_size=1, max_size=6)))
    clinics = supply(*draw(st.lists(place, min_size=1, max_size=4)))
    return table, decided(table, homes), decided(table, clinics)
