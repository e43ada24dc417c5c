"""Cut streets where they meet."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from urbangis.io.osm_ways import NO_PLACE, Streets

Ints = NDArray[np.int64]
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
    way = np.repeat(np.arange(len(ways.id)), np.diff(ways.ptr))
    placed = ways.node_x != NO_PLACE
    kept = np.flatnonzero(street[way] & placed[ways.node])
    # Vertices that were neighbours in the file and in one way form a run: a node that is not in
    # the file ends one.
    way, node = way[kept], ways.node[kept]
    follows = np.zeros(len(kept), bool)
    follows[1:] = (np.diff(kept) == 1) & (np.diff(way) == 0)
    x, y = ways.node_x[node], ways.node_y[node]
    same = follows.copy()
    same[1:] &= (np.diff(x) == 0) & (np.diff(y) == 0)
    one = np.arange(len(ways.node_id))
    if same.any():
        pair = np.flatnonzero(same)
        one = _one_place(node[pair], node[pair - 1], one)
        way, node, follows = (values[~same] for values in (way, one[node], follows))
    barrier = _at_nodes(barrier_node, ways.node_id, one)[node]
    ends_run = np.roll(~follows, -1)  # the next vertex begins a run; the last meets the first
    shared = np.bincount(node)[node] > 1
    stop = np.flatnonzero(~follows | ends_run | shared | (barrier != NONE))
    # A piece goes from each stop to the next, unless a new run begins there.
    begins = np.flatnonzero(follows[stop[1:]])
    start, end = stop[begins], stop[begins + 1]
    size = end - start + 1
    line = np.repeat(np.arange(len(start)), size)
    vertex = np.arange(len(line)) + np.repeat(start - np.append(0, np.cumsum(size)[:-1]), size)
    # libosmium's fixed-point degrees; division keeps the decimal number that was written.
    xy = np.empty((len(vertex), 2))
    xy[:, 0], xy[:, 1] = ways.node_x[node][vertex] / 1e7, ways.node_y[node][vertex] / 1e7
    return Pieces(
        way[start],
        *(ways.node_id[node[end_node]] for end_node in (start, end)),
        *(barrier[end_node] for end_node in (start, end)),
        xy,
        line,
    )


def _one_place(node: Ints, other: Ints, one: Ints) -> Ints:
    """Give pairs of neighbours at one place the lowest row: no street joins a place to itself."""
    node, row = np.unique(np.concatenate([node, other]), return_inverse=True)
    ends = tuple(np.split(row, 2))
    links = sparse.coo_array((np.ones(len(ends[0])), ends), shape=(len(node), len(node)))
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
