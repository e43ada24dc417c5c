"""Where a layer lies: its stated CRS against its coordinates, and against the study's area."""

from collections.abc import Iterable
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError
from shapely.geometry.base import BaseGeometry

from urbangis.errors import CrsError
from urbangis.notices import Notice, Text
from urbangis.tables import SAMPLE, Source

Bounds = tuple[float, float, float, float]

# A projection is used some way beyond its area, as one 3-degree zone for a whole province.
_MARGIN_DEG = 8.0
_FARTHEST_IN_DIAGONALS = 3.0
# Gauss-Krueger zones of Chinese datums: (first zone, width in degrees, EPSG code of the first zone
# with its number before the easting, EPSG code of the same zone without), by geographic CRS.
_ZONES = {
    4490: ((25, 3, 4513, 4534), (13, 6, 4491, 4502)),
    4610: ((25, 3, 2349, 2370), (13, 6, 2327, 2338)),
    4214: ((25, 3, 2401, 2422), (13, 6, 21413, 21453)),
}
# Geographic CRSs that differ by centimetres.
_ALIKE = frozenset({4326, 4490})
_PER_ZONE_M = 1_000_000.0


def state_crs(table: gpd.GeoDataFrame, given: str | None, source: Source) -> CRS:
    """Return the CRS of a table: the one that its file states, or else ``given``.

    Raises
    ------
    CrsError
        If there is neither, ``given`` is unknown, or the two differ.
    """
    stated: CRS | None = table.crs
    if given is None:
        if stated is None:
            raise _no_crs(tuple(table.total_bounds), source)
        return stated
    try:
        crs = CRS.from_user_input(given)
    except CRSError as error:
        raise _error(
            f'"{given}" is no known coordinate system',
            source,
            remedy='Write an EPSG code, as crs = "EPSG:4549".',
        ) from error
    if stated is not None and not _same(stated, crs):
        raise _error(
            f'states {_name(stated)} itself, but the study file says "{given}"',
            source,
            remedy='Leave out "crs" if the file is right; otherwise correct the file.',
        )
    return crs


def check_coordinates(table: gpd.GeoDataFrame, source: Source) -> None:
    """Check that the coordinates can be meant in the table's CRS.

    Raises
    ------
    CrsError
        If they are no longitudes and latitudes although the CRS is geographic, or lie far outside
        the area that a projected CRS is for. Says what they look like instead.
    """
    bounds: Bounds = tuple(table.total_bounds)
    if not np.isfinite(bounds).all():
        return
    crs: CRS = table.crs
    problem = _not_degrees(bounds) if crs.is_geographic else _not_in_projection(bounds, crs)
    if problem is not None:
        west, south, east, north = bounds
        raise _error(
            f"x from {west:.10g} to {east:.10g} and y from {south:.10g} to {north:.10g} "
            f"cannot be {_name(crs)}: {problem}",
            source,
            remedy="Find out which coordinate system the file is really in, and state that one.",
        )


def to_crs(
    table: gpd.GeoDataFrame, crs: CRS, source: Source
) -> tuple[gpd.GeoDataFrame, tuple[Notice, ...]]:
    """Project a table, with a notice where the shift between the two datums is not known.

    Raises
    ------
    CrsError
        If a coordinate has no place in ``crs``.
    """
    projected = table.to_crs(crs)
    lost = _endless(projected) & ~_endless(table)
    if lost.any():
        raise _error(
            f"cannot be projected into {_name(crs)}",
            source,
            row=int(table.index[np.argmax(lost)]) + 1,
            remedy="Check the coordinates of that row.",
        )
    return projected, notice_approximate(table.crs, crs, len(table), source)


