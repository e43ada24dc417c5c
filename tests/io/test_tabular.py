"""Tables of text: every way in which a planner writes down a place."""

import math
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from urbangis.errors import InputError, ReadError, TableError
from urbangis.io.tabular import degrees, read_csv, read_excel

HERE = Path("a.csv")
Write = Callable[..., Path]


@pytest.fixture
def csv_of(tmp_path: Path) -> Write:
    def write(text: str, encoding: str = "utf-8") -> Path:
        path = tmp_path / "a.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


@pytest.fixture
def excel_of(tmp_path: Path) -> Write:
    def write(**sheets: list[list[object]]) -> Path:
        book = openpyxl.Workbook()
        book.remove(book.worksheets[0])
        for name, rows in sheets.items():
            sheet = book.create_sheet(name)
            for row in rows:
                sheet.append(row)
        path = tmp_path / "a.xlsx"
        book.save(path)
        return path

    return write


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("118.7917", 118.7917),
        ("１１８．７９", 118.79),
        ("118°47′30″", 118 + 47 / 60 + 30 / 3600),
        ("118°47'30\"", 118 + 47 / 60 + 30 / 3600),
        ("118°47′30.6″E", 118 + 47 / 60 + 30.6 / 3600),
        ("E118°47′", 118 + 47 / 60),
        ("东经118度47分30秒", 118 + 47 / 60 + 30 / 3600),
        ("北纬３２°３′", 32 + 3 / 60),
        ("118.5°", 118.5),
        ("33°30′S", -33.5),
        ("-33°30′", -33.5),
        ("西经70°30′", -70.5),
        (" 32 ° 03 ′ ", 32.05),
    ],
)
def test_coordinates(text: str, value: float) -> None:
    assert degrees(pd.Series([text]), file=HERE)[0] == pytest.approx(value, abs=1e-12)


@pytest.mark.parametrize(
    "text", ["118°60′", "118°30′60″", "118,79", "118-47-30", "about 118", "118°47″30′", "E", "°"]
)
def test_what_is_no_coordinate_names_its_row(text: str) -> None:
    values = pd.Series(["118", text], name="经度")
    with pytest.raises(TableError) as caught:
        degrees(values, file=HERE)
    assert caught.value.row == 2
    assert "经度" in caught.value.problem


@given(st.integers(0, 179), st.integers(0, 59), st.integers(0, 599), st.booleans())
def test_degrees_minutes_seconds(d: int, m: int, tenths: int, west: bool) -> None:  # noqa: FBT001
    value = degrees(pd.Series([f"{d}°{m:02}′{tenths / 10}″{'W' if west else 'E'}"]), file=HERE)[0]
    # Back again: whole degrees, minutes and seconds of the value's size.
    rest, whole = math.modf(abs(value) + 1e-9)
    assert (whole, int(rest * 60)) == (d, m)
    assert (rest * 60 % 1) * 60 == pytest.approx(tenths / 10, abs=1e-4)
    assert (value < 0) == (west and abs(value) > 0)


@pytest.mark.parametrize("names", ["lon,lat", "Longitude,Latitude", "经度,纬度", "LNG,LAT"])
def test_known_column_names(csv_of: Write, names: str) -> None:
    table, notices = read_csv(csv_of(f"id,{names}\na,118.5,32\n"), columns={}, encoding=None)
    assert table.geometry.tolist() == [shapely.Point(118.5, 32)]
    assert list(table.columns) == ["id", "geometry"]
    assert not notices


def test_mapped_column_names(csv_of: Write) -> None:
    path = csv_of("东坐标,北坐标,id\n1,2,a\n")
    columns = {"lon": "东坐标", "lat": "北坐标"}
    assert read_csv(path, columns=columns, encoding=None)[0].geometry[0] == shapely.Point(1, 2)
    with pytest.raises(TableError, match='no column "北坐"'):
        read_csv(path, columns={**columns, "lat": "北坐"}, encoding=None)
    with pytest.raises(TableError, match="no columns of longitude and latitude") as caught:
        read_csv(path, columns={}, encoding=None)
    assert "东坐标, 北坐标, id" in caught.value.remedy


