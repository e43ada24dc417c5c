"""Sample Town as its files have it, and the rates of its services by three methods.

Nothing of urbangis is used: GeoPandas reads, Shapely measures, NetworkX finds the way.
"""

from functools import cache
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely

from street_oracle import STEP_M, Streets, connected, entries, homes_of, snapped, travel_times

TOWN = Path(__file__).parents[1] / "data" / "layers" / "sample_town"
CRS = "EPSG:4549"
WALK_MS = 4 / 3.6
SNAP_LIMIT_M = 500.0

CUTOFF_S = {"health_15": 900.0, "employment_15": 900.0, "park_10": 600.0, "fitness_10": 600.0}
FACILITIES = {
    "health_15": "clinics",
    "employment_15": "employment_stations",
    "park_10": "parks",
    "fitness_10": "fitness_places",
}
WITHIN_500_M = {
    "bus_500": ("bus_stops",),
    "school_500": ("schools",),
    "circle_10": ("schools", "markets", "bus_stops"),
}
"""Services by straight line, and the kinds that each asks for."""


@cache
def as_stored(name: str) -> gpd.GeoDataFrame:
    return gpd.read_file(TOWN / f"{name}.geojson")


@cache
def layer(name: str) -> gpd.GeoDataFrame:
    return as_stored(name).to_crs(CRS)


@cache
def supply(name: str) -> gpd.GeoDataFrame:
    """Facilities of a service, or of a layer; of schools, the primary ones."""
    table = layer(FACILITIES.get(name, name))
    return table[table["kind"] == "primary_school"] if name == "schools" else table


@cache
def walks() -> Streets:
    """Streets open to walkers: no motorways, nothing private to all; steps at half the speed."""
    stored = as_stored("streets")
    closed = stored["class"].str.startswith("motorway")
    closed |= (stored["access"] == "private") & stored["foot"].isna()
    stored = stored[~closed].reset_index(drop=True)
    lines = stored.to_crs(CRS).geometry.to_numpy()
    slow = np.where(stored["class"] == "steps", 2.0, 1.0)
    time_s = shapely.length(lines) / WALK_MS * slow
    return Streets(
        lines,
        [line.coords[0] for line in stored.geometry],
        [line.coords[-1] for line in stored.geometry],
        time_s,
        time_s,
        WALK_MS,
        SNAP_LIMIT_M,
    )


@cache
def people() -> pd.DataFrame:
    """Residents and neighbourhood of each home."""
    homes, zones = layer("buildings"), layer("neighbourhoods")
    inside = shapely.intersects(
        zones.geometry.to_numpy()[:, None], np.array(homes_of(homes))[None, :]
    )
    zone = zones["id"].to_numpy()[inside.argmax(axis=0)]  # the first of two that share a border
    return pd.DataFrame({"residents": homes["residents"].to_numpy(float), "zone": zone})


@cache
def walking_times(service: str, step_m: float = STEP_M) -> np.ndarray:
    """Seconds from each home, by the method of the product."""
    table = supply(service)
    gates: list = []
    if service == "park_10":
        gate = layer("park_gates")
        gates = list(gate.geometry)
        table = table[~table["id"].isin(gate["facility_id"])]
    ways_in = entries(walks(), list(table.geometry), gates, step_m=step_m)
    return travel_times(walks(), ways_in, snapped(walks(), homes_of(layer("buildings"))))


@cache
def straight_times(service: str) -> np.ndarray:
    """Seconds from each home along the straight line at walking speed, to a park's boundary."""
    homes = np.array(homes_of(layer("buildings")))
    shapes = supply(service).geometry.to_numpy()
    return shapely.distance(homes[:, None], shapes[None, :]).min(axis=1) / WALK_MS


@cache
def centroid_times() -> np.ndarray:
    """Seconds from each home to the centroid of a park, which has no gate."""
    ways_in = entries(walks(), list(layer("parks").centroid))
    return travel_times(walks(), ways_in, snapped(walks(), homes_of(layer("buildings"))))


