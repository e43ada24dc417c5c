"""Lay a map out on a sheet: title, map, figures, legend, scale, north, inset, sources."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import shapely
from matplotlib.collections import PathCollection
from numpy.typing import NDArray

from urbangis.notices import Text
from urbangis.publish.model import Figure, MapLayer
from urbangis.publish.print.drawing import (
    RESOLVED_MM,
    area_path,
    draw_layer,
    simplify,
    symbol_points,
)
from urbangis.publish.print.fonts import font_families, printable
from urbangis.publish.print.furniture import (
    convergence_deg,
    draw_north,
    draw_scale_bar,
    scale_bar,
    scale_text,
)
from urbangis.publish.print.images import draw_image
from urbangis.publish.print.ink import INK, MUTED, RULE, WARN, Sheet
from urbangis.publish.print.labels import Ground, Label, draw_labels, place_names
from urbangis.publish.print.legend import draw_legend, image_entries, legend_entries
from urbangis.publish.print.model import PrintMap
from urbangis.publish.print.paper import POINT_MM, Box, Paper, Size, round_scale

_MARGIN, _PANEL_WIDE, _PANEL_TALL, _GAP = 9.0, 64.0, 42.0, 4.0
_FIRST, _OTHER = 24.0, 11.0  # points of the first figure and of the others
_AROUND = 1.05  # a little air between the area and the frame
_TONES = {"plain": INK, "good": "#0b5d1e", "bad": WARN}
_FIXED = (
    "北N0123456789.,:%±–—…万千米mk人处比例尺图例示意达标未无数据Legend Scale[]U+图幅所限个地名未注"
)


@dataclass(frozen=True)
class Drawn:
    """A drawn sheet, with what tests and callers want to know of it.

    Parameters
    ----------
    sheet
        To be written by `urbangis.publish.print.files`.
    ground
        The map's frame, its place and its scale.
    labels
        The names on the map.
    """

    sheet: Sheet
    ground: Ground
    labels: tuple[Label, ...]


def best_orientation(extent: tuple[float, float, float, float], size: Size) -> Paper:
    """Lay the sheet the way that shows an extent larger."""
    papers = [Paper(size, "portrait"), Paper(size, "landscape")]
    return min(papers, key=lambda paper: _denominator(extent, _frame(paper, 0, 0)))


def draw_map(page: PrintMap, paper: Paper, *, font: Path | None = None) -> Drawn:
    """Draw a map on a sheet.

    Parameters
    ----------
    page
        What to draw.
    paper
        Its size and which way it lies.
    font
        File of a font to prefer.

    Raises
    ------
    FontError
        If no installed font has a letter of the sheet.
    """
    families = font_families(map(printable, _texts(page)), font=font)
    sheet = Sheet(paper.width_mm, paper.height_mm, families)
    k = paper.scale
    head = _draw_head(sheet, page, k)
    foot = _draw_foot(sheet, page, k)
    frame = _frame(paper, head, foot)
    ground = _ground(page, frame)
    drawn = _draw_ground(sheet, page, ground, paper)
    labels, left_out = place_names(
        sheet, ground, page.names, scale=paper.label_scale,
        taken=[*_symbol_boxes(page, ground, paper), _north_box(page, ground, k)],
    )  # fmt: skip
    draw_labels(sheet, labels)
    _draw_north(sheet, page, ground, k)
    sheet.rectangle(frame, facecolor="none", edgecolor=INK, lw=0.9 * k)
    _draw_panel(sheet, page, paper, ground, drawn, left_out)
    return Drawn(sheet, ground, tuple(labels))


def _texts(page: PrintMap) -> Iterator[str]:
    """Yield everything that will be written on the sheet."""
    language = page.language
    yield _FIXED
    if page.image is not None:
        yield page.image.name.to(language)
        yield from (one.label.to(language) for one in page.image.classes)
    told = [page.title, page.subtitle, page.review, *page.cautions]
    for figure in page.figures:
        told += [figure.label, figure.value, *([figure.note] if figure.note else [])]
    for fact in page.facts:
        told += [fact.label, fact.value]
    for layer in page.layers:
        told += [layer.name, *(one.label for one in layer.classes)]
    if page.inset:
        told.append(page.inset.title)
    yield from (text.to(language) for text in told)
    for group in page.names:
        for column in ("name", "detail"):
            yield from group.table[column].astype(str)


def _frame(paper: Paper, head: float, foot: float) -> Box:
    """Return the box of the map: what title, sources and panel leave."""
    k = paper.scale
    bottom, top = foot or 24 * k, head or paper.height_mm - 28 * k
    left, right = _MARGIN * k, paper.width_mm - _MARGIN * k
    if paper.orientation == "landscape":
        right -= (_PANEL_WIDE + _GAP) * k
    else:
        bottom += (_PANEL_TALL + _GAP) * k
    return Box(left, bottom, right - left, top - bottom)


def _denominator(extent: tuple[float, float, float, float], frame: Box) -> float:
    west, south, east, north = extent
    across, up = (east - west) / frame.width, (north - south) / frame.height
    return round_scale(max(across, up, 1e-6) * 1000 * _AROUND)


def _ground(page: PrintMap, frame: Box) -> Ground:
    west, south, east, north = page.extent
    denominator = _denominator(page.extent, frame)
    half_wide, half_tall = (side * denominator / 2000 for side in (frame.width, frame.height))
    return Ground(
        frame, (west + east) / 2 - half_wide, (south + north) / 2 - half_tall, denominator
    )


def _draw_ground(
    sheet: Sheet, page: PrintMap, ground: Ground, paper: Paper
) -> tuple[MapLayer, ...]:
    """Draw the layers inside the frame; return them as far as they are visible."""
    axes = sheet.axes(ground.frame)
    window = ground.window
    axes.set_xlim(window.left, window.right)
    axes.set_ylim(window.bottom, window.top)
    tolerance_m = RESOLVED_MM * ground.denominator / 1000
    drawn = []
    for number, layer in enumerate(page.layers):
        table = simplify(ground.visible(layer.table), tolerance_m, coverage=layer.kind == "theme")
        visible = replace(layer, table=table)
        draw_layer(axes, visible, line=paper.label_scale, order=number)
        drawn.append(visible)
    if page.image is not None:
        draw_image(axes, page.image, window, page.crs, order=_above_themes(page.layers))
    if page.place is not None:
        around = shapely.difference(
            shapely.box(window.left, window.bottom, window.right, window.top),
            shapely.simplify(page.place, tolerance_m),
        )
        paths = [area_path(part) for part in shapely.get_parts(around) if part.area]
        veil = PathCollection(
            paths, facecolors="white", alpha=0.62, edgecolors="none", zorder=len(drawn)
        )
        axes.add_collection(veil, autolim=False)
    return tuple(drawn)


def _above_themes(layers: Sequence[MapLayer]) -> float:
    """Return the drawing order above the last theme, and below what lies on it."""
    return max((n for n, one in enumerate(layers) if one.kind == "theme"), default=-1) + 0.5


def _draw_head(sheet: Sheet, page: PrintMap, k: float) -> float:
    """Write title and cautions; return where the map may begin, from above."""
    middle, width = sheet.width_mm / 2, sheet.width_mm - 2 * _MARGIN * k
    y = sheet.height_mm - _MARGIN * k - 6 * k
    title = page.title.to(page.language)
    size = sheet.shrunk(title, 20 * k, width, bold=True)
    title = sheet.fitted(title, size, width + 0.1 * k, bold=True)
    sheet.write(middle, y, title, size, ha="center", bold=True)
    y -= 6.6 * k
    subtitle = sheet.fitted(page.subtitle.to(page.language), 11 * k, width)
    sheet.write(middle, y, subtitle, 11 * k, ha="center", color=MUTED)
    y -= 1.2 * k if page.cautions else 0
    for caution in page.cautions[:4]:
        for line in sheet.wrapped(caution.to(page.language), 8 * k, width, most=2):
            y -= 4 * k
            sheet.write(middle, y, line, 8 * k, ha="center", color=WARN)
    return y - 3 * k


def _draw_foot(sheet: Sheet, page: PrintMap, k: float) -> float:
    """Write sources, review number and publisher; return where the map may begin, from below."""
    language, left = page.language, _MARGIN * k
    width = sheet.width_mm - 2 * left
    between = {"zh": "：", "en": ": "}[language]
    text = {"zh": "　", "en": " · "}[language].join(
        f"{fact.label.to(language)}{between}{fact.value.to(language)}" for fact in page.facts
    )
    lines = sheet.wrapped(text, 6.5 * k, width, most=6)
    y = _MARGIN * k
    sheet.write(left, y, page.review.to(language), 9 * k, bold=True)
    sheet.write(left + width, y, "urbangis", 6.5 * k, ha="right", color=MUTED)
    y += 2.2 * k
    for line in reversed(lines):
        y += 3.2 * k
        sheet.write(left, y - 1.2 * k, line, 6.5 * k, color=MUTED)
    return y + 3.4 * k


def _draw_panel(
    sheet: Sheet,
    page: PrintMap,
    paper: Paper,
    ground: Ground,
    drawn: tuple[MapLayer, ...],
    left_out: int,
) -> None:
    """Draw figures, legend, inset and scale beside or below the map."""
    k, frame = paper.scale, ground.frame
    entries = legend_entries(drawn, page.language)
    if page.image is not None:
        entries.insert(1, image_entries(page.image, page.language))
    if paper.orientation == "landscape":
        box = Box(frame.right + _GAP * k, frame.bottom, _PANEL_WIDE * k, frame.height)
        top = _draw_figures(sheet, page, box, k)
        inset = 44 * k if page.inset else 0
        side = Box(box.left, box.bottom, box.width, (18 + 5 * bool(left_out)) * k + inset)
        _draw_side(sheet, page, ground, side, left_out)
        legend = Box(box.left, side.top, box.width, top - side.top - 2 * k)
    else:
        bottom = frame.bottom - (_PANEL_TALL + _GAP) * k
        tall = _PANEL_TALL * k
        _draw_figures(sheet, page, Box(frame.left, bottom, 50 * k, tall), k)
        side = Box(frame.right - 36 * k, bottom, 36 * k, tall)
        _draw_side(sheet, page, ground, side, left_out)
        legend = Box(frame.left + 53 * k, bottom, frame.width - 92 * k, tall)
    draw_legend(sheet, legend, entries, scale=k)


def _draw_side(sheet: Sheet, page: PrintMap, ground: Ground, box: Box, left_out: int) -> None:
    """Draw scale, names left out and inset, one below the other."""
    k = page_scale(sheet)
    low = _draw_scale(sheet, page, ground, box, k)
    if left_out:
        text = Text(
            zh=f"图幅所限，{left_out} 个地名未注", en=f"{left_out} names left out for want of room"
        ).to(page.language)
        size = sheet.shrunk(text, 6.5 * k, box.width)
        sheet.write(box.left, low - 3.5 * k, text, size, color=MUTED)
        low -= 5 * k
    if page.inset is not None:
        _draw_inset(sheet, page, Box(box.left, box.bottom, box.width, low - box.bottom), k)


def _draw_figures(sheet: Sheet, page: PrintMap, box: Box, k: float) -> float:
    """Write the first figure large from the top of a box, the others in pairs; return the end.

    Where they are many, all are written smaller.
    """
    first, *others = page.figures
    pairs = [others[number : number + 2] for number in range(0, len(others), 2)]
    rows = [([first], _FIRST), *((pair, _OTHER) for pair in pairs)]
    tall = sum(max(_height(one, points) for one in row) for row, points in rows)
    k *= min(1.0, box.height / (tall * k))
    y = box.top
    for row, points in rows:
        width = box.width / (1 if points == _FIRST else 2)
        for place, one in enumerate(row):
            at = (box.left + place * width, y, width)
            _draw_figure(sheet, page, one, at, (points * k, k))
        y -= max(_height(one, points) for one in row) * k
    return y - 2 * k


def _height(figure: Figure, points: float) -> float:
    """Millimetres that a figure takes on A4: label, value in its size, and note."""
    return 5.8 + points * POINT_MM * 0.98 + (4.0 if figure.note else 0.0)


def _draw_figure(
    sheet: Sheet,
    page: PrintMap,
    figure: Figure,
    at: tuple[float, float, float],
    sizes: tuple[float, float],
) -> None:
    """Write a figure: label, value in its own size, note; ``at`` is left, top and width."""
    left, y, width = at
    points, k = sizes
    language = page.language
    y -= 3.6 * k
    label = figure.label.to(language)
    small = sheet.shrunk(label, 7.5 * k, width - k)
    sheet.write(left, y, sheet.fitted(label, small, width), small, color=MUTED)
    y -= points * POINT_MM * 0.98 + 0.6 * k
    value = figure.value.to(language)
    size = sheet.shrunk(value, points, width - 2 * k, bold=True)
    value = sheet.fitted(value, size, width, bold=True)
    sheet.write(left, y, value, size, bold=True, color=_TONES[figure.tone])
    if figure.note is not None:
        y -= 4.0 * k
        note = figure.note.to(language)
        small = sheet.shrunk(note, 8 * k, width - k)
        sheet.write(left, y, sheet.fitted(note, small, width), small, color=_TONES[figure.tone])


def page_scale(sheet: Sheet) -> float:
    """How much larger a sheet's writing is than on A4."""
    return min(sheet.width_mm, sheet.height_mm) / 210


