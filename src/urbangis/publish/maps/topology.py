"""Shapes of several layers on one grid, with each stretch of border stored once.

Neighbouring polygons, a county and its towns, a zone and its border line run along the same
stretches. A stretch between two junctions is an arc; a ring or a line is a list of arc numbers,
``~number`` where the arc runs backwards.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

DEGREES = "EPSG:4326"
STEPS = 2**18
"""Steps of the grid along the longer side: 1.8 m for a province, 2 cm for a town."""

Ints = NDArray[np.int64]
Refs = list[list[list[int]]]


@dataclass(frozen=True)
class Grid:
    """A square grid over Web Mercator, whose world is 1 wide and 1 high, y to the south.

    Parameters
    ----------
    west, north
        Its origin.
    step
        Side of a cell.
    """

    west: float
    north: float
    step: float

    def places(self, degrees: NDArray[np.float64]) -> Ints:
        """Return the nearest grid point of each longitude and latitude, shape (n, 2)."""
        return np.rint((mercator(degrees) - (self.west, self.north)) / self.step).astype(np.int64)


@dataclass(frozen=True)
class LayerShapes:
    """The shapes of one layer, a list a row.

    Parameters
    ----------
    areas
        Rings, of all parts together: what an odd number of them holds is inside.
    paths
        Lines.
    points, point_rows
        Grid points, shape (n, 2), and the row of each.
    """

    areas: Refs
    paths: Refs
    points: Ints
    point_rows: Ints


@dataclass(frozen=True)
class Shapes:
    """The shapes of several layers, and the arcs they are made of.

    Parameters
    ----------
    arcs, ends
        Points of all arcs in turn, shape (n, 2); where each begins, and the end of all.
    """

    grid: Grid
    arcs: Ints
    ends: Ints
    layers: tuple[LayerShapes, ...]


def mercator(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return longitudes and latitudes, shape (n, 2), as parts of the Web Mercator world.

    Spherical Mercator as in EPSG:3857; y runs from north (0) to south (1).
    """
    lon, lat = degrees[:, 0], np.radians(degrees[:, 1])
    return np.column_stack([lon / 360 + 0.5, 0.5 - np.arcsinh(np.tan(lat)) / (2 * np.pi)])


def pack_shapes(tables: Sequence[gpd.GeoDataFrame]) -> Shapes:
    """Put the shapes of several tables on one grid, and cut them into shared arcs.

    Parameters
    ----------
    tables
        In any stated CRS. Rows of any kind of geometry; missing and empty ones have no shape.

    Returns
    -------
    Shapes
        Arcs in an order that follows from the shapes alone.
    """
    geometries = [table.geometry.to_crs(DEGREES).to_numpy() for table in tables]
    grid = _grid(geometries)
    parts = [_Parts(one) for one in geometries]
    lines = np.concatenate([part.paths for part in parts])
    closed = np.concatenate([part.closed for part in parts])
    arcs, ends, refs = cut(grid.places(shapely.get_coordinates(lines)), _lengths(lines), closed)
    layers = []
    first = 0
    for part, rows in zip(parts, map(len, tables), strict=True):
        of_layer = refs[first : first + len(part.paths)]
        first += len(part.paths)
        layers.append(part.shapes(of_layer, rows, grid))
    return Shapes(grid, arcs, ends, tuple(layers))


class _Parts:
    """The single rings, lines and points of a table's geometries, with the row of each."""

    def __init__(self, geometries: NDArray[np.object_]) -> None:
        single, rows = shapely.get_parts(geometries, return_index=True)
        while (shapely.get_type_id(single) > 3).any():  # collections may hold collections
            single, inner = shapely.get_parts(single, return_index=True)
            rows = rows[inner]
        there = ~shapely.is_empty(single)
        single, rows = single[there], rows[there]
        dimension = shapely.get_dimensions(single)
        rings, of = shapely.get_rings(single[dimension == 2], return_index=True)
        self.paths = np.concatenate([rings, single[dimension == 1]])
        self.rows = np.concatenate([rows[dimension == 2][of], rows[dimension == 1]])
        self.closed = np.arange(len(self.paths)) < len(rings)
        self.points, self.point_rows = single[dimension == 0], rows[dimension == 0]

    def shapes(self, refs: list[list[int]], rows: int, grid: Grid) -> LayerShapes:
        """Put the arcs of each ring and line under their row."""
        areas: Refs = [[] for _ in range(rows if self.closed.any() else 0)]
        paths: Refs = [[] for _ in range(rows if not self.closed.all() else 0)]
        for row, closed, arcs in zip(self.rows.tolist(), self.closed, refs, strict=True):
            (areas if closed else paths)[row].append(arcs)
        places = grid.places(shapely.get_coordinates(self.points))
        return LayerShapes(areas, paths, places, self.point_rows.astype(np.int64))


