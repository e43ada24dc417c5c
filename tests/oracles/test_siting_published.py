"""Published optima of location problems, and worlds of that kind."""

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

PMED1 = Path(__file__).with_name("pmed1.txt")
"""Problem 1 of the uncapacitated p-median set of Beasley's OR-Library: nodes, edges, p; edges.

Beasley 1985, "A note on solving large p-median problems", European Journal of Operational Research
21: 270-273. A pair of nodes that is listed twice has the length listed last.
"""


def reach_from(cost: np.ndarray) -> Reach:
    places, candidates = cost.shape
    site = np.repeat(np.arange(candidates, dtype=np.int32), places)
    place = np.tile(np.arange(places, dtype=np.int32), candidates)
    return reach_of(TravelPairs(site, place, cost.T.ravel()), places=places, candidates=candidates)


@pytest.fixture(scope="module")
def pmed1() -> tuple[np.ndarray, int]:
    rows = [[int(one) for one in line.split()] for line in PMED1.read_text().splitlines()]
    nodes, edges, p = rows[0]
    assert len(rows) == edges + 1
    length = np.zeros((nodes, nodes))
    for one, other, metres in rows[1:]:
        length[one - 1, other - 1] = length[other - 1, one - 1] = metres
    return shortest_path(csr_array(length), directed=False), p


def test_the_first_p_median_of_the_or_library(pmed1):
    cost, p = pmed1
    found = least_travel(reach_from(cost), np.ones(len(cost)), Terms(sites=p))
    assert found.objective == 5819  # OR-Library, pmedopt.txt
    assert found.proven


def test_the_p_centre_of_the_same_graph(pmed1):
    cost, p = pmed1
    found = least_farthest(reach_from(cost), np.ones(len(cost)), Terms(sites=p))
    assert found.objective == found.bound == 127  # Daskin 1995; Pullan 2008


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


def test_least_travel_to_four_stores(san_francisco):
    reach, people, stores = san_francisco
    found = least_travel(reach, people, Terms(sites=4))
    assert found.objective == pytest.approx(2_848_268_129.7145104, rel=1e-12)
    assert found.proven
    assert sorted(stores[row] for row in found.sites) == [
        "Store_11", "Store_12", "Store_15", "Store_2",
    ]  # fmt: skip


def test_the_farthest_of_four_stores(san_francisco):
    reach, people, _ = san_francisco
    found = least_farthest(reach, people, Terms(sites=4))
    assert found.objective == pytest.approx(7_403.0638, abs=5e-5)
    assert found.proven


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
