"""Many small searches: everything within reach of each facility, one facility at a time.

The kernels release the interpreter, so that blocks of facilities run on all cores.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from urbangis.network.kernels import Arcs, Floats, Index, Ints, Links, bucket_width, longer, way


class Graph(NamedTuple):
    """The network as one search sees it.

    ``arcs`` are the moves against the direction of travel, ``links`` are open in the sense of a
    traveller to the facility, and rows ``ptr[n]`` to ``ptr[n + 1]`` of ``incident`` are the links
    that end at node n.
    """

    arcs: Arcs
    links: Links
    ptr: Ints
    incident: Index


class Doors(NamedTuple):
    """Entrances grouped by facility: rows ``ptr[f]`` to ``ptr[f + 1]`` are those of facility f.

    Each is a stretch of a link, ``low_s`` to ``high_s`` from its start, and ``cost`` more.
    """

    ptr: Ints
    link: Index
    low_s: Floats
    high_s: Floats
    cost: Floats


class Places(NamedTuple):
    """Places grouped by link: rows ``ptr[k]`` to ``ptr[k + 1]`` lie on link k.

    ``number`` is the place's own number, ``position_s`` its seconds from the link's start and
    ``access_s`` the time of its leg to the street.
    """

    ptr: Ints
    number: Index
    position_s: Floats
    access_s: Floats


class Pairs(NamedTuple):
    """Cost between facilities and places, one row a pair within reach."""

    facility: Index
    place: Index
    cost: Floats


class _Space(NamedTuple):
    """Room for one search after another; ``cost`` is ``inf`` everywhere between searches."""

    cost: Floats
    reached: Index
    first: Index
    after: Index
    before: Index
    waiting: Any


class _Marks(NamedTuple):
    """Links that a search has come by: the last facility to see each, and a list."""

    seen: Index
    link: Index


@njit(cache=True, nogil=True)
def _space(nodes: int, buckets: int) -> _Space:
    return _Space(
        np.full(nodes, np.inf),
        np.empty(nodes, np.int32),
        np.full(buckets, -1, np.int32),
        np.empty(nodes, np.int32),
        np.empty(nodes, np.int32),
        np.zeros(nodes, np.bool_),
    )


@njit(cache=True, nogil=True, inline="always")
def _chain(space: _Space, bucket: int, node: Any) -> None:
    """Put a node into a bucket."""
    behind = space.first[bucket]
    space.after[node], space.before[node] = behind, -1
    if behind >= 0:
        space.before[behind] = node
    space.first[bucket] = node


@njit(cache=True, nogil=True, inline="always")
def _unchain(space: _Space, bucket: int, node: Any) -> None:
    """Take a node out of a bucket."""
    behind, ahead = space.after[node], space.before[node]
    if ahead >= 0:
        space.after[ahead] = behind
    else:
        space.first[bucket] = behind
    if behind >= 0:
        space.before[behind] = ahead


@njit(cache=True, nogil=True, inline="always")
def _offer(space: _Space, node: Any, cost: float, per: float, count: int) -> int:
    """Give a node a cost if it is lower, and queue it; return the new number of nodes reached."""
    old = space.cost[node]
    if cost >= old:
        return count
    space.cost[node] = cost
    bucket = int(cost * per)
    if space.waiting[node]:
        held = int(old * per)
        if held == bucket:
            return count
        _unchain(space, held, node)
    elif old == math.inf:
        space.reached[count] = node
        count += 1
    space.waiting[node] = True
    _chain(space, bucket, node)
    return count


@njit(cache=True, nogil=True)
def _spread(arcs: Arcs, space: _Space, count: int, limit: float, per: float) -> int:
    """Search from the nodes that are queued; return the number of nodes reached."""
    for bucket in range(space.first.size):
        while space.first[bucket] >= 0:
            here = space.first[bucket]
            _unchain(space, bucket, here)
            space.waiting[here] = False
            base = space.cost[here]
            for arc in range(arcs.indptr[here], arcs.indptr[here + 1]):
                there = base + arcs.time_s[arc]
                if there <= limit:
                    count = _offer(space, arcs.indices[arc], there, per, count)
    return count


@njit(cache=True, nogil=True)
def _enter(
    doors: Doors, links: Links, facility: int, space: _Space, limit: float, per: float
) -> int:
    """Queue both ends of the links that a facility is entered from."""
    count = 0
    for d in range(doors.ptr[facility], doors.ptr[facility + 1]):
        k = doors.link[d]
        by_start = doors.cost[d] + way(doors.low_s[d], links.ahead[k])
        by_end = doors.cost[d] + way(links.time_s[k] - doors.high_s[d], links.back[k])
        if by_start <= limit:
            count = _offer(space, links.start[k], by_start, per, count)
        if by_end <= limit:
            count = _offer(space, links.end[k], by_end, per, count)
    return count


@njit(cache=True, nogil=True)
def _longer(pairs: Pairs, size: int, needed: int) -> Pairs:
    """Make room for ``needed`` more pairs after the first ``size``."""
    if size + needed <= pairs.cost.size:
        return pairs
    room = max(2 * pairs.cost.size, size + needed)
    facility, place = longer(pairs.facility, size, room), longer(pairs.place, size, room)
    return Pairs(facility, place, longer(pairs.cost, size, room))


@njit(cache=True, nogil=True)
def _shortened(pairs: Pairs, size: int) -> Pairs:
    return Pairs(pairs.facility[:size].copy(), pairs.place[:size].copy(), pairs.cost[:size].copy())


@njit(cache=True, nogil=True, inline="always")
def _mark(marks: _Marks, facility: int, k: Any, lines: int) -> int:
    """List a link unless this facility's search has come by it; return the length of the list."""
    if marks.seen[k] != facility:
        marks.seen[k], marks.link[lines] = facility, k
        return lines + 1
    return lines


