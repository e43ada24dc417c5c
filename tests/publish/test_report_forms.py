"""A report in four forms: the same figures, real headings and tables, and text that stays text."""

import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from html.parser import HTMLParser
from io import BytesIO

import pytest
from docx import Document
from docx.oxml.ns import qn
from openpyxl import load_workbook

from chinese_font import needs_chinese
from small_study import renamed, small_layers, small_result, small_study
from urbangis.notices import Text
from urbangis.publish.report.browser import BrowserError, find_browser, print_pdf
from urbangis.publish.report.content import Earlier, Subject, study_report
from urbangis.publish.report.excel import report_xlsx
from urbangis.publish.report.html import report_html
from urbangis.publish.report.model import (
    Cell,
    Paragraph,
    Picture,
    Report,
    Section,
    Table,
    chinese_number,
    numbered,
)
from urbangis.publish.report.word import report_docx

HOSTILE = (
    "{{ 7*7 }}", "{% raw %}", "</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>",
    "\"quotes\" 'both'", "\u202eturned\u202c", "nul\x00 esc\x1b line\u2028", "x" * 5000, "",
    "=HYPERLINK(\"http://x\")", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\ud800half",
)  # fmt: skip


@pytest.fixture(scope="module")
def subject(study, layers, result):
    return Subject(study, layers, (result,))


@pytest.fixture(scope="module")
def report(subject):
    return study_report(subject, "en")


def cells(table) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in table.rows]


# What it says -----------------------------------------------------------------------------------


def text_of(report: Report) -> str:
    return "".join(re.sub(r"<[^>]+>", " ", report_html(report)))


def test_findings_are_sentences_with_their_numbers(subject):
    text = text_of(study_report(subject, "zh"))
    # 54 homes of 100 people; 15 within 1,000 m; the target is half of them.
    assert (
        "15分钟健康圈：试验县居住人口 5,400 人，其中 1,500 人（27.8%）已覆盖，3,900 人未覆盖；"
        "距目标 50% 差 22.2 个百分点，须再覆盖 1,200 人。"
    ) in text
    assert "6 个乡镇中，3 个未达到 50%。" in text
    assert "100 人位置不明，计入总数并按未覆盖统计。" in text
    assert "模拟数据：居民点" in text
    assert "未送审，仅供内部使用" in text
    assert "虚构人口" in text


def test_the_same_in_english(report):
    text = text_of(report)
    assert "of 5,400 people in Test County, 1,500 people (27.8%) are covered" in text
    assert "Town: 3 of 6 are below 50%." in text
    assert [heading for heading, section in numbered(report) if section.depth == 1] == [
        "1. Findings", "2. Service by service", "3. Method", "4. Quality of the data",
        "5. Sources", "6. Tables",
    ]  # fmt: skip


def test_every_zone_of_every_level_is_in_a_table(report, result):
    zones = result.coverage.zones
    for level in ("town", "county"):
        rows = zones[(zones["level"] == level) & (zones["denominator"] == "residents")]
        (table,) = [
            one for one in report.tables
            if len(one.rows) == len(rows) and one.head[0].lower() == level
            and "Lowest" not in one.caption
        ]  # fmt: skip
        assert [row[5].value for row in table.rows] == list(rows["rate"])
        assert [row[3].value for row in table.rows] == list(rows["uncovered"])


def changed(result, *, town: str, covered: float):
    """The table of an earlier run, in which one town had so many covered."""
    table = result.coverage.zones.copy()
    now = table.set_index(["zone_id", "denominator"])["covered"]
    more = covered - now[town, "residents"]
    for zone in (town, "c0", ""):
        row = (table["zone_id"] == zone) & (table["denominator"] == "residents")
        table.loc[row, "covered"] += more
        table.loc[row, "uncovered"] -= more
        table.loc[row, "rate"] = table.loc[row, "covered"] / table.loc[row, "total"]
    return table


