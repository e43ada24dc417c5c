"""Shapes come back from their arcs, and no stretch of border is kept twice."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from shapely import GeometryCollection, LineString, MultiPoint, MultiPolygon, Point, Polygon, box

from urbangis.publish.maps.topology import STEPS, Shapes, mercator, pack_shapes


def table(*geometries: shapely.Geometry | None, crs: int = 4326) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=list(geometries), crs=crs)


def arcs(shapes: Shapes) -> list[NDArray[np.int64]]:
    return np.split(shapes.arcs, shapes.ends[1:-1]) if len(shapes.arcs) else []


def path(shapes: Shapes, refs: list[int]) -> list[tuple[int, int]]:
    """Put a ring or line together from its arcs."""
    points: list[tuple[int, int]] = []
    for ref in refs:
        arc = [tuple(point) for point in arcs(shapes)[ref if ref >= 0 else ~ref].tolist()]
        arc = arc if ref >= 0 else arc[::-1]
        assert not points or points[-1] == arc[0]
        points += arc[1:] if points else arc
    return points


def on_grid(shapes: Shapes, geometry: shapely.Geometry) -> shapely.Geometry:
    return shapely.transform(geometry, lambda xy: shapes.grid.places(xy).astype(float))


def ring_set(shapes: Shapes, layer: int, row: int) -> shapely.Geometry:
    rings = [path(shapes, refs) for refs in shapes.layers[layer].areas[row]]
    assert all(ring[0] == ring[-1] for ring in rings)
    found = Polygon()
    for ring in rings:
        found = found.symmetric_difference(Polygon(ring))
    return found


def segments(shapes: Shapes) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    found = []
    for arc in arcs(shapes):
        for one, other in zip(arc[:-1].tolist(), arc[1:].tolist(), strict=True):
            found.append(tuple(sorted((tuple(one), tuple(other)))))
    return found


def test_mercator_is_that_of_the_web() -> None:
    # 12.5 E 41.9 N in EPSG:3857, by PROJ; the world is 2 pi 6378137 m wide.
    x, y = gpd.GeoSeries([Point(12.5, 41.9)], crs=4326).to_crs(3857)[0].coords[0]
    width = 2 * np.pi * 6_378_137
    assert mercator(np.array([[12.5, 41.9]]))[0] == pytest.approx(
        [x / width + 0.5, 0.5 - y / width], abs=1e-12
    )


def test_two_neighbours_and_their_union_share_three_arcs() -> None:
    west, east = box(0, 0, 1, 1), box(1, 0, 2, 1)
    shapes = pack_shapes([table(west, east), table(west.union(east))])
    assert len(arcs(shapes)) == 3  # left, middle, right
    used = [sorted({ref if ref >= 0 else ~ref for ring in row for ref in ring})
            for layer in shapes.layers for row in layer.areas]  # fmt: skip
    middle = set(used[0]) & set(used[1])
    assert len(middle) == 1
    assert set(used[2]) == (set(used[0]) | set(used[1])) - middle


def test_an_island_is_one_arc_for_the_island_the_hole_and_the_line_around_it() -> None:
    island = Point(5, 5).buffer(1)
    sea = box(0, 0, 10, 10).difference(island)
    shapes = pack_shapes([table(sea, island), table(island.boundary)])
    assert len(arcs(shapes)) == 2
    both = ring_set(shapes, 0, 0).union(ring_set(shapes, 0, 1))
    assert both.equals(on_grid(shapes, box(0, 0, 10, 10)))
    (circle,) = {ref if ref >= 0 else ~ref for ref in shapes.layers[0].areas[1][0]}
    assert shapes.layers[1].paths[0][0] in ([circle], [~circle])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(3, 60))
def test_cells_of_a_plane_come_back_and_no_segment_is_kept_twice(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    sites = shapely.points(rng.uniform((118, 32), (119, 33), (count, 2)))
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.union_all(sites)))
    groups = [shapely.union_all(cells[n::3]) for n in range(3)]
    shapes = pack_shapes([table(*cells), table(*groups)])
    for layer, polygons in enumerate((cells, groups)):
        for row, polygon in enumerate(polygons):
            expected = shapely.make_valid(on_grid(shapes, polygon))
            assert ring_set(shapes, layer, row).symmetric_difference(expected).area == 0
    all_segments = segments(shapes)
    assert len(all_segments) == len(set(all_segments))


def test_points_lines_and_areas_of_one_row_are_kept_apart() -> None:
    mixed = GeometryCollection([Point(1, 1), LineString([(0, 0), (2, 2)]), box(3, 3, 4, 4)])
    shapes = pack_shapes([table(mixed, None, Polygon(), MultiPoint([(0, 0), (4, 0)]))])
    layer = shapes.layers[0]
    assert [len(row) for row in layer.areas] == [1, 0, 0, 0]
    assert [len(row) for row in layer.paths] == [1, 0, 0, 0]
    assert layer.point_rows.tolist() == [0, 3, 3]
    # Mercator stretches the latitudes, so the square is higher than wide.
    assert layer.points[:, 0].tolist() == pytest.approx([STEPS / 4, 0, STEPS], rel=2e-3)


def test_what_is_smaller_than_the_grid_keeps_its_place() -> None:
    speck = Point(0.5, 0.5).buffer(1e-9)
    shapes = pack_shapes(
        [table(box(0, 0, 1, 1), speck, LineString([(0.2, 0.2), (0.2, 0.2 + 1e-9)]))]
    )
    layer = shapes.layers[0]
    for refs in (layer.areas[1][0], layer.paths[2][0]):
        points = path(shapes, refs)
        assert len(points) == 2
        assert points[0] == points[1]


def test_parts_and_holes_stay_together() -> None:
    ring = Point(120, 32).buffer(0.5).difference(Point(120, 32).buffer(0.2))
    shapes = pack_shapes([table(MultiPolygon([ring, box(121, 33, 121.5, 33.5)]))])
    assert len(shapes.layers[0].areas[0]) == 3


def test_nothing_at_all_is_nothing() -> None:
    shapes = pack_shapes([table(None), table()])
    assert arcs(shapes) == []
    assert shapes.layers[0].areas == []
