"""The page of one life circle: what every home lacks of the services that it should have."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd

from urbangis.catalog import Catalogue, CircleService
from urbangis.measures.life_circle import LifeCircle
from urbangis.measures.zoning import STUDY
from urbangis.notices import Language, Notice, Text
from urbangis.publish import wording
from urbangis.publish.maps import context
from urbangis.publish.maps.homes import front_first, home_layer
from urbangis.publish.maps.palette import UNSNAPPED
from urbangis.publish.maps.themes import ZoneFigures, figures_of, theme_layers, theme_table
from urbangis.publish.model import (
    ColorClass,
    Fact,
    Field,
    Figure,
    Link,
    MapLayer,
    MapPage,
    TableMeasure,
)
from urbangis.study import CircleSpec, Layer, Study
from urbangis.units import to_minutes

ALL = "all"
"""Id of the measure that is all services together."""

_COMPLETE = "#2c7fb8"
_LACKING = ("#fed976", "#feb24c", "#fd8d3c", "#fc4e2a", "#e31a1c", "#b10026")  # ColorBrewer YlOrRd
_PEOPLE = wording.UNITS["residents"]


@dataclass(frozen=True)
class CircleResult:
    """One life circle, computed.

    Parameters
    ----------
    id, spec
        As the study file names and describes it.
    found
        What every home and zone has of it.
    links
        Downloads, and the way back to the front page.
    """

    id: str
    spec: CircleSpec
    found: LifeCircle
    links: tuple[Link, ...] = ()

    @property
    def title(self) -> Text:
        """Name of the page, or of the circle."""
        return self.spec.name or self.found.circle.name

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What a reader of the figures must know."""
        return self.found.notices

    @property
    def judged(self) -> tuple[CircleService, ...]:
        """The services that could be judged, in the order of the circle."""
        status = self.found.services.set_index("service")["status"]
        return tuple(one for one in self.found.circle.services if status[one.id] == "judged")


def circle_page(
    study: Study, result: CircleResult, layers: Mapping[str, Layer], catalogue: Catalogue
) -> MapPage:
    """Describe the page of one life circle; parameters as of `service_page`."""
    spec = result.spec
    used = [layers[name] for name in spec.layers_used]
    around = [layers[name] for name in spec.context]
    figures = _zone_figures(result)
    page = context.map_page(study, result.title, used, around)
    return replace(
        page,
        layers=(
            *theme_layers(study, figures),
            *context.surroundings(study, around, catalogue, without=spec.facilities),
            _home_layer(study, result, layers[spec.demand]),
            *_facility_layers(study, result, layers, catalogue),
        ),
        figures=_headline(result),
        zone_table=theme_table(study, figures),
        facts=(*_circle_facts(result), *page.facts),
        notices=(*result.notices, *page.notices),
        cautions=(*_judged_caution(result), *page.cautions),
        links=result.links,
    )


def all_services_figure(result: CircleResult) -> Figure:
    """Return the share of people who have every service that could be judged."""
    found = result.found
    rate = float(_whole(found.zones)["rate"])
    return Figure(
        Text(zh="样样齐全的居民", en="Residents with every service judged"),
        wording.same(wording.percent(rate)),
        Text(
            zh=f"可判断的 {found.judged} 项都在时限内"
            if found.mode
            else f"可判断的 {found.judged} 项都在半径内",
            en=f"all {found.judged} of them in reach",
        ),
    )


def _whole(zones: pd.DataFrame) -> pd.Series:
    return zones[zones["level"] == STUDY].iloc[0]


def _headline(result: CircleResult) -> tuple[Figure, ...]:
    """Return all services together, then each, also those that nobody could judge."""
    found = result.found
    whole = _whole(found.zones)
    figures = [
        all_services_figure(result),
        Figure(
            Text(zh="人均拥有项数", en="Services a resident has"),
            wording.same(f"{float(whole['services']):.1f} / {found.judged}"),
        ),
        Figure(
            Text(zh="一项都没有的居民", en="Residents with none of them"),
            wording.amount(_without_any(found), _PEOPLE),
        ),
    ]
    if whole["unsnapped"] > 0:
        figures.append(Figure(_unplaced(found), wording.amount(float(whole["unsnapped"]), _PEOPLE)))
    rates = found.by_service[found.by_service["level"] == STUDY].set_index("service")["rate"]
    unjudged = []
    rows = zip(found.services["status"], found.services["cutoff"].astype(float), strict=True)
    for one, (status, cutoff) in zip(found.circle.services, rows, strict=True):
        if status == "judged":
            limit = _limit(found, cutoff)
            label = Text(zh=f"{one.name.zh}（{limit.zh}）", en=f"{one.name.en} ({limit.en})")
            figures.append(Figure(label, wording.same(wording.percent(float(rates[one.id])))))
        else:
            unjudged.append(Figure(one.name, _UNJUDGED[str(status)]))
    return (*figures, *unjudged)


