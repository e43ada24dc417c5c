"""A print map says what it must, to scale, turned to true north, with names that do not collide."""

import itertools
import math
import re
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import shapely
from pyproj import CRS, Geod, Proj, Transformer

from chinese_font import needs_chinese
from small_study import CRS_M, SIDE, SOUTH, WEST, catalogue, small_layers, small_result, small_study
from urbangis.notices import Text
from urbangis.publish.model import ColorClass, ImageLayer
from urbangis.publish.print.drawing import area_path, simplify
from urbangis.publish.print.files import sheet_png, write_atlas, write_sheet
from urbangis.publish.print.furniture import convergence_deg, scale_bar, scale_text
from urbangis.publish.print.images import draw_image
from urbangis.publish.print.ink import Sheet
from urbangis.publish.print.model import Names
from urbangis.publish.print.paper import Box, Paper, round_length, round_scale
from urbangis.publish.print.service import atlas_maps, service_map, service_print
from urbangis.publish.print.sheet import best_orientation, draw_map
from urbangis.study.printing import PrintSpec

A4 = Paper("A4", "portrait")


def made(spec=None, **study):
    place = small_study(**study)
    layers = small_layers(place)
    result = small_result(place, layers)
    return service_print(place, result, layers, catalogue(), spec or PrintSpec())


def written(drawn):
    """Everything that stands on a sheet, names with their pale rims left out."""
    return [text.get_text() for text in drawn.sheet.plane.texts if not text.get_path_effects()]


# Scale and north --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("crs", "x", "y"),
    [
        ("EPSG:4549", 500_000, 3_540_000),
        ("EPSG:4549", 250_000, 3_700_000),
        ("EPSG:4549", 640_000, 3_480_000),
        ("EPSG:32650", 800_000, 4_400_000),
        ("EPSG:3857", 13_000_000, 3_700_000),
    ],
)
def test_the_arrow_points_to_true_north(crs, x, y):
    crs = CRS(crs)
    lon, lat = Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True).transform(x, y)
    # PROJ's convergence is from true north to the grid's, positive where that lies to the east.
    expected = -Proj(crs).get_factors(lon, lat).meridian_convergence
    assert convergence_deg(crs, x, y) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("crs", ["EPSG:4549", "EPSG:32650", "EPSG:3857"])
@pytest.mark.parametrize("denominator", [5_000, 29_000, 2_900_000])
def test_the_scale_bar_is_as_long_as_it_says_on_the_ground(crs, denominator):
    crs = CRS(crs)
    x, y = (13_000_000, 3_700_000) if crs.to_epsg() == 3857 else (560_000, 3_600_000)
    bar = scale_bar(crs, x, y, denominator=denominator, most_mm=40)
    grid_m = bar.length_mm / 1000 * denominator
    to_degrees = Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
    ends = [to_degrees.transform(x + side * grid_m / 2, y) for side in (-1, 1)]
    _, _, metres = Geod(ellps="GRS80").inv(*ends[0], *ends[1])
    assert metres == pytest.approx(bar.length_m, rel=2e-4)
    assert 15 < bar.length_mm <= 40.001
    if crs.to_epsg() != 3857:  # PROJ takes the earth for a sphere there
        factors = Proj(crs).get_factors(*to_degrees.transform(x, y))
        assert grid_m / bar.length_m == pytest.approx(factors.parallel_scale, rel=2e-5)
    digit = f"{bar.length_m:e}"[0]
    assert digit in "125"


def test_scales_and_lengths_are_round():
    assert round_scale(2_134_000) == 2_200_000
    assert round_scale(29_000) == 29_000
    assert [round_length(metres) for metres in (9.9, 10, 49, 50, 199)] == [5, 10, 20, 50, 100]
    assert scale_text(2_200_000, "zh") == "1:220万"
    assert scale_text(29_000, "en") == "1:29,000"


@needs_chinese
def test_the_map_is_drawn_at_the_scale_that_it_states():
    drawn = draw_map(service_map(made()), A4)
    stated = next(text for text in written(drawn) if text.startswith("比例尺"))
    denominator = float(stated.split("1:")[1].replace(",", "").replace("万", "0000"))
    assert denominator == drawn.ground.denominator
    (axes,) = [one for one in drawn.sheet.figure.axes if one is not drawn.sheet.plane][:1]
    width_m = np.diff(axes.get_xlim())[0]
    width_mm = axes.get_window_extent().width / drawn.sheet.figure.dpi * 25.4
    assert width_m / width_mm * 1000 == pytest.approx(denominator)
    height_m = np.diff(axes.get_ylim())[0]
    height_mm = axes.get_window_extent().height / drawn.sheet.figure.dpi * 25.4
    assert height_m / height_mm * 1000 == pytest.approx(denominator)


