"""Layers for folium maps: shapes and pictures of classes, their data kept out of every template.

for layer in vector_layers(page.layers):
layer.add_to(folium_map)
"""

import math
import re
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
from branca.element import Figure
from folium.map import Layer as FoliumLayer
from folium.template import Template

from urbangis.notices import Text
from urbangis.publish.maps.display import anchors
from urbangis.publish.maps.image import class_png
from urbangis.publish.maps.pinyin import search_keys
from urbangis.publish.maps.topology import DEGREES, Ints, LayerShapes, Shapes, pack_shapes
from urbangis.publish.markup import Verbatim, packed_script
from urbangis.publish.model import Field, ImageLayer, MapLayer
from urbangis.publish.wording import NATURES

ASSETS = Path(str(files("urbangis.publish"))) / "assets"
OWN_STYLE = "urbangis.css"
CORE_SCRIPT = "urbangis.js"
OWN_SCRIPTS = (
    "vendor/fflate/umd/index.js",
    CORE_SCRIPT,
    "topology.js",
    "marks.js",
    "tiles.js",
    "image.js",
    "card.js",
)
"""What our layers need on any map, in the order in which it is loaded."""


class SharedArcs:
    """The arcs of the layers of one map, as a script element of its page.

    Parameters
    ----------
    shapes
        The layers' shapes.
    """

    def __init__(self, shapes: Shapes) -> None:
        self.layers = shapes.layers
        steps = np.diff(shapes.arcs, axis=0, prepend=0)
        steps[shapes.ends[:-1]] = shapes.arcs[shapes.ends[:-1]]
        flat, ends = steps.ravel().tolist(), (2 * shapes.ends).tolist()
        grid = shapes.grid
        value = {
            "west": grid.west,
            "north": grid.north,
            "step": grid.step,
            "arcs": [flat[a:b] for a, b in pairwise(ends)],
        }
        # A name that follows from what they are: maps with several sets keep them apart.
        hashed = sha256(repr(grid).encode() + np.ascontiguousarray(steps).tobytes())
        self.element_id = f"arcs-{hashed.hexdigest()[:12]}"
        self.element = packed_script(self.element_id, value)


class VectorLayer(FoliumLayer):
    """A `MapLayer` as a folium layer, drawn on canvas tiles.

    It can be added to any ``folium.Map`` and switched by ``folium.LayerControl``: a click opens
    the card of a row. On such a map our scripts stand in the page itself;
    `urbangis.publish.web.page` replaces them by files beside the page.

    Parameters
    ----------
    layer
        What to draw.
    arcs, shapes
        From `vector_layers`, where several layers share their borders.
    """

    _template = Template(
        "{% macro script(this, kwargs) %}"
        'var {{ this.get_name() }} = urbangis.layer("{{ this.data_id }}", "{{ this.arcs_id }}");'
        "{% endmacro %}"
    )

    def __init__(
        self,
        layer: MapLayer,
        arcs: SharedArcs | None = None,
        shapes: LayerShapes | None = None,
    ) -> None:
        super().__init__(name=_harmless(layer.name), overlay=True, show=layer.show)
        self._name = "VectorLayer"
        if arcs is None or shapes is None:
            arcs = SharedArcs(pack_shapes([layer.table]))
            shapes = arcs.layers[0]
        self.layer, self.arcs = layer, arcs
        self._shapes = shapes

    @property
    def data_id(self) -> str:
        """Id of the element that holds the rows."""
        return f"{self.get_name()}_data"

    @property
    def arcs_id(self) -> str:
        """Id of the element that holds the arcs."""
        return self.arcs.element_id

    def render(self, **kwargs: Any) -> Any:
        """Add the layer's data and scripts to the figure."""
        figure = cast("Figure", self.get_root())
        add_scripts(figure)
        figure.html.add_child(Verbatim(self.arcs.element), name=self.arcs_id)
        data = packed_script(self.data_id, payload(self.layer, self._shapes))
        figure.html.add_child(Verbatim(data), name=self.data_id)
        return super().render(**kwargs)  # type: ignore[no-untyped-call]


class PictureLayer(FoliumLayer):
    """An `ImageLayer` as a folium layer: a picture with a palette, inside the page."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        'var {{ this.get_name() }} = urbangis.picture("{{ this.data_id }}");'
        "{% endmacro %}"
    )

    def __init__(self, layer: ImageLayer) -> None:
        super().__init__(name=_harmless(layer.name), overlay=True, show=layer.show)
        self._name = "PictureLayer"
        self.layer = layer

    @property
    def data_id(self) -> str:
        """Id of the element that holds the picture and its legend."""
        return f"{self.get_name()}_data"

    def render(self, **kwargs: Any) -> Any:
        """Add the layer's data and scripts to the figure."""
        figure = cast("Figure", self.get_root())
        add_scripts(figure)
        data = packed_script(self.data_id, picture_payload(self.layer))
        figure.html.add_child(Verbatim(data), name=self.data_id)
        return super().render(**kwargs)  # type: ignore[no-untyped-call]


