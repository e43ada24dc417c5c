"""The commuting circles of a study: compute them, write their pages and tables, explain a trip."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyproj import Transformer

from urbangis.decay import INCLUSIVE
from urbangis.errors import StudyError
from urbangis.measures.commuting import (
    AREA,
    Travel,
    centre_ground,
    centre_times,
    commuting_circle,
    journey,
    town_links,
)
from urbangis.measures.zoning import zones_of_places
from urbangis.notices import Notice
from urbangis.pipeline.load import Loaded
from urbangis.pipeline.outputs import write_result
from urbangis.pipeline.services import demand_of
from urbangis.pipeline.summary import notice_records
from urbangis.pipeline.transit import build_travel, transit_of
from urbangis.publish.model import Link
from urbangis.publish.pages.index import FRONT
from urbangis.publish.pages.metro import metro_page
from urbangis.publish.pages.metro_result import DOWNLOADS, MetroResult
from urbangis.publish.web.page import write_page
from urbangis.study import FILE_NAME, CommutingSpec
from urbangis.tables import coordinates
from urbangis.travel.transit import Leg
from urbangis.units import minutes, to_minutes

BANDS = (0.5, 0.75, 1.0)
"""Parts of the cutoff that the map shows as bands."""


def compute_commuting(loaded: Loaded, area: str) -> MetroResult:
    """Compute the commuting circle of one metropolitan area, today and with the lines to come.

    Parameters
    ----------
    loaded
        The study.
    area
        The circle's name in the study file.

    Raises
    ------
    InputError
        If a layer does not hold what the circle needs.
    """
    spec, transit = loaded.study.spec.commuting[area], transit_of(loaded)
    demand, told = _demand(loaded, spec)
    members, centres = members_of(loaded, area), _centres(loaded, area, spec)
    centres_xy = coordinates(centres)
    today, heard = build_travel(loaded, transit.running)
    travels = [today]
    if transit.coming:
        travels.append(build_travel(loaded, (*transit.running, *transit.coming))[0])
    aboard, _ = build_travel(loaded, transit.running, aboard_only=True)
    xy = coordinates(demand)
    *circles, bare = [
        commuting_circle(
            centre_times(travel, xy, centres_xy),
            demand,
            members,
            cutoff_min=spec.cutoff_min,
            groups=tuple(spec.groups),
        )
        for travel in (*travels, aboard)
    ]
    own = circles[0].places
    towns = own[own["inside"] & (own["kind"].isin(spec.towns) if spec.towns else True)]
    return MetroResult(
        area,
        spec,
        transit,
        circles=tuple(circles),
        bare=bare,
        grounds=tuple(_ground(loaded, travel, centres_xy, spec) for travel in travels),
        road_ground=_ground(loaded, today, centres_xy, spec, by_rail=False),
        centres=centres,
        links=town_links(today, towns, cutoff_min=spec.cutoff_min),
        towns=len(towns),
        key_places=_key_places(loaded, spec, today, centres_xy, members),
        lines=travels[-1].transit.lines,
        notices=(*told, *heard),
        links_to=(FRONT, *(Link(name, f"data/{area}/{file}") for name, file in DOWNLOADS)),
    )


def write_commuting(loaded: Loaded, result: MetroResult, folder: Path, *, assets: str) -> Link:
    """Write the page of a commuting circle, its tables and its layers; return the way to it."""
    write_result(folder / "data" / result.id, result.tables(), result.layers())
    page = metro_page(loaded.study, result, loaded.layers, loaded.catalogue)
    write_page(page, folder / f"{result.id}.html", assets=assets)
    return Link(result.spec.name, f"{result.id}.html", page.figures[0])


def commuting_record(result: MetroResult) -> dict[str, Any]:
    """Tell what went in and what came out, as plain values, for ``run.json``."""
    zones = result.today.zones
    whole = zones[(zones["level"] == AREA) & (zones["weight"] == "residents")]
    return {
        "commuting": result.spec.model_dump(mode="json"),
        "transit": result.transit.model_dump(mode="json"),
        "study": whole[["way", "total", "covered", "uncovered"]].to_dict("records"),
        "notices": notice_records(result.notices),
    }


def _demand(loaded: Loaded, spec: CommutingSpec) -> tuple[pd.DataFrame, tuple[Notice, ...]]:
    demand, told = demand_of(loaded, spec)
    demand = demand.reset_index(drop=True)
    if "zone_id" not in demand:
        demand = demand.assign(zone_id=zones_of_places(coordinates(demand), loaded.study.base))
    return demand, told


def members_of(loaded: Loaded, area: str) -> NDArray[np.object_]:
    """Return the base zones of the area of a commuting circle.

    Raises
    ------
    StudyError
        If its level has no such zone.
    """
    spec = loaded.study.spec.commuting[area]
    level = next(one for one in loaded.study.levels if one.id == spec.level)
    rows = level.members[level.members["zone_id"] == spec.zone]
    if rows.empty:
        raise StudyError(
            f'commuting.{area} names a zone "{spec.zone}" that the level "{spec.level}" has not',
            file=loaded.study.root / FILE_NAME,
            remedy=f"There are: {', '.join(sorted(level.zones['id']))}.",
        )
    return rows["member_id"].to_numpy(object)


def _centres(loaded: Loaded, area: str, spec: CommutingSpec) -> gpd.GeoDataFrame:
    table = loaded.layers[spec.centres].table
    missing = sorted(set(spec.centre_ids) - set(table["id"]))
    if missing:
        raise StudyError(
            f'commuting.{area} names a centre "{missing[0]}" that the layer "{spec.centres}" '
            "has not",
            file=loaded.study.root / FILE_NAME,
            remedy=f"There are: {', '.join(table['id'].iloc[:12])}.",
        )
    return table[table["id"].isin(spec.centre_ids)].reset_index(drop=True)


def _ground(
    loaded: Loaded,
    travel: Travel,
    centres_xy: NDArray[np.float64],
    spec: CommutingSpec,
    *,
    by_rail: bool = True,
) -> gpd.GeoDataFrame:
    """Draw the ground from which a centre is reached, in bands; by road alone the outer one."""
    limits = [spec.cutoff_min * part for part in (BANDS if by_rail else BANDS[-1:])]
    shapes = [
        centre_ground(travel, centres_xy, limit_s=minutes(limit), by_rail=by_rail)
        for limit in limits
    ]
    return gpd.GeoDataFrame({"minutes": limits}, geometry=shapes, crs=loaded.study.crs)


def _key_places(
    loaded: Loaded,
    spec: CommutingSpec,
    travel: Travel,
    centres_xy: NDArray[np.float64],
    members: NDArray[np.object_],
) -> gpd.GeoDataFrame | None:
    """List the area's key places, the nearest first, with their minutes."""
    if spec.key_places is None:
        return None
    table = loaded.layers[spec.key_places].table
    zone = (
        table[spec.zone_column]
        if spec.zone_column in table
        else pd.Series(zones_of_places(coordinates(table), loaded.study.base))
    )
    table = table[zone.isin(members).to_numpy()]
    times = centre_times(travel, coordinates(table), centres_xy)
    for way in ("best", "rail", "road"):
        seconds = getattr(times, f"{way}_s")
        told = np.where(np.isfinite(seconds), to_minutes(1.0) * seconds, np.nan)
        table = table.assign(**{f"{way}_min": told})
    table["within"] = times.best_s <= minutes(spec.cutoff_min) * INCLUSIVE
    return table.sort_values(["best_min", "id"], ignore_index=True)


