"""Draw map layers on paper: shapes, lines and symbols, simplified to what a printer resolves."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.markers import MarkerStyle
from matplotlib.path import Path

from urbangis.catalog import Style
from urbangis.publish.model import MapLayer

RESOLVED_MM = 0.2
"""What is smaller on paper is not drawn: the tolerance of simplified outlines."""

LINE_POINT, SYMBOL_POINT = 0.55, 0.62
"""Points on A4 of a screen pixel of a style's line and symbol."""

MARKERS = {"circle": "o", "square": "s", "diamond": "D", "triangle": "^"}

NO_DATA_COLOR = "#f0f0f0"

_RASTER_FROM = 4_000  # symbols of one layer: more are put into PDF and SVG as a picture
_HIDDEN = "#ffffff"


def draw_layer(axes: Axes, layer: MapLayer, *, line: float, order: float) -> None:
    """Draw a layer in its own colours.

    Parameters
    ----------
    axes
        A plane in metres of the layer's CRS.
    line
        How much thicker lines and symbols are than on A4.
    order
        Drawing order; higher lies above.
    """
    table = layer.table[~(layer.table.geometry.is_empty | layer.table.geometry.isna())]
    dimension = shapely.get_dimensions(table.geometry.to_numpy())
    for number, (kind, draw) in enumerate(((2, _areas), (1, _lines), (0, _symbols))):
        rows = table[dimension == kind]
        if len(rows):
            draw(axes, rows, layer, line=line, order=order + number / 10)


def simplify(table: gpd.GeoDataFrame, tolerance_m: float, *, coverage: bool) -> gpd.GeoDataFrame:
    """Simplify a table for the eye: as a coverage whose neighbours still meet, or row by row."""
    if coverage:
        shapes = shapely.coverage_simplify(table.geometry.to_numpy(), tolerance_m)
        return table.set_geometry(gpd.GeoSeries(shapes, index=table.index, crs=table.crs))
    return table.set_geometry(table.geometry.simplify(tolerance_m))


def colors_of(table: pd.DataFrame, layer: MapLayer, plain: str) -> list[str]:
    """Return the colour of each row: that of its class, if there are classes."""
    if not layer.classes:
        return [plain] * len(table)
    numbers = table[layer.class_columns[0]].astype(int)
    return [layer.classes[number].color if number >= 0 else NO_DATA_COLOR for number in numbers]


def filled(style: Style, table: pd.DataFrame, layer: MapLayer) -> list[str]:
    """Return the fill of each row."""
    return colors_of(table, layer, style.fill or style.color)


def symbol_points(style: Style, line: float) -> float:
    """Diameter of a style's symbol, points."""
    return 2 * style.radius * SYMBOL_POINT * line


def dashes(style: Style) -> Any:
    """Return a style's dashes as Matplotlib takes them, in widths of the line."""
    widths = max(style.weight, 0.5)
    return (0, tuple(step / widths for step in style.dash)) if style.dash else "solid"


def area_path(shape: shapely.Geometry) -> Path:
    """Turn a polygon, with its parts and holes, into one path."""
    rings = shapely.get_rings(shapely.get_parts(shape))
    points, codes = [], []
    for ring in rings:
        corners = shapely.get_coordinates(ring)
        steps = np.full(len(corners), Path.LINETO, dtype=Path.code_type)
        steps[0], steps[-1] = Path.MOVETO, Path.CLOSEPOLY
        points.append(corners)
        codes.append(steps)
    return Path(np.concatenate(points), np.concatenate(codes))


def _areas(
    axes: Axes, table: gpd.GeoDataFrame, layer: MapLayer, *, line: float, order: float
) -> None:
    style = layer.style
    colors = filled(style, table, layer)
    # Small shapes of a class are drawn in one colour, edge and all, so that they stay visible.
    edge = colors if layer.classes and style.fill == style.color else style.color
    opaque = layer.kind == "theme"
    axes.add_collection(
        PathCollection(
            [area_path(shape) for shape in table.geometry],
            facecolors=colors,
            alpha=None if opaque else np.clip(style.fill_opacity, 0, 1),
            edgecolors="none",
            zorder=order,
        ),
        autolim=False,
    )
    if style.weight > 0:
        axes.add_collection(
            PathCollection(
                [area_path(shape) for shape in table.geometry],
                facecolors="none",
                edgecolors=edge,
                linewidths=style.weight * LINE_POINT * line,
                linestyles=[dashes(style)],
                zorder=order + 0.01,
                joinstyle="round",
            ),
            autolim=False,
        )


def _lines(
    axes: Axes, table: gpd.GeoDataFrame, layer: MapLayer, *, line: float, order: float
) -> None:
    style = layer.style
    colors = colors_of(table, layer, style.color)
    parts, number = shapely.get_parts(table.geometry.to_numpy(), return_index=True)
    axes.add_collection(
        LineCollection(
            [shapely.get_coordinates(part) for part in parts],
            colors=[colors[row] for row in number],
            linewidths=style.weight * LINE_POINT * line,
            linestyles=[dashes(style)],
            zorder=order,
            capstyle="butt" if style.dash else "round",
        ),
        autolim=False,
    )


def _symbols(
    axes: Axes, table: gpd.GeoDataFrame, layer: MapLayer, *, line: float, order: float
) -> None:
    parts, number = shapely.get_parts(table.geometry.to_numpy(), return_index=True)
    at = shapely.get_coordinates(parts)
    colors = np.array(filled(layer.style, table, layer))[number]
    axes.scatter(
        at[:, 0], at[:, 1], c=colors, zorder=order, **symbol(layer.style, line),
        rasterized=len(at) > _RASTER_FROM,
    )  # fmt: skip


def symbol(style: Style, line: float) -> dict[str, Any]:
    """Return size, shape and edge of a style's symbol as Matplotlib's ``scatter`` takes them."""
    diameter = symbol_points(style, line)
    return {
        "s": diameter**2 * (0.8 if style.shape == "diamond" else 1.0) ** 2,
        "marker": MarkerStyle(MARKERS[style.shape]),
        "edgecolors": style.color if style.color != style.fill else "white",
        "linewidths": min(style.weight * LINE_POINT, diameter / 6) * line,
    }
