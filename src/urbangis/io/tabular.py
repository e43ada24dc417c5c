"""Tables of text, CSV and Excel, with places as longitude and latitude or as WKT."""

import csv
import io
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from urbangis.errors import ReadError, TableError
from urbangis.io.bulk import distinct
from urbangis.io.encoding import Bytes, choose_encoding
from urbangis.notices import Notice
from urbangis.tables import Source, shown, to_numbers, to_text

_DELIMITERS = (",", ";", "\t")
_LON_NAMES = ("lon", "lng", "long", "longitude", "经度")
_LAT_NAMES = ("lat", "latitude", "纬度")
_WKT_NAMES = ("geometry", "wkt")
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_DEGREES = re.compile(
    r"""(?P<sign>-?) \s* (?P<head>[EWNS]|东经|西经|北纬|南纬)? \s*
    (?P<d>\d+(\.\d+)?) \s* [°度] \s*
    ((?P<m>\d+(\.\d+)?) \s* ['′’分] \s*)?
    ((?P<s>\d+(\.\d+)?) \s* ("|”|''|′′|’’|秒) \s*)?
    (?P<tail>[EWNS])?""",
    re.VERBOSE,
)
_LARGEST_EXACT = 2**53
# What openpyxl and the libraries below it raise on a damaged workbook.
_WORKBOOK_FAULTS = (
    *(zipfile.BadZipFile, zlib.error, ParseError, InvalidFileException, EOFError, OSError),
    *(AttributeError, IndexError, KeyError, NotImplementedError, TypeError, ValueError),
)
_NEGATIVE = frozenset({"W", "S", "西经", "南纬"})


def read_csv(
    path: Path, *, columns: dict[str, str], encoding: str | None
) -> tuple[gpd.GeoDataFrame, tuple[Notice, ...]]:
    """Read a CSV whose delimiter is a comma, a semicolon or a tab.

    Parameters
    ----------
    path
        File; its first row names the columns.
    columns
        ``lon`` and ``lat``, or ``geometry``, to the file's own names, where it has others than
        those recognised (lon, lng, long, longitude, 经度; lat, latitude, 纬度; geometry, wkt).
    encoding
        Text encoding, if the user states one.

    Returns
    -------
    tuple[GeoDataFrame, tuple[Notice, ...]]
        Text columns, numbers not yet read, and points without CRS; empty cells are missing. The
        index counts the rows below the header from 0.

    Raises
    ------
    ReadError
        If the file is no table of text, or its encoding cannot be told.
    TableError
        If a row has more or fewer cells than the header, or a place cannot be read.
    """
    frame, notices = read_rows(path, encoding=encoding)
    return place(frame, columns=columns, file=path), notices


def read_rows(
    path: Path, *, encoding: str | None = None
) -> tuple[pd.DataFrame, tuple[Notice, ...]]:
    """Read a CSV without places, such as a table of members; as `read_csv` otherwise."""
    text, notices = _text(path, encoding)
    return _frame(_rows(text, path), path), notices


def read_excel(
    path: Path, *, layer: str | None, columns: dict[str, str]
) -> tuple[gpd.GeoDataFrame, tuple[Notice, ...]]:
    """Read one sheet of an Excel workbook (``.xlsx``); arguments and result as in `read_csv`.

    ``layer`` names the sheet; it may be None where only one holds anything.
    """
    return place(read_sheet(path, layer=layer), columns=columns, file=path), ()


def read_sheet(path: Path, *, layer: str | None) -> pd.DataFrame:
    """Read one sheet of an Excel workbook without places; as `read_excel` otherwise."""
    try:
        book = load_workbook(path, read_only=True, data_only=True)
        sheets = {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets}
        book.close()
    except _WORKBOOK_FAULTS as error:
        raise ReadError(
            "is not an Excel workbook that can be read",
            file=path,
            remedy='Open it in Excel and save it as "Excel workbook (.xlsx)".',
        ) from error
    rows = _sheet(sheets, layer, path)
    width = max(len(row) for row in rows)
    padded = [[*map(_inexact, row), *[None] * (width - len(row))] for row in rows]
    return _frame(padded, path)


def _inexact(cell: object) -> object:
    """Return whole numbers that Excel cannot hold exactly as floats, so that they are known."""
    return float(cell) if isinstance(cell, int) and abs(cell) >= _LARGEST_EXACT else cell


def place(frame: pd.DataFrame, *, columns: dict[str, str], file: Path) -> gpd.GeoDataFrame:
    """Turn longitudes and latitudes, or WKT, into geometries; the columns are used up.

    Raises
    ------
    TableError
        If there are no such columns, or a value cannot be read; names the row, counted from 1.
    """
    wkt = _find(frame, columns.get("geometry"), _WKT_NAMES, file)
    lon = _find(frame, columns.get("lon"), _LON_NAMES, file)
    lat = _find(frame, columns.get("lat"), _LAT_NAMES, file)
    if lon is not None and lat is not None:
        x, y = degrees(frame[lon], file=file), degrees(frame[lat], file=file)
        known = np.isfinite(x) & np.isfinite(y)
        shapes = np.full(len(frame), None, dtype=object)
        shapes[known] = shapely.points(x[known], y[known])
        return gpd.GeoDataFrame(frame.drop(columns=[lon, lat]), geometry=shapes)
    if wkt is not None:
        return gpd.GeoDataFrame(frame.drop(columns=wkt), geometry=_from_wkt(frame[wkt], file))
    raise TableError(
        "has no columns of longitude and latitude",
        file=file,
        remedy='Name them in the study file: columns = { lon = "...", lat = "..." }. '
        f"Columns present: {', '.join(map(str, frame.columns))}.",
    )


