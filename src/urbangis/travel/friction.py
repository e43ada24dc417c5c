"""Friction from land cover: how fast one moves where, along roads, and not across rivers."""

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from rasterio.features import rasterize
from rasterio.transform import Affine

from urbangis.errors import CrsError, TableError
from urbangis.notices import Notice, Text
from urbangis.units import kmh

Mask = NDArray[np.bool_]

STRIP = 0.01
"""Half the width of a road as it is burnt, in cells."""

BRIDGEHEAD = 2.5
"""How far a bridge reaches beyond the barrier, in cells.

One and a half lead out of the cell that the bridge ends in, one more over a bend of the river. A
river that turns back on itself within a few cells is a block of cells there, which a bridge need
not lead out of: the cells are too large for such a river, and the notice counts those closed.
"""


def build_friction(
    land_cover: NDArray[np.integer],
    speeds_kmh: Mapping[int, float],
    *,
    transform: Affine,
    crs: CRS,
    roads: gpd.GeoDataFrame | None = None,
    barriers: gpd.GeoDataFrame | None = None,
) -> tuple[NDArray[np.float64], tuple[Notice, ...]]:
    """Turn land cover into seconds per metre, with roads over it and barriers across.

    Parameters
    ----------
    land_cover
        Class of each cell, shape (rows, columns).
    speeds_kmh
        Speed in each class; 0 for a class that nobody crosses. Every class in the raster needs
        one, that of cells without data too.
    transform, crs
        Of the raster.
    roads
        Lines with a column ``speed_kmh``, in ``crs``. A cell that a road touches is crossed at the
        speed of the fastest such road, where that is faster than the land.
    barriers
        Lines and areas that are crossed nowhere but on roads, in ``crs``: rivers, railways,
        motorways. Where a road meets one, the road is open: it is a bridge, and a motorway that is
        a barrier must not be among the roads. A road that shares a cell with a barrier beside it
        does not open the cell, for that would let people cross along the whole bank.

    Returns
    -------
    friction, notices
        Seconds per metre, shape (rows, columns), ``inf`` where nobody passes. A notice tells the
        cells of roads that barriers close.

    Raises
    ------
    TableError
        If a class has no speed, a speed is negative or missing, or a geometry is of a wrong kind.
    CrsError
        If roads or barriers are not in the raster's CRS, or lie outside it.

    Notes
    -----
    Barriers are burnt thin (``all_touched=False``), areas with their outline: GDAL then draws each
    line as a chain of cells that share sides or corners. Such a chain holds, because
    `surface_costs` closes the diagonal move between two barriers, and one bridge cell opens it.
    Burnt with ``all_touched=True`` it would be two cells thick in places, and one cell no bridge.
    Roads are burnt with ``all_touched=True``, as strips of a hundredth of a cell, so that their
    cells share sides even where a road runs exactly through a corner: they stay passable whatever
    lies beside them.
    """
    speed_ms = land_speeds(land_cover, speeds_kmh)
    return lay_over(speed_ms, transform=transform, crs=crs, roads=roads, barriers=barriers)


def speeds_of_friction(friction: NDArray[np.floating], *, seconds: float) -> NDArray[np.float64]:
    """Turn a raster of friction into speeds over open ground, for `lay_over`.

    Parameters
    ----------
    friction
        Time per metre; NaN where nobody passes.
    seconds
        Seconds in its unit of time.

    Returns
    -------
    ndarray
        Metres per second, 0 where nobody passes.

    Raises
    ------
    TableError
        If a cell has a friction of 0 or less.
    """
    known = np.isfinite(friction)
    wrong = known & (np.where(known, friction, 1.0) <= 0)
    if wrong.any():
        raise TableError(
            f"has the friction {friction[wrong][0]:g} ({int(wrong.sum())} cells in all)",
            layer="friction",
            remedy="Friction is time per metre, above 0; where nobody passes, write nodata.",
        )
    speed_ms = np.zeros(friction.shape)
    speed_ms[known] = 1.0 / (seconds * friction[known])
    return speed_ms


def lay_over(
    speed_ms: NDArray[np.float64],
    *,
    transform: Affine,
    crs: CRS,
    roads: gpd.GeoDataFrame | None = None,
    barriers: gpd.GeoDataFrame | None = None,
) -> tuple[NDArray[np.float64], tuple[Notice, ...]]:
    """Lay roads and barriers over speeds on open ground, as `build_friction` does.

    Parameters
    ----------
    speed_ms
        Metres per second, shape (rows, columns), 0 where nobody passes.
    transform, crs, roads, barriers
        As in `build_friction`, with its result, notes and errors.
    """
    shape = (speed_ms.shape[0], speed_ms.shape[1])
    road_ms = np.zeros(shape)
    if roads is not None:
        _check(roads, "roads", ("LineString", "MultiLineString"), crs)
        road_ms = _road_speeds(roads, shape, transform)
        speed_ms = np.maximum(speed_ms, road_ms)
    notices: tuple[Notice, ...] = ()
    if barriers is not None:
        kinds = ("LineString", "MultiLineString", "Polygon", "MultiPolygon")
        _check(barriers, "barriers", kinds, crs)
        closed = _barrier_cells(barriers, shape, transform)
        if roads is not None:
            closed &= ~_bridge_cells(roads, barriers, shape, transform)
        speed_ms = np.where(closed, 0.0, speed_ms)
        notices = _closed_roads(int((closed & (road_ms > 0)).sum()))
    with np.errstate(divide="ignore"):
        return 1.0 / speed_ms, notices


