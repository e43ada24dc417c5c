"""The pages of a siting: the map of where and for whom, and the order in which to build."""

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from urbangis.catalog import Catalogue, Mode, Standard, Style
from urbangis.measures.siting import Allocation
from urbangis.measures.siting_kernels import Floats
from urbangis.measures.siting_reach import Reach
from urbangis.notices import Language, Notice, Text
from urbangis.publish import chart, context, drawing, wording
from urbangis.publish.display import extent, simplified, tolerance_m
from urbangis.publish.homes import front_first, with_shapes
from urbangis.publish.markup import tag
from urbangis.publish.model import (
    ColorClass,
    Fact,
    Field,
    Figure,
    Link,
    MapLayer,
    MapPage,
)
from urbangis.publish.palette import (
    COVERED,
    DEMAND_AREA,
    DEMAND_POINT,
    OKABE_ITO,
    UNCOVERED,
)
from urbangis.publish.sheet import Cell, Drawing, DrawingSet, SheetPage, SheetTable
from urbangis.publish.zones import border_layers
from urbangis.study import Layer, ServiceSpec, SitingSpec, Study
from urbangis.units import to_minutes

_MOST_COLORS = len(OKABE_ITO) - 1
_MOST_ROWS = 20
_SITE = DEMAND_POINT.model_copy(update={"radius": 9.0, "shape": "diamond", "weight": 1.6})
_CANDIDATE = DEMAND_POINT.model_copy(update={"radius": 2.5, "weight": 0.4, "shape": "diamond"})
_OPEN, _CLOSED = "#0b3d63", "#9aa5b1"
_LEFT_OUT = ("#b2182b", "#d95f02", "#7570b3", "#666666")
_STATUS = {
    "kept": Text(zh="现有，保留", en="There today, kept"),
    "closed": Text(zh="现有，撤并或迁出", en="There today, given up"),
    "new": Text(zh="新选", en="New"),
}
_OBJECTIVES = {
    "cover": Text(zh="标准内覆盖的人最多（最大覆盖）", en="most people within the standard"),
    "all": Text(
        zh="用最少的站点覆盖应覆盖的人（集合覆盖）", en="fewest sites for everyone asked for"
    ),
    "mean": Text(zh="全体居民出行总量最小（p-中位）", en="least travel of all people together"),
    "worst": Text(
        zh="最远居民的出行最短（p-中心）", en="least travel of whoever has farthest to go"
    ),
}


