"""The p-centre by halving: the smallest cutoff at which so many sites cover everyone."""

import numpy as np

from urbangis.measures.siting.bound import upper_bound
from urbangis.measures.siting.choice import Choice, left_open, no_zones, worth_of
from urbangis.measures.siting.exact import MOST_PAIRS, fewest
from urbangis.measures.siting.kernels import Flags, Floats, Sites, add_sites, best_worth
from urbangis.measures.siting.reach import Reach


def choose_centre(reach: Reach, people: Floats, sites: Sites, *, seconds: float) -> Choice:
    """Choose the sites that cover everyone who has people at the least cutoff.

    Parameters
    ----------
    reach
        Pairs up to the largest cutoff of interest.
    people
        0 for places that need not be served.

    Returns
    -------
    Choice
        ``bound``: at a smaller cutoff it is proven that no choice covers everyone.
    """
    costs = np.unique(reach.cost)
    everyone = (people > 0).astype(float)
    if not everyone.any():
        return Choice(left_open(reach, 0.0, everyone, sites), 0.0)
    best: Flags | None = None
    # Nobody can be nearer than their nearest candidate.
    nearest = reach.cost[reach.place_ptr[:-1][people > 0]].max()
    low = int(np.searchsorted(costs, nearest)) - 1
    proven, high = low, costs.size
    while high - low > 1:
        middle = (low + high) // 2
        tried = _covering(reach.within(float(costs[middle])), everyone, sites, seconds)
        if tried.is_open is not None:
            best, high = tried.is_open, middle
        else:
            low = middle
            proven = middle if tried.infeasible else proven
    bound = float(costs[min(proven + 1, costs.size - 1)])
    return Choice(best, bound, infeasible=best is None and proven >= costs.size - 1)


def _covering(reach: Reach, everyone: Floats, sites: Sites, seconds: float) -> Choice:
    """Find sites that cover everyone, or prove that none do."""
    many = float(everyone.sum())
    if float(everyone[reach.reachable].sum()) < many:
        return Choice(None, 0.0, infeasible=True)
    is_open = left_open(reach, 0.0, everyone, sites)
    room = min(sites.most, is_open.size) - int(is_open.sum())
    best = best_worth(reach, 0.0, is_open)
    limits = np.array([room, min(sites.budget, 1e300), 0.0])
    rows, _ = add_sites(reach, 0.0, everyone, best, np.where(is_open, np.inf, sites.price), limits)
    is_open[rows] = True
    if worth_of(reach, 0.0, everyone, is_open) == many:
        return Choice(is_open, 0.0)
    if reach.candidate.size > MOST_PAIRS:
        bound = upper_bound(reach, 0.0, everyone, sites, is_open)
        return Choice(None, 0.0, infeasible=bound.value < many * (1 - 1e-9))
    found = fewest(reach, everyone, sites, no_zones(everyone.size), needed=many, seconds=seconds)
    return Choice(found.is_open, 0.0, infeasible=found.infeasible)
