"""Drawings of `urbangis.publish.charts.drawing` as pictures, for documents that take no SVG."""

from matplotlib.lines import Line2D
from matplotlib.patches import Circle

from urbangis.publish.charts.drawing import Bar, Dot, Drawing, Line, Shape, Word
from urbangis.publish.print.files import sheet_png
from urbangis.publish.print.fonts import font_families, printable
from urbangis.publish.print.ink import Sheet
from urbangis.publish.print.paper import POINT_MM, Box

PIXEL_MM = 25.4 / 96
_POINT = PIXEL_MM / POINT_MM  # points to a pixel
_ANCHORS = {"start": "left", "middle": "center", "end": "right"}


def drawing_png(drawing: Drawing, *, dpi: int = 200) -> bytes:
    """Draw a drawing as PNG, 96 of its pixels to the inch.

    Raises
    ------
    FontError
        If no installed font has a letter of it.
    """
    texts = [printable(shape.text) for shape in drawing.shapes if isinstance(shape, Word)]
    sheet = Sheet(drawing.width * PIXEL_MM, drawing.height * PIXEL_MM, font_families(texts))
    for order, shape in enumerate(drawing.shapes):
        _draw(sheet, shape, order)
    return sheet_png(sheet, title=printable(drawing.title), dpi=dpi)


def _draw(sheet: Sheet, shape: Shape, order: int) -> None:
    def at(x: float, y: float) -> tuple[float, float]:
        return x * PIXEL_MM, sheet.height_mm - y * PIXEL_MM

    match shape:
        case Line():
            points = [at(x, y) for x, y in shape.points]
            dash = (0.0, tuple(one / shape.width for one in shape.dash or (1.0, 0.0)))
            sheet.plane.add_line(
                Line2D(
                    [x for x, _ in points], [y for _, y in points], color=shape.color,
                    lw=shape.width * _POINT, linestyle=dash, zorder=order,
                )
            )  # fmt: skip
        case Bar():
            x, y = at(shape.x, shape.y + shape.height)
            box = Box(x, y, shape.width * PIXEL_MM, shape.height * PIXEL_MM)
            sheet.rectangle(box, facecolor=shape.color, lw=0, zorder=order)
        case Dot():
            dot = Circle(
                at(shape.x, shape.y), shape.radius * PIXEL_MM, color=shape.color, lw=0,
                zorder=order,
            )  # fmt: skip
            sheet.plane.add_patch(dot)
        case Word():
            sheet.write(
                *at(shape.x, shape.y), shape.text, shape.size * _POINT, color=shape.color,
                ha=_ANCHORS[shape.anchor], zorder=order,
            )  # fmt: skip
