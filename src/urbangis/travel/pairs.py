"""Costs between all facilities and all places within a cutoff, block by block."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from urbangis.network.entrances import Entrances
from urbangis.network.graph import Network
from urbangis.network.local import Doors, Graph, Places, places_in_reach
from urbangis.network.snap import Snaps
from urbangis.travel.costs import Direction, leaving, stretches

BLOCK = 256
"""Facilities to a block: enough work to outweigh starting it, few enough pairs to hold."""

_THREADS = 2
_AHEAD = 2 * _THREADS


@dataclass(frozen=True)
class TravelPairs:
    """Costs of a block of facilities, sorted by facility, then by place.

    Parameters
    ----------
    facility, place
        Rows of the facility and of the snapped place.
    cost
        Seconds, both legs off the street counted.
    """

    facility: NDArray[np.int32]
    place: NDArray[np.int32]
    cost: NDArray[np.float64]


def travel_pairs(
    network: Network,
    snaps: Snaps,
    entrances: Entrances,
    *,
    limit_s: float,
    direction: Direction = "to_facility",
) -> Iterator[TravelPairs]:
    """Yield the travel times of all pairs of a facility and a place within a cutoff.

    Parameters
    ----------
    network
        Network that both lie on.
    snaps
        Where the places are.
    entrances
        Where the facilities are entered.
    limit_s
        Largest travel time, inclusive, seconds.
    direction
        As in `network_costs`.

    Yields
    ------
    TravelPairs
        Blocks of facilities in the order of their rows; only a few blocks are held at a time.
    """
    graph = search_graph(network, direction)
    doors = doors_of(network, entrances)
    places = _places(network, snaps)

    def search(facilities: NDArray[np.int32]) -> TravelPairs:
        found = places_in_reach(graph, doors, places, facilities, limit_s)
        order = np.lexsort((found.place, found.facility))
        return TravelPairs(found.facility[order], found.place[order], found.cost[order])

    rows = np.arange(doors.ptr.size - 1, dtype=np.int32)
    blocks = iter([rows[i : i + BLOCK] for i in range(0, rows.size, BLOCK)])
    with ThreadPoolExecutor(_THREADS) as pool:
        running = [pool.submit(search, block) for block in islice(blocks, _AHEAD)]
        while running:
            yield running.pop(0).result()
            running += [pool.submit(search, block) for block in islice(blocks, 1)]


def search_graph(network: Network, direction: Direction) -> Graph:
    """Return the network as a search from facilities sees it."""
    links = leaving(network, direction)
    node = np.concatenate([links.start, links.end])
    number = np.tile(np.arange(links.time_s.size, dtype=np.int32), 2)
    order = np.argsort(node, kind="stable")
    count = np.bincount(node, minlength=len(network.node_xy))
    ptr = np.concatenate([[0], np.cumsum(count)])
    return Graph(network.arcs(reverse=direction == "to_facility"), links, ptr, number[order])


def doors_of(network: Network, entrances: Entrances) -> Doors:
    """Group entrances by facility, as stretches of links."""
    link, low_s, high_s = stretches(network, entrances)
    order = np.argsort(entrances.facility, kind="stable")
    count = np.bincount(entrances.facility)
    return Doors(
        np.concatenate([[0], np.cumsum(count)]),
        link[order],
        low_s[order],
        high_s[order],
        entrances.egress_s[order],
    )


def _places(network: Network, snaps: Snaps) -> Places:
    number = np.flatnonzero(snaps.snapped)
    edge = snaps.edge[number]
    link = network.edge_link[edge]
    order = np.argsort(link, kind="stable")
    count = np.bincount(link, minlength=network.links.time_s.size)
    return Places(
        np.concatenate([[0], np.cumsum(count)]),
        number[order].astype(np.int32),
        network.position_s(edge, snaps.fraction[number])[order],
        snaps.access_s[number][order],
    )
