"""All pairs within a cutoff against the single search, whose answers NetworkX has checked."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import worlds
from urbangis.network.build import build_network
from urbangis.network.entrances import facility_entrances
from urbangis.network.snap import snap_points
from urbangis.travel.costs import network_costs
from urbangis.travel.pairs import BLOCK, travel_pairs


@settings(max_examples=60, deadline=None)
@given(
    world=worlds.random_worlds(),
    direction=st.sampled_from(["to_facility", "from_facility"]),
    limit=st.sampled_from([20.0, 75.0, 400.0]),
)
def test_every_pair_equals_a_search_for_that_facility_alone(world, direction, limit) -> None:
    table, homes, clinics = world
    network, _ = build_network(table, worlds.mode())
    snaps = snap_points(network, homes.geometry.to_numpy())
    entrances, _ = facility_entrances(network, clinics)
    found = {
        (f, p): c
        for block in travel_pairs(network, snaps, entrances, limit_s=limit, direction=direction)
        for f, p, c in zip(block.facility, block.place, block.cost, strict=True)
    }
    expected = {}
    for facility in range(len(clinics)):
        alone = network_costs(
            network,
            snaps,
            entrances.of(np.array([facility])),
            limit_s=limit,
            direction=direction,
        )
        for place in np.flatnonzero(alone.facility >= 0):
            expected[facility, place] = alone.cost[place]
    assert found.keys() == expected.keys()
    assert found == pytest.approx(expected, rel=1e-12, abs=1e-9)


def test_blocks_come_in_order_and_hold_each_pair_once() -> None:
    line = [[(10 * i, 0), (10 * i + 10, 0)] for i in range(100)]
    count = 2 * BLOCK + 3
    rng = np.random.default_rng(4)
    clinics = worlds.supply(*zip(rng.uniform(0, 1000, count), np.zeros(count), strict=True))
    homes = worlds.demand(*zip(rng.uniform(0, 1000, 50), np.zeros(50), strict=True))
    network, _ = build_network(worlds.streets(*line), worlds.mode())
    snaps = snap_points(network, homes.geometry.to_numpy())
    entrances, _ = facility_entrances(network, clinics)
    blocks = list(travel_pairs(network, snaps, entrances, limit_s=100))
    facility = np.concatenate([block.facility for block in blocks])
    place = np.concatenate([block.place for block in blocks])
    cost = np.concatenate([block.cost for block in blocks])
    assert len(blocks) == 3
    assert (np.lexsort((place, facility)) == np.arange(facility.size)).all()
    apart = np.abs(clinics.geometry.x.to_numpy()[:, None] - homes.geometry.x.to_numpy())
    assert set(zip(facility, place, strict=True)) == set(
        zip(*np.nonzero(apart <= 100), strict=True)
    )
    np.testing.assert_allclose(cost, apart[facility, place], atol=1e-9)
