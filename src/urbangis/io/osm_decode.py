"""Nodes and ways of one block of an OpenStreetMap PBF file, as arrays.

Protocol buffers are messages within messages, each a row of fields: a number, and either a whole
number or a run of bytes. What the numbers mean: https://wiki.openstreetmap.org/wiki/PBF_Format.

Bytes are those of a message and one more, a zero: a number cut short ends there, not beyond.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from urbangis.io.osm_texts import ABSENT

Bytes = NDArray[np.uint8]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]
Shorts = NDArray[np.int32]

_ID, _KEYS, _VALUES, _REFS = 1, 2, 3, 8  # fields of Way
_IDS, _LATS, _LONS, _TAGS = 1, 8, 9, 10  # fields of DenseNodes
_MOST = 10  # the highest of them
_WHOLE, _RUN = 0, 2  # types of fields


class Fields(NamedTuple):
    """Fields of a message: their numbers, and where their bytes begin and end.

    A field that is a whole number begins at that number and ends at `ABSENT`.
    """

    number: Ints
    begin: Ints
    end: Ints

    def of(self, number: int) -> Ints:
        """Begin and end of the fields of one number, shape (fields, 2)."""
        rows = self.number == number
        return np.column_stack([self.begin[rows], self.end[rows]])

    def whole(self, number: int, default: int) -> int:
        """Return a field that is a whole number; a field may be left out."""
        found = self.begin[(self.number == number) & (self.end == ABSENT)]
        return int(found[-1]) if found.size else default


class Nodes(NamedTuple):
    """Nodes, and which of them have a tag that matters.

    Parameters
    ----------
    id
        OpenStreetMap ids, shape (nodes,).
    x, y
        Where they lie, degrees times 1e7.
    tagged
        Rows of those that have a tag that matters.
    value
        Number of the text of each of their tags, `ABSENT` where absent, shape (keys, tagged).
    """

    id: Ints
    x: Shorts
    y: Shorts
    tagged: Ints
    value: Shorts


class Ways(NamedTuple):
    """Ways that have a tag that matters.

    Parameters
    ----------
    id
        OpenStreetMap ids, shape (ways,).
    value
        Number of the text of each of their tags, `ABSENT` where absent, shape (keys, ways).
    size
        How many nodes each has.
    ref
        Ids of the nodes of all ways, end to end.
    """

    id: Ints
    value: Shorts
    size: Ints
    ref: Ints


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
def _signed(value: Any) -> Any:
    """Return numbers that alternate in sign (0, -1, 1, -2, ...) as what they stand for."""
    return (value >> 1) ^ -(value & 1)


@njit(cache=True, nogil=True)
def _field(data: Bytes, at: int, end: int) -> tuple[Any, Any, Any, Any]:
    """Read a field; return its number, where it begins and ends, and what is next."""
    key, at = _varint(data, at)
    value, at = _varint(data, at)
    if key & 7 == _WHOLE:
        return key >> 3, value, ABSENT, at
    if key & 7 != _RUN or value < 0 or value > end - at:
        raise ValueError("a field that is longer than its message, or of a type that is not used")
    return key >> 3, at, at + value, at + value


@njit(cache=True, nogil=True)
def read_fields(data: Bytes, begin: int, end: int) -> Fields:
    """Read the fields of a message."""
    most = (end - begin) // 2 + 1  # a field takes two bytes
    number, first, last = (
        np.empty(most, np.int64),
        np.empty(most, np.int64),
        np.empty(most, np.int64),
    )
    at, count = begin, 0
    while at < end:
        number[count], first[count], last[count], at = _field(data, at, end)
        count += 1
    return Fields(number[:count].copy(), first[:count].copy(), last[:count].copy())


@njit(cache=True, nogil=True)
def match_texts(data: Bytes, text: Ints, keys: Bytes, key: Ints) -> Ints:
    """Find the key that each text is, or `ABSENT`; both are told by where they begin and end."""
    column = np.full(len(text), ABSENT)
    for row in range(len(text)):
        size = text[row, 1] - text[row, 0]
        for number in range(len(key)):
            if key[number, 1] - key[number, 0] != size:
                continue
            same = 0
            while same < size and data[text[row, 0] + same] == keys[key[number, 0] + same]:
                same += 1
            if same == size:
                column[row] = number
                break
    return column


@njit(cache=True, nogil=True)
def _add_up(data: Bytes, at: int, end: int, out: Any) -> int:
    """Write the running sums of a run of signed differences; return how many there are."""
    count = 0
    total: Any = np.int64(0)
    while at < end:
        step, at = _varint(data, at)
        total += _signed(step)
        out[count] = total
        count += 1
    return count


@njit(cache=True, nogil=True)
def read_nodes(data: Bytes, begin: int, end: int, column: Ints, matters: Flags) -> Nodes:
    """Read the nodes of a message DenseNodes.

    Parameters
    ----------
    column
        Key that each text of the block is, or `ABSENT`.
    matters
        Whether a node with that key is tagged, shape (keys,).
    """
    runs = np.zeros((_MOST + 1, 2), np.int64)
    at = begin
    while at < end:
        number, first, last, at = _field(data, at, end)
        if number <= _MOST and last != ABSENT:
            runs[number, 0], runs[number, 1] = first, last
    most = runs[_IDS, 1] - runs[_IDS, 0]
    ident = np.empty(most, np.int64)
    count = _add_up(data, runs[_IDS, 0], runs[_IDS, 1], ident)
    x = np.empty(max(runs[_LONS, 1] - runs[_LONS, 0], count), np.int32)
    y = np.empty(max(runs[_LATS, 1] - runs[_LATS, 0], count), np.int32)
    if (
        _add_up(data, runs[_LONS, 0], runs[_LONS, 1], x) != count
        or _add_up(data, runs[_LATS, 0], runs[_LATS, 1], y) != count
    ):
        raise ValueError("nodes without a place")
    tagged, value = _read_tagged(data, runs[_TAGS], count, column, matters)
    return Nodes(ident[:count].copy(), x[:count].copy(), y[:count].copy(), tagged, value)


@njit(cache=True, nogil=True)
def _read_tagged(
    data: Bytes, run: Ints, count: int, column: Ints, matters: Flags
) -> tuple[Ints, Shorts]:
    """Find the nodes with a tag that matters; a zero ends the tags of each node."""
    tagged, begins = np.empty(count, np.int64), np.empty(count, np.int64)
    at, found = run[0], 0
    for row in range(count):
        if at >= run[1]:
            break
        begin, kept = at, False
        key, at = _varint(data, at)
        while key != 0 and at < run[1]:
            kept |= _column(key, column) >= 0 and matters[_column(key, column)]
            _, at = _varint(data, at)
            key, at = _varint(data, at)
        if kept:
            tagged[found], begins[found] = row, begin
            found += 1
    value = np.full((len(matters), found), ABSENT, np.int32)
    for row in range(found):
        key, at = _varint(data, begins[row])
        while key != 0 and at < run[1]:
            text, at = _varint(data, at)
            _set_tag(value[:, row], key, text, column)
            key, at = _varint(data, at)
    return tagged[:found].copy(), value


@njit(cache=True, nogil=True)
def read_ways(data: Bytes, message: Ints, column: Ints, matters: Flags) -> Ways:
    """Read the ways that have a tag that matters.

    Parameters
    ----------
    message
        Where each way begins and ends, shape (ways, 2).
    column
        Key that each text of the block is, or `ABSENT`.
    matters
        Whether a way with that key is read, shape (keys,).
    """
    ident, size = np.empty(len(message), np.int64), np.empty(len(message), np.int64)
    value = np.full((len(matters), len(message)), ABSENT, np.int32)
    ref = np.empty((message[:, 1] - message[:, 0]).sum(), np.int64)
    runs = np.empty((_MOST + 1, 2), np.int64)
    ways, refs = 0, 0
    for row in range(len(message)):
        at, end = message[row]
        for number in range(_MOST + 1):
            runs[number, 0], runs[number, 1] = 0, 0
        while at < end:
            number, first, last, at = _field(data, at, end)
            if number <= _MOST:
                runs[number, 0], runs[number, 1] = first, last
        kept = False
        at_key, at_value = runs[_KEYS, 0], runs[_VALUES, 0]
        while at_key < runs[_KEYS, 1] and at_value < runs[_VALUES, 1]:
            key, at_key = _varint(data, at_key)
            text, at_value = _varint(data, at_value)
            kept |= _set_tag(value[:, ways], key, text, column) and matters[column[key]]
        if not kept:
            for key in range(len(matters)):
                value[key, ways] = ABSENT
            continue
        ident[ways] = runs[_ID, 0]
        size[ways] = _add_up(data, runs[_REFS, 0], runs[_REFS, 1], ref[refs:])
        refs += size[ways]
        ways += 1
    return Ways(ident[:ways].copy(), value[:, :ways].copy(), size[:ways].copy(), ref[:refs].copy())


@njit(cache=True, nogil=True)
def _column(text: Any, column: Ints) -> Any:
    """Return the column of a text, by its number in the block."""
    if text < 0 or text >= len(column):
        raise ValueError("a text that is not in the block")
    return column[text]


@njit(cache=True, nogil=True)
def _set_tag(value: Shorts, key: Any, text: Any, column: Ints) -> bool:
    """Keep a tag if its key is among those asked for; say whether it is."""
    found = _column(key, column)
    if found < 0:
        return False
    _column(text, column)  # a text that is not there is not kept
    value[found] = text
    return True