@njit(cache=True, nogil=True)
def _links_touched(
    graph: Graph, doors: Doors, facility: int, space: _Space, count: int, marks: _Marks
) -> int:
    """List the links with an end in reach or an entrance of the facility; return how many."""
    lines = 0
    for d in range(doors.ptr[facility], doors.ptr[facility + 1]):
        lines = _mark(marks, facility, doors.link[d], lines)
    for i in range(count):
        node = space.reached[i]
        for j in range(graph.ptr[node], graph.ptr[node + 1]):
            lines = _mark(marks, facility, graph.incident[j], lines)
    return lines


class Room(NamedTuple):
    """Room for one search after another by `explore`, up to one limit."""

    space: _Space
    marks: _Marks
    per: float
    limit: float


@njit(cache=True, nogil=True)
def room_for(graph: Graph, limit: float) -> Room:
    """Make room for searches up to a limit, inclusive and finite."""
    per = 1.0 / bucket_width(graph.arcs.time_s)
    links = graph.links.time_s.size
    marks = _Marks(np.full(links, -1, np.int32), np.empty(links, np.int32))
    return Room(_space(graph.ptr.size - 1, int(limit * per) + 1), marks, per, limit)


@njit(cache=True, nogil=True)
def explore(graph: Graph, doors: Doors, facility: int, room: Room) -> tuple[int, int]:
    """Search from a facility, once for each in the same room.

    Until `leave` is called, ``room.space.cost`` holds the cost of every node within the limit, the
    first of ``room.space.reached`` are those nodes, and the first of ``room.marks.link`` the links
    with an end among them or an entrance.

    Returns
    -------
    nodes, links
        How many of each.
    """
    count = _enter(doors, graph.links, facility, room.space, room.limit, room.per)
    count = _spread(graph.arcs, room.space, count, room.limit, room.per)
    return count, _links_touched(graph, doors, facility, room.space, count, room.marks)


@njit(cache=True, nogil=True)
def leave(room: Room, nodes: int) -> None:
    """Clear the room after a search that reached so many nodes."""
    for i in range(nodes):
        room.space.cost[room.space.reached[i]] = math.inf


@njit(cache=True, nogil=True)
def _by_ends(links: Links, space: _Space, k: Any, at: float) -> float:
    """Cost from a place on a link by way of its ends."""
    by_start = space.cost[links.start[k]] + way(at, links.back[k])
    by_end = space.cost[links.end[k]] + way(links.time_s[k] - at, links.ahead[k])
    return float(min(by_start, by_end))


@njit(cache=True, nogil=True)
def _direct(links: Links, doors: Doors, facility: int, k: Any, at: float) -> float:
    """Cost from a place to an entrance of the facility on the same link."""
    best = math.inf
    for d in range(doors.ptr[facility], doors.ptr[facility + 1]):
        if doors.link[d] == k:
            cost = doors.cost[d]
            if at < doors.low_s[d]:
                cost += way(doors.low_s[d] - at, links.ahead[k])
            elif at > doors.high_s[d]:
                cost += way(at - doors.high_s[d], links.back[k])
            best = min(best, cost)
    return best


@njit(cache=True, nogil=True)
def places_in_reach(
    graph: Graph, doors: Doors, places: Places, facilities: Index, limit: float
) -> Pairs:
    """Find every place within the limit of each facility, both legs off the street counted.

    Parameters
    ----------
    graph
        The network.
    doors
        Entrances of all facilities.
    places
        Places by link.
    facilities
        Which facilities to search from.
    limit
        Largest cost, inclusive; finite.

    Returns
    -------
    Pairs
        In the order of ``facilities``; the places of one in no order.
    """
    links, room = graph.links, room_for(graph, limit)
    pairs = Pairs(np.empty(1024, np.int32), np.empty(1024, np.int32), np.empty(1024))
    size = 0
    for facility in facilities:
        nodes, touched = explore(graph, doors, facility, room)
        for line in range(touched):
            k = room.marks.link[line]
            pairs = _longer(pairs, size, places.ptr[k + 1] - places.ptr[k])
            for place in range(places.ptr[k], places.ptr[k + 1]):
                at = places.position_s[place]
                by_ends = _by_ends(links, room.space, k, at)
                cost = min(by_ends, _direct(links, doors, facility, k, at))
                if cost + places.access_s[place] <= limit:
                    pairs.facility[size], pairs.place[size] = facility, places.number[place]
                    pairs.cost[size] = cost + places.access_s[place]
                    size += 1
        leave(room, nodes)
    return _shortened(pairs, size)
