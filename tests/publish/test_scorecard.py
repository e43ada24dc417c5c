"""The scorecard's page: figures, readings and gaps as an official reads them."""

import re
from dataclasses import replace
from html import unescape
from typing import Any

import pandas as pd
import pytest

from small_study import small_layers, small_result, small_study
from urbangis.catalog import Policy, Target
from urbangis.indicators import (
    areas_of,
    evaluate,
    observe_coverage,
    observe_reported,
    pooled,
)
from urbangis.notices import Text
from urbangis.publish.charts.trend import trend_svg
from urbangis.publish.web.goals import figure_text, gap_text, goal_text
from urbangis.publish.web.page import page_html
from urbangis.publish.web.scorecard import ScorecardPage

HOSTILE = '</script><img src=x onerror="alert(1)">{{ 7*7 }}'


def clause(number: int, **more: object) -> dict[str, object]:
    return {
        "id": f"T-{number}", "clause": "第1条", "quote": f"原文{number}", "kind": "share",
        "name": {"zh": f"指标{number}", "en": f"Indicator {number}"},
        "unit": {"zh": "%", "en": "%"}, "measure": "share", "level": "layers",
        "needs": {"zh": "公交线路", "en": "bus routes"},
        "scope": {"zh": "全省", "en": "Whole province"}, "year": 2015,
    } | more  # fmt: skip


def goal(value: float, origin: str = "document", **more: object) -> dict[str, object]:
    return {"value": value, "origin": origin} | more


CLAUSES = [
    clause(1, goals=[goal(50)]),
    clause(2, goals=[goal(60)]),
    clause(3, goals=[goal(1, "reading")], unit={"zh": "项", "en": ""}, measure="figure"),
    clause(4, goals=[goal(85)]),
    clause(5),
    clause(6, level="reported", measure="figure", goals=[goal(10)]),
]
REPORTED = [
    ("T-1", 40.0, 2019), ("T-1", 59.96, 2020), ("T-2", 59.96, 2020), ("T-3", 1.0, 2013),
]  # fmt: skip


def page(clauses: list[dict[str, object]] = CLAUSES) -> ScorecardPage:
    policy = Policy.model_validate(
        {
            "id": "plan",
            "name": {"zh": "方案", "en": "Plan"},
            "source": {"document": "a plan", "clause": "all", "confidence": "high"},
            "targets": clauses,
        }
    )
    study = small_study()
    targets = {one.id: one for one in policy.targets}
    areas = areas_of(study.levels, policy.targets)
    table = pd.DataFrame(
        [(*row, "", "", "公报") for row in REPORTED if row[0] in targets],
        columns=["target_id", "value", "year", "zone", "item", "source"],
    )
    seen = pooled([observe_reported(table, targets, areas)])
    rows = evaluate(policy.targets, seen, areas, silent={})
    return ScorecardPage(
        study.name, ("zh", "en"), (policy,), rows, seen,
        {level.id: level.name for level in study.levels}, Text(zh="未送审", en="Not reviewed"),
    )  # fmt: skip


