"""Siting: which candidates to open, so that most are served with what there is.

Four questions, each answered with a choice and a bound, so that the gap is always known:

``most_covered``
    Most people within the cutoff: maximal cover (Church & ReVelle 1974).
``fewest_sites``
    Fewest (or cheapest) sites that cover everyone, or a share: set cover (Toregas et al. 1971).
``least_travel``
    Least travel of all together: p-median (Hakimi 1964).
``least_farthest``
    Least travel of whoever has farthest to go: p-centre (Hakimi 1964).

Places and candidates are rows; of equal choices, the one with the earlier rows is looked for.
"""

import numpy as np
import pandas as pd

from urbangis.errors import StudyError, TableError
from urbangis.measures.siting.capacity import Served, choose_served
from urbangis.measures.siting.centre import choose_centre
from urbangis.measures.siting.choice import (
    Choice,
    choose,
    choose_fewest,
    choose_twice,
    twice_covered,
    worth_of,
)
from urbangis.measures.siting.exact import Limits
from urbangis.measures.siting.kernels import Flags, Floats, Sites, add_sites, best_worth
from urbangis.measures.siting.reach import Reach
from urbangis.measures.siting.terms import Allocation, Floor, Terms, prepared

__all__ = [
    "SECONDS",
    "Allocation",
    "Floor",
    "Terms",
    "fewest_sites",
    "least_farthest",
    "least_travel",
    "most_covered",
    "scale_up",
]

SECONDS = 60.0
"""Time that the proof of an optimum may take."""


def most_covered(
    reach: Reach, people: Floats, terms: Terms, *, seconds: float = SECONDS
) -> Allocation:
    """Cover most people with so many sites, or so much money.

    max Σ w_i y_i with y_i ≤ Σ_{j ∈ N(i)} x_j, Σ x_j ≤ p (Church & ReVelle 1974, *Papers of the
    Regional Science Association* 32: 101-118). Greedy reaches at least 1 - 1/e, 63 %, of the best
    (Nemhauser, Wolsey & Fisher 1978); the gap that is told is nearly always far less.

    Parameters
    ----------
    reach
        Pairs within the cutoff.
    people
        Weight of each place, shape (places,).
    terms
        What may be opened, closed and spent.
    seconds
        Time that the proof may take. The choice is the same bytes only where it ends.

    Raises
    ------
    StudyError
        If the terms make no sense, or no choice fulfils them.
    TableError
        If the numbers of people do not fit the places.
    """
    usable, sites, zones = prepared(reach, people, terms)
    if terms.capacity is not None:
        limits = Limits(_capacity(reach, terms))
        served = choose_served(usable, 0.0, people, sites, limits, seconds=seconds)
        many = float(served.flows["people"].sum())
        return _limited(served, usable, people, (sites, terms), (many, max(many, served.bound)))
    choice = choose(usable, 0.0, people, sites, zones, seconds=seconds)
    is_open = _found(choice, terms)
    if terms.backup:
        covered = worth_of(usable, 0.0, people, is_open)
        other = choose_twice(usable, people, sites, zones, needed=covered, seconds=seconds)
        is_open = _backed_up(usable, people, is_open, other)
    covered = worth_of(usable, 0.0, people, is_open)
    return _allocation(usable, 0.0, people, sites, is_open, (covered, max(covered, choice.bound)))


def fewest_sites(
    reach: Reach,
    people: Floats,
    terms: Terms,
    *,
    share: float | None = None,
    seconds: float = SECONDS,
) -> Allocation:
    """Cover everyone, or a share of all people, with the fewest or cheapest new sites.

    min Σ c_j x_j with Σ_{j ∈ N(i)} x_j ≥ 1 for every place with people (Toregas, Swain, ReVelle &
    Bergman 1971, *Operations Research* 19: 1363-1373). With a share, places may be missed as long
    as that share of the people is covered.

    Parameters
    ----------
    reach, people, terms, seconds
        As of `most_covered`.
    share
        Of all people; None for everyone whom any candidate can serve.

    Raises
    ------
    StudyError
        If all candidates together do not cover the share, or no choice fulfils the terms.
    """
    usable, sites, zones = prepared(reach, people, terms)
    most = float(people[usable.reachable].sum())
    needed = most if share is None else share * float(people.sum())
    if needed > most * (1 + 1e-12):
        raise StudyError(
            f"all candidates together reach {most / people.sum():.1%} of the people, which is "
            f"less than the {share:.1%} asked for",
            remedy="Add candidates where people are out of reach, or ask for less.",
        )
    needed = min(needed, most)
    if terms.capacity is not None:
        limits = Limits(_capacity(reach, terms), needed)
        served = choose_served(usable, 0.0, people, sites, limits, seconds=seconds)
        is_open = _found(Choice(served.is_open, served.bound), terms)
        price = float(sites.price[is_open & ~sites.existing].sum())
        return _limited(served, usable, people, (sites, terms), (price, min(price, served.bound)))
    choice = choose_fewest(usable, people, sites, zones, needed=needed, seconds=seconds)
    is_open = _found(choice, terms)
    price = float(sites.price[is_open & ~sites.existing].sum())
    if terms.backup:
        limited = sites._replace(budget=min(sites.budget, price * (1 + 1e-9)))
        other = choose_twice(usable, people, limited, zones, needed=needed, seconds=seconds)
        is_open = _backed_up(usable, people, is_open, other)
        price = float(sites.price[is_open & ~sites.existing].sum())
    return _allocation(usable, 0.0, people, sites, is_open, (price, min(price, choice.bound)))


