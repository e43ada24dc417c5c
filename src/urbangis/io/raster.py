"""Rasters: people become a table of cells, with their centres; land cover stays an array."""

import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import rasterio
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.features import rasterize
from rasterio.transform import Affine
from rasterio.warp import transform_bounds
from rasterio.windows import Window, from_bounds, intersect
from shapely.geometry.base import BaseGeometry

from urbangis.errors import CrsError, ReadError, TableError
from urbangis.io.placement import notice_approximate, notice_outside
from urbangis.notices import Notice, Text
from urbangis.tables import SAMPLE, Source, cell_ids, cells_of, row_names

# Coarser pictures of the file show numbers of single cells, none that is a mean of several.
_COG = {"compress": "deflate", "level": 1, "predictor": "yes", "overview_resampling": "nearest"}


def read_cells(
    path: Path, *, crs: CRS, area: BaseGeometry | None = None
) -> tuple[pd.DataFrame, tuple[Notice, ...]]:
    """Read a raster of people per cell.

    Cells without data (the raster's nodata value, its mask, NaN) and cells of nobody give no row.
    The total of the rows equals that of the cells exactly: no value is scaled or rounded.

    Parameters
    ----------
    path
        Raster of one band: people per cell, not per area.
    crs
        CRS of the result.
    area
        In ``crs``; of a raster that reaches farther, only the part around it is read.

    Returns
    -------
    tuple[DataFrame, tuple[Notice, ...]]
        A table of cells, in the raster's order: ``id`` (`urbangis.tables.cell_ids`),
        ``residents``, and the centre of the cell in ``crs``: ``x, y``. With notices:
        ``cells-without-data``; ``outside-study``, cells whose centre lies outside ``area``, which
        are kept; ``datum-approximate``.

    Raises
    ------
    ReadError
        If the file cannot be read whole, or has several bands.
    CrsError
        If it has no CRS, lies elsewhere, or has cells with no place in ``crs``.
    TableError
        If a cell holds a negative number other than nodata, or all are empty.
    """
    band = _read_band(path, crs, area)
    people, known = band.numbers, band.known
    negative = known & (people < 0)
    if negative.any():
        row, column = np.argwhere(negative)[0]
        raise TableError(
            f"holds {people[row, column]:g} people ({int(negative.sum())} cells are negative)",
            file=path,
            row=f"{row + band.first_row}-{column + band.first_column}",
            remedy="State that value as the raster's nodata, if it means no data.",
        )
    rows, columns = np.nonzero(known & (people > 0))
    if not len(rows):
        raise TableError(
            "holds no people: the cells add up to 0",
            file=path,
            remedy="Check that this is the raster of population counts.",
        )
    residents = people[rows, columns].astype("float64")
    rows, columns = rows + band.first_row, columns + band.first_column
    x, y = _centres(rows, columns, band, crs)
    table = pd.DataFrame({"id": cell_ids(rows, columns), "residents": residents, "x": x, "y": y})
    source = Source(path, None)
    if not np.isfinite(x).all():
        raise CrsError(
            f"cannot be projected into {crs.name}",
            file=path,
            row=row_names(table[~np.isfinite(x)].head(1)).iloc[0],
            remedy="Check the raster's coordinate system, and cut it to the study's area.",
        )
    notices = (
        *_notice_no_data(int((~known).sum())),
        *notice_approximate(band.crs, crs, len(table), source),
    )
    if area is None:
        return table, notices
    outside = table[~_inside(band, area, crs)[rows - band.first_row, columns - band.first_column]]
    names = row_names(outside.head(SAMPLE))
    return table, (*notices, *notice_outside(len(outside), names, source))


def _inside(band: "_Band", area: BaseGeometry, crs: CRS) -> NDArray[np.bool_]:
    """Return which cells of the part have their centre in an area."""
    to_grid = Transformer.from_crs(crs, band.crs, always_xy=True)
    outline = shapely.transform(area, to_grid.transform, interleaved=False)
    burnt = rasterize([outline], out_shape=band.numbers.shape, transform=band.part, dtype="uint8")
    return np.asarray(burnt == 1)


def write_cells(
    path: Path,
    ids: NDArray[np.int64],
    values: NDArray[np.float32],
    *,
    like: Path,
    tags: Mapping[str, str],
) -> None:
    """Write a number for each cell as a cloud-optimised GeoTIFF.

    Parameters
    ----------
    path
        File to write.
    ids, values
        Cells (`urbangis.tables.cell_ids`), and the number of each; NaN is no data. A cell that
        comes several times has one number.
    like
        The raster that the cells are of: the file has its grid and CRS, cropped to the cells.
    tags
        What the file says of itself.
    """
    rows, columns = cells_of(ids)
    first_row, first_column = int(rows.min()), int(columns.min())
    shape = int(rows.max()) - first_row + 1, int(columns.max()) - first_column + 1
    grid = np.full(shape, np.nan, np.float32)
    grid[rows - first_row, columns - first_column] = values
    with rasterio.open(like) as raster:
        place = {"crs": raster.crs, "transform": _from(raster.transform, first_row, first_column)}
    size = {"height": shape[0], "width": shape[1], "count": 1}
    with rasterio.open(
        path, "w", driver="COG", dtype="float32", nodata=math.nan, **size, **place, **_COG
    ) as file:
        file.write(grid, 1)
        file.update_tags(**tags)


