"""What a reader does with a map page: link, compare, search, save; and what nobody may do to it."""

import csv
import re
import shutil
import subprocess
from collections.abc import Callable
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from small_study import catalogue, renamed, small_layers, small_result, small_study
from urbangis.catalog import Standard
from urbangis.measures.coverage import straight_coverage
from urbangis.measures.rules import compare_rules
from urbangis.notices import Text
from urbangis.publish.model import MapPage
from urbangis.publish.pages.index import SiteLinks, index_page
from urbangis.publish.pages.service import service_page
from urbangis.publish.web.page import write_page
from urbangis.tables import cell_ids

Open = Callable[..., Any]

HOSTILE = [
    "{{ 7*7 }}{% raw %}{#",
    "</script><script>window.broken = 1</script>",
    "<img src=x onerror='window.broken = 1'>",
    "\"quotes\" 'both' `kinds` \\ ${window.broken = 1}",
    "\u202eright to left\u202c",
    "🏥👩‍👩‍👧 𬭩甪",
    "字" * 5000,
    "",
]


def with_rules(**changes: Any) -> MapPage:
    """The made-up service, held against a rule of twice the time."""
    study = small_study()
    layers = small_layers(study)
    result = small_result(study, layers)
    own = result.coverage.standard
    wide = {"id": "wide", "name": {"zh": "半小时", "en": "Half an hour"}, "cutoff_min": 30}
    both = tuple(
        straight_coverage(
            standard,
            demand=layers["homes"].table,
            supply=layers["clinics"].table,
            levels=study.levels,
        )
        for standard in (own, Standard.model_validate(own.model_dump() | wide))
    )
    rules = compare_rules(both, study.levels)
    fields = {name: getattr(result, name) for name in ("id", "spec", "coverage", "rings", "links")}
    return service_page(study, type(result)(**fields, rules=rules), layers, catalogue())


def written(page: MapPage, site: Path, folder: Path) -> Path:
    shutil.copytree(site / "assets", folder / "assets", dirs_exist_ok=True)
    write_page(page, folder / "x.html", assets="assets")
    return folder


def test_a_link_restores_view_theme_overlays_card_and_language(opened: Open) -> None:
    page = opened("health.html#lang=en")
    page.locator("#switches label", has_text="Town: residents not covered").click()
    page.locator("#switches label", has_text="Clinics").click()
    page.locator("tbody tr", has_text="Nanhu").click()
    page.evaluate("map_page.setZoom(13.5, {animate: false})")
    page.wait_for_timeout(100)
    link = page.evaluate("location.hash")
    was = page.evaluate("[map_page.getCenter().lat, map_page.getCenter().lng, map_page.getZoom()]")
    page.goto("about:blank")
    page = opened(f"health.html{link}")
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.locator(".card h2").inner_text() == "Nanhu"
    assert page.locator("tbody tr.on").inner_text().startswith("Nanhu")
    assert (
        page.locator("label", has_text="residents not covered").first.locator("input").is_checked()
    )
    assert not page.locator("label", has_text="Clinics").locator("input").is_checked()
    now = page.evaluate("[map_page.getCenter().lat, map_page.getCenter().lng, map_page.getZoom()]")
    assert now == pytest.approx(was, abs=1e-4)
    assert page.evaluate("location.hash") == link


@pytest.mark.parametrize(
    "link",
    [
        "#view=a/b/c",
        "#theme=nothing&row=zones-town/x",
        "#row=/",
        "#lang=%E0%A4",
        "#swipe=a/b&turned=q",
    ],
)
def test_a_broken_link_opens_the_whole_map(opened: Open, link: str) -> None:
    page = opened(f"health.html{link}")
    assert page.locator("tbody tr").count() == 6
    assert page.locator(".card").count() == 0


