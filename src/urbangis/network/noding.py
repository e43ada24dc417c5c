"""Any drawing of streets as a network: cut lines where others end on them.

A layer of centrelines is often drawn for the eye: a side street ends on a main street that runs
through, or stops a hand's breadth short of it. Nothing is moved here: lines are cut, and node
numbers say which ends meet.
"""

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from urbangis.errors import TableError
from urbangis.network.meetings import (
    NO_CROSSINGS,
    TOUCHING_M,
    Crossings,
    Drawing,
    Floats,
    Ints,
    Shapes,
    Touches,
    crossings,
    joined,
    meeting_points,
    touches,
)
from urbangis.notices import Notice, Text, notice
from urbangis.tables import single_lines

LAYER = "streets"


def node_lines(
    streets: gpd.GeoDataFrame, *, tolerance_m: float, cross: bool = False
) -> tuple[gpd.GeoDataFrame, tuple[Notice, ...]]:
    """Cut streets where they meet, and say which ends meet.

    Ends within the tolerance of each other meet. An end within the tolerance of another line
    meets it and cuts it at the nearest point, whatever the grades: a ramp ends on the street that
    it leads to. Of places that follow each other on a line within
    the tolerance, one is made.

    Parameters
    ----------
    streets
        Contract ``streets`` in a metric CRS, with no node numbers yet.
    tolerance_m
        Largest gap that is still a meeting, metres, inclusive.
    cross
        Whether lines of one ``grade`` meet where they cross, even if neither ends there. Bridges
        that are not told by their grade would then be crossroads.

    Returns
    -------
    streets, notices
        One row for each piece, in the order of the rows and along each: the same columns, and
        ``start_node``, ``end_node`` (int64); ``id`` is the row's with the number of the piece,
        ``"12-0"``; ``duration_s``, if there, is shared out by length. No line is moved: the total
        length is the same. Notices tell what was cut, joined and left out.

    Raises
    ------
    TableError
        If the streets have node numbers already, or no length at all.
    """
    if "start_node" in streets.columns:
        raise TableError(
            "already says which streets meet (it has node numbers)",
            layer=LAYER,
            remedy='Leave out "node": streets of OpenStreetMap need none.',
        )
    lines, row = single_lines(streets.geometry.to_numpy())
    flat = shapely.length(lines) == 0
    if flat.all():
        raise TableError("has no line of any length", layer=LAYER, remedy="Check the drawing.")
    drawing, row, flat_row = Drawing(lines[~flat]), row[~flat], row[flat]
    tolerance_m = max(tolerance_m, TOUCHING_M)
    place = meeting_points(drawing.ends_xy, tolerance_m)
    touched = touches(drawing, place, tolerance_m)
    crossed = (
        crossings(drawing, streets["grade"].to_numpy()[row], tolerance_m) if cross else NO_CROSSINGS
    )
    pieces = _cut(drawing, _meetings(drawing, place, touched, crossed), tolerance_m)
    noded = _table(streets.iloc[row].reset_index(drop=True), row, pieces)
    ids = streets["id"].to_numpy(object)
    return noded, (
        *_flat_notice(ids[flat_row]),
        *_touch_notices(ids[row], touched),
        *_crossing_notice(ids[row], crossed),
    )


class _Meetings(NamedTuple):
    """Places on lines: which node is there, on which line, how far along."""

    node: Ints
    line: Ints
    at_m: Floats


class _Pieces(NamedTuple):
    """Pieces of lines between nodes, in the order of the lines and along each."""

    line: Ints
    start_node: Ints
    end_node: Ints
    shape: Shapes


def _meetings(drawing: Drawing, place: Ints, touched: Touches, crossed: Crossings) -> _Meetings:
    """List all ends, the places where ends touch lines, and crossings."""
    line = np.arange(len(drawing.lines))
    crossing = place.max() + 1 + np.arange(len(crossed.line))
    return _Meetings(
        np.concatenate([place, place[touched.end], crossing, crossing]),
        np.concatenate([line, line, touched.line, crossed.line, crossed.other]),
        np.concatenate(
            [np.zeros(len(line)), drawing.length_m, touched.at_m, crossed.at_m, crossed.other_at_m]
        ),
    )


