"""The choice of sites: a good one fast, a bound of any, and the best one where HiGHS finishes."""

from dataclasses import dataclass

import numpy as np

from urbangis.measures.siting.bound import upper_bound
from urbangis.measures.siting.exact import (
    MOST_PAIRS,
    Solution,
    fewest,
    least_missed,
    most_twice,
)
from urbangis.measures.siting.kernels import (
    Flags,
    Floats,
    Sites,
    Zones,
    add_sites,
    best_worth,
    raise_best,
    site_gains_by_zone,
    start,
    swap_sites,
)
from urbangis.measures.siting.reach import Ints, Reach, alike, together

_ROUNDS = 10
_SAME = 1e-9
_TRIES = 12


@dataclass(frozen=True)
class Choice:
    """Open sites, and the bound of what any choice is worth (or costs).

    ``is_open`` is None where none was found; ``infeasible`` says that there is none.
    """

    is_open: Flags | None
    bound: float
    infeasible: bool = False


def no_zones(places: int) -> Zones:
    """Return zones that ask for nothing."""
    return Zones(np.full(places, -1, np.int32), np.empty(0))


def worth_of(reach: Reach, beyond: float, people: Floats, is_open: Flags) -> float:
    """Return what open sites are worth to all people."""
    return float(people @ best_worth(reach, beyond, is_open))


def choose(
    reach: Reach, beyond: float, people: Floats, sites: Sites, zones: Zones, *, seconds: float
) -> Choice:
    """Choose the sites that are worth most.

    Greedy and exchanges find a good choice, Lagrangian relaxation its bound; candidates that no
    better choice can hold are left out, and an integer programme of the rest settles it if it is
    small enough and ends in time. Of equally good choices, that of the first stage stays.

    Returns
    -------
    Choice
        ``bound`` is an upper one, of worth.
    """
    if beyond == 0.0:
        reach, people, zones = _grouped(reach, people, zones)
    choice = _choose(reach, beyond, people, sites, zones, seconds=seconds)
    if choice.is_open is None:
        return choice
    # Sites that add nothing stay shut.
    before = choice.is_open & sites.existing
    best = best_worth(reach, beyond, before)
    price = np.where(choice.is_open & ~before, 0.0, np.inf)
    limits = np.array([reach.candidates, 1.0, 0.0])
    rows, _ = add_sites(reach, beyond, people, best, price, limits)
    before[rows] = True
    return Choice(before, choice.bound)


def _grouped(reach: Reach, people: Floats, zones: Zones) -> tuple[Reach, Floats, Zones]:
    """Put places together that the same candidates cover: for cover they are one."""
    of_place, like = alike(reach, zones.zone, with_cost=False)
    inside = of_place >= 0
    many = np.bincount(of_place[inside], people[inside], minlength=like.size).astype(float)
    return together(reach, of_place, like), many, zones._replace(zone=zones.zone[like])


def _choose(
    reach: Reach, beyond: float, people: Floats, sites: Sites, zones: Zones, *, seconds: float
) -> Choice:
    good = _good_choice(reach, beyond, people, sites, zones)
    bound = np.inf
    small, allowed = reach, sites
    if good is not None:
        found = upper_bound(reach, beyond, people, sites, good)
        good = _best_hint(reach, beyond, people, sites, zones, [good, *_usable(found.hints, sites)])
        worth = worth_of(reach, beyond, people, good)
        bound = max(worth, found.value)
        if bound - worth <= _SAME * abs(worth):
            return Choice(good, worth)
        hopeless = found.hopeless(worth, sites) & ~good
        small = reach.without(hopeless)
        allowed = sites._replace(price=np.where(hopeless, np.inf, sites.price))
    if small.candidate.size > MOST_PAIRS:
        return Choice(good, bound)
    exact = least_missed(small, beyond, people, allowed, zones, seconds=seconds)
    return _better(reach, beyond, people, Choice(good, bound), exact, _head(small, beyond, people))


def _usable(hints: tuple[Ints, ...], sites: Sites) -> list[Flags]:
    """Return the choices among the bound's hints that the budget allows."""
    choices = []
    for rows in hints:
        is_open = np.zeros(sites.existing.size, bool)
        is_open[rows] = True
        if sites.price[is_open].sum() <= sites.budget:
            choices.append(is_open)
    return choices


def _best_hint(
    reach: Reach, beyond: float, people: Floats, sites: Sites, zones: Zones, choices: list[Flags]
) -> Flags:
    """Exchange sites of every choice but the first, and return the best; the first of equals."""
    best = choices[0]
    if zones.required.size:
        return best
    tries = choices[1:] if reach.candidate.size <= MOST_PAIRS else choices[-1:]
    for one in tries:
        other = _exchanged(reach, beyond, people, sites, zones, one.copy())
        now, then = (worth_of(reach, beyond, people, x) for x in (best, other))
        best = other if then > now * (1 + _SAME) else best
    return best


