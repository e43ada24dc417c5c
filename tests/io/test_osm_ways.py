"""Ways and barriers as arrays, against libosmium asked for one object at a time."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import osmium
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from osmium.osm.mutable import Node, Way

from urbangis.errors import ReadError
from urbangis.io.osm_texts import Texts
from urbangis.io.osm_ways import NO_PLACE, Barriers, Streets, read_ways

KEYS = ("highway", "route", "barrier", "name", "absent")
texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)
tags = st.dictionaries(st.sampled_from([*KEYS[:4], "other"]), texts, max_size=4)
places = st.tuples(st.integers(-1_800_000_000, 1_800_000_000), st.integers(-9 * 10**8, 9 * 10**8))
node_ids = st.integers(-(2**40), 2**40).filter(bool)


@st.composite
def extracts(draw: st.DrawFn) -> list[Node | Way]:
    """Draw nodes and ways in any order, with ids of editors (negative) among them."""
    ids = sorted(draw(st.sets(node_ids, min_size=1, max_size=20)))
    nodes = [
        Node(id=one, location=tuple(c / 1e7 for c in draw(places)), tags=draw(tags)) for one in ids
    ]
    known = st.sampled_from(ids)
    lists = st.lists(known | node_ids, max_size=12)
    numbers = sorted(draw(st.sets(st.integers(-(2**40), 2**40).filter(bool), max_size=8)))
    ways = [Way(id=one, nodes=draw(lists), tags=draw(tags)) for one in numbers]
    return draw(st.permutations([*nodes, *ways]) | st.just([*nodes, *ways]))


def _write(path: Path, items: Sequence[Node | Way], how: str = "") -> Path:
    with osmium.SimpleWriter(osmium.io.File(str(path), how), overwrite=True) as writer:
        for one in items:
            writer.add(one)
    return path


def _tags(given: dict[str, Texts]) -> list[dict[str, object]]:
    """Tags of each row."""
    columns = zip(*(given[key].objects() for key in KEYS), strict=True)
    return [dict(zip(KEYS, row, strict=True)) for row in columns]


def _rows(barriers: Barriers, ways: Streets) -> tuple[list[object], list[object]]:
    place = np.column_stack([ways.node_id, ways.node_x, ways.node_y])[ways.node].tolist()
    drawn = [[tuple(one) for one in place[a:b]] for a, b in pairwise(ways.ptr.tolist())]
    return (
        list(zip(barriers.id.tolist(), _tags(barriers.tags), strict=True)),
        list(zip(ways.id.tolist(), _tags(ways.tags), drawn, strict=True)),
    )


def _one_at_a_time(path: Path) -> tuple[list[object], list[object]]:
    place, nodes, ways = {}, [], []
    for one in osmium.FileProcessor(str(path), osmium.osm.NODE | osmium.osm.WAY):
        given_tags = {key: one.tags.get(key) for key in KEYS}
        if one.is_node():
            place[one.id] = (one.location.x, one.location.y)
            if "barrier" in one.tags:
                nodes.append((one.id, given_tags))
        elif "highway" in one.tags or "route" in one.tags:
            ways.append((one.id, given_tags, [node.ref for node in one.nodes]))
    absent = (NO_PLACE, NO_PLACE)
    drawn = [
        (one, told, [(ref, *place.get(ref, absent)) for ref in refs]) for one, told, refs in ways
    ]
    return nodes, drawn


MANNERS = (
    "pbf",
    "pbf,pbf_dense_nodes=false",
    "pbf,pbf_compression=none",
    "xml",
    "pbf,history=true",
)


@settings(max_examples=60, deadline=None)
@given(extract=extracts(), how=st.sampled_from(MANNERS))
def test_as_libosmium_tells_them(
    tmp_path_factory: pytest.TempPathFactory, extract: list[Node | Way], how: str
) -> None:
    suffix = how.split(",", maxsplit=1)[0].replace("xml", "osm")
    path = _write(tmp_path_factory.getbasetemp() / f"random.{suffix}", extract, how)
    assert _rows(*read_ways(path, KEYS)) == _one_at_a_time(path)


@settings(max_examples=40, deadline=None)
@given(damage=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=4))
def test_what_is_damaged_is_refused_or_read(
    tmp_path_factory: pytest.TempPathFactory, damage: list[tuple[float, int]]
) -> None:
    """Without compression nothing in the file tells that a byte is wrong; what is read is whole."""
    nodes = [Node(id=one, location=(one, 1.0), tags={"barrier": "gate"}) for one in range(1, 9)]
    ways = [Way(id=one, nodes=[one, one + 1], tags={"highway": "path"}) for one in range(1, 9)]
    path = tmp_path_factory.getbasetemp() / "damaged.osm.pbf"
    whole = bytearray(_write(path, [*nodes, *ways], "pbf,pbf_compression=none").read_bytes())
    for place, byte in damage:
        whole[int(place * (len(whole) - 1))] = byte
    path.write_bytes(whole)
    try:
        barriers, read = read_ways(path, KEYS)
    except ReadError:
        return
    assert all(len(texts.code) == len(barriers.id) for texts in barriers.tags.values())
    assert all(len(texts.code) == len(read.id) for texts in read.tags.values())
    assert len(read.ptr) == len(read.id) + 1
    assert read.ptr[0] == 0
    assert read.ptr[-1] == len(read.node)
    assert (np.diff(read.ptr) >= 0).all()
    assert np.isin(read.node, np.arange(len(read.node_id))).all()
    assert len(read.node_id) == len(read.node_x) == len(read.node_y)


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
    path = _write(tmp_path / "long.osm.pbf", [*nodes, *ways])
    barriers, read = read_ways(path, KEYS)
    assert barriers.tags["barrier"].objects().tolist() == [f"kind {n}" for n in range(1, count)]
    assert read.tags["highway"].objects().tolist() == [f"class {n}" for n in range(1, count)]
    assert read.tags["name"].objects().tolist() == [f"路{n}" for n in range(1, count)]
    assert read.node_id[read.node].tolist() == [ref for n in range(1, count) for ref in (n, n + 1)]
    assert read.node_x[-1] == NO_PLACE  # the last node of the last way is not in the file
    np.testing.assert_array_equal(read.node_x[:-1], np.arange(1, count) * 1000)


@pytest.mark.parametrize(
    "name", ["columbus.osm.pbf", "addison_vt.osm.gz", "china_shanghai.osm", "tokyo-center.osm.pbf"]
)
def test_real_extracts_as_libosmium_tells_them(real_data: Path, name: str) -> None:
    path = real_data / "osm" / name
    assert _rows(*read_ways(path, KEYS)) == _one_at_a_time(path)
