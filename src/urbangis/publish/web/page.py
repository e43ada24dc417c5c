"""Turn pages into HTML files that load nothing from outside their folder."""

import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import cast

import folium
from branca.element import Figure as FoliumFigure
from branca.element import Link as FoliumLink
from branca.element import MacroElement
from folium.template import Template

from urbangis.errors import UrbangisError
from urbangis.notices import Language, Text
from urbangis.publish.markup import Verbatim, packed_script
from urbangis.publish.model import ImageLayer, IndexPage, MapLayer, MapPage
from urbangis.publish.web.budget import PageSize, check_budget, weigh
from urbangis.publish.web.front import index_body
from urbangis.publish.web.layers import (
    ASSETS,
    CORE_SCRIPT,
    OWN_SCRIPTS,
    OWN_STYLE,
    PictureLayer,
    VectorLayer,
    vector_layers,
)
from urbangis.publish.web.page_data import page_data
from urbangis.publish.web.scorecard import ScorecardPage, scorecard_body, scorecard_title
from urbangis.publish.web.security import with_policy
from urbangis.publish.web.sheet import SheetPage, sheet_body

PAGE_FILES = (
    "page.css",
    "basemap.js",
    "link.js",
    "swipe.js",
    "switches.js",
    "csv.js",
    "table.js",
    "search.js",
    "names.js",
    "rules.js",
    "sure.js",
    "charts.js",
    "paper.js",
    "page.js",
)

# What folium links to, by its own name of the link: the file that stands in for it, or None for
# what nothing on our pages uses.
_REPLACED: dict[str, str | None] = {
    "leaflet": "vendor/leaflet/dist/leaflet.js",
    "leaflet_css": "vendor/leaflet/dist/leaflet.css",
    "jquery": None,
    "bootstrap": None,
    "bootstrap_css": None,
    "glyphicons_css": None,
    "awesome_markers": None,
    "awesome_markers_css": None,
    "awesome_markers_font_css": None,
    "awesome_rotate_css": None,
}
# Folium's own forbids readers to zoom; ours is in the head already.
_VIEWPORT = re.compile(r'<meta name="viewport"[^>]*user-scalable=no[^>]*>')
_REMOTE = re.compile(
    r"<[^>]+\s(?:src|href)\s*=\s*[\"']?\s*((?:https?:)?//[^\"'\s>]+)", re.IGNORECASE
)


Page = MapPage | IndexPage | ScorecardPage | SheetPage

_MAP_FRAME = """<body class="map-page">
<div id="panel"></div>
<main id="map-area">{map}</main>
<aside id="side"><div id="card" aria-live="polite"></div><div id="switches"></div></aside>
<footer id="strip"></footer>
<noscript><p>本页地图需要启用 JavaScript。<br>This map needs JavaScript.</p></noscript>"""


class RemoteLinkError(UrbangisError):
    """A page would load something from the network."""


