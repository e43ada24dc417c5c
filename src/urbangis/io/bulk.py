"""Read one layer of any format that GDAL knows, whole, with everything that GDAL says about it."""

import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyogrio import raw
from pyogrio.errors import DataLayerError, DataSourceError
from pyproj import CRS
from pyproj.exceptions import CRSError

from urbangis.errors import ReadError
from urbangis.notices import Notice, Text
from urbangis.tables import shown

# Heights and measures are not used; rings left open are counted where they are closed.
_EXPECTED = ("Measured (M) geometry types", "Non closed ring detected")
_NO_OPTIONS: Mapping[str, str] = MappingProxyType({})
_READ_FAULTS = (DataSourceError, DataLayerError, UnicodeDecodeError)


def read_bulk(
    path: Path,
    *,
    layer: str | None = None,
    encoding: str | None = None,
    content: bytes | None = None,
    rows: int | None = None,
    options: Mapping[str, str] = _NO_OPTIONS,
) -> tuple[gpd.GeoDataFrame, tuple[Notice, ...]]:
    """Read one layer with GDAL.

    Parameters
    ----------
    path
        File or, for a file geodatabase, folder.
    layer
        Name of the layer; needed where there are several with geometries.
    encoding
        How the attributes are decoded; None where the format says.
    content
        Read these bytes instead of the file's.
    rows
        How many there must be; None to ask GDAL.
    options
        Open options of the GDAL driver.

    Returns
    -------
    tuple[GeoDataFrame, tuple[Notice, ...]]
        All rows in the order of the file, in its own CRS (None where it has none), geometries two-
        dimensional and not yet checked; and what GDAL warned of.

    Raises
    ------
    ReadError
        If the file is damaged or of no known format, if the layer is not there or has no
        geometries, or if one of several is not named.
    """
    dataset: Path | bytes = path if content is None else content
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        try:
            chosen = _choose_layer(pyogrio.list_layers(dataset), layer, path)
            meta, _, wkb, columns = raw.read(
                dataset,
                layer=chosen,
                encoding=encoding,
                force_2d=True,
                datetime_as_string=True,
                **options,
            )
            if rows is None:
                info = pyogrio.read_info(dataset, layer=chosen, force_feature_count=True, **options)
                rows = int(info["features"])
        except _READ_FAULTS as error:
            raise _unreadable(path, error) from error
    if len(wkb) != rows:
        raise ReadError(
            f"is damaged: {len(wkb)} of {rows} rows can be read",
            file=path,
            remedy="Export it again.",
        )
    shapes, closed = _shapes(wkb, path)
    # An attribute called "geometry" gives way to the geometry.
    _, *names = distinct(["geometry", *map(str, meta["fields"])])
    frame = pd.DataFrame(dict(zip(names, columns, strict=True)))
    table = gpd.GeoDataFrame(frame, geometry=shapes, crs=_crs(meta["crs"]))
    return table, (*_notices_heard(heard), *_notice_closed(closed))


def _choose_layer(layers: Any, wanted: str | None, path: Path) -> int:
    """Return the place of the layer to read."""
    names = [str(name) for name, _ in layers]
    if not names:
        raise ReadError("holds no layers", file=path, remedy="Check that it was exported.")
    if wanted is not None and wanted not in names:
        raise ReadError(
            f'has no layer "{wanted}"', file=path, remedy=f"Its layers: {', '.join(names)}."
        )
    spatial = [str(name) for name, kind in layers if kind is not None]
    if not spatial or (wanted is not None and wanted not in spatial):
        raise ReadError(
            "is a table without geometries",
            file=path,
            remedy="Name the file or layer that holds the places.",
        )
    if wanted is None and len(spatial) > 1:
        raise ReadError(
            f"holds {len(spatial)} layers, and none is named",
            file=path,
            remedy=f'Name one with layer = "...": {", ".join(spatial)}.',
        )
    return names.index(wanted or spatial[0])


def _unreadable(path: Path, error: Exception) -> ReadError:
    if path.is_file() and path.stat().st_size == 0:
        return ReadError("is empty (0 bytes)", file=path, remedy="Export or download it again.")
    if isinstance(error, UnicodeDecodeError):
        return ReadError(
            "holds text in an encoding that it does not state",
            file=path,
            remedy="Export it again as GeoPackage.",
        )
    # The first sentence tells; what follows is advice on GDAL's own programming interface.
    said = str(error).split(";")[0].replace(f" {path} ", " ")
    if "not recognized" in said:
        return ReadError(
            "is of no format that can be read, or damaged",
            file=path,
            remedy="Give a GeoPackage, Shapefile, GeoJSON, CSV or Excel workbook.",
        )
    return ReadError(
        f"cannot be read: {shown(said)}",
        file=path,
        remedy="Check that it opens in QGIS, and export it again as GeoPackage.",
    )


def _shapes(wkb: Any, path: Path) -> tuple[np.ndarray[Any, Any], int]:
    """Decode geometries, closing open rings; return them and how many had to be closed."""
    with np.errstate(invalid="ignore"):  # coordinates that are no numbers are found by the checks
        shapes = shapely.from_wkb(wkb, on_invalid="ignore")
    failed = shapely.is_missing(shapes) & np.array([item is not None for item in wkb], dtype=bool)
    if not failed.any():
        return shapes, 0
    shapes[failed] = shapely.from_wkb(wkb[failed], on_invalid="fix")
    broken = failed & shapely.is_missing(shapes)
    if broken.any():
        raise ReadError(
            "has a geometry that cannot be read",
            file=path,
            row=int(np.flatnonzero(broken)[0]) + 1,
            remedy="Draw it again, or remove the row.",
        )
    return shapes, int(failed.sum())


def distinct(names: Iterable[str]) -> list[str]:
    """Return column names made distinct: the second ``area`` becomes ``area_2``."""
    taken: set[str] = set()
    distinct = []
    for name in names:
        unique, count = name, 1
        while unique in taken:
            count += 1
            unique = f"{name}_{count}"
        taken.add(unique)
        distinct.append(unique)
    return distinct


def _crs(stated: str | None) -> CRS | None:
    """Return the CRS of a file; None where it states one that is no place on Earth."""
    if stated is None:
        return None
    try:
        crs = CRS.from_user_input(stated)
    except CRSError:
        return None
    if crs.name.startswith("Undefined") or crs.is_engineering:
        return None
    return crs


def _notices_heard(heard: list[warnings.WarningMessage]) -> list[Notice]:
    messages = dict.fromkeys(str(warning.message) for warning in heard)
    return [
        Notice(
            "reader-warning",
            "warning",
            1,
            Text(
                zh=f"读取文件时出现警告：{message}",
                en=f"reading the file gave a warning: {message}",
            ),
        )
        for message in messages
        if not message.startswith(_EXPECTED)
    ]


def _notice_closed(count: int) -> list[Notice]:
    text = Text(
        zh=f"{count} 条记录的面边界未闭合，已自动闭合",
        en=f"rows with polygon rings left open, closed: {count}",
    )
    return [Notice("ring-closed", "warning", count, text)] if count else []
