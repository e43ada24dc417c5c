"""Streets of an OpenStreetMap extract.

Streets are cut at every node that they share, so that the ids of their end nodes alone say which
meet: a bridge and the street below share no node and never join.
"""

import math
import re
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy import sparse

from urbangis.errors import ReadError
from urbangis.io.osm_file import CRS, reading
from urbangis.notices import Notice, Text

# Ways that are not, or not yet, or no longer, something to travel on.
_NOT_IN_USE = (
    *("construction", "planned", "proposed", "no"),
    *("abandoned", "demolished", "destroyed", "dismantled", "disused", "historic"),
    *("razed", "removed"),
    *("bus_stop", "elevator", "emergency_bay", "rest_area", "services"),
)
_ACCESS = ("access", "foot", "vehicle", "bicycle", "motor_vehicle", "motorcar", "oneway:bicycle")
_CYCLEWAYS = ("cycleway", "cycleway:left", "cycleway:right", "cycleway:both")
_TAGS = (
    *("highway", "area", "oneway", "junction", "layer", "maxspeed", "name", "service", "motorroad"),
    *_ACCESS,
    *_CYCLEWAYS,
)
_NO_PLACE = np.int32(2**31 - 1)  # what libosmium gives for a node that is not in the file
_SPEED = re.compile(r"(\d+(?:\.\d+)?) ?(km/h|kmh|kph|mph)?")
_KM_PER_MILE = 1.609344
_WHOLE = re.compile(r"[+-]?\d+")
_ONEWAY: dict[str | None, str] = {None: "no", "no": "no", "false": "no", "0": "no"}
_ONEWAY |= {"yes": "yes", "true": "yes", "1": "yes", "-1": "-1", "reverse": "-1"}


def read_streets(path: Path) -> gpd.GeoDataFrame:
    """Read the streets of an OpenStreetMap extract, cut where they meet.

    Parameters
    ----------
    path
        ``.osm.pbf``, ``.osm``, ``.osm.gz`` or ``.osm.bz2``.

    Returns
    -------
    GeoDataFrame
        Contract ``streets`` in EPSG:4326, in the order of the file, with the columns

        - ``id``: the way and the number of the piece within it, ``"4711-0"``;
        - ``class``: the ``highway`` tag;
        - ``oneway``: ``"no"``, ``"yes"`` or, against the drawing, ``"-1"``; roundabouts and
          motorways are one-way unless tagged otherwise;
        - ``grade``: the ``layer`` tag, 0 where absent;
        - ``max_speed_kmh``: NaN where absent or not a number (``CN:urban``, ``signals``);
        - ``name`` (``""`` where absent), ``service``, and the access tags ``access``, ``foot``,
          ``vehicle``, ``bicycle``, ``motor_vehicle``, ``motorcar``, ``oneway:bicycle`` (missing
          where absent; ``motorroad=yes`` closes a street to ``foot`` and ``bicycle`` unless these
          are tagged, and ``cycleway=opposite`` opens it both ways to ``oneway:bicycle``);
        - ``start_node``, ``end_node``: OpenStreetMap node ids, int64; pieces meet where these
          are equal and nowhere else;
        - ``geometry``: LineString as drawn.

        ``attrs["notices"]`` holds a tuple of `Notice`: what was left out, cut or not understood.

    Raises
    ------
    ReadError
        If the file is missing, damaged, not OpenStreetMap data, or holds no street.
    """
    ways = _read_ways(path)
    street = ~(ways.not_in_use | ways.areal | ways.repeated)
    if not street.any():
        raise ReadError(
            "holds no streets (no way with the tag highway that is in use)",
            file=path,
            remedy="Export the area again with its ways and their nodes, not its nodes alone.",
        )
    pieces = _cut(ways, street)
    if not len(pieces.way):
        raise ReadError(
            "gives no coordinates for its streets",
            file=path,
            remedy="Write the nodes before the ways (`osmium sort`), with positive ids.",
        )
    # The number of a piece within its way: its place less that of the way's first piece.
    number = np.arange(len(pieces.way)) - np.searchsorted(pieces.way, pieces.way)
    table = _attributes(ways).iloc[pieces.way].reset_index(drop=True)
    way_id = ways.id[pieces.way]
    table.insert(0, "id", [f"{way}-{part}" for way, part in zip(way_id, number, strict=True)])
    table["start_node"], table["end_node"] = pieces.start_node, pieces.end_node
    lines = shapely.linestrings(pieces.xy, indices=pieces.line)
    streets = gpd.GeoDataFrame(table, geometry=lines, crs=CRS)
    streets.attrs["notices"] = tuple(_street_notices(ways, street))
    return streets


