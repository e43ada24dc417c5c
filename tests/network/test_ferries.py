"""Ferries carry people between their landings; nobody joins or leaves one at sea."""

import numpy as np
import pytest
import shapely

import worlds
from urbangis.network.build import build_network
from urbangis.network.entrances import facility_entrances
from urbangis.network.snap import snap_points
from urbangis.network.store import load_network, save_network
from urbangis.travel.costs import network_costs

WEST, EAST = [(-300, 0), (0, 0)], [(1000, 0), (1300, 0)]
SAILING = [(0, 0), (1000, 0)]


def crossing():
    """Two quays, 300 m each, and a ferry of 1,000 m between them, all at 1 m/s."""
    streets = worlds.streets(WEST, SAILING, EAST, **{"class": ["a", "ferry", "a"]})
    network, _ = build_network(streets, worlds.mode(ferry_kmh=3.6))
    return network


def test_a_place_beside_a_ferry_joins_the_street_though_it_is_farther():
    snaps = snap_points(crossing(), shapely.points([[60, 30]]))
    assert snaps.edge.tolist() == [0]
    assert snaps.fraction.tolist() == [1.0]
    assert snaps.offset_m.tolist() == [np.hypot(60, 30)]


def test_a_place_with_nothing_but_a_ferry_near_is_unsnapped():
    assert not snap_points(crossing(), shapely.points([[500, 5]])).snapped.any()


def test_who_takes_the_ferry_arrives():
    network = crossing()
    entrances, _ = facility_entrances(network, worlds.supply((1300, 0)))
    snaps = snap_points(network, shapely.points([[-300, 0]]))
    costs = network_costs(network, snaps, entrances, limit_s=1600.0)
    assert costs.cost == pytest.approx([1600.0])


def test_a_park_is_not_entered_from_a_ferry_that_passes_or_crosses_it():
    network = crossing()
    reef, shore = shapely.box(400, -50, 600, 50), shapely.box(50, 10, 90, 50)
    entrances, notices = facility_entrances(network, worlds.supply(reef, shore))
    assert set(entrances.facility) == {1}  # from the end of the quay, 51 m over
    assert set(entrances.edge) == {0}
    assert entrances.egress_s == pytest.approx([np.hypot(50, 10)])
    lost = next(one for one in notices if one.code == "facility-unsnapped")
    assert lost.sample_ids == ("f0",)


def test_a_loose_piece_that_is_all_ferry_takes_nobody():
    lines = [[(0, 0), (20_000, 0)], [(0, 500), (900, 500)]]
    streets = worlds.streets(*lines, **{"class": ["a", "ferry"]})
    network, _ = build_network(streets, worlds.mode(ferry_kmh=3.6))
    assert not network.major.all()
    snaps = snap_points(network, shapely.points([[450, 490], [450, 50]]))
    assert snaps.edge.tolist() == [-1, 0]


def test_what_is_kept_in_a_file_still_knows_its_ferries(tmp_path):
    network = crossing()
    save_network(network, (), tmp_path / "network.npz", key="k")
    kept = load_network(tmp_path / "network.npz", key="k")
    assert kept is not None
    again = kept[0]
    assert again.on_land.tolist() == network.on_land.tolist() == [True, False, True]
