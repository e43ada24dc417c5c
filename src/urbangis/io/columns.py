"""From the file's columns to those of the contract, as the study file maps them."""

import difflib
from pathlib import Path

import geopandas as gpd
import numpy as np

from urbangis.errors import TableError
from urbangis.study import LayerSpec
from urbangis.tables import NUMBER_ROWS, to_text

# These name where places are; the readers of tables of text have used them up.
_PLACES = ("lon", "lat", "geometry")
_MOST_VALUES = 20


def filter_rows(
    table: gpd.GeoDataFrame, spec: LayerSpec, *, file: Path, layer: str
) -> gpd.GeoDataFrame:
    """Keep the rows that ``where`` asks for; columns go by the file's names or the contract's.

    Raises
    ------
    TableError
        If a column is not there, a value asked for does not occur, or no row is left.
    """
    keep = np.ones(len(table), dtype=bool)
    for asked, values in spec.where.items():
        column = spec.columns.get(asked, asked)
        if column not in table.columns:
            raise _no_column(table, column, file, layer)
        held = to_text(table[column])
        for value in values:
            if not (held == value).any():
                raise _no_value(list(held.dropna().unique()), column, value, file, layer)
        keep &= held.isin(values).to_numpy()
    if len(table) and not keep.any():
        raise TableError(
            'holds no row that meets all conditions of "where"',
            file=file,
            layer=layer,
            remedy="Relax them.",
        )
    return table[keep]


def map_columns(
    table: gpd.GeoDataFrame, spec: LayerSpec, *, file: Path, layer: str
) -> gpd.GeoDataFrame:
    """Name columns as the contract does and add the constants of ``values``.

    A column of the file that has a contract's name, but is not the one mapped to it, gives way: it
    is called ``<name>_in_file``.

    Raises
    ------
    TableError
        If a mapped column is not there, or ``values`` gives one that the file has.
    """
    mapped = {to: source for to, source in spec.columns.items() if to not in _PLACES}
    for to, source in mapped.items():
        if (to, source) == ("id", NUMBER_ROWS):
            continue
        if source not in table.columns:
            raise _no_column(table, source, file, layer)
    unmapped = [name for name in table.columns if name not in mapped.values()]
    result = table[unmapped].rename(columns={name: f"{name}_in_file" for name in mapped})
    for to, source in mapped.items():
        result[to] = np.arange(1, len(table) + 1) if source == NUMBER_ROWS else table[source]
    for name, value in spec.values.items():
        if name in result.columns:
            raise TableError(
                f'has a column "{name}" itself, which "values" gives too',
                file=file,
                layer=layer,
                remedy='Leave it out of "values", or give the file\'s column another name: '
                f'columns = {{ {name}_in_file = "{name}" }}.',
            )
        result[name] = value
    return result


def _no_column(table: gpd.GeoDataFrame, name: str, file: Path, layer: str) -> TableError:
    present = [str(column) for column in table.columns if column != table.geometry.name]
    near = difflib.get_close_matches(name, present, 1, cutoff=0.5)
    hint = f', perhaps "{near[0]}" is meant' if near else ""
    return TableError(
        f'has no column "{name}", which the study file names{hint}',
        file=file,
        layer=layer,
        remedy=f"Columns present: {', '.join(present) or 'none'}.",
    )


def _no_value(present: list[str], column: str, value: str, file: Path, layer: str) -> TableError:
    some = ", ".join(sorted(present)[:_MOST_VALUES])
    more = f" and {len(present) - _MOST_VALUES} more" if len(present) > _MOST_VALUES else ""
    return TableError(
        f'has no row with "{value}" in the column "{column}"',
        file=file,
        layer=layer,
        remedy=f'Correct "where". Values present: {some}{more}.',
    )
