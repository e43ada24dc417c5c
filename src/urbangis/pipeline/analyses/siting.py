"""Site a service: gather candidates, leave out what may not be, choose, write page and tables."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from urbangis.catalog import Standard
from urbangis.decay import INCLUSIVE
from urbangis.errors import StudyError, TableError
from urbangis.measures.coverage import radii, weighed
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
from urbangis.measures.siting.reach import Reach, reach_of
from urbangis.network.entrances import facility_entrances
from urbangis.network.snap import snap_xy
from urbangis.notices import Notice, Text, notice
from urbangis.pipeline.load import Loaded, Tell, load_study
from urbangis.pipeline.outputs import write_json, write_result
from urbangis.pipeline.record import RECORD, dependencies
from urbangis.pipeline.services import (
    BuiltNetwork,
    build_networks,
    demand_of,
    named,
    select_supply,
)
from urbangis.pipeline.summary import notice_records
from urbangis.publish.basemap import write_tiles
from urbangis.publish.model import Link
from urbangis.publish.pages.index import FRONT
from urbangis.publish.pages.siting import siting_page
from urbangis.publish.pages.siting_order import order_page
from urbangis.publish.pages.siting_result import SitingResult
from urbangis.publish.web.page import write_assets, write_page
from urbangis.publish.wording import UNITS, amount
from urbangis.study import FILE_NAME, Layer, Level, ServiceSpec, SitingSpec
from urbangis.tables import coordinates, row_names, to_numbers
from urbangis.travel.pairs import TravelPairs, travel_pairs

_STEPS = 10
_BLOCK = 256


def site(
    study: Path, spec: SitingSpec, *, output: Path, tell: Tell = lambda _: None
) -> SitingResult:
    """Site a service of a study, and write tables, layers and pages into a folder.

    Parameters
    ----------
    study
        The study's folder or file.
    spec
        What to site, and how.
    output
        Folder for ``sites.csv``, ``result.gpkg``, ``siting.html`` and what they need.
    tell
        Called with a line of progress before each step.

    Raises
    ------
    InputError
        If there is no such service or layer, or no choice fulfils the terms.
    """
    depends_on = dependencies(study)
    loaded = load_study(study, tell=tell)
    services = loaded.study.spec.services
    if spec.service not in services:
        raise StudyError(
            f'there is no service "{spec.service}"',
            file=loaded.study.root / FILE_NAME,
            remedy=f"There are: {', '.join(services)}.",
        )
    for name in (*spec.layers_used, *spec.context):
        if name not in loaded.layers:
            raise StudyError(
                f'there is no layer "{name}"',
                file=loaded.study.root / FILE_NAME,
                remedy=f"There are: {', '.join(loaded.layers)}.",
            )
    service = services[spec.service]
    standard = loaded.catalogue.standard(service.standard)
    networks = build_networks(loaded, {spec.service: service})
    network = networks.get((str(service.streets), str(standard.mode)))
    tell("choosing sites")
    result = compute_siting(loaded, "siting", spec, network)
    tell(f"writing {output}")
    write_assets(output / "assets")
    write_tiles(loaded.study, output / "assets")
    write_siting(loaded, replace(result, links=result.links[1:]), output, assets="assets")
    write_json(
        siting_record(result) | {"crs": loaded.study.crs.to_string(), "depends_on": depends_on},
        output / RECORD,
    )
    return result


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
        possible = _candidates(loaded, spec, table)
        allowed, excluded = _parted(possible, loaded, spec)
        sites = _together(supply, allowed, standard)
        terms = _terms(spec, sites, table, loaded.study.base)
        cutoff, reach, sites, told = _reach(
            loaded, service, standard, (spec, table, sites), network
        )
    people = table[standard.denominators[0]].to_numpy(float)
    found = _choose(spec, reach, people, terms, cutoff)
    near = reach.within(cutoff * INCLUSIVE)
    steps = scale_up(near, people, Terms(existing=terms.existing),
                     steps=max(_STEPS, 2 * len(found.order)))  # fmt: skip
    notices = (
        *counted,
        *told,
        *_notices(table, standard.denominators[0], sites, reach, found, excluded),
    )
    files = ("sites.csv", "curve.csv", "excluded.csv", "result.gpkg")
    links = (FRONT, *(Link(_FILES[file], f"data/{siting_id}/{file}") for file in files))
    return SitingResult(
        siting_id, spec, service, standard, network[0].mode if network else None, table, people,
        sites, excluded, near, found, steps, notices, links,
    )  # fmt: skip


_FILES = {
    "sites.csv": Text(zh="选址次序表（CSV）", en="Sites in order (CSV)"),
    "curve.csv": Text(zh="逐处增加曲线（CSV）", en="Site by site (CSV)"),
    "excluded.csv": Text(zh="排除的候选点（CSV）", en="Candidates left out (CSV)"),
    "result.gpkg": Text(zh="结果图层（GeoPackage）", en="Layers (GeoPackage)"),
}


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


def _candidates(loaded: Loaded, spec: SitingSpec, demand: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the possible sites: a layer's rows, or one home in each square of a grid."""
    if spec.candidates is not None:
        table = loaded.layers[spec.candidates].table
        return table.sort_values("id", ignore_index=True)
    xy = coordinates(demand)
    known = np.flatnonzero(np.isfinite(xy).all(axis=1))
    square = np.floor(xy[known] / spec.spacing_m)
    off = np.hypot(*(xy[known] / spec.spacing_m - square - 0.5).T)
    order = np.lexsort((known, off, square[:, 1], square[:, 0]))
    new = np.concatenate([[True], (np.diff(square[order], axis=0) != 0).any(axis=1)])
    rows = np.sort(known[order[new]])
    chosen = demand.iloc[rows]
    zones = loaded.study.base.zones.set_index("id")
    names = {
        column: chosen["zone_id"].map(zones[column]).fillna("").to_numpy()
        for column in ("name", "name_en")
    }
    return gpd.GeoDataFrame(
        {"id": [f"at-{one}" for one in row_names(chosen)], **names},
        geometry=shapely.points(xy[rows]),
        crs=loaded.study.crs,
    )


