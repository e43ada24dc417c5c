"""Siting where each site can serve only so many: people may be parted between sites.

max Σ b_ij z_ij with Σ_j z_ij ≤ w_i, Σ_i z_ij ≤ k_j x_j (capacitated maximal cover, Current &
Storbeck 1988, *Environment and Planning B* 15: 153-164; with b the travel saved, the capacitated
p-median). Small programmes are solved by HiGHS; of large ones the greedy choice is given, with the
lower of two bounds: that without capacities, and that by capacities alone.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numba import njit

from urbangis.measures.capacity import allocate_by_capacity
from urbangis.measures.siting.bound import upper_bound
from urbangis.measures.siting.choice import left_open
from urbangis.measures.siting.exact import Limits, best_flow
from urbangis.measures.siting.kernels import Flags, Floats, Sites
from urbangis.measures.siting.reach import Ints, Reach
from urbangis.travel.pairs import TravelPairs

MOST_FLOWS = 300_000
"""Pairs of a programme with capacities that is tried at all."""


@dataclass(frozen=True)
class Served:
    """A choice of sites with capacities.

    Parameters
    ----------
    is_open
        None where no choice was found.
    flows
        ``place, site, cost, people``.
    bound
        Of the worth (an upper one), or of the price (a lower one) where so many must be served.
    """

    is_open: Flags | None
    flows: pd.DataFrame
    bound: float


def choose_served(
    reach: Reach, beyond: float, people: Floats, sites: Sites, limits: Limits, *, seconds: float
) -> Served:
    """Choose sites of limited capacity: most worth, or least price where a number is needed.

    Parameters are those of `urbangis.measures.siting.exact.best_flow`; worth is ``beyond`` minus
    cost, or 1 for each person where ``beyond`` is 0.
    """
    worth = beyond - reach.cost.astype(float) if beyond else np.ones(reach.cost.size)
    place = np.repeat(np.arange(reach.places, dtype=np.int32), np.diff(reach.place_ptr))
    if reach.cost.size <= MOST_FLOWS:
        found, flow = best_flow(reach, worth, people, sites, limits, seconds=seconds)
        if found.is_open is not None:
            bound = found.bound if limits.needed is not None else -found.bound
            if found.optimal:
                price = float(sites.price[found.is_open & ~sites.existing].sum())
                bound = price if limits.needed is not None else float(flow @ worth)
            used = flow > 1e-9 * max(1.0, float(people.max(initial=0.0)))
            return Served(found.is_open, _table(reach, place, flow, used), bound)
        if found.infeasible:
            return Served(None, _table(reach, place, flow, flow > 0), np.inf)
    is_open = _greedy(reach, beyond, people, sites, limits)
    flows = _nearest_first(reach, people, is_open, limits)
    if limits.needed is not None:
        enough = flows["people"].sum() >= limits.needed * (1 - 1e-9)
        return Served(is_open if enough else None, flows, _price_of(limits, sites, is_open))
    free = upper_bound(reach, beyond, people, sites, is_open).value
    return Served(is_open, flows, min(free, _by_capacity(reach, people, sites, limits, worth)))


def _table(reach: Reach, place: Ints, flow: Floats, used: Flags) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "place": place[used],
            "site": reach.candidate[used],
            "cost": reach.cost[used],
            "people": flow[used],
        }
    )


def _greedy(reach: Reach, beyond: float, people: Floats, sites: Sites, limits: Limits) -> Flags:
    """Open the candidate that serves most of those still unserved, again and again."""
    is_open = left_open(reach, beyond, people, sites)
    left = people.astype(float).copy()
    for old in np.flatnonzero(is_open):
        _take(reach, left, limits.capacity, int(old))
    needed = np.inf if limits.needed is None else limits.needed
    budget = sites.budget
    while is_open.sum() < sites.most and people.sum() - left.sum() < needed * (1 - 1e-9):
        gains = _limited_gains(reach, beyond, left, limits.capacity)
        gains[is_open | (sites.price > budget)] = 0.0
        j = int(np.argmax(gains / np.maximum(sites.price, 1e-300)))
        if gains[j] <= 0.0:
            break
        is_open[j] = True
        budget -= sites.price[j]
        _take(reach, left, limits.capacity, j)
    return is_open


@njit(cache=True)
def _limited_gains(reach: Reach, beyond: float, left: Floats, capacity: Floats) -> Floats:
    gains = np.zeros(capacity.size)
    for j in range(capacity.size):
        many, worth = 0.0, 0.0
        for pair in range(reach.site_ptr[j], reach.site_ptr[j + 1]):
            more = left[reach.place[pair]]
            many += more
            worth += more * (beyond - reach.site_cost[pair] if beyond > 0.0 else 1.0)
        if many > 0.0:
            gains[j] = worth * min(1.0, capacity[j] / many)
    return gains


@njit(cache=True)
def _take(reach: Reach, left: Floats, capacity: Floats, j: int) -> None:
    """Serve the same share of every place in reach."""
    places = reach.place[reach.site_ptr[j] : reach.site_ptr[j + 1]]
    many = left[places].sum()
    if many > 0.0:
        left[places] *= 1.0 - min(1.0, capacity[j] / many)


def _nearest_first(reach: Reach, people: Floats, is_open: Flags, limits: Limits) -> pd.DataFrame:
    """Send people to open sites, the nearest first, until they are full."""
    kept = reach.without(~is_open)
    site = np.repeat(np.arange(kept.candidates, dtype=np.int32), np.diff(kept.site_ptr))
    pairs = TravelPairs(site, kept.place, kept.site_cost.astype(float))
    capacity = np.where(is_open, limits.capacity, 0.0)
    found = allocate_by_capacity(
        pd.Series(people), pd.Series(capacity), pairs, cutoff=float(reach.cost.max(initial=0.0))
    )
    return found.flows.rename(columns={"facility": "site", "amount": "people"})


def _by_capacity(
    reach: Reach, people: Floats, sites: Sites, limits: Limits, worth: Floats
) -> float:
    """Bound the worth by what the largest sites could serve, were all of them full."""
    site = np.repeat(np.arange(reach.candidates), np.diff(reach.site_ptr))
    near = np.bincount(site, people[reach.place], minlength=reach.candidates)
    full = np.minimum(limits.capacity, near)
    old, new = full[sites.existing], full[~sites.existing & np.isfinite(sites.price)]
    count = min(new.size, sites.most - old.size + min(sites.moves, old.size))
    return float((old.sum() + np.sort(new)[::-1][: max(0, count)].sum()) * worth.max(initial=0.0))


def _price_of(limits: Limits, sites: Sites, is_open: Flags) -> float:
    """Bound the price from below: what the cheapest capacity for the rest of the people costs."""
    missing = float(limits.needed or 0.0) - limits.capacity[sites.existing].sum()
    new = ~sites.existing & np.isfinite(sites.price)
    each = sites.price[new] / np.maximum(limits.capacity[new], 1e-300)
    order = np.argsort(each, kind="stable")
    sizes = limits.capacity[new][order]
    before = np.concatenate([[0.0], np.cumsum(sizes)[:-1]])
    bought = np.clip(missing - before, 0.0, sizes)
    return float(min(bought @ each[order], sites.price[is_open & ~sites.existing].sum()))
