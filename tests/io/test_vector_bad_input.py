"""Whatever is wrong with a file is said in one line, with the place and the remedy."""

import json
import shutil
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely
from pyproj import CRS

from urbangis.errors import CrsError, InputError, ReadError, TableError
from urbangis.io.vector import read_layer
from urbangis.notices import Notice, Text
from urbangis.study import Layer, LayerSpec

NANJING = [(118.75, 32.03), (118.80, 32.06), (118.85, 32.09)]
# A district of about 19 km by 22 km, whose diagonal is about 29 km.
AREA = gpd.GeoSeries([shapely.box(118.7, 31.95, 118.9, 32.15)], crs=4326).to_crs(4549).item()


def clinics(points: list[tuple[float, float]] = NANJING, **columns: Any) -> gpd.GeoDataFrame:
    data = {
        "id": [f"c{n}" for n in range(len(points))],
        "kind": ["clinic"] * len(points),
        "name": [f"卫生服务中心{n}" for n in range(len(points))],
        **columns,
    }
    return gpd.GeoDataFrame(data, geometry=shapely.points(points), crs=4326)


def read(path: Path, table: str = "supply", **spec: Any) -> Layer:
    area, crs = spec.pop("area", None), spec.pop("crs_of_study", None)
    layer = LayerSpec(
        name=Text(zh="卫生", en="Health"),
        table=table,  # type: ignore[arg-type]
        file=Path(path.name),
        nature="surveyed",
        source="test",
        **spec,
    )
    return read_layer("health", layer, root=path.parent, crs=crs, area=area)


def fault(path: Path, kind: type[InputError], **spec: Any) -> InputError:
    with pytest.raises(InputError) as caught:
        read(path, **spec)
    error = caught.value
    assert type(error) is kind
    assert "\n" not in str(error)
    assert path.name in str(error)
    assert error.remedy.endswith(".")
    return error


def notice(layer: Layer, code: str) -> Notice:
    found = [each for each in layer.notices if each.code == code]
    assert len(found) == 1, layer.notices
    assert found[0].layer == "health"
    return found[0]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


# --- the file -------------------------------------------------------------------------------


def test_missing_file_names_the_nearest(folder: Path) -> None:
    clinics().to_file(folder / "clinics.gpkg")
    error = fault(folder / "clinic.gpkg", ReadError)
    assert '"clinics.gpkg"' in error.remedy


def test_missing_folder(folder: Path) -> None:
    with pytest.raises(ReadError, match="no such folder"):
        read(folder / "nowhere" / "a.gpkg")


def test_several_layers_and_none_named(folder: Path) -> None:
    path = folder / "two.gpkg"
    clinics().to_file(path, layer="old")
    clinics().to_file(path, layer="new")
    assert "old, new" in fault(path, ReadError).remedy
    assert "old, new" in fault(path, ReadError, layer="newest").remedy
    assert len(read(path, layer="new").table) == 3


@pytest.mark.parametrize("name", ["a.gpkg", "a.shp", "a.geojson", "a.parquet", "a.zip", "a.xlsx"])
@pytest.mark.parametrize("content", [b"", b"this is no such file", b"\x00\x01\x02\xff" * 99])
def test_what_is_no_layer_at_all(folder: Path, name: str, content: bytes) -> None:
    (folder / name).write_bytes(content)
    error = fault(folder / name, ReadError)
    assert name in str(error.file)
    assert error.remedy


@pytest.mark.parametrize(
    "name", ["a.gpkg", "a.shp", "a.geojson", "a.parquet", "a.fgb", "a.kml", "a.gml", "a.csv"]
)
def test_a_file_that_was_cut_off_never_gives_a_layer(folder: Path, name: str) -> None:
    whole = clinics([(118 + n / 1000, 32) for n in range(400)])
    path = folder / name
    driver = {"kml": "KML", "gml": "GML"}.get(name[2:])
    if name.endswith("parquet"):
        whole.to_parquet(path)
    elif name.endswith("csv"):
        whole.to_wkt().to_csv(path, index=False)
    else:
        whole.to_file(path, driver=driver)
    read(path, "features", columns={"id": "#"}, crs=None if name[2:] != "csv" else "EPSG:4326")
    data = path.read_bytes()
    for share in (0.3, 0.6, 0.9, 0.99):
        path.write_bytes(data[: int(len(data) * share)])
        with pytest.raises(InputError):
            read(path)