@dataclass(frozen=True)
class Trip:
    """The best journey from a place to the nearest centre of a commuting circle.

    Parameters
    ----------
    area
        Name of the circle.
    centre
        Name of the centre.
    legs
        In their order; none where no centre is reached.
    cutoff_min
        Largest travel time that counts.
    """

    area: str
    centre: str
    legs: tuple[Leg, ...]
    cutoff_min: float

    @property
    def minutes(self) -> float:
        """Door to door."""
        return to_minutes(sum(leg.time_s for leg in self.legs))

    def told(self) -> list[str]:
        """Say it in lines of text."""
        if not self.legs:
            return [f"{self.area}: no centre is reached"]
        verdict = "within" if self.minutes <= self.cutoff_min * INCLUSIVE else "beyond"
        whole = f"{self.centre} in {self.minutes:.1f} min, {verdict} {self.cutoff_min:g} min"
        lines = [f"{self.area}: {whole}"]
        for leg in self.legs:
            where = " to ".join(part for part in (leg.start, leg.end) if part)
            parts = [leg.kind, f"{to_minutes(leg.time_s):.1f} min", leg.line, where]
            lines.append("  " + "  ".join(part for part in parts if part))
        return lines

    def lines(self) -> gpd.GeoDataFrame:
        """Return an empty table: lines here are schematic, and roads have no course."""
        return gpd.GeoDataFrame({"kind": []}, geometry=[], crs="EPSG:4326")


def explain_trip(loaded: Loaded, area: str, lon: float, lat: float) -> Trip:
    """Explain the commuting time of one place.

    Parameters
    ----------
    loaded
        The study.
    area
        The circle's name in the study file.
    lon, lat
        The place, degrees of WGS 84.
    """
    spec = loaded.study.spec.commuting[area]
    travel, _ = build_travel(loaded, transit_of(loaded).running)
    centres = _centres(loaded, area, spec)
    to_study = Transformer.from_crs("EPSG:4326", loaded.study.crs, always_xy=True)
    xy = np.array(to_study.transform(lon, lat))
    times = centre_times(travel, xy[None], coordinates(centres))
    by_rail = times.rail_s[0] < times.road_s[0]
    nearest = int((times.rail_centre if by_rail else times.road_centre)[0])
    legs = journey(travel, xy, coordinates(centres)[nearest])
    return Trip(spec.name.en, str(centres["name"].iloc[nearest]), legs, spec.cutoff_min)
