"""Coverage and rings on real OpenStreetMap extracts, against NetworkX and brute force.

Streets and facilities come out of the same file; zones and people are made here.
"""

import math
import tomllib
from collections import Counter
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from typer.testing import CliRunner

from street_oracle import Contact, Streets, entries, snapped, travel_times
from urbangis.cli import app
from urbangis.io.osm import read_places, read_streets
from urbangis.pipeline.commands.direct import Facilities, Files, coverage, rings

PEOPLE = 400
STEP_M = 10.0
RULE = """\
id = "hospital-drive"
name = { zh = "驾车到医院", en = "Hospital by car" }
facilities = ["hospital"]
method = "network"
mode = "drive"
cutoff_min = 6
denominators = ["residents"]

[source]
document = "tests"
clause = "-"
confidence = "high"
"""


@dataclass(frozen=True)
class Case:
    extract: str
    mode: str
    kind: str
    standard: str
    cutoff_s: float
    bounds: tuple[float, float, float, float]


CASES = {
    "nanjing": Case(
        "osm/china_nanjing_center_derived.osm.pbf",
        "walk",
        "fitness_place",
        "jiangsu-fitness-10",
        600.0,
        (118.71, 31.99, 118.80, 32.07),
    ),
    "columbus": Case(
        "osm/columbus.osm.pbf",
        "drive",
        "hospital",
        RULE,
        360.0,
        (-83.06, 39.93, -82.95, 40.02),
    ),
}


def parted_at_barriers(kept: pd.DataFrame, mode: dict) -> tuple[list, list]:
    """The end nodes; where two streets meet at a barrier that stops the mode, one each."""
    start, end = kept["start"].tolist(), kept["end"].tolist()
    times = Counter([*start, *end])
    for side, barriers in ((start, kept["start_barrier"]), (end, kept["end_barrier"])):
        for row, barrier in enumerate(barriers):
            if not isinstance(barrier, str) or times[side[row]] != 2:
                continue
            kind, *tags = barrier.split(";")
            tagged = dict(tag.split("=") for tag in tags)
            given = [tagged[key] for key in mode["access_keys"] if key in tagged]
            if given and given[-1] in mode["permit"]:
                continue
            if kind in mode["closed_barriers"] or (given and given[-1] in mode["barrier_deny"]):
                side[row] = (side[row], row, side is start)
    return start, end


def open_streets(table: gpd.GeoDataFrame, mode_name: str) -> Streets:
    """The edges open to a mode, street by street; the mode's numbers are the catalogue's."""
    text = (files("urbangis.catalog") / "modes" / f"{mode_name}.toml").read_text(encoding="utf-8")
    mode = tomllib.loads(text)
    rows = []
    for street in table.to_dict("records"):
        own = street[mode["access_keys"][-1]]
        given = [street[key] for key in mode["access_keys"] if isinstance(street[key], str)]
        kmh = mode["speeds_kmh"].get(street["class"])
        if kmh is None and own in mode["permit"]:
            kmh = mode["access_kmh"]
        if kmh is None or (given and given[-1] in mode["deny"]):
            continue
        if mode.get("obeys_max_speed") and street["max_speed_kmh"] < kmh:
            kmh = street["max_speed_kmh"]
        time_s = street["geometry"].length / (kmh / 3.6)
        one_way = street["oneway"] if mode["obeys_one_way"] else "no"
        rows.append(
            {
                "line": street["geometry"],
                "start": street["start_node"],
                "end": street["end_node"],
                "start_barrier": street["start_barrier"],
                "end_barrier": street["end_barrier"],
                "ahead": math.inf if one_way == "-1" else time_s,
                "back": math.inf if one_way == "yes" else time_s,
            }
        )
    kept = pd.DataFrame(rows)
    start, end = parted_at_barriers(kept, mode)
    return Streets(
        kept["line"].to_numpy(object),
        start,
        end,
        kept["ahead"].to_numpy(float),
        kept["back"].to_numpy(float),
        mode["access_kmh"] / 3.6,
        mode["snap_limit_m"],
    )


@dataclass(frozen=True)
class World:
    """A case with its files written, its result, and the same streets for the oracle."""

    case: Case
    extract: Path
    files: Files
    standard: str
    found: object
    streets: Streets
    supply: list


@pytest.fixture(scope="module", params=list(CASES))
def world(request, real_data, tmp_path_factory) -> World:
    case = CASES[request.param]
    extract = real_data / case.extract
    folder = tmp_path_factory.mktemp(request.param)
    west, south, east, north = case.bounds
    x, y = np.linspace(west, east, 5), np.linspace(south, north, 5)
    boxes = [shapely.box(x[i], y[j], x[i + 1], y[j + 1]) for j in range(4) for i in range(4)]
    ids = [f"b{n:02}" for n in range(16)]
    gpd.GeoDataFrame({"id": ids, "name": ids}, geometry=boxes, crs=4326).to_file(
        folder / "zones.gpkg"
    )
    random = np.random.default_rng(20240501)
    homes = pd.DataFrame(
        {
            "id": [f"h{n}" for n in range(PEOPLE)],
            "lon": random.uniform(west, east, PEOPLE).round(7),
            "lat": random.uniform(south, north, PEOPLE).round(7),
            "people": random.integers(1, 4096, PEOPLE),
        }
    )
    homes.to_csv(folder / "homes.csv", index=False)
    standard = case.standard
    if standard == RULE:
        (folder / "rule.toml").write_text(RULE, encoding="utf-8")
        standard = str(folder / "rule.toml")
    given = Files(
        Facilities(extract),
        folder / "homes.csv",
        folder / "zones.gpkg",
        extract,
        residents="people",
        crs="EPSG:4326",
    )
    found = coverage(given, standard, output=folder / "out")
    crs = found.demand.crs
    places = read_places(extract).to_crs(crs)
    supply = places[places["kind"] == case.kind].sort_values("id").geometry
    return World(
        case,
        extract,
        given,
        standard,
        found,
        open_streets(read_streets(extract).to_crs(crs), case.mode),
        list(supply),
    )