@dataclass(frozen=True)
class _Ways:
    """The ways with a ``highway`` tag: one row each, and their nodes end to end.

    ``ptr`` says where each way's nodes begin; ``x`` and ``y`` are degrees times 1e7, and
    ``_NO_PLACE`` where the node is not in the file.
    """

    id: NDArray[np.int64]
    tags: Mapping[str, NDArray[np.object_]]
    ptr: NDArray[np.int64]
    ref: NDArray[np.int64]
    x: NDArray[np.int32]
    y: NDArray[np.int32]
    barrier: NDArray[np.int64]

    @property
    def not_in_use(self) -> NDArray[np.bool_]:
        """Ways that are not, not yet or no longer streets."""
        return np.isin(self.tags["highway"].astype(str), _NOT_IN_USE)

    @property
    def areal(self) -> NDArray[np.bool_]:
        """Ways that are outlines of a paved area."""
        return np.asarray(self.tags["area"] == "yes")

    @property
    def repeated(self) -> NDArray[np.bool_]:
        """Ways whose id came before."""
        repeated = np.ones(len(self.id), bool)
        repeated[np.unique(self.id, return_index=True)[1]] = False
        return repeated


def _read_ways(path: Path) -> _Ways:
    """Read all ways with a ``highway`` tag; the selection happens in C++."""
    ids, refs, xs, ys, barriers = (array("q") for _ in range(5))
    ends, tags = array("q", [0]), []
    with reading(path):
        streets, stops = osmium.filter.KeyFilter("highway"), osmium.filter.KeyFilter("barrier")
        streets.enable_for(osmium.osm.WAY)
        stops.enable_for(osmium.osm.NODE)
        processor = osmium.FileProcessor(str(path)).with_locations()
        processor.with_filter(osmium.filter.EntityFilter(osmium.osm.NODE | osmium.osm.WAY))
        processor.with_filter(streets).with_filter(stops)
        for item in processor:
            if not isinstance(item, osmium.osm.Way):
                barriers.append(item.id)
                continue
            ids.append(item.id)
            for node in item.nodes:
                refs.append(node.ref)
                xs.append(node.x)
                ys.append(node.y)
            ends.append(len(refs))
            tags.append(tuple(map(dict(item.tags).get, _TAGS)))
    columns = np.array(tags, object).reshape(len(tags), len(_TAGS)).T
    return _Ways(
        id=np.array(ids, np.int64),
        tags=dict(zip(_TAGS, columns, strict=True)),
        ptr=np.array(ends, np.int64),
        ref=np.array(refs, np.int64),
        x=np.array(xs, np.int32),
        y=np.array(ys, np.int32),
        barrier=np.array(barriers, np.int64),
    )


@dataclass(frozen=True)
class _Pieces:
    """Pieces of ways between junctions: one row each, and their vertices end to end."""

    way: NDArray[np.int64]
    start_node: NDArray[np.int64]
    end_node: NDArray[np.int64]
    xy: NDArray[np.float64]
    line: NDArray[np.int64]


def _cut(ways: _Ways, street: NDArray[np.bool_]) -> _Pieces:
    """Cut the streets at every node that is an end, or that lies on streets more than once."""
    way = np.repeat(np.arange(len(ways.id)), np.diff(ways.ptr))
    kept = np.flatnonzero(street[way] & (ways.x != _NO_PLACE))
    # Vertices that were neighbours in the file and in one way form a run: a node that is not in
    # the file ends one.
    ref, x, y = ways.ref[kept], ways.x[kept], ways.y[kept]
    follows = np.zeros(len(kept), bool)
    follows[1:] = (np.diff(kept) == 1) & (np.diff(way[kept]) == 0)
    same = follows.copy()
    same[1:] &= (np.diff(x) == 0) & (np.diff(y) == 0)
    ref = _merge(ref, same)
    kept, ref, x, y, follows = kept[~same], ref[~same], x[~same], y[~same], follows[~same]
    _, place, times = np.unique(ref, return_inverse=True, return_counts=True)
    ends_run = np.roll(~follows, -1)  # the next vertex begins a run; the last meets the first
    stop = np.flatnonzero(~follows | ends_run | (times[place] > 1))
    # A piece goes from each stop to the next, unless a new run begins there.
    begins = np.flatnonzero(follows[stop[1:]])
    start, end = stop[begins], stop[begins + 1]
    size = end - start + 1
    line = np.repeat(np.arange(len(start)), size)
    vertex = np.arange(len(line)) + np.repeat(start - np.append(0, np.cumsum(size)[:-1]), size)
    # libosmium's fixed-point degrees; division keeps the decimal number that was written.
    xy = np.column_stack([x[vertex], y[vertex]]) / 1e7
    return _Pieces(way[kept][start], ref[start], ref[end], xy, line)


