"""Siting against brute force: every choice of small worlds tried, by the definitions alone."""

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

from urbangis.errors import StudyError, TableError
from urbangis.measures.siting.objectives import (
    Floor,
    Terms,
    fewest_sites,
    least_farthest,
    least_travel,
    most_covered,
    scale_up,
)
from urbangis.measures.siting.reach import Reach, reach_of
from urbangis.travel.pairs import TravelPairs


def reach_from(cost: np.ndarray) -> Reach:
    """Make a Reach of a table places x candidates, NaN where there is no way."""
    site, place = np.nonzero(np.isfinite(cost.T))
    pairs = TravelPairs(site.astype(np.int32), place.astype(np.int32), cost.T[site, place])
    return reach_of(pairs, places=cost.shape[0], candidates=cost.shape[1])


def worlds() -> st.SearchStrategy[tuple[np.ndarray, np.ndarray]]:
    """Draw small worlds: costs in whole units (so that there are ties), people, gaps."""

    def world(seed: int) -> tuple[np.ndarray, np.ndarray]:
        rng = np.random.default_rng(seed)
        n, m = rng.integers(1, 9), rng.integers(1, 7)
        cost = rng.integers(0, 12, (n, m)).astype(float)
        cost[rng.random((n, m)) < rng.choice([0.0, 0.3, 0.6])] = np.nan
        return cost, rng.integers(0, 6, n).astype(float)

    return st.integers(0, 10**9).map(world)


def choices(m: int, most: int) -> list[tuple[int, ...]]:
    return [one for k in range(min(m, most) + 1) for one in combinations(range(m), k)]


def covered(cost: np.ndarray, people: np.ndarray, chosen: tuple[int, ...]) -> float:
    near = np.isfinite(cost[:, list(chosen)]).any(axis=1)
    return float(people[near].sum())


def travelled(
    cost: np.ndarray, people: np.ndarray, chosen: tuple[int, ...], beyond: float
) -> float:
    nearest = np.nanmin(
        np.column_stack([cost[:, list(chosen)], np.full(len(cost), beyond)]), axis=1
    )
    return float(people @ nearest)


@settings(max_examples=60, deadline=None)
@given(worlds(), st.integers(0, 4))
def test_most_covered_is_the_best_of_all_choices(world, p):
    cost, people = world
    found = most_covered(reach_from(cost), people, Terms(sites=p))
    best = max(covered(cost, people, one) for one in choices(cost.shape[1], p))
    assert found.objective == found.bound == best
    assert covered(cost, people, tuple(found.sites)) == best
    assert found.flows["people"].sum() == best
    assert len(found.sites) <= p


@settings(max_examples=60, deadline=None)
@given(worlds(), st.integers(0, 4))
def test_least_travel_is_the_best_of_all_choices(world, p):
    cost, people = world
    beyond = 15.0
    found = least_travel(reach_from(cost), people, Terms(sites=p), beyond=beyond)
    best = min(travelled(cost, people, one, beyond) for one in choices(cost.shape[1], p))
    assert found.objective == pytest.approx(best, abs=1e-9)
    assert found.proven
    assert travelled(cost, people, tuple(found.sites), beyond) == pytest.approx(best)


@settings(max_examples=60, deadline=None)
@given(worlds(), st.sampled_from([None, 0.5, 0.8]))
def test_fewest_sites_are_the_fewest_of_all_choices(world, share):
    cost, people = world
    everyone = covered(cost, people, tuple(range(cost.shape[1])))
    needed = everyone if share is None else share * people.sum()
    if needed > everyone:
        with pytest.raises(StudyError, match="all candidates together reach"):
            fewest_sites(reach_from(cost), people, Terms(), share=share)
        return
    found = fewest_sites(reach_from(cost), people, Terms(), share=share)
    enough = [
        len(one) for one in choices(*[cost.shape[1]] * 2) if covered(cost, people, one) >= needed
    ]
    assert found.objective == found.bound == min(enough)
    assert covered(cost, people, tuple(found.sites)) >= needed


