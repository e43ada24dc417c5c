"""Lines and streets in one search: from every home to the nearest facility, on foot and by line."""

from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from urbangis.network.entrances import Entrances
from urbangis.network.graph import Network
from urbangis.network.kernels import (
    Arcs,
    Contacts,
    Labels,
    Seeds,
    by_row,
    labels_on_links,
    nearest_labels,
)
from urbangis.network.snap import Snaps, snap_points
from urbangis.travel.costs import TravelCosts, contacts_of, leaving, positions, seeds_of
from urbangis.travel.transit import Transit

Floats = NDArray[np.float64]
Index = NDArray[np.int32]


@dataclass(frozen=True)
class Ways:
    """Streets and lines as one graph.

    Parameters
    ----------
    network, transit
        The streets, and the lines with stations in the network's CRS.
    station
        Where the stations are put on the streets; one too far from any is reached by line alone.
    arcs
        Moves against the direction of travel: junctions first, then the nodes of ``transit``.
    """

    network: Network
    transit: Transit
    station: Snaps
    arcs: Arcs


def join_streets(network: Network, transit: Transit) -> Ways:
    """Join lines to streets at the doors of their stations.

    Parameters
    ----------
    network
        Streets of the mode that stations are reached by: on foot, say.
    transit
        Lines in the network's CRS. Ways between its stations need not be given: they are the
        streets.
    """
    station = snap_points(network, transit.stations.geometry.to_numpy())
    junctions, links = len(network.node_xy), network.links
    on = np.flatnonzero(station.snapped)
    link, at_s = _positions(network, station, on)
    door, leg_s = (junctions + on).astype(np.int32), station.access_s[on]
    moves = [
        (links.start, links.end, np.where(links.ahead, links.time_s, np.inf)),
        (links.end, links.start, np.where(links.back, links.time_s, np.inf)),
        (links.start[link], door, _open(at_s, links.ahead[link]) + leg_s),
        (door, links.start[link], _open(at_s, links.back[link]) + leg_s),
        (links.end[link], door, _open(links.time_s[link] - at_s, links.back[link]) + leg_s),
        (door, links.end[link], _open(links.time_s[link] - at_s, links.ahead[link]) + leg_s),
        (transit.tail + junctions, transit.head + junctions, transit.time_s),
        *_along_one_link(network, link, at_s, leg_s, door),
    ]
    tail, head, time_s = (np.concatenate([move[i] for move in moves]) for i in range(3))
    usable = np.isfinite(time_s)
    arcs = by_row(
        head[usable].astype(np.int32),
        tail[usable].astype(np.int32),
        time_s[usable],
        junctions + transit.node_station.size,
    )
    return Ways(network, transit, station, arcs)


def line_costs(ways: Ways, snaps: Snaps, entrances: Entrances, *, limit_s: float) -> TravelCosts:
    """Travel time from each home to its nearest facility: access, wait, ride, transfer, egress.

    A way along streets alone counts where it is faster.

    Parameters
    ----------
    ways
        Streets and lines.
    snaps
        Where the residents are, on ``ways.network``.
    entrances
        Where the facilities are entered from the streets.
    limit_s
        Largest travel time, inclusive, seconds.
    """
    network = ways.network
    labels = search_ways(ways, entrances, limit_s=limit_s)
    reached = labels_on_links(
        *positions(network, snaps),
        leaving(network, "to_facility"),
        labels,
        _with_doors(ways, contacts_of(network, entrances), labels),
        limit_s,
    )
    cost = reached.cost + snaps.access_s
    within = np.isfinite(cost) & (cost <= limit_s)
    return TravelCosts(
        np.where(within, cost, np.nan), np.where(within, reached.owner, -1).astype(np.int32)
    )


def search_ways(ways: Ways, entrances: Entrances, *, limit_s: float) -> Labels:
    """Find each node's nearest facility, junctions first, then the nodes of the lines."""
    network, junctions = ways.network, len(ways.network.node_xy)
    street = seeds_of(network, entrances, "to_facility")
    on = np.flatnonzero(ways.station.snapped)
    link, at_s = _positions(network, ways.station, on)
    nowhere = Labels(np.full(junctions, np.inf), np.full(junctions, -1, np.int32))
    # A station and a facility on one link meet on it, past no junction.
    direct = labels_on_links(
        link,
        at_s,
        leaving(network, "to_facility"),
        nowhere,
        contacts_of(network, entrances),
        limit_s,
    )
    met = np.flatnonzero(direct.owner >= 0)
    seeds = Seeds(
        np.concatenate([street.node, (junctions + on[met]).astype(np.int32)]),
        np.concatenate([street.cost, direct.cost[met] + ways.station.access_s[on[met]]]),
        np.concatenate([street.owner, direct.owner[met]]),
    )
    return nearest_labels(ways.arcs, seeds, limit_s)


def _positions(network: Network, station: Snaps, on: NDArray[np.int64]) -> tuple[Index, Floats]:
    edge = station.edge[on]
    return network.edge_link[edge], network.position_s(edge, station.fraction[on])


def _open(time_s: Floats, is_open: NDArray[np.bool_]) -> Floats:
    return np.asarray(np.where(is_open | (time_s == 0.0), time_s, np.inf))


def _along_one_link(
    network: Network, link: Index, at_s: Floats, leg_s: Floats, door: Index
) -> list[tuple[Index, Index, Floats]]:
    """Return the moves between stations that lie on one link."""
    order = np.argsort(link, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(link[order])) + 1)
    pairs = [pair for group in groups for pair in permutations(group.tolist(), 2)]
    if not pairs:
        return []
    a, b = np.array(pairs).T
    gap_s = at_s[b] - at_s[a]
    is_open = np.where(gap_s >= 0, network.links.ahead[link[a]], network.links.back[link[a]])
    return [(door[a], door[b], _open(np.abs(gap_s), is_open) + leg_s[a] + leg_s[b])]


def _with_doors(ways: Ways, contacts: Contacts, labels: Labels) -> Contacts:
    """Add the doors of stations, with the rest of the journey from there, as destinations."""
    network = ways.network
    on = np.flatnonzero(ways.station.snapped)
    node = len(network.node_xy) + on
    on = on[np.isfinite(labels.cost[node])]
    node = len(network.node_xy) + on
    link, at_s = _positions(network, ways.station, on)
    links = np.repeat(np.arange(network.links.time_s.size), np.diff(contacts.ptr))
    every = np.concatenate([links, link])
    order = np.argsort(every, kind="stable")
    count = np.bincount(every, minlength=network.links.time_s.size)
    rest_s = labels.cost[node] + ways.station.access_s[on]
    return Contacts(
        np.concatenate([[0], np.cumsum(count)]),
        np.concatenate([contacts.low_s, at_s])[order],
        np.concatenate([contacts.high_s, at_s])[order],
        np.concatenate([contacts.cost, rest_s])[order],
        np.concatenate([contacts.owner, labels.owner[node]])[order].astype(np.int32),
    )
