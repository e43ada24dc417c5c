"""Runs: what is built, when it is built again, and what a failed or killed run leaves."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

import study_on_disk as disk
from urbangis.errors import InputError, StudyError, TableError
from urbangis.pipeline import outputs
from urbangis.pipeline.commands import run as run_module
from urbangis.pipeline.commands.run import run
from urbangis.pipeline.record import dependencies, is_fresh


def contents(folder: Path) -> dict[str, str]:
    """Digest of every file of a folder."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def hidden(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]


INTERRUPTIBLE = """\
import signal
from urbangis.cli import main
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
main()
"""


def urbangis(*arguments: object, **options) -> subprocess.Popen:
    command = [sys.executable, "-c", INTERRUPTIBLE, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)


# What is built --------------------------------------------------------------------------------


def test_a_run_builds_the_site_with_the_figures_of_the_hand(study):
    report = run(study)
    maps = study / "maps"
    assert report.built
    assert report.front_page == maps / "index.html"
    pages = {path.name for path in maps.glob("*.html")}
    assert pages == {"index.html", "overview.html", "health.html", "near.html"}
    assert [(one.service, one.covered, one.total) for one in report.headlines] == [
        ("health", disk.COVERED, sum(disk.PEOPLE)),
        ("near", disk.COVERED, sum(disk.PEOPLE)),
    ]
    table = pd.read_csv(maps / "data/health/coverage.csv").set_index(["level", "zone_id"])
    assert table["covered"].to_dict() == {
        ("block", "west"): 3, ("block", "east"): 8, ("town", "t"): 11, ("study", "study"): 11,
    }  # fmt: skip
    assert (maps / "data/health/coverage.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert not hidden(study)


def test_run_json_tells_every_input_rule_and_output(built):
    record = json.loads((built / "maps/run.json").read_text(encoding="utf-8"))
    inputs = record["depends_on"]["inputs"]
    assert set(inputs) == {
        *("urbangis.toml", "zones.geojson", "homes.geojson", "clinics.geojson", "streets.geojson"),
        *("towns.csv", "rules/standards/clinic-3.toml", "rules/standards/clinic-200-m.toml"),
    }
    for name, digest in inputs.items():
        assert hashlib.sha256((built / name).read_bytes()).hexdigest() == digest
    assert record["outputs"] == {
        name: digest for name, digest in contents(built / "maps").items() if name != "run.json"
    }
    assert record["study"]["crs"] == disk.CRS
    assert record["layers"]["homes"]["rows"] == 4
    assert record["services"]["health"]["standard"]["cutoff_min"] == 3
    assert record["services"]["health"]["mode"]["id"] == "walk"
    assert record["services"]["health"]["study"][0]["covered"] == disk.COVERED
    assert {"numpy", "shapely", "geopandas"} <= set(record["depends_on"]["libraries"])


# When it is built again -----------------------------------------------------------------------


def test_a_second_run_does_nothing(built):
    before = {path: path.stat().st_mtime_ns for path in (built / "maps").rglob("*")}
    assert is_fresh(built, built / "maps")
    report = run(built)
    assert not report.built
    assert {path: path.stat().st_mtime_ns for path in (built / "maps").rglob("*")} == before
    assert run(built, force=True).built


@pytest.mark.parametrize(
    "name",
    [
        *("urbangis.toml", "homes.geojson", "zones.geojson", "clinics.geojson", "streets.geojson"),
        *("towns.csv", "rules/standards/clinic-3.toml"),
        *("maps/health.html", "maps/data/near/result.gpkg", "maps/assets/page.js"),
    ],
)
def test_one_byte_more_builds_again(built, name):
    file = built / name
    file.write_bytes(file.read_bytes() + b"\n")
    assert not is_fresh(built, built / "maps")
    assert run(built).built
    assert is_fresh(built, built / "maps")


def test_a_page_that_is_gone_or_a_rule_that_came_builds_again(built):
    (built / "maps/near.html").unlink()
    assert not is_fresh(built, built / "maps")
    assert run(built).built
    rule = disk.RULES["clinic-3"].replace("clinic-3", "clinic-4")
    (built / "rules/standards/clinic-4.toml").write_text(rule, encoding="utf-8")
    assert not is_fresh(built, built / "maps")


def test_a_broken_record_builds_again(built):
    for text in ("", "[]", "{}", '{"outputs": 3, "depends_on": 4}'):
        (built / "maps/run.json").write_text(text, encoding="utf-8")
        assert not is_fresh(built, built / "maps")
    assert run(built).built


@pytest.mark.parametrize(
    "text", ["layers = 3", "levels = [1]", 'parts = ["."]', "= 1", "catalogue = 3\nlayers = []"]
)
def test_freshness_survives_any_study_file(built, text):
    (built / "urbangis.toml").write_text(text, encoding="utf-8")
    assert not is_fresh(built, built / "maps")
    with pytest.raises(StudyError):
        run(built)


def test_sidecars_and_the_sources_of_a_virtual_raster_are_inputs(study):
    (study / "extra").mkdir()
    for name in ("a.shp", "a.dbf", "a.prj", "b.tif", "c.vrt"):
        (study / "extra" / name).write_bytes(b"x")
    vrt = '<VRTDataset><SourceFilename relativeToVRT="1">b.tif</SourceFilename></VRTDataset>'
    (study / "extra/c.vrt").write_text(vrt, encoding="utf-8")
    layers = "".join(
        f'\n[layers.{name[0]}]\nfile = "extra/{name}"\n' for name in ("a.shp", "c.vrt")
    )
    file = study / "urbangis.toml"
    file.write_text(disk.STUDY + layers, encoding="utf-8")
    assert {"extra/a.shp", "extra/a.dbf", "extra/a.prj", "extra/c.vrt", "extra/b.tif"} <= set(
        dependencies(study)["inputs"]
    )


def test_the_same_input_gives_the_same_bytes(study, tmp_path):
    """Two programs with different hash seeds, seconds apart."""
    made = []
    for seed in ("1", "2"):
        output = tmp_path / f"maps{seed}"
        program = urbangis("run", study, "-o", output, env={**os.environ, "PYTHONHASHSEED": seed})
        _, told = program.communicate(timeout=120)
        assert program.returncode == 0, told
        made.append(contents(output))
    assert made[0] == made[1]
    names = set(made[0])
    assert {"run.json", "index.html", "data/health/result.gpkg", "health.html"} <= names


def test_a_fresh_run_takes_less_than_two_seconds(built):
    started = time.monotonic()
    program = urbangis("run", built)
    said, _ = program.communicate(timeout=60)
    assert time.monotonic() - started < 2
    assert b"Nothing has changed" in said


# What a failed or killed run leaves -----------------------------------------------------------


def test_a_failed_run_leaves_the_last_good_result(built):
    before = contents(built / "maps")
    disk.write_layer(disk.homes().drop(columns="residents"), built / "homes.geojson")
    with pytest.raises(TableError):
        run(built)
    assert contents(built / "maps") == before
    assert not hidden(built)


def test_a_fault_in_the_last_step_leaves_the_last_good_result(built, monkeypatch):
    before = contents(built / "maps")

    def broken(*_):
        raise RuntimeError("out of ink")

    monkeypatch.setattr(run_module, "write_json", broken)
    with pytest.raises(RuntimeError, match="out of ink"):
        run(built, force=True)
    assert contents(built / "maps") == before
    assert not hidden(built)


def test_a_killed_run_leaves_the_last_good_result(built):
    before = contents(built / "maps")
    program = urbangis("run", built, "--force")
    for line in program.stderr:
        if b"writing the pages" in line:
            break
    program.kill()
    program.communicate()
    assert program.returncode == -signal.SIGKILL
    assert contents(built / "maps") == before
    assert is_fresh(built, built / "maps")
    assert run(built, force=True).built


def test_a_run_killed_while_moving_in_is_set_right_by_the_next(built):
    (built / "maps/mine.txt").write_text("mine", encoding="utf-8")
    (built / "maps").rename(built / ".maps.old")  # between the two renames
    assert run(built).built
    assert (built / "maps/mine.txt").read_text(encoding="utf-8") == "mine"
    assert not hidden(built)


def test_what_killed_runs_left_is_swept_after_a_day(study):
    for name, age_s in (("old", 100_000), ("young", 10)):
        left = study / f".maps.new.{name}"
        left.mkdir()
        then = time.time() - age_s
        os.utime(left, (then, then))
    run(study)
    assert hidden(study) == [".maps.new.young"]


def test_an_interrupted_run_ends_with_130_and_leaves_the_last_good_result(built):
    before = contents(built / "maps")
    program = urbangis("run", built, "--force")
    for line in program.stderr:
        if b"reading" in line:
            break
    program.send_signal(signal.SIGINT)
    _, rest = program.communicate(timeout=60)
    assert program.returncode == 130
    assert b"Traceback" not in rest
    assert contents(built / "maps") == before
    assert not hidden(built)


def test_files_of_the_user_are_carried_over(built):
    maps = built / "maps"
    (maps / "README.md").write_text("mine", encoding="utf-8")
    (maps / "own").mkdir()
    (maps / "own/photo.txt").write_text("mine too", encoding="utf-8")
    assert is_fresh(built, maps)
    disk.edit(built, '[services.near]\nstandard = "clinic-200-m"', "[services.close]\nstandard = "
              '"clinic-200-m"')  # fmt: skip
    run(built)
    assert (maps / "README.md").read_text(encoding="utf-8") == "mine"
    assert (maps / "own/photo.txt").read_text(encoding="utf-8") == "mine too"
    assert (maps / "close.html").is_file()
    assert not (maps / "near.html").exists()  # the run's own, and no longer asked for
    assert not (maps / "data/near").exists()


# What may be asked for ------------------------------------------------------------------------


def test_only_builds_one_service_and_the_next_run_all(study):
    report = run(study, only=["near"])
    assert [one.service for one in report.headlines] == ["near"]
    assert not (study / "maps/health.html").exists()
    assert not is_fresh(study, study / "maps")
    assert len(run(study).headlines) == 2


def test_an_unknown_service_is_refused_before_anything_is_read(study):
    told = []
    with pytest.raises(StudyError, match=r'no service "nera".*Name one of: near\.'):
        run(study, only=["nera"], tell=told.append)
    assert not told
    assert not (study / "maps").exists()


def test_publishing_over_a_file_or_over_the_study_is_refused(study, tmp_path):
    before = contents(tmp_path)
    file = study / "homes.geojson"
    with pytest.raises(StudyError, match="is a file"):
        run(study, output=file)
    for place in (study, tmp_path):
        with pytest.raises(StudyError, match="own folder"):
            run(study, output=place)
    assert contents(tmp_path) == before


def test_notices_are_told_once_with_the_services_that_they_concern(study):
    homes = disk.homes()
    homes.loc[3, "geometry"] = disk.point(1150, 599)
    disk.write_layer(homes, study / "homes.geojson")
    disk.edit(
        study,
        "[services.near]",
        '[services.again]\nstandard = "clinic-3"\nfacilities = ["clinics"]\ndemand = "homes"\n'
        'streets = "streets"\n\n[services.near]',
    )
    report = run(study)
    lost = [told for told in report.notices if told.notice.code == "demand-unsnapped"]
    assert [told.about for told in lost] == [("health", "again")]
    assert "8 residents" in lost[0].notice.message.en
    assert [one.total for one in report.headlines] == [15, 15, 15]
    assert [one.covered for one in report.headlines] == [3, 3, 3]


def test_a_study_file_may_have_any_name_and_no_services(study):
    text = disk.STUDY.split("[services.health]", maxsplit=1)[0]
    (study / "maps-only.toml").write_text(text, encoding="utf-8")
    report = run(study / "maps-only.toml")
    assert report.headlines == ()
    assert {path.name for path in (study / "maps").glob("*.html")} == {
        "index.html", "overview.html",
    }  # fmt: skip
    assert is_fresh(study / "maps-only.toml", study / "maps")
    assert not is_fresh(study, study / "maps")


# Parts ----------------------------------------------------------------------------------------


@pytest.fixture
def whole(study, tmp_path):
    """The study with another like it as a part."""
    disk.write_study(study / "harbour")
    disk.edit(study, 'overview = ["zones"]', 'overview = ["zones"]\nparts = ["harbour"]')
    return study


def test_parts_are_built_into_folders_of_their_own(whole):
    report = run(whole)
    maps = whole / "maps"
    assert (maps / "harbour/index.html").is_file()
    assert (maps / "harbour/data/near/coverage.csv").is_file()
    assert "harbour/index.html" in (maps / "index.html").read_text(encoding="utf-8")
    assert "../index.html" in (maps / "harbour/index.html").read_text(encoding="utf-8")
    assert "../assets/" in (maps / "harbour/near.html").read_text(encoding="utf-8")
    assert [one.service for one in report.headlines] == [
        *("health", "near", "harbour/health", "harbour/near")
    ]
    record = json.loads((maps / "run.json").read_text(encoding="utf-8"))
    assert record["parts"]["harbour"]["services"]["near"]["study"][0]["covered"] == 11
    assert "harbour/homes.geojson" in record["depends_on"]["inputs"]
    assert is_fresh(whole, maps)
    file = whole / "harbour/homes.geojson"
    file.write_bytes(file.read_bytes() + b" ")
    assert not is_fresh(whole, maps)


def test_a_part_of_itself_is_refused(whole):
    disk.edit(whole / "harbour", 'overview = ["zones"]', 'parts = [".."]')
    assert not is_fresh(whole, whole / "maps")
    with pytest.raises(StudyError, match="part"):
        run(whole)


@pytest.mark.parametrize("name", ["assets", "data", "..", "."])
def test_parts_may_not_take_the_place_of_something_else(study, name):
    disk.edit(study, 'overview = ["zones"]', f'parts = ["{name}"]')
    with pytest.raises(StudyError, match="part"):
        run(study)


@pytest.mark.parametrize("name", ["index", "overview", '"../x"', '"A b"'])
def test_services_may_not_take_the_place_of_something_else(study, name):
    disk.edit(study, "[services.near]", f"[services.{name}]")
    with pytest.raises(InputError, match="service"):
        run(study)


def test_outputs_that_fail_half_way_leave_the_old_ones(tmp_path):
    (tmp_path / "kept.txt").write_text("kept", encoding="utf-8")

    def fail():
        with outputs.moved_into(tmp_path) as place:
            (place / "kept.txt").write_text("new", encoding="utf-8")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert contents(tmp_path) == {"kept.txt": hashlib.sha256(b"kept").hexdigest()}