def test_well_known_text(csv_of: Write) -> None:
    path = csv_of('id,WKT\na,"LINESTRING (0 0, 1 1)"\nb,\n')
    table, _ = read_csv(path, columns={}, encoding=None)
    assert table.geometry[0] == shapely.LineString([(0, 0), (1, 1)])
    assert table.geometry[1] is None
    with pytest.raises(TableError, match="not WKT") as caught:
        read_csv(csv_of("id,wkt\na,POINT (1 2)\nb,POINT 1 2\n"), columns={}, encoding=None)
    assert caught.value.row == 2


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
@pytest.mark.parametrize("line", ["\n", "\r\n"])
def test_delimiters_and_encodings(csv_of: Write, delimiter: str, encoding: str, line: str) -> None:
    rows = [["id", "名称", "lon", "lat"], ["1", '"鼓楼区，社区\n中心"', "118", "32"]]
    text = line.join(delimiter.join(row) for row in rows) + line
    table, notices = read_csv(csv_of(text, encoding), columns={}, encoding=None)
    assert table["名称"].tolist() == ["鼓楼区，社区\n中心"]
    assert [each.code for each in notices] == ["encoding-guessed"] * (encoding == "gbk")


def test_rows_keep_their_numbers_past_blank_ones(csv_of: Write) -> None:
    path = csv_of("id,lon,lat,\na,1,2,\n\n,,,\nb,3,4,\n")
    table, _ = read_csv(path, columns={}, encoding=None)
    assert table.index.tolist() == [0, 3]
    assert list(table.columns) == ["id", "geometry"]


@pytest.mark.parametrize("row", ["b,3", "b,3,4,5"])
def test_row_of_another_length_is_an_error(csv_of: Write, row: str) -> None:
    path = csv_of(f"id,lon,lat\na,1,2\n{row}\n")
    with pytest.raises(TableError, match="where the header has 3") as caught:
        read_csv(path, columns={}, encoding=None)
    assert caught.value.row == 2


def test_quote_that_is_never_closed(csv_of: Write) -> None:
    with pytest.raises(ReadError, match="not a table of text"):
        read_csv(csv_of('id,lon,lat\n"a,1,2\n'), columns={}, encoding=None)


def test_no_place_is_no_point(csv_of: Write) -> None:
    table, _ = read_csv(csv_of("id,lon,lat\na,,\nb,1,\nc,1,2\n"), columns={}, encoding=None)
    assert table.geometry.isna().tolist() == [True, True, False]


def test_values_stay_text_and_gaps_stay_gaps(csv_of: Write) -> None:
    path = csv_of("id,code,lon,lat\na,007,1,2\nb,,1,2\nc,NA,1,2\n")
    table, _ = read_csv(path, columns={}, encoding=None)
    assert table["code"].isna().tolist() == [False, True, False]
    assert table["code"].tolist()[::2] == ["007", "NA"]


def test_heading_over_two_lines(csv_of: Write) -> None:
    table, _ = read_csv(csv_of('"床位\n数",lon,lat\n5,1,2\n'), columns={}, encoding=None)
    assert "床位 数" in table.columns


def test_same_heading_twice(csv_of: Write) -> None:
    table, _ = read_csv(csv_of("a,a,lon,lat\n5,6,1,2\n"), columns={}, encoding=None)
    assert (table["a"].item(), table["a_2"].item()) == ("5", "6")


def test_workbook(excel_of: Write) -> None:
    rows = [["编号", "经度", "纬度", "床位", None], [320102, 118.5, 32, 5, None], [None] * 5]
    rows.append([320104, "118°30′", 32, None, None])
    table, _ = read_excel(excel_of(Sheet1=rows), layer=None, columns={})
    assert table["编号"].tolist() == [320102, 320104]
    assert table.geometry.tolist() == [shapely.Point(118.5, 32)] * 2
    assert table.index.tolist() == [0, 2]
    assert list(table.columns) == ["编号", "床位", "geometry"]


def test_workbook_of_several_sheets(excel_of: Write) -> None:
    rows = [["id", "lon", "lat"], ["a", 1, 2]]
    path = excel_of(学校=rows, 医院=rows, 空=[])
    with pytest.raises(ReadError, match="学校, 医院"):
        read_excel(path, layer=None, columns={})
    with pytest.raises(ReadError, match='no sheet "公园"'):
        read_excel(path, layer="公园", columns={})
    assert len(read_excel(path, layer="医院", columns={})[0]) == 1


def test_id_that_excel_has_rounded_is_kept_apart(excel_of: Write) -> None:
    rows = [["id", "lon", "lat"], [3201020010010100224, 1, 2]]
    table, _ = read_excel(excel_of(a=rows), layer=None, columns={})
    assert isinstance(table["id"].item(), float)


@pytest.mark.parametrize("content", [b"", b"\n \n", b"PK\x03\x04 and more"])
def test_files_that_are_no_text(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(InputError):
        read_csv(tmp_path / "a.csv", columns={}, encoding=None)