@dataclass(frozen=True)
class SitingResult:
    """A siting, computed.

    Parameters
    ----------
    id, spec, service
        As the study file names and describes them.
    demand, people
        The places, and the people counted at each.
    sites
        Facilities of today (``existing``) and the candidates that were allowed, one row each.
    excluded
        ``id, name, layer, area_id, area_name, reason, geometry`` of the candidates left out.
    near
        Pairs within the standard.
    steps
        From `urbangis.measures.siting.scale_up`, within the standard.
    """

    id: str
    spec: SitingSpec
    service: ServiceSpec
    standard: Standard
    mode: Mode | None
    demand: gpd.GeoDataFrame
    people: Floats
    sites: gpd.GeoDataFrame
    excluded: gpd.GeoDataFrame
    near: Reach
    found: Allocation
    steps: pd.DataFrame
    notices: tuple[Notice, ...]
    links: tuple[Link, ...] = ()

    @property
    def title(self) -> Text:
        """Name of the siting, or of what is sited."""
        if self.spec.name is not None:
            return self.spec.name
        name = self.service.name or self.standard.name
        return Text(zh=f"{name.zh}：选址", en=f"{name.en}: where to build next")

    @property
    def before(self) -> float:
        """People within the standard of today's facilities."""
        return float(self.people[self._covered(self.sites["existing"].to_numpy(bool))].sum())

    @property
    def after(self) -> float:
        """People within the standard of the open sites."""
        return float(self.people[self._covered(self.is_open)].sum())

    @property
    def is_open(self) -> np.ndarray:
        """Which rows of ``sites`` are open."""
        return np.isin(np.arange(len(self.sites)), self.found.sites)

    @property
    def opened(self) -> np.ndarray:
        """Rows of the new sites, in their order."""
        return self.found.order["site"].to_numpy()

    def _covered(self, is_open: np.ndarray) -> np.ndarray:
        served = np.zeros(self.near.places, bool)
        row = np.repeat(np.arange(self.near.places), np.diff(self.near.place_ptr))
        served[row[is_open[self.near.candidate]]] = True
        return served

    def order_table(self) -> pd.DataFrame:
        """Return every open or given-up site: new ones in order, then those of today."""
        sites, total = self.sites, self.people.sum()
        old = np.flatnonzero(sites["existing"])
        kept = old[self.is_open[old]]
        rows = np.concatenate([self.opened, kept, np.setdiff1d(old, kept)])
        is_open = self.is_open & sites["existing"].to_numpy(bool)
        covered = [float(self.people[self._covered(is_open)].sum())]
        for row in self.opened:
            is_open[row] = True
            covered.append(float(self.people[self._covered(is_open)].sum()))
        rest = [np.nan] * len(old)
        served = self.found.flows.groupby("site")["people"].sum()
        status = ["new"] * len(self.opened) + ["kept"] * len(kept)
        return pd.DataFrame(
            {
                "order": [*range(1, len(self.opened) + 1), *rest],
                "site_id": sites["id"].to_numpy()[rows],
                "name": sites["name"].to_numpy()[rows],
                "name_en": sites["name_en"].to_numpy()[rows],
                "status": status + ["closed"] * (len(rows) - len(status)),
                "gained": [*np.diff(covered), *rest],
                "covered": [*covered[1:], *rest],
                "rate": [*(np.array(covered[1:]) / total), *rest],
                "served": served.reindex(rows, fill_value=0.0).to_numpy(),
            }
        )

    def told(self) -> list[str]:
        """Say the choice in lines of text."""
        total, unit = float(self.people.sum()), _unit(self).en
        lines = []
        for site in self.order_table().to_dict("records"):
            own = " ".join(one for one in (site["site_id"], site["name_en"] or site["name"]) if one)
            if site["status"] == "new":
                rate = wording.percent(site["rate"])
                lines.append(
                    f"{site['order']:.0f}. {own}: {site['gained']:,.0f} {unit} more, {rate}"
                )
            elif site["status"] == "closed":
                lines.append(f"-  {own}: given up")
        before, after = (wording.percent(one / total if total else np.nan)
                         for one in (self.before, self.after))  # fmt: skip
        return [*lines, f"covered: {before} today, {after} then; {_proof(self.found).en}"]

    def curve_table(self) -> pd.DataFrame:
        """Return people covered site by site, each time by the one that adds most."""
        total = self.people.sum()
        first = {"sites": 0, "site_id": "", "gained": 0.0, "covered": self.before}
        rows = pd.DataFrame(
            {
                "sites": range(1, len(self.steps) + 1),
                "site_id": self.sites["id"].to_numpy()[self.steps["site"]],
                "gained": self.steps["gained"],
                "covered": self.steps["served"],
            }
        )
        table = pd.concat([pd.DataFrame([first]), rows], ignore_index=True)
        return table.assign(rate=table["covered"] / total)

    def site_layer(self) -> gpd.GeoDataFrame:
        """Return `order_table` with the places of the sites."""
        table = self.order_table()
        shapes = self.sites.set_index("id").geometry
        return gpd.GeoDataFrame(
            table, geometry=list(table["site_id"].map(shapes)), crs=self.sites.crs
        )

    def demand_layer(self) -> gpd.GeoDataFrame:
        """Return the places with ``before``, ``after``, and the nearest site and its cost."""
        existing = self.sites["existing"].to_numpy(bool)
        flows = self.found.flows.sort_values("people").drop_duplicates("place", keep="last")
        flows = flows.set_index("place").reindex(range(len(self.demand)))
        site = flows["site"].to_numpy()
        ids = np.full(len(site), None, object)
        some = ~np.isnan(site)
        ids[some] = self.sites["id"].to_numpy()[site[some].astype(int)]
        shapes = with_shapes(self.demand, self.sites.crs)
        table = shapes.assign(
            people=self.people,
            before=self._covered(existing),
            after=self._covered(self.is_open),
            site_id=ids,
            cost=flows["cost"].to_numpy(),
        )
        wanted = ["id", "name", "people", "zone_id", "before", "after", "site_id", "cost"]
        return table[[*(one for one in wanted if one in table), "geometry"]]


