"""Shares of units and of pairs, counts and lengths, on worlds worked out by hand."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Point, box

from urbangis.errors import TableError
from urbangis.measures.shares import (
    count_by_area,
    length_by_area,
    pairs_joined_by,
    pairs_linked,
    share_of_units,
)

# Four zones of 1 km in a row, a b c d; west is a and b, east is c and d, the middle b and c.
ZONES = gpd.GeoDataFrame(
    {"id": list("abcd")},
    geometry=[box(1000 * i, 0, 1000 * (i + 1), 1000) for i in range(4)],
    crs="EPSG:4549",
)
AREAS = pd.DataFrame(
    [("side", "west", "a"), ("side", "west", "b"), ("side", "east", "c"), ("side", "east", "d"),
     ("group", "middle", "b"), ("group", "middle", "c")],
    columns=["level", "zone_id", "member_id"],
)  # fmt: skip


def units(zones: str, values: list[float], year: int = 2020) -> pd.DataFrame:
    names = [f"u{i}" for i in range(len(values))]
    zone_id = [None if zone == "-" else zone for zone in zones]
    return pd.DataFrame({"unit_id": names, "zone_id": zone_id, "value": values, "year": year})


def at(table: pd.DataFrame, zone: str) -> pd.Series:
    rows = table[table["zone_id"] == zone]
    assert len(rows) == 1
    return rows.iloc[0]


def test_shares_of_each_area_and_of_the_whole() -> None:
    # a: 1 of 2, b: 1 of 1, c: 0 of 1, d: 1 of 2, and one unit that lies nowhere and is served.
    table = share_of_units(units("aabcdd-", [1, 0, 1, 0, 1, 0, 1]), AREAS)
    assert (at(table, "west")["served"], at(table, "west")["total"]) == (2, 3)
    assert at(table, "west")["share"] == pytest.approx(2 / 3)
    assert at(table, "east")["share"] == pytest.approx(1 / 3)
    assert at(table, "middle")["share"] == pytest.approx(1 / 2)
    assert (at(table, "study")["served"], at(table, "study")["total"]) == (4, 7)
    assert table["unknown"].sum() == 0


def test_708_towns_that_just_meet_the_goals_of_their_groups_make_53_percent() -> None:
    # 110 towns ask for 100 %, 222 for 60 % and 376 for 35 %: 110 + 134 + 132 towns are the fewest
    # that do. The exact shares would be 110 + 133.2 + 131.6 = 374.8 of 708, 52.9 %.
    groups = {"a": (110, 110), "b": (222, 134), "c": (376, 132)}
    rows = [
        (f"{zone}{i}", zone, float(i < served), 2015)
        for zone, (total, served) in groups.items()
        for i in range(total)
    ]
    towns = pd.DataFrame(rows, columns=["unit_id", "zone_id", "value", "year"])
    areas = pd.DataFrame(
        [("group", zone, zone) for zone in groups], columns=["level", "zone_id", "member_id"]
    )
    table = share_of_units(towns, areas)
    assert at(table, "a")["share"] == 1
    assert at(table, "b")["share"] >= 0.60 > (134 - 1) / 222
    assert at(table, "c")["share"] >= 0.35 > (132 - 1) / 376
    whole = at(table, "study")
    assert whole["total"] == 708
    assert whole["share"] == pytest.approx(376 / 708)
    # With the exact shares of the groups, as parts of a town, it is the 52.9 % of the plan.
    exact = towns.assign(value=towns["zone_id"].map({"a": 1.0, "b": 0.6, "c": 0.35}))
    assert at(share_of_units(exact, areas), "study")["share"] == pytest.approx(374.8 / 708)
    assert round(374.8 / 708, 3) == 0.529


def test_what_is_not_known_stays_in_the_total_and_widens_the_range() -> None:
    whole = at(share_of_units(units("aaaa", [1, np.nan, 0, np.nan]), AREAS), "study")
    assert (whole["served"], whole["total"], whole["unknown"]) == (1, 4, 2)
    assert (whole["share"], whole["share_high"]) == (0.25, 0.75)


def test_years_are_kept_apart() -> None:
    both = pd.concat([units("ab", [0, 0], 2019), units("ab", [1, 0], 2021)])
    whole = share_of_units(both, AREAS)
    whole = whole[whole["level"] == "study"].set_index("year")["share"]
    assert whole.to_dict() == {2019: 0.0, 2021: 0.5}


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.booleans()), min_size=1, max_size=40))
def test_the_areas_of_a_partition_make_up_the_whole(rows: list[tuple[str, bool]]) -> None:
    table = share_of_units(
        units("".join(zone for zone, _ in rows), [float(yes) for _, yes in rows]), AREAS
    )
    sides = table[table["level"] == "side"]
    for column in ("served", "total", "unknown"):
        assert sides[column].sum() == at(table, "study")[column]


@pytest.mark.parametrize("value", [-1.0, 2.0, 85.0])
def test_a_value_that_is_no_yes_or_no_is_refused(value: float) -> None:
    with pytest.raises(TableError, match="row u1: holds the value"):
        share_of_units(units("ab", [1, value]), AREAS)


def test_a_unit_may_not_stand_twice_in_a_year() -> None:
    twice = units("ab", [1, 0]).assign(unit_id="u0")
    with pytest.raises(TableError, match="row u0: stands twice"):
        share_of_units(twice, AREAS)


def pairs(values: list[float]) -> pd.DataFrame:
    return pd.DataFrame(
        {"a_id": ["a", "c", "c"], "b_id": ["b", "b", "d"], "value": values, "year": 2024}
    )


def test_a_pair_counts_in_the_area_of_either_end() -> None:
    # a-b is linked, b-c is not, c-d is: west sees a-b and b-c, east b-c and c-d, middle all three.
    table = pairs_linked(pairs([1, 0, 1]), AREAS)
    assert (at(table, "west")["served"], at(table, "west")["total"]) == (1, 2)
    assert (at(table, "east")["served"], at(table, "east")["total"]) == (1, 2)
    assert (at(table, "middle")["served"], at(table, "middle")["total"]) == (2, 3)
    assert (at(table, "study")["served"], at(table, "study")["total"]) == (2, 3)


def test_a_pair_may_not_stand_twice_in_either_order() -> None:
    twice = pairs([1, 0, 1]).assign(a_id=["a", "b", "c"], b_id=["b", "a", "d"])
    with pytest.raises(TableError, match="row a – b: stands twice"):
        pairs_linked(twice, AREAS)


def test_a_line_joins_the_zones_that_it_runs_in() -> None:
    lines = gpd.GeoDataFrame(
        {"id": ["short", "long"]},
        geometry=[LineString([(100, 500), (1900, 500)]), LineString([(2100, 9), (2900, 9)])],
        crs=ZONES.crs,
    )
    assert pairs_joined_by(pairs([0, 0, 0]), lines, ZONES).tolist() == [1, 0, 0]
    strange = pairs([0, 0, 0]).assign(a_id="x")
    with pytest.raises(TableError, match='names the zone "x"'):
        pairs_joined_by(strange, lines, ZONES)


def test_counts_and_lengths_by_area() -> None:
    lines = gpd.GeoDataFrame(
        {"id": ["across", "inside", "away"]},
        geometry=[
            LineString([(500, 500), (2500, 500)]),  # 500 m in a, 1000 in b, 500 in c
            LineString([(3100, 100), (3100, 900)]),  # 800 m in d
            LineString([(0, 9000), (4000, 9000)]),  # outside
        ],
        crs=ZONES.crs,
    )
    counts = count_by_area(lines, ZONES, AREAS)
    assert {zone: at(counts, zone)["figure"] for zone in ("west", "east", "middle", "study")} == {
        "west": 1, "east": 2, "middle": 1, "study": 2,
    }  # fmt: skip
    km = length_by_area(lines, ZONES, AREAS)
    assert at(km, "west")["figure"] == pytest.approx(1.5)
    assert at(km, "east")["figure"] == pytest.approx(1.3)
    assert at(km, "middle")["figure"] == pytest.approx(1.5)
    assert at(km, "study")["figure"] == pytest.approx(2.8)


def test_an_area_where_nothing_lies_counts_0() -> None:
    points = gpd.GeoDataFrame({"id": ["p"]}, geometry=[Point(3500, 500)], crs=ZONES.crs)
    counts = count_by_area(points, ZONES, AREAS)
    assert at(counts, "west")["figure"] == 0
    assert at(counts, "study")["figure"] == 1