def _cut(drawing: Drawing, meetings: _Meetings, tolerance_m: float) -> _Pieces:
    """Cut lines at all meetings; those that follow each other within the tolerance are one."""
    order = np.lexsort((meetings.at_m, meetings.line))
    node, line, at_m = (values[order] for values in meetings)
    near = (np.diff(line) == 0) & (np.diff(at_m) <= tolerance_m)
    label = joined(node[:-1][near], node[1:][near], int(node.max()) + 1)
    run = np.append(0, np.cumsum(~near))
    lines = len(drawing.lines)
    has_end = np.zeros(run[-1] + 1, bool)
    has_end[run[order < 2 * lines]] = True
    # Cuts are made where a run begins that holds neither end of its line.
    begins = np.append(True, ~near)
    kept = (order < 2 * lines) | (begins & ~has_end[run])
    node, line, at_m = label[node[kept]], line[kept], at_m[kept]
    first = np.flatnonzero(np.diff(line) == 0)
    shape = _stretches(drawing, line[first], at_m[first], at_m[first + 1])
    return _Pieces(line[first], node[first], node[first + 1], shape)


def _stretches(drawing: Drawing, line: Ints, from_m: Floats, to_m: Floats) -> Shapes:
    """Return stretches of lines; a whole line is returned as it is."""
    shape = drawing.lines[line]
    part = np.flatnonzero((from_m > 0) | (to_m < drawing.length_m[line]))
    line, from_m, to_m = line[part], from_m[part], to_m[part]
    first = drawing.vertex_from(line, from_m + TOUCHING_M)
    last = drawing.vertex_from(line, to_m - TOUCHING_M)
    # Each stretch is its two ends and the vertices between them.
    size = last - first + 2
    stop = np.cumsum(size)
    start = stop - size
    piece = np.repeat(np.arange(len(part)), size)
    vertex = np.arange(len(piece)) + (first - 1 - start)[piece]
    xy = drawing.xy[np.clip(vertex, 0, len(drawing.xy) - 1)]
    xy[start], xy[stop - 1] = drawing.xy_at(line, from_m), drawing.xy_at(line, to_m)
    if part.size:  # Shapely cannot make no lines of no vertices
        shape[part] = shapely.linestrings(xy, indices=piece)
    return shape


def _table(streets: gpd.GeoDataFrame, row: Ints, pieces: _Pieces) -> gpd.GeoDataFrame:
    """Give each piece the attributes of its line."""
    table = (
        streets.iloc[pieces.line].reset_index(drop=True).set_geometry(pieces.shape, crs=streets.crs)
    )
    row = row[pieces.line]
    number = np.arange(len(row)) - np.searchsorted(row, row)
    table["id"] = [f"{one}-{part}" for one, part in zip(table["id"], number, strict=True)]
    table["start_node"], table["end_node"] = pieces.start_node, pieces.end_node
    if "duration_s" in table:
        length_m = shapely.length(pieces.shape)
        table["duration_s"] *= length_m / np.bincount(row, length_m)[row]
    return table


def _flat_notice(ids: NDArray[np.object_]) -> tuple[Notice, ...]:
    text = Text(
        zh=f"有{len(ids)}条道路长度为零，未采用。",
        en=f"{len(ids)} streets have no length and are left out.",
    )
    return notice("streets-without-length", ids, text, layer=LAYER)


def _touch_notices(ids: NDArray[np.object_], touched: Touches) -> tuple[Notice, ...]:
    """Tell which streets end on others, and which of them stop short or go beyond."""
    ids = ids[touched.end % len(ids)]
    gaps, beyond = int(touched.gap.sum()), int(touched.beyond.sum())
    cut = Text(
        zh=f"有{len(ids)}处道路端点落在其他道路中间，已在该处打断相接，其中差一点未到的{gaps}处、"
        f"稍微越过的{beyond}处。",
        en=f"{len(ids)} ends of streets lie on another street, which is cut there; of these {gaps} "
        f"stop just short of it and {beyond} go just beyond.",
    )
    return notice("streets-cut-at-ends", ids, cut, layer=LAYER)


def _crossing_notice(ids: NDArray[np.object_], crossed: Crossings) -> tuple[Notice, ...]:
    text = Text(
        zh=f"有{len(crossed.line)}处同层道路相交而无端点，已按平交路口打断。",
        en=f"{len(crossed.line)} places where streets of one level cross are made crossroads.",
    )
    return notice("streets-cut-at-crossings", ids[crossed.line], text, layer=LAYER)
