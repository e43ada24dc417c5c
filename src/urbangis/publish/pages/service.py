"""The page of one service circle: who is served, who is not, and how sure that is."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import geopandas as gpd
import pandas as pd

from urbangis.catalog import Catalogue
from urbangis.measures.coverage import Coverage
from urbangis.measures.rules import Comparison
from urbangis.measures.uncertainty import Uncertainty
from urbangis.measures.zoning import STUDY
from urbangis.notices import Notice, Text
from urbangis.publish import wording
from urbangis.publish.maps import context
from urbangis.publish.maps.cells import uncovered_picture
from urbangis.publish.maps.homes import cost_field, front_first, home_layer, shown_cost, with_shapes
from urbangis.publish.maps.palette import (
    COVERED,
    PARTLY,
    UNCOVERED,
    UNSNAPPED,
)
from urbangis.publish.maps.rings import ring_layer
from urbangis.publish.maps.zones import (
    target_rate,
    uncovered_layers,
    whole_study,
    zone_layers,
    zone_table,
)
from urbangis.publish.model import (
    ColorClass,
    Fact,
    Field,
    Figure,
    ImageLayer,
    Link,
    MapLayer,
    MapPage,
    Tone,
)
from urbangis.publish.pages.rules import agreement_layers, rule_sides, rule_swipes, rule_table
from urbangis.publish.pages.service_charts import page_charts
from urbangis.publish.pages.uncertainty import sure_table
from urbangis.study import Layer, ServiceSpec, Study
from urbangis.tables import is_cells

DEMAND = "demand"
"""Id of the layer of homes."""


@dataclass(frozen=True)
class ServiceResult:
    """One service circle, computed.

    Parameters
    ----------
    id, spec
        As the study file names and describes it.
    rings
        Service areas ``minutes, accuracy_m, geometry`` in the study's CRS, where travel takes time;
        with ``off_network_m`` where streets were used.
    links
        Downloads, and the way back to the front page.
    rules
        The service by other rules, if it is held against any.
    sure
        The service under other assumptions.
    groups
        Coverage of groups of people, where the service names some; as of `coverage_by_group`.
    """

    id: str
    spec: ServiceSpec
    coverage: Coverage
    rings: gpd.GeoDataFrame | None = None
    links: tuple[Link, ...] = ()
    rules: Comparison | None = None
    sure: Uncertainty | None = None
    groups: pd.DataFrame | None = None

    @property
    def other_rules(self) -> tuple[Coverage, ...]:
        """Coverage by each rule that the service is held against."""
        return self.rules.rules[1:] if self.rules else ()

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What a reader of the figures must know."""
        of_rules = self.rules.notices if self.rules else ()
        return (*self.coverage.notices, *of_rules, *(self.sure.notices if self.sure else ()))

    @property
    def layers_used(self) -> tuple[str, ...]:
        """Names of the layers behind the figures."""
        return self.spec.layers_used

    @property
    def title(self) -> Text:
        """Name of the service, or of its standard."""
        return self.spec.name or self.coverage.standard.name


def service_page(
    study: Study, result: ServiceResult, layers: Mapping[str, Layer], catalogue: Catalogue
) -> MapPage:
    """Describe the page of one service circle.

    Parameters
    ----------
    layers
        The study's layers by id; those that the service names must be there.
    catalogue
        For the styles that the layers name.
    """
    spec, coverage = result.spec, result.coverage
    used = [layers[name] for name in result.layers_used]
    around = [layers[name] for name in spec.context]
    page = context.map_page(study, result.title, used, around)
    return replace(
        page,
        layers=_layers(study, result, layers, catalogue),
        figures=(*headline(study, coverage), *_group_figures(result)),
        rules=rule_table(result.rules) if result.rules else None,
        sure=sure_table(study, result.sure) if result.sure else None,
        charts=page_charts(study, coverage),
        zone_table=zone_table(study, coverage.standard),
        facts=(*_standard_facts(result), *page.facts),
        notices=(*result.notices, *page.notices),
        links=result.links,
        swipes=rule_swipes(result.rules) if result.rules else (),
    )