def _merge(ref: NDArray[np.int64], same: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Give neighbours at one place one id, the lowest: no street joins a place to itself."""
    pair = np.flatnonzero(same)
    nodes, place = np.unique(ref, return_inverse=True)
    links = sparse.coo_array(
        (np.ones(len(pair)), (place[pair], place[pair - 1])), shape=(len(nodes), len(nodes))
    )
    _, group = sparse.csgraph.connected_components(links, directed=False)
    # The ids rise, so the first of each group is its lowest.
    lowest = nodes[np.unique(group, return_index=True)[1]]
    return np.asarray(lowest[group[place]])


def _attributes(ways: _Ways) -> pd.DataFrame:
    """Turn tags into the columns of the contract, one row for each way."""
    tags = ways.tags
    table = pd.DataFrame({"class": tags["highway"], "oneway": _oneway(tags)})
    table["grade"] = [_grade(layer) for layer in tags["layer"]]
    table["max_speed_kmh"] = [_speed_kmh(speed) for speed in tags["maxspeed"]]
    table["name"] = [name or "" for name in tags["name"]]
    for key in ("service", *_ACCESS):
        table[key] = tags[key]
    for key in ("foot", "bicycle"):
        table.loc[(tags["motorroad"] == "yes") & table[key].isna(), key] = "no"
    against = np.any([_starts_with(tags[key], "opposite") for key in _CYCLEWAYS], axis=0)
    table.loc[against & table["oneway:bicycle"].isna(), "oneway:bicycle"] = "no"
    return table


def _oneway(tags: Mapping[str, NDArray[np.object_]]) -> NDArray[np.object_]:
    """Direction of each way; roundabouts and motorways are one-way unless tagged otherwise.

    Lanes whose direction changes with the hour (``reversible``, ``alternating``) count as
    two-way, as does any other value that is not understood.
    """
    round_about = np.isin(tags["junction"].astype(str), ["roundabout", "circular"])
    implied = np.where(round_about | (tags["highway"] == "motorway"), "yes", "no")
    known = [_ONEWAY.get(value, "no") for value in tags["oneway"]]
    return np.where(tags["oneway"] == None, implied, known).astype(object)  # noqa: E711


def _grade(layer: str | None) -> int:
    """Return the level of a street, 0 for the ground and where the tag is not a whole number."""
    return int(layer) if layer and _WHOLE.fullmatch(layer) else 0


def _speed_kmh(tag: str | None) -> float:
    """Return a speed limit; NaN where it is absent or names a rule (``CN:urban``)."""
    found = _SPEED.fullmatch(tag) if tag else None
    if found is None:
        return math.nan
    return float(found[1]) * (_KM_PER_MILE if found[2] == "mph" else 1.0)


def _starts_with(values: NDArray[np.object_], start: str) -> NDArray[np.bool_]:
    return np.array([value is not None and value.startswith(start) for value in values], bool)


def _street_notices(ways: _Ways, street: NDArray[np.bool_]) -> Iterator[Notice]:
    """Tell what was left out, what lacks nodes, and what a reader of travel times must know."""
    areal = ways.areal & ~ways.not_in_use
    for code, rows, zh, en in (
        ("streets-not-in-use", ways.not_in_use, "在建、规划或已废弃", "not in use, or no streets"),
        ("street-areas", areal, "以面状绘制的场地", "outlines of paved areas"),
        ("ways-repeated", ways.repeated, "编号与前面的道路重复", "repeating the id of another"),
    ):
        count = int(rows.sum())
        if count:
            message = Text(
                zh=f"有{count}条道路未采用：{zh}。", en=f"{count} ways are left out: {en}."
            )
            yield _notice(code, ways.id[rows], message)
    way = np.repeat(np.arange(len(ways.id)), np.diff(ways.ptr))
    gaps = np.zeros(len(ways.id), bool)
    gaps[way[ways.x == _NO_PLACE]] = True
    gaps &= street
    if gaps.any():
        yield _notice(
            "streets-cut",
            ways.id[gaps],
            Text(
                zh=f"有{gaps.sum()}条道路伸出数据范围，只保留有坐标的部分。",
                en=f"{gaps.sum()} streets leave the extract; the parts with coordinates are kept.",
            ),
        )
    unclear = street & np.array([value not in _ONEWAY for value in ways.tags["oneway"]])
    if unclear.any():
        yield _notice(
            "oneway-unclear",
            ways.id[unclear],
            Text(
                zh=f"有{unclear.sum()}条道路的单行标记无法判定（如潮汐车道），按双向通行计。",
                en=f"{unclear.sum()} streets with an unclear one-way tag (such as lanes that "
                "change direction) count as two-way.",
            ),
        )
    barriers = np.intersect1d(ways.barrier, ways.ref[street[way]])
    if barriers.size:
        yield _notice(
            "barriers-not-modelled",
            barriers,
            Text(
                zh=f"道路上有{barriers.size}处大门、路障等阻隔未计入，驾车实际可能无法通过。",
                en=f"{barriers.size} gates, bollards and other barriers on streets are not "
                "modelled; drivers may not get through.",
            ),
        )


def _notice(code: str, ids: NDArray[np.int64], message: Text) -> Notice:
    sample = tuple(str(one) for one in np.sort(ids)[:10])
    return Notice(code=code, severity="info", count=len(ids), message=message, sample_ids=sample)
