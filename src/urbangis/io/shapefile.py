"""Shapefiles: text in whatever encoding it really is, and damage found before it goes unnoticed.

GDAL reads a record that is cut off as a row without geometry, and says nothing. So the records are
counted here from the files themselves.
"""

import struct
from itertools import chain, takewhile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from urbangis.errors import ReadError
from urbangis.io.bulk import distinct, read_bulk
from urbangis.io.encoding import Bytes, choose_encoding
from urbangis.notices import Notice, Text

Mask = NDArray[np.bool_]

_HEADER = 100
_BYTE_WEIGHTS = np.array([1 << 24, 1 << 16, 1 << 8, 1], dtype=np.int64)
_LONGEST_NAME = 10
_END = 0x0D
# Language driver ids of dBASE that name an encoding; most tools write 0 or, wrongly, 87.
_LANGUAGE_DRIVERS = {
    0x01: "437",
    0x02: "850",
    0x03: "1252",
    0x4D: "936",
    0x4F: "950",
    0x57: "1252",
    0x7A: "936",
    0x7B: "932",
    0xC8: "1250",
    0xC9: "1251",
    0xCB: "1253",
}


def read_shapefile(
    path: Path, *, encoding: str | None
) -> tuple[gpd.GeoDataFrame, tuple[Notice, ...]]:
    """Read a Shapefile.

    Parameters
    ----------
    path
        The ``.shp``; its companions are found whatever the case of their names.
    encoding
        Text encoding, if the user states one.

    Returns
    -------
    tuple[GeoDataFrame, tuple[Notice, ...]]
        All rows in the order of the file, in its own CRS; and what a reader must know.

    Raises
    ------
    ReadError
        If a companion is missing, the file is damaged, or its encoding cannot be told.
    """
    drawn = _drawn(path)
    dbf = companion(path, ".dbf")
    if dbf is None:
        table, notices = read_bulk(path, rows=len(drawn))
        _check_drawn(path, table, drawn)
        return table, (*notices, _notice_no_attributes(len(table)))
    header, deleted = _read_dbf(path, dbf, len(drawn))
    drawn = drawn[~deleted]
    # In ISO-8859-1 every byte is a character, so that the original bytes can be had back.
    table, notices = read_bulk(path, encoding="ISO-8859-1", rows=len(drawn))
    _check_drawn(path, table, drawn)
    stated = _stated_encoding(path, header)
    decoded, guessed = _decode(table, _widths(header), encoding, stated, path)
    return decoded, (*notices, *guessed)


def companion(path: Path, suffix: str) -> Path | None:
    """Return the file beside ``path`` with the same name and ``suffix``, in any case."""
    return next(
        (
            file
            for file in sorted(path.parent.iterdir())
            if file.stem == path.stem and file.suffix.lower() == suffix
        ),
        None,
    )