# What stands on the sheet -----------------------------------------------------------------------


@needs_chinese
def test_a_sheet_says_what_it_must():
    drawn = draw_map(service_map(made()), A4)
    text = "\n".join(written(drawn))
    for wanted in (
        "15分钟健康圈", "试验县", "试验标准 1.2", "2024-06-30 – 2025-12-31", "EPSG:4549",
        "未送审，仅供内部使用", "模拟数据：居民点", "北", "手工绘制", "5–10 分钟",
    ):  # fmt: skip
        assert wanted in text, wanted


@needs_chinese
def test_the_review_number_takes_the_place_of_the_warning():
    text = written(draw_map(service_map(made(review_no="苏S(2025)1号")), A4))
    assert "审图号：苏S(2025)1号" in text
    assert not any("未送审" in line for line in text)


@needs_chinese
def test_rates_stand_under_their_own_names():
    one = made(PrintSpec(theme="zones"))
    zones = one.result.coverage.zones
    rates = zones[(zones["level"] == "town") & (zones["denominator"] == "residents")]
    expected = {
        name: f"{rate:.1%}" for name, rate in zip(rates["zone_name"], rates["rate"], strict=True)
    }
    labels = draw_map(service_map(one), A4).labels
    found = {label.lines[0]: label.lines[1] for label in labels if len(label.lines) == 2}
    assert found == expected


def test_english_sheets_need_no_chinese():
    one = made(PrintSpec(language="en", theme="zones"), publisher=None)
    names = {label.lines[0] for label in draw_map(service_map(one), A4).labels}
    assert {"South", "Qingxi", "Yunhe"} <= names


def test_only_layers_that_are_on_the_sheet_are_in_the_legend():
    one = made(PrintSpec(language="en", theme="zones"))
    page = service_map(one)
    hidden = replace(page.layers[-1], table=page.layers[-1].table.iloc[:0])
    shown = written(draw_map(page, A4))
    without = written(draw_map(replace(page, layers=(*page.layers[:-1], hidden)), A4))
    assert page.layers[-1].name.en in shown
    assert page.layers[-1].name.en not in without


def test_nothing_on_a_sheet_lies_on_anything_else():
    page = service_map(made(PrintSpec(language="en", theme="zones")))
    many = tuple(replace(one, note=Text("说明", "a note on it")) for one in page.figures * 2)
    long = tuple(replace(one, value=Text("长", "word " * 60)) for one in page.facts)
    page = replace(page, figures=many[:9], facts=long, cautions=page.cautions * 3)
    for orientation in ("portrait", "landscape"):
        sheet = draw_map(page, Paper("A4", orientation)).sheet
        boxes = [
            (text.get_text(), text.get_window_extent())
            for text in sheet.plane.texts
            if not text.get_path_effects()
        ]
        # A line of Latin letters is lower than its box, which allows for accents and tails.
        met = [
            (a, b)
            for (a, one), (b, other) in itertools.combinations(boxes, 2)
            if one.x0 < other.x1 and other.x0 < one.x1
            and min(one.y1, other.y1) - max(one.y0, other.y0) > 0.3 * min(one.height, other.height)
        ]  # fmt: skip
        assert not met


# Names ------------------------------------------------------------------------------------------


def crowd(count: int) -> Names:
    """Names in so many small squares, twice as many as there is room for."""
    random = np.random.default_rng(7)
    corners = random.uniform(0, 30_000, (count, 2))
    shapes = [shapely.box(x, y, x + 1_500, y + 1_200) for x, y in corners]
    names = [f"Place {number} upon the River" for number in range(count)]
    return Names(
        gpd.GeoDataFrame({"name": names, "detail": "12.3%"}, geometry=shapes, crs=CRS_M), 7.0
    )


def test_names_do_not_overlap_as_the_renderer_measures_them():
    page = service_map(made(PrintSpec(language="en", theme="zones")))
    page = replace(page, extent=(0, 0, 32_000, 32_000), names=(crowd(200),), layers=())
    drawn = draw_map(page, A4)
    assert 30 < len(drawn.labels) < 200
    sheet = drawn.sheet
    mm = 25.4 / sheet.figure.dpi
    measured = []
    for label in drawn.labels:
        boxes = [
            text.get_window_extent()
            for text in sheet.plane.texts
            if not text.get_path_effects()
            and text.get_text() in label.lines
            and abs(text.get_position()[0] - label.box.left - label.box.width / 2) < 1e-6
            and label.box.bottom < text.get_position()[1] < label.box.top
        ]  # fmt: skip
        assert len(boxes) == len(label.lines)
        measured.append(
            Box(
                min(box.x0 for box in boxes) * mm,
                min(box.y0 for box in boxes) * mm,
                (max(box.x1 for box in boxes) - min(box.x0 for box in boxes)) * mm,
                (max(box.y1 for box in boxes) - min(box.y0 for box in boxes)) * mm,
            )
        )
    assert not [1 for a, b in itertools.combinations(measured, 2) if a.overlaps(b)]
    assert all(drawn.ground.frame.holds(box) for box in measured)
    left_out = next(line for line in written(drawn) if "left out" in line)
    assert int(left_out.split()[0]) == 200 - len(drawn.labels)