def cut(
    places: Ints, lengths: Ints, closed: NDArray[np.bool_]
) -> tuple[Ints, Ints, list[list[int]]]:
    """Cut paths where they part from each other, and keep each stretch once.

    Parameters
    ----------
    places
        Grid points of all paths, one after the other, shape (n, 2), none negative.
    lengths
        Number of points of each path.
    closed
        Whether a path is a ring, whose last point is its first. A ring smaller than the grid
        stays, as one point twice.

    Returns
    -------
    arcs, ends, refs
        Points of all arcs, where each begins and the end of all; for each path, the numbers of its
        arcs in turn.
    """
    if not len(lengths):
        return np.empty((0, 2), np.int64), np.zeros(1, np.int64), []
    key, path = _thinned((places[:, 0] << 32) | places[:, 1], lengths, closed)
    count = np.bincount(path, minlength=len(lengths))
    node = _nodes(key, count, closed)
    key, node, bounds = _unrolled(key, node, count, closed)
    begin, end = _stretches(node, bounds)
    per_path = np.diff(np.searchsorted(begin, bounds))
    forward = np.column_stack([key[begin], key[begin + 1]])
    backward = np.column_stack([key[end], key[end - 1]])
    turned = (backward[:, 0] < forward[:, 0]) | (
        (backward[:, 0] == forward[:, 0]) & (backward[:, 1] < forward[:, 1])
    )
    # From a junction, the first step tells the arc: nothing branches off before its end.
    _, first, number = np.unique(
        np.where(turned[:, None], backward, forward), axis=0, return_index=True, return_inverse=True
    )
    begin, end, back = begin[first], end[first], turned[first]
    lengths = end - begin + 1
    ends = np.append(0, np.cumsum(lengths))
    step = np.arange(ends[-1]) - np.repeat(ends[:-1], lengths)
    at = np.repeat(np.where(back, end, begin), lengths) + step * np.repeat(1 - 2 * back, lengths)
    arcs = np.column_stack([key[at] >> 32, key[at] & 0xFFFFFFFF])
    number = number.ravel()
    refs = np.where(turned, ~number, number)
    return arcs, ends, [part.tolist() for part in np.split(refs, np.cumsum(per_path)[:-1])]


def _grid(geometries: Sequence[NDArray[np.object_]]) -> Grid:
    """Return the grid that holds every geometry."""
    coordinates = mercator(shapely.get_coordinates(np.concatenate(geometries)))
    if not len(coordinates):
        return Grid(0.0, 0.0, 1.0)
    west, north = coordinates.min(axis=0)
    side = float((coordinates.max(axis=0) - (west, north)).max())
    return Grid(float(west), float(north), side / STEPS or 1 / STEPS**2)


def _lengths(paths: NDArray[np.object_]) -> Ints:
    return np.asarray(shapely.get_num_coordinates(paths), dtype=np.int64)


def _thinned(key: Ints, lengths: Ints, closed: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """Leave out points that repeat the one before, and the last of a ring; one at least stays."""
    path = np.repeat(np.arange(len(lengths)), lengths)
    starts = np.cumsum(lengths) - lengths
    stay = np.ones(len(key), dtype=bool)
    stay[1:] = key[1:] != key[:-1]
    stay[starts] = True
    key, path = key[stay], path[stay]
    last = np.flatnonzero(np.diff(path, append=-1))
    first = np.concatenate([[0], last[:-1] + 1])
    stay = np.ones(len(key), dtype=bool)
    stay[last] = ~(closed & (last > first) & (key[last] == key[first]))
    return key[stay], path[stay]


def _nodes(key: Ints, count: Ints, closed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Say at which points paths end or part: where not all come and go the same two ways."""
    last = np.cumsum(count) - 1
    first = last - count + 1
    before, after = np.roll(key, 1), np.roll(key, -1)
    before[first], after[last] = key[last], key[first]
    low, high = np.minimum(before, after), np.maximum(before, after)
    ends = np.zeros(len(key), dtype=bool)
    ends[first[~closed]] = ends[last[~closed]] = True
    order = np.argsort(key, kind="stable")
    groups = np.flatnonzero(np.diff(key[order], prepend=-1))
    parts = np.logical_or.reduceat(ends[order], groups)
    for side in (low[order], high[order]):
        parts |= np.minimum.reduceat(side, groups) != np.maximum.reduceat(side, groups)
    node = np.empty(len(key), dtype=bool)
    node[order] = np.repeat(parts, np.diff(groups, append=len(key)))
    return node


def _unrolled(
    key: Ints, node: NDArray[np.bool_], count: Ints, closed: NDArray[np.bool_]
) -> tuple[Ints, NDArray[np.bool_], Ints]:
    """Let each ring begin and end at its first junction, or at its lowest point if it has none.

    Returns
    -------
    key, node, ends
        Of the points in their new order; where each path begins in it, and the end of all.
    """
    first = np.cumsum(count) - count
    rank = np.where(node, -1, key)
    begins = np.minimum.reduceat(rank, first)
    at = np.flatnonzero(rank == np.repeat(begins, count))
    start = at[np.searchsorted(at, first)] - first
    start = np.where(closed, start, 0)
    # A single point stands twice, so that its path still has a beginning and an end.
    longer = count + (closed | (count == 1))
    begin = np.cumsum(longer) - longer
    step = np.arange(longer.sum()) - np.repeat(begin, longer)
    turned = (step + np.repeat(start, longer)) % np.repeat(count, longer)
    order = np.repeat(first, longer) + turned
    return key[order], node[order], np.append(begin, longer.sum())


def _stretches(node: NDArray[np.bool_], ends: Ints) -> tuple[Ints, Ints]:
    """Return the first and the last point of each stretch between junctions or ends of paths."""
    cuts = node.copy()
    cuts[ends[:-1]] = True
    cuts[ends[1:] - 1] = True
    at = np.flatnonzero(cuts)
    inside = np.searchsorted(ends, at[:-1], side="right") == np.searchsorted(
        ends, at[1:], side="right"
    )
    return at[:-1][inside], at[1:][inside]
