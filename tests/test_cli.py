"""The command line as a planner meets it: bad input, exit codes, one clear line, no traceback."""

import json
import os
import subprocess
import sys
import warnings
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from rasterio.transform import Affine

import study_on_disk as disk
from urbangis import cli
from urbangis.crs import wgs84_to_gcj02


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return disk.write_study(tmp_path / "study")


@pytest.fixture
def urbangis(monkeypatch, capfd):
    """Run a command as the installed program does; returns exit code, stdout, stderr."""

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["urbangis", *map(str, arguments)])
        try:
            cli.main()
            code = 0
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = capfd.readouterr()
        return code, said.out, said.err

    return call


def fault(result: tuple[int, str, str]) -> str:
    """The one line of an error; fails if the command did not end as one should."""
    code, out, err = result
    assert code == 2, (out, err)
    assert out == ""
    errors = [line for line in err.splitlines() if not line.startswith(PROGRESS)]
    assert len(errors) == 1, err
    assert errors[0].startswith("error: ")
    assert "Traceback" not in err
    return errors[0].removeprefix("error: ")


PROGRESS = ("reading ", "computing ", "writing ", "drawing ")


# Files that cannot be right: an error that names the place and the remedy ----------------------


def no_crs(study):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pyogrio warns of just this
        disk.homes().set_crs(None, allow_override=True).to_file(study / "homes.gpkg")
    disk.edit(study, "homes.geojson", "homes.gpkg")


def metres_said_to_be_degrees(study):
    stored = json.loads((study / "homes.geojson").read_text(encoding="utf-8"))
    del stored["crs"]
    (study / "homes.geojson").write_text(json.dumps(stored), encoding="utf-8")


def another_zone(study):
    disk.write_layer(disk.homes().set_crs("EPSG:4547", allow_override=True),
                     study / "homes.geojson")  # fmt: skip


def swapped(study):
    table = disk.homes().to_crs("EPSG:4326")
    points = [shapely.Point(point.y, point.x) for point in table.geometry]
    table.set_geometry(gpd.GeoSeries(points, crs=4326)).to_file(study / "homes.geojson")


def missing_column(study):
    disk.write_layer(disk.clinics().rename(columns={"kind": "kindd"}), study / "clinics.geojson")


def no_residents(study):
    disk.write_layer(disk.homes().drop(columns="residents"), study / "homes.geojson")


def one_gap_in_residents(study):
    disk.write_layer(disk.homes().assign(residents=[1, 2, None, 4]), study / "homes.geojson")


def negative_residents(study):
    disk.write_layer(disk.homes().assign(residents=[1, 2, -3, 4]), study / "homes.geojson")


def words_for_residents(study):
    disk.write_layer(disk.homes().assign(residents=["1", "2", "many", "4"]),
                     study / "homes.geojson")  # fmt: skip


def empty_layer(study):
    disk.write_layer(disk.clinics().iloc[:0], study / "clinics.geojson")


def duplicate_ids(study):
    disk.write_layer(disk.clinics().assign(id="c0"), study / "clinics.geojson")


def no_geometry_at_all(study):
    table = disk.clinics()
    disk.write_layer(table.set_geometry([None] * len(table), crs=disk.CRS),
                     study / "clinics.geojson")  # fmt: skip


def a_line_among_points(study):
    table = disk.clinics()
    table.loc[1, "geometry"] = shapely.LineString([disk.point(0), disk.point(5)])
    disk.write_layer(table, study / "clinics.geojson")


def unreadable(study):
    (study / "homes.geojson").write_bytes(b"\x00\x01 not a map")


