"""Cut streets where they meet."""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy import sparse

from urbangis.io.osm_ways import NO_PLACE, Streets

Ints = NDArray[np.int64]
Shorts = NDArray[np.int32]
NONE = -1


@dataclass(frozen=True)
class Pieces:
    """Pieces of ways between junctions, one row each.

    Parameters
    ----------
    way
        Row of the way that each piece is part of, in rising order.
    start_node, end_node
        OpenStreetMap ids of the end nodes.
    start_barrier, end_barrier
        Row of the barrier at either end, `NONE` where there is none.
    xy
        Vertices of all pieces end to end, degrees.
    line
        Piece that each vertex belongs to.
    """

    way: Ints
    start_node: Ints
    end_node: Ints
    start_barrier: Ints
    end_barrier: Ints
    xy: NDArray[np.float64]
    line: Ints


def cut_ways(ways: Streets, street: NDArray[np.bool_], barrier_node: Ints) -> Pieces:
    """Cut ways at every node that is an end, a barrier, or on streets more than once.

    Parameters
    ----------
    ways
        Ways with their nodes.
    street
        Which of them to cut, shape (ways,).
    barrier_node
        Ids of the nodes that are barriers.

    Returns
    -------
    Pieces
        In the order of the ways, and along each.
    """
    x, y = ways.node_x, ways.node_y
    way, node, follows, pair = _vertices(ways.ptr, ways.node, (x, y), street)
    one = np.arange(len(ways.node_id))
    if len(pair):
        one = _one_place(pair, one)
        node = one[node]
    barrier = _at_nodes(barrier_node, ways.node_id, one)[node]
    ends_run = np.roll(~follows, -1)  # the next vertex begins a run; the last meets the first
    shared = np.bincount(node)[node] > 1
    stop = np.flatnonzero(~follows | ends_run | shared | (barrier != NONE))
    # A piece goes from each stop to the next, unless a new run begins there.
    begins = np.flatnonzero(follows[stop[1:]])
    start, end = stop[begins], stop[begins + 1]
    xy, line = _drawn(start, end, node, (x, y))
    return Pieces(
        way[start],
        ways.node_id[node[start]],
        ways.node_id[node[end]],
        barrier[start],
        barrier[end],
        xy,
        line,
    )


@njit(cache=True)
def _vertices(
    ptr: Ints, ways_node: Ints, xy: tuple[Shorts, Shorts], street: NDArray[np.bool_]
) -> tuple[Ints, Ints, NDArray[np.bool_], Ints]:
    """List the vertices of streets, one for neighbours at one place.

    Returns
    -------
    way, node
        Of each vertex, shape (vertices,).
    follows
        Whether it follows the one before: not where a way begins, nor after a node that is not in
        the file.
    pair
        Nodes of neighbours at one place, shape (pairs, 2).
    """
    x, y = xy
    way, node = np.empty(len(ways_node), np.int64), np.empty(len(ways_node), np.int64)
    follows, pair = np.empty(len(ways_node), np.bool_), np.empty((len(ways_node), 2), np.int64)
    count, pairs = 0, 0
    for row in range(len(street)):
        before = NONE
        for at in range(ptr[row], ptr[row + 1] if street[row] else ptr[row]):
            this = ways_node[at]
            if x[this] == NO_PLACE:
                before = NONE
                continue
            if before != NONE and x[this] == x[before] and y[this] == y[before]:
                pair[pairs, 0], pair[pairs, 1] = before, this
                pairs += 1
            else:
                way[count], node[count], follows[count] = row, this, before != NONE
                count += 1
            before = this
    return way[:count].copy(), node[:count].copy(), follows[:count].copy(), pair[:pairs].copy()


@njit(cache=True)
def _drawn(
    start: Ints, end: Ints, node: Ints, xy: tuple[Shorts, Shorts]
) -> tuple[NDArray[np.float64], Ints]:
    """Draw pieces from one vertex to another; return places, degrees, and the piece of each."""
    x, y = xy
    count = (end - start + 1).sum()
    places, line = np.empty((count, 2)), np.empty(count, np.int64)
    at = 0
    for piece in range(len(start)):
        for this in node[start[piece] : end[piece] + 1]:
            # libosmium's fixed-point degrees; division keeps the decimal number that was written.
            places[at, 0], places[at, 1], line[at] = x[this] / 1e7, y[this] / 1e7, piece
            at += 1
    return places, line


def _one_place(pair: Ints, one: Ints) -> Ints:
    """Give pairs of neighbours at one place the lowest row: no street joins a place to itself."""
    node, row = np.unique(pair, return_inverse=True)
    start, end = row.reshape(pair.shape).T
    links = sparse.coo_array((np.ones(len(pair)), (start, end)), shape=(len(node), len(node)))
    _, place = sparse.csgraph.connected_components(links, directed=False)
    # The rows rise, so the first of each place is its lowest.
    one = one.copy()
    one[node] = node[np.unique(place, return_index=True)[1]][place]
    return one


def _at_nodes(barrier_node: Ints, node_id: Ints, one: Ints) -> Ints:
    """Return the barrier at each node, the first of several, `NONE` where there is none."""
    row = np.searchsorted(node_id, barrier_node)
    found = np.flatnonzero(np.append(node_id, 0)[row] == barrier_node)[::-1]
    barrier = np.full(len(node_id), NONE)
    barrier[one[row[found]]] = found  # of several, the last to be set stays
    return barrier
