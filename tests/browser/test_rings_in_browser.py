"""Service areas as a picture in a page: what a click says, and squares that stay squares."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely

from small_study import CRS_M, catalogue, small_layers, small_result, small_study
from urbangis.publish.maps import ring_picture, rings
from urbangis.publish.pages.service import service_page
from urbangis.publish.web.page import write_page

MIDDLE = (486_000, 3_544_000)
CLICK = """([x, y]) => {
  const at = map_page.latLngToContainerPoint(L.CRS.EPSG3857.unproject(L.point(x, y)));
  const box = map_page.getContainer().getBoundingClientRect();
  return [at.x + box.left, at.y + box.top];
}"""


@pytest.fixture
def page(opened: Callable[..., Any], site: Path, tmp_path: Path, monkeypatch) -> Any:
    """The page of the made-up service with areas of 1 and 2 km as squares of about 50 m."""
    monkeypatch.setattr(rings, "MOST_CORNERS", 10)
    monkeypatch.setattr(ring_picture, "MOST_PIXELS", 80)
    study = small_study()
    layers = small_layers(study)
    table = gpd.GeoDataFrame(
        {"minutes": [15.0, 30.0], "off_network_m": 40.0, "accuracy_m": 10.0},
        geometry=[
            shapely.MultiPolygon([shapely.Point(MIDDLE).buffer(metres)]) for metres in (1e3, 2e3)
        ],
        crs=CRS_M,
    )
    result = replace(small_result(study, layers), rings=table)
    shutil.copytree(site / "assets", tmp_path / "assets")
    write_page(
        service_page(study, result, layers, catalogue()), tmp_path / "x.html", assets="assets"
    )
    return opened("x.html", folder=tmp_path)


def clicked(page: Any, east_m: float) -> Any:
    place = gpd.GeoSeries([shapely.Point(MIDDLE[0] + east_m, MIDDLE[1])], crs=CRS_M).to_crs(3857)
    page.mouse.click(*page.evaluate(CLICK, [place[0].x, place[0].y]))
    return page.locator(".card")


def test_a_click_says_the_minutes_and_how_finely_that_is_drawn(page: Any) -> None:
    overlays = page.locator("#switches label:has(input[type=checkbox]:checked)")
    while overlays.count():
        overlays.first.click()
    page.evaluate("map_page.setZoom(13, {animate: false})")
    card = clicked(page, 1_500)
    assert "15–30 分钟" in card.inner_text()
    assert "约 50 米的方格" in card.inner_text()
    assert "0–15 分钟" in clicked(page, 500).inner_text()
    assert clicked(page, 2_300).count() == 0


def test_the_legend_says_the_squares_and_squares_are_not_smoothed(page: Any) -> None:
    switch = page.locator("#switches .switch", has_text="服务范围")
    assert "约 50 米的方格" in switch.inner_text()
    rendering = "document.querySelector('.urbangis-picture').style.imageRendering"
    page.evaluate("map_page.setZoom(16, {animate: false})")
    assert page.evaluate(rendering) == "pixelated"
    page.evaluate("map_page.setZoom(8, {animate: false})")
    assert page.evaluate(rendering) == "auto"
    page.locator("#switches label", has_text="不显示专题").click()
    assert page.locator(".urbangis-picture").count() == 0
