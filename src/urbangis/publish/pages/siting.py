"""The map of a siting: where the sites are, and who gains by which."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from urbangis.catalog import Catalogue, Style
from urbangis.notices import Text
from urbangis.publish import wording
from urbangis.publish.maps import context
from urbangis.publish.maps.homes import front_first, home_layer
from urbangis.publish.maps.palette import COVERED, DEMAND_POINT, OKABE_ITO, UNCOVERED
from urbangis.publish.model import ColorClass, Field, MapLayer, MapPage
from urbangis.publish.pages.siting_result import (
    STATUS,
    SitingResult,
    facts,
    figures,
    layers_used,
    reason_names,
    unit_of,
)
from urbangis.study import Layer, Study
from urbangis.units import to_minutes

_MOST_COLORS = len(OKABE_ITO) - 1
_SITE = DEMAND_POINT.model_copy(update={"radius": 9.0, "shape": "diamond", "weight": 1.6})
_CANDIDATE = DEMAND_POINT.model_copy(update={"radius": 2.5, "weight": 0.4, "shape": "diamond"})
_OPEN, _CLOSED = "#0b3d63", "#9aa5b1"
_LEFT_OUT = ("#b2182b", "#d95f02", "#7570b3", "#666666")


def siting_page(
    study: Study, result: SitingResult, layers: Mapping[str, Layer], catalogue: Catalogue
) -> MapPage:
    """Describe the map of a siting; parameters as of `service_page`."""
    used = layers_used(result, layers)
    around = [
        layers[name]
        for name in dict.fromkeys((*result.spec.exclude, *result.spec.within, *result.spec.context))
    ]
    page = context.map_page(study, result.title, used)
    return replace(
        page,
        layers=(
            *context.surroundings(study, around, catalogue),
            _homes(study, result, layers[result.service.demand]),
            *_left_out(result, layers),
            *_today(result),
            *_new(result),
        ),
        figures=figures(result),
        facts=(*facts(result), *page.facts),
        notices=(*result.notices, *page.notices),
        links=result.links,
    )


def _site_names(result: SitingResult) -> list[Text]:
    """Name the new sites in their order: by number, and by name where they have one."""
    names = []
    rows = result.sites.iloc[result.opened]
    for number, (name, name_en) in enumerate(zip(rows["name"], rows["name_en"], strict=True), 1):
        own = name or rows["id"].iloc[number - 1]
        names.append(Text(zh=f"{number} {own}", en=f"{number} {name_en or own}"))
    return names


def _homes(study: Study, result: SitingResult, layer: Layer) -> MapLayer:
    """Colour homes by what the sites change: covered before, gained by which site, not covered."""
    table = result.demand_layer()
    number = {row: place for place, row in enumerate(result.opened)}
    by_id = {result.sites["id"].iloc[row]: place for row, place in number.items()}
    gained = table["after"] & ~table["before"]
    site = table["site_id"].map(by_id)
    kinds = np.where(table["after"], 1, 0)  # 0 uncovered, 1 covered as today, 2.. gained
    kinds = np.where(gained, 2 + np.minimum(site.fillna(_MOST_COLORS), _MOST_COLORS), kinds)
    kinds = kinds.astype(int)
    names = _site_names(result)
    labels = [
        (Text(zh="仍未覆盖", en="Still not covered"), UNCOVERED),
        (Text(zh="现状已覆盖", en="Covered today"), COVERED),
        *(
            (Text(zh=f"新增：由{name.zh}覆盖", en=f"Gained by {name.en}"), OKABE_ITO[place])
            for place, name in enumerate(names[:_MOST_COLORS])
        ),
        (Text(zh="新增：由其他新站点覆盖", en="Gained by the other new sites"), OKABE_ITO[-1]),
    ]
    there = sorted(set(kinds))
    table = table.assign(**{"class": [there.index(kind) for kind in kinds]})
    table = context.with_names(table, result.sites, "site_id")
    timed = result.standard.cutoff_min is not None
    table["far"] = table["cost"].map(to_minutes).round(1) if timed else table["cost"].round()
    order = pd.Series(np.where(kinds >= 2, 0, kinds + 1), index=table.index)
    first = Text(zh="新增覆盖", en="gained")
    table, left_out = front_first(table, order, first)
    return replace(
        home_layer(study, layer, table, left_out),
        id="demand",
        name=Text(zh="谁受益（按居民点）", en="Who gains (by home)"),
        fields=(
            Field("people", wording.DENOMINATORS[result.standard.denominators[0]], "number",
                  unit=unit_of(result)),
            Field("facility", Text(zh="前往", en="Goes to")),
            Field("far", Text(zh="到该站点", en="To it"), "minutes" if timed else "metres"),
        ),
        classes=tuple(ColorClass(labels[min(kind, len(labels) - 1)][1],
                                 labels[min(kind, len(labels) - 1)][0]) for kind in there),
    )  # fmt: skip


def _today(result: SitingResult) -> tuple[MapLayer, ...]:
    """Draw today's facilities, the given-up ones grey."""
    table = result.site_layer()
    table = table[table["status"] != "new"].rename(columns={"site_id": "id"})
    if table.empty:
        return ()
    closed = table["status"] == "closed"
    there = ["kept"] * bool((~closed).any()) + ["closed"] * bool(closed.any())
    colors = {"kept": _OPEN, "closed": _CLOSED}
    return (
        MapLayer(
            id="today",
            name=Text(zh="现有设施", en="Facilities of today"),
            table=table.assign(**{"class": table["status"].map(there.index)}),
            style=DEMAND_POINT.model_copy(update={"radius": 6.0, "shape": "square"}),
            fields=(_served_field(result),),
            classes=tuple(ColorClass(colors[one], STATUS[one]) for one in there),
            searchable=True,
        ),
    )


