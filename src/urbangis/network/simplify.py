"""Fewer nodes, same travel times: chains of edges between junctions become links.

Every edge keeps its geometry and its place on its link, so that snapping stays exact.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from urbangis.network.kernels import Flags, Floats, Index, Ints, Links


class Chains(NamedTuple):
    """Links, and where each edge lies on one.

    The edge begins ``low_s`` seconds from the start of link ``link`` and ends at ``high_s``; it
    is drawn against the link where ``high_s < low_s``.
    """

    links: Links
    link: Index
    low_s: Floats
    high_s: Floats


def chain_up(
    edge_from: Index, edge_to: Index, time_s: Floats, ahead: Flags, back: Flags, *, nodes: int
) -> Chains:
    """Merge edges that meet two at a time, and open in the same senses, into links.

    Parameters
    ----------
    edge_from, edge_to
        End nodes of the edges, shape (edges,).
    time_s
        Time over each edge, seconds.
    ahead, back
        Whether each edge may be travelled as drawn, and against that.
    nodes
        Number of nodes.

    Returns
    -------
    Chains
        Links between nodes of the same numbering. A ring without any junction is a link from one
        of its nodes to itself.
    """
    return _chain_up(edge_from, edge_to, time_s, ahead, back, nodes)


def hilbert_order(xy: NDArray[np.float64]) -> NDArray[np.int64]:
    """Order points along a Hilbert curve, so that neighbours on the map are so in memory.

    Parameters
    ----------
    xy
        Coordinates, shape (points, 2).

    Returns
    -------
    ndarray
        Row numbers in order; points in one cell of the curve's 65,536 x 65,536 keep theirs.
    """
    low = xy.min(axis=0)
    size = max(float((xy.max(axis=0) - low).max()), 1e-9)
    return np.argsort(_hilbert((xy - low) * (65535 / size)), kind="stable")


@njit(cache=True)
def _hilbert(xy: Floats) -> Ints:
    """Distance along the Hilbert curve of order 16 (Warren, Hacker's Delight, 16-1)."""
    out = np.empty(xy.shape[0], np.int64)
    for i in range(xy.shape[0]):
        x, y = int(xy[i, 0]), int(xy[i, 1])
        total = 0
        side = 32768
        while side > 0:
            right, up = int((x & side) > 0), int((y & side) > 0)
            total += side * side * ((3 * right) ^ up)
            if up == 0:
                if right == 1:
                    x, y = 65535 - x, 65535 - y
                x, y = y, x
            side >>= 1
        out[i] = total
    return out


@njit(cache=True)
def _ends_at_nodes(edge_from: Index, edge_to: Index, nodes: int) -> tuple[Ints, Ints]:
    """Group edge ends by node; end ``2 e`` is the start of edge ``e``, ``2 e + 1`` its end."""
    ptr = np.zeros(nodes + 1, np.int64)
    for e in range(edge_from.size):
        ptr[edge_from[e] + 1] += 1
        ptr[edge_to[e] + 1] += 1
    for node in range(nodes):
        ptr[node + 1] += ptr[node]
    at = ptr[:-1].copy()
    ends = np.empty(2 * edge_from.size, np.int64)
    for e in range(edge_from.size):
        ends[at[edge_from[e]]] = 2 * e
        at[edge_from[e]] += 1
        ends[at[edge_to[e]]] = 2 * e + 1
        at[edge_to[e]] += 1
    return ptr, ends


@njit(cache=True)
def _passes(end_a: int, end_b: int, ahead: Flags, back: Flags) -> bool:
    """Whether two edges that meet at these ends are open in the same senses."""
    a, b = end_a >> 1, end_b >> 1
    into_a, out_a = (ahead[a], back[a]) if end_a & 1 else (back[a], ahead[a])
    into_b, out_b = (ahead[b], back[b]) if end_b & 1 else (back[b], ahead[b])
    return a != b and into_a == out_b and into_b == out_a


@njit(cache=True)
def _chain_up(
    edge_from: Index, edge_to: Index, time_s: Floats, ahead: Flags, back: Flags, nodes: int
) -> Chains:
    edges = edge_from.size
    ptr, ends = _ends_at_nodes(edge_from, edge_to, nodes)
    junction = np.ones(nodes, np.bool_)
    for node in range(nodes):
        if ptr[node + 1] - ptr[node] == 2:
            junction[node] = not _passes(ends[ptr[node]], ends[ptr[node] + 1], ahead, back)
    link = np.full(edges, -1, np.int32)
    low_s, high_s = np.empty(edges), np.empty(edges)
    start, end = np.empty(edges, np.int32), np.empty(edges, np.int32)
    total_s = np.empty(edges)
    link_ahead, link_back = np.empty(edges, np.bool_), np.empty(edges, np.bool_)
    count = 0
    for rings_only in (False, True):
        for first in range(2 * edges):
            node = edge_to[first >> 1] if first & 1 else edge_from[first >> 1]
            if link[first >> 1] >= 0 or not (junction[node] or rings_only):
                continue
            # Walk from this end until the chain comes to a junction, or back to where it began.
            here = first
            at_s = 0.0
            start[count] = node
            forward = (here & 1) == 0
            link_ahead[count] = ahead[here >> 1] if forward else back[here >> 1]
            link_back[count] = back[here >> 1] if forward else ahead[here >> 1]
            while True:
                e = here >> 1
                link[e] = count
                next_s = at_s + time_s[e]
                if (here & 1) == 0:
                    low_s[e], high_s[e] = at_s, next_s
                    far, node = here + 1, edge_to[e]
                else:
                    low_s[e], high_s[e] = next_s, at_s
                    far, node = here - 1, edge_from[e]
                at_s = next_s
                if junction[node]:
                    break
                one, two = ends[ptr[node]], ends[ptr[node] + 1]
                here = two if one == far else one
                if link[here >> 1] >= 0:
                    break
            end[count] = node
            total_s[count] = at_s
            count += 1
    links = Links(
        start[:count].copy(),
        end[:count].copy(),
        total_s[:count].copy(),
        link_ahead[:count].copy(),
        link_back[:count].copy(),
    )
    return Chains(links, link, low_s, high_s)
