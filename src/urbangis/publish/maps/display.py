"""Geometry for the eye: longitudes and latitudes, simplified to a stated tolerance.

Nothing here is computed with. Figures come from the full geometry; a page only draws.
"""

from collections.abc import Iterator
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from urbangis.publish.maps.topology import DEGREES
from urbangis.study import Level, Study

_SCALE = 1_000_000  # six decimals of a degree, 0.11 m
_STEPS = 4_000  # parts into which the longer side of the study is resolved


def tolerance_m(study: Study) -> float:
    """Return the tolerance of simplified outlines, in whole metres, at least 1.

    It is a 4,000th of the longer side of the study's area: a quarter of a pixel when the whole
    area fills a screen.
    """
    west, south, east, north = study.base.zones.total_bounds
    return float(max(1, round(max(east - west, north - south) / _STEPS)))


def extent(study: Study) -> tuple[float, float, float, float]:
    """Return west, south, east and north of the study's zones, in degrees."""
    west, south, east, north = study.base.zones.to_crs(DEGREES).total_bounds
    return float(west), float(south), float(east), float(north)


def zone_outlines(study: Study) -> dict[str, gpd.GeoDataFrame]:
    """Simplify the zones of every level so that neighbours still meet.

    Base zones are simplified as one coverage, and zones of other levels are put together from
    them, so that a city's outline runs exactly along its counties'.

    Returns
    -------
    dict of str to GeoDataFrame
        By level id: columns of the contract ``zones``, in the study's CRS.
    """
    simple = simplified_together(study.base.zones, tolerance_m(study))
    return {level.id: _put_together(level, simple) for level in study.levels}


def _put_together(level: Level, base: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the zones of a level with the union of their base zones as geometry."""
    shapes = base.set_index("id").geometry
    parts = level.members.assign(shape=level.members["member_id"].map(shapes))
    unions = parts.groupby("zone_id")["shape"].agg(lambda group: shapely.union_all(list(group)))
    geometry = gpd.GeoSeries(
        list(level.zones["id"].map(unions)), index=level.zones.index, crs=base.crs
    )
    return level.zones.set_geometry(geometry)


def shared_borders(zones: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the outlines of zones as lines, each border once."""
    lines = shapely.line_merge(shapely.union_all(zones.geometry.boundary.to_numpy()))
    return gpd.GeoDataFrame({"id": ["borders"], "name": [""]}, geometry=[lines], crs=zones.crs)


def simplified(table: gpd.GeoDataFrame, tolerance: float) -> gpd.GeoDataFrame:
    """Simplify lines and polygons one by one, to ``tolerance`` in units of the table's CRS."""
    return table.set_geometry(table.geometry.simplify(tolerance, preserve_topology=True))


def simplified_together(table: gpd.GeoDataFrame, tolerance: float) -> gpd.GeoDataFrame:
    """Simplify polygons that meet but do not overlap, so that they still meet."""
    shapes = shapely.coverage_simplify(table.geometry.to_numpy(), tolerance)
    return table.set_geometry(gpd.GeoSeries(shapes, index=table.index, crs=table.crs))


def bands(rings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Cut nested service areas into bands that do not overlap, ascending by ``minutes``.

    Parameters
    ----------
    rings
        Polygons with ``minutes``, the upper limit of each; several rows may share one limit.
    """
    whole = rings.dissolve(by="minutes", as_index=False).sort_values("minutes", ignore_index=True)
    shapes = whole.geometry.to_numpy()
    inner = shapely.union_all(np.empty(0, dtype=object))
    cut = []
    for shape in shapes:
        cut.append(shapely.difference(shape, inner))
        inner = shapely.union(inner, shape)
    return whole[["minutes"]].set_geometry(gpd.GeoSeries(cut, crs=rings.crs))


def anchors(table: gpd.GeoDataFrame) -> list[list[int]]:
    """Return a point inside each geometry, longitude and latitude in millionths of a degree."""
    points = shapely.point_on_surface(_largest_parts(table))
    return [pair.tolist() for pair in _whole(shapely.get_coordinates(points))]


def _parts(geometry: shapely.Geometry) -> Iterator[Any]:
    """Yield the single geometries of a geometry, however it is nested."""
    if hasattr(geometry, "geoms"):
        for part in geometry.geoms:
            yield from _parts(part)
    else:
        yield geometry


def _whole(degrees: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.rint(degrees * _SCALE).astype(np.int64)


def _largest_parts(table: gpd.GeoDataFrame) -> NDArray[Any]:
    """Return the largest part of each geometry, where a label belongs."""
    found = []
    for geometry in table.geometry:
        parts = list(_parts(geometry))
        found.append(max(parts, key=lambda part: (part.area, part.length)) if parts else geometry)
    return np.array(found, dtype=object)
