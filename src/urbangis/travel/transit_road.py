"""Roads where there is no road layer: straight lines, lengthened, and rivers crossed by bridges."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from urbangis.errors import TableError
from urbangis.units import kmh

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class OpenRoad:
    """Travel by road, told from distance alone.

    Parameters
    ----------
    straight_ms
        Metres of straight line per second of travel, the detour counted.
    barrier
        Line that parts the ground in two banks, in the metric CRS of the places; None for none.
    crossings
        Where it is crossed, shape (crossings, 2).
    """

    straight_ms: float
    barrier: shapely.Geometry | None
    crossings: Floats

    def banks(self, xy: Floats) -> NDArray[np.int64]:
        """Tell which places are on one bank: 0 or 1, shape (places,); 0 for unknown places (NaN).

        Two places are on different banks if the straight line between them crosses the barrier an
        odd number of times.
        """
        if self.barrier is None or not len(xy):
            return np.zeros(len(xy), np.int64)
        # A point beside the middle of the barrier: lines to it do not run round the barrier's ends.
        anchor = shapely.get_coordinates(shapely.point_on_surface(self.barrier))[0] + 1.0
        pairs = np.stack([np.where(np.isnan(xy), anchor, xy), np.broadcast_to(anchor, xy.shape)], 1)
        met = shapely.intersection(shapely.linestrings(pairs), self.barrier)
        return np.asarray(shapely.get_num_coordinates(met) % 2, np.int64)


def build_road(
    speed_kmh: float,
    detour_factor: float,
    barriers: NDArray[np.object_] | None = None,
    crossings: NDArray[np.object_] | None = None,
) -> OpenRoad:
    """Describe travel by road.

    Parameters
    ----------
    speed_kmh, detour_factor
        Mean speed, and length along roads over straight line.
    barriers, crossings
        Lines that part the ground, from edge to edge of it, into two banks; and the points where
        roads cross them. Both or neither, in the CRS of the places.

    Raises
    ------
    TableError
        If there are barriers and nowhere to cross them.
    """
    straight_ms = kmh(speed_kmh) / detour_factor
    if barriers is None:
        return OpenRoad(straight_ms, None, np.empty((0, 2)))
    if crossings is None or not len(crossings):
        raise TableError(
            "is crossed nowhere", layer="barriers", remedy="Name a layer of bridges as crossings."
        )
    return OpenRoad(straight_ms, shapely.union_all(barriers), shapely.get_coordinates(crossings))


def road_times(road: OpenRoad, from_xy: Floats, to_xy: Floats) -> Floats:
    """Seconds by road between all pairs of places.

    Places on one bank are as far as the straight line, lengthened; those on two are joined by the
    crossing that makes the way shortest. A road is as long there as back.

    Parameters
    ----------
    road
        How one travels.
    from_xy, to_xy
        Places, shapes (from, 2) and (to, 2), metric CRS; NaN for an unknown place.

    Returns
    -------
    ndarray
        Shape (from, to); ``inf`` for unknown places.
    """
    metres = _distances(from_xy, to_xy)
    apart = road.banks(from_xy)[:, None] != road.banks(to_xy)[None, :]
    if apart.any():
        here, there = _distances(from_xy, road.crossings), _distances(to_xy, road.crossings)
        over = np.full(metres.shape, np.inf)
        for crossing in range(len(road.crossings)):
            np.minimum(over, here[:, crossing, None] + there[None, :, crossing], out=over)
        metres = np.where(apart, over, metres)
    return np.asarray(np.where(np.isnan(metres), np.inf, metres / road.straight_ms))


def _distances(a_xy: Floats, b_xy: Floats) -> Floats:
    difference = a_xy[:, None, :] - b_xy[None, :, :]
    return np.asarray(np.hypot(difference[..., 0], difference[..., 1]))


def road_reach(road: OpenRoad, xy: Floats, seconds: Floats) -> shapely.Geometry:
    """Return the ground within reach by road of any of several places, for drawing.

    Parameters
    ----------
    road
        How one travels.
    xy, seconds
        Places, shape (places, 2), and how long is travelled from each; one with none is nowhere.
    """
    some = seconds > 0
    xy, metres = xy[some], seconds[some] * road.straight_ms
    circles = shapely.buffer(shapely.points(xy), metres, quad_segs=16)
    whole = shapely.union_all(circles)
    if road.barrier is None or not len(xy):
        return whole
    bank = road.banks(xy)
    over_m = metres[:, None] - _distances(xy, road.crossings)
    parts = []
    for side, ground in enumerate(_bank_grounds(road, whole)):
        left_m = over_m[bank != side].max(axis=0, initial=0.0)
        by_bridge = shapely.buffer(shapely.points(road.crossings), left_m, quad_segs=16)
        near = shapely.union_all([*circles[bank == side], *by_bridge[left_m > 0]])
        parts.append(shapely.intersection(near, ground))
    return shapely.union_all(parts)


def _bank_grounds(road: OpenRoad, area: shapely.Geometry) -> list[shapely.Geometry]:
    """Cut the ground round an area into what lies on bank 0 and what lies on bank 1."""
    frame = shapely.box(*shapely.bounds(area)).buffer(1.0, join_style="mitre")
    edges = shapely.union_all([shapely.boundary(frame), shapely.intersection(road.barrier, frame)])
    pieces = np.array(shapely.get_parts(shapely.polygonize([*shapely.get_parts(edges)])))
    bank = road.banks(shapely.get_coordinates(shapely.point_on_surface(pieces)))
    return [shapely.union_all(pieces[bank == side]) for side in (0, 1)]
