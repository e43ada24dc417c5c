"""Siting with all its terms at once, against every choice of small worlds."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from urbangis.errors import StudyError, TableError
from urbangis.measures.siting.objectives import (
    Allocation,
    Floor,
    Terms,
    fewest_sites,
    least_farthest,
    least_travel,
    most_covered,
)
from urbangis.measures.siting.reach import Reach, reach_of
from urbangis.travel.pairs import TravelPairs

BEYOND = 20.0


class World:
    """A random world of up to 10 places and 7 candidates, by the definitions alone."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        n, m = int(rng.integers(1, 11)), int(rng.integers(1, 8))
        whole = rng.random() < 0.5
        cost = rng.integers(0, 12, (n, m)).astype(float) if whole else 15 * rng.random((n, m))
        cost[rng.random((n, m)) < rng.choice([0.0, 0.3, 0.6])] = np.nan
        self.cost = cost
        crowd = 1000 * rng.random(n)
        self.people = rng.integers(0, 6, n).astype(float) if rng.random() < 0.6 else crowd
        self.existing = rng.random(m) < rng.choice([0.0, 0.3, 0.7])
        today = int(self.existing.sum())
        some = rng.random(5)
        self.price = rng.integers(1, 7, m) * rng.choice([1.0, 0.37, 1e4])
        self.terms = Terms(
            sites=int(rng.integers(-min(2, today), 4)) if some[0] < 0.8 else None,
            existing=self.existing,
            moves=int(rng.integers(0, 4)) if some[1] < 0.4 else 0,
            price=self.price,
            budget=float(rng.integers(0, 14)) if some[2] < 0.4 else None,
        )
        zone = rng.integers(-1, 3, n).astype(np.int32)
        share = float(rng.choice([0.3, 0.5, 0.8, 1.0]))
        self.floor = Floor(zone, share, ("a", "b", "c")) if some[3] < 0.4 else None
        self.backup = bool(some[4] < 0.4)
        self.capacity = rng.integers(0, 9, m).astype(float)

    @property
    def reach(self) -> Reach:
        site, place = np.nonzero(np.isfinite(self.cost.T))
        pairs = TravelPairs(site.astype(np.int32), place.astype(np.int32), self.cost.T[site, place])
        return reach_of(pairs, places=self.cost.shape[0], candidates=self.cost.shape[1])

    def allowed(self) -> list[np.ndarray]:
        """Every choice that sites, moves and budget allow."""
        m, terms = self.cost.shape[1], self.terms
        today = int(self.existing.sum())
        more = m if terms.sites is None else terms.sites
        closing = terms.moves + max(0, -more)
        found = []
        for count in range(min(m, today + more) + 1):
            for rows in combinations(range(m), count):
                is_open = np.isin(np.arange(m), rows)
                paid = self.price[is_open & ~self.existing].sum()
                given_up = (self.existing & ~is_open).sum()
                if given_up <= closing and paid <= (terms.budget or 0.0) + (
                    np.inf if terms.budget is None else 1e-9
                ):
                    found.append(is_open)
        return found

    def covered(self, is_open: np.ndarray, times: int = 1) -> float:
        near = np.isfinite(self.cost[:, is_open]).sum(axis=1)
        return float(self.people[near >= times].sum())

    def fair(self, is_open: np.ndarray) -> bool:
        if self.floor is None:
            return True
        near = np.isfinite(self.cost[:, is_open]).any(axis=1)
        for zone in range(3):
            inside = self.floor.zone == zone
            least = self.floor.share * self.people[inside].sum()
            if self.people[inside & near].sum() < least * (1 - 1e-9):
                return False
        return True

    def paid(self, is_open: np.ndarray) -> float:
        return float(self.price[is_open & ~self.existing].sum())

    def travelled(self, is_open: np.ndarray) -> float:
        way = np.where(np.isnan(self.cost[:, is_open]), BEYOND, self.cost[:, is_open])
        return float(self.people @ way.min(axis=1, initial=BEYOND))

    def farthest(self, is_open: np.ndarray) -> float:
        counted = (self.people > 0) & np.isfinite(self.cost).any(axis=1)
        way = np.where(np.isnan(self.cost[:, is_open]), np.inf, self.cost[:, is_open])
        return float(way.min(axis=1, initial=np.inf)[counted].max(initial=0.0))

    def chosen(self, found: Allocation) -> np.ndarray:
        return np.isin(np.arange(self.cost.shape[1]), found.sites)


