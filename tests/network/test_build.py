from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

import worlds
from urbangis.catalog import load_catalogue
from urbangis.errors import TableError
from urbangis.io.osm import read_street_lines, read_streets
from urbangis.network.build import build_network, street_speeds

CROSS = ([(0, 0), (10, 0)], [(10, 0), (20, 0)], [(10, -5), (10, 0)], [(10, 0), (10, 5)])


def open_as_drawn(network):
    """Whether each edge is open as drawn, and against that, read off its link."""
    along = network.edge_low_s < network.edge_high_s
    ahead, back = (flags[network.edge_link] for flags in (network.links.ahead, network.links.back))
    by_id = np.argsort(network.edge_id)
    return np.array([np.where(along, ahead, back), np.where(along, back, ahead)])[:, by_id]


def test_lines_join_where_ends_meet() -> None:
    network, notices = build_network(worlds.streets(*CROSS), worlds.mode())
    assert len(network.node_xy) == 5
    lengths = dict(zip(network.edge_id, network.length_m, strict=True))
    assert lengths == {"s0": 10, "s1": 10, "s2": 5, "s3": 5}
    assert sorted(network.links.time_s) == [5, 5, 10, 10]  # 1 m/s
    assert notices == ()


def test_lines_that_merely_cross_stay_apart() -> None:
    bridge = worlds.streets([(0, 0), (20, 0)], [(10, -5), (10, 5)])
    network, notices = build_network(bridge, worlds.mode())
    assert len(network.node_xy) == 4
    assert network.piece[np.argsort(network.edge_id)].tolist() == [0, 1]  # the longer one first
    assert [n.code for n in notices] == ["streets-not-connected"]
    assert notices[0].sample_ids == ("s1",)


@pytest.mark.parametrize(("gap", "nodes"), [(0.4, 3), (0.6, 4)])
def test_ends_meet_within_the_tolerance(gap: float, nodes: int) -> None:
    table = worlds.streets([(0, 0), (10, 0)], [(10 + gap, 0), (20, 0)])
    network, _ = build_network(table, worlds.mode(), tolerance_m=0.5)
    # where they meet, two edges become one link between its two ends
    assert len(network.node_xy) == {3: 2, 4: 4}[nodes]


def test_node_numbers_decide_where_they_are_given() -> None:
    """Ends at one place with different node numbers are a bridge head over a dead end."""
    table = worlds.streets(
        [(0, 0), (10, 0)], [(10, 0), (20, 0)], start_node=[1, 3], end_node=[2, 4]
    )
    network, _ = build_network(table, worlds.mode())
    assert len(network.node_xy) == 4


def test_one_way_streets_bind_only_modes_that_obey() -> None:
    table = worlds.streets(*CROSS[:3], oneway=["yes", "-1", "no"])
    network, _ = build_network(table, worlds.mode())
    assert open_as_drawn(network).tolist() == [[True, False, True], [False, True, True]]
    walk, _ = build_network(table, worlds.mode(obeys_one_way=False))
    assert open_as_drawn(walk).all()


def test_one_way_exception() -> None:
    table = worlds.streets(*CROSS[:2], oneway=["yes", "yes"], **{"oneway:bicycle": ["no", ""]})
    cycle = worlds.mode(one_way_exception_keys=("oneway:bicycle",))
    network, _ = build_network(table, cycle)
    assert open_as_drawn(network).tolist() == [[True, True], [True, False]]


def test_access_the_most_particular_key_decides() -> None:
    table = worlds.streets(
        *[[(i, 0), (i + 1, 0)] for i in range(6)],
        **{
            "class": ["a", "a", "a", "motorway", "motorway", "motorway"],
            "access": ["no", "no", None, None, None, "yes"],
            "foot": [None, "yes", "no", None, "yes", None],
        },
    )
    speeds = street_speeds(table, worlds.mode())
    # closed; opened again for walkers; closed to walkers; class not listed; opened to walkers;
    # open to the public but of a class that is not for walkers
    np.testing.assert_allclose(speeds, [np.nan, 1, np.nan, np.nan, 1, np.nan])


def test_speed_limit_binds_where_lower() -> None:
    table = worlds.streets(*CROSS[:3], max_speed_kmh=[1.8, 36.0, np.nan])
    drive = worlds.mode(obeys_max_speed=True)
    np.testing.assert_allclose(street_speeds(table, drive), [0.5, 1, 1])


def test_no_street_open_to_the_mode_is_an_error() -> None:
    table = worlds.streets(*CROSS, **{"class": ["motorway"] * 4})
    with pytest.raises(TableError, match=r"no street is open.*motorway"):
        build_network(table, worlds.mode())


def test_arrays_of_openstreetmap_give_the_network_of_its_table(real_data: Path) -> None:
    file = real_data / "osm" / "china_nanjing_center_derived.osm.pbf"
    lines, _ = read_street_lines(file)
    walk = load_catalogue([]).mode("walk")
    one, told = build_network(read_streets(file).to_crs("EPSG:4549"), walk)
    other, told_too = build_network(lines.to_crs("EPSG:4549"), walk)
    assert told == told_too
    assert [*one.edge_id] == [*other.edge_id]
    for field in fields(one):
        if field.name in ("edge_id", "placed"):
            continue
        np.testing.assert_equal(getattr(one, field.name), getattr(other, field.name))
