"""Streets of an OpenStreetMap extract.

Streets are cut at every node that they share, so that the ids of their end nodes alone say which
meet: a bridge and the street below share no node and never join.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyproj import CRS

from urbangis.errors import ReadError
from urbangis.io import osm_tags
from urbangis.io.osm_file import CRS as WGS84
from urbangis.io.osm_pieces import Pieces, cut_ways
from urbangis.io.osm_ways import NO_PLACE, Streets, read_ways
from urbangis.notices import Notice, Text, notice
from urbangis.tables import StreetLines

Flags = NDArray[np.bool_]


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
        - ``class``: the ``highway`` tag, or ``"ferry"``;
        - ``oneway``: ``"no"``, ``"yes"`` or, against the drawing, ``"-1"``; roundabouts and
          motorways are one-way unless tagged otherwise;
        - ``grade``: the ``layer`` tag, 0 where absent;
        - ``max_speed_kmh``: NaN where absent or not a number (``CN:urban``, ``signals``);
        - ``duration_s``: of a ferry that says how long it takes, the piece's share by length,
          seconds, without the wait; NaN for all others;
        - ``name`` (``""`` where absent), ``service``, and the access tags ``access``, ``foot``,
          ``vehicle``, ``bicycle``, ``motor_vehicle``, ``motorcar``, ``oneway:bicycle`` (missing
          where absent; ``motorroad=yes`` closes a street to ``foot`` and ``bicycle`` unless these
          are tagged, ``cycleway=opposite`` opens it both ways to ``oneway:bicycle``, and a ferry
          is closed to ``motor_vehicle`` unless it speaks of vehicles);
        - ``start_node``, ``end_node``: OpenStreetMap node ids, int64; pieces meet where these
          are equal and nowhere else;
        - ``start_barrier``, ``end_barrier``: what stands in the way at either end, its kind and
          its access tags: ``"gate"``, ``"bollard;motor_vehicle=no"``; missing where nothing does;
        - ``geometry``: LineString as drawn.

        ``attrs["notices"]`` holds a tuple of `Notice`: what was left out, cut or not understood.

    Raises
    ------
    ReadError
        If the file is missing, damaged, not OpenStreetMap data, or holds no street.
    """
    lines, notices = read_street_lines(path)
    streets = lines.table()
    streets.attrs["notices"] = notices
    return streets


def read_street_lines(path: Path) -> tuple[StreetLines, tuple[Notice, ...]]:
    """Read the streets of an OpenStreetMap extract as arrays, in EPSG:4326.

    Columns, notices and errors are those of `read_streets`. From here to a network,
    ``build_network(lines.to_crs(crs), mode)``, takes three fifths of the time by a table.
    """
    barriers, ways = read_ways(path, osm_tags.KEYS)
    fates = _fates(ways)
    if not fates.street.any():
        raise ReadError(
            "holds no streets (no way with the tag highway that is in use)",
            file=path,
            remedy="Export the area again with its ways and their nodes, not its nodes alone.",
        )
    barrier = osm_tags.barrier_texts(barriers.tags)
    stops = barrier != None  # noqa: E711
    pieces = cut_ways(ways, fates.street, barriers.id[stops])
    if not len(pieces.way):
        raise ReadError(
            "gives no coordinates for its streets",
            file=path,
            remedy="Export the area again with the nodes of its ways, as `osmium extract` does.",
        )
    columns = _columns(ways, pieces, pd.Series([*barrier[stops], None]))
    vertices = np.bincount(pieces.line, minlength=len(pieces.way))
    ptr = np.append(0, np.cumsum(vertices))
    row = np.arange(len(pieces.way))
    streets = StreetLines(columns, pieces.xy, ptr, row, CRS.from_user_input(WGS84))
    return streets, tuple(_notices(ways, fates))


def _columns(ways: Streets, pieces: Pieces, barrier: pd.Series) -> pd.DataFrame:
    """Give each piece the attributes of its way; the last of ``barrier`` is for no barrier."""
    columns = {"id": _ids(ways, pieces), **osm_tags.street_columns(ways.tags, pieces.way)}
    columns["duration_s"] = _durations_s(ways, pieces)
    columns["start_node"], columns["end_node"] = pieces.start_node, pieces.end_node
    columns["start_barrier"] = barrier.array.take(pieces.start_barrier)
    columns["end_barrier"] = barrier.array.take(pieces.end_barrier)
    return pd.DataFrame(columns)


