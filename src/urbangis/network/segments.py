"""Geometry of edges at scale: the nearest point on any of millions, and cutting stretches out."""

import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from urbangis.network.kernels import Flags, Floats, Index, Ints

_CELLS_AT_MOST = 1 << 24
_SEGMENTS_A_CELL = 2.0
_SQUARES = 1024

AT_END = 1e-9
"""Share of an edge by which a place may miss its end and still be at the junction."""


class EdgeIndex(NamedTuple):
    """A grid of square cells, each with the straight segments that run through it.

    Cell ``(row, column)`` covers ``size_m`` from ``origin + (column, row) * size_m``; its segments
    are ``segment[ptr[cell]]`` to ``ptr[cell + 1]``, numbers of the vertex that each begins with.
    """

    origin_x: float
    origin_y: float
    size_m: float
    columns: int
    rows: int
    ptr: Ints
    segment: Index
    edge: Index
    xy: Floats
    along_m: Floats


class _Grid(NamedTuple):
    origin_x: float
    origin_y: float
    size_m: float
    columns: int
    rows: int


class Nearest(NamedTuple):
    """Nearest edge of each point (-1: none near enough), where along it (0 to 1), how far (metres).

    ``passed`` tells where an edge of the second choice was nearer.
    """

    edge: Index
    fraction: Floats
    offset_m: Floats
    passed: Flags


def index_edges(xy: Floats, ptr: Ints, allowed: Flags) -> EdgeIndex:
    """Index edges for `nearest_on_edges`.

    Parameters
    ----------
    xy, ptr
        Vertices of all edges, shape (vertices, 2), and where each edge begins, shape (edges + 1,).
    allowed
        Which edges count, shape (edges,).
    """
    # Of edges that do not count, nothing is written, so that no memory is taken for them.
    edge, along_m = np.zeros(len(xy), np.int32), np.zeros(len(xy))
    first = _lay_out(xy, ptr, allowed, edge, along_m)
    if not first.size:
        nothing = np.zeros(2, np.int64)
        return EdgeIndex(0.0, 0.0, 1.0, 1, 1, nothing, first, edge, xy, along_m)
    ends = np.concatenate([xy[first], xy[first + 1]])
    low, high = ends.min(axis=0), ends.max(axis=0)
    width, height = np.maximum(high - low, 1.0)
    cells = min(max(first.size / _SEGMENTS_A_CELL, 1.0), _CELLS_AT_MOST)
    size_m = max(float(np.sqrt(width * height / cells)), max(width, height) / 32_768)
    columns, rows = int(width / size_m) + 1, int(height / size_m) + 1
    grid = _Grid(float(low[0]), float(low[1]), size_m, columns, rows)
    counted = _fill(xy, first, grid, np.zeros(1, np.int64), fill=False)
    cell_ptr = np.concatenate([[0], np.cumsum(counted)])
    segment = _fill(xy, first, grid, cell_ptr, fill=True)
    return EdgeIndex(
        float(low[0]), float(low[1]), size_m, columns, rows, cell_ptr,
        segment.astype(np.int32), edge, xy, along_m,
    )  # fmt: skip


@njit(cache=True)
def _lay_out(xy: Floats, ptr: Ints, allowed: Flags, edge: Index, along_m: Floats) -> Index:
    """Note the edge of every vertex and its distance from the start; list where segments begin."""
    segments = 0
    for e in range(allowed.size):
        if allowed[e]:
            segments += ptr[e + 1] - ptr[e] - 1
    first, k = np.empty(segments, np.int32), 0
    for e in range(allowed.size):
        if not allowed[e]:
            continue
        edge[ptr[e]] = e
        for v in range(ptr[e] + 1, ptr[e + 1]):
            step = math.hypot(xy[v, 0] - xy[v - 1, 0], xy[v, 1] - xy[v - 1, 1])
            along_m[v] = along_m[v - 1] + step
            edge[v], first[k] = e, v - 1
            k += 1
    return first


@njit(cache=True)
def _fill(xy: Floats, first: Index, grid: _Grid, ptr: Ints, *, fill: bool) -> Ints:
    """Count the segments in each cell, or list them where ``ptr`` says."""
    origin_x, origin_y, size_m, columns, rows = grid
    at = ptr[:-1].copy() if fill else np.zeros(columns * rows, np.int64)
    out = np.empty(ptr[-1] if fill else 0, np.int64)
    half = size_m / 2
    for i in range(first.size):
        v = first[i]
        ax, ay = xy[v, 0] - origin_x, xy[v, 1] - origin_y
        bx, by = xy[v + 1, 0] - origin_x, xy[v + 1, 1] - origin_y
        dx, dy = bx - ax, by - ay
        # A cell is crossed if its centre is near enough to the segment's line (separating axes).
        reach = half * (abs(dx) + abs(dy)) * (1 + 1e-9) + 1e-9
        left, right = min(ax, bx), max(ax, bx)
        bottom, top = min(ay, by), max(ay, by)
        for row in range(int(bottom / size_m), min(int(top / size_m), rows - 1) + 1):
            for column in range(int(left / size_m), min(int(right / size_m), columns - 1) + 1):
                cx, cy = (column + 0.5) * size_m - ax, (row + 0.5) * size_m - ay
                if abs(cx * dy - cy * dx) <= reach:
                    cell = row * columns + column
                    if fill:
                        out[at[cell]] = v
                    at[cell] += 1
    return out if fill else at


