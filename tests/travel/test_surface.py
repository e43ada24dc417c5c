"""Travel time over a surface against brute force, theory, and other tools."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS, Geod
from rasterio.transform import Affine
from scipy import ndimage, sparse

from urbangis.errors import CrsError, TableError
from urbangis.io.raster import read_numbers
from urbangis.travel.friction import speeds_of_friction
from urbangis.travel.surface import (
    Places,
    Surface,
    build_surface,
    costs_at,
    place_on_surface,
    surface_costs,
)

METRIC = CRS.from_epsg(4549)
DEGREES = CRS.from_epsg(4326)
CELL_M = 100.0


def surface(friction, *, cell=(CELL_M, CELL_M), elevation=None) -> Surface:
    friction = np.asarray(friction, float)
    height = None if elevation is None else np.asarray(elevation, float)
    transform = Affine(cell[0], 0, 500_000, 0, -cell[1], 3_500_000)
    return build_surface(friction, transform=transform, crs=METRIC, elevation_m=height)


def at(*cells) -> Places:
    row, column = np.array(cells, np.int64).T
    return Places(row, column, np.zeros(len(cells)))


def crossed(dr: int, dc: int) -> list[tuple[int, int]]:
    """The cells that the line from centre to centre runs through, found by walking along it."""
    found = []
    for t in (np.arange(1000) + 0.5) / 1000:
        cell = (math.floor(dr * t + 0.5), math.floor(dc * t + 0.5))
        if cell not in found:
            found.append(cell)
    return found


def brute_force(ground: Surface, sources, moves: int, direction: str) -> np.ndarray:
    """Cost from each source, shape (sources, rows, columns): SciPy on a graph of all moves."""
    steps = [
        (r, c)
        for r, c in itertools.product(range(-2, 3), repeat=2)
        if r * r + c * c in {4: (1,), 8: (1, 2), 16: (1, 2, 5)}[moves]
    ]
    rows, columns = ground.friction.shape
    start, end, time = [], [], []
    for r, c in itertools.product(range(rows), range(columns)):
        for dr, dc in steps:
            cells = [(r + a, c + b) for a, b in crossed(dr, dc)]
            if any(not (0 <= a < rows and 0 <= b < columns) for a, b in cells):
                continue
            friction = [ground.friction[cell] for cell in cells]
            if not np.all(np.isfinite(friction)):
                continue
            if (
                dr * dr + dc * dc == 2
                and not np.isfinite([ground.friction[r + dr, c], ground.friction[r, c + dc]]).any()
            ):
                continue
            to = (r + dr, c + dc)
            width = (ground.width_m[r] + ground.width_m[to[0]]) / 2
            lo, hi = sorted((r, to[0]))
            height = (
                sum(ground.height_m[lo : hi + 1]) - (ground.height_m[lo] + ground.height_m[hi]) / 2
            )
            metres = math.sqrt((dc * width) ** 2 + height**2)
            seconds = metres * sum(friction) / len(friction)
            if ground.elevation_m is not None:
                slope = (ground.elevation_m[to] - ground.elevation_m[r, c]) / metres
                kmh, flat_kmh = (6 * math.exp(-3.5 * abs(s + 0.05)) for s in (slope, 0))
                seconds *= flat_kmh / kmh
            start.append(r * columns + c)
            end.append(to[0] * columns + to[1])
            time.append(seconds)
    if direction == "to_facility":
        start, end = end, start
    graph = sparse.csr_array((time, (start, end)), shape=(rows * columns,) * 2)
    flat = [r * columns + c for r, c in sources]
    return sparse.csgraph.dijkstra(graph, indices=flat).reshape(-1, rows, columns)


@st.composite
def worlds_of_cells(draw):
    rows, columns = draw(st.integers(1, 7)), draw(st.integers(1, 7))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    friction = 10 ** rng.uniform(-1.5, draw(st.sampled_from([-1.0, 0.0, 3.0])), (rows, columns))
    friction[rng.random((rows, columns)) < draw(st.sampled_from([0.0, 0.2, 0.5]))] = np.nan
    friction[0, 0] = 0.7
    elevation = rng.uniform(0, 100, (rows, columns)) if draw(st.booleans()) else None
    cell = draw(st.sampled_from([(100.0, 100.0), (30.0, 70.0)]))
    open_cells = np.argwhere(np.isfinite(friction))
    count = draw(st.integers(1, 4))
    sources = [tuple(map(int, cell)) for cell in rng.choice(open_cells, count)]
    return surface(friction, cell=cell, elevation=elevation), sources


@settings(deadline=None, max_examples=80)
@given(
    worlds_of_cells(),
    st.sampled_from([4, 8, 16]),
    st.sampled_from(["to_facility", "from_facility"]),
)
def test_agrees_with_brute_force(world, moves, direction) -> None:
    ground, sources = world
    each = brute_force(ground, sources, moves, direction)
    found = surface_costs(ground, at(*sources), moves=moves, direction=direction)
    least = each.min(axis=0)
    np.testing.assert_allclose(found.cost_s, np.where(np.isinf(least), np.nan, least), rtol=1e-12)
    reached = np.isfinite(least)
    assert (found.facility[~reached] == -1).all()
    own = np.take_along_axis(each, np.maximum(found.facility, 0)[None], axis=0)[0]
    np.testing.assert_allclose(own[reached], least[reached], rtol=1e-12)


@settings(deadline=None, max_examples=50)
@given(worlds_of_cells(), st.sampled_from([8, 16]))
def test_a_path_leads_over_cells_that_share_sides(world, moves) -> None:
    """So any barrier whose cells share sides or corners is watertight, whatever the moves."""
    ground, sources = world
    found = surface_costs(ground, at(*sources), moves=moves)
    piece, _ = ndimage.label(np.isfinite(ground.friction))
    expected = np.isin(piece, [piece[cell] for cell in sources]) & (piece > 0)
    np.testing.assert_array_equal(np.isfinite(found.cost_s), expected)


@pytest.mark.parametrize("moves", [4, 8, 16])
def test_distances_on_a_free_plane(moves) -> None:
    """One step of each kind as often as it takes: the norm whose circle is a 4-, 8-, 16-gon."""
    size = 41
    dy, dx = np.abs(np.mgrid[-20:21, -20:21])
    long, short = np.maximum(dx, dy), np.minimum(dx, dy)
    expected = {
        4: long + short,
        8: (long - short) + math.sqrt(2) * short,
        16: np.where(
            long >= 2 * short,
            (long - 2 * short) + math.sqrt(5) * short,
            math.sqrt(5) * (long - short) + math.sqrt(2) * (2 * short - long),
        ),
    }[moves]
    found = surface_costs(surface(np.full((size, size), 0.72)), at((20, 20)), moves=moves)
    np.testing.assert_allclose(found.cost_s, 72 * expected, rtol=1e-12)
    far = (dx + dy) > 0
    ratio = expected[far] / np.hypot(dx, dy)[far]
    assert ratio.min() >= 1 - 1e-12
    # The bounds that `surface_costs` promises.
    assert ratio.max() < {4: 1.415, 8: 1.083, 16: 1.028}[moves]


def test_uphill_and_downhill_on_a_ramp() -> None:
    """Rising 5 m in 100 m to the east. Up: 6 exp(-3.5 * 0.10) km/h, down: exactly 6 km/h."""
    flat_kmh, up_kmh, down_kmh = 6 * math.exp(-0.175), 6 * math.exp(-0.35), 6.0
    ramp = surface(np.full((1, 5), 3.6 / flat_kmh), elevation=[[0, 5, 10, 15, 20]])
    to = surface_costs(ramp, at((0, 4)), direction="to_facility")
    assert to.cost_s[0, 0] == pytest.approx(400 / (up_kmh / 3.6), rel=1e-12)
    service = surface_costs(ramp, at((0, 4)), direction="from_facility")
    assert service.cost_s[0, 0] == pytest.approx(400 / (down_kmh / 3.6), rel=1e-12)


def test_slope_multiplies_the_friction_of_the_land() -> None:
    """At half the speed on the level, half the speed uphill too."""
    heights = [[0, 8, 30, 10]]
    fast = surface_costs(surface([[1.0] * 4], elevation=heights), at((0, 3)))
    slow = surface_costs(surface([[2.0] * 4], elevation=heights), at((0, 3)))
    np.testing.assert_allclose(slow.cost_s, 2 * fast.cost_s, rtol=1e-12)


def test_a_knight_move_costs_the_four_cells_it_crosses() -> None:
    """A quarter of the square root of 5 in each: (1 + 2 + 3 + 4) / 4; all other ways are dear."""
    friction = np.full((2, 3), 1e5)
    friction[0, 0], friction[0, 1], friction[1, 1], friction[1, 2] = 1, 2, 3, 4
    found = surface_costs(surface(friction), at((0, 0)), moves=16)
    assert found.cost_s[1, 2] == pytest.approx(100 * math.sqrt(5) * 2.5, rel=1e-12)


def test_a_diagonal_river_holds_and_a_bridge_opens_it() -> None:
    friction = np.full((9, 9), 0.72)
    np.fill_diagonal(friction, np.nan)
    shores = np.triu(np.ones((9, 9), bool), 1), np.tril(np.ones((9, 9), bool), -1)
    for moves in (4, 8, 16):
        closed = surface_costs(surface(friction), at((0, 8)), moves=moves)
        assert np.isfinite(closed.cost_s[shores[0]]).all()
        assert np.isnan(closed.cost_s[shores[1]]).all()
        bridged = friction.copy()
        bridged[4, 4] = 0.72
        opened = surface_costs(surface(bridged), at((0, 8)), moves=moves)
        assert np.isfinite(opened.cost_s[shores[1]]).all()
    # With 8 moves, from corner to corner by way of the bridge: 4 diagonal moves to it, 4 on.
    straight = surface_costs(surface(bridged), at((0, 8)), moves=8).cost_s[8, 0]
    assert straight == pytest.approx(8 * 72 * math.sqrt(2), rel=1e-12)


def test_round_a_single_corner_one_may_cut() -> None:
    friction = [[0.72, np.nan], [0.72, 0.72]]
    found = surface_costs(surface(friction), at((0, 0)), moves=8)
    assert found.cost_s[1, 1] == pytest.approx(72 * math.sqrt(2), rel=1e-12)


@settings(deadline=None, max_examples=30)
@given(worlds_of_cells(), st.floats(1, 500), st.floats(1, 500))
def test_limits_nest_and_include_themselves(world, one, other) -> None:
    ground, sources = world
    free = surface_costs(ground, at(*sources)).cost_s
    short, long = (
        surface_costs(ground, at(*sources), limit_s=limit).cost_s for limit in sorted((one, other))
    )
    assert (np.isfinite(short) <= np.isfinite(long)).all()
    for limit, cut in zip(sorted((one, other)), (short, long), strict=True):
        np.testing.assert_array_equal(cut, np.where(free <= limit, free, np.nan))
    farthest = np.nanmax(free)
    np.testing.assert_array_equal(
        surface_costs(ground, at(*sources), limit_s=farthest).cost_s, free
    )


def test_ties_go_to_the_lowest_number_whatever_the_order() -> None:
    ground = surface(np.full((1, 5), 1.0))
    found = surface_costs(ground, at((0, 0), (0, 4)))
    assert found.facility.tolist() == [[0, 0, 0, 1, 1]]
    swapped = surface_costs(ground, at((0, 4), (0, 0)), owner=np.array([1, 0]))
    assert swapped.facility.tolist() == [[0, 0, 0, 1, 1]]
    same_cell = surface_costs(ground, at((0, 2), (0, 2)), owner=np.array([9, 7]))
    assert same_cell.facility.tolist() == [[7] * 5]


def test_hundreds_of_rivals_agree_with_brute_force() -> None:
    """Enough cells, owners and spread of friction for buckets to refill and to run over."""
    rng = np.random.default_rng(7)
    friction = 10 ** rng.uniform(-4, 4, (24, 30))
    ground = surface(friction)
    sources = [tuple(cell) for cell in np.argwhere(rng.random(friction.shape) < 0.1)]
    least = brute_force(ground, sources, 16, "from_facility").min(axis=0)
    found = surface_costs(ground, at(*sources))
    np.testing.assert_allclose(found.cost_s, least, rtol=1e-12)
    alone = surface_costs(ground, at((3, 3)))
    single = brute_force(ground, [(3, 3)], 16, "from_facility")[0]
    np.testing.assert_allclose(alone.cost_s, single, rtol=1e-12)


def test_equals_scikit_image_at_8_moves() -> None:
    graph = pytest.importorskip("skimage.graph")
    rng = np.random.default_rng(1)
    friction = rng.uniform(0.1, 5.0, (120, 90))
    sources = [tuple(map(int, cell)) for cell in rng.integers(0, 90, (12, 2))]
    theirs, _ = graph.MCP_Geometric(friction).find_costs(sources)
    ours = surface_costs(surface(friction), at(*sources), moves=8)
    np.testing.assert_allclose(ours.cost_s, CELL_M * theirs, rtol=1e-9)


def test_cells_in_degrees_are_measured_on_the_ellipsoid() -> None:
    """Three cells of one degree at 59.5, 60.5 and 61.5 N; each straight way by hand."""
    ground = build_surface(
        np.full((3, 2), 0.72), transform=Affine(1, 0, 100, 0, -1, 62), crs=DEGREES
    )
    wgs84 = Geod(ellps="WGS84")
    width_m = [wgs84.line_length([100, 101], [lat, lat]) for lat in (61.5, 60.5, 59.5)]
    # A degree of the meridian at latitude p is 111132.95 - 559.85 cos 2p + 1.17 cos 4p metres.
    p = np.radians([61.5, 60.5, 59.5])
    height_m = 111132.954 - 559.822 * np.cos(2 * p) + 1.175 * np.cos(4 * p)
    np.testing.assert_allclose(ground.width_m, width_m, rtol=1e-9)
    np.testing.assert_allclose(ground.height_m, height_m, rtol=1e-6)
    found = surface_costs(ground, at((0, 0)), moves=8).cost_s / 0.72
    assert found[0, 1] == pytest.approx(width_m[0])
    assert found[2, 0] == pytest.approx(height_m[0] / 2 + height_m[1] + height_m[2] / 2, rel=1e-6)
    mean = (width_m[0] + width_m[1]) / 2, (height_m[0] + height_m[1]) / 2
    assert found[1, 1] == pytest.approx(math.hypot(*mean), rel=1e-6)


def test_places_within_outside_and_in_the_sea() -> None:
    ground = surface([[1.0, 2.0, np.nan, np.nan, np.nan]])
    x, y = 500_000, 3_500_000 - 50
    points = np.array(
        [
            shapely.Point(x + 120, y),
            shapely.Point(x + 230, y),  # in the sea, 80 m from the centre of the second cell
            shapely.Point(x + 480, y),
            shapely.Point(x - 1, y),
            None,
        ]
    )
    places = place_on_surface(ground, points, limit_m=100)
    assert places.column.tolist() == [1, 1, -1, -1, -1]
    assert places.row.tolist() == [0, 0, -1, -1, -1]
    np.testing.assert_allclose(places.access_s, [0, 80 * 2.0, 0, 0, 0])
    costs = surface_costs(ground, places)
    np.testing.assert_allclose(costs.cost_s, [[150, 0, np.nan, np.nan, np.nan]])
    read = costs_at(costs, places, limit_s=159)
    np.testing.assert_allclose(read.cost, [0, np.nan, np.nan, np.nan, np.nan])
    assert read.facility.tolist() == [0, -1, -1, -1, -1]


def test_what_is_no_surface_is_said() -> None:
    good = np.ones((2, 2))
    place = {"transform": Affine(1, 0, 0, 0, -1, 0), "crs": METRIC}
    for friction, words in (
        (np.ones((1, 2, 2)), "not one band"),
        (np.full((2, 2), np.nan), "no cell to travel over"),
        (np.array([[1.0, 0.0]]), "holds 0 where"),
        (np.array([[1.0, -3.4e38]]), "row 0-1"),
        (np.array([[1.0, 3.4e38]]), "row 0-1"),
    ):
        with pytest.raises(TableError, match=words):
            build_surface(friction, **place)
    with pytest.raises(TableError, match="turned"):
        build_surface(good, transform=Affine.rotation(30), crs=METRIC)
    with pytest.raises(CrsError, match="stretches"):
        build_surface(good, transform=place["transform"], crs=CRS.from_epsg(3857))
    with pytest.raises(CrsError, match="no latitude"):
        build_surface(good, transform=Affine(1, 0, 0, 0, -1, 100), crs=DEGREES)
    with pytest.raises(TableError, match="elevation"):
        build_surface(good, **place, elevation_m=np.full((2, 2), np.nan))
    with pytest.raises(TableError, match="shape"):
        build_surface(good, **place, elevation_m=np.ones((2, 3)))


def test_what_is_no_facility_is_said() -> None:
    ground = surface([[1.0, np.nan]])
    with pytest.raises(TableError, match="no place on the surface"):
        surface_costs(ground, Places(np.array([-1]), np.array([-1]), np.zeros(1)))
    with pytest.raises(TableError, match="row 2: lies on a barrier"):
        surface_costs(ground, at((0, 0), (0, 1)))
    with pytest.raises(TableError, match="row 2: is no point"):
        place_on_surface(ground, np.array([shapely.Point(0, 0), shapely.box(0, 0, 1, 1)]))


def test_madagascar_as_scikit_image_finds_it(real_data, tmp_path) -> None:
    """Friction in minutes a metre, read as a study does: costs on square cells as MCP's."""
    graph = pytest.importorskip("skimage.graph")
    file = real_data / "raster" / "madagascar" / "friction_2015_MAP.tif"
    box = shapely.box(46.9, -19.4, 48.1, -18.4)
    degrees = CRS.from_epsg(4326)
    friction, _, crs = read_numbers(file, crs=degrees, area=box)
    assert friction.shape[0] < 130  # 1 degree of cells of a 120th
    assert crs == degrees
    friction_s = 1.0 / speeds_of_friction(friction, seconds=60.0)
    np.testing.assert_allclose(friction_s[0, 0], 60 * friction[0, 0], rtol=1e-15)
    metres = Affine(1000, 0, 0, 0, -1000, 0)  # on square cells: MCP knows no ellipsoid
    ground = build_surface(friction_s, transform=metres, crs=CRS.from_epsg(32738))
    rng = np.random.default_rng(3)
    open_cells = np.argwhere(np.isfinite(friction_s))
    seeds = open_cells[rng.choice(len(open_cells), 30, replace=False)]
    found = surface_costs(ground, Places(*seeds.T, np.zeros(len(seeds))), moves=8)
    expected, _ = graph.MCP_Geometric(friction_s).find_costs(seeds.tolist())
    np.testing.assert_allclose(found.cost_s, 1000 * expected, rtol=1e-9)


