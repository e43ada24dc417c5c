"""What is wrong with a drawing of streets, before it becomes a network."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from urbangis.network.graph import pieces
from urbangis.network.meetings import (
    TOUCHING_M,
    Drawing,
    Ints,
    Shapes,
    crossings,
    meeting_points,
    touches,
)
from urbangis.tables import single_lines

Fault = Literal["dangle", "uncut", "gap", "overshoot", "crossing", "duplicate", "no-length"]


@dataclass(frozen=True)
class NetworkReport:
    """How well a layer of streets hangs together.

    Parameters
    ----------
    streets
        Number of lines.
    length_m
        Their length, metres.
    pieces
        Number of connected pieces.
    longest_share
        Share of the length that is in the longest piece.
    lines
        One row a line, in the CRS of the streets: ``street_id``, ``piece`` (number of its connected
        piece, 0 for the longest) and geometry.
    faults
        One row a fault, in the CRS of the streets: ``fault``, ``street_id`` and a point.

        - ``dangle``: an end that meets no other (a cul-de-sac, or an error);
        - ``uncut``: an end that lies on a line that runs on;
        - ``overshoot``: any other end that goes beyond such a line;
        - ``gap``: any other end that stops short of one;
        - ``crossing``: lines of one grade that cross where neither ends;
        - ``duplicate``: a line that is drawn like an earlier one, either way round;
        - ``no-length``: a line without length.
    """

    streets: int
    length_m: float
    pieces: int
    longest_share: float
    lines: gpd.GeoDataFrame
    faults: gpd.GeoDataFrame

    def count(self, fault: Fault) -> int:
        """Return the number of faults of one kind."""
        return int((self.faults["fault"] == fault).sum())

    def ids(self, fault: Fault) -> tuple[str, ...]:
        """Return the streets with a fault of one kind, each once."""
        return tuple(self.faults.loc[self.faults["fault"] == fault, "street_id"].unique())


def network_report(streets: gpd.GeoDataFrame, *, tolerance_m: float) -> NetworkReport:
    """Tell what keeps a layer of streets from being one network.

    Parameters
    ----------
    streets
        Contract ``streets`` in a metric CRS. Ends meet by ``start_node`` and ``end_node`` if these
        are there, otherwise within the tolerance.
    tolerance_m
        Largest gap that is still a meeting, metres, inclusive.

    Returns
    -------
    NetworkReport
        The streets as they are: `urbangis.network.noding.node_lines` mends ``uncut``, ``gap`` and
        ``overshoot``.
    """
    tolerance_m = max(tolerance_m, TOUCHING_M)
    lines, row = single_lines(streets.geometry.to_numpy())
    flat = shapely.length(lines) == 0
    drawing, drawn, count = Drawing(lines[~flat]), streets.iloc[row[~flat]], int((~flat).sum())
    place = _places(drawing, drawn, tolerance_m)
    node = place.astype(np.int32)
    piece, _ = pieces(node[:count], node[count:], drawing.length_m, int(node.max()) + 1)
    faults = pd.concat(
        [
            _faults("no-length", streets.iloc[row[flat]], shapely.get_point(lines[flat], 0)),
            *_end_faults(drawing, drawn, place, tolerance_m),
            *_line_faults(drawing, drawn, tolerance_m),
        ],
        ignore_index=True,
    )
    return NetworkReport(
        streets=len(lines),
        length_m=float(drawing.length_m.sum()),
        pieces=int(piece.max()) + 1,
        longest_share=float(drawing.length_m[piece == 0].sum() / drawing.length_m.sum()),
        lines=gpd.GeoDataFrame(
            {"street_id": drawn["id"].to_numpy(object), "piece": piece},
            geometry=drawing.lines,
            crs=streets.crs,
        ),
        faults=faults,
    )


def _places(drawing: Drawing, drawn: gpd.GeoDataFrame, tolerance_m: float) -> Ints:
    """Return the place of the start of each line, then of the end of each."""
    if not {"start_node", "end_node"} <= set(drawn.columns):
        return meeting_points(drawing.ends_xy, tolerance_m)
    ends = np.concatenate([drawn["start_node"], drawn["end_node"]])
    return np.unique(ends, return_inverse=True)[1]


def _end_faults(
    drawing: Drawing, drawn: gpd.GeoDataFrame, place: Ints, tolerance_m: float
) -> Iterator[gpd.GeoDataFrame]:
    """Find ends that meet no other, and what they do instead."""
    touched = touches(drawing, place, tolerance_m)
    alone = np.flatnonzero(np.bincount(place)[place] == 1)
    xy = drawing.ends_xy
    # An end near several lines is one fault.
    uncut = np.unique(touched.end[~touched.gap & ~touched.beyond])
    beyond = np.setdiff1d(touched.end[touched.beyond], uncut)
    ends: dict[Fault, Ints] = {
        "dangle": np.setdiff1d(alone, touched.end),
        "uncut": uncut,
        "gap": np.setdiff1d(touched.end[touched.gap], np.append(uncut, beyond)),
        "overshoot": beyond,
    }
    for fault, end in ends.items():
        yield _faults(fault, drawn.iloc[end % len(drawn)], shapely.points(xy[end]))


def _line_faults(
    drawing: Drawing, drawn: gpd.GeoDataFrame, tolerance_m: float
) -> Iterator[gpd.GeoDataFrame]:
    """Find lines that cross, and lines drawn twice."""
    crossed = crossings(drawing, drawn["grade"].to_numpy(), tolerance_m)
    points = shapely.line_interpolate_point(drawing.lines[crossed.line], crossed.at_m)
    yield _faults("crossing", drawn.iloc[crossed.line], points)
    shape = pd.Series(shapely.to_wkb(shapely.normalize(drawing.lines)))
    again = np.flatnonzero(shape.duplicated())
    middle = shapely.line_interpolate_point(drawing.lines[again], 0.5, normalized=True)
    yield _faults("duplicate", drawn.iloc[again], middle)


def _faults(fault: Fault, streets: gpd.GeoDataFrame, points: Shapes) -> gpd.GeoDataFrame:
    table = {"fault": fault, "street_id": streets["id"].to_numpy(object)}
    return gpd.GeoDataFrame(table, geometry=points, crs=streets.crs)
