"""Charts: true to the figures, the same in a page and on paper, and text in them is text."""

import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest

from urbangis.measures.coverage import Coverage
from urbangis.publish.charts.chart import Curve, Rate, Rates, Shares, Trend, layout, round_steps
from urbangis.publish.charts.drawing import Bar, Drawing, Word, cut, svg, width_of
from urbangis.publish.pages.service_charts import (
    page_charts,
    people_by_cost,
    people_by_group,
    worst_zones,
    zone_rates,
)
from urbangis.publish.print.drawn import drawing_png

HOSTILE = (
    "</svg><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "{{ 7*7 }}", "a & b",
    "\"'`", "$x_2$", "\u202e\x00\x1b\n", "x" * 5000, "",
)  # fmt: skip


def points(result):
    curve = people_by_cost(result.coverage, "zh")
    assert curve is not None
    return dict(curve.points), curve


def test_the_curve_says_the_coverage_rate_at_the_cutoff(result):
    shares, curve = points(result)
    assert curve.mark[0] == 15
    assert shares[15.0] == pytest.approx(15 / 54)  # 3 of 6 towns, 5 of 9 homes each
    assert curve.target == 0.5


def test_the_curve_counts_who_is_nearer_than_each_time(result):
    shares, curve = points(result)
    # Homes lie at 0, 1000 and 1414 m of their own clinic, and farther from others, at 4 km/h.
    assert shares[0.0] == pytest.approx(3 / 54)
    assert shares[14.85] == pytest.approx(3 / 54)
    assert curve.points[-1][0] == pytest.approx(16.5)
    assert all(a[1] <= b[1] for a, b in zip(curve.points, curve.points[1:], strict=False))


def by_radius(coverage: Coverage) -> Coverage:
    changes = {"cutoff_min": None, "speed_kmh": None, "detour_factor": None, "cutoff_m": 1000.0}
    standard = coverage.standard.model_copy(update=changes)
    metres = coverage.demand.assign(cost=coverage.demand["cost"] * 4 / 3.6)
    return replace(coverage, standard=standard, demand=metres)


def test_a_radius_has_a_curve_of_metres_to_twice_the_radius(result):
    curve = people_by_cost(by_radius(result.coverage), "en")
    assert curve is not None
    shares = dict(curve.points)
    assert shares[1000.0] == pytest.approx(15 / 54)
    assert shares[1420.0] == pytest.approx(27 / 54)  # the corners at 1,414 m
    assert curve.points[-1][0] == 2000
    assert people_by_group(by_radius(result.coverage), None, "en") is None


def test_land_has_no_curve(result):
    land = {"denominators": ("residential_m2",)}
    standard = result.coverage.standard.model_copy(update=land)
    assert people_by_cost(replace(result.coverage, standard=standard), "zh") is None


def test_groups_are_divided_by_time(result, study):
    shares = people_by_group(result.coverage, study.levels[1], "zh")
    assert shares is not None
    assert [name for name, _ in shares.rows] == ["南县", "北县"]
    for _, parts in shares.rows:
        assert sum(parts) == pytest.approx(1)
    south, north = (parts for _, parts in shares.rows)
    # South: the homes of two clinics at 0 m, eight at 1,000 m (15 minutes), 17 farther.
    assert south == pytest.approx((2 / 27, 0, 8 / 27, 17 / 27, 0))
    # North: one clinic; its last home is on no street.
    assert north == pytest.approx((1 / 27, 0, 4 / 27, 21 / 27, 1 / 27))


def test_the_lowest_zones_come_first(result, study):
    rates = zone_rates(result.coverage, study.base, "en", most=4)
    assert [row.name for row in rates.rows] == ["Liuqiao", "Nanhu", "Yunhe", "Qingxi"]
    assert [row.value for row in rates.rows] == pytest.approx([0, 0, 0, 5 / 9])
    assert [row.met for row in rates.rows] == [False, False, False, True]
    assert "Lowest" in rates.title
    assert "Lowest" not in zone_rates(result.coverage, study.base, "en", most=6).title
    assert len(worst_zones(result.coverage, study.base)) == 6