def test_shapefile_without_its_index(folder: Path) -> None:
    clinics().to_file(folder / "a.shp")
    (folder / "a.shx").unlink()
    assert ".shx" in fault(folder / "a.shp", ReadError).problem


def test_shapefile_without_its_attributes(folder: Path) -> None:
    clinics().to_file(folder / "a.shp")
    (folder / "a.dbf").unlink()
    layer = read(folder / "a.shp", "features", columns={"id": "#"})
    assert notice(layer, "attributes-missing").count == 3


def test_shapefile_whose_files_do_not_belong_together(folder: Path) -> None:
    clinics().to_file(folder / "a.shp")
    clinics(NANJING[:2]).to_file(folder / "b.shp")
    shutil.copy(folder / "b.dbf", folder / "a.dbf")
    assert "3 geometries (.shp) but 2 rows" in fault(folder / "a.shp", ReadError).problem


def test_shapefile_with_deleted_rows(folder: Path) -> None:
    clinics().to_file(folder / "a.shp")
    data = bytearray((folder / "a.dbf").read_bytes())
    start, width = int.from_bytes(data[8:10], "little"), int.from_bytes(data[10:12], "little")
    data[start + width] = ord("*")
    (folder / "a.dbf").write_bytes(data)
    assert read(folder / "a.shp").table["id"].tolist() == ["c0", "c2"]


def test_shapefile_with_companions_in_capitals(folder: Path) -> None:
    clinics().to_file(folder / "a.shp")
    for suffix in ("dbf", "shx", "prj", "cpg"):
        (folder / f"a.{suffix}").rename(folder / f"a.{suffix.upper()}")
    assert read(folder / "a.shp").table["name"].tolist()[0] == "卫生服务中心0"


@pytest.mark.parametrize(
    "feature",
    [
        {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [1]}},
        {"type": "Feature", "properties": {}, "geometry": {"type": "Pint", "coordinates": [1, 2]}},
        {"type": "Fature", "properties": {}, "geometry": None},
        "Feature",
    ],
)
def test_geojson_feature_that_gdal_leaves_out(folder: Path, feature: object) -> None:
    document = json.loads(clinics().to_json())
    document["features"].insert(1, feature)
    path = folder / "a.geojson"
    path.write_text(json.dumps(document))
    assert fault(path, ReadError).row == 2


def test_table_without_places(folder: Path) -> None:
    pyogrio.write_dataframe(clinics().drop(columns="geometry"), folder / "a.gpkg")
    assert "without geometries" in fault(folder / "a.gpkg", ReadError).problem


