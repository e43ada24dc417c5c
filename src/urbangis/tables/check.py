"""Hold a table against its contract."""

from pathlib import Path

import geopandas as gpd

from urbangis.notices import Notice
from urbangis.tables.columns import NUMBER_ROWS, check_column, check_ids
from urbangis.tables.contracts import Contract
from urbangis.tables.shapes import check_geometry
from urbangis.tables.source import Source


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
    source = Source(file, layer)
    if table.empty:
        raise source.error(
            "holds no rows", remedy="Check that this is the right file, and that it was exported."
        )
    for column in contract.columns:
        if column.required and column.name not in table.columns:
            raise source.no_column(column.name, table.columns, remedy=_how_to_map(column.name))
    checked = table.copy()
    checked["id"] = check_ids(table["id"], source)
    for column in contract.columns:
        if column.name != "id":
            checked[column.name] = check_column(checked, column, source)
    return check_geometry(checked, contract, source)


def _how_to_map(name: str) -> str:
    remedy = f'Map it in the study file: columns = {{ {name} = "..." }}'
    if name != "id":
        return f"{remedy}."
    return f'{remedy}, or number the rows: columns = {{ id = "{NUMBER_ROWS}" }}.'
