"""Published optima of location problems, and worlds of that kind."""

from itertools import combinations, product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import shortest_path

from urbangis.measures.siting.objectives import (
    Terms,
    fewest_sites,
    least_farthest,
    least_travel,
    most_covered,
)
from urbangis.measures.siting.reach import Reach, reach_of
from urbangis.travel.pairs import TravelPairs

OR_LIBRARY = {
    1: (5819, 127), 2: (4093, 98), 3: (4250, 93), 4: (3034, 74), 5: (1355, 48), 6: (7824, 84),
    10: (1255, 20),
}  # fmt: skip
"""Optima of the uncapacitated p-median problems of Beasley's OR-Library, and p-centres of the same.

Beasley 1985, "A note on solving large p-median problems", European Journal of Operational Research
21: 270-273. Each file: nodes, edges, p; then the edges. A pair of nodes that is listed twice has
the length listed last. P-medians from pmedopt.txt of the library; p-centres from Daskin 1995,
"Network and Discrete Location", and Pullan 2008, Computers & Operations Research 35: 2292-2310.
"""


def reach_from(cost: np.ndarray) -> Reach:
    places, candidates = cost.shape
    site = np.repeat(np.arange(candidates, dtype=np.int32), places)
    place = np.tile(np.arange(places, dtype=np.int32), candidates)
    return reach_of(TravelPairs(site, place, cost.T.ravel()), places=places, candidates=candidates)


@pytest.fixture(scope="module", params=OR_LIBRARY)
def problem(request) -> tuple[np.ndarray, int, tuple[int, int]]:
    file = Path(__file__).with_name(f"pmed{request.param}.txt")
    rows = np.array([[int(one) for one in line.split()] for line in file.read_text().splitlines()])
    (nodes, edges, p), pairs = rows[0], rows[1:]
    assert len(pairs) == edges
    assert pairs[:, :2].min() == 1
    assert pairs[:, :2].max() == nodes
    length = np.zeros((nodes, nodes))
    for one, other, metres in pairs:
        length[one - 1, other - 1] = length[other - 1, one - 1] = metres
    cost = shortest_path(csr_array(length), directed=False)
    return cost, int(p), OR_LIBRARY[request.param]


def test_p_medians_of_the_or_library(problem):
    cost, p, (median, _) = problem
    found = least_travel(reach_from(cost), np.ones(len(cost)), Terms(sites=p))
    assert found.objective == median
    assert found.proven


def test_p_centres_of_the_same_graphs(problem):
    cost, p, (_, centre) = problem
    found = least_farthest(reach_from(cost), np.ones(len(cost)), Terms(sites=p))
    assert found.objective == found.bound == centre


def fewest_that_cover(near: np.ndarray) -> float:
    """Fewest columns of a table (places, candidates) with one in every row."""
    found = fewest_sites(
        reach_from(np.where(near, 1.0, 2.0)).within(1.0), np.ones(len(near)), Terms()
    )
    assert found.proven
    assert near[:, found.sites].any(axis=1).all()
    return found.objective


@pytest.mark.parametrize(
    ("side", "knights", "queens"), [(6, 8, 3), (7, 10, 4), (8, 12, 5), (9, 14, 5)]
)
def test_fewest_pieces_that_guard_a_chessboard(side, knights, queens):
    """OEIS A006075 and A075458."""
    row, column = np.divmod(np.arange(side * side), side)
    up, across = abs(row[:, None] - row), abs(column[:, None] - column)
    leap = (up * across == 2) | (up + across == 0)
    line = (up == 0) | (across == 0) | (up == across)
    assert fewest_that_cover(leap) == knights
    assert fewest_that_cover(line) == queens


def test_the_steiner_triples_of_27_points():
    """Their cover takes 18 where a third of everything is enough for the relaxation.

    Fulkerson, Nemhauser & Trotter 1974, Mathematical Programming Study 2: 72-81. The triples are
    the lines of the affine space of three dimensions over three elements.
    """
    points = list(product(range(3), repeat=3))
    lines = {
        frozenset((a, b, tuple((-one - other) % 3 for one, other in zip(a, b, strict=True))))
        for a, b in combinations(points, 2)
    }
    assert len(lines) == 117
    assert (
        fewest_that_cover(np.array([[point in line for point in points] for line in lines])) == 18
    )


