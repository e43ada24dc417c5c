"""A blank sheet to write and draw on, in millimetres from its lower left corner."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Rectangle
from matplotlib.text import Text as Writing

from urbangis.publish.print.fonts import printable, without_pictures
from urbangis.publish.print.paper import POINT_MM, Box

INK, MUTED, RULE, WARN = "#1a1f24", "#56626d", "#9aa5b1", "#9c1c0c"

_DPI = 288.0  # fine enough that measured and printed widths agree
_ELLIPSIS = "…"
_SMALLEST = 0.6  # of its size: a figure shrinks no further
# Words of Latin letters stay whole, and signs stay with what they open or close; Chinese may
# break anywhere else.
_WORDS = re.compile(
    r"\s+|[（《“]*(?:[^\s\u2e80-\uffff\U00020000-\U0003ffff]+|[^\s（《“])[，。；：、）》！？”]*|."
)


class Sheet:
    """A figure of paper size with one drawing plane over all of it.

    Parameters
    ----------
    width_mm, height_mm
        Size of the sheet.
    families
        Fonts, from `font_families`.
    """

    def __init__(self, width_mm: float, height_mm: float, families: Sequence[str]) -> None:
        self.width_mm, self.height_mm = width_mm, height_mm
        self.families = list(families)
        self.figure = Figure(figsize=(width_mm / 25.4, height_mm / 25.4), dpi=_DPI)
        self.figure.patch.set_facecolor("white")
        self._canvas = FigureCanvasAgg(self.figure)
        self.plane = self.axes(Box(0, 0, width_mm, height_mm), order=10)
        self.plane.patch.set_visible(False)

    def axes(self, box: Box, *, order: float = 0) -> Axes:
        """Add a plane of its own in a box, with its millimetres (from the sheet's corner)."""
        axes = self.figure.add_axes(
            (
                box.left / self.width_mm,
                box.bottom / self.height_mm,
                box.width / self.width_mm,
                box.height / self.height_mm,
            ),
            zorder=order,
        )
        axes.set_xlim(box.left, box.right)
        axes.set_ylim(box.bottom, box.top)
        axes.set_axis_off()
        return axes

    def font(self, points: float, *, bold: bool = False) -> FontProperties:
        """Return the sheet's font in a size."""
        return FontProperties(
            family=self.families, size=points, weight="bold" if bold else "normal"
        )

    def clean(self, text: str) -> str:
        """Return a text as this sheet shows it."""
        return without_pictures(printable(text), self.families)

    def width_of(self, text: str, points: float, *, bold: bool = False) -> float:
        """Millimetres that a line of text takes."""
        width, _, _ = self._canvas.get_renderer().get_text_width_height_descent(  # type: ignore[no-untyped-call]
            text, self.font(points, bold=bold), ismath=False
        )
        return float(width) * 25.4 / _DPI

    def fitted(self, text: str, points: float, width_mm: float, *, bold: bool = False) -> str:
        """Cut a text to one line of a width, with an ellipsis where something was cut."""
        text = self.clean(text)[: int(width_mm / (points * POINT_MM) * 6) + 8]
        if self.width_of(text, points, bold=bold) <= width_mm:
            return text
        low, high = 0, len(text)
        while low < high:
            middle = (low + high + 1) // 2
            line = text[:middle] + _ELLIPSIS
            fits = self.width_of(line, points, bold=bold) <= width_mm
            low, high = (middle, high) if fits else (low, middle - 1)
        return text[:low].rstrip() + _ELLIPSIS

    def shrunk(self, text: str, points: float, width_mm: float, *, bold: bool = False) -> float:
        """Return the size in which a figure fits a width, for figures must not be cut."""
        width = self.width_of(self.clean(text), points, bold=bold)
        return points * min(1.0, max(_SMALLEST, width_mm / max(width, 1e-9)))

    def wrapped(self, text: str, points: float, width_mm: float, *, most: int) -> list[str]:
        """Break a text into at most so many lines; the last ends in an ellipsis if it must."""
        rest = self.clean(text)
        lines: list[str] = []
        while rest and len(lines) < most - 1:
            line, rest = self._first_line(rest, points, width_mm)
            lines.append(line)
        return [*lines, self.fitted(rest, points, width_mm)] if rest else lines

    def _first_line(self, text: str, points: float, width_mm: float) -> tuple[str, str]:
        """Part a text after the last word that fits on a line."""
        words = _WORDS.findall(text[: int(width_mm / (points * POINT_MM) * 6) + 8])
        fit = bisect_right(
            range(1, len(words) + 1),
            width_mm,
            key=lambda count: self.width_of("".join(words[:count]).rstrip(), points),
        )
        line = "".join(words[:fit])
        if not line.strip():
            line = self.fitted(text, points, width_mm).removesuffix(_ELLIPSIS) or text[:1]
        return line.rstrip(), text[len(line) :].lstrip()

    def write(self, x: float, y: float, text: str, points: float, **drawn: Any) -> Writing:
        """Write one line on the plane; Matplotlib's formulas are off, so ``$`` is a dollar."""
        bold = bool(drawn.pop("bold", False))
        return self.plane.text(
            x, y, self.clean(text), fontproperties=self.font(points, bold=bold),
            **{"color": INK, "parse_math": False, "va": "baseline", **drawn},
        )  # fmt: skip

    def rectangle(self, box: Box, **drawn: Any) -> None:
        """Draw a box on the plane."""
        self.plane.add_patch(
            Rectangle((box.left, box.bottom), box.width, box.height, **({"lw": 0.5} | drawn))
        )
