"""A table either fits its contract or fails in one line; nothing is lost without a notice."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from urbangis.errors import TableError
from urbangis.notices import Notice
from urbangis.tables import (
    CONTRACTS,
    DEMAND,
    FEATURES,
    STREETS,
    SUPPLY,
    ZONES,
    Contract,
    check_table,
    to_numbers,
    to_text,
)

SQUARE = shapely.box(0, 0, 2, 2)
# Two triangles that meet in a point: area 2 * (2 * 1 / 2) = 2.
BOWTIE = shapely.from_wkt("POLYGON ((0 0, 2 2, 2 0, 0 2, 0 0))")


def table(shapes: list[object], **columns: object) -> gpd.GeoDataFrame:
    ids = [str(number) for number in range(len(shapes))]
    return gpd.GeoDataFrame({"id": ids, **columns}, geometry=shapes, crs=4549)


def check(
    frame: gpd.GeoDataFrame, contract: Contract
) -> tuple[gpd.GeoDataFrame, dict[str, Notice]]:
    checked, notices = check_table(frame, contract, file="a.gpkg", layer="clinics")
    return checked, {notice.code: notice for notice in notices}


def fault(frame: gpd.GeoDataFrame, contract: Contract) -> TableError:
    with pytest.raises(TableError) as caught:
        check_table(frame, contract, file="a.gpkg", layer="clinics")
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("a.gpkg, layer 'clinics'")
    return caught.value


def test_optional_columns_get_their_defaults_and_others_stay() -> None:
    checked, notices = check(table([shapely.Point(1, 2)], beds=[7]), DEMAND)
    assert checked["name"].tolist() == [""]
    assert checked["residents"].isna().all()
    assert checked["beds"].tolist() == [7]
    assert not notices
    assert checked.crs.to_epsg() == 4549


def test_missing_column_names_the_nearest_and_those_present() -> None:
    frame = table([SQUARE], nme=["鼓楼区"])
    error = fault(frame, ZONES)
    assert 'no column "name"' in error.problem
    assert '"nme"' in error.problem
    assert "id, nme" in error.remedy
    assert 'columns = { name = "..." }' in error.remedy


def test_missing_id_says_how_to_map_or_number() -> None:
    error = fault(table([SQUARE], name=["a"]).drop(columns="id"), FEATURES)
    assert 'columns = { id = "..." }' in error.remedy
    assert 'columns = { id = "#" }' in error.remedy


def test_empty_table_is_an_error() -> None:
    assert "no rows" in fault(table([]), FEATURES).problem


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        ([320102.0, 320104.0], ["320102", "320104"]),
        ([320102, 320104], ["320102", "320104"]),
        (["320102.0", "320104.0"], ["320102", "320104"]),
        (["1.0", "A"], ["1.0", "A"]),
        ([" 01 ", "02"], ["01", "02"]),
        ([1.5, 2.0], ["1.5", "2"]),
        ([1, "B2"], ["1", "B2"]),
    ],
)
def test_ids_become_text(ids: list[object], expected: list[str]) -> None:
    frame = table([shapely.Point(0, 0), shapely.Point(1, 1)])
    frame["id"] = ids
    assert check(frame, FEATURES)[0]["id"].tolist() == expected


def test_repeated_id_names_id_and_rows() -> None:
    frame = table([shapely.Point(0, 0)] * 4)
    frame["id"] = ["a", "b", "a", "c"]
    error = fault(frame, FEATURES)
    assert '"a"' in error.problem
    assert "rows 1, 3" in error.problem


def test_ids_that_become_one_as_text_are_repeated() -> None:
    frame = table([shapely.Point(0, 0)] * 2)
    frame["id"] = ["7", 7]
    assert '"7" stands in rows 1, 2' in fault(frame, FEATURES).problem


@pytest.mark.parametrize("gap", [None, np.nan, "", "  "])
def test_absent_id_names_the_row(gap: object) -> None:
    frame = table([shapely.Point(0, 0)] * 2)
    frame["id"] = ["a", gap]
    error = fault(frame, FEATURES)
    assert error.row == "2"
    assert "no id" in error.problem


def test_id_that_has_lost_digits_is_refused() -> None:
    frame = table([shapely.Point(0, 0)])
    frame["id"] = [3.2010200100101e18]
    assert "lost digits" in fault(frame, FEATURES).problem


def test_row_numbers_are_those_of_the_file_after_a_filter() -> None:
    frame = table([shapely.Point(0, 0)] * 5)
    frame["id"] = ["a", "b", "c", None, "e"]
    assert fault(frame[frame["id"] != "b"], FEATURES).row == "4"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (np.nan, "no value"),
        (-1, "below 0"),
        ("many", '"many" in the column "residents" is not a number'),
        ("1,234", "not a number"),
        (np.inf, "not a number"),
    ],
)
def test_residents_must_be_numbers(value: object, words: str) -> None:
    frame = table([shapely.Point(0, 0)] * 2)
    frame["residents"] = pd.Series([5, value], dtype=object)
    error = fault(frame, DEMAND)
    assert words in error.problem
    assert error.row == "1"


def test_full_width_digits_are_numbers() -> None:
    frame = table([shapely.Point(0, 0)] * 2, residents=["１２", " 3.5 "])
    assert check(frame, DEMAND)[0]["residents"].tolist() == [12.0, 3.5]


def test_gaps_of_optional_columns_are_filled() -> None:
    line = shapely.LineString([(0, 0), (1, 1)])
    frame = table([line, line], **{"class": ["path", "path"]})
    frame["oneway"] = [None, True]
    frame["grade"] = [np.nan, -1]
    frame["max_speed_kmh"] = [np.nan, 30]
    checked, _ = check(frame, STREETS)
    assert checked["oneway"].tolist() == ["no", "yes"]
    assert checked["grade"].tolist() == [0, -1]
    assert checked["grade"].dtype == "int64"
    assert checked["max_speed_kmh"].isna().tolist() == [True, False]


def test_part_of_a_level_is_no_whole_number() -> None:
    line = shapely.LineString([(0, 0), (1, 1)])
    frame = table([line], **{"class": ["path"]}, grade=[-0.5])
    assert "not a whole number" in fault(frame, STREETS).problem


def test_people_without_a_place_stay() -> None:
    frame = table([shapely.Point(0, 0), None, shapely.Point()], residents=[1, 2, 4])
    checked, notices = check(frame, DEMAND)
    assert checked["residents"].sum() == 7
    assert checked.geometry.isna().tolist() == [False, True, True]
    notice = notices["geometry-missing"]
    assert (notice.count, notice.severity, notice.sample_ids) == (2, "warning", ("1", "2"))
    assert notice.layer == "clinics"


def test_facilities_without_a_place_go_with_a_notice() -> None:
    frame = table([None, shapely.Point(0, 0)], kind=["clinic", "clinic"])
    checked, notices = check(frame, SUPPLY)
    assert checked["id"].tolist() == ["1"]
    assert checked.index.tolist() == [0]
    assert notices["geometry-missing"].count == 1


def test_no_geometry_at_all_is_an_error() -> None:
    assert "no row has a geometry" in fault(table([None, None]), DEMAND).problem


def test_bowtie_is_repaired_to_its_two_triangles() -> None:
    checked, notices = check(table([BOWTIE, SQUARE], name=["a", "b"]), ZONES)
    assert checked.geometry.is_valid.all()
    assert checked.area.tolist() == pytest.approx([2, 4])
    assert notices["geometry-repaired"].sample_ids == ("0",)


def test_parts_that_overlap_are_joined_not_holed() -> None:
    # Two 2 x 2 squares that share 1 x 1: together 4 + 4 - 1.
    overlap = shapely.multipolygons([shapely.box(0, 0, 2, 2), shapely.box(1, 1, 3, 3)])
    checked, notices = check(table([overlap], name=["a"]), ZONES)
    assert checked.area.item() == pytest.approx(7)
    assert notices["geometry-repaired"].count == 1


@pytest.mark.parametrize(
    "wkt", ["POLYGON ((0 0, 1 1, 2 2, 0 0))", "LINESTRING (1 1, 1 1)", "POINT (nan 1)"]
)
def test_geometry_without_extent_is_an_error(wkt: str) -> None:
    error = fault(table([shapely.Point(0, 0), shapely.from_wkt(wkt)]), FEATURES)
    assert "beyond repair" in error.problem
    assert error.row == "1"


def test_wrong_kind_names_row_and_kind() -> None:
    error = fault(table([SQUARE, shapely.Point(0, 0)], name=["a", "b"]), ZONES)
    assert error.row == "1"
    assert "is a Point, not a polygon" in error.problem


def test_collection_gives_its_parts_of_the_right_kind() -> None:
    nested = shapely.from_wkt(
        "GEOMETRYCOLLECTION (POINT (9 9), GEOMETRYCOLLECTION ("
        "POLYGON ((0 0, 1 0, 1 1, 0 0)), MULTIPOLYGON (((5 5, 6 5, 6 6, 5 5)))))"
    )
    checked, notices = check(table([nested], name=["a"]), ZONES)
    assert checked.geometry.item().geom_type == "MultiPolygon"
    assert checked.area.item() == pytest.approx(1)
    assert notices["geometry-collection"].count == 1


def test_collection_without_such_parts_is_of_the_wrong_kind() -> None:
    shape = shapely.from_wkt("GEOMETRYCOLLECTION (POINT (9 9))")
    assert "GeometryCollection" in fault(table([shape], name=["a"]), ZONES).problem


def test_single_parts_become_simple_and_flat() -> None:
    shapes = [
        shapely.from_wkt("MULTIPOINT Z ((1 2 3))"),
        shapely.from_wkt("MULTILINESTRING ZM ((0 0 1 1, 1 1 1 1))"),
    ]
    checked, notices = check(table(shapes), FEATURES)
    assert [shape.wkt for shape in checked.geometry] == ["POINT (1 2)", "LINESTRING (0 0, 1 1)"]
    assert not notices


def test_one_row_of_several_points_is_refused() -> None:
    shape = shapely.multipoints([[0, 0], [1, 1]])
    assert "2 points" in fault(table([shape], kind=["clinic"]), SUPPLY).problem


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=lambda each: each.name)
def test_every_contract_begins_with_a_required_id(contract: Contract) -> None:
    assert (contract.columns[0].name, contract.columns[0].required) == ("id", True)


@given(st.lists(st.integers(-(2**53) + 1, 2**53 - 1), min_size=1))
def test_whole_numbers_keep_their_digits_as_floats(values: list[int]) -> None:
    floats = pd.Series([float(value) for value in values])
    assert to_text(floats).tolist() == [str(value) for value in values]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_numbers_come_back_from_their_text(values: list[float]) -> None:
    numbers, wrong = to_numbers(pd.Series([repr(value) for value in values], dtype=object))
    assert numbers.tolist() == values
    assert not wrong.any()


@pytest.mark.parametrize(
    "word", ["1_000", "0x10", "nan", "inf", "1e999", "12人", "1,2", "--1", "."]
)
def test_what_only_looks_like_a_number_is_none(word: str) -> None:
    numbers, wrong = to_numbers(pd.Series(["1", word]))
    assert wrong.tolist() == [False, True]
    assert numbers[0] == 1