@pytest.fixture(scope="module")
def san_francisco(real_data) -> tuple[Reach, np.ndarray, list[str]]:
    folder = real_data / "expected" / "spopt"
    costs = pd.read_csv(
        folder / "SF_network_distance_candidateStore_16_censusTract_205_new.csv",
        dtype={"DestinationName": str},
    )
    tracts = pd.read_csv(folder / "SF_demand_205_centroid_uniform_weight.csv", dtype={"NAME": str})
    table = costs.pivot_table(values="distance", index="DestinationName", columns="name")
    people = tracts.set_index("NAME")["POP2000"].reindex(table.index).to_numpy(float)
    assert people.sum() == 955_113
    return reach_from(table.to_numpy()), people, list(table.columns)


def test_fewest_stores_of_san_francisco(san_francisco):
    reach, people, _ = san_francisco
    for metres, stores in ((5_000, 8), (8_000, 3)):
        found = fewest_sites(reach.within(metres), people, Terms())
        assert found.objective == found.bound == stores


def test_most_people_by_four_stores(san_francisco):
    reach, people, stores = san_francisco
    found = most_covered(reach.within(5_000), people, Terms(sites=4))
    assert found.objective == found.bound == 875_247
    assert sorted(stores[row] for row in found.sites) == [
        "Store_11", "Store_12", "Store_15", "Store_2",
    ]  # fmt: skip
    assert found.objective / people.sum() == pytest.approx(0.9163805748639166, rel=1e-12)
    assert found.flows["place"].nunique() / 205 == pytest.approx(0.8975609756097562, rel=1e-12)


def test_least_travel_to_four_stores(san_francisco):
    reach, people, stores = san_francisco
    found = least_travel(reach, people, Terms(sites=4))
    assert found.objective == pytest.approx(2_848_268_129.7145104, rel=1e-12)
    assert found.objective / people.sum() == pytest.approx(2982.1268579890657, rel=1e-12)
    assert found.proven
    assert sorted(stores[row] for row in found.sites) == [
        "Store_11", "Store_12", "Store_15", "Store_2",
    ]  # fmt: skip


def test_the_farthest_of_four_stores(san_francisco):
    reach, people, _ = san_francisco
    found = least_farthest(reach, people, Terms(sites=4))
    assert found.objective == pytest.approx(7_403.0638, abs=5e-5)
    assert found.proven


def test_most_tracts_twice_by_the_fewest_stores(san_francisco):
    """spopt's documents tell 69.756 % (143 tracts) here; of all 560 choices none has so many."""
    reach, _, _ = san_francisco
    near_by = reach.within(8_000)
    found = fewest_sites(near_by, np.ones(205), Terms(backup=True))
    near = np.zeros((205, 16), bool)
    near[np.repeat(np.arange(205), np.diff(near_by.place_ptr)), near_by.candidate] = True
    every = [near[:, list(three)].sum(axis=1) for three in combinations(range(16), 3)]
    most = max(int((stores >= 2).sum()) for stores in every if stores.min() >= 1)
    assert found.objective == 3
    assert found.twice == most == 140


def test_backup_counts_people_with_two_open_stores(san_francisco):
    reach, people, _ = san_francisco
    near = reach.within(5_000)
    found = fewest_sites(near, people, Terms(backup=True))
    is_open = np.isin(np.arange(16), found.sites)
    row = np.repeat(np.arange(205), np.diff(near.place_ptr))
    stores_near = np.bincount(row[is_open[near.candidate]], minlength=205)
    assert found.objective == 8
    assert (stores_near[people > 0] >= 1).all()
    assert found.twice == people[stores_near >= 2].sum()
    assert found.twice < people.sum()
