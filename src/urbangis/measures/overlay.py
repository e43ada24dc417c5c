"""What of polygons, lines and points lies inside areas: exact, with slivers and borders told apart.

Sizes are square metres of polygons, metres of lines, and the number of points.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from urbangis.errors import BalanceError
from urbangis.measures.zoning import TOLERANCE

Shapes = NDArray[np.object_]
Rows = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

ROUNDING_M = 1e-8
"""How far an overlay may move a vertex: coordinates of 4,000 km are stored to half a nanometre."""

_PIECE = 16
"""Segments in a piece of border."""

_POLYGON = shapely.GeometryType.POLYGON

INCLUSIVE = 1 - 1e-6
"""What is exactly as wide as the tolerance is no sliver, whatever the last bit of a sum."""


@dataclass(frozen=True)
class Meeting:
    """Parts of shapes and of areas that meet: polygons one by one, lines and points whole.

    Parameters
    ----------
    row, area
        Row of the shape, and of the area.
    part
        Number of the shape's part.
    ours
        The part of the shape.
    common
        What it shares with the part of the area: polygons with polygons share polygons.
    cover
        What covers it there: ``common`` of polygons, the area itself of lines and points, since
        pieces of a line do not lie on it to the last bit.
    counts
        Whether they share more than a border or a sliver.
    """

    row: Rows
    area: Rows
    part: Rows
    ours: Shapes
    common: Shapes
    cover: Shapes
    counts: Flags


def meet(shapes: Shapes, areas: Shapes, *, sliver_m2: float, sliver_width_m: float) -> Meeting:
    """Find which shapes and areas (polygons) meet, in the order of their rows.

    Two polygons share a sliver if each keeps most of itself, and what they share is smaller than
    ``sliver_m2``, or everywhere narrower than ``sliver_width_m`` where they are not so themselves.
    A line or a point is on the border if it is nowhere deeper inside than ``sliver_width_m``; the
    border between two areas is inside both.
    """
    ours, row = _parts(shapes)
    theirs, area = shapely.get_parts(areas, return_index=True)
    i, j = shapely.STRtree(theirs).query(ours, predicate="intersects")
    order = np.lexsort((j, i))
    i, j = i[order], j[order]
    flat = shapely.get_dimensions(ours[i]) == 2
    common = _common(ours[i], theirs[j], flat)
    counts = np.zeros(len(i), bool)
    counts[flat] = ~_sliver(
        ours[i[flat]],
        theirs[j[flat]],
        common[flat],
        sliver_m2=sliver_m2,
        sliver_width_m=sliver_width_m,
    )
    counts[~flat] = _deep(common[~flat], theirs, i[~flat], j[~flat], sliver_width_m)
    cover = np.where(flat, common, theirs[j])
    return Meeting(row[i], area[j], i, ours[i], common, cover, counts)


def inside(shapes: Shapes, areas: Shapes) -> Floats:
    """Size of what lies in the areas, row by row, without what lies on their border."""
    common = shapely.intersection(shapes, areas)
    return size_of(common, shapely.get_dimensions(shapes)) - on_border(common, areas)


def on_border(shapes: Shapes, areas: Shapes) -> Floats:
    """Size of what lies on the border of the areas, row by row; polygons have nothing there."""
    dimension = shapely.get_dimensions(shapes)
    low = np.flatnonzero(dimension < 2)
    size = np.zeros(len(shapes))
    border = shapely.intersection(shapes[low], shapely.boundary(areas[low]))
    size[low] = size_of(border, dimension[low])
    return size


def size_of(shapes: Shapes, dimension: NDArray[np.int32]) -> Floats:
    """Size of shapes, counting only what has the dimension: 2 area, 1 length, 0 number."""
    size = np.zeros(len(shapes))
    for value, measure in enumerate((shapely.get_num_coordinates, shapely.length, shapely.area)):
        size[dimension == value] = measure(shapes[dimension == value])
    return size


def counted_once(shapes: Shapes) -> Shapes:
    """Let lines that run over themselves, and points that coincide, count once."""
    once = np.array(shapes, object)
    low = shapely.get_dimensions(shapes) < 2
    once[low] = shapely.union_all(once[low][:, None], axis=1)
    return once


def unions(shapes: Shapes, group: Rows, groups: int) -> Shapes:
    """Dissolve the shapes of each group; an empty polygon for a group without any."""
    union = np.full(groups, shapely.Polygon(), object)
    order = np.argsort(group, kind="stable")
    ids, starts = np.unique(group[order], return_index=True)
    for one, rows in zip(ids, np.split(order, starts)[1:], strict=True):
        union[one] = shapes[rows[0]] if len(rows) == 1 else shapely.union_all(shapes[rows])
    return union


def nearest(shapes: Shapes, areas: Shapes) -> tuple[Rows, Floats]:
    """Find the nearest area (the first of several) of shapes that lie outside, and how far it is.

    Distances are to pieces of the borders: one to a whole area of many corners looks at them all.
    """
    rings, area = shapely.get_parts(shapely.boundary(areas), return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    joined = ring[:-1] == ring[1:]
    ends, ring = np.stack([xy[:-1], xy[1:]], axis=1)[joined], ring[:-1][joined]
    starts = (np.arange(len(ring)) - np.searchsorted(ring, ring)) % _PIECE == 0
    pieces = shapely.linestrings(ends.reshape(-1, 2), indices=np.repeat(np.cumsum(starts) - 1, 2))
    (shape, piece), metres = shapely.STRtree(pieces).query_nearest(
        shapes, return_distance=True, all_matches=True
    )
    found = area[ring[starts]][piece]
    order = np.lexsort((found, shape))
    first = order[np.unique(shape[order], return_index=True)[1]]
    return found[first], metres[first]


def check_balance(shapes: Shapes, areas: Shapes, size: Floats) -> None:
    """Check that ``size``, found inside, and what lies outside make up each shape.

    Raises
    ------
    BalanceError
        If they miss it by more than 1e-9 of it and the rounding of coordinates.
    """
    dimension = shapely.get_dimensions(shapes)
    total = size_of(shapes, dimension)
    border = on_border(shapely.intersection(shapes, areas), areas)
    outside = size_of(shapely.difference(shapes, areas), dimension) + border
    gap = np.abs(size + outside - total)
    close = TOLERANCE * total + ROUNDING_M * shapely.length(shapes)
    if (gap > close).any():
        worst = int((gap - close).argmax())
        raise BalanceError(
            f"inside {size[worst]:.9g} and outside {outside[worst]:.9g} miss the total "
            f"{total[worst]:.9g} of a shape at {shapely.bounds(shapes[worst])}"
        )


def _parts(shapes: Shapes) -> tuple[Shapes, Rows]:
    """Take polygons apart, lines and points not: where a line lies is judged along all of it."""
    flat = shapely.get_dimensions(shapes) == 2
    parts, of = shapely.get_parts(shapes[flat], return_index=True)
    row = np.concatenate([np.flatnonzero(flat)[of], np.flatnonzero(~flat)])
    order = np.argsort(row, kind="stable")
    return np.concatenate([parts, shapes[~flat]])[order], row[order]


def _common(ours: Shapes, theirs: Shapes, flat: Flags) -> Shapes:
    """Intersect; most shapes lie wholly inside an area, which a prepared one tells at once."""
    shapely.prepare(theirs)
    part = np.flatnonzero(~shapely.contains_properly(theirs, ours))
    common = np.array(ours, object)
    common[part] = shapely.intersection(ours[part], theirs[part])
    for row in part[flat[part] & (shapely.get_type_id(common[part]) != _POLYGON)]:
        # Polygons may touch along a line or at a point as well, beside what they share.
        pieces = shapely.get_parts(common[row])
        common[row] = shapely.multipolygons(pieces[shapely.get_dimensions(pieces) == 2])
    return common


def _sliver(
    ours: Shapes, theirs: Shapes, common: Shapes, *, sliver_m2: float, sliver_width_m: float
) -> Flags:
    """Tell which overlaps of polygons are slivers, or no areas at all."""
    area_m2 = shapely.area(common)
    lesser = 2 * area_m2 < np.minimum(shapely.area(ours), shapely.area(theirs))
    sliver = (area_m2 == 0) | (lesser & (area_m2 < sliver_m2))
    large = np.flatnonzero(lesser & ~sliver & (sliver_width_m > 0))
    large = large[_narrow(common[large], sliver_width_m)]
    # A path is narrow itself: where it crosses an area, that is no sliver.
    wide = ~_narrow(ours[large], sliver_width_m) & ~_narrow(theirs[large], sliver_width_m)
    sliver[large[wide]] = True
    return np.asarray(sliver)


def _narrow(shapes: Shapes, width_m: float) -> Flags:
    """Tell which polygons are nowhere as wide as ``width_m``."""
    return np.asarray(shapely.is_empty(shapely.buffer(shapes, -width_m / 2 * INCLUSIVE)))


def _deep(common: Shapes, areas: Shapes, part: Rows, area: Rows, depth_m: float) -> Flags:
    """Tell which lines and points reach at least ``depth_m`` into what their part is in."""
    used, at = np.unique(area, return_inverse=True)
    cores = shapely.buffer(areas[used], -depth_m * INCLUSIVE)
    core = cores[at]
    # An area too narrow to have a core is taken exactly; its border is left out by `inside`.
    bare = shapely.is_empty(core)
    core[bare] = areas[area[bare]]
    shared = np.flatnonzero(np.bincount(part, minlength=1)[part] > 1)
    parts, of = np.unique(part[shared], return_inverse=True)
    joint = shapely.buffer(unions(areas[area[shared]], of, len(parts)), -depth_m * INCLUSIVE)
    deep = shapely.intersects(common, core)
    deep[shared] |= shapely.intersects(common[shared], joint[of])
    return np.asarray(deep)