def _draw_scale(sheet: Sheet, page: PrintMap, ground: Ground, box: Box, k: float) -> float:
    """Draw the scale in words and as a bar at the top of a box; return where it ends."""
    window = ground.window
    x, y = (window.left + window.right) / 2, (window.bottom + window.top) / 2
    bar = scale_bar(page.crs, x, y, denominator=ground.denominator, most_mm=box.width - 12 * k)
    word = Text(zh="比例尺 ", en="Scale ").to(page.language)
    text = word + scale_text(ground.denominator, page.language)
    sheet.write(box.left, box.top - 4 * k, text, 8 * k, bold=True)
    draw_scale_bar(
        sheet, bar, box.left + 1 * k, box.top - 11.5 * k, size=7 * k, language=page.language
    )
    return box.top - 13 * k


def _draw_inset(sheet: Sheet, page: PrintMap, box: Box, k: float) -> None:
    """Draw where the sheet lies, in the upper left of a box."""
    inset = page.inset
    if inset is None:
        return
    title = sheet.fitted(inset.title.to(page.language), 7 * k, box.width)
    sheet.write(box.left, box.top - 3.5 * k, title, 7 * k, color=MUTED)
    west, south, east, north = inset.around.bounds
    room = Box(box.left, box.bottom, box.width, box.height - 5.5 * k)
    metres = max((east - west) / room.width, (north - south) / room.height)
    wide, tall = (east - west) / metres, (north - south) / metres
    axes = sheet.axes(Box(room.left, room.top - tall, wide, tall))
    axes.set_xlim(west, east)
    axes.set_ylim(south, north)
    for shape, fill, order in ((inset.around, "#e8edf1", 0), (inset.place, "#c0392b", 1)):
        simple = shapely.simplify(shape, RESOLVED_MM * metres)
        paths = [area_path(part) for part in shapely.get_parts(simple) if part.area]
        axes.add_collection(
            PathCollection(
                paths, facecolors=fill, edgecolors=RULE, linewidths=0.4 * k, zorder=order,
                clip_on=False,
            ),
            autolim=False,
        )  # fmt: skip


