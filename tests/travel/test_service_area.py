"""Service areas against brute force, theory, and the exact distance from the streets reached."""

import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from test_costs import cut_graph

import worlds
from urbangis.errors import StudyError
from urbangis.network.build import build_network
from urbangis.network.entrances import facility_entrances
from urbangis.travel import service_area as module
from urbangis.travel.service_area import catchments, reached_streets, service_area

DIRECTIONS = st.sampled_from(["to_facility", "from_facility"])


def world(table, *clinics, mode=None):
    network, _ = build_network(table, mode or worlds.mode())
    entrances, _ = facility_entrances(network, worlds.supply(*clinics))
    return network, entrances


def lattice(step, low, high):
    """Streets along all lines of a grid, cut at every crossing."""
    side = range(low, high + 1, step)
    return worlds.streets(
        *[[(x, y), (x + step, y)] for x in side[:-1] for y in side],
        *[[(x, y), (x, y + step)] for x in side for y in side[:-1]],
    )


def metres_from(streets, xy):
    """Distance of each place from the nearest of straight streets, by looking at all of them."""
    ends = shapely.get_coordinates(streets).reshape(-1, 2, 2)
    run = ends[:, 1] - ends[:, 0]
    away = np.asarray(xy)[:, None] - ends[:, 0]
    length2 = np.maximum((run**2).sum(axis=1), 1e-300)
    along = np.clip((away * run).sum(axis=2) / length2, 0, 1)[..., None]
    return np.hypot(*np.moveaxis(away - along * run, 2, 0)).min(axis=1, initial=np.inf)


def assert_drawn(area, streets, *, off_m, accuracy_m):
    """Hold an area against the true distance from the streets: in, out, or too close to call."""
    rng = np.random.default_rng(0)
    xy = shapely.get_coordinates(streets)
    places = rng.uniform(xy.min(axis=0) - 2 * off_m, xy.max(axis=0) + 2 * off_m, (500, 2))
    metres, inside = metres_from(streets, places), shapely.covers(area, shapely.points(places))
    assert inside[metres < off_m - accuracy_m].all()
    assert not inside[metres > off_m + accuracy_m].any()
    outline = metres_from(streets, shapely.get_coordinates(area))
    assert (np.abs(outline - off_m) <= accuracy_m).all()


# --- the streets ------------------------------------------------------------------------------


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


@settings(max_examples=60, deadline=None)
@given(
    world=worlds.random_worlds(), direction=DIRECTIONS, limit=st.sampled_from([20.0, 75.0, 400.0])
)
def test_streets_are_reached_as_brute_force_says(world, direction, limit) -> None:
    """NetworkX, in a graph cut at every clinic and every few metres of street, place by place."""
    table, _, clinics = world
    network, _ = build_network(table, worlds.mode())
    entrances, _ = facility_entrances(network, clinics)
    reached = reached_streets(network, entrances, limit_s=limit, direction=direction)
    doors = [
        (e, line.project(point, normalized=True), metres)
        for point in clinics.geometry
        for metres, e, line in [
            min((line.distance(point), e, line) for e, line in enumerate(table.geometry))
        ]
        if metres <= worlds.mode().snap_limit_m
    ]
    stops = [(e, f, 0.0) for e in range(len(table)) for f in np.linspace(0, 1, 8)]
    graph, names = cut_graph(table, doors + stops)
    if direction == "to_facility":
        graph = graph.reverse()
    for e, f, metres in doors:
        graph.add_edge("all", names[e, f], weight=metres)
    if not doors:
        graph.add_node("all")
    seconds = nx.single_source_dijkstra_path_length(graph, "all")
    for e, f, _ in stops:
        time_s, line = seconds.get(names[e, f], np.inf), table.geometry[e]
        place = line.interpolate(f, normalized=True)
        metres = metres_from(reached, [(place.x, place.y)])[0]
        if time_s <= limit - 1e-6:
            assert metres < 1e-6
        elsewhere = (table.geometry.drop(e).distance(place) < 1e-6).any() or not line.is_simple
        if time_s > limit + 1e-6 and not elsewhere:
            assert metres > 0


# --- all facilities together ------------------------------------------------------------------


def test_rings_nest_and_keep_to_the_streets() -> None:
    network, entrances = world(lattice(200, 0, 1000), (430, 395), (1000, 0))
    rings = service_area(network, entrances, [15, 5, 10], off_network_m=30)
    assert rings["minutes"].tolist() == [5, 10, 15]
    assert rings["off_network_m"].tolist() == [30] * 3
    assert rings["accuracy_m"].tolist() == [7.5] * 3
    inner, middle, outer = rings.geometry
    assert middle.covers(inner)
    assert outer.covers(middle)
    for minutes, area in zip((5, 10, 15), rings.geometry, strict=True):
        streets = reached_streets(network, entrances, limit_s=60 * minutes)
        assert_drawn(area, streets, off_m=30, accuracy_m=7.5)


