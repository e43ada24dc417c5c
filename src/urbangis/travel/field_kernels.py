"""How far land is from streets: exact distances on the nodes of a lattice, tile by tile.

Lengths are cells of the lattice, whose nodes have whole coordinates.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from urbangis.network.kernels import Floats, Index, Ints

WIDTH = 4
"""Cells to half the width of a strip along a street."""

HALO = WIDTH + 1
"""Cells to where distances are known: every neighbour of a node in a strip."""

_STEPS = 8192.0
"""Steps of a level to a cell: a millimetre where cells are some metres wide."""


class Pieces(NamedTuple):
    """Straight pieces of street, and the first cutoff within which each is reached.

    ``ends`` holds x and y of both ends, shape (pieces, 4); ``cutoff`` is ascending.
    """

    ends: Floats
    cutoff: Index


class Tiles(NamedTuple):
    """Rectangles of the lattice that share the nodes of their borders.

    Tile ``t`` has ``columns`` x ``rows`` nodes, of which the first is at (``column``, ``row``);
    ``piece[ptr[t]:ptr[t + 1]]`` are the pieces that may come near it, in their order. The first
    tile is the lowest in the west.
    """

    column: Ints
    row: Ints
    columns: Ints
    rows: Ints
    ptr: Ints
    piece: Index


@njit(cache=True, nogil=True)
def wider(values: Any, size: int, room: int) -> Any:
    """Copy the first rows of a table into one with room for more, as `longer` does."""
    larger = np.empty((room, values.shape[1]), values.dtype)
    for i in range(size):
        for j in range(values.shape[1]):
            larger[i, j] = values[i, j]
    return larger


@njit(cache=True, nogil=True)
def tiles_of(pieces: Pieces, side: int) -> Tiles:
    """Lay tiles of at most ``side`` cells a side over all land near the pieces."""
    if pieces.cutoff.size == 0:
        nothing = np.zeros(0, np.int64)
        return Tiles(nothing, nothing, nothing, nothing, np.zeros(1, np.int64), pieces.cutoff)
    box = _boxes(pieces.ends)
    left, bottom, right, top = box[0]
    for i in range(1, box.shape[0]):
        left, bottom = min(left, box[i, 0]), min(bottom, box[i, 1])
        right, top = max(right, box[i, 2]), max(top, box[i, 3])
    across, up = -(-(right - left) // side), -(-(top - bottom) // side)
    tiles = across * up
    column, row = np.empty(tiles, np.int64), np.empty(tiles, np.int64)
    columns, rows = np.empty(tiles, np.int64), np.empty(tiles, np.int64)
    for t in range(tiles):
        column[t], row[t] = left + side * (t % across), bottom + side * (t // across)
        columns[t] = min(right - column[t], side) + 1
        rows[t] = min(top - row[t], side) + 1
    for i in range(box.shape[0]):
        # A piece that ends at the border of two tiles is near both.
        box[i, 0] = max((box[i, 0] - left - 1) // side, 0)
        box[i, 1] = max((box[i, 1] - bottom - 1) // side, 0)
        box[i, 2] = min((box[i, 2] - left) // side, across - 1)
        box[i, 3] = min((box[i, 3] - bottom) // side, up - 1)
    ptr, piece = _by_tile(box, across, tiles)
    return Tiles(column, row, columns, rows, ptr, piece)


@njit(cache=True, nogil=True)
def _boxes(ends: Floats) -> Ints:
    """Return the least and largest column and row near each piece, shape (pieces, 4)."""
    box = np.empty((ends.shape[0], 4), np.int64)
    for i in range(ends.shape[0]):
        x0, y0, x1, y1 = ends[i]
        box[i, 0], box[i, 1] = math.floor(min(x0, x1)) - HALO, math.floor(min(y0, y1)) - HALO
        box[i, 2], box[i, 3] = math.ceil(max(x0, x1)) + HALO, math.ceil(max(y0, y1)) + HALO
    return box


@njit(cache=True, nogil=True)
def _by_tile(box: Ints, across: int, tiles: int) -> tuple[Ints, Index]:
    """List the pieces of each tile, of which a piece lies in a box of columns and rows."""
    ptr = np.zeros(tiles + 1, np.int64)
    for i in range(box.shape[0]):
        for ty in range(box[i, 1], box[i, 3] + 1):
            for tx in range(box[i, 0], box[i, 2] + 1):
                ptr[ty * across + tx + 1] += 1
    for t in range(tiles):
        ptr[t + 1] += ptr[t]
    at, piece = ptr[:-1].copy(), np.empty(ptr[-1], np.int32)
    for i in range(box.shape[0]):
        for ty in range(box[i, 1], box[i, 3] + 1):
            for tx in range(box[i, 0], box[i, 2] + 1):
                piece[at[ty * across + tx]] = i
                at[ty * across + tx] += 1
    return ptr, piece


@njit(cache=True, nogil=True)
def burn(ends: Floats, column: int, row: int, near2: Floats, steps: Floats) -> None:
    """Lower squared distances to those to a piece, at all nodes within the halo of it.

    Parameters
    ----------
    ends
        Ends of the piece, shape (4,).
    column, row
        The node that ``near2[0, 0]`` is of. Nodes at the margins are left alone.
    near2
        Squared distances.
    steps
        0, 1, 2 and so on, as many as ``near2`` has columns.
    """
    ax, ay, bx, by = ends
    dx, dy = bx - ax, by - ay
    length2 = dx * dx + dy * dy
    per = 1.0 / length2 if length2 > 0.0 else 0.0
    far = near2.shape[1] - 2
    left = max(math.ceil(min(ax, bx) - HALO) - column, 1)
    right = min(math.floor(max(ax, bx) + HALO) - column, far)
    bottom = max(math.ceil(min(ay, by) - HALO) - row, 1)
    top = min(math.floor(max(ay, by) + HALO) - row, near2.shape[0] - 2)
    for i in range(bottom, top + 1):
        py = (row + i) - ay
        if abs(dy) > HALO:  # only a part of the piece is near this row
            ta, tb = (py - HALO) / dy, (py + HALO) / dy
            xa, xb = ax + max(0.0, min(ta, tb)) * dx, ax + min(1.0, max(ta, tb)) * dx
            left = max(math.ceil(min(xa, xb) - HALO) - column, 1)
            right = min(math.floor(max(xa, xb) + HALO) - column, far)
        line, first = near2[i, left : right + 1], float(column + left)
        up = py * dy
        for j in range(line.size):
            px = (first + steps[j]) - ax
            t = min(max((px * dx + up) * per, 0.0), 1.0)
            ex, ey = px - t * dx, py - t * dy
            line[j] = min(line[j], ex * ex + ey * ey)


@njit(cache=True, nogil=True)
def to_levels(near2: Floats, level: Floats) -> None:
    """Turn squared distances into heights above the outline, in steps; the frame is left out.

    Half a step is taken off after rounding up: no level is 0, and a node at ``WIDTH`` is in.
    """
    for i in range(1, near2.shape[0] - 1):
        for j in range(1, near2.shape[1] - 1):
            away = min(math.sqrt(near2[i, j]), float(HALO))
            level[i, j] = math.ceil((away - WIDTH) * _STEPS) - 0.5