def test_the_more_important_name_is_written():
    page = service_map(made(PrintSpec(language="en", theme="zones")))
    square = shapely.box(0, 0, 20_000, 20_000)

    def one(name: str) -> Names:
        row = {"name": [name], "detail": ""}
        return Names(gpd.GeoDataFrame(row, geometry=[square], crs=CRS_M), 20.0)

    page = replace(
        page, extent=(0, 0, 20_000, 20_000), layers=(),
        names=tuple(one(f"{'Important' if n == 0 else 'Minor'} {n}") for n in range(30)),
    )  # fmt: skip
    labels = draw_map(page, A4).labels
    assert labels[0].lines == ("Important 0",)
    assert len(labels) < 30


# Shapes and layout ------------------------------------------------------------------------------


def test_neighbours_still_meet_after_simplification():
    x = np.linspace(0, 10, 400)
    border = np.column_stack([x, np.sin(x * 40) * 0.01 + 5])
    lower = shapely.Polygon([(0, 0), *border, (10, 0)])
    upper = shapely.Polygon([(0, 10), *border, (10, 10)])
    table = gpd.GeoDataFrame({"id": ["a", "b"]}, geometry=[lower, upper], crs=CRS_M)
    simple = simplify(table, 0.2, coverage=True)
    assert shapely.get_num_coordinates(simple.geometry.to_numpy()).sum() < 40
    assert simple.area.sum() == pytest.approx(simple.union_all().area)
    assert simple.area.sum() == pytest.approx(100)


def test_a_hole_stays_a_hole():
    ring = shapely.Polygon([(0, 0), (10, 0), (10, 10), (0, 10)], [[(4, 4), (6, 4), (6, 6), (4, 6)]])
    path = area_path(shapely.MultiPolygon([ring, shapely.box(20, 0, 21, 1)]))
    assert len(path.to_polygons()) == 3
    assert path.contains_point((1, 1))


def test_a_sheet_lies_as_shows_the_area_larger():
    assert best_orientation((0, 0, 100_000, 20_000), "A4").orientation == "landscape"
    assert best_orientation((0, 0, 20_000, 100_000), "A4").orientation == "portrait"


@pytest.mark.parametrize("size", ["A4", "A3", "A0"])
@pytest.mark.parametrize("orientation", ["portrait", "landscape"])
def test_nothing_leaves_the_sheet_on_any_paper(size, orientation):
    page = service_map(made(PrintSpec(language="en")))
    drawn = draw_map(page, Paper(size, orientation))
    sheet = drawn.sheet
    mm = 25.4 / sheet.figure.dpi
    for text in sheet.plane.texts:
        box = text.get_window_extent()
        assert box.x0 * mm > 3
        assert box.x1 * mm < sheet.width_mm - 3, text.get_text()
        assert box.y0 * mm > 3
        assert box.y1 * mm < sheet.height_mm - 3
    frame = drawn.ground.frame
    assert frame.width * frame.height > 0.4 * sheet.width_mm * sheet.height_mm


def test_long_texts_are_broken_and_cut():
    sheet = Sheet(100, 100, ["DejaVu Sans"])
    lines = sheet.wrapped("word " * 2000, 8, 60, most=3)
    assert len(lines) == 3
    assert lines[-1].endswith("…")
    assert all(sheet.width_of(line, 8) <= 60.5 for line in lines)
    lines = sheet.wrapped("x" * 5000, 8, 60, most=2)
    assert len(lines) == 2
    assert "".join(sheet.wrapped("one two three", 8, 60, most=3)) == "one two three"
    assert sheet.shrunk("1,234,567", 20, 20) < 20


