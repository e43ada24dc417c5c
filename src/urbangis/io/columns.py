"""From the file's columns to those of the contract, as the study file maps them."""

import geopandas as gpd
import numpy as np

from urbangis.errors import TableError
from urbangis.study import LayerSpec
from urbangis.tables import NUMBER_ROWS, Source, shown, to_text

# These name where places are; the readers of tables of text have used them up.
_PLACES = ("lon", "lat", "geometry")
_MOST_VALUES = 20


def filter_rows(table: gpd.GeoDataFrame, spec: LayerSpec, source: Source) -> gpd.GeoDataFrame:
    """Keep the rows that ``where`` asks for; columns go by the file's names or the contract's.

    Raises
    ------
    TableError
        If a column is not there, a value asked for does not occur, or no row is left.
    """
    if not spec.where:
        return table
    keep = np.ones(len(table), dtype=bool)
    for asked, values in spec.where.items():
        column = spec.columns.get(asked, asked)
        if column not in table.columns:
            raise source.no_column(column, table.columns, remedy='Correct "where".')
        held = to_text(table[column])
        for value in values:
            if not (held == value).any():
                raise _no_value(sorted(held.dropna().unique()), column, value, source)
        keep &= held.isin(values).to_numpy()
    if len(table) and not keep.any():
        raise source.error(
            'holds no row that meets all conditions of "where" at once', remedy='Correct "where".'
        )
    return table[keep]


def map_columns(table: gpd.GeoDataFrame, spec: LayerSpec, source: Source) -> gpd.GeoDataFrame:
    """Name columns as the contract does and add the constants of ``values``.

    A column of the file that has a contract's name, but is not the one mapped to it, gives way: it
    is called ``<name>_in_file``.

    Raises
    ------
    TableError
        If a mapped column is not there, or ``values`` gives one that the file has.
    """
    mapped = {to: own for to, own in spec.columns.items() if to not in _PLACES}
    numbered = mapped.get("id") == NUMBER_ROWS
    for own in mapped.values():
        if own not in table.columns and own != NUMBER_ROWS:
            raise source.no_column(own, table.columns, remedy='Correct "columns".')
    others = [name for name in table.columns if name not in mapped.values()]
    result = table[others].rename(columns={name: f"{name}_in_file" for name in mapped})
    for to, own in mapped.items():
        result[to] = table.index + 1 if numbered and to == "id" else table[own]
    for name, value in spec.values.items():
        if name in result.columns:
            raise source.error(
                f'has a column "{name}" itself, which "values" gives too',
                remedy='Leave it out of "values", or give the column of the file another name: '
                f'columns = {{ {name}_in_file = "{name}" }}.',
            )
        result[name] = value
    return result


def _no_value(present: list[str], column: str, value: str, source: Source) -> TableError:
    some = ", ".join(shown(each) for each in present[:_MOST_VALUES])
    more = f" and {len(present) - _MOST_VALUES} more" if len(present) > _MOST_VALUES else ""
    return source.error(
        f'has no row with "{value}" in the column "{shown(column)}"',
        remedy=f'Correct "where". Values present: {some or "none"}{more}.',
    )
