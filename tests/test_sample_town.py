"""Sample Town is what its README says, and awkward enough to tell true coverage from shortcuts."""

import csv
import re
import shutil
import subprocess
import sys

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely

import sample_town_oracle as town
from urbangis.catalog import load_catalogue
from urbangis.study import read_study_spec

TOWN = town.TOWN
LAYERS = sorted(path.stem for path in TOWN.glob("*.geojson"))
BRIDGES = ("人民桥", "南桥")


as_stored, layer = town.as_stored, town.layer


@pytest.fixture(scope="module")
def walks() -> gpd.GeoDataFrame:
    """Streets open to walkers, with their ends exactly as stored and their walking time."""
    stored = as_stored("streets")
    streets = stored.to_crs(town.CRS)
    streets["u"] = [line.coords[0] for line in stored.geometry]
    streets["v"] = [line.coords[-1] for line in stored.geometry]
    slow = np.where(streets["class"] == "steps", 2, 1)
    streets["time_s"] = streets.length * slow / town.WALK_MS
    closed = (streets["access"] == "private") & streets["foot"].isna()
    return streets[~streets["class"].str.startswith("motorway") & ~closed].reset_index(drop=True)


def graph_of(walks: gpd.GeoDataFrame) -> nx.MultiGraph:
    graph = nx.MultiGraph()
    for row in walks.itertuples():
        graph.add_edge(row.u, row.v, key=row.id, weight=row.time_s)
    return graph


def pieces(graph: nx.MultiGraph) -> list[set]:
    return sorted(nx.connected_components(graph), key=len, reverse=True)


# What is stored -------------------------------------------------------------------------------


def test_the_generator_writes_the_committed_bytes(tmp_path):
    for module in TOWN.glob("*.py"):
        shutil.copy(module, tmp_path / module.name)
    subprocess.run([sys.executable, "-W", "error", tmp_path / "build.py"], check=True)
    drawn = sorted(path for path in tmp_path.iterdir() if path.suffix in {".geojson", ".csv"})
    assert [path.stem for path in drawn] == sorted([*LAYERS, "census", "districts"])
    for path in drawn:
        assert path.read_bytes() == (TOWN / path.name).read_bytes(), path.name


def test_the_layers_are_small():
    assert sum(path.stat().st_size for path in TOWN.glob("*.*")) < 1_000_000


@pytest.mark.parametrize("name", LAYERS)
def test_ids_are_unique_and_geometry_is_valid(name):
    table = as_stored(name)
    assert table["id"].is_unique
    assert table.geometry.notna().all()
    assert table.is_valid.all()
    assert not table.is_empty.any()


def test_the_study_names_every_layer_and_says_that_all_is_invented():
    spec, root = read_study_spec(TOWN)
    assert sorted(spec.layers) == sorted([*LAYERS, "census"])
    catalogue = load_catalogue()
    for entry in spec.layers.values():
        assert (root / entry.file).is_file()
        assert entry.nature == "synthetic"
        assert "虚构" in entry.note.zh
        assert "nvented" in entry.note.en
        catalogue.style(entry.style)
    for service in spec.services.values():
        standard = catalogue.standard(service.standard)
        kinds = {kind for name in service.facilities for kind in as_stored(name)["kind"]}
        assert kinds & set(standard.facilities)
        assert (service.streets is None) == (standard.method == "straight_line")


def test_the_readme_counts_people_and_homes_as_the_layer_does():
    homes = as_stored("buildings")
    readme = (TOWN / "README.md").read_text(encoding="utf-8")
    residents, count = re.search(r"\*\*([\d,]+) residents in ([\d,]+) homes\*\*", readme).groups()
    assert int(residents.replace(",", "")) == homes["residents"].sum()
    assert int(count.replace(",", "")) == len(homes)
    assert 25_000 < homes["residents"].sum() < 40_000
    assert (homes["children_6_11"] + homes["elderly_60"] <= homes["residents"]).all()


# Streets --------------------------------------------------------------------------------------


