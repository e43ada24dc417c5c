"""Bands of nested areas: the land between, drawn from the rings of both."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import MultiPolygon, Polygon, box
from shapely.geometry.polygon import orient

from urbangis.publish.maps.nested import nested_bands


def areas(*shapes: shapely.Geometry) -> gpd.GeoDataFrame:
    minutes = [5.0 * (number + 1) for number in range(len(shapes))]
    parts = [MultiPolygon([orient(one) for one in shapely.get_parts(shape)]) for shape in shapes]
    return gpd.GeoDataFrame({"minutes": minutes}, geometry=parts, crs=4549)


def is_land(shape: shapely.Geometry, points: np.ndarray) -> np.ndarray:
    """Say which points an odd number of rings holds, as a page fills areas."""
    rings = shapely.polygons(shapely.get_rings(shapely.get_parts(shape)))
    return shapely.contains(rings[:, None], points).sum(axis=0) % 2 == 1


def winding(shape: shapely.Geometry, points: np.ndarray) -> np.ndarray:
    """Say how often the rings go round each point, as print fills areas where not zero."""
    rings = shapely.get_rings(shapely.get_parts(shape))
    turn = np.where(shapely.is_ccw(rings), 1, -1)
    return turn @ shapely.contains(shapely.polygons(rings)[:, None], points)


def test_bands_hold_the_land_between_two_areas() -> None:
    # The middle area has a hole, an island, and a side in common with both others.
    inner = box(0, 0, 10, 10)
    middle = shapely.union_all(
        [box(0, 0, 20, 20).difference(box(12, 12, 18, 18)), box(30, 0, 35, 5)]
    )
    outer = shapely.union_all([middle, box(0, 0, 25, 21), box(30, 0, 36, 6)])
    bands = nested_bands(areas(inner, middle, outer), 0.01)
    assert bands["minutes"].tolist() == [5.0, 10.0, 15.0]
    x, y = np.meshgrid(np.arange(-0.5, 40), np.arange(-0.5, 25))
    points = shapely.points(x.ravel(), y.ravel())
    for band, land in zip(
        bands.geometry, [inner, middle.difference(inner), outer.difference(middle)], strict=True
    ):
        assert (is_land(band, points) == shapely.contains(land, points)).all()
        assert (abs(winding(band, points)) == shapely.contains(land, points)).all()


def test_a_shared_stretch_is_simplified_alike_for_both() -> None:
    # The inner area ends in the middle of a winding side that both share.
    x = np.linspace(0, 40, 401)
    side = np.column_stack([x, np.sin(x) + 0.3 * np.sin(7 * x)])
    outer = Polygon([*side, (40, 20), (0, 20)])
    inner = Polygon([*side[:251], (25, 10), (0, 10)])
    bands = nested_bands(areas(inner, outer), 0.5)
    first, second = bands.geometry
    corners = shapely.get_coordinates(first)
    shared = corners[(corners[:, 1] < 2) & (corners[:, 0] < 25)]
    assert 5 < len(shared) < 100
    other = {tuple(one) for one in shapely.get_coordinates(second.geoms[0])}
    assert {tuple(one) for one in shared} <= other


@given(st.lists(st.floats(0.5, 100), min_size=1, max_size=4, unique=True), st.floats(0.1, 30))
def test_outlines_move_no_farther_than_the_tolerance(radii: list[float], tolerance: float) -> None:
    circles = [shapely.Point(3e5, 3e6).buffer(radius, quad_segs=40) for radius in sorted(radii)]
    for circle, band in zip(
        circles, nested_bands(areas(*circles), tolerance).geometry, strict=True
    ):
        drawn = shapely.get_rings(band.geoms[0])[0]
        assert len(drawn.coords) >= 4  # an area stays one, however small
        points = shapely.points(shapely.get_coordinates(circle.exterior))
        if circle.length > 20 * tolerance:
            assert shapely.distance(points, drawn).max() <= tolerance + 1e-6


def test_an_area_that_is_reached_nowhere_has_no_band() -> None:
    bands = nested_bands(areas(MultiPolygon(), box(0, 0, 9, 9), box(0, 0, 9, 9)), 0.1)
    assert bands.geometry[0].is_empty
    assert bands.geometry[1].area == pytest.approx(81)
    points = shapely.points([4.0, 20.0], [4.0, 20.0])
    assert not is_land(bands.geometry[2], points).any()
    nowhere = nested_bands(areas(MultiPolygon(), MultiPolygon()), 0.1)
    assert nowhere.geometry.is_empty.all()