def least_travel(
    reach: Reach,
    people: Floats,
    terms: Terms,
    *,
    beyond: float | None = None,
    seconds: float = SECONDS,
) -> Allocation:
    """Open the sites to which all people together travel least.

    min Σ_i w_i min_{j open} c_ij (Hakimi 1964, *Operations Research* 12: 450-459; ReVelle & Swain
    1970). Someone whom no open site reaches counts as travelling ``beyond``.

    Parameters
    ----------
    reach, people, terms, seconds
        As of `most_covered`.
    beyond
        Cost of not being served, at least the largest cost; None only where every place with
        people reaches every candidate.

    Raises
    ------
    StudyError
        If ``beyond`` is missing or too low, or the terms make no sense.
    """
    _asks_for_travel(terms)
    usable, sites, zones = prepared(reach, people, terms)
    limit = _beyond(usable, people, beyond)
    worst = limit * float(people.sum())
    if terms.capacity is not None:
        limits = Limits(_capacity(reach, terms))
        served = choose_served(usable, limit, people, sites, limits, seconds=seconds)
        saved = float(((limit - served.flows["cost"]) * served.flows["people"]).sum())
        best = min(worst - saved, worst - served.bound)
        return _limited(served, usable, people, (sites, terms), (worst - saved, best))
    choice = choose(usable, limit, people, sites, zones, seconds=seconds)
    is_open = _found(choice, terms)
    cost = worst - worth_of(usable, limit, people, is_open)
    return _allocation(
        usable, limit, people, sites, is_open, (cost, min(cost, worst - choice.bound))
    )


def least_farthest(
    reach: Reach, people: Floats, terms: Terms, *, seconds: float = SECONDS
) -> Allocation:
    """Open the sites that are least far from whoever has farthest to go.

    min max_i min_{j open} c_ij (Hakimi 1964), over the places with people that any candidate
    reaches: the smallest cutoff at which the sites cover everyone, found by halving the list of
    costs (Minieka 1970, *SIAM Review* 12: 138-139).

    Parameters
    ----------
    reach, people, terms, seconds
        As of `most_covered`; ``seconds`` for each cutoff tried.

    Raises
    ------
    StudyError
        If so many sites cannot reach everyone within the limit of the costs.
    """
    if terms.capacity is not None:
        raise StudyError(
            "the farthest is sought without capacities",
            remedy="Leave the capacities out, or ask for the least travel in all.",
        )
    _asks_for_travel(terms)
    usable, sites, _ = prepared(reach, people, terms)
    inside = people * usable.reachable
    choice = choose_centre(usable, inside, sites, seconds=seconds)
    is_open = _found(choice, terms)
    served = _served(usable, people, is_open)
    farthest = float(served["cost"].max()) if len(served) else 0.0
    limit = float(usable.cost.max(initial=0.0)) or 1.0
    return _allocation(
        usable, limit, people, sites, is_open, (farthest, min(farthest, choice.bound))
    )


def scale_up(reach: Reach, people: Floats, terms: Terms, *, steps: int) -> pd.DataFrame:
    """Open one site after another, each time the one that covers most people more.

    Parameters
    ----------
    reach, people, terms
        As of `most_covered`; of the terms only the existing sites count.
    steps
        Sites at most; it ends where another would add nobody.

    Returns
    -------
    DataFrame
        ``site, gained, served``, one row a step. After k steps, no choice of k sites covers more
        than 1/(1 - (1 - 1/k)^k) times as many more people.
    """
    usable, sites, _ = prepared(reach, people, terms)
    return _in_order(usable, 0.0, people, sites.existing, np.isfinite(sites.price), steps)


def _found(choice: Choice, terms: Terms) -> Flags:
    """Return the choice, or say what is in its way."""
    if choice.is_open is not None:
        return choice.is_open
    asked = [
        f"{terms.sites} sites" if terms.sites is not None else "",
        f"a budget of {terms.budget:g}" if terms.budget is not None else "",
        f"a floor of {terms.floor.share:.0%} in every zone" if terms.floor else "",
    ]
    verdict = "no choice fulfils" if choice.infeasible else "no choice was found that fulfils"
    raise StudyError(
        f"{verdict} {' and '.join(one for one in asked if one) or 'these terms'}",
        remedy="Ask for more sites, a larger budget, or a lower floor.",
    )


