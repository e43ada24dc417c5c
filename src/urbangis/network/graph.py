"""The network: frozen arrays that the search runs on."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from scipy import sparse

from urbangis.catalog import Mode
from urbangis.network.kernels import Arcs, Links, by_row
from urbangis.network.placed import Placed, content_key
from urbangis.network.texts import Texts

MAJOR_LENGTH_M = 10_000.0
"""A connected piece of at least this much street is a network of its own (an island, a town across
a lake); a shorter one is a loose end such as a path in a courtyard."""


@dataclass(frozen=True)
class Network:
    """The streets open to one mode, as a graph with geometry.

    Edges are pieces of street with geometry, for snapping and drawing. Links are chains of edges
    between junctions, for searching: they have the same travel times and far fewer nodes.

    Parameters
    ----------
    crs
        Metric CRS of all coordinates.
    mode
        Mode that the times are for.
    node_xy
        Coordinates of the junctions, metres, shape (nodes, 2), in the order of a space-filling
        curve.
    links
        Links between junctions, times in seconds.
    edge_id
        Id of the street that each edge is part of, shape (edges,).
    edge_link
        Link that each edge lies on.
    edge_low_s, edge_high_s
        Where on its link each edge begins and ends, seconds from the link's start; the edge is
        drawn against its link where it ends before it begins.
    length_m
        Length of each edge, metres.
    edge_xy, edge_ptr
        Vertices of all edges, shape (vertices, 2), and where each edge begins, shape (edges + 1,).
    piece
        Number of the connected piece that each edge lies in, 0 for the longest.
    major
        Whether the piece that each edge lies in is the longest or at least `MAJOR_LENGTH_M` long.
    on_land
        Whether places may be put on each edge: on streets, not on ferries between landings.
    placed
        Sets of places that were put on it before.
    """

    crs: CRS
    mode: Mode
    node_xy: NDArray[np.float64]
    links: Links
    edge_id: Texts
    edge_link: NDArray[np.int32]
    edge_low_s: NDArray[np.float64]
    edge_high_s: NDArray[np.float64]
    length_m: NDArray[np.float64]
    edge_xy: NDArray[np.float64]
    edge_ptr: NDArray[np.int64]
    piece: NDArray[np.int32]
    major: NDArray[np.bool_]
    on_land: NDArray[np.bool_]
    placed: Placed = field(default_factory=Placed, repr=False, compare=False)

    @property
    def lines(self) -> NDArray[np.object_]:
        """The edges as LineStrings, shape (edges,)."""
        indices = np.repeat(np.arange(self.length_m.size), np.diff(self.edge_ptr))
        return np.asarray(shapely.linestrings(self.edge_xy, indices=indices))

    @cached_property
    def ground_key(self) -> str:
        """Digest of all that places are put on: where edges are, and which may be taken."""
        return content_key(self.edge_xy, self.edge_ptr, self.length_m, self.major, self.on_land)

    def position_s(
        self, edge: NDArray[np.integer[Any]], fraction: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Seconds from the start of the link to a fraction (by length) of an edge of it.

        The ends of an edge are met exactly, so that a place at a junction is at the junction.
        """
        low, high = self.edge_low_s[edge], self.edge_high_s[edge]
        return np.asarray(np.where(fraction == 1.0, high, low + fraction * (high - low)))

    def arcs(self, *, reverse: bool) -> Arcs:
        """Return the permitted moves between junctions.

        Parameters
        ----------
        reverse
            Against the direction of travel: a search from a destination then finds the time of
            the journey to it.
        """
        start, end, time_s, ahead, back = self.links
        tail = np.concatenate([start[ahead], end[back]])
        head = np.concatenate([end[ahead], start[back]])
        time = np.concatenate([time_s[ahead], time_s[back]])
        if reverse:
            tail, head = head, tail
        return by_row(tail, head, time, len(self.node_xy))


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