@settings(max_examples=60, deadline=None)
@given(worlds(), st.integers(1, 4))
def test_least_farthest_is_the_best_of_all_choices(world, p):
    cost, people = world
    inside = (people > 0) & np.isfinite(cost).any(axis=1)
    options = []
    for one in choices(cost.shape[1], p):
        near = np.where(np.isnan(cost[:, list(one)]), np.inf, cost[:, list(one)])
        options.append(near.min(axis=1, initial=np.inf)[inside].max(initial=0.0))
    if min(options) == np.inf:
        with pytest.raises(StudyError, match="no choice fulfils"):
            least_farthest(reach_from(cost), people, Terms(sites=p))
        return
    found = least_farthest(reach_from(cost), people, Terms(sites=p))
    assert found.objective == found.bound == min(options)


@settings(max_examples=60, deadline=None)
@given(worlds(), st.integers(-2, 2), st.integers(0, 2), st.integers(0, 10**6))
def test_existing_sites_are_kept_closed_or_moved_as_allowed(world, more, moves, seed):
    cost, people = world
    m = cost.shape[1]
    existing = np.random.default_rng(seed).random(m) < 0.5
    today = int(existing.sum())
    if today + more < 0:
        return
    given_up = moves + max(0, -more)
    allowed = [
        one
        for one in choices(m, today + more)
        if (existing & ~np.isin(np.arange(m), one)).sum() <= given_up
    ]
    found = most_covered(
        reach_from(cost), people, Terms(sites=more, existing=existing, moves=moves)
    )
    assert found.objective == found.bound == max(covered(cost, people, one) for one in allowed)
    kept = np.isin(np.arange(m), found.sites)
    assert (existing & ~kept).sum() <= given_up
    assert kept.sum() <= today + more


@settings(max_examples=60, deadline=None)
@given(worlds(), st.integers(0, 12), st.integers(0, 10**6))
def test_a_budget_buys_the_best_of_all_choices(world, budget, seed):
    cost, people = world
    price = np.random.default_rng(seed).integers(1, 7, cost.shape[1]).astype(float)
    found = most_covered(reach_from(cost), people, Terms(price=price, budget=budget))
    paid = [one for one in choices(*[cost.shape[1]] * 2) if price[list(one)].sum() <= budget]
    assert found.objective == found.bound == max(covered(cost, people, one) for one in paid)
    assert price[found.sites].sum() <= budget


@settings(max_examples=60, deadline=None)
@given(worlds(), st.integers(1, 4), st.integers(0, 10**6))
def test_no_zone_falls_below_the_floor(world, p, seed):
    cost, people = world
    zone = np.random.default_rng(seed).integers(-1, 2, len(people)).astype(np.int32)
    terms = Terms(sites=p, floor=Floor(zone, 0.6, ("north", "south")))

    def holds(one: tuple[int, ...]) -> bool:
        return all(
            covered(cost[zone == z], people[zone == z], one) >= 0.6 * people[zone == z].sum()
            for z in (0, 1)
        )

    fair = [one for one in choices(cost.shape[1], p) if holds(one)]
    if not fair:
        with pytest.raises(StudyError, match=r"floor of 60%|no candidates bring"):
            most_covered(reach_from(cost), people, terms)
        return
    found = most_covered(reach_from(cost), people, terms)
    assert found.objective == found.bound == max(covered(cost, people, one) for one in fair)
    assert holds(tuple(found.sites))


@settings(max_examples=60, deadline=None)
@given(worlds(), st.integers(1, 4))
def test_backup_is_the_most_twice_covered_of_the_best_choices(world, p):
    cost, people = world

    def twice(one: tuple[int, ...]) -> float:
        return float(people[np.isfinite(cost[:, list(one)]).sum(axis=1) >= 2].sum())

    best = max(covered(cost, people, one) for one in choices(cost.shape[1], p))
    wanted = max(
        twice(one) for one in choices(cost.shape[1], p) if covered(cost, people, one) == best
    )
    found = most_covered(reach_from(cost), people, Terms(sites=p, backup=True))
    assert found.objective == best
    assert found.twice == twice(tuple(found.sites)) == wanted


