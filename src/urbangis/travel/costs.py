"""From everyone to the nearest facility: along the network, or in a straight line."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from urbangis.network.entrances import Entrances
from urbangis.network.graph import Network
from urbangis.network.kernels import (
    Contacts,
    Edges,
    Labels,
    Seeds,
    labels_on_edges,
    nearest_labels,
)
from urbangis.network.snap import Snaps

Direction = Literal["to_facility", "from_facility"]


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
    facility: NDArray[np.int64]


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
    forward, backward = _leaving(network, direction)
    edge = entrances.edge
    # A traveller who comes from the start of the edge walks up to the low end of the stretch, one
    # who comes from its end walks back to the high end.
    from_start = _parts(entrances.low, forward[edge]) + entrances.egress_s
    from_end = _parts(1.0 - entrances.high, backward[edge]) + entrances.egress_s
    seeds = Seeds(
        np.concatenate([network.edge_from[edge], network.edge_to[edge]]),
        np.concatenate([from_start, from_end]),
        np.concatenate([entrances.facility, entrances.facility]).astype(np.int32),
    )
    return nearest_labels(network.arcs(reverse=direction == "to_facility"), seeds, limit_s)


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
    forward, backward = _leaving(network, direction)
    on_street = labels_on_edges(
        snaps.edge,
        snaps.fraction,
        Edges(network.edge_from, network.edge_to, forward, backward),
        labels,
        _contacts(entrances, network.length_m.size),
        limit_s,
    )
    cost = on_street.cost + snaps.access_s
    reached = np.isfinite(cost) & (cost <= limit_s)
    return TravelCosts(
        np.where(reached, cost, np.nan), np.where(reached, on_street.owner, -1).astype(np.int64)
    )


def straight_costs(
    places: NDArray[np.object_],
    facilities: NDArray[np.object_],
    *,
    limit_m: float | None = None,
) -> TravelCosts:
    """Straight-line distance between each place and its nearest facility, metres.

    Parameters
    ----------
    places
        Points, shape (places,), metric CRS; None for a place unknown, which reaches nothing.
    facilities
        Points, or polygons, to which the distance is that to the boundary and 0 inside.
    limit_m
        Largest distance, inclusive; None for no limit.
    """
    cost = np.full(len(places), np.nan)
    facility = np.full(len(places), -1, np.int64)
    known = np.flatnonzero(~(shapely.is_missing(places) | shapely.is_empty(places)))
    (place, hit), metres = shapely.STRtree(facilities).query_nearest(
        places[known], max_distance=limit_m, return_distance=True, all_matches=True
    )
    order = np.lexsort((hit, place))
    place, first = np.unique(place[order], return_index=True)
    cost[known[place]] = metres[order][first]
    facility[known[place]] = hit[order][first]
    return TravelCosts(cost, facility)


def _leaving(
    network: Network, direction: Direction
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Edge times seen by the resident: with the journey, or against the service's."""
    if direction == "to_facility":
        return network.forward_s, network.backward_s
    return network.backward_s, network.forward_s


def _parts(fraction: NDArray[np.float64], time_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Vectorised `part`: nothing of a closed edge costs nothing."""
    with np.errstate(invalid="ignore"):
        return np.where(fraction == 0.0, 0.0, fraction * time_s)


def _contacts(entrances: Entrances, edges: int) -> Contacts:
    order = np.argsort(entrances.edge, kind="stable")
    ptr = np.zeros(edges + 1, np.int64)
    np.cumsum(np.bincount(entrances.edge, minlength=edges), out=ptr[1:])
    return Contacts(
        ptr,
        entrances.low[order],
        entrances.high[order],
        entrances.egress_s[order],
        entrances.facility[order].astype(np.int32),
    )
