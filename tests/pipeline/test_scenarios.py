"""Scenarios of whole studies: by hand, by the oracle of Sample Town, and by what must never be."""

import csv
import hashlib
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyproj import Transformer

import sample_town_oracle as town
from street_oracle import Streets, entries, homes_of, snapped, travel_times
from study_on_disk import CRS, NORTH, WEST, edit, write_layer
from urbangis.errors import StudyError, TableError
from urbangis.pipeline.additions import with_old_ways
from urbangis.pipeline.commands.compare import compare
from urbangis.pipeline.commands.run import run
from urbangis.pipeline.load import load_study
from urbangis.pipeline.scenarios import under_scenario
from urbangis.pipeline.services import build_networks, compute_coverage

DEGREES = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)


def at(east_m: float, north_m: float = 0.0) -> str:
    lon, lat = DEGREES.transform(WEST + east_m, NORTH + north_m)
    return f"[{lon:.9f}, {lat:.9f}]"


def scenario(study: Path, *edits: str, name: str = "try") -> None:
    (study / "scenarios").mkdir(exist_ok=True)
    head = 'name = { zh = "试验", en = "Trial" }\n'
    text = head + "".join(f"[[edits]]\n{one}\n" for one in edits)
    (study / "scenarios" / f"{name}.toml").write_text(text, encoding="utf-8")


def whole(folder: Path, service: str) -> dict[str, float]:
    with (folder / "data" / service / "change.csv").open(encoding="utf-8-sig") as file:
        (row,) = [row for row in csv.DictReader(file) if row["level"] == "study"]
    return {key: float(value) for key, value in row.items() if key[:4] not in ("zone", "leve")}


# By hand: homes at 100, 500, 700 and 1,150 m of one street; clinics at 300 and 1,100 m ------------


def test_a_clinic_closes(study, tmp_path):
    """The last home, of 8 people, has only the clinic that closes; both services lose it."""
    scenario(study, 'layer = "clinics"\nwhere = { id = ["c1"] }\nremove = true')
    found = compare(study, "baseline", "try", output=tmp_path / "out")
    assert [one.id for one in found.services] == ["health", "near"]
    for service in ("health", "near"):
        row = whole(tmp_path / "out", service)
        assert (row["covered_before"], row["covered_after"], row["lost"]) == (11, 3, 8)
        assert row["gained"] == 0


def test_a_clinic_moves_and_homes_are_built(study, tmp_path):
    """To 650 m: the home at 700 gains 4; the one at 1,150 loses 8; 16 new people live at 600."""
    scenario(
        study,
        f'layer = "clinics"\nwhere = {{ id = ["c1"] }}\nmove = {at(650)}',
        f'layer = "homes"\nadd = [{{ id = "new", residents = 16, at = {at(600)} }}]',
    )
    compare(study, "baseline", "try", output=tmp_path / "out")
    row = whole(tmp_path / "out", "health")
    assert (row["gained"], row["lost"], row["arrived"], row["arrived_covered"]) == (4, 8, 16, 16)
    assert (row["total_before"], row["total_after"]) == (15, 31)
    assert (tmp_path / "out" / "health.html").stat().st_size > 10_000
    homes = gpd.read_file(tmp_path / "out/data/health/result.gpkg", layer="homes")
    assert dict(zip(homes["id"], homes["group"], strict=True)) == {
        "h0": "kept", "h1": "kept", "h2": "gained", "h3": "lost", "new": "gained",
    }  # fmt: skip


def test_one_scenario_against_another(study, tmp_path):
    scenario(study, 'layer = "clinics"\nwhere = { id = ["c0"] }\nremove = true', name="a")
    scenario(study, 'layer = "clinics"\nwhere = { id = ["c1"] }\nremove = true', name="b")
    compare(study, "a", "b", output=tmp_path / "out", only=["health"])
    row = whole(tmp_path / "out", "health")
    assert (row["covered_before"], row["covered_after"]) == (8, 3)
    assert (row["gained"], row["lost"]) == (3, 8)
    assert not (tmp_path / "out" / "near.html").exists()


