"""The search over a grid of cells: arrays in, arrays out, compiled by Numba.

The queue is a row of buckets, each as wide as twice the time to cross a typical cell. Cells of one
bucket are settled in any order, and again where a later one of the same bucket improves them, so
the result is exact: each cell ends with the least label (cost, owner) over all paths, whatever the
order. Buckets need neither comparisons nor moves of entries, which is what a heap spends its time
on; cost and friction of a cell lie side by side, which is what memory spends its time on.

Cells are numbered row by row in a grid with a margin of two barriers all round, so that no move
needs to ask where the grid ends. Indices are unsigned: Numba then leaves out the test for negative
ones, which halves the time.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numba import int64, njit, uint32, uint64
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Index = NDArray[np.int32]

MARGIN = 2
"""Barriers around the grid: a knight's move reaches two cells far."""

FLAT = 0.05
"""Tobler's hiking function: the downward slope of the fastest walk."""

DECAY = 3.5
"""Tobler's hiking function: how fast the speed falls with the slope."""

BEST = 0.839
"""Just under ``exp(-DECAY * FLAT)``: no slope shortens a walk to less than this part."""

_BLOCK = 64
_BUCKETS = 4096


class Ground(NamedTuple):
    """The grid with its margin, flattened.

    ``label`` holds two entries a cell, its cost and its friction (``inf``: barrier). ``elevation``
    is empty on flat ground. ``stride`` is the number of cells in a row, ``uphill`` is 1 where the
    search runs with the journey and -1 where it runs against it.
    """

    label: Floats
    owner: Index
    elevation: Floats
    stride: int
    uphill: float


class Moves(NamedTuple):
    """The moves out of a cell: 4 straight ones, 4 diagonal ones, 8 like a knight in chess.

    ``offset`` is what a move adds to the number of a cell; ``side`` and ``corner`` lead to the two
    cells that a knight's move crosses, and to the two beside a diagonal one. ``metres`` is the
    length of each move from each row of the grid with its margin, shape (rows, moves).
    """

    offset: NDArray[np.uint64]
    side: NDArray[np.uint64]
    corner: NDArray[np.uint64]
    metres: Floats


class CellSeeds(NamedTuple):
    """Cells where the search starts, with what cost, for whom."""

    cell: Ints
    cost: Floats
    owner: Index


class _Queue(NamedTuple):
    """Buckets of cells; each is a chain of blocks, of which only the newest is not full.

    ``head`` and ``fill`` tell the newest block of each bucket and how much is in it, ``entry`` what
    the blocks hold, ``link`` the block before, ``spare`` the first block that is free again and how
    many were ever used. The bucket after the last is for everything that lies farther ahead.
    """

    head: Ints
    fill: Ints
    entry: NDArray[np.uint32]
    link: Ints
    spare: Ints


class _Span(NamedTuple):
    """What the buckets stand for.

    Bucket ``first + i`` of those since 0 s, of which there are ``per_s`` to the second, is bucket
    ``i`` of the queue; ``now`` is the one being emptied. No cost exceeds ``limit``.
    """

    per_s: float
    first: int
    now: int
    limit: float


@njit(cache=True)
def _new_queue() -> _Queue:
    blocks = 2 * _BUCKETS
    return _Queue(
        np.full(_BUCKETS + 1, -1, np.int64),
        np.full(_BUCKETS + 1, _BLOCK, np.int64),
        np.empty(blocks * _BLOCK, np.uint32),
        np.empty(blocks, np.int64),
        np.array([-1, 0]),
    )


@njit(cache=True)
def _with_room(queue: _Queue, entries: int) -> _Queue:
    """Return the queue, or a copy with twice the room where it might not hold ``entries`` more."""
    blocks = queue.link.size
    if queue.spare[1] + entries < blocks:
        return queue
    entry = np.empty(2 * queue.entry.size, np.uint32)
    link = np.empty(2 * blocks, np.int64)
    entry[: queue.entry.size] = queue.entry
    link[:blocks] = queue.link
    return _Queue(queue.head, queue.fill, entry, link, queue.spare)


