"""How good any choice of sites can be at best: Lagrangian relaxation.

Everyone may be served by one site only; the relaxation lets several serve them, at a toll ``u``
for each person (Geoffrion 1974). For any tolls, the people's tolls and what the best allowed sites
earn beyond them are an upper bound of what any choice is worth (Cornuejols, Fisher & Nemhauser
1977, *Management Science* 23: 789-810); subgradient steps look for tolls that make it low
(Held, Wolfe & Crowder 1974).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from urbangis.measures.siting.kernels import Flags, Floats, Sites, best_worth, site_gains
from urbangis.measures.siting.reach import Ints, Reach

STEPS = 500
"""Subgradient steps at most."""

_PATIENCE = 20
_CLOSE = 1e-7
_HINTS = 10


@dataclass(frozen=True)
class Bound:
    """An upper bound of the worth of any allowed choice.

    Parameters
    ----------
    value
        The bound.
    earns
        What each candidate earns beyond the tolls that gave it.
    last
        What the least of the sites earns that another could take the place of.
    hints
        The sites that earned most as the bound came down, the lowest last: near good choices.
    """

    value: float
    earns: Floats
    last: float
    hints: tuple[Ints, ...] = ()

    def hopeless(self, worth: float, sites: Sites) -> Flags:
        """Tell which new candidates are in no choice that is worth ``worth`` or more.

        Opening one takes the place of the least that the bound counts, which lowers the bound by
        the difference.
        """
        lowered = self.value - np.maximum(0.0, self.last - self.earns)
        slack = 1e-9 * abs(worth)
        return np.asarray((lowered < worth - slack) & ~sites.existing)


def upper_bound(reach: Reach, beyond: float, people: Floats, sites: Sites, is_open: Flags) -> Bound:
    """Bound the worth of any allowed choice, from a good one.

    Parameters
    ----------
    reach, beyond, people
        As of the kernels.
    sites
        What is allowed.
    is_open
        A good choice: its worth is what the bound is to come down to.
    """
    toll = best_worth(reach, beyond, is_open)
    worth = float(people @ toll)
    counted = people > 0
    best, pace, waited = Bound(np.inf, toll, np.inf), 1.5, 0
    drift = np.zeros(toll.size)
    for _ in range(STEPS):
        earns = site_gains(reach, beyond, people, toll)
        value, chosen, last = _best_sites(earns, sites)
        value += float(people @ toll)
        if value < best.value * (1 - _CLOSE):
            waited = 0
        else:
            waited += 1
        if value < best.value:
            hints = (*best.hints[1 - _HINTS :], chosen)
            best = Bound(value, earns, last, hints)
        if waited >= _PATIENCE:
            pace, waited = pace / 2, 0
        if best.value - worth <= 1e-9 * abs(worth) or pace < 2e-3:
            break
        # A quarter of the last direction stays, which keeps the steps from going to and fro.
        drift = np.where(
            counted, 1.0 - _times_served(reach, beyond, toll, chosen) + 0.25 * drift, 0
        )
        steepness = float(people @ drift**2)
        if steepness == 0.0:
            break
        toll = np.maximum(0.0, toll - pace * (value - worth) / steepness * drift)
    return best


def _times_served(reach: Reach, beyond: float, toll: Floats, chosen: Ints) -> Floats:
    """Count the chosen sites that are worth more than its toll to each place."""
    times = np.zeros(toll.size)
    for j in chosen:
        pairs = slice(reach.site_ptr[j], reach.site_ptr[j + 1])
        place = reach.place[pairs]
        worth = beyond - reach.site_cost[pairs].astype(float) if beyond else 1.0
        times[place] += worth > toll[place]
    return times


def _best_sites(earns: Floats, sites: Sites) -> tuple[float, Ints, float]:
    """Return what allowed sites earn at most, which they are, and what the least new one earns."""
    old = np.flatnonzero(sites.existing)
    new = np.flatnonzero(~sites.existing & np.isfinite(sites.price))
    old, new = (
        old[np.argsort(-earns[old], kind="stable")],
        new[np.argsort(-earns[new], kind="stable")],
    )
    room = sites.most - old.size
    earned, kept, taken = -np.inf, old.size, 0
    for given_up in range(min(sites.moves, old.size) + 1):
        count = min(room + given_up, new.size)
        if count < 0:
            continue
        total = earns[old[: old.size - given_up]].sum() + earns[new[:count]].sum()
        if total > earned:
            earned, kept, taken = float(total), old.size - given_up, count
    chosen = np.concatenate([old[:kept], new[:taken]]).astype(np.int32)
    last = float(earns[new[taken - 1]]) if taken else np.inf
    if sites.moves and kept:
        last = min(last, float(earns[old[kept - 1]]))
    if np.isfinite(sites.budget):
        paid = _within_budget(earns[new], sites.price[new], sites.budget)
        earned = min(earned, float(earns[old].sum()) + paid)
        last = -np.inf  # prices decide too: nothing can be said of single candidates
    return earned, chosen, last


def _within_budget(earns: Floats, price: Floats, budget: float) -> float:
    """Return what a budget buys at most if the last site may be bought in part."""
    order = np.argsort(-earns / np.maximum(price, 1e-300), kind="stable")
    before = np.concatenate([[0.0], np.cumsum(price[order])[:-1]])
    share: NDArray[np.float64] = np.clip(
        (budget - before) / np.maximum(price[order], 1e-300), 0.0, 1.0
    )
    return float(share @ earns[order])
