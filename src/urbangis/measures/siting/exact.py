"""Siting as integer programmes, for HiGHS: small ones, because sparse and without repetition.

One form serves cover and travel (Cornuejols, Nemhauser & Wolsey 1980; Elloumi 2010, *Journal of
Combinatorial Optimization* 19: 69-83): for each place and each cost at which some candidate lies,
``z = 1`` if no open site is as near. A place then costs the sum of the steps that it misses. Cover
is the case of a single step.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, hstack, vstack

from urbangis.measures.siting.kernels import Flags, Floats, Sites, Zones
from urbangis.measures.siting.reach import Reach, alike

MOST_PAIRS = 2_000_000
"""Pairs of an integer programme that is tried at all."""


class _Rule(NamedTuple):
    """Rows of a programme: low <= matrix x <= high."""

    matrix: Any
    low: Any
    high: Any


@dataclass(frozen=True)
class Solution:
    """What an integer programme found.

    Parameters
    ----------
    is_open
        Which candidates are open; None if no choice was found.
    bound
        No choice costs less.
    optimal
        Whether it is proven that the choice is the best, to a millionth of the largest weight.
    infeasible
        Whether it is proven that no choice fulfils the conditions.
    """

    is_open: Flags | None
    bound: float
    optimal: bool = False
    infeasible: bool = False


@dataclass(frozen=True)
class Steps:
    """Places with like choices put together, and the steps of their costs.

    Parameters
    ----------
    nearer
        Rows: steps; columns: candidates at that step.
    before
        Row of the step before, of the same place; -1 for the first.
    weight
        What missing the step costs.
    group
        The group of like places that each step is of; ``of_place`` is that of each place (-1: no
        candidate is near enough).
    """

    nearer: csr_array
    before: NDArray[np.int64]
    weight: Floats
    group: NDArray[np.int64]
    of_place: NDArray[np.int64]


def steps_of(reach: Reach, beyond: float, people: Floats, *, apart: NDArray[Any]) -> Steps:
    """Make the steps of each place, like places of one value of ``apart`` together."""
    rows = np.repeat(np.arange(reach.places), np.diff(reach.place_ptr))
    cost = reach.cost.astype(np.float64) if beyond else np.zeros(reach.cost.size)
    new_row = np.concatenate([[True], rows[1:] != rows[:-1]]) if rows.size else np.empty(0, bool)
    starts = new_row | np.concatenate([[True], cost[1:] != cost[:-1]]) if rows.size else new_row
    of_place, like = alike(reach, apart, with_cost=beyond > 0)
    first = np.zeros(reach.places, bool)
    first[like] = True
    kept = first[rows]
    step = np.cumsum(starts[kept]) - 1
    head = np.flatnonzero(kept)[starts[kept]]
    level, group = cost[head], of_place[rows[head]]
    heads_row = new_row[head]
    following = np.concatenate([np.where(heads_row[1:], beyond or 1.0, level[1:]), [beyond or 1.0]])
    many = np.bincount(of_place[of_place >= 0], people[of_place >= 0], minlength=like.size)
    size = (head.size, reach.candidates)
    nearer = csr_array((np.ones(step.size), (step, reach.candidate[kept])), shape=size)
    before = np.where(heads_row, -1, np.arange(head.size) - 1)
    return Steps(nearer, before, many[group] * (following - level), group, of_place)


def least_missed(
    reach: Reach, beyond: float, people: Floats, sites: Sites, zones: Zones, *, seconds: float
) -> Solution:
    """Choose sites so that the cost of all, or the people without any, are least.

    The objective counts places that some candidate can serve; ``bound`` is of these.
    """
    steps = steps_of(reach, beyond, people, apart=zones.zone)
    m, k = reach.candidates, steps.weight.size
    chain = csr_array(
        (np.full(k - (steps.before < 0).sum(), -1.0),
         (np.flatnonzero(steps.before >= 0), steps.before[steps.before >= 0])),
        shape=(k, k),
    )  # fmt: skip
    link = hstack([steps.nearer, _identity(k) + chain])
    rules = [_Rule(link, (steps.before < 0).astype(float), np.inf)]
    rules += _of_sites(sites, k)
    if zones.required.size:
        rules.append(_of_zones(steps, people, zones, m))
    cost = np.concatenate([np.zeros(m), steps.weight])
    return _solve(cost, rules, sites, seconds)


def fewest(
    reach: Reach,
    people: Floats,
    sites: Sites,
    zones: Zones,
    *,
    needed: float,
    seconds: float,
) -> Solution:
    """Choose sites so that ``needed`` people are covered at the least price.

    Existing sites cost nothing; the objective is the price of the others.
    """
    steps = steps_of(reach, 0.0, people, apart=zones.zone)
    m, k = reach.candidates, steps.weight.size
    within_reach = float(steps.weight.sum())
    if needed >= within_reach * (1 - 1e-12) and not zones.required.size:
        link = _Rule(hstack([steps.nearer, csr_array((k, k))]), np.ones(k), np.inf)
        rules = [link]
    else:
        rules = [
            _Rule(hstack([steps.nearer, _identity(k)]), np.ones(k), np.inf),
            _Rule(
                _row(np.concatenate([np.zeros(m), steps.weight])), -np.inf, within_reach - needed
            ),
        ]
    rules += _of_sites(sites, k)
    if zones.required.size:
        rules.append(_of_zones(steps, people, zones, m))
    price = np.where(np.isfinite(sites.price), sites.price, 0.0)
    return _solve(np.concatenate([price, np.zeros(k)]), rules, sites, seconds)


def most_twice(
    reach: Reach, people: Floats, sites: Sites, zones: Zones, *, least: float, seconds: float
) -> Solution:
    """Of the choices that cover ``least`` people, choose the one that covers most of them twice.

    Twice is by two open sites: a place with a single candidate near it is never covered twice.
    The objective is minus the people covered twice.
    """
    steps = steps_of(reach, 0.0, people, apart=zones.zone)
    m, k = reach.candidates, steps.weight.size
    # once + twice <= open sites within reach, twice <= once; twice is whole, or half of those
    # whom one site covers would count
    rules = [
        _Rule(hstack([steps.nearer, -_identity(k), -_identity(k)]), 0.0, np.inf),
        _Rule(hstack([csr_array((k, m)), _identity(k), -_identity(k)]), 0.0, np.inf),
        _Rule(
            _row(np.concatenate([np.zeros(m), steps.weight, np.zeros(k)])),
            least - 1e-9 * abs(least), np.inf,
        ),
    ]  # fmt: skip
    rules += _of_sites(sites, 2 * k)
    if zones.required.size:
        missed, most = _missed_by_zone(steps, people, zones)
        room = most - np.asarray(missed.sum(axis=1)).ravel()
        none = csr_array((zones.required.size, m))
        rules.append(_Rule(hstack([none, -missed, csr_array(missed.shape)]), -np.inf, room))
    cost = np.concatenate([np.zeros(m + k), -steps.weight])
    return _solve(cost, rules, sites, seconds, whole=k)


def best_flow(
    reach: Reach, worth: Floats, people: Floats, sites: Sites, limits: "Limits", *, seconds: float
) -> tuple[Solution, Floats]:
    """Choose sites of limited capacity so that the worth of whom they serve is greatest.

    Parameters
    ----------
    worth
        Of serving a person, by pair (in the order of ``reach.candidate``).
    limits
        Capacities; and, where so many people must be served, the price of the sites is what is
        least, whatever the worth.

    Returns
    -------
    solution, flow
        The objective is minus the worth, or the price; ``flow`` is the people served by pair.
    """
    m, n, k = reach.candidates, reach.places, worth.size
    rows = np.repeat(np.arange(n), np.diff(reach.place_ptr))
    pair = np.arange(k)
    out = csr_array((np.ones(k), (rows, pair)), shape=(n, k))
    into = csr_array((np.ones(k), (reach.candidate, pair)), shape=(m, k))
    wanted = np.bincount(reach.candidate, people[rows], minlength=m)
    cap = np.minimum(limits.capacity, wanted)
    room = csr_array((-cap, (np.arange(m), np.arange(m))), shape=(m, m))
    some = np.minimum(people[rows], cap[reach.candidate])
    closed = csr_array((-some, (pair, reach.candidate)), shape=(k, m))
    rules = [
        _Rule(hstack([csr_array((n, m)), out]), -np.inf, people),
        _Rule(hstack([room, into]), -np.inf, 0.0),
        _Rule(hstack([closed, _identity(k)]), -np.inf, 0.0),
        *_of_sites(sites, k),
    ]
    cost = np.concatenate([np.zeros(m), -worth])
    if limits.needed is not None:
        served = _row(np.concatenate([np.zeros(m), np.ones(k)]))
        rules.append(_Rule(served, limits.needed, np.inf))
        cost = np.concatenate([np.where(np.isfinite(sites.price), sites.price, 0.0), np.zeros(k)])
    found = _run(cost, rules, sites, seconds, (np.inf, 0))
    flow = np.zeros(k) if found.x is None else np.asarray(found.x[m:], np.float64)
    return _outcome(found, m), flow


@dataclass(frozen=True)
class Limits:
    """People that each candidate can serve, and how many must be served in all, if any must."""

    capacity: Floats
    needed: float | None = None


def _of_sites(sites: Sites, others: int) -> list[_Rule]:
    """Return the limits on sites: how many in all, how many given up, and the budget."""
    existing = sites.existing.astype(float)
    rest = np.zeros(others)
    rules = []
    if sites.most < sites.existing.size:
        rules.append(_Rule(_row(np.concatenate([np.ones(existing.size), rest])),
                                      -np.inf, sites.most))  # fmt: skip
    if existing.any() and sites.moves:
        kept = existing.sum() - sites.moves
        rules.append(_Rule(_row(np.concatenate([existing, rest])), kept, np.inf))
    if np.isfinite(sites.budget):
        price = np.where(np.isfinite(sites.price), sites.price, 0.0)
        rules.append(_Rule(_row(np.concatenate([price, rest])), -np.inf, sites.budget))
    return rules


def _of_zones(steps: Steps, people: Floats, zones: Zones, m: int) -> _Rule:
    """Ask each zone for its people: at most the rest of those in reach may be missed."""
    missed, most = _missed_by_zone(steps, people, zones)
    return _Rule(hstack([csr_array((zones.required.size, m)), missed]), -np.inf, most)


def _missed_by_zone(steps: Steps, people: Floats, zones: Zones) -> tuple[csr_array, Floats]:
    """Return the people that each zone misses with each step, and how many it may miss."""
    some = steps.of_place >= 0
    zone_of_group = np.zeros(steps.weight.size, np.int64)
    zone_of_group[steps.of_place[some]] = zones.zone[some]
    inside = (zone_of_group >= 0)[steps.group]
    z = zones.required.size
    missed = csr_array(
        (steps.weight[inside], (zone_of_group[steps.group][inside], np.flatnonzero(inside))),
        shape=(z, steps.weight.size),
    )
    in_reach = some & (zones.zone >= 0)
    most = np.bincount(zones.zone[in_reach], people[in_reach], minlength=z)
    return missed, most - zones.required


def _solve(
    cost: Floats, rules: list[_Rule], sites: Sites, seconds: float, *, whole: int = 0
) -> Solution:
    return _outcome(_run(cost, rules, sites, seconds, (1.0, whole)), sites.existing.size)


def _run(
    cost: Floats, rules: list[_Rule], sites: Sites, seconds: float, others: tuple[float, int]
) -> Any:
    """Run HiGHS; sites are 0 or 1.

    Everything else is between 0 and the first of ``others``; so many as the second, the last of
    all, are whole.
    """
    m = sites.existing.size
    most, last = others
    low, high = np.zeros(cost.size), np.full(cost.size, most)
    high[:m] = np.isfinite(sites.price)
    if not sites.moves:
        low[:m] = sites.existing
    whole = np.zeros(cost.size, np.int64)
    whole[:m] = 1
    whole[cost.size - last :] = 1
    every = vstack([rule.matrix for rule in rules], format="csc")
    at_least = np.concatenate([np.broadcast_to(rule.low, rule.matrix.shape[0]) for rule in rules])
    at_most = np.concatenate([np.broadcast_to(rule.high, rule.matrix.shape[0]) for rule in rules])
    scale = max(float(np.abs(cost).max(initial=0.0)), 1e-300)
    found: Any = milp(
        cost / scale,
        constraints=LinearConstraint(every, at_least, at_most),
        bounds=Bounds(low, high),
        integrality=whole,
        options={"mip_rel_gap": 0.0, "time_limit": seconds},
    )
    bound = found.get("mip_dual_bound")
    found.bound = -np.inf if bound is None else float(bound) * scale
    return found


def _outcome(found: Any, m: int) -> Solution:
    if found.status == 2:
        return Solution(None, np.inf, infeasible=True)
    is_open = None if found.x is None else np.asarray(found.x[:m] > 0.5)
    return Solution(is_open, found.bound, optimal=found.status == 0)


def _identity(size: int) -> csr_array:
    return csr_array((np.ones(size), (np.arange(size), np.arange(size))), shape=(size, size))


def _row(values: Floats) -> csr_array:
    return csr_array(values[None, :])
