"""Pages keep strangers' scripts and pictures out, from a disk and on a server, and work."""

import shutil
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

pytestmark = pytest.mark.browser

PLANTED = """<script>window.stranger = "inline";</script>
<img src="{elsewhere}/stranger.png" onerror="window.stranger = 'handler'">
<img src="{elsewhere}/stranger.png" onload="window.stranger = 'picture'">
<script src="{elsewhere}/stranger.js"></script>
<iframe src="{elsewhere}/stranger.html"></iframe>
</body>"""


class Quiet(SimpleHTTPRequestHandler):
    """A static server that tells what it was asked for to its server object."""

    def log_message(self, *told: object) -> None:
        self.server.asked.append(self.path)


@pytest.fixture
def serve() -> Iterator:
    """Serve folders on ports of their own."""
    servers = []

    def start(folder: Path) -> tuple[str, list[str]]:
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
        server.asked = []
        Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}", server.asked

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("name", ["health.html", "index.html"])
@pytest.mark.parametrize("by", ["disk", "server"])
def test_what_is_planted_neither_runs_nor_loads(by, name, browser, serve, site, tmp_path):
    shutil.copytree(site, tmp_path / "deep/down")
    strangers = tmp_path / "strangers"
    strangers.mkdir()
    (strangers / "stranger.js").write_text("window.stranger = 'file';")
    shutil.copyfile(
        site / "assets/vendor/leaflet/dist/images/layers.png", strangers / "stranger.png"
    )
    elsewhere, asked = serve(strangers)
    page_file = tmp_path / "deep/down" / name
    text = page_file.read_text(encoding="utf-8")
    page_file.write_text(
        text.replace("</body>", PLANTED.format(elsewhere=elsewhere)), encoding="utf-8"
    )
    place = serve(tmp_path)[0] + f"/deep/down/{name}" if by == "server" else page_file.as_uri()
    page = browser.new_page()
    try:
        page.goto(place)
        page.wait_for_timeout(500)
        assert page.evaluate("window.stranger") is None
        assert asked == []
        assert page.evaluate("typeof window.urbangis") == "object"
        assert page.locator("h1").inner_text()
        page.click("button.language")
        assert page.evaluate("document.documentElement.lang") == "en"
        if name == "health.html":
            assert page.locator("canvas.leaflet-tile").count() > 0
    finally:
        page.close()
