"""Single files, pages of zones and basemaps, in a real browser with no network."""

from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from small_study import catalogue, small_layers, small_result, small_study
from urbangis.publish.basemap import write_tiles
from urbangis.publish.maps.image import class_png
from urbangis.publish.pages.place import FOLDER, Place, place_file, place_page
from urbangis.publish.pages.service import service_page
from urbangis.publish.web.page import write_assets, write_page
from urbangis.publish.web.single_file import self_contained

pytestmark = pytest.mark.browser
OURS = {"zh": "测绘院", "en": "Survey"}


def test_a_single_file_works_where_nothing_else_is(opened, site, tmp_path):
    alone = tmp_path / "alone"
    alone.mkdir()
    for name in ("index.html", "overview.html"):
        html = (site / name).read_text(encoding="utf-8")
        text = self_contained(
            html,
            lambda address: b"" if address.endswith(".csv") else (site / address).read_bytes(),
        )
        (alone / name).write_text(text, encoding="utf-8", newline="\n")
        page = opened(name, folder=alone)
        assert page.locator("a[href$='.html']").count() == 0
        page.click("button.language")
        assert page.evaluate("document.documentElement.lang") == "en"
        if name == "overview.html":
            assert page.locator("canvas.leaflet-tile-loaded").count() > 0
    assert {path.name for path in alone.iterdir()} == {"index.html", "overview.html"}


def test_a_table_of_a_single_file_can_be_saved(opened, site, tmp_path):
    html = (site / "health.html").read_text(encoding="utf-8")
    table = "区,率\n甲,0.5\n".encode("utf-8-sig")
    text = self_contained(
        html,
        lambda address: table if address.endswith(".csv") else (site / address).read_bytes(),
    )
    (tmp_path / "one.html").write_text(text, encoding="utf-8", newline="\n")
    page = opened("one.html", folder=tmp_path)
    page.locator("a[download='coverage.csv']").evaluate("one => one.closest('details').open = true")
    with page.expect_download() as saving:
        page.click("a[download='coverage.csv']")
    assert saving.value.suggested_filename == "coverage.csv"
    assert Path(saving.value.path()).read_bytes() == table


@pytest.mark.parametrize("zone", ["c1", "t4"])
def test_a_page_of_a_zone_leads_to_the_map_at_that_place(opened, tmp_path, zone):
    study = small_study()
    layers = small_layers(study)
    result = small_result(study, layers)
    write_assets(tmp_path / "assets")
    write_page(
        service_page(study, result, layers, catalogue()), tmp_path / "health.html", assets="assets"
    )
    file = f"{FOLDER}/{place_file('county', 'c1')}"
    place = Place(study, study.levels[1], "c1", [result], layers)
    write_page(place_page(place), tmp_path / file, assets="../assets")
    page = opened(f"{file}#lang=en", folder=tmp_path)
    page.click(f"a[href*='{zone}&'], a[href$='{zone}']")
    page.wait_for_selector("#card h2, #card h3, #card strong")
    names = {one.id: one.zones.set_index("id")["name_en"] for one in study.levels}
    name = {**names["town"], **names["county"]}[zone]
    assert name in page.locator("#card").inner_text()
    assert page.evaluate("document.documentElement.lang") == "en"
    west, south, east, north = page.evaluate(
        "urbangis_bounds = map_page.getBounds().toBBoxString().split(',').map(Number)"
    )
    level = next(one for one in study.levels if zone in set(one.zones["id"]))
    shape = level.zones.set_index("id").loc[[zone]].to_crs("EPSG:4326").total_bounds
    assert west < shape[0] < shape[2] < east
    assert south < shape[1] < shape[3] < north


def with_basemap(root: Path, folder: Path, **spec: object) -> None:
    """Write the page of a study with a basemap into a folder."""
    study = replace(small_study(basemap={"attribution": OURS, **spec}), root=root)
    layers = small_layers(study)
    write_assets(folder / "assets")
    write_tiles(study, folder / "assets")
    page = service_page(study, small_result(study, layers), layers, catalogue())
    write_page(page, folder / "health.html", assets="assets")


@pytest.fixture
def tiles(tmp_path) -> Path:
    """Return a folder with one tile for each place of the made-up study at zoom 5."""
    for x in range(24, 29):
        for y in range(10, 16):
            tile = tmp_path / f"world/tiles/5/{x}/{y}.png"
            tile.parent.mkdir(parents=True, exist_ok=True)
            tile.write_bytes(class_png(np.zeros((256, 256), dtype=np.int8), ["#d9e8d0"]))
    return tmp_path / "world"


def test_tiles_of_a_folder_are_shown_from_a_disk(opened, tiles, tmp_path):
    with_basemap(tiles, tmp_path / "site", tiles="tiles")
    page = opened("health.html", folder=tmp_path / "site")
    page.wait_for_selector("img.leaflet-tile-loaded", state="attached")
    assert page.locator("img.leaflet-tile").count() > 0
    assert "底图：测绘院" in page.locator("#strip").inner_text()


def test_tiles_of_the_named_server_are_shown_and_of_no_other(browser, tiles, tmp_path):
    asked = []

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            asked.append(self.path)

    servers = [
        ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tiles))) for _ in "ab"
    ]
    for server in servers:
        Thread(target=server.serve_forever, daemon=True).start()
    named, other = (f"http://127.0.0.1:{server.server_port}" for server in servers)
    with_basemap(tiles, tmp_path / "site", url=named + "/tiles/{z}/{x}/{y}.png", max_zoom=5)
    page = browser.new_page()
    try:
        page.goto((tmp_path / "site/health.html").as_uri())
        page.wait_for_selector("img.leaflet-tile-loaded", state="attached")
        assert asked
        assert all(path.startswith("/tiles/5/") for path in asked)
        seen = len(asked)
        loaded = page.evaluate(
            """address => new Promise(done => {
              const picture = new Image();
              picture.onload = () => done(true);
              picture.onerror = () => done(false);
              picture.src = address;
            })""",
            f"{other}/tiles/5/26/12.png",
        )
        assert loaded is False
        assert len(asked) == seen
    finally:
        page.close()
        for server in servers:
            server.shutdown()
            server.server_close()