def test_cells_lie_where_they_are_on_the_ground():
    to_mercator = Transformer.from_crs(CRS_M, "EPSG:3857", always_xy=True)
    west, south = to_mercator.transform(WEST, SOUTH)
    numbers = np.array([[0, 1, -1], [2, -1, 0]], dtype=np.int8)
    colors = ("#ff0000", "#00ff00", "#0000ff")
    cell = 3_000.0
    image = ImageLayer(
        "cells", Text("格网", "Cells"), numbers,
        (west, south, west + 3 * cell, south + 2 * cell),
        tuple(ColorClass(color, Text(color, color)) for color in colors),
    )  # fmt: skip
    sheet = Sheet(100, 80, ["DejaVu Sans"])
    axes = sheet.axes(Box(10, 10, 80, 60))
    window = Box(WEST - 1_000, SOUTH - 1_000, 12_000, 9_000)
    draw_image(axes, image, window, CRS_M, order=0)
    assert axes.get_xlim() == (window.left, window.right)
    (drawn,) = axes.get_images()
    dots = drawn.get_array()
    for column in range(3):
        for row in range(2):
            middle = west + (column + 0.5) * cell, south + (1.5 - row) * cell
            x, y = to_mercator.transform(*middle, direction="INVERSE")
            across = (x - window.left) / window.width * dots.shape[1]
            down = (window.top - y) / window.height * dots.shape[0]
            red, green, blue, alpha = dots[int(down), int(across)]
            number = numbers[row, column]
            expected = (number == 0, number == 1, number == 2, number >= 0)
            assert (red, green, blue, alpha) == expected
    assert dots[0, 0, 3] == 0


def test_facilities_have_their_names_beside_them():
    labels = draw_map(service_map(made(PrintSpec(language="en"))), A4).labels
    named = {label.lines[0]: label for label in labels}
    assert {"Qingxi Clinic", "Baishi Clinic", "Dongling Clinic"} <= set(named)


# Files ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["png", "pdf", "svg"])
def test_the_same_map_gives_the_same_bytes_without_a_date(tmp_path, kind):
    files = []
    for number in range(2):
        file = tmp_path / f"{number}.{kind}"
        sheet = draw_map(service_map(made(PrintSpec(language="en"))), A4).sheet
        write_sheet(sheet, file, title="Map $1$ & <b>", dpi=72)
        files.append(file.read_bytes())
    assert files[0] == files[1]
    assert not re.search(rb"CreationDate|20[0-9]{2}-[01][0-9]-[0-3][0-9]T|<dc:date>", files[0])


def test_png_has_the_dots_that_were_asked_for():
    sheet = Sheet(*(25.4 * 2, 25.4), ["DejaVu Sans"])
    png = sheet_png(sheet, title="x", dpi=150)
    assert (int.from_bytes(png[16:20]), int.from_bytes(png[20:24])) == (300, 150)


def test_an_atlas_has_a_page_a_zone_with_its_own_figures(tmp_path):
    one = made(PrintSpec(language="en", atlas="town"))
    pages = list(atlas_maps(one))
    zones = one.result.coverage.zones
    rates = zones[(zones["level"] == "town") & (zones["denominator"] == "residents")]
    assert [page.figures[0].value.en for page in pages] == [f"{r:.1%}" for r in rates["rate"]]
    for page, zone in zip(pages, one.study.base.zones.geometry, strict=True):
        west, south, east, north = page.extent
        assert shapely.box(west, south, east, north).contains(zone)
        assert east - west < SIDE * 1.2
        assert page.inset is not None
        assert page.inset.place.equals(zone)
    file = tmp_path / "atlas.pdf"
    sheets = (draw_map(page, A4).sheet for page in pages[:3])
    assert write_atlas(sheets, file, title="Atlas", dpi=72) == 3
    assert len(re.findall(rb"/Type /Page\b", file.read_bytes())) == 3


# Hostile text -----------------------------------------------------------------------------------

HOSTILE = [
    "{{ 7*7 }}", "{% raw %}", "</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>",
    r"$\frac{1}{2}$ costs $5", "$unclosed", r"\input{x} \\ ^_{}", "\"quotes\" 'both' `kinds`",
    "a\u202eright to left\u202c", "line\u2028sep\nbreak\x00", "👩‍👩‍👧", "x" * 5000, "", "=1+1",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_whatever_a_name_holds_is_drawn_as_text(text, tmp_path):
    page = service_map(made(PrintSpec(language="en", theme="zones")))
    names = replace(page.names[1], table=page.names[1].table.assign(name=text))
    layer = replace(page.layers[0], name=Text(text, text))
    page = replace(
        page, title=Text(text, text), names=(names,), layers=(layer, *page.layers[1:])
    )  # fmt: skip
    drawn = draw_map(page, A4)
    for kind in ("png", "pdf", "svg"):
        write_sheet(drawn.sheet, tmp_path / f"x.{kind}", title=text, dpi=72)
    svg = (tmp_path / "x.svg").read_text(encoding="utf-8")
    assert "<script" not in svg.split("</style>")[-1]
    assert "<img" not in svg
    if text.isascii() and text.isprintable() and 0 < len(text) < 100:
        assert text in written(drawn)
    assert all(math.isfinite(one.get_window_extent().width) for one in drawn.sheet.plane.texts)
