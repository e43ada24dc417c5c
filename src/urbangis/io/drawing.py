"""Drawings (DXF): text in the encoding that it really has, and outlines as areas."""

import re
from pathlib import Path

import geopandas as gpd
import shapely

from urbangis.errors import ReadError
from urbangis.io.bulk import read_bulk
from urbangis.io.encoding import Bytes, choose_encoding
from urbangis.notices import Notice

_BINARY = b"AutoCAD Binary DXF"
_VERSION = re.compile(rb"\$ACADVER\s+1\s+AC(\d{4})")
_CODE_PAGE = re.compile(rb"\$DWGCODEPAGE\s+3\s+(\S+)")
# AutoCAD 2007, from which on drawings are UTF-8 whatever their code page says.
_FIRST_IN_UTF8 = 1021
_SMALLEST_RING = 4


def read_drawing(
    path: Path, *, layer: str | None, encoding: str | None, outlines: bool
) -> tuple[gpd.GeoDataFrame, tuple[Notice, ...]]:
    """Read the entities of a drawing.

    Parameters
    ----------
    path, layer
        File, and layer as GDAL sees it (there is one, ``entities``); the layers of the drawing are
        values of the column ``Layer``.
    encoding
        Text encoding, if the user states one.
    outlines
        Whether lines that end where they begin are areas. Drawings hardly know areas otherwise.

    Returns
    -------
    tuple[GeoDataFrame, tuple[Notice, ...]]
        All entities without CRS, which a drawing cannot state; and what a reader must know.

    Raises
    ------
    ReadError
        If the file is damaged or its encoding cannot be told.
    """
    options, notices = _encoding(path, encoding)
    table, heard = read_bulk(path, layer=layer, options=options)
    if outlines:
        shapes = table.geometry.to_numpy().copy()
        rings = shapely.is_closed(shapes) & (shapely.get_num_points(shapes) >= _SMALLEST_RING)
        shapes[rings] = [shapely.Polygon(line.coords) for line in shapes[rings]]
        table = table.set_geometry(gpd.GeoSeries(shapes, crs=table.crs))
    return table, (*notices, *heard)


def _encoding(path: Path, required: str | None) -> tuple[dict[str, str], tuple[Notice, ...]]:
    """Return the open option of GDAL for the encoding that fits."""
    data = path.read_bytes()
    if data.startswith(_BINARY):
        return {}, ()
    _check_pairs(data, path)
    version, page = _VERSION.search(data), _CODE_PAGE.search(data)
    stated = page[1].decode("latin-1") if page else None
    if version and int(version[1]) >= _FIRST_IN_UTF8:
        stated = "UTF-8"
    found, notices = choose_encoding([Bytes(data)], required=required, stated=stated, file=path)
    return {"ENCODING": found.upper()}, notices


def _check_pairs(data: bytes, path: Path) -> None:
    """Check that every other line is a group code; GDAL stops at one that is not, and is silent."""
    for number, code in enumerate(data.rstrip().splitlines()[::2]):
        if not code.strip().removeprefix(b"-").isdigit():
            raise ReadError(
                f"is damaged: line {2 * number + 1} should be a group code, which is a number",
                file=path,
                remedy="Save the drawing again as DXF.",
            )
