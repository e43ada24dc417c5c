"""Which stretches of street lie within reach, and the outlines of the land near them.

The kernels release the interpreter, so that blocks of facilities run on all cores.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from urbangis.network.kernels import Floats, Index, Ints, Links, longer
from urbangis.network.local import Doors, Graph, explore, leave, room_for
from urbangis.travel.field_kernels import Pieces, tiles_of, wider
from urbangis.travel.outline_kernels import Chains, draw_tiles, drawn, new_pen


class Streets(NamedTuple):
    """Streets as straight segments grouped by link.

    Rows ``ptr[k]`` to ``ptr[k + 1]`` of ``vertex`` are the vertices that the segments of link k
    begin with; each ends with the vertex after. ``xy`` are the coordinates of all vertices, in
    cells, and ``at_s`` where each is on its link, seconds from the link's start.
    """

    ptr: Ints
    vertex: Ints
    xy: Floats
    at_s: Floats


class Search(NamedTuple):
    """What there is to search: streets, the network of them, and all entrances by facility."""

    streets: Streets
    graph: Graph
    doors: Doors


class _List(NamedTuple):
    """Pieces with room for more; ``used`` holds how many are there."""

    pieces: Pieces
    used: Ints


@njit(cache=True, nogil=True)
def reached_pieces(
    search: Search, entered: tuple[int, int], touched: Index, cost: Floats, limits: Floats
) -> Pieces:
    """Cut the streets within reach into straight pieces.

    Parameters
    ----------
    search
        The network.
    entered
        First entrance of the facilities, and the first that is no longer one.
    touched
        Links with an end within the largest limit, or with an entrance.
    cost
        Cost of every node, ``inf`` where beyond reach.
    limits
        Largest costs, inclusive, ascending.

    Returns
    -------
    Pieces
        Ascending by cutoff; a place reached within several is there for the first of them.
    """
    links = search.graph.links
    found = _List(Pieces(np.empty((1024, 4)), np.empty(1024, np.int32)), np.zeros(1, np.int64))
    for cutoff in range(limits.size):
        limit = limits[cutoff]
        before = limits[cutoff - 1] if cutoff > 0 else -math.inf
        for number in touched:
            k = np.int64(number)  # one type, or each function is compiled once more
            known_to, known_from = _by_ends(links, cost, k, before)
            if known_to >= known_from:
                continue
            up_to, from_on = _by_ends(links, cost, k, limit)
            begin, end = max(known_to, 0.0), min(known_from, links.time_s[k])
            if up_to >= from_on:
                found = _add(found, search.streets, k, (begin, end), cutoff)
                continue
            if up_to > begin:
                found = _add(found, search.streets, k, (begin, up_to), cutoff)
            if from_on < end:
                found = _add(found, search.streets, k, (from_on, end), cutoff)
        found = _add_direct(found, search, entered, cost, cutoff, limit)
    size = found.used[0]
    return Pieces(found.pieces.ends[:size].copy(), found.pieces.cutoff[:size].copy())


@njit(cache=True, nogil=True)
def _by_ends(links: Links, cost: Floats, k: Any, limit: float) -> tuple[float, float]:
    """Up to where on a link one gets by its start in time, and from where on by its end."""
    by_start, by_end = limit - cost[links.start[k]], limit - cost[links.end[k]]
    time_s = links.time_s[k]
    up_to = min(by_start, time_s) if links.back[k] and by_start >= 0.0 else -math.inf
    from_on = max(time_s - by_end, 0.0) if links.ahead[k] and by_end >= 0.0 else math.inf
    return up_to, from_on


@njit(cache=True, nogil=True)
def _add_direct(
    found: _List,
    search: Search,
    entered: tuple[int, int],
    cost: Floats,
    cutoff: int,
    limit: float,
) -> _List:
    """Add the stretches from which one goes straight to an entrance on the same link.

    Entrances of one link come one after another; where their stretches meet they are one.
    """
    links, doors = search.graph.links, search.doors
    low, high, last = math.inf, -math.inf, np.int64(-1)
    for d in range(entered[0], entered[1]):
        k, left = np.int64(doors.link[d]), limit - doors.cost[d]
        if k != last and last >= 0 and low <= high:
            found = _add(found, search.streets, last, (low, high), cutoff)
        if k != last:
            low, high, last = math.inf, -math.inf, k
        if left < 0.0:
            continue
        a = max(doors.low_s[d] - (left if links.ahead[k] else 0.0), 0.0)
        b = min(doors.high_s[d] + (left if links.back[k] else 0.0), links.time_s[k])
        up_to, from_on = _by_ends(links, cost, k, limit)
        if b < up_to or a > from_on or up_to >= from_on:
            continue
        if a <= high and b >= low:
            low, high = min(low, a), max(high, b)
            continue
        if low <= high:
            found = _add(found, search.streets, k, (low, high), cutoff)
        low, high = a, b
    if low <= high:
        found = _add(found, search.streets, last, (low, high), cutoff)
    return found


@njit(cache=True, nogil=True)
def _add(
    found: _List, streets: Streets, k: Any, stretch: tuple[float, float], cutoff: int
) -> _List:
    """Add the pieces of a stretch of a link; one without length is a point."""
    low, high = stretch
    pieces, used = _with_room(found, streets.ptr[k + 1] - streets.ptr[k])
    for i in range(streets.ptr[k], streets.ptr[k + 1]):
        v = streets.vertex[i]
        va, vb = streets.at_s[v], streets.at_s[v + 1]
        a, b = max(min(va, vb), low), min(max(va, vb), high)
        if a > b or (a == b and low < high):
            continue
        whole = vb - va
        ta, tb = ((a - va) / whole, (b - va) / whole) if whole != 0.0 else (0.0, 1.0)
        for axis in range(2):
            origin, step = streets.xy[v, axis], streets.xy[v + 1, axis] - streets.xy[v, axis]
            pieces.ends[used[0], axis] = origin + ta * step
            pieces.ends[used[0], axis + 2] = origin + tb * step
        pieces.cutoff[used[0]] = cutoff
        used[0] += 1
    return _List(pieces, used)


@njit(cache=True, nogil=True)
def _with_room(found: _List, more: int) -> _List:
    pieces, used = found
    size = used[0]
    if size + more <= pieces.cutoff.size:
        return found
    room = 2 * (size + more)
    larger = Pieces(wider(pieces.ends, size, room), longer(pieces.cutoff, size, room))
    return _List(larger, used)


@njit(cache=True, nogil=True)
def draw_catchments(search: Search, facilities: Index, limits: Floats, side: int) -> Chains:
    """Draw what is within reach of each facility alone.

    Parameters
    ----------
    search
        The network.
    facilities
        Which facilities to search from.
    limits
        Largest costs, inclusive, ascending.
    side
        Cells to the side of a tile, at most.

    Returns
    -------
    Chains
        Of shapes by facility and limit, for `join_chains`.
    """
    pen = new_pen()
    room = room_for(search.graph, limits[-1])
    for i in range(facilities.size):
        facility = facilities[i]
        nodes, links = explore(search.graph, search.doors, facility, room)
        entered = (search.doors.ptr[facility], search.doors.ptr[facility + 1])
        touched = room.marks.link[:links]
        pieces = reached_pieces(search, entered, touched, room.space.cost, limits)
        leave(room, nodes)
        tiles = tiles_of(pieces, side)
        span, shapes = (0, tiles.column.size), (i * limits.size, limits.size)
        pen = draw_tiles(pen, pieces, tiles, span, shapes)
    return drawn(pen)
