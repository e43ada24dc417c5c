"""The scorecard with all clauses of the documents: filters, languages, phones."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from small_study import small_study
from urbangis.catalog import load_catalogue
from urbangis.indicators import OBSERVED, areas_of, evaluate, observe_reported, pooled
from urbangis.notices import Text
from urbangis.publish.web.page import write_assets, write_page
from urbangis.publish.web.scorecard import ScorecardPage

Show = Callable[..., Any]

# Province-wide numbers made up for the test: one met, one missed, one met by reading only.
NUMBERS = [("T13-103", 49.96), ("T13-051", 90.0), ("T13-026", 1.0)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    study = small_study()
    policies = tuple(load_catalogue().policies.values())
    targets = {one.id: one for policy in policies for one in policy.targets}
    areas = areas_of(study.levels, targets.values())
    table = pd.DataFrame(NUMBERS, columns=["target_id", "value"]).assign(
        year=2020, zone="", item="", source="made up"
    )
    seen = pooled([observe_reported(table, targets, areas)])
    assert list(seen.columns) == OBSERVED
    page = ScorecardPage(
        title=study.name,
        languages=("zh", "en"),
        policies=policies,
        rows=evaluate(targets.values(), seen, areas, silent={}),
        observations=seen,
        levels={},
        review=Text(zh="未送审", en="Not reviewed"),
    )
    folder = tmp_path_factory.mktemp("scorecard")
    write_assets(folder / "assets")
    write_page(page, folder / "scorecard.html", assets="assets")
    return folder


@pytest.fixture
def show(browser: Any, folder: Path) -> Iterator[Show]:
    """Open the page in a window of a given width; fail on any error that it causes."""
    context = browser.new_context(offline=True)
    complaints: list[str] = []

    def open_page(width: int = 1280) -> Any:
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("requestfailed", lambda request: complaints.append(request.url))
        page.set_viewport_size({"width": width, "height": 800})
        page.goto((folder / "scorecard.html").as_uri())
        return page

    yield open_page
    context.close()
    assert complaints == []


def shown(page: Any) -> int:
    visible = page.locator("article.clause:not([hidden])").count()
    assert page.inner_text("#shown") == str(visible)
    return int(visible)


def test_every_clause_is_there_and_filters_add_up(show: Show) -> None:
    page = show()
    assert shown(page) == 248
    for document, count in (("jiangsu-2013", 163), ("jiangsu-2024", 85)):
        page.check(f"input[value={document}]")
        assert shown(page) == count
        page.uncheck(f"input[value={document}]")
    page.check("input[value='met']")
    assert shown(page) == 1
    page.check("input[value='not met']")
    assert shown(page) == 2
    page.check("input[value='met by reading']")
    assert shown(page) == 3
    page.click("button[type=reset]")
    page.wait_for_function("document.getElementById('shown').textContent === '248'")


def test_search_opens_the_section_of_what_it_finds(show: Show) -> None:
    page = show()
    closed = page.locator("details.clauses:not([open])").count()
    assert closed == 2
    page.fill("#find", "异地就医")
    assert shown(page) == 1
    assert page.locator("#T24-011").is_visible()
    page.fill("#find", "")
    assert shown(page) == 248
    assert page.locator("details.clauses:not([open])").count() == closed


def test_a_keyboard_is_enough(show: Show) -> None:
    page = show()
    page.focus("input[value='met']")
    page.keyboard.press("Space")
    assert shown(page) == 1
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.value") == "not met"


def test_the_page_speaks_one_language_at_a_time(show: Show) -> None:
    page = show()
    assert page.locator("#T13-103 h3").inner_text() == "镇村公交开通率（全省）"
    page.click("button.language")
    assert page.locator("#T13-103 h3").inner_text() == "Towns with village bus service (province)"
    assert page.locator("#T13-103 .status").inner_text() == "✗ Not met"
    assert page.locator("#T13-103 .now").inner_text().startswith("49.9% (2020)")
    assert page.title() == "Policy scorecard · Test County"
    # The clause itself stays in its own words.
    assert page.locator("#T13-103 .quote").inner_text() == "至2015年，全省50%的乡镇开通镇村公交"


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_sticks_out(show: Show, width: int) -> None:
    page = show(width)
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    for _ in range(2):
        assert page.evaluate("document.documentElement.scrollWidth") == width
        page.click("button.language")
