"""A page as one file: all that it needs stands in it, and it leads nowhere that is not there."""

import re
from base64 import b64decode
from dataclasses import replace
from pathlib import Path

import pytest

from urbangis.notices import Text
from urbangis.publish.model import Link
from urbangis.publish.pages.service import service_page
from urbangis.publish.web.page import page_html, write_assets
from urbangis.publish.web.sheet import Cell, SheetPage, SheetTable
from urbangis.publish.web.single_file import MOST_BYTES, self_contained

NAME = Text(zh="表", en="table")
TABLE = "甲,乙\n1,2\n".encode("utf-8-sig")


@pytest.fixture
def folder(tmp_path):
    write_assets(tmp_path / "assets")
    (tmp_path / "data").mkdir()
    (tmp_path / "data/small.csv").write_bytes(TABLE)
    (tmp_path / "data/large.csv").write_bytes(b"x" * (MOST_BYTES + 1))
    return tmp_path


def sheet(*links):
    row = (Cell(NAME, href="index.html#top"), Cell(NAME, href="#here"))
    return SheetPage(
        NAME,
        NAME,
        ("zh", "en"),
        NAME,
        (SheetTable(NAME, (NAME, NAME), (row,)),),
        links=tuple(Link(NAME, href) for href in links),
    )


def single(html: str, folder: Path) -> str:
    return self_contained(html, lambda address: (folder / address).read_bytes())


def test_scripts_and_styles_stand_in_the_page(folder, study, layers, result, styles):
    page = replace(service_page(study, result, layers, styles), links=())
    html = single(page_html(page, assets="assets"), folder)
    assert not re.search(r"<(?:script|img)[^>]*\ssrc=|<link\b", html)
    assert "'self'" not in html.split("<title>")[0]
    assert html.count("Content-Security-Policy") == 1
    for name in ("page.js", "swipe.js", "urbangis.css", "vendor/fflate/umd/index.js"):
        assert (folder / "assets" / name).read_text(encoding="utf-8") in html
    assert re.search(r"url\(data:image/png;base64,", html)
    assert "url(images/" not in html


def test_small_tables_come_along_and_pages_do_not(folder, study, layers, result, styles, read_data):
    links = [Link(NAME, f"data/{one}") for one in ("small.csv", "large.csv", "result.gpkg")]
    links = (Link(NAME, "index.html"), *links)
    page = replace(service_page(study, result, layers, styles), links=links)
    (link,) = read_data(single(page_html(page, assets="assets"), folder))["page-data"]["links"]
    assert link["download"] == "small.csv"
    kind, _, content = link["href"].partition(";base64,")
    assert kind == "data:text/csv;charset=utf-8"
    assert b64decode(content) == TABLE


def test_links_of_plain_pages_become_text_and_places_on_the_page_stay(folder):
    html = single(page_html(sheet("index.html", "data/small.csv"), assets="assets"), folder)
    assert set(re.findall(r' href="(#[^"]*)"', html)) == {"#here"}
    assert "index.html" not in re.sub(r"<script.*?</script>", "", html, flags=re.DOTALL)
    assert ' download="small.csv"' in html


def test_text_that_looks_like_a_page_stays_text(folder):
    evil = Text(zh='<a href="index.html">', en='</script><script src="assets/page.js"></script>')
    page = SheetPage(evil, evil, ("zh", "en"), evil, ())
    html = single(page_html(page, assets="assets"), folder)
    assert "&lt;a href=&quot;index.html&quot;&gt;" in html
    assert "&lt;script src=&quot;assets/page.js&quot;&gt;" in html
    assert html.count("</script>") == html.count("<script")


def test_line_ends_are_those_that_a_browser_hashes(folder):
    (folder / "assets/page.css").write_bytes(b"p {}\r\nq {}\r\n")
    html = single(page_html(sheet(), assets="assets"), folder)
    assert "<style>\np {}\nq {}\n</style>" in html
