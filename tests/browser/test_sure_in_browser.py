"""How sure a rate is, as a reader sees it: bars beside their names, in both languages."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from small_study import catalogue, small_layers, small_result, small_study
from urbangis.measures.assumptions import position_by_radius
from urbangis.measures.coverage import share_by_time
from urbangis.measures.uncertainty import uncertainty
from urbangis.measures.zoning import zone_table
from urbangis.publish.pages.service import service_page
from urbangis.publish.web.page import write_page


@pytest.fixture(scope="module")
def page_name(site: Path) -> str:
    study = small_study()
    layers = small_layers(study)
    result = small_result(study, layers)
    own = result.coverage
    table = own.demand.copy()
    share_by_time(table, float(own.standard.cutoff_s or 0))
    own = replace(own, demand=table, zones=zone_table(own.standard, table, study.levels))
    errors = np.full(len(own.supply), 3000.0)
    positions = position_by_radius(own, errors, levels=study.levels)
    sure = uncertainty(own, study.levels, positions)
    page = service_page(study, replace(result, sure=sure), layers, catalogue())
    write_page(page, site / "sure.html", assets="assets")
    return "sure.html"


def test_a_bar_runs_from_the_published_rate_to_each_other(opened, page_name) -> None:
    page = opened(page_name)
    section = page.locator(".sure")
    rows = section.locator("table").first.locator("tbody tr")
    assert rows.count() == 5
    widths = [float(row.locator("rect").get_attribute("width")) for row in rows.all()]
    assert widths == sorted(widths, reverse=True)
    assert widths[0] > 0
    for row in rows.all():
        line = float(row.locator("line").get_attribute("x1"))
        left = float(row.locator("rect").get_attribute("x"))
        people = row.locator("small").inner_text()
        if people.startswith("+"):
            assert left == pytest.approx(line)
        elif people.startswith("−"):
            assert left < line
    assert "不是概率" in section.inner_text()


def test_zones_unfold_and_all_is_said_in_english(opened, page_name) -> None:
    page = opened(page_name)
    section = page.locator(".sure")
    section.locator("summary").click()
    assert section.locator("details tbody tr").count() == 6
    page.locator("button.language").click()
    page.wait_for_function("document.documentElement.lang === 'en'")
    text = section.inner_text()
    assert "How sure is this" in text
    assert not any("\u4e00" <= sign <= "\u9fff" for sign in text)


@pytest.mark.parametrize("width", [360, 390])
def test_a_phone_shows_the_bars_without_sideways_scrolling(opened, page_name, width) -> None:
    page = opened(page_name)
    page.set_viewport_size({"width": width, "height": 800})
    wider = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wider <= 0
    for bar in page.locator(".sure .tornado").all():
        box = bar.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
