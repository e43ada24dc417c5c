"""The page of one service before and after a scenario: who gains it, and who loses it."""

from collections.abc import Mapping
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd

from urbangis.catalog import Catalogue
from urbangis.measures.change import FLOWS, GROUPS
from urbangis.measures.coverage import Coverage
from urbangis.measures.zoning import STUDY
from urbangis.notices import Text
from urbangis.publish import wording
from urbangis.publish.maps import context
from urbangis.publish.maps.homes import cost_field, front_first, home_layer, shown_cost, with_shapes
from urbangis.publish.maps.palette import DEMAND_POINT
from urbangis.publish.maps.themes import ZoneFigures, theme_layers, theme_table
from urbangis.publish.model import (
    ColorClass,
    Fact,
    Field,
    Figure,
    MapLayer,
    MapPage,
    TableMeasure,
)
from urbangis.publish.pages.change_layers import (
    RATE_FIELDS,
    WHEN,
    before_theme,
    in_points,
    new_layers,
    rate_steps,
    rate_swipe,
    step_theme,
)
from urbangis.publish.pages.change_result import ChangeResult, change_tone, compared_title
from urbangis.study import Layer, Study

_GROUPS = {
    "gained": ColorClass("#084c8d", Text(zh="新增覆盖", en="Gained")),
    "lost": ColorClass("#ca0020", Text(zh="失去覆盖", en="Lost")),
    "without": ColorClass("#5e4b56", Text(zh="始终未覆盖", en="Never covered")),
    "kept": ColorClass("#c3ccd4", Text(zh="始终覆盖", en="Covered all along")),
}


def change_page(
    study: Study, result: ChangeResult, layers: Mapping[str, Layer], catalogue: Catalogue
) -> MapPage:
    """Describe the page of a service before and after.

    Parameters
    ----------
    study, layers, catalogue
        As it is after: new facilities and streets are drawn.
    """
    used = [layers[name] for name in result.spec.layers_used]
    around = [layers[name] for name in result.spec.context]
    figures = _zone_figures(result)
    steps = rate_steps(Text(zh="覆盖率变化", en="change of the rate"))
    before = Text(zh="之前的覆盖率", en="coverage rate before")
    page = context.map_page(study, compared_title(result.title), used, around)
    return replace(
        page,
        subtitle=result.between.subtitle(study.name),
        layers=(
            *(
                step_theme(study, level, figures, steps, show=level.id == study.base.id)
                for level in study.levels
            ),
            *theme_layers(study, figures),
            before_theme(study, figures, before),
            *context.surroundings(study, around, catalogue, without=result.spec.facilities),
            _home_layer(study, result, layers[result.spec.demand]),
            *(
                context.study_layer(
                    _counted(layers[name], result.after), study, catalogue, show=True
                )
                for name in result.spec.facilities
            ),
            *_closed_layer(result),
            *new_layers(study, result.between, catalogue),
        ),
        figures=_headline(result),
        zone_table=theme_table(study, figures),
        facts=(*_facts(result), *page.facts),
        notices=(*result.between.notices, *result.after.notices),
        links=result.links,
        swipes=(rate_swipe(study, Text(zh="覆盖率", en="Coverage rate")),),
    )


def _headline(result: ChangeResult) -> tuple[Figure, ...]:
    zones = result.change.zones
    whole = zones[zones["level"] == STUDY].iloc[0]
    denominator = result.after.standard.denominators[0]
    unit, of = wording.UNITS[denominator], wording.DENOMINATORS[denominator]
    points = float(whole["change"]) * 100
    figures = [
        Figure(
            Text(zh=f"{of.zh}覆盖率", en=f"{of.en} covered"),
            wording.same(
                f"{wording.percent(float(whole['rate_before']))} → "
                f"{wording.percent(float(whole['rate_after']))}"
            ),
            Text(zh=f"{points:+.2f} 个百分点", en=f"{points:+.2f} points"),
            change_tone(points),
        ),
        Figure(
            _GROUPS["gained"].label,
            wording.amount(float(whole["gained"]), unit),
            tone="good" if whole["gained"] > 0 else "plain",
        ),
        Figure(
            _GROUPS["lost"].label,
            wording.amount(float(whole["lost"]), unit),
            tone="bad" if whole["lost"] > 0 else "plain",
        ),
    ]
    for flow, label in (
        ("arrived", Text(zh=f"新增{of.zh}", en=f"{of.en} who come")),
        ("left", Text(zh=f"减少{of.zh}", en=f"{of.en} who go")),
    ):
        if whole[flow] > 0:
            covered = wording.amount(float(whole[f"{flow}_covered"]), unit)
            figures.append(
                Figure(
                    label,
                    wording.amount(float(whole[flow]), unit),
                    Text(zh=f"其中覆盖 {covered.zh}", en=f"{covered.en} of them covered"),
                )
            )
    for column, name in result.spec.groups.items():
        zones = result.groups[column].zones
        row = zones[zones["level"] == STUDY].iloc[0]
        gained, lost = (wording.amount(float(row[flow])) for flow in ("gained", "lost"))
        figures.append(
            Figure(
                name,
                Text(zh=f"+{gained.zh} / −{lost.zh}", en=f"+{gained.en} / −{lost.en}"),
                Text(zh="新增覆盖 / 失去覆盖，人", en="gained / lost, people"),
            )
        )
    return tuple(figures)


