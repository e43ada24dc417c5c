"""Place names on a map so that none lies on another, nor on a symbol, nor outside the frame."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.patheffects import Stroke

from urbangis.publish.print.ink import INK, Sheet
from urbangis.publish.print.model import Names
from urbangis.publish.print.paper import POINT_MM, Box

DETAIL = 0.82
"""Size of a second line, as a part of the first."""

_LINE = 1.22  # distance of lines, in sizes of the writing
_GAP_MM = 0.35
_AWAY_MM = 0.5
_LONGEST_MM = 42.0
_SMALLER = 0.85

# Where a name may stand, in widths and heights of itself from the middle of its shape.
_SHIFTS = ((0, 0), (0, 0.6), (0, -0.6), (0.3, 0), (-0.3, 0), (0, 1.2), (0, -1.2),
           (0.3, 0.6), (-0.3, 0.6), (0.3, -0.6), (-0.3, -0.6), (0.6, 0), (-0.6, 0))  # fmt: skip
# Where it may stand beside a symbol: right, left, above, below, and the corners.
_SIDES = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))


@dataclass(frozen=True)
class Label:
    """A name at its place: its lines from above, and the box that they take, in millimetres."""

    lines: tuple[str, ...]
    box: Box
    points: float
    bold: bool

    def sizes(self) -> tuple[float, ...]:
        """Size of each line, points."""
        return tuple(self.points * (DETAIL if number else 1) for number in range(len(self.lines)))


@dataclass(frozen=True)
class Ground:
    """The map's frame on paper and the metres that it shows.

    Parameters
    ----------
    frame
        Box of the map on the sheet.
    west, south
        Metres at its lower left corner.
    denominator
        Of the scale.
    """

    frame: Box
    west: float
    south: float
    denominator: float

    @property
    def window(self) -> Box:
        """The metres shown, as a box."""
        metres = self.denominator / 1000
        return Box(self.west, self.south, self.frame.width * metres, self.frame.height * metres)

    def on_paper(self, x: float, y: float) -> tuple[float, float]:
        """Millimetres on the sheet of a place on the map."""
        mm = 1000 / self.denominator
        return self.frame.left + (x - self.west) * mm, self.frame.bottom + (y - self.south) * mm

    def visible(self, table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """Return the rows of which something lies inside the frame."""
        window = self.window
        rows = table.sindex.query(
            shapely.box(window.left, window.bottom, window.right, window.top), "intersects"
        )
        return table.iloc[np.sort(rows)]


def place_names(
    sheet: Sheet,
    ground: Ground,
    names: Sequence[Names],
    *,
    scale: float,
    taken: Sequence[Box] = (),
) -> tuple[list[Label], int]:
    """Find a free place for each name, the most important first.

    Parameters
    ----------
    scale
        How much larger names are than on A4.
    taken
        Boxes on the sheet that no name may cover.

    Returns
    -------
    labels, left_out
        The names that have a place, and how many have none.
    """
    full = list(taken)
    placed: list[Label] = []
    left_out = 0
    for group in names:
        rows = ground.visible(group.table)
        for name, detail, shape in zip(rows["name"], rows["detail"], rows.geometry, strict=True):
            if not str(name).strip():
                continue
            wanted = _candidates(sheet, ground, group, (str(name), str(detail)), shape, scale)
            label = next((one for one in wanted if _is_free(one, ground, full)), None)
            if label is None:
                left_out += 1
                continue
            placed.append(label)
            full.append(label.box)
    return placed, left_out


def draw_labels(sheet: Sheet, labels: Sequence[Label]) -> None:
    """Write names with a pale rim, so that they are legible on any colour."""
    for label in labels:
        top = label.box.top
        for number, (line, size) in enumerate(zip(label.lines, label.sizes(), strict=True)):
            height = size * POINT_MM * _LINE
            at = (label.box.left + label.box.width / 2, top - height * 0.8)
            top -= height
            bold = label.bold and number == 0
            rim = [Stroke(linewidth=size * 0.22, foreground="white", alpha=0.85)]
            # A text with effects becomes outlines; the second one stays text, also in a PDF.
            sheet.write(*at, line, size, bold=bold, ha="center", path_effects=rim)
            sheet.write(*at, line, size, bold=bold, ha="center", color=INK)


def _is_free(label: Label, ground: Ground, full: Sequence[Box]) -> bool:
    inside = ground.frame.holds(label.box)
    return inside and not any(label.box.overlaps(box, _GAP_MM) for box in full)


def _candidates(
    sheet: Sheet,
    ground: Ground,
    group: Names,
    words: tuple[str, str],
    shape: shapely.Geometry,
    scale: float,
) -> Iterator[Label]:
    """Yield a name at each place that it may have, first with its second line, then without."""
    name = sheet.fitted(words[0], group.points * scale, _LONGEST_MM * scale, bold=group.bold)
    full = (name, sheet.clean(words[1]))
    large, small = group.points * scale, group.points * scale * _SMALLER
    for lines, points in [
        *([(full, large)] if words[1] else []),
        ((name,), large),
        ((name,), small),
    ]:
        size = Label(lines, Box(0, 0, 0, 0), points, group.bold)
        width = max(
            sheet.width_of(line, one, bold=group.bold and not number)
            for number, (line, one) in enumerate(zip(lines, size.sizes(), strict=True))
        )
        height = sum(one * POINT_MM * _LINE for one in size.sizes())
        places = (
            _within(ground, shape, (width, height))
            if group.symbol_mm is None
            else _beside(ground, shape, (width, height), (group.symbol_mm + _AWAY_MM) * scale)
        )
        for x, y in places:
            box = Box(x - width / 2, y - height / 2, width, height)
            yield Label(lines, box, points, group.bold)


def _within(
    ground: Ground, shape: shapely.Geometry, size: tuple[float, float]
) -> Iterator[tuple[float, float]]:
    """Yield places of a name's middle that lie inside its shape."""
    window = ground.window
    seen = shapely.clip_by_rect(shape, window.left, window.bottom, window.right, window.top)
    parts = shapely.get_parts(seen)
    parts = parts[shapely.get_dimensions(parts) == 2]
    if not len(parts):
        return
    part = max(parts, key=lambda one: one.area)
    shapely.prepare(part)
    circle = shapely.maximum_inscribed_circle(part, tolerance=ground.denominator / 1000)
    middle = shapely.get_coordinates(circle)[0]
    metres = ground.denominator / 1000
    for across, up in _SHIFTS:
        at = middle + metres * np.array([across * size[0], up * size[1]])
        if shapely.contains_xy(part, *at):
            yield ground.on_paper(*at)


def _beside(
    ground: Ground, shape: shapely.Geometry, size: tuple[float, float], away: float
) -> Iterator[tuple[float, float]]:
    """Yield places of a name's middle round its symbol, so many millimetres away from it."""
    x, y = ground.on_paper(*shapely.get_coordinates(shapely.point_on_surface(shape))[0])
    for across, up in _SIDES:
        yield x + across * (size[0] / 2 + away), y + up * (size[1] / 2 + away * (0.8 if up else 0))
