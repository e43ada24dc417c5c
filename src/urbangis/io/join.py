"""Attach the columns of a table to a layer, by id."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from urbangis.io.formats import read_plain
from urbangis.notices import Notice, Text, notice
from urbangis.study import LayerSpec
from urbangis.tables import NUMBER_ROWS, Source, shown, to_numbers, to_text
from urbangis.tables.columns import check_ids

# Whole numbers from here on have neighbours that a float cannot tell apart.
_LARGEST_EXACT = 2.0**53


def join_table(
    table: gpd.GeoDataFrame, spec: LayerSpec, *, root: Path, source: Source
) -> tuple[gpd.GeoDataFrame, tuple[Notice, ...]]:
    """Attach to each row of a layer the row that its ``join`` table, if any, has for its id.

    Parameters
    ----------
    table
        The layer as read, its columns named as in its file, the index counting the rows from 0.
    spec
        What the study file says of the layer.
    root
        The study's folder.
    source
        Where the layer comes from.

    Returns
    -------
    tuple[GeoDataFrame, tuple[Notice, ...]]
        The same rows in the same order, with the columns of the table that the layer lacks. A
        column holds numbers if all its values are, and text otherwise: codes with leading zeros
        stay text. ``join-row-missing`` counts rows of the layer that the table does not have,
        ``join-row-unused`` the other way round.

    Raises
    ------
    ReadError
        If the table is missing or cannot be read.
    TableError
        If a column of ids is absent or an id is missing or repeated, no id is in both, or both
        have a column of one name with different values.
    """
    if spec.join is None:
        return table, ()
    join, file = spec.join, root / spec.join.file
    there = Source(file, source.layer)
    other, told = read_plain(file, layer=join.layer)
    ids = _layer_ids(table, spec.columns.get("id", "id"), source)
    other = other.set_axis(_table_ids(other, join.on, there), axis="index")
    found = ids.isin(other.index)
    if not found.any():
        raise there.error(
            f'has no id of the layer in the column "{join.on}": it holds '
            f"{_some(other.index)}, the layer {_some(ids)}",
            remedy='Name the column of the ids with "on".',
        )
    matched = other.drop(columns=join.on).reindex(ids).set_axis(table.index, axis="index")
    _check_shared(table[found], matched[found], ids[found], there)
    added = {
        str(name): _values(matched[name]) for name in matched.columns if name not in table.columns
    }
    unused = other.index[~other.index.isin(ids)]
    return table.assign(**added), (*told, *_notices(ids[~found], unused, file))


def _layer_ids(table: gpd.GeoDataFrame, column: str, source: Source) -> pd.Series:
    if column == NUMBER_ROWS:
        return pd.Series([str(row) for row in table.index + 1], index=table.index)
    if column not in table.columns:
        raise source.no_column(
            column, table.columns, remedy='Map it: columns = { id = "..." }; a table joins by id.'
        )
    return check_ids(table[column], source)


def _table_ids(table: pd.DataFrame, column: str, source: Source) -> pd.Series:
    if column not in table.columns:
        raise source.no_column(
            column, table.columns, remedy='Name the column of the ids with "on".'
        )
    missing = to_text(table[column]).isna()
    if missing.any():
        raise source.error(
            f'has no value in the column "{column}"',
            remedy="Fill it in, or delete that row: totals and remarks do not belong in the table.",
            row=int(table.index[missing][0]) + 1,
        )
    return check_ids(table[column], source)


def _check_shared(
    table: gpd.GeoDataFrame, matched: pd.DataFrame, ids: pd.Series, source: Source
) -> None:
    """Refuse a column that both have, unless it says the same: a name beside the code, say."""
    for name in matched.columns.intersection(table.columns):
        here, other = (to_text(one[name]).fillna("") for one in (table, matched))
        differs = (here != other).to_numpy()
        if differs.any():
            raise source.error(
                f'has a column "{shown(name)}", which the layer has too: '
                f'"{shown(other[differs].iloc[0])}" here, "{shown(here[differs].iloc[0])}" there',
                remedy="Give it another name, delete it, or correct the ids or the values.",
                row=ids[differs].iloc[0],
            )


def _values(column: pd.Series) -> pd.Series:
    """Return numbers where all are numbers, and text otherwise."""
    numbers, unread = to_numbers(column)
    text = to_text(column)
    known = numbers[np.isfinite(numbers)]
    codes = text.str.fullmatch(r"0\d+").any() or (np.abs(known) >= _LARGEST_EXACT).any()
    if unread.any() or codes or not len(known):
        return text
    whole = len(known) == len(numbers) and (known % 1 == 0).all()
    return pd.Series(numbers.astype("int64") if whole else numbers, index=column.index)


def _some(ids: pd.Series | pd.Index) -> str:
    return ", ".join(f'"{shown(one)}"' for one in ids[:3])


def _notices(missing: pd.Series, unused: pd.Index, file: Path) -> tuple[Notice, ...]:
    return (
        *notice(
            "join-row-missing",
            missing,
            Text(
                zh=f"{len(missing)} 条记录在 {file.name} 中没有对应的行，由该表而来的各列为空",
                en=f"rows that {file.name} does not have: {len(missing)}; the columns from it are "
                "empty there",
            ),
            severity="warning",
        ),
        *notice(
            "join-row-unused",
            unused,
            Text(
                zh=f"{file.name} 中有 {len(unused)} 行不对应本图层的任何记录，未使用",
                en=f"rows of {file.name} that the layer does not have, not used: {len(unused)}",
            ),
        ),
    )