def served_at_most(cost: np.ndarray, people: np.ndarray, room: np.ndarray) -> float:
    """Return how many people the rooms hold, by the largest flow (whole numbers)."""
    n, m = cost.shape
    graph = np.zeros((n + m + 2, n + m + 2), np.int32)
    graph[0, 1 : n + 1] = people
    graph[1 : n + 1, n + 1 : n + m + 1] = np.where(np.isfinite(cost), people[:, None], 0)
    graph[n + 1 : n + m + 1, n + m + 1] = room
    return float(maximum_flow(csr_array(graph), 0, n + m + 1).flow_value)


@settings(max_examples=60, deadline=None)
@given(worlds(), st.integers(0, 3), st.integers(0, 10**6))
def test_capacities_are_kept_and_used_as_well_as_any_choice_can(world, p, seed):
    cost, people = world
    m = cost.shape[1]
    capacity = np.random.default_rng(seed).integers(0, 9, m).astype(float)
    found = most_covered(reach_from(cost), people, Terms(sites=p, capacity=capacity))
    best = max(
        served_at_most(cost, people, np.where(np.isin(np.arange(m), one), capacity, 0))
        for one in choices(m, p)
    )
    assert found.objective == pytest.approx(best, abs=1e-6)
    assert found.gap < 1e-6
    at_site = found.flows.groupby("site")["people"].sum()
    assert (at_site <= capacity[at_site.index] + 1e-6).all()
    at_place = found.flows.groupby("place")["people"].sum()
    assert (at_place <= people[at_place.index] + 1e-6).all()
    assert len(found.sites) <= p


@settings(max_examples=40, deadline=None)
@given(worlds(), st.integers(0, 10**6))
def test_fewest_sites_have_room_for_everyone(world, seed):
    cost, people = world
    m = cost.shape[1]
    capacity = np.random.default_rng(seed).integers(1, 12, m).astype(float)
    everyone = people[np.isfinite(cost).any(axis=1)].sum()
    enough = [
        len(one)
        for one in choices(m, m)
        if served_at_most(cost, people, np.where(np.isin(np.arange(m), one), capacity, 0))
        >= everyone
    ]
    if not enough:
        with pytest.raises(StudyError, match="no choice"):
            fewest_sites(reach_from(cost), people, Terms(capacity=capacity))
        return
    found = fewest_sites(reach_from(cost), people, Terms(capacity=capacity))
    assert found.objective == found.bound == min(enough)
    assert found.flows["people"].sum() == pytest.approx(everyone)


def test_travel_with_capacities_is_that_worked_out_by_hand():
    # Two homes of 4 beside site 0 (cost 1), which holds 5; site 1 is at cost 3 from both.
    cost = np.array([[1.0, 3.0], [1.0, 3.0]])
    people, capacity = np.array([4.0, 4.0]), np.array([5.0, 10.0])
    both = least_travel(reach_from(cost), people, Terms(sites=2, capacity=capacity), beyond=10.0)
    assert both.objective == pytest.approx(5 * 1 + 3 * 3)
    one = least_travel(reach_from(cost), people, Terms(sites=1, capacity=capacity), beyond=10.0)
    assert one.objective == pytest.approx(8 * 3)  # rather than 5 * 1 + 3 * 10
    assert list(one.sites) == [1]


def test_large_programmes_tell_a_bound_that_holds(monkeypatch):
    rng = np.random.default_rng(11)
    for _ in range(8):
        cost = np.where(rng.random((9, 6)) < 0.4, rng.integers(1, 9, (9, 6)), np.nan)
        people = rng.integers(1, 9, 9).astype(float)
        price = rng.integers(1, 5, 6).astype(float)
        capacity = rng.integers(3, 12, 6).astype(float)
        every = [
            (most_covered, Terms(sites=2)),
            (most_covered, Terms(price=price, budget=5.0)),
            (most_covered, Terms(sites=2, capacity=capacity)),
            (fewest_sites, Terms()),
            (fewest_sites, Terms(price=price)),
        ]
        for measure, terms in every:
            best = measure(reach_from(cost), people, terms).objective
            with monkeypatch.context() as small:
                small.setattr("urbangis.measures.siting.choice.MOST_PAIRS", 0)
                small.setattr("urbangis.measures.siting.capacity.MOST_FLOWS", 0)
                fast = measure(reach_from(cost), people, terms)
            sign = 1 if measure is most_covered else -1
            assert sign * fast.objective <= sign * best + 1e-6
            assert sign * fast.bound >= sign * best - 1e-6


