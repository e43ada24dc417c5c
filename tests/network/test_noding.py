"""Drawings of streets become networks: worlds drawn by hand, brute force, and real layers."""

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

import worlds
from urbangis.errors import TableError
from urbangis.network.build import build_network
from urbangis.network.faults import network_report
from urbangis.network.noding import node_lines

Line = Sequence[tuple[float, float]]
MAIN = [(0, 0), (20, 0)]


def _drawn(table: gpd.GeoDataFrame) -> list[tuple[str, list[tuple[float, float]]]]:
    return [(one, list(line.coords)) for one, line in zip(table["id"], table.geometry, strict=True)]


def _junctions(table: gpd.GeoDataFrame) -> list[list[str]]:
    """The pieces that meet at each node where more than one end does."""
    at: dict[int, list[str]] = {}
    for row in table.itertuples():
        for node in (row.start_node, row.end_node):
            at.setdefault(node, []).append(row.id)
    return sorted(sorted(ids) for ids in at.values() if len(ids) > 1)


def _told(notices) -> dict[str, int]:
    return {one.code: one.count for one in notices}


@pytest.mark.parametrize(
    ("side", "kind"),
    [
        ([(5, 0), (5, 9)], "uncut"),
        ([(5, 0.3), (5, 9)], "gap"),
        ([(5, -0.3), (5, 9)], "overshoot"),
        ([(5, 9), (5, 0)], "uncut"),
    ],
)
def test_a_side_street_cuts_the_main_street(side: Line, kind: str) -> None:
    table = worlds.streets(MAIN, side)
    noded, notices = node_lines(table, tolerance_m=0.5)
    assert _drawn(noded) == [
        ("s0-0", [(0, 0), (5, 0)]),
        ("s0-1", [(5, 0), (20, 0)]),
        ("s1-0", side),  # nothing is moved
    ]
    assert _junctions(noded) == [["s0-0", "s0-1", "s1-0"]]
    assert _told(notices) == {"streets-cut-at-ends": 1}
    before = network_report(table, tolerance_m=0.5)
    assert (before.ids(kind), before.count("dangle"), before.pieces) == (("s1",), 3, 2)
    after = network_report(noded, tolerance_m=0.5)
    assert (after.count(kind), after.count("dangle"), after.pieces) == (0, 3, 1)


def test_beyond_the_tolerance_nothing_meets() -> None:
    noded, notices = node_lines(worlds.streets(MAIN, [(5, 0.51), (5, 9)]), tolerance_m=0.5)
    assert noded["id"].tolist() == ["s0-0", "s1-0"]
    assert _junctions(noded) == []
    assert notices == ()


def test_lines_that_cross_meet_only_if_asked_and_of_one_grade() -> None:
    table = worlds.streets(MAIN, [(5, -5), (5, 5)], [(9, -5), (9, 5)], grade=[0, 0, 1])
    noded, _ = node_lines(table, tolerance_m=0.5)
    assert len(noded) == 3
    crossed, notices = node_lines(table, tolerance_m=0.5, cross=True)
    assert _drawn(crossed) == [
        ("s0-0", [(0, 0), (5, 0)]),
        ("s0-1", [(5, 0), (20, 0)]),
        ("s1-0", [(5, -5), (5, 0)]),
        ("s1-1", [(5, 0), (5, 5)]),
        ("s2-0", [(9, -5), (9, 5)]),  # a bridge
    ]
    assert _junctions(crossed) == [["s0-0", "s0-1", "s1-0", "s1-1"]]
    assert _told(notices) == {"streets-cut-at-crossings": 1}
    assert network_report(table, tolerance_m=0.5).count("crossing") == 1


def test_a_crossing_at_a_bend_is_one_crossing() -> None:
    """The bend of one line lies on the other: two segments of it meet the other there."""
    table = worlds.streets(MAIN, [(3, -5), (5, 0), (3, 5)])
    noded, notices = node_lines(table, tolerance_m=0.5, cross=True)
    assert noded["id"].tolist() == ["s0-0", "s0-1", "s1-0", "s1-1"]
    assert _told(notices) == {"streets-cut-at-crossings": 1}


def test_streets_drawn_one_over_the_other_do_not_cross() -> None:
    way = [(0, 0), (5, 1), (10, 0), (15, 1)]
    table = worlds.streets(way, way[::-1])
    noded, notices = node_lines(table, tolerance_m=0.5, cross=True)
    assert noded["id"].tolist() == ["s0-0", "s1-0"]
    assert _junctions(noded) == [["s0-0", "s1-0"], ["s0-0", "s1-0"]]
    assert notices == ()
    assert network_report(table, tolerance_m=0.5).ids("duplicate") == ("s1",)


def test_streets_that_part_after_a_common_stretch_meet_where_they_part() -> None:
    table = worlds.streets([(0, 0), (5, 0), (9, 0), (14, 5)], [(0, -5), (5, 0), (9, 0), (14, -5)])
    noded, _ = node_lines(table, tolerance_m=0.5, cross=True)
    assert [line for _, line in _drawn(noded)][:3] == [
        [(0, 0), (5, 0)],
        [(5, 0), (9, 0)],
        [(9, 0), (14, 5)],
    ]
    assert len(noded) == 6
    assert [len(ids) for ids in _junctions(noded)] == [4, 4]