def land_speeds(
    land_cover: NDArray[np.integer], speeds_kmh: Mapping[int, float]
) -> NDArray[np.float64]:
    """Turn land cover into metres per second, 0 where nobody passes, for `lay_over`.

    Parameters and errors are those of `build_friction`.
    """
    if not np.issubdtype(land_cover.dtype, np.integer):
        raise TableError(
            f"holds no classes: its numbers are {land_cover.dtype}",
            layer="land cover",
            remedy="Give a raster of whole numbers, one for each class.",
        )
    classes, place = np.unique(land_cover, return_inverse=True)
    missing = [int(one) for one in classes if int(one) not in speeds_kmh]
    if missing:
        raise TableError(
            f"has cells of class {', '.join(map(str, missing))}, which has no speed",
            layer="land cover",
            remedy="Add it to speeds_kmh; 0 where nobody can pass.",
        )
    speeds = np.array([float(speeds_kmh[int(one)]) for one in classes])
    wrong = ~(np.isfinite(speeds) & (speeds >= 0))
    if wrong.any():
        raise TableError(
            f"class {classes[wrong][0]} has the speed {speeds[wrong][0]:g} km/h",
            layer="land cover",
            remedy="Give km/h in speeds_kmh; 0 where nobody can pass.",
        )
    return np.asarray(kmh(1.0) * speeds[place].reshape(land_cover.shape))


def _check(table: gpd.GeoDataFrame, layer: str, kinds: tuple[str, ...], crs: CRS) -> None:
    if table.crs is None or CRS.from_user_input(table.crs) != crs:
        raise CrsError(
            f"is in {table.crs and table.crs.name}, the land cover in {crs.name}",
            layer=layer,
            remedy="Project it to the coordinate system of the raster.",
        )
    wrong = ~table.geom_type.isin(kinds).to_numpy()
    if wrong.any() or table.empty:
        raise TableError(
            "holds no rows" if table.empty else f"is not one of {', '.join(kinds)}",
            layer=layer,
            row=None if table.empty else int(wrong.argmax()) + 1,
            remedy="Leave the layer out, or correct it.",
        )


def _road_speeds(
    roads: gpd.GeoDataFrame, shape: tuple[int, int], transform: Affine
) -> NDArray[np.float64]:
    """Speed of the fastest road that touches each cell, metres per second; 0 for none."""
    if "speed_kmh" not in roads:
        raise TableError(
            'has no column "speed_kmh"', layer="roads", remedy="Add the speed of each road."
        )
    speeds = roads["speed_kmh"].to_numpy(float)
    wrong = ~(np.isfinite(speeds) & (speeds > 0))
    if wrong.any():
        raise TableError(
            f"has the speed {speeds[wrong][0]:g} km/h ({int(wrong.sum())} rows in all)",
            layer="roads",
            row=int(wrong.argmax()) + 1,
            remedy="Give each road a speed above 0, or leave out roads that nobody may use.",
        )
    slowest_first = np.argsort(speeds, kind="stable")
    strips = _strips(roads.geometry.to_numpy()[slowest_first], transform)
    burnt = rasterize(
        zip(strips, kmh(1.0) * speeds[slowest_first], strict=True),
        out_shape=shape,
        transform=transform,
        all_touched=True,
        dtype="float64",
    )
    _require_meeting(burnt, "roads")
    return np.asarray(burnt)


def _barrier_cells(barriers: gpd.GeoDataFrame, shape: tuple[int, int], transform: Affine) -> Mask:
    """Cells whose centre lies in a barrier, and a chain of cells along lines and outlines."""
    areas = shapely.get_parts(barriers.geometry.to_numpy())
    lines = np.where(shapely.get_dimensions(areas) == 2, shapely.boundary(areas), areas)
    burnt = rasterize([*areas, *lines], out_shape=shape, transform=transform, dtype="uint8")
    _require_meeting(burnt, "barriers")
    return np.asarray(burnt > 0)


def _bridge_cells(
    roads: gpd.GeoDataFrame,
    barriers: gpd.GeoDataFrame,
    shape: tuple[int, int],
    transform: Affine,
) -> Mask:
    """Cells of roads on barriers, and `BRIDGEHEAD` beyond."""
    road = shapely.get_parts(roads.geometry.to_numpy())
    barrier = shapely.get_parts(barriers.geometry.to_numpy())
    over, under = shapely.STRtree(barrier).query(road, predicate="intersects")
    if not over.size:
        return np.zeros(shape, bool)
    meeting = shapely.intersection(road[over], barrier[under])
    cell = max(abs(transform.a), abs(transform.e))
    bridges = shapely.intersection(road[over], shapely.buffer(meeting, BRIDGEHEAD * cell))
    strips = _strips(bridges, transform)
    burnt = rasterize(strips, out_shape=shape, transform=transform, all_touched=True, dtype="uint8")
    return np.asarray(burnt > 0)


def _strips(lines: NDArray[np.object_], transform: Affine) -> NDArray[np.object_]:
    width = STRIP * min(abs(transform.a), abs(transform.e))
    return np.asarray(shapely.buffer(lines, width, quad_segs=1))


def _require_meeting(burnt: NDArray[np.generic], layer: str) -> None:
    if not burnt.any():
        raise CrsError(
            "does not meet the land cover",
            layer=layer,
            remedy="Check its coordinate system and its place, or leave the layer out.",
        )


def _closed_roads(count: int) -> tuple[Notice, ...]:
    if not count:
        return ()
    text = Text(
        zh=f"{count} 个像元中道路与河流等阻隔并行而不相交，按不可通行处理；像元越小，此类像元越少",
        en=f"in {count} cells a road runs beside a barrier without crossing it; these cells are "
        "closed, and smaller cells would have fewer of them",
    )
    return (Notice("roads-closed-by-barriers", "warning", count, text),)
