"""Routes: as long as the search says, along streets that are open, from place to facility."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

import worlds
from urbangis.network.build import build_network
from urbangis.network.entrances import facility_entrances
from urbangis.network.snap import snap_points
from urbangis.travel.costs import network_costs
from urbangis.travel.routes import routes


def prepared(table, homes, clinics):
    network, _ = build_network(table, worlds.mode())
    snaps = snap_points(network, homes.geometry.to_numpy())
    entrances, _ = facility_entrances(network, clinics)
    return network, snaps, entrances


def test_a_route_by_hand() -> None:
    """Out of a side street, round the corner, past a bend, to a clinic 4 m off the street."""
    table = worlds.streets(
        [(0, 50), (0, 0)], [(0, 0), (30, 0), (30, 40)], [(30, 40), (100, 40)]
    ).assign(id=["side", "bend", "main"])
    network, snaps, entrances = prepared(
        table, worlds.demand((3, 20)), worlds.supply((60, 44), (0, 150))
    )
    (route,) = routes(network, snaps, entrances, [0])
    assert route.facility == 0
    assert (route.access_s, route.ride_s, route.egress_s) == pytest.approx((3, 20 + 70 + 30, 4))
    assert route.street_ids == ("side", "bend", "main")
    expected = shapely.LineString([(0, 20), (0, 0), (30, 0), (30, 40), (60, 40)])
    assert shapely.equals(route.line, expected)
    assert route.line.coords[0] == pytest.approx((0, 20))


def test_one_way_streets_are_followed_and_turned_round_for_the_ambulance() -> None:
    loop = worlds.streets(
        [(0, 0), (100, 0)], [(100, 0), (100, 100)], [(100, 100), (0, 0)], oneway=["yes"] * 3
    )
    network, snaps, entrances = prepared(loop, worlds.demand((50, 0)), worlds.supply((20, 0)))
    (there,) = routes(network, snaps, entrances, [0])
    assert there.line.coords[1] == (100, 0)
    (back,) = routes(network, snaps, entrances, [0], direction="from_facility")
    assert list(back.line.coords) == [(20, 0), (50, 0)]


def test_nothing_reached_is_no_route() -> None:
    network, snaps, entrances = prepared(
        worlds.streets([(0, 0), (100, 0)]), worlds.demand((0, 0), (0, 500)), worlds.supply((90, 0))
    )
    assert routes(network, snaps, entrances, [0, 1], limit_s=89) == [None, None]
    assert routes(network, snaps, entrances, [0], limit_s=90)[0] is not None


@settings(max_examples=60, deadline=None)
@given(world=worlds.random_worlds(), direction=st.sampled_from(["to_facility", "from_facility"]))
def test_a_route_takes_the_time_that_the_search_found(world, direction) -> None:
    table, homes, clinics = world
    network, snaps, entrances = prepared(table, homes, clinics)
    costs = network_costs(network, snaps, entrances, limit_s=np.inf, direction=direction)
    found = routes(network, snaps, entrances, range(len(homes)), direction=direction)
    lines = table.geometry.to_numpy()
    corners = shapely.points(shapely.get_coordinates(lines))  # a street of no length has no area
    streets = shapely.union_all(shapely.buffer([*lines, *corners], 1e-6))
    for i, route in enumerate(found):
        if route is None:
            assert costs.facility[i] == -1
            continue
        assert route.facility == costs.facility[i]
        assert route.total_s == pytest.approx(costs.cost[i], rel=1e-9, abs=1e-6)
        # at 1 m/s the way along streets is as long as it takes, and never leaves the streets
        assert route.length_m == pytest.approx(route.ride_s, rel=1e-9, abs=1e-6)
        assert streets.covers(route.line)
