"""Every page that a study publishes, from the disk and from a server's sub-folder: all is drawn."""

import functools
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from site_links import dead_links
from urbangis.pipeline.commands.run import run

TOWN = Path(__file__).parents[2] / "data/layers/sample_town"
Open = Callable[..., Any]

# Each layer alone: which of its classes that have rows in view show no pixel of their colour.
UNSEEN = """async () => {
  const near = (c, data, i) => [0, 1, 2].every(k => Math.abs(c[k] - data[i + k]) <= 40);
  const rgb = hex => [1, 3, 5].map(i => parseInt(hex.slice(i, i + 2), 16));
  const seen = layer => {
    const found = new Set();
    const wanted = layer.spec.classes.map(one => rgb(one.color));
    for (const tile of layer.getContainer().querySelectorAll('canvas')) {
      if (tile.width < 2) continue;
      const data = tile.getContext('2d').getImageData(0, 0, tile.width, tile.height).data;
      for (let i = 0; i < data.length; i += 4) {
        if (data[i + 3] < 40) continue;
        wanted.forEach((c, n) => {
          if (near(c, data, i)) found.add(n);
        });
      }
    }
    return found;
  };
  const missing = [];
  const layers = Object.keys(window).filter(k => /^vector_layer_\\d+$/.test(k)).map(k => window[k]);
  for (const layer of layers) {
    const was = map_page.hasLayer(layer);
    if (!was) layer.addTo(map_page);
    if (layer.spec.classes.length && map_page.getZoom() >= layer.spec.style.minZoom) {
      const colours = seen(layer);
      layer.spec.classes.forEach((one, number) => {
        const rows = layer.spec.rows[layer.classColumn].map((n, row) => n === number ? row : -1);
        const there = rows.some(row => row >= 0 && layer.boundsOf(row).isValid());
        if (there && !colours.has(number)) missing.push(layer.spec.id + ' ' + one.color);
      });
    }
    if (!was) layer.remove();
  }
  return missing;
}"""


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the sample town, published into a sub-folder."""
    folder = tmp_path_factory.mktemp("served") / "atlas/2026"
    folder.parent.mkdir()
    copy = tmp_path_factory.mktemp("town") / "study"
    shutil.copytree(TOWN, copy, ignore=shutil.ignore_patterns("maps", ".urbangis-cache"))
    run(copy, output=folder)
    return folder


@pytest.fixture(scope="session")
def server(town: Path) -> Iterator[str]:
    """Serve the folder above it, as any web server would."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(town.parents[1]))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{httpd.server_port}/atlas/2026"
        httpd.shutdown()


def names(town: Path) -> list[str]:
    found = sorted(path.relative_to(town).as_posix() for path in town.rglob("*.html"))
    assert "index.html" in found
    return found


def is_map(page: Any) -> bool:
    return bool(page.locator("body.map-page").count())


def violations(page: Any, axe: str) -> list[str]:
    page.evaluate(axe)
    return page.evaluate(
        """async () => {
          const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
          const found = await axe.run(document, {runOnly: tags, preload: false});
          return found.violations.map(v => v.id + ': ' + v.nodes[0].html.slice(0, 120));
        }"""
    )


def test_every_page_is_whole_on_the_disk_and_can_be_read_by_all(
    opened: Open, town: Path, axe: str
) -> None:
    maps = 0
    for name in names(town):
        page = opened(name, folder=town)
        assert page.evaluate("document.documentElement.scrollWidth") <= 1280, name
        if is_map(page):
            maps += 1
            tiles = page.locator("canvas.leaflet-tile")
            loaded = page.locator("canvas.leaflet-tile.leaflet-tile-loaded")
            assert tiles.count() == loaded.count() > 0, name
            assert page.evaluate(UNSEEN) == [], name
        assert violations(page, axe) == [], name
    assert maps >= 8


def test_no_link_is_dead(town: Path) -> None:
    assert dead_links(town) == []


def test_every_page_fits_a_phone_and_a_sheet(opened: Open, town: Path) -> None:
    for name in names(town):
        page = opened(name, folder=town, width=390, height=844)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, name
        if is_map(page):
            pdf = page.pdf(prefer_css_page_size=True)
            assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1, name


def test_the_site_works_from_a_sub_folder_of_a_server(
    browser: Any, town: Path, server: str
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    faults: list[str] = []
    page.on(
        "request", lambda r: None if r.url.startswith((server, "data:")) else faults.append(r.url)
    )
    page.on("response", lambda r: faults.append(r.url) if r.status >= 400 else None)
    page.on("pageerror", lambda error: faults.append(f"error: {error}"))
    for name in names(town):
        page.goto(f"{server}/{name}")
        page.wait_for_function("window.urbangis !== undefined")
        if is_map(page):
            assert page.locator("canvas.leaflet-tile-loaded").count() > 0
    page.goto(f"{server}/index.html#lang=en")
    page.locator("a.service").first.click()
    page.wait_for_selector("#panel h1")
    assert page.evaluate("document.documentElement.lang") == "en"
    context.close()
    # A browser asks for an icon of its own accord.
    assert [fault for fault in faults if not fault.endswith("favicon.ico")] == []