def test_a_zone_on_the_map_marks_its_row_and_scrolls_to_it(opened: Open) -> None:
    page = opened("health.html", height=500)
    page.locator("#switches label", has_text="乡镇覆盖率").click()
    page.evaluate("document.querySelector('.zones .scroll').style.maxHeight = '90px'")
    last = page.locator("tbody tr").last
    name = last.locator("th").inner_text()
    spot = page.evaluate(
        """name => {
          const layers = Object.values(map_page._layers);
          const zones = layers.find(l => l.spec && l.spec.id === 'zones-town');
          const row = zones.spec.rows.name.indexOf(name);
          const at = map_page.latLngToContainerPoint(zones.boundsOf(row).getCenter().clone());
          const box = map_page.getContainer().getBoundingClientRect();
          return [at.x + box.left + 14, at.y + box.top + 14];
        }""",
        name,
    )
    page.mouse.click(*spot)
    assert page.locator("tbody tr.on th").inner_text() == name
    frame, row = page.locator(".zones .scroll").bounding_box(), last.bounding_box()
    assert row["y"] + row["height"] <= frame["y"] + frame["height"] + 1


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("yhz", "云河镇"),
        ("yun he", "云河镇"),
        ("qingxizhenweisheng", "青溪镇卫生院"),
        ("nx", "南县"),
    ],
)
def test_search_knows_pinyin_and_initials(opened: Open, typed: str, name: str) -> None:
    page = opened("health.html")
    page.locator("#search").fill(typed)
    assert page.locator("#found li").first.inner_text().startswith(name)


def test_the_table_is_saved_as_a_spreadsheet_reads_it(opened: Open) -> None:
    page = opened("health.html")
    with page.expect_download() as download:
        page.locator("button.csv").click()
    path = download.value.path()
    raw = Path(path).read_bytes()
    assert raw[:3] == b"\xef\xbb\xbf"
    rows = list(csv.reader(StringIO(raw[3:].decode(), newline="")))
    assert rows[0][:4] == ["代码", "名称", "合计 (人)", "已覆盖 (人)"]
    assert len(rows) == 7
    qingxi = next(row for row in rows if row[1] == "青溪镇")
    assert qingxi[2:6] == ["900", "500", "400", "0"]
    assert float(qingxi[6]) == pytest.approx(5 / 9)
    assert qingxi[-1] == "✓ 达标"
    assert download.value.suggested_filename.endswith("zones-town.csv")


def test_no_cell_of_the_table_is_a_formula(opened: Open) -> None:
    page = opened("health.html")
    text = page.evaluate("urbangis.csv([['=1+1', '-x', '@a', '+b', 'a,\"b', -3, null]])")
    assert text == "\ufeff'=1+1,'-x,'@a,'+b,\"a,\"\"b\",-3,\r\n"


def test_two_rules_side_by_side(opened: Open, site: Path, tmp_path: Path) -> None:
    page = opened("x.html", folder=written(with_rules(), site, tmp_path))
    page.locator("#switches label", has_text="↔").click()
    page.wait_for_timeout(100)
    assert (
        page.locator("#switches label", has_text="居民点").first.locator("input").is_checked()
        is False
    )
    sides = page.evaluate(
        """() => Object.values(map_page._layers).filter(l => l.spec && l.spec.kind === 'side')
          .map(l => l.getContainer().style.clip)"""
    )
    assert len(sides) == 2
    assert all(clip.startswith("rect(") for clip in sides)
    line = page.locator(".swipe-line")
    begin = line.bounding_box()["x"]
    line.focus()
    page.keyboard.press("ArrowRight")
    assert line.bounding_box()["x"] > begin
    assert int(line.get_attribute("aria-valuenow")) > 0
    box = line.bounding_box()
    page.mouse.move(box["x"] + 12, box["y"] + 200)
    page.mouse.down()
    page.mouse.move(box["x"] - 200, box["y"] + 200)
    page.mouse.up()
    assert line.bounding_box()["x"] == pytest.approx(box["x"] - 212, abs=2)
    # A home beyond the line is answered by the rule of that side: 21.2 minutes are within 30.
    link = page.evaluate("location.hash")
    assert "swipe=side-test-health/side-wide" in link
    page.keyboard.press("End")
    card = click_home(page, "h0-00")
    assert "未覆盖" in card
    line.focus()
    page.keyboard.press("Home")
    card = click_home(page, "h0-00")
    assert "已覆盖" in card
    page.locator("#switches label", has_text="不显示专题").click()
    assert line.is_hidden()
    assert page.locator("#switches label", has_text="居民点").first.locator("input").is_checked()


