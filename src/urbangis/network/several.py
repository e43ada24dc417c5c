"""The search for several nearest destinations at once."""

import heapq
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from urbangis.network.kernels import Arcs, Contacts, Floats, Index, Links, Seeds, way


class Several(NamedTuple):
    """Costs and owners in ascending order, shape (nodes or places, k); ``inf`` and -1 beyond."""

    cost: NDArray[np.float64]
    owner: NDArray[np.int32]


@njit(cache=True)
def k_labels(arcs: Arcs, seeds: Seeds, k: int, limit: float) -> Several:
    """Find for every node its k nearest owners (Dijkstra that visits a node k times).

    Parameters
    ----------
    arcs
        Moves to search along.
    seeds
        Starts of the search; an owner may have several.
    k
        How many owners.
    limit
        Largest cost, inclusive.
    """
    nodes = arcs.indptr.size - 1
    cost = np.full((nodes, k), np.inf)
    owner = np.full((nodes, k), -1, np.int32)
    count = np.zeros(nodes, np.int32)
    heap = [(seeds.cost[i], seeds.owner[i], seeds.node[i]) for i in range(seeds.node.size)]
    heapq.heapify(heap)
    while len(heap) > 0:
        here_cost, here_owner, here = heapq.heappop(heap)
        if here_cost > limit:
            break
        held = count[here]
        if held == k or (owner[here, :held] == here_owner).any():
            continue
        cost[here, held], owner[here, held] = here_cost, here_owner
        count[here] += 1
        for arc in range(arcs.indptr[here], arcs.indptr[here + 1]):
            there = here_cost + arcs.time_s[arc]
            if there <= limit and count[arcs.indices[arc]] < k:
                heapq.heappush(heap, (there, here_owner, arcs.indices[arc]))
    return Several(cost, owner)


@njit(cache=True)
def _insert(cost: Floats, owner: Index, new_cost: float, new_owner: int) -> None:
    """Put an owner into a list sorted by cost, then owner, unless it is there at a lower cost."""
    at = cost.size - 1
    for i in range(cost.size):
        if owner[i] == new_owner:
            if cost[i] <= new_cost:
                return
            at = i
            break
    else:
        if not (new_cost < cost[at] or (new_cost == cost[at] and new_owner < owner[at])):
            return
    while at > 0 and (
        new_cost < cost[at - 1] or (new_cost == cost[at - 1] and new_owner < owner[at - 1])
    ):
        cost[at], owner[at] = cost[at - 1], owner[at - 1]
        at -= 1
    cost[at], owner[at] = new_cost, new_owner


@njit(cache=True)
def k_on_links(
    link: Index, position_s: Floats, links: Links, labels: Several, contacts: Contacts, limit: float
) -> Several:
    """Read the k nearest owners at places along links; arguments as in `labels_on_links`."""
    k = labels.cost.shape[1]
    cost = np.full((link.size, k), np.inf)
    owner = np.full((link.size, k), -1, np.int32)
    for i in range(link.size):
        on = link[i]
        if on < 0:
            continue
        at = position_s[i]
        by_start = way(at, links.back[on])
        by_end = way(links.time_s[on] - at, links.ahead[on])
        for leg, node in ((by_start, links.start[on]), (by_end, links.end[on])):
            for j in range(k):
                if labels.cost[node, j] + leg <= limit:
                    _insert(cost[i], owner[i], labels.cost[node, j] + leg, labels.owner[node, j])
        for c in range(contacts.ptr[on], contacts.ptr[on + 1]):
            direct = contacts.cost[c]
            if at < contacts.low_s[c]:
                direct += way(contacts.low_s[c] - at, links.ahead[on])
            elif at > contacts.high_s[c]:
                direct += way(at - contacts.high_s[c], links.back[on])
            if direct <= limit:
                _insert(cost[i], owner[i], direct, contacts.owner[c])
    return Several(cost, owner)