def test_streets_of_one_grade_meet_at_their_ends_and_nowhere_else():
    streets = as_stored("streets")
    for _, level in streets.groupby("grade"):
        lines = level.geometry.to_numpy()
        assert shapely.is_simple(lines).all()
        left, right = shapely.STRtree(lines).query(lines, predicate="intersects")
        for a, b in zip(left[left < right], right[left < right], strict=True):
            meeting = shapely.intersection(lines[a], lines[b])
            ends_a = {lines[a].coords[0], lines[a].coords[-1]}
            ends_b = {lines[b].coords[0], lines[b].coords[-1]}
            assert {tuple(xy) for xy in shapely.get_coordinates(meeting)} <= ends_a & ends_b
            assert meeting.geom_type in {"Point", "MultiPoint"}


def test_the_motorway_passes_over_streets_and_joins_them_by_one_ramp_pair():
    streets = as_stored("streets")
    motorway = streets[streets["class"] == "motorway"]
    ground = streets[streets["grade"] == 0]
    assert (motorway["grade"] == 1).all()
    ramps = streets[streets["class"] == "motorway_link"]
    over = ground[ground.crosses(motorway.union_all())]
    assert set(over["name"]) == {"人民路", "南桥路", "学府路"}
    assert len(ramps) == 2
    assert (ramps["oneway"] == "yes").all()
    on_motorway = {xy for line in motorway.geometry for xy in (line.coords[0], line.coords[-1])}
    plain = ground[~ground["id"].isin(ramps["id"])]
    on_street = {xy for line in plain.geometry for xy in (line.coords[0], line.coords[-1])}
    assert not on_motorway & on_street
    starts = [line.coords[0] for line in ramps.geometry]
    ends = [line.coords[-1] for line in ramps.geometry]
    assert sum(xy in on_motorway for xy in starts) == sum(xy in on_motorway for xy in ends) == 1
    assert sum(xy in on_street for xy in starts) == sum(xy in on_street for xy in ends) == 1


def test_a_path_runs_under_a_bridge_without_joining_it():
    streets = as_stored("streets")
    bridge = streets[streets["name"] == "人民桥"].geometry.iloc[0]
    walk = streets[(streets["name"] == "滨河步道") & streets.crosses(bridge)]
    assert len(walk) == 1
    assert walk["grade"].iloc[0] == 0


def test_two_bridges_are_the_only_links_across_the_river(walks):
    river = layer("water").set_index("id").geometry["W1"]
    assert set(walks.loc[walks.crosses(river), "name"]) == set(BRIDGES)
    whole, banks = pieces(graph_of(walks)), pieces(graph_of(walks[~walks["name"].isin(BRIDGES)]))
    assert len(banks) == len(whole) + 1
    assert banks[0] | banks[1] == whole[0]
    one_way = walks.set_index("name")["oneway"]
    assert [one_way[bridge] for bridge in BRIDGES] == ["no", "yes"]


def test_the_walled_estate_hangs_on_one_gate(walks):
    graph = graph_of(walks)
    inner = walks[walks["name"] == "锦绣苑内部路"]
    outer = walks[walks["name"] != "锦绣苑内部路"]
    inside = {*inner["u"], *inner["v"]}
    gates = inside & {*outer["u"], *outer["v"]}
    assert len(gates) == 1
    cut = nx.minimum_edge_cut(
        nx.Graph(graph), next(iter(inside - gates)), next(iter({*outer["u"]} - inside))
    )
    assert len(cut) == 1
    homes = layer("buildings")
    estate = homes[homes["name"] == "锦绣苑"].centroid
    to_outer = estate.distance(outer.union_all())
    assert (estate.distance(inner.union_all()) < to_outer).all()
    assert to_outer.min() < 60


def test_the_courtyard_path_is_a_piece_of_its_own_beside_served_homes(walks):
    main, *others = pieces(graph_of(walks))
    assert len(others) == 1
    courtyard = walks[walks["u"].isin(others[0])]
    assert set(courtyard["name"]) == {"院内小路"}
    homes = layer("buildings").centroid
    nearer = homes.distance(courtyard.union_all()) < homes.distance(
        walks[walks["u"].isin(main)].union_all()
    )
    assert nearer.sum() >= 10
    assert (
        homes[nearer].distance(walks[walks["u"].isin(main)].union_all()) < town.SNAP_LIMIT_M
    ).all()