def test_a_page_has_its_charts_in_both_languages(result, study):
    charts = page_charts(study, result.coverage)
    assert len(charts) == 3
    for number, chart in enumerate(charts):
        for language, element in (("zh", chart.svg.zh), ("en", chart.svg.en)):
            tree = ET.fromstring(element)  # noqa: S314
            assert tree.get("lang") == language
            assert float(tree.get("width", 0)) == 340
            assert f'id="chart-{number}-title"' in element
    assert "乡镇" in charts[1].title.zh
    assert "Town" in charts[1].title.en


def charts(text: str):
    nan = float("nan")
    return (
        Curve(text, ((0.0, 0.0), (5.0, 0.4), (10.0, 1.0)), (5.0, text), text, text, 0.8),
        Rates(text, (Rate(text, 0.5, 0.4, 0.6, met=False), Rate(text, nan, nan, nan)), 0.8),
        Shares(text, ((text, "#123456"), (text, "#654321")), ((text, (0.25, 0.75)),)),
        Trend(text, ((text, 0.4), (text, 0.5), (text, 0.5)), 0.8),
    )


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_whatever_a_text_holds_is_text(text):
    for number, chart in enumerate(charts(text)):
        drawing = layout(chart)
        element = svg(drawing, name=f"c{number}", lang="zh")
        tree = ET.fromstring(element)  # noqa: S314  our own SVG, which must be well-formed
        names = {part.tag.rpartition("}")[2] for part in tree.iter()}
        assert names <= {"svg", "title", "desc", "polyline", "rect", "circle", "text"}
        attributes = {key for part in tree.iter() for key in part.attrib}
        assert not [key for key in attributes if key.startswith("on")]
        assert tree.get("role") == "img"
        ids = {part.get("id") for part in tree.iter()} - {None}
        assert set(tree.get("aria-labelledby", "").split()) == ids
        assert len(element) < 20_000
        assert drawing_png(drawing, dpi=60)[:4] == b"\x89PNG"


def test_bars_are_as_long_as_their_shares():
    bars = [one for one in layout(charts("a")[1]).shapes if isinstance(one, Bar)]
    full = [one for one in layout(Rates("", (Rate("", 1.0, 1.0, 1.0),))).shapes
            if isinstance(one, Bar)]  # fmt: skip
    assert bars[0].width == pytest.approx(full[0].width / 2)
    left, right = [one for one in layout(charts("a")[2]).shapes if isinstance(one, Bar)][-2:]
    assert right.width == pytest.approx(3 * left.width)
    assert left.x + left.width == pytest.approx(right.x)


def test_what_is_said_to_those_who_do_not_see_it():
    assert layout(charts("a")[1]).description == "a 50.0%; a —"
    assert layout(charts("a")[3]).description == "a: 40.0%, a: 50.0%, a: 50.0%"


def test_axes_have_round_steps():
    assert round_steps(16.5, 12) == [0, 2, 4, 6, 8, 10, 12, 14, 16]
    assert round_steps(2000, 12)[1] in (200, 250, 500)
    assert round_steps(1.1, 12)[-1] <= 1.1
    for limit in np.geomspace(0.5, 5000, 40):
        assert 3 < len(round_steps(limit, 12)) <= 13


def test_long_names_are_cut_to_their_room():
    assert cut("江苏省", 10, 100) == "江苏省"
    short = cut("江苏省南京市玄武区" * 9, 10, 100)
    assert short.endswith("…")
    assert width_of(short, 10) <= 100


def test_words_of_a_drawing_are_where_they_are_said_to_be():
    word = Word(10, 20, "abc", anchor="end")
    tree = ET.fromstring(svg(Drawing("t", "d", 100, 50, (word,)), name="x"))  # noqa: S314
    (text,) = [one for one in tree.iter() if one.tag.endswith("text")]
    assert (text.get("x"), text.get("y"), text.get("text-anchor")) == ("10", "20", "end")