# Zones ------------------------------------------------------------------------------------------


def _zone_figures(result: ChangeResult) -> ZoneFigures:
    """Return the rates after and before, a measure each."""
    denominator = result.after.standard.denominators[0]
    unit, of = wording.UNITS[denominator], wording.DENOMINATORS[denominator]
    zones = result.change.zones.set_index(["level", "zone_id"])
    table = zones[["change", *FLOWS]].assign(points=in_points(zones["change"]))
    for when, coverage in (("before", result.before), ("after", result.after)):
        own = coverage.zones[coverage.zones["denominator"] == denominator]
        own = own.set_index(["level", "zone_id"])
        names = ("total", "covered", "uncovered", "unsnapped", "rate", "rate_low", "rate_high")
        table = table.join(own[list(names)].add_prefix(f"{when}_"))
    measures = tuple(
        TableMeasure(when, wording.joined(name, of, zh="", en=": "), unit)
        for when, name in WHEN.items()
    )
    fields = (
        *RATE_FIELDS,
        Field("gained", _GROUPS["gained"].label, "number", unit=unit),
        Field("lost", _GROUPS["lost"].label, "number", unit=unit),
        Field("after_total", Text(zh="合计（之后）", en="Total after"), "number", unit=unit),
    )
    return ZoneFigures(
        measures,
        table.reset_index(),
        fields,
        Text(zh="之后的覆盖率", en="coverage rate after"),
        wording.of_which_unsnapped(result.after.standard),
    )


# Homes and facilities ---------------------------------------------------------------------------


def _home_layer(study: Study, result: ChangeResult, layer: Layer) -> MapLayer:
    """Make an overlay of homes by who gains and who loses; those who do lie in front."""
    places = result.change.places
    order = list(_GROUPS)
    number = places["group"].map([order.index(name) for name in GROUPS].__getitem__)
    kept, left_out = front_first(
        places.assign(**{"class": number}), number, Text(zh="有变化", en="changed")
    )
    table = with_shapes(_described(kept, result), study.crs)
    denominator = result.after.standard.denominators[0]
    label = Text(zh="到最近设施", en="To the nearest facility")
    return replace(
        home_layer(study, layer, table, left_out),
        fields=(
            cost_field(result.before, "cost_before", _when(label, "before")),
            cost_field(result.after, "cost_after", _when(label, "after")),
            Field(
                denominator,
                wording.DENOMINATORS[denominator],
                "number",
                unit=wording.UNITS[denominator],
            ),
        ),
        classes=tuple(_GROUPS.values()),
    )


def _when(label: Text, when: str) -> Text:
    name = WHEN[when]
    return Text(zh=f"{label.zh}（{name.zh}）", en=f"{label.en} ({name.en})")


def _described(places: pd.DataFrame, result: ChangeResult) -> pd.DataFrame:
    """Take the rows of demand behind places, those gone included, with their costs as shown."""
    gone = places["after_row"] < 0
    rows = [
        coverage.demand.iloc[places.loc[some, f"{when}_row"].to_numpy()].set_index(
            places.index[some]
        )
        for when, coverage, some in (
            ("after", result.after, ~gone),
            ("before", result.before, gone),
        )
        if some.any()
    ]
    table: pd.DataFrame = pd.concat(rows)
    table = table.reindex(places.index)
    for when, coverage in (("before", result.before), ("after", result.after)):
        row = places[f"{when}_row"].to_numpy()
        index = coverage.demand.index[row[row >= 0]]
        shown = np.full(len(places), np.nan)
        shown[row >= 0] = shown_cost(coverage, index).to_numpy()
        table[f"cost_{when}"] = shown
    table["class"] = places["class"]
    if isinstance(result.after.demand, gpd.GeoDataFrame):
        table = gpd.GeoDataFrame(table, geometry="geometry", crs=result.after.demand.crs)
    return table


def _counted(layer: Layer, coverage: Coverage) -> Layer:
    counted = layer.table[layer.table["id"].isin(coverage.supply["id"])]
    return Layer(layer.id, layer.spec, counted)


def _closed_layer(result: ChangeResult) -> tuple[MapLayer, ...]:
    """Make an overlay of facilities that are only there before."""
    closed = result.before.supply[~result.before.supply["id"].isin(result.after.supply["id"])]
    if closed.empty:
        return ()
    return (
        MapLayer(
            id="closed",
            name=Text(zh="关闭的设施", en="Facilities that close"),
            table=closed,
            style=DEMAND_POINT.model_copy(
                update={"fill": "#ffffff", "color": "#ca0020", "weight": 2.5, "radius": 6}
            ),
            searchable=True,
        ),
    )


def _facts(result: ChangeResult) -> tuple[Fact, ...]:
    standard = result.after.standard
    return (
        *result.between.facts(),
        Fact(Text(zh="标准", en="Standard"), standard.name),
        Fact(
            Text(zh="依据", en="Source"),
            wording.joined(
                wording.same(standard.source.document),
                wording.same(standard.source.clause),
                zh=" ",
                en=" ",
            ),
            brief=True,
        ),
        Fact(
            Text(zh="计算模型", en="Model"), wording.model(standard, result.after.mode), brief=True
        ),
    )