def cut_short(study):
    text = (study / "homes.geojson").read_bytes()
    (study / "homes.geojson").write_bytes(text[: len(text) // 2])


def gone(study):
    (study / "homes.geojson").rename(study / "hoems.geojson")


def another_country(study):
    table = disk.clinics()
    table["geometry"] = [shapely.Point(2.3 + n / 100, 48.8) for n in range(2)]
    table.set_crs(4326, allow_override=True).to_file(study / "clinics.geojson")


def no_street_open(study):
    disk.write_layer(disk.streets().assign(**{"class": "motorway"}), study / "streets.geojson")


def misspelt_key(study):
    disk.edit(study, 'facilities = ["clinics"]', 'facilites = ["clinics"]')


def misspelt_layer(study):
    disk.edit(study, 'facilities = ["clinics"]', 'facilities = ["clinic"]')


def broken_toml(study):
    disk.edit(study, "[services.health]", "[services.health")


def study_in_gbk(study):
    file = study / "urbangis.toml"
    file.write_bytes(file.read_text(encoding="utf-8").encode("gbk"))


def unknown_standard(study):
    disk.edit(study, 'standard = "clinic-3"', 'standard = "jiangsu-helth-15"')


def unknown_mode(study):
    file = study / "rules/standards/clinic-3.toml"
    file.write_text(disk.RULES["clinic-3"].replace('"walk"', '"wlak"'), encoding="utf-8")


def wrong_kind(study):
    disk.write_layer(disk.clinics().assign(kind="park"), study / "clinics.geojson")


BAD = {
    no_crs: ["homes.gpkg", "homes", "has no coordinate system", "metres"],
    metres_said_to_be_degrees: ["homes.geojson", "look like metres"],
    another_zone: ["homes.geojson", "km from the study's area"],
    swapped: ["homes.geojson", "swapped"],
    missing_column: ["clinics.geojson", 'no column "kind"', '"kindd" is meant'],
    no_residents: ["homes.geojson", "layer 'homes'", "no number of residents"],
    one_gap_in_residents: ["homes.geojson", "row h2", "residents"],
    negative_residents: ["homes.geojson", "row h2", "residents"],
    words_for_residents: ["homes.geojson", "row h2", "many"],
    empty_layer: ["clinics.geojson", "holds no rows"],
    duplicate_ids: ["clinics.geojson", "c0"],
    no_geometry_at_all: ["clinics.geojson", "no row has a geometry"],
    a_line_among_points: ["clinics.geojson", "row c1", "LineString"],
    unreadable: ["homes.geojson"],
    cut_short: ["homes.geojson"],
    gone: ["homes.geojson", "no such file", '"hoems.geojson" is meant'],
    another_country: ["clinics.geojson", "km from the study's area"],
    no_street_open: ["streets.geojson", "no street is open", "motorway"],
    misspelt_key: ["urbangis.toml", "services.health.facilites", '"facilities" is meant'],
    misspelt_layer: ["urbangis.toml", '"clinic"'],
    broken_toml: ["urbangis.toml", "not valid TOML"],
    study_in_gbk: ["urbangis.toml", "UTF-8"],
    unknown_standard: ["services.health", "jiangsu-helth-15", "jiangsu-health-15"],
    unknown_mode: ["wlak", "walk"],
    wrong_kind: ["clinics.geojson", "layer 'clinics'", "found: park"],
}


@pytest.mark.parametrize("spoil", BAD, ids=lambda spoil: spoil.__name__)
def test_bad_input_ends_in_one_clear_line(study, urbangis, spoil):
    spoil(study)
    line = fault(urbangis("run", study))
    for part in BAD[spoil]:
        assert part in line
    assert line.endswith((".", ")"))
    assert not (study / "maps").exists()
    code, out, err = urbangis("check", study)
    assert code == 2
    assert f"error: {line}" in out.splitlines()
    assert "Traceback" not in out + err


# Files that can be used, with something to know -------------------------------------------------


def study_figures(study: Path) -> pd.Series:
    table = pd.read_csv(study / "maps/data/health/coverage.csv")
    return table[table["level"] == "study"].iloc[0]


def told(study, urbangis, severity: str) -> list[str]:
    """What `check` tells; `run` builds as well, and tells the warnings."""
    code, out, _ = urbangis("check", study)
    assert code == (1 if severity == "warning" else 0)
    assert urbangis("run", study)[0] == 0
    return [line for line in out.splitlines() if line.startswith(severity)]


def test_homes_without_a_place_stay_in_the_total(study, urbangis):
    table = disk.homes()
    table.loc[1, "geometry"] = None
    disk.write_layer(table, study / "homes.geojson")
    lines = told(study, urbangis, "warning")
    assert any(line.startswith("warning: homes: ") and line.endswith("(h1)") for line in lines)
    assert study_figures(study)["total"] == 15
    assert study_figures(study)["covered"] == disk.COVERED - 2


def test_invalid_zones_are_repaired_and_told(study, urbangis):
    table = disk.zones()
    west, north = disk.WEST, disk.NORTH
    ring = [(0, -600), (600, -600), (600, 600), (0, 600), (0, 0), (-5, 5), (-5, -5), (0, 0)]
    table.loc[0, "geometry"] = shapely.Polygon([(west + x, north + y) for x, y in ring])
    assert not table.is_valid[0]
    disk.write_layer(table, study / "zones.geojson")
    lines = told(study, urbangis, "warning")
    assert any(line.startswith("warning: zones: ") and line.endswith("(west)") for line in lines)
    assert study_figures(study)["covered"] == disk.COVERED


def test_a_facility_outside_the_study_serves_and_is_told(study, urbangis):
    table = disk.clinics()
    table.loc[1, "geometry"] = disk.point(1201)
    disk.write_layer(table, study / "clinics.geojson")
    lines = told(study, urbangis, "info")
    assert any(line.startswith("info: clinics: ") and line.endswith("(c1)") for line in lines)
    assert study_figures(study)["covered"] == disk.COVERED  # the home at 1,150 m, 51 m away


@pytest.mark.parametrize("with_cpg", [True, False])
def test_chinese_shapefiles_are_read_with_and_without_a_code_page(study, urbangis, with_cpg):
    table = disk.clinics().assign(name=["人民医院门诊部", "中医诊所分部"])
    table.to_file(study / "clinics.shp", encoding="GBK")
    cpg = study / "clinics.cpg"
    if with_cpg:
        cpg.write_text("GBK", encoding="ascii")
    else:
        cpg.unlink(missing_ok=True)
    disk.edit(study, "clinics.geojson", "clinics.shp")
    code, _, err = urbangis("run", study)
    assert code == 0, err
    stored = gpd.read_file(study / "maps/data/health/result.gpkg", layer="facilities")
    assert sorted(stored["name"]) == ["中医诊所分部", "人民医院门诊部"]
    assert study_figures(study)["covered"] == disk.COVERED


def test_gcj02_that_is_declared_is_shifted_back(study, urbangis):
    table = disk.clinics().to_crs("EPSG:4326")
    table.geometry = gpd.points_from_xy(
        *wgs84_to_gcj02(table.geometry.x, table.geometry.y), crs=4326
    )
    table.to_file(study / "clinics.geojson")
    disk.edit(study, 'file = "clinics.geojson"', 'file = "clinics.geojson"\ndatum = "gcj02"')
    assert urbangis("run", study)[0] == 0
    assert study_figures(study)["covered"] == disk.COVERED


# run and check ----------------------------------------------------------------------------------


def test_run_says_the_figures_and_the_page_on_stdout_and_progress_on_stderr(study, urbangis):
    code, out, err = urbangis("run", study)
    assert code == 0
    assert out.splitlines() == [
        "health    73.3%  11 of 15 residents",
        "near      73.3%  11 of 15 residents",
        f"Open {study / 'maps' / 'index.html'}",
    ]
    assert [line.split()[0] for line in err.splitlines()] == [
        *["reading"] * 4, *["computing"] * 2, "writing",
    ]  # fmt: skip
    code, out, err = urbangis("run", study)
    assert (code, err) == (0, "")
    assert out == f"Nothing has changed. Open {study / 'maps' / 'index.html'}\n"


def test_a_warning_of_two_services_is_said_once(study, urbangis):
    table = disk.homes()
    table.loc[3, "geometry"] = disk.point(1150, 599)
    disk.write_layer(table, study / "homes.geojson")
    disk.edit(study, "[services.near]", '[services.too]\nstandard = "clinic-3"\nfacilities = '
              '["clinics"]\ndemand = "homes"\nstreets = "streets"\n\n[services.near]')  # fmt: skip
    _, out, _ = urbangis("run", study)
    lines = [line for line in out.splitlines() if line.startswith("warning")]
    assert len(lines) == 1
    assert lines[0].endswith("(h3) [health, too]")


def test_check_of_a_good_study(study, urbangis):
    code, out, _ = urbangis("check", study)
    assert (code, out) == (0, "4 layers are in order.\n")


def test_only_names_the_nearest_service(study, urbangis):
    assert "Name one of: near." in fault(urbangis("run", study, "--only", "neer"))


def test_a_folder_without_a_study(tmp_path, urbangis):
    line = fault(urbangis("run", tmp_path))
    assert "there is no study file" in line
    assert "urbangis new" in line


def test_a_place_that_cannot_be_written(study, urbangis):
    if os.geteuid() == 0:
        place = Path("/proc/urbangis")
    else:
        place = study / "closed" / "maps"
        place.parent.mkdir(mode=0o500)
    line = fault(urbangis("run", study, "-o", place))
    assert str(place.parent) in line


# Other commands ---------------------------------------------------------------------------------


def test_new_then_check(tmp_path, urbangis):
    code, out, _ = urbangis("new", tmp_path / "mine")
    assert code == 0
    assert "urbangis check" in out
    code, out, _ = urbangis("check", tmp_path / "mine")
    assert code == 2
    assert [line.partition(":")[0] for line in out.splitlines()[:-1]] == ["error"] * 4
    assert out.splitlines()[-1] == "0 layers read: 4 errors, 0 warnings."
    assert "is there already" in fault(urbangis("new", tmp_path / "mine"))


def test_catalog_lists_shows_and_dumps(study, urbangis):
    code, out, _ = urbangis("catalog")
    assert code == 0
    assert any(line.startswith("standard  jiangsu-health-15") for line in out.splitlines())
    code, out, _ = urbangis("catalog", "walk", "--json")
    (entry,) = json.loads(out)
    assert (entry["kind"], entry["id"], entry["snap_limit_m"]) == ("mode", "walk", 500)
    assert len(json.loads(urbangis("catalog", "--json")[1])) > 20
    assert "clinic-3" in urbangis("catalog", "clinic-3", "--study", study)[1]
    assert "jiangsu-health-15" in fault(urbangis("catalog", "jiangsu-helth-15"))


def test_version(urbangis):
    code, out, _ = urbangis("--version")
    assert code == 0
    assert out.startswith("urbangis ")


def coverage_arguments(study: Path, **changes: object) -> list[object]:
    options = {
        "standard": study / "rules/standards/clinic-3.toml",
        "network": study / "streets.geojson",
        "demand": study / "homes.geojson",
        "zones": study / "zones.geojson",
        "output": study / "out",
    } | changes
    named = [part for key, value in options.items() for part in (f"--{key}", value)]
    return ["coverage", study / "clinics.geojson", *named]


def test_coverage_from_files(study, urbangis):
    code, out, _ = urbangis(*coverage_arguments(study))
    assert code == 0
    assert out.splitlines()[0] == "clinic-3    73.3%  11 of 15 residents"
    assert {path.name for path in (study / "out").iterdir()} == {
        *("coverage.csv", "result.gpkg", "run.json")
    }
    record = json.loads((study / "out/run.json").read_text(encoding="utf-8"))
    assert set(record["depends_on"]["inputs"]) == {
        *("clinics.geojson", "streets.geojson", "homes.geojson", "zones.geojson", "clinic-3.toml")
    }
    assert record["study"][0]["covered"] == disk.COVERED


def test_coverage_says_what_is_wrong(study, urbangis):
    arguments = coverage_arguments(study, standard="jiangsu-helth-15")
    assert "jiangsu-health-15" in fault(urbangis(*arguments))
    at = (arguments := coverage_arguments(study)).index("--network")
    assert "--network" in fault(urbangis(*arguments[:at], *arguments[at + 2 :]))
    line = fault(urbangis(*coverage_arguments(study, kind="park")))
    assert "clinics.geojson" in line
    assert "Kinds found: clinic" in line
    line = fault(urbangis(*coverage_arguments(study, residents="peple")))
    assert 'no column "peple"' in line
    assert not (study / "out").exists()


def rings_arguments(study: Path, *more: object) -> list[object]:
    return ["rings", study / "clinics.geojson", "--network", study / "streets.geojson", *more]


def test_rings_from_files(study, urbangis):
    """In one minute 66.7 m of street each way from both clinics, and 40 m beside it."""
    code, out, _ = urbangis(*rings_arguments(study, "-o", study / "r.gpkg", "--minutes", "2,1"))
    assert (code, out) == (0, f"2 rings written to {study / 'r.gpkg'}\n")
    table = gpd.read_file(study / "r.gpkg")
    assert table["minutes"].tolist() == [1, 2]
    west, south, east, north = table.to_crs(disk.CRS).geometry[0].bounds
    assert west == pytest.approx(disk.WEST + 300 - 66.67 - 40, abs=0.01)
    assert east == pytest.approx(disk.WEST + 1100 + 66.67 + 40, abs=0.01)
    assert (south, north) == pytest.approx((disk.NORTH - 40, disk.NORTH + 40), abs=0.01)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["-o", "r.gpkg", "--minutes", "5,ten"], "5,ten"),
        (["-o", "r.gpkg", "--minutes", "0,5"], "above 0"),
        (["-o", "r.gpkg", "--minutes", "nan"], "above 0"),
        (["-o", "r.xyz"], '".xyz" is no format'),
        (["-o", "r"], "names no format"),
        (["-o", "r.gpkg", "--mode", "wlak"], "walk"),
        (["-o", "r.gpkg", "--kind", "park"], "Kinds found: clinic"),
    ],
)
def test_rings_say_what_is_wrong(study, urbangis, monkeypatch, more, said):
    monkeypatch.chdir(study)
    assert said in fault(urbangis(*rings_arguments(study, *more)))
    assert not list(study.glob("r.*"))


