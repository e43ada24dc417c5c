"""Nested service areas as a picture in Web Mercator, where their outlines are too many to carry."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from urbangis.publish.maps.mercator import Warp, shrink

MOST_PIXELS = 3_000
"""Of the longer side of a picture: 36 MB in the memory of a browser."""

_BATCH = 1 << 16
"""Corners to work on at once: what is computed of them fits a processor's cache."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Picture:
    """A picture of classes.

    Parameters
    ----------
    numbers, bounds
        As of `urbangis.publish.model.ImageLayer`.
    cell_m
        Side of a pixel on the ground in the middle of the picture, metres.
    """

    numbers: NDArray[np.int8]
    bounds: tuple[float, float, float, float]
    cell_m: float


@dataclass(frozen=True)
class _Frame:
    """Pixels of a picture: where they begin, their side in Web Mercator, how many there are."""

    west: float
    north: float
    side: float
    rows: int
    columns: int

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north."""
        south, east = self.north - self.rows * self.side, self.west + self.columns * self.side
        return self.west, south, east, self.north


def ring_picture(areas: gpd.GeoDataFrame) -> Picture:
    """Draw nested areas, each pixel by the first area that holds its middle.

    Parameters
    ----------
    areas
        One MultiPolygon a row with ``accuracy_m``, ascending, each of which covers the one before;
        not all of them empty.

    Returns
    -------
    Picture
        The row of the area in each pixel, -1 in none. Pixels are as large as `MOST_PIXELS` make
        them, and no smaller than the areas are accurate.
    """
    west, south, east, north = areas.total_bounds
    low, high = np.array([west, south]), np.array([east, north])
    warp = Warp(CRS.from_user_input(areas.crs), low, high)
    frame = _frame(warp, low, high, float(areas["accuracy_m"].max()))
    numbers = np.full((frame.rows, frame.columns), -1, np.int8)
    for row in range(len(areas))[::-1]:
        numbers[_inside(areas.geometry.iloc[row], warp, frame)] = row
    middle = np.array([frame.bounds[1] + frame.bounds[3]]) / 2
    return Picture(numbers, frame.bounds, frame.side * float(shrink(middle)[0]))


def _frame(warp: Warp, low: Floats, high: Floats, least_m: float) -> _Frame:
    outline = shapely.segmentize(shapely.box(*low, *high), (high - low).max() / 64)
    outline = warp(shapely.get_coordinates(outline))
    (west, south), (east, north) = outline.min(axis=0), outline.max(axis=0)
    least = least_m / float(shrink(np.array([south + north]) / 2)[0])
    side = max(least, max(east - west, north - south) / MOST_PIXELS)
    rows, columns = np.ceil(np.array([north - south, east - west]) / side).astype(int)
    return _Frame(float(west), float(north), float(side), int(rows), int(columns))


def _inside(area: shapely.Geometry, warp: Warp, frame: _Frame) -> NDArray[np.bool_]:
    """Say which pixels have their middle within an area: west of it lie an odd number of edges."""
    crossed = np.zeros(frame.rows * (frame.columns + 1), np.int64)
    for rings in _batches(shapely.get_rings(shapely.get_parts(area))):
        xy, ring = shapely.get_coordinates(rings, return_index=True)
        at = (warp(xy) - (frame.west, frame.north)) / (frame.side, -frame.side)
        row, x = _crossings(at, ring)
        column = np.clip(np.ceil(x - 0.5).astype(np.int64), 0, frame.columns)
        known = (row >= 0) & (row < frame.rows)
        place = row[known] * (frame.columns + 1) + column[known]
        np.add.at(crossed, place, 1)
    west = np.cumsum(crossed.reshape(frame.rows, -1), axis=1)
    return (west[:, :-1] & 1).astype(bool)


def _batches(rings: NDArray[np.object_]) -> list[NDArray[np.object_]]:
    """Part rings, about `_BATCH` corners at once."""
    number = np.cumsum(shapely.get_num_coordinates(rings)) // _BATCH
    return np.split(rings, np.flatnonzero(np.diff(number)) + 1)


def _crossings(at: Floats, ring: Ints) -> tuple[Ints, Floats]:
    """Return the row and the x of each crossing of an edge with the middle line of a row.

    An edge crosses the lines from its upper end, itself counted, to its lower one, not counted: so
    a corner on a line is crossed once where the outline goes on, twice or never where it turns.
    """
    begin, end = at[:-1], at[1:]
    low = np.ceil(np.minimum(begin[:, 1], end[:, 1]) - 0.5).astype(np.int64)
    high = np.ceil(np.maximum(begin[:, 1], end[:, 1]) - 0.5).astype(np.int64)
    count = np.where(ring[:-1] == ring[1:], high - low, 0)
    edge = np.repeat(np.arange(count.size), count)
    row = low[edge] + np.arange(edge.size) - np.repeat(np.cumsum(count) - count, count)
    part = (row + 0.5 - begin[edge, 1]) / (end[edge, 1] - begin[edge, 1])
    return row, begin[edge, 0] + part * (end[edge, 0] - begin[edge, 0])
