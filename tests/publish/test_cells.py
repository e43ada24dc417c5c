"""The picture of people in cells: nobody is lost, and a pixel's area is that of the ground."""

import zlib

import numpy as np
import pandas as pd
import pytest
from pyproj import Geod

from small_study import CRS_M, small_layers, small_study
from urbangis.notices import Text
from urbangis.publish.maps.cells import BREAKS_KM2, uncovered_picture
from urbangis.publish.maps.image import class_png
from urbangis.publish.model import ImageLayer
from urbangis.tables import cell_ids

SIDE = 100.0


def cells(rows: int, columns: int, people: float) -> pd.DataFrame:
    """A grid of cells with as many people each, none of them covered."""
    row, column = np.divmod(np.arange(rows * columns), columns)
    return pd.DataFrame(
        {
            "id": cell_ids(row, column),
            "residents": people,
            "x": 500_000 + SIDE * column,
            "y": 3_550_000 - SIDE * row,
            "share": 0.0,
        }
    )


def picture(demand: pd.DataFrame) -> ImageLayer:
    return uncovered_picture(demand, small_layers(small_study())["homes"], CRS_M)


@pytest.mark.parametrize(
    ("people", "class_"), [(0.3, 0), (3.0, 1), (20.0, 2), (60.0, 3), (150.0, 4)]
)
def test_cells_of_one_density_are_one_class(people: float, class_: int) -> None:
    # On cells of a hectare, people per square kilometre are a hundred times as many.
    assert class_ == sum(100 * people >= limit for limit in BREAKS_KM2)
    numbers = picture(cells(80, 120, people)).numbers
    inside = numbers[6:-6, 6:-6]
    assert (inside == class_).mean() > 0.98


def test_the_picture_lies_where_the_cells_are() -> None:
    found = picture(cells(40, 60, 10.0))
    west, south, east, north = found.bounds
    # The area of the ground under all pixels that show something, by the ellipsoid.
    rows, columns = found.numbers.shape
    lon, lat = np.degrees(np.array([west, east]) / 6_378_137), [
        np.degrees(np.arctan(np.sinh(y / 6_378_137))) for y in (south, north)
    ]  # fmt: skip
    area, _ = Geod(ellps="WGS84").polygon_area_perimeter(
        [lon[0], lon[1], lon[1], lon[0]], [lat[0], lat[0], lat[1], lat[1]]
    )
    share = (found.numbers >= 0).sum() / (rows * columns)
    assert abs(area) * share == pytest.approx(40 * 60 * SIDE**2, rel=0.06)


def test_covered_cells_and_empty_ones_are_clear() -> None:
    demand = cells(40, 60, 10.0)
    demand.loc[demand["x"] < 500_000 + 30 * SIDE, "share"] = 1.0
    numbers = picture(demand).numbers
    half = numbers.shape[1] // 2
    assert (numbers[:, : half - 3] == -1).all()
    assert (numbers[4:-4, half + 3 : -4] >= 0).all()
    assert (picture(demand.assign(share=1.0)).numbers == -1).all()


def test_a_png_holds_each_class_in_four_bits() -> None:
    numbers = np.array([[-1, 0, 1], [2, 1, 0]], dtype=np.int8)
    png = class_png(numbers, ["#ff0000", "#00ff00", "#0000ff"])
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert png[16:29] == bytes([0, 0, 0, 3, 0, 0, 0, 2, 4, 3, 0, 0, 0])
    at = png.index(b"IDAT")
    lines = zlib.decompress(png[at + 4 : -16])
    assert lines == bytes([0, 0x01, 0x20, 0, 0x32, 0x10])
    with pytest.raises(ValueError, match="16 classes"):
        class_png(numbers, ["#000000"] * 16)


def test_the_legend_speaks_both_languages() -> None:
    last = picture(cells(5, 5, 1.0)).classes[-1].label
    assert last == Text(zh="≥10,000 人/平方公里", en="≥10,000 people per km²")
