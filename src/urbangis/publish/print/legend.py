"""The legend of a print map: what is on the sheet, and nothing else."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from matplotlib.lines import Line2D

from urbangis.catalog import Style
from urbangis.notices import Language, Text
from urbangis.publish.maps.palette import ZONE
from urbangis.publish.model import ImageLayer, MapLayer
from urbangis.publish.print.drawing import (
    LINE_POINT,
    NO_DATA_COLOR,
    colors_of,
    dashes,
    symbol,
)
from urbangis.publish.print.ink import INK, Sheet
from urbangis.publish.print.paper import Box
from urbangis.publish.wording import NATURES, NO_DATA

_ROW_MM, _HEAD_MM, _KEY_MM = 4.5, 5.4, 7.0
_SIZES = (8.0, 7.0, 6.0, 5.0, 4.0)
_SMALLEST = 0.66  # of its size, that a line too long for its column makes of all
_COLUMN_MM = 44.0


@dataclass(frozen=True)
class Entry:
    """One line of a legend: a heading where it has no kind, else a key and its meaning."""

    text: str
    kind: str = "heading"
    style: Style | None = None
    color: str = ""

    @property
    def is_heading(self) -> bool:
        """Whether it is no key but the name of those below it."""
        return self.kind == "heading"


def legend_entries(layers: Sequence[MapLayer], language: Language) -> list[list[Entry]]:
    """Return the lines of a legend, those that belong together in one list.

    Layers from the uppermost; a layer without rows has no line.
    """
    single: list[Entry] = []
    groups: list[list[Entry]] = []
    for layer in reversed(layers):
        if layer.table.empty:
            continue
        name = _named(layer, language)
        if layer.classes:
            groups.append([Entry(name), *_classes(layer, language)])
        else:
            kind = _kind(layer)
            color = layer.style.color if kind == "line" else layer.style.fill or layer.style.color
            single.append(Entry(name, kind, layer.style, color))
    themes = [group for group, layer in zip(groups, _with_classes(layers), strict=True)
              if layer.kind == "theme"]  # fmt: skip
    others = [group for group in groups if group not in themes]
    return [*themes, *others, *([single] if single else [])]


def image_entries(image: ImageLayer, language: Language) -> list[Entry]:
    """Return the lines of a picture of cells."""
    classes = (Entry(one.label.to(language), "area", ZONE, one.color) for one in image.classes)
    return [Entry(_named(image, language)), *classes]


def draw_legend(sheet: Sheet, box: Box, groups: Sequence[Sequence[Entry]], *, scale: float) -> None:
    """Write a legend into a box, in as many columns and as small as it must be."""
    for points in _SIZES:
        height = points / _SIZES[0] * scale
        columns = max(1, int(box.width // (_COLUMN_MM * height)))
        flowed = _columns(groups, box.height / height, columns)
        if flowed is not None:
            break
    else:
        flowed = _columns(groups, float("inf"), columns) or []
    width = box.width / max(1, len(flowed)) if columns > 1 else box.width
    indent = (_KEY_MM + 1.5) * height
    room = {True: width - scale, False: width - indent - scale}
    lines = [entry for column in flowed for entry in column]
    sizes = (
        sheet.shrunk(one.text, points * scale, room[one.is_heading], bold=one.is_heading)
        for one in lines
    )
    size = min(sizes, default=points * scale)
    size = max(size, _SMALLEST * points * scale)
    for number, column in enumerate(flowed):
        top, left = box.top, box.left + number * width
        for entry in column:
            bold = entry.is_heading
            step = (_HEAD_MM if bold else _ROW_MM) * height
            top -= step
            x = left if bold else left + indent
            if not bold:
                key = Box(left, top + step * 0.14, _KEY_MM * height, step * 0.72)
                _draw_key(sheet, key, entry, height)
            text = sheet.fitted(entry.text, size, room[bold] + 0.5 * scale, bold=bold)
            sheet.write(x, top + step * 0.28, text, size, bold=bold)


def _columns(
    groups: Sequence[Sequence[Entry]], height: float, most: int
) -> list[list[Entry]] | None:
    """Flow entries into columns of a height, groups together; None if they do not fit."""
    columns: list[list[Entry]] = [[]]
    used = 0.0
    for group in groups:
        tall = sum(_HEAD_MM if one.is_heading else _ROW_MM for one in group)
        if used and used + tall > height:
            columns.append([])
            used = 0.0
        columns[-1] += group
        used += tall
        if used > height:
            return None
    return columns if len(columns) <= most else None


def _with_classes(layers: Sequence[MapLayer]) -> list[MapLayer]:
    return [one for one in reversed(layers) if one.classes and not one.table.empty]


def _named(layer: MapLayer | ImageLayer, language: Language) -> str:
    name = layer.name.to(language)
    if layer.nature == "surveyed":
        return name
    nature = NATURES[layer.nature].to(language)
    if nature.lower() in name.lower():
        return name
    return f"{name}（{nature}）" if language == "zh" else f"{name} ({nature.lower()})"


def _classes(layer: MapLayer, language: Language) -> Iterator[Entry]:
    kind = _kind(layer)
    met = Text(zh="　达标", en="  target met")
    for one in layer.classes:
        text = one.label.to(language) + (met.to(language) if one.met else "")
        yield Entry(text, kind, layer.style, one.color)
    if NO_DATA_COLOR in colors_of(layer.table, layer, ""):
        yield Entry(NO_DATA.to(language), kind, layer.style, NO_DATA_COLOR)


def _kind(layer: MapLayer) -> str:
    dimensions = shapely.get_dimensions(layer.table.geometry.to_numpy())
    return ("symbol", "line", "area")[max(0, int(np.max(dimensions)))]


def _draw_key(sheet: Sheet, key: Box, entry: Entry, scale: float) -> None:
    style = entry.style
    if style is None:
        return
    middle = key.bottom + key.height / 2
    width = style.weight * LINE_POINT * scale
    if entry.kind == "area":
        alpha = 1.0 if style.fill_opacity >= 0.7 else style.fill_opacity
        sheet.rectangle(key, facecolor=entry.color, alpha=alpha, lw=0)
        sheet.rectangle(
            key, facecolor="none", edgecolor=INK if entry.color == "#ffffff" else style.color,
            lw=max(width, 0.3), linestyle=dashes(style),
        )  # fmt: skip
    elif entry.kind == "line":
        line = Line2D(
            [key.left, key.right], [middle, middle], color=entry.color, lw=width,
            linestyle=dashes(style),
        )  # fmt: skip
        sheet.plane.add_line(line)
    else:
        sheet.plane.scatter(
            [key.left + key.width / 2], [middle], c=[entry.color], **symbol(style, scale)
        )