def headline(study: Study, coverage: Coverage) -> tuple[Figure, ...]:
    """Return the figures that a reader must see first, for the standard's first denominator."""
    denominator = coverage.standard.denominators[0]
    unit = wording.UNITS[denominator]
    whole = whole_study(coverage, denominator)
    figures = [rate_figure(coverage), uncovered_figure(coverage)]
    if target_rate(coverage.standard) is not None:
        figures.append(_zones_below(study, coverage, denominator))
    if not (pd.isna(whole["rate_low"]) or pd.isna(whole["rate_high"])):
        low, high = float(whole["rate_low"]), float(whole["rate_high"])
        figures.append(
            Figure(
                Text(zh="速度 ±10% 时覆盖率", en="Coverage at speeds ±10%"),
                wording.same(f"{wording.percent(low)} – {wording.percent(high)}"),
            )
        )
    if whole["unsnapped"] > 0:
        figures.append(
            Figure(
                wording.of_which_unsnapped(coverage.standard),
                wording.amount(float(whole["unsnapped"]), unit),
            )
        )
    return tuple(figures)


def _group_figures(result: ServiceResult) -> tuple[Figure, ...]:
    """Return the rate of each group of people, and how many of it go without."""
    if result.groups is None:
        return ()
    whole = result.groups[result.groups["level"] == STUDY].set_index("group")
    made = []
    for column, name in result.spec.groups.items():
        row = whole.loc[[column]].iloc[0]
        uncovered, rate = float(row["uncovered"]), float(row["rate"])
        without = wording.amount(uncovered, wording.UNITS["residents"])
        made.append(
            Figure(
                Text(zh=f"{name.zh}覆盖率", en=f"{name.en} covered"),
                wording.same(wording.percent(rate)),
                Text(zh=f"未覆盖 {without.zh}", en=f"{without.en} not covered"),
            )
        )
    return tuple(made)


def rate_figure(coverage: Coverage) -> Figure:
    """Return the coverage rate of the whole study, against the target if there is one."""
    standard = coverage.standard
    denominator = standard.denominators[0]
    whole = whole_study(coverage, denominator)
    target = target_rate(standard)
    of = wording.DENOMINATORS[denominator]
    note = None
    tone: Tone = "plain"
    if target is not None:
        met = bool(whole["met"])
        tone = "good" if met else "bad"
        goal = wording.short_percent(target)
        note = (
            Text(zh=f"✓ 达到目标 {goal}", en=f"✓ meets the target of {goal}")
            if met
            else Text(zh=f"✗ 未达目标 {goal}", en=f"✗ below the target of {goal}")
        )
    return Figure(
        Text(zh=f"{of.zh}覆盖率", en=f"{of.en} covered"),
        wording.same(wording.percent(float(whole["rate"]), target)),
        note,
        tone,
    )


def uncovered_figure(coverage: Coverage) -> Figure:
    """Return how many of the whole study are not covered."""
    denominator = coverage.standard.denominators[0]
    of = wording.DENOMINATORS[denominator]
    uncovered = float(whole_study(coverage, denominator)["uncovered"])
    return Figure(
        Text(zh=f"未覆盖{of.zh}", en=f"{of.en} not covered"),
        wording.amount(uncovered, wording.UNITS[denominator]),
        tone="bad" if uncovered > 0 else "good",
    )


def _zones_below(study: Study, coverage: Coverage, denominator: str) -> Figure:
    """Count the base zones that miss the target."""
    rows = coverage.zones
    rows = rows[(rows["level"] == study.base.id) & (rows["denominator"] == denominator)]
    rated = rows[rows["rate"].notna() & (rows["zone_id"] != "")]
    below = int((~rated["met"].astype(bool)).sum())
    level = study.base.name
    return Figure(
        Text(zh=f"未达标{level.zh}", en=f"Below target ({level.en})"),
        wording.same(f"{below} / {len(rated)}"),
        tone="bad" if below else "good",
    )


def _layers(
    study: Study, result: ServiceResult, layers: Mapping[str, Layer], catalogue: Catalogue
) -> tuple[MapLayer | ImageLayer, ...]:
    """Return all layers of the page, from the lowest to the uppermost."""
    spec = result.spec
    demand, cutoff_min = result.coverage.demand, result.coverage.standard.cutoff_min
    rings = None if result.rings is None else ring_layer(study, result.rings, cutoff_min)
    in_cells = is_cells(demand)  # millions of them: a picture instead of marks
    around = [layers[name] for name in spec.context]
    return (
        *zone_layers(study, result.coverage, shown=study.base.id if rings is None else None),
        *uncovered_layers(study, result.coverage),
        *([rings] if rings is not None else []),
        *([uncovered_picture(demand, layers[spec.demand], study.crs)] if in_cells else []),
        *context.surroundings(study, around, catalogue, without=spec.facilities),
        *_agreement_layers(study, result, layers[spec.demand]),
        *([] if in_cells else [_demand_layer(study, result, layers[spec.demand])]),
        *_facility_layers(study, result, layers, catalogue),
    )