def degrees(values: pd.Series, *, file: Path) -> NDArray[np.float64]:
    """Read coordinates: numbers, or degrees, minutes and seconds such as ``118°47′30″``.

    Raises
    ------
    TableError
        If a value is neither; names the row, the index counted from 1.
    """
    numbers, unread = to_numbers(values)
    numbers = numbers.copy()
    text = to_text(values)
    for at in map(int, np.flatnonzero(unread)):
        value = _dms(str(text.iloc[at]))
        if value is None:
            raise TableError(
                f'"{shown(text.iloc[at])}" in the column "{values.name}" is not a coordinate',
                file=file,
                row=int(values.index[at]) + 1,
                remedy="Write 118.7917 or 118°47′30″.",
            )
        numbers[at] = value
    return numbers


def _dms(text: str) -> float | None:
    match = _DEGREES.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if match is None:
        return None
    minute, second = float(match["m"] or 0), float(match["s"] or 0)
    if minute >= 60 or second >= 60:
        return None
    size = float(match["d"]) + minute / 60 + second / 3600
    return -size if match["sign"] or {match["head"], match["tail"]} & _NEGATIVE else size


def _text(path: Path, encoding: str | None) -> tuple[str, tuple[Notice, ...]]:
    data = path.read_bytes()
    if data.startswith(b"PK\x03\x04"):
        raise ReadError(
            "is an Excel workbook, although its name says CSV",
            file=path,
            remedy="Rename it to .xlsx.",
        )
    if not data.strip():
        raise ReadError("is empty", file=path, remedy="Export or download it again.")
    mark = next((name for sign, name in _MARKS if data.startswith(sign)), None)
    found, notices = choose_encoding(
        [Bytes(data)], required=mark or encoding, stated="utf-8", file=path
    )
    return data.decode(found), notices


def _rows(text: str, path: Path) -> list[list[str]]:
    """Split a CSV into rows of cells at the delimiter that its first row has most of."""
    try:
        heads = {sign: next(csv.reader(io.StringIO(text), delimiter=sign)) for sign in _DELIMITERS}
        delimiter = max(_DELIMITERS, key=lambda sign: len(heads[sign]))
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise ReadError(
            f"is not a table of text: {error}", file=path, remedy="Save it again as CSV (UTF-8)."
        ) from error


def _frame(rows: Sequence[Sequence[object]], path: Path) -> pd.DataFrame:
    """Turn rows, the first being the header, into a frame; blank rows and columns are left out."""
    # Headings may be broken over two lines; the study file names them on one.
    names = [" ".join(str(name).split()) if name is not None else "" for name in rows[0]]
    body = {
        number: row
        for number, row in enumerate(rows[1:])
        if any(cell not in (None, "") for cell in row)
    }
    for number, row in body.items():
        surplus = any(cell not in (None, "") for cell in row[len(names) :])
        if surplus or len(row) < len(names):
            raise TableError(
                f"has {len(row)} cells, where the header has {len(names)}",
                file=path,
                row=number + 1,
                remedy="Correct that row; a text that holds the delimiter must stand in quotes.",
            )
    cells = {
        at: [None if row[at] == "" else row[at] for row in body.values()]
        for at, name in enumerate(names)
        if name or any(row[at] not in (None, "") for row in body.values())
    }
    headings = distinct(names[at] or f"column {at + 1}" for at in cells)
    return pd.DataFrame(
        dict(zip(headings, cells.values(), strict=True)), index=pd.Index(list(body), dtype="int64")
    )


def _sheet(sheets: dict[str, list[Any]], layer: str | None, path: Path) -> list[Any]:
    filled = {name: rows for name, rows in sheets.items() if rows}
    names = ", ".join(filled)
    if layer is not None and layer not in filled:
        raise ReadError(f'has no sheet "{layer}"', file=path, remedy=f"Its sheets: {names}.")
    if not filled:
        raise ReadError("is empty", file=path, remedy="Check that it was saved.")
    if layer is None and len(filled) > 1:
        raise ReadError(
            f"holds {len(filled)} sheets, and none is named",
            file=path,
            remedy=f'Name one with layer = "...": {names}.',
        )
    return filled[layer or next(iter(filled))]


def _find(
    frame: pd.DataFrame, mapped: str | None, known: tuple[str, ...], file: Path
) -> str | None:
    """Return the column that is mapped, or else the one that bears a known name."""
    present = [str(column) for column in frame.columns]
    if mapped is not None and mapped not in present:
        raise Source(file, None).no_column(mapped, present, remedy='Correct "columns".')
    return mapped or next((name for name in present if name.lower() in known), None)


def _from_wkt(values: pd.Series, file: Path) -> NDArray[np.object_]:
    text = to_text(values).astype(object).where(values.notna(), None).to_numpy()
    shapes: NDArray[np.object_] = shapely.from_wkt(text, on_invalid="ignore")
    unread = shapely.is_missing(shapes) & np.array([item is not None for item in text], dtype=bool)
    if unread.any():
        row = int(np.argmax(unread))
        raise TableError(
            f'"{shown(text[row])}" in the column "{values.name}" is not WKT',
            file=file,
            row=int(values.index[row]) + 1,
            remedy="Write POINT (118.79 32.06), POLYGON ((...)) and the like.",
        )
    return shapes
