"""Why a place is covered, or not: the facility, the way, its minutes, the legs, the clause."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer

from urbangis.catalog import Standard
from urbangis.decay import INCLUSIVE
from urbangis.errors import StudyError
from urbangis.measures.coverage import facility_groups, radii
from urbangis.measures.surface import surface_ways
from urbangis.measures.zoning import zones_of_places
from urbangis.network.entrances import facility_entrances
from urbangis.network.snap import snap_xy
from urbangis.pipeline.analyses.commuting import Trip, explain_trip
from urbangis.pipeline.ground import build_ground, entered_on_ground
from urbangis.pipeline.load import Loaded, Tell, load_study
from urbangis.pipeline.services import build_networks, demand_of, select_supply
from urbangis.study import FILE_NAME, ServiceSpec, read_study_spec
from urbangis.travel.routes import Route, routes
from urbangis.travel.surface_ways import GroundWay
from urbangis.units import to_minutes


@dataclass(frozen=True)
class Way:
    """The nearest facility of one need, and how it is reached.

    Parameters
    ----------
    facility_id, name, kind
        The facility; None where none is reached at all.
    cost, cutoff
        Seconds for a time, metres for a radius; ``cost`` is None where none is reached.
    route
        The way along streets or over open ground; None for a straight line.
    streets
        Names (or else ids) of the streets in the order of travel.
    """

    facility_id: str | None
    name: str
    kind: str
    cost: float | None
    cutoff: float
    route: Route | GroundWay | None = None
    streets: tuple[str, ...] = ()

    @property
    def is_within(self) -> bool:
        """Whether the facility counts."""
        return self.cost is not None and self.cost <= self.cutoff * INCLUSIVE


@dataclass(frozen=True)
class Explanation:
    """Why a place is covered by a service, or not.

    Parameters
    ----------
    standard
        With its source and clause.
    zone
        Name of the base zone that the place lies in; empty outside all.
    street_m
        Distance to the street that the place is put on; None if there is none within the mode's
        limit, or if it is put on none.
    ways
        One for each need: a single one, or one for each kind of facility.
    """

    standard: Standard
    zone: str
    street_m: float | None
    ways: tuple[Way, ...]

    @property
    def is_covered(self) -> bool:
        """Whether every need is met."""
        return all(way.is_within for way in self.ways)

    def told(self) -> list[str]:
        """Say it in lines of text."""
        standard, source = self.standard, self.standard.source
        verdict = "covered" if self.is_covered else "not covered"
        where = f", in {self.zone}" if self.zone else ", outside every zone"
        lines = [f"{standard.name.en}: {verdict}{where}"]
        if standard.method == "network" and self.street_m is None:
            lines.append("  no usable street is near enough to put this place on")
        if standard.method == "surface" and any(way.cost is None for way in self.ways):
            lines.append("  the place is off the ground, in a barrier, or barriers cut it off")
        for way in self.ways:
            lines.extend(f"  {line}" for line in _told(way, timed=standard.cutoff_min is not None))
        lines.append(f"{source.document} {source.clause} (confidence: {source.confidence})")
        if source.quote:
            lines.append(f"  {source.quote}")
        return lines

    def lines(self) -> gpd.GeoDataFrame:
        """Return the ways, but for straight ones, as a table of lines, WGS 84."""
        found = [way for way in self.ways if way.route is not None]
        return gpd.GeoDataFrame(
            {
                "facility_id": [way.facility_id for way in found],
                "minutes": [to_minutes(way.cost or 0.0) for way in found],
            },
            geometry=[way.route.line for way in found if way.route],
            crs="EPSG:4326",
        )


def _told(way: Way, *, timed: bool) -> Iterator[str]:
    """Yield the lines of one way."""

    def amount(value: float) -> str:
        return f"{to_minutes(value):.1f} min" if timed else f"{value:,.0f} m"

    if way.cost is None:
        yield f"no {way.kind} is reached"
        return
    verdict = "within" if way.is_within else "beyond"
    who = f"{way.kind} {way.name or way.facility_id} ({way.facility_id})"
    yield f"{who}: {amount(way.cost)}, {verdict} {amount(way.cutoff)}"
    if way.route is None:
        return
    route = way.route
    access, ride, egress = map(amount, (route.access_s, route.ride_s, route.egress_s))
    along = f"along {route.length_m:,.0f} m of streets {ride}"
    over = f"over {route.length_m:,.0f} m of ground {ride}"
    if isinstance(route, Route):
        yield f"  to the street {access}, {along}, to the entrance {egress}"
        yield f"  by {', '.join(way.streets)}"
    else:
        yield f"  to open ground {access}, {over}, to the entrance {egress}"


def explain(
    study: Path, service: str, lon: float, lat: float, *, tell: Tell = lambda _: None
) -> Explanation | Trip:
    """Explain the figure of one place: of a service circle, or of a commuting circle.

    Parameters
    ----------
    study
        The study's folder or file.
    service
        Its name in the study file, after that of the part: ``"sample_town/health_15"``.
    lon, lat
        The place, degrees of WGS 84.
    tell
        Called with a line of progress before each step.

    Raises
    ------
    InputError
        If there is no such service, or the study is wrong.
    """
    folder, name = _find(study, service)
    loaded = load_study(folder, tell=tell)
    if name in loaded.study.spec.commuting:
        tell("finding the way")
        return explain_trip(loaded, name, lon, lat)
    spec = loaded.study.spec.services[name]
    standard = loaded.catalogue.standard(spec.standard)
    x, y = Transformer.from_crs("EPSG:4326", loaded.study.crs, always_xy=True).transform(lon, lat)
    place = np.array([[x, y]])
    base = loaded.study.base
    names = base.zones.set_index("id")["name"]
    (zone,) = names.reindex(zones_of_places(place, base)).fillna("")
    tell("finding the way")
    street_m, ways = _ways(loaded, spec, standard, place)
    return Explanation(standard, str(zone), street_m, ways)


def _find(study: Path, service: str) -> tuple[Path, str]:
    """Return the folder of the study or part that has a service, and the service's name there."""
    spec, root = read_study_spec(study)
    *part, name = service.split("/", 1)
    if part:
        folders = {one.name: root / one for one in spec.parts}
        if part[0] in folders:
            return _find(folders[part[0]], name)
    elif service in spec.services or service in spec.commuting:
        return root, service
    known = [*spec.services, *spec.commuting, *(f"{one.name}/..." for one in spec.parts)]
    raise StudyError(
        f'there is no service "{service}"',
        file=root / FILE_NAME,
        remedy=f"There are: {', '.join(known)}.",
    )


