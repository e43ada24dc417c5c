"""Where polygons are entered, and what that does to the walk."""

import geopandas as gpd
import numpy as np
import pytest
import shapely

import worlds
from urbangis.errors import TableError
from urbangis.network.build import build_network
from urbangis.network.entrances import facility_entrances
from urbangis.network.snap import snap_points
from urbangis.travel.costs import network_costs

PARK = shapely.box(100, 100, 300, 300)


def gates(*points, facility="f0") -> gpd.GeoDataFrame:
    ids = [f"g{i}" for i in range(len(points))]
    shapes = [shapely.Point(p) for p in points]
    return gpd.GeoDataFrame({"id": ids, "facility_id": facility}, geometry=shapes, crs=worlds.CRS)


def walk(streets, home, park=PARK, gate_table=None, **changes) -> float:
    network, _ = build_network(streets, worlds.mode(**changes))
    entrances, _ = facility_entrances(network, worlds.supply(park, kind="park"), gate_table)
    snaps = snap_points(network, np.array([shapely.Point(home)], object))
    return float(network_costs(network, snaps, entrances, limit_s=np.inf).cost[0])


def test_a_street_that_runs_into_the_park_ends_at_its_boundary() -> None:
    """From (0, 200) east to the boundary at x = 100, not to the middle at 200."""
    assert walk(worlds.streets([(0, 200), (200, 200)]), (0, 200)) == pytest.approx(100)


def test_a_home_on_a_path_in_the_park_is_there() -> None:
    assert walk(worlds.streets([(0, 200), (200, 200)]), (150, 200)) == 0


def test_gates_are_the_only_way_in() -> None:
    """The street runs along the south side and round to the gate on the east side."""
    streets = worlds.streets([(0, 95), (310, 95)], [(310, 95), (310, 200)])
    home = (150, 95)
    assert walk(streets, home) == pytest.approx(5)  # no gates known: over the kerb
    gate = gates((300, 200))
    assert walk(streets, home, gate_table=gate) == pytest.approx(160 + 105 + 10)


def test_a_street_that_passes_is_a_way_in_all_along() -> None:
    """15 m south of the boundary, from the west end: along the street until the corner is 20 m
    away, then over; at most one step too much."""
    streets = worlds.streets([(0, 85), (400, 85)])
    exact = 100 - np.sqrt(20**2 - 15**2) + 20
    found = walk(streets, (0, 85))
    assert exact <= found <= exact + 5


def test_a_street_may_pass_the_park_before_it_runs_into_it() -> None:
    """10 m south of the boundary, then round the corner and in: over the kerb is the short way."""
    streets = worlds.streets([(150, 90), (290, 90), (310, 90), (310, 200), (200, 200)])
    assert walk(streets, (150, 90)) == pytest.approx(10)


def test_a_street_farther_than_that_does_not_pass() -> None:
    """30 m off: entered from the nearest street all the same, the leg counted."""
    streets = worlds.streets([(0, 70), (400, 70)])
    assert walk(streets, (200, 70)) == pytest.approx(30 + 100, abs=100)
    network, _ = build_network(streets, worlds.mode())
    entrances, _ = facility_entrances(network, worlds.supply(PARK, kind="park"))
    assert entrances.egress_s.tolist() == [30]


def test_no_street_within_the_snap_limit_is_told() -> None:
    network, _ = build_network(worlds.streets([(0, -50), (400, -50)]), worlds.mode())
    entrances, notices = facility_entrances(network, worlds.supply(PARK, kind="park"))
    assert entrances.facility.size == 0
    assert "facility-unsnapped" in [n.code for n in notices]


def test_closed_streets_are_no_way_in() -> None:
    """A motorway along the park does not let walkers in."""
    streets = worlds.streets(
        [(0, 95), (400, 95)], [(0, 350), (400, 350)], **{"class": ["motorway", "a"]}
    )
    network, _ = build_network(streets, worlds.mode())
    entrances, _ = facility_entrances(network, worlds.supply(PARK, kind="park"))
    assert set(network.edge_id[entrances.edge]) == {"s1"}


def test_gates_of_nobody_are_an_error() -> None:
    network, _ = build_network(worlds.streets([(0, 0), (9, 0)]), worlds.mode())
    with pytest.raises(TableError, match='"x", of which none is there'):
        facility_entrances(network, worlds.supply(PARK), gates((100, 200), facility="x"))