def test_rings_over_open_ground_from_files(study, urbangis):
    """At 1 m/s, two minutes are 120 m, one is 60: cells of 20 m whose middles are so near."""
    with rasterio.open(
        study / "friction.tif", "w", driver="GTiff", dtype="float64", count=1, crs=disk.CRS,
        height=60, width=100, transform=Affine(20, 0, disk.WEST - 310, 0, -20, disk.NORTH + 610),
    ) as raster:  # fmt: skip
        raster.write(np.ones((60, 100)), 1)
    given = ["rings", study / "clinics.geojson", "--friction", study / "friction.tif"]
    written = ["-o", study / "g.gpkg", "--minutes", "2,1"]
    code, out, _ = urbangis(*given, "--unit", "s_per_m", *written)
    assert (code, out) == (0, f"2 rings written to {study / 'g.gpkg'}\n")
    table = gpd.read_file(study / "g.gpkg").to_crs(disk.CRS)
    assert table["accuracy_m"].tolist() == [20, 20]
    clinics = shapely.MultiPoint([disk.point(metres) for metres in disk.CLINICS_M])
    for metres, shape in zip((60, 120), table.geometry, strict=True):
        assert shape.within(clinics.buffer(metres + 15))
        assert clinics.buffer(0.97 * metres - 15).within(shape)
    assert "unit of friction" in fault(urbangis(*given, *written))
    assert "km/h" in fault(urbangis(*given, "--unit", "km/h", *written))
    both = ["--network", study / "streets.geojson", "--unit", "s_per_m"]
    assert "either --network" in fault(urbangis(*given, *both, *written))