def test_madagascar(real_data) -> None:
    """Clinics by the friction of the Malaria Atlas: everybody counted, a window recomputed."""
    folder = real_data / "raster" / "madagascar"
    with rasterio.open(folder / "friction_2015_MAP.tif") as raster:
        band = raster.read(1, masked=True)
        transform, crs = raster.transform, CRS.from_wkt(raster.crs.to_wkt())
    with rasterio.open(folder / "worldpop_2015_1km.tif") as raster:
        people = raster.read(1, masked=True).filled(0).astype(float)
    ground = build_surface(60 * band.astype(float).filled(np.nan), transform=transform, crs=crs)
    clinics = pd.read_csv(folder / "csb2_clinics.csv")
    places = place_on_surface(
        ground, shapely.points(clinics[["long", "lat"]].to_numpy()), limit_m=3000
    )
    assert (places.row >= 0).mean() > 0.99
    costs = surface_costs(ground, places, direction="to_facility")

    within = [people[costs.cost_s <= limit_s].sum() for limit_s in (1800, 3600, 7200, np.inf)]
    beyond = people[np.isnan(costs.cost_s)].sum()
    assert within == sorted(within)
    assert within[-1] + beyond == pytest.approx(people.sum(), rel=1e-9)
    assert 0.2 < within[1] / people.sum() < 0.95
    assert beyond < 0.01 * people.sum()

    # A window that seeds of its own rim and clinics must reproduce, by SciPy on explicit moves.
    row, column = (int(v) for v in np.median([places.row, places.column], axis=1))
    part = slice(row - 15, row + 15), slice(column - 15, column + 15)
    window = Surface(
        ground.friction[part],
        transform,
        crs,
        ground.width_m[part[0]],
        ground.height_m[part[0]],
    )
    inside = [
        (int(r) - row + 15, int(c) - column + 15)
        for r, c in zip(places.row, places.column, strict=True)
        if abs(r - row + 0.5) < 15 and abs(c - column + 0.5) < 15
    ]
    assert len(inside) > 0
    least = brute_force(window, inside, 16, "to_facility").min(axis=0)
    alone = surface_costs(window, at(*inside), direction="to_facility")
    np.testing.assert_allclose(alone.cost_s, np.where(np.isinf(least), np.nan, least), rtol=1e-12)
    # A clinic outside the window can only shorten the way.
    assert (costs.cost_s[part] <= alone.cost_s * (1 + 1e-12))[np.isfinite(alone.cost_s)].all()
