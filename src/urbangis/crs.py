"""Coordinate systems: the metric CRS of an area, and the shifted datums of Chinese web maps.

GCJ-02 ("Mars coordinates": AMap, Tencent, DataV, most government web maps) and BD-09 (Baidu) have
no EPSG code. Both are WGS 84 longitudes and latitudes moved by a smooth field of 100 to 700 m.
The fields were never published officially; the formulas and constants here are the ones that
public implementations share to the last digit (``eviltransform`` by googollee, ``coordtransform``
by wandergis). They meet published answers of AMap's own service to 0.1 m and
of Baidu's to 0.7 m. Origins:

- semi-major axis 6378245 m and squared eccentricity 0.00669342162296594 are the Krasovsky 1940
  ellipsoid (flattening 1/298.3), on which the GCJ-02 field is laid out;
- the field is a polynomial plus sines in (longitude - 105, latitude - 35), in metres, divided by
  the length of a degree on that ellipsoid;
- outside longitudes 72.004 to 137.8347 and latitudes 0.8293 to 55.8271 GCJ-02 is the identity;
- BD-09 turns and stretches GCJ-02 about the origin by sines of period 360/3000 degrees, then adds
  (0.0065, 0.006) degrees.

In a strip of about a kilometre along the edge of that box, the shifted and the unshifted
definition overlap, and GCJ-02 cannot be inverted uniquely. The strip lies outside China.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS
from shapely.geometry.base import BaseGeometry

from urbangis.errors import CrsError

Floats = NDArray[np.float64]
Pair = tuple[Floats, Floats]

_KRASOVSKY_A = 6378245.0
_KRASOVSKY_E2 = 0.00669342162296594323
_BOX = (72.004, 0.8293, 137.8347, 55.8271)
_BD09_TURN = np.pi * 3000.0 / 180.0
# A millionth of a metre on the ground; float64 resolves 1.4e-14 degrees at longitude 120.
_TOLERANCE_DEG = 1e-11
_LARGEST_PASSES = 30

# CGCS2000 3-degree Gauss-Krueger without zone prefix: EPSG:4534 has its meridian at 75 E, each
# code after it 3 degrees further, up to EPSG:4554 at 135 E.
_FIRST_CGCS2000, _FIRST_MERIDIAN, _LAST_MERIDIAN = 4534, 75, 135
_MERCATOR = (
    "Mercator (variant A)",
    "Mercator (variant B)",
    "Popular Visualisation Pseudo Mercator",
)


def wgs84_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Shift WGS 84 to GCJ-02.

    Parameters
    ----------
    lon, lat
        Degrees, of any shape that broadcasts.

    Returns
    -------
    tuple of float64 arrays
        ``(lon, lat)`` in degrees. NaN stays NaN; outside China's bounding box nothing moves.
    """
    x, y = _degrees(lon, lat)
    inside = _inside_box(x, y)
    # Outside the box the field is not evaluated (it has a pole at the poles).
    dx, dy = _gcj02_field(np.where(inside, x, 105.0), np.where(inside, y, 35.0))
    return np.where(inside, x + dx, x), np.where(inside, y + dy, y)


def gcj02_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Undo GCJ-02, exact to a millionth of a metre.

    Parameters
    ----------
    lon, lat
        Degrees, of any shape that broadcasts.

    Returns
    -------
    tuple of float64 arrays
        ``(lon, lat)`` in degrees. NaN stays NaN; outside China's bounding box nothing moves.
    """
    x, y = _degrees(lon, lat)
    inside = _inside_box(x, y)

    def shifted(x: Floats, y: Floats) -> Pair:
        dx, dy = _gcj02_field(x, y)
        return x + dx, y + dy

    back = _inverse(shifted, np.where(inside, x, 105.0), np.where(inside, y, 35.0))
    return np.where(inside, back[0], x), np.where(inside, back[1], y)


def gcj02_to_bd09(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Shift GCJ-02 to BD-09; arguments and result as in `wgs84_to_gcj02`.

    BD-09 has no bounding box of its own: the shift is applied everywhere.
    """
    x, y = _degrees(lon, lat)
    radius = np.hypot(x, y) + 0.00002 * np.sin(y * _BD09_TURN)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * _BD09_TURN)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def bd09_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Undo `gcj02_to_bd09`, exact to a millionth of a metre."""
    x, y = _degrees(lon, lat)
    known = np.isfinite(x) & np.isfinite(y)
    back = _inverse(gcj02_to_bd09, np.where(known, x, 105.0), np.where(known, y, 35.0))
    return np.where(known, back[0], np.nan), np.where(known, back[1], np.nan)


def wgs84_to_bd09(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Shift WGS 84 to BD-09, by way of GCJ-02; arguments and result as in `wgs84_to_gcj02`."""
    return gcj02_to_bd09(*wgs84_to_gcj02(lon, lat))


