"""The page of plans against restrictive areas: what stands where it may not, with its evidence."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from urbangis.catalog import Catalogue
from urbangis.measures.redlines import Conflicts
from urbangis.measures.zoning import STUDY
from urbangis.notices import Notice, Text
from urbangis.publish import context, wording
from urbangis.publish.evidence import Drawn, evidence_svg, swatch_svg, window_of
from urbangis.publish.markup import both, tag
from urbangis.publish.model import Fact, Figure, Link
from urbangis.publish.palette import layer_style
from urbangis.publish.sheet import Cell, Drawing, DrawingSet, SheetPage, SheetTable
from urbangis.study import ConflictSpec, Layer, Study

VERDICT_NAMES = {
    "forbid": Text(zh="禁止", en="Forbidden"),
    "positive-list": Text(zh="仅限正面清单", en="Positive list only"),
    "review": Text(zh="须审查", en="To be reviewed"),
    "clear": Text(zh="不冲突", en="Clear"),
}
_COLORS = {"forbid": "#b2182b", "positive-list": "#d95f02", "review": "#b8860b", "clear": "#5b6b7a"}
_PLAN = Drawn(np.array([], object), "#542788", "#542788", 0.18, 1.8)
_OVERLAP = Drawn(np.array([], object), "#e7298a", "#e7298a", 0.55, 2.2)
_INDICATIVE = Text(zh="仅供参考", en="indicative")
_DOUBT = Text(zh="不能排除", en="In doubt")
_NONE = wording.same("—")


@dataclass(frozen=True)
class ConflictResult:
    """Plans held against restrictive areas, computed.

    Parameters
    ----------
    id, spec
        As the study file names and describes it.
    plans, areas
        ``id, name, name_en`` of both, in the study's CRS.
    found
        From `urbangis.measures.redlines.check_conflicts`.
    inside
        From `urbangis.measures.redlines.outside_boundary`, of the plans that are polygons; None
        without a boundary.
    links
        Downloads, and the way back to the front page.
    """

    id: str
    spec: ConflictSpec
    plans: gpd.GeoDataFrame
    areas: gpd.GeoDataFrame
    found: Conflicts
    inside: pd.DataFrame | None = None
    links: tuple[Link, ...] = ()

    @property
    def title(self) -> Text:
        """Name of the page."""
        return self.spec.name

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What a reader of the figures must know."""
        return self.found.notices

    @property
    def conflicts(self) -> pd.DataFrame:
        """The pairs of a plan and an area that are in conflict, the strictest first."""
        pairs = self.found.pairs
        rank = pairs["verdict"].map({name: n for n, name in enumerate(VERDICT_NAMES)})
        some = pairs.assign(rank=rank)[pairs["verdict"] != "clear"]
        order = ["rank", "indicative", "share"]
        return some.sort_values(order, ascending=[True, True, False], kind="stable").drop(
            columns="rank"
        )

    @property
    def in_doubt(self) -> pd.Series:
        """Which plans are clear on the map, but nearer to an area than its place is known."""
        plans = self.found.plans
        near = plans["distance_m"] < self.spec.position_m
        return pd.Series((plans["verdict"] == "clear") & near)

    @property
    def tolerated(self) -> pd.DataFrame:
        """The pairs that only touch, or overlap within the tolerance."""
        pairs = self.found.pairs
        return pairs[pairs["verdict"] == "clear"]


