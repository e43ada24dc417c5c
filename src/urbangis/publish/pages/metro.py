"""The page of one metropolitan area: who lives within an hour of its centres, and by what."""

from collections.abc import Mapping
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd

from urbangis.catalog import Catalogue
from urbangis.measures.commuting import AREA, WAYS
from urbangis.notices import Text
from urbangis.publish import wording
from urbangis.publish.maps import context
from urbangis.publish.maps.display import simplified, tolerance_m, zone_outlines
from urbangis.publish.maps.palette import (
    BEYOND,
    DEMAND_POINT,
    INSIDE,
    KEY_PLACE,
    ROAD_EDGE,
    ZONE,
    rate_class,
    rate_classes,
)
from urbangis.publish.model import (
    ColorClass,
    Field,
    MapLayer,
    MapPage,
    Swipe,
    TableLevel,
    TableMeasure,
    ZoneTable,
)
from urbangis.publish.pages.metro_facts import (
    assumption_facts,
    estimate_caution,
    key_place_facts,
    line_facts,
)
from urbangis.publish.pages.metro_figures import metro_figures
from urbangis.publish.pages.metro_layers import BY, WAY_NAMES, centre_layer, ground_layer
from urbangis.publish.pages.metro_result import MetroResult
from urbangis.study import Layer, Study

_PEOPLE = wording.UNITS["residents"]
_STEP_MIN = 15.0
_LATEST_MIN = 90.0


def metro_page(
    study: Study, result: MetroResult, layers: Mapping[str, Layer], catalogue: Catalogue
) -> MapPage:
    """Describe the page of one metropolitan area.

    Parameters
    ----------
    layers
        The study's layers by id.
    catalogue
        For the styles that the layers name.
    """
    spec = result.spec
    used = [layers[name] for name in result.layers_used]
    around = [layers[name] for name in spec.context]
    page = context.map_page(study, spec.name, used, around)
    return replace(
        page,
        extent=_extent(result),
        layers=(
            _zone_theme(study, result),
            *_ground_themes(study, result),
            *context.surroundings(study, around, catalogue),
            _road_edge(study, result),
            _place_layer(result, layers[spec.demand]),
            *_key_layer(result, layers),
            centre_layer(result, layers[spec.centres], catalogue),
        ),
        figures=metro_figures(result),
        zone_table=_zone_table(study),
        facts=(
            *assumption_facts(result.transit, spec),
            *line_facts(result.lines, result.transit),
            *key_place_facts(result.key_places, spec.cutoff_min),
            *page.facts,
        ),
        notices=(*result.notices, *page.notices),
        cautions=(estimate_caution(result.transit), *page.cautions),
        links=result.links_to,
        swipes=_swipes(result),
    )


def _extent(result: MetroResult) -> tuple[float, float, float, float]:
    """Show the ground within reach, of today."""
    west, south, east, north = result.grounds[0].to_crs("EPSG:4326").total_bounds
    return float(west), float(south), float(east), float(north)


def _zone_theme(study: Study, result: MetroResult) -> MapLayer:
    """Colour the area's base zones by the share of their people within reach."""
    zones = result.today.zones
    zones = zones[(zones["level"] != AREA) & (zones["weight"] == "residents")]
    outlines = zone_outlines(study)[study.base.id]
    table = outlines[outlines["id"].isin(zones["zone_id"])].reset_index(drop=True)
    for way in WAYS:
        rows = zones[zones["way"] == way].set_index("zone_id")
        for ours, name in (("unsnapped", "unplaced"), *((n, n) for n in
                           ("total", "covered", "uncovered", "rate"))):  # fmt: skip
            table[f"{way}_{ours}"] = table["id"].map(rows[name])
        table[f"{way}_rate_met"] = pd.Series(pd.NA, table.index, dtype="boolean")
        table[f"{way}_rate_low"] = table[f"{way}_rate_high"] = np.nan
        met = table[f"{way}_rate_met"]
        table[f"class_{way}"] = rate_class(table[f"{way}_rate"], met, None)
    measured = ("total", "covered", "uncovered", "unsnapped", "rate", "rate_low", "rate_high",
                "rate_met")  # fmt: skip
    return MapLayer(
        id=f"zones-{study.base.id}",
        name=wording.joined(
            study.base.name, Text(zh="圈内居民比例", en="share within reach"), zh="", en=": "
        ),
        table=table,
        style=ZONE,
        kind="theme",
        fields=tuple(
            Field(f"{way}_rate", name, "rate", missing=wording.NO_DATA)
            for way, name in WAY_NAMES.items()
        ),
        columns=tuple(f"{way}_{name}" for way in WAYS for name in measured),
        classes=rate_classes(None),
        class_columns=tuple(f"class_{way}" for way in WAYS),
        nature=study.spec.layers[str(study.spec.levels[0].layer)].nature,
        show=False,
        searchable=True,
        labelled=True,
    )


