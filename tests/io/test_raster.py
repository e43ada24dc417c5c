"""People per cell become points; nobody is lost, invented or moved."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import shapely
from pyproj import CRS, Transformer
from rasterio.transform import Affine

from urbangis.errors import CrsError, InputError, ReadError, StudyError, TableError
from urbangis.io.raster import read_cells, read_classes
from urbangis.io.vector import read_layer
from urbangis.notices import Text
from urbangis.study import LayerSpec
from urbangis.tables import CELL_COLUMNS, coordinates, row_names

UTM = CRS.from_epsg(32650)
DEGREES = CRS.from_epsg(4326)


def write(path: Path, cells: Any, **profile: Any) -> Path:
    cells = np.array(cells)
    bands = cells if cells.ndim == 3 else cells[None]
    settings = {
        "driver": "GTiff",
        "dtype": bands.dtype,
        "count": len(bands),
        "height": bands.shape[1],
        "width": bands.shape[2],
        "crs": "EPSG:32650",
        "transform": Affine(100, 0, 600_000, 0, -100, 3_500_000),
        **profile,
    }
    with rasterio.open(path, "w", **settings) as raster:
        raster.write(bands)
    return path


def test_cells_by_hand(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", np.float32([[1, 0, 2.5], [-9, np.nan, 4]]), nodata=-9)
    table, notices = read_cells(path, crs=UTM)
    assert row_names(table).tolist() == ["0-0", "0-2", "1-2"]
    assert table["residents"].tolist() == [1, 2.5, 4]
    assert table["residents"].dtype == "float64"
    # Cells are 100 m wide, from the upper left corner at (600000, 3500000).
    expected = [(600_050, 3_499_950), (600_250, 3_499_950), (600_250, 3_499_850)]
    assert [tuple(place) for place in coordinates(table)] == expected
    assert [(each.code, each.count) for each in notices] == [("cells-without-data", 2)]


def test_cells_are_projected(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", np.float32([[1]]))
    table, _ = read_cells(path, crs=DEGREES)
    lon, lat = Transformer.from_crs(32650, 4326, always_xy=True).transform(600_050, 3_499_950)
    assert coordinates(table)[0] == pytest.approx([lon, lat], abs=1e-12)


def test_only_the_part_around_the_area_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", np.arange(1, 101, dtype="int32").reshape(10, 10))
    # From the middle of column 2 to the middle of column 4, rows 5 to 6.
    area = shapely.box(600_250, 3_499_350, 600_450, 3_499_450)
    table, _ = read_cells(path, crs=UTM, area=area)
    assert row_names(table).tolist() == ["5-2", "5-3", "5-4", "6-2", "6-3", "6-4"]
    assert table["residents"].tolist() == [53, 54, 55, 63, 64, 65]
    assert coordinates(table)[0].tolist() == [600_250, 3_499_450]
    whole, _ = read_cells(path, crs=UTM)
    assert whole["residents"].sum() == 5050


def test_area_elsewhere(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", np.float32([[1]]))
    with pytest.raises(CrsError, match="does not meet"):
        read_cells(path, crs=UTM, area=shapely.box(0, 0, 1, 1))


@pytest.mark.parametrize(
    ("cells", "profile", "kind", "words"),
    [
        ([[1.0, -5.0]], {}, TableError, "holds -5 people"),
        ([[0.0, 0.0]], {}, TableError, "add up to 0"),
        ([[-9.0, -9.0]], {"nodata": -9}, TableError, "add up to 0"),
        ([[[1.0]], [[1.0]]], {}, ReadError, "2 bands"),
        ([[1.0]], {"crs": None}, CrsError, "no coordinate system"),
    ],
)
def test_what_is_no_population(
    tmp_path: Path, cells: Any, profile: dict[str, Any], kind: type[InputError], words: str
) -> None:
    path = write(tmp_path / "a.tif", cells, **profile)
    with pytest.raises(InputError, match=words) as caught:
        read_cells(path, crs=UTM)
    assert type(caught.value) is kind
    assert "a.tif" in str(caught.value)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.95])
def test_file_that_was_cut_off(tmp_path: Path, share: float) -> None:
    path = write(tmp_path / "a.tif", np.random.default_rng(1).random((300, 300)))
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(ReadError) as caught:
        read_cells(path, crs=UTM)
    assert "\n" not in str(caught.value)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="no such file"):
        read_cells(tmp_path / "a.tif", crs=UTM)


def test_raster_as_a_demand_layer(tmp_path: Path) -> None:
    write(tmp_path / "a.tif", np.float32([[1, 2], [3, 4]]))
    spec = LayerSpec(
        name=Text(zh="人口", en="Population"),
        table="demand",
        file=Path("a.tif"),
        nature="surveyed",
        source="test",
    )
    area = shapely.box(600_000, 3_499_900, 600_200, 3_500_000)
    layer = read_layer("people", spec, root=tmp_path, crs=UTM, area=area)
    assert layer.table["residents"].tolist() == [1, 2]
    assert layer.table.columns.tolist() == list(CELL_COLUMNS)


@pytest.mark.parametrize(
    "given", [{"crs": "EPSG:4326"}, {"where": {"id": ["1"]}}, {"columns": {"residents": "people"}}]
)
def test_what_a_raster_has_no_use_for_is_refused(tmp_path: Path, given: dict[str, Any]) -> None:
    """Not passed over: the user meant something by it."""
    write(tmp_path / "a.tif", np.float32([[1, 2]]))
    spec = LayerSpec(
        name=Text(zh="人口", en="Population"),
        table="demand",
        file=Path("a.tif"),
        nature="surveyed",
        source="test",
        **given,
    )
    with pytest.raises(StudyError, match=f"a.tif.*{next(iter(given))} can say nothing"):
        read_layer("people", spec, root=tmp_path, crs=UTM)


def test_cells_outside_the_area_are_counted_by_their_centres(tmp_path: Path) -> None:
    """The second column's centres lie at 600,150, just east of the area."""
    path = write(tmp_path / "a.tif", np.float32([[1, 2], [3, 4]]))
    area = shapely.box(600_000, 3_499_800, 600_149, 3_500_000)
    table, notices = read_cells(path, crs=UTM, area=area)
    assert len(table) == 4
    assert [(one.code, one.count, one.sample_ids) for one in notices] == [
        ("outside-study", 2, ("0-1", "1-1"))
    ]