def test_a_diamond_on_the_perfect_grid() -> None:
    """On a grid of streets, whoever walks r metres reaches |x| + |y| <= r: a diamond of 2 r^2."""
    step, r = 20, 300
    network, entrances = world(lattice(step, -400, 400), (0, 0))
    area = service_area(network, entrances, [5], off_network_m=step / 2).geometry[0]
    strip = 4 * np.sqrt(2) * r * step / 2 + np.pi * (step / 2) ** 2  # widened on all sides
    assert 2 * r**2 <= area.area <= 2 * r**2 + strip
    diamond = shapely.Polygon([(r, 0), (0, r), (-r, 0), (0, -r)])
    assert shapely.hausdorff_distance(area, diamond) <= step / 2 + 1


def test_a_single_street_is_a_strip_with_round_ends() -> None:
    """120 m of a slanting street and 40 m on all sides: 2 x 40 x 120 + 40^2 pi square metres."""
    table = worlds.streets([(-300, -400), (300, 400)])
    area = service_area(*world(table, (0, 0)), [1]).geometry[0]
    assert area.area == pytest.approx(2 * 40 * 120 + np.pi * 40**2, rel=0.01)
    assert len(area.geoms) == 1


def test_unreached_land_stays_open_and_lands_within_it_are_drawn() -> None:
    """A block of 300 m with a yard street in the middle that one comes to over a bridge path."""
    round_ = [(0, 0), (300, 0), (300, 300), (0, 300), (0, 0)]
    ring = [[round_[i], round_[i + 1]] for i in range(4)]
    yard = [(140, 150), (160, 150)]
    table = worlds.streets(*ring, yard, grade=[0, 0, 0, 0, 1])
    network, entrances = world(table, (0, 0), (150, 150))
    area = service_area(network, entrances, [30]).geometry[0]
    assert sorted(len(one.interiors) for one in area.geoms) == [0, 1]
    assert area.contains(shapely.Point(150, 150))
    assert not area.intersects(shapely.Point(150, 90))
    assert area.area == pytest.approx(
        # the ring outside with rounded corners, less its court, and the yard with round ends
        (300**2 + 4 * 300 * 40 + np.pi * 40**2) - 220**2 + (20 * 80 + np.pi * 40**2),
        rel=0.01,
    )


def test_tiles_do_not_show(monkeypatch) -> None:
    rng = np.random.default_rng(5)
    clinics = rng.uniform(-400, 400, (12, 2))
    network, entrances = world(lattice(100, -500, 500), *clinics)
    whole = service_area(network, entrances, [1, 2, 3])
    alone = catchments(network, entrances, [1, 2, 3])
    for side in (1, 7, 16):
        monkeypatch.setattr(module, "TILE", side)
        tiled = service_area(network, entrances, [1, 2, 3])
        assert shapely.equals_exact(tiled.normalize(), whole.normalize()).all()
        tiled = catchments(network, entrances, [1, 2, 3])
        assert shapely.equals_exact(tiled.normalize(), alone.normalize()).all()


def test_nothing_in_reach_is_an_empty_area() -> None:
    """The leg to the street takes 50 s, the cutoff is 30 s."""
    network, entrances = world(worlds.streets([(0, 0), (200, 0)]), (100, 50))
    for found in (
        service_area(network, entrances, [0.5, 1]),
        catchments(network, entrances, [0.5, 1]),
    ):
        assert found.is_empty.tolist() == [True, False]
        assert (found.geom_type == "MultiPolygon").all()


@pytest.mark.parametrize(
    ("cutoffs", "strip"), [([], 40), ([0], 40), ([np.nan], 40), ([5], 0), ([5], np.inf)]
)
def test_what_cannot_be_drawn_is_refused(cutoffs, strip) -> None:
    network, entrances = world(worlds.streets([(0, 0), (200, 0)]), (100, 0))
    for draw in (service_area, catchments):
        with pytest.raises(StudyError, match=r"cutoff|strip"):
            draw(network, entrances, cutoffs, off_network_m=strip)


# --- each facility alone ----------------------------------------------------------------------


def test_catchments_are_rows_of_facility_and_cutoff() -> None:
    """The second clinic is a kilometre from any street: no row, and told by the entrances."""
    table = worlds.streets([(0, 0), (1000, 0)])
    network, _ = build_network(table, worlds.mode())
    supply = worlds.supply((100, 0), (500, 1000), (900, 0))
    entrances, notices = facility_entrances(network, supply)
    assert [one.sample_ids for one in notices] == [("f1",)]
    found = catchments(network, entrances, [2, 1])
    assert found["facility"].tolist() == [0, 0, 2, 2]
    assert found["minutes"].tolist() == [1, 2, 1, 2]
    assert found["accuracy_m"].tolist() == [10] * 4
    assert found.crs == network.crs
    # streets from 40 to 160, 0 to 220, 840 to 960 and 780 to 1000 m, and round ends
    expected = [80 * metres + np.pi * 40**2 for metres in (120, 220, 120, 220)]
    np.testing.assert_allclose(found.area, expected, rtol=0.01)