def conflict_page(
    study: Study, result: ConflictResult, layers: Mapping[str, Layer], catalogue: Catalogue
) -> SheetPage:
    """Describe the page of one check; parameters as of `service_page`."""
    used = [layers[name] for name in result.spec.layers_used]
    around = [layers[name] for name in result.spec.context]
    sections: list[SheetTable | DrawingSet] = [_conflict_table(result)]
    if len(result.conflicts):
        sections.append(_evidence(study, result, around, catalogue))
    sections.append(_plan_table(result))
    if result.inside is not None:
        boundary = layers[str(result.spec.boundary)]
        sections.append(_inside_table(result, result.inside, boundary.spec.name))
    return SheetPage(
        title=result.title,
        subtitle=study.name,
        languages=study.spec.languages,
        review=context.review(study),
        sections=tuple(sections),
        figures=_headline(result),
        facts=(
            *_facts(result),
            *context.study_facts(study, used),
            *context.layer_facts([*used, *around]),
        ),
        notices=(*result.notices, *context.layer_notices([*used, *around])),
        cautions=(*_indicative_caution(result), *context.cautions(used)),
        links=result.links,
    )


def _headline(result: ConflictResult) -> tuple[Figure, ...]:
    plans = result.found.plans
    count = plans["verdict"].value_counts()
    total = len(plans)
    hit, doubt = total - int(count.get("clear", 0)), int(result.in_doubt.sum())
    figures = [
        Figure(
            Text(zh="有冲突的方案", en="Plans in conflict"),
            wording.same(f"{hit} / {total}"),
            tone="bad" if hit else "plain" if doubt else "good",
        ),
        *(
            [
                Figure(
                    Text(zh="不能排除冲突的方案", en="Plans in doubt"),
                    wording.same(f"{doubt} / {total}"),
                    Text(
                        zh=f"距离小于位置误差 {length_text(result.spec.position_m).zh}",
                        en="nearer than places are known: "
                        f"{length_text(result.spec.position_m).en}",
                    ),
                )
            ]
            if doubt
            else []
        ),
        *(
            Figure(VERDICT_NAMES[name], Text(zh=f"{count[name]} 个", en=f"{count[name]}"))
            for name in VERDICT_NAMES
            if name != "clear" and name in count
        ),
    ]
    area_m2 = float(plans["conflict_m2"].sum())
    length_m = float(plans["conflict_m"].sum())
    if area_m2 > 0:
        figures.append(Figure(Text(zh="冲突面积", en="Area in conflict"), area_text(area_m2)))
    if length_m > 0:
        figures.append(Figure(Text(zh="冲突长度", en="Length in conflict"), length_text(length_m)))
    return tuple(figures)


def _indicative_caution(result: ConflictResult) -> tuple[Text, ...]:
    if not result.found.plans["indicative"].any():
        return ()
    return (
        Text(
            zh="标“仅供参考”的结论依据的界线不是勘定界线或可信度低，以法定界线和文件原文为准",
            en="Verdicts marked indicative rest on lines that are not surveyed, or on sources of "
            "low confidence: the legal line and the document decide",
        ),
    )


# Tables -----------------------------------------------------------------------------------------


def _conflict_table(result: ConflictResult) -> SheetTable:
    plans, areas = _names(result.plans), _names(result.areas)
    rows = []
    for number, pair in enumerate(_rows(result.conflicts), start=1):
        requirement = pair.requirement
        rows.append(
            (
                Cell(plans[pair.plan_id]),
                Cell(
                    areas[pair.redline_id],
                    Text(
                        zh=f"{pair.generation}年 · {pair.tier}",
                        en=f"{pair.generation}: {pair.tier}",
                    ),
                ),
                Cell(
                    VERDICT_NAMES[pair.verdict],
                    _INDICATIVE if pair.indicative else None,
                    tone=f"{pair.verdict} verdict",
                ),
                Cell(_size(pair), is_number=True),
                Cell(wording.same(wording.percent(pair.share)), is_number=True),
                Cell(
                    requirement,
                    Text(
                        zh=f"{pair.document} {pair.clause}（{pair.rule_id}，可信度"
                        f"{wording.CONFIDENCES[pair.confidence].zh}）",
                        en=f"{pair.document} {pair.clause} ({pair.rule_id}, "
                        f"{wording.CONFIDENCES[pair.confidence].en} confidence)",
                    ),
                    tone="rule",
                ),
                Cell(Text(zh=f"图 {number}", en=f"Map {number}"), href=f"#map-{number}"),
            )
        )
    none = Text(zh="图上没有重叠。", en="Nothing overlaps on the map.")
    return SheetTable(
        Text(zh="冲突清单", en="Conflicts"),
        (
            Text(zh="方案", en="Plan"),
            Text(zh="限制区域", en="Restricted area"),
            Text(zh="结论", en="Verdict"),
            Text(zh="冲突规模", en="In conflict"),
            Text(zh="占方案", en="Of the plan"),
            Text(zh="要求与依据", en="Requirement and basis"),
            Text(zh="证据图", en="Evidence"),
        ),
        tuple(rows),
        (*(() if rows else (none,)), _tolerance(result)),
    )


