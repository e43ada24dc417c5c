"""The pages of accessibility under capacity: a map of who gets how much, and how evenly."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd

from urbangis.catalog import Catalogue, Mode
from urbangis.measures.access_summary import PER_HEAD, Accessibility
from urbangis.measures.zoning import STUDY
from urbangis.notices import Notice, Text
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
from urbangis.study import AccessSpec, Layer, Study
from urbangis.units import to_minutes

MEASURE_NAMES = {
    "cumulative_opportunities": Text(zh="累计机会", en="Cumulative opportunities"),
    "gravity": Text(zh="重力模型", en="Gravity"),
    "two_step_fca": Text(zh="两步移动搜索法（2SFCA）", en="2SFCA"),
    "enhanced_two_step_fca": Text(zh="增强两步移动搜索法（E2SFCA）", en="Enhanced 2SFCA"),
    "three_step_fca": Text(zh="三步移动搜索法（3SFCA）", en="3SFCA"),
}
_CLASSES = (
    (0.0, "#b2182b", Text(zh="时限内没有", en="nothing in reach")),
    (0.5, "#ef8a62", Text(zh="不到平均的一半", en="under half the mean")),
    (0.8, "#fdc9a9", Text(zh="平均的50–80%", en="50–80% of the mean")),
    (1.2, "#b8c4ce", Text(zh="平均的80–120%", en="80–120% of the mean")),
    (2.0, "#67a9cf", Text(zh="平均的120–200%", en="120–200% of the mean")),
    (math.inf, "#2166ac", Text(zh="平均的2倍及以上", en="twice the mean or more")),
)
_SERVED = "served"
_PER_HEAD_FROM = 0.1
_THOUSAND = 1000.0
_NONE = wording.same("—")
_PEOPLE = wording.UNITS["residents"]


@dataclass(frozen=True)
class AccessResult:
    """Accessibility under capacity, computed.

    Parameters
    ----------
    id, spec
        As the study file names and describes it.
    mode
        How people travel.
    found
        Homes, facilities, zones, equity and groups.
    notices
        What a reader of the figures must know.
    links
        The page of measures and equity, downloads, and the way back to the front page.
    """

    id: str
    spec: AccessSpec
    mode: Mode
    found: Accessibility
    notices: tuple[Notice, ...]
    links: tuple[Link, ...] = ()

    @property
    def title(self) -> Text:
        """Name of the page."""
        return self.spec.name

    @property
    def equity(self) -> pd.Series:
        """The row of the measure that the map shows."""
        rows = self.found.equity
        return rows[rows["measure"] == self.spec.measure].iloc[0]

    @property
    def whole(self) -> pd.Series:
        """The row of the whole study."""
        zones = self.found.zones
        return zones[zones["level"] == STUDY].iloc[0]

    def value_text(self, measure: str, value: float) -> Text:
        """Write a value of a measure with its unit: a head, or a thousand people."""
        if math.isnan(value):
            return wording.NO_DATA
        unit = self.spec.capacity.unit
        if measure not in PER_HEAD:
            return Text(zh=f"{value:,.1f} {unit.zh}", en=f"{value:,.1f} {unit.en}")
        if self._is_per_head:
            return Text(zh=f"每人 {value:.2f} {unit.zh}", en=f"{value:.2f} {unit.en} a head")
        many = value * _THOUSAND
        return Text(zh=f"每千人 {many:.2f} {unit.zh}", en=f"{many:.2f} {unit.en} per 1,000")

    @property
    def _is_per_head(self) -> bool:
        rows = self.found.equity.set_index("measure")["mean"]
        return bool(rows["two_step_fca"] >= _PER_HEAD_FROM)


def access_page(
    study: Study, result: AccessResult, layers: Mapping[str, Layer], catalogue: Catalogue
) -> MapPage:
    """Describe the map of one accessibility; parameters as of `service_page`."""
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
        figures=access_figures(result),
        zone_table=theme_table(study, figures),
        facts=(*access_facts(result), *page.facts),
        notices=(*result.notices, *page.notices),
        links=result.links,
    )


def _served_name(spec: AccessSpec) -> Text:
    who = spec.people_name
    if spec.capacity.serves is None:
        return Text(zh=f"时限内有设施的{who.zh}", en=f"{who.en} with a facility in reach")
    return Text(zh=f"时限内排得上的{who.zh}", en=f"{who.en} who find room in reach")


def access_figures(result: AccessResult) -> tuple[Figure, ...]:
    """Return the figures that a reader must see first."""
    spec, whole, equity = result.spec, result.whole, result.equity
    left = Text(zh="排不上的", en="Who find none")
    if spec.capacity.serves is None:
        left = Text(zh="时限内没有设施的", en="With none in reach")
    figures = [
        Figure(
            _served_name(spec),
            wording.same(wording.percent(float(whole["rate"]))),
            Text(
                zh=f"{result.mode.name.zh} {spec.cutoff_min:g} 分钟内",
                en=f"{result.mode.name.en}, {spec.cutoff_min:g} min",
            ),
        ),
        Figure(
            left,
            wording.amount(float(whole["uncovered"]), _PEOPLE),
            tone="bad" if whole["uncovered"] >= 1 else "good",
        ),
        Figure(
            Text(zh="平均可得", en="On average"),
            result.value_text(spec.measure, float(equity["mean"])),
        ),
        Figure(
            Text(zh="基尼系数", en="Gini coefficient"), wording.same(number_text(equity["gini"]))
        ),
        Figure(
            Text(zh="单元间 90/10 倍数", en="90/10 between zones"),
            wording.same(number_text(equity["zones_p90_p10"])),
        ),
    ]
    if whole["unsnapped"] > 0:
        figures.append(
            Figure(
                Text(zh="未接入路网", en="Off the street network"),
                wording.amount(float(whole["unsnapped"]), _PEOPLE),
            )
        )
    return tuple(figures)


def number_text(value: float) -> str:
    """Write an index with two decimals; infinite is said, missing is a dash."""
    if math.isnan(value):
        return "—"
    return "∞" if math.isinf(value) else f"{value:.2f}"


# The map ----------------------------------------------------------------------------------------


def _zone_figures(result: AccessResult) -> ZoneFigures:
    spec, zones = result.spec, result.found.zones
    rates = zones.assign(rate_low=np.nan, rate_high=np.nan)
    texts = {}
    for name in MEASURE_NAMES:
        values = [result.value_text(name, value) for value in zones[name]]
        texts[name] = [text.zh for text in values]
        texts[f"{name}_en"] = [text.en for text in values]
    said = zones[["level", "zone_id"]].assign(**texts).set_index(["level", "zone_id"])
    table = pd.concat([figures_of(rates, _SERVED), said], axis=1).reset_index()
    served = _served_name(spec)
    fields = (
        Field(f"{_SERVED}_rate", served, "rate", missing=wording.NO_DATA),
        Field(spec.measure, MEASURE_NAMES[spec.measure]),
        Field(f"{_SERVED}_total", spec.people_name, "number", unit=_PEOPLE),
        *(Field(one, text) for one, text in MEASURE_NAMES.items() if one != spec.measure),
    )
    return ZoneFigures(
        (TableMeasure(_SERVED, spec.people_name, _PEOPLE),),
        table,
        fields,
        served,
        Text(zh="未接入路网", en="Off the street network"),
    )


def _home_layer(study: Study, result: AccessResult, layer: Layer) -> MapLayer:
    """Make an overlay of homes, coloured by what they get against the mean."""
    spec, homes = result.spec, result.found.homes
    homes = homes[homes["people"] > 0]
    ratio = homes[spec.measure] / float(result.equity["mean"])
    limits = [limit for limit, _, _ in _CLASSES]
    number = pd.Series(np.searchsorted(limits[1:], ratio, side="right") + 1, homes.index)
    number = number.clip(upper=len(_CLASSES) - 1).mask(ratio <= 0, 0)
    number = number.where(homes["snapped"].astype(bool), len(_CLASSES))
    table = _described(result, homes).assign(**{"class": number})
    table, left_out = front_first(table, ratio, Text(zh="最少", en="least"))
    classes = [ColorClass(color, text) for _, color, text in _CLASSES]
    if (number == len(_CLASSES)).any():
        classes.append(ColorClass(UNSNAPPED, Text(zh="未接入路网", en="off the street network")))
    return replace(
        home_layer(study, layer, table, left_out),
        name=wording.joined(layer.spec.name, MEASURE_NAMES[spec.measure], zh="：", en=": "),
        fields=(
            Field(
                "nearest_min",
                Text(zh="到最近设施", en="To the nearest facility"),
                "minutes",
                missing=Text(zh="时限内没有", en="none in reach"),
            ),
            *(Field(f"{one}_said", text) for one, text in MEASURE_NAMES.items()),
            *(
                [Field("share", Text(zh="排得上的比例", en="Share who find room"), "rate")]
                if spec.capacity.serves is not None
                else []
            ),
            Field("people", spec.people_name, "number", unit=_PEOPLE),
        ),
        classes=tuple(classes),
        searchable=bool((table["name"] != "").any()),
    )


def _described(result: AccessResult, homes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Add minutes, and each measure in words."""
    texts = {}
    for name in MEASURE_NAMES:
        values = [result.value_text(name, value) for value in homes[name]]
        texts[f"{name}_said"] = [text.zh for text in values]
        texts[f"{name}_said_en"] = [text.en for text in values]
    minutes = np.floor(homes["nearest_s"].map(to_minutes) * 10 + 1e-6) / 10
    return homes.assign(nearest_min=minutes, **texts)


