"""The page of a siting's order: which to build first, the curve, and what was left out."""

from collections.abc import Mapping

from urbangis.notices import Language, Text
from urbangis.publish import wording
from urbangis.publish.charts import chart, drawing
from urbangis.publish.maps import context
from urbangis.publish.markup import tag
from urbangis.publish.pages.siting_result import (
    STATUS,
    SitingResult,
    facts,
    figures,
    layers_used,
    reason_names,
    unit_of,
)
from urbangis.publish.web.sheet import Cell, Drawing, DrawingSet, SheetPage, SheetTable
from urbangis.study import Layer, Study

_MOST_ROWS = 20


def order_page(study: Study, result: SitingResult, layers: Mapping[str, Layer]) -> SheetPage:
    """Describe the page of the order: sites, the curve of people gained, and what was left out."""
    used = layers_used(result, layers)
    return SheetPage(
        title=wording.joined(
            result.title, Text(zh="次序与曲线", en="order and curve"), zh="：", en=": "
        ),
        subtitle=study.name,
        languages=study.spec.languages,
        review=context.review(study),
        sections=(_order(result), _curve(result, study.spec.languages), _reasons(result, layers)),
        figures=figures(result),
        facts=(*facts(result), *context.facts(study, used)),
        notices=result.notices,
        cautions=context.cautions(used),
        links=result.links,
    )


def _order(result: SitingResult) -> SheetTable:
    rows, dash = [], wording.same("—")
    for site in result.order_table().to_dict("records"):
        is_new = site["status"] == "new"
        own = site["name"] or site["site_id"]
        number = f"{site['order']:.0f} " if is_new else ""
        rows.append(
            (
                Cell(
                    Text(zh=f"{number}{own}", en=f"{number}{site['name_en'] or own}"),
                    wording.same(str(site["site_id"])),
                ),
                Cell(STATUS[site["status"]]),
                Cell(
                    wording.amount(site["gained"], unit_of(result)) if is_new else dash,
                    is_number=True,
                ),
                Cell(
                    wording.same(wording.percent(site["rate"])) if is_new else dash, is_number=True
                ),
                Cell(wording.amount(site["served"], unit_of(result)), is_number=True),
            )
        )
    return SheetTable(
        Text(zh="先建哪一处", en="Which to build first"),
        (
            Text(zh="次序与站点", en="Order and site"),
            Text(zh="状态", en="Status"),
            Text(zh="新增覆盖", en="Gained"),
            Text(zh="至此覆盖率", en="Covered with it"),
            Text(zh="服务", en="Serves"),
        ),
        tuple(rows),
        (
            Text(
                zh="次序：在选中的站点里，每次先建能使最多人新增受益的一处。"
                "“服务”按各居民点前往最近的开放站点计。",
                en="The order: of the chosen sites, each time the one that adds most. Serves: "
                "everyone goes to the nearest open site.",
            ),
        ),
    )


def _curve(result: SitingResult, languages: tuple[Language, ...]) -> DrawingSet:
    table = result.curve_table()
    target = None if result.standard.target is None else result.standard.target.rate
    more = int(result.is_open.sum() - result.sites["existing"].sum())
    count = min(max(0, more), len(table) - 1)
    title = Text(zh="逐处增加，覆盖率如何上升", en="How the rate rises site by site")
    drawings = []
    for language in languages:
        drawn = chart.layout(
            chart.Curve(
                title.to(language),
                tuple(zip(table["sites"].astype(float), table["rate"], strict=True)),
                (float(count), Text(zh=f"{count} 处", en=f"{count} sites").to(language)),
                Text(zh="新增站点数", en="New sites").to(language),
                Text(zh="覆盖率", en="Covered").to(language),
                target,
            )
        )
        drawn_svg = drawing.svg(drawn, name=f"curve-{language}")
        drawings.append(tag("span", drawn_svg, lang=language))
    line = Text(
        zh="每一步都建新增人数最多的一处（贪心）；不搬动现有设施，不计其他条件。"
        "曲线变平之处，再加站点收效已小。",
        en="Each step builds the site that adds most (greedy), with today's facilities in place "
        "and no other terms. Where it flattens, more sites add little.",
    )
    return DrawingSet(title, (Drawing("curve", "".join(drawings), title, (line,)),))


def _reasons(result: SitingResult, layers: Mapping[str, Layer]) -> SheetTable:
    names = [name for _, name in reason_names(result, layers)]
    rows = tuple(
        (
            Cell(wording.same(one.name or one.id), wording.same(one.id) if one.name else None),
            Cell(name, wording.same(one.area_name) if one.area_name else None),
        )
        for one, name in zip(result.excluded.itertuples(), names, strict=True)
    )[:_MOST_ROWS]
    more = len(names) - len(rows)
    note = (
        Text(zh=f"另有 {more:,} 个，见 CSV。", en=f"{more:,} more are in the CSV.")
        if more
        else Text(zh="没有候选点被排除。", en="No candidate was left out.")
    )
    return SheetTable(
        Text(zh="被排除的候选点", en="Candidates left out"),
        (Text(zh="候选点", en="Candidate"), Text(zh="原因", en="Why")),
        rows,
        () if rows and not more else (note,),
    )