def edges_near(xy: Floats, ptr: Ints, x: Floats, y: Floats, reach_m: float) -> Flags:
    """Tell edges that may come within a distance of some point; the others do not.

    Parameters
    ----------
    xy, ptr
        As of `index_edges`.
    x, y
        Points; NaN for a place unknown.
    reach_m
        The distance, inclusive.
    """
    known = np.isfinite(x) & np.isfinite(y)
    if not known.any():
        return np.zeros(ptr.size - 1, np.bool_)
    x, y = x[known], y[known]
    low_x, low_y = float(x.min()), float(y.min())
    width = max(float(x.max()) - low_x, float(y.max()) - low_y)
    # A point is near all that lies in its own square or in one of the eight around it.
    size_m = max(reach_m * (1 + 1e-9) + 1e-3, width / _SQUARES)
    squares = int(width / size_m) + 3
    column, row = ((x - low_x) / size_m).astype(np.int64), ((y - low_y) / size_m).astype(np.int64)
    near = np.zeros((squares, squares), np.bool_)
    for up in range(3):
        for right in range(3):
            near[row + up, column + right] = True
    return _meets(xy, ptr, near, (low_x - size_m, low_y - size_m, size_m))


@njit(cache=True)
def _meets(xy: Floats, ptr: Ints, near: Any, grid: tuple[float, float, float]) -> Flags:
    """Tell edges with a segment whose bounds meet a square that is marked."""
    origin_x, origin_y, size_m = grid
    rows, columns = near.shape
    found = np.zeros(ptr.size - 1, np.bool_)
    for e in range(ptr.size - 1):
        v = ptr[e]
        while v < ptr[e + 1] - 1 and not found[e]:
            ax, bx = (xy[v, 0] - origin_x) / size_m, (xy[v + 1, 0] - origin_x) / size_m
            ay, by = (xy[v, 1] - origin_y) / size_m, (xy[v + 1, 1] - origin_y) / size_m
            left, right = max(math.floor(min(ax, bx)), 0), min(math.floor(max(ax, bx)), columns - 1)
            bottom, top = max(math.floor(min(ay, by)), 0), min(math.floor(max(ay, by)), rows - 1)
            for row in range(bottom, top + 1):
                for column in range(left, right + 1):
                    if near[row, column]:
                        found[e] = True
            v += 1
    return found


class _Best(NamedTuple):
    """The nearest point so far: squared distance, segment, fraction of it, coordinates."""

    away2: float
    segment: Any
    t: float
    x: float
    y: float


@njit(cache=True, inline="always")
def _on_segment(index: EdgeIndex, v: Any, x: float, y: float) -> _Best:
    ax, ay = index.xy[v, 0], index.xy[v, 1]
    dx, dy = index.xy[v + 1, 0] - ax, index.xy[v + 1, 1] - ay
    length2 = dx * dx + dy * dy
    t = 0.0
    if length2 > 0.0:
        t = min(1.0, max(0.0, ((x - ax) * dx + (y - ay) * dy) / length2))
    nx, ny = ax + t * dx, ay + t * dy
    return _Best((x - nx) ** 2 + (y - ny) ** 2, np.int64(v), t, nx, ny)


@njit(cache=True)
def _in_cell(index: EdgeIndex, cell: int, x: float, y: float, best: _Best) -> _Best:
    """Return the nearest point on the segments of a cell, or ``best`` if that is nearer."""
    for k in range(index.ptr[cell], index.ptr[cell + 1]):
        new = _on_segment(index, index.segment[k], x, y)
        if new.away2 < best.away2:
            best = new
        elif new.away2 == best.away2:
            place, held = (new.x, new.y, new.segment), (best.x, best.y, best.segment)
            if best.segment < 0 or place < held:
                best = new
    return best


@njit(cache=True)
def _search(index: EdgeIndex, x: float, y: float, limit_m: float) -> _Best:
    """Look through square rings of cells around a point until no nearer segment can come."""
    px, py, size_m = x - index.origin_x, y - index.origin_y, index.size_m
    column, row = math.floor(px / size_m), math.floor(py / size_m)
    best = _Best(limit_m * limit_m * (1 + 1e-12), np.int64(-1), 0.0, 0.0, 0.0)
    # Rings that lie wholly outside the grid hold nothing.
    ring = max(-column, column - index.columns + 1, -row, row - index.rows + 1, 0)
    last = max(column, index.columns - 1 - column, row, index.rows - 1 - row)
    while ring <= last:
        inner = ring - 1  # all that is left lies outside the block of this many rings
        least = min(
            px - (column - inner) * size_m,
            (column + inner + 1) * size_m - px,
            py - (row - inner) * size_m,
            (row + inner + 1) * size_m - py,
        )
        if ring > 0 and least > 0 and least * least > best.away2:
            break
        for r in range(max(row - ring, 0), min(row + ring, index.rows - 1) + 1):
            step = 1 if abs(r - row) == ring else 2 * ring
            for c in range(column - ring, column + ring + 1, step):
                if 0 <= c < index.columns:
                    best = _in_cell(index, r * index.columns + c, x, y, best)
        ring += 1
    return best


