"""Layers for folium maps: any `MapLayer` on a canvas, its data kept out of every template."""

import math
import re
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

import pandas as pd
from branca.element import Figure
from folium.map import Layer as FoliumLayer
from folium.template import Template

from urbangis.notices import Text
from urbangis.publish.display import DEGREES, anchors, encode
from urbangis.publish.markup import Verbatim, data_script
from urbangis.publish.model import Field, MapLayer
from urbangis.publish.wording import NATURES

ASSETS = Path(str(files("urbangis.publish"))) / "assets"
OWN_SCRIPT, OWN_STYLE = "urbangis.js", "urbangis.css"


class VectorLayer(FoliumLayer):
    """A `MapLayer` as a folium layer.

    It can be added to any ``folium.Map`` and switched by ``folium.LayerControl``: a click opens
    the card of a row. On such a map our script stands in the page itself; `urbangis.publish.page`
    replaces it by a file beside the page.

    Parameters
    ----------
    layer
        What to draw.
    """

    _template = Template(
        "{% macro script(this, kwargs) %}"
        'var {{ this.get_name() }} = urbangis.layer("{{ this.get_name() }}_data");'
        "{% endmacro %}"
    )

    def __init__(self, layer: MapLayer) -> None:
        super().__init__(name=_harmless(layer.name), overlay=True, show=layer.show)
        self._name = "VectorLayer"
        self.layer = layer

    def render(self, **kwargs: Any) -> Any:
        """Add the layer's data and script to the figure."""
        figure = cast("Figure", self.get_root())
        style = (ASSETS / OWN_STYLE).read_text(encoding="utf-8")
        script = (ASSETS / OWN_SCRIPT).read_text(encoding="utf-8")
        figure.header.add_child(Verbatim(f"<style>\n{style}</style>"), name=OWN_STYLE)
        figure.header.add_child(Verbatim(f"<script>\n{script}</script>"), name=OWN_SCRIPT)
        name = f"{self.get_name()}_data"
        figure.html.add_child(Verbatim(data_script(name, payload(self.layer))), name=name)
        return super().render(**kwargs)  # type: ignore[no-untyped-call]


def payload(layer: MapLayer) -> dict[str, Any]:
    """Return what the browser needs to draw a layer and to fill its cards, ready for JSON."""
    table = layer.table.to_crs(DEGREES)
    columns = ["id", *(name for name in ("name", "name_en") if name in table)]
    columns += [name for field in layer.fields for name in _columns(field) if name in table]
    if layer.classes:
        columns += layer.class_columns
    style = layer.style
    return {
        "id": layer.id,
        "name": text_json(layer.name),
        "kind": layer.kind,
        "style": {
            "color": style.color,
            "fill": style.fill,
            "fillOpacity": style.fill_opacity,
            "weight": style.weight,
            "radius": style.radius,
            "dash": list(style.dash),
            "shape": style.shape,
            "minZoom": style.min_zoom,
        },
        "fields": [_field_json(field) for field in layer.fields],
        "classes": [
            {"color": one.color, "label": text_json(one.label), "met": one.met}
            for one in layer.classes
        ],
        "classColumn": layer.class_columns[0],
        "nature": None if layer.nature == "surveyed" else text_json(NATURES[layer.nature]),
        "note": text_json(layer.note),
        "searchable": layer.searchable,
        "interactive": layer.interactive,
        "replaces": layer.replaces,
        "rows": {name: _values(table[name]) for name in dict.fromkeys(columns)},
        "shapes": [encode(geometry) for geometry in table.geometry],
        "dimension": _dimension(table),
        "anchors": anchors(table) if layer.labelled else None,
    }


def text_json(text: Text | None) -> dict[str, str] | None:
    """Return a text as the browser takes it."""
    return None if text is None else {"zh": text.zh, "en": text.en}


def _field_json(field: Field) -> dict[str, Any]:
    return {
        "column": field.column,
        "label": text_json(field.label),
        "format": field.format,
        "target": field.target,
        "unit": text_json(field.unit),
        "missing": text_json(field.missing),
    }


def _columns(field: Field) -> list[str]:
    """Return the columns that a field may read."""
    ends = ("_low", "_high") if field.format == "range" else ("", "_en", "_met")
    return [f"{field.column}{end}" for end in ends]


def _values(column: pd.Series) -> list[Any]:
    """Return plain values: missing is None, never 0; whole numbers are written whole."""
    return [_value(value) for value in column.tolist()]


def _value(value: Any) -> Any:
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return int(value) if value.is_integer() else value
    return value if isinstance(value, bool | int | str) else str(value)


def _dimension(table: pd.DataFrame) -> int:
    """Return 0 for a layer of points, 1 of lines, 2 of polygons: the most that it holds."""
    kinds = set(table.geometry.geom_type.dropna())
    if any("Polygon" in kind for kind in kinds):
        return 2
    return 1 if any("Line" in kind for kind in kinds) else 0


def _harmless(name: Text) -> str:
    """Return a name for folium's own layer switch, without signs that a template could read."""
    return re.sub(r"[{}<>&%#\\`]", " ", name.zh)[:200]
