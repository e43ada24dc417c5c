"""Site a service: who is in reach of which candidate, the choice, its pages and tables."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from urbangis.catalog import Standard
from urbangis.decay import INCLUSIVE
from urbangis.errors import StudyError, TableError
from urbangis.measures.coverage import weighed
from urbangis.measures.siting.kernels import Floats
from urbangis.measures.siting.objectives import (
    Allocation,
    Floor,
    Terms,
    fewest_sites,
    least_farthest,
    least_travel,
    most_covered,
    scale_up,
)
from urbangis.measures.siting.reach import Reach
from urbangis.notices import Notice, Text, notice
from urbangis.pipeline.analyses.siting_candidates import candidates_of, parted, with_candidates
from urbangis.pipeline.analyses.siting_reach import (
    SiteReach,
    reach_by_network,
    reach_in_a_straight_line,
)
from urbangis.pipeline.load import Loaded
from urbangis.pipeline.outputs import write_result
from urbangis.pipeline.services import BuiltNetwork, demand_of, named, select_supply
from urbangis.pipeline.summary import notice_records
from urbangis.publish.model import Link
from urbangis.publish.pages.index import FRONT
from urbangis.publish.pages.siting import siting_page
from urbangis.publish.pages.siting_order import order_page
from urbangis.publish.pages.siting_result import SitingResult
from urbangis.publish.web.page import write_page
from urbangis.publish.wording import UNITS, amount
from urbangis.study import Layer, Level, ServiceSpec, SitingSpec
from urbangis.tables import coordinates, row_names, to_numbers

_STEPS = 10
_FILES = {
    "sites.csv": Text(zh="选址次序表（CSV）", en="Sites in order (CSV)"),
    "curve.csv": Text(zh="逐处增加曲线（CSV）", en="Site by site (CSV)"),
    "excluded.csv": Text(zh="排除的候选点（CSV）", en="Candidates left out (CSV)"),
    "result.gpkg": Text(zh="结果图层（GeoPackage）", en="Layers (GeoPackage)"),
}


def compute_siting(
    loaded: Loaded, siting_id: str, spec: SitingSpec, network: BuiltNetwork | None
) -> SitingResult:
    """Choose the sites.

    Parameters
    ----------
    loaded
        The study.
    siting_id
        Name of page and folder.
    network
        Of the service's standard, if it goes by network.

    Raises
    ------
    InputError
        If a layer lacks a column, the standard cannot be sited by, or no choice fulfils the terms.
    """
    service = loaded.study.spec.services[spec.service]
    standard = loaded.catalogue.standard(service.standard)
    _check_standard(standard)
    with named(_parts(loaded, service, spec)):
        supply = select_supply([loaded.layers[name].table for name in service.facilities], standard)
        demand, counted = demand_of(loaded, service)
        table = weighed(standard, demand, loaded.study.base)
        allowed, excluded = parted(candidates_of(loaded, spec, table), loaded, spec)
        sites = with_candidates(supply, allowed, standard)
        terms = _terms(spec, sites, table, loaded.study.base)
        reached = _reach(loaded, spec, table, sites, network)
    people = table[standard.denominators[0]].to_numpy(float)
    found = _choose(spec, reached.reach, people, terms, reached.cutoff)
    near = reached.reach.within(reached.cutoff * INCLUSIVE)
    steps = scale_up(near, people, Terms(existing=terms.existing),
                     steps=max(_STEPS, 2 * len(found.order)))  # fmt: skip
    notices = (
        *counted,
        *reached.notices,
        *_notices(table, standard.denominators[0], reached, found, excluded),
    )
    files = ("sites.csv", "curve.csv", "excluded.csv", "result.gpkg")
    links = (FRONT, *(Link(_FILES[file], f"data/{siting_id}/{file}") for file in files))
    return SitingResult(
        siting_id, spec, service, standard, network[0].mode if network else None, table, people,
        reached.sites, excluded, near, found, steps, notices, links,
    )  # fmt: skip


def write_siting(loaded: Loaded, result: SitingResult, folder: Path, *, assets: str) -> Link:
    """Write map, page of the order, tables and layers; return the way to the map."""
    write_result(
        folder / "data" / result.id,
        {
            "sites": result.order_table(),
            "curve": result.curve_table(),
            "excluded": pd.DataFrame(result.excluded.drop(columns="geometry")),
        },
        {
            "sites": result.site_layer(),
            "demand": result.demand_layer(),
            "excluded": result.excluded,
        },
    )
    order = f"{result.id}-order.html"
    page = siting_page(loaded.study, result, loaded.layers, loaded.catalogue)
    to_order = Link(Text(zh="选址次序与曲线", en="The order and the curve"), order)
    front = tuple(link for link in page.links if link == FRONT)
    page = replace(page, links=(*front, to_order, *page.links[len(front) :]))
    write_page(page, folder / f"{result.id}.html", assets=assets)
    sheet = order_page(loaded.study, result, loaded.layers)
    back = Link(Text(zh="选址地图", en="Map of the sites"), f"{result.id}.html")
    sheet = replace(sheet, links=(*front, back, *sheet.links[len(front) :]))
    write_page(sheet, folder / order, assets=assets)
    return Link(result.title, f"{result.id}.html", page.figures[0])


def siting_record(result: SitingResult) -> dict[str, Any]:
    """Tell what was chosen and how good it is, as plain values, for ``run.json``."""
    found = result.found
    return {
        "siting": result.spec.model_dump(mode="json"),
        "candidates": int((~result.sites["existing"]).sum()),
        "excluded": len(result.excluded),
        "sites": result.sites["id"].iloc[result.opened].tolist(),
        "objective": found.objective,
        "bound": found.bound if np.isfinite(found.bound) else None,
        "before": result.before,
        "after": result.after,
        "total": float(result.people.sum()),
        "notices": notice_records(result.notices),
    }


def _parts(loaded: Loaded, service: ServiceSpec, spec: SitingSpec) -> Mapping[str, list[Layer]]:
    return {
        "facilities": [loaded.layers[name] for name in service.facilities],
        "demand": [loaded.layers[service.demand]],
        "gates": [loaded.layers[service.gates]] if service.gates else [],
        "candidates": [loaded.layers[spec.candidates]] if spec.candidates else [],
    }


def _check_standard(standard: Standard) -> None:
    problem = None
    if standard.method == "surface":
        problem = "goes over open ground"
    elif standard.each_kind:
        problem = "asks for several kinds of facility at once"
    elif standard.land is not None:
        problem = "counts land"
    if problem is not None:
        raise StudyError(
            f'the standard "{standard.id}" {problem}, for which no sites can be chosen',
            remedy="Site a service that counts people or units by network or straight line.",
        )


def _terms(
    spec: SitingSpec, sites: gpd.GeoDataFrame, demand: gpd.GeoDataFrame, base: Level
) -> Terms:
    existing = sites["existing"].to_numpy(bool)
    floor = None
    if spec.floor is not None:
        place = {one: number for number, one in enumerate(base.zones["id"])}
        zone = demand["zone_id"].map(place).fillna(-1).to_numpy(np.int32)
        floor = Floor(zone, spec.floor, tuple(base.zones["name"]))
    return Terms(
        sites=spec.sites,
        existing=existing,
        moves=spec.move,
        price=_column(sites, spec.price, ~existing) if spec.price else None,
        budget=spec.budget,
        capacity=_column(sites, spec.capacity, existing | ~existing) if spec.capacity else None,
        floor=floor,
        backup=spec.backup,
    )


def _column(sites: gpd.GeoDataFrame, name: str, asked: NDArray[np.bool_]) -> Floats:
    """Return numbers of a column, 1 where they are not asked for."""
    if name not in sites:
        raise TableError(
            f'has no column "{name}"', layer="candidates", remedy="Correct the column's name."
        )
    numbers, _ = to_numbers(sites[name])
    lacking = asked & np.isnan(numbers)
    if lacking.any():
        raise TableError(
            f'has no number in the column "{name}"',
            layer="facilities" if sites["existing"].to_numpy(bool)[lacking][0] else "candidates",
            row=sites["id"][lacking].iloc[0],
            remedy="Fill it in.",
        )
    return np.where(asked, numbers, 1.0)


def _reach(
    loaded: Loaded,
    spec: SitingSpec,
    demand: gpd.GeoDataFrame,
    sites: gpd.GeoDataFrame,
    network: BuiltNetwork | None,
) -> SiteReach:
    """Find who is in reach of every site, as far as the objective looks."""
    service = loaded.study.spec.services[spec.service]
    standard = loaded.catalogue.standard(service.standard)
    times = spec.limit if spec.objective in ("mean", "worst") else 1.0
    xy = coordinates(demand)
    if network is None:
        return reach_in_a_straight_line(standard, sites, xy, times=times)
    gates = loaded.layers[service.gates].table if service.gates else None
    return reach_by_network(standard, sites, xy, network, gates=gates, times=times)


def _choose(
    spec: SitingSpec, reach: Reach, people: Floats, terms: Terms, cutoff: float
) -> Allocation:
    if spec.objective == "cover":
        return most_covered(reach, people, terms, seconds=spec.seconds)
    if spec.objective == "all":
        return fewest_sites(reach, people, terms, share=spec.share, seconds=spec.seconds)
    if spec.objective == "mean":
        beyond = cutoff * spec.limit * INCLUSIVE
        return least_travel(reach, people, terms, beyond=beyond, seconds=spec.seconds)
    return least_farthest(reach, people, terms, seconds=spec.seconds)


def _notices(
    demand: gpd.GeoDataFrame,
    counted: str,
    reached: SiteReach,
    found: Allocation,
    excluded: gpd.GeoDataFrame,
) -> tuple[Notice, ...]:
    people, unit = demand[counted].to_numpy(float), UNITS[counted]
    lost = amount(float(people[found.unreachable].sum()), unit)
    beyond = Text(
        zh=f"{len(found.unreachable)}处需求点（{lost.zh}）任何候选点都无法服务，计为未覆盖。",
        en=f"{len(found.unreachable)} places ({lost.en}) are out of reach of every candidate; "
        "they count as uncovered.",
    )
    out = Text(
        zh=f"{len(excluded)}个候选点位于不得选址的范围内，已排除。",
        en=f"{len(excluded)} candidates lie where no site may be and are left out.",
    )
    idle = reached.sites.loc[np.diff(reached.reach.site_ptr) == 0, "id"]
    nobody = Text(
        zh=f"{len(idle)}个候选点或设施在上限内服务不到任何人。",
        en=f"{len(idle)} candidates or facilities serve nobody within the cutoff.",
    )
    unproven = Text(
        zh=f"未证明为最优：至多还能改善 {found.gap:.2%}。",
        en=f"Not proven to be the best: a choice could be better by {found.gap:.2%} at most.",
    )
    return (
        *notice("beyond-every-candidate", row_names(demand.iloc[found.unreachable]), beyond,
                severity="warning"),
        *notice("candidates-excluded", excluded["id"], out),
        *notice("candidates-idle", idle, nobody),
        *notice("not-proven", [] if found.proven else [f"{found.gap:.2%}"], unproven,
                severity="warning"),
    )  # fmt: skip