def _tolerance(result: ConflictResult) -> Text:
    spec, tolerated = result.spec, result.tolerated
    plans, areas = _names(result.plans), _names(result.areas)
    listed_zh = "；".join(
        f"{plans[one.plan_id].zh}与{areas[one.redline_id].zh}（{_tolerated(one).zh}）"
        for one in _rows(tolerated)
    )
    listed_en = "; ".join(
        f"{plans[one.plan_id].en} and {areas[one.redline_id].en} ({_tolerated(one).en})"
        for one in _rows(tolerated)
    )
    return Text(
        zh=f"容差：面重叠不足 {spec.sliver_m2:g} 平方米或宽不足 {spec.sliver_width_m:g} 米、"
        f"线和点深入不足 {spec.sliver_width_m:g} 米的，视为边界误差，不计冲突。"
        + (f"在容差以内的有：{listed_zh}。" if listed_zh else "本次没有在容差以内的重叠。"),
        en=f"Tolerance: overlaps of polygons under {spec.sliver_m2:g} m² or narrower than "
        f"{spec.sliver_width_m:g} m, and lines and points less than {spec.sliver_width_m:g} m "
        "inside, are errors of drawing and no conflict. "
        + (f"Within it: {listed_en}." if listed_en else "Nothing lies within it here."),
    )


def _plan_table(result: ConflictResult) -> SheetTable:
    names, areas = _names(result.plans), _names(result.areas)
    rows = []
    for plan, in_doubt in zip(_rows(result.found.plans), result.in_doubt, strict=True):
        clear = plan.verdict == "clear"
        rows.append(
            (
                Cell(names[plan.id]),
                Cell(
                    _DOUBT if in_doubt else VERDICT_NAMES[plan.verdict],
                    _INDICATIVE if plan.indicative else None,
                    tone=f"{'review' if in_doubt else plan.verdict} verdict",
                ),
                Cell(_whole(plan), is_number=True),
                Cell(_NONE if clear else _size(plan), is_number=True),
                Cell(_NONE if clear else wording.same(wording.percent(plan.share)), is_number=True),
                Cell(
                    areas[plan.redline_id],
                    Text(
                        zh=f"距离 {length_text(plan.distance_m).zh}",
                        en=f"{length_text(plan.distance_m).en} away",
                    )
                    if clear
                    else None,
                ),
            )
        )
    return SheetTable(
        Text(zh="全部方案", en="All plans"),
        (
            Text(zh="方案", en="Plan"),
            Text(zh="结论", en="Verdict"),
            Text(zh="规模", en="Size"),
            Text(zh="冲突合计", en="In conflict"),
            Text(zh="占方案", en="Of the plan"),
            Text(zh="最严或最近的限制区域", en="Strictest or nearest area"),
        ),
        tuple(rows),
        (
            Text(
                zh="冲突合计中，限制区域互相重叠处只计一次。",
                en="Where restricted areas overlap, the total counts them once.",
            ),
        ),
    )


