"""A service circle before and after: computed, and written."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from urbangis.measures.change import GROUPS, Change, change_between, state_of
from urbangis.measures.coverage import Coverage
from urbangis.notices import Text
from urbangis.pipeline.analyses.states import State
from urbangis.pipeline.built import built_layers
from urbangis.pipeline.load import Loaded
from urbangis.pipeline.outputs import all_zones, write_result
from urbangis.pipeline.services import named
from urbangis.publish.model import Link
from urbangis.publish.pages.change import change_page
from urbangis.publish.pages.change_result import Between, ChangeResult
from urbangis.publish.web.page import write_page
from urbangis.study import Layer, ServiceSpec
from urbangis.tables import is_cells

_DOWNLOADS = (
    (Text(zh="前后对照表（CSV）", en="Before and after (CSV)"), "change.csv"),
    (Text(zh="结果图层（GeoPackage）", en="Layers (GeoPackage)"), "result.gpkg"),
)


def compute_service_change(
    first: State, second: State, name: str, edited: Collection[str], between: Between
) -> ChangeResult:
    """Hold a service circle under one scenario against the same under another.

    Parameters
    ----------
    first, second
        The study before and after.
    name
        The service's name in the study file.
    edited
        Layers that the scenarios edit.
    between
        What is said of both states.
    """
    loaded = second.loaded
    spec, levels = loaded.study.spec.services[name], loaded.study.levels
    was, now = first.coverage(name), second.coverage(name)
    built = built_layers(first.loaded, loaded, set(edited) - {spec.demand})
    return ChangeResult(
        name,
        spec,
        replace(between, built=built),
        was,
        now,
        change_between(state_of(was), state_of(now), levels),
        groups=_by_group(loaded, spec, was, now),
    )


def _by_group(loaded: Loaded, spec: ServiceSpec, was: Coverage, now: Coverage) -> dict[str, Change]:
    """Return the change for each group of people that the service names."""
    with named({"demand": [loaded.layers[spec.demand]]}):
        return {
            group: change_between(state_of(was, group), state_of(now, group), loaded.study.levels)
            for group in spec.groups
        }


def write_service_change(
    loaded: Loaded,
    result: ChangeResult,
    layers: Mapping[str, Layer],
    folder: Path,
    *,
    assets: str,
    back: tuple[Link, ...],
) -> Link:
    """Write the page of a service before and after, and its tables; return the way to it.

    Parameters
    ----------
    loaded
        The study as it is.
    layers
        Its layers as they are after.
    folder, assets
        Where the page goes, and the way from it to the scripts.
    back
        Ways to other pages, and downloads of the whole comparison.
    """
    data = f"data/{result.id}"
    _write_data(loaded, result, folder / data)
    links = (*back, *(Link(name, f"{data}/{file}") for name, file in _DOWNLOADS))
    page = change_page(loaded.study, replace(result, links=links), layers, loaded.catalogue)
    write_page(page, folder / f"{result.id}.html", assets=assets)
    return Link(result.title, f"{result.id}.html", page.figures[0])


def _write_data(loaded: Loaded, result: ChangeResult, folder: Path) -> None:
    zones, places = result.change.zones, result.change.places
    layers = {
        "zones": all_zones(loaded.study).merge(
            zones.drop(columns="zone_name"), on=["zone_id", "level"]
        ),
        "facilities_before": result.before.supply,
        "facilities_after": result.after.supply,
    }
    if not is_cells(result.after.demand):
        layers["homes"] = _homes(result, places)
    by_group = {f"change_{group}": change.zones for group, change in result.groups.items()}
    write_result(folder, {"change": zones, **by_group}, layers)


def _homes(result: ChangeResult, places: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return each home with what the change is for it."""
    there = places["after_row"] >= 0
    shapes = np.full(len(places), None, object)
    shapes[there] = result.after.demand.geometry.to_numpy()[places.loc[there, "after_row"]]
    shapes[~there] = result.before.demand.geometry.to_numpy()[places.loc[~there, "before_row"]]
    named = places.assign(group=places["group"].map(dict(enumerate(GROUPS))))
    crs = result.after.supply.crs
    return gpd.GeoDataFrame(
        named.drop(columns=["before_row", "after_row"]), geometry=shapes, crs=crs
    )