def expected_times(world: World) -> np.ndarray:
    homes = pd.read_csv(world.files.demand)
    places = gpd.points_from_xy(homes["lon"], homes["lat"], crs=4326).to_crs(world.found.demand.crs)
    ways_in = entries(world.streets, world.supply)
    return travel_times(world.streets, ways_in, snapped(world.streets, list(places)))


def test_coverage_is_what_networkx_gives(world):
    told = expected_times(world)
    demand, cutoff_s = world.found.demand, world.case.cutoff_s
    searched_s = max(1.1 * cutoff_s, cutoff_s + 60)  # a tenth slower, or a minute beyond
    assert (np.abs(told - searched_s) > 1e-3).all()  # nobody stands on the limit itself
    cost = demand["cost"].to_numpy()
    reached = told <= searched_s
    assert 50 < reached.sum() < PEOPLE - 50
    np.testing.assert_allclose(cost[reached], told[reached], rtol=1e-6)
    assert np.isnan(cost[~reached]).all()

    homes = pd.read_csv(world.files.demand)
    west, south, east, north = world.case.bounds
    column = ((homes["lon"] - west) / (east - west) * 4).astype(int)
    row = ((homes["lat"] - south) / (north - south) * 4).astype(int)
    homes["zone"] = [f"b{j * 4 + i:02}" for i, j in zip(column, row, strict=True)]
    homes["covered"] = homes["people"] * (told <= cutoff_s)
    sums = homes.groupby("zone")[["people", "covered"]].sum()
    zones = world.found.zones.query("level == 'zone'").set_index("zone_id")
    assert zones["total"].to_dict() == sums["people"].to_dict()
    assert zones["covered"].to_dict() == sums["covered"].to_dict()
    whole = world.found.zones.query("level == 'study'").iloc[0]
    assert whole["total"] == homes["people"].sum()
    assert whole["covered"] == homes["covered"].sum()


def test_the_command_line_writes_the_same_figures(world, tmp_path):
    given = world.files
    result = CliRunner().invoke(
        app,
        [
            *("coverage", str(world.extract), "--network", str(world.extract)),
            *("--standard", world.standard, "--demand", str(given.demand)),
            *("--zones", str(given.zones), "--residents", "people", "--crs", "EPSG:4326"),
            *("-o", str(tmp_path)),
        ],
    )
    assert result.exit_code == 0, result.output
    table = pd.read_csv(tmp_path / "coverage.csv")
    found = world.found.zones.reset_index(drop=True)
    for name in ("zone_id", "total", "covered", "uncovered", "unsnapped"):
        assert table[name].tolist() == found[name].tolist()
    whole = found.query("level == 'study'").iloc[0]
    assert f"{whole['covered']:,.0f} of {whole['total']:,.0f} residents" in result.stdout


def test_rings_hold_the_streets_within_reach_and_no_others(world):
    table, _ = rings(
        Facilities(world.extract, kind=world.case.kind),
        world.extract,
        mode=world.case.mode,
        minutes=[6, 2, 4],
    )
    assert table["minutes"].tolist() == [2, 4, 6]
    shapes = table.to_crs(world.found.demand.crs).geometry
    for inner, outer in pairwise(shapes):
        assert inner.difference(outer).area == 0
        assert outer.area > inner.area

    window = middle(world)
    at, points = points_on_streets(world, window)
    times = travel_times(world.streets, entries(world.streets, world.supply), at)
    off_m = table["off_network_m"].iloc[0] + table["accuracy_m"].iloc[0] + STEP_M
    looked_at = shapely.intersects(window.buffer(-off_m), points)
    for cutoff, ring in zip(table["minutes"], shapes, strict=True):
        reached = times <= cutoff * 60
        inside = shapely.intersects(ring, points)
        assert 30 < reached.sum() < len(points) - 30
        assert inside[reached].all()
        # A street that is not reached lies in the ring only where one that is passes close by.
        stray = points[inside & ~reached & looked_at]
        tree = shapely.STRtree(points[reached])
        nearest = shapely.distance(stray, tree.geometries[tree.nearest(stray)])
        assert (nearest <= off_m).all()


def middle(world: World) -> shapely.Polygon:
    """The middle third of the zones, in metres."""
    west, south, east, north = world.case.bounds
    part = shapely.box(
        west + 0.33 * (east - west),
        south + 0.33 * (north - south),
        east - 0.33 * (east - west),
        north - 0.33 * (north - south),
    )
    return gpd.GeoSeries([part], crs=4326).to_crs(world.found.demand.crs)[0]


def points_on_streets(world: World, window: shapely.Polygon) -> tuple[list[Contact], np.ndarray]:
    """A point on every 10 m of the streets in the window."""
    at, points = [], []
    for edge in np.flatnonzero(shapely.intersects(world.streets.lines, window)):
        line = world.streets.lines[edge]
        count = math.ceil(line.length / STEP_M)
        for fraction in (np.arange(count) + 0.5) / count:
            at.append(Contact(int(edge), float(fraction), 0.0))
            points.append(line.interpolate(fraction, normalized=True))
    return at, np.array(points)
