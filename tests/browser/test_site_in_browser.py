"""The pages do what a reader expects, from the disk and with no network."""

import re
import shutil
from collections.abc import Callable
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import folium
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from small_study import catalogue, renamed, small_layers, small_result, small_study
from urbangis.publish.pages.service import service_page
from urbangis.publish.web.layers import vector_layers
from urbangis.publish.web.page import write_page

Open = Callable[..., Any]

HAN = re.compile(r"[\u3400-\u9fff]")
RATE_COLOURS = {"#ffffcc": 0.85, "#2c7fb8": 0.85}  # classes that the towns have, and their opacity
GROUND = "#eef2f5"


def choose(page: Any, name: str) -> None:
    page.locator("#switches label", has_text=name).click()
    page.wait_for_timeout(150)


def share(page: Any, color: str, opacity: float) -> float:
    """Return the part of the map that shows a colour laid over the ground."""
    tiles = "[...document.querySelectorAll('canvas.leaflet-tile')].every(e => e.classList.contains"
    assert page.evaluate(f"{tiles}('leaflet-tile-loaded'))")
    picture = Image.open(BytesIO(page.locator("#map-area, .folium-map").first.screenshot()))
    pixels = np.asarray(picture.convert("RGB"), dtype=float)
    wanted = opacity * rgb(color) + (1 - opacity) * rgb(GROUND)
    return float((np.abs(pixels - wanted).max(axis=2) <= 6).mean())


def rgb(color: str) -> NDArray[np.float64]:
    return np.array([int(color[at : at + 2], 16) for at in (1, 3, 5)], dtype=float)


def test_every_class_and_every_layer_is_on_the_canvas(opened: Open) -> None:
    page = opened("health.html")
    choose(page, "乡镇覆盖率")
    for color, opacity in RATE_COLOURS.items():
        assert share(page, color, opacity) > 0.01, color
    assert share(page, "#a50f15", 0.95) > 0.0002  # homes without
    assert share(page, "#0b3d63", 1.0) > 0.0002  # clinics, above all else
    choose(page, "服务范围")
    for color in ("#08519c", "#3182bd", "#6baed6"):
        assert share(page, color, 0.75) > 0.0002, color
    assert share(page, "#ffffcc", 0.85) == 0


def test_an_overlay_switched_off_is_gone_and_its_legend_too(opened: Open) -> None:
    page = opened("health.html")
    assert page.locator(".legend", has_text="未覆盖").count() == 1
    choose(page, "居民点")
    assert share(page, "#a50f15", 0.95) == 0
    assert page.locator(".legend", has_text="未覆盖").count() == 0
    choose(page, "居民点")
    assert share(page, "#a50f15", 0.95) > 0.0002


def test_a_row_moves_the_map_and_opens_the_card(opened: Open) -> None:
    page = opened("health.html")
    before = page.evaluate("[map_page.getCenter().lat, map_page.getZoom()]")
    page.locator("tbody tr", has_text="云河镇").click()
    card = page.locator(".card")
    assert card.locator("h2").inner_text() == "云河镇"
    assert "900 人" in card.inner_text()
    assert "未达标 · 目标 50.0%" in card.inner_text()
    assert page.evaluate("[map_page.getCenter().lat, map_page.getZoom()]") != before
    assert page.locator("tbody tr.on").inner_text().startswith("云河镇")


def test_the_table_can_be_used_by_keyboard(opened: Open) -> None:
    page = opened("health.html")
    page.locator("tbody tr button").first.focus()
    page.keyboard.press("Enter")
    assert page.locator(".card h2").count() == 1
    page.locator("thead button", has_text="未覆盖").focus()
    page.keyboard.press("Enter")
    cells = page.locator("tbody tr td:nth-child(4)").all_inner_texts()
    assert cells == sorted(cells, key=lambda text: -int(text))
    assert page.locator("th[aria-sort=descending]").count() == 1


def test_levels_in_table_and_map_go_together(opened: Open) -> None:
    page = opened("health.html")
    page.locator("select[data-choice=level]").select_option(label="县")
    assert page.locator("tbody tr").count() == 2
    assert page.locator("#switches label", has_text="县覆盖率").locator("input").is_checked()
    choose(page, "乡镇覆盖率")
    assert page.locator("tbody tr").count() == 6