def test_a_figure_of_eight_crosses_itself() -> None:
    eight = [(0, 0), (10, 10), (10, 0), (0, 10)]
    noded, _ = node_lines(worlds.streets(eight), tolerance_m=0.5, cross=True)
    assert _drawn(noded) == [
        ("s0-0", [(0, 0), (5, 5)]),
        ("s0-1", [(5, 5), (10, 10), (10, 0), (5, 5)]),
        ("s0-2", [(5, 5), (0, 10)]),
    ]


def test_a_street_that_ends_on_itself() -> None:
    six = [(0, 0), (10, 0), (10, 5), (5, 5), (5, 0.2)]
    noded, _ = node_lines(worlds.streets(six), tolerance_m=0.5)
    assert _drawn(noded) == [("s0-0", [(0, 0), (5, 0)]), ("s0-1", [(5, 0), *six[1:]])]
    assert _junctions(noded) == [["s0-0", "s0-1", "s0-1"]]


def test_two_side_streets_a_little_apart_make_one_crossroads() -> None:
    table = worlds.streets(MAIN, [(5, 0), (5, 9)], [(5.4, 0), (5.4, -9)])
    noded, _ = node_lines(table, tolerance_m=0.5)
    assert noded.length.tolist() == [5, 15, 9, 9]  # no sliver of 0.4 m between them
    assert _junctions(noded) == [["s0-0", "s0-1", "s1-0", "s2-0"]]


def test_an_end_near_the_end_of_another_meets_that_end() -> None:
    """0.4 m along the main street and 0.4 m off it: 0.57 m from its end, but no sliver is cut."""
    noded, _ = node_lines(worlds.streets(MAIN, [(0.4, 0.4), (0.4, 9)]), tolerance_m=0.5)
    assert noded["id"].tolist() == ["s0-0", "s1-0"]
    assert _junctions(noded) == [["s0-0", "s1-0"]]


def test_ends_within_the_tolerance_meet() -> None:
    noded, notices = node_lines(worlds.streets(MAIN, [(20.3, 0.3), (30, 0)]), tolerance_m=0.5)
    assert _junctions(noded) == [["s0-0", "s1-0"]]
    assert notices == ()
    network, _ = build_network(noded, worlds.mode())
    assert network.piece.tolist() == [0, 0]


def test_attributes_follow_their_pieces() -> None:
    table = worlds.streets(
        MAIN, [(5, 0), (5, 9)], oneway=["yes", "no"], duration_s=[100.0, np.nan], other=["x", "y"]
    )
    noded, _ = node_lines(table, tolerance_m=0.5)
    assert noded["oneway"].tolist() == ["yes", "yes", "no"]
    assert noded["other"].tolist() == ["x", "x", "y"]
    np.testing.assert_allclose(noded["duration_s"], [25, 75, np.nan])
    assert noded.crs == table.crs
    assert list(noded.columns) == [*table.columns, "start_node", "end_node"]


def test_parts_of_one_street_are_numbered_through() -> None:
    table = worlds.streets(MAIN, [(5, 0), (5, 9)], [(0, 50), (1, 50)])
    table.loc[0, "geometry"] = shapely.MultiLineString([MAIN, [(30, 0), (40, 0)]])
    noded, _ = node_lines(table, tolerance_m=0.5)
    assert noded["id"].tolist() == ["s0-0", "s0-1", "s0-2", "s1-0", "s2-0"]


def test_streets_without_length_are_told() -> None:
    table = worlds.streets(MAIN, [(5, 5), (5, 5)])
    noded, notices = node_lines(table, tolerance_m=0.5)
    assert noded["id"].tolist() == ["s0-0"]
    assert _told(notices) == {"streets-without-length": 1}
    assert network_report(table, tolerance_m=0.5).ids("no-length") == ("s1",)
    with pytest.raises(TableError, match="no line of any length"):
        node_lines(table.iloc[[1]], tolerance_m=0.5)


def test_repeated_vertices_change_nothing() -> None:
    stutter = [(0, 0), (0, 0), (5, 0), (5, 0), (5, 0), (20, 0), (20, 0)]
    table = worlds.streets(stutter, [(5, 0), (5, 9)], [(7, -5), (7, 5)])
    noded, _ = node_lines(table, tolerance_m=0.5, cross=True)
    assert noded.length.tolist() == [5, 2, 13, 9, 5, 5]


def test_streets_with_node_numbers_need_no_noding() -> None:
    with pytest.raises(TableError, match="already says which streets meet"):
        node_lines(worlds.streets(MAIN, start_node=[1], end_node=[2]), tolerance_m=0.5)


