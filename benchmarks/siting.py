"""Choosing sites, against PySAL spopt, which is given the same solver (HiGHS, through PuLP).

The world is made by a seed: towns and villages, candidates where people are, in a straight line. It
is as dense whatever its size. Preparation is finding who reaches which candidate: ours a tree, for
spopt a dense table of costs. Both are asked for a proven optimum, and the optima are compared.

The largest size is that of a province, and ours alone: ``--sizes 4``.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.harness import Benchmark, Way, Work

Floats = NDArray[np.float64]
PROOF_S = 600.0
SLOW = 8.0
"""How many times the usual patience spopt is given at 100,000 by 1,000."""

PROVEN = 1_000
"""Candidates up to which an optimum must be proven."""


class Size(NamedTuple):
    """How many there are, and how far people go, metres."""

    places: int
    candidates: int
    sites: int
    radius_m: float = 1_000.0


class World(NamedTuple):
    """Places and candidates (x, y in metres), and people."""

    xy: Floats
    where: Floats
    people: Floats
    sites: int
    radius_m: float


def world(size: Size) -> World:
    """Lay towns and villages out."""
    rng = np.random.default_rng(7)
    side = 1_000.0 * np.sqrt(size.candidates)
    centres = rng.random((max(3, size.candidates // 20), 2)) * side
    town = rng.integers(0, len(centres), size.places)
    xy = centres[town] + rng.normal(0, 1_500.0, (size.places, 2))
    alone = rng.random(size.places) < 0.3
    xy[alone] = rng.random((int(alone.sum()), 2)) * side
    people = rng.integers(1, 60, size.places).astype(float)
    where = xy[rng.choice(size.places, size.candidates, replace=False)]
    return World(xy, where, people, size.sites, size.radius_m)


def reached(size: Size) -> World:
    """Keep the places that a candidate reaches: all can be covered."""
    from scipy.spatial import KDTree

    made = world(size)
    near = KDTree(made.where).query(made.xy)[0] <= made.radius_m
    return made._replace(xy=made.xy[near], people=made.people[near])


def gathered(made: World, limit_m: float) -> Any:
    """Find the candidates that each place reaches."""
    from scipy.spatial import KDTree

    from urbangis.measures.siting.reach import reach_of
    from urbangis.travel.pairs import TravelPairs

    tree = KDTree(made.xy)

    def blocks() -> Iterator[TravelPairs]:
        for first in range(0, len(made.where), 256):
            block = made.where[first : first + 256]
            found = tree.query_ball_point(block, min(limit_m, 1e9), return_sorted=True)
            count = [len(one) for one in found]
            site = np.repeat(np.arange(first, first + len(block), dtype=np.int32), count)
            place = np.concatenate(found).astype(np.int32)
            yield TravelPairs(site, place, np.hypot(*(made.xy[place] - made.where[site]).T))

    shape = {"places": len(made.xy), "candidates": len(made.where)}
    return reach_of(blocks(), cutoff=limit_m, dtype=np.float32, **shape)


def ours(objective: str) -> Way:
    """Choose with urbangis; every optimum is to be proven."""

    def prepare(made: World) -> Work:
        from urbangis.measures.siting import objectives

        near = objective in ("most_covered", "fewest_sites")
        reach = gathered(made, made.radius_m if near else np.inf)
        terms = objectives.Terms(sites=None if objective == "fewest_sites" else made.sites)
        choose = getattr(objectives, objective)
        small = len(made.xy) <= 20_000
        seconds = PROOF_S if len(made.where) <= PROVEN else objectives.SECONDS
        return Work(
            lambda: choose(reach, made.people, terms, seconds=seconds), repeats=1 if small else 0
        )

    def proven(made: World, found: Any) -> float:
        if found.gap > 0 and len(made.where) <= PROVEN:
            raise ValueError(f"not proven, gap {found.gap}")
        return float(found.objective)

    return Way(prepare, ("urbangis.measures.siting.objectives",), answer=proven)


def spopt(model: str, build: Callable[[Any, Floats, World], Any]) -> Way:
    """Choose with spopt: a programme of all places, solved to the end."""

    def prepare(made: World) -> Work:
        import pulp
        import spopt.locate
        from scipy.spatial.distance import cdist

        costs = cdist(made.xy, made.where)
        solver = pulp.HiGHS(msg=False, gapRel=0)

        def run() -> float:
            built = build(getattr(spopt.locate, model), costs, made)
            return float(pulp.value(built.solve(solver).problem.objective))

        return Work(run, repeats=0)

    return Way(prepare, ("spopt", "pulp", "highspy"), answer=lambda _, found: found)


def siting(
    title: str, objective: str, peer: Way, sizes: dict[str, Size], make: Any, patience: float = 1.0
) -> Benchmark:
    return Benchmark(
        title,
        make,
        sizes,
        {"urbangis": ours(objective), "spopt": peer},
        amount=lambda size: size.places * size.candidates,
        patience=patience,
    )


COVER = {
    "2,000 by 100": Size(2_000, 100, 10),
    "10,000 by 300": Size(10_000, 300, 20),
    "100,000 by 1,000": Size(100_000, 1_000, 50),
    "1,000,000 by 20,000": Size(1_000_000, 20_000, 200, 2_500.0),
}
ALL_PAIRS = {
    "200 by 20": Size(200, 20, 4),
    "500 by 50": Size(500, 50, 5),
    "2,000 by 100": Size(2_000, 100, 10),
    "10,000 by 300": Size(10_000, 300, 20),
}
BENCHMARKS = {
    "siting-cover": siting(
        "Most people within 1,000 m for so many sites",
        "most_covered",
        spopt(
            "MCLP",
            lambda model, costs, made: model.from_cost_matrix(
                costs, made.people, made.radius_m, p_facilities=made.sites
            ),
        ),
        COVER,
        world,
        SLOW,
    ),
    "siting-set": siting(
        "Fewest sites that cover everyone within 1,000 m",
        "fewest_sites",
        spopt(
            "LSCP", lambda model, costs, made: model.from_cost_matrix(costs, made.radius_m)
        ),
        {name: size for name, size in COVER.items() if size.places <= 100_000},
        reached,
        SLOW,
    ),
    "siting-median": siting(
        "Least travel of all, every place to every candidate",
        "least_travel",
        spopt(
            "PMedian",
            lambda model, costs, made: model.from_cost_matrix(
                costs, made.people, p_facilities=made.sites
            ),
        ),
        {name: size for name, size in ALL_PAIRS.items() if size.places > 200},
        world,
    ),
    "siting-centre": siting(
        "Least travel of whoever has farthest to go, every place to every candidate",
        "least_farthest",
        spopt(
            "PCenter",
            lambda model, costs, made: model.from_cost_matrix(costs, p_facilities=made.sites),
        ),
        ALL_PAIRS,
        world,
    ),
}  # fmt: skip
