"""Where a table comes from, and how its faults are told."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from urbangis.errors import TableError

Mask = NDArray[np.bool_]

SAMPLE = 10
"""How many ids a notice carries as examples."""

_LONGEST_SHOWN = 80


@dataclass(frozen=True)
class Source:
    """Where a table comes from, so that an error can say so."""

    file: str | Path | None
    layer: str | None

    def error(self, problem: str, *, remedy: str, row: object = None) -> TableError:
        """Return an error that names the place; ``row`` is an id, or a number from 1."""
        name = None if row is None else str(row)
        return TableError(problem, remedy=remedy, file=self.file, layer=self.layer, row=name)

    def no_column(self, name: str, present: Iterable[object], *, remedy: str = "") -> TableError:
        """Return an error on a column that is absent, with the nearest name and those present."""
        names = [shown(column) for column in present if column != "geometry"]
        near = difflib.get_close_matches(name, names, 1, cutoff=0.5)
        hint = f', perhaps "{near[0]}" is meant' if near else ""
        columns = f"Columns present: {', '.join(names) or 'none'}."
        return self.error(f'has no column "{name}"{hint}', remedy=f"{remedy} {columns}".strip())


def shown(value: object) -> str:
    """Return a value of the file as it stands in a message: on one line, and not endless."""
    text = " ".join(str(value).split())
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def rows_in_all(mask: Mask) -> str:
    """Return a clause on how many rows share the fault of the one that is named."""
    count = int(mask.sum())
    return f" ({count} rows in all)" if count > 1 else ""
