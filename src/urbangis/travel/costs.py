"""From everyone to the nearest facility: along the network, or in a straight line."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from urbangis.network.entrances import Entrances
from urbangis.network.graph import Network
from urbangis.network.kernels import (
    Contacts,
    Labels,
    Links,
    Seeds,
    labels_on_links,
    nearest_labels,
)
from urbangis.network.several import k_labels, k_on_links
from urbangis.network.snap import Snaps
from urbangis.tables import point_blocks

Direction = Literal["to_facility", "from_facility"]
_THREADS = 2


@dataclass(frozen=True)
class TravelCosts:
    """Cost between each origin and its nearest destination.

    Parameters
    ----------
    cost
        Seconds or metres, shape (origins,); NaN where none is reached within the limit.
    facility
        Row of the nearest destination; -1 where none is reached. Of equal ones, the first row.
    """

    cost: NDArray[np.float64]
    facility: NDArray[np.integer[Any]]


def network_search(
    network: Network, entrances: Entrances, *, limit_s: float, direction: Direction
) -> Labels:
    """Find each node's nearest facility within the limit, in one search for all facilities.

    Parameters
    ----------
    network
        Network that the entrances lie on.
    entrances
        Where the facilities are entered.
    limit_s
        Largest travel time, inclusive, egress leg counted, seconds.
    direction
        ``"to_facility"`` searches against the direction of travel, so that one-way streets bind
        the resident's journey to the facility.

    Returns
    -------
    Labels
        Seconds and facility row, one entry a node.
    """
    arcs = network.arcs(reverse=direction == "to_facility")
    return nearest_labels(arcs, seeds_of(network, entrances, direction), limit_s)


def seeds_of(network: Network, entrances: Entrances, direction: Direction) -> Seeds:
    """Start a search at both ends of the links that facilities are entered from."""
    links = leaving(network, direction)
    link, low_s, high_s = stretches(network, entrances)
    # A traveller who comes from the start of the link walks up to the low end of the stretch, one
    # who comes from its end walks back to the high end.
    from_start = _way(low_s, links.ahead[link]) + entrances.egress_s
    from_end = _way(links.time_s[link] - high_s, links.back[link]) + entrances.egress_s
    return Seeds(
        np.concatenate([links.start[link], links.end[link]]),
        np.concatenate([from_start, from_end]),
        np.concatenate([entrances.facility, entrances.facility]).astype(np.int32),
    )


def network_costs(
    network: Network,
    snaps: Snaps,
    entrances: Entrances,
    *,
    limit_s: float,
    direction: Direction = "to_facility",
) -> TravelCosts:
    """Travel time between each snapped point and its nearest facility, both legs off the street in.

    Parameters
    ----------
    network
        Network that both lie on.
    snaps
        Where the residents are.
    entrances
        Where the facilities are entered.
    limit_s
        Largest travel time, inclusive, seconds.
    direction
        Who travels: residents ``"to_facility"``, or the service ``"from_facility"``.
    """
    labels = network_search(network, entrances, limit_s=limit_s, direction=direction)
    links, contacts = leaving(network, direction), contacts_of(network, entrances)
    cost = np.full(snaps.edge.size, np.nan)
    facility = np.full(snaps.edge.size, -1, np.int32)

    def read_off(block: tuple[slice, Snaps]) -> None:
        rows, some = block
        link, at_s = positions(network, some)
        on_street = labels_on_links(link, at_s, links, labels, contacts, limit_s)
        whole = on_street.cost + some.access_s
        reached = np.isfinite(whole) & (whole <= limit_s)
        np.copyto(cost[rows], whole, where=reached)
        np.copyto(facility[rows], on_street.owner, where=reached)

    with ThreadPoolExecutor(_THREADS) as pool:
        for _ in pool.map(read_off, snaps.blocks()):
            pass  # an error of a block is raised here
    return TravelCosts(cost, facility)


def positions(network: Network, snaps: Snaps) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Return the link that each place lies on (-1: none), and seconds from the link's start."""
    link = np.where(snaps.snapped, network.edge_link[snaps.edge], np.int32(-1))
    return link, network.position_s(snaps.edge, snaps.fraction)


def k_nearest_costs(
    network: Network,
    snaps: Snaps,
    entrances: Entrances,
    *,
    k: int,
    limit_s: float,
    direction: Direction = "to_facility",
) -> TravelCosts:
    """Travel time between each snapped point and its k nearest facilities.

    Parameters are those of `network_costs`, and the number ``k`` of facilities.

    Returns
    -------
    TravelCosts
        Arrays of shape (origins, k), each row ascending; NaN and -1 where fewer are reached.
    """
    arcs = network.arcs(reverse=direction == "to_facility")
    labels = k_labels(arcs, seeds_of(network, entrances, direction), k, limit_s)
    on_street = k_on_links(
        *positions(network, snaps),
        leaving(network, direction),
        labels,
        contacts_of(network, entrances),
        limit_s,
    )
    cost = on_street.cost + snaps.access_s[:, None]
    reached = np.isfinite(cost) & (cost <= limit_s)
    return TravelCosts(
        np.where(reached, cost, np.nan), np.where(reached, on_street.owner, -1).astype(np.int32)
    )


def straight_costs(
    xy: NDArray[np.float64],
    facilities: NDArray[np.object_],
    *,
    limit_m: float | None = None,
) -> TravelCosts:
    """Straight-line distance between each place and its nearest facility, metres.

    Parameters
    ----------
    xy
        Places, shape (places, 2), metric CRS; NaN for a place unknown, which reaches nothing.
    facilities
        Points, or polygons, to which the distance is that to the boundary and 0 inside.
    limit_m
        Largest distance, inclusive; None for no limit.
    """
    cost = np.full(len(xy), np.nan)
    facility = np.full(len(xy), -1, np.int32)
    tree = shapely.STRtree(facilities)
    for block, points in point_blocks(xy):
        known = np.flatnonzero(~shapely.is_missing(points))
        (place, hit), metres = tree.query_nearest(
            points[known], max_distance=limit_m, return_distance=True, all_matches=True
        )
        order = np.lexsort((hit, place))
        place, first = np.unique(place[order], return_index=True)
        cost[block][known[place]] = metres[order][first]
        facility[block][known[place]] = hit[order][first]
    return TravelCosts(cost, facility)


def leaving(network: Network, direction: Direction) -> Links:
    """Return the links as the resident sees them: with the journey, or against the service's."""
    links = network.links
    if direction == "to_facility":
        return links
    return links._replace(ahead=links.back, back=links.ahead)


def stretches(
    network: Network, entrances: Entrances
) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.float64]]:
    """Return the link of each entrance, and from where to where on it, seconds from its start."""
    ends = (
        network.position_s(entrances.edge, entrances.low),
        network.position_s(entrances.edge, entrances.high),
    )
    return network.edge_link[entrances.edge], np.minimum(*ends), np.maximum(*ends)


def _way(time_s: NDArray[np.float64], is_open: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Vectorised `way`: nothing of a closed link costs nothing."""
    return np.where(is_open | (time_s == 0.0), time_s, np.inf)


def contacts_of(network: Network, entrances: Entrances) -> Contacts:
    """Return the entrances as stretches of links, grouped by link."""
    link, low_s, high_s = stretches(network, entrances)
    order = np.argsort(link, kind="stable")
    count = np.bincount(link, minlength=network.links.time_s.size)
    return Contacts(
        np.concatenate([[0], np.cumsum(count)]),
        low_s[order],
        high_s[order],
        entrances.egress_s[order],
        entrances.facility[order].astype(np.int32),
    )
