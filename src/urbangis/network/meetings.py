"""Where drawn lines meet: end with end, end with line, line with line."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy import sparse
from scipy.spatial import cKDTree

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Shapes = NDArray[np.object_]

TOUCHING_M = 1e-6
"""What is nearer than this touches: coordinates of millions of metres are hardly finer."""


@dataclass(frozen=True)
class Drawing:
    """Lines, taken apart into segments.

    Parameters
    ----------
    lines
        LineStrings in a metric CRS, shape (lines,), none of length 0.
    """

    lines: Shapes

    @cached_property
    def _vertices(self) -> tuple[Floats, Ints]:
        xy, line = shapely.get_coordinates(self.lines, return_index=True)
        return xy, line

    @property
    def xy(self) -> Floats:
        """Vertices of all lines end to end, shape (vertices, 2)."""
        return self._vertices[0]

    @cached_property
    def ptr(self) -> Ints:
        """Where the vertices of each line begin, shape (lines + 1,)."""
        return np.searchsorted(self._vertices[1], np.arange(len(self.lines) + 1)).astype(np.int64)

    @cached_property
    def length_m(self) -> Floats:
        """Length of each line, metres."""
        return np.asarray(shapely.length(self.lines))

    @cached_property
    def segment(self) -> Ints:
        """Vertex that each segment begins at; it ends at the next. None is of length 0."""
        xy, line = self._vertices
        return np.flatnonzero((np.diff(line) == 0) & (np.diff(xy, axis=0) != 0).any(axis=1))

    @cached_property
    def segment_line(self) -> Ints:
        """Line that each segment is part of."""
        return self._vertices[1][self.segment]

    @cached_property
    def _walked_m(self) -> Floats:
        """Distance to each vertex, as if each line began where the line before it ends."""
        step_m = np.hypot(*np.diff(self.xy, axis=0).T)
        step_m[np.diff(self._vertices[1]) > 0] = 0.0
        return np.append(0.0, np.cumsum(step_m))

    @cached_property
    def vertex_at_m(self) -> Floats:
        """How far along its line each vertex is, metres."""
        return self._walked_m - self._walked_m[self.ptr[self._vertices[1]]]

    def vertex_from(self, line: Ints, at_m: Floats) -> Ints:
        """Return the first vertex of each line that is ``at_m`` along it or farther."""
        begin = self.ptr[line]
        vertex = np.searchsorted(self._walked_m, self._walked_m[begin] + at_m)
        return np.clip(vertex, begin, self.ptr[line + 1])

    def xy_at(self, line: Ints, at_m: Floats) -> Floats:
        """Return the place ``at_m`` along each line; very near a vertex, that vertex."""
        after = np.maximum(self.vertex_from(line, at_m + TOUCHING_M), self.ptr[line] + 1)
        before, after = after - 1, np.minimum(after, self.ptr[line + 1] - 1)
        past_m = at_m - self.vertex_at_m[before]
        step_m = self.vertex_at_m[after] - self.vertex_at_m[before]
        share = np.divide(past_m, step_m, out=np.zeros_like(past_m), where=past_m > TOUCHING_M)
        start, step = self.xy[before], self.xy[after] - self.xy[before]
        return np.asarray(start + share[:, None] * step)

    @cached_property
    def segments(self) -> Shapes:
        """Segments as LineStrings."""
        ends = np.column_stack([self.xy[self.segment], self.xy[self.segment + 1]])
        return np.asarray(shapely.linestrings(ends.reshape(-1, 2, 2)))

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Index of the segments."""
        return shapely.STRtree(self.segments)

    @property
    def ends_xy(self) -> Floats:
        """The start of each line, then the end of each, shape (2 * lines, 2)."""
        return np.concatenate([self.xy[self.ptr[:-1]], self.xy[self.ptr[1:] - 1]])

    @property
    def end_segment(self) -> Ints:
        """The first segment of each line, then the last of each."""
        lines = np.arange(len(self.lines))
        first = np.searchsorted(self.segment_line, lines)
        return np.concatenate([first, np.searchsorted(self.segment_line, lines, side="right") - 1])

    def along_m(self, segment: Ints, xy: Floats) -> tuple[Floats, Floats]:
        """How far along its line the nearest point of a segment is, and how far away, metres."""
        start = self.xy[self.segment[segment]]
        step = self.xy[self.segment[segment] + 1] - start
        square = (step**2).sum(axis=1)
        dot = ((xy - start) * step).sum(axis=1)
        share = np.clip(np.divide(dot, square, out=np.zeros_like(dot), where=square > 0), 0.0, 1.0)
        away_m = np.hypot(*(start + share[:, None] * step - xy).T)
        return self.vertex_at_m[self.segment[segment]] + share * np.sqrt(square), away_m


def meeting_points(xy: Floats, tolerance_m: float) -> Ints:
    """Return the place of each end; a chain of ends within the tolerance is one place."""
    places, place = np.unique(xy, axis=0, return_inverse=True)
    pairs = cKDTree(places).query_pairs(tolerance_m, output_type="ndarray")
    return joined(pairs[:, 0], pairs[:, 1], len(places))[place.ravel()]


