"""Sixty real files, each with its own defect: a true layer, or one clear line. Nothing else."""

import csv
import json
import re
import shutil
import zipfile
from pathlib import Path

import fiona
import geopandas as gpd
import pandas as pd
import pytest

from urbangis.errors import CrsError, InputError, ReadError, TableError
from urbangis.io.vector import read_layer
from urbangis.notices import Text
from urbangis.study import Layer, LayerSpec

# Two letters from the upper half of Latin-1 in a row: Chinese read in the wrong encoding.
MOJIBAKE = re.compile(r"[\x80-\xff]{2}|\ufffd|锟|鈥|鍖|锘")


def read(file: Path, root: Path, **spec: object) -> Layer:
    layer = LayerSpec.model_validate(
        {
            "name": Text(zh="要素", en="Features"),
            "table": "features",
            "file": file,
            "columns": {"id": "#"},
            "nature": "surveyed",
            "source": "test",
            **spec,
        }
    )
    return read_layer("nasty", layer, root=root)


def rows_by_another_reader(path: Path) -> int:
    """Count the rows with Fiona; those of JSON, KML and archives in the bytes themselves."""
    if path.suffix in {".json", ".geojson"}:
        document = json.loads(path.read_text(encoding="utf-8"))
        return len(document["features"]) if "features" in document else 1
    if path.suffix == ".kml":
        return path.read_text(encoding="utf-8").count("<Placemark")
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            own = [name for name in archive.namelist() if not name.startswith("__MACOSX")]
            (index,) = (archive.read(name) for name in own if name.endswith(".shx"))
        # An index has a header of 100 bytes, and 8 for each row.
        return (len(index) - 100) // 8
    with fiona.open(path) as rows:
        return sum(1 for _ in rows)


@pytest.fixture(scope="module")
def nasty(real_data: Path) -> Path:
    return real_data / "nasty"


@pytest.fixture(scope="module")
def outcomes(nasty: Path) -> dict[str, Layer | InputError]:
    with (nasty / "index.csv").open(encoding="utf-8") as index:
        files = {row["id"]: Path(row["file"]) for row in csv.DictReader(index)}
    found: dict[str, Layer | InputError] = {}
    for name, file in files.items():
        try:
            found[name] = read(file, nasty)
        except InputError as error:
            found[name] = error
    return found


def test_layers_hold_what_another_reader_sees(
    outcomes: dict[str, Layer | InputError], nasty: Path
) -> None:
    layers = {name: each for name, each in outcomes.items() if isinstance(each, Layer)}
    assert len(layers) > 20
    for name, layer in layers.items():
        left_out = sum(n.count for n in layer.notices if n.code == "geometry-missing")
        expected = rows_by_another_reader(nasty / str(layer.spec.file))
        assert len(layer.table) + left_out == expected, name
        assert layer.table.geometry.is_valid.all(), name
        assert not layer.table.geometry.is_empty.any(), name
        assert layer.table["id"].is_unique, name


def test_no_layer_holds_mojibake(outcomes: dict[str, Layer | InputError]) -> None:
    for name, layer in outcomes.items():
        if isinstance(layer, Layer):
            values = layer.table.drop(columns="geometry").to_numpy().ravel()
            texts = [*layer.table.columns, *map(str, values)]
            assert not [text for text in texts if MOJIBAKE.search(text)], name


def test_errors_are_one_line_with_place_and_remedy(
    outcomes: dict[str, Layer | InputError],
) -> None:
    for name, error in outcomes.items():
        if isinstance(error, InputError):
            line = str(error)
            assert "\n" not in line, name
            assert len(line) < 500, name
            assert error.file, name
            assert error.remedy.endswith("."), name


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("no_prj_metroline", CrsError, "no coordinate system"),
        ("no_prj_utm", CrsError, "look like metres"),
        ("dxf_bin_dxf_r12", CrsError, "no coordinate system"),
        ("gpkg_first_geometry_null", CrsError, "no coordinate system"),
        ("ldid_chinese", CrsError, "look like metres"),
        ("gbk_dbf_only", ReadError, "without geometries"),
        ("buggy_multiline", ReadError, "damaged"),
        ("r5_empty", ReadError, "empty"),
        ("kml_empty", ReadError, "no layers"),
        ("zip_in_zip", ReadError, "no file that can be read"),
        ("zip_invalid_multishp_zip", ReadError, "2 layers"),
        ("gpkg_missing_crs", ReadError, "2 layers"),
        ("kml_samples", ReadError, "10 layers"),
        ("geojson_bad-json", ReadError, "not valid JSON"),
        ("geojson_badcoordtype", ReadError, "geometry that cannot be read"),
        ("geojson_multiple_problems", ReadError, "not a feature"),
        ("kml_junk_content_after_valid_doc", ReadError, "junk after document"),
        ("xlsx_named_csv", ReadError, "Excel workbook"),
        ("csv_header_with_line_break", TableError, "longitude and latitude"),
        ("osm_nodes_only", ReadError, "OpenStreetMap"),
    ],
)
def test_what_is_said(
    outcomes: dict[str, Layer | InputError], name: str, kind: type[InputError], words: str
) -> None:
    error = outcomes[name]
    assert type(error) is kind
    assert words in str(error)


@pytest.mark.parametrize(
    ("name", "notices"),
    [
        ("null_shapes", {"geometry-missing": 4}),
        ("r5_null_points", {"geometry-missing": 3}),
        ("null_geom_geojson", {"geometry-missing": 1}),
        ("clean_ex10_bowtie", {"geometry-collection": 1, "geometry-repaired": 1}),
        ("openring", {"ring-closed": 1}),
        ("gbk_shanghai_districts", {}),
        ("ccw_polygon", {}),
        ("line_zm_gpkg", {}),
        ("curve_gpkg", {}),
    ],
)
def test_what_is_noticed(
    outcomes: dict[str, Layer | InputError], name: str, notices: dict[str, int]
) -> None:
    layer = outcomes[name]
    assert isinstance(layer, Layer)
    assert {each.code: each.count for each in layer.notices} == notices


def test_shapefile_without_attributes(outcomes: dict[str, Layer | InputError], nasty: Path) -> None:
    layer = outcomes["zip_invalid_nodbf_zip"]
    assert isinstance(layer, Layer)
    raw = gpd.read_file(nasty / str(layer.spec.file)).to_crs(4326)
    expected = {"attributes-missing": 245, "geometry-repaired": int((~raw.is_valid).sum())}
    assert {each.code: each.count for each in layer.notices} == expected


def test_texts_come_through(nasty: Path, tmp_path: Path) -> None:
    districts = read(Path("gbk_shanghai_districts/区县界_area.shp"), nasty)
    assert {"宝山区", "浦东新区", "崇明县"} < set(districts.table["NAME"])
    cyrillic = read(Path("win1251_mapinfo/win1251.mif"), nasty)
    assert cyrillic.table["Поле_А"].tolist()[0] == "Значение А"
    latin = read(Path("latin1_no_cpg/latin1-property.shp"), nasty)
    assert latin.table["name"].tolist() == ["México"]
    shutil.copy(nasty / "xlsx_named_csv/jqgeonew.csv", tmp_path / "scenic.xlsx")
    scenic = read(Path("scenic.xlsx"), tmp_path, crs="EPSG:4326")
    assert len(scenic.table) == len(pd.read_excel(tmp_path / "scenic.xlsx"))
    assert scenic.table["province"].eq("江苏省").mean() > 0.9
    assert scenic.table.geometry.x.between(116, 122).all()