def read_classes(path: Path, *, crs: CRS, area: BaseGeometry) -> tuple[NDArray[Any], Affine, CRS]:
    """Read the part of a raster of classes, such as land cover, that lies around an area.

    Parameters
    ----------
    path
        Raster of one band of whole numbers, which are left as they are: nodata is a class too.
    crs
        CRS of ``area``.
    area
        The cells that its bounds touch are read.

    Returns
    -------
    classes, transform, crs
        Array of shape (rows, columns), and the transform and CRS of this part.

    Raises
    ------
    ReadError
        If the file cannot be read whole, or has several bands.
    CrsError
        If it has no CRS, or lies elsewhere.
    TableError
        If it holds fractions.
    """
    band = _read_band(path, crs, area)
    if not np.issubdtype(band.numbers.dtype, np.integer):
        raise TableError(
            f"holds no classes: its numbers are {band.numbers.dtype}",
            file=path,
            remedy="Give a raster of whole numbers, one for each class of land cover.",
        )
    return band.numbers, band.part, band.crs


def read_numbers(path: Path, *, crs: CRS, area: BaseGeometry) -> tuple[NDArray[Any], Affine, CRS]:
    """Read the part of a raster of numbers, such as friction, that lies around an area.

    Parameters
    ----------
    path
        Raster of one band.
    crs, area
        As in `read_classes`.

    Returns
    -------
    numbers, transform, crs
        Array of shape (rows, columns), float64, NaN where the raster holds none; and the transform
        and CRS of this part.

    Raises
    ------
    ReadError
        If the file cannot be read whole, or has several bands.
    CrsError
        If it has no CRS, or lies elsewhere.
    """
    band = _read_band(path, crs, area)
    return np.where(band.known, band.numbers.astype(np.float64), np.nan), band.part, band.crs


@dataclass(frozen=True)
class _Band:
    """Part of a raster: its numbers, which of them are data, and where its first cell is."""

    numbers: NDArray[Any]
    known: NDArray[np.bool_]
    first_row: int
    first_column: int
    transform: Affine
    crs: CRS

    @property
    def part(self) -> Affine:
        """The transform of this part."""
        return _from(self.transform, self.first_row, self.first_column)


def _from(cell: Affine, row: int, column: int) -> Affine:
    """Return a transform that begins at another cell."""
    corner = (
        cell.a * column + cell.b * row + cell.c,
        cell.d * column + cell.e * row + cell.f,
    )
    return Affine(cell.a, cell.b, corner[0], cell.d, cell.e, corner[1])


def _read_band(path: Path, crs: CRS, area: BaseGeometry | None) -> _Band:
    if not path.exists():
        raise ReadError(
            "there is no such file", file=path, remedy='Correct "file" in the study file.'
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", NotGeoreferencedWarning)
            with rasterio.open(path) as raster:
                return _read_part(raster, path, crs, area)
    except NotGeoreferencedWarning as error:
        raise _without_place(path) from error
    except RasterioError as error:
        said = str(error).splitlines()[0].rstrip(".")
        raise ReadError(
            f"cannot be read whole: {said}", file=path, remedy="Download or export it again."
        ) from error


def _read_part(raster: Any, path: Path, crs: CRS, area: BaseGeometry | None) -> _Band:
    if raster.count != 1:
        raise ReadError(
            f"has {raster.count} bands", file=path, remedy="Export the one that is meant."
        )
    if raster.crs is None:
        raise _without_place(path)
    part = Window(0, 0, raster.width, raster.height)
    if area is not None:
        bounds = transform_bounds(crs.to_wkt(), raster.crs, *area.bounds)
        around = from_bounds(*bounds, transform=raster.transform)
        if not intersect([part, around]):
            raise CrsError(
                "does not meet the study's area",
                file=path,
                remedy="Check its coordinate system and its place.",
            )
        part = part.intersection(_whole_cells(around))
    numbers = raster.read(1, window=part)
    return _Band(
        numbers=numbers,
        known=(raster.read_masks(1, window=part) != 0) & np.isfinite(numbers),
        first_row=int(part.row_off),
        first_column=int(part.col_off),
        transform=raster.transform,
        crs=CRS.from_wkt(raster.crs.to_wkt()),
    )


def _whole_cells(window: Window) -> Window:
    """Widen a window to the cells that it touches."""
    rows, columns = window.toranges()
    row, column = math.floor(rows[0]), math.floor(columns[0])
    return Window(column, row, math.ceil(columns[1]) - column, math.ceil(rows[1]) - row)


def _without_place(path: Path) -> CrsError:
    return CrsError(
        "has no coordinate system",
        file=path,
        remedy="Assign it in QGIS and export the raster again.",
    )


def _centres(
    rows: NDArray[np.int64], columns: NDArray[np.int64], band: _Band, crs: CRS
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return x and y of the centres of cells in ``crs``."""
    cell = band.transform
    x = cell.a * (columns + 0.5) + cell.b * (rows + 0.5) + cell.c
    y = cell.d * (columns + 0.5) + cell.e * (rows + 0.5) + cell.f
    project = Transformer.from_crs(band.crs, crs, always_xy=True)
    x, y = project.transform(x, y)
    return x, y


def _notice_no_data(count: int) -> tuple[Notice, ...]:
    if not count:
        return ()
    text = Text(
        zh=f"人口栅格中有 {count} 个像元无数据，未计入人口",
        en=f"cells of the population raster without data, which count nobody: {count}",
    )
    return (Notice("cells-without-data", "info", count, text),)
