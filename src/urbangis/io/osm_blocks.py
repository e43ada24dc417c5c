"""Streets and barriers of an OpenStreetMap PBF file, block after block.

A file is a row of blobs, each a block of some thousand objects with a table of their texts. Blobs
stand alone, so that they are unpacked and read side by side.
"""

import mmap
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from urbangis.io.osm_decode import (
    Bytes,
    Fields,
    Flags,
    Ints,
    Nodes,
    Ways,
    match_texts,
    read_fields,
    read_nodes,
    read_ways,
)
from urbangis.io.osm_texts import ABSENT

_TYPE, _SIZE = 1, 3  # fields of BlobHeader
_RAW, _ZLIB = 1, 3  # fields of Blob
_FEATURES = 4  # field of HeaderBlock
_TEXTS, _GROUPS, _UNIT, _LAT, _LON = 1, 2, 17, 19, 20  # fields of PrimitiveBlock
_TEXT = 1  # field of StringTable
_NODE, _DENSE, _WAY = 1, 2, 3  # fields of PrimitiveGroup
_KNOWN_FEATURES = {b"OsmSchema-V0.6", b"DenseNodes"}
_THREADS = 2


class NotPlainError(Exception):
    """The file is damaged, or written in a manner that only libosmium reads."""


@dataclass(frozen=True)
class Tags:
    """Tags to keep.

    Parameters
    ----------
    keys
        Their keys.
    of_nodes, of_ways
        The keys among them that make a node or a way one to keep.
    """

    keys: Sequence[str]
    of_nodes: Sequence[str]
    of_ways: Sequence[str]

    def having(self, keys: Sequence[str]) -> Flags:
        """Whether each key is among these."""
        return np.array([key in keys for key in self.keys], np.bool_)


@dataclass(frozen=True)
class Block:
    """What a block holds.

    Parameters
    ----------
    nodes, ways
        Their tags are told by numbers of texts.
    texts
        Those that occur.
    place
        Where in ``texts`` a text is, by its number; `ABSENT` is the last.
    """

    nodes: Sequence[Nodes]
    ways: Sequence[Ways]
    texts: Sequence[bytes]
    place: Ints


def read_blocks(path: Path, tags: Tags) -> list[Block]:
    """Read a PBF file.

    Raises
    ------
    NotPlainError
        If it is not one, is damaged, or uses what is rare: another compression than zlib, nodes
        one by one, another unit than 1e-7 degrees, history.
    """
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            header, *rest = blobs(data)
            _check_header(unpacked(data, header))
            with ThreadPoolExecutor(_THREADS) as pool:
                return list(pool.map(lambda blob: _block(unpacked(data, blob), tags), rest))
    except (ValueError, IndexError, zlib.error) as error:
        raise NotPlainError(str(error)) from error


def blobs(data: mmap.mmap) -> Iterator[tuple[int, int]]:
    """Yield where each blob begins and ends; the first is the header of the file."""
    at, kind = 0, b"OSMHeader"
    while at < len(data):
        begin = at + 4
        head = _array(data[begin : begin + int.from_bytes(data[at:begin], "big")])
        fields = _fields(head)
        (first, last), *_ = fields.of(_TYPE)
        begin += len(head) - 1
        at = begin + fields.whole(_SIZE, ABSENT)
        if head[first:last].tobytes() != kind or not begin <= at <= len(data):
            raise ValueError("not a row of blobs")
        yield begin, at
        kind = b"OSMData"


def unpacked(data: mmap.mmap, blob: tuple[int, int]) -> Bytes:
    """Return what a blob holds, and a zero (see `urbangis.io.osm_decode`)."""
    packed = data[slice(*blob)]
    fields = _fields(_array(packed))
    for begin, end in fields.of(_RAW):
        return _array(packed[begin:end])
    for begin, end in fields.of(_ZLIB):
        return _array(zlib.decompress(packed[begin:end]))
    raise ValueError("another compression")


def _array(message: bytes) -> Bytes:
    return np.frombuffer(message + b"\0", np.uint8)


def _fields(message: Bytes) -> Fields:
    return read_fields(message, 0, len(message) - 1)


def _check_header(header: Bytes) -> None:
    features = {header[begin:end].tobytes() for begin, end in _fields(header).of(_FEATURES)}
    if not features <= _KNOWN_FEATURES:
        raise ValueError("other features")


def _block(data: Bytes, tags: Tags) -> Block:
    block = _fields(data)
    if (block.whole(_UNIT, 100), block.whole(_LAT, 0), block.whole(_LON, 0)) != (100, 0, 0):
        raise ValueError("another unit")
    text = np.concatenate([read_fields(data, *table).of(_TEXT) for table in block.of(_TEXTS)])
    keys, key = _joined(tags.keys)
    column = match_texts(data, text, keys, key)
    nodes: list[Nodes] = []
    ways: list[Ways] = []
    for begin, end in block.of(_GROUPS):
        group = read_fields(data, begin, end)
        if len(group.of(_NODE)):
            raise ValueError("nodes one by one")
        of_nodes, of_ways = tags.having(tags.of_nodes), tags.having(tags.of_ways)
        nodes += [
            read_nodes(data, start, stop, column, of_nodes) for start, stop in group.of(_DENSE)
        ]
        if len(message := group.of(_WAY)):
            ways.append(read_ways(data, message, column, of_ways))
    used = np.zeros(len(text) + 1, bool)
    parts: list[Nodes | Ways] = [*nodes, *ways]
    for part in parts:
        used[part.value] = True
    used[ABSENT] = False  # `ABSENT` points at the last, which is no text
    place = np.cumsum(used) - 1
    place[ABSENT] = ABSENT
    texts = [data[begin:end].tobytes() for begin, end in text[used[:ABSENT]].tolist()]
    return Block(nodes, ways, texts, place)


def _joined(keys: Sequence[str]) -> tuple[Bytes, Ints]:
    """Join keys end to end; return them, and where each begins and ends."""
    texts = [key.encode() for key in keys]
    end = np.cumsum([len(text) for text in texts])
    begin = np.append(0, end[:-1])
    return np.frombuffer(b"".join(texts), np.uint8), np.column_stack([begin, end])
