"""Geometry for the eye keeps neighbours together and can be read back."""

from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely import LineString, MultiPoint, MultiPolygon, Point, Polygon, box

from urbangis.publish.display import bands, encode, extent, tolerance_m, zone_outlines
from urbangis.study import Study


def decode_path(steps: list[int]) -> list[tuple[float, float]]:
    """Read a path as the browser does: the first point, then steps."""
    points = np.cumsum(np.array(steps).reshape(-1, 2), axis=0)
    return [(lon / 1e6, lat / 1e6) for lon, lat in points.tolist()]


def decode_polygon(parts: list[Any]) -> MultiPolygon:
    return MultiPolygon(
        [
            Polygon(decode_path(rings[0]), [decode_path(hole) for hole in rings[1:]])
            for rings in parts
        ]
    )


def test_polygons_with_holes_and_parts_come_back_to_a_decimetre() -> None:
    ring = Point(120.123456, 32.5).buffer(0.1)
    shape = MultiPolygon(
        [ring.difference(Point(120.12, 32.5).buffer(0.02)), box(121, 33, 121.5, 33.5)]
    )
    back = decode_polygon(encode(shape))
    assert back.hausdorff_distance(shape) <= 1e-6


def test_points_and_lines_are_lists_of_paths() -> None:
    assert encode(Point(120.5, 32.25)) == [[120_500_000, 32_250_000]]
    assert encode(MultiPoint([(1, 2), (3, 4)])) == [[1_000_000, 2_000_000], [3_000_000, 4_000_000]]
    line = LineString([(120, 32), (120, 32), (120.000001, 31.999998)])
    assert encode(line) == [[120_000_000, 32_000_000, 1, -2]]


@pytest.mark.parametrize("nothing", [None, Polygon(), Point()])
def test_no_geometry_is_no_paths(nothing: shapely.Geometry | None) -> None:
    assert encode(nothing) == []


def test_outlines_of_every_level_fill_the_same_area_without_gap_or_overlap(study: Study) -> None:
    outlines = zone_outlines(study)
    towns, counties = outlines["town"], outlines["county"]
    assert towns.union_all().symmetric_difference(counties.union_all()).area == 0
    assert towns.area.sum() == pytest.approx(towns.union_all().area, rel=1e-12)
    assert counties.set_index("id").loc["c0"].geometry.equals(towns.geometry[:3].union_all())


def test_tolerance_is_a_4000th_of_the_longer_side(study: Study) -> None:
    assert tolerance_m(study) == 3.0  # 12 km wide, 8 km high
    west, south, east, north = extent(study)
    # 12 km are 0.127 degrees of longitude here, west of the meridian 120 of the grid.
    assert east - west == pytest.approx(0.127, abs=0.001)
    assert 119.7 < west < east < 120
    assert 31.9 < south < north < 32.1


def test_bands_are_disjoint_and_fill_the_largest_ring() -> None:
    rings = gpd.GeoDataFrame(
        {"minutes": [10.0, 5.0, 15.0]},
        geometry=[Point(0, 0).buffer(r) for r in (2, 1, 3)],
        crs=4549,
    )
    cut = bands(rings)
    assert cut["minutes"].tolist() == [5.0, 10.0, 15.0]
    assert cut.area.tolist() == pytest.approx(
        [rings.area[1], rings.area[0] - rings.area[1], rings.area[2] - rings.area[0]]
    )
    assert cut.union_all().area == pytest.approx(cut.area.sum())
