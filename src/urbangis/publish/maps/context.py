"""What pages share: the study's own layers as map layers, and the facts behind a figure."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

import geopandas as gpd
import numpy as np

from urbangis.catalog import Catalogue
from urbangis.notices import Notice, Text
from urbangis.publish.basemap import basemap_of
from urbangis.publish.maps.display import extent, simplified, tolerance_m
from urbangis.publish.maps.homes import front_first, with_shapes
from urbangis.publish.maps.palette import OKABE_ITO, layer_style
from urbangis.publish.maps.zones import border_layers
from urbangis.publish.model import ColorClass, Fact, Field, MapLayer, MapPage
from urbangis.publish.wording import NATURES, UNREVIEWED, joined, same
from urbangis.study import Layer, Study
from urbangis.tables import is_cells

_MOST_CATEGORIES = len(OKABE_ITO)
_KIND = Text(zh="类别", en="Kind")
_FIELDS = {
    "demand": (Field("residents", Text(zh="居住人口", en="Residents"), "number"),),
    "supply": (Field("kind", _KIND),),
    "lines": (Field("kind", _KIND),),
    "transit_lines": (Field("kind", _KIND),),
    "streets": (Field("class", Text(zh="道路等级", en="Street class")),),
    "redlines": (
        Field("tier", Text(zh="级别", en="Tier")),
        Field("rule", Text(zh="管控要求", en="Rule")),
    ),
}


def map_page(
    study: Study, title: Text, used: Sequence[Layer], around: Sequence[Layer] = ()
) -> MapPage:
    """Begin a page: what follows from the study and from the layers behind its figures.

    A page puts its own map layers into it, and its own facts, notices and cautions before these.

    Parameters
    ----------
    used
        Layers behind the figures.
    around
        Layers that are drawn for the eye alone.
    """
    return MapPage(
        title=title,
        subtitle=study.name,
        languages=study.spec.languages,
        extent=extent(study),
        layers=(),
        review=review(study),
        basemap=basemap_of(study),
        facts=facts(study, used, around),
        notices=layer_notices([*used, *around]),
        cautions=cautions(used),
    )


def study_layer(layer: Layer, study: Study, catalogue: Catalogue, *, show: bool) -> MapLayer:
    """Make an overlay of one of the study's layers, coloured by its ``color_by`` column if any."""
    spec = layer.spec
    table, left_out = layer.table, None
    if is_cells(table):
        first = Text(zh="人口最多", en="most populous")
        table, left_out = front_first(table, -table["residents"], first)
        table = with_shapes(table, study.crs)
    if table.geom_type.str.contains("Line|Polygon").any():
        table = simplified(table, tolerance_m(study))
    classes: tuple[ColorClass, ...] = ()
    fields = _FIELDS.get(spec.table, ())
    if spec.color_by is not None:
        table, classes = _categories(table, spec.color_by)
    return MapLayer(
        id=layer.id,
        name=spec.name,
        table=table,
        style=layer_style(spec, catalogue),
        fields=tuple(field for field in fields if field.column != spec.color_by),
        classes=classes,
        nature=spec.nature,
        note=joined(spec.note, left_out, zh="；", en="; ") if left_out else spec.note,
        show=show,
        searchable=spec.table not in ("streets", "gates"),
        labelled=spec.table == "zones",
        interactive=spec.table != "streets",
    )


def _categories(
    table: gpd.GeoDataFrame, column: str
) -> tuple[gpd.GeoDataFrame, tuple[ColorClass, ...]]:
    """Colour the commonest values of a column, and the rest alike; ``<column>_en`` is English."""
    values = table[column].fillna("").astype(str)
    counts = values[values != ""].value_counts()
    names = sorted(counts.index, key=lambda name: (-counts[name], name))[: _MOST_CATEGORIES - 1]
    number = values.map({name: place for place, name in enumerate(names)})
    rest = number.isna() & (values != "")
    number = number.mask(rest, len(names)).fillna(-1).astype(int)
    english = dict(zip(values, table.get(f"{column}_en", values), strict=True))
    classes = [
        ColorClass(color, Text(zh=name, en=str(english[name] or name)))
        for name, color in zip(names, OKABE_ITO, strict=False)
    ]
    if rest.any():
        classes.append(ColorClass(OKABE_ITO[-1], Text(zh="其他", en="Other")))
    return table.assign(**{"class": number}), tuple(classes)


