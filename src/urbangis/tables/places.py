"""Where the rows of a table of demand are, whether they are shapes or the cells of a raster.

A layer of points or polygons is a GeoDataFrame. The cells of a raster are a plain table with the
columns `CELL_COLUMNS`: a geometry object for each of eleven million cells would take gigabytes.
"""

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

CELL_COLUMNS = ("id", "residents", "x", "y")
"""Of a table of cells: a number (see `cell_ids`), people, and the centre in the study's CRS."""

# No raster is as wide: along the equator, cells would be four metres.
_STRIDE = 10_000_000
_BLOCK = 1_000_000


def is_cells(table: pd.DataFrame) -> bool:
    """Whether the rows of a table of demand are the cells of a raster."""
    return not isinstance(table, gpd.GeoDataFrame)


def coordinates(table: pd.DataFrame) -> NDArray[np.float64]:
    """Return where each row is: its point, a point inside its polygon, or the centre of its cell.

    Parameters
    ----------
    table
        Demand: points, polygons or cells.

    Returns
    -------
    ndarray
        x and y in the table's CRS, shape (rows, 2), in column order (x and y are each one piece);
        NaN where the place is unknown.
    """
    xy = np.empty((len(table), 2), order="F")
    if is_cells(table):
        xy[:, 0], xy[:, 1] = table["x"], table["y"]
        return xy
    shapes = np.array(table.geometry.to_numpy(), object)
    is_area = shapely.area(shapes) > 0
    shapes[is_area] = shapely.point_on_surface(shapes[is_area])
    shapes[shapely.is_empty(shapes)] = None
    xy[:, 0], xy[:, 1] = shapely.get_x(shapes), shapely.get_y(shapes)
    return xy


def point_blocks(xy: NDArray[np.float64]) -> Iterator[tuple[slice, NDArray[np.object_]]]:
    """Yield points by a million, each block with the rows that it stands for.

    Parameters
    ----------
    xy
        From `coordinates`; a place unknown becomes None.
    """
    for first in range(0, len(xy), _BLOCK):
        rows = slice(first, first + _BLOCK)
        points = np.asarray(shapely.points(xy[rows]), object)
        points[np.isnan(xy[rows]).any(axis=1)] = None
        yield rows, points


def cell_ids(rows: NDArray[np.integer], columns: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return numbers for cells by row and column, both from 0; they ascend as a raster is read."""
    return rows.astype(np.int64) * _STRIDE + columns


def cells_of(ids: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows and columns of cells by their ids."""
    return np.divmod(ids, _STRIDE)


def row_names(table: pd.DataFrame) -> pd.Series:
    """Name the rows of a table of demand for readers: by id, cells by row and column (``12-345``).

    Made when asked for: as text, the ids of a raster's cells would take more room than the rest.
    """
    if not is_cells(table):
        return table["id"]
    rows, columns = cells_of(table["id"].to_numpy())
    names = [f"{row}-{column}" for row, column in zip(rows, columns, strict=True)]
    return pd.Series(names, index=table.index, dtype=object)
