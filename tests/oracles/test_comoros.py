"""A whole country: the Comoros, its streets and clinics from OpenStreetMap, its people by WorldPop.

Figures are held against a reading of the same files that shares nothing with urbangis: streets cut
node by node with pyosmium, times by NetworkX, people summed by rasterio and by exactextract.
"""

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from exactextract import exact_extract
from pyproj import CRS

from osm_oracle import streets_of
from street_oracle import entries, snapped, travel_times
from urbangis.catalog import Standard, load_catalogue
from urbangis.io.osm import read_places, read_streets
from urbangis.io.raster import read_cells
from urbangis.measures.coverage import Coverage, network_coverage
from urbangis.network.build import build_network
from urbangis.network.entrances import Entrances, facility_entrances
from urbangis.network.graph import Network
from urbangis.network.snap import Snaps, snap_xy
from urbangis.notices import Text
from urbangis.study import Level
from worlds import HERE

UTM = "EPSG:32738"
HEALTH = ("hospital", "health_center", "health_station")
CUTOFF_MIN = {"walk": 60.0, "drive": 30.0}
SAMPLE = 400
# The borders run through the sea, so that each cell lies in one island, whole.
ISLANDS = {
    "ngazidja": ("大科摩罗岛", "Ngazidja", (43.10, -12.00, 43.58, -11.30)),
    "mwali": ("莫埃利岛", "Mwali", (43.58, -12.50, 43.95, -12.15)),
    "ndzuani": ("昂儒昂岛", "Ndzuani", (44.10, -12.50, 44.65, -11.95)),
}


@dataclass(frozen=True)
class Country:
    """One mode on all three islands."""

    mode: str
    extract: Path
    raster: Path
    supply: gpd.GeoDataFrame
    network: Network
    entrances: Entrances
    snaps: Snaps
    found: Coverage

    @property
    def zones(self) -> pd.DataFrame:
        return self.found.zones.query("level == 'island'").set_index("zone_id")


def islands() -> gpd.GeoDataFrame:
    rows = [(key, zh, en) for key, (zh, en, _) in ISLANDS.items()]
    boxes = [shapely.box(*bounds) for *_, bounds in ISLANDS.values()]
    return gpd.GeoDataFrame(rows, columns=["id", "name", "name_en"], geometry=boxes, crs=4326)


def island_level() -> Level:
    zones = islands().sort_values("id", ignore_index=True).to_crs(UTM)
    members = pd.DataFrame({"zone_id": zones["id"], "member_id": zones["id"]})
    return Level("island", Text("岛屿", "Island"), zones, members, partition=True)


@pytest.fixture(scope="module", params=list(CUTOFF_MIN))
def country(request, real_data) -> Country:
    mode = request.param
    extract = real_data / "osm" / "comores-latest.osm.pbf"
    raster = real_data / "raster" / "comoros" / "com_ppp_2020_UNadj.tif"
    places = read_places(extract).to_crs(UTM)
    supply = places[places["kind"].isin(HEALTH)].sort_values("id", ignore_index=True)
    network, _ = build_network(read_streets(extract).to_crs(UTM), load_catalogue().mode(mode))
    entrances, _ = facility_entrances(network, supply)
    demand, _ = read_cells(raster, crs=CRS(UTM))
    standard = Standard(
        id=f"health-{mode}",
        name=Text("医疗服务圈", "Health care"),
        facilities=HEALTH,
        method="network",
        mode=mode,
        cutoff_min=CUTOFF_MIN[mode],
        denominators=("residents",),
        source=HERE,
    )
    found = network_coverage(
        standard,
        network,
        demand=demand,
        supply=supply,
        entrances=entrances,
        levels=(island_level(),),
    )
    snaps = snap_xy(network, demand["x"].to_numpy(), demand["y"].to_numpy())
    return Country(mode, extract, raster, supply, network, entrances, snaps, found)


