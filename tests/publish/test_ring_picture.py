"""Service areas as a picture: each pixel says what holds at its middle, and where it lies."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from small_study import CRS_M, catalogue, small_layers, small_result, small_study
from urbangis.notices import Text
from urbangis.publish.maps import ring_picture as pictures
from urbangis.publish.maps import rings as themes
from urbangis.publish.maps.ring_picture import ring_picture
from urbangis.publish.model import ImageLayer, MapLayer
from urbangis.publish.pages.service import service_page
from urbangis.publish.print.service import service_map, service_print
from urbangis.study.printing import PrintSpec

MIDDLE = (520_000, 3_550_000)


def areas(*shapes: shapely.Geometry, accuracy_m: float = 10.0) -> gpd.GeoDataFrame:
    minutes = [5.0 * (number + 1) for number in range(len(shapes))]
    parts = [shapely.MultiPolygon(list(shapely.get_parts(shape))) for shape in shapes]
    columns = {"minutes": minutes, "off_network_m": 40.0, "accuracy_m": accuracy_m}
    geometry = shapely.orient_polygons(np.array(parts, object), exterior_cw=False)
    return gpd.GeoDataFrame(columns, geometry=geometry, crs=CRS_M)


def blots(seed: int) -> gpd.GeoDataFrame:
    """Nested areas of discs with holes and islands."""
    rng = np.random.default_rng(seed)
    discs = shapely.points(rng.uniform(-3_000, 3_000, (12, 2)) + MIDDLE)
    holes = shapely.points(rng.uniform(-3_000, 3_000, (6, 2)) + MIDDLE)
    gap = shapely.union_all(shapely.buffer(holes, 300))
    inner = shapely.union_all(shapely.buffer(discs[:6], 600)) - gap
    middle = (shapely.union_all(shapely.buffer(discs, 900)) - shapely.buffer(gap, -80)) | inner
    outer = middle | shapely.union_all(shapely.buffer(discs, 1_100, cap_style="square"))
    return areas(inner, middle, outer)


def middles(picture) -> np.ndarray:
    """Middles of all pixels in metres of the study, by PROJ."""
    west, south, east, north = picture.bounds
    rows, columns = picture.numbers.shape
    x = west + (east - west) * (np.arange(columns) + 0.5) / columns
    y = north - (north - south) * (np.arange(rows) + 0.5) / rows
    project = Transformer.from_crs(3857, CRS_M, always_xy=True)
    return np.column_stack(project.transform(*(one.ravel() for one in np.meshgrid(x, y))))


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 2**32 - 1), st.sampled_from([50, 2_000_000]))
def test_each_pixel_is_the_first_area_that_holds_its_middle(seed, batch) -> None:
    table = blots(seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pictures, "MOST_PIXELS", 90)
        patch.setattr(pictures, "_BATCH", batch)
        picture = ring_picture(table)
    points = shapely.points(middles(picture))
    inside = np.array([shapely.covers(shape, points) for shape in table.geometry])
    expected = np.where(inside.any(axis=0), inside.argmax(axis=0), -1)
    # The warp is exact to a centimetre here: only a middle on an outline may fall either way.
    outlines = shapely.union_all(shapely.boundary(table.geometry.to_numpy()))
    clear = shapely.distance(outlines, points) > 0.05
    assert clear.mean() > 0.99
    np.testing.assert_array_equal(picture.numbers.ravel()[clear], expected[clear])


def test_corners_on_the_middle_of_a_row_count_once() -> None:
    """Diamonds, combs and steps whose corners lie exactly on the lines that are looked along."""
    whole = np.array([[2, 0.5], [4.5, 2.5], [2, 4.5], [1.25, 3.5], [0.5, 2.5], [2, 0.5]])
    row, x = pictures._crossings(whole, np.zeros(len(whole), np.int64))
    for line in range(5):
        assert (row == line).sum() % 2 == 0
        at = np.sort(x[row == line])
        inside = shapely.Polygon(whole).intersection(
            shapely.LineString([(-1, line + 0.5), (6, line + 0.5)])
        )
        if inside.length:
            assert at.tolist() == pytest.approx([inside.bounds[0], inside.bounds[2]])


def test_pixels_are_no_finer_than_the_areas_are_accurate() -> None:
    square = shapely.box(*np.subtract(MIDDLE, 1_000), *np.add(MIDDLE, 1_000))
    coarse = ring_picture(areas(square, accuracy_m=100.0))
    # The frame is that of the square turned by the meridian's angle: a little more than 20 cells.
    assert max(coarse.numbers.shape) in (20, 21)
    assert coarse.cell_m == pytest.approx(100, rel=0.01)
    fine = ring_picture(areas(square, accuracy_m=0.01))
    assert max(fine.numbers.shape) == pictures.MOST_PIXELS
    assert fine.cell_m == pytest.approx(2_000 / 3_000, rel=0.01)


def test_the_area_of_the_pixels_is_that_of_the_areas() -> None:
    table = blots(4)
    picture = ring_picture(table)
    for row, shape in enumerate(table.geometry):
        within = (picture.numbers >= 0) & (picture.numbers <= row)
        assert within.sum() * picture.cell_m**2 == pytest.approx(shape.area, rel=5e-3)


def test_many_corners_make_a_picture_and_few_make_polygons(monkeypatch) -> None:
    study, table = small_study(), blots(1)
    bands = themes.ring_layer(study, table, 10.0)
    assert isinstance(bands, MapLayer)
    monkeypatch.setattr(themes, "MOST_CORNERS", 100)
    picture = themes.ring_layer(study, table, 10.0)
    assert isinstance(picture, ImageLayer)
    assert (picture.id, picture.name, picture.classes) == (bands.id, bands.name, bands.classes)
    assert set(np.unique(picture.numbers)) == {-1, 0, 1, 2}
    assert picture.note is not None
    assert "约 10 米的方格" in picture.note.zh
    assert "squares of about 10 m" in picture.note.en


def test_paper_shows_polygons_where_the_page_shows_a_picture(monkeypatch) -> None:
    study = small_study()
    layers = small_layers(study)
    result = replace(small_result(study, layers), rings=blots(2))
    spec = PrintSpec(services=("health",))
    before = service_map(service_print(study, result, layers, catalogue(), spec))
    monkeypatch.setattr(themes, "MOST_CORNERS", 100)
    page = service_page(study, result, layers, catalogue())
    assert any(isinstance(one, ImageLayer) and one.id == themes.RINGS for one in page.layers)
    after = service_map(service_print(study, result, layers, catalogue(), spec))
    for one in (before, after):
        (drawn,) = (layer for layer in one.layers if layer.id == themes.RINGS)
        assert isinstance(drawn, MapLayer)
        assert len(drawn.table) == 3
    assert [layer.id for layer in before.layers] == [layer.id for layer in after.layers]


def test_areas_over_open_ground_say_their_cells() -> None:
    table = areas(shapely.box(*MIDDLE, *np.add(MIDDLE, 500)), accuracy_m=100.0)
    layer = themes.ring_layer(small_study(), table.drop(columns="off_network_m"), None)
    assert layer.note == Text(
        zh="由时限内可达的地表格子组成，格子边长约 100 米；人口按所在格子的到达时间计算",
        en="Cells of ground of about 100 m that are reached in time; "
        "people are counted by the cell they live in",
    )
