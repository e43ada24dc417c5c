"""Values of columns: texts, numbers and ids."""

import math

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from urbangis.tables.contracts import Column
from urbangis.tables.source import SAMPLE, Source, rows_in_all, shown

NUMBER_ROWS = "#"
"""As the source of ``id`` in a layer's ``columns``: the rows are numbered from 1."""

# Whole numbers from here on have neighbours that a float cannot tell apart.
_LARGEST_EXACT = 2.0**53


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


def check_ids(values: pd.Series, source: Source) -> pd.Series:
    """Turn ids into text; raise `TableError` where one is missing, repeated or inexact."""
    numbers = values.index.to_numpy() + 1
    if pd.api.types.is_float_dtype(values.dtype) or values.dtype == object:
        vague = np.array([isinstance(v, float) and abs(v) >= _LARGEST_EXACT for v in values])
        if vague.any():
            raise source.error(
                f"the id {values[vague].iloc[0]:.0f} is too long for a number and has lost digits",
                remedy="Store the ids as text.",
                row=numbers[vague][0],
            )
    ids = to_text(values)
    missing = ids.isna().to_numpy()
    if missing.any():
        raise source.error(
            f"has no id{rows_in_all(missing)}",
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
            f'the id "{shown(first)}" stands in rows {rows}{also}',
            remedy="Give every row an id of its own.",
        )
    return ids


def check_column(table: gpd.GeoDataFrame, column: Column, source: Source) -> pd.Series:
    """Return a column in its contract's type; raise `TableError` for a value that does not fit.

    ``table`` has ids that are checked already.
    """
    if column.name not in table.columns:
        return pd.Series(column.default, index=table.index)
    values = table[column.name]
    checked = to_text(values) if column.dtype == "text" else _numbers(table, column, source)
    gaps = checked.isna().to_numpy()
    if gaps.any() and (column.required or column.complete):
        raise source.error(
            f'has no value in the column "{column.name}"{rows_in_all(gaps)}',
            remedy="Fill it in, or leave such rows out of the file.",
            row=table["id"][gaps].iloc[0],
        )
    if not column.required:
        checked = checked.fillna(column.default)
    return checked.astype("int64") if column.dtype == "whole" else checked


def _numbers(table: gpd.GeoDataFrame, column: Column, source: Source) -> pd.Series:
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
                f'"{shown(values[faulty].iloc[0])}" in the column "{column.name}" is {what}'
                f"{rows_in_all(faulty)}",
                remedy=remedy,
                row=table["id"][faulty].iloc[0],
            )
    return pd.Series(numbers, index=table.index)