def test_what_changed_since_earlier_runs(subject, result):
    runs = (
        Earlier("2023", {"health": changed(result, town="t0", covered=0.0)}),
        Earlier("2024", {"health": changed(result, town="t0", covered=200.0)}),
    )
    report = study_report(replace(subject, earlier=runs), "en")
    (section,) = [one for one in report.sections if one.heading == "What changed"]
    overall, moved = (block for block in section.blocks if isinstance(block, Table))
    # 200 of the 500 now covered were before: 1,200 of 5,400 in all, 200 of 900 in the town.
    assert [cell.shown for cell in overall.rows[0][1:]] == ["22.2%", "27.8%", "+5.6", "-300"]
    assert [cell.shown for cell in moved.rows[0]][::2] == ["Qingxi", "22.2%", "+33.3"]
    assert len(moved.rows) == 1
    trend = section.blocks[-1].drawing.description
    assert trend == "2023: 18.5%, 2024: 22.2%, now: 27.8%"


def test_a_run_without_the_service_has_nothing_to_compare(subject):
    report = study_report(replace(subject, earlier=(Earlier("old", {}),)), "en")
    (section,) = [one for one in report.sections if one.heading == "What changed"]
    assert [cell.shown for cell in section.blocks[0].rows[0][1:]] == ["new", "27.8%", "—", "—"]