def siting_page(
    study: Study, result: SitingResult, layers: Mapping[str, Layer], catalogue: Catalogue
) -> MapPage:
    """Describe the map of a siting; parameters as of `service_page`."""
    used = _used(result, layers)
    around = [
        context.study_layer(layers[name], study, catalogue, show=layers[name].spec.show)
        for name in dict.fromkeys((*result.spec.exclude, *result.spec.within, *result.spec.context))
    ]
    return MapPage(
        title=result.title,
        subtitle=study.name,
        languages=study.spec.languages,
        extent=extent(study),
        layers=(
            *context.stacked(around, border_layers(study)),
            _homes(study, result, layers[result.service.demand]),
            *_left_out(result, layers),
            *_today(result),
            *_new(result),
        ),
        review=context.review(study),
        figures=_figures(result),
        facts=(*_facts(result), *context.study_facts(study, used), *context.layer_facts(used)),
        notices=(*result.notices, *context.layer_notices(used)),
        cautions=context.cautions(used),
        links=result.links,
    )


def order_page(study: Study, result: SitingResult, layers: Mapping[str, Layer]) -> SheetPage:
    """Describe the page of the order: sites, the curve of people gained, and what was left out."""
    used = _used(result, layers)
    return SheetPage(
        title=wording.joined(
            result.title, Text(zh="次序与曲线", en="order and curve"), zh="：", en=": "
        ),
        subtitle=study.name,
        languages=study.spec.languages,
        review=context.review(study),
        sections=(_order(result), _curve(result, study.spec.languages), _reasons(result, layers)),
        figures=_figures(result),
        facts=(*_facts(result), *context.study_facts(study, used), *context.layer_facts(used)),
        notices=result.notices,
        cautions=context.cautions(used),
        links=result.links,
    )


def _used(result: SitingResult, layers: Mapping[str, Layer]) -> list[Layer]:
    names = (*result.service.layers_used, *result.spec.layers_used)
    return [layers[name] for name in dict.fromkeys(names)]


def _unit(result: SitingResult) -> Text:
    return wording.UNITS[result.standard.denominators[0]]


def _figures(result: SitingResult) -> tuple[Figure, ...]:
    total = float(result.people.sum())
    unit = _unit(result)
    target = None if result.standard.target is None else result.standard.target.rate
    rates = [wording.percent(one / total if total else np.nan, target)
             for one in (result.before, result.after)]  # fmt: skip
    closed = int((result.sites["existing"].to_numpy(bool) & ~result.is_open).sum())
    count = Text(
        zh=f"{len(result.opened)} 处" + (f"，另撤并或迁出 {closed} 处" if closed else ""),
        en=f"{len(result.opened)}" + (f", and {closed} given up" if closed else ""),
    )
    return (
        Figure(
            Text(zh="覆盖率：现状 → 选址后", en="Covered: today → with the sites"),
            wording.same(f"{rates[0]} → {rates[1]}"),
            _against(result.after / total if total else np.nan, target),
        ),
        Figure(Text(zh="新选站点", en="New sites"), count),
        Figure(
            Text(zh="新增覆盖", en="People gained"),
            wording.amount(result.after - result.before, unit),
            tone="good" if result.after > result.before else "plain",
        ),
        Figure(
            Text(zh="仍未覆盖", en="Still not covered"),
            wording.amount(total - result.after, unit),
            tone="bad" if total > result.after else "good",
        ),
        Figure(Text(zh="与最优的差距", en="How far from the best"), _proof(result.found)),
    )


def _against(rate: float, target: float | None) -> Text | None:
    if target is None:
        return None
    goal = wording.short_percent(target)
    if rate >= target:
        return Text(zh=f"✓ 达到目标 {goal}", en=f"✓ meets the target of {goal}")
    return Text(zh=f"✗ 未达目标 {goal}", en=f"✗ below the target of {goal}")


def _proof(found: Allocation) -> Text:
    if found.proven:
        return Text(zh="已证明为最优", en="proven to be the best")
    if not np.isfinite(found.gap):
        return Text(zh="未知", en="not known")
    share = f"{max(found.gap, 1e-4):.2%}"
    return Text(zh=f"至多 {share}", en=f"{share} at most")


