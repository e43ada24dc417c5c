"""Ways over open ground: NetworkX on a small grid, theory on a plane, seconds added up by hand."""

import itertools
import math

import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS
from rasterio.transform import Affine

from urbangis.travel.surface import Places, Surface, build_surface, costs_at, surface_costs
from urbangis.travel.surface_ways import ground_ways

METRIC = CRS.from_epsg(4549)
WEST, NORTH, CELL_M = 500_000.0, 3_500_000.0, 100.0


def surface(friction, elevation=None) -> Surface:
    return build_surface(
        np.asarray(friction, float),
        transform=Affine(CELL_M, 0, WEST, 0, -CELL_M, NORTH),
        crs=METRIC,
        elevation_m=None if elevation is None else np.asarray(elevation, float),
    )


def at(*cells, access_s=0.0) -> Places:
    row, column = np.array(cells, np.int64).T
    return Places(row, column, np.full(len(cells), float(access_s)))


def crossed(dr: int, dc: int) -> list[tuple[int, int]]:
    """The cells between two centres in equal parts, by the rule of each kind of move."""
    if dr * dr + dc * dc == 5:  # a knight's move: the line runs through two cells on its way
        half = (dr / 2, dc / 2)
        sides = [(math.floor(x), math.ceil(x)) for x in half]
        between = {(r, c) for r, c in itertools.product(*map(set, sides))} - {(0, 0), (dr, dc)}
        return [(0, 0), *between, (dr, dc)]
    return [(0, 0), (dr, dc)]


def seconds_by_hand(ground: Surface, way, direction: str) -> float:
    """Add up the moves of a way: length by mean friction, by Tobler's slope, as travelled."""
    total = 0.0
    for here, there in itertools.pairwise(zip(way.row.tolist(), way.column.tolist(), strict=True)):
        dr, dc = there[0] - here[0], there[1] - here[1]
        assert dr * dr + dc * dc in (1, 2, 5)
        cells = [ground.friction[here[0] + r, here[1] + c] for r, c in crossed(dr, dc)]
        metres = CELL_M * math.hypot(dr, dc)
        seconds = metres * sum(cells) / len(cells)
        if ground.elevation_m is not None:
            rise = ground.elevation_m[there] - ground.elevation_m[here]
            seconds *= math.exp(3.5 * (abs(rise / metres + 0.05) - 0.05))
        total += seconds
    return total


def test_equals_the_way_that_networkx_finds() -> None:
    """With 4 moves the ground is a grid graph; an edge takes the mean of its cells."""
    rng = np.random.default_rng(5)
    friction = rng.uniform(0.2, 4.0, (9, 12))
    friction[rng.random(friction.shape) < 0.2] = np.nan
    friction[0, 0] = friction[8, 11] = 1.0
    graph = nx.grid_2d_graph(*friction.shape)
    graph.remove_nodes_from([tuple(cell) for cell in np.argwhere(np.isnan(friction)).tolist()])
    for a, b in graph.edges:
        graph.edges[a, b]["time"] = CELL_M * (friction[a] + friction[b]) / 2
    for home in graph:
        ways = ground_ways(surface(friction), at((0, 0), (8, 11)), at(home), moves=4)
        each = [
            nx.dijkstra_path_length(graph, home, clinic, weight="time")
            if nx.has_path(graph, home, clinic)
            else math.inf
            for clinic in ((0, 0), (8, 11))
        ]
        if min(each) == math.inf:
            assert ways == [None]
            continue
        (way,) = ways
        assert way.total_s == pytest.approx(min(each), rel=1e-12)
        path = list(zip(way.row.tolist(), way.column.tolist(), strict=True))
        assert path == nx.dijkstra_path(graph, home, path[-1], weight="time")
        assert path[-1] == ((0, 0), (8, 11))[way.facility]


@settings(deadline=None, max_examples=60)
@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([4, 8, 16]),
    st.sampled_from(["to_facility", "from_facility"]),
    st.booleans(),
)
def test_the_seconds_of_a_way_are_those_of_its_moves(seed, moves, direction, hilly) -> None:
    rng = np.random.default_rng(seed)
    friction = 10 ** rng.uniform(-1, 1, (7, 8))
    friction[rng.random(friction.shape) < 0.25] = np.nan
    friction[3, 3] = 1.0
    ground = surface(friction, rng.uniform(0, 60, friction.shape) if hilly else None)
    open_cells = np.argwhere(np.isfinite(friction))
    clinics = at(*open_cells[rng.integers(0, len(open_cells), 2)], access_s=7.0)
    homes = at(*open_cells, access_s=3.0)
    costs = costs_at(surface_costs(ground, clinics, moves=moves, direction=direction), homes)
    ways = ground_ways(ground, clinics, homes, moves=moves, direction=direction)
    for home, way in enumerate(ways):
        if way is None:
            assert np.isnan(costs.cost[home])
            continue
        assert (way.access_s, way.egress_s) == (3.0, 7.0)
        assert way.ride_s == pytest.approx(seconds_by_hand(ground, way, direction), rel=1e-9)
        assert way.total_s == pytest.approx(costs.cost[home], rel=1e-12)
        assert way.facility == costs.facility[home]
        ends = [(way.row[k], way.column[k]) for k in (0, -1)]
        clinic = (clinics.row[way.facility], clinics.column[way.facility])
        expected = [tuple(open_cells[home]), clinic]
        assert ends == (expected if direction == "to_facility" else expected[::-1])
        assert way.length_m == pytest.approx(way.line.length, abs=1e-6)


def test_equals_the_way_that_scikit_image_finds() -> None:
    """At 8 moves, on ground without barriers, theirs is the same rule."""
    graph = pytest.importorskip("skimage.graph")
    rng = np.random.default_rng(8)
    friction = rng.uniform(0.1, 5.0, (60, 80))
    homes = [tuple(cell) for cell in rng.integers(0, 60, (20, 2)).tolist()]
    ways = ground_ways(surface(friction), at((55, 70)), at(*homes), moves=8)
    for home, way in zip(homes, ways, strict=True):
        path, cost = graph.route_through_array(friction, home, (55, 70), geometric=True)
        assert way.total_s == pytest.approx(CELL_M * cost, rel=1e-9)
        assert list(zip(way.row.tolist(), way.column.tolist(), strict=True)) == path


def test_the_way_to_the_east_is_straight_and_drawn_through_the_centres() -> None:
    (way,) = ground_ways(surface(np.full((5, 30), 0.72)), at((2, 28)), at((2, 1)))
    assert way.line.equals_exact(
        shapely.segmentize(
            shapely.LineString([(WEST + 150, NORTH - 250), (WEST + 2850, NORTH - 250)]), CELL_M
        ),
        1e-6,
    )
    assert way.length_m == pytest.approx(2700)
    assert way.ride_s == pytest.approx(2700 * 0.72)


def test_at_the_clinic_the_way_is_a_point() -> None:
    (way,) = ground_ways(surface(np.ones((3, 3))), at((1, 1)), at((1, 1)))
    assert way.line == shapely.Point(WEST + 150, NORTH - 150)
    assert (way.total_s, way.length_m) == (0, 0)


def test_who_has_no_cell_has_no_way() -> None:
    places = Places(np.array([-1, 0]), np.array([-1, 0]), np.zeros(2))
    lost, found = ground_ways(surface(np.ones((2, 2))), at((1, 1)), places)
    assert lost is None
    assert found.place == 1