class _Start(MacroElement):
    """Show the whole area, before layers are drawn."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "urbangis.view({{ this._parent.get_name() }});"
        "{% endmacro %}"
    )

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Start"


class _Interface(MacroElement):
    """Start our panel, switches and cards on a folium map."""

    _template = Template(
        "{% macro script(this, kwargs) %}urbangis.page([{{ this.layer_names }}]);{% endmacro %}"
    )

    def __init__(self, layers: list[VectorLayer | PictureLayer]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Interface"
        self.layer_names = ", ".join(layer.get_name() for layer in layers)


def map_html(page: MapPage, *, assets: str) -> str:
    """Write a page with a map as HTML.

    Parameters
    ----------
    assets
        Where the page finds the assets folder, relative to itself: ``"assets"`` or
        ``"../assets"``.

    Raises
    ------
    RemoteLinkError
        If anything on the page would be loaded from the network.
    """
    west, south, east, north = page.extent
    fmap = folium.Map(
        location=[round((south + north) / 2, 6), round((west + east) / 2, 6)],
        zoom_start=9,
        tiles=None,
        zoom_control=False,
        attributionControl=False,
        maxZoom=18,
        zoomSnap=0.25,
        fadeAnimation=False,  # tiles are drawn at once
    )
    fmap._id = "page"  # noqa: SLF001  folium draws ids at random; ours must not change
    fmap.add_child(_Start())
    layers = vector_layers(page.layers)
    for number, layer in enumerate(layers):
        layer._id = str(number)  # noqa: SLF001
        fmap.add_child(layer)
    fmap.add_child(_Interface(layers))
    return offline(fmap, page, assets=assets)


def offline(fmap: folium.Map, page: MapPage, *, assets: str) -> str:
    """Render a folium map inside our page, with every link led to the assets folder.

    Raises
    ------
    RemoteLinkError
        If the map uses a plugin whose files are not among the assets, or links to the network.
    """
    figure = cast("FoliumFigure", fmap.get_root())
    figure.html.add_child(
        Verbatim(packed_script("page-data", page_data(page, assets))), name="page_data"
    )
    figure.render()
    for file_name in PAGE_FILES:
        figure.header.add_child(Verbatim(""), name=file_name)
    for name, element in list(figure.header._children.items()):  # noqa: SLF001
        if isinstance(element, FoliumLink):
            if name not in _REPLACED:
                raise RemoteLinkError(f"the map loads {name} from {element.url}, which is no asset")
            file = _REPLACED[name]
        elif name in (OWN_STYLE, *OWN_SCRIPTS, *PAGE_FILES):
            file = name
        else:
            continue
        link = "" if file is None else _asset_link(f"{assets}/{file}")
        figure.header.add_child(Verbatim(link), name=name)
    return _checked(
        _document(
            page.title,
            page.languages[0],
            head=_VIEWPORT.sub("", figure.header.render()),
            body=_MAP_FRAME.format(map=figure.html.render()),
            script=figure.script.render(),
            images=() if page.basemap is None else page.basemap.hosts,
        )
    )


def page_html(page: Page, *, assets: str) -> str:
    """Write any page as HTML; see `map_html` for the parameters and errors."""
    if isinstance(page, MapPage):
        return map_html(page, assets=assets)
    flat = _flat(page)
    files = (OWN_STYLE, "page.css", *flat.styles, CORE_SCRIPT, *flat.scripts)
    return _checked(
        _document(
            flat.title,
            page.languages[0],
            head="\n".join(_asset_link(f"{assets}/{file}") for file in files),
            body=f'<body class="front-page{flat.kind}">\n{flat.body}',
            script=flat.start,
        )
    )


@dataclass(frozen=True)
class _Flat:
    """A page without a map: its body and class, files beside those of all, and its start."""

    title: Text
    body: str
    kind: str = ""
    styles: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()
    start: str = "urbangis.site();"


def _flat(page: IndexPage | ScorecardPage | SheetPage) -> _Flat:
    if isinstance(page, SheetPage):
        return _Flat(page.title, sheet_body(page), " sheet", ("sheet.css",))
    if isinstance(page, ScorecardPage):
        return _Flat(
            scorecard_title(page),
            scorecard_body(page),
            " scorecard",
            ("scorecard.css",),
            ("scorecard.js",),
            "urbangis.scorecard();",
        )
    return _Flat(page.title, index_body(page))


def write_page(page: Page, path: Path, *, assets: str) -> PageSize:
    """Write a page beside its place and move it in, so that no half page is ever there.

    Parameters
    ----------
    path
        File to write; its folder is made.
    assets
        Where the page finds the assets folder, relative to itself: ``"assets"`` or
        ``"../assets"``.

    Returns
    -------
    PageSize
        Bytes of the page and of each of its layers. Above 3 MB there is a `LargePageWarning`.

    Raises
    ------
    RemoteLinkError
        If anything on the page would be loaded from the network.
    PageTooLargeError
        If it is larger than 20 MB.
    """
    html = page_html(page, assets=assets)
    size = weigh(html, _layer_names(page))
    check_budget(size, path.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
        file.write(html)
    Path(temporary).chmod(0o644)
    Path(temporary).replace(path)
    return size


def _layer_names(page: Page) -> dict[str, str]:
    """Return what the elements with the data of a map's layers are called."""
    if not isinstance(page, MapPage):
        return {}
    kinds = {MapLayer: "vector_layer", ImageLayer: "picture_layer"}
    return {
        f"{kinds[type(layer)]}_{number}_data": layer.id for number, layer in enumerate(page.layers)
    }


def write_assets(folder: Path) -> None:
    """Copy the scripts, style sheets and third-party files of the pages into ``folder``.

    Raises
    ------
    UrbangisError
        If the installation lacks the third-party files.
    """
    if not (ASSETS / "vendor").is_dir():
        raise UrbangisError(
            f"{ASSETS / 'vendor'} is missing: the build fills it. Install urbangis again with pip."
        )
    for source in sorted(ASSETS.rglob("*")):
        if source.is_file():
            target = folder / source.relative_to(ASSETS)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)


def _asset_link(path: str) -> str:
    if path.endswith(".css"):
        return f'<link rel="stylesheet" href="{escape(path)}">'
    return f'<script src="{escape(path)}"></script>'


def _document(
    title: Text,
    language: Language,
    *,
    head: str,
    body: str,
    script: str,
    images: Sequence[str] = (),
) -> str:
    """Put the parts of a page into one HTML document."""
    html = f"""<!DOCTYPE html>
<html lang="{"en" if language == "en" else "zh-CN"}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title.to(language))}</title>
{head}
</head>
{body}
<script>
{script}
</script>
</body>
</html>
"""
    return with_policy(html, images=images)


def _checked(html: str) -> str:
    """Return the page if it loads nothing from the network."""
    remote = _REMOTE.search(html)
    if remote is not None:
        raise RemoteLinkError(f"the page would load {remote[1]} from the network")
    return html