def _agreement_layers(study: Study, result: ServiceResult, layer: Layer) -> tuple[MapLayer, ...]:
    if result.rules is None:
        return ()
    return (
        *agreement_layers(study, result.rules, layer, replaces=DEMAND),
        *rule_sides(study, result.rules, layer, replaces=DEMAND),
    )


def _demand_layer(study: Study, result: ServiceResult, layer: Layer) -> MapLayer:
    """Make an overlay of places of residence: the uncovered in front, the covered muted."""
    demand = result.coverage.demand
    states = [
        (Text(zh="未覆盖", en="Not covered"), UNCOVERED, demand["share"] <= 0),
        (
            Text(zh="部分覆盖", en="Partly covered"),
            PARTLY,
            demand["share"].between(0, 1, "neither"),
        ),
        (Text(zh="已覆盖", en="Covered"), COVERED, demand["share"] >= 1),
        (
            wording.joined(
                wording.unsnapped(result.coverage.standard),
                Text(zh="（计为未覆盖）", en=" (not covered)"),
                zh="",
                en="",
            ),
            UNSNAPPED,
            ~demand["snapped"].astype(bool),
        ),
    ]
    states = [state for state in states if state[2].any()]
    number = pd.Series(-1, index=demand.index)
    for place, state in enumerate(states):
        number = number.mask(state[2], place)
    first = Text(zh="未覆盖", en="uncovered")
    table, left_out = front_first(demand.assign(**{"class": number}), demand["share"], first)
    table = with_shapes(_with_cost(table, result.coverage), study.crs)
    return replace(
        home_layer(study, layer, table, left_out),
        id=DEMAND,
        fields=_demand_fields(result.coverage),
        classes=tuple(ColorClass(color, name) for name, color, _ in states),
        searchable=bool((table["name"] != "").any()),
    )


def _with_cost(demand: gpd.GeoDataFrame, coverage: Coverage) -> gpd.GeoDataFrame:
    """Add minutes or metres to the nearest facility, and its name."""
    timed = coverage.standard.cutoff_min is not None
    table = demand.assign(**{"minutes" if timed else "metres": shown_cost(coverage, demand.index)})
    return context.with_names(table, coverage.supply, "facility_id")


def _demand_fields(coverage: Coverage) -> tuple[Field, ...]:
    standard = coverage.standard
    timed = standard.cutoff_min is not None
    label = Text(zh="到最近设施", en="To the nearest facility")
    return (
        cost_field(coverage, "minutes" if timed else "metres", label),
        Field("facility", Text(zh="最近设施", en="Nearest facility")),
        *(
            Field(name, wording.DENOMINATORS[name], "number", unit=wording.UNITS[name])
            for name in standard.denominators
        ),
        Field("share", Text(zh="覆盖比例", en="Share covered"), "rate"),
    )


def _facility_layers(
    study: Study, result: ServiceResult, layers: Mapping[str, Layer], catalogue: Catalogue
) -> tuple[MapLayer, ...]:
    """Make an overlay of each layer of facilities, holding the facilities that counted."""
    supply = result.coverage.supply
    made = []
    for name in result.spec.facilities:
        layer = layers[name]
        counted = layer.table[layer.table["id"].isin(supply["id"])]
        overlay = context.study_layer(
            Layer(layer.id, layer.spec, counted), study, catalogue, show=True
        )
        made.append(overlay)
    return tuple(made)


def _standard_facts(result: ServiceResult) -> tuple[Fact, ...]:
    """State the standard, its source, the target and the model."""
    standard, source = result.coverage.standard, result.coverage.standard.source
    facts = [
        Fact(Text(zh="标准", en="Standard"), standard.name),
        Fact(
            Text(zh="依据", en="Source"),
            wording.joined(
                wording.same(source.document), wording.same(source.clause), zh=" ", en=" "
            ),
            brief=True,
        ),
        Fact(
            Text(zh="依据可信度", en="Confidence in the source"),
            wording.CONFIDENCES[source.confidence],
        ),
    ]
    if source.note is not None:
        facts.append(Fact(Text(zh="依据说明", en="Note on the source"), source.note))
    if standard.target is not None:
        goal = wording.short_percent(standard.target.rate)
        year = wording.same(str(standard.target.year)) if standard.target.year else None
        facts.append(
            Fact(
                Text(zh="目标", en="Target"),
                wording.joined(wording.same(f"≥{goal}"), standard.target.scope, year),
            )
        )
    facts.append(
        Fact(
            Text(zh="计算模型", en="Model"),
            wording.model(standard, result.coverage.mode),
            brief=True,
        )
    )
    if result.spec.note is not None:
        facts.append(Fact(Text(zh="说明", en="Note"), result.spec.note))
    return tuple(facts)