def _zone_table(study: Study) -> ZoneTable:
    layer = f"zones-{study.base.id}"
    return ZoneTable(
        levels=(TableLevel(study.base.name, layer, (layer,)),),
        measures=tuple(TableMeasure(way, name, _PEOPLE) for way, name in WAY_NAMES.items()),
        unsnapped=Text(zh="位置不明", en="Place unknown"),
        target=None,
    )


def _swipes(result: MetroResult) -> tuple[Swipe, ...]:
    """Lay the circle of today against that with the lines to come."""
    if len(result.grounds) < 2:
        return ()
    name = Text(zh="通勤圈：运营线路 | 含在建线路", en="Circle: lines that run | and those to come")
    return (Swipe(name, "ground-0", "ground-1"),)


def _ground_themes(study: Study, result: MetroResult) -> tuple[MapLayer, ...]:
    """Make a theme of the ground within reach, today and with the lines to come."""
    names = (
        Text(zh="通勤圈（运营线路）", en="Circle with the lines that run"),
        Text(zh="通勤圈（含在建线路）", en="Circle with the lines under construction"),
    )
    return tuple(
        replace(
            ground_layer(study, ground, result.spec.cutoff_min, f"ground-{number}", names[number]),
            show=number == 0,
        )
        for number, ground in enumerate(result.grounds)
    )


def _road_edge(study: Study, result: MetroResult) -> MapLayer:
    limit = f"{result.spec.cutoff_min:g}"
    edge = simplified(result.road_ground, tolerance_m(study))
    return MapLayer(
        id="road-edge",
        name=Text(zh=f"只走公路 {limit} 分钟界线", en=f"{limit} minutes by road alone"),
        table=edge.set_geometry(edge.boundary).assign(id="road-edge", name=""),
        style=ROAD_EDGE,
        nature="schematic",
        interactive=False,
    )


def _place_classes() -> tuple[tuple[ColorClass, ...], list[float]]:
    limits = list(np.arange(_STEP_MIN, _LATEST_MIN + 1, _STEP_MIN))
    colors = (*INSIDE, *BEYOND[1:])
    names = [f"{low:g}–{high:g}" for low, high in zip([0, *limits], limits, strict=False)]
    classes = [
        ColorClass(color, Text(zh=f"{name} 分钟", en=f"{name} min"))
        for color, name in zip(colors, names, strict=True)
    ]
    latest = ColorClass("#7f7f7f", Text(zh=f"{_LATEST_MIN:g} 分钟以上", en="longer"))
    return (*classes, latest), limits


def _place_layer(result: MetroResult, layer: Layer) -> MapLayer:
    """Make an overlay of the area's towns, coloured by their minutes."""
    classes, limits = _place_classes()
    places = result.places()
    places = gpd.GeoDataFrame(places[places["placed"]], crs=result.centres.crs)
    minutes = places["best_min"].to_numpy(float)
    number = np.searchsorted(np.array(limits) + 1e-9, minutes)
    by = places["by"].map({key: text.zh for key, text in BY.items()})
    by_en = places["by"].map({key: text.en for key, text in BY.items()})
    later = (
        (Field("later_min", Text(zh="在建线路通车后", en="With lines under construction"),
               "minutes"),)
        if "later_min" in places
        else ()
    )  # fmt: skip
    return MapLayer(
        id="places",
        name=Text(zh="镇街（到中心的时间）", en="Towns (minutes to a centre)"),
        table=places.assign(**{"class": number}, by_name=by, by_name_en=by_en),
        style=DEMAND_POINT,
        fields=(
            Field("best_min", Text(zh="门到门", en="Door to door"), "minutes"),
            Field("by_name", Text(zh="较快的方式", en="By")),
            Field("centre_name", Text(zh="最近的中心", en="Nearest centre")),
            Field("rail_min", WAY_NAMES["rail"], "minutes"),
            Field("road_min", WAY_NAMES["road"], "minutes"),
            *later,
            Field("residents", wording.DENOMINATORS["residents"], "number", unit=_PEOPLE),
        ),
        classes=classes,
        nature=layer.spec.nature,
        note=layer.spec.note,
        searchable=True,
    )


def _key_layer(result: MetroResult, layers: Mapping[str, Layer]) -> tuple[MapLayer, ...]:
    if result.key_places is None or result.key_places.empty:
        return ()
    layer = layers[str(result.spec.key_places)]
    return (
        MapLayer(
            id="key-places",
            name=layer.spec.name,
            table=result.key_places,
            style=KEY_PLACE,
            fields=tuple(Field(f"{way}_min", name, "minutes") for way, name in WAY_NAMES.items()),
            nature=layer.spec.nature,
            note=layer.spec.note,
            searchable=True,
        ),
    )
