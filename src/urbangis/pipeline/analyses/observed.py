"""What a study's own analyses and people say of a policy target."""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from urbangis.catalog import Target
from urbangis.indicators import PERCENT, observe_figures, observe_rates
from urbangis.measures.shares import METRES_TO_KM, sum_by_area
from urbangis.measures.zoning import STUDY, zones_of_places
from urbangis.notices import Text
from urbangis.pipeline.analyses.every import Analyses
from urbangis.pipeline.load import Loaded
from urbangis.publish.pages.access import AccessResult
from urbangis.publish.pages.circle import CircleResult
from urbangis.publish.pages.conflict_result import ConflictResult
from urbangis.publish.wording import joined
from urbangis.study import IndicatorSpec, Layer
from urbangis.tables import coordinates, to_text

_KM2 = 1e-6
_NOT_RUN = Text(zh="本次运行未计算该项分析", en="This run did not compute the analysis")


def year_of(loaded: Loaded, names: Sequence[str]) -> int | None:
    """Return the newest year of the data of layers; None if none is dated."""
    dates = [loaded.layers[name].spec.data_date for name in names]
    return max((date.year for date in dates if date is not None), default=None)


def observe_analysis(
    target: Target,
    spec: IndicatorSpec,
    loaded: Loaded,
    analyses: Analyses,
    areas: pd.DataFrame,
) -> pd.DataFrame | Text:
    """Observe a target by a life circle, an accessibility or a check of plans."""
    results: tuple[CircleResult | AccessResult | ConflictResult, ...] = (
        *analyses.circles,
        *analyses.access,
        *analyses.conflicts,
    )
    asked = spec.circle or spec.access or spec.conflict
    result = next((one for one in results if one.id == asked), None)
    if result is None:
        return _NOT_RUN
    year = year_of(loaded, result.spec.layers_used)
    source = joined(result.title, spec.said, result.spec.note, zh="；", en="; ")
    if isinstance(result, ConflictResult):
        found = pd.DataFrame(
            {"level": [STUDY], "zone_id": [STUDY], "figure": [_of_conflict(result, spec)]}
        )
        if result.found.plans["indicative"].any():
            unsure = Text(zh="界线非勘定，仅供参考", en="lines not surveyed, indicative only")
            source = joined(source, unsure, zh="；", en="; ")
        return observe_figures(target.id, found.dropna(), year=year, source=source)
    if isinstance(result, AccessResult) and spec.figure == "gini":
        found = pd.DataFrame(
            {"level": [STUDY], "zone_id": [STUDY], "figure": [float(result.equity["gini"])]}
        )
        return observe_figures(target.id, found, year=year, source=source)
    if isinstance(result, AccessResult) and spec.figure == "shortage":
        zones = result.found.zones
        base = zones[zones["level"] == loaded.study.base.id]
        missing = sum_by_area(-base["uncovered"], base["zone_id"], areas)
        return observe_figures(target.id, missing, year=year, source=source)
    return observe_rates(target.id, result.found.zones, areas, year=year, source=source)


def _of_conflict(result: ConflictResult, spec: IndicatorSpec) -> float:
    plans, inside = result.found.plans, result.inside
    if spec.figure == "plans":
        return float((plans["verdict"] != "clear").sum())
    if spec.figure == "conflict_km2":
        return float(plans["conflict_m2"].sum()) * _KM2
    if inside is None:
        return float("nan")
    whole = inside[inside["id"] == STUDY].iloc[0]
    if spec.figure == "outside_km2":
        return float(whole["outside_m2"]) * _KM2
    return PERCENT * float(whole["inside_share"])


def observe_people(
    target: Target, spec: IndicatorSpec, loaded: Loaded, areas: pd.DataFrame
) -> pd.DataFrame:
    """Observe how many places or people each area has, its share of them, or how far they are.

    A count counts the rows of the demand. A figure in per cent is the share of all people of the
    study; another one is their number, or, beside a layer, their mean distance in a straight line
    to the nearest of it, in kilometres, of those whose place is known.
    """
    layer = loaded.layers[str(spec.demand)]
    table = layer.table
    zone_id = _zones_of(layer, spec, loaded)
    people = pd.Series(table["residents"].to_numpy(float), zone_id.index)
    source = joined(layer.spec.name, spec.said or layer.spec.note, zh="；", en="; ")
    year = year_of(loaded, [layer.id])
    if spec.layer is not None:
        near = loaded.layers[spec.layer]
        source = joined(
            Text(zh=f"到{near.spec.name.zh}的直线距离", en=f"straight line to {near.spec.name.en}"),
            source,
            zh="；",
            en="; ",
        )
        found = _mean_distance(coordinates(table), near.table, people, zone_id, areas)
    elif target.measure == "count":
        found = sum_by_area(pd.Series(1.0, people.index), zone_id, areas)
    else:
        found = sum_by_area(_meant(people, zone_id, spec, areas), zone_id, areas)
        if target.unit.zh == "%":
            found["figure"] *= PERCENT / float(people.sum())
    return observe_figures(target.id, found, year=year, source=source)


def _zones_of(layer: Layer, spec: IndicatorSpec, loaded: Loaded) -> pd.Series:
    """Return the base zone of each place; None where it lies in none."""
    base = loaded.study.base
    if spec.zone_column is not None:
        zone = to_text(layer.table[spec.zone_column]).astype(object).reset_index(drop=True)
        return zone.where(zone.isin(base.zones["id"]), None)
    return pd.Series(zones_of_places(coordinates(layer.table), base), dtype=object)


def _meant(
    people: pd.Series, zone_id: pd.Series, spec: IndicatorSpec, areas: pd.DataFrame
) -> pd.Series:
    """Keep the people of the zones that are meant."""
    if not spec.zones:
        return people
    members = set(areas.loc[areas["zone_id"].isin(spec.zones), "member_id"])
    return people.where(zone_id.isin(members), 0.0)


def _mean_distance(
    xy: np.ndarray,
    near: gpd.GeoDataFrame,
    people: pd.Series,
    zone_id: pd.Series,
    areas: pd.DataFrame,
) -> pd.DataFrame:
    known = np.isfinite(xy).all(axis=1)
    tree = shapely.STRtree(near.geometry.to_numpy())
    km = np.zeros(len(xy))
    points = shapely.points(xy[known])
    row, metres = tree.query_nearest(points, return_distance=True, all_matches=False)
    km[np.flatnonzero(known)[row[0]]] = metres * METRES_TO_KM
    placed = people.where(known, 0.0)
    total = sum_by_area(placed, zone_id, areas)
    summed = sum_by_area(placed * km, zone_id, areas)
    summed["figure"] = summed["figure"] / total["figure"].where(total["figure"] > 0)
    return summed.dropna(subset="figure")
