"""Evidence maps: small drawings (SVG) of one place each, which print as they are."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from urbangis.publish.markup import tag

WIDTH, HEIGHT = 360.0, 270.0
_MARGIN = 0.25
_LEAST_M = 120.0
_HALF_PIXEL = 0.5
_LARGEST_BAR = 0.3

Window = tuple[float, float, float, float]


@dataclass(frozen=True)
class Drawn:
    """Shapes in a metric CRS, and how they are drawn; lines have no ``fill``."""

    shapes: NDArray[np.object_]
    stroke: str
    fill: str = "none"
    fill_opacity: float = 0.0
    width: float = 1.2
    dash: str | None = None


def window_of(shapes: Sequence[shapely.Geometry]) -> Window:
    """Return a window of the map's proportions round shapes, with a margin, metres."""
    west, south, east, north = shapely.total_bounds(np.array(shapes, object))
    width = max(east - west, _LEAST_M) * (1 + 2 * _MARGIN)
    height = max(north - south, _LEAST_M) * (1 + 2 * _MARGIN)
    width = max(width, height * WIDTH / HEIGHT)
    height = width * HEIGHT / WIDTH
    x, y = (west + east) / 2, (south + north) / 2
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def evidence_svg(layers: Sequence[Drawn], window: Window, *, told: str) -> str:
    """Draw layers, the lowest first, clipped to a window, with a scale bar; north is up.

    Parameters
    ----------
    told
        What the drawing shows, for those who cannot see it.
    """
    step = (window[2] - window[0]) / WIDTH
    paths = [_path(layer, window, step) for layer in layers]
    frame = tag(
        "rect", x="0.5", y="0.5", width=f"{WIDTH - 1:g}", height=f"{HEIGHT - 1:g}", fill="none",
        stroke="#8c99a5",
    )  # fmt: skip
    return tag(
        "svg", tag("rect", width="100%", height="100%", fill="#f4f7f9"), *paths, frame,
        *_bar(step), viewBox=f"0 0 {WIDTH:g} {HEIGHT:g}", role="img", aria_label=told,
    )  # fmt: skip


def swatch_svg(layer: Drawn) -> str:
    """Draw a sample of a layer for the key."""
    form = {
        "stroke": layer.stroke,
        "stroke_width": f"{layer.width:g}",
        "stroke_dasharray": layer.dash,
        "fill": layer.fill,
        "fill_opacity": f"{layer.fill_opacity:g}",
    }
    shape = (
        tag("line", x1="1", y1="7", x2="25", y2="7", **form)
        if layer.fill == "none"
        else tag("rect", x="1", y="1", width="24", height="12", **form)
    )
    return tag("svg", shape, viewBox="0 0 26 14", aria_hidden="true")


def _path(layer: Drawn, window: Window, step: float) -> str:
    """Write shapes as one path, in pixels, clipped a little outside the window."""
    west, _, _, north = window
    room = 8 * step
    box = (window[0] - room, window[1] - room, window[2] + room, window[3] + room)
    clipped = shapely.clip_by_rect(layer.shapes, *box)
    parts = shapely.get_parts(shapely.simplify(clipped, step * _HALF_PIXEL))
    data: list[str] = []
    points: list[str] = []
    for part in parts[~shapely.is_empty(parts)]:
        if part.geom_type == "Point":
            x, y = (part.x - west) / step, (north - part.y) / step
            points.append(
                tag("circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r="5", fill=layer.stroke,
                    stroke="#ffffff")
            )  # fmt: skip
            continue
        polygon = part.geom_type == "Polygon"
        rings = (part.exterior, *part.interiors) if polygon else (part,)
        for ring in rings:
            xy = shapely.get_coordinates(ring)
            pixels = np.column_stack([(xy[:, 0] - west) / step, (north - xy[:, 1]) / step])
            text = "L".join(f"{x:.1f} {y:.1f}" for x, y in pixels[: -1 if polygon else None])
            data.append(f"M{text}{'Z' if polygon else ''}")
    path = tag(
        "path", d="".join(data), stroke=layer.stroke, stroke_width=f"{layer.width:g}",
        stroke_dasharray=layer.dash, fill=layer.fill, fill_opacity=f"{layer.fill_opacity:g}",
        fill_rule="evenodd",
    )  # fmt: skip
    return (path if data else "") + "".join(points)


def _bar(step: float) -> tuple[str, ...]:
    """Draw a scale bar of 1, 2 or 5 times a power of ten, and an arrow to the north."""
    largest = _LARGEST_BAR * WIDTH * step
    power = 10.0 ** np.floor(np.log10(largest))
    length = max(one * power for one in (1, 2, 5) if one * power <= largest)
    name = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"
    x, y, pixels = 12.0, HEIGHT - 12.0, length / step
    bar = f"M{x:.1f} {y - 5:.1f}V{y:.1f}H{x + pixels:.1f}V{y - 5:.1f}"
    return (
        tag("rect", x=f"{x - 6:.1f}", y=f"{y - 20:.1f}", width=f"{max(pixels, 44) + 14:.1f}",
            height="26", fill="#ffffff", fill_opacity="0.8"),
        tag("path", d=bar, fill="none", stroke="#25313c", stroke_width="1.5"),
        tag("text", name, x=f"{x + 3:.1f}", y=f"{y - 7:.1f}"),
        tag("path", d=f"M{WIDTH - 18:.0f} 12l5 14l-5 -4l-5 4z", fill="#25313c"),
        tag("text", "N", x=f"{WIDTH - 22:.0f}", y="38"),
    )  # fmt: skip
