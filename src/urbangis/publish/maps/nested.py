"""Bands of nested service areas for the eye, without laying any area over another.

Of two areas that nest, the land of the outer one that the inner one leaves is bounded by the rings
of both. So a band has the rings of its own area and, turned around, those of the one before.
"""

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from urbangis.publish.maps.topology import cut

_STEPS = 2**30
"""Of the finest grid on which corners are compared: 1 mm for a province."""
_BATCH = 1_000_000
"""Corners to work on at once."""


def nested_bands(areas: gpd.GeoDataFrame, tolerance: float) -> gpd.GeoDataFrame:
    """Cut nested areas into simplified bands, which meet where the areas do.

    A stretch of outline that two areas share is simplified once, for both.

    Parameters
    ----------
    areas
        One MultiPolygon a row with its ``minutes``, ascending, each of which covers the one before,
        with shells to the left and holes to the right; as of
        `urbangis.travel.service_area.service_area`.
    tolerance
        How far an outline may move, in units of the CRS.

    Returns
    -------
    GeoDataFrame
        ``minutes`` and ``geometry``: a MultiPolygon whose land is what an odd number of its rings
        holds, as pages fill it; rings within land turn the other way, as print fills it. It is for
        drawing: parts of it lie within each other, which no other software need understand.
    """
    whole, row = shapely.get_parts(areas.geometry.to_numpy(), return_index=True)
    for batch in _batches(whole):
        whole[batch] = _simplified(whole[batch], tolerance)
    parts = [whole[row == number] for number in range(len(areas))]
    before = [parts[0][:0], *(shapely.reverse(inner) for inner in parts[:-1])]
    cut_out = [
        shapely.multipolygons(np.concatenate(both)) for both in zip(parts, before, strict=True)
    ]
    return areas[["minutes"]].set_geometry(gpd.GeoSeries(cut_out, areas.index, crs=areas.crs))


def _batches(parts: NDArray[np.object_]) -> Iterator[NDArray[np.int64]]:
    """Put parts that may have a stretch in common into one batch; small ones bound the memory."""
    meet = shapely.STRtree(parts).query(parts)
    links = coo_array((np.ones(meet.shape[1], bool), meet), shape=(len(parts), len(parts)))
    _, group = connected_components(links, directed=False)
    corners = np.bincount(group, shapely.get_num_coordinates(parts))
    batch = (np.cumsum(corners) // _BATCH)[group]
    for number in np.unique(batch):
        yield np.flatnonzero(batch == number)


def _simplified(shapes: NDArray[np.object_], tolerance: float) -> NDArray[np.object_]:
    """Simplify the outlines of polygons stretch by stretch, and no stretch twice."""
    kind, xy, (rings, *groups) = shapely.to_ragged_array(shapes)
    low = xy.min(axis=0)
    step = float((xy.max(axis=0) - low).max()) / _STEPS
    places = np.rint((xy - low) / step).astype(np.int64)
    arcs, ends, refs = cut(places, np.diff(rings), np.ones(len(rings) - 1, bool))
    line = np.repeat(np.arange(len(ends) - 1), np.diff(ends))
    lines = _simplified_lines(shapely.linestrings(arcs * step + low, indices=line), tolerance)
    corners = shapely.get_coordinates(lines)
    of_line = shapely.get_num_coordinates(lines).astype(np.int64)
    first = np.cumsum(of_line) - of_line

    used = np.concatenate([np.asarray(one, np.int64) for one in refs])
    back = used < 0
    used = np.where(back, ~used, used)
    count = of_line[used]
    begin = np.where(back, first[used] + count - 1, first[used])
    along = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    at = np.repeat(begin, count) + along * np.repeat(np.where(back, -1, 1), count)
    of_ring = np.cumsum([len(one) for one in refs])
    ends_at = np.concatenate([[0], np.cumsum(count)[of_ring - 1]])
    return np.asarray(shapely.from_ragged_array(kind, corners[at], (ends_at, *groups)), object)


def _simplified_lines(lines: NDArray[np.object_], tolerance: float) -> NDArray[np.object_]:
    """Simplify lines between their ends; a ring stays one, however small."""
    closed = shapely.is_closed(lines)
    lines[closed] = shapely.simplify(lines[closed], tolerance, preserve_topology=True)
    lines[~closed] = shapely.simplify(lines[~closed], tolerance, preserve_topology=False)
    return lines
