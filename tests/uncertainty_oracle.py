"""What Sample Town's rates would be under other assumptions: nothing of urbangis.

NetworkX finds the way, streets are measured to one by one.
"""

from dataclasses import replace
from functools import cache

import geopandas as gpd
import numpy as np
import shapely

import sample_town_oracle as town
from street_oracle import Contact, Entries, Streets, entries, snapped, travel_times

ERROR_M = 50.0


@cache
def ways_in(service: str) -> Entries:
    """Ways into the facilities of a service, parks by their gates."""
    table, gates = town.supply(service), []
    if service == "park_10":
        gate = town.layer("park_gates")
        gates = list(gate.geometry)
        table = table[~table["id"].isin(gate["facility_id"])]
    return entries(town.walks(), list(table.geometry), gates)


@cache
def homes() -> list[Contact | None]:
    return snapped(town.walks(), town.homes_of(town.layer("buildings")))


def without_legs(service: str) -> np.ndarray:
    """Seconds from street to street."""
    doors = ways_in(service)
    doors = Entries([replace(one, leg_s=0.0) for one in doors.contacts], doors.stretches)
    places = [one and replace(one, leg_s=0.0) for one in homes()]
    return travel_times(town.walks(), doors, places)


def on_any_piece(service: str) -> np.ndarray:
    """Seconds from the nearest street, of the town's network or not."""
    streets = town.walks()
    places: list[Contact | None] = []
    for point in town.homes_of(town.layer("buildings")):
        metres = shapely.distance(streets.lines, point)
        edge = int(metres.argmin())
        (alone,) = snapped(_one_edge(streets, edge), [point])
        places.append(alone and replace(alone, edge=edge))
    return travel_times(streets, ways_in(service), places)


def _one_edge(streets: Streets, edge: int) -> Streets:
    keep = slice(edge, edge + 1)
    return replace(
        streets, lines=streets.lines[keep], start=streets.start[keep], end=streets.end[keep],
        ahead_s=streets.ahead_s[keep], back_s=streets.back_s[keep],
    )  # fmt: skip


def at_junctions(service: str) -> np.ndarray:
    """Seconds from junction to junction; homes that are on no street stay off it."""
    return np.where([one is None for one in homes()], np.inf, town.node_times(service))


def people_within(times: np.ndarray, cutoff_s: float) -> float:
    return float(town.people()["residents"][times <= cutoff_s].sum())


@cache
def people_by_variant(service: str) -> dict[str, float]:
    """People covered under each assumption; ``own`` as published."""
    cutoff_s, off_s = town.CUTOFF_S[service], ERROR_M / town.WALK_MS
    times = town.walking_times(service)
    at_one_place, over_land = census(service)
    return {
        "own": people_within(times, cutoff_s),
        "speed-slower": people_within(times, cutoff_s * 0.9),
        "speed-faster": people_within(times, cutoff_s * 1.1),
        "cutoff-strict": float(town.people()["residents"][times < cutoff_s].sum()),
        "snap-no-legs": people_within(without_legs(service), cutoff_s),
        "snap-nearest-node": people_within(at_junctions(service), cutoff_s),
        "snap-any-piece": people_within(on_any_piece(service), cutoff_s),
        "position-worst": people_within(times, cutoff_s - off_s),
        "position-best": people_within(times, cutoff_s + off_s),
        "demand-census": at_one_place,
        "demand-census-over-residential_land": over_land,
    }


def census(service: str) -> tuple[float, float]:
    """People covered if each neighbourhood is one place, or is spread over its residential land."""
    zones, land = town.layer("neighbourhoods"), town.layer("residential_land")
    residents = town.people().groupby("zone")["residents"].sum().reindex(zones["id"]).to_numpy()

    def served(shapes: np.ndarray) -> np.ndarray:
        places = snapped(town.walks(), list(gpd.GeoSeries(shapes).representative_point()))
        return travel_times(town.walks(), ways_in(service), places) <= town.CUTOFF_S[service]

    pieces, shares = [], []
    for zone, people in zip(zones.geometry, residents, strict=True):
        parts = shapely.intersection(land.geometry.to_numpy(), zone)
        parts = parts[shapely.area(parts) > 0]
        pieces += list(parts)
        shares += list(people * shapely.area(parts) / shapely.area(parts).sum())
    at_one_place = residents[served(zones.geometry.to_numpy())].sum()
    return float(at_one_place), float(np.array(shares)[served(np.array(pieces))].sum())


def just_inside(service: str) -> np.ndarray:
    """Who is covered by less than a minute."""
    cutoff_s, times = town.CUTOFF_S[service], town.walking_times(service)
    return (cutoff_s - 60 < times) & (times <= cutoff_s)


def just_outside(service: str) -> np.ndarray:
    """Who is missed by less than a minute."""
    cutoff_s, times = town.CUTOFF_S[service], town.walking_times(service)
    return (cutoff_s < times) & (times < cutoff_s + 60)
