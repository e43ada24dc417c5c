"""Judge the life circles of a study, and write their pages and tables."""

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd

from urbangis.measures.life_circle import life_circle
from urbangis.notices import Text
from urbangis.pipeline.load import Loaded
from urbangis.pipeline.outputs import CSV_COLUMNS, all_zones, write_result
from urbangis.pipeline.points import as_points
from urbangis.pipeline.services import BuiltNetwork, demand_of, named
from urbangis.publish.model import Link
from urbangis.publish.pages.circle import CircleResult, circle_page
from urbangis.publish.pages.index import FRONT
from urbangis.publish.web.page import write_page

_DOWNLOADS = (
    (Text(zh="分区表（CSV）", en="Zones (CSV)"), "zones.csv"),
    (Text(zh="分区分项表（CSV）", en="Zones by service (CSV)"), "zones_by_service.csv"),
    (Text(zh="结果图层（GeoPackage）", en="Layers (GeoPackage)"), "result.gpkg"),
)

_COLUMNS = [name for name in CSV_COLUMNS if name not in ("denominator", "target", "met")]


def compute_circle(loaded: Loaded, circle_id: str, built: BuiltNetwork | None) -> CircleResult:
    """Judge one life circle.

    Parameters
    ----------
    loaded
        The study.
    circle_id
        The circle's name in the study file.
    built
        Network of the circle's streets and mode, with its notices; None if it names no streets.

    Raises
    ------
    InputError
        If a layer does not hold what the circle needs.
    """
    spec = loaded.study.spec.circles[circle_id]
    circle = loaded.catalogue.circle(spec.circle)
    layers = {
        "facilities": [loaded.layers[name] for name in spec.facilities],
        "demand": [loaded.layers[spec.demand]],
        "gates": [loaded.layers[spec.gates]] if spec.gates else [],
    }
    with named(layers):
        demand, counted = demand_of(loaded, spec)
        tables = [layer.table for layer in layers["facilities"]]
        network, told = built or (None, ())
        found = life_circle(
            circle,
            network,
            demand=as_points(demand, loaded.study.crs),
            supply=gpd.GeoDataFrame(pd.concat(tables, ignore_index=True), crs=tables[0].crs),
            levels=loaded.study.levels,
            gates=loaded.layers[spec.gates].table if spec.gates else None,
        )
    found = replace(found, notices=(*counted, *told, *found.notices))
    links = (FRONT, *(Link(name, f"data/{circle_id}/{file}") for name, file in _DOWNLOADS))
    return CircleResult(circle_id, spec, found, links)


def write_circle(loaded: Loaded, result: CircleResult, folder: Path, *, assets: str) -> Link:
    """Write the page of a life circle, its tables and its layers; return the way to the page."""
    found = result.found
    zones = found.zones[[*_COLUMNS, "services", "most_missing"]]
    by_service = found.by_service[["service", *_COLUMNS]]
    cost = found.cost.add_prefix("cost_")
    within = found.within.astype(int).add_prefix("within_")
    layers = {
        "zones": all_zones(loaded.study).merge(
            zones.drop(columns="zone_name"), on=["zone_id", "level"]
        ),
        "facilities": found.supply,
        "homes": gpd.GeoDataFrame(pd.concat([found.demand, cost, within], axis=1)),
    }
    tables = {"zones": zones, "services": found.services, "zones_by_service": by_service}
    write_result(folder / "data" / result.id, tables, layers)
    page = circle_page(loaded.study, result, loaded.layers, loaded.catalogue)
    write_page(page, folder / f"{result.id}.html", assets=assets)
    return Link(result.title, f"{result.id}.html", page.figures[0])
