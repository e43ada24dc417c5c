"""Charts, where people would rather look than read: laid out here, drawn by `drawing`."""

from dataclasses import dataclass

from urbangis.publish.charts.drawing import (
    ACCENT,
    BAD,
    INK,
    MUTED,
    RULE,
    Bar,
    Dot,
    Drawing,
    Line,
    Shape,
    Word,
    cut,
    width_of,
)
from urbangis.publish.wording import percent, short_percent

WIDTH = 640.0
_SIZE = 12.0
_ROW = 22.0
_NAME, _NAME_SHARE = 150.0, 0.28  # room for a name: pixels at most, and part of the width
_RATE, _MISSED = "#7fa8d1", "#d58b7c"  # pale, so that a range is legible across them


@dataclass(frozen=True)
class Curve:
    """How many are within which cost.

    Parameters
    ----------
    points
        Cost (minutes or metres), ascending, and the share of all within it, 0 to 1.
    mark
        Cost that the standard grants, drawn as an upright line, and its label.
    across, up
        What the axes mean.
    target
        Share that is asked for.
    """

    title: str
    points: tuple[tuple[float, float], ...]
    mark: tuple[float, str]
    across: str
    up: str
    target: float | None = None


@dataclass(frozen=True)
class Rate:
    """A rate with its range; NaN where there is none."""

    name: str
    value: float
    low: float
    high: float
    met: bool | None = None


@dataclass(frozen=True)
class Rates:
    """Rates side by side, against a target if there is one."""

    title: str
    rows: tuple[Rate, ...]
    target: float | None = None


@dataclass(frozen=True)
class Shares:
    """How each of several wholes is divided.

    Parameters
    ----------
    parts
        Name and colour of each part.
    rows
        Name of each whole, and its parts' shares, which make 1; none where the whole is nothing.
    """

    title: str
    parts: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, tuple[float, ...]], ...]


@dataclass(frozen=True)
class Trend:
    """A rate from run to run, oldest first."""

    title: str
    points: tuple[tuple[str, float], ...]
    target: float | None = None


Chart = Curve | Rates | Shares | Trend


def layout(chart: Chart, width: float = WIDTH) -> Drawing:
    """Lay a chart out, so many pixels wide."""
    match chart:
        case Curve():
            return _curve(chart, width)
        case Rates():
            return _rates(chart, width)
        case Shares():
            return _shares(chart, width)
        case Trend():
            return _trend(chart, width)


def round_steps(limit: float, most: int) -> list[float]:
    """Return round numbers from 0 to a limit, at most so many steps apart."""
    step = 1.0
    while limit / step > most:
        step *= 2.5 if f"{step:e}".startswith("2") else 2
    while limit / step < most / 3:
        step /= 2
    count = int(limit / step + 1e-9)
    return [number * step for number in range(count + 1)]


def _curve(chart: Curve, width: float) -> Drawing:
    height, left, right, top, bottom = 250.0, 52.0, 24.0, 30.0, 46.0
    limit = chart.points[-1][0]
    wide, tall = width - left - right, height - top - bottom

    def x(cost: float) -> float:
        return left + cost / limit * wide

    def y(share: float) -> float:
        return top + (1 - share) * tall

    shapes: list[Shape] = [Word(0, 16, chart.up, _SIZE, color=MUTED)]
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        shapes += [
            Line(((left, y(share)), (width - right, y(share))), RULE),
            Word(left - 8, y(share) + 4, short_percent(share), _SIZE, "end", MUTED),
        ]
    shapes += [
        Word(x(cost), height - 26, f"{cost:g}", _SIZE, "middle", MUTED)
        for cost in round_steps(limit, max(4, int(width / 50)))
    ]
    shapes.append(Word(left + wide / 2, height - 6, chart.across, _SIZE, "middle", MUTED))
    if chart.target is not None:
        at = y(chart.target)
        shapes += [
            Line(((left, at), (width - right, at)), BAD, 1.5, (6, 4)),
            Word(left + 6, at - 5, short_percent(chart.target), _SIZE, color=BAD),
        ]
    cost, label = chart.mark
    reached = max((share for at, share in chart.points if at <= cost * (1 + 1e-9)), default=0.0)
    shapes += [
        Line(((x(cost), top), (x(cost), top + tall)), INK, 1.2, (3, 3)),
        Line(tuple((x(at), y(share)) for at, share in chart.points), ACCENT, 2.4),
        Dot(x(cost), y(reached), 4.5, ACCENT),
    ]
    told = f"{label} {percent(reached, chart.target)}"
    # The curve never falls: above it and to its left there is nothing to write over.
    shapes.append(Word(x(cost) - 8, max(y(reached) - 10, top + 12), told, 13, "end"))
    return Drawing(chart.title, told, width, height, tuple(shapes))


def _room(width: float) -> float:
    return min(_NAME, width * _NAME_SHARE)