def _inside_table(result: ConflictResult, inside: pd.DataFrame, boundary: Text) -> SheetTable:
    names = {**_names(result.plans), STUDY: Text(zh="合计", en="Total")}
    rows = tuple(
        (
            Cell(names[one.id]),
            Cell(area_text(one.area_m2), is_number=True),
            Cell(area_text(one.inside_m2), is_number=True),
            Cell(area_text(one.outside_m2), is_number=True),
            Cell(wording.same(wording.percent(one.inside_share)), is_number=True),
        )
        for one in _rows(inside)
    )
    return SheetTable(
        Text(zh=f"在{boundary.zh}内的比例", en=f"Share inside: {boundary.en}"),
        (
            Text(zh="地块", en="Site"),
            Text(zh="面积", en="Area"),
            Text(zh="界内", en="Inside"),
            Text(zh="界外", en="Outside"),
            Text(zh="界内比例", en="Share inside"),
        ),
        rows,
    )


def _names(table: gpd.GeoDataFrame) -> dict[str, Text]:
    return {
        one.id: Text(zh=one.name or one.id, en=one.name_en or one.name or one.id)
        for one in _rows(table[["id", "name", "name_en"]])
    }


def _rows(table: pd.DataFrame) -> Iterator[Any]:
    yield from table.itertuples(index=False)


def _size(one: object) -> Text:
    """Write what is in conflict: square metres, metres, or that the point is inside."""
    return _measured(one, "conflict_m2", "conflict_m", Text(zh="点位在内", en="inside"))


def _whole(one: object) -> Text:
    return _measured(one, "area_m2", "length_m", Text(zh="点位", en="point"))


def _tolerated(one: object) -> Text:
    size = _measured(one, "tolerated_m2", "tolerated_m", _NONE)
    touching = Text(zh="仅相接", en="touching")
    return touching if size.en in ("0 m²", "0 m", "—") else size


def _measured(one: object, area: str, length: str, otherwise: Text) -> Text:
    if not np.isnan(getattr(one, area)):
        return area_text(getattr(one, area))
    if not np.isnan(getattr(one, length)):
        return length_text(getattr(one, length))
    return otherwise


def area_text(area_m2: float) -> Text:
    """Write an area in square metres, hectares or square kilometres."""
    if area_m2 >= 1e6:
        return Text(zh=f"{area_m2 / 1e6:,.2f} 平方公里", en=f"{area_m2 / 1e6:,.2f} km²")
    if area_m2 >= 1e4:
        return Text(zh=f"{area_m2 / 1e4:,.2f} 公顷", en=f"{area_m2 / 1e4:,.2f} ha")
    return Text(zh=f"{area_m2:,.0f} 平方米", en=f"{area_m2:,.0f} m²")


def length_text(length_m: float) -> Text:
    """Write a length in metres or kilometres."""
    if length_m >= 1000:
        return Text(zh=f"{length_m / 1000:,.1f} 公里", en=f"{length_m / 1000:,.1f} km")
    return Text(zh=f"{length_m:,.0f} 米", en=f"{length_m:,.0f} m")


# Evidence maps ----------------------------------------------------------------------------------