# --- the coordinate system ------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.shp", "a.gpkg"])
def test_no_crs(folder: Path, name: str) -> None:
    frame = clinics().set_crs(None, allow_override=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the writer, too, finds that the CRS is missing
        frame.to_file(folder / name)
    error = fault(folder / name, CrsError)
    assert "no coordinate system" in error.problem
    assert "degrees" in error.problem
    assert (".prj" in error.remedy) == (name == "a.shp")
    assert read(folder / name, crs="EPSG:4326").table.crs.to_epsg() == 4326


def test_crs_that_differs_from_the_files_own(folder: Path) -> None:
    clinics().to_file(folder / "a.gpkg")
    error = fault(folder / "a.gpkg", CrsError, crs="EPSG:4549")
    assert "EPSG:4326" in error.problem
    assert "EPSG:4549" in error.problem
    assert len(read(folder / "a.gpkg", crs="EPSG:4326").table) == 3


def test_crs_that_does_not_exist(folder: Path) -> None:
    clinics().to_file(folder / "a.gpkg")
    assert "no known" in fault(folder / "a.gpkg", CrsError, crs="EPSG:99999").problem


def test_esri_prj_is_the_same_crs_as_its_code(folder: Path) -> None:
    table = clinics().to_crs(4549)
    table.to_file(folder / "a.shp")
    (folder / "a.prj").write_text(CRS.from_epsg(4549).to_wkt("WKT1_ESRI"))
    assert len(read(folder / "a.shp", crs="EPSG:4549", crs_of_study=CRS.from_epsg(4549)).table) == 3


@pytest.mark.parametrize(
    ("true", "said", "words"),
    [
        (4549, 4326, "look like metres"),
        (4326, 4549, "look like degrees"),
        (4528, 4549, "look like EPSG:4528"),
        (4549, 4528, "look like EPSG:4549"),
        (4527, 4548, "look like EPSG:4527"),
        (4528, 4529, "look like EPSG:4528"),
        (2364, 2385, "look like EPSG:2364"),
        (2442, 4326, "look like metres"),
        (32650, 32618, None),
        (3857, 4549, "far outside"),
    ],
)
def test_crs_contradicted_by_the_coordinates(
    folder: Path, true: int, said: int, words: str | None
) -> None:
    table = clinics().to_crs(true).set_crs(said, allow_override=True)
    table.to_file(folder / "a.gpkg")
    if words is None:  # numbers that fit both; only the study's area can tell
        study = {"crs_of_study": CRS.from_epsg(4549), "area": AREA}
        assert " km from" in fault(folder / "a.gpkg", CrsError, **study).problem
    else:
        assert words in fault(folder / "a.gpkg", CrsError).problem


def swapped(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    shapes = shapely.transform(table.geometry.to_numpy(), lambda xy: xy[:, ::-1])
    return table.set_geometry(gpd.GeoSeries(shapes, crs=table.crs))


def test_longitude_and_latitude_swapped(folder: Path) -> None:
    swapped(clinics()).to_file(folder / "a.gpkg")
    assert "longitude and latitude look swapped" in fault(folder / "a.gpkg", CrsError).problem


def test_northing_and_easting_swapped(folder: Path) -> None:
    swapped(clinics().to_crs(4549)).to_file(folder / "a.gpkg")
    assert "x and y look swapped" in fault(folder / "a.gpkg", CrsError).problem


def test_swap_that_only_the_area_can_tell(folder: Path) -> None:
    # Ljubljana, 14.5 E 46.05 N, lies in Yemen's seas when swapped: both are possible degrees.
    area = gpd.GeoSeries([shapely.box(14.4, 46.0, 14.6, 46.1)], crs=4326).to_crs(32633).item()
    path = folder / "a.gpkg"
    clinics([(46.05, 14.5), (46.06, 14.52)]).to_file(path)
    error = fault(path, CrsError, crs_of_study=CRS.from_epsg(32633), area=area)
    assert "look swapped" in error.problem


def test_layer_of_another_place_says_how_far(folder: Path) -> None:
    # Shanghai is 270 km from Nanjing.
    clinics([(121.47, 31.23)]).to_file(folder / "a.gpkg")
    study = {"crs_of_study": CRS.from_epsg(4549), "area": AREA}
    error = fault(folder / "a.gpkg", CrsError, **study)
    distance = int(error.problem.split(" km")[0].split()[-1])
    assert distance == pytest.approx(260, abs=15)
    assert "swapped" not in error.problem


def test_facility_across_the_border_is_kept_and_said(folder: Path) -> None:
    clinics([*NANJING, (118.95, 32.05)]).to_file(folder / "a.gpkg")
    layer = read(folder / "a.gpkg", crs_of_study=CRS.from_epsg(4549), area=AREA)
    assert len(layer.table) == 4
    outside = notice(layer, "outside-study")
    assert (outside.count, outside.severity, outside.sample_ids) == (1, "info", ("c3",))


def test_datum_of_web_maps_is_undone(folder: Path) -> None:
    # The shift at Nanjing is about (0.0052, -0.0020) degrees: see the datum of Chinese web maps.
    clinics().to_file(folder / "a.gpkg")
    before = shapely.get_coordinates(clinics().geometry)
    after = shapely.get_coordinates(read(folder / "a.gpkg", datum="gcj02").table.geometry)
    assert np.allclose(before - after, [0.0052, -0.0020], atol=0.0004)


def test_datum_says_what_a_table_of_text_is_in(folder: Path) -> None:
    (folder / "a.csv").write_text("id,lon,lat,kind\na,118.8,32.05,clinic\n")
    assert "gcj02" in fault(folder / "a.csv", CrsError).remedy
    for datum in ("gcj02", "bd09"):
        table = read(folder / "a.csv", datum=datum).table
        assert table.crs.to_epsg() == 4326
        assert table.geometry[0].distance(shapely.Point(118.8, 32.05)) > 0.003


def test_datum_of_metres_is_an_error(folder: Path) -> None:
    clinics().to_crs(4549).to_file(folder / "a.gpkg")
    assert "shift of longitudes" in fault(folder / "a.gpkg", CrsError, datum="gcj02").problem


def test_old_chinese_datum_is_said_to_be_approximate(folder: Path) -> None:
    clinics().set_crs(4610, allow_override=True).to_file(folder / "a.gpkg")
    layer = read(folder / "a.gpkg", crs_of_study=CRS.from_epsg(4549))
    assert notice(layer, "datum-approximate").severity == "warning"
    clinics().set_crs(4490, allow_override=True).to_file(folder / "b.gpkg")
    assert not read(folder / "b.gpkg", crs_of_study=CRS.from_epsg(4549)).notices


def test_geojson_is_wgs84_without_saying_so(folder: Path) -> None:
    document = json.loads(clinics().to_json())
    document.pop("crs", None)
    (folder / "a.geojson").write_text(json.dumps(document))
    layer = read(folder / "a.geojson")
    assert layer.table.crs.to_epsg() == 4326
    assert shapely.get_coordinates(layer.table.geometry).tolist() == [list(p) for p in NANJING]


# --- the table ------------------------------------------------------------------------------


def test_missing_column(folder: Path) -> None:
    clinics().drop(columns="kind").to_file(folder / "a.gpkg")
    error = fault(folder / "a.gpkg", TableError)
    assert 'no column "kind"' in error.problem
    assert "id, name" in error.remedy
    layer = read(folder / "a.gpkg", values={"kind": "clinic"})
    assert layer.table["kind"].tolist() == ["clinic"] * 3


def test_mapped_column_that_is_not_there(folder: Path) -> None:
    clinics().to_file(folder / "a.gpkg")
    error = fault(folder / "a.gpkg", TableError, columns={"id": "idd"})
    assert '"idd"' in error.problem
    assert '"id"' in error.problem


def test_constant_against_a_column_of_the_file(folder: Path) -> None:
    clinics().to_file(folder / "a.gpkg")
    values = {"kind": "hospital"}
    error = fault(folder / "a.gpkg", TableError, values=values)
    assert 'columns = { kind_in_file = "kind" }' in error.remedy
    layer = read(folder / "a.gpkg", values=values, columns={"kind_in_file": "kind"})
    assert layer.table["kind"].tolist() == ["hospital"] * 3
    assert layer.table["kind_in_file"].tolist() == ["clinic"] * 3


def test_columns_can_change_places(folder: Path) -> None:
    clinics(alias=["a", "b", "c"]).to_file(folder / "a.gpkg")
    layer = read(folder / "a.gpkg", columns={"name": "alias", "alias": "name"})
    assert layer.table["name"].tolist() == ["a", "b", "c"]
    assert layer.table["alias"].tolist()[0] == "卫生服务中心0"


def test_mapped_column_sets_the_files_own_aside(folder: Path) -> None:
    clinics(名称=["甲", "乙", "丙"]).to_file(folder / "a.gpkg")
    layer = read(folder / "a.gpkg", columns={"name": "名称"})
    assert layer.table["name"].tolist() == ["甲", "乙", "丙"]
    assert layer.table["name_in_file"].tolist()[0] == "卫生服务中心0"


def test_empty_layer(folder: Path) -> None:
    clinics().iloc[:0].to_file(folder / "a.gpkg")
    assert "no rows" in fault(folder / "a.gpkg", TableError).problem


def test_repeated_ids(folder: Path) -> None:
    clinics(id=["a", "b", "a"]).to_file(folder / "a.gpkg")
    assert '"a" stands in rows 1, 3' in fault(folder / "a.gpkg", TableError).problem


def test_filter(folder: Path) -> None:
    clinics(kind=["clinic", "park", "clinic"]).to_file(folder / "a.gpkg")
    layer = read(folder / "a.gpkg", where={"kind": ("clinic",)})
    assert layer.table["id"].tolist() == ["c0", "c2"]
    assert layer.table.index.tolist() == [0, 1]


@pytest.mark.parametrize("asked", [("school",), ("clinic", "school")])
def test_filter_for_what_is_not_there(folder: Path, asked: tuple[str, ...]) -> None:
    clinics(kind=["clinic", "park", "clinic"]).to_file(folder / "a.gpkg")
    error = fault(folder / "a.gpkg", TableError, where={"kind": asked})
    assert '"school"' in error.problem
    assert "clinic, park" in error.remedy


def test_filter_by_numbers_and_by_two_columns(folder: Path) -> None:
    path = folder / "a.gpkg"
    clinics(beds=[10.0, 20.0, 20.0], kind=["clinic", "clinic", "park"]).to_file(path)
    where = {"beds": ("20",), "kind": ("clinic",)}
    assert read(path, where=where).table["id"].tolist() == ["c1"]
    where = {"beds": ("10",), "kind": ("park",)}
    assert "all conditions" in fault(path, TableError, where=where).problem
    assert "no column" in fault(path, TableError, where={"bed": ("1",)}).problem


def test_null_geometries(folder: Path) -> None:
    table = clinics(residents=[10, 20, 30])
    table.loc[1, "geometry"] = None
    table.to_file(folder / "a.gpkg")
    layer = read(folder / "a.gpkg")
    assert layer.table["id"].tolist() == ["c0", "c2"]
    assert notice(layer, "geometry-missing").sample_ids == ("c1",)
    demand = read(folder / "a.gpkg", "demand")
    assert demand.table["residents"].sum() == 60


def test_no_geometry_at_all(folder: Path) -> None:
    table = clinics()
    table["geometry"] = None
    gpd.GeoDataFrame(table, crs=4326).to_file(folder / "a.gpkg")
    study = {"crs_of_study": CRS.from_epsg(4549), "area": AREA}
    assert "no row has a geometry" in fault(folder / "a.gpkg", TableError, **study).problem


def test_raster_that_is_no_demand(folder: Path) -> None:
    (folder / "a.tif").write_bytes(b"II*")
    assert "not read as supply" in fault(folder / "a.tif", ReadError).problem


def test_invalid_geometry(folder: Path) -> None:
    bowtie = shapely.from_wkt("POLYGON ((118.7 32, 118.8 32.1, 118.8 32, 118.7 32.1, 118.7 32))")
    table = gpd.GeoDataFrame({"id": ["z"], "name": ["区"]}, geometry=[bowtie], crs=4326)
    table.to_file(folder / "a.gpkg")
    layer = read(folder / "a.gpkg", "zones")
    assert layer.table.geometry.is_valid.all()
    assert notice(layer, "geometry-repaired").count == 1


def test_mixed_types(folder: Path) -> None:
    table = clinics()
    table.loc[1, "geometry"] = shapely.LineString([(118.7, 32), (118.8, 32)])
    table.to_file(folder / "a.geojson")
    error = fault(folder / "a.geojson", TableError)
    assert error.row == "c1"
    assert "is a LineString, not a point or polygon" in error.problem


# --- the text -------------------------------------------------------------------------------


def gbk_shapefile(folder: Path, cpg: str | None) -> Path:
    path = folder / "a.shp"
    table = clinics().rename(columns={"name": "名称"})
    pyogrio.write_dataframe(table, path, encoding="GBK")
    (folder / "a.cpg").unlink(missing_ok=True)
    if cpg is not None:
        (folder / "a.cpg").write_text(cpg)
    return path


@pytest.mark.parametrize(
    ("cpg", "guessed"),
    [("GBK", False), ("936", False), (None, True), ("UTF-8", True), ("ISO-8859-1", True)],
)
def test_gbk_shapefile(folder: Path, cpg: str | None, guessed: bool) -> None:  # noqa: FBT001
    layer = read(gbk_shapefile(folder, cpg), columns={"name": "名称"})
    assert layer.table["name"].tolist() == [f"卫生服务中心{n}" for n in range(3)]
    assert ("encoding-guessed" in {each.code for each in layer.notices}) == guessed


@pytest.mark.parametrize(("driver", "guessed"), [(0x00, True), (0x57, True), (0x4D, False)])
def test_gbk_shapefile_by_its_language_driver(
    folder: Path,
    driver: int,
    guessed: bool,  # noqa: FBT001
) -> None:
    path = gbk_shapefile(folder, None)
    data = bytearray(path.with_suffix(".dbf").read_bytes())
    data[29] = driver
    path.with_suffix(".dbf").write_bytes(data)
    layer = read(path, columns={"name": "名称"})
    assert layer.table["name"].tolist()[0] == "卫生服务中心0"
    if guessed:
        assert "GB18030" in notice(layer, "encoding-guessed").message.zh


def test_wrong_encoding_from_the_user(folder: Path) -> None:
    path = gbk_shapefile(folder, None)
    assert "UTF-8" in fault(path, ReadError, encoding="UTF-8").problem


def test_text_in_no_encoding(folder: Path) -> None:
    path = gbk_shapefile(folder, "UTF-8")
    dbf = path.with_suffix(".dbf")
    dbf.write_bytes(dbf.read_bytes().replace("卫生".encode("gbk"), b"\xff\xff\xff\xff"))
    assert "cannot be told" in fault(path, ReadError, columns={"name": "#"}).problem


def test_names_cut_by_the_format_keep_their_whole_characters(folder: Path) -> None:
    # Ten bytes hold three Chinese characters of UTF-8 and a third of the fourth.
    path = folder / "a.shp"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the writer says that it cuts the name
        clinics().rename(columns={"name": "机构名称全称"}).to_file(path, encoding="UTF-8")
    layer = read(path)
    assert [name for name in layer.table.columns if name.startswith("机构名")] == ["机构名"]


def test_geojson_in_gbk(folder: Path) -> None:
    path = folder / "a.geojson"
    path.write_bytes(clinics().to_json(ensure_ascii=False).encode("gbk"))
    layer = read(path)
    assert layer.table["name"].tolist()[0] == "卫生服务中心0"
    assert notice(layer, "encoding-guessed").severity == "info"


# --- archives -------------------------------------------------------------------------------


@pytest.fixture
def pack(folder: Path) -> Callable[..., Path]:
    def packed(*members: tuple[str, Path]) -> Path:
        path = folder / "a.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name, file in members:
                archive.write(file, name)
        return path

    return packed


def test_zipped_shapefile(folder: Path, pack: Callable[..., Path]) -> None:
    clinics().to_file(folder / "a.shp")
    parts = [(f"数据\\卫生.{end}", folder / f"a.{end}") for end in ("shp", "shx", "dbf", "prj")]
    assert len(read(pack(*parts)).table) == 3
    error = fault(pack(*parts[:1], *parts[2:]), ReadError)
    assert "卫生.shp" in str(error)
    assert ".shx" in error.problem


def test_archive_of_several(folder: Path, pack: Callable[..., Path]) -> None:
    clinics().to_file(folder / "a.gpkg")
    path = pack(("north.gpkg", folder / "a.gpkg"), ("south.gpkg", folder / "a.gpkg"))
    assert "north.gpkg, south.gpkg" in fault(path, ReadError).remedy
    assert len(read(path, layer="south").table) == 3


def test_archive_of_nothing_useful(folder: Path, pack: Callable[..., Path]) -> None:
    (folder / "readme.md").write_text("x")
    assert "no file" in fault(pack(("readme.md", folder / "readme.md")), ReadError).problem


def test_archive_member_that_climbs_out_stays_inside(
    folder: Path, pack: Callable[..., Path]
) -> None:
    clinics().to_file(folder / "a.gpkg")
    assert len(read(pack(("../../evil.gpkg", folder / "a.gpkg"))).table) == 3
    assert not (folder.parent / "evil.gpkg").exists()
