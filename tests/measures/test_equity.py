"""Inequality: by hand, against everyone standing in a row, and the axioms it must keep."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from urbangis.errors import StudyError, TableError
from urbangis.measures.equity import (
    concentration_index,
    gini,
    palma,
    percentile_gap,
    theil,
    theil_by_group,
    weighted_quantile,
)

CLOSE = {"rel": 1e-9, "abs": 1e-12}


def table(*rows) -> list[pd.Series]:
    """Columns from rows, on an index that is not row numbers."""
    return [
        pd.Series(column, [f"p{i}" for i in range(len(rows))], name=f"c{n}")
        for n, column in enumerate(zip(*rows, strict=True))
    ]


def test_weighted_quantile_by_hand() -> None:
    # In a row: 1 1 1 1 3 3 3 3 3 8
    values, people = table((3.0, 5), (8.0, 1), (1.0, 4))
    expected = {0.1: 1, 0.4: 1, 0.41: 3, 0.9: 3, 0.91: 8, 1.0: 8, 0.0: 1}
    assert {p: weighted_quantile(values, people, p) for p in expected} == expected


def test_percentile_gap_by_hand() -> None:
    values, people = table((2.0, 10), (4.0, 70), (9.0, 10), (50.0, 10))
    assert percentile_gap(values, people) == 4.5
    nothing, _ = table((0.0, 10), (4.0, 70), (9.0, 10), (50.0, 10))
    assert percentile_gap(nothing, people) == math.inf
    assert math.isnan(percentile_gap(*table((0.0, 19), (1.0, 1))))


def test_palma_by_hand() -> None:
    # Poorest 40 of 100: 30 with 2 and 10 with 6, mean 3. Richest 10: mean 12.
    values, people, income = table((2.0, 30, 1), (6, 10, 2), (100, 50, 3), (10, 6, 5), (15, 4, 4))
    assert palma(values, people, ranked_by=income) == pytest.approx(4)


def test_palma_needs_a_richest_tenth() -> None:
    values, people, income = table((2.0, 80, 1), (6, 20, 2))
    with pytest.raises(TableError, match="more than a tenth of people share the highest rank"):
        palma(values, people, ranked_by=income)


def test_gini_by_hand() -> None:
    # One person in four has all: 3/4.
    assert gini(*table((0.0, 3), (8.0, 1))) == pytest.approx(0.75)
    # 1, 2, 3, 4: the differences sum to 2 (3x1 + 2x2 + 1x3) = 20; / (2 x 16 x 2.5) = 0.25.
    assert gini(*table((4.0, 1), (1, 1), (3, 1), (2, 1))) == pytest.approx(0.25)
    assert gini(*table((7.0, 1), (7.0, 300))) == 0


def test_concentration_index_by_hand() -> None:
    rich_has_all = table((0.0, 3, 1), (8.0, 1, 2))
    assert concentration_index(*rich_has_all[:2], ranked_by=rich_has_all[2]) == pytest.approx(0.75)
    assert concentration_index(*rich_has_all[:2], ranked_by=-rich_has_all[2]) == pytest.approx(
        -0.75
    )
    # Ranks 1/6, 1/2, 5/6 and values 3, 1, 2 (mean 2): 2/2 x 1/3 x (1 x -1/3 + 0 x 1/3) = -1/9.
    values, people, income = table((3.0, 10, 1), (1, 10, 2), (2, 10, 3))
    assert concentration_index(values, people, ranked_by=income) == pytest.approx(-1 / 9)
    # All of one rank: nothing goes with it.
    values, people, income = table((3.0, 10, 5), (1, 20, 5))
    assert concentration_index(values, people, ranked_by=income) == pytest.approx(0, abs=1e-15)


def test_theil_by_hand() -> None:
    assert theil(*table((0.0, 3), (8.0, 1))) == pytest.approx(math.log(4))
    # 1 and 3, mean 2: half of 0.5 ln 0.5 + 1.5 ln 1.5.
    assert theil(*table((1.0, 5), (3.0, 5))) == pytest.approx(
        (0.5 * math.log(0.5) + 1.5 * math.log(1.5)) / 2
    )


def test_theil_by_group_by_hand() -> None:
    # Group u: 1 and 3, as above. Group v: 6 each. Group w: nothing at all.
    values, people, groups = table((1.0, 5, "u"), (3, 5, "u"), (6, 10, "v"), (0, 20, "w"))
    parts = theil_by_group(values, people, groups)
    within_u = (0.5 * math.log(0.5) + 1.5 * math.log(1.5)) / 2
    assert parts.index.tolist() == ["u", "v", "w"]
    assert parts["people_share"].tolist() == [0.25, 0.25, 0.5]
    assert parts["value_share"].tolist() == [0.25, 0.75, 0]
    assert parts["between"].tolist() == pytest.approx([0, 0.75 * math.log(3), 0])
    assert parts["within"].tolist() == pytest.approx([0.25 * within_u, 0, 0])


def test_there_is_no_quantile_beyond_everyone() -> None:
    with pytest.raises(StudyError, match="share of 90 of people"):
        weighted_quantile(*table((1.0, 30)), 90)


def test_where_nobody_has_anything_there_is_no_inequality_to_tell() -> None:
    values, people, income = table(*((0.0, 5, rank) for rank in range(20)))
    assert math.isnan(gini(values, people))
    assert math.isnan(theil(values, people))
    assert math.isnan(concentration_index(values, people, ranked_by=income))
    assert math.isnan(palma(values, people, ranked_by=income))
    assert math.isnan(percentile_gap(values, people))
    assert theil_by_group(values, people, income)[["between", "within"]].isna().all(axis=None)


def test_the_poorest_with_nothing_make_palma_infinite() -> None:
    values, people, income = table(*((float(rank > 10), 5, rank) for rank in range(20)))
    assert palma(values, people, ranked_by=income) == math.inf


MEASURES = {
    "gini": lambda values, people, labels: gini(values, people),
    "theil": lambda values, people, labels: theil(values, people),
    "percentile_gap": lambda values, people, labels: percentile_gap(values, people),
    "palma": lambda values, people, labels: palma(values, people, ranked_by=labels),
    "concentration_index": lambda values, people, labels: concentration_index(
        values, people, ranked_by=labels
    ),
    "theil_by_group": theil_by_group,
}
LABELLED = ["palma", "concentration_index", "theil_by_group"]


@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.parametrize(
    ("column", "change", "problem"),
    [
        (0, {"p1": np.nan}, "c0.*row p1: 1 of 20 rows where people live have no value"),
        (0, {"p1": np.nan, "p3": np.nan}, "2 of 20 rows"),
        (0, {"p2": -1.0}, "c0.*row p2: 1 of 20 rows have a number that is negative or infinite"),
        (0, {"p2": np.inf}, "1 of 20 rows have a number that is negative or infinite"),
        (1, {"p0": np.nan}, "people.*row p0: 1 of 20 rows have no number"),
        (1, {"p0": -3.0}, "people.*1 of 20 rows have a number that is negative"),
        (1, {f"p{i}": 0.0 for i in range(20)}, "nobody lives in any of the 20 rows"),
    ],
)
def test_missing_is_an_error_and_never_a_zero(name, column, change, problem) -> None:
    columns = table(*((0.5, 5.0, float(rank)) for rank in range(20)))
    for row, value in change.items():
        columns[column][row] = value
    with pytest.raises(TableError, match=problem):
        MEASURES[name](*columns)


@pytest.mark.parametrize("name", LABELLED)
def test_a_missing_rank_or_group_is_an_error(name) -> None:
    values, people, labels = table(*((0.5, 5.0, float(rank)) for rank in range(20)))
    labels["p7"] = np.nan
    with pytest.raises(TableError, match=r"c2.*row p7: 1 of 20 rows where people live"):
        MEASURES[name](values, people, labels)
    people["p7"] = 0.0
    MEASURES[name](values, people, labels)


@pytest.mark.parametrize("name", MEASURES)
def test_columns_of_different_tables_are_refused(name) -> None:
    values, people, labels = table(*((0.5, 5.0, float(rank)) for rank in range(20)))
    with pytest.raises(TableError, match="other rows than people"):
        MEASURES[name](values.iloc[::-1], people, labels)


def test_a_column_without_a_name_is_called_a_column() -> None:
    with pytest.raises(TableError, match="'column', row 1: 1 of 2 rows"):
        gini(pd.Series([1.0, np.nan]), pd.Series([1.0, 1.0]))


VALUES = st.integers(0, 40).map(lambda n: n / 4)
PLACES = st.lists(
    st.tuples(VALUES, st.integers(0, 6), st.integers(0, 30), st.sampled_from("uvw")),
    min_size=1,
    max_size=15,
)


@st.composite
def cities(draw):
    """Columns of values (some above 0), people, ranks and groups."""
    rows = draw(PLACES)
    assume(any(value * people for value, people, *_ in rows))
    return table(*rows)


def one_row_each(values, people, *columns):
    """Everyone in a row of their own, weighing 1."""
    alone = [one.repeat(people).reset_index(drop=True) for one in (values, *columns)]
    return [alone[0], pd.Series(np.ones(len(alone[0]))), *alone[1:]]


@given(city=cities(), share=st.integers(0, 100).map(lambda n: n / 100))
def test_places_count_as_their_people_one_by_one(city, share) -> None:
    values, people, rank, groups = city
    alone, ones, alone_rank, alone_groups = one_row_each(*city)
    row = np.sort(alone)
    # The person at the place ⌈share x n⌉ of the row, in whole numbers.
    last = max(-(-round(share * 100) * len(row) // 100), 1) - 1
    assert weighted_quantile(values, people, share) == row[last]
    mean = row.mean()
    apart = np.abs(row[:, None] - row).mean()
    assert gini(values, people) == pytest.approx(apart / 2 / mean, **CLOSE)
    assert theil(values, people) == pytest.approx(
        np.mean([x / mean * math.log(x / mean) if x else 0 for x in row]), **CLOSE
    )
    assert concentration_index(values, people, ranked_by=rank) == pytest.approx(
        concentration_index(alone, ones, ranked_by=alone_rank), **CLOSE
    )
    pd.testing.assert_frame_equal(
        theil_by_group(values, people, groups),
        theil_by_group(alone, ones, alone_groups),
        check_names=False,
        rtol=1e-9,
        atol=1e-12,
    )


@given(city=cities(), money=st.sampled_from([0.3, 7.0]), crowd=st.sampled_from([3, 0.1]))
def test_neither_the_unit_nor_the_size_of_the_city_matters(city, money, crowd) -> None:
    values, people, rank, _ = city
    for name in ("gini", "theil", "concentration_index"):
        expected = pytest.approx(MEASURES[name](values, people, rank), **CLOSE)
        assert MEASURES[name](values * money, people * crowd, rank) == expected
    expected = pytest.approx(percentile_gap(values, people), nan_ok=True, **CLOSE)
    assert percentile_gap(values * money, people * crowd) == expected


@given(city=cities(), order=st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(city, order) -> None:
    rows = list(city[0].index)
    order.shuffle(rows)
    for name in ("gini", "theil", "concentration_index"):
        expected = pytest.approx(MEASURES[name](*city[:3]), **CLOSE)
        assert MEASURES[name](*(column[rows] for column in city[:3])) == expected


@given(city=cities())
def test_bounds(city) -> None:
    values, people, rank, _ = city
    number = people.sum()
    assert 0 <= gini(values, people) <= 1 - 1 / number + 1e-12
    assert 0 <= theil(values, people) <= math.log(number) + 1e-12
    assert abs(concentration_index(values, people, ranked_by=rank)) <= gini(values, people) + 1e-12


@given(city=cities())
def test_the_parts_of_theil_make_it_up(city) -> None:
    values, people, _, groups = city
    parts = theil_by_group(values, people, groups)
    assert parts[["between", "within"]].sum(axis=None) == pytest.approx(
        theil(values, people), **CLOSE
    )
    assert parts["between"].sum() >= -1e-12
    assert (parts["within"] >= -1e-12).all()


@given(
    values=st.lists(st.integers(0, 40), min_size=2, max_size=12),
    pick=st.randoms(use_true_random=False),
)
def test_giving_to_who_has_less_makes_it_more_even(values, pick) -> None:
    assume(max(values) - min(values) >= 2)
    poor, rich = min(values), max(values)
    gift = pick.randint(1, (rich - poor) // 2)
    evener = list(values)
    evener[values.index(poor)] += gift
    evener[values.index(rich)] -= gift
    ones = pd.Series(np.ones(len(values)))
    before, after = pd.Series(values, dtype=float), pd.Series(evener, dtype=float)
    assert gini(after, ones) < gini(before, ones)
    assert theil(after, ones) < theil(before, ones)