def people_by_island(raster: Path) -> dict[str, float]:
    """Sum the cells whose centre lies in an island's box, with rasterio alone."""
    with rasterio.open(raster) as file:
        people = file.read(1, masked=True).astype("float64").filled(0.0)
        lon = file.transform.c + file.transform.a * (np.arange(file.width) + 0.5)
        lat = file.transform.f + file.transform.e * (np.arange(file.height) + 0.5)
    sums = {}
    for key, (_, _, (west, south, east, north)) in ISLANDS.items():
        rows, columns = (lat > south) & (lat < north), (lon > west) & (lon < east)
        sums[key] = people[np.ix_(rows, columns)].sum()
    assert sum(sums.values()) == pytest.approx(people.sum(), rel=1e-12)  # nobody lives outside
    return sums


def test_nobody_is_lost(country):
    told = people_by_island(country.raster)
    zones = country.zones
    assert set(zones.index) == set(told)
    for key, people in told.items():
        row = zones.loc[key]
        assert row["total"] == pytest.approx(people, rel=1e-9)
        assert row["covered"] + row["uncovered"] == pytest.approx(row["total"], rel=1e-9)
        assert 0 < row["covered"] < row["total"]
    whole = country.found.zones.query("level == 'study'").iloc[0]
    assert whole["total"] == pytest.approx(sum(told.values()), rel=1e-9)
    for column in ("total", "covered", "uncovered", "unsnapped"):
        assert zones[column].sum() == pytest.approx(whole[column], rel=1e-9)


def test_island_totals_are_those_of_exactextract(country):
    zones = islands()
    sums = exact_extract(str(country.raster), zones, "sum", output="pandas")["sum"]
    ours = country.zones["total"].reindex(zones["id"])
    np.testing.assert_allclose(ours, sums, rtol=1e-9)


def sample(residents: np.ndarray) -> np.ndarray:
    """Cells as people are drawn: where many live, more."""
    share = residents / residents.sum()
    return np.sort(
        np.random.default_rng(20200101).choice(share.size, SAMPLE, replace=False, p=share)
    )


def test_sampled_cells_take_the_time_that_networkx_says(country):
    text = (files("urbangis.catalog") / "modes" / f"{country.mode}.toml").read_text("utf-8")
    streets = streets_of(country.extract, tomllib.loads(text), UTM)
    demand = country.found.demand
    rows = sample(demand["residents"].to_numpy())
    contacts = snapped(streets, list(shapely.points(demand[["x", "y"]].iloc[rows])))
    told = travel_times(streets, entries(streets, list(country.supply.geometry)), contacts)
    cost = demand["cost"].to_numpy()[rows]
    limit_s = 1.1 * 60 * CUTOFF_MIN[country.mode]
    assert (np.abs(told - limit_s) > 1e-3).all()  # nobody stands on the limit itself
    reached = told <= limit_s
    assert 50 < reached.sum() < SAMPLE - 50
    np.testing.assert_allclose(cost[reached], told[reached], rtol=0, atol=1e-6)
    assert np.isnan(cost[~reached]).all()
    assert (demand["snapped"].to_numpy()[rows] == [one is not None for one in contacts]).all()


def test_nobody_is_put_on_another_island(country):
    """Every cell's street and facility are on the cell's own island, and never at sea."""
    demand = country.found.demand
    boxes = islands().to_crs(UTM).set_index("id").geometry
    on = country.snaps.snapped
    edges = country.network.lines
    for key, box in boxes.items():
        here = (demand["zone_id"] == key).to_numpy()
        assert shapely.within(edges[country.snaps.edge[here & on]], box).all()
        served = demand.loc[here, "facility_id"].dropna().unique()
        assert len(served)
        assert country.supply.set_index("id").geometry[served].within(box).all()


def test_islands_are_networks_of_their_own_where_no_ferry_runs(country):
    """Cars find no ferry that carries them; walkers find ferries, so that the islands are one."""
    network, on = country.network, country.snaps.snapped
    piece, zone = network.piece[country.snaps.edge[on]], country.found.demand["zone_id"][on]
    main = {piece[(zone == key).to_numpy()].min() for key in ISLANDS}
    assert len(main) == (3 if country.mode == "drive" else 1)
    assert network.major[np.isin(network.piece, list(main))].all()
