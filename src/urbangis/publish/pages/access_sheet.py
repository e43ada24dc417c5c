"""The sheet of accessibility: every measure, equity, groups and facilities, in tables."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from urbangis.measures.access_summary import lorenz
from urbangis.notices import Text
from urbangis.publish import wording
from urbangis.publish.charts.lorenz import Curve, curve_key, lorenz_svg
from urbangis.publish.maps import context
from urbangis.publish.model import Link
from urbangis.publish.pages.access import (
    MEASURE_NAMES,
    AccessResult,
    access_facts,
    access_figures,
    number_text,
    per_head_text,
)
from urbangis.publish.web.sheet import Cell, Drawing, DrawingSet, SheetPage, SheetTable
from urbangis.study import Layer, Study
from urbangis.units import to_minutes

_MEANINGS = {
    "cumulative_opportunities": Text(
        zh="时限内能到的容量合计", en="all capacity within the time limit"
    ),
    "gravity": Text(zh="越远折减越多的容量合计", en="capacity, the farther the less"),
    "two_step_fca": Text(zh="时限内人均容量", en="capacity a head within the time limit"),
    "enhanced_two_step_fca": Text(
        zh="人均容量，近处权重大", en="capacity a head, the near weigh more"
    ),
    "three_step_fca": Text(
        zh="人均容量，居民在可达设施间分流", en="capacity a head, people choose among facilities"
    ),
}
_NONE = wording.same("—")
_PEOPLE = wording.UNITS["residents"]


def equity_page(study: Study, result: AccessResult, layers: Mapping[str, Layer]) -> SheetPage:
    """Describe the page of all measures, of facilities and groups, and of equity."""
    used = [layers[name] for name in result.spec.layers_used]
    back = Link(Text(zh="返回地图", en="Back to the map"), f"../../{result.id}.html")
    sections: list[SheetTable | DrawingSet] = [
        _measure_table(result),
        _equity_table(result),
        _lorenz_drawing(study, result),
    ]
    if result.spec.groups:
        sections.append(_group_table(result))
    sections.append(_facility_table(result))
    return SheetPage(
        title=wording.joined(
            result.title, Text(zh="指标与公平性", en="measures and equity"), zh="：", en=": "
        ),
        subtitle=study.name,
        languages=study.spec.languages,
        review=context.review(study),
        sections=tuple(sections),
        figures=access_figures(result),
        facts=(*access_facts(result), *context.facts(study, used)),
        notices=result.notices,
        cautions=context.cautions(used),
        links=(back, Link(Text(zh="公平性（CSV）", en="Equity (CSV)"), "equity.csv"),
               Link(Text(zh="分组（CSV）", en="Groups (CSV)"), "groups.csv")),
    )  # fmt: skip


def _rows(table: pd.DataFrame) -> Iterator[Any]:
    yield from table.itertuples(index=False)


def _measure_table(result: AccessResult) -> SheetTable:
    rows = tuple(
        (
            Cell(MEASURE_NAMES[one.measure], _MEANINGS[one.measure]),
            Cell(result.value_text(one.measure, one.mean), is_number=True),
            Cell(result.value_text(one.measure, one.p10), is_number=True),
            Cell(result.value_text(one.measure, one.p90), is_number=True),
            Cell(wording.same(wording.percent(one.nothing)), is_number=True),
        )
        for one in _rows(result.found.equity)
    )
    return SheetTable(
        Text(zh="五种可达性指标", en="Five measures of accessibility"),
        (
            Text(zh="指标", en="Measure"),
            Text(zh="平均", en="Mean"),
            Text(zh="第10百分位", en="10th percentile"),
            Text(zh="第90百分位", en="90th percentile"),
            Text(zh="为零的人", en="People with nothing"),
        ),
        rows,
        (
            Text(
                zh="按人计算，一人一份；后三种人均指标的合计等于有人可达的全部容量。",
                en="Each person counts once; what the last three give to all people adds up to "
                "the capacity that somebody reaches.",
            ),
        ),
    )


def _equity_table(result: AccessResult) -> SheetTable:
    rows = tuple(
        (
            Cell(MEASURE_NAMES[one.measure]),
            *(
                Cell(wording.same(number_text(value)), is_number=True)
                for value in (one.gini, one.theil)
            ),
            Cell(
                wording.same(
                    wording.percent(one.theil_between / one.theil if one.theil else math.nan)
                ),
                is_number=True,
            ),
            *(
                Cell(wording.same(number_text(value)), is_number=True)
                for value in (one.p90_p10, one.zones_p90_p10, one.palma, one.concentration)
            ),
        )
        for one in _rows(result.found.equity)
    )
    notes = [
        Text(
            zh="基尼、泰尔：0 为人人相同，越大越不均。泰尔的单元间占比是基层统计单元"
            "之间的差异占全部差异的份额。90/10：第90百分位是第10百分位的几倍；“∞”表示后者什么也够不到。",
            en="Gini and Theil: 0 where all have the same, more where less even. Between zones: "
            "the part of Theil's index that lies between zones. 90/10: how many times as much the "
            "90th percentile has as the 10th; ∞ where the latter has nothing.",
        )
    ]
    if result.spec.rank_by is None:
        notes.append(
            Text(
                zh="没有收入一类的排序数据，帕尔马比值和集中指数未计算。",
                en="There is no rank such as income: neither Palma ratio nor concentration index.",
            )
        )
    else:
        notes.append(
            Text(
                zh=f"帕尔马：最富一成人均为最穷四成人均的几倍；集中指数：大于 0 偏向富裕者。"
                f"按{result.spec.rank_by.name.zh}排序。",
                en="Palma: how many times as much the richest tenth have on average as the poorest "
                "four tenths; concentration index: above 0 the rich have more. Ranked by "
                f"{result.spec.rank_by.name.en.lower()}.",
            )
        )
    return SheetTable(
        Text(zh="公平性", en="Equity"),
        (
            Text(zh="指标", en="Measure"),
            Text(zh="基尼系数", en="Gini"),
            Text(zh="泰尔指数", en="Theil"),
            Text(zh="其中单元间", en="Between zones"),
            Text(zh="人群 90/10", en="90/10 of people"),
            Text(zh="单元 90/10", en="90/10 of zones"),
            Text(zh="帕尔马比值", en="Palma"),
            Text(zh="集中指数", en="Concentration"),
        ),
        rows,
        tuple(notes),
    )


def _lorenz_drawing(study: Study, result: AccessResult) -> DrawingSet:
    spec, homes = result.spec, result.found.homes
    value, people = homes[spec.measure], homes["people"]
    curves = [
        Curve(
            lorenz(value, people, value),
            "#0b5a83",
            Text(
                zh=f"洛伦兹曲线（按可达性排序，基尼 {number_text(result.equity['gini'])}）",
                en=f"Lorenz curve, by accessibility (Gini {number_text(result.equity['gini'])})",
            ),
        )
    ]
    if spec.rank_by is not None:
        index = number_text(result.equity["concentration"])
        curves.append(
            Curve(
                lorenz(value, people, homes[spec.rank_by.column]),
                "#d95f02",
                Text(
                    zh=f"集中曲线（按{spec.rank_by.name.zh}由低到高排序，指数 {index}）",
                    en=f"Concentration curve, by {spec.rank_by.name.en.lower()} (index {index})",
                ),
                "7 4",
            )
        )
    languages = study.spec.languages
    svg = lorenz_svg(
        curves,
        across=Text(zh=f"{spec.people_name.zh}累计比例", en=f"{spec.people_name.en}, cumulative"),
        up=Text(zh="可达容量累计比例", en="Capacity, cumulative"),
        languages=languages,
    )
    drawing = Drawing(
        "lorenz",
        svg,
        MEASURE_NAMES[spec.measure],
        (
            Text(
                zh="虚线对角线为人人相同；曲线离它越远越不均。",
                en="The dashed diagonal is equality; the farther below it, the less even.",
            ),
        ),
    )
    return DrawingSet(
        Text(zh="洛伦兹曲线", en="Lorenz curve"), (drawing,), curve_key(curves, languages)
    )


def _group_table(result: AccessResult) -> SheetTable:
    measure = result.spec.measure
    groups = result.found.groups
    mean = float(groups[measure].iloc[0])
    rows = tuple(
        (
            Cell(result.spec.groups[one.group] if one.group else result.spec.people_name),
            Cell(wording.amount(one.people, _PEOPLE), is_number=True),
            Cell(wording.same(wording.percent(one.in_reach)), is_number=True),
            Cell(_minutes(one.nearest_s), is_number=True),
            Cell(result.value_text(measure, getattr(one, measure)), is_number=True),
            Cell(wording.same(number_text(getattr(one, measure) / mean)), is_number=True),
        )
        for one in _rows(groups)
    )
    return SheetTable(
        Text(zh="人群比较", en="Groups of people"),
        (
            Text(zh="人群", en="Group"),
            Text(zh="人数", en="People"),
            Text(zh="时限内有设施", en="Facility in reach"),
            Text(zh="到最近设施", en="To the nearest"),
            Text(zh="平均可得", en="On average"),
            Text(zh="与全体之比", en="Against all"),
        ),
        rows,
        (
            Text(
                zh="到最近设施的时间只对时限内有设施的人平均。人群可以重叠。",
                en="Minutes to the nearest are of those who have one in reach. Groups may overlap.",
            ),
        ),
    )


def _minutes(seconds: float) -> Text:
    if math.isnan(seconds):
        return _NONE
    return Text(zh=f"{to_minutes(seconds):.1f} 分钟", en=f"{to_minutes(seconds):.1f} min")


def _facility_table(result: AccessResult) -> SheetTable:
    spec, facilities = result.spec, result.found.facilities
    unit = spec.capacity.unit
    english = facilities["name_en"] if "name_en" in facilities else facilities["name"]
    asked = spec.capacity.serves is not None
    rows = tuple(
        (
            Cell(Text(zh=one.name or one.id, en=name_en or one.name or one.id)),
            Cell(wording.amount(one.capacity, unit), is_number=True),
            Cell(wording.amount(one.people_in_reach, _PEOPLE), is_number=True),
            Cell(per_head_text(result, one.per_head), is_number=True),
            *([Cell(wording.amount(one.spare, unit), is_number=True)] if asked else []),
        )
        for one, name_en in zip(_rows(facilities), english, strict=True)
    )
    return SheetTable(
        Text(zh="设施", en="Facilities"),
        (
            Text(zh="设施", en="Facility"),
            spec.capacity.name,
            Text(zh=f"时限内{spec.people_name.zh}", en=f"{spec.people_name.en} in reach"),
            Text(zh="分到每人", en="For each of them"),
            *([Text(zh="余量", en="Spare")] if asked else []),
        ),
        rows,
        (
            Text(
                zh="余量：居民按由近及远依次安排到还有位置的设施之后，设施剩下的容量。",
                en="Spare: what is left when people have been sent to the nearest facility that "
                "has room.",
            ),
        )
        if asked
        else (),
    )