@njit(cache=True, inline="always")
def _put(queue: _Queue, bucket: Any, cell: Any) -> None:
    block, used = queue.head[bucket], queue.fill[bucket]
    if used == _BLOCK:
        older = block
        block, used = queue.spare[0], 0
        if block >= 0:
            queue.spare[0] = queue.link[block]
        else:
            block = queue.spare[1]
            queue.spare[1] += 1
        queue.link[block] = older
        queue.head[bucket] = block
    queue.entry[uint64(block) * uint64(_BLOCK) + uint64(used)] = uint32(cell)
    queue.fill[bucket] = used + 1


@njit(cache=True, inline="always")
def _take(queue: _Queue, bucket: int, out: NDArray[np.uint32]) -> int:
    """Move the newest block of a bucket to ``out``; return how many cells that are."""
    block, used = queue.head[bucket], queue.fill[bucket]
    begin = uint64(block) * uint64(_BLOCK)
    for i in range(uint64(used)):
        out[i] = queue.entry[begin + i]
    queue.head[bucket] = queue.link[block]
    queue.fill[bucket] = _BLOCK
    queue.link[block] = queue.spare[0]
    queue.spare[0] = block
    return int(used)


@njit(cache=True)
def _take_all(queue: _Queue, bucket: int) -> NDArray[np.uint32]:
    """Empty a bucket."""
    count = 0
    block = queue.head[bucket]
    while block >= 0:
        count += _BLOCK if block != queue.head[bucket] else queue.fill[bucket]
        block = queue.link[block]
    cells = np.empty(count + _BLOCK, np.uint32)
    filled = 0
    while queue.head[bucket] >= 0:
        filled += _take(queue, bucket, cells[filled:])
    return cells[:count]


@njit(cache=True)
def _move_on(queue: _Queue, label: Floats, first: int, per_s: float) -> tuple[_Queue, int]:
    """Deal out the far cells to buckets that begin with the first of them.

    Cells that came nearer after they were put far away are left out: they have been settled.

    Returns
    -------
    queue, first
        Number of the first bucket now; -1 where no cell is left.
    """
    end = first + _BUCKETS
    cells = _take_all(queue, _BUCKETS)
    first = -1
    for cell in cells:
        number = int64(label[2 * cell] * per_s)
        if number >= end and (first < 0 or number < first):
            first = number
    for cell in cells:
        number = int64(label[2 * cell] * per_s)
        if number >= end:
            queue = _with_room(queue, 1)
            _put(queue, min(number - first, _BUCKETS), cell)
    return queue, first


@njit(cache=True, inline="always")
def _pace(label: Floats, moves: Moves, here: Any, k: int) -> Any:
    """Seconds per metre of a move: the mean of the cells that it crosses, in equal parts."""
    one = uint64(1)
    there = here + moves.offset[k]
    ends = label[here + here + one] + label[there + there + one]
    if k < 8:
        return 0.5 * ends
    side, corner = here + moves.side[k], here + moves.corner[k]
    return 0.25 * (ends + label[side + side + one] + label[corner + corner + one])


@njit(cache=True, inline="always")
def _is_shut(label: Floats, moves: Moves, here: Any, k: int) -> Any:
    """Tell whether a diagonal move slips between two barriers that meet at a corner."""
    one = uint64(1)
    side, corner = here + moves.side[k], here + moves.corner[k]
    return min(label[side + side + one], label[corner + corner + one]) == np.inf


@njit(cache=True, inline="always")
def _hike(ground: Ground, here: Any, there: Any, metres: float) -> float:
    """Return how many times longer the walk takes than on the flat (Tobler 1993)."""
    rise = ground.uphill * (ground.elevation[there] - ground.elevation[here])
    return math.exp(DECAY * (abs(rise / metres + FLAT) - FLAT))