def test_the_report_shows_where() -> None:
    report = network_report(worlds.streets(MAIN, [(5, 0.3), (5, 9)]), tolerance_m=0.5)
    found = zip(
        report.faults["fault"], report.faults["street_id"], report.faults.geometry, strict=True
    )
    assert [(kind, one, (point.x, point.y)) for kind, one, point in found] == [
        ("dangle", "s0", (0, 0)),
        ("dangle", "s0", (20, 0)),
        ("dangle", "s1", (5, 9)),
        ("gap", "s1", (5, 0.3)),
    ]
    assert (report.streets, report.length_m, report.pieces) == (2, 28.7, 2)
    assert report.longest_share == pytest.approx(20 / 28.7)


TOLERANCE_M = 0.3  # no line between whole coordinates below 7 is that far from such a point
corners = st.tuples(st.integers(0, 6), st.integers(0, 6))
drawings = st.lists(st.lists(corners, min_size=2, max_size=4), min_size=1, max_size=9)


def _partition(graph: nx.Graph) -> set[frozenset[str]]:
    return {frozenset(piece) for piece in nx.connected_components(graph)}


@settings(max_examples=100, deadline=None)
@given(drawing=drawings, cross=st.booleans())
def test_pieces_are_those_of_brute_force(drawing: list[Line], *, cross: bool) -> None:
    table = worlds.streets(*drawing)
    length = table.length.to_numpy()
    if not length.any():
        return
    noded, _ = node_lines(table, tolerance_m=TOLERANCE_M, cross=cross)
    assert noded.length.sum() == pytest.approx(length.sum(), rel=1e-12)
    assert (noded.length > 0).all()

    drawn = table[length > 0]
    lines = dict(zip(drawn["id"], drawn.geometry, strict=True))
    expected = nx.Graph()
    expected.add_nodes_from(lines)
    for (one, a), (other, b) in combinations(lines.items(), 2):
        ends = [
            (shapely.Point(line.coords[i]), far) for line, far in ((a, b), (b, a)) for i in (0, -1)
        ]
        near = any(point.distance(far) <= TOLERANCE_M for point, far in ends)
        if near or (cross and a.intersects(b)):
            expected.add_edge(one, other)

    network, _ = build_network(noded, worlds.mode())
    found = nx.Graph()
    for edge_id, piece in zip(network.edge_id, network.piece.tolist(), strict=True):
        found.add_edge(edge_id.rsplit("-")[0], piece)
    parts = {frozenset(n for n in part if isinstance(n, str)) for part in _partition(found)}
    assert parts == _partition(expected)


REAL = {
    "kamppi": ("OSM_Kamppi.gpkg", "streets", 32635),
    "stockholm": ("stockholm_shp/edges.shp", None, 3006),
    "wuhan": ("wuhan_8989_original.parquet", None, None),
}


def _real(folder: Path, name: str) -> gpd.GeoDataFrame:
    file, layer, crs = REAL[name]
    path = folder / "networks" / file
    if path.suffix == ".parquet":
        table = gpd.read_parquet(path)
    else:
        table = gpd.read_file(path, layer=layer).to_crs(crs)
    made = worlds.streets(*table.geometry)
    return made.set_crs(table.crs, allow_override=True)


@pytest.mark.parametrize("cross", [False, True])
@pytest.mark.parametrize("name", list(REAL))
def test_real_layers_keep_their_length_and_become_one(
    real_data: Path, name: str, *, cross: bool
) -> None:
    table = _real(real_data, name)
    noded, _ = node_lines(table, tolerance_m=0.5, cross=cross)
    assert len(noded) >= len(table)
    assert noded["id"].is_unique
    assert shapely.is_valid(noded.geometry.array).all()
    assert noded.length.sum() == pytest.approx(table.length.sum(), rel=1e-9)
    by_street = noded.length.groupby(noded["id"].str.rsplit("-", n=1).str[0]).sum()
    np.testing.assert_allclose(by_street[table["id"]], table.length, rtol=1e-9, atol=1e-6)
    # These layers come from OpenStreetMap by way of OSMnx: each is one connected piece.
    report = network_report(noded, tolerance_m=0.5)
    assert (report.pieces, report.longest_share) == (1, 1.0)


@pytest.mark.parametrize("name", ["kamppi", "stockholm"])
def test_ends_on_real_lines_are_those_that_measuring_finds(real_data: Path, name: str) -> None:
    table = _real(real_data, name)
    lines = table.geometry.to_numpy()
    ends = shapely.points(
        np.unique(
            np.concatenate(
                [shapely.get_coordinates(shapely.get_point(lines, end)) for end in (0, -1)]
            ),
            axis=0,
        )
    )
    found = 0
    for point in ends:
        near = np.flatnonzero(shapely.dwithin(lines, point, 0.5))
        at_m = shapely.line_locate_point(lines[near], point)
        found += int(((at_m > 0.5) & (table.length.to_numpy()[near] - at_m > 0.5)).any())
    report = network_report(table, tolerance_m=0.5)
    assert found == report.count("uncut") + report.count("gap") + report.count("overshoot")