def _parted(
    possible: gpd.GeoDataFrame, loaded: Loaded, spec: SitingSpec
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Part the candidates from those that lie where they may not, with the reason of each."""
    shapes = possible.geometry.to_numpy()
    reasons: list[pd.DataFrame] = []
    for name in spec.exclude:
        areas = loaded.layers[name].table
        row, area = shapely.STRtree(areas.geometry.to_numpy()).query(shapes, "intersects")
        first = pd.DataFrame({"row": row, "area": area}).sort_values(["row", "area"])
        first = first.drop_duplicates("row")
        reasons.append(
            pd.DataFrame(
                {
                    "row": first["row"],
                    "layer": name,
                    "area_id": areas["id"].to_numpy()[first["area"]],
                    "area_name": areas["name"].to_numpy()[first["area"]],
                    "reason": "inside",
                }
            )
        )
    for name in spec.within:
        room = shapely.union_all(loaded.layers[name].table.geometry.to_numpy())
        shapely.prepare(room)
        out = np.flatnonzero(~shapely.covers(room, shapes))
        reasons.append(
            pd.DataFrame(
                {"row": out, "layer": name, "area_id": "", "area_name": "", "reason": "outside"}
            )
        )
    if not reasons:
        none = possible.iloc[:0].assign(layer="", area_id="", area_name="", reason="")
        return possible, none[_EXCLUDED]
    every = pd.concat(reasons).drop_duplicates("row").sort_values("row")
    rows = every["row"].to_numpy()
    excluded = possible.iloc[rows].reset_index(drop=True)
    for column in ("layer", "area_id", "area_name", "reason"):
        excluded[column] = every[column].to_numpy()
    kept = np.setdiff1d(np.arange(len(possible)), rows)
    if not kept.size:
        raise TableError(
            f"holds {len(possible)} candidates, and every one lies where it may not",
            layer="candidates",
            remedy="Name other candidates, or exclude less.",
        )
    return possible.iloc[kept].reset_index(drop=True), excluded[_EXCLUDED]


_EXCLUDED = ["id", "name", "layer", "area_id", "area_name", "reason", "geometry"]


def _together(
    supply: gpd.GeoDataFrame, allowed: gpd.GeoDataFrame, standard: Standard
) -> gpd.GeoDataFrame:
    """Put today's facilities above the candidates; ``existing`` tells them apart."""
    new = allowed.assign(existing=False)
    if "kind" not in new:
        new["kind"] = standard.facilities[0]
    sites = pd.concat([supply.assign(existing=True), new], ignore_index=True)
    twice = sites.loc[sites["id"].duplicated(), "id"]
    if len(twice):
        raise TableError(
            "is both a facility and a candidate, or two candidates",
            layer="candidates",
            row=twice.iloc[0],
            remedy="Give every candidate an id of its own, which no facility has.",
        )
    for column in ("name", "name_en"):
        sites[column] = sites[column].fillna("") if column in sites else ""
    return gpd.GeoDataFrame(sites, geometry="geometry", crs=supply.crs)


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
    service: ServiceSpec,
    standard: Standard,
    tables: tuple[SitingSpec, gpd.GeoDataFrame, gpd.GeoDataFrame],
    network: BuiltNetwork | None,
) -> tuple[float, Reach, gpd.GeoDataFrame, tuple[Notice, ...]]:
    """Return cutoff, pairs, the sites that count, and notices."""
    spec, demand, sites = tables
    limit = spec.limit if spec.objective in ("mean", "worst") else 1.0
    xy = coordinates(demand)
    if network is not None:
        graph, built = network
        gates = loaded.layers[service.gates].table if service.gates else None
        entrances, told = facility_entrances(graph, sites, gates)
        cutoff = float(standard.cutoff_s or 0)
        pairs: Iterable[TravelPairs] = travel_pairs(
            graph, snap_xy(graph, *xy.T), entrances, limit_s=cutoff * limit * INCLUSIVE,
            direction=standard.direction,
        )  # fmt: skip
        reach = reach_of(pairs, places=len(xy), candidates=len(sites), cutoff=cutoff * limit)
        return cutoff, reach, sites, (*built, *told)
    kept, radius_m, told = radii(standard, sites)
    if len(kept) < len(sites):
        raise TableError(
            "is of a size that the standard does not count",
            layer="candidates",
            row=sites.loc[~sites["id"].isin(kept["id"]), "id"].iloc[0],
            remedy="Leave it out of the layer.",
        )
    speed = standard.straight_speed_ms
    cutoff = float(standard.cutoff_s or 0) if speed else float(radius_m.max())
    pairs = _straight_pairs(xy, kept, radius_m * limit, speed or 1.0)
    reach = reach_of(pairs, places=len(xy), candidates=len(kept), cutoff=cutoff * limit)
    return cutoff, reach, kept, told


def _straight_pairs(
    xy: Floats, sites: gpd.GeoDataFrame, radius_m: Floats, speed_ms: float
) -> Iterable[TravelPairs]:
    """Yield pairs within the radius of each site, in a straight line, block by block."""
    known = np.flatnonzero(np.isfinite(xy).all(axis=1))
    points = shapely.points(xy[known])
    tree = shapely.STRtree(points)
    shapes = sites.geometry.to_numpy()
    for first in range(0, len(shapes), _BLOCK):
        block = slice(first, first + _BLOCK)
        site_row, place = tree.query(
            shapes[block], predicate="dwithin", distance=radius_m[block] * INCLUSIVE
        )
        metres = shapely.distance(shapes[block][site_row], points[place])
        order = np.lexsort((place, site_row))
        yield TravelPairs(
            (site_row + first)[order].astype(np.int32),
            known[place][order].astype(np.int32),
            metres[order] / speed_ms,
        )


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
    sites: gpd.GeoDataFrame,
    reach: Reach,
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
    idle = sites.loc[np.diff(reach.site_ptr) == 0, "id"]
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
