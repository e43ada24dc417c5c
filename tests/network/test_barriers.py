"""Barriers part streets for the modes that they stop; ferries take their time."""

import numpy as np
import pytest

import worlds
from urbangis.catalog import load_catalogue
from urbangis.network.build import build_network, street_speeds

# Two streets of 10 m that meet at (10, 0), where something stands.
BESIDE = ([(0, 0), (10, 0)], [(10, 0), (20, 0)])


def _pieces(mode, barrier: str, *more, **columns) -> int:
    lines = (*BESIDE, *more)
    ends = {
        "end_barrier": [barrier, *[None] * (len(lines) - 1)],
        "start_barrier": [None, barrier, *[barrier] * len(more)],
    }
    network, _ = build_network(worlds.streets(*lines, **ends, **columns), mode)
    return int(network.piece.max()) + 1


@pytest.mark.parametrize(
    ("barrier", "open_to"),
    [
        ("gate", "walk cycle drive"),
        ("bollard", "walk cycle"),
        ("stile", "walk"),
        ("wall", ""),
        ("unheard_of", "walk cycle drive"),
        # the tag of the mode before that of all, and access tags before the kind
        ("gate;access=no", ""),
        ("gate;access=no;foot=yes", "walk"),
        ("gate;foot=no;access=yes", "cycle drive"),
        ("gate;access=no;vehicle=yes", "cycle drive"),
        ("gate;motor_vehicle=no", "walk cycle"),
        ("gate;motor_vehicle=forestry", "walk cycle"),
        ("bollard;motor_vehicle=yes", "walk cycle drive"),
        # who lives behind a private gate can open it, but not pull out a bollard
        ("gate;access=private", "walk cycle drive"),
        ("bollard;access=private", "walk cycle"),
        ("gate;odd", "walk cycle drive"),
    ],
)
def test_who_passes(barrier: str, open_to: str) -> None:
    catalogue = load_catalogue([])
    for name in ("walk", "cycle", "drive"):
        pieces = _pieces(catalogue.mode(name), barrier, **{"class": ["residential"] * 2})
        assert pieces == (1 if name in open_to.split() else 2), name


NO_GATES = worlds.mode(closed_barriers=("gate",))


def test_either_side_of_a_closed_barrier_is_reached_from_its_own_end() -> None:
    ends = {"end_barrier": ["gate", None], "start_barrier": [None, "gate"]}
    network, notices = build_network(worlds.streets(*BESIDE, **ends), NO_GATES)
    assert sorted(map(tuple, network.node_xy)) == [(0, 0), (10, 0), (10, 0), (20, 0)]
    told = {one.code: (one.count, one.sample_ids) for one in notices}
    assert told["barriers-closed"] == (1, ("s1",))


def test_a_barrier_at_a_junction_closes_none() -> None:
    side = [(10, 0), (10, 5)]
    assert _pieces(NO_GATES, "gate", side) == 1
    ends = {"end_barrier": ["gate", None, None], "start_barrier": [None, "gate", "gate"]}
    _, notices = build_network(worlds.streets(*BESIDE, side, **ends), NO_GATES)
    assert [(one.code, one.count) for one in notices] == [("barriers-at-junctions", 1)]


def test_a_side_street_that_is_closed_anyway_makes_no_junction() -> None:
    side = [(10, 0), (10, 5)]
    assert _pieces(NO_GATES, "gate", side, **{"class": ["a", "a", "closed"]}) == 2


def test_a_ring_through_a_gate_is_open_elsewhere() -> None:
    ring = [(0, 0), (10, 0), (10, 10), (0, 0)]
    streets = worlds.streets(ring, start_barrier=["gate"], end_barrier=["gate"])
    network, _ = build_network(streets, NO_GATES)
    assert sorted(map(tuple, network.node_xy)) == [(0, 0), (0, 0)]
    assert network.piece.tolist() == [0]


def test_no_barrier_no_change() -> None:
    ends = {"end_barrier": [None, None], "start_barrier": [None, None]}
    network, notices = build_network(worlds.streets(*BESIDE, **ends), NO_GATES)
    assert len(network.node_xy) == 2
    assert notices == ()


def test_a_ferry_takes_its_time_and_otherwise_its_speed() -> None:
    table = worlds.streets(
        *BESIDE,
        *BESIDE,
        **{"class": ["ferry", "ferry", "a", "ferry"], "foot": [None, None, None, "no"]},
        duration_s=[40.0, np.nan, np.nan, 40.0],
    )
    mode = worlds.mode(ferry_kmh=7.2)
    # 10 m in 40 s; 2 m/s; a street's 1 m/s; closed, whatever it takes
    np.testing.assert_allclose(street_speeds(table, mode), [0.25, 2, 1, np.nan])
    network, _ = build_network(table.iloc[:1], mode)
    assert network.links.time_s.tolist() == [40]
    np.testing.assert_allclose(street_speeds(table, worlds.mode()), [np.nan, np.nan, 1, np.nan])