def check_near(
    table: gpd.GeoDataFrame, area: BaseGeometry, original: gpd.GeoSeries, source: Source
) -> tuple[Notice, ...]:
    """Check that a layer has to do with the study's area.

    Parameters
    ----------
    table
        The layer, projected.
    area
        In the CRS of ``table``.
    original
        The geometries as the file has them, before projection.
    source
        For errors.

    Returns
    -------
    tuple[Notice, ...]
        ``outside-study`` where rows lie outside the area; they are kept.

    Raises
    ------
    CrsError
        If nothing lies within three diagonals of the area; says how far away the nearest is, and
        whether it would be inside with x and y swapped.
    """
    west, south, east, north = area.bounds
    reach = _FARTHEST_IN_DIAGONALS * float(np.hypot(east - west, north - south))
    away = _distances(shapely.bounds(table.geometry.to_numpy()), area.bounds)
    if np.isfinite(away).any() and np.nanmin(away) > reach:
        swapped = _swapped_is_near(original, table.crs, area.bounds, reach)
        raise _error(
            f"lies {np.nanmin(away) / 1000:,.0f} km from the study's area"
            + (": x and y (longitude and latitude) look swapped" if swapped else ""),
            source,
            remedy="Swap them." if swapped else "Check its coordinate system and its place.",
        )
    shapely.prepare(area)
    outside = np.isfinite(away) & ~shapely.intersects(area, table.geometry.to_numpy())
    return notice_outside(int(outside.sum()), table["id"][outside].head(SAMPLE), source)


def notice_outside(count: int, ids: Iterable[str], source: Source) -> tuple[Notice, ...]:
    """Return a notice on rows outside the study's area, if there are any."""
    if not count:
        return ()
    text = Text(
        zh=f"{count} 条记录位于研究范围之外，予以保留",
        en=f"rows outside the study's area, kept: {count}",
    )
    return (Notice("outside-study", "info", count, text, tuple(ids), source.layer),)


def _error(problem: str, source: Source, *, remedy: str, row: int | None = None) -> CrsError:
    return CrsError(problem, remedy=remedy, file=source.file, layer=source.layer, row=row)


def _no_crs(bounds: Bounds, source: Source) -> CrsError:
    """Return the error that a CRS is absent; what it looks like is said, but never assumed."""
    looks, example = "", 'crs = "EPSG:4490"'
    if np.isfinite(bounds).all() and _not_degrees(bounds) is not None:
        looks, example = " (its coordinates look like metres)", f'crs = "{_typical(bounds)}"'
    elif np.isfinite(bounds).all():
        looks = " (its coordinates look like degrees)"
        example += ', or datum = "gcj02" if it comes from a Chinese web map'
    suffix = Path(source.file or "").suffix.lower()
    copy = "Copy its .prj along with it, or find" if suffix == ".shp" else "Find"
    return _error(
        f"has no coordinate system{looks}",
        source,
        remedy=f"{copy} out which one it is in and state it for the layer, as {example}.",
    )