def test_real_totals(real_data: Path) -> None:
    # Totals by GDAL's own statistics: see the index of the data.
    table, _ = read_cells(real_data / "raster/wuhan_65plus_derived.tif", crs=DEGREES)
    assert round(table["residents"].sum()) == 1_287_681
    path = real_data / "raster/comoros/com_ppp_2020_UNadj.tif"
    table, _ = read_cells(path, crs=DEGREES)
    with rasterio.open(path) as raster:
        expected = raster.read(1, masked=True).astype("float64").sum()
    assert table["residents"].sum() == pytest.approx(expected, rel=1e-12)
    with pytest.raises(ReadError, match="3 bands"):
        read_cells(real_data / "raster/nasty/corrupt.tif", crs=DEGREES)


def test_of_classes_the_part_around_an_area_is_read_in_its_place(tmp_path):
    """Cells of 100 m from 600,000 east and 3,500,000 north; the area touches nine of them."""
    cells = np.arange(20, dtype=np.uint8).reshape(4, 5)
    path = write(tmp_path / "cover.tif", cells, nodata=7)
    area = shapely.box(600_150, 3_499_650, 600_350, 3_499_850)
    classes, transform, crs = read_classes(path, crs=UTM, area=area)
    assert classes.tolist() == [[6, 7, 8], [11, 12, 13], [16, 17, 18]]
    assert transform == Affine(100, 0, 600_100, 0, -100, 3_499_900)
    assert crs == UTM
    with pytest.raises(CrsError, match="does not meet"):
        read_classes(path, crs=UTM, area=shapely.box(0, 0, 1, 1))
