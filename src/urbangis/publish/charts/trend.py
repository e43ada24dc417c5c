"""A figure over the years, as a small drawing inside a page."""

from collections.abc import Sequence

from urbangis.publish.markup import tag

_WIDTH, _HEIGHT = 240.0, 76.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 22.0, 22.0, 18.0, 18.0


def trend_svg(points: Sequence[tuple[int, float]], goal: float | None) -> str:
    """Draw a figure over the years as SVG, to scale in both directions.

    Parameters
    ----------
    points
        Year and figure, oldest first, at least two.
    goal
        Drawn as a dashed line.
    """
    years = [year for year, _ in points]
    values = [value for _, value in points] + ([] if goal is None else [goal])
    low, high = min(values), max(values)
    span = (high - low) or 1.0

    def x(year: int) -> float:
        part = (year - years[0]) / (years[-1] - years[0])
        return _LEFT + part * (_WIDTH - _LEFT - _RIGHT)

    def y(value: float) -> float:
        return _TOP + (high - value) / span * (_HEIGHT - _TOP - _BOTTOM)

    places = [(x(year), y(value)) for year, value in points]
    line = " ".join(f"{at_x:.1f},{at_y:.1f}" for at_x, at_y in places)
    parts = [tag("polyline", points=line, fill="none", stroke="currentColor", stroke_width="2")]
    if goal is not None:
        at = f"{y(goal):.1f}"
        parts.insert(
            0,
            tag("line", x1=f"{_LEFT - 8:.1f}", x2=f"{_WIDTH - _RIGHT + 8:.1f}", y1=at, y2=at,
                class_="goal", stroke_dasharray="5 4"),
        )  # fmt: skip
    for (year, value), (at_x, at_y) in zip(points, places, strict=True):
        parts += [
            tag("circle", cx=f"{at_x:.1f}", cy=f"{at_y:.1f}", r="3.5", fill="currentColor"),
            _label(f"{value:,.1f}".removesuffix(".0"), at_x, at_y - 7),
        ]
        if year in (years[0], years[-1]):
            parts.append(_label(str(year), at_x, _HEIGHT - 4))
    told = ", ".join(f"{year}: {value:,.1f}" for year, value in points)
    return tag(
        "svg", *parts, viewBox=f"0 0 {_WIDTH:.0f} {_HEIGHT:.0f}", width=f"{_WIDTH:.0f}",
        height=f"{_HEIGHT:.0f}", role="img", aria_label=told, class_="trend",
    )  # fmt: skip


def _label(text: str, x: float, y: float) -> str:
    return tag("text", text, x=f"{x:.1f}", y=f"{y:.1f}", text_anchor="middle")