def test_a_catchment_is_of_its_facility_alone() -> None:
    """Two clinics 50 m apart: each reaches past the other."""
    table = worlds.streets([(0, 0), (400, 0)])
    network, entrances = world(table, (150, 0), (200, 0))
    first, second = catchments(network, entrances, [1]).geometry
    np.testing.assert_allclose(first.bounds, (50, -40, 250, 40), atol=0.5)
    np.testing.assert_allclose(second.bounds, (100, -40, 300, 40), atol=0.5)


def test_the_last_second_is_a_place() -> None:
    """The leg takes the whole minute: a circle about the place on the street, junction or not."""
    table = worlds.streets([(0, 0), (100, 0)], [(100, 0), (200, 0)], oneway=["yes", "no"])
    found = catchments(*world(table, (50, 60), (100, 60)), [1])
    np.testing.assert_allclose(found.area, np.pi * 40**2, rtol=0.02)
    np.testing.assert_allclose(found.centroid.x, [50, 100], atol=0.1)


def test_no_facilities_are_no_rows() -> None:
    network, entrances = world(worlds.streets([(0, 0), (1000, 0)]), (100, 0))
    found = catchments(network, entrances.of(np.array([], np.int64)), [1])
    assert len(found) == 0
    assert found.columns.tolist() == [
        "facility",
        "minutes",
        "off_network_m",
        "accuracy_m",
        "geometry",
    ]


def test_a_park_with_many_ways_in_reaches_from_each() -> None:
    """A park along 400 m of street, entered every 5 m where the street is within 20 m of it.

    The outermost way in is at 285 m, 15 m before the park's corner and 10 m from its edge.
    """
    table = worlds.streets([(0, 0), (1000, 0)])
    park = shapely.box(300, 10, 700, 200)
    area = catchments(*world(table, park), [1]).geometry[0]
    end = 285 - (60 - np.hypot(15, 10)) - 40
    np.testing.assert_allclose(area.bounds, (end, -40, 1000 - end, 40), atol=0.1)


# --- any streets ------------------------------------------------------------------------------


@settings(max_examples=75, deadline=None)
@given(world=worlds.random_worlds(), direction=DIRECTIONS, off_m=st.sampled_from([3.0, 10.0, 40.0]))
def test_areas_are_valid_nest_and_are_as_accurate_as_they_say(world, direction, off_m) -> None:
    table, _, clinics = world
    network, _ = build_network(table, worlds.mode())
    entrances, _ = facility_entrances(network, clinics)
    cutoffs = [0.3, 1.0, 1.01, 6.0]
    options = {"direction": direction, "off_network_m": off_m}
    together = service_area(network, entrances, cutoffs, **options)
    alone = catchments(network, entrances, cutoffs, **options)
    assert together.is_valid.all()
    assert alone.is_valid.all()
    for rings in (together, *(rows for _, rows in alone.groupby("facility"))):
        shapes = rings.geometry.to_numpy()
        assert shapely.covers(shapes[1:], shapes[:-1])[~shapely.is_empty(shapes[:-1])].all()
    for facility, minutes, strip_m, accuracy_m, area in alone.itertuples(index=False):
        streets = reached_streets(
            network,
            entrances.of(np.array([facility])),
            limit_s=60 * minutes,
            direction=direction,
        )
        assert area.is_empty == (not len(streets))
        if len(streets):
            assert_drawn(area, streets, off_m=strip_m, accuracy_m=accuracy_m)
    for minutes, area in zip(together["minutes"], together.geometry, strict=True):
        each = shapely.union_all(alone.geometry[alone["minutes"] == minutes].to_numpy())
        assert each.difference(area.buffer(0.01)).is_empty


def test_a_ferry_carries_people_but_its_line_is_no_service_area() -> None:
    """Both landings are within reach; 500 m of water between them are not."""
    table = worlds.streets(
        [(0, 0), (200, 0)],
        [(200, 0), (700, 0)],
        [(700, 0), (900, 0)],
        **{"class": ["a", "ferry", "a"]},
    )
    network, entrances = world(table, (100, 0), mode=worlds.mode(ferry_kmh=7.2))
    area = service_area(network, entrances, [10], off_network_m=30).geometry[0]
    assert area.covers(shapely.Point(50, 0))
    assert area.covers(shapely.Point(850, 0))
    assert not area.intersects(shapely.LineString([(260, 0), (640, 0)]))