def _facts(result: SitingResult) -> tuple[Fact, ...]:
    standard, spec = result.standard, result.spec
    source = standard.source
    allowed = int((~result.sites["existing"]).sum())
    facts = [
        Fact(Text(zh="选址目标", en="Objective"), _OBJECTIVES[spec.objective], brief=True),
        Fact(
            Text(zh="候选点", en="Candidates"),
            Text(
                zh=f"{allowed + len(result.excluded):,} 个，其中 {len(result.excluded):,} 个因位于"
                "不得选址的范围被排除",
                en=f"{allowed + len(result.excluded):,}, of which {len(result.excluded):,} lie "
                "where no site may be",
            )
            if spec.exclude or spec.within
            else Text(zh=f"{allowed:,} 个", en=f"{allowed:,}"),
        ),
        Fact(
            Text(zh="依据", en="Source"),
            wording.joined(
                wording.same(source.document), wording.same(source.clause), zh=" ", en=" "
            ),
            brief=True,
        ),
        Fact(Text(zh="计算模型", en="Model"), wording.model(standard, result.mode), brief=True),
    ]
    if spec.candidates is None:
        facts.append(
            Fact(
                Text(zh="候选点来源", en="Where candidates are"),
                Text(
                    zh=f"每 {spec.spacing_m:g} 米方格取一处居民点，仅示意大致位置，"
                    "落地须另核用地与建设条件",
                    en=f"One home in each square of {spec.spacing_m:g} m: about where, not which "
                    "plot; land and building conditions are to be checked",
                ),
            )
        )
    if spec.note is not None:
        facts.append(Fact(Text(zh="说明", en="Note"), spec.note))
    return tuple(facts)


# The map ----------------------------------------------------------------------------------------


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
    polygons = table.geom_type.str.contains("Polygon").any()
    note = layer.spec.note
    return MapLayer(
        id="demand",
        name=Text(zh="谁受益（按居民点）", en="Who gains (by home)"),
        table=simplified(table, tolerance_m(study)) if polygons else table,
        style=DEMAND_AREA if polygons else DEMAND_POINT,
        fields=(
            Field("people", wording.DENOMINATORS[result.standard.denominators[0]], "number",
                  unit=_unit(result)),
            Field("facility", Text(zh="前往", en="Goes to")),
            Field("far", Text(zh="到该站点", en="To it"), "minutes" if timed else "metres"),
        ),
        classes=tuple(ColorClass(labels[min(kind, len(labels) - 1)][1],
                                 labels[min(kind, len(labels) - 1)][0]) for kind in there),
        nature=layer.spec.nature,
        note=wording.joined(note, left_out, zh="；", en="; ") if left_out else note,
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
            classes=tuple(ColorClass(colors[one], _STATUS[one]) for one in there),
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
                Field("gained", Text(zh="新增覆盖", en="Gained"), "number", unit=_unit(result)),
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
    return Field("served", Text(zh="服务", en="Serves"), "number", unit=_unit(result))


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
        reasons = _reason_names(result, layers)
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


def _reason_names(result: SitingResult, layers: Mapping[str, Layer]) -> list[tuple[int, Text]]:
    """Return the number and the name of the reason of each excluded candidate."""
    named = []
    order: list[tuple[str, str]] = []
    pairs = zip(result.excluded["layer"], result.excluded["reason"], strict=True)
    for layer, reason in pairs:
        if (layer, reason) not in order:
            order.append((layer, reason))
        own = layers[layer].spec.name
        text = (
            Text(zh=f"位于“{own.zh}”内", en=f"Inside: {own.en}")
            if reason == "inside"
            else Text(zh=f"不在“{own.zh}”内", en=f"Outside: {own.en}")
        )
        named.append((order.index((layer, reason)), text))
    return named


# The page of the order --------------------------------------------------------------------------


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
                Cell(_STATUS[site["status"]]),
                Cell(
                    wording.amount(site["gained"], _unit(result)) if is_new else dash,
                    is_number=True,
                ),
                Cell(
                    wording.same(wording.percent(site["rate"])) if is_new else dash, is_number=True
                ),
                Cell(wording.amount(site["served"], _unit(result)), is_number=True),
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
    names = [name for _, name in _reason_names(result, layers)]
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
