"""Kernels of siting: what sites add, what exchanges gain, what relaxed sites are worth.

All of them maximise worth: ``beyond`` minus cost for each person, or 1 for each pair where
``beyond`` is 0 (a place counts as soon as any site is within the cutoff). People without a site
are worth 0.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from urbangis.measures.siting.reach import Ints, Offsets, Reach, Reals

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Sites(NamedTuple):
    """What may be done with each candidate, and the limits in all.

    Parameters
    ----------
    existing
        Open today; it costs nothing.
    price
        What opening a candidate costs; 0 for existing ones.
    most
        How many may be open.
    budget
        What may be spent.
    moves
        How many existing ones may be given up.
    """

    existing: Flags
    price: Floats
    most: int
    budget: float
    moves: int


class Zones(NamedTuple):
    """The zone of each place (-1: none), and how many people each zone must have covered."""

    zone: Ints
    required: Floats


class State(NamedTuple):
    """Open sites, and how each place is served.

    ``first`` and ``second`` are the pairs of each place's two nearest open sites, -1 for none;
    ``loss`` is what closing the site in each slot would lose; ``covered`` counts by zone.
    """

    is_open: Flags
    opened: Ints
    slot: Ints
    first: Offsets
    second: Offsets
    loss: Floats
    covered: Floats


@njit(cache=True, inline="always")
def _worth(cost: Reals, pair: int, beyond: float) -> float:
    return 1.0 if beyond == 0.0 else beyond - cost[pair]


@njit(cache=True)
def best_worth(reach: Reach, beyond: float, is_open: Flags) -> Floats:
    """Return the worth of the nearest open site of each place, per person."""
    best = np.zeros(reach.place_ptr.size - 1)
    for i in range(best.size):
        for pair in range(reach.place_ptr[i], reach.place_ptr[i + 1]):
            if is_open[reach.candidate[pair]]:
                best[i] = _worth(reach.cost, pair, beyond)
                break
    return best


@njit(cache=True)
def _gain(reach: Reach, beyond: float, people: Floats, best: Floats, j: int) -> float:
    total = 0.0
    for pair in range(reach.site_ptr[j], reach.site_ptr[j + 1]):
        i = reach.place[pair]
        more = _worth(reach.site_cost, pair, beyond) - best[i]
        if more > 0.0:
            total += people[i] * more
    return total


@njit(cache=True)
def site_gains(reach: Reach, beyond: float, people: Floats, best: Floats) -> Floats:
    """Return what each candidate adds to the people's ``best`` worth, alone."""
    gains = np.empty(reach.site_ptr.size - 1)
    for j in range(gains.size):
        gains[j] = _gain(reach, beyond, people, best, j)
    return gains


@njit(cache=True)
def site_gains_by_zone(
    reach: Reach, people: Floats, best: Floats, zones: Zones, missing: Floats
) -> Floats:
    """Return how much each candidate fills of what zones miss (cover only)."""
    gains = np.zeros(reach.site_ptr.size - 1)
    more = np.zeros(missing.size)
    for j in range(gains.size):
        for pair in range(reach.site_ptr[j], reach.site_ptr[j + 1]):
            i = reach.place[pair]
            if best[i] == 0.0 and zones.zone[i] >= 0:
                more[zones.zone[i]] += people[i]
        for pair in range(reach.site_ptr[j], reach.site_ptr[j + 1]):
            z = zones.zone[reach.place[pair]]
            if z >= 0 and more[z] > 0.0:
                gains[j] += min(more[z], missing[z])
                more[z] = 0.0
    return gains


@njit(cache=True)
def raise_best(reach: Reach, beyond: float, best: Floats, j: int) -> None:
    """Let candidate ``j`` serve those to whom it is worth more."""
    for pair in range(reach.site_ptr[j], reach.site_ptr[j + 1]):
        i = reach.place[pair]
        best[i] = max(best[i], _worth(reach.site_cost, pair, beyond))


