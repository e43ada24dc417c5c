"""Layers and levels made of members."""

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import openpyxl
import pytest
import shapely

from urbangis.errors import ReadError, StudyError, TableError
from urbangis.io.members import read_members
from urbangis.io.vector import read_layer
from urbangis.notices import Text
from urbangis.study import Layer, LayerSpec, read_study_spec

HEAD = "zone_id,zone_name,zone_name_en,member_id,note\n"
RING = ("a1", "a2", "a3", "b1", "b3", "c1", "c2", "c3")
Dissolve = Callable[[str], Layer]


@pytest.fixture
def dissolve(tmp_path: Path) -> Dissolve:
    """Dissolve nine squares of 1 km, three by three, with ids a1 to c3."""
    squares = gpd.GeoDataFrame(
        {"id": [f"{row}{column}" for row in "abc" for column in "123"], "name": "格"},
        geometry=[
            shapely.box(500_000 + x, 3_500_000 + y, 501_000 + x, 3_501_000 + y)
            for y in (0, 1000, 2000)
            for x in (0, 1000, 2000)
        ],
        crs=4549,
    )
    squares.to_file(tmp_path / "squares.gpkg")

    def read(rows: str) -> Layer:
        (tmp_path / "members.csv").write_text(HEAD + rows, encoding="utf-8")
        spec = LayerSpec(
            name=Text("区", "Areas"),
            table="zones",
            file=Path("squares.gpkg"),
            members=Path("members.csv"),
            nature="synthetic",
            source="invented",
        )
        return read_layer("areas", spec, root=tmp_path, crs=squares.crs)

    return read


def test_members_become_one_without_a_seam(dissolve: Dissolve) -> None:
    table = dissolve("n,北,North,c1,x\nn,北,North,c2,\nn,北,North,c3,\ns,南,South,a1,\n").table
    assert list(table.columns) == ["id", "name", "name_en", "geometry"]
    assert table["id"].tolist() == ["n", "s"]
    assert table["name"].tolist() == ["北", "南"]
    assert table["name_en"].tolist() == ["North", "South"]
    north = table.geometry[0]
    assert north.geom_type == "Polygon"
    assert north.area == pytest.approx(3e6, abs=1e-3)
    assert north.length == pytest.approx(8_000, abs=1e-3)


def test_areas_may_overlap_lie_apart_and_have_holes(dissolve: Dissolve) -> None:
    ring = "".join(f"r,环,Ring,{one},\n" for one in RING)
    table = dissolve(ring + "p,对,Pair,a1,\np,对,Pair,c3,\n").table.set_index("id")
    pair, hollow = table.geometry["p"], table.geometry["r"]
    assert pair.geom_type == "MultiPolygon"
    assert pair.area == pytest.approx(2e6, abs=1e-3)
    assert shapely.Polygon(hollow.interiors[0]).area == pytest.approx(1e6, abs=1e-3)


def test_an_absent_member_is_named(dissolve: Dissolve) -> None:
    with pytest.raises(TableError, match="x9, x8") as caught:
        dissolve("n,北,North,c1,\nn,北,North,x9,\ns,南,South,x8,\n")
    assert str(caught.value.file).endswith("members.csv")


@pytest.mark.parametrize(
    ("rows", "problem", "row"),
    [
        ("n,北,,c1,\nn,北,,c1,\n", "c1 is a member of n twice", "2"),
        ("n,北,,c1,\nn,,,c2,\n", 'no value in the column "zone_name"', "2"),
        ("n,北,,c1,\nn,北,,,x\n", 'no value in the column "member_id"', "2"),
        ("n,北,,c1,\nn,南,,c2,\n", 'the zone n is called "北" and "南"', "2"),
        ("n,北,N,c1,\nn,北,,c2,\n", 'the zone n is called "N" and ""', "2"),
    ],
)
def test_faults_name_their_row(dissolve: Dissolve, rows: str, problem: str, row: str) -> None:
    with pytest.raises(TableError) as caught:
        dissolve(rows)
    assert problem in caught.value.problem
    assert caught.value.row == row
    assert str(caught.value.file).endswith("members.csv")


def test_a_column_that_is_absent_and_a_file_that_is(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("zone_id,name,member_id\nn,北,a\n", encoding="utf-8")
    with pytest.raises(TableError, match='no column "zone_name"'):
        read_members(tmp_path / "m.csv")
    with pytest.raises(ReadError, match="no such file"):
        read_members(tmp_path / "members.csv")


def test_members_in_excel_keep_their_ids(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["zone_id", "zone_name", "member_id"])
    book.active.append([1, "北", 320102])
    book.active.append([1, "北", " 320104 "])
    book.save(tmp_path / "m.xlsx")
    members, notices = read_members(tmp_path / "m.xlsx")
    assert members["zone_id"].tolist() == ["1", "1"]
    assert members["member_id"].tolist() == ["320102", "320104"]
    assert members["zone_name_en"].tolist() == ["", ""]
    assert notices == ()


def test_members_make_zones_or_features(tmp_path: Path) -> None:
    (tmp_path / "urbangis.toml").write_text(
        """
name = { zh = "试", en = "Test" }
[[levels]]
id = "county"
name = { zh = "县", en = "County" }
layer = "counties"
[layers.counties]
name = { zh = "县", en = "Counties" }
table = "demand"
file = "a.gpkg"
members = "m.csv"
nature = "synthetic"
source = "invented"
""",
        encoding="utf-8",
    )
    with pytest.raises(StudyError, match='"members" make zones or features'):
        read_study_spec(tmp_path)