def _facility_layers(
    study: Study, result: AccessResult, layers: Mapping[str, Layer], catalogue: Catalogue
) -> tuple[MapLayer, ...]:
    facilities = result.found.facilities
    spec = result.spec
    heads = [per_head_text(result, one) for one in facilities["per_head"]]
    facilities = facilities.assign(
        head=[text.zh for text in heads], head_en=[text.en for text in heads]
    )
    made = []
    for name in spec.facilities:
        layer = layers[name]
        own = facilities[facilities["id"].isin(layer.table["id"])]
        if own.empty:
            continue
        overlay = context.study_layer(Layer(layer.id, layer.spec, own), study, catalogue, show=True)
        lines = (
            Field("capacity", spec.capacity.name, "number", unit=spec.capacity.unit),
            Field(
                "people_in_reach",
                Text(zh=f"时限内{spec.people_name.zh}", en=f"{spec.people_name.en} in reach"),
                "number",
                unit=_PEOPLE,
            ),
            Field("head", Text(zh="分到每人", en="For each of them")),
            Field("spare", Text(zh="余量", en="Spare"), "number", unit=spec.capacity.unit),
        )
        made.append(replace(overlay, fields=(*overlay.fields, *lines)))
    return tuple(made)


def per_head_text(result: AccessResult, value: float) -> Text:
    """Write what a facility has for each of the people in its reach."""
    if math.isnan(value):
        return Text(zh="时限内无人", en="nobody in reach")
    return result.value_text("two_step_fca", value)


