"""The inner loops: arrays in, arrays out, compiled by Numba.

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


class Edges(NamedTuple):
    """End nodes of each edge, and its time as drawn and against that (``inf``: forbidden)."""

    start: Index
    end: Index
    forward_s: Floats
    backward_s: Floats


class Contacts(NamedTuple):
    """Stretches of edges that are destinations themselves, grouped by edge.

    The contacts of edge ``e`` are rows ``ptr[e]`` to ``ptr[e + 1]``; each runs from fraction
    ``low`` to ``high`` and adds ``cost`` for the leg off the street.
    """

    ptr: Ints
    low: Floats
    high: Floats
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
def along_edge(
    fraction: float, low: float, high: float, forward_s: float, backward_s: float
) -> float:
    """Cost from ``fraction`` of an edge to the nearest point of its stretch ``[low, high]``."""
    if fraction < low:
        return (low - fraction) * forward_s
    if fraction > high:
        return (fraction - high) * backward_s
    return 0.0


@njit(cache=True)
def part(fraction: float, time_s: float) -> float:
    """Time over a fraction of an edge; nothing at all costs nothing, even on a closed edge."""
    return 0.0 if fraction == 0.0 else fraction * time_s


@njit(cache=True)
def labels_on_edges(
    edge: Ints, fraction: Floats, edges: Edges, labels: Labels, contacts: Contacts, limit: float
) -> Labels:
    """Read the labels at places along edges, from both ends and from contacts on the same edge.

    Parameters
    ----------
    edge, fraction
        The places; ``edge`` is -1 for a place that is on none.
    edges
        The edges, in the sense of a traveller who leaves the place.
    labels
        Labels of the nodes.
    contacts
        Destinations along edges.
    limit
        Largest cost that is reported, inclusive.

    Returns
    -------
    Labels
        One entry a place.
    """
    cost = np.full(edge.size, np.inf)
    owner = np.full(edge.size, -1, np.int32)
    for i in range(edge.size):
        e = edge[i]
        if e < 0:
            continue
        u, v = edges.start[e], edges.end[e]
        best = labels.cost[u] + part(fraction[i], edges.backward_s[e])
        who = labels.owner[u]
        ahead = labels.cost[v] + part(1.0 - fraction[i], edges.forward_s[e])
        if _less(ahead, labels.owner[v], best, who):
            best, who = ahead, labels.owner[v]
        for c in range(contacts.ptr[e], contacts.ptr[e + 1]):
            direct = contacts.cost[c] + along_edge(
                fraction[i],
                contacts.low[c],
                contacts.high[c],
                edges.forward_s[e],
                edges.backward_s[e],
            )
            if _less(direct, contacts.owner[c], best, who):
                best, who = direct, contacts.owner[c]
        if best <= limit:
            cost[i] = best
            owner[i] = who
    return Labels(cost, owner)


@njit(cache=True)
def cut_lines(xy: Floats, ptr: Ints, edge: Ints, low: Floats, high: Floats) -> tuple[Floats, Ints]:
    """Cut the stretch from fraction ``low`` to ``high`` (by length) out of each named polyline.

    Parameters
    ----------
    xy, ptr
        Vertices of all polylines, shape (vertices, 2), and where each begins, shape (lines + 1,).
    edge, low, high
        Which polyline, from where to where.

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
