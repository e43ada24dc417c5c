"""The column contracts: what a checked table holds, whatever the file it came from called it.

A reader makes these tables (`urbangis.io`); everything above trusts them.
"""

import difflib
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from urbangis.errors import TableError
from urbangis.notices import Notice, Text

Geometry = Literal["point", "line", "polygon"]
Dtype = Literal["text", "number", "whole"]

NUMBER_ROWS = "#"
"""As the source of ``id`` in a layer's ``columns``: the rows are numbered from 1."""

SAMPLE = 10
"""How many ids a notice carries as examples."""


@dataclass(frozen=True)
class Column:
    """One column of a contract.

    Parameters
    ----------
    name, dtype
        What it is called and what it holds.
    default
        Fills a column that is absent, and the gaps of one that is there; ``...`` forbids both.
    minimum
        Smallest value allowed.
    complete
        If the column is there, every row must have a value: a gap must not pass for the default.
    """

    name: str
    dtype: Dtype
    default: Any = ...
    minimum: float | None = None
    complete: bool = False

    @property
    def required(self) -> bool:
        """Whether the table must have this column."""
        return self.default is ...


@dataclass(frozen=True)
class Contract:
    """The columns and geometry kinds of one table. Columns beyond these are kept as they are.

    Rows without geometry are dropped with a notice, unless ``keeps_unplaced``: people whose place
    is unknown stay in the denominator.
    """

    name: str
    columns: tuple[Column, ...]
    geometry: tuple[Geometry, ...]
    keeps_unplaced: bool = False


ZONES = Contract(
    "zones",
    (Column("id", "text"), Column("name", "text"), Column("name_en", "text", "")),
    ("polygon",),
)
DEMAND = Contract(
    "demand",
    (
        Column("id", "text"),
        Column("name", "text", ""),
        Column("residents", "number", np.nan, minimum=0.0, complete=True),
    ),
    ("point", "polygon"),
    keeps_unplaced=True,
)
SUPPLY = Contract(
    "supply",
    (
        Column("id", "text"),
        Column("name", "text", ""),
        Column("name_en", "text", ""),
        Column("kind", "text"),
    ),
    ("point", "polygon"),
)
GATES = Contract("gates", (Column("id", "text"), Column("facility_id", "text")), ("point",))
LINES = Contract(
    "lines",
    (Column("id", "text"), Column("name", "text", ""), Column("kind", "text", "")),
    ("line",),
)
STREETS = Contract(
    "streets",
    (
        Column("id", "text"),
        Column("class", "text"),
        Column("oneway", "text", "no"),
        Column("grade", "whole", 0),
        Column("max_speed_kmh", "number", np.nan, minimum=0.0),
    ),
    ("line",),
)
REDLINES = Contract(
    "redlines",
    (
        Column("id", "text"),
        Column("name", "text"),
        Column("tier", "text", ""),
        Column("rule", "text", ""),
    ),
    ("polygon",),
)
FEATURES = Contract(
    "features",
    (Column("id", "text"), Column("name", "text", "")),
    ("point", "line", "polygon"),
)
CONTRACTS = {
    contract.name: contract
    for contract in (ZONES, DEMAND, SUPPLY, GATES, LINES, STREETS, REDLINES, FEATURES)
}


Shapes = NDArray[np.object_]
Mask = NDArray[np.bool_]

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

# Whole numbers from here on have neighbours that a float cannot tell apart.
_LARGEST_EXACT = 2.0**53


@dataclass(frozen=True)
class _Source:
    """Where a table comes from, so that an error can say so."""

    file: str | Path | None
    layer: str | None

    def error(self, problem: str, *, remedy: str, row: object = None) -> TableError:
        name = None if row is None else str(row)
        return TableError(problem, remedy=remedy, file=self.file, layer=self.layer, row=name)


def check_table(
    table: gpd.GeoDataFrame, contract: Contract, *, file: str | Path | None, layer: str | None
) -> tuple[gpd.GeoDataFrame, tuple[Notice, ...]]:
    """Hold a table against its contract, and bring it into the contract's form.

    Ids and other texts become text (``320102.0`` becomes ``"320102"``), numbers numbers, absent
    optional columns their defaults. Geometries become two-dimensional, valid and, where they have
    one part, simple.

    Parameters
    ----------
    table
        As read, its index counting the rows of the file from 0: errors name ``index + 1`` until
        the ids are known to be good, and ids from then on.
    contract
        One of `CONTRACTS`.
    file, layer
        Where the table comes from, for errors and notices.

    Returns
    -------
    tuple[GeoDataFrame, tuple[Notice, ...]]
        The checked table in the order of the file, with a fresh index, and what was repaired or
        left out.

    Raises
    ------
    TableError
        If the table is empty, lacks a column, repeats or lacks an id, holds a value of the wrong
        type, a gap where none may be, a geometry of the wrong kind, or one that is beyond repair.
    """
    source = _Source(file, layer)
    if table.empty:
        raise source.error(
            "holds no rows", remedy="Check that this is the right file, and that it was exported."
        )
    for column in contract.columns:
        if column.required and column.name not in table.columns:
            raise _missing_column(table, column.name, source)
    checked = table.copy()
    checked["id"] = _check_ids(table["id"], source)
    for column in contract.columns:
        if column.name != "id":
            checked[column.name] = _check_column(checked, column, source)
    return _check_geometry(checked, contract, source)


