"""Population rasters: each cell with people becomes a point at its centre."""

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from rasterio.errors import RasterioError

from urbangis.errors import CrsError, ReadError, TableError
from urbangis.notices import Notice, Text

_REMEDY_DAMAGED = "Download or export it again."


def read_cells(path: Path, *, crs: CRS) -> tuple[gpd.GeoDataFrame, tuple[Notice, ...]]:
    """Read a raster of people per cell.

    Cells without data (the raster's nodata value, its mask, NaN) and cells of nobody give no row.
    The total of the rows equals that of the cells exactly: no value is scaled or rounded.

    Parameters
    ----------
    path
        Raster of one band: people per cell, not per area.
    crs
        CRS of the result.

    Returns
    -------
    tuple[GeoDataFrame, tuple[Notice, ...]]
        Contract ``demand``: ``id`` (row and column from 0, ``"12-345"``), ``name`` (empty),
        ``residents``, and the centre of the cell in ``crs``. With a notice ``cells-without-data``.

    Raises
    ------
    ReadError
        If the file cannot be read whole, or has several bands.
    CrsError
        If it has no CRS.
    TableError
        If a cell holds a negative number other than nodata, or all are empty.
    """
    values, known, transform, source = _read_band(path)
    negative = known & (values < 0)
    if negative.any():
        row, column = np.argwhere(negative)[0]
        raise TableError(
            f"holds {values[row, column]:g} people ({int(negative.sum())} cells are negative)",
            file=path,
            row=f"{row}-{column}",
            remedy="State that value as the raster's nodata, if it means no data.",
        )
    rows, columns = np.nonzero(known & (values > 0))
    if not len(rows):
        raise TableError(
            "holds no people: the cells add up to 0",
            file=path,
            remedy="Check that this is the band of population counts.",
        )
    x, y = transform * (columns + 0.5, rows + 0.5)
    table = gpd.GeoDataFrame(
        {
            "id": _cell_ids(rows, columns),
            "name": "",
            "residents": values[rows, columns].astype("float64"),
        },
        geometry=shapely.points(x, y),
        crs=source,
    )
    return table.to_crs(crs), _notice_no_data(int((~known).sum()))


def _read_band(path: Path) -> tuple[NDArray[Any], NDArray[np.bool_], Any, CRS]:
    """Return the values of the only band, where they are known, the transform and the CRS."""
    try:
        with rasterio.open(path) as raster:
            if raster.count != 1:
                raise ReadError(
                    f"has {raster.count} bands",
                    file=path,
                    remedy="Export the one with people per cell.",
                )
            if raster.crs is None:
                raise CrsError(
                    "has no coordinate system",
                    file=path,
                    remedy="Assign it in QGIS and export the raster again.",
                )
            values = raster.read(1)
            known = (raster.read_masks(1) != 0) & np.isfinite(values)
            return values, known, raster.transform, CRS.from_wkt(raster.crs.to_wkt())
    except RasterioError as error:
        said = str(error).splitlines()[0].rstrip(".")
        raise ReadError(
            f"cannot be read whole: {said}", file=path, remedy=_REMEDY_DAMAGED
        ) from error


def _cell_ids(rows: NDArray[np.int64], columns: NDArray[np.int64]) -> pd.Series:
    return pd.Series(rows).astype(str) + "-" + pd.Series(columns).astype(str)


def _notice_no_data(count: int) -> tuple[Notice, ...]:
    if not count:
        return ()
    text = Text(
        zh=f"人口栅格中有 {count} 个像元无数据，未计入人口",
        en=f"{count} cells of the population raster hold no data and count nobody",
    )
    return (Notice("cells-without-data", "info", count, text),)
