"""Tables joined to layers by id."""

from collections.abc import Callable, Sequence
from pathlib import Path

import geopandas as gpd
import openpyxl
import pytest
import shapely

from urbangis.errors import InputError, ReadError, StudyError, TableError
from urbangis.io.vector import read_layer
from urbangis.notices import Text
from urbangis.pipeline.record import dependencies
from urbangis.study import JoinSpec, Layer, LayerSpec, read_study_spec

Join = Callable[..., Layer]


@pytest.fixture
def join(tmp_path: Path) -> Join:
    """Join a CSV to three squares: codes 01, 02, 03 with names."""
    squares = gpd.GeoDataFrame(
        {"code": ["01", "02", "03"], "name": ["甲", "乙", "丙"]},
        geometry=[shapely.box(at, 0, at + 100, 100) for at in (0, 200, 400)],
        crs=4549,
    )
    squares["geometry"] = squares.translate(500_000, 3_500_000)
    squares.to_file(tmp_path / "squares.gpkg")

    def read(text: str, *, file: str = "t.csv", on: str = "id", **more: object) -> Layer:
        if text:
            (tmp_path / file).write_text(text, encoding="utf-8")
        spec = LayerSpec(
            name=Text("方块", "Squares"),
            file=Path("squares.gpkg"),
            columns={"id": "code", **more.pop("columns", {})},  # type: ignore[dict-item]
            nature="synthetic",
            source="invented",
            **{"table": "zones", "join": JoinSpec(file=Path(file), on=on), **more},  # type: ignore[arg-type]
        )
        return read_layer("squares", spec, root=tmp_path)

    return read


def workbook(path: Path, **sheets: Sequence[Sequence[object]]) -> None:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)


def test_columns_go_to_the_rows_with_their_id(join: Join) -> None:
    layer = join("id,name_en,jobs,note\n03,C,30,x\n01,A,10,5\n02,B,20,\n")
    assert layer.table["id"].tolist() == ["01", "02", "03"]
    assert layer.table["name_en"].tolist() == ["A", "B", "C"]
    assert layer.table["jobs"].tolist() == [10, 20, 30]
    assert layer.table["jobs"].dtype == "int64"
    assert layer.table["note"].fillna("").tolist() == ["5", "", "x"]
    assert layer.notices == ()


def test_a_joined_column_can_be_one_that_the_contract_needs(join: Join) -> None:
    layer = join(
        "代码,常住人口\n01,1200\n02,0\n03,7.5\n",
        on="代码",
        table="demand",
        columns={"residents": "常住人口"},
    )
    assert layer.table["residents"].tolist() == [1200.0, 0.0, 7.5]


def test_excel_and_its_numbers(join: Join, tmp_path: Path) -> None:
    rows = [["id", "jobs", "built"], [1, 10, 2001], [2, 20.5, None], [3, 30, 2003]]
    workbook(tmp_path / "t.xlsx", Sheet1=rows)
    squares = gpd.read_file(tmp_path / "squares.gpkg").assign(code=["1", "2", "3"])
    squares.to_file(tmp_path / "squares.gpkg")
    layer = join("", file="t.xlsx")
    assert layer.table["jobs"].tolist() == [10.0, 20.5, 30.0]
    assert layer.table["built"].isna().tolist() == [False, True, False]
    assert layer.table["built"].sum() == 4004


def test_the_sheet_is_named_where_there_are_several(join: Join, tmp_path: Path) -> None:
    workbook(tmp_path / "t.xlsx", 说明=[["id"], ["无"]], 数据=[["id", "jobs"], ["02", 5]])
    with pytest.raises(ReadError, match="2 sheets"):
        join("", file="t.xlsx")
    named = JoinSpec(file=Path("t.xlsx"), layer="数据")
    layer = join("", file="t.xlsx", join=named)
    assert layer.table["jobs"].sum() == 5


def test_codes_stay_text(join: Join) -> None:
    layer = join("id,phone,long,empty\n01,025,12345678901234567,\n02,10,1,\n03,20,2,\n")
    assert layer.table["phone"].tolist() == ["025", "10", "20"]
    assert layer.table["long"].tolist() == ["12345678901234567", "1", "2"]
    assert layer.table["empty"].isna().all()


def test_rows_without_a_partner_are_told_on_both_sides(join: Join) -> None:
    layer = join("id,jobs\n02,20\n07,70\n08,80\n")
    assert layer.table["jobs"].isna().tolist() == [True, False, True]
    missing, unused = layer.notices
    assert (missing.code, missing.severity, missing.count) == ("join-row-missing", "warning", 2)
    assert missing.sample_ids == ("01", "03")
    assert (unused.code, unused.severity, unused.count) == ("join-row-unused", "info", 2)
    assert unused.sample_ids == ("07", "08")
    assert {missing.layer, unused.layer} == {"squares"}
    assert "2 条" in missing.message.zh
    assert "t.csv" in unused.message.en


