"""Nodes and ways of an uncompressed OpenStreetMap PBF file, as arrays.

The file is one that libosmium has just written (`urbangis.io.osm_ways`): its nodes are plain, its
ways carry the places of their nodes. Protocol buffers are messages within messages, each a row of
fields: a number, and either a whole number or a run of bytes. What the numbers mean:
https://wiki.openstreetmap.org/wiki/PBF_Format.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]

_DATA_SIZE, _DATA = 3, 1  # fields of BlobHeader, of Blob
_STRINGS, _GROUP = 1, 2  # fields of PrimitiveBlock
_NODE, _WAY = 1, 3  # fields of PrimitiveGroup
_ID, _KEYS, _VALUES, _REFS, _LATS, _LONS = 1, 2, 3, 8, 9, 10  # fields of Way; Node has the first 3
_RUN = 2  # the type of a field of bytes
_ABSENT = -1


@dataclass(frozen=True)
class Items:
    """Nodes or ways, one row each.

    Parameters
    ----------
    id
        OpenStreetMap ids, shape (items,).
    tags
        Values of each key asked for, None where absent, shape (items,).
    ptr
        Where the nodes of each way begin, shape (items + 1,); nodes have none.
    ref
        Ids of the nodes of all ways, end to end.
    x, y
        Where these nodes lie, degrees times 1e7.
    """

    id: Ints
    tags: dict[str, NDArray[np.object_]]
    ptr: Ints
    ref: Ints
    x: Ints
    y: Ints


def decode(path: Path, keys: Sequence[str]) -> tuple[Items, Items]:
    """Return the nodes and the ways of an uncompressed PBF file, with the tags of some keys."""
    data = np.fromfile(path, np.uint8)
    strings: list[str] = []
    nodes, ways = [np.empty((0, 3), np.int64)], [np.empty((0, 3), np.int64)]
    for block in _blocks(data):
        first_string = len(strings)
        for begin, end in block.of(_STRINGS):
            strings += _texts(data, begin, end)
        for begin, end in block.of(_GROUP):
            group = _fields(data, begin, end)
            nodes.append(np.insert(group.of(_NODE), 2, first_string, axis=1))
            ways.append(np.insert(group.of(_WAY), 2, first_string, axis=1))
    column_of_key = {key: column for column, key in enumerate(keys)}
    column = np.array([column_of_key.get(text, _ABSENT) for text in strings], np.int64)
    texts = np.array([*strings, None], object)  # None last, where `_ABSENT` points

    def read(messages: list[Ints]) -> Items:
        ident, value, *drawing = _read(data, np.concatenate(messages), column, len(keys))
        return Items(ident, dict(zip(keys, texts[value.T], strict=True)), *drawing)

    node = read(nodes)
    return replace(node, id=_signed.py_func(node.id)), read(ways)


class _Fields(NamedTuple):
    """Fields of a message: their numbers, and where their bytes begin and end.

    A field that is a whole number begins at that number and ends at `_ABSENT`.
    """

    number: Ints
    begin: Ints
    end: Ints

    def of(self, number: int) -> Ints:
        """Begin and end of the fields of one number, shape (fields, 2)."""
        rows = self.number == number
        return np.column_stack([self.begin[rows], self.end[rows]])


def _blocks(data: Bytes) -> Iterator[_Fields]:
    """Yield the fields of each PrimitiveBlock; the first block of a file is its header."""
    at = 0
    while at < len(data):
        begin, is_first = at + 4, at == 0
        head_end = begin + int.from_bytes(data[at:begin].tobytes(), "big")
        at = head_end + _fields(data, begin, head_end).of(_DATA_SIZE)[0, 0]
        if not is_first:
            begin, end = _fields(data, head_end, at).of(_DATA)[0]
            yield _fields(data, begin, end)


def _texts(data: Bytes, begin: int, end: int) -> list[str]:
    """Read a table of strings."""
    raw = data[begin:end].tobytes()
    fields = _fields(data, begin, end)
    ends = zip((fields.begin - begin).tolist(), (fields.end - begin).tolist(), strict=True)
    return [raw[first:last].decode("utf-8", "replace") for first, last in ends]


@njit(cache=True)
def _varint(data: Bytes, at: int) -> tuple[Any, int]:
    """Read a whole number, seven bits a byte, the low ones first; return it and what is next."""
    value: Any = np.int64(0)
    shift = 0
    while True:
        byte = np.int64(data[at])
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7


@njit(cache=True)
def _signed(value: Any) -> Any:
    """Return numbers that alternate in sign (0, -1, 1, -2, ...) as what they stand for."""
    return (value >> 1) ^ -(value & 1)


@njit(cache=True)
def _fields(data: Bytes, begin: int, end: int) -> _Fields:
    most = (end - begin) // 2  # a field takes two bytes
    number, first, last = (
        np.empty(most, np.int64),
        np.empty(most, np.int64),
        np.empty(most, np.int64),
    )
    at, count = begin, 0
    while at < end:
        key, at = _varint(data, at)
        value, at = _varint(data, at)
        number[count], first[count], last[count] = key >> 3, value, _ABSENT
        if key & 7 == _RUN:
            first[count], last[count] = at, at + value
            at += value
        count += 1
    return _Fields(number[:count].copy(), first[:count].copy(), last[:count].copy())


@njit(cache=True)
def _add_up(data: Bytes, at: int, end: int, out: Ints) -> int:
    """Write the running sums of a run of signed differences; return how many there are."""
    count = 0
    total: Any = np.int64(0)
    while at < end:
        step, at = _varint(data, at)
        total += _signed(step)
        out[count] = total
        count += 1
    return count


@njit(cache=True)
def _read(
    data: Bytes, message: Ints, column: Ints, columns: int
) -> tuple[Ints, Ints, Ints, Ints, Ints, Ints]:
    """Read nodes or ways.

    Parameters
    ----------
    message
        Where each begins and ends, and the number of the first string of its block, shape
        (items, 3).
    column
        Column of the tags that each string is the key of, or `_ABSENT`.
    columns
        Number of columns of tags.

    Returns
    -------
    id, value, ptr, ref, x, y
        As in `Items`; of ``value``, shape (items, columns), the numbers of strings.
    """
    items = len(message)
    most = (message[:, 1] - message[:, 0]).sum() // 3  # each node of a way takes three bytes
    ident, ptr = np.empty(items, np.int64), np.zeros(items + 1, np.int64)
    value = np.full((items, columns), _ABSENT)
    ref, x, y = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most, np.int64)
    runs = np.empty((_LONS + 1, 2), np.int64)
    for row in range(items):
        at, end, first_string = message[row]
        for number in range(_LONS + 1):
            runs[number, 0], runs[number, 1] = 0, 0
        while at < end:
            key, at = _varint(data, at)
            number = key >> 3
            if key & 7 == _RUN:
                size, at = _varint(data, at)
                if number <= _LONS:
                    runs[number, 0], runs[number, 1] = at, at + size
                at += size
            else:
                whole, at = _varint(data, at)
                if number == _ID:
                    ident[row] = whole
        at_key, at_value = runs[_KEYS, 0], runs[_VALUES, 0]
        while at_key < runs[_KEYS, 1]:
            name, at_key = _varint(data, at_key)
            text, at_value = _varint(data, at_value)
            if column[first_string + name] >= 0:
                value[row, column[first_string + name]] = first_string + text
        first = ptr[row]
        ptr[row + 1] = first + _add_up(data, runs[_REFS, 0], runs[_REFS, 1], ref[first:])
        _add_up(data, runs[_LONS, 0], runs[_LONS, 1], x[first:])
        _add_up(data, runs[_LATS, 0], runs[_LATS, 1], y[first:])
    return ident, value, ptr, ref[: ptr[-1]].copy(), x[: ptr[-1]].copy(), y[: ptr[-1]].copy()
