"""A real browser with no network: the machine's own Chromium, Chrome or Edge."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from small_study import catalogue, small_layers, small_result, small_study
from urbangis.notices import Text
from urbangis.publish.model import Link
from urbangis.publish.pages.index import SiteLinks, index_page
from urbangis.publish.pages.overview import overview_page
from urbangis.publish.pages.service import service_page
from urbangis.publish.web.page import write_assets, write_page

playwright = pytest.importorskip("playwright.sync_api")

NAMES = ("chromium", "chromium-browser", "google-chrome", "msedge")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--font-render-hinting=none",
    "--disable-lcd-text",
    "--force-color-profile=srgb",
]

Open = Callable[..., "playwright.Page"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in Path(item.fspath).parent.name:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator["playwright.Browser"]:
    named = os.environ.get("URBANGIS_BROWSER")
    path = named or next((found for found in map(shutil.which, NAMES) if found), None)
    if path is None:
        pytest.skip("no Chromium, Chrome or Edge found; URBANGIS_BROWSER may name one")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the three kinds of page of the made-up study."""
    folder = tmp_path_factory.mktemp("site")
    study = small_study()
    layers = small_layers(study)
    result = small_result(study, layers)
    overview = Link(Text("图层总览", "Layers"), "overview.html")
    pages = {
        "health.html": service_page(study, result, layers, catalogue()),
        "overview.html": overview_page(study, layers, catalogue(), links=result.links),
        "index.html": index_page(study, [result], layers, SiteLinks(pages=(overview,))),
    }
    for name, page in pages.items():
        write_page(page, folder / name, assets="assets")
    write_assets(folder / "assets")
    return folder


@pytest.fixture(scope="session")
def axe() -> str:
    """Return the script of axe-core, which looks for what readers with a handicap meet."""
    script = Path(__file__).parent / "vendor/axe-core/axe.min.js"
    if not script.is_file():
        pytest.skip("axe-core is fetched by `pip install -e .`")
    return script.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def tab(browser: "playwright.Browser") -> Iterator["playwright.Page"]:
    """One tab for all tests of a worker: to open a new one costs more than to draw a page."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 800},
        device_scale_factor=1,
        locale="zh-CN",
        offline=True,
        reduced_motion="reduce",
        accept_downloads=True,
    )
    page = context.new_page()
    page.set_default_timeout(30_000)
    yield page
    context.close()


@pytest.fixture
def opened(tab: "playwright.Page", site: Path) -> Iterator[Open]:
    """Open a page of the site; fail on any request, failure, error or complaint it causes."""
    faults: list[str] = []
    inside = ("file:", "data:", "blob:", "http://127.0.0.1:")

    def dismissed(dialog: "playwright.Dialog") -> None:
        faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    heard = {
        "request": lambda r: None if r.url.startswith(inside) else faults.append(r.url),
        "requestfailed": lambda r: faults.append(f"failed: {r.url}"),
        "pageerror": lambda error: faults.append(f"error: {error}"),
        "console": lambda m: faults.append(m.text) if m.type == "error" else None,
        "dialog": dismissed,
    }
    for event, listener in heard.items():
        tab.on(event, listener)

    def go(
        name: str, *, width: int = 1280, height: int = 800, folder: Path = site
    ) -> "playwright.Page":
        tab.set_viewport_size({"width": width, "height": height})
        file, _, fragment = name.partition("#")
        tab.goto((folder / file).as_uri() + (f"#{fragment}" if fragment else ""))
        tab.wait_for_function("window.urbangis !== undefined")
        tab.wait_for_timeout(150)
        return tab

    yield go
    tab.goto("about:blank")
    tab.mouse.move(0, 0)
    for event, listener in heard.items():
        tab.remove_listener(event, listener)
    assert faults == []
