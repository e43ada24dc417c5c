"""Friction from land cover, roads and barriers: worked by hand, and water that must not leak."""

import math

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pyproj import CRS
from rasterio.transform import Affine

from urbangis.errors import CrsError, TableError
from urbangis.travel.friction import build_friction
from urbangis.travel.surface import Places, build_surface, surface_costs

METRIC = CRS.from_epsg(4549)
CELLS = Affine(1, 0, 0, 0, -1, 20)
FIELD, LAKE = 1, 2
SPEEDS = {FIELD: 3.6, LAKE: 0}


def table(*geometries, crs="EPSG:4549", **columns) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=list(geometries), crs=crs)


def roads(*lines, speeds=None) -> gpd.GeoDataFrame:
    speeds = speeds or [36.0] * len(lines)
    return table(*[shapely.LineString(line) for line in lines], speed_kmh=speeds)


def friction(land=None, **layers):
    land = np.full((20, 20), FIELD) if land is None else np.asarray(land)
    return build_friction(land, SPEEDS, transform=CELLS, crs=METRIC, **layers)


def reached(grid, row, column) -> np.ndarray:
    """Which cells are reached from one, with the most moves there are."""
    ground = build_surface(grid, transform=CELLS, crs=METRIC)
    start = Places(np.array([row]), np.array([column]), np.zeros(1))
    return np.isfinite(surface_costs(ground, start, moves=16).cost_s)


def test_land_and_the_fastest_road_by_hand() -> None:
    """1 m/s on fields; on the road 10, where two share a cell the faster; a ditch of 2 km/h."""
    land = np.full((20, 20), FIELD)
    land[0, 0] = LAKE
    found, notices = friction(
        land,
        roads=roads(
            [(0.2, 15.5), (19.8, 15.5)],
            [(10.5, 0.5), (10.5, 19.5)],
            [(3.5, 0.5), (3.5, 9.5)],
            speeds=[36.0, 72.0, 2.0],
        ),
    )
    expected = np.ones((20, 20))
    expected[4, :] = 0.1
    expected[:, 10] = 0.05
    expected[0, 0] = math.inf
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert notices == ()


def test_a_road_through_corners_leads_over_cells_that_share_sides() -> None:
    """From corner to corner of every cell, with a lake on both sides of it."""
    found, _ = friction(np.full((20, 20), LAKE), roads=roads([(0, 20), (20, 0)]))
    assert reached(found, 0, 0)[19, 19]


def test_a_road_beside_a_river_does_not_open_it() -> None:
    river = table(shapely.LineString([(0, 10.2), (20, 10.2)]))
    found, notices = friction(roads=roads([(0, 10.8), (20, 10.8)]), barriers=river)
    assert np.isinf(found[9]).all()
    assert [(one.code, one.count) for one in notices] == [("roads-closed-by-barriers", 20)]
    assert not reached(found, 0, 0)[10:].any()


def test_a_narrow_canal_drawn_as_an_area_holds_and_its_bridge_leads_over() -> None:
    """Narrower than a cell: no cell has its centre in it."""
    canal = table(shapely.LineString([(-1, 3), (21, 14.3)]).buffer(0.1))
    closed, _ = friction(barriers=canal)
    assert not reached(closed, 0, 0)[19, 19]
    opened, notices = friction(barriers=canal, roads=roads([(10, 1), (11, 19)]))
    assert reached(opened, 0, 0)[19, 19]
    assert notices == ()


def test_a_broad_river_is_crossed_on_its_bridge_only() -> None:
    river = table(shapely.box(-1, 6, 21, 13))
    found, _ = friction(barriers=river, roads=roads([(4.5, 1), (4.5, 19)]))
    open_rows = np.isfinite(found[8:13])
    assert open_rows[:, 4].all()
    assert open_rows.sum() == 5
    assert reached(found, 0, 0)[19, 19]


@st.composite
def wiggly_rivers(draw):
    """A line from the west rim to the east rim that stays on the grid."""
    count = draw(st.integers(0, 6))
    heights = draw(st.lists(st.floats(5, 15), min_size=count + 2, max_size=count + 2))
    inner = sorted(draw(st.lists(st.floats(0.5, 19.5), min_size=count, max_size=count)))
    return list(zip([-1.0, *inner, 21.0], heights, strict=True))


@settings(deadline=None, max_examples=100)
@given(wiggly_rivers())
def test_no_river_leaks(river) -> None:
    found, _ = friction(barriers=table(shapely.LineString(river)))
    assert not reached(found, 0, 0)[19].any()


@settings(deadline=None, max_examples=100)
@given(st.lists(st.floats(8, 12), min_size=8, max_size=8), st.floats(1, 19), st.floats(1, 19))
def test_every_river_is_crossed_by_a_road_across(heights, top, foot) -> None:
    """A river with a bend every three cells, of 53 degrees at most, and a road over it once."""
    river = list(zip([-1, 3, 6, 9, 12, 15, 18, 21], heights, strict=True))
    line, road = shapely.LineString(river), [(top, 19.9), (foot, 0.1)]
    meeting = shapely.get_parts(line.intersection(shapely.LineString(road)))
    assume(len(meeting) == 1)
    found, _ = friction(barriers=table(line), roads=roads(road))
    assert reached(found, 0, 0)[19].any()


def test_every_class_needs_a_speed() -> None:
    with pytest.raises(TableError, match="class 7, 255, which has no speed"):
        friction([[1, 7], [255, 2]])
    with pytest.raises(TableError, match="class 1 has the speed -1"):
        build_friction(np.ones((2, 2), int), {1: -1.0}, transform=CELLS, crs=METRIC)
    with pytest.raises(TableError, match="no classes"):
        friction(np.ones((2, 2)))


def test_layers_that_do_not_fit_are_said() -> None:
    line = shapely.LineString([(1, 1), (5, 5)])
    wrong = [
        ({"roads": table(line, speed_kmh=[np.nan])}, TableError, "roads.*row 1: has the speed nan"),
        ({"roads": table(line)}, TableError, "no column"),
        ({"roads": table(line.buffer(1), speed_kmh=[1.0])}, TableError, "is not one of"),
        ({"roads": roads()}, TableError, "holds no rows"),
        ({"barriers": table(line, crs="EPSG:4326")}, CrsError, "WGS 84"),
        ({"barriers": table(line, crs=None)}, CrsError, "None"),
        ({"barriers": table(shapely.Point(1, 1))}, TableError, "is not one of"),
        ({"roads": roads([(100, 100), (200, 200)])}, CrsError, "does not meet"),
        ({"barriers": table(shapely.box(50, 50, 60, 60))}, CrsError, "does not meet"),
    ]
    for layers, error, words in wrong:
        with pytest.raises(error, match=words):
            friction(**layers)