def _ids(ways: Streets, pieces: Pieces) -> pd.Series:
    """Tell each piece by its way and its number within it, counted from 0."""
    first = np.flatnonzero(np.diff(pieces.way, prepend=-1))
    number = np.arange(len(pieces.way)) - np.repeat(first, np.diff(first, append=len(pieces.way)))
    numbers = (pa.array(part).cast(pa.string()) for part in (ways.id[pieces.way], number))
    ids: pd.Series = pc.binary_join_element_wise(*numbers, "-").to_pandas()
    return ids


def _durations_s(ways: Streets, pieces: Pieces) -> NDArray[np.float64]:
    """Share out the durations of ferries among their pieces by length."""
    duration_s = osm_tags.durations_s(ways.tags)[pieces.way]
    timed = np.isfinite(duration_s)
    vertex = np.flatnonzero(timed[pieces.line])
    line, xy = pieces.line[vertex], pieces.xy[vertex]
    step = np.diff(xy, axis=0) * [1.0, 1.0]
    step[:, 0] *= np.cos(np.radians(xy[1:, 1]))  # a degree of longitude in degrees of latitude
    length = np.bincount(
        line[1:], np.hypot(*step.T) * (np.diff(line) == 0), minlength=len(duration_s)
    )
    whole = np.bincount(pieces.way, length)[pieces.way]
    return np.divide(duration_s * length, whole, out=duration_s, where=timed)


@dataclass(frozen=True)
class _Fates:
    """What becomes of each way: a street, or left out for one reason."""

    street: Flags
    not_in_use: Flags
    areal: Flags
    repeated: Flags


def _fates(ways: Streets) -> _Fates:
    relevant = osm_tags.street_class(ways.tags).present
    not_in_use = osm_tags.not_in_use(ways.tags)
    areal = relevant & ~not_in_use & ways.tags["area"].among(["yes"])
    repeated = relevant.copy()
    repeated[np.unique(ways.id, return_index=True)[1]] = False
    return _Fates(relevant & ~not_in_use & ~areal & ~repeated, not_in_use, areal, repeated)


def _notices(ways: Streets, fates: _Fates) -> Iterator[Notice]:
    """Tell what was left out, what lacks nodes, and what is not understood."""
    for code, rows, zh, en in (
        ("streets-not-in-use", fates.not_in_use, "在建、规划或已废弃", "not in use, or no streets"),
        ("street-areas", fates.areal, "以面状绘制的场地", "outlines of paved areas"),
        ("ways-repeated", fates.repeated, "编号与前面的道路重复", "repeating the id of another"),
    ):
        count = rows.sum()
        text = Text(zh=f"有{count}条道路未采用：{zh}。", en=f"{count} ways are left out: {en}.")
        yield from _notice(code, ways.id[rows], text)
    gaps = np.zeros(len(ways.id), bool)
    way = np.repeat(np.arange(len(ways.id)), np.diff(ways.ptr))
    gaps[way[(ways.node_x == NO_PLACE)[ways.node]]] = True
    gaps &= fates.street
    text = Text(
        zh=f"有{gaps.sum()}条道路伸出数据范围，只保留有坐标的部分。",
        en=f"{gaps.sum()} streets leave the extract; the parts with coordinates are kept.",
    )
    yield from _notice("streets-cut", ways.id[gaps], text)
    unclear = fates.street & osm_tags.oneway_unclear(ways.tags)
    text = Text(
        zh=f"有{unclear.sum()}条道路的单行标记无法判定（如潮汐车道），按双向通行计。",
        en=f"{unclear.sum()} streets with an unclear one-way tag (such as lanes that change "
        "direction) count as two-way.",
    )
    yield from _notice("oneway-unclear", ways.id[unclear], text)


def _notice(code: str, ids: NDArray[np.int64], text: Text) -> tuple[Notice, ...]:
    return notice(code, np.sort(ids).tolist(), text)
