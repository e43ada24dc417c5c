"""Lines and streets together: a grid city by theory, and any small city by brute force."""

import itertools

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

import worlds
from lines_world import lines, stops
from urbangis.network.build import build_network
from urbangis.network.entrances import facility_entrances
from urbangis.network.snap import snap_points
from urbangis.study.transit import StationTimes
from urbangis.travel.costs import network_costs
from urbangis.travel.transit import build_transit, station_times
from urbangis.travel.transit_streets import join_streets, line_costs

NO_TIME = StationTimes()


def door_to_door(streets, table, stations, homes, clinics, *, times=NO_TIME, limit_s=np.inf):
    network, _ = build_network(streets, worlds.mode())
    transit, _ = build_transit(table, stations, times)
    entrances, _ = facility_entrances(network, clinics)
    snaps = snap_points(network, homes.geometry.to_numpy())
    found = line_costs(join_streets(network, transit), snaps, entrances, limit_s=limit_s)
    return found.cost


def test_a_grid_city_with_one_metro_line_is_as_theory_says():
    """Streets every 200 m, walkers of 1 m/s, a metro of 10 m/s every 8 minutes along y = 0.

    From (x, y) to (0, 0) the grid takes |x| + |y| seconds. By metro, one walks to a station, waits
    240 s, and rides; stations lie every 2 km, and each on the way adds 30 s. The best of all.
    """
    size, step = 6000, 200
    ticks = range(0, size + 1, step)
    rows = [[(x, y) for x in ticks] for y in range(0, 1001, step)]
    columns = [[(x, y) for y in range(0, 1001, step)] for x in ticks]
    pieces = [pair for line in rows + columns for pair in itertools.pairwise(line)]
    table = lines({"headway_min": 8.0, "dwell_min": 0.5})
    at = {"a": (0, 0), "b": (2000, 0), "c": (4000, 0), "d": (6000, 0)}
    rng = np.random.default_rng(7)
    places = [
        (float(x), float(step * (y // step))) for x, y in rng.uniform([0, 0], [6000, 999], (60, 2))
    ]
    homes = worlds.demand(*places, residents=[1.0] * len(places))
    found = door_to_door(
        worlds.streets(*pieces), table, stops("abcd", at=at), homes, worlds.supply((0, 0))
    )
    for (x, y), cost in zip(places, found, strict=True):
        by_metro = [abs(x - s) + y + 240 + s / 10 + 30 * (s / 2000 - 1) for s in (2000, 4000, 6000)]
        assert cost == pytest.approx(min(x + y, *by_metro), abs=1e-6)


def test_station_and_home_and_clinic_on_one_street():
    streets = worlds.streets([(0, 0), (10_000, 0)])
    at = {"a": (1000, 50), "b": (9000, -20)}
    found = door_to_door(
        streets,
        lines({"headway_min": 2.0}),
        stops("ab", at=at),
        worlds.demand((900, 0), (5000, 0), (9500, 10)),
        worlds.supply((9300, 0)),
    )
    ride = np.hypot(8000, 70) / 10
    by_line = 100 + 50 + 60 + ride + 20 + 300
    assert found == pytest.approx([by_line, 4300, 10 + 200])


def test_one_way_streets_bind_the_walk_to_and_from_stations():
    """A ring of one-way streets: the home is just past the station, and must go all round."""
    ring = [(0, 0), (300, 0), (300, 300), (0, 300), (0, 0)]
    streets = worlds.streets(
        *itertools.pairwise(ring), [(5000, 0), (5100, 0)], oneway=["yes"] * 4 + ["no"]
    )
    at = {"a": (100, 0), "b": (5000, 0)}
    found = door_to_door(
        streets,
        lines({"headway_min": 4.0}),
        stops("ab", at=at),
        worlds.demand((150, 0), (50, 0)),
        worlds.supply((5040, 0)),
    )
    rest = 120 + 490 + 40
    assert found == pytest.approx([1150 + rest, 50 + rest])


def test_a_station_off_every_street_is_of_no_use():
    streets = worlds.streets([(0, 0), (100, 0)], [(5000, 0), (5100, 0)])
    at = {"a": (50, 500), "b": (5000, 0)}
    found = door_to_door(
        streets,
        lines({}),
        stops("ab", at=at),
        worlds.demand((50, 0), (5090, 0)),
        worlds.supply((5000, 0)),
    )
    assert np.isnan(found[0])
    assert found[1] == pytest.approx(90)


def test_the_limit_is_inclusive():
    streets, homes = worlds.streets([(0, 0), (10_000, 0)]), worlds.demand((0, 0), (1, 0))
    at = {"a": (0, 0), "b": (9000, 0)}
    found = door_to_door(
        streets, lines({}), stops("ab", at=at), homes, worlds.supply((9000, 0)), limit_s=300 + 900
    )
    assert found[0] == pytest.approx(1200)
    assert np.isnan(found[1])


@settings(max_examples=30, deadline=None)
@given(worlds.random_worlds(), st.data())
def test_any_city_is_as_the_best_of_all_sequences(world, data):
    streets, homes, clinics = world
    spot = st.tuples(st.floats(-2, 122), st.floats(-2, 122))
    at = {name: data.draw(spot) for name in "abcd"}
    at = {name: at[name] for name in at if _decided(streets, at[name])}
    path = data.draw(st.permutations(sorted(at)))
    if len(path) < 2 or homes.empty or clinics.empty:
        return
    row = {"headway_min": float(data.draw(st.integers(0, 2))), "speed_kmh": 360.0}
    table, stations = lines(row), stops(path, at=at)
    found = door_to_door(streets, table, stations, homes, clinics)
    expected = _listed(streets, table, stations, homes, clinics)
    assert found == pytest.approx(expected, nan_ok=True, abs=1e-6)


def _decided(streets, xy):
    metres = np.sort(streets.distance(shapely.Point(xy)).to_numpy())
    return len(metres) < 2 or metres[1] - metres[0] > 1e-9


def _listed(streets, table, stations, homes, clinics):
    """Best of walking all the way, and walk, line, walk, line, walk: every pair of places alone."""
    network, _ = build_network(streets, worlds.mode())
    transit, _ = build_transit(table, stations, NO_TIME)
    doors = transit.stations.geometry.to_numpy()

    def walk(places, targets):
        out = np.full((len(places), len(targets)), np.inf)
        snaps = snap_points(network, places)
        for j, target in enumerate(targets):
            facility = worlds.supply(target)
            entrances, _ = facility_entrances(network, facility)
            if entrances.facility.size:
                cost = network_costs(network, snaps, entrances, limit_s=np.inf).cost
                out[:, j] = np.where(np.isnan(cost), np.inf, cost)
        return out

    def then(a, b):
        return np.min(a[:, :, None] + b[None, :, :], axis=1)

    people, ends = homes.geometry.to_numpy(), clinics.geometry.to_numpy()
    ride, between = station_times(transit, limit_s=np.inf), walk(doors, doors)
    best = np.minimum(ride, between)
    for _ in doors:
        best = np.minimum(best, then(best, best))
    whole = np.minimum(walk(people, ends), then(then(walk(people, doors), best), walk(doors, ends)))
    cost = whole.min(axis=1)
    return np.where(np.isinf(cost), np.nan, cost)