@njit(cache=True, inline="always")
def _fraction(index: EdgeIndex, best: _Best, length_m: float) -> float:
    """How far along its edge a point is; within rounding of an end, at the end.

    There every street of the junction is open: an error of 1e-17 of a one-way street would forbid
    the way back.
    """
    v = best.segment
    along_m = index.along_m[v] + best.t * (index.along_m[v + 1] - index.along_m[v])
    fraction = along_m / length_m if length_m > 0.0 else 0.0
    if fraction < AT_END:
        return 0.0
    return 1.0 if fraction > 1.0 - AT_END else fraction


@njit(cache=True, parallel=True)
def nearest_on_edges(
    first: EdgeIndex, second: EdgeIndex, length_m: Floats, x: Floats, y: Floats, limit_m: float
) -> Nearest:
    """Find the nearest point on any edge.

    Parameters
    ----------
    first, second
        The edges of the first choice, and those that are taken where none of them is near enough.
    length_m
        Length of each edge.
    x, y
        Points; NaN for a place unknown.
    limit_m
        Largest distance, inclusive.

    Returns
    -------
    Nearest
        One entry a point. Of edges equally near, the one whose nearest point is lowest in x, then
        in y, then the first: the order of the points does not matter.
    """
    edge = np.full(x.size, -1, np.int32)
    fraction = np.full(x.size, np.nan)
    offset_m = np.full(x.size, np.nan)
    passed = np.zeros(x.size, np.bool_)
    for i in prange(x.size):
        if not (np.isfinite(x[i]) and np.isfinite(y[i])):
            continue
        reach_m = limit_m
        if first.segment.size > 0:
            best = _search(first, x[i], y[i], limit_m)
            if best.segment >= 0:
                reach_m = math.sqrt(best.away2)
                edge[i], offset_m[i] = first.edge[best.segment], reach_m
                fraction[i] = _fraction(first, best, length_m[edge[i]])
        if second.segment.size > 0:
            other = _search(second, x[i], y[i], reach_m)
            if other.segment >= 0:
                other_m = math.sqrt(other.away2)
                if edge[i] >= 0:
                    passed[i] = other_m < reach_m
                else:
                    edge[i], offset_m[i] = second.edge[other.segment], other_m
                    fraction[i] = _fraction(second, other, length_m[edge[i]])
    return Nearest(edge, fraction, offset_m, passed)


@njit(cache=True)
def cut_lines(
    xy: Floats, ptr: Ints, edge: Ints, low: Floats, high: Floats
) -> tuple[Floats, NDArray[np.int64]]:
    """Cut the stretch from fraction ``low`` to ``high`` (by length) out of each named edge.

    Parameters
    ----------
    xy, ptr
        Vertices of all edges, shape (vertices, 2), and where each begins, shape (edges + 1,).
    edge, low, high
        Which edge, from where to where.

    Returns
    -------
    xy, line
        Vertices of the stretches, shape (k, 2), and the stretch that each belongs to.
    """
    total = 0
    for i in range(edge.size):
        total += ptr[edge[i] + 1] - ptr[edge[i]] + 2
    out = np.empty((total, 2))
    line = np.empty(total, np.int64)
    k = 0
    for i in range(edge.size):
        a = ptr[edge[i]]
        b = ptr[edge[i] + 1]
        length = 0.0
        for j in range(a, b - 1):
            length += math.hypot(xy[j + 1, 0] - xy[j, 0], xy[j + 1, 1] - xy[j, 1])
        start = low[i] * length
        stop = high[i] * length
        begun = False
        walked = 0.0
        for j in range(a, b - 1):
            step = math.hypot(xy[j + 1, 0] - xy[j, 0], xy[j + 1, 1] - xy[j, 1])
            after = walked + step
            if after >= start and not begun:
                t = (start - walked) / step if step > 0.0 else 0.0
                out[k, 0] = xy[j, 0] + t * (xy[j + 1, 0] - xy[j, 0])
                out[k, 1] = xy[j, 1] + t * (xy[j + 1, 1] - xy[j, 1])
                line[k] = i
                k += 1
                begun = True
            if begun:
                last = after >= stop or j == b - 2
                t = min(1.0, (stop - walked) / step) if last and step > 0.0 else 1.0
                out[k, 0] = xy[j, 0] + t * (xy[j + 1, 0] - xy[j, 0])
                out[k, 1] = xy[j, 1] + t * (xy[j + 1, 1] - xy[j, 1])
                line[k] = i
                k += 1
                if last:
                    break
            walked = after
    return out[:k], line[:k]