def _new(result: SitingResult) -> tuple[MapLayer, ...]:
    """Draw the new sites, numbered in their order."""
    table = result.site_layer()
    table = table[table["status"] == "new"].rename(columns={"site_id": "id"})
    if table.empty:
        return ()
    names = _site_names(result)
    colors = [OKABE_ITO[min(place, _MOST_COLORS)] for place in range(len(table))]
    table = table.assign(
        name=[one.zh for one in names],
        name_en=[one.en for one in names],
        **{"class": range(len(table))},
    )
    return (
        MapLayer(
            id="sites",
            name=Text(zh="新选站点（按次序）", en="New sites (in order)"),
            table=table,
            style=_SITE,
            fields=(
                Field("gained", Text(zh="新增覆盖", en="Gained"), "number", unit=unit_of(result)),
                Field("rate", Text(zh="至此覆盖率", en="Covered with it"), "rate"),
                _served_field(result),
            ),
            classes=tuple(
                ColorClass(color, name) for color, name in zip(colors, names, strict=True)
            ),
            searchable=True,
            labelled=True,
        ),
    )


def _served_field(result: SitingResult) -> Field:
    return Field("served", Text(zh="服务", en="Serves"), "number", unit=unit_of(result))


def _left_out(result: SitingResult, layers: Mapping[str, Layer]) -> tuple[MapLayer, ...]:
    """Draw the candidates: those that were possible, and those left out, by reason."""
    idle = ~result.sites["existing"].to_numpy(bool) & ~result.is_open
    made = []
    if idle.any():
        made.append(
            MapLayer(
                id="candidates",
                name=Text(zh="未选中的候选点", en="Candidates not chosen"),
                table=result.sites.loc[idle, ["id", "name", "name_en", "geometry"]],
                style=_plain(_CANDIDATE, "#56626d"),
                show=False,
            )
        )
    if len(result.excluded):
        reasons = reason_names(result, layers)
        made.append(
            MapLayer(
                id="excluded",
                name=Text(zh="被排除的候选点", en="Candidates left out"),
                table=result.excluded.assign(**{"class": [one for one, _ in reasons]}),
                style=_CANDIDATE.model_copy(update={"radius": 4.5, "shape": "triangle"}),
                fields=(Field("area_name", Text(zh="所在区域", en="Lies in")),),
                classes=tuple(
                    ColorClass(_LEFT_OUT[min(number, len(_LEFT_OUT) - 1)], name)
                    for number, name in sorted(dict(reasons).items())
                ),
            )
        )
    return tuple(made)


def _plain(style: Style, color: str) -> Style:
    return style.model_copy(update={"fill": color})