def test_the_other_denominator_recolours_map_and_table(opened: Open) -> None:
    page = opened("health.html")
    page.locator("select[data-choice=measure]").select_option(label="居民点")
    row = page.locator("tbody tr", has_text="青溪镇").inner_text()
    assert row.split() == ["青溪镇", "55.6%", "4", "5", "9", "0", "50.6%", "–", "60.6%"]
    assert page.locator("thead", has_text="达标").count() == 0  # the target is not for this one


def test_a_click_on_a_home_tells_how_far_the_clinic_is(opened: Open) -> None:
    page = opened("health.html")
    spot = page.evaluate(
        """() => {
          const layers = Object.values(map_page._layers);
          const homes = layers.filter(l => l.spec && l.spec.id === 'demand')[0];
          const row = homes.spec.rows.id.indexOf('h0-00');
          const at = map_page.latLngToContainerPoint(homes.pointsOf(row)[0]);
          const box = map_page.getContainer().getBoundingClientRect();
          return [at.x + box.left, at.y + box.top];
        }"""
    )
    page.mouse.click(*spot)
    text = page.locator(".card").inner_text()
    for part in (
        "青溪一村",
        "未覆盖",
        "21.3 分钟",
        "青溪镇卫生院",
        "100 人",
        "模拟数据",
        "虚构人口",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("typed", "name"), [("云河", "云河镇"), ("yunhe", "云河镇"), ("Dongling Cl", "东岭镇卫生院")]
)
def test_search_finds_by_chinese_and_english_name(opened: Open, typed: str, name: str) -> None:
    page = opened("health.html")
    page.locator("#search").fill(typed)
    assert page.locator("#found li").first.inner_text().startswith(name)
    page.keyboard.press("Enter")
    assert page.locator(".card h2").inner_text() == name
    page.locator("#search").fill("没有这个地方")
    assert page.locator("#found").inner_text() == "没有找到"


@pytest.mark.parametrize("name", ["health.html", "overview.html", "index.html"])
def test_english_leaves_no_chinese_in_the_interface(opened: Open, name: str) -> None:
    page = opened(name)
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    page.locator("button.language").click()
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.evaluate("location.hash").startswith("#lang=en")
    if name == "health.html":
        page.locator("tbody tr").first.click()
    text = page.evaluate("document.body.innerText").replace("中文", "")
    # A standard's title and a source are quoted as they are.
    for quoted in ("试验标准", "手工绘制"):
        text = text.replace(quoted, "")
    assert HAN.findall(text) == []
    marked = page.evaluate(
        "[...document.querySelectorAll('[aria-label],[title],[placeholder]')].flatMap("
        "e => ['aria-label','title','placeholder'].map(a => e.getAttribute(a) || ''))"
    )
    visible = [value for value in marked if HAN.search(value)]
    assert visible == []
    assert not HAN.search(page.title())


def test_the_language_is_kept_on_the_way_through_the_site(opened: Open) -> None:
    page = opened("index.html#lang=en")
    page.locator("a.service").click()
    page.wait_for_selector("#panel h1")
    assert page.locator("#panel h1").inner_text() == "15-minute health circle"
    page.locator("#panel nav a").first.click()
    page.wait_for_selector(".front-page")
    assert page.evaluate("document.documentElement.lang") == "en"


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", ["health.html", "overview.html", "index.html"])
def test_a_phone_shows_all_without_sideways_scrolling(
    opened: Open, name: str, language: str
) -> None:
    page = opened(f"{name}#lang={language}", width=390, height=844)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    if name == "health.html":
        boxes = [
            page.locator(part).bounding_box()
            for part in (
                "#panel .heading",
                ".figures",
                ".search",
                "#map-area",
                "#switches",
                ".zones",
                "#strip",
            )
        ]
        for above, below in pairwise(boxes):
            assert above["y"] + above["height"] <= below["y"] + 0.5
        assert boxes[3]["height"] >= 320


