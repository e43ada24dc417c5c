"""Compute accessibility under capacity, and write its pages, tables and layers."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from urbangis.decay import INCLUSIVE
from urbangis.errors import TableError
from urbangis.measures.access_summary import Ask, accessibility
from urbangis.measures.coverage import moved_notices, outside_notices, unsnapped_notices
from urbangis.measures.zoning import zones_of_places
from urbangis.network.entrances import facility_entrances
from urbangis.network.snap import snap_xy
from urbangis.notices import Text
from urbangis.pipeline.load import Loaded
from urbangis.pipeline.outputs import all_zones, write_result
from urbangis.pipeline.points import as_points
from urbangis.pipeline.services import BuiltNetwork, demand_of, named, sorted_once
from urbangis.publish.model import Link
from urbangis.publish.pages.access import AccessResult, access_page
from urbangis.publish.pages.access_sheet import equity_page
from urbangis.publish.pages.index import FRONT
from urbangis.publish.web.page import write_page
from urbangis.study import AccessSpec, Level
from urbangis.tables import coordinates, to_numbers
from urbangis.travel.pairs import travel_pairs
from urbangis.units import minutes

_EQUITY = "equity.html"
_DOWNLOADS = (
    (Text(zh="指标与公平性", en="Measures and equity"), _EQUITY),
    (Text(zh="分区表（CSV）", en="Zones (CSV)"), "zones.csv"),
    (Text(zh="设施表（CSV）", en="Facilities (CSV)"), "facilities.csv"),
    (Text(zh="结果图层（GeoPackage）", en="Layers (GeoPackage)"), "result.gpkg"),
)


def compute_access(loaded: Loaded, access_id: str, built: BuiltNetwork) -> AccessResult:
    """Compute how much of a capacity each home can reach.

    Parameters
    ----------
    loaded
        The study.
    access_id
        Its name in the study file.
    built
        Network of its streets and mode, with its notices.

    Raises
    ------
    InputError
        If a column is absent, or a number missing where somebody asks or something is given.
    """
    spec = loaded.study.spec.access[access_id]
    layers = {
        "facilities": [loaded.layers[name] for name in spec.facilities],
        "demand": [loaded.layers[spec.demand]],
        "gates": [loaded.layers[spec.gates]] if spec.gates else [],
    }
    network, told = built
    with named(layers):
        demand, counted = demand_of(loaded, spec)
        homes = _homes(as_points(demand, loaded.study.crs), spec, loaded.study.base)
        facilities = _facilities([layer.table for layer in layers["facilities"]], spec)
        gates = None
        if spec.gates is not None:
            table = loaded.layers[spec.gates].table
            gates = table[table["facility_id"].isin(facilities["id"])]
        entrances, entered = facility_entrances(network, facilities, gates)
        snaps = snap_xy(network, *coordinates(homes).T.copy())
        homes["snapped"] = snaps.snapped
        cutoff_s = minutes(spec.cutoff_min)
        found = accessibility(
            homes,
            facilities,
            list(travel_pairs(network, snaps, entrances, limit_s=cutoff_s * INCLUSIVE)),
            Ask(
                cutoff_s,
                spec.capacity.serves,
                tuple(spec.groups),
                spec.rank_by.column if spec.rank_by else None,
            ),
            loaded.study.levels,
        )
    notices = (
        *counted,
        *told,
        *entered,
        *unsnapped_notices(homes, network.mode),
        *moved_notices(homes[snaps.moved]),
        *outside_notices(homes),
    )
    folder = f"data/{access_id}"
    links = (FRONT, *(Link(name, f"{folder}/{file}") for name, file in _DOWNLOADS))
    return AccessResult(access_id, spec, network.mode, found, notices, links)


def write_access(loaded: Loaded, result: AccessResult, folder: Path, *, assets: str) -> Link:
    """Write both pages of an accessibility, its tables and its layers; return the way to it."""
    found, place = result.found, folder / "data" / result.id
    facilities = pd.DataFrame(found.facilities.drop(columns="geometry"))
    zones = all_zones(loaded.study).merge(
        found.zones.drop(columns="zone_name"), on=["zone_id", "level"]
    )
    write_result(
        place,
        {
            "zones": found.zones,
            "facilities": facilities,
            "equity": found.equity,
            "groups": found.groups,
        },
        {"zones": zones, "facilities": found.facilities, "homes": found.homes},
    )
    study, layers = loaded.study, loaded.layers
    page = access_page(study, result, layers, loaded.catalogue)
    write_page(page, folder / f"{result.id}.html", assets=assets)
    write_page(equity_page(study, result, layers), place / _EQUITY, assets=f"../../{assets}")
    return Link(result.title, f"{result.id}.html", page.figures[0])


def _homes(demand: gpd.GeoDataFrame, spec: AccessSpec, base: Level) -> gpd.GeoDataFrame:
    """Return the homes with the people who ask, numbers in every column named, and their zone."""
    table = demand.sort_values("id", kind="stable", ignore_index=True)
    named_columns = [spec.people, *spec.groups, *([spec.rank_by.column] if spec.rank_by else [])]
    for name in named_columns:
        table[name] = _numbers(table, name, "demand")
    if "zone_id" in table:
        known = table["zone_id"].isin(base.zones["id"])
        table["zone_id"] = table["zone_id"].astype(object).where(known, None)
    else:
        table["zone_id"] = zones_of_places(coordinates(table), base)
    return table.assign(people=table[spec.people])


def _facilities(tables: list[gpd.GeoDataFrame], spec: AccessSpec) -> gpd.GeoDataFrame:
    supply = gpd.GeoDataFrame(pd.concat(tables, ignore_index=True), crs=tables[0].crs)
    if spec.kinds:
        kinds = sorted(supply["kind"].unique())
        supply = supply[supply["kind"].isin(spec.kinds)]
        if supply.empty:
            raise TableError(
                f"holds no facility of the kinds {', '.join(spec.kinds)}; found: "
                f"{', '.join(kinds)}",
                layer="facilities",
                remedy="Correct kinds in the study file, or leave it out.",
            )
    supply = sorted_once(supply)
    return supply.assign(capacity=_numbers(supply, spec.capacity.column, "facilities"))


def _numbers(table: gpd.GeoDataFrame, name: str, layer: str) -> pd.Series:
    """Return a column of numbers; every row must have one, and none be negative."""
    if name not in table:
        raise TableError(
            f'has no column "{name}" (columns: {", ".join(map(str, table.columns))})',
            layer=layer,
            remedy="Correct its name in the study file.",
        )
    numbers, unreadable = to_numbers(table[name])
    wrong = unreadable | np.isnan(numbers) | (numbers < 0)
    if wrong.any():
        raise TableError(
            f'holds no number of 0 or more in the column "{name}" in {wrong.sum()} of '
            f"{wrong.size} rows, this one first",
            layer=layer,
            row=table.loc[wrong, "id"].iloc[0],
            remedy="Fill it in; a gap is not 0.",
        )
    return pd.Series(numbers, table.index)
