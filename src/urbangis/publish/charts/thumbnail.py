"""A small picture of zones in their colours, for the front page."""

import geopandas as gpd
import numpy as np
import shapely

from urbangis.publish.markup import tag

_WIDE, _HIGH = 240, 150
_EDGE = 8
_STEP = 0.6  # of the picture's own units: half a pixel


def thumbnail(zones: gpd.GeoDataFrame) -> str:
    """Draw zones as an inline SVG picture.

    Parameters
    ----------
    zones
        Polygons that meet and do not overlap, in a metric CRS, with ``color``.

    Returns
    -------
    str
        SVG without a word in it: what it shows is said beside it.
    """
    west, south, east, north = zones.total_bounds
    scale = min(_WIDE / (east - west), _HIGH / (north - south))
    across = (_WIDE - scale * (east - west)) / 2
    shapes = shapely.coverage_simplify(zones.geometry.to_numpy(), _STEP / scale)
    paths: dict[str, list[str]] = {}
    for shape, color in zip(shapes, zones["color"], strict=True):
        lines = (
            _outline(ring, (west - across / scale, north), scale)
            for part in shapely.get_parts(shape)
            for ring in (part.exterior, *part.interiors)
        )
        paths.setdefault(color, []).extend(lines)
    return tag(
        "svg",
        *(tag("path", d="".join(lines), fill=color) for color, lines in sorted(paths.items())),
        viewBox=f"0 {-_EDGE} {_WIDE} {_HIGH + 2 * _EDGE}",
        class_="thumbnail",
        aria_hidden="true",
    )


def _outline(ring: shapely.LinearRing, origin: tuple[float, float], scale: float) -> str:
    """Write a ring as a path of tenths, each point told from the one before it."""
    xy = shapely.get_coordinates(ring)[:-1]
    tenths = np.round((xy - origin) * (10 * scale, -10 * scale)).astype(int)
    moved = np.abs(np.diff(tenths, axis=0, prepend=tenths[-1:])).sum(axis=1) > 0
    tenths = tenths[moved]
    if len(tenths) < 3:
        return ""
    steps = " ".join(f"{x / 10:g} {y / 10:g}" for x, y in np.diff(tenths, axis=0))
    x, y = tenths[0] / 10
    return f"M{x:g} {y:g}l{steps}z"
