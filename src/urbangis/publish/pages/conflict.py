"""The page of plans against restrictive areas: what stands where it may not, with its evidence."""

from collections.abc import Mapping

import pandas as pd

from urbangis.catalog import Catalogue
from urbangis.measures.zoning import STUDY
from urbangis.notices import Text
from urbangis.publish import wording
from urbangis.publish.maps import context
from urbangis.publish.model import Fact, Figure
from urbangis.publish.pages.conflict_maps import evidence
from urbangis.publish.pages.conflict_result import (
    VERDICT_NAMES,
    ConflictResult,
    area_text,
    conflict_size,
    length_text,
    measured,
    names_of,
    rows_of,
)
from urbangis.publish.web.sheet import Cell, DrawingSet, SheetPage, SheetTable
from urbangis.study import Layer, Study

_INDICATIVE = Text(zh="仅供参考", en="indicative")
_DOUBT = Text(zh="不能排除", en="In doubt")
_NONE = wording.same("—")


def conflict_page(
    study: Study, result: ConflictResult, layers: Mapping[str, Layer], catalogue: Catalogue
) -> SheetPage:
    """Describe the page of one check; parameters as of `service_page`."""
    used = [layers[name] for name in result.spec.layers_used]
    around = [layers[name] for name in result.spec.context]
    sections: list[SheetTable | DrawingSet] = [_conflict_table(result)]
    if len(result.conflicts):
        sections.append(evidence(study, result, around, catalogue))
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
        facts=(*_facts(result), *context.facts(study, used, around)),
        notices=(*result.notices, *context.layer_notices([*used, *around])),
        cautions=(*_indicative_caution(result), *context.cautions(used)),
        links=result.links,
    )


def _headline(result: ConflictResult) -> tuple[Figure, ...]:
    """Return what is in conflict; what is only in doubt goes first where nothing is in conflict."""
    plans = result.found.plans
    count = plans["verdict"].value_counts()
    total = len(plans)
    hit, doubt = total - int(count.get("clear", 0)), int(result.in_doubt.sum())
    first = Figure(
        Text(zh="有冲突的方案", en="Plans in conflict"),
        wording.same(f"{hit} / {total}"),
        tone="bad" if hit else "plain" if doubt else "good",
    )
    figures = [first]
    if doubt:
        error = length_text(result.spec.position_m)
        in_doubt = Figure(
            Text(zh="不能排除冲突的方案", en="Plans in doubt"),
            wording.same(f"{doubt} / {total}"),
            Text(zh=f"距离小于位置误差 {error.zh}", en=f"nearer than places are known: {error.en}"),
        )
        figures = [first, in_doubt] if hit else [in_doubt, first]
    figures += [
        Figure(VERDICT_NAMES[name], Text(zh=f"{count[name]} 个", en=f"{count[name]}"))
        for name in VERDICT_NAMES
        if name != "clear" and name in count
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
    plans, areas = names_of(result.plans), names_of(result.areas)
    rows = []
    for number, pair in enumerate(rows_of(result.conflicts), start=1):
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
                Cell(conflict_size(pair), is_number=True),
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
    plans, areas = names_of(result.plans), names_of(result.areas)
    listed_zh = "；".join(
        f"{plans[one.plan_id].zh}与{areas[one.redline_id].zh}（{_tolerated(one).zh}）"
        for one in rows_of(tolerated)
    )
    listed_en = "; ".join(
        f"{plans[one.plan_id].en} and {areas[one.redline_id].en} ({_tolerated(one).en})"
        for one in rows_of(tolerated)
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
    names, areas = names_of(result.plans), names_of(result.areas)
    rows = []
    for plan, in_doubt in zip(rows_of(result.found.plans), result.in_doubt, strict=True):
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
                Cell(_NONE if clear else conflict_size(plan), is_number=True),
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
    names = {**names_of(result.plans), STUDY: Text(zh="合计", en="Total")}
    rows = tuple(
        (
            Cell(names[one.id]),
            Cell(area_text(one.area_m2), is_number=True),
            Cell(area_text(one.inside_m2), is_number=True),
            Cell(area_text(one.outside_m2), is_number=True),
            Cell(wording.same(wording.percent(one.inside_share)), is_number=True),
        )
        for one in rows_of(inside)
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


def _whole(one: object) -> Text:
    return measured(one, "area_m2", "length_m", Text(zh="点位", en="point"))


def _tolerated(one: object) -> Text:
    size = measured(one, "tolerated_m2", "tolerated_m", _NONE)
    touching = Text(zh="仅相接", en="touching")
    return touching if size.en in ("0 m²", "0 m", "—") else size


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
