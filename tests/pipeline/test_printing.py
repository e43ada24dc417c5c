"""Print maps from a run, and reports: what a study asks for, drawn from what it publishes."""

import csv
import gzip
import re
import shutil
import subprocess
import sys
from base64 import b64decode
from pathlib import Path

import pytest
from openpyxl import load_workbook

from chinese_font import needs_chinese
from study_on_disk import COVERED, PEOPLE, clinics, edit, write_layer, zones
from urbangis import cli
from urbangis.errors import StudyError
from urbangis.pipeline import printing
from urbangis.pipeline.commands.report import read_earlier, report
from urbangis.pipeline.commands.run import run
from urbangis.pipeline.record import is_fresh
from urbangis.publish.print.fonts import FontError

ASKED = "[services.health]"
PRINT = '[print]\nservices = ["health"]\nformats = ["pdf", "svg"]\ndpi = 72\n\n'


def ask(study: Path, text: str = PRINT) -> None:
    edit(study, ASKED, text + ASKED)


def page_data(page: Path) -> str:
    """The data of a page's scripts, unpacked."""
    scripts = re.findall(r"<script[^>]*>([^<]*)</script>", page.read_text(encoding="utf-8"))
    return "".join(
        text if text[:1] in "{[" else gzip.decompress(b64decode(text)).decode()
        for text in scripts
        if re.fullmatch(r"[{\[].*|[A-Za-z0-9+/=]{40,}", text, re.DOTALL)
    )


def pdf_text(file: Path) -> str:
    if not shutil.which("pdftotext"):
        pytest.skip("pdftotext is not installed")
    done = subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, check=True)
    return done.stdout.decode().replace(" ", "")


@needs_chinese
def test_a_run_prints_what_the_study_asks_for(study):
    ask(study, PRINT.replace("dpi = 72", 'dpi = 72\natlas = "block"'))
    run(study)
    maps = study / "maps"
    made = sorted(path.name for path in (maps / "print").iterdir())
    assert made == ["health-atlas.pdf", "health.pdf", "health.svg"]
    page = page_data(maps / "health.html")
    assert all(f"print/{name}" in page for name in made)
    assert "print/" not in page_data(maps / "near.html")
    atlas = (maps / "print" / "health-atlas.pdf").read_bytes()
    assert len(re.findall(rb"/Type /Page\b", atlas)) == 2
    assert is_fresh(study, maps)
    edit(study, "dpi = 72", "dpi = 73")
    assert not is_fresh(study, maps)


@needs_chinese
def test_the_figures_on_paper_are_those_of_the_table(study):
    ask(study, PRINT.replace("dpi = 72", 'dpi = 72\ntheme = "zones"'))
    run(study)
    with (study / "maps/data/health/coverage.csv").open(encoding="utf-8-sig") as file:
        rows = [row for row in csv.DictReader(file) if row["denominator"] == "residents"]
    text = pdf_text(study / "maps/print/health.pdf")
    whole = next(row for row in rows if row["level"] == "study")
    assert float(whole["covered"]) == COVERED
    assert f"{COVERED / sum(PEOPLE):.1%}" in text
    assert f"{sum(PEOPLE) - COVERED}人" in text
    for row in rows:
        if row["level"] == "block":
            assert f"{float(row['rate']):.1%}" in text
            assert row["zone_name"] in text
    assert "未送审，仅供内部使用" in text


def test_a_csv_computes_nothing(study):
    table = zones().assign(name=["=HYPERLINK(1)", "-5"])
    write_layer(table, study / "zones.geojson")
    run(study)
    with (study / "maps/data/near/coverage.csv").open(encoding="utf-8-sig") as file:
        names = [row["zone_name"] for row in csv.DictReader(file) if row["level"] == "block"]
    assert sorted(names) == ["'=HYPERLINK(1)", "-5"]


def test_a_study_that_asks_for_nothing_prints_nothing(built):
    assert not (built / "maps/print").exists()


def test_a_machine_without_the_font_publishes_the_rest_and_says_so(study, monkeypatch):
    ask(study)

    def lacks(*_: object, **__: object) -> None:
        raise FontError("no installed font has 甪", remedy="Install a Chinese font.")

    monkeypatch.setattr(printing, "draw_map", lacks)
    done = run(study)
    (told,) = [one for one in done.notices if one.notice.code == "print-without-font"]
    assert told.notice.severity == "warning"
    assert "Install a Chinese font." in told.notice.message.en
    assert told.about == ("health",)
    assert (study / "maps/health.html").is_file()
    assert not list((study / "maps/print").iterdir())


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        ('services = ["clinic"]', 'print.services names "clinic"'),
        ('atlas = "county"', 'print.atlas names "county"'),
        ('inset = "province"', 'print.inset names "province"'),
        ('paper = "A5"', "paper"),
    ],
)
def test_what_is_not_there_cannot_be_printed(study, key, problem):
    ask(study, f"[print]\n{key}\n\n")
    with pytest.raises(StudyError, match=re.escape(problem)):
        run(study)


# Reports ----------------------------------------------------------------------------------------


@needs_chinese
def test_a_report_in_several_forms_and_what_changed(study, tmp_path):
    one_clinic = clinics().iloc[:1]
    both = (study / "clinics.geojson").read_bytes()
    write_layer(one_clinic, study / "clinics.geojson")
    run(study)
    (study / "clinics.geojson").write_bytes(both)
    files = [tmp_path / f"report{end}" for end in (".html", ".docx", ".xlsx")]
    made = report(study, files, language="en")
    assert all(file.stat().st_size > 5_000 for file in files)
    (section,) = [one for one in made.sections if one.heading == "What changed"]
    # With one clinic at 300 m, the 8 people at 1,150 m were not served.
    row = next(row for row in section.blocks[0].rows if row[0].shown == "Clinic in 3 minutes")
    assert [cell.shown for cell in row[1:]] == [
        f"{(COVERED - 8) / 15:.1%}", f"{COVERED / 15:.1%}", f"+{8 / 15 * 100:.1f}", "-8",
    ]  # fmt: skip
    book = load_workbook(files[2])
    overview = list(book["Overview"].iter_rows(values_only=True))
    assert [row[2] for row in overview[1:]] == [15, 15]
    assert overview[1][4] == pytest.approx(COVERED / 15)


@needs_chinese
def test_the_same_study_gives_the_same_report(study, tmp_path):
    first, second = ([tmp_path / f"{n}.{end}" for end in ("html", "docx", "xlsx")] for n in (1, 2))
    report(study, first)
    report(study, second)
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes()


def test_an_earlier_run_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(StudyError, match="holds no run"):
        read_earlier(tmp_path, "old")


def test_a_form_that_does_not_exist_is_refused_before_anything_is_computed(study, tmp_path):
    with pytest.raises(StudyError, match=r'"\.odt" is no form of a report'):
        report(study, [tmp_path / "x.odt"])
    with pytest.raises(StudyError, match="names no form"):
        report(study, [tmp_path / "x"])


@needs_chinese
def test_the_command_writes_what_it_names(study, tmp_path, monkeypatch, capsys):
    file = tmp_path / "report.html"
    for language, code in (("fr", 2), ("en", 0)):
        command = ["urbangis", "report", study, "-o", file, "--language", language]
        monkeypatch.setattr(sys, "argv", [str(part) for part in command])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert int(ended.value.code or 0) == code
        said = capsys.readouterr()
        assert file.is_file() == (code == 0)
        assert (str(file) if code == 0 else "Write zh or en") in (said.out + said.err)
