"""Cut streets where they meet."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from urbangis.io.osm_decode import Items
from urbangis.io.osm_ways import NO_PLACE

Ints = NDArray[np.int64]


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
        Row of the barrier at either end, -1 where there is none.
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


def cut_ways(ways: Items, street: NDArray[np.bool_], barrier_node: Ints) -> Pieces:
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
    kept = np.flatnonzero(street[way] & (ways.x != NO_PLACE))
    # Vertices that were neighbours in the file and in one way form a run: a node that is not in
    # the file ends one.
    way, ref, x, y = way[kept], ways.ref[kept], ways.x[kept], ways.y[kept]
    follows = np.zeros(len(kept), bool)
    follows[1:] = (np.diff(kept) == 1) & (np.diff(way) == 0)
    same = follows.copy()
    same[1:] &= (np.diff(x) == 0) & (np.diff(y) == 0)
    if same.any():
        node, lowest = _one_place(ref, same)
        ref, barrier_node = (_looked_up(ids, node, lowest, ids) for ids in (ref, barrier_node))
        way, ref, x, y, follows = (values[~same] for values in (way, ref, x, y, follows))
    barrier = _looked_up(ref, *np.unique(barrier_node, return_index=True), absent=-1)
    ends_run = np.roll(~follows, -1)  # the next vertex begins a run; the last meets the first
    shared = pd.Series(ref).duplicated(keep=False).to_numpy()
    stop = np.flatnonzero(~follows | ends_run | shared | (barrier >= 0))
    # A piece goes from each stop to the next, unless a new run begins there.
    begins = np.flatnonzero(follows[stop[1:]])
    start, end = stop[begins], stop[begins + 1]
    size = end - start + 1
    line = np.repeat(np.arange(len(start)), size)
    vertex = np.arange(len(line)) + np.repeat(start - np.append(0, np.cumsum(size)[:-1]), size)
    # libosmium's fixed-point degrees; division keeps the decimal number that was written.
    xy = np.empty((len(vertex), 2))
    xy[:, 0], xy[:, 1] = x[vertex] / 1e7, y[vertex] / 1e7
    return Pieces(way[start], ref[start], ref[end], barrier[start], barrier[end], xy, line)


def _one_place(ref: Ints, same: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """Find nodes that share a place with a neighbour: no street joins a place to itself.

    Returns
    -------
    node, lowest
        Their ids, and the lowest id at the place of each.
    """
    pair = np.flatnonzero(same)
    node, row = np.unique(np.concatenate([ref[pair], ref[pair - 1]]), return_inverse=True)
    one, other = np.split(row, 2)
    links = sparse.coo_array((np.ones(len(pair)), (one, other)), shape=(len(node), len(node)))
    _, place = sparse.csgraph.connected_components(links, directed=False)
    # The ids rise, so the first of each place is its lowest.
    return node, node[np.unique(place, return_index=True)[1]][place]


def _looked_up(ids: Ints, known: Ints, value: Ints, absent: Ints | int) -> Ints:
    """Return the value of each id; ``known`` holds each id once."""
    row = pd.Index(known).get_indexer(pd.Index(ids))
    return np.where(row >= 0, np.append(value, 0)[row], absent)