@cache
def node_times(service: str, *, legs: bool = False) -> np.ndarray:
    """Seconds from junction to junction, common and wrong; with or without the legs to them.

    Gates and the crossings of a park's boundary are put on their nearest junction.
    """
    streets, major = walks(), connected(walks())
    graph = nx.Graph()
    for edge in np.flatnonzero(major):
        a, b = streets.start[edge], streets.end[edge]
        known = graph.get_edge_data(a, b, {"weight": np.inf})["weight"]
        graph.add_edge(a, b, weight=min(known, streets.ahead_s[edge]))
    where = {}
    for edge in np.flatnonzero(major):
        coords = streets.lines[edge].coords
        where[streets.start[edge]], where[streets.end[edge]] = coords[0], coords[-1]
    nodes = list(where)
    tree = shapely.STRtree(shapely.points([where[node] for node in nodes]))
    table = supply(service)
    places = list(table.geometry)
    if service == "park_10":
        gate = layer("park_gates")
        places = list(gate.geometry)
        for outline in table.geometry[~table["id"].isin(gate["facility_id"])].boundary:
            crossing = shapely.intersection(streets.lines[major], outline)
            places += list(shapely.get_parts(crossing[~shapely.is_empty(crossing)]))
    for kind, points in (("place", places), ("home", homes_of(layer("buildings")))):
        for number, (point, node) in enumerate(zip(points, tree.nearest(points), strict=True)):
            leg_s = tree.geometries[node].distance(point) / WALK_MS if legs else 0.0
            graph.add_edge((kind, number), nodes[node], weight=leg_s)
    sources = [("place", number) for number in range(len(places))]
    times = nx.multi_source_dijkstra_path_length(graph, sources)
    return np.array([times.get(("home", n), np.inf) for n in range(len(layer("buildings")))])


def within_500_m(table: gpd.GeoDataFrame) -> np.ndarray:
    """Whether each home lies within 500 m of a facility, measured to every one."""
    homes = np.array(homes_of(layer("buildings")))
    return (shapely.distance(homes[:, None], table.geometry.to_numpy()[None, :]) <= 500).any(1)


def covered(service: str) -> np.ndarray:
    """Whether each home has a service, by the method of the product."""
    if service in CUTOFF_S:
        return walking_times(service) <= CUTOFF_S[service]
    return np.all([within_500_m(supply(kind)) for kind in WITHIN_500_M[service]], axis=0)


def three_answers(service: str) -> tuple[float, float, float]:
    """Share of residents by straight line, from junction to junction, and from door to door."""
    residents = people()["residents"]
    cutoff_s = CUTOFF_S.get(service, 500 / WALK_MS)
    needs = WITHIN_500_M.get(service, (service,))
    served = (
        np.all([times(need) <= cutoff_s for need in needs], axis=0)
        for times in (straight_times, node_times, walking_times)
    )
    straight, nodes, doors = (residents[one].sum() / residents.sum() for one in served)
    return straight, nodes, doors


@cache
def park_land() -> pd.DataFrame:
    """Residential land by neighbourhood, and how much of it parks serve by radius, m2.

    300 m from 400 to below 5,000 m2, and 500 m above; circles of 1,440 corners.
    """
    parks = layer("parks")
    parks = parks[parks.area >= 400]
    radius = np.where(parks.area < 5000, 300.0, 500.0)
    served = shapely.union_all(shapely.buffer(parks.geometry.to_numpy(), radius, quad_segs=360))
    zones, land = layer("neighbourhoods"), layer("residential_land").union_all()
    in_zone = [land.intersection(zone) for zone in zones.geometry]
    return pd.DataFrame(
        {
            "zone": zones["id"],
            "total": shapely.area(in_zone),
            "covered": [part.intersection(served).area for part in in_zone],
        }
    )