def access_facts(result: AccessResult) -> tuple[Fact, ...]:
    """State the model, the capacity and the methods."""
    spec, mode = result.spec, result.mode
    capacity = spec.capacity
    facts = [
        Fact(
            Text(zh="计算模型", en="Model"),
            Text(
                zh=f"{mode.name.zh}路网，{spec.cutoff_min:g} 分钟（含）以内，计入两端接驳段；"
                "距离衰减取至时限为零的高斯函数（Dai 2010）",
                en=f"{mode.name.en} network, within {spec.cutoff_min:g} minutes (inclusive), "
                "access legs counted; decay is a Gaussian down to 0 at the limit (Dai 2010)",
            ),
            brief=True,
        ),
        Fact(
            Text(zh="容量", en="Capacity"),
            wording.joined(
                capacity.name, wording.same(f"“{capacity.column}”"), capacity.source, zh="，"
            ),
        ),
        Fact(
            Text(zh="方法出处", en="Sources of the methods"),
            wording.same(
                "2SFCA: Luo & Wang 2003; E2SFCA: Luo & Qi 2009, Dai 2010; 3SFCA: Wan et al. 2012"
            ),
        ),
    ]
    if capacity.serves is not None:
        facts.append(
            Fact(
                Text(zh="服务人数", en="People served"),
                Text(
                    zh=f"每{capacity.unit.zh}按服务 {capacity.serves:g} 人计",
                    en=f"{capacity.serves:g} people for each unit of capacity ({capacity.unit.en})",
                ),
            )
        )
    if spec.note is not None:
        facts.append(Fact(Text(zh="说明", en="Note"), spec.note))
    return tuple(facts)
