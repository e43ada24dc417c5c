"""A small drawing of lines, bars, dots and words: laid out once, as SVG in a page or on paper."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

from urbangis.publish.markup import tag
from urbangis.publish.plain import legible

Anchor = Literal["start", "middle", "end"]

INK, MUTED, RULE, ACCENT, BAD = "#1a1f24", "#56626d", "#c3ccd4", "#0b5394", "#a50f15"

LONGEST = 400
"""Signs of a word that are written; what is longer is cut, with an ellipsis."""


@dataclass(frozen=True)
class Line:
    """A line through points, in pixels from the upper left corner."""

    points: tuple[tuple[float, float], ...]
    color: str = INK
    width: float = 1.0
    dash: tuple[float, ...] = ()


@dataclass(frozen=True)
class Bar:
    """A filled rectangle by its upper left corner and size."""

    x: float
    y: float
    width: float
    height: float
    color: str


@dataclass(frozen=True)
class Dot:
    """A filled circle."""

    x: float
    y: float
    radius: float
    color: str


@dataclass(frozen=True)
class Word:
    """A line of text; ``y`` is its baseline."""

    x: float
    y: float
    text: str
    size: float = 12.0
    anchor: Anchor = "start"
    color: str = INK


Shape = Line | Bar | Dot | Word


@dataclass(frozen=True)
class Drawing:
    """Shapes on a ground of ``width`` by ``height`` pixels.

    Parameters
    ----------
    title, description
        What a reader who cannot see it is told: what it is, and what it says in numbers.
    """

    title: str
    description: str
    width: float
    height: float
    shapes: tuple[Shape, ...]


def width_of(text: str, size: float) -> float:
    """Estimate the width of a text without a font: wide signs are one em, others 0.56."""
    wide = sum(unicodedata.east_asian_width(sign) in "WFA" for sign in text)
    return size * (wide + 0.56 * (len(text) - wide))


def cut(text: str, size: float, width: float) -> str:
    """Cut a text to a width, with an ellipsis where something was cut."""
    text = text[:LONGEST]
    if width_of(text, size) <= width:
        return text
    while text and width_of(text + "…", size) > width:
        text = text[:-1]
    return text + "…"


def svg(drawing: Drawing, *, name: str, lang: str | None = None) -> str:
    """Write a drawing as an SVG element for the inside of a page; every text is escaped.

    Parameters
    ----------
    name
        Unique on the page: ids of title and description begin with it.
    lang
        Language of its words, where a page holds it in several.
    """
    told = (
        tag("title", escape(_clean(drawing.title)), id=f"{name}-title"),
        tag("desc", escape(_clean(drawing.description)), id=f"{name}-desc"),
    )
    return tag(
        "svg", *told, *map(_element, drawing.shapes),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {drawing.width:g} {drawing.height:g}",
        width=f"{drawing.width:g}", height=f"{drawing.height:g}",
        role="img", aria_labelledby=f"{name}-title {name}-desc", class_="chart", lang=lang,
    )  # fmt: skip


def _element(shape: Shape) -> str:
    match shape:
        case Line():
            return tag(
                "polyline", points=_points(shape.points), fill="none", stroke=shape.color,
                stroke_width=_number(shape.width),
                stroke_dasharray=" ".join(map(_number, shape.dash)) or None,
            )  # fmt: skip
        case Bar():
            return tag(
                "rect", x=_number(shape.x), y=_number(shape.y), width=_number(shape.width),
                height=_number(shape.height), fill=shape.color,
            )  # fmt: skip
        case Dot():
            return tag(
                "circle", cx=_number(shape.x), cy=_number(shape.y), r=_number(shape.radius),
                fill=shape.color,
            )  # fmt: skip
        case Word():
            return tag(
                "text", escape(_clean(shape.text)), x=_number(shape.x), y=_number(shape.y),
                font_size=_number(shape.size), fill=shape.color,
                text_anchor=None if shape.anchor == "start" else shape.anchor,
            )  # fmt: skip


def _clean(text: str) -> str:
    return legible(text[:LONGEST])


def _points(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{_number(x)},{_number(y)}" for x, y in points)


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