def bd09_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Undo `wgs84_to_bd09`, exact to a millionth of a metre."""
    return gcj02_to_wgs84(*bd09_to_gcj02(lon, lat))


def metric_crs(area: BaseGeometry) -> CRS:
    """Choose the metric CRS for an area.

    In China that is the CGCS2000 3-degree Gauss-Krueger zone, without zone prefix, of the central
    meridian nearest to the area's centre (EPSG:4534 to 4554); elsewhere UTM on WGS 84. China is
    where the EPSG registry says that the zone may be used.

    Parameters
    ----------
    area
        Geometry in EPSG:4326. Its centre is the middle of its bounds, which keeps the largest
        distance from the meridian, and so the largest distortion, small.

    Raises
    ------
    CrsError
        If the area is empty or does not lie in longitudes and latitudes.
    """
    west, south, east, north = area.bounds if not area.is_empty else (np.nan,) * 4
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise CrsError(
            f"the area is not in longitudes and latitudes (bounds {area.bounds})",
            remedy="Give it in EPSG:4326, or state the study's crs.",
        )
    lon, lat = (west + east) / 2, (south + north) / 2
    meridian = 3 * round(lon / 3)
    if _FIRST_MERIDIAN <= meridian <= _LAST_MERIDIAN:
        china = CRS.from_epsg(_FIRST_CGCS2000 + (meridian - _FIRST_MERIDIAN) // 3)
        use = china.area_of_use
        if use is not None and use.west <= lon <= use.east and use.south <= lat <= use.north:
            return china
    zone = min(int((lon + 180) // 6) + 1, 60)
    return CRS.from_epsg((32600 if lat >= 0 else 32700) + zone)


def require_metric(crs: CRS | None) -> None:
    """Check that lengths and areas may be measured in ``crs``.

    Raises
    ------
    CrsError
        If it is absent, is not projected, has axes in another unit than the metre, or is a
        Mercator projection such as EPSG:3857, whose metre is 0.85 m on the ground at Nanjing.
    """
    remedy = "Choose a projected CRS in metres, such as EPSG:4549 for Jiangsu."
    if crs is None:
        raise CrsError("has no coordinate system", remedy=remedy)
    plane = _horizontal(crs)
    if not plane.is_projected:
        raise CrsError(f"{plane.name} has no metres: it is not projected", remedy=remedy)
    unit = plane.axis_info[0].unit_name
    if unit != "metre":
        raise CrsError(f"{plane.name} measures in {unit}, not in metres", remedy=remedy)
    operation = plane.coordinate_operation
    if operation is not None and operation.method_name in _MERCATOR:
        raise CrsError(
            f"{plane.name} stretches lengths with latitude; nothing may be measured in it",
            remedy=remedy,
        )


def _horizontal(crs: CRS) -> CRS:
    """Return the horizontal CRS inside a compound (with heights) or bound (with a shift) one."""
    while crs.is_compound or crs.is_bound:
        inner = crs.sub_crs_list[0] if crs.is_compound else crs.source_crs
        if inner is None:
            break
        crs = inner
    return crs


def _degrees(lon: ArrayLike, lat: ArrayLike) -> Pair:
    x, y = np.broadcast_arrays(np.asarray(lon, dtype=float), np.asarray(lat, dtype=float))
    return x, y


def _inside_box(x: Floats, y: Floats) -> NDArray[np.bool_]:
    west, south, east, north = _BOX
    return (x >= west) & (x <= east) & (y >= south) & (y <= north)


def _gcj02_field(lon: Floats, lat: Floats) -> Pair:
    """Return the GCJ-02 shift in degrees at WGS 84 positions."""
    x, y = lon - 105.0, lat - 35.0
    ripple = 20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)
    root = np.sqrt(np.abs(x))
    north_m = -100 + 2 * x + 3 * y + 0.2 * y**2 + 0.1 * x * y + 0.2 * root
    north_m += 2 / 3 * (ripple + 20 * np.sin(np.pi * y) + 40 * np.sin(np.pi * y / 3))
    north_m += 2 / 3 * (160 * np.sin(np.pi * y / 12) + 320 * np.sin(np.pi * y / 30))
    east_m = 300 + x + 2 * y + 0.1 * x**2 + 0.1 * x * y + 0.1 * root
    east_m += 2 / 3 * (ripple + 20 * np.sin(np.pi * x) + 40 * np.sin(np.pi * x / 3))
    east_m += 2 / 3 * (150 * np.sin(np.pi * x / 12) + 300 * np.sin(np.pi * x / 30))

    w2 = 1 - _KRASOVSKY_E2 * np.sin(np.radians(lat)) ** 2
    meridian_radius_m = _KRASOVSKY_A * (1 - _KRASOVSKY_E2) / w2**1.5
    parallel_radius_m = _KRASOVSKY_A / np.sqrt(w2) * np.cos(np.radians(lat))
    return np.degrees(east_m / parallel_radius_m), np.degrees(north_m / meridian_radius_m)


def _inverse(forward: Callable[[Floats, Floats], Pair], lon: Floats, lat: Floats) -> Pair:
    """Find where ``forward`` comes from by correcting a guess by its own miss.

    The fields change by less than 3 % over the shift, so that each pass gains one or two digits.
    """
    x, y = lon, lat
    for _ in range(_LARGEST_PASSES):
        reached_x, reached_y = forward(x, y)
        miss_x, miss_y = lon - reached_x, lat - reached_y
        x, y = x + miss_x, y + miss_y
        if np.all(np.maximum(np.abs(miss_x), np.abs(miss_y)) <= _TOLERANCE_DEG):
            return x, y
    raise CrsError(
        "coordinates cannot be shifted back to WGS 84",
        remedy="Check that they are longitudes and latitudes in degrees.",
    )