_UNJUDGED = {
    "no_data": Text(zh="无图层", en="no layer"),
    "no_cutoff": Text(zh="标准未定", en="no number"),
}


def _without_any(found: LifeCircle) -> float:
    homes = found.demand
    return float(homes.loc[homes["present"] == 0, "residents"].sum())


def _limit(found: LifeCircle, cutoff: float) -> Text:
    """Write a cutoff: minutes along streets, or metres."""
    if found.mode is None:
        return Text(zh=f"{cutoff:g} 米", en=f"{cutoff:g} m")
    limit = f"{to_minutes(cutoff):g}"
    return Text(zh=f"{limit} 分钟", en=f"{limit} min")


def _unplaced(found: LifeCircle) -> Text:
    if found.mode is None:
        return Text(zh="位置不明", en="Place unknown")
    return Text(zh="未接入路网", en="Off the street network")


def _judged_caution(result: CircleResult) -> tuple[Text, ...]:
    """Say how many of the services could be judged, where it is not all of them."""
    found = result.found
    lacking = [
        one.name
        for one, status in zip(found.circle.services, found.services["status"], strict=True)
        if status != "judged"
    ]
    if not lacking:
        return ()
    return (
        Text(
            zh=f"标准要求 {found.asked} 项，只判断了 {found.judged} 项；未判断："
            f"{'、'.join(name.zh for name in lacking)}",
            en=f"{found.judged} of the {found.asked} services asked for are judged; not judged: "
            f"{', '.join(name.en for name in lacking)}",
        ),
    )


# Zones ------------------------------------------------------------------------------------------


def _zone_figures(result: CircleResult) -> ZoneFigures:
    found = result.found
    every = TableMeasure(ALL, Text(zh="全部可判断的设施", en="All services judged"), _PEOPLE)
    measures = (every, *(TableMeasure(one.id, one.name, _PEOPLE) for one in result.judged))
    single = dict(iter(found.by_service.groupby("service")))
    described = found.zones.set_index(["level", "zone_id"])[["services", "most_missing"]]
    described["services"] = described["services"].map("{:.1f}".format, na_action="ignore")
    languages: tuple[tuple[Language, str], ...] = (("zh", "weak"), ("en", "weak_en"))
    for language, column in languages:
        names = {one.id: one.name.to(language) for one in result.judged}
        described[column] = described["most_missing"].map(names)
    table = pd.concat(
        [
            figures_of(found.zones, ALL),
            *(figures_of(single[one.id], one.id) for one in result.judged),
            described.drop(columns="most_missing"),
        ],
        axis=1,
    ).reset_index()
    fields = (
        Field(
            f"{ALL}_rate",
            Text(zh="样样齐全", en="With every service"),
            "rate",
            missing=wording.NO_DATA,
        ),
        Field("services", Text(zh="人均项数", en="Services a resident has")),
        Field("weak", Text(zh="最多人缺少", en="Most people lack")),
        Field(f"{ALL}_total", Text(zh="居住人口", en="Residents"), "number", unit=_PEOPLE),
        *(Field(f"{one.id}_rate", one.name, "rate") for one in result.judged),
    )
    return ZoneFigures(
        measures,
        table,
        fields,
        Text(zh="样样齐全的人口比例", en="residents with every service"),
        _unplaced(found),
    )


# Homes and facilities ---------------------------------------------------------------------------


def _home_layer(study: Study, result: CircleResult, layer: Layer) -> MapLayer:
    """Make an overlay of homes, coloured by how many services they lack."""
    found = result.found
    homes = found.demand
    lacking = found.judged - homes["present"].astype(int)
    steps = min(found.judged, len(_LACKING))
    number = lacking.clip(upper=steps).where(homes["snapped"].astype(bool), steps + 1)
    classes = [ColorClass(_COMPLETE, Text(zh="样样齐全", en="Every service"))]
    for step in range(1, steps + 1):
        more = step == steps < found.judged
        all_of_them = step == found.judged
        zh = f"缺 {step} 项" + ("及以上" if more else "（全缺）" if all_of_them else "")
        en = f"{step} missing" if not more else f"{step} or more missing"
        color = _LACKING[round((step - 1) * (len(_LACKING) - 1) / max(steps - 1, 1))]
        classes.append(ColorClass(color, Text(zh=zh, en=en + (" (all)" if all_of_them else ""))))
    if not homes["snapped"].all():
        classes.append(ColorClass(UNSNAPPED, _unplaced(found)))
    table = _described_homes(result).assign(**{"class": number})
    table, left_out = front_first(table, -lacking, Text(zh="缺项最多", en="most lacking"))
    return replace(
        home_layer(study, layer, table, left_out),
        fields=_home_fields(result),
        classes=tuple(classes),
        searchable=bool((table["name"] != "").any()),
    )


