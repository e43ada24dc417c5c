"""How far land is from streets: exact distances on the nodes of a lattice, tile by tile.

Lengths are cells of the lattice, whose nodes have whole coordinates.
"""

import math
from typing import NamedTuple

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
def tiles_of(pieces: Pieces, side: int) -> Tiles:
    """Lay tiles of at most ``side`` cells a side over all land near the pieces."""
    if pieces.cutoff.size == 0:
        nothing = np.zeros(0, np.int64)
        return Tiles(nothing, nothing, nothing, nothing, np.zeros(1, np.int64), pieces.cutoff)
    box = np.empty((pieces.cutoff.size, 4), np.int64)
    for i in range(pieces.cutoff.size):
        x0, y0, x1, y1 = pieces.ends[i]
        box[i, 0], box[i, 1] = math.floor(min(x0, x1)) - HALO, math.floor(min(y0, y1)) - HALO
        box[i, 2], box[i, 3] = math.ceil(max(x0, x1)) + HALO, math.ceil(max(y0, y1)) + HALO
    left, bottom = box[:, 0].min(), box[:, 1].min()
    right, top = box[:, 2].max(), box[:, 3].max()
    across, up = -(-(right - left) // side), -(-(top - bottom) // side)
    column = left + side * (np.arange(across * up) % across)
    row = bottom + side * (np.arange(across * up) // across)
    columns = np.minimum(right - column, side) + 1
    rows = np.minimum(top - row, side) + 1
    # A piece that ends at the border of two tiles is near both.
    box[:, 0], box[:, 2] = (box[:, 0] - left - 1) // side, (box[:, 2] - left) // side
    box[:, 1], box[:, 3] = (box[:, 1] - bottom - 1) // side, (box[:, 3] - bottom) // side
    box = np.maximum(box, 0)
    box[:, 2], box[:, 3] = np.minimum(box[:, 2], across - 1), np.minimum(box[:, 3], up - 1)
    ptr = np.zeros(across * up + 1, np.int64)
    for i in range(box.shape[0]):
        for ty in range(box[i, 1], box[i, 3] + 1):
            for tx in range(box[i, 0], box[i, 2] + 1):
                ptr[ty * across + tx + 1] += 1
    ptr = np.cumsum(ptr)
    at, piece = ptr[:-1].copy(), np.empty(ptr[-1], np.int32)
    for i in range(box.shape[0]):
        for ty in range(box[i, 1], box[i, 3] + 1):
            for tx in range(box[i, 0], box[i, 2] + 1):
                piece[at[ty * across + tx]] = i
                at[ty * across + tx] += 1
    return Tiles(column, row, columns, rows, ptr, piece)


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