@pytest.mark.parametrize(
    ("number", "written"), [(1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (35, "三十五")]
)
def test_sections_are_numbered_in_chinese(number, written):
    assert chinese_number(number) == written


# DOCX -------------------------------------------------------------------------------------------


@needs_chinese
def test_docx_is_made_of_styles_that_a_planner_can_edit(subject):
    report = study_report(subject, "zh")
    document = Document(BytesIO(report_docx(report)))
    headings = [p for p in document.paragraphs if p.style.name.startswith("Heading")]
    assert [p.text for p in headings] == [heading for heading, _ in numbered(report)]
    assert {p.style.name for p in headings} == {"Heading 1", "Heading 2"}
    fonts = {
        name: document.styles[name].element.rPr.rFonts.get(qn("w:eastAsia"))
        for name in ("Normal", "Heading 1", "Title")
    }
    assert fonts == {"Normal": "宋体", "Heading 1": "黑体", "Title": "黑体"}
    captions = [p.text for p in document.paragraphs if p.style.name == "Caption"]
    assert sum(caption.startswith("表") for caption in captions) == len(document.tables)
    assert len(document.inline_shapes) == sum(caption.startswith("图") for caption in captions)
    for shape in document.inline_shapes:
        assert "%" in shape._inline.docPr.get("descr")


def test_docx_tables_have_rows_of_headings_that_repeat(report):
    document = Document(BytesIO(report_docx(report)))
    assert len(document.tables) == len(report.tables)
    for made, table in zip(document.tables, report.tables, strict=True):
        assert made.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
        assert cells(made) == [
            list(table.head), *([cell.shown for cell in row] for row in table.rows)
        ]  # fmt: skip


# XLSX -------------------------------------------------------------------------------------------


def test_xlsx_holds_the_numbers_themselves(report):
    book = load_workbook(BytesIO(report_xlsx(report)))
    assert len(book.sheetnames) == len(set(book.sheetnames)) == len(report.tables)
    for sheet, table in zip(book, report.tables, strict=True):
        rows = list(sheet.iter_rows(values_only=True))
        assert [text or "" for text in rows[0]] == list(table.head)
        for row, expected in zip(rows[1:], table.rows, strict=True):
            for value, cell in zip(row, expected, strict=True):
                if cell.format == "text" or cell.shown == "—":
                    assert (value or "") == ("" if cell.format != "text" else cell.shown)
                else:
                    assert value == pytest.approx(cell.value, rel=1e-15)  # 16 digits
        assert sheet.freeze_panes == "B2"
    formats = {cell.number_format for sheet in book for row in sheet.iter_rows() for cell in row}
    assert {"#,##0", "0.0%"} <= formats


# PDF --------------------------------------------------------------------------------------------


@pytest.mark.browser
def test_pdf_is_printed_by_an_installed_browser(report, tmp_path):
    try:
        find_browser()
    except BrowserError:
        pytest.skip("no browser of the Chromium family is installed")
    pdf = print_pdf(report_html(report))
    assert pdf.startswith(b"%PDF")
    if shutil.which("pdftotext"):
        (tmp_path / "x.pdf").write_bytes(pdf)
        text = subprocess.run(
            ["pdftotext", "-layout", tmp_path / "x.pdf", "-"], capture_output=True, check=True
        ).stdout.decode()
        assert "1. Findings" in text
        assert "27.8%" in text


def test_without_a_browser_the_message_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setenv("URBANGIS_BROWSER", str(tmp_path / "nothing"))
    with pytest.raises(BrowserError, match=r"not there.*print it from any browser"):
        find_browser()
    monkeypatch.delenv("URBANGIS_BROWSER")
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr("urbangis.publish.report.browser._PLACES", ())
    with pytest.raises(BrowserError, match="found no Edge, Chrome or Chromium"):
        find_browser()


def test_a_browser_that_fails_is_named(monkeypatch, tmp_path):
    broken = tmp_path / "browser"
    broken.write_text("#!/bin/sh\nexit 3\n", encoding="utf-8")
    broken.chmod(0o755)
    monkeypatch.setenv("URBANGIS_BROWSER", str(broken))
    with pytest.raises(BrowserError, match="could not print"):
        print_pdf("<p>")


# Same bytes, hostile text -----------------------------------------------------------------------


def test_the_same_report_gives_the_same_bytes(report):
    for write in (report_docx, report_xlsx):
        data = write(report)
        assert data == write(report)
        with zipfile.ZipFile(BytesIO(data)) as pack:
            assert {entry.date_time for entry in pack.infolist()} == {(1980, 1, 1, 0, 0, 0)}
            assert pack.testzip() is None
    assert report_html(report) == report_html(report)


class Elements(HTMLParser):
    """Collects the elements of a page, and every attribute that could run or load anything."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.names: set[str] = set()
        self.risky: list[str] = []

    def handle_starttag(self, name: str, attributes: list[tuple[str, str | None]]) -> None:
        self.names.add(name)
        for key, value in attributes:
            if key.startswith("on") or (
                key in ("src", "href") and not str(value).startswith("data:image/png;base64,")
            ):
                self.risky.append(f"{name} {key}")


def hostile(text: str) -> Report:
    table = Table(text, text, (text, "n"), ((Cell(text, text), Cell("1", 1.0, "amount")),))
    picture = Picture(b"\x89PNG", text, text, 1.0)
    blocks = (Paragraph(text), table, table, picture)
    return Report(text, (text,), (text,), text, "en", (Section(text, blocks),))


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_whatever_a_text_holds_is_text_in_html(text):
    found = Elements()
    found.feed(report_html(hostile(text)))
    assert not found.names & {"script", "iframe", "object", "a", "link"}
    assert not found.risky


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_whatever_a_text_holds_is_text_in_docx_and_xlsx(text):
    report = hostile(text)
    report = replace(
        report, sections=(replace(report.sections[0], blocks=report.sections[0].blocks[:3]),)
    )
    document = Document(BytesIO(report_docx(report)))
    plain = "".join(sign for sign in text if sign.isprintable()).strip()
    assert plain.replace(" ", "") in document.tables[0].rows[1].cells[0].text.replace(" ", "")
    book = load_workbook(BytesIO(report_xlsx(report)))
    assert len(book.sheetnames) == 2
    cell = book.worksheets[0]["A2"]
    assert cell.data_type != "f"
    assert (cell.value or "").replace(" ", "").startswith(plain[:100].replace(" ", ""))
    if text[:1] in ("=", "+", "-", "@"):
        assert cell.quotePrefix
        with zipfile.ZipFile(BytesIO(report_xlsx(report))) as pack:
            sheets = [pack.read(name) for name in pack.namelist() if "worksheets/sheet" in name]
        assert not any(b"<f>" in sheet for sheet in sheets)


@pytest.mark.parametrize("text", ["<img src=x onerror=alert(1)>", "=1+1", "\x00\u202e", "y" * 5000])
def test_a_study_of_hostile_names_is_reported(text):
    study = small_study(name={"zh": text, "en": text})
    layers = renamed(small_layers(study), text)
    result = small_result(study, layers)
    base = replace(study.base, zones=study.base.zones.assign(name=text, name_en=text))
    spec = result.spec.model_copy(update={"note": Text(text, text)})
    study = replace(study, levels=(base, *study.levels[1:]))
    report = study_report(Subject(study, layers, (replace(result, spec=spec),)), "en")
    found = Elements()
    found.feed(report_html(report))
    assert not found.risky
    assert Document(BytesIO(report_docx(report))).tables
    assert load_workbook(BytesIO(report_xlsx(report))).sheetnames