def _head(reach: Reach, beyond: float, people: Floats) -> float:
    """Return what everyone's nearest candidate is worth: the worth if nothing is missed."""
    everything = np.ones(reach.candidates, bool)
    return worth_of(reach, beyond, people, everything)


def _better(
    reach: Reach, beyond: float, people: Floats, good: Choice, exact: Solution, head: float
) -> Choice:
    """Return the better of two choices, and the better of their bounds."""
    if exact.infeasible and good.is_open is None:
        return Choice(None, -np.inf, infeasible=True)
    bound = min(good.bound, head - exact.bound)
    options = [one for one in (good.is_open, exact.is_open) if one is not None]
    if not options:
        return Choice(None, bound)
    worth = [worth_of(reach, beyond, people, one) for one in options]
    best = options[-1] if worth[-1] > worth[0] * (1 + _SAME) else options[0]
    return Choice(best, max(worth) if exact.optimal else max(bound, *worth))


def _good_choice(
    reach: Reach, beyond: float, people: Floats, sites: Sites, zones: Zones
) -> Flags | None:
    """Find a good choice that fulfils all conditions; None if none was found."""
    found = []
    for by_price in (False, True) if np.isfinite(sites.budget) else (False,):
        is_open = _first_choice(reach, beyond, people, sites, zones, by_price=by_price)
        if is_open is not None:
            found.append(_exchanged(reach, beyond, people, sites, zones, is_open))
    worth = [worth_of(reach, beyond, people, one) for one in found]
    return found[int(np.argmax(worth))] if found else None


def _first_choice(
    reach: Reach, beyond: float, people: Floats, sites: Sites, zones: Zones, *, by_price: bool
) -> Flags | None:
    """Close what must close, fill what zones miss, then add the site that adds most."""
    is_open = left_open(reach, beyond, people, sites)
    if zones.required.size and not _floors_filled(reach, people, sites, zones, is_open):
        return None
    _fill(reach, beyond, people, sites, is_open, by_price=by_price)
    return is_open


def left_open(reach: Reach, beyond: float, people: Floats, sites: Sites) -> Flags:
    """Close as many existing sites as must close, each time the one that is missed least."""
    is_open = sites.existing.copy()
    for _ in range(int(is_open.sum()) - sites.most):
        state = start(reach, beyond, people, is_open.copy(), no_zones(people.size))
        is_open[state.opened[int(np.argmin(state.loss))]] = False
    return is_open


def _floors_filled(
    reach: Reach, people: Floats, sites: Sites, zones: Zones, is_open: Flags
) -> bool:
    """Open sites until no zone misses anything; tell whether that was possible."""
    best = best_worth(reach, 0.0, is_open)
    inside = zones.zone >= 0
    while True:
        covered = np.bincount(
            zones.zone[inside], (people * best)[inside], minlength=zones.required.size
        )
        missing = np.maximum(0.0, zones.required - covered)
        missing[missing <= _SAME * zones.required] = 0.0
        if not missing.any():
            return True
        gains = site_gains_by_zone(reach, people, best, zones, missing)
        left = sites.budget - sites.price[is_open].sum()
        gains[is_open | (sites.price > left)] = 0.0
        j = int(np.argmax(gains))
        if gains[j] <= 0.0 or is_open.sum() >= sites.most:
            return False
        is_open[j] = True
        raise_best(reach, 0.0, best, j)


def _fill(
    reach: Reach, beyond: float, people: Floats, sites: Sites, is_open: Flags, *, by_price: bool
) -> int:
    """Open the candidates that add most for as long as any may be opened; return how many."""
    room = min(sites.most, is_open.size) - int(is_open.sum())
    left = sites.budget - sites.price[is_open].sum()
    best = best_worth(reach, beyond, is_open)
    price = np.where(is_open, np.inf, sites.price)
    limits = np.array([max(0, room), min(left, 1e300), by_price], float)
    rows, _ = add_sites(reach, beyond, people, best, price, limits)
    is_open[rows] = True
    return rows.size


def _exchanged(
    reach: Reach, beyond: float, people: Floats, sites: Sites, zones: Zones, is_open: Flags
) -> Flags:
    """Exchange sites, and open more where that leaves room, as long as it gains."""
    for _ in range(_ROUNDS):
        state = start(reach, beyond, people, is_open, zones)
        swap_sites(reach, beyond, people, sites, zones, state)
        is_open = state.is_open
        if not _fill(reach, beyond, people, sites, is_open, by_price=False):
            break
    return is_open


