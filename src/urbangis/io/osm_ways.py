"""Streets and barriers of an OpenStreetMap extract, as they stand in the file.

A PBF file as nearly everyone writes them is read straight into arrays (`urbangis.io.osm_blocks`).
Of any other file libosmium writes such a copy first; it is also libosmium that says what is wrong
with a file that neither reads. Asking libosmium for each way and each of its nodes from Python
takes ten times as long.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import osmium
from numba import njit
from numpy.typing import NDArray

from urbangis.io.osm_blocks import Block, NotPlainError, Tags, read_blocks
from urbangis.io.osm_decode import Nodes, Ways
from urbangis.io.osm_file import reading
from urbangis.io.osm_texts import ABSENT, Texts

Ints = NDArray[np.int64]
Shorts = NDArray[np.int32]
NO_PLACE = 2**31 - 1
"""Coordinate of a node that is not in the file, as libosmium has it."""

_FORMAT = "pbf,pbf_compression=none,add_metadata=false"


@dataclass(frozen=True)
class Barriers:
    """Nodes with the tag ``barrier``: their ids and, for each key, their tags."""

    id: Ints
    tags: dict[str, Texts]


@dataclass(frozen=True)
class Streets:
    """Ways with the tags ``highway`` or ``route``, and their nodes.

    Parameters
    ----------
    id
        OpenStreetMap ids, shape (ways,).
    tags
        For each key, the ways' tags.
    ptr
        Where the nodes of each way begin, shape (ways + 1,).
    node
        Rows of the nodes of all ways, end to end.
    node_id
        OpenStreetMap ids of the nodes, each once, in rising order.
    node_x, node_y
        Where they lie, degrees times 1e7; `NO_PLACE` where the node is not in the file.
    """

    id: Ints
    tags: dict[str, Texts]
    ptr: Ints
    node: Ints
    node_id: Ints
    node_x: Shorts
    node_y: Shorts


def read_ways(path: Path, keys: Sequence[str]) -> tuple[Barriers, Streets]:
    """Read the ways that may be streets, and the barriers that may stand on them.

    Parameters
    ----------
    path
        ``.osm.pbf``, ``.osm``, ``.osm.gz`` or ``.osm.bz2``.
    keys
        Tags to keep, ``barrier``, ``highway`` and ``route`` among them.

    Returns
    -------
    barriers, ways
        In the order of the file.

    Raises
    ------
    ReadError
        If the file is missing, damaged or not OpenStreetMap data.
    """
    tags = Tags(keys, of_nodes=("barrier",), of_ways=("highway", "route"))
    with reading(path):
        try:
            blocks = read_blocks(path, tags)
        except NotPlainError:
            with tempfile.TemporaryDirectory() as folder:
                blocks = read_blocks(_plain_copy(path, Path(folder)), tags)
    return _joined(blocks, keys)


def _plain_copy(path: Path, folder: Path) -> Path:
    """Write nodes and ways in the manner that is read straight."""
    copy = folder / "plain.osm.pbf"
    with (
        osmium.io.Reader(str(path), osmium.osm.NODE | osmium.osm.WAY) as reader,
        osmium.SimpleWriter(osmium.io.File(str(copy), _FORMAT)) as writer,
    ):
        osmium.apply(reader, writer)
    return copy


def _joined(blocks: list[Block], keys: Sequence[str]) -> tuple[Barriers, Streets]:
    """Put blocks end to end: number their texts and nodes throughout, and place the nodes."""
    nodes = [part for block in blocks for part in block.nodes]
    ways = [part for block in blocks for part in block.ways]
    numbers: dict[bytes, int] = {}
    for block in blocks:
        code = [numbers.setdefault(text, len(numbers)) for text in block.texts]
        throughout = np.array([*code, ABSENT], np.int32)[block.place]
        parts: list[Nodes | Ways] = [*block.nodes, *block.ways]
        for part in parts:
            part.value[:] = throughout[part.value]
    texts = np.array([text.decode("utf-8", "replace") for text in numbers], object)

    def tags(parts: Sequence[Nodes | Ways]) -> dict[str, Texts]:
        value = np.hstack([np.empty((len(keys), 0), np.int32), *(p.value for p in parts)])
        return {key: Texts.of(codes, texts) for key, codes in zip(keys, value, strict=True)}

    barrier_id = _end_to_end([part.id[part.tagged] for part in nodes], np.int64)
    node_id, node = np.unique(
        _end_to_end([part.ref for part in ways], np.int64), return_inverse=True
    )
    ptr = np.append(0, np.cumsum(_end_to_end([part.size for part in ways], np.int64)))
    way_id = _end_to_end([part.id for part in ways], np.int64)
    streets = Streets(way_id, tags(ways), ptr, node, node_id, *_places(node_id, nodes))
    return Barriers(barrier_id, tags(nodes)), streets


def _end_to_end(parts: Sequence[NDArray[Any]], dtype: type[np.generic]) -> NDArray[Any]:
    return np.concatenate([np.empty(0, dtype), *parts])


def _places(node_id: Ints, nodes: Sequence[Nodes]) -> tuple[Shorts, Shorts]:
    """Look up where nodes lie."""
    known = _end_to_end([part.id for part in nodes], np.int64)
    x = _end_to_end([part.x for part in nodes], np.int32)
    y = _end_to_end([part.y for part in nodes], np.int32)
    if (np.diff(known) < 0).any():
        order = np.argsort(known, kind="stable")
        known, x, y = known[order], x[order], y[order]
    return _found(node_id, known, x, y)


@njit(cache=True)
def _found(wanted: Ints, known: Ints, known_x: Shorts, known_y: Shorts) -> tuple[Shorts, Shorts]:
    """Look up the places of nodes; both ids rise, and of equal ones the last counts."""
    x, y = np.full(len(wanted), NO_PLACE, np.int32), np.full(len(wanted), NO_PLACE, np.int32)
    at = 0
    for row in range(len(wanted)):
        while at < len(known) and known[at] <= wanted[row]:
            at += 1
        if at and known[at - 1] == wanted[row]:
            x[row], y[row] = known_x[at - 1], known_y[at - 1]
    return x, y