def _ways(
    loaded: Loaded, spec: ServiceSpec, standard: Standard, place: NDArray[np.float64]
) -> tuple[float | None, tuple[Way, ...]]:
    supply = select_supply([loaded.layers[name].table for name in spec.facilities], standard)
    if standard.method == "straight_line":
        return None, tuple(_straight(standard, supply, place))
    if standard.method == "surface":
        return None, tuple(_over_ground(loaded, spec, standard, supply, place))
    network, _ = build_networks(loaded, {"": spec})[str(spec.streets), str(standard.mode)]
    gates = loaded.layers[spec.gates].table if spec.gates else None
    entrances, _ = facility_entrances(network, supply, gates)
    snaps = snap_xy(network, *place.T)
    streets = loaded.layers[str(spec.streets)].table.set_index("id")
    names = streets["name"].fillna("") if "name" in streets else streets["class"].map(lambda _: "")
    ways = []
    for rows in facility_groups(standard, supply):
        (route,) = routes(network, snaps, entrances.of(rows), [0], direction=standard.direction)
        ids = () if route is None else route.street_ids
        told = (names.get(one) or one for one in ids)
        way = _way(standard, supply, rows, route, loaded.study.crs)
        ways.append(replace(way, streets=tuple(name for name, _ in groupby(told))))
    offset = float(snaps.offset_m[0])
    return (None if np.isnan(offset) else offset), tuple(ways)


def _straight(
    standard: Standard, supply: gpd.GeoDataFrame, place: NDArray[np.float64]
) -> Iterator[Way]:
    """Yield the nearest facility that serves the place, else the nearest, for each need."""
    supply, radius_m, _ = radii(standard, supply)
    shapes, here = supply.geometry.to_numpy(), shapely.Point(place[0])
    for rows in facility_groups(standard, supply):
        metres = shapely.distance(here, shapes[rows])
        row = rows[np.lexsort((rows, metres, metres > radius_m[rows]))[0]]
        cost, cutoff = float(shapely.distance(here, shapes[row])), float(radius_m[row])
        if standard.straight_speed_ms is not None:
            cost, cutoff = cost / standard.straight_speed_ms, float(standard.cutoff_s or 0)
        found = supply.iloc[row]
        yield Way(str(found["id"]), str(found["name"]), str(found["kind"]), cost, cutoff)


def _over_ground(
    loaded: Loaded,
    spec: ServiceSpec,
    standard: Standard,
    supply: gpd.GeoDataFrame,
    place: NDArray[np.float64],
) -> Iterator[Way]:
    """Yield the way over open ground for each need."""
    demand, _ = demand_of(loaded, spec)
    surface, _ = build_ground(loaded, spec, standard, demand)
    gates = loaded.layers[spec.gates].table if spec.gates else None
    found = surface_ways(standard, surface, entered_on_ground(supply, gates), place)
    for rows, (way,) in zip(facility_groups(standard, supply), found, strict=True):
        yield _way(standard, supply, rows, way, surface.crs)


def _way(
    standard: Standard,
    supply: gpd.GeoDataFrame,
    rows: NDArray[np.int64],
    route: Route | GroundWay | None,
    crs: CRS,
) -> Way:
    """Return the way to the facility of a route, drawn in ``crs``, or to none of some rows."""
    cutoff = float(standard.cutoff_s or 0)
    if route is None:
        return Way(None, "", str(supply["kind"].iloc[rows[0]]), None, cutoff)
    found = supply.iloc[route.facility]
    name, kind = str(found["name"]), str(found["kind"])
    line = gpd.GeoSeries([route.line], crs=crs).to_crs("EPSG:4326").iloc[0]
    drawn = replace(route, line=line)
    return Way(str(found["id"]), name, kind, route.total_s, cutoff, drawn)