@njit(cache=True)
def add_sites(
    reach: Reach, beyond: float, people: Floats, best: Floats, price: Floats, limits: Floats
) -> tuple[Ints, Floats]:
    """Open one candidate after another, each time the one that adds most: lazy greedy.

    What a candidate adds never grows as others open (submodularity), so an old figure is an upper
    bound, and only candidates at the top are looked at again (Minoux 1978). Of equals, the first
    row.

    Parameters
    ----------
    best
        Worth so far, per person; raised in place.
    price
        Infinite for candidates that may not be opened.
    limits
        Number of sites, budget, and 1 to weigh gains by price (else 0).

    Returns
    -------
    tuple[ndarray, ndarray]
        Rows in order, and what each added.
    """
    most, left, by_price = int(limits[0]), limits[1], limits[2] > 0.0
    gain = site_gains(reach, beyond, people, best)
    seen = np.zeros(gain.size, np.int64)
    chosen = np.empty(most, np.int32)
    added = np.empty(most)
    done = np.zeros(gain.size, np.bool_)
    step = 0
    while step < most:
        top = -1
        while True:
            top, key = -1, 0.0
            for j in range(gain.size):
                if not done[j] and price[j] <= left:
                    own = gain[j] / max(price[j], 1e-300) if by_price else gain[j]
                    if own > key:
                        top, key = j, own
            if top < 0 or seen[top] == step:
                break
            gain[top] = _gain(reach, beyond, people, best, top)
            seen[top] = step
        if top < 0:
            break
        raise_best(reach, beyond, best, top)
        done[top] = True
        left -= price[top]
        chosen[step], added[step] = top, gain[top]
        step += 1
    return chosen[:step], added[:step]


@njit(cache=True)
def start(reach: Reach, beyond: float, people: Floats, is_open: Flags, zones: Zones) -> State:
    """Serve each place by the open sites."""
    places = reach.place_ptr.size - 1
    opened = np.flatnonzero(is_open).astype(np.int32)
    slot = np.full(is_open.size, -1, np.int32)
    for number in range(opened.size):
        slot[opened[number]] = number
    state = State(
        is_open, opened, slot, np.full(places, -1, np.int64), np.full(places, -1, np.int64),
        np.zeros(opened.size), np.zeros(zones.required.size),
    )  # fmt: skip
    for i in range(places):
        _serve(reach, beyond, people, zones, state, i)
    return state


@njit(cache=True)
def _serve(reach: Reach, beyond: float, people: Floats, zones: Zones, state: State, i: int) -> None:
    first, second = -1, -1
    for pair in range(reach.place_ptr[i], reach.place_ptr[i + 1]):
        if state.is_open[reach.candidate[pair]]:
            if first >= 0:
                second = pair
                break
            first = pair
    state.first[i], state.second[i] = first, second
    _book(reach, beyond, people[i], zones.zone[i], state, i)


@njit(cache=True)
def _book(reach: Reach, beyond: float, people: float, zone: int, state: State, i: int) -> None:
    """Book what place ``i`` would lose with its site; negative ``people`` take it back."""
    first, second = state.first[i], state.second[i]
    if first < 0:
        return
    lost = _worth(reach.cost, first, beyond)
    if second >= 0:
        lost -= _worth(reach.cost, second, beyond)
    state.loss[state.slot[reach.candidate[first]]] += people * lost
    if zone >= 0:
        state.covered[zone] += people


@njit(cache=True)
def _exchange(
    reach: Reach, beyond: float, people: Floats, zones: Zones, state: State, pair_of_sites: Ints
) -> None:
    """Open the first of two candidates in place of the second."""
    come, go = pair_of_sites[0], pair_of_sites[1]
    both = np.concatenate(
        (
            reach.place[reach.site_ptr[come] : reach.site_ptr[come + 1]],
            reach.place[reach.site_ptr[go] : reach.site_ptr[go + 1]],
        )
    )
    touched = np.unique(both)
    for i in touched:
        _book(reach, beyond, -people[i], zones.zone[i], state, i)
    number = state.slot[go]
    state.is_open[go], state.is_open[come] = False, True
    state.slot[go], state.slot[come] = -1, number
    state.opened[number] = come
    state.loss[number] = 0.0
    for i in touched:
        _serve(reach, beyond, people, zones, state, i)