def text(html: str, language: str) -> str:
    """The text of a page in one language: what the style sheet leaves of it."""
    other = "en" if language == "zh" else "zh"
    kept = re.sub(rf'<span lang="{other}">.*?</span>', "", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", kept)).split())


@pytest.fixture(scope="module")
def html() -> str:
    return page_html(page(), assets="assets")


def test_every_clause_stands_on_the_page_in_its_own_words(html: str) -> None:
    for number in range(1, 7):
        assert f'<blockquote lang="zh-CN" class="quote">原文{number}</blockquote>' in html
        assert f'id="T-{number}"' in html
        assert f"Indicator {number}" in text(html, "en")
        assert f"指标{number}" in text(html, "zh")


def test_statuses_are_counted_at_the_top(html: str) -> None:
    shown = text(html, "zh")
    assert "达到 1" in shown
    assert "按解读达到 1" in shown
    assert "按解读未达到" not in shown
    assert "未达到 1" in shown
    assert "缺数据 2" in shown
    assert "待主管部门上报 1" in shown
    statuses = re.findall(r'data-status="([^"]+)"', html)
    assert sorted(statuses) == [
        "met", "met by reading", "no data", "no data", "not met", "reported",
    ]  # fmt: skip


def test_a_reading_is_never_shown_as_official(html: str) -> None:
    reading = re.search(r'<article[^>]*id="T-3".*?</article>', html, re.DOTALL)
    assert reading is not None
    assert "按解读达到" in text(reading[0], "zh")
    assert "（解读）" in text(reading[0], "zh")
    assert "(reading)" in text(reading[0], "en")
    official = re.search(r'<article[^>]*id="T-1".*?</article>', html, re.DOTALL)
    assert official is not None
    assert "解读" not in text(official[0], "zh")


def test_what_is_missing_is_said(html: str) -> None:
    missing = re.search(r'<article[^>]*id="T-4".*?</article>', html, re.DOTALL)
    assert missing is not None
    assert "目标 ≥ 85%（2015年）" in text(missing[0], "zh")
    assert "尚未接入数据，所需：公交线路" in text(missing[0], "zh")
    assert "No data yet; it takes: bus routes" in text(missing[0], "en")


def test_the_history_is_drawn_only_where_there_is_one(html: str) -> None:
    with_trend = re.findall(r'<article[^>]*id="([^"]+)"(?:(?!</article>).)*<svg', html, re.DOTALL)
    assert with_trend == ["T-1"]


def test_the_same_page_has_the_same_bytes(html: str) -> None:
    assert page_html(page(), assets="assets") == html


def test_hostile_text_stays_text() -> None:
    both = {"zh": HOSTILE, "en": HOSTILE}
    hostile = clause(
        1, quote=HOSTILE, clause=HOSTILE, name=both, scope=both, needs=both, note=both,
        unit=both, goals=[goal(50, item=both)],
    )  # fmt: skip
    written = page_html(page([hostile]), assets="assets")
    assert "<img" not in written
    assert written.count("</script>") == page_html(page(), assets="assets").count("</script>")
    assert "{{ 7*7 }}" in unescape(written)


def row(**more: object) -> dict[str, Any]:
    return {
        "figure": 50.0, "high": 50.0, "target": float("nan"), "unit": "%", "unit_en": "%",
        "year": pd.NA, "operator": "at_least", "target_year": "", "target_year_en": "",
        "origin": "document", "gap": float("nan"),
    } | more  # fmt: skip


KM = {"unit": "公里", "unit_en": "km"}
COUNT = {"unit": "个", "unit_en": ""}


@pytest.mark.parametrize(
    ("values", "zh", "en"),
    [
        ({"figure": 59.96, "target": 60.0}, "59.9%", "59.9%"),  # not rounded up to what it misses
        ({"figure": 60.0, "target": 60.0}, "60.0%", "60.0%"),
        ({"figure": 399.97, "target": 400.0, **KM}, "399.9 公里", "399.9 km"),
        ({"figure": 12345.0, **COUNT, "year": 2020}, "12,345 个（2020年）", "12,345 (2020)"),
        ({"figure": 25.0, "high": 50.0}, "25.0–50.0%", "25.0–50.0%"),
    ],
)  # fmt: skip
def test_figures(values: dict[str, Any], zh: str, en: str) -> None:
    told = figure_text(row(**({"high": values["figure"]} | values)))
    assert (told.zh, told.en) == (zh, en)


def test_goals_and_gaps() -> None:
    told = goal_text(row(target=100000.0, unit="人", unit_en="people", target_year="2015",
                         target_year_en="2015"))  # fmt: skip
    assert told.zh == "目标 ≥ 100,000 人（2015年）"
    assert told.en == "target ≥ 100,000 people (2015)"
    assert goal_text(row(target=0.0, operator="at_most", unit="处")).zh == "目标 ≤ 0 处"
    assert gap_text(row(gap=-0.04)).zh == "低于 <0.1 个百分点"
    assert gap_text(row(gap=2.9)).en == "2.9 points above"
    assert gap_text(row(gap=0.0)).zh == "正好达到"


def test_the_trend_is_drawn_to_scale() -> None:
    drawn = trend_svg([(2010, 0.0), (2011, 10.0), (2020, 100.0)], 50.0)
    points = re.search(r'points="([^"]+)"', drawn)
    assert points is not None
    (x0, y0), (x1, y1), (x2, y2) = [
        tuple(map(float, pair.split(","))) for pair in points[1].split(" ")
    ]
    assert (x1 - x0) / (x2 - x0) == pytest.approx(0.1, abs=0.001)
    assert (y0 - y1) / (y0 - y2) == pytest.approx(0.1, abs=0.005)
    line = re.search(r'y1="([\d.]+)"', drawn)
    assert line is not None
    assert float(line[1]) == pytest.approx((y0 + y2) / 2, abs=0.1)


def test_zones_are_listed_by_level() -> None:
    study = small_study()
    coverage = small_result(study, small_layers(study)).coverage
    target = Target.model_validate(clause(1, measure="coverage"))
    areas = areas_of(study.levels, [target])
    seen = pooled(
        [
            observe_coverage(
                "T-1", coverage, areas, denominator="residents", year=2024,
                source=Text(zh="标准", en="rule"),
            )
        ]
    )  # fmt: skip
    base = page([clause(1, measure="coverage")])
    rows = evaluate([target], seen, areas, silent={})
    html = page_html(
        replace(base, rows=rows, observations=seen),
        assets="assets",
    )
    shown = text(html, "zh")
    assert "各地数字（8个）" in shown
    assert "青溪镇 55.6%" in shown
    assert "27.8%（2024年） 1,500 / 5,400，标准" in shown
