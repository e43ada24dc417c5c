"""Tiles under the map: where they come from, what is refused, and who is let in."""

import re
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from small_study import small_layers, small_result, small_study
from urbangis.errors import StudyError
from urbangis.publish.basemap import basemap_of, write_tiles
from urbangis.publish.maps.image import class_png
from urbangis.publish.pages.service import service_page
from urbangis.publish.web.page import page_html
from urbangis.publish.web.single_file import self_contained
from urbangis.study import BasemapSpec

OURS = {"zh": "测绘院", "en": "Survey"}
TILES = "https://tiles.example/{z}/{x}/{y}.png"


def with_basemap(folder: Path, **spec):
    study = small_study(basemap=spec)
    return type(study)(**{**vars(study), "root": folder})


def page_of(study, styles):
    layers = small_layers(study)
    return service_page(study, small_result(study, layers), layers, styles)


@pytest.fixture
def tiles(tmp_path):
    for zoom in (5, 6):
        for place in range(2):
            tile = tmp_path / f"tiles/{zoom}/{place}/{place}.png"
            tile.parent.mkdir(parents=True)
            tile.write_bytes(class_png(np.full((256, 256), 0, dtype=np.int8), ["#d9e8d0"]))
    (tmp_path / "tiles/readme.txt").write_text("not a tile")
    return tmp_path


def test_there_is_none_unless_asked_for(study, styles, read_data):
    assert basemap_of(study) is None
    html = page_html(page_of(study, styles), assets="assets")
    assert read_data(html)["page-data"]["basemap"] is None
    assert "img-src 'self' data:;" in html


def test_tianditu_is_asked_as_its_service_wants(tmp_path, monkeypatch):
    monkeypatch.setenv("TIANDITU_KEY", "k&y <1>")
    basemap = basemap_of(with_basemap(tmp_path, tianditu="imagery"))
    # The published form of the service: WMTS key-value pairs, Web Mercator ("w"), base then labels.
    assert basemap.layers == tuple(
        f"https://t{{s}}.tianditu.gov.cn/{name}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0"
        f"&LAYER={name}&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles"
        "&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk=k%26y%20%3C1%3E"
        for name in ("img", "cia")
    )
    assert basemap.hosts == tuple(f"https://t{n}.tianditu.gov.cn" for n in range(8))
    assert {one.code for one in basemap.notices} == {"basemap_online", "basemap_key"}
    assert "天地图" in basemap.credit.zh


def test_a_key_that_is_not_set_is_told(tmp_path, monkeypatch):
    monkeypatch.delenv("TIANDITU_KEY", raising=False)
    with pytest.raises(StudyError, match="TIANDITU_KEY is not set"):
        basemap_of(with_basemap(tmp_path, tianditu="vector"))
    monkeypatch.setenv("OURS", "abc")
    found = basemap_of(
        with_basemap(tmp_path, url=TILES + "?k={key}", key_env="OURS", attribution=OURS)
    )
    assert found.layers == ("https://tiles.example/{z}/{x}/{y}.png?k=abc",)


def test_the_policy_lets_in_that_host_and_no_other(tmp_path, styles, read_data):
    study = with_basemap(
        tmp_path, url="https://{s}.tiles.example/{z}/{x}/{y}.png", subdomains="ab", attribution=OURS
    )
    html = page_html(page_of(study, styles), assets="assets")
    (policy,) = re.findall(r'Security-Policy" content="([^"]*)"', html)
    rules = {rule.split()[0]: rule.split()[1:] for rule in policy.split("; ")}
    hosts = ["https://a.tiles.example", "https://b.tiles.example"]
    assert rules["img-src"] == ["'self'", "data:", *hosts]
    assert not any("example" in str(rules[name]) for name in rules if name != "img-src")
    data = read_data(html)["page-data"]
    assert data["credit"] == {"zh": "底图：测绘院", "en": "Basemap: Survey"}
    assert any("tiles.example" in one["message"]["en"] for one in data["notices"])


def test_tiles_of_a_folder_come_along(tiles, styles, read_data):
    study = with_basemap(tiles, tiles="tiles", attribution=OURS)
    write_tiles(study, tiles / "site/assets")
    basemap = read_data(page_html(page_of(study, styles), assets="../assets"))["page-data"][
        "basemap"
    ]
    assert basemap["maxZoom"] == 6
    (address,) = basemap["layers"]
    for zoom, place in ((5, 0), (6, 1)):
        one = address.format(z=zoom, x=place, y=place)
        assert (tiles / "site/zones" / one).resolve().is_file()
    assert len(list((tiles / "site").rglob("*.*"))) == 4
    with pytest.raises(StudyError, match="holds no tiles"):
        basemap_of(with_basemap(tiles / "site", tiles="nowhere", attribution=OURS))


def test_a_single_file_keeps_tiles_of_a_server_and_not_those_of_a_folder(tiles, styles, read_data):
    for spec, kept in (({"tiles": "tiles"}, False), ({"url": TILES}, True)):
        study = with_basemap(tiles, attribution=OURS, **spec)
        page = page_of(study, styles)
        html = page_html(type(page)(**{**vars(page), "links": ()}), assets="assets")
        alone = self_contained(html, lambda _: b"")
        assert (read_data(alone)["page-data"]["basemap"] is not None) is kept
        assert ("img-src data: https://tiles.example;" in alone) is kept


def test_tiles_known_by_name_bring_their_attribution(tmp_path):
    found = basemap_of(with_basemap(tmp_path, name="OpenStreetMap.Mapnik"))
    assert found.hosts == ("https://tile.openstreetmap.org",)
    assert "OpenStreetMap contributors" in found.credit.en
    with pytest.raises(StudyError, match="no tiles named"):
        basemap_of(with_basemap(tmp_path, name="Nobody.Knows"))


@pytest.mark.parametrize("spec", [{"name": "Gaode.Normal"}])
def test_shifted_tiles_are_refused_by_name(tmp_path, spec):
    with pytest.raises(StudyError, match="GCJ-02"):
        basemap_of(with_basemap(tmp_path, **spec))
    found = basemap_of(with_basemap(tmp_path, datum="gcj02", **spec))
    assert "basemap_shifted" in {one.code for one in found.notices}


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ({}, "one of"),
        ({"name": "a", "tianditu": "vector"}, "one of"),
        ({"url": TILES}, "attribution"),
        ({"tiles": "tiles"}, "attribution"),
        ({"url": "https://tiles.example/{z}/{x}.png", "attribution": OURS}, "{y}"),
        ({"url": "javascript:alert(1)//{z}{x}{y}", "attribution": OURS}, "https://"),
        ({"url": "https://a.b/{z}/{x}/{y}'; script-src *", "attribution": OURS}, "https://"),
        ({"url": "https://wprd01.is.autonavi.com/{z}/{x}/{y}", "attribution": OURS}, "GCJ-02"),
        (
            {"url": "https://online1.map.bdimg.com/{z}/{x}/{y}", "attribution": OURS,
             "datum": "gcj02"},
            "BD-09",
        ),
    ],
)  # fmt: skip
def test_what_is_no_basemap_is_refused(spec, problem):
    with pytest.raises(ValidationError, match=re.escape(problem)):
        BasemapSpec.model_validate(spec)
