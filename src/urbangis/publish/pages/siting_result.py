"""A siting, computed, and what both of its pages say of it."""

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from urbangis.catalog import Mode, Standard
from urbangis.measures.siting.kernels import Floats
from urbangis.measures.siting.objectives import Allocation
from urbangis.measures.siting.reach import Reach
from urbangis.notices import Notice, Text
from urbangis.publish import wording
from urbangis.publish.maps.homes import with_shapes
from urbangis.publish.model import Fact, Figure, Link
from urbangis.study import Layer, ServiceSpec, SitingSpec

STATUS = {
    "kept": Text(zh="现有，保留", en="There today, kept"),
    "closed": Text(zh="现有，撤并或迁出", en="There today, given up"),
    "new": Text(zh="新选", en="New"),
}
"""What became of a site."""

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
        From `urbangis.measures.siting.objectives.scale_up`, within the standard.
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
        total, unit = float(self.people.sum()), unit_of(self).en
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


def layers_used(result: SitingResult, layers: Mapping[str, Layer]) -> list[Layer]:
    """Return the layers behind the choice, each once."""
    names = (*result.service.layers_used, *result.spec.layers_used)
    return [layers[name] for name in dict.fromkeys(names)]


def unit_of(result: SitingResult) -> Text:
    """Name what is counted."""
    return wording.UNITS[result.standard.denominators[0]]


def figures(result: SitingResult) -> tuple[Figure, ...]:
    """Return the figures that a reader must see first."""
    total = float(result.people.sum())
    unit = unit_of(result)
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


def facts(result: SitingResult) -> tuple[Fact, ...]:
    """State objective, candidates, standard and model."""
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


def reason_names(result: SitingResult, layers: Mapping[str, Layer]) -> list[tuple[int, Text]]:
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
