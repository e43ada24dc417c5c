"""Tables of indicators: units or neighbours that have something, and reported numbers."""

from pathlib import Path

import numpy as np
import pandas as pd

from urbangis.io.formats import read_plain
from urbangis.study import IndicatorSpec
from urbangis.tables import Source, shown, to_numbers, to_text


def read_indicator_table(
    file: Path, spec: IndicatorSpec, ids: tuple[str, str], *, bare: bool = False
) -> pd.DataFrame:
    """Read a table of units or of neighbours that have something.

    Parameters
    ----------
    file
        CSV or Excel.
    spec
        Which column holds the value, and which rows to keep.
    ids
        ``unit_id, zone_id`` or ``a_id, b_id``.
    bare
        Whether the ids are all that is wanted.

    Returns
    -------
    DataFrame
        The ids as text (``zone_id`` None where empty), ``value`` (NaN where empty) and ``year``;
        the index counts the rows of the file from 0.

    Raises
    ------
    ReadError
        If the file is missing or cannot be read.
    TableError
        If a column is absent, or a cell empty or unreadable where it must not be.
    """
    source = Source(file, None)
    table, _ = read_plain(file)
    table = keep_rows(table, spec, source)
    columns = {name: to_text(_column(table, name, source)).astype(object) for name in ids}
    for name, values in columns.items():
        if name != "zone_id" and values.isna().any():
            row = int(table.index[values.isna()][0]) + 1
            raise source.error(
                f'has no value in the column "{name}"', row=row, remedy="Fill it in."
            )
        columns[name] = values.where(values.notna(), None)
    if not bare:
        columns["value"] = _numbers(table, spec.column, source)
        columns["year"] = _years(table, source)
    return pd.DataFrame(columns)


def read_reported(file: Path) -> pd.DataFrame:
    """Read the numbers that departments report; a row without a value is not reported yet.

    Returns
    -------
    DataFrame
        ``target_id, zone, item, source`` as text (empty where absent), ``value, year``.

    Raises
    ------
    ReadError, TableError
        As `read_indicator_table`; also if a number has no source.
    """
    source = Source(file, None)
    table, _ = read_plain(file)
    value = _numbers(table, "value", source)
    table, value = table[value.notna()], value[value.notna()]
    texts = {
        "target_id": to_text(_column(table, "target_id", source)),
        "zone": to_text(table["zone_id"]) if "zone_id" in table else None,
        "item": to_text(table["item"]) if "item" in table else None,
        "source": to_text(_column(table, "source", source)),
    }
    columns = {
        name: pd.Series("", table.index) if text is None else text.fillna("").astype(str)
        for name, text in texts.items()
    }
    if (columns["source"] == "").any():
        row = int(table.index[columns["source"] == ""][0]) + 1
        raise source.error("has no source", row=row, remedy="Say where the number comes from.")
    return pd.DataFrame({**columns, "value": value, "year": _years(table, source)})


def keep_rows(table: pd.DataFrame, spec: IndicatorSpec, source: Source) -> pd.DataFrame:
    """Keep the rows that ``where`` asks for; each of its values must be there."""
    for name, values in spec.where.items():
        texts = to_text(_column(table, name, source))
        absent = [value for value in values if not (texts == value).any()]
        if absent:
            raise source.error(
                f'has no row whose "{name}" is "{absent[0]}"',
                remedy="Correct where in the study file.",
            )
        table = table[texts.isin(values)]
    return table


def check_zones(table: pd.DataFrame, known: set[str], source: Source) -> None:
    """Refuse a zone that the study does not have: what it holds would count nowhere."""
    for column in ("zone_id", "a_id", "b_id"):
        if column not in table:
            continue
        strange = table[column].notna() & ~table[column].isin(known)
        if strange.any():
            row = int(table.index[strange][0])
            raise source.error(
                f"names the zone {shown(table.loc[row, column])}, which the study does not have",
                row=row + 1,
                remedy="Write the id of a zone of the first level.",
            )


def _column(table: pd.DataFrame, name: str, source: Source) -> pd.Series:
    if name not in table:
        raise source.no_column(name, table.columns)
    return table[name]


def _numbers(table: pd.DataFrame, name: str, source: Source) -> pd.Series:
    """Read a column of numbers, NaN where a cell is empty."""
    values = _column(table, name, source)
    numbers, unread = to_numbers(values)
    if unread.any():
        at = int(np.flatnonzero(unread)[0])
        raise source.error(
            f'holds "{shown(values.iloc[at])}" in the column "{name}", which is no number',
            row=int(table.index[at]) + 1,
            remedy="Write a number, or leave the cell empty.",
        )
    return pd.Series(numbers, table.index)


def _years(table: pd.DataFrame, source: Source) -> pd.Series:
    years = _numbers(table, "year", source)
    wrong = years.isna() | (years % 1 != 0)
    if wrong.any():
        raise source.error(
            "has no year", row=int(table.index[wrong][0]) + 1, remedy="Write a year, such as 2025."
        )
    return years.astype("Int64")
