"""Places of demand: points, polygons, cells, and rows whose place is unknown."""

import numpy as np
import pandas as pd
import shapely

import worlds
from urbangis.tables import cell_ids, cells_of, coordinates, is_cells, point_blocks, row_names

RING = shapely.Polygon(shapely.box(0, 0, 9, 9).exterior, [shapely.box(1, 1, 8, 8).exterior])


def test_a_shape_is_at_its_point_or_at_one_inside_it() -> None:
    table = worlds.demand((3, 4), RING, None, shapely.Point())
    xy = coordinates(table)
    assert not is_cells(table)
    assert xy[0].tolist() == [3, 4]
    assert RING.contains(shapely.Point(xy[1]))  # its centroid lies in the hole
    assert np.isnan(xy[2:]).all()
    assert row_names(table).tolist() == ["d0", "d1", "d2", "d3"]


def test_a_shape_with_columns_x_and_y_is_where_its_point_is() -> None:
    table = worlds.demand((3, 4)).assign(x=118.7, y=32.0)
    assert coordinates(table).tolist() == [[3, 4]]


def test_cells_are_named_by_row_and_column() -> None:
    rows, columns = np.array([0, 12, 17_999]), np.array([7, 345, 43_199])
    ids = cell_ids(rows, columns)
    table = pd.DataFrame({"id": ids, "residents": 1.0, "x": [1.0, 2.0, 3.0], "y": 5.0})
    assert is_cells(table)
    assert coordinates(table).tolist() == [[1, 5], [2, 5], [3, 5]]
    assert row_names(table).tolist() == ["0-7", "12-345", "17999-43199"]
    assert [found.tolist() for found in cells_of(ids)] == [rows.tolist(), columns.tolist()]
    assert (np.diff(ids) > 0).all()


def test_an_unknown_place_is_no_point() -> None:
    ((rows, points),) = point_blocks(np.array([(1.0, 2.0), (np.nan, np.nan)]))
    assert (rows.start, points[0], points[1]) == (0, shapely.Point(1, 2), None)