def choose_twice(
    reach: Reach, people: Floats, sites: Sites, zones: Zones, *, needed: float, seconds: float
) -> Flags | None:
    """Of the choices that cover so many people, find the one that covers most of them twice.

    Returns
    -------
    ndarray or None
        None where the programme is too large, or nothing was found in time.
    """
    if reach.candidate.size > MOST_PAIRS:
        return None
    found = most_twice(reach, people, sites, zones, least=needed, seconds=seconds)
    enough = needed * (1 - _SAME)
    if found.is_open is None or not _holds(reach, people, zones, found.is_open, enough):
        return None
    better = found.is_open.copy()
    twice = twice_covered(reach, people, better)
    covered = worth_of(reach, 0.0, people, better)
    for j in np.flatnonzero(better & ~sites.existing):  # some may be open for nothing
        better[j] = False
        if (
            twice_covered(reach, people, better) < twice
            or worth_of(reach, 0.0, people, better) < covered
        ):
            better[j] = True
    return better


def twice_covered(reach: Reach, people: Floats, is_open: Flags) -> float:
    """Count the people who have two open sites or more within the cutoff."""
    ahead = np.concatenate([[0], np.cumsum(is_open[reach.candidate])])
    near = np.diff(ahead[reach.place_ptr])
    return float(people[near >= 2].sum())


def choose_fewest(
    reach: Reach, people: Floats, sites: Sites, zones: Zones, *, needed: float, seconds: float
) -> Choice:
    """Choose the cheapest sites that cover so many people; existing ones cost nothing.

    Returns
    -------
    Choice
        ``bound`` is a lower one, of the price of the new sites.
    """
    reach, people, zones = _grouped(reach, people, zones)
    good = _cheap_choice(reach, people, sites, zones, needed)
    if reach.candidate.size <= MOST_PAIRS:
        exact = fewest(reach, people, sites, zones, needed=needed, seconds=seconds)
        if exact.infeasible:
            return Choice(None, np.inf, infeasible=True)
        enough = needed * (1 - _SAME)  # HiGHS bends its rows by a millionth
        holds = exact.is_open is not None and _holds(reach, people, zones, exact.is_open, enough)
        options = [one for one in (good, exact.is_open if holds else None) if one is not None]
        if not options:
            return Choice(None, exact.bound)
        price = [_price(sites, one) for one in options]
        best = options[-1] if price[-1] < price[0] - _SAME else options[0]
        proven = exact.optimal and holds
        return Choice(best, min(price) if proven else _rounded(exact.bound, sites))
    low = 0.0 if good is None else _least_price(reach, people, sites, needed, good)
    return Choice(good, low)


def _price(sites: Sites, is_open: Flags) -> float:
    return float(sites.price[is_open & ~sites.existing].sum())


def _rounded(bound: float, sites: Sites) -> float:
    """Raise a bound to a whole number where every price is one."""
    price = sites.price[np.isfinite(sites.price)]
    return float(np.ceil(bound - 1e-6)) if (price % 1 == 0).all() else bound


def _cheap_choice(
    reach: Reach, people: Floats, sites: Sites, zones: Zones, needed: float
) -> Flags | None:
    """Add the site that covers most for its price until it is enough, then drop needless ones."""
    is_open = left_open(reach, 0.0, people, sites)
    if zones.required.size and not _floors_filled(reach, people, sites, zones, is_open):
        return None
    best = best_worth(reach, 0.0, is_open)
    price = np.where(is_open, np.inf, sites.price)
    left = sites.budget - sites.price[is_open].sum()
    room = min(sites.most, is_open.size) - int(is_open.sum())
    limits = np.array([max(0, room), min(left, 1e300), 1.0])
    have = float(people @ best)
    rows, added = add_sites(reach, 0.0, people, best, price, limits)
    enough = needed * (1 - _SAME)
    count = int(np.searchsorted(have + np.cumsum(added), enough)) + 1 if have < enough else 0
    if count > rows.size:
        return None
    is_open[rows[:count]] = True
    for j in rows[:count][::-1]:
        is_open[j] = False
        if not _holds(reach, people, zones, is_open, enough):
            is_open[j] = True
    return is_open


def _holds(reach: Reach, people: Floats, zones: Zones, is_open: Flags, enough: float) -> bool:
    best = people * best_worth(reach, 0.0, is_open)
    if best.sum() < enough:
        return False
    inside = zones.zone >= 0
    covered = np.bincount(zones.zone[inside], best[inside], minlength=zones.required.size)
    return bool((covered >= zones.required * (1 - _SAME)).all())


def _least_price(reach: Reach, people: Floats, sites: Sites, needed: float, good: Flags) -> float:
    """Find a price that is too little, as near as the relaxation tells to one that is enough."""
    low, high = 0.0, _price(sites, good)
    for _ in range(_TRIES):
        middle = (low + high) / 2
        tried = sites._replace(budget=middle)
        limited = _first_choice(reach, 0.0, people, tried, no_zones(people.size), by_price=True)
        if limited is None:
            return 0.0
        if upper_bound(reach, 0.0, people, tried, limited).value < needed * (1 - _SAME):
            low = middle
        else:
            high = middle
    return _rounded(low + _SAME, sites) if low else 0.0