def _evidence(
    study: Study, result: ConflictResult, around: list[Layer], catalogue: Catalogue
) -> DrawingSet:
    """Draw one map for each conflict, in the order of the table."""
    plans = result.plans.set_index("id")
    areas = result.areas.set_index("id").geometry
    beneath = [_drawn_layer(layer, catalogue) for layer in around]
    restricted = _restricted(result)
    names, area_names = _names(result.plans), _names(result.areas)
    drawings = []
    for number, pair in enumerate(_rows(result.conflicts), start=1):
        plan, area = plans.geometry.loc[pair.plan_id], areas.loc[pair.redline_id]
        common = shapely.intersection(plan, area)
        window = window_of([common] if shapely.get_dimensions(plan) == 1 else [plan, common])
        title = Text(
            zh=f"图 {number}　{names[pair.plan_id].zh} × {area_names[pair.redline_id].zh}",
            en=f"Map {number}. {names[pair.plan_id].en} × {area_names[pair.redline_id].en}",
        )
        svg = evidence_svg(
            [*beneath, *restricted, _of(_PLAN, [plan]), _of(_OVERLAP, [common])],
            window,
            told=title.to(study.spec.languages[0]),
        )
        size, share = _size(pair), wording.percent(pair.share)
        line = Text(
            zh=f"{VERDICT_NAMES[pair.verdict].zh}；冲突 {size.zh}，占方案 {share}",
            en=f"{VERDICT_NAMES[pair.verdict].en}; {size.en} in conflict, {share} of the plan",
        )
        drawings.append(Drawing(f"map-{number}", svg, title, (line,)))
    key = [
        (_PLAN, Text(zh="方案", en="Plan")),
        (_OVERLAP, Text(zh="冲突部分", en="In conflict")),
        *(
            (one, Text(zh=f"限制区域：{name.zh}", en=f"Restricted: {name.en.lower()}"))
            for one, name in zip(restricted, _restricted_names(result), strict=True)
        ),
        *((one, layer.spec.name) for one, layer in zip(beneath, around, strict=True)),
    ]
    items = (
        tag("span", swatch_svg(one), both(name, study.spec.languages), class_="item")
        for one, name in key
    )
    return DrawingSet(
        Text(zh="证据图", en="Evidence maps"), tuple(drawings), tag("p", *items, class_="key")
    )


def _of(form: Drawn, shapes: list[shapely.Geometry]) -> Drawn:
    lines = all(shapely.get_dimensions(shape) < 2 for shape in shapes)
    return Drawn(
        np.array(shapes, object),
        form.stroke,
        "none" if lines else form.fill,
        form.fill_opacity,
        form.width * 1.6 if lines else form.width,
    )


def _verdicts_of_areas(result: ConflictResult) -> pd.Series:
    """Return the verdict of each area that is in any conflict; ``clear`` for the others."""
    worst = result.conflicts.drop_duplicates("redline_id").set_index("redline_id")["verdict"]
    return pd.Series(result.areas["id"].map(worst).fillna("clear"))


def _restricted(result: ConflictResult) -> list[Drawn]:
    verdicts = _verdicts_of_areas(result)
    return [
        Drawn(
            result.areas.geometry[verdicts == name].to_numpy(),
            _COLORS[name],
            _COLORS[name],
            0.16,
            1.4,
            "5 3",
        )
        for name in reversed(VERDICT_NAMES)
        if (verdicts == name).any()
    ]


def _restricted_names(result: ConflictResult) -> list[Text]:
    verdicts = _verdicts_of_areas(result)
    others = Text(zh="未涉及", en="not concerned")
    return [
        others if name == "clear" else VERDICT_NAMES[name]
        for name in reversed(VERDICT_NAMES)
        if (verdicts == name).any()
    ]


def _drawn_layer(layer: Layer, catalogue: Catalogue) -> Drawn:
    """Draw a layer of the study beneath, in its own colours."""
    style = layer_style(layer.spec, catalogue)
    flat = layer.table.geom_type.str.contains("Polygon").any()
    return Drawn(
        layer.table.geometry.to_numpy(),
        style.color,
        (style.fill or style.color) if flat and style.fill_opacity else "none",
        style.fill_opacity,
        min(style.weight, 1.0),
    )


def _facts(result: ConflictResult) -> tuple[Fact, ...]:
    spec = result.spec
    facts = [
        Fact(
            Text(zh="计算方法", en="Method"),
            Text(
                zh="逐处叠加，面积与长度按平面投影量算；最严的规则先计，重叠处只计一次",
                en="Overlay of each pair; areas and lengths in the metric projection; the "
                "strictest rule first, and what overlaps once",
            ),
        )
    ]
    if spec.note is not None:
        facts.append(Fact(Text(zh="说明", en="Note"), spec.note))
    return tuple(facts)
