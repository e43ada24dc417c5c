"""Draw a picture of cells on paper, each dot of it looked up where it lies on the ground."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from pyproj import CRS, Transformer

from urbangis.publish.maps.mercator import MERCATOR
from urbangis.publish.model import ImageLayer
from urbangis.publish.print.drawing import RESOLVED_MM
from urbangis.publish.print.paper import Box

_MOST_DOTS = 2_000_000


def draw_image(axes: Axes, image: ImageLayer, window: Box, crs: CRS, *, order: float) -> None:
    """Draw an image layer; where it holds nothing, what lies below stays visible.

    Parameters
    ----------
    axes
        A plane in metres of ``crs`` that shows ``window``.
    """
    width_mm, height_mm = (side / axes.figure.dpi * 25.4 for side in axes.bbox.size)
    dot_mm = max(RESOLVED_MM, (width_mm * height_mm / _MOST_DOTS) ** 0.5)
    columns, rows = int(np.ceil(width_mm / dot_mm)), int(np.ceil(height_mm / dot_mm))
    x = window.left + window.width * (np.arange(columns) + 0.5) / columns
    y = window.top - window.height * (np.arange(rows) + 0.5) / rows
    project = Transformer.from_crs(crs, MERCATOR, always_xy=True)
    east, north = project.transform(*np.meshgrid(x, y))
    left, bottom, right, top = image.bounds
    tall, wide = image.numbers.shape
    column = np.floor((east - left) / (right - left) * wide).astype(np.int64)
    row = np.floor((top - north) / (top - bottom) * tall).astype(np.int64)
    inside = (column >= 0) & (column < wide) & (row >= 0) & (row < tall)
    numbers = np.full(inside.shape, -1)
    numbers[inside] = image.numbers[row[inside], column[inside]]
    colors = np.array([[0, 0, 0, 0], *((*to_rgb(one.color), 1) for one in image.classes)])
    axes.imshow(
        colors[numbers + 1],
        extent=(window.left, window.right, window.bottom, window.top),
        origin="upper", interpolation="nearest", aspect="auto", zorder=order,
    )  # fmt: skip
    axes.set_xlim(window.left, window.right)
    axes.set_ylim(window.bottom, window.top)
