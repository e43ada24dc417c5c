"""The lines and roads of a study, as a traveller finds them."""

from collections.abc import Collection

from urbangis.errors import StudyError
from urbangis.measures.commuting import Travel
from urbangis.notices import Notice
from urbangis.pipeline.load import Loaded
from urbangis.pipeline.services import named
from urbangis.study import FILE_NAME, StationTimes, TransitSpec
from urbangis.travel.transit import build_transit
from urbangis.travel.transit_road import OpenRoad, build_road
from urbangis.units import minutes


def transit_of(loaded: Loaded) -> TransitSpec:
    """Return what the study says of its lines; raise `StudyError` where it says nothing."""
    spec = loaded.study.spec.transit
    if spec is None:
        raise StudyError(
            "names no lines", file=loaded.study.root / FILE_NAME, remedy="Add a table [transit]."
        )
    return spec


def build_travel(
    loaded: Loaded, statuses: Collection[str], *, aboard_only: bool = False
) -> tuple[Travel, tuple[Notice, ...]]:
    """Build lines and roads from the layers that the study names.

    Parameters
    ----------
    loaded
        A study with ``transit``.
    statuses
        Values of ``status`` of the lines to travel by.
    aboard_only
        Count the ride alone, as if every train were met at the door: nobody waits, enters, changes
        or leaves. It tells how much of the answer is assumptions on stations.

    Raises
    ------
    InputError
        If no line has such a status, or a layer cannot be used.
    """
    spec = transit_of(loaded)
    lines, stations = loaded.layers[spec.lines].table, loaded.layers[spec.stations].table
    used = lines[lines["status"].isin(statuses)].reset_index(drop=True)
    if used.empty:
        found = ", ".join(sorted(lines["status"].unique()))
        raise StudyError(
            f'no line of the layer "{spec.lines}" has the status {" or ".join(statuses)}',
            file=loaded.study.root / FILE_NAME,
            remedy=f"Correct transit.running or transit.coming; there are: {found}.",
        )
    parts = {"lines": [loaded.layers[spec.lines]], "stations": [loaded.layers[spec.stations]]}
    # Stations of lines that do not run yet are no news; those of no line at all are told.
    own = stations["line_id"].isin(used["id"]) | ~stations["line_id"].isin(lines["id"])
    times = spec.times
    if aboard_only:
        used, times = used.assign(headway_min=0.0), StationTimes()
    with named(parts):
        transit, told = build_transit(used, stations[own], times)
    return Travel(transit, _road(loaded, spec), minutes(spec.access_limit_min)), told


def _road(loaded: Loaded, spec: TransitSpec) -> OpenRoad:
    road = spec.road
    if road.barriers is None or road.crossings is None:
        return build_road(road.speed_kmh, road.detour_factor)
    barriers, crossings = loaded.layers[road.barriers], loaded.layers[road.crossings]
    with named({"barriers": [barriers, crossings]}):
        return build_road(
            road.speed_kmh,
            road.detour_factor,
            barriers.table.geometry.to_numpy(),
            crossings.table.geometry.to_numpy(),
        )
