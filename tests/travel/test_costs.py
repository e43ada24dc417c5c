"""Travel times against brute force: NetworkX on a graph cut at every place."""

import itertools

import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

import worlds
from urbangis.network.build import build_network
from urbangis.network.entrances import facility_entrances
from urbangis.network.snap import snap_points
from urbangis.travel.costs import network_costs, straight_costs


def costs(table, homes, clinics, *, limit=np.inf, direction="to_facility", mode=None):
    network, _ = build_network(table, mode or worlds.mode())
    entrances, _ = facility_entrances(network, clinics)
    snaps = snap_points(network, homes.geometry.to_numpy())
    return network_costs(network, snaps, entrances, limit_s=limit, direction=direction)


def test_both_legs_off_the_street_count() -> None:
    """3 m to the street, 60 m along it, 4 m from it, at 1 m/s."""
    found = costs(
        worlds.streets([(0, 0), (100, 0)]), worlds.demand((20, 3)), worlds.supply((80, -4))
    )
    np.testing.assert_allclose(found.cost, [67], rtol=1e-12)
    assert found.facility.tolist() == [0]


def test_two_places_on_one_edge_are_joined_directly() -> None:
    """Not by way of its ends, which would be 20 + 20 or 80 + 80 m."""
    found = costs(
        worlds.streets([(0, 0), (100, 0)]), worlds.demand((20, 0)), worlds.supply((25, 0))
    )
    np.testing.assert_allclose(found.cost, [5], rtol=1e-12)


def test_one_way_edge_means_going_round() -> None:
    """Clinic 5 m behind on a one-way street of a 400 m loop: 395 m to it, 5 m from it."""
    loop = worlds.streets(
        [(0, 0), (100, 0)],
        [(100, 0), (100, 100)],
        [(100, 100), (0, 100)],
        [(0, 100), (0, 0)],
        oneway=["yes"] * 4,
    )
    home, clinic = worlds.demand((25, 0)), worlds.supply((20, 0))
    np.testing.assert_allclose(costs(loop, home, clinic).cost, [395], rtol=1e-12)
    from_clinic = costs(loop, home, clinic, direction="from_facility")
    np.testing.assert_allclose(from_clinic.cost, [5], rtol=1e-12)


def test_a_place_at_a_junction_may_leave_by_any_street() -> None:
    table = worlds.streets([(0, 0), (100, 0)], [(0, 0), (0, 50)], oneway=["-1", "no"])
    found = costs(table, worlds.demand((0, 0)), worlds.supply((0, 50)))
    assert found.cost.tolist() == [50]


def test_cutoff_is_inclusive_and_beyond_it_nothing_is_reached() -> None:
    table = worlds.streets([(0, 0), (1000, 0)])
    homes, clinic = worlds.demand((300, 0), (301, 0)), worlds.supply((0, 0))
    found = costs(table, homes, clinic, limit=300)
    assert found.cost[0] == 300
    assert np.isnan(found.cost[1])
    assert found.facility.tolist() == [0, -1]


def test_equal_facilities_go_to_the_first() -> None:
    table = worlds.streets([(0, 0), (50, 0)], [(50, 0), (100, 0)])
    for clinics in (((0, 0), (100, 0)), ((100, 0), (0, 0))):
        found = costs(table, worlds.demand((50, 0)), worlds.supply(*clinics))
        assert found.facility.tolist() == [0]


def test_unconnected_is_not_reached_rather_than_far() -> None:
    table = worlds.streets([(0, 0), (11_000, 0)], [(0, 500), (11_000, 500)])
    found = costs(table, worlds.demand((10, 0), (10, 500)), worlds.supply((0, 0)))
    assert found.cost[0] == 10
    assert np.isnan(found.cost[1])


def test_a_courtyard_path_does_not_capture_homes_or_clinics() -> None:
    """The path in the courtyard lies nearer to both, but leads nowhere."""
    table = worlds.streets([(0, 0), (200, 0)], [(90, 20), (110, 20)])
    homes, clinic = worlds.demand((100, 15)), worlds.supply((105, 18))
    network, _ = build_network(table, worlds.mode())
    snaps = snap_points(network, homes.geometry.to_numpy())
    assert snaps.moved.tolist() == [True]
    found = costs(table, homes, clinic)
    np.testing.assert_allclose(found.cost, [15 + 5 + 18], rtol=1e-12)