@njit(cache=True)
def _start(ground: Ground, seeds: CellSeeds, per_s: float, limit: float) -> _Queue:
    queue = _new_queue()
    for i in range(seeds.cell.size):
        cell, cost, owner = seeds.cell[i], seeds.cost[i], seeds.owner[i]
        before = ground.label[2 * cell]
        if cost > limit or cost > before:
            continue
        if cost == before and owner >= ground.owner[cell]:
            continue
        ground.label[2 * cell] = cost
        ground.owner[cell] = owner
        queue = _with_room(queue, 1)
        _put(queue, min(int64(cost * per_s), _BUCKETS), cell)
    return queue


@njit(cache=True)
def _sweep(
    ground: Ground, moves: Moves, queue: _Queue, cells: NDArray[np.uint32], span: _Span
) -> int:
    """Empty one bucket after another, offering the labels of cells to their neighbours.

    All in one function: between two of them, Numba counts references to every array of the queue.

    Returns
    -------
    int
        The bucket that is next; less than the number of buckets where the queue is short of room.
    """
    label, owner, stride = ground.label, ground.owner, uint64(ground.stride)
    per_s, first, now, limit = span
    sloped = ground.elevation.size > 0
    count = moves.offset.size
    room = queue.link.size - _BLOCK * count
    while now < _BUCKETS:
        if queue.head[now] < 0:
            now += 1
            continue
        if queue.spare[1] >= room:
            break
        used = _take(queue, now, cells)
        for i in range(uint64(used)):
            here = uint64(cells[i])
            so_far, who = label[here + here], owner[here]
            if int64(so_far * per_s) - first != now:
                continue  # settled in an earlier bucket
            row = here // stride
            for k in range(count):
                there = here + moves.offset[k]
                before = label[there + there]
                metres = moves.metres[row, uint64(k)]
                time_s = metres * _pace(label, moves, here, k)
                if sloped and so_far + time_s * BEST <= before and time_s < np.inf:
                    time_s *= _hike(ground, here, there, metres)
                cost = so_far + time_s
                if (
                    cost > before
                    or cost > limit
                    or (cost == before and who >= owner[there])
                    or (4 <= k < 8 and _is_shut(label, moves, here, k))
                ):
                    continue
                label[there + there] = cost
                owner[there] = who
                bucket = min(int64(cost * per_s) - first, _BUCKETS)
                # A cell that waits in that bucket already need not be put there twice; in the
                # bucket that is being emptied it may have been settled.
                if (
                    bucket == now
                    or before == np.inf
                    or bucket != min(int64(before * per_s) - first, _BUCKETS)
                ):
                    _put(queue, bucket, there)
    return now


@njit(cache=True)
def search_cells(
    ground: Ground, moves: Moves, seeds: CellSeeds, bucket_s: float, limit: float
) -> None:
    """Find for every cell the cost and the owner of its nearest seed (many sources, one search).

    Parameters
    ----------
    ground
        The grid; its labels (all ``inf`` and -1 before) are the result.
    moves
        The moves that are made: the first 4, 8 or 16.
    seeds
        Starts of the search, in cells that are no barriers.
    bucket_s
        Width of a bucket, seconds. It changes the time that the search takes, not the result.
    limit
        Largest cost that is reported, inclusive.
    """
    per_s = 1.0 / bucket_s
    queue = _start(ground, seeds, per_s, limit)
    cells = np.empty(_BLOCK, np.uint32)
    now, first = 0, 0
    while first >= 0:
        now = _sweep(ground, moves, queue, cells, _Span(per_s, first, now, limit))
        if now < _BUCKETS:
            queue = _with_room(queue, _BLOCK * moves.offset.size)
        else:
            now = 0
            queue, first = _move_on(queue, ground.label, first, per_s)