# convert ----------------------------------------------------------------------------------------


@pytest.fixture
def places(tmp_path) -> Path:
    """Two places of Nanjing in WGS 84, one in Paris, one without a place."""
    points = [shapely.Point(118.7969, 32.0603), shapely.Point(118.8, 32.1), None]
    points.insert(2, shapely.Point(2.35, 48.85))
    table = gpd.GeoDataFrame(
        {"名称": ["甲", "乙", "巴黎", "无"], "beds": [1, 2, 3, 4]}, geometry=points, crs=4326
    )
    table.to_file(tmp_path / "places.geojson")
    return tmp_path / "places.geojson"


def test_convert_shifts_and_keeps_all_else(places, urbangis, tmp_path):
    out_file = tmp_path / "gcj.gpkg"
    code, out, _ = urbangis("convert", places, out_file, "--from", "wgs84", "--to", "gcj02")
    assert code == 0
    assert "1 rows lie outside China" in out
    assert "1 rows have no place" in out
    assert 'datum = "gcj02"' in out
    before, after = gpd.read_file(places), gpd.read_file(out_file)
    assert after.crs.to_epsg() == 4326
    assert after["名称"].tolist() == ["甲", "乙", "巴黎", "无"]
    assert after["beds"].tolist() == [1, 2, 3, 4]
    moved_m = before.to_crs(disk.CRS).distance(after.to_crs(disk.CRS))
    assert ((moved_m[:2] > 300) & (moved_m[:2] < 700)).all()
    assert after.geometry[2].equals(before.geometry[2])
    assert after.geometry[3] is None

    back = tmp_path / "back.geojson"
    assert urbangis("convert", out_file, back, "--from", "gcj02", "--to", "wgs84")[0] == 0
    again = gpd.read_file(back).to_crs(disk.CRS)
    assert (again.distance(before.to_crs(disk.CRS))[:2] < 0.02).all()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["places.geojson", "x.gpkg", "--from", "wgs84", "--to", "wgs84"], "two different"),
        (["places.geojson", "x.gpkg", "--from", "wgs84", "--to", "gjc02"], "gcj02"),
        (["places.geojson", "x.txt", "--from", "wgs84", "--to", "gcj02"], "no format"),
        (["nowhere.gpkg", "x.gpkg", "--from", "wgs84", "--to", "gcj02"], "no such file"),
        (["metres.gpkg", "x.gpkg", "--from", "wgs84", "--to", "gcj02"], "longitudes"),
    ],
)
def test_convert_says_what_is_wrong(places, urbangis, monkeypatch, tmp_path, arguments, said):
    monkeypatch.chdir(tmp_path)
    gpd.read_file(places).dropna(subset="geometry").iloc[:2].to_crs(disk.CRS).to_file("metres.gpkg")
    assert said in fault(urbangis("convert", *arguments))
    assert not list(tmp_path.glob("x.*"))


# How programs end -------------------------------------------------------------------------------


def test_a_pipe_that_closes_early_leaves_no_traceback():
    program = subprocess.Popen(
        [sys.executable, "-m", "urbangis.cli", "catalog", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    program.stdout.read(10)
    program.stdout.close()
    said = program.stderr.read()
    program.stderr.close()
    program.wait()
    assert b"Traceback" not in said
    assert b"Exception ignored" not in said


def test_a_usage_fault_ends_with_2(urbangis):
    code, out, err = urbangis("run", "--nonsense")
    assert code == 2
    assert out == ""
    assert "--nonsense" in err
    assert "Traceback" not in err
