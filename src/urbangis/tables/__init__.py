"""The column contracts: what a checked table holds, whatever the file it came from called it.

A reader makes these tables (`urbangis.io`); everything above trusts them.
"""

from urbangis.tables.check import check_table
from urbangis.tables.columns import NUMBER_ROWS, to_numbers, to_text
from urbangis.tables.contracts import (
    CONTRACTS,
    DEMAND,
    FEATURES,
    GATES,
    LINE_STATIONS,
    LINES,
    REDLINES,
    STREETS,
    SUPPLY,
    TRANSIT_LINES,
    ZONES,
    Column,
    Contract,
)
from urbangis.tables.places import (
    CELL_COLUMNS,
    cell_ids,
    cells_of,
    coordinates,
    is_cells,
    point_blocks,
    row_names,
)
from urbangis.tables.source import SAMPLE, Source, shown
from urbangis.tables.street_lines import StreetLines, single_lines

__all__ = [
    "CELL_COLUMNS",
    "CONTRACTS",
    "DEMAND",
    "FEATURES",
    "GATES",
    "LINES",
    "LINE_STATIONS",
    "NUMBER_ROWS",
    "REDLINES",
    "SAMPLE",
    "STREETS",
    "SUPPLY",
    "TRANSIT_LINES",
    "ZONES",
    "Column",
    "Contract",
    "Source",
    "StreetLines",
    "cell_ids",
    "cells_of",
    "check_table",
    "coordinates",
    "is_cells",
    "point_blocks",
    "row_names",
    "shown",
    "single_lines",
    "to_numbers",
    "to_text",
]
