"""Whatever a user's file holds is shown as text: never code, neither to browser nor template."""

from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import folium
import pytest

from small_study import renamed, small_layers, small_result, small_study
from urbangis.catalog import Catalogue
from urbangis.notices import Notice, Text
from urbangis.publish.markup import both, data_script, tag
from urbangis.publish.model import Link, MapPage
from urbangis.publish.pages.index import SiteLinks, index_page
from urbangis.publish.pages.overview import overview_page
from urbangis.publish.pages.service import service_page
from urbangis.publish.web.layers import vector_layers
from urbangis.publish.web.page import Page, page_html

HOSTILE = [
    "{{ 7*7 }}",
    "{{{ 7*7 }}}",
    "{{ cycler.__init__.__globals__.os.getcwd() }}",
    "{% raw %}",
    "{% for x in y %}",
    "{#",
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "<img src=x onerror=alert(1)>",
    '<a href="https://example.com/x">',
    "\"quotes\" 'both' `kinds` \\ and ${backticks}",
    "\u202eright to left\u202c",
    "line\u2028separators\u2029and\nbreaks\x00",
    "🏥👩‍👩‍👧 𬭩甪",
    "字" * 5000,
    "",
]


class Elements(HTMLParser):
    """Collects the elements and the text of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, tuple[str, ...]]] = []
        self.text = ""

    def handle_starttag(self, name: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found.append((name, tuple(key for key, _ in attributes)))

    def handle_data(self, data: str) -> None:
        self.text += data


def elements(html: str) -> Elements:
    parser = Elements()
    parser.feed(html)
    parser.close()
    return parser


def hostile_pages(text: str, styles: Catalogue) -> dict[str, Page]:
    """Return each kind of page with ``text`` in every place that a user's file can fill."""
    both_texts = {"zh": text, "en": text}
    plain = small_study()
    spec = plain.spec.model_dump(mode="json", exclude_none=True)
    for layer in spec["layers"].values():
        layer |= {"name": both_texts, "note": both_texts, "source": text}
    study = small_study(
        name=both_texts, layers=spec["layers"], publisher=both_texts, review_no=text
    )
    study = replace(
        study,
        levels=tuple(
            replace(
                level,
                name=Text(text, text),
                zones=level.zones.assign(name=text, name_en=text),
            )
            for level in study.levels
        ),
    )
    layers = renamed(small_layers(study), text)
    notice = Notice("made-up", "info", 1, Text(text, text))
    layers = {
        name: replace(layer, spec=study.spec.layers[name], notices=(notice,))
        for name, layer in layers.items()
    }
    result = small_result(study, layers)
    result = replace(result, spec=result.spec.model_copy(update={"name": Text(text, text)}))
    links = (Link(Text(text, text), "overview.html"),)
    return {
        "service": service_page(study, result, layers, styles),
        "overview": overview_page(study, layers, styles),
        "index": index_page(study, [result], layers, SiteLinks(links, links, links)),
    }


def plain_map(page: MapPage) -> str:
    """Return the page's layers on a user's own folium map, with folium's own layer switch."""
    fmap = folium.Map(tiles=None)
    for layer in vector_layers(page.layers):
        fmap.add_child(layer)
    fmap.add_child(folium.LayerControl())
    return fmap.get_root().render()


@pytest.mark.parametrize("kind", ["service", "overview", "index"])
@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:24]))
def test_a_page_has_the_same_elements_whatever_the_names_say(
    kind: str, text: str, styles: Catalogue, read_data: Callable[[str], dict[str, Any]]
) -> None:
    tame = page_html(hostile_pages("tame", styles)[kind], assets="assets")
    html = page_html(hostile_pages(text, styles)[kind], assets="assets")
    assert elements(html).found == elements(tame).found
    data = read_data(html)
    assert data["page-data"]["title"]["zh"] == text or kind == "overview"
    if kind == "service":
        homes = next(layer for layer in data.values() if layer.get("id") == "demand")
        assert set(homes["rows"]["name"]) == {text}
    if kind == "index":
        assert text.replace("\r", "\n") in elements(html).text


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:24]))
def test_a_layer_on_a_plain_folium_map_keeps_text_as_text(
    text: str, styles: Catalogue, read_data: Callable[[str], dict[str, Any]]
) -> None:
    html = plain_map(hostile_pages(text, styles)["service"])
    assert (
        elements(html).found == elements(plain_map(hostile_pages("tame", styles)["service"])).found
    )
    assert {text} in [
        set(data["rows"].get("name", [])) for data in read_data(html).values() if "rows" in data
    ]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:24]))
def test_data_survive_the_way_through_a_script_element(
    text: str, read_data: Callable[[str], dict[str, Any]]
) -> None:
    script = data_script("x", {text: [text, 1, 0.5, True, None]})
    assert read_data(script)["x"] == {text: [text, 1, 0.5, True, None]}
    inside = script.removeprefix('<script type="application/json" id="x">').removesuffix(
        "</script>"
    )
    assert not set("<>&\u2028\u2029") & set(inside)
    assert not any(pair in inside for pair in ("{{", "{%", "{#"))


def test_elements_escape_attributes_and_texts() -> None:
    text = Text(zh="<b>甲</b>", en="a & b")
    assert tag("p", both(text), title='"<>') == (
        '<p title="&quot;&lt;&gt;"><span lang="zh">&lt;b&gt;甲&lt;/b&gt;</span>'
        '<span lang="en">a &amp; b</span></p>'
    )
