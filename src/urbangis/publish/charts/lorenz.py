"""Lorenz and concentration curves, as a small drawing inside a page."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from urbangis.notices import Language, Text
from urbangis.publish.markup import both, tag

_SIDE, _LEFT, _TOP, _BELOW, _RIGHT = 260.0, 46.0, 12.0, 44.0, 14.0


@dataclass(frozen=True)
class Curve:
    """A curve of `urbangis.measures.access_summary.lorenz`, its colour, dash and name."""

    points: pd.DataFrame
    color: str
    name: Text
    dash: str | None = None


def lorenz_svg(
    curves: Sequence[Curve], *, across: Text, up: Text, languages: tuple[Language, ...]
) -> str:
    """Draw curves from (0, 0) to (1, 1) with the diagonal of equal shares.

    Parameters
    ----------
    across, up
        Names of the axes.
    """
    parts = [tag("rect", width="100%", height="100%", fill="#ffffff")]
    for tenth in range(0, 11, 2):
        at = tenth / 10
        x, y = _x(at), _y(at)
        line = {"stroke": "#e3e8ec", "stroke_width": "1"}
        parts += [
            tag("line", x1=x, x2=x, y1=_y(0), y2=_y(1), **line),
            tag("line", x1=_x(0), x2=_x(1), y1=y, y2=y, **line),
            tag("text", f"{tenth * 10}%", x=x, y=f"{_TOP + _SIDE + 15:.0f}", text_anchor="middle"),
            tag("text", f"{tenth * 10}%", x=f"{_LEFT - 6:.0f}", y=y, text_anchor="end",
                dominant_baseline="middle"),
        ]  # fmt: skip
    parts.append(
        tag("line", x1=_x(0), y1=_y(0), x2=_x(1), y2=_y(1), stroke="#66737f",
            stroke_dasharray="4 4")
    )  # fmt: skip
    for curve in curves:
        pairs = zip(curve.points["people"], curve.points["value"], strict=True)
        points = " ".join(f"{_x(people)},{_y(value)}" for people, value in pairs)
        parts.append(
            tag("polyline", points=points, fill="none", stroke=curve.color, stroke_width="2.4",
                stroke_dasharray=curve.dash)
        )  # fmt: skip
    middle = _TOP + _SIDE / 2
    for language in languages:
        parts += [
            tag("text", across.to(language), x=f"{_LEFT + _SIDE / 2:.0f}",
                y=f"{_TOP + _SIDE + 34:.0f}", text_anchor="middle", lang=language),
            tag("text", up.to(language), x="12", y=f"{middle:.0f}", text_anchor="middle",
                transform=f"rotate(-90 12 {middle:.0f})", lang=language),
        ]  # fmt: skip
    told = "; ".join(curve.name.to(languages[0]) for curve in curves)
    return tag(
        "svg", *parts, viewBox=f"0 0 {_LEFT + _SIDE + _RIGHT:.0f} {_TOP + _SIDE + _BELOW:.0f}",
        role="img", aria_label=told,
    )  # fmt: skip


def curve_key(curves: Sequence[Curve], languages: tuple[Language, ...]) -> str:
    """Return the key of the curves as HTML."""
    items = []
    for curve in curves:
        sample = tag("line", x1="1", x2="25", y1="7", y2="7", stroke=curve.color,
                     stroke_width="2.4", stroke_dasharray=curve.dash)  # fmt: skip
        swatch = tag("svg", sample, viewBox="0 0 26 14", aria_hidden="true")
        items.append(tag("span", swatch, both(curve.name, languages), class_="item"))
    return tag("p", *items, class_="key")


def _x(share: float) -> str:
    return f"{_LEFT + share * _SIDE:.1f}"


def _y(share: float) -> str:
    return f"{_TOP + (1 - share) * _SIDE:.1f}"
