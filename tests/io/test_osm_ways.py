"""Ways and barriers as arrays, against libosmium asked for one object at a time."""

from pathlib import Path

import numpy as np
import osmium
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from osmium.osm.mutable import Node, Way

from urbangis.io.osm_decode import Items
from urbangis.io.osm_ways import NO_PLACE, read_ways

KEYS = ("highway", "route", "barrier", "name", "absent")
texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)
tags = st.dictionaries(st.sampled_from([*KEYS[:4], "other"]), texts, max_size=4)
places = st.tuples(st.integers(-1_800_000_000, 1_800_000_000), st.integers(-9 * 10**8, 9 * 10**8))
node_ids = st.integers(1, 2**40)


@st.composite
def extracts(draw: st.DrawFn) -> tuple[list[Node], list[Way]]:
    ids = sorted(draw(st.sets(node_ids, min_size=1, max_size=20)))
    nodes = [
        Node(id=one, location=tuple(c / 1e7 for c in draw(places)), tags=draw(tags)) for one in ids
    ]
    known = st.sampled_from(ids)
    lists = st.lists(known | node_ids, max_size=12)
    numbers = sorted(draw(st.sets(st.integers(1, 2**40), max_size=8)))
    return nodes, [Way(id=one, nodes=draw(lists), tags=draw(tags)) for one in numbers]


def _write(path: Path, nodes: list[Node], ways: list[Way]) -> Path:
    with osmium.SimpleWriter(str(path), overwrite=True) as writer:
        for one in (*nodes, *ways):
            writer.add(one)
    return path


def _rows(items: Items) -> list[tuple[object, ...]]:
    rows = []
    for row, number in enumerate(items.id.tolist()):
        of_way = slice(items.ptr[row], items.ptr[row + 1])
        nodes = zip(*(part[of_way].tolist() for part in (items.ref, items.x, items.y)), strict=True)
        given_tags = {key: items.tags[key][row] for key in KEYS}
        rows.append((number, given_tags, list(nodes)))
    return rows


def _one_at_a_time(path: Path) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    nodes, ways = [], []
    for one in osmium.FileProcessor(str(path)).with_locations():
        given_tags = {key: one.tags.get(key) for key in KEYS}
        if one.is_node() and "barrier" in one.tags:
            nodes.append((one.id, given_tags, []))
        if one.is_way() and ("highway" in one.tags or "route" in one.tags):
            ways.append((one.id, given_tags, [(node.ref, node.x, node.y) for node in one.nodes]))
    return nodes, ways


@settings(max_examples=40, deadline=None)
@given(extract=extracts())
def test_as_libosmium_tells_them(
    tmp_path_factory: pytest.TempPathFactory, extract: tuple[list[Node], list[Way]]
) -> None:
    path = _write(tmp_path_factory.getbasetemp() / "random.osm.pbf", *extract)
    barriers, ways = read_ways(path, KEYS)
    assert (_rows(barriers), _rows(ways)) == _one_at_a_time(path)


def test_files_of_many_blocks(tmp_path: Path) -> None:
    """A block holds 8,000 objects at most, and names its strings anew."""
    count = 20_000
    nodes = [
        Node(id=n, location=(n / 1e4, 1.0), tags={"barrier": f"kind {n}"}) for n in range(1, count)
    ]
    ways = [
        Way(id=n, nodes=[n, n + 1], tags={"highway": f"class {n}", "name": f"路{n}"})
        for n in range(1, count)
    ]
    path = _write(tmp_path / "long.osm.pbf", nodes, ways)
    barriers, read = read_ways(path, KEYS)
    assert barriers.tags["barrier"].tolist() == [f"kind {n}" for n in range(1, count)]
    assert read.tags["highway"].tolist() == [f"class {n}" for n in range(1, count)]
    assert read.tags["name"].tolist() == [f"路{n}" for n in range(1, count)]
    assert read.ref.tolist() == [ref for n in range(1, count) for ref in (n, n + 1)]
    assert read.x[-1] == NO_PLACE  # the last node of the last way is not in the file
    np.testing.assert_array_equal(read.x[:-1:2], np.arange(1, count) * 1000)


@pytest.mark.parametrize(
    "name", ["columbus.osm.pbf", "addison_vt.osm.gz", "china_shanghai.osm", "tokyo-center.osm.pbf"]
)
def test_real_extracts_as_libosmium_tells_them(real_data: Path, name: str) -> None:
    path = real_data / "osm" / name
    barriers, ways = read_ways(path, KEYS)
    assert (_rows(barriers), _rows(ways)) == _one_at_a_time(path)