def vector_layers(layers: Sequence[MapLayer | ImageLayer]) -> list[VectorLayer | PictureLayer]:
    """Make folium layers of the layers of one map, with the borders that they share kept once."""
    drawn = [layer for layer in layers if isinstance(layer, MapLayer)]
    arcs = SharedArcs(pack_shapes([layer.table for layer in drawn]))
    shapes = iter(arcs.layers)
    return [
        VectorLayer(layer, arcs, next(shapes))
        if isinstance(layer, MapLayer)
        else PictureLayer(layer)
        for layer in layers
    ]


def add_scripts(figure: Figure) -> None:
    """Put our style sheet and scripts into the head of a figure, each once."""
    style = (ASSETS / OWN_STYLE).read_text(encoding="utf-8")
    figure.header.add_child(Verbatim(f"<style>\n{style}</style>"), name=OWN_STYLE)
    for name in OWN_SCRIPTS:
        script = (ASSETS / name).read_text(encoding="utf-8")
        figure.header.add_child(Verbatim(f"<script>\n{script}</script>"), name=name)


def payload(layer: MapLayer, shapes: LayerShapes) -> dict[str, Any]:
    """Return what the browser needs to draw a layer and to fill its cards, ready for JSON."""
    table = layer.table
    columns = ["id", *(name for name in ("name", "name_en") if name in table)]
    columns += [name for field in layer.fields for name in _columns(field) if name in table]
    columns += layer.columns
    if layer.classes:
        columns += layer.class_columns
    rows = {name: _values(table[name]) for name in dict.fromkeys(columns)}
    if layer.searchable and "name" in rows:
        rows["pinyin"] = search_keys(rows["name"])
    style = layer.style
    return {
        **_common(layer),
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
        "classColumn": layer.class_columns[0],
        "searchable": layer.searchable,
        "interactive": layer.interactive,
        "rows": rows,
        "areas": shapes.areas,
        "paths": shapes.paths,
        "points": _steps(shapes.points),
        "pointRows": None
        if len(shapes.points) == len(table) and (shapes.point_rows == np.arange(len(table))).all()
        else shapes.point_rows.tolist(),
        "dimension": 2 if shapes.areas else 1 if shapes.paths else 0,
        "anchors": anchors(table.to_crs(DEGREES)) if layer.labelled else None,
    }


def picture_payload(layer: ImageLayer) -> dict[str, Any]:
    """Return what the browser needs to show a picture; each of its classes is a row."""
    png = class_png(layer.numbers, [one.color for one in layer.classes])
    return {
        **_common(layer),
        "kind": "theme",
        "style": {"fillOpacity": 0.9, "minZoom": 0},
        "fields": [],
        "classColumn": "class",
        "searchable": False,
        "interactive": True,
        "rows": {
            "id": [str(number) for number in range(len(layer.classes))],
            "name": [""] * len(layer.classes),
            "class": list(range(len(layer.classes))),
        },
        "dimension": 2,
        "anchors": None,
        "bounds": layer.bounds,
        "image": f"data:image/png;base64,{b64encode(png).decode()}",
    }


def _common(layer: MapLayer | ImageLayer) -> dict[str, Any]:
    return {
        "id": layer.id,
        "name": text_json(layer.name),
        "classes": [
            {"color": one.color, "label": text_json(one.label), "met": one.met}
            for one in layer.classes
        ],
        "nature": None if layer.nature == "surveyed" else text_json(NATURES[layer.nature]),
        "note": text_json(layer.note),
        "replaces": layer.replaces,
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
        # Nine digits tell one person in a province from its target.
        return int(value) if value.is_integer() else float(f"{value:.9g}")
    return value if isinstance(value, bool | int | str) else str(value)


def _steps(places: Ints) -> list[int]:
    """Return the first point and then the steps from point to point, as one flat list."""
    steps = np.diff(places, axis=0, prepend=0) if len(places) else places
    flat: list[int] = steps.ravel().tolist()
    return flat


def _harmless(name: Text) -> str:
    """Return a name for folium's own layer switch, without signs that a template could read."""
    return re.sub(r"[{}<>&%#\\`]", " ", name.zh)[:200]