def test_too_far_from_any_street_is_unsnapped() -> None:
    network, _ = build_network(worlds.streets([(0, 0), (200, 0)]), worlds.mode())
    snaps = snap_points(network, worlds.demand((5, 100), (5, 100.001), None).geometry.to_numpy())
    assert snaps.snapped.tolist() == [True, False, False]


def test_snap_is_to_the_edge_and_its_true_fraction() -> None:
    """A bent street: 30 m out and 40 m up; nearest point 10 m up the second leg."""
    network, _ = build_network(worlds.streets([(0, 0), (30, 0), (30, 40)]), worlds.mode())
    snaps = snap_points(network, np.array([shapely.Point(35, 10)], object))
    assert snaps.fraction[0] == pytest.approx(40 / 70, abs=1e-12)
    assert snaps.offset_m[0] == 5


# --- brute force -----------------------------------------------------------------------------


def places_on(table, frame, limit_m):
    """Nearest street of each place, by looking at all of them."""
    found = []
    for point in frame.geometry:
        metres, e = min((line.distance(point), e) for e, line in enumerate(table.geometry))
        line = table.geometry[e]
        found.append((e, line.project(point, normalized=True), metres))
    return [place if place[2] <= limit_m else None for place in found]


def cut_graph(table, places):
    """Cut every street at every place on it; crossings are named by their coordinates."""
    graph = nx.MultiDiGraph()
    names = {}
    for e, line in enumerate(table.geometry):
        on_it = {place[1] for place in places if place and place[0] == e}
        for fraction in sorted({0.0, 1.0} | on_it):
            end = {0.0: line.coords[0], 1.0: line.coords[-1]}.get(fraction)
            names[e, fraction] = end or (e, fraction)
        stops = sorted(f for street, f in names if street == e)
        for a, b in itertools.pairwise(stops):
            seconds = (b - a) * line.length
            if table["oneway"][e] != "-1":
                graph.add_edge(names[e, a], names[e, b], weight=seconds)
            if table["oneway"][e] != "yes":
                graph.add_edge(names[e, b], names[e, a], weight=seconds)
    return graph, names


def brute_force(table, homes, clinics, limit_m, direction):
    """Let NetworkX search for each pair in the graph cut at all places."""
    here, there = places_on(table, homes, limit_m), places_on(table, clinics, limit_m)
    graph, names = cut_graph(table, here + there)
    answer = np.full(len(homes), np.inf)
    for (i, home), clinic in itertools.product(enumerate(here), there):
        if home is None or clinic is None:
            continue
        ends = [names[home[:2]], names[clinic[:2]]]
        if direction == "from_facility":
            ends.reverse()
        if nx.has_path(graph, *ends):
            seconds = nx.dijkstra_path_length(graph, *ends)
            answer[i] = min(answer[i], home[2] + seconds + clinic[2])
    return answer


@settings(max_examples=80, deadline=None)
@given(world=worlds.random_worlds(), direction=st.sampled_from(["to_facility", "from_facility"]))
def test_equals_brute_force(world, direction) -> None:
    table, homes, clinics = world
    found = costs(table, homes, clinics, direction=direction)
    expected = brute_force(table, homes, clinics, worlds.mode().snap_limit_m, direction)
    np.testing.assert_allclose(
        np.nan_to_num(found.cost, nan=np.inf), expected, rtol=1e-12, atol=1e-9
    )


def test_straight_line_to_points_and_polygon_edges() -> None:
    park = shapely.box(100, 0, 200, 100)
    places = np.array([(0, 0), (150, 50), (203, 104), (np.nan, np.nan)])
    found = straight_costs(places, worlds.supply((-30, -40), park).geometry.to_numpy())
    # 3-4-5 triangle; inside; 3-4-5 from the corner; unknown
    np.testing.assert_array_equal(found.cost, [50, 0, 5, np.nan])
    assert found.facility.tolist() == [0, 1, 1, -1]