def test_rows_that_where_leaves_out_have_no_partner(join: Join) -> None:
    layer = join("id,jobs\n01,1\n02,2\n03,3\n", where={"name": ("甲", "丙")})
    assert layer.table["jobs"].tolist() == [1, 3]
    assert [(note.code, note.sample_ids) for note in layer.notices] == [
        ("join-row-unused", ("02",))
    ]


def test_numbered_rows_join_by_their_number(join: Join) -> None:
    layer = join("id,jobs\n3,30\n1,10\n2,20\n", columns={"id": "#"})
    assert layer.table["jobs"].tolist() == [10, 20, 30]


def test_a_shared_column_must_say_the_same(join: Join) -> None:
    layer = join("id,name,jobs\n01,甲,1\n02, 乙,2\n03,丙,3\n")
    assert layer.table["name"].tolist() == ["甲", "乙", "丙"]
    with pytest.raises(TableError, match='column "name", which the layer has too') as caught:
        join("id,name,jobs\n01,甲,1\n02,丙,2\n03,乙,3\n")
    assert caught.value.row == "02"
    assert str(caught.value.file).endswith("t.csv")


@pytest.mark.parametrize(
    ("text", "on", "problem", "row"),
    [
        ("id,jobs\n01,1\n02,2\n01,3\n", "id", 'the id "01" stands in rows 1, 3', None),
        ("id,jobs\n01,1\n,2\n", "id", 'no value in the column "id"', 2),
        ("代码,jobs\n01,1\n", "id", 'no column "id"', None),
        ("id,jobs\n01,1\n", "编号", 'no column "编号"', None),
        ("id,jobs\n1,1\n2,2\n", "id", "no id of the layer", None),
    ],
)
def test_what_cannot_be_joined(
    join: Join, text: str, on: str, problem: str, row: int | None
) -> None:
    with pytest.raises(TableError) as caught:
        join(text, on=on)
    error = caught.value
    assert problem in error.problem
    assert error.row == (None if row is None else str(row))
    assert str(error.file).endswith("t.csv")
    assert error.layer == "squares"


def test_the_layer_must_have_the_ids(join: Join) -> None:
    with pytest.raises(TableError, match='no column "XZQDM"') as caught:
        join("id,jobs\n01,1\n", columns={"id": "XZQDM"})
    assert str(caught.value.file).endswith("squares.gpkg")


@pytest.mark.parametrize("file", ["nowhere.csv", "t.dbf"])
def test_what_is_no_table(join: Join, tmp_path: Path, file: str) -> None:
    (tmp_path / "t.dbf").write_bytes(b"\x03")
    with pytest.raises(InputError) as caught:
        join("", file=file)
    assert isinstance(caught.value, ReadError)


STUDY = """
name = {{ zh = "试", en = "Test" }}
[[levels]]
id = "county"
name = {{ zh = "县", en = "County" }}
layer = "counties"
[layers.counties]
name = {{ zh = "县", en = "Counties" }}
table = "zones"
file = "squares.gpkg"
{line}
nature = "synthetic"
source = "invented"
"""


@pytest.mark.parametrize(
    ("line", "on"),
    [('join = "t.csv"', "id"), ('join = { file = "t.csv", on = "代码" }', "代码")],
)
def test_the_table_is_an_input_of_the_study(tmp_path: Path, line: str, on: str) -> None:
    text = STUDY.format(line=line)
    (tmp_path / "urbangis.toml").write_text(text, encoding="utf-8")
    (tmp_path / "t.csv").write_text("代码\n1\n", encoding="utf-8")
    spec, _ = read_study_spec(tmp_path)
    assert spec.layers["counties"].join == JoinSpec(file=Path("t.csv"), on=on)
    before = dependencies(tmp_path)["inputs"]
    assert set(before) == {"urbangis.toml", "t.csv"}
    (tmp_path / "t.csv").write_text("代码\n2\n", encoding="utf-8")
    assert dependencies(tmp_path)["inputs"]["t.csv"] != before["t.csv"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("join = 1", "layers.counties.join"),
        ('join = { fiel = "t.csv" }', 'perhaps "file" is meant'),
        ('join = { file = "t.csv" }\nmembers = "m.csv"', 'either "members" or "join"'),
    ],
)
def test_a_misspelt_join(tmp_path: Path, line: str, said: str) -> None:
    (tmp_path / "urbangis.toml").write_text(STUDY.format(line=line), encoding="utf-8")
    with pytest.raises(StudyError) as caught:
        read_study_spec(tmp_path)
    assert said in caught.value.problem
