"""New lines in a layer of streets: their ends are joined to what is there, and nothing else."""

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.ops import substring

from urbangis.notices import Notice, Text, notice

TOLERANCE_M = 5.0
"""How far the end of a new line may lie from the street that it is meant to meet."""

_NODES = ("start_node", "end_node")
_ENDS = (0, -1)


def join_lines(
    streets: gpd.GeoDataFrame, new: gpd.GeoDataFrame, *, tolerance_m: float = TOLERANCE_M
) -> tuple[gpd.GeoDataFrame, tuple[Notice, ...]]:
    """Add new lines to streets, one after another, joined at their ends.

    An end within the tolerance of a street's end goes there; of another place on a street, that
    street is cut there in two. Streets that a new line crosses, and streets that do not meet each
    other, stay as they are.

    Parameters
    ----------
    streets
        Contract ``streets`` in a metric CRS, with node numbers or without.
    new
        LineStrings of the same contract and CRS.
    tolerance_m
        Largest gap that is still a meeting, metres, inclusive.

    Returns
    -------
    streets, notices
        The streets, the pieces of one that is cut (ids ``"12-0"`` and ``"12-1"``) in its place, and
        the new lines last. A notice names new lines with an end that meets nothing.
    """
    table, loose = streets.reset_index(drop=True), list[str]()
    for number in range(len(new)):
        row = new.iloc[[number]]
        xy = shapely.get_coordinates(row.geometry.iloc[0])
        nodes = dict[str, int]()
        for end, column in zip(_ENDS, _NODES, strict=True):
            place = _nearest(table, xy[end], tolerance_m)
            if place is None:
                loose.append(str(row["id"].iloc[0]))
            else:
                table, xy[end], nodes[column] = _joined(table, place)
        # Only now: a street that was cut for the other end has taken a number.
        for column in _NODES:
            nodes.setdefault(column, _free_node(table) + len(nodes))
        row = row.set_geometry([shapely.LineString(xy)], crs=table.crs)
        if _numbered(table):
            row = row.assign(**nodes)
        table = _table([table, row])
    text = Text(
        zh=f"新增道路有{len(loose)}处端点{tolerance_m:g}米以内没有道路，该端未接入路网。",
        en=f"ends of new streets that no street is within {tolerance_m:g} m of: {len(loose)}; "
        "they lead nowhere there.",
    )
    return table, notice("new-street-leads-nowhere", loose, text, severity="warning")


class _Place(NamedTuple):
    """A place on a street: its row, metres along it, and whether it is one of its ends."""

    row: int
    at_m: float
    end: int | None


def _nearest(table: gpd.GeoDataFrame, xy: NDArray[np.float64], tolerance_m: float) -> _Place | None:
    """Find where a point meets the nearest street: at an end of it, if one is near enough."""
    point, lines = shapely.Point(xy), table.geometry.to_numpy()
    rows = np.sort(table.sindex.query(point, predicate="dwithin", distance=tolerance_m))
    if not rows.size:
        return None
    tips = shapely.get_point(np.repeat(lines[rows], 2), np.tile(_ENDS, rows.size))
    gap_m = shapely.distance(tips, point)
    near = int(gap_m.argmin())
    if gap_m[near] <= tolerance_m:
        return _Place(int(rows[near // 2]), 0.0, near % 2)
    row = int(rows[shapely.distance(lines[rows], point).argmin()])
    return _Place(row, float(shapely.line_locate_point(lines[row], point)), None)


def _joined(
    table: gpd.GeoDataFrame, place: _Place
) -> tuple[gpd.GeoDataFrame, NDArray[np.float64], int]:
    """Return the streets with an end at that place, its coordinates, and its node number."""
    line = table.geometry.iloc[place.row]
    if place.end is not None:
        xy = shapely.get_coordinates(line)[_ENDS[place.end]]
        node = table[_NODES[place.end]].iloc[place.row] if _numbered(table) else 0
        return table, xy, int(node)
    node, cut = _free_node(table), table.iloc[[place.row, place.row]]
    parts = [substring(line, 0, place.at_m), substring(line, place.at_m, line.length)]
    cut = cut.set_geometry(parts, crs=table.crs)
    cut["id"] = [f"{one}-{part}" for part, one in enumerate(cut["id"])]
    if _numbered(table):
        cut["end_node"] = [node, cut["end_node"].iloc[1]]
        cut["start_node"] = [cut["start_node"].iloc[0], node]
    if "duration_s" in cut:
        cut["duration_s"] *= np.array([place.at_m, line.length - place.at_m]) / line.length
    for column, part in (("end_barrier", 0), ("start_barrier", 1)):
        if column in cut:
            # What stood at an end of the whole street stands at that end of one part.
            cut[column] = [None if part == number else value
                           for number, value in enumerate(cut[column])]  # fmt: skip
    pieces = _table([table.iloc[: place.row], cut, table.iloc[place.row + 1 :]])
    return pieces, shapely.get_coordinates(parts[1])[0], node


def _numbered(table: gpd.GeoDataFrame) -> bool:
    return set(_NODES) <= set(table.columns)


def _free_node(table: gpd.GeoDataFrame) -> int:
    return int(table[list(_NODES)].to_numpy().max()) + 1 if _numbered(table) else 0


def _table(parts: list[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    whole = pd.concat([part for part in parts if len(part)], ignore_index=True)
    return gpd.GeoDataFrame(whole, geometry="geometry", crs=parts[0].crs)