def _north_corner(page: PrintMap, ground: Ground, k: float) -> tuple[float, float]:
    """Return the middle of the arrow's foot, in the emptier of the upper corners."""
    frame, side = ground.frame, 16 * k
    window, metres = ground.window, ground.denominator / 1000
    themes = [layer.table for layer in page.layers if layer.kind == "theme"]
    best = []
    for number, left in enumerate((frame.right - side, frame.left)):
        west = window.left + (left - frame.left) * metres
        corner = shapely.box(west, window.top - side * metres, west + side * metres, window.top)
        full = sum(
            float(shapely.area(_within(one.geometry.to_numpy(), corner)).sum())
            for one in (table.iloc[table.sindex.query(corner)] for table in themes)
        )
        best.append((full, number, left + side / 2))
    return min(best)[2], frame.top - 13.5 * k


def _within(shapes: NDArray[np.object_], corner: shapely.Polygon) -> NDArray[np.object_]:
    """Return the land of shapes, which is what an odd number of their rings holds, in a corner."""
    clipped = shapely.clip_by_rect(shapes, *corner.bounds)
    return np.asarray(shapely.make_valid(clipped, method="linework"), object)


def _north_box(page: PrintMap, ground: Ground, k: float) -> Box:
    x, y = _north_corner(page, ground, k)
    return Box(x - 6 * k, y - 1.5 * k, 12 * k, 15 * k)


def _draw_north(sheet: Sheet, page: PrintMap, ground: Ground, k: float) -> None:
    x, y = _north_corner(page, ground, k)
    place = ground.window
    middle = (place.left + place.right) / 2, (place.bottom + place.top) / 2
    angle = convergence_deg(page.crs, *middle)
    draw_north(sheet, x, y, height=8 * k, angle_deg=angle, language=page.language)


def _symbol_boxes(page: PrintMap, ground: Ground, paper: Paper) -> list[Box]:
    """Return the boxes of facilities, which no name may cover, where they are few."""
    boxes = []
    for layer in page.layers:
        table = ground.visible(layer.table)
        if layer.classes or len(table) > 300 or not (table.geom_type == "Point").all():
            continue
        half = symbol_points(layer.style, paper.label_scale) / 2 * POINT_MM
        for point in table.geometry:
            x, y = ground.on_paper(point.x, point.y)
            boxes.append(Box(x - half, y - half, 2 * half, 2 * half))
    return boxes