def test_someone_with_a_single_candidate_is_never_backed_up():
    cost = np.array([[1.0, np.nan], [np.nan, 1.0]])
    found = most_covered(reach_from(cost), np.array([5.0, 5.0]), Terms(sites=2, backup=True))
    assert found.objective == 10
    assert found.twice == 0


@settings(max_examples=40, deadline=None)
@given(worlds())
def test_each_step_of_the_scale_up_adds_the_site_that_adds_most(world):
    cost, people = world
    steps = scale_up(reach_from(cost), people, Terms(), steps=cost.shape[1])
    chosen: tuple[int, ...] = ()
    for row in steps.itertuples():
        now = covered(cost, people, chosen)
        gains = [covered(cost, people, (*chosen, j)) - now for j in range(cost.shape[1])]
        assert row.site == int(np.argmax(gains))  # argmax takes the first of equals
        assert row.gained == max(gains) > 0
        chosen = (*chosen, row.site)
        assert row.served == covered(cost, people, chosen)
    assert covered(cost, people, chosen) == covered(cost, people, tuple(range(cost.shape[1])))


def test_of_equal_choices_the_one_with_the_earlier_rows_is_taken():
    cost = np.full((4, 3), np.nan)
    cost[[0, 1], [0, 2]] = cost[[0, 1], [1, 1]] = 1.0
    cost[2, :] = 1.0
    found = most_covered(reach_from(cost), np.array([2.0, 0.0, 3.0, 9.0]), Terms(sites=1))
    assert list(found.sites) == [0]
    assert list(found.unreachable) == [3]


def test_terms_that_make_no_sense_are_refused():
    reach = reach_from(np.array([[1.0, np.nan], [2.0, 3.0]]))
    people = np.array([1.0, 1.0])
    with pytest.raises(TableError, match="number of people"):
        most_covered(reach, np.array([1.0, np.nan]), Terms(sites=1))
    with pytest.raises(TableError, match="price above 0"):
        most_covered(reach, people, Terms(sites=1, price=np.array([1.0, 0.0])))
    with pytest.raises(StudyError, match="only 0 are open"):
        most_covered(reach, people, Terms(sites=-1))
    with pytest.raises(StudyError, match="what they would travel"):
        least_travel(reach, people, Terms(sites=1))
    with pytest.raises(StudyError, match="less than the largest cost"):
        least_travel(reach, people, Terms(sites=1), beyond=2.0)


def test_pairs_are_held_from_both_sides_the_nearest_first():
    cost = np.array([[2.0, 1.0, 2.0], [np.nan, 5.0, 4.0]])
    reach = reach_from(cost)
    assert list(reach.candidate) == [1, 0, 2, 2, 1]
    assert list(reach.cost) == [1, 2, 2, 4, 5]
    assert list(reach.place) == [0, 0, 1, 0, 1]
    assert list(reach.within(2).candidate) == [1, 0, 2]
    assert list(reach.without(np.array([False, True, False])).candidate) == [0, 2, 2]


def test_costs_that_do_not_come_candidate_by_candidate_are_refused():
    pairs = [
        TravelPairs(np.array([j], np.int32), np.array([0], np.int32), np.array([1.0]))
        for j in (1, 0)
    ]
    with pytest.raises(TableError, match="candidate by candidate"):
        reach_of(pairs, places=1, candidates=2)
    with pytest.raises(TableError, match="not there"):
        reach_of(pairs[:1], places=1, candidates=1)


def test_all_small_worlds_agree_whatever_the_order_of_candidates():
    rng = np.random.default_rng(5)
    for _ in range(5):
        cost = np.where(rng.random((6, 4)) < 0.5, 1.0, np.nan)
        people = rng.integers(1, 9, 6).astype(float)
        values = {
            most_covered(reach_from(cost[:, list(order)]), people, Terms(sites=2)).objective
            for order in product(range(4), repeat=4)
            if len(set(order)) == 4
        }
        assert len(values) == 1