@njit(cache=True)
def _offers(reach: Reach, beyond: float, people: Floats, state: State, k: int) -> Floats:
    """Return what opening ``k`` in place of the site in each slot would gain."""
    extra = np.zeros(state.opened.size)
    gain = 0.0
    for pair in range(reach.site_ptr[k], reach.site_ptr[k + 1]):
        i = reach.place[pair]
        worth = _worth(reach.site_cost, pair, beyond)
        first, second = state.first[i], state.second[i]
        if first < 0:
            gain += people[i] * worth
            continue
        now = _worth(reach.cost, first, beyond)
        then = _worth(reach.cost, second, beyond) if second >= 0 else 0.0
        if worth > now:
            gain += people[i] * (worth - now)
        if worth > then:
            extra[state.slot[reach.candidate[first]]] += people[i] * (min(worth, now) - then)
    return gain + extra - state.loss


@njit(cache=True)
def swap_sites(
    reach: Reach, beyond: float, people: Floats, sites: Sites, zones: Zones, state: State
) -> int:
    """Exchange open sites for closed ones as long as that gains: fast interchange.

    Vertex substitution (Teitz & Bart 1968) with the bookkeeping of Whitaker (1983) and Resende &
    Werneck (2007): each candidate is held against all open sites in one look at its places.

    Returns
    -------
    int
        Number of exchanges; ``state`` holds the outcome.
    """
    paid, given_up = _used(sites, state)
    exchanges, since, k = 0, 0, -1
    while since < state.is_open.size:
        since += 1
        k = (k + 1) % state.is_open.size
        if state.is_open[k] or not np.isfinite(sites.price[k]):
            continue
        offers = _offers(reach, beyond, people, state, k)
        left = Sites(
            sites.existing, sites.price, sites.most, sites.budget - paid, sites.moves - given_up
        )
        number = _best_slot(offers, left, state, k, _least(people, beyond))
        if number < 0:
            continue
        j = state.opened[number]
        _exchange(reach, beyond, people, zones, state, np.array([k, j], np.int32))
        if (state.covered < zones.required * (1 - 1e-12)).any():
            _exchange(reach, beyond, people, zones, state, np.array([j, k], np.int32))
            continue
        paid += sites.price[k] - sites.price[j]
        given_up += int(sites.existing[j]) - int(sites.existing[k])
        exchanges += 1
        since = 0
    return exchanges


@njit(cache=True)
def _least(people: Floats, beyond: float) -> float:
    """Return the smallest gain that is no rounding of sums."""
    return float(1e-9 * max(1.0, people.sum() * max(1.0, beyond)))


@njit(cache=True)
def _used(sites: Sites, state: State) -> tuple[float, int]:
    """Return what is spent, and how many existing sites are given up."""
    paid, given_up = 0.0, 0
    for j in range(state.is_open.size):
        if state.is_open[j]:
            paid += sites.price[j]
        elif sites.existing[j]:
            given_up += 1
    return paid, given_up


@njit(cache=True)
def _best_slot(offers: Floats, left: Sites, state: State, k: int, least: float) -> int:
    """Return the slot whose site ``k`` may replace with most gain, -1 for none; first of equals."""
    number = -1
    for one in range(offers.size):
        if offers[one] <= least:
            continue
        j = state.opened[one]
        moved = int(left.existing[j]) - int(left.existing[k])
        if moved <= left.moves and left.price[k] - left.price[j] <= left.budget:
            number, least = one, offers[one]
    return number
