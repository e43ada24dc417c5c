"""Hold a study's plans against its restrictive layers, and write page, tables and layers."""

from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from urbangis.measures.redlines import check_conflicts, outside_boundary
from urbangis.notices import Text
from urbangis.pipeline.load import Loaded
from urbangis.pipeline.outputs import write_result
from urbangis.pipeline.services import named
from urbangis.publish.model import Link
from urbangis.publish.pages.conflict import conflict_page
from urbangis.publish.pages.conflict_result import ConflictResult
from urbangis.publish.pages.index import FRONT
from urbangis.publish.web.page import write_page
from urbangis.study import Layer

_DOWNLOADS = (
    (Text(zh="冲突清单（CSV）", en="Conflicts (CSV)"), "conflicts.csv"),
    (Text(zh="全部方案（CSV）", en="All plans (CSV)"), "plans.csv"),
    (Text(zh="结果图层（GeoPackage）", en="Layers (GeoPackage)"), "result.gpkg"),
)
_NAMED = ["id", "name", "name_en", "layer", "geometry"]


def compute_conflicts(loaded: Loaded, conflict_id: str) -> ConflictResult:
    """Hold plans against restrictive areas.

    Parameters
    ----------
    loaded
        The study.
    conflict_id
        The check's name in the study file.

    Raises
    ------
    InputError
        If a layer lacks a column, or no rule of the catalogue fits an area.
    """
    spec = loaded.study.spec.conflicts[conflict_id]
    return check_plans(loaded, conflict_id, [loaded.layers[name] for name in spec.plans])


def check_plans(loaded: Loaded, conflict_id: str, drawn: list[Layer]) -> ConflictResult:
    """Hold other plans than its own against the restrictive areas of a check.

    Parameters
    ----------
    drawn
        Layers of plans with ``id, name``, all ids different.
    """
    spec = loaded.study.spec.conflicts[conflict_id]
    layers = {"plans": drawn, "red lines": [loaded.layers[name] for name in spec.against]}
    with named(layers):
        plans = _together(layers["plans"])
        areas = _together([_with_nature(layer) for layer in layers["red lines"]])
        found = check_conflicts(
            plans,
            areas,
            rules=loaded.catalogue.rules,
            sliver_m2=spec.sliver_m2,
            sliver_width_m=spec.sliver_width_m,
        )
    inside = None
    sites = plans[shapely.get_dimensions(plans.geometry.to_numpy()) == 2]
    if spec.boundary is not None and len(sites):
        inside = outside_boundary(sites, loaded.layers[spec.boundary].table)
    links = (FRONT, *(Link(name, f"data/{conflict_id}/{file}") for name, file in _DOWNLOADS))
    return ConflictResult(conflict_id, spec, plans, areas, found, inside, links)


def write_conflicts(loaded: Loaded, result: ConflictResult, folder: Path, *, assets: str) -> Link:
    """Write the page of a check, its tables and its layers; return the way to the page."""
    found = result.found
    pairs = result.found.pairs
    requirement = pairs["requirement"]
    pairs = pairs.assign(
        requirement=requirement.map(lambda text: text.zh),
        requirement_en=requirement.map(lambda text: text.en),
    )
    pairs.insert(1, "plan_name", pairs["plan_id"].map(result.plans.set_index("id")["name"]))
    tables = {
        "conflicts": pairs,
        "plans": pd.DataFrame(found.plans.drop(columns="geometry")).assign(
            in_doubt=result.in_doubt
        ),
        "parts": found.parts,
    }
    if result.inside is not None:
        tables["inside_boundary"] = result.inside
    write_result(
        folder / "data" / result.id,
        tables,
        {"plans": found.plans, "areas": result.areas[_NAMED], "overlaps": _overlaps(result)},
    )
    page = conflict_page(loaded.study, result, loaded.layers, loaded.catalogue)
    write_page(page, folder / f"{result.id}.html", assets=assets)
    return Link(result.title, f"{result.id}.html", page.figures[0])


def _together(layers: list[Layer]) -> gpd.GeoDataFrame:
    """Put layers under one another, with names in both languages and where rows come from."""
    tables = []
    for layer in layers:
        table = layer.table.assign(layer=layer.id)
        table["name_en"] = table["name_en"].fillna("") if "name_en" in table else ""
        tables.append(table)
    return gpd.GeoDataFrame(pd.concat(tables, ignore_index=True), crs=tables[0].crs)


def _with_nature(layer: Layer) -> Layer:
    """Give rows that do not say how true they are the nature of their layer."""
    table = layer.table
    said = table["nature"] if "nature" in table else pd.Series("", table.index)
    nature = said.where(said.fillna("") != "", layer.spec.nature)
    return Layer(layer.id, layer.spec, table.assign(nature=nature), layer.notices)


def _overlaps(result: ConflictResult) -> gpd.GeoDataFrame:
    """Return what plans and areas share, a row for each pair that is in conflict."""
    pairs = result.conflicts
    plans = result.plans.set_index("id").geometry.loc[pairs["plan_id"]].to_numpy()
    areas = result.areas.set_index("id").geometry.loc[pairs["redline_id"]].to_numpy()
    columns = ["plan_id", "redline_id", "redline_name", "verdict", "indicative", "rule_id"]
    return gpd.GeoDataFrame(
        pairs[columns].reset_index(drop=True),
        geometry=shapely.intersection(plans, areas),
        crs=result.plans.crs,
    )