def held(
    world: World,
    measure: Callable[[], Allocation],
    options: list[np.ndarray],
    worth: Callable[[np.ndarray], float],
    best_of: Callable[[Iterable[float]], float],
) -> Allocation | None:
    """Hold a measure to all options; None where there is none and it says so."""
    if not options:
        with pytest.raises(StudyError):
            measure()
        return None
    found = measure()
    is_open = world.chosen(found)
    best = best_of([worth(one) for one in options])
    assert any((is_open == one).all() for one in options)
    assert found.objective == pytest.approx(worth(is_open), rel=1e-7, abs=1e-6)
    assert found.objective == pytest.approx(best, rel=1e-7, abs=1e-6)
    assert found.proven
    assert found.flows["people"].sum() == pytest.approx(world.covered(is_open))
    assert found.twice == pytest.approx(world.covered(is_open, 2))
    old = int((world.existing & is_open).sum())
    assert world.existing[found.sites[:old]].all()
    assert len(found.sites) == old + len(found.order) == is_open.sum()
    return found


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 10**9))
def test_most_covered_under_all_terms(seed):
    world = World(seed)
    options = [one for one in world.allowed() if world.fair(one)]
    terms = replace(world.terms, floor=world.floor, backup=world.backup)
    found = held(
        world, lambda: most_covered(world.reach, world.people, terms), options, world.covered, max
    )
    if found is not None and world.backup:
        equal = [one for one in options if world.covered(one) >= found.objective * (1 - 1e-9)]
        assert found.twice == pytest.approx(max(world.covered(one, 2) for one in equal))


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 10**9), st.sampled_from([None, 0.4, 0.7, 0.95]))
def test_fewest_sites_under_all_terms(seed, share):
    world = World(seed)
    most = world.covered(np.ones(world.cost.shape[1], bool))
    needed = most if share is None else share * world.people.sum()
    options = [
        one
        for one in world.allowed()
        if world.fair(one) and world.covered(one) >= needed * (1 - 1e-9) and needed <= most
    ]
    terms = replace(world.terms, floor=world.floor, backup=world.backup)
    found = held(
        world,
        lambda: fewest_sites(world.reach, world.people, terms, share=share),
        options,
        world.paid,
        min,
    )
    if found is not None and world.backup:
        equal = [one for one in options if world.paid(one) <= found.objective * (1 + 1e-9)]
        assert found.twice == pytest.approx(max(world.covered(one, 2) for one in equal))


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 10**9))
def test_least_travel_and_the_farthest_under_all_terms(seed):
    world = World(seed)
    travel, farthest = (
        world.allowed(),
        [one for one in world.allowed() if np.isfinite(world.farthest(one))],
    )
    found = held(
        world,
        lambda: least_travel(world.reach, world.people, world.terms, beyond=BEYOND),
        travel,
        world.travelled,
        min,
    )
    assert (found is None) == (not travel)
    found = held(
        world,
        lambda: least_farthest(world.reach, world.people, world.terms),
        farthest,
        world.farthest,
        min,
    )
    assert (found is None) == (not farthest)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**9), st.booleans())
def test_large_programmes_keep_to_the_terms_too(seed, capacity):
    """Where no integer programme is tried, the choice is allowed and the bound holds."""
    world = World(seed)
    terms = replace(world.terms, capacity=world.capacity if capacity else None)
    for measure, sign in ((most_covered, 1), (fewest_sites, -1)):
        try:
            best = measure(world.reach, world.people, terms).objective
        except StudyError:
            best = -sign * np.inf
        with pytest.MonkeyPatch.context() as small:
            small.setattr("urbangis.measures.siting.choice.MOST_PAIRS", 0)
            small.setattr("urbangis.measures.siting.capacity.MOST_FLOWS", 0)
            try:
                fast = measure(world.reach, world.people, terms)
            except StudyError:  # what is found fast need not be all there is
                continue
        assert any((world.chosen(fast) == one).all() for one in world.allowed())
        assert sign * fast.objective <= sign * best + 1e-5
        assert sign * fast.bound >= sign * best - 1e-5


def test_whoever_travels_has_no_floor_and_no_backup():
    world = World(0)
    floor = Floor(np.zeros(len(world.people), np.int32), 0.5, ("all",))
    for terms in (Terms(sites=1, backup=True), Terms(sites=1, floor=floor)):
        with pytest.raises(StudyError, match="about who is covered"):
            least_travel(world.reach, world.people, terms, beyond=BEYOND)
        with pytest.raises(StudyError, match="about who is covered"):
            least_farthest(world.reach, world.people, terms)


def test_a_site_without_end_of_price_is_refused():
    world = World(0)
    price = np.full(world.cost.shape[1], np.inf)
    with pytest.raises(TableError, match="price above 0"):
        most_covered(world.reach, world.people, Terms(sites=1, price=price))
