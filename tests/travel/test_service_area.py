import numpy as np
import pytest
import shapely

import worlds
from urbangis.network.build import build_network
from urbangis.network.entrances import facility_entrances
from urbangis.travel.service_area import reached_streets, service_area


def world(table, *clinics, mode=None):
    network, _ = build_network(table, mode or worlds.mode())
    entrances, _ = facility_entrances(network, worlds.supply(*clinics))
    return network, entrances


def test_reached_streets_end_where_the_time_ends() -> None:
    """60 s at 1 m/s, 10 s of them for the leg: 50 m each way, across a junction."""
    table = worlds.streets([(0, 0), (100, 0)], [(100, 0), (200, 0)], [(100, 0), (100, 80)])
    streets = reached_streets(*world(table, (80, 10)), limit_s=60)
    reached = shapely.union_all(streets)
    expected = shapely.MultiLineString([[(30, 0), (130, 0)], [(100, 0), (100, 30)]])
    assert shapely.hausdorff_distance(reached, expected) < 1e-9
    assert reached.length == pytest.approx(130)


def test_one_way_streets_are_reached_by_those_who_may_come() -> None:
    """On a street one-way to the east, only people west of the clinic can come to it."""
    table = worlds.streets([(0, 0), (100, 0)], [(100, 0), (200, 0)], oneway=["yes", "yes"])
    coming = shapely.union_all(reached_streets(*world(table, (120, 0)), limit_s=60))
    assert shapely.hausdorff_distance(coming, shapely.LineString([(60, 0), (120, 0)])) < 1e-9
    going = shapely.union_all(
        reached_streets(*world(table, (120, 0)), limit_s=60, direction="from_facility")
    )
    assert shapely.hausdorff_distance(going, shapely.LineString([(120, 0), (180, 0)])) < 1e-9


def test_rings_nest_and_keep_to_the_streets() -> None:
    rng = np.random.default_rng(2)
    grid = [[(x, y), (x + 200, y)] for x in range(0, 1000, 200) for y in range(0, 1001, 200)] + [
        [(x, y), (x, y + 200)] for x in range(0, 1001, 200) for y in range(0, 1000, 200)
    ]
    network, entrances = world(worlds.streets(*grid), (430, 395), (1000, 0))
    rings = service_area(network, entrances, [15, 5, 10], off_network_m=30)
    assert rings["minutes"].tolist() == [5, 10, 15]
    inner, middle, outer = rings.geometry
    assert middle.covers(inner)
    assert outer.covers(middle)
    reached = shapely.union_all(reached_streets(network, entrances, limit_s=300))
    for x, y in rng.uniform(-100, 1100, (400, 2)):
        metres = reached.distance(shapely.Point(x, y))
        if metres < 29.8:  # a quarter circle of 8 segments lies up to 0.15 m inside the true one
            assert inner.contains(shapely.Point(x, y))
        if metres > 30:
            assert not inner.contains(shapely.Point(x, y))


def test_a_diamond_on_the_perfect_grid() -> None:
    """On a grid of streets, whoever walks r metres reaches |x| + |y| <= r: a diamond of 2 r^2."""
    step, r = 20, 300
    side = range(-400, 401, step)
    grid = [[(x, y), (x + step, y)] for x in side[:-1] for y in side] + [
        [(x, y), (x, y + step)] for x in side for y in side[:-1]
    ]
    network, entrances = world(worlds.streets(*grid), (0, 0))
    area = service_area(network, entrances, [5], off_network_m=step / 2).geometry[0]
    strip = 4 * np.sqrt(2) * r * step / 2 + np.pi * (step / 2) ** 2  # widened on all sides
    assert 2 * r**2 <= area.area <= 2 * r**2 + strip
    diamond = shapely.Polygon([(r, 0), (0, r), (-r, 0), (0, -r)])
    assert shapely.hausdorff_distance(area, diamond) <= step / 2 + 1
