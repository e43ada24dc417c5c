"""The network: frozen arrays that the search runs on."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from scipy import sparse

from urbangis.catalog import Mode
from urbangis.network.kernels import Arcs

MAJOR_LENGTH_M = 10_000.0
"""A connected piece of at least this much street is a network of its own (an island, a town across
a lake); a shorter one is a loose end such as a path in a courtyard."""


@dataclass(frozen=True)
class Network:
    """The streets open to one mode, as a graph with geometry.

    Parameters
    ----------
    crs
        Metric CRS of all coordinates.
    mode
        Mode that the times are for.
    node_xy
        Node coordinates, metres, shape (nodes, 2).
    edge_id
        Id of the street that each edge is part of, shape (edges,).
    edge_from, edge_to
        End nodes of each edge as it is drawn.
    length_m
        Length of each edge, metres.
    forward_s, backward_s
        Time from ``edge_from`` to ``edge_to`` and back, seconds; ``inf`` where forbidden.
    edge_xy, edge_ptr
        Vertices of all edges, shape (vertices, 2), and where each edge begins, shape (edges + 1,).
    piece
        Number of the connected piece that each edge lies in, 0 for the longest.
    major
        Whether the piece that each edge lies in is the longest or at least `MAJOR_LENGTH_M` long.
    """

    crs: CRS
    mode: Mode
    node_xy: NDArray[np.float64]
    edge_id: NDArray[np.object_]
    edge_from: NDArray[np.int32]
    edge_to: NDArray[np.int32]
    length_m: NDArray[np.float64]
    forward_s: NDArray[np.float64]
    backward_s: NDArray[np.float64]
    edge_xy: NDArray[np.float64]
    edge_ptr: NDArray[np.int64]
    piece: NDArray[np.int32]
    major: NDArray[np.bool_]

    @property
    def lines(self) -> NDArray[np.object_]:
        """The edges as LineStrings, shape (edges,)."""
        indices = np.repeat(np.arange(self.length_m.size), np.diff(self.edge_ptr))
        return np.asarray(shapely.linestrings(self.edge_xy, indices=indices))

    def arcs(self, *, reverse: bool) -> Arcs:
        """Return the permitted moves.

        Parameters
        ----------
        reverse
            Against the direction of travel: a search from a destination then finds the time of
            the journey to it.
        """
        ahead, back = np.isfinite(self.forward_s), np.isfinite(self.backward_s)
        tail = np.concatenate([self.edge_from[ahead], self.edge_to[back]])
        head = np.concatenate([self.edge_to[ahead], self.edge_from[back]])
        time = np.concatenate([self.forward_s[ahead], self.backward_s[back]])
        if reverse:
            tail, head = head, tail
        order = np.argsort(tail, kind="stable")
        indptr = np.zeros(len(self.node_xy) + 1, np.int64)
        np.cumsum(np.bincount(tail, minlength=len(self.node_xy)), out=indptr[1:])
        return Arcs(indptr, head[order], time[order])


def pieces(
    edge_from: NDArray[np.int32],
    edge_to: NDArray[np.int32],
    length_m: NDArray[np.float64],
    nodes: int,
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Tell connected pieces apart (one-way streets counted both ways), the longest first.

    Returns
    -------
    piece, major
        As in `Network`, one entry an edge. Pieces of equal length keep the order of their nodes.
    """
    graph = sparse.coo_array((np.ones(edge_from.size), (edge_from, edge_to)), shape=(nodes, nodes))
    count, label = sparse.csgraph.connected_components(graph, directed=False)
    lengths = np.bincount(label[edge_from], weights=length_m, minlength=count)
    rank = np.empty(count, np.int32)
    rank[np.argsort(-lengths, kind="stable")] = np.arange(count, dtype=np.int32)
    piece = rank[label[edge_from]]
    return piece, (piece == 0) | (lengths[label[edge_from]] >= MAJOR_LENGTH_M)