def click_home(page: Any, home: str) -> str:
    spot = page.evaluate(
        """home => {
          const side = Object.values(map_page._layers).find(l => l.spec && l.spec.kind === 'side');
          const row = side.spec.rows.id.indexOf(home);
          const at = map_page.latLngToContainerPoint(side.pointsOf(row)[0]);
          const box = map_page.getContainer().getBoundingClientRect();
          return [at.x + box.left, at.y + box.top];
        }""",
        home,
    )
    page.mouse.click(*spot)
    return str(page.locator(".card").inner_text())


def test_people_of_raster_cells_are_a_picture_with_a_card(
    opened: Open, site: Path, tmp_path: Path
) -> None:
    study = small_study()
    layers = small_layers(study)
    result = small_result(study, layers)
    row, column = np.divmod(np.arange(80 * 120), 120)
    cells = pd.DataFrame(
        {
            "id": cell_ids(row, column),
            "residents": 30.0,
            "x": 480_050 + 100.0 * column,
            "y": 3_547_950 - 100.0 * row,
            "cost": np.where(column < 60, 600.0, 1200.0),
            "share": (column < 60).astype(float),
            "snapped": True,
            "zone_id": [
                f"t{east + 3 * north}"
                for east, north in zip(column // 40, (79 - row) // 40, strict=True)
            ],
        }
    )
    coverage = type(result.coverage)(
        result.coverage.standard, None, cells, result.coverage.supply, result.coverage.zones, ()
    )
    page_data = service_page(
        study, type(result)(result.id, result.spec, coverage), layers, catalogue()
    )
    page = opened("x.html", folder=written(page_data, site, tmp_path))
    page.locator("#switches label", has_text="未覆盖人口密度").click()
    page.wait_for_timeout(200)
    picture = Image.open(BytesIO(page.locator("#map-area").screenshot())).convert("RGB")
    pixels = np.asarray(picture, dtype=float)
    red = 0.9 * np.array([222, 45, 38]) + 0.1 * np.array([238, 242, 245])
    east = np.abs(pixels - red).max(axis=2) <= 6
    assert 0.05 < east.mean() < 0.5
    assert east[:, : east.shape[1] // 4].sum() == 0
    rows, columns = np.nonzero(east)
    box = page.locator("#map-area").bounding_box()
    middle = len(rows) // 2
    page.mouse.click(box["x"] + float(columns[middle]), box["y"] + float(rows[middle]))
    text = page.locator(".card").inner_text()
    assert "2,500–10,000 人/平方公里" in text
    assert "模拟数据" in text


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:18]))
def test_hostile_text_is_text_wherever_it_is_shown(
    opened: Open, site: Path, tmp_path: Path, text: str
) -> None:
    study = small_study(name={"zh": text, "en": text}) if text else small_study()
    layers = renamed(small_layers(study), text)
    folder = written(
        service_page(study, small_result(study, layers), layers, catalogue()), site, tmp_path
    )
    front = index_page(study, [small_result(study, layers)], layers, SiteLinks())
    write_page(front, folder / "index.html", assets="assets")
    page = opened("x.html", folder=folder)
    for language in ("zh", "en"):
        assert page.evaluate("document.documentElement.lang").startswith(language)
        for number in range(page.locator("tbody tr").count()):
            page.locator("tbody tr").nth(number).click()
        page.locator("#search").fill((text[:40] or "卫生").strip())
        page.keyboard.press("Enter")
        page.mouse.move(700, 400)
        page.mouse.click(700, 400)
        page.locator("button.language").click()
    with page.expect_download():
        page.locator("button.csv").click()
    assert page.evaluate("window.broken") is None
    assert page.locator("img[src=x]").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    page = opened("index.html", folder=folder)
    assert page.evaluate("window.broken") is None
    assert page.locator("img").count() == 0
    if text.strip():
        shown = re.sub(r"\s+", "", page.evaluate("document.body.textContent"))
        assert re.sub(r"\s+", "", text) in shown


