"""Service areas over open ground: the very cells that are reached, nested, in any CRS."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS, Transformer
from rasterio.transform import Affine

from urbangis.travel.surface import Places, SurfaceCosts, build_surface, surface_costs
from urbangis.travel.surface_area import surface_area

METRIC = CRS.from_epsg(4549)
DEGREES = CRS.from_epsg(4326)
PLACE = Affine(100, 0, 500_000, 0, -50, 3_500_000)


def ground(shape, *, transform=PLACE, crs=METRIC):
    return build_surface(np.ones(shape), transform=transform, crs=crs)


def costs(minutes) -> SurfaceCosts:
    cost_s = 60 * np.asarray(minutes, float)
    return SurfaceCosts(cost_s, np.where(np.isnan(cost_s), -1, 0).astype(np.int32))


def centres(shape, transform) -> np.ndarray:
    row, column = np.indices(shape).reshape(2, -1)
    return np.column_stack(
        [transform.c + transform.a * (column + 0.5), transform.f + transform.e * (row + 0.5)]
    )


def test_a_cutoff_is_inclusive_and_an_island_stays_open() -> None:
    field = [[5, 5, 5, 9], [5, 20, 5, 9], [5, 5, 5, np.nan]]
    found = surface_area(ground((3, 4)), costs(field), [10, 5], crs=METRIC)
    assert found["minutes"].tolist() == [5, 10]
    assert found["accuracy_m"].tolist() == [100, 100]
    outer = shapely.box(500_000, 3_499_850, 500_300, 3_500_000)
    island = shapely.box(500_100, 3_499_900, 500_200, 3_499_950)
    east = shapely.box(500_300, 3_499_900, 500_400, 3_500_000)
    assert found.geometry[0].equals(outer - island)
    assert found.geometry[1].equals(outer - island | east)
    (with_island,) = shapely.get_parts(found.geometry[0])
    assert with_island.exterior.is_ccw
    assert not with_island.interiors[0].is_ccw


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32 - 1), st.integers(1, 9), st.integers(1, 9))
def test_polygons_are_the_cells_that_are_reached(seed, rows, columns) -> None:
    field = np.random.default_rng(seed).integers(0, 4, (rows, columns)) * 5.0
    field[field == 15] = np.nan
    found = surface_area(ground(field.shape), costs(field), [2, 5, 10], crs=METRIC)
    xy = centres(field.shape, PLACE)
    for limit, shape in zip(found["minutes"], found.geometry, strict=True):
        assert shape.is_valid
        reached = field.ravel() <= limit
        np.testing.assert_array_equal(shapely.contains_xy(shape, xy), reached)
        assert shape.area == pytest.approx(reached.sum() * 5_000)
    for inner, outer in zip(found.geometry[:-1], found.geometry[1:], strict=True):
        assert (inner - outer).is_empty


def test_cells_in_degrees_keep_their_place_and_nest() -> None:
    """A cell of 0.01 degree near 32 N; each centre is asked for in the metric CRS."""
    place = Affine(0.01, 0, 118.0, 0, -0.01, 32.5)
    field = np.random.default_rng(3).integers(0, 4, (40, 60)) * 5.0
    field[10:30, 10:50] = 0  # long straight edges, which bend when they are projected
    surface = ground(field.shape, transform=place, crs=DEGREES)
    found = surface_area(surface, costs(field), [2, 5, 10], crs=METRIC)
    project = Transformer.from_crs(DEGREES, METRIC, always_xy=True)
    xy = np.column_stack(project.transform(*centres(field.shape, place).T))
    for limit, shape in zip(found["minutes"], found.geometry, strict=True):
        np.testing.assert_array_equal(shapely.contains_xy(shape, xy), field.ravel() <= limit)
    for inner, outer in zip(found.geometry[:-1], found.geometry[1:], strict=True):
        assert outer.covers(inner)
    # 0.01 degree of the meridian at 32 N is about 1,109 m, of the parallel about 945 m.
    assert found["accuracy_m"][0] == pytest.approx(1_109, abs=1)


def test_on_a_plane_the_area_is_that_of_the_circle() -> None:
    """Ten minutes at 1 m/s: 600 m; 16 moves draw a polygon that lies 2.8 % within it at most."""
    surface = build_surface(
        np.ones((301, 301)), transform=Affine(5, 0, 500_000, 0, -5, 3_500_000), crs=METRIC
    )
    middle = Places(np.array([150]), np.array([150]), np.zeros(1))
    found = surface_area(surface, surface_costs(surface, middle), [10], crs=METRIC)
    share = found.geometry[0].area / (np.pi * 600**2)
    assert 0.972**2 < share < 1.0


def test_where_nothing_is_reached_the_area_is_empty() -> None:
    found = surface_area(ground((2, 2)), costs(np.full((2, 2), 30.0)), [10], crs=DEGREES)
    assert found.geometry.is_empty.tolist() == [True]
    assert found.geometry[0].geom_type == "MultiPolygon"
