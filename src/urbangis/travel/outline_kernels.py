"""Outlines of the land near streets: a distance field on a lattice, and the line around it.

Lengths here are cells of the lattice, whose nodes have whole coordinates. The land within `WIDTH`
of a street is drawn tile by tile: the exact distance of each node from the nearest street, then
marching squares, and in the end the chains of all tiles are joined into rings. By construction:

* Polygons are valid. No node lies on an outline (see `to_levels`), so outlines cross the lattice
  between nodes, once between two neighbours of which one is in, and never touch.
* A field that is nowhere higher has an outline that is nowhere inside. Levels are whole numbers and
  a half, so that their sums are exact, and a quotient that is rounded once keeps the order.
* An outline lies within one cell of the true one. Distances of two points differ by no more than
  the points are apart: land farther than ``WIDTH + 1`` has only nodes that are out within a cell of
  it, land nearer than ``WIDTH - 1`` only such as are in, and marching squares keep it apart from
  the others.
* Tiles do not show. Tiles share the nodes of their borders and agree about them to the last bit.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from urbangis.network.kernels import Flags, Floats, Ints, longer
from urbangis.travel.field_kernels import HALO, Pieces, Tiles, burn, to_levels, wider

_COLUMN_BIT, _ROW_BIT, _SHAPE_BIT = 2, 26, 50
_NONE = np.iinfo(np.int64).max


class Chains(NamedTuple):
    """Stretches of outline, each within one tile, with the land on the left.

    A state is where an outline crosses the lattice, and whither: a node on land, and the way that
    the outline goes with this node on its left. States are numbers that sort by shape, row, column
    and way.

    Chain ``i`` has the points ``ptr[i]`` to ``ptr[i + 1]`` of ``xy``. ``told[i]`` are the state
    that it begins in, the state in which another goes on (its own beginning where it is a ring),
    its lowest state to the north, and its left turns less its right ones. ``south`` are all states
    to the south, each with its chain.
    """

    xy: Floats
    ptr: Ints
    told: Ints
    south: Ints


class Pen(NamedTuple):
    """Chains with room for more: ``used`` points, chains and states to the south are there."""

    chains: Chains
    used: Ints


class Outlines(NamedTuple):
    """Polygons as ragged arrays: closed rings of points in cells, shells before their holes.

    Ring ``i`` holds the points ``ring[i]`` to ``ring[i + 1]``, polygon ``i`` the rings
    ``polygon[i]`` to ``polygon[i + 1]``, shape ``i`` the polygons ``shape[i]`` to ``shape[i + 1]``.
    """

    xy: Floats
    ring: Ints
    polygon: Ints
    shape: Ints


class _Sheet(NamedTuple):
    """The field of a tile for one shape, with a frame one node wide around it.

    ``seen`` are the nodes that a chain has passed northwards; ``column``, ``row`` and ``state``
    those of the frame's first node.
    """

    level: Floats
    seen: Flags
    wide: int
    column: int
    row: int
    state: int


@njit(cache=True, nogil=True)
def new_pen() -> Pen:
    """Return no chains, with room for none."""
    told, south = np.zeros((0, 4), np.int64), np.zeros((0, 2), np.int64)
    chains = Chains(np.zeros((0, 2)), np.zeros(1, np.int64), told, south)
    return Pen(chains, np.zeros(3, np.int64))


@njit(cache=True, nogil=True)
def draw_tiles(
    pen: Pen, pieces: Pieces, tiles: Tiles, span: tuple[int, int], shapes: tuple[int, int]
) -> Pen:
    """Trace the outlines in some tiles for every cutoff.

    The field of a tile has a frame of nodes that are infinitely high: where an outline comes to it,
    the next tile goes on.

    Parameters
    ----------
    pen
        Gets the chains.
    pieces, tiles
        What to draw, and where.
    span
        The first tile, and the first no longer to be drawn.
    shapes
        Number of the first cutoff's shape, and number of cutoffs.
    """
    for tile in range(span[0], span[1]):
        if tiles.ptr[tile] == tiles.ptr[tile + 1]:
            continue
        wide, high = tiles.columns[tile] + 2, tiles.rows[tile] + 2
        column, row = tiles.column[tile] - 1, tiles.row[tile] - 1
        near2 = np.full((high, wide), float(HALO**2))
        level = np.full((high, wide), np.inf)
        steps = np.empty(wide)
        for step in range(wide):
            steps[step] = step
        i = tiles.ptr[tile]
        for cutoff in range(shapes[1]):
            while i < tiles.ptr[tile + 1] and pieces.cutoff[tiles.piece[i]] <= cutoff:
                burn(pieces.ends[tiles.piece[i]], column, row, near2, steps)
                i += 1
            to_levels(near2, level)
            state = (shapes[0] + cutoff) << _SHAPE_BIT
            state += (row - tiles.row[0]) << _ROW_BIT
            state += (column - tiles.column[0]) << _COLUMN_BIT
            seen = np.zeros(level.size, np.bool_)
            pen = _traced(pen, _Sheet(level.ravel(), seen, wide, column, row, state))
    return pen


@njit(cache=True, nogil=True)
def _traced(pen: Pen, sheet: _Sheet) -> Pen:
    """Add the chains that come into a tile over its borders, then the rings that lie in it."""
    level, wide = sheet.level, sheet.wide
    high = level.size // wide
    crossings = 0
    for p in range(level.size - wide):
        crossings += (level[p] < 0) != (level[p + 1] < 0)
        crossings += (level[p] < 0) != (level[p + wide] < 0)
    pen = _with_room(pen, np.int64(crossings))
    for way in range(4):
        first = ((high - 2) * wide + 1) if way == 2 else (2 * wide - 2 if way == 3 else wide + 1)
        step, count = (1, wide - 2) if way % 2 == 0 else (wide, high - 2)
        for p in range(first, first + count * step, step):
            if level[p] < 0 < level[p + _right(way, wide)] < np.inf:
                _trace(pen, sheet, p, way)
    for p in range(wide, (high - 2) * wide):
        if level[p] < 0 < level[p + 1] < np.inf and not sheet.seen[p]:
            _trace(pen, sheet, p, np.int64(0))
    return pen


@njit(cache=True, nogil=True, inline="always")
def _right(way: int, wide: int) -> int:
    """Step from the left-hand node to the right-hand one, going north, east, south or west."""
    return (1, -wide, -1, wide)[way]


@njit(cache=True, nogil=True, inline="always")
def _ahead(way: int, wide: int) -> int:
    """Step to the next node of the same hand."""
    return (wide, 1, -wide, -1)[way]


@njit(cache=True, nogil=True)
def _trace(pen: Pen, sheet: _Sheet, start: int, start_way: Any) -> None:
    """Add the chain that begins in a state: go on to the frame, or round to where it began."""
    chains, level, wide = pen.chains, sheet.level, sheet.wide
    points, count, souths = pen.used
    here, way, turned, lowest = start, start_way, 0, _NONE
    while True:
        right = here + _right(way, wide)
        part = level[here] / (level[here] - level[right])
        chains.xy[points, 0] = (sheet.column + here % wide) + part * (1.0, 0.0, -1.0, 0.0)[way]
        chains.xy[points, 1] = (sheet.row + here // wide) + part * (0.0, -1.0, 0.0, 1.0)[way]
        points += 1
        state = _state(sheet, here, way)
        if way == 0:
            sheet.seen[here] = True
            lowest = min(lowest, state)
        elif way == 2:
            chains.south[souths, 0], chains.south[souths, 1] = state, count
            souths += 1
        ahead, beyond = here + _ahead(way, wide), right + _ahead(way, wide)
        joined = level[here] + level[right] + level[ahead] + level[beyond] < 0
        if level[beyond] < 0 and (level[ahead] < 0 or joined):
            here, way, turned = beyond, (way + 1) % 4, turned - 1
        elif level[ahead] < 0:
            here = ahead
        else:
            way, turned = (way + 3) % 4, turned + 1
        closed = here == start and way == start_way
        if closed or level[here + _ahead(way, wide)] == np.inf:
            break
    chains.told[count, 0] = _state(sheet, start, start_way)
    chains.told[count, 1] = _state(sheet, here, way)
    chains.told[count, 2], chains.told[count, 3] = lowest, turned
    chains.ptr[count + 1] = points
    pen.used[0], pen.used[1], pen.used[2] = points, count + 1, souths


@njit(cache=True, nogil=True, inline="always")
def _state(sheet: _Sheet, p: int, way: int) -> int:
    """Return the number of the state of a node and a way."""
    return sheet.state + ((p // sheet.wide) << _ROW_BIT) + ((p % sheet.wide) << _COLUMN_BIT) + way


@njit(cache=True, nogil=True)
def _with_room(pen: Pen, crossings: Any) -> Pen:
    """Make room for chains that cross the lattice so many times."""
    chains, used = pen
    most = max(used[0], used[1], used[2])
    if most + crossings < len(chains.told):
        return pen
    room = 2 * (most + crossings) + 1
    points, count, souths = used
    larger = Chains(
        wider(chains.xy, points, room),
        longer(chains.ptr, count + 1, room + 1),
        wider(chains.told, count, room),
        wider(chains.south, souths, room),
    )
    return Pen(larger, used)


@njit(cache=True, nogil=True)
def drawn(pen: Pen) -> Chains:
    """Return the chains without the room."""
    chains, (points, count, souths) = pen
    return Chains(
        chains.xy[:points].copy(),
        chains.ptr[: count + 1].copy(),
        chains.told[:count].copy(),
        chains.south[:souths].copy(),
    )


def join_chains(chains: Chains, shapes: int) -> Outlines:
    """Join chains into rings and rings into polygons, in the order of their lowest states.

    From a hole's lowest state the same land goes west as far as another ring, which is lower or
    more to the west: that ring tells the hole's shell.
    """
    told = chains.told
    begins = np.argsort(told[:, 0])
    after = begins[np.searchsorted(told[begins, 0], told[:, 1])]
    ring_of, first, turned, lowest = _rings(told, after)
    order = np.argsort(lowest)
    rank = np.empty_like(order)
    rank[order] = np.arange(order.size)
    south = chains.south[np.argsort(chains.south[:, 0])]
    hole = np.flatnonzero(turned[order] < 0)
    west = np.searchsorted(south[:, 0], lowest[order[hole]] + 3) - 1
    shell = np.arange(order.size)
    shell[hole] = rank[ring_of[south[west, 1]]]
    _follow(shell, hole)
    # Shells by rank, each with its holes behind it.
    by_shell = np.argsort(shell, kind="stable")
    is_shell = shell[by_shell] == by_shell
    shape = lowest[order][by_shell[is_shell]] >> _SHAPE_BIT
    count = np.bincount(shape, minlength=shapes)
    xy, ring = _closed(chains, first[order][by_shell], after)
    polygon = np.append(np.flatnonzero(is_shell), order.size)
    return Outlines(xy, ring, polygon, np.append(0, np.cumsum(count)))


@njit(cache=True, nogil=True)
def _rings(told: Ints, after: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Follow chains round.

    Returns
    -------
    ring_of
        Ring of each chain.
    first, turned, lowest
        First chain of each ring, its left turns less its right ones, and its lowest state.
    """
    rings = 0
    ring_of = np.full(len(told), -1, np.int64)
    first, turned = np.empty(len(told), np.int64), np.zeros(len(told), np.int64)
    lowest = np.full(len(told), _NONE, np.int64)
    for begin in range(len(told)):
        if ring_of[begin] >= 0:
            continue
        i, first[rings] = begin, begin
        while ring_of[i] < 0:
            ring_of[i] = rings
            turned[rings] += told[i, 3]
            lowest[rings] = min(lowest[rings], told[i, 2])
            i = after[i]
        rings += 1
    return ring_of, first[:rings].copy(), turned[:rings].copy(), lowest[:rings].copy()


@njit(cache=True, nogil=True)
def _follow(shell: Ints, hole: Ints) -> None:
    """Give each hole, from the lowest on, the shell of the ring that it was told."""
    for r in hole:
        shell[r] = shell[shell[r]]


@njit(cache=True, nogil=True)
def _closed(chains: Chains, first: Ints, after: Ints) -> tuple[Floats, Ints]:
    """Write rings out, each from the chain that it begins with, with the first point repeated."""
    xy, ring = np.empty((len(chains.xy) + first.size, 2)), np.zeros(first.size + 1, np.int64)
    points = 0
    for r in range(first.size):
        i = first[r]
        while True:
            for point in range(chains.ptr[i], chains.ptr[i + 1]):
                xy[points, 0], xy[points, 1] = chains.xy[point]
                points += 1
            i = after[i]
            if i == first[r]:
                break
        xy[points, 0], xy[points, 1] = xy[ring[r]]
        points += 1
        ring[r + 1] = points
    return xy, ring