def violations(page: Any, axe: str) -> list[str]:
    page.evaluate(axe)
    return page.evaluate(
        """async () => {
          const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
          const found = await axe.run(document, {runOnly: tags, preload: false});
          return found.violations.flatMap(
            v => v.nodes.map(n => v.id + ': ' + n.html.slice(0, 120)));
        }"""
    )


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", ["health.html", "overview.html", "index.html"])
def test_nothing_stands_in_the_way_of_readers_with_a_handicap(
    opened: Open, axe: str, name: str, width: int
) -> None:
    for language in ("zh", "en"):
        page = opened(f"{name}#lang={language}", width=width, height=844)
        if name == "health.html":
            page.locator("tbody tr").first.click()
            page.locator("#search").fill("yh")
        assert violations(page, axe) == []
        page.goto("about:blank")


def test_side_by_side_is_open_to_all(opened: Open, site: Path, tmp_path: Path, axe: str) -> None:
    page = opened("x.html", folder=written(with_rules(), site, tmp_path))
    page.locator("#switches label", has_text="↔").click()
    assert violations(page, axe) == []


def test_every_control_shows_its_focus_and_is_large_enough(opened: Open) -> None:
    page = opened("health.html")
    seen = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        found = page.evaluate(
            """() => {
              const e = document.activeElement, style = getComputedStyle(e);
              const box = e.getBoundingClientRect();
              return [e.tagName + '#' + e.id + '.' + e.className + ':' + e.textContent.slice(0, 20),
                parseFloat(style.outlineWidth), box.width, box.height];
            }"""
        )
        if found[0].startswith("BODY"):
            break
        seen.add(found[0])
        assert found[1] >= 2, found
    assert len(seen) > 15


@pytest.mark.skipif(shutil.which("firefox-esr") is None, reason="no Firefox ESR")
@pytest.mark.parametrize("name", ["health.html", "index.html"])
def test_a_second_engine_shows_the_same(site: Path, tmp_path: Path, name: str) -> None:
    picture = tmp_path / "firefox.png"
    done = subprocess.run(
        [
            "firefox-esr", "--headless", "--no-remote", "--profile", str(tmp_path),
            "--window-size=1280,800", f"--screenshot={picture}", (site / name).as_uri(),
        ],
        capture_output=True,
        timeout=120,
        check=False,
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "MOZ_DISABLE_CONTENT_SANDBOX": "1"},
    )  # fmt: skip
    assert picture.is_file(), done.stderr
    pixels = np.asarray(Image.open(picture).convert("RGB"), dtype=float)

    def share(color: tuple[int, int, int], opacity: float) -> float:
        wanted = opacity * np.array(color) + (1 - opacity) * np.array([238, 242, 245])
        return float((np.abs(pixels - wanted).max(axis=2) <= 6).mean())

    if name == "health.html":
        assert share((0x31, 0x82, 0xBD), 0.75) > 0.002  # a ring
        assert share((0xA5, 0x0F, 0x15), 0.95) > 0.0002  # homes without
    else:
        assert share((0xFF, 0xFF, 0xFF), 1.0) > 0.01  # its cards
    assert share((0x1B, 0x27, 0x33), 1.0) > 0.0005  # text


def test_the_legend_says_both_names() -> None:
    swipe = with_rules().swipes[0]
    assert swipe.name == Text(zh="本服务圈 ↔ 半小时", en="this service ↔ Half an hour")