def _rates(chart: Rates, width: float) -> Drawing:
    room = _room(width)
    left, right, top = room + 10, 64.0, 26.0
    height = top + _ROW * len(chart.rows) + 8
    wide = width - left - right
    shapes: list[Shape] = []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        at = left + share * wide
        shapes += [
            Line(((at, top - 4), (at, height - 6)), RULE),
            Word(at, 14, short_percent(share), 11, "middle", MUTED),
        ]
    for number, row in enumerate(chart.rows):
        middle = top + _ROW * (number + 0.5)
        name = cut(row.name, _SIZE, room)
        shapes.append(Word(left - 10, middle + 4, name, _SIZE, "end"))
        if row.value == row.value:
            color = _MISSED if row.met is False else _RATE
            shapes.append(Bar(left, middle - 6, row.value * wide, 12, color))
        if row.low == row.low and row.high == row.high:
            ends = left + row.low * wide, left + row.high * wide
            shapes.append(Line(((ends[0], middle), (ends[1], middle)), INK, 1.4))
            shapes += [Line(((at, middle - 4), (at, middle + 4)), INK, 1.4) for at in ends]
        told = percent(row.value, chart.target)
        shapes.append(Word(width - 4, middle + 4, told, _SIZE, "end"))
    if chart.target is not None:
        at = left + chart.target * wide
        shapes.append(Line(((at, top - 4), (at, height - 6)), BAD, 1.5, (6, 4)))
    told = "; ".join(f"{row.name} {percent(row.value, chart.target)}" for row in chart.rows)
    return Drawing(chart.title, told, width, height, tuple(shapes))


def _shares(chart: Shares, width: float) -> Drawing:
    room = _room(width)
    left, right = room + 10, 12.0
    there = [n for n in range(len(chart.parts)) if any(row[n] > 0 for _, row in chart.rows)]
    wide = width - left - right
    shapes: list[Shape] = []
    x, y = left, 8.0
    for name, color in (chart.parts[number] for number in there):
        step = 18 + width_of(name, _SIZE) + 16
        if x + step > width and x > left:
            x, y = left, y + 18
        shapes += [Bar(x, y, 12, 12, color), Word(x + 17, y + 10, name, _SIZE, color=MUTED)]
        x += step
    top = y + 24
    for number, (name, shares) in enumerate(chart.rows):
        middle = top + _ROW * (number + 0.5)
        shapes.append(Word(left - 10, middle + 4, cut(name, _SIZE, room), _SIZE, "end"))
        at = left
        for (_, color), share in zip(chart.parts, shares, strict=False):
            if share > 0:
                shapes.append(Bar(at, middle - 7, share * wide, 14, color))
            at += share * wide
    height = top + _ROW * len(chart.rows) + 6
    names = [name for name, _ in chart.parts]
    told = "; ".join(
        f"{name}: "
        + ", ".join(f"{part} {percent(one)}" for part, one in zip(names, shares, strict=False))
        for name, shares in chart.rows
    )
    return Drawing(chart.title, told, width, height, tuple(shapes))


def _trend(chart: Trend, width: float) -> Drawing:
    height, left, right, top, bottom = 220.0, 52.0, 40.0, 26.0, 34.0
    values = [value for _, value in chart.points]
    asked = [] if chart.target is None else [chart.target]
    low = max(0.0, min(*values, *asked) - 0.05)
    high = min(1.0, max(*values, *asked) + 0.05)
    wide, tall = width - left - right, height - top - bottom
    apart = wide / max(1, len(values) - 1)

    def y(value: float) -> float:
        return top + (high - value) / (high - low) * tall

    shapes: list[Shape] = []
    for share in (low, high):
        shapes += [
            Line(((left, y(share)), (width - right, y(share))), RULE),
            Word(left - 8, y(share) + 4, percent(share), 11, "end", MUTED),
        ]
    if chart.target is not None:
        at = y(chart.target)
        shapes += [
            Line(((left, at), (width - right, at)), BAD, 1.5, (6, 4)),
            Word(width - right + 4, at + 4, short_percent(chart.target), 11, color=BAD),
        ]
    places = [(left + number * apart, y(value)) for number, value in enumerate(values)]
    shapes.append(Line(tuple(places), ACCENT, 2.4))
    for (at_x, at_y), (name, value) in zip(places, chart.points, strict=True):
        shapes += [
            Dot(at_x, at_y, 4.5, ACCENT),
            Word(at_x, at_y - 9, percent(value, chart.target), _SIZE, "middle"),
            Word(at_x, height - 10, cut(name, 11, max(apart - 8, 60)), 11, "middle", MUTED),
        ]
    told = ", ".join(f"{name}: {percent(value, chart.target)}" for name, value in chart.points)
    return Drawing(chart.title, told, width, height, tuple(shapes))
