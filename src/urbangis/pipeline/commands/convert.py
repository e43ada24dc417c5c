"""Shift the coordinates of a layer between WGS 84 and those of Chinese web maps."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from urbangis.crs import (
    bd09_to_gcj02,
    bd09_to_wgs84,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)
from urbangis.errors import CrsError, StudyError
from urbangis.io.formats import read_file
from urbangis.io.placement import check_coordinates
from urbangis.notices import Notice, Text, notice
from urbangis.pipeline.outputs import check_format, write_table
from urbangis.study import LayerSpec
from urbangis.tables import Source

Shift = Callable[
    [NDArray[np.float64], NDArray[np.float64]], tuple[NDArray[np.float64], NDArray[np.float64]]
]

SHIFTS: Mapping[tuple[str, str], Shift] = MappingProxyType(
    {
        ("wgs84", "gcj02"): wgs84_to_gcj02,
        ("gcj02", "wgs84"): gcj02_to_wgs84,
        ("wgs84", "bd09"): wgs84_to_bd09,
        ("bd09", "wgs84"): bd09_to_wgs84,
        ("gcj02", "bd09"): gcj02_to_bd09,
        ("bd09", "gcj02"): bd09_to_gcj02,
    }
)
"""Shift by the datum before and the datum after."""

_DEGREES = CRS.from_epsg(4326)
_ALIKE = (4326, 4490)
"""Geographic CRSs that WGS 84, and what is shifted from it, is stated in."""


def convert(
    source: Path, output: Path, *, before: str, after: str, layer: str | None = None
) -> tuple[gpd.GeoDataFrame, tuple[Notice, ...]]:
    """Shift a layer from one datum to another; rows and attributes stay as they are.

    Parameters
    ----------
    source
        Layer in longitudes and latitudes, in any format that is read.
    output
        File to write: ``.gpkg``, ``.geojson`` or ``.fgb``.
    before, after
        ``"wgs84"``, ``"gcj02"`` (AMap, Tencent) or ``"bd09"`` (Baidu).
    layer
        Layer of a file that holds several.

    Returns
    -------
    table, notices
        The layer as written, and what a reader must know. Shifted coordinates have no EPSG code:
        the file says EPSG:4326, and whoever uses it must say ``datum``.

    Raises
    ------
    StudyError
        If a datum is unknown, both are one, or the output is of no format that is written.
    ReadError
        If the file cannot be read.
    CrsError
        If it is not in longitudes and latitudes of WGS 84 or CGCS2000.
    """
    if (before, after) not in SHIFTS:
        raise StudyError(
            f'there is no shift from "{before}" to "{after}"',
            remedy="Give two different ones of wgs84, gcj02 and bd09.",
        )
    check_format(output)
    place = Source(source, layer)
    spec = LayerSpec(
        name=Text(source.stem, source.stem),
        table="features",
        file=source,
        layer=layer,
        nature="surveyed",
        source=source.name,
    )
    table, notices = read_file(source, spec)
    if table.crs is not None and table.crs.to_epsg() not in _ALIKE:
        raise CrsError(
            f"is in {table.crs.name}, but {before} and {after} are longitudes and latitudes",
            file=source,
            layer=layer,
            remedy="Export it in EPSG:4326 without any shift, then convert that.",
        )
    table = table.set_crs(_DEGREES, allow_override=True)
    check_coordinates(table, place)
    shapes = table.geometry.to_numpy()
    moved = shapely.transform(shapes, SHIFTS[before, after], interleaved=False)
    table = table.set_geometry(gpd.GeoSeries(moved, index=table.index, crs=_DEGREES))
    write_table(table, output)
    return table, (*notices, *_unmoved(shapes, moved), *_without_place(shapes))


def _unmoved(before: NDArray[np.object_], after: NDArray[np.object_]) -> tuple[Notice, ...]:
    there = ~(shapely.is_missing(before) | shapely.is_empty(before))
    rows = np.flatnonzero(there & shapely.equals_exact(before, after)) + 1
    text = Text(
        zh=f"{rows.size}条记录在中国范围之外，坐标不偏移，保持原样。",
        en=f"{rows.size} rows lie outside China, where nothing is shifted, and stay as they are.",
    )
    return notice("not-shifted", rows, text, severity="warning")


def _without_place(shapes: NDArray[np.object_]) -> tuple[Notice, ...]:
    rows = np.flatnonzero(shapely.is_missing(shapes) | shapely.is_empty(shapes)) + 1
    text = Text(
        zh=f"{rows.size}条记录没有空间位置，原样保留。",
        en=f"{rows.size} rows have no place and are kept as they are.",
    )
    return notice("geometry-missing", rows, text, severity="warning")