def cautions(layers: Iterable[Layer]) -> tuple[Text, ...]:
    """Say which layers behind a figure are not surveyed, one line for each nature."""
    found: dict[str, list[Text]] = {}
    for layer in layers:
        if layer.spec.nature != "surveyed":
            found.setdefault(layer.spec.nature, []).append(layer.spec.name)
    return tuple(
        Text(
            zh=f"{NATURES[nature].zh}：{'、'.join(dict.fromkeys(name.zh for name in names))}",
            en=f"{NATURES[nature].en}: {', '.join(dict.fromkeys(name.en for name in names))}",
        )
        for nature, names in found.items()
    )


def facts(study: Study, used: Sequence[Layer], around: Sequence[Layer] = ()) -> tuple[Fact, ...]:
    """State what figures rest on: the study's facts, and the source of each layer."""
    return (*study_facts(study, used), *layer_facts([*used, *around]))


def study_facts(study: Study, layers: Iterable[Layer]) -> tuple[Fact, ...]:
    """State the data date, the coordinate system, the simplification and the publisher."""
    dates = sorted({layer.spec.data_date for layer in layers if layer.spec.data_date})
    dated = (
        " – ".join(dict.fromkeys((dates[0].isoformat(), dates[-1].isoformat()))) if dates else ""
    )
    authority = study.crs.to_authority()
    code = f"（{authority[0]}:{authority[1]}）" if authority else ""
    step = f"{tolerance_m(study):g}"
    stated = [
        Fact(
            Text(zh="数据日期", en="Data date"),
            same(dated) if dated else Text(zh="未注明", en="not stated"),
            brief=True,
        ),
        Fact(
            Text(zh="坐标系", en="Coordinate system"),
            Text(
                zh=f"{study.crs.name}{code}",
                en=f"{study.crs.name}{code.replace('（', ' (').replace('）', ')')}",
            ),
            brief=True,
        ),
        Fact(
            Text(zh="显示精度", en="Drawn accuracy"),
            Text(
                zh=f"图上界线简化至约 {step} 米，仅供显示；数字按原始几何计算",
                en=f"Outlines simplified to about {step} m for display only; "
                "figures come from the full geometry",
            ),
        ),
    ]
    if study.spec.publisher is not None:
        stated.append(Fact(Text(zh="编制单位", en="Publisher"), study.spec.publisher))
    return tuple(stated)


def surroundings(
    study: Study, around: Iterable[Layer], catalogue: Catalogue, *, without: Collection[str] = ()
) -> tuple[MapLayer, ...]:
    """Make overlays of the layers around, except those named, with the borders between them."""
    return stacked(
        study,
        (
            study_layer(layer, study, catalogue, show=layer.spec.show)
            for layer in around
            if layer.id not in without
        ),
    )


def stacked(study: Study, layers: Iterable[MapLayer]) -> tuple[MapLayer, ...]:
    """Lay the study's borders over polygons, and lines and points over borders."""
    areas: list[MapLayer] = []
    others: list[MapLayer] = []
    for layer in layers:
        polygons = layer.table.geom_type.str.contains("Polygon").any()
        (areas if polygons else others).append(layer)
    return (*areas, *border_layers(study), *others)


def layer_notices(layers: Iterable[Layer]) -> tuple[Notice, ...]:
    """Return what happened to each layer when it was read, with the layer's name before it."""
    return tuple(
        replace(notice, message=joined(layer.spec.name, notice.message, zh="：", en=": "))
        for layer in {layer.id: layer for layer in layers}.values()
        for notice in layer.notices
    )


def layer_facts(layers: Iterable[Layer]) -> tuple[Fact, ...]:
    """State the source of each layer."""
    return tuple(
        Fact(
            joined(Text(zh="图层", en="Layer"), layer.spec.name, zh="：", en=": "),
            joined(
                same(layer.spec.source),
                same(layer.spec.data_date.isoformat()) if layer.spec.data_date else None,
                layer.spec.note,
                zh="；",
                en="; ",
            ),
        )
        for layer in {layer.id: layer for layer in layers}.values()
    )


def review(study: Study) -> Text:
    """Return the map's review number, or say that it has none."""
    number = study.spec.review_no
    return (
        UNREVIEWED
        if number is None
        else Text(zh=f"审图号：{number}", en=f"Map review no. {number}")
    )


def with_names(table: gpd.GeoDataFrame, names: gpd.GeoDataFrame, column: str) -> gpd.GeoDataFrame:
    """Add the names that the ids of ``column`` stand for, as ``facility`` and ``facility_en``."""
    known = names.drop_duplicates("id").set_index("id")
    return table.assign(
        facility=table[column].map(known["name"]).replace("", np.nan),
        facility_en=table[column].map(known["name_en"]) if "name_en" in known else "",
    )