def test_what_the_study_leaves_out_is_included(study, tmp_path):
    edit(study, 'file = "clinics.geojson"', 'file = "clinics.geojson"\nwhere = { id = ["c0"] }')
    scenario(study, 'layer = "clinics"\ninclude = { id = ["c1"] }')
    compare(study, "baseline", "try", output=tmp_path / "out", only=["health"])
    assert whole(tmp_path / "out", "health")["gained"] == 8


def test_rows_come_from_a_file(study, tmp_path):
    clinics = gpd.read_file(study / "clinics.geojson")
    new = clinics.iloc[[0]].assign(id="c9", geometry=[shapely.Point(WEST + 700, NORTH)])
    new.to_file(study / "new.gpkg")
    scenario(study, 'layer = "clinics"\nadd_from = "new.gpkg"')
    compare(study, "baseline", "try", output=tmp_path / "out", only=["health"])
    assert whole(tmp_path / "out", "health")["gained"] == 4


def digests(folder: Path) -> dict[str, str]:
    return {
        file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def test_an_empty_scenario_is_the_study_to_the_byte(study):
    scenario(study, name="nothing")
    run(study)
    report = run(study, scenario="nothing")
    assert report.built
    assert not run(study, scenario="nothing").built
    as_it_is, unchanged = digests(study / "maps" / "data"), digests(study / "maps-nothing" / "data")
    assert len(as_it_is) >= 4
    assert unchanged == as_it_is
    front = (study / "maps-nothing" / "index.html").read_text(encoding="utf-8")
    assert "情景：试验" in front


def test_a_scenario_that_changes_is_built_anew(study):
    scenario(study, 'layer = "clinics"\nwhere = { id = ["c1"] }\nremove = true')
    (first,) = [one for one in run(study, scenario="try").headlines if one.service == "health"]
    assert first.covered == 3
    scenario(study, 'layer = "clinics"\nwhere = { id = ["c0"] }\nremove = true')
    (second,) = [one for one in run(study, scenario="try").headlines if one.service == "health"]
    assert second.covered == 8


def test_the_site_holds_the_comparisons_that_the_study_asks_for(study):
    scenario(study, 'layer = "clinics"\nwhere = { id = ["c1"] }\nremove = true', name="closing")
    edit(study, "[services.health]", '[comparisons.close]\nafter = "closing"\n\n[services.health]')
    run(study)
    assert whole(study / "maps" / "close", "health")["lost"] == 8
    front = (study / "maps" / "index.html").read_text(encoding="utf-8")
    assert "close/health.html" in front
    page = (study / "maps" / "close" / "health.html").read_text(encoding="utf-8")
    assert "../assets/" in page


@pytest.mark.parametrize(
    ("text", "error", "told"),
    [
        ('layer = "clinic"\nwhere = { id = ["c1"] }\nremove = true', StudyError, "not there"),
        ('layer = "zones"\nwhere = { id = ["west"] }\nremove = true', StudyError, "counted by"),
        ('layer = "clinics"\nwhere = { id = ["c9"] }\nremove = true', TableError, '"c9"'),
        ('layer = "clinics"\ninclude = { id = ["c1"] }', TableError, "already"),
    ],
)
def test_a_scenario_that_is_wrong_is_told(study, tmp_path, text, error, told):
    scenario(study, text)
    with pytest.raises(error, match=told) as raised:
        compare(study, "baseline", "try", output=tmp_path / "out")
    assert "try.toml" in str(raised.value)
    assert not (tmp_path / "out").exists()


@pytest.fixture
def gated(study):
    """Clinic c0 has the town's only car park and no gate; c1 has two gates and c2 has one."""
    more = shapely.Point(WEST + 900, NORTH)
    clinics = gpd.read_file(study / "clinics.geojson").set_crs(CRS, allow_override=True)
    clinics = pd.concat([clinics, clinics.iloc[[1]].assign(id="c2", geometry=[more])])
    write_layer(clinics.assign(parking=["yes", "no", "no"]), study / "clinics.geojson")
    doors = [shapely.Point(WEST + east_m, NORTH) for east_m in (1095, 1105, 905)]
    owners = {"id": ["g0", "g1", "g2"], "facility_id": ["c1", "c1", "c2"]}
    write_layer(gpd.GeoDataFrame(owners, geometry=doors, crs=CRS), study / "gates.geojson")
    edit(study, "[services.health]", GATES_LAYER + '[services.health]\ngates = "gates"')
    return study


GATES_LAYER = """\
[layers.gates]
name = { zh = "门", en = "Gates" }
table = "gates"
file = "gates.geojson"
nature = "synthetic"
source = "tests"

"""


def moved(layer: str, where: str, east_m: float) -> str:
    return f'layer = "{layer}"\nwhere = {{ {where} }}\nmove = {at(east_m)}'


@pytest.mark.parametrize(
    ("edits", "left"),
    [
        ([("clinics", 'id = ["c1"]')], "c1"),
        ([("clinics", 'kind = ["clinic"]')], "c1"),
        ([("clinics", 'parking = ["yes"]')], None),
        ([("clinics", 'kind = ["clinic"], parking = ["yes"]')], None),
        ([("clinics", 'kind = ["clinic"], parking = ["no"]')], "c1"),
        ([("clinics", 'id = ["c0", "c1"], parking = ["yes"]')], None),
        ([("clinics", 'id = ["c0", "c2"], parking = ["no"]')], "c2"),
        ([("clinics", 'id = ["c1"]'), ("gates", 'facility_id = ["c1"]')], None),
        ([("gates", 'facility_id = ["c1"]'), ("clinics", 'id = ["c1"]')], None),
        ([("clinics", 'id = ["c1"]'), ("gates", 'facility_id = ["c2"]')], "c1"),
        ([("clinics", 'id = ["c1"]'), ("gates", 'id = ["g0"]')], "c1"),
    ],
)
def test_a_moved_facility_must_not_leave_its_gates(gated, edits, left):
    """Those that move are the rows that fit all columns; another's gate is no excuse."""
    scenario(gated, *(moved(layer, where, 800) for layer, where in edits))
    loaded = load_study(gated, tell=lambda _: None)
    if left is None:
        under_scenario(loaded, "try")
    else:
        with pytest.raises(StudyError, match=f'moves "{left}" of "clinics" whose gates are'):
            under_scenario(loaded, "try")


def test_gates_that_go_or_change_hands_are_not_left_behind(gated):
    scenario(
        gated,
        moved("clinics", 'id = ["c1"]', 800),
        'layer = "gates"\nwhere = { id = ["g0"] }\nremove = true',
        'layer = "gates"\nwhere = { id = ["g1"] }\nchange = { facility_id = "c2" }',
    )
    later = under_scenario(load_study(gated, tell=lambda _: None), "try")
    assert list(later.layers["gates"].table["facility_id"]) == ["c2", "c2"]


# Sample Town, by NetworkX and brute force ---------------------------------------------------------


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("compared")
    for name in ("footbridge", "station-moves"):
        compare(town.TOWN, "baseline", name, output=folder / name, only=["health_15"])
    return folder


def health_s(streets: Streets, clinics: list) -> np.ndarray:
    homes = homes_of(town.layer("buildings"))
    return travel_times(streets, entries(streets, clinics), snapped(streets, homes))


def gained_and_lost(after_s: np.ndarray) -> tuple[float, float]:
    was = town.walking_times("health_15") <= 900
    now = after_s <= 900
    residents = town.people()["residents"]
    return residents[now & ~was].sum(), residents[was & ~now].sum()


def test_the_footbridge_gains_whom_the_oracle_says(compared):
    ends = [(120.1267153, 31.229973), (120.128118, 31.2292792)]
    line = gpd.GeoSeries([shapely.LineString(ends)], crs="EPSG:4326").to_crs(town.CRS)[0]
    walks = town.walks()
    seconds = line.length / town.WALK_MS
    with_bridge = replace(
        walks,
        lines=np.append(walks.lines, line),
        start=[*walks.start, ends[0]],
        end=[*walks.end, ends[1]],
        ahead_s=np.append(walks.ahead_s, seconds),
        back_s=np.append(walks.back_s, seconds),
    )
    after_s = health_s(with_bridge, list(town.supply("health_15").geometry))
    gained, lost = gained_and_lost(np.minimum(after_s, town.walking_times("health_15")))
    row = whole(compared / "footbridge", "health_15")
    assert (row["gained"], row["lost"]) == (gained, lost) == (982, 0)


def test_the_stations_gain_and_lose_whom_the_oracle_says(compared):
    clinics = town.supply("health_15").set_index("id").geometry.copy()
    places = gpd.GeoSeries(
        gpd.points_from_xy([120.13, 120.1055], [31.218, 31.2255]), crs="EPSG:4326"
    ).to_crs(town.CRS)
    clinics["C06"], clinics["C08"] = places
    gained, lost = gained_and_lost(health_s(town.walks(), list(clinics)))
    row = whole(compared / "station-moves", "health_15")
    assert (row["gained"], row["lost"]) == (gained, lost) == (1609, 2448)


# What must never be -------------------------------------------------------------------------------

metres = st.tuples(st.integers(0, 1200), st.integers(-300, 300))
new_streets = st.lists(st.lists(metres, min_size=2, max_size=3, unique=True), max_size=3)
new_clinics = st.lists(metres, max_size=2)


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(new_streets, new_clinics)
def test_what_only_adds_makes_nobody_worse_off(study, streets, clinics):
    edits = [
        f'layer = "streets"\nadd = [{{ id = "n{n}", class = "residential", '
        f"line = [{', '.join(at(*xy) for xy in line)}] }}]"
        for n, line in enumerate(streets)
    ]
    edits += [
        f'layer = "clinics"\nadd = [{{ id = "n{n}", kind = "clinic", at = {at(*xy)} }}]'
        for n, xy in enumerate(clinics)
    ]
    scenario(study, *edits)
    loaded = load_study(study, tell=lambda _: None)
    later = under_scenario(loaded, "try")
    spec = loaded.study.spec.services["health"]
    was, now = (
        with_old_ways(
            one, spec, compute_coverage(one, spec, build_networks(one, {"health": spec}))
        ).demand["cost"]
        for one in (loaded, later)
    )
    assert (np.nan_to_num(now, nan=np.inf) <= np.nan_to_num(was, nan=np.inf) + 1e-9).all()


def test_a_new_street_that_leads_nowhere_captures_nobody(study, tmp_path):
    """It passes 1 m from the home at 100 m, which is 2 m off its own street, and is a dead end."""
    homes = gpd.read_file(study / "homes.geojson").set_crs(CRS, allow_override=True)
    homes.loc[0, "geometry"] = shapely.Point(WEST + 100, NORTH + 2)
    write_layer(homes, study / "homes.geojson")
    line = ", ".join([at(100, 3), at(100, 400)])
    scenario(
        study, f'layer = "streets"\nadd = [{{ id = "n", class = "residential", line = [{line}] }}]'
    )
    found = compare(study, "baseline", "try", output=tmp_path / "out", only=["health"])
    (result,) = found.services
    assert result.change.zones["lost"].sum() == 0
    pd.testing.assert_series_equal(result.after.demand["cost"], result.before.demand["cost"])


def test_old_ways_are_kept_where_a_facility_closes(study):
    """The same dead end, and the far clinic closes: the home at 100 m goes 200 m, as before."""
    homes = gpd.read_file(study / "homes.geojson").set_crs(CRS, allow_override=True)
    homes.loc[0, "geometry"] = shapely.Point(WEST + 100, NORTH + 2)
    write_layer(homes, study / "homes.geojson")
    row = f'{{ id = "n", class = "residential", line = [{at(100, 3)}, {at(100, 400)}] }}'
    scenario(
        study,
        f'layer = "streets"\nadd = [{row}]',
        'layer = "clinics"\nwhere = { id = ["c1"] }\nremove = true',
    )
    later = under_scenario(load_study(study, tell=lambda _: None), "try")
    spec = later.study.spec.services["health"]
    found = compute_coverage(later, spec, build_networks(later, {"health": spec}))
    cost = with_old_ways(later, spec, found).demand["cost"]
    assert cost[0] == pytest.approx((2 + 200) / (4 / 3.6), rel=1e-6)
