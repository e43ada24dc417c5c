"""Bytes changed or lost anywhere in a file give all its rows, or an error; never fewer rows."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pyogrio
import pytest
import shapely

from urbangis.errors import InputError
from urbangis.io.vector import read_layer
from urbangis.notices import Text
from urbangis.study import LayerSpec

ROWS = 30
DRIVERS = {
    "a.shp": "ESRI Shapefile",
    "a.gpkg": "GPKG",
    "a.geojson": "GeoJSON",
    "a.fgb": "FlatGeobuf",
    "a.gml": "GML",
    "a.kml": "LIBKML",
    "a.dxf": "DXF",
}
STATE_NO_CRS = ("a.csv", "a.xlsx", "a.dxf")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    table = gpd.GeoDataFrame(
        {"name": ["鼓楼区医院"] * ROWS, "beds": range(ROWS)},
        geometry=[shapely.Point(118 + n / 100, 32).buffer(0.01) for n in range(ROWS)],
        crs=4326,
    )
    for name, driver in DRIVERS.items():
        written = table[["geometry"]] if driver == "DXF" else table
        pyogrio.write_dataframe(written, folder / name, driver=driver)
    table.to_parquet(folder / "a.parquet")
    text = table.to_wkt()
    text.to_csv(folder / "a.csv", index=False)
    book = openpyxl.Workbook()
    for row in [list(text.columns), *text.to_numpy().tolist()]:
        book.active.append(row)
    book.save(folder / "a.xlsx")
    return folder


def damaged(data: bytes, chance: np.random.Generator) -> bytes:
    broken = bytearray(data)
    for at in chance.integers(len(broken), size=chance.choice([1, 3, 20])):
        broken[at] = chance.integers(256)
    if chance.random() < 0.3:
        start = chance.integers(len(broken))
        del broken[start : start + chance.integers(50)]
    return bytes(broken)


def rows_or_fault(spec: LayerSpec, folder: Path) -> int | str:
    try:
        layer = read_layer("x", spec, root=folder)
    except InputError as error:
        return str(error)
    return len(layer.table) + sum(n.count for n in layer.notices if n.code == "geometry-missing")


@pytest.mark.parametrize("name", [*DRIVERS, "a.dbf", "a.shx", "a.parquet", "a.csv", "a.xlsx"])
def test_damage(folder: Path, name: str) -> None:
    read = "a.shp" if name in {"a.dbf", "a.shx"} else name
    spec = LayerSpec(
        name=Text(zh="要素", en="Features"),
        table="features",
        file=Path(read),
        columns={"id": "#"},
        crs="EPSG:4326" if read in STATE_NO_CRS else None,
        nature="surveyed",
        source="test",
    )
    whole = (folder / name).read_bytes()
    assert rows_or_fault(spec, folder) == ROWS
    chance = np.random.default_rng(list(name.encode()))
    try:
        for _ in range(20):
            (folder / name).write_bytes(damaged(whole, chance))
            found = rows_or_fault(spec, folder)
            assert found == ROWS or (isinstance(found, str) and "\n" not in found)
    finally:
        (folder / name).write_bytes(whole)
