"""The inner loops of the search: arrays in, arrays out, compiled by Numba.

A label is a pair (cost, owner). Labels are compared cost first, then owner, so that equal costs go
to the owner of the lowest rank: the answer does not depend on the order of rows or of nodes.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Index = NDArray[np.int32]
Flags = NDArray[np.bool_]


class Arcs(NamedTuple):
    """Permitted moves as compressed sparse rows, one a node; seconds, none negative."""

    indptr: Ints
    indices: Index
    time_s: Floats


class Labels(NamedTuple):
    """Cost and owner, one entry a node or place; ``inf`` and -1 where nothing is near enough."""

    cost: Floats
    owner: Index


class Seeds(NamedTuple):
    """Where a search starts, with what cost, for whom."""

    node: Index
    cost: Floats
    owner: Index


class Links(NamedTuple):
    """Stretches of street between junctions: end nodes, time, and in which sense they are open."""

    start: Index
    end: Index
    time_s: Floats
    ahead: Flags
    back: Flags


class Contacts(NamedTuple):
    """Stretches of links that are destinations themselves, grouped by link.

    The contacts of link ``k`` are rows ``ptr[k]`` to ``ptr[k + 1]``; each runs from ``low_s`` to
    ``high_s`` (seconds from the link's start) and adds ``cost`` for the leg off the street.
    """

    ptr: Ints
    low_s: Floats
    high_s: Floats
    cost: Floats
    owner: Index


class _Heap(NamedTuple):
    cost: Floats
    owner: Index
    node: Index


@njit(cache=True, inline="always")
def _less(cost_a: float, owner_a: Any, cost_b: float, owner_b: Any) -> bool:
    return cost_a < cost_b or (cost_a == cost_b and owner_a < owner_b)


@njit(cache=True, inline="always")
def _place(heap: _Heap, hole: int, cost: float, owner: Any, node: Any) -> None:
    heap.cost[hole] = cost
    heap.owner[hole] = owner
    heap.node[hole] = node


@njit(cache=True, inline="always")
def _push(heap: _Heap, size: int, cost: float, owner: Any, node: Any) -> None:
    """Put an entry into a 4-ary heap that holds ``size``."""
    hole = size
    while hole > 0:
        parent = (hole - 1) >> 2
        if not _less(cost, owner, heap.cost[parent], heap.owner[parent]):
            break
        _place(heap, hole, heap.cost[parent], heap.owner[parent], heap.node[parent])
        hole = parent
    _place(heap, hole, cost, owner, node)


@njit(cache=True, inline="always")
def _drop_top(heap: _Heap, size: int) -> None:
    """Close the hole at the top of a 4-ary heap with its last entry; ``size`` entries stay."""
    cost, owner, node = heap.cost[size], heap.owner[size], heap.node[size]
    hole = 0
    while True:
        first = 4 * hole + 1
        if first >= size:
            break
        best = first
        for child in range(first + 1, min(first + 4, size)):
            if _less(heap.cost[child], heap.owner[child], heap.cost[best], heap.owner[best]):
                best = child
        if not _less(heap.cost[best], heap.owner[best], cost, owner):
            break
        _place(heap, hole, heap.cost[best], heap.owner[best], heap.node[best])
        hole = best
    _place(heap, hole, cost, owner, node)


@njit(cache=True)
def _grown(heap: _Heap) -> _Heap:
    size = heap.cost.size
    larger = _Heap(np.empty(2 * size), np.empty(2 * size, np.int32), np.empty(2 * size, np.int32))
    larger.cost[:size] = heap.cost
    larger.owner[:size] = heap.owner
    larger.node[:size] = heap.node
    return larger


@njit(cache=True)
def nearest_labels(arcs: Arcs, seeds: Seeds, limit: float) -> Labels:
    """Find for every node the cost and the owner of its nearest seed (Dijkstra, many sources).

    Parameters
    ----------
    arcs
        Moves to search along.
    seeds
        Starts of the search.
    limit
        Largest cost that is reported, inclusive.

    Returns
    -------
    Labels
        One entry a node.

    Notes
    -----
    The queue deletes lazily: an entry that its node's label has overtaken is skipped when it comes
    up.
    """
    nodes = arcs.indptr.size - 1
    cost = np.full(nodes, np.inf)
    owner = np.full(nodes, -1, np.int32)
    capacity = 1024 + seeds.node.size
    heap = _Heap(np.empty(capacity), np.empty(capacity, np.int32), np.empty(capacity, np.int32))
    size = 0
    for i in range(seeds.node.size):
        node = seeds.node[i]
        if seeds.cost[i] <= limit and _less(seeds.cost[i], seeds.owner[i], cost[node], owner[node]):
            cost[node] = seeds.cost[i]
            owner[node] = seeds.owner[i]
            _push(heap, size, cost[node], owner[node], node)
            size += 1
    while size > 0:
        here_cost, here_owner, here = heap.cost[0], heap.owner[0], heap.node[0]
        size -= 1
        _drop_top(heap, size)
        if here_cost != cost[here] or here_owner != owner[here]:
            continue
        for arc in range(arcs.indptr[here], arcs.indptr[here + 1]):
            node = arcs.indices[arc]
            there = here_cost + arcs.time_s[arc]
            if there <= limit and _less(there, here_owner, cost[node], owner[node]):
                cost[node] = there
                owner[node] = here_owner
                if size == heap.cost.size:
                    heap = _grown(heap)
                _push(heap, size, there, here_owner, node)
                size += 1
    return Labels(cost, owner)


@njit(cache=True)
def way(time_s: float, is_open: bool) -> float:  # noqa: FBT001  (positional in a kernel)
    """Time over part of a link: nothing at all costs nothing, even where the link is closed."""
    return time_s if is_open or time_s == 0.0 else math.inf


@njit(cache=True)
def labels_on_links(
    link: Ints, position_s: Floats, links: Links, labels: Labels, contacts: Contacts, limit: float
) -> Labels:
    """Read the labels at places along links, from both ends and from contacts on the same link.

    Parameters
    ----------
    link, position_s
        The places: link (-1 for none) and seconds from its start.
    links
        The links, open in the sense of a traveller who leaves the place.
    labels
        Labels of the nodes.
    contacts
        Destinations along links.
    limit
        Largest cost that is reported, inclusive.

    Returns
    -------
    Labels
        One entry a place.
    """
    cost = np.full(link.size, np.inf)
    owner = np.full(link.size, -1, np.int32)
    for i in range(link.size):
        k = link[i]
        if k < 0:
            continue
        at = position_s[i]
        best = labels.cost[links.start[k]] + way(at, links.back[k])
        who = labels.owner[links.start[k]]
        by_end = labels.cost[links.end[k]] + way(links.time_s[k] - at, links.ahead[k])
        if _less(by_end, labels.owner[links.end[k]], best, who):
            best, who = by_end, labels.owner[links.end[k]]
        for c in range(contacts.ptr[k], contacts.ptr[k + 1]):
            direct = contacts.cost[c]
            if at < contacts.low_s[c]:
                direct += way(contacts.low_s[c] - at, links.ahead[k])
            elif at > contacts.high_s[c]:
                direct += way(at - contacts.high_s[c], links.back[k])
            if _less(direct, contacts.owner[c], best, who):
                best, who = direct, contacts.owner[c]
        if best <= limit:
            cost[i] = best
            owner[i] = who
    return Labels(cost, owner)