def _typical(bounds: Bounds) -> str:
    """Return a CRS in metres as an example; eastings may begin with the number of their zone."""
    zone = int(bounds[0] // _PER_ZONE_M)
    return f"EPSG:{4513 + zone - 25}" if 25 <= zone <= 45 else "EPSG:4549"


def _same(one: CRS, other: CRS) -> bool:
    if one.equals(other, ignore_axis_order=True):
        return True
    code = one.to_epsg()
    return code is not None and code == other.to_epsg()


def _name(crs: CRS) -> str:
    code = crs.to_epsg()
    return f"EPSG:{code} ({crs.name})" if code else crs.name


def _not_degrees(bounds: Bounds) -> str | None:
    west, south, east, north = np.abs(bounds)
    x, y = max(west, east), max(south, north)
    if x <= 180 and y <= 90:
        return None
    if x <= 90 and y <= 180:
        return "longitude and latitude look swapped"
    return "these look like metres"


def _not_in_projection(bounds: Bounds, crs: CRS) -> str | None:
    zone = _zone_that_fits(bounds, crs)
    if zone is not None:
        return f"these look like {_name(zone)}"
    if _within_use(bounds, crs):
        return None
    west, south, east, north = bounds
    if np.max(np.abs(bounds)) <= 180:
        return "these look like degrees"
    if _within_use((south, west, north, east), crs):
        return "x and y look swapped"
    return "they lie far outside the area that it is for"


def _within_use(bounds: Bounds, crs: CRS) -> bool:
    use = crs.area_of_use
    if use is None:
        return True
    to_degrees = Transformer.from_crs(crs, 4326, always_xy=True)
    x, y = to_degrees.transform(bounds[::2], bounds[1::2])
    if not np.isfinite([x, y]).all():
        return False
    east = use.east if use.east >= use.west else use.east + 360
    middle = (use.west + east) / 2
    # Longitudes are compared on the circle, so that areas across the date line do no harm.
    off = np.abs((np.array(x) - middle + 180) % 360 - 180)
    lat = np.array(y)
    return bool(
        (off <= (east - use.west) / 2 + _MARGIN_DEG).all()
        and (lat >= use.south - _MARGIN_DEG).all()
        and (lat <= use.north + _MARGIN_DEG).all()
    )


def _zone_that_fits(bounds: Bounds, crs: CRS) -> CRS | None:
    """Return the Chinese Gauss-Krueger zone that fits eastings whose zone number ``crs`` lacks.

    Eastings come with the number of the zone before them (40 500 000) or without (500 000).
    """
    geodetic = crs.geodetic_crs
    families = _ZONES.get(geodetic.to_epsg() or 0, ()) if geodetic is not None else ()
    code = crs.to_epsg()
    prefix = int(bounds[0] // _PER_ZONE_M)
    for first, width, numbered, plain in families:
        last = first + (20 if width == 3 else 10)
        for zone in range(first, last + 1):
            with_number, without = numbered + zone - first, plain + zone - first
            if code == without and first <= prefix <= last:
                return CRS.from_epsg(numbered + prefix - first)
            if code == with_number and prefix == 0:
                return CRS.from_epsg(without)
            if code == with_number and prefix != zone and first <= prefix <= last:
                return CRS.from_epsg(numbered + prefix - first)
    return None


def notice_approximate(given: CRS, crs: CRS, count: int, source: Source) -> tuple[Notice, ...]:
    """Return a notice where PROJ can only pretend that two datums are one.

    WGS 84 and CGCS2000 are one to a few centimetres; Xian 1980 and Beijing 1954 lie some 100 m off
    and the parameters of their shift are not public.
    """
    old, new = (each.geodetic_crs for each in (given, crs))
    if old is None or new is None or {old.to_epsg(), new.to_epsg()} <= _ALIKE:
        return ()
    if "Ballpark" not in Transformer.from_crs(old, new).description:
        return ()
    text = Text(
        zh=f"缺少 {old.name} 与 {new.name} 之间的转换参数，图层位置可能偏差百米左右",
        en=f"the shift from {old.name} to {new.name} is not known: places may be some 100 m off",
    )
    return (Notice("datum-approximate", "warning", count, text, layer=source.layer),)


def _endless(table: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    bounds = shapely.bounds(table.geometry.to_numpy())
    present = ~shapely.is_missing(table.geometry.to_numpy())
    return np.asarray(present & ~np.isfinite(bounds).all(axis=1))


def _distances(boxes: NDArray[np.float64], around: Bounds) -> NDArray[np.float64]:
    """Return the distance of each bounding box from one box; NaN where there is none."""
    west, south, east, north = around
    zero = np.zeros(len(boxes))
    dx = np.maximum.reduce([west - boxes[:, 2], boxes[:, 0] - east, zero])
    dy = np.maximum.reduce([south - boxes[:, 3], boxes[:, 1] - north, zero])
    return np.asarray(np.hypot(dx, dy))


def _swapped_is_near(original: gpd.GeoSeries, crs: CRS, around: Bounds, reach: float) -> bool:
    boxes = shapely.bounds(original.to_numpy())
    x, y = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
    swap = Transformer.from_crs(original.crs, crs, always_xy=True)
    east, north = swap.transform(y, x)
    away = _distances(np.column_stack([east, north, east, north]), around)
    return bool((away <= reach).any())
