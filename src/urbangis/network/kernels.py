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


class _Queue(NamedTuple):
    """Nodes waiting by cost: bucket ``int(cost / width) % first.size`` is a chain of entries.

    ``first`` holds each chain's first entry and ``after`` the entry after each, -1 for none.
    ``state`` holds the number of entries ever used, the first of the chain of spare ones, and the
    number of entries in buckets.
    """

    first: Index
    node: Index
    after: Index
    state: Ints


@njit(cache=True, nogil=True)
def longer(values: Any, size: int, room: int) -> Any:
    """Copy the first entries of an array into one with room for more.

    Entry by entry: Numba takes a second to compile each assignment to a slice, most of it for the
    error message that shapes differ.
    """
    larger = np.empty(room, values.dtype)
    for i in range(size):
        larger[i] = values[i]
    return larger


@njit(cache=True, inline="always")
def _less(cost_a: float, owner_a: Any, cost_b: float, owner_b: Any) -> bool:
    return cost_a < cost_b or (cost_a == cost_b and owner_a < owner_b)


@njit(cache=True)
def _queue(buckets: int, capacity: int) -> _Queue:
    first = np.full(buckets, -1, np.int32)
    node, after = np.empty(capacity, np.int32), np.empty(capacity, np.int32)
    return _Queue(first, node, after, np.array([0, -1, 0]))


@njit(cache=True)
def _grown(queue: _Queue) -> _Queue:
    size = queue.node.size
    node, after = longer(queue.node, size, 2 * size), longer(queue.after, size, 2 * size)
    return _Queue(queue.first, node, after, queue.state)


@njit(cache=True, inline="always")
def _push(queue: _Queue, bucket: Any, node: Any) -> None:
    """Put a node into a bucket; the caller sees to it that there is room."""
    entry = queue.state[1]
    if entry >= 0:
        queue.state[1] = queue.after[entry]
    else:
        entry = queue.state[0]
        queue.state[0] += 1
    queue.node[entry], queue.after[entry] = node, queue.first[bucket]
    queue.first[bucket] = entry
    queue.state[2] += 1


@njit(cache=True, inline="always")
def _pop(queue: _Queue, bucket: Any) -> Any:
    """Take a node out of a bucket that is not empty."""
    entry = queue.first[bucket]
    queue.first[bucket] = queue.after[entry]
    queue.after[entry] = queue.state[1]
    queue.state[1] = entry
    queue.state[2] -= 1
    return queue.node[entry]


@njit(cache=True)
def _window(arcs: Arcs, seeds: Seeds) -> float:
    """Largest cost at which a node can be queued above that of the node being left."""
    widest = 0.0
    for time_s in arcs.time_s:
        widest = max(widest, time_s)
    for cost in seeds.cost:
        if cost < math.inf:
            widest = max(widest, cost)
    return widest


@njit(cache=True)
def bucket_width(time_s: Floats) -> float:
    """Twice the typical time of an arc: the mean root, squared, which a few long ones sway little.

    Wide enough to waste little time on empty buckets, narrow enough to leave few nodes twice. It
    changes the speed, never the answer.
    """
    roots = 0.0
    for seconds in time_s:
        roots += math.sqrt(seconds)
    width = 2.0 * (roots / max(1, time_s.size)) ** 2
    return width if width > 0.0 else 1.0


@njit(cache=True)
def nearest_labels(arcs: Arcs, seeds: Seeds, limit: float) -> Labels:
    """Find for every node the cost and the owner of its nearest seed, in one search for all.

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
    Delta-stepping (Meyer and Sanders 2003, Journal of Algorithms 49): nodes wait in buckets of
    like cost; a bucket is emptied, nodes that come back into it included, before the next. The
    least label of each node is unique, so the order within a bucket does not matter.
    """
    nodes = arcs.indptr.size - 1
    cost = np.full(nodes, np.inf)
    owner = np.full(nodes, -1, np.int32)
    waiting = np.zeros(nodes, np.bool_)
    per = 1.0 / bucket_width(arcs.time_s)
    count = int(_window(arcs, seeds) * per) + 2
    queue = _queue(count, 1024 + seeds.node.size)
    for i in range(seeds.node.size):
        node = seeds.node[i]
        if seeds.cost[i] <= limit and _less(seeds.cost[i], seeds.owner[i], cost[node], owner[node]):
            cost[node], owner[node], waiting[node] = seeds.cost[i], seeds.owner[i], True
            _push(queue, int(cost[node] * per) % count, node)
    current = 0
    while queue.state[2] > 0:
        if queue.first[current % count] < 0:
            current += 1
            continue
        here = _pop(queue, current % count)
        # An entry is stale if its node has moved to an earlier bucket since.
        if not waiting[here] or int(cost[here] * per) != current:
            continue
        waiting[here] = False
        base, mine = cost[here], owner[here]
        for arc in range(arcs.indptr[here], arcs.indptr[here + 1]):
            node, there = arcs.indices[arc], base + arcs.time_s[arc]
            if there > limit or not _less(there, mine, cost[node], owner[node]):
                continue
            queued = waiting[node] and int(cost[node] * per) == int(there * per)
            cost[node], owner[node], waiting[node] = there, mine, True
            if not queued:
                if queue.state[0] == queue.node.size:
                    queue = _grown(queue)
                _push(queue, int(there * per) % count, node)
    return Labels(cost, owner)


@njit(cache=True)
def by_row(tail: Index, head: Index, time_s: Floats, nodes: int) -> Arcs:
    """Sort arcs by the node that they leave (counting sort; arcs of a node keep their order)."""
    indptr = np.zeros(nodes + 1, np.int64)
    for node in tail:
        indptr[node + 1] += 1
    for node in range(nodes):
        indptr[node + 1] += indptr[node]
    at = indptr[:-1].copy()
    indices = np.empty(tail.size, np.int32)
    sorted_s = np.empty(tail.size, np.float64)
    for arc in range(tail.size):
        place = at[tail[arc]]
        indices[place], sorted_s[place] = head[arc], time_s[arc]
        at[tail[arc]] += 1
    return Arcs(indptr, indices, sorted_s)


@njit(cache=True)
def way(time_s: float, is_open: bool) -> float:  # noqa: FBT001  (positional in a kernel)
    """Time over part of a link: nothing at all costs nothing, even where the link is closed."""
    return time_s if is_open or time_s == 0.0 else math.inf


@njit(cache=True, nogil=True)
def labels_on_links(
    link: Index, position_s: Floats, links: Links, labels: Labels, contacts: Contacts, limit: float
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