def _drawn(path: Path) -> Mask:
    """Say for each record of the ``.shp`` whether it holds a geometry, from the bytes themselves.

    Layout: ESRI Shapefile Technical Description (1998). The index holds the offset of each record
    in words of two bytes; a record starts with its number and its length in words, and then the
    type of its shape, 0 for none.
    """
    index = companion(path, ".shx")
    if index is None:
        raise ReadError(
            "has no .shx beside it",
            file=path,
            remedy="Copy all files of the Shapefile together: .shp, .shx, .dbf, .prj, .cpg.",
        )
    shp = np.frombuffer(path.read_bytes(), dtype=np.uint8)
    entries = np.frombuffer(index.read_bytes()[_HEADER:], dtype=np.uint8)
    offsets = 2 * _integers(entries[: len(entries) // 8 * 8], np.arange(0, len(entries) - 7, 8))
    if len(shp) < _HEADER or (offsets + 12 > len(shp)).any():
        raise _cut_off(path, int(np.argmax(offsets + 12 > len(shp))) + 1)
    ends = offsets + 8 + 2 * _integers(shp, offsets + 4)
    if (ends > len(shp)).any():
        raise _cut_off(path, int(np.argmax(ends > len(shp))) + 1)
    return np.asarray(shp[offsets + 8] != 0)


def _integers(data: NDArray[np.uint8], at: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the big-endian 32-bit integers at the given places."""
    return np.asarray(data[at[:, None] + np.arange(4)].astype(np.int64) @ _BYTE_WEIGHTS)


def _cut_off(path: Path, row: int) -> ReadError:
    return ReadError(
        "is damaged: the file ends within this record",
        file=path,
        row=row,
        remedy="Copy or export the Shapefile again.",
    )


def _read_dbf(path: Path, dbf: Path, records: int) -> tuple[bytes, Mask]:
    """Return the header of the attribute file, and which of its records are marked as deleted."""
    data = dbf.read_bytes()
    count, start, width = struct.unpack("<IHH", data[4:12]) if len(data) >= 12 else (0, 0, 0)
    if len(data) < max(start, 33) or len(data) < start + count * width:
        raise ReadError(
            "is damaged: its attribute file (.dbf) ends too early",
            file=path,
            remedy="Copy or export the Shapefile again.",
        )
    if count != records:
        raise ReadError(
            f"is damaged: {records} geometries (.shp) but {count} rows of attributes (.dbf)",
            file=path,
            remedy="Copy or export all its files again; they do not belong together.",
        )
    marks = np.frombuffer(data, dtype=np.uint8)[start : start + count * width : width or 1]
    return data[:start], np.asarray(marks == ord("*"))


def _check_drawn(path: Path, table: gpd.GeoDataFrame, drawn: Mask) -> None:
    lost = drawn & shapely.is_missing(table.geometry.to_numpy())
    if lost.any():
        raise ReadError(
            "is damaged: the geometry cannot be read",
            file=path,
            row=int(np.argmax(lost)) + 1,
            remedy="Copy or export the Shapefile again.",
        )


def _stated_encoding(path: Path, header: bytes) -> str | None:
    """Return what the file says of its encoding: its ``.cpg``, or else the ``.dbf`` header."""
    cpg = companion(path, ".cpg")
    if cpg is not None:
        return cpg.read_text(encoding="latin-1").strip() or None
    return _LANGUAGE_DRIVERS.get(header[29])


def _widths(header: bytes) -> list[int]:
    """Return the width of each field in bytes, from descriptors of 32 bytes with an end mark."""
    starts = takewhile(lambda at: header[at] != _END, range(32, len(header) - 31, 32))
    return [header[at + 16] for at in starts]


def _decode(
    table: gpd.GeoDataFrame,
    widths: list[int],
    required: str | None,
    stated: str | None,
    path: Path,
) -> tuple[gpd.GeoDataFrame, tuple[Notice, ...]]:
    """Decode column names and texts that were read as ISO-8859-1."""
    columns = [str(name) for name in table.columns if name != "geometry"]
    if len(widths) != len(columns):
        raise ReadError(
            "is damaged: the header of its attribute file (.dbf) cannot be read",
            file=path,
            remedy="Copy or export the Shapefile again.",
        )
    texts = {
        name: {value: _bytes(value, width) for value in table[name].dropna().unique()}
        for name, width in zip(columns, widths, strict=True)
        if pd.api.types.is_object_dtype(table[name]) or pd.api.types.is_string_dtype(table[name])
    }
    names = {name: _bytes(name, _LONGEST_NAME) for name in columns}
    every = chain(names.values(), *(values.values() for values in texts.values()))
    encoding, notices = choose_encoding(every, required=required, stated=stated, file=path)
    for name, values in texts.items():
        decoded = {value: raw.decode(encoding) for value, raw in values.items()}
        table[name] = table[name].map(decoded)
    _, *renamed = distinct(["geometry", *(raw.decode(encoding) for raw in names.values())])
    return table.rename(columns=dict(zip(columns, renamed, strict=True))), notices


def _bytes(value: str, width: int) -> Bytes:
    raw = value.encode("latin-1")
    return Bytes(raw, cut=len(raw) >= width)


def _notice_no_attributes(count: int) -> Notice:
    text = Text(
        zh=f"缺少属性文件（.dbf），{count} 条记录只有图形",
        en=f"the attribute file (.dbf) is missing; rows with nothing but a geometry: {count}",
    )
    return Notice("attributes-missing", "warning", count, text)