def to_text(values: pd.Series) -> pd.Series:
    """Turn values into text without surrounding blanks; missing and blank values become missing.

    Whole numbers lose the ``.0`` that spreadsheets give them, and so does text that is ``123.0``
    throughout. Truth values become ``yes`` and ``no``.
    """
    if values.dtype == object or not pd.api.types.is_string_dtype(values.dtype):
        text = pd.Series([_text_of(value) for value in values], index=values.index)
    else:
        text = values.str.strip()
        text = text.where(text != "")
    present = text.dropna()
    if len(present) and present.str.fullmatch(r"\d+\.0").all():
        text = text.str.removesuffix(".0")
    return text


def to_numbers(values: pd.Series) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Turn values into numbers, full-width digits included.

    Returns
    -------
    tuple[ndarray, ndarray]
        The numbers (float64, NaN where missing or unreadable), and which values are present but
        not finite numbers.
    """
    if pd.api.types.is_numeric_dtype(values.dtype):
        numbers = values.to_numpy(dtype="float64", na_value=np.nan)
        return numbers, np.isinf(numbers)
    text = to_text(values)
    present = text.notna().to_numpy()
    if not present.any():
        return np.full(len(values), np.nan), present
    # NFKC turns full-width digits and signs into plain ones.
    plain = text.str.normalize("NFKC")
    numbers = pd.to_numeric(plain, errors="coerce").to_numpy(dtype="float64", na_value=np.nan)
    return numbers, present & ~np.isfinite(numbers)


def _text_of(value: object) -> str | None:
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if isinstance(value, (float, np.floating)):
        if math.isnan(value):
            return None
        return str(int(value)) if float(value).is_integer() else str(value)
    return str(value).strip() or None


def _missing_column(table: gpd.GeoDataFrame, name: str, source: _Source) -> TableError:
    present = [str(column) for column in table.columns if column != table.geometry.name]
    near = difflib.get_close_matches(name, present, 1, cutoff=0.5)
    hint = f', perhaps "{near[0]}" is meant' if near else ""
    remedy = f'Map it in the study file: columns = {{ {name} = "..." }}'
    if name == "id":
        remedy += f', or number the rows: columns = {{ id = "{NUMBER_ROWS}" }}'
    return source.error(
        f'has no column "{name}"{hint}',
        remedy=f"{remedy}. Columns present: {', '.join(present) or 'none'}.",
    )


def _check_ids(values: pd.Series, source: _Source) -> pd.Series:
    numbers = values.index.to_numpy() + 1
    if pd.api.types.is_float_dtype(values.dtype):
        vague = (values.abs() >= _LARGEST_EXACT).to_numpy(dtype=bool, na_value=False)
        if vague.any():
            raise source.error(
                f"the id {values[vague].iloc[0]:.0f} is too long for a number and has lost digits",
                remedy='Store the column "id" as text.',
                row=numbers[vague][0],
            )
    ids = to_text(values)
    missing = ids.isna().to_numpy()
    if missing.any():
        raise source.error(
            f"has no id{_others(missing)}",
            remedy="Give every row an id, or number the rows: "
            f'columns = {{ id = "{NUMBER_ROWS}" }}.',
            row=numbers[missing][0],
        )
    repeated = ids.duplicated(keep=False).to_numpy()
    if repeated.any():
        first = ids[repeated].iloc[0]
        rows = ", ".join(str(row) for row in numbers[(ids == first).to_numpy()][:SAMPLE])
        total = ids[repeated].nunique()
        also = f"; {total - 1} other ids are repeated too" if total > 1 else ""
        raise source.error(
            f'the id "{first}" stands in rows {rows}{also}',
            remedy="Give every row an id of its own.",
        )
    return ids


def _check_column(table: gpd.GeoDataFrame, column: Column, source: _Source) -> pd.Series:
    if column.name not in table.columns:
        return pd.Series(column.default, index=table.index)
    values = table[column.name]
    checked = to_text(values) if column.dtype == "text" else _numbers(table, column, source)
    gaps = checked.isna().to_numpy()
    if gaps.any() and (column.required or column.complete):
        raise source.error(
            f'has no value in the column "{column.name}"{_others(gaps)}',
            remedy="Fill it in, or leave such rows out of the file.",
            row=table["id"][gaps].iloc[0],
        )
    if not column.required:
        checked = checked.fillna(column.default)
    return checked.astype("int64") if column.dtype == "whole" else checked


def _numbers(table: gpd.GeoDataFrame, column: Column, source: _Source) -> pd.Series:
    values = table[column.name]
    numbers, wrong = to_numbers(values)
    faults = [
        (wrong, "not a number", 'Write plain numbers such as "1234.5", and leave gaps empty.')
    ]
    if column.dtype == "whole":
        faults.append((numbers % 1 > 0, "not a whole number", "Write whole numbers."))
    if column.minimum is not None:
        least = f"{column.minimum:g}"
        faults.append((numbers < column.minimum, f"below {least}", f"It must be {least} or more."))
    for faulty, what, remedy in faults:
        if faulty.any():
            raise source.error(
                f'"{values[faulty].iloc[0]}" in the column "{column.name}" is {what}'
                f"{_others(faulty)}",
                remedy=remedy,
                row=table["id"][faulty].iloc[0],
            )
    return pd.Series(numbers, index=table.index)


def _check_geometry(
    table: gpd.GeoDataFrame, contract: Contract, source: _Source
) -> tuple[gpd.GeoDataFrame, tuple[Notice, ...]]:
    ids = table["id"].to_numpy()
    shapes: Shapes = shapely.force_2d(table.geometry.to_numpy())
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


def _check_kinds(
    shapes: Shapes, ids: NDArray[np.object_], contract: Contract, source: _Source
) -> None:
    types = shapely.get_type_id(shapes)
    allowed = [n for n, kind in enumerate(_KIND_OF_TYPE) if kind in contract.geometry]
    wrong = ~np.isin(types, [*allowed, _ABSENT])
    if wrong.any():
        found = shapes[wrong][0].geom_type
        raise source.error(
            f"is a {found}, not a {' or '.join(contract.geometry)}{_others(wrong)}",
            remedy=f"A table of {contract.name} holds {' and '.join(contract.geometry)}s: "
            "put other kinds into a layer of their own.",
            row=ids[wrong][0],
        )


def _repair(shapes: Shapes, ids: NDArray[np.object_], source: _Source) -> tuple[Shapes, Mask]:
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
            f"has a geometry that is beyond repair: it has no extent{_others(gone)}",
            remedy="Draw it again, or remove the row.",
            row=ids[gone][0],
        )
    return shapes, invalid


def _simple_where_single(shapes: Shapes, ids: NDArray[np.object_], source: _Source) -> Shapes:
    """Turn multi-part geometries of one part into that part; refuse points of several parts."""
    multi = np.isin(shapely.get_type_id(shapes), _MULTI_TYPES)
    single = multi & (shapely.get_num_geometries(shapes) == 1)
    shapes[single] = shapely.get_geometry(shapes[single], 0)
    several: Mask = shapely.get_type_id(shapes) == _MULTI_POINT
    if several.any():
        count = shapely.get_num_geometries(shapes[several])[0]
        raise source.error(
            f"is one row of {count} points{_others(several)}",
            remedy="Split multi-part points: one row, one place.",
            row=ids[several][0],
        )
    return shapes


def _others(mask: Mask) -> str:
    """Return a clause on how many rows share the fault of the one that is named."""
    count = int(mask.sum())
    return f" ({count} rows in all)" if count > 1 else ""


def _notice_missing(
    missing: Mask, ids: NDArray[np.object_], *, kept: bool, layer: str | None
) -> Notice:
    count = int(missing.sum())
    if kept:
        zh = f"{count} 条记录没有空间位置，仍计入总数，一律按未覆盖统计"
        en = f"{count} rows have no place: they count in the total, as not covered"
    else:
        zh = f"{count} 条记录没有空间位置，未纳入图层"
        en = f"{count} rows have no place and were left out"
    sample = tuple(ids[missing][:SAMPLE])
    return Notice("geometry-missing", "warning", count, Text(zh=zh, en=en), sample, layer)


def _notice_collections(collections: Mask, ids: NDArray[np.object_], layer: str | None) -> Notice:
    count = int(collections.sum())
    text = Text(
        zh=f"{count} 条记录为混合几何集合，只保留了其中符合图层类型的部分",
        en=f"{count} rows are geometry collections: only the parts of the layer's kind were kept",
    )
    sample = tuple(ids[collections][:SAMPLE])
    return Notice("geometry-collection", "warning", count, text, sample, layer)


def _notice_repaired(invalid: Mask, ids: NDArray[np.object_], layer: str | None) -> Notice:
    count = int(invalid.sum())
    text = Text(
        zh=f"{count} 条记录的图形存在自相交等拓扑错误，已自动修复",
        en=f"{count} rows had invalid geometries (such as self-intersections), now repaired",
    )
    return Notice("geometry-repaired", "warning", count, text, tuple(ids[invalid][:SAMPLE]), layer)
