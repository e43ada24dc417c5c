"""Geometries of a table: of the right kind, valid, and none lost without a word."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from urbangis.notices import Notice, Text
from urbangis.tables.contracts import Contract, Geometry
from urbangis.tables.source import SAMPLE, Mask, Source, rows_in_all

Shapes = NDArray[np.object_]

# Indexed by Shapely's type id. A GeometryCollection is of no kind; its parts are.
_KIND_OF_TYPE: tuple[Geometry | None, ...] = (
    "point",
    "line",
    "line",
    "polygon",
    "point",
    "line",
    "polygon",
    None,
)
_ABSENT, _MULTI_POINT, _COLLECTION = -1, 4, 7
_MULTI_TYPES = (4, 5, 6)


def check_geometry(
    table: gpd.GeoDataFrame, contract: Contract, source: Source
) -> tuple[gpd.GeoDataFrame, tuple[Notice, ...]]:
    """Check, repair and simplify the geometries; see `urbangis.tables.check_table`."""
    ids = table["id"]
    shapes: Shapes = table.geometry.to_numpy().copy()
    tall = shapely.get_coordinate_dimension(shapes) > 2
    shapes[tall] = shapely.force_2d(shapes[tall])
    missing = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    if missing.all():
        raise source.error(
            "no row has a geometry", remedy="Check the export: the places are not in the file."
        )
    shapes[missing] = None
    shapes, collections = _parts_of_collections(shapes, contract)
    _check_kinds(shapes, ids, contract, source)
    shapes, invalid = _repair(shapes, ids, source)
    shapes = _simple_where_single(shapes, ids, source)
    notices = [
        _notice_missing(missing, ids, kept=contract.keeps_unplaced, layer=source.layer),
        _notice_collections(collections, ids, source.layer),
        _notice_repaired(invalid, ids, source.layer),
    ]
    checked = table.set_geometry(gpd.GeoSeries(shapes, index=table.index, crs=table.crs))
    if not contract.keeps_unplaced:
        checked = checked[~missing]
    return checked.reset_index(drop=True), tuple(notice for notice in notices if notice.count)


def _parts_of_collections(shapes: Shapes, contract: Contract) -> tuple[Shapes, Mask]:
    """Replace each GeometryCollection by its parts of the contract's kind, largest dimension."""
    collections: Mask = shapely.get_type_id(shapes) == _COLLECTION
    for row in np.flatnonzero(collections):
        parts = [part for part in _flat(shapes[row]) if _kind(part) in contract.geometry]
        if parts:
            dimension = max(shapely.get_dimensions(part) for part in parts)
            shapes[row] = _joined([p for p in parts if shapely.get_dimensions(p) == dimension])
    return shapes, collections


def _flat(shape: shapely.Geometry) -> list[shapely.Geometry]:
    if shape.geom_type == "Point" or not hasattr(shape, "geoms"):
        return [] if shape.is_empty else [shape]
    return [single for part in shape.geoms for single in _flat(part)]


def _joined(parts: list[shapely.Geometry]) -> shapely.Geometry:
    kind = _kind(parts[0])
    if kind == "polygon":
        return shapely.multipolygons(parts)
    return shapely.multilinestrings(parts) if kind == "line" else shapely.multipoints(parts)


def _kind(shape: shapely.Geometry) -> Geometry | None:
    return _KIND_OF_TYPE[int(shapely.get_type_id(shape))]


def _check_kinds(shapes: Shapes, ids: pd.Series, contract: Contract, source: Source) -> None:
    types = shapely.get_type_id(shapes)
    allowed = [n for n, kind in enumerate(_KIND_OF_TYPE) if kind in contract.geometry]
    wrong = ~np.isin(types, [*allowed, _ABSENT])
    if wrong.any():
        found = shapes[wrong][0].geom_type
        raise source.error(
            f"is a {found}, not a {' or '.join(contract.geometry)}{rows_in_all(wrong)}",
            remedy=f"Put it into another layer: {contract.name} are "
            f"{' or '.join(f'{kind}s' for kind in contract.geometry)}.",
            row=ids[wrong].iloc[0],
        )


def _repair(shapes: Shapes, ids: pd.Series, source: Source) -> tuple[Shapes, Mask]:
    """Make invalid geometries valid, keeping their dimension.

    The method "structure" joins overlapping parts of one polygon; the default, "linework", would
    cut a hole where they overlap, and lose the people in it.
    """
    with np.errstate(invalid="ignore"):  # coordinates that are not numbers end up in ``gone``
        invalid: Mask = ~shapely.is_valid(shapes) & ~shapely.is_missing(shapes)
        shapes[invalid] = shapely.make_valid(
            shapes[invalid], method="structure", keep_collapsed=False
        )
    gone = invalid & shapely.is_empty(shapes)
    if gone.any():
        raise source.error(
            f"has a geometry that is beyond repair: it has no extent{rows_in_all(gone)}",
            remedy="Draw it again, or remove the row.",
            row=ids[gone].iloc[0],
        )
    return shapes, invalid


def _simple_where_single(shapes: Shapes, ids: pd.Series, source: Source) -> Shapes:
    """Turn multi-part geometries of one part into that part; refuse points of several parts."""
    multi = np.isin(shapely.get_type_id(shapes), _MULTI_TYPES)
    single = multi & (shapely.get_num_geometries(shapes) == 1)
    shapes[single] = shapely.get_geometry(shapes[single], 0)
    several: Mask = shapely.get_type_id(shapes) == _MULTI_POINT
    if several.any():
        count = shapely.get_num_geometries(shapes[several])[0]
        raise source.error(
            f"is one row of {count} points{rows_in_all(several)}",
            remedy="Split multi-part points: one row, one place.",
            row=ids[several].iloc[0],
        )
    return shapes


def _notice_missing(missing: Mask, ids: pd.Series, *, kept: bool, layer: str | None) -> Notice:
    count = int(missing.sum())
    if kept:
        zh = f"{count} 条记录没有空间位置，仍计入总数，一律按未覆盖统计"
        en = f"rows without a place, counted in the total as not covered: {count}"
    else:
        zh = f"{count} 条记录没有空间位置，未纳入图层"
        en = f"rows without a place, left out: {count}"
    sample = tuple(ids[missing].head(SAMPLE))
    return Notice("geometry-missing", "warning", count, Text(zh=zh, en=en), sample, layer)


def _notice_collections(collections: Mask, ids: pd.Series, layer: str | None) -> Notice:
    count = int(collections.sum())
    text = Text(
        zh=f"{count} 条记录为混合几何集合，只保留了其中符合图层类型的部分",
        en=f"geometry collections, of which only parts of the layer's kind were kept: {count}",
    )
    sample = tuple(ids[collections].head(SAMPLE))
    return Notice("geometry-collection", "warning", count, text, sample, layer)


def _notice_repaired(invalid: Mask, ids: pd.Series, layer: str | None) -> Notice:
    count = int(invalid.sum())
    text = Text(
        zh=f"{count} 条记录的图形存在自相交等拓扑错误，已自动修复",
        en=f"invalid geometries (such as self-intersections), repaired: {count}",
    )
    return Notice(
        "geometry-repaired", "warning", count, text, tuple(ids[invalid].head(SAMPLE)), layer
    )
