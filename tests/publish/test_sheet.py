"""Pages of tables and drawings: what they say, what cannot become code, and drawings to scale."""

import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
import shapely

from urbangis.measures.access_summary import lorenz
from urbangis.notices import Notice, Text
from urbangis.publish.charts.evidence import HEIGHT, WIDTH, Drawn, evidence_svg, window_of
from urbangis.publish.charts.lorenz import Curve, lorenz_svg
from urbangis.publish.markup import tag
from urbangis.publish.model import Fact, Figure, Link
from urbangis.publish.web.page import RemoteLinkError, page_html
from urbangis.publish.web.sheet import Cell, Drawing, DrawingSet, SheetPage, SheetTable

EVIL = "</script><script>alert(1)</script>\"'{{ 7*7 }}{% raw %}"
BOTH = Text(zh="甲", en="one")


def sheet(text: Text) -> SheetPage:
    cell = Cell(text, text, href="#map-1")
    return SheetPage(
        title=text,
        subtitle=text,
        languages=("zh", "en"),
        review=text,
        sections=(
            SheetTable(text, (text, text), ((cell, replace(cell, is_number=True)),), (text,)),
            DrawingSet(text, (Drawing("map-1", tag("svg", aria_label=text.zh), text, (text,)),)),
        ),
        figures=(Figure(text, text, text),),
        facts=(Fact(text, text),),
        notices=(Notice("code", "warning", 1, text),),
        cautions=(text,),
        links=(Link(text, "index.html"),),
    )


def test_names_cannot_become_code():
    html = page_html(sheet(Text(zh=EVIL, en=EVIL + " en")), assets="assets")
    assert "<script>alert" not in html
    assert html.count("&lt;script&gt;alert") > 15


def test_both_languages_stand_in_it_and_links_lead_to_drawings():
    html = page_html(sheet(BOTH), assets="../../assets")
    assert '<span lang="zh">甲</span><span lang="en">one</span>' in html
    assert 'href="#map-1"' in html
    assert 'id="map-1"' in html
    assert '<link rel="stylesheet" href="../../assets/sheet.css">' in html
    assert '<th class="number" scope="col">' in html or '<th scope="col" class="number">' in html


def test_a_table_without_rows_says_only_its_notes():
    page = replace(sheet(BOTH), sections=(SheetTable(BOTH, (BOTH,), (), (BOTH,)),))
    html = page_html(page, assets="assets")
    assert "<table>" not in html
    assert '<p class="note">' in html


def test_nothing_is_loaded_from_the_network():
    page = replace(sheet(BOTH), links=(Link(BOTH, "https://example.org/"),))
    with pytest.raises(RemoteLinkError):
        page_html(page, assets="assets")


# Drawings -----------------------------------------------------------------------------------------


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)  # noqa: S314 - our own drawing


def test_an_evidence_map_is_to_scale_with_north_up():
    # A square of 120 m: the window is 240 m wide at least, 320 m for its proportions.
    square = shapely.box(0, 0, 160, 120)
    window = window_of([square])
    west, south, east, north = window
    assert (east - west) / (north - south) == pytest.approx(WIDTH / HEIGHT)
    assert ((west + east) / 2, (south + north) / 2) == (80, 60)
    svg = parsed(evidence_svg([Drawn(np.array([square]), "#000000", "#000000")], window, told="x"))
    path = next(one for one in svg.iter("path") if one.get("d").startswith("M") and
                "Z" in one.get("d") and one.get("fill-rule"))  # fmt: skip
    xy = np.array(re.findall(r"(-?[\d.]+) (-?[\d.]+)", path.get("d")), float)
    metres = (east - west) / WIDTH
    assert np.ptp(xy[:, 0]) * metres == pytest.approx(160, abs=0.2)
    assert np.ptp(xy[:, 1]) * metres == pytest.approx(120, abs=0.2)
    # The corner in the north-west stands at the top left.
    top_left = xy[(xy[:, 0] == xy[:, 0].min()) & (xy[:, 1] == xy[:, 1].min())]
    assert len(top_left) == 1
    bar = next(one for one in svg.iter("path") if "H" in one.get("d"))
    left, right = re.match(r"M([\d.]+) .*H([\d.]+)V", bar.get("d")).groups()
    name = next(one.text for one in svg.iter("text"))
    assert name.endswith(" m")
    assert (float(right) - float(left)) * metres == pytest.approx(float(name[:-2]), abs=0.2)


def test_an_evidence_map_draws_holes_points_and_nothing_far_away():
    ring = shapely.box(0, 0, 100, 100).difference(shapely.box(40, 40, 60, 60))
    layers = [
        Drawn(np.array([ring, shapely.box(9000, 9000, 9100, 9100)]), "#111111", "#111111"),
        Drawn(np.array([shapely.Point(50, 10)]), "#222222"),
    ]
    svg = parsed(evidence_svg(layers, window_of([ring]), told="x"))
    drawn = [one.get("d") for one in svg.iter("path") if one.get("fill-rule")]
    assert [text.count("M") for text in drawn] == [2]
    assert len(list(svg.iter("circle"))) == 1


def test_a_lorenz_curve_runs_from_corner_to_corner_below_the_diagonal():
    # Half of the people have a quarter: 1, 1, 3, 3.
    values, people = pd.Series([3.0, 1.0]), pd.Series([2.0, 2.0])
    points = lorenz(values, people, values)
    assert points.to_numpy().tolist() == [[0, 0], [0.5, 0.25], [1, 1]]
    svg = parsed(
        lorenz_svg([Curve(points, "#0b5a83", BOTH)], across=BOTH, up=BOTH, languages=("zh",))
    )
    (line,) = svg.iter("polyline")
    xy = np.array([pair.split(",") for pair in line.get("points").split()], float)
    across = (xy[:, 0] - xy[0, 0]) / (xy[-1, 0] - xy[0, 0])
    up = (xy[:, 1] - xy[0, 1]) / (xy[-1, 1] - xy[0, 1])
    assert across.tolist() == pytest.approx([0, 0.5, 1], abs=1e-3)
    assert up.tolist() == pytest.approx([0, 0.25, 1], abs=1e-3)
    by_rank = lorenz(values, people, pd.Series([1.0, 2.0]))
    assert by_rank["value"].tolist() == [0, 0.75, 1]
