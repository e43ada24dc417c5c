"""The k nearest facilities against a search for each facility alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import worlds
from urbangis.network.build import build_network
from urbangis.network.entrances import facility_entrances
from urbangis.network.snap import snap_points
from urbangis.travel.costs import k_nearest_costs, network_costs


@settings(max_examples=60, deadline=None)
@given(
    world=worlds.random_worlds(),
    direction=st.sampled_from(["to_facility", "from_facility"]),
    limit=st.sampled_from([60.0, np.inf]),
    k=st.integers(1, 4),
)
def test_equals_the_k_least_of_all_searches(world, direction, limit, k) -> None:
    table, homes, clinics = world
    network, _ = build_network(table, worlds.mode())
    snaps = snap_points(network, homes.geometry.to_numpy())
    entrances, _ = facility_entrances(network, clinics)
    found = k_nearest_costs(network, snaps, entrances, k=k, limit_s=limit, direction=direction)
    alone = [
        network_costs(
            network, snaps, entrances.of(np.array([f])), limit_s=limit, direction=direction
        ).cost
        for f in range(len(clinics))
    ]
    every = np.array([*alone, *[np.full(len(homes), np.nan)] * k])
    expected = np.sort(every, axis=0)[:k].T  # NaN last
    np.testing.assert_allclose(found.cost, expected, rtol=1e-12, atol=1e-9)
    for home, facility in zip(*np.nonzero(found.facility >= 0), strict=True):
        row = found.facility[home, facility]
        assert found.cost[home, facility] == pytest.approx(every[row, home], rel=1e-12, abs=1e-9)
    for row in found.facility:
        assert len(set(row[row >= 0])) == (row >= 0).sum()


def test_equal_facilities_stand_in_order() -> None:
    network, _ = build_network(
        worlds.streets([(0, 0), (50, 0)], [(50, 0), (100, 0)]), worlds.mode()
    )
    clinics = worlds.supply((100, 0), (0, 0), (90, 0))
    entrances, _ = facility_entrances(network, clinics)
    snaps = snap_points(network, worlds.demand((50, 0)).geometry.to_numpy())
    found = k_nearest_costs(network, snaps, entrances, k=3, limit_s=np.inf)
    assert found.facility.tolist() == [[2, 0, 1]]
    assert found.cost.tolist() == [[40, 50, 50]]