def _described_homes(result: CircleResult) -> gpd.GeoDataFrame:
    """Add the cost of each service, and the names of those that are missing or weakest."""
    found = result.found
    table = found.demand
    languages: tuple[tuple[Language, str, str], ...] = (("zh", "", "、"), ("en", "_en", ", "))
    for language, end, comma in languages:
        names = {one.id: one.name.to(language) for one in result.judged}
        texts = {
            ids: comma.join(names[one] for one in ids.split()) for ids in table["missing"].unique()
        }
        table = table.assign(
            **{
                f"lacks{end}": table["missing"].map(texts),
                f"weak{end}": table["weakest"].map(names),
            }
        )
    for one in result.judged:
        table[f"cost_{one.id}"] = _shown(found, one.id)
    return table


def _shown(found: LifeCircle, service: str) -> pd.Series:
    """Return minutes or metres, rounded away from the cutoff; so none reads as on its far side."""
    cost, step = found.cost[service], 1.0
    if found.mode is not None:
        cost, step = cost.map(to_minutes), 10.0
    tenths = (cost * step).round(6)
    away = np.where(found.within[service], np.floor(tenths), np.ceil(tenths))
    return pd.Series(away / step, cost.index)


def _home_fields(result: CircleResult) -> tuple[Field, ...]:
    format_ = "minutes" if result.found.mode else "metres"
    return (
        Field("lacks", Text(zh="缺少", en="Lacks")),
        Field("weak", Text(zh="最弱一项", en="Weakest service")),
        *(
            Field(
                f"cost_{one.id}",
                one.name,
                "minutes" if format_ == "minutes" else "metres",
                missing=Text(zh="不可到达", en="not to be reached"),
            )
            for one in result.judged
        ),
        Field("residents", wording.DENOMINATORS["residents"], "number", unit=_PEOPLE),
    )


def _facility_layers(
    study: Study, result: CircleResult, layers: Mapping[str, Layer], catalogue: Catalogue
) -> tuple[MapLayer, ...]:
    """Make an overlay of each layer of facilities, holding those that count."""
    counted = set(result.found.supply["id"])
    made = []
    for name in result.spec.facilities:
        layer = layers[name]
        own = layer.table[layer.table["id"].isin(counted)]
        if len(own):
            kept = Layer(layer.id, layer.spec, own)
            made.append(context.study_layer(kept, study, catalogue, show=True))
    return tuple(made)


def _circle_facts(result: CircleResult) -> tuple[Fact, ...]:
    """State the circle, its source and the model."""
    circle, mode = result.found.circle, result.found.mode
    source = circle.source
    model = (
        Text(
            zh="按直线距离，半径取标准所列（含）",
            en="Straight line, by the radii of the standard (inclusive)",
        )
        if mode is None
        else Text(
            zh=f"{mode.name.zh}路网，各项按标准所列分钟（含），计入两端接驳段，最远"
            f" {mode.snap_limit_m:g} 米",
            en=f"{mode.name.en} network, by the minutes of the standard (inclusive); access legs "
            f"counted at both ends, up to {mode.snap_limit_m:g} m",
        )
    )
    basis = wording.joined(
        wording.same(source.document), wording.same(source.clause), zh=" ", en=" "
    )
    notes = [
        Fact(Text(zh="依据说明", en="Note on the source"), source.note) if source.note else None,
        Fact(Text(zh="说明", en="Note"), result.spec.note) if result.spec.note else None,
    ]
    return (
        Fact(Text(zh="生活圈", en="Life circle"), circle.name),
        Fact(Text(zh="依据", en="Source"), basis, brief=True),
        Fact(
            Text(zh="依据可信度", en="Confidence in the source"),
            wording.CONFIDENCES[source.confidence],
        ),
        Fact(Text(zh="计算模型", en="Model"), model, brief=True),
        *(fact for fact in notes if fact is not None),
    )