def test_layers_work_on_a_users_own_folium_map(opened: Open, site: Path, tmp_path: Path) -> None:
    shutil.copytree(site / "assets", tmp_path / "assets")
    study = small_study()
    layers = small_layers(study)
    fmap = folium.Map([32.03, 119.85], zoom_start=12, tiles=None, max_zoom=18)
    page_layers = service_page(study, small_result(study, layers), layers, catalogue()).layers
    for layer in vector_layers(page_layers):
        fmap.add_child(layer)
    fmap.add_child(folium.LayerControl(collapsed=False))
    # Folium loads its libraries from the network; here the test has only ours.
    html = re.sub(
        r"<(script src|link rel=.stylesheet. href)=.https://[^>]*>(</script>)?",
        "",
        fmap.get_root().render(),
    )
    leaflet = '<link rel="stylesheet" href="{0}.css"><script src="{0}.js"></script>'
    html = html.replace("<head>", "<head>" + leaflet.format("assets/vendor/leaflet/dist/leaflet"))
    (tmp_path / "own.html").write_text(html, encoding="utf-8")
    page = opened("own.html", folder=tmp_path)
    assert share(page, "#3182bd", 0.75) > 0.0002
    page.mouse.click(640, 400)
    page.locator(".leaflet-control-layers label", has_text="服务范围").click()
    page.wait_for_timeout(200)
    assert share(page, "#3182bd", 0.75) < 0.0001


def test_hostile_names_are_shown_as_they_are(opened: Open, site: Path, tmp_path: Path) -> None:
    shutil.copytree(site / "assets", tmp_path / "assets")
    text = "</script><img src=x onerror=alert(1)>{{ 7*7 }}"
    study = small_study()
    layers = renamed(small_layers(study), text)
    page_data = service_page(study, small_result(study, layers), layers, catalogue())
    write_page(page_data, tmp_path / "x.html", assets="assets")
    page = opened("x.html", folder=tmp_path)
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    page.locator("#search").fill("7*7")
    assert page.locator("#found li").first.inner_text().startswith(text)
    page.keyboard.press("Enter")
    assert page.locator(".card h2").inner_text() == text
    assert page.locator("img[src=x]").count() == 0


@pytest.mark.parametrize("name", ["health.html", "overview.html", "index.html"])
def test_text_stands_out_from_its_ground(opened: Open, name: str) -> None:
    """Contrast of at least 4.5 : 1 for every text that lies on a plain ground (WCAG 2.1 AA)."""
    page = opened(name)
    weak = page.evaluate(
        """() => {
          const parts = color => color.match(/[\\d.]+/g).map(Number);
          const light = ([r, g, b]) => {
            const lin = [r, g, b].map(v => v / 255)
              .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
            return 0.2126 * lin[0] + 0.7152 * lin[1] + 0.0722 * lin[2];
          };
          const ground = element => {
            for (let e = element; e; e = e.parentElement) {
              const color = parts(getComputedStyle(e).backgroundColor);
              if (color.length === 3 || color[3] > 0.9) return color;
            }
            return [255, 255, 255];
          };
          const weak = [];
          for (const e of document.querySelectorAll('body *')) {
            const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
            if (!own || !e.offsetParent || e.closest('.leaflet-pane, noscript, script')) continue;
            const a = light(parts(getComputedStyle(e).color)), b = light(ground(e));
            const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
            if (ratio < 4.5) weak.push(e.tagName + ' ' + e.className + ' ' + ratio.toFixed(2));
          }
          return weak;
        }"""
    )
    assert weak == []


def test_a_printed_page_is_one_sheet_with_map_table_and_legend(
    opened: Open, tmp_path: Path
) -> None:
    page = opened("health.html")
    choose(page, "乡镇覆盖率")
    pdf = page.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1
    assert re.search(rb"/MediaBox\s*\[0 0 841\.\d+ 59[45]", pdf)
    # What the printer gets, as it is laid out just before: the map is drawn anew for the sheet.
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator("#panel nav").is_hidden()
    assert page.locator("tbody tr:visible").count() == 6
    assert page.locator(".legend:visible").count() >= 2
    sheet = page.locator("body").bounding_box()
    assert sheet["width"] == pytest.approx(277 / 25.4 * 96, abs=1)
    assert share(page, "#ffffcc", 0.85) > 0.01
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.locator("#panel nav").is_visible()