def joined(one: Ints, other: Ints, count: int) -> Ints:
    """Give ``count`` things new numbers, one to all that pairs join."""
    links = sparse.coo_array((np.ones(len(one)), (one, other)), shape=(count, count))
    _, label = sparse.csgraph.connected_components(links, directed=False)
    return np.asarray(label, np.int64)


@dataclass(frozen=True)
class Touches:
    """Ends of lines that lie on, or near, a line that does not end there.

    Parameters
    ----------
    end
        Number of the end: of a line's start, or of its end plus the number of lines.
    line, at_m
        Which line it lies on, and how far along.
    gap, beyond
        Whether it stops short of the line, and whether it has crossed it.
    """

    end: Ints
    line: Ints
    at_m: Floats
    gap: Flags
    beyond: Flags


def touches(drawing: Drawing, place: Ints, tolerance_m: float) -> Touches:
    """Find the ends that lie within the tolerance of a line.

    Parameters
    ----------
    drawing
        Lines.
    place
        Place of each end, as `meeting_points` has it: a line is not touched by ends that meet its
        own. One end stands for all of its place.
    tolerance_m
        Largest distance, metres, inclusive.
    """
    lines = len(drawing.lines)
    xy = drawing.ends_xy
    points, first = np.unique(xy, axis=0, return_index=True)
    point, segment = drawing.tree.query(
        shapely.points(points), predicate="dwithin", distance=tolerance_m
    )
    end, line = first[point], drawing.segment_line[segment]
    at_m, away_m = drawing.along_m(segment, points[point])
    own = (place[end] == place[line]) & (at_m <= tolerance_m)
    own |= (place[end] == place[line + lines]) & (drawing.length_m[line] - at_m <= tolerance_m)
    kept = np.flatnonzero(~own)
    # Places that follow each other closely are one pass of the line, met where it is nearest.
    kept = kept[np.lexsort((at_m[kept], line[kept], end[kept]))]
    new = np.ones(len(kept), bool)
    new[1:] = (np.diff(end[kept]) != 0) | (np.diff(line[kept]) != 0)
    new[1:] |= np.diff(at_m[kept]) > 2 * tolerance_m
    passing = np.cumsum(new)
    # Sorted by pass and then by distance, passes begin at the same rows as before.
    kept = kept[np.lexsort((away_m[kept], passing))[new]]
    end, segment, away_m = end[kept], segment[kept], away_m[kept]
    crosses = shapely.intersects(
        drawing.segments[drawing.end_segment[end]], drawing.segments[segment]
    )
    apart = away_m > TOUCHING_M
    return Touches(end, line[kept], at_m[kept], apart & ~crosses, apart & crosses)


class Crossings(NamedTuple):
    """Points that two lines share: which lines, and how far along each, metres."""

    line: Ints
    at_m: Floats
    other: Ints
    other_at_m: Floats


_NONE = np.empty(0, np.int64)
NO_CROSSINGS = Crossings(_NONE, np.empty(0), _NONE, np.empty(0))


def crossings(drawing: Drawing, grade: Ints, tolerance_m: float) -> Crossings:
    """Find where lines of one grade cross, each with others and with itself.

    Parameters
    ----------
    drawing
        Lines.
    grade
        Level of each line; those of different levels do not cross.
    tolerance_m
        Where a line ends this near, it touches and does not cross (`touches`). Stretches that two
        lines have in common are no crossings either.
    """
    one, other = drawing.tree.query(drawing.segments, predicate="intersects")
    line_one, line_other = drawing.segment_line[one], drawing.segment_line[other]
    # A segment always meets the next of its line.
    apart = np.where(line_one == line_other, 2, 1)
    kept = (other - one >= apart) & (grade[line_one] == grade[line_other])
    one, other = one[kept], other[kept]
    shared = shapely.intersection(drawing.segments[one], drawing.segments[other])
    dimension = np.where(shapely.is_empty(shared), -1, shapely.get_dimensions(shared))
    pair = drawing.segment_line[one] * len(drawing.lines) + drawing.segment_line[other]
    point, stretch = np.flatnonzero(dimension == 0), dimension == 1
    xy = shapely.get_coordinates(shared[point])
    spots = _spots(pair[point], xy)
    # A stretch is two vertices. Where one leads on to the next, the lines do not cross.
    ends = _spots(np.repeat(pair[stretch], 2), shapely.get_coordinates(shared[stretch]))
    single = ~spots.duplicated() & ~spots.isin(ends[ends.duplicated()])
    one, other, xy = one[point[single]], other[point[single]], xy[single]
    line_one, line_other = drawing.segment_line[one], drawing.segment_line[other]
    (at_one, _), (at_other, _) = drawing.along_m(one, xy), drawing.along_m(other, xy)
    inner = _is_inner(drawing, line_one, at_one, tolerance_m)
    inner &= _is_inner(drawing, line_other, at_other, tolerance_m)
    return Crossings(line_one[inner], at_one[inner], line_other[inner], at_other[inner])


def _spots(pair: Ints, xy: Floats) -> pd.MultiIndex:
    """Places, as far as they can be told apart, each for a pair of lines."""
    return pd.MultiIndex.from_arrays([pair, *np.rint(xy / TOUCHING_M).T])


def _is_inner(drawing: Drawing, line: Ints, at_m: Floats, tolerance_m: float) -> Flags:
    return (at_m > tolerance_m) & (drawing.length_m[line] - at_m > tolerance_m)