# Land and people ------------------------------------------------------------------------------


def test_neighbourhoods_tile_the_town_and_hold_each_home_once():
    zones, homes = layer("neighbourhoods"), layer("buildings")
    assert zones.area.sum() == pytest.approx(zones.union_all().area, rel=1e-9)
    assert zones.union_all().geom_type == "Polygon"
    assert not zones.union_all().interiors
    home, _ = shapely.STRtree(zones.geometry.to_numpy()).query(homes.geometry, predicate="within")
    assert sorted(home) == list(range(len(homes)))


def test_districts_group_every_neighbourhood_once():
    with (TOWN / "districts.csv").open(encoding="utf-8", newline="") as file:
        members = [row["member_id"] for row in csv.DictReader(file)]
    assert sorted(members) == sorted(as_stored("neighbourhoods")["id"])


def test_parcels_do_not_overlap_and_cover_every_home():
    parcels, homes = layer("residential_land"), layer("buildings")
    assert parcels.area.sum() == pytest.approx(parcels.union_all().area, rel=1e-9)
    centres = homes.centroid.to_numpy()
    home, _ = shapely.STRtree(parcels.geometry.to_numpy()).query(centres, predicate="within")
    assert sorted(home) == list(range(len(homes)))


def test_homes_stand_clear_of_streets_water_parks_and_each_other():
    homes = layer("buildings").geometry.to_numpy()
    for name in ("streets", "water", "parks"):
        other = layer(name).geometry.to_numpy()
        assert shapely.STRtree(other).query(homes, predicate="dwithin", distance=5)[0].size == 0
    pairs = shapely.STRtree(homes).query(homes, predicate="dwithin", distance=3.9)
    assert (pairs[0] == pairs[1]).all()


def test_only_farmhouses_are_too_far_from_any_street(walks):
    homes = layer("buildings")
    far = homes.centroid.distance(walks.union_all()) > town.SNAP_LIMIT_M
    assert set(homes.loc[far, "name"]) == {"散户"}
    assert far.sum() == (homes["name"] == "散户").sum() >= 5


def test_parks_differ_in_how_they_are_entered(walks):
    parks, gates = layer("parks").set_index("id"), layer("park_gates")
    per_park = gates.groupby("facility_id").size()
    assert set(per_park.index) < set(parks.index)
    assert per_park["P02"] == 1
    assert per_park["P03"] > 1
    assert gates.distance(parks.geometry[gates["facility_id"]].boundary, align=False).max() < 0.05
    without = parks.geometry[~parks.index.isin(per_park.index)]
    assert list(without.index) == ["P01"]
    assert without.area.iloc[0] == parks.area.max() > 200_000
    assert walks.crosses(without.boundary.iloc[0]).sum() == 4
    assert 300 <= parks.area.min() < 400


# True coverage against shortcuts --------------------------------------------------------------


def covered_by_method() -> dict[tuple[str, str], float]:
    """Share of residents covered, by service and method."""
    times = {("park_10", "park centroids"): town.centroid_times()}
    for service in ("health_15", "park_10"):
        times[service, "true"] = town.walking_times(service)
        times[service, "nodes"] = town.node_times(service)
        times[service, "nodes and legs"] = town.node_times(service, legs=True)
        times[service, "straight line"] = town.straight_times(service)
    residents = town.people()["residents"]
    return {
        key: residents[time <= town.CUTOFF_S[key[0]]].sum() / residents.sum()
        for key, time in times.items()
    }


def test_every_shortcut_gives_a_clearly_different_coverage():
    covered = covered_by_method()
    readme = (TOWN / "README.md").read_text(encoding="utf-8")
    for (service, method), rate in covered.items():
        assert f"| {service} | {method} | {rate:.1%} |" in readme
        if method != "true":
            assert abs(rate - covered[service, "true"]) > 0.04