def _backed_up(reach: Reach, people: Floats, choice: Flags, other: Flags | None) -> Flags:
    """Return the choice that covers more people twice, the first of equals."""
    if other is None or twice_covered(reach, people, other) <= twice_covered(reach, people, choice):
        return choice
    return other


def _asks_for_travel(terms: Terms) -> None:
    if terms.floor is not None or terms.backup:
        raise StudyError(
            "a floor and a backup are about who is covered, not about how far they travel",
            remedy="Leave them out, or ask for most people covered.",
        )


def _beyond(reach: Reach, people: Floats, beyond: float | None) -> float:
    farthest = float(reach.cost.max(initial=0.0))
    if beyond is None:
        if (np.diff(reach.place_ptr)[people > 0] < reach.candidates).any():
            raise StudyError(
                "some places do not reach some candidates, and what they would travel is not told",
                remedy="State beyond, the cost of not being served.",
            )
        return farthest or 1.0
    if beyond < farthest or beyond <= 0:
        raise StudyError(
            f"beyond is {beyond:g}, less than the largest cost of {farthest:g}",
            remedy="State a cost at least as large as any that is served.",
        )
    return beyond


def _allocation(
    reach: Reach,
    beyond: float,
    people: Floats,
    sites: Sites,
    is_open: Flags,
    value: tuple[float, float],
) -> Allocation:
    """Put a choice into its order, and say who is served where."""
    before = is_open & sites.existing
    new = is_open & ~sites.existing
    order = _in_order(reach, beyond, people, before, new, int(new.sum()))
    worth = worth_of(reach, beyond, people, is_open)
    rest = np.setdiff1d(np.flatnonzero(new), order["site"])  # they only back up others
    rest_rows = pd.DataFrame({"site": rest, "gained": 0.0, "served": worth})
    rows = np.concatenate([np.flatnonzero(before), order["site"], rest]).astype(np.int32)
    lost = np.flatnonzero((people > 0) & ~reach.reachable).astype(np.int32)
    twice = twice_covered(reach, people, is_open)
    flows = _served(reach, people, is_open)
    order = pd.concat([order, rest_rows], ignore_index=True)
    return Allocation(rows, *value, flows, order, twice, lost)


def _capacity(reach: Reach, terms: Terms) -> Floats:
    capacity = np.asarray(terms.capacity, float)
    if capacity.shape != (reach.candidates,) or not (capacity >= 0).all():
        raise TableError(
            f"needs a capacity, 0 or more, for each of {reach.candidates} candidates",
            layer="candidates",
            remedy="Name the column that holds it.",
        )
    if terms.floor is not None or terms.backup:
        raise StudyError(
            "capacities go with no floor and no backup",
            remedy="Leave out either.",
        )
    return capacity


def _limited(
    served: Served,
    reach: Reach,
    people: Floats,
    terms: tuple[Sites, Terms],
    value: tuple[float, float],
) -> Allocation:
    """Put a choice with capacities into an order: the site that serves most first."""
    sites = terms[0]
    is_open = _found(Choice(served.is_open, served.bound), terms[1])
    flows = served.flows.sort_values(["place", "site"], ignore_index=True)
    many = flows.groupby("site")["people"].sum().reindex(np.flatnonzero(is_open), fill_value=0.0)
    old = np.flatnonzero(is_open & sites.existing)
    new = many[~many.index.isin(old) & (many > 0)].sort_values(ascending=False, kind="stable")
    order = pd.DataFrame(
        {
            "site": new.index.to_numpy(np.int32),
            "gained": new.to_numpy(),
            "served": many[many.index.isin(old)].sum() + new.cumsum().to_numpy(),
        }
    )
    rows = np.concatenate([old, order["site"]]).astype(np.int32)
    lost = np.flatnonzero((people > 0) & ~reach.reachable).astype(np.int32)
    return Allocation(rows, *value, flows, order, twice_covered(reach, people, is_open), lost)


def _in_order(
    reach: Reach, beyond: float, people: Floats, before: Flags, may_open: Flags, steps: int
) -> pd.DataFrame:
    best = best_worth(reach, beyond, before)
    price = np.where(may_open & ~before, 0.0, np.inf)
    have = float(people @ best)
    limits = np.array([min(steps, reach.candidates), 1.0, 0.0])
    rows, gained = add_sites(reach, beyond, people, best, price, limits)
    return pd.DataFrame({"site": rows, "gained": gained, "served": have + np.cumsum(gained)})


def _served(reach: Reach, people: Floats, is_open: Flags) -> pd.DataFrame:
    """Send every place to its nearest open site."""
    pairs = np.flatnonzero(is_open[reach.candidate])
    rows = np.repeat(np.arange(reach.places, dtype=np.int32), np.diff(reach.place_ptr))[pairs]
    first = np.concatenate([[True], rows[1:] != rows[:-1]]) if rows.size else np.empty(0, bool)
    pairs, rows = pairs[first], rows[first]
    return pd.DataFrame(
        {
            "place": rows,
            "site": reach.candidate[pairs],
            "cost": reach.cost[pairs],
            "people": people[rows],
        }
    )
