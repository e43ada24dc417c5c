"""Streets as arrays: what a network is built from, without an object for each line."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer

from urbangis.errors import CrsError


@dataclass(frozen=True)
class StreetLines:
    """Streets of the contract ``streets``, their lines as coordinates end to end.

    Parameters
    ----------
    columns
        The contract's columns, one row a street, the index counting from 0.
    xy, ptr
        Vertices of all lines, shape (vertices, 2), and where each line begins, shape (lines + 1,).
    row
        Row of the street that each line is part of, in rising order, shape (lines,).
    crs
        Of the coordinates.
    """

    columns: pd.DataFrame
    xy: NDArray[np.float64]
    ptr: NDArray[np.int64]
    row: NDArray[np.int64]
    crs: CRS

    @classmethod
    def of(cls, table: gpd.GeoDataFrame) -> "StreetLines":
        """Take a table of lines apart; a multi-part line is several lines of one street."""
        lines, row = single_lines(table.geometry.to_numpy())
        xy, line = shapely.get_coordinates(lines, return_index=True)
        ptr = np.searchsorted(line, np.arange(len(lines) + 1)).astype(np.int64)
        columns = pd.DataFrame(table.drop(columns=table.geometry.name)).reset_index(drop=True)
        return cls(columns, xy, ptr, row, CRS.from_user_input(table.crs))

    def table(self) -> gpd.GeoDataFrame:
        """Return streets of one line each as a table."""
        with _no_search_for_cycles():
            lines = shapely.linestrings(self.xy, indices=self._line)
        return gpd.GeoDataFrame(self.columns, geometry=lines, crs=self.crs)

    def to_crs(self, crs: CRS | str) -> "StreetLines":
        """Project the coordinates.

        Raises
        ------
        CrsError
            If a coordinate has no place in ``crs``.
        """
        target = CRS.from_user_input(crs)
        convert = Transformer.from_crs(self.crs, target, always_xy=True)
        xy = np.column_stack(convert.transform(self.xy[:, 0], self.xy[:, 1]))
        lost = np.flatnonzero(~np.isfinite(xy).all(axis=1))
        if lost.size:
            line = np.searchsorted(self.ptr, lost[0], side="right") - 1
            raise CrsError(
                f"cannot be projected into {target.name}",
                row=str(self.columns["id"].iloc[self.row[line]]),
                remedy="Check the coordinates of that street.",
            )
        return replace(self, xy=xy, crs=target)

    def length_m(self) -> NDArray[np.float64]:
        """Return the length of each line in a metric CRS, metres."""
        step = np.diff(self.xy, axis=0)
        step_m = np.sqrt(step[:, 0] ** 2 + step[:, 1] ** 2)
        step_m[self.ptr[1:-1] - 1] = 0.0  # from one line to the next
        return _sums(self._line[1:], step_m, len(self.row))

    def street_length_m(self) -> NDArray[np.float64]:
        """Return the length of each street in a metric CRS, metres."""
        return _sums(self.row, self.length_m(), len(self.columns))

    @property
    def _line(self) -> NDArray[np.int64]:
        """Line that each vertex belongs to."""
        return np.repeat(np.arange(len(self.row)), np.diff(self.ptr))

    def low_xy(self) -> NDArray[np.float64]:
        """Return the least x and y of each street, shape (streets, 2)."""
        low = np.minimum.reduceat(self.xy, self.ptr[:-1], axis=0)
        return np.minimum.reduceat(low, np.searchsorted(self.row, np.arange(len(self.columns))))

    def take(self, rows: NDArray[np.int64]) -> "StreetLines":
        """Return some of the streets, in the order of ``rows``."""
        first = np.searchsorted(self.row, np.arange(len(self.columns) + 1))
        line, begin = _runs(first[rows], first[rows + 1])
        vertex, ptr = _runs(self.ptr[line], self.ptr[line + 1])
        row = np.repeat(np.arange(len(rows)), np.diff(begin))
        columns = self.columns.iloc[rows].reset_index(drop=True)
        return StreetLines(columns, self.xy[vertex], ptr, row, self.crs)


def single_lines(shapes: NDArray[np.object_]) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """Return the single lines that shapes are made of, and the shape that each is part of."""
    if (shapely.get_type_id(shapes) == shapely.GeometryType.LINESTRING).all():
        return shapes, np.arange(len(shapes))  # spares copying them
    lines, row = shapely.get_parts(shapes, return_index=True)
    return lines, row


@contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    """Keep Python from searching all it has for cycles each time some hundred objects are made.

    Making lines takes an eighth of the time, and there are no cycles among them.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _runs(
    begin: NDArray[np.int64], end: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return all numbers from each ``begin`` up to its ``end``, and where each run begins."""
    ptr = np.append(0, np.cumsum(end - begin))
    return np.arange(ptr[-1]) + np.repeat(begin - ptr[:-1], end - begin), ptr


def _sums(group: NDArray[np.int64], value: NDArray[np.float64], groups: int) -> NDArray[np.float64]:
    return np.asarray(np.bincount(group, value, minlength=groups), np.float64)
