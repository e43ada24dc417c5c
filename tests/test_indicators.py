"""Targets held against figures: groups apart from the whole, and nothing left out in silence."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import box

from small_study import small_layers, small_result, small_study
from urbangis.catalog import Target, load_catalogue
from urbangis.errors import TableError
from urbangis.indicators import (
    OBSERVED,
    areas_of,
    clause_status,
    evaluate,
    observe_coverage,
    observe_figures,
    observe_reported,
    observe_shares,
    pooled,
)
from urbangis.measures.shares import share_of_units
from urbangis.notices import Text
from urbangis.study import Level

SHARE = {
    "id": "T-1", "clause": "1", "quote": "全省一半以上", "kind": "share",
    "name": {"zh": "通车率", "en": "Served towns"}, "unit": {"zh": "%", "en": "%"},
    "measure": "share", "level": "layers", "needs": {"zh": "公交线路", "en": "bus routes"},
    "scope": {"zh": "全省", "en": "Whole province"}, "year": 2015,
}  # fmt: skip


LIST = Text(zh="填报表", en="a list")


def target(**more: object) -> Target:
    return Target.model_validate(SHARE | more)


def goal(value: float, **more: object) -> dict[str, object]:
    return {"value": value, "origin": "document"} | more


def level(name: str, members: dict[str, str]) -> Level:
    ids = sorted(members)
    zones = gpd.GeoDataFrame(
        {"id": ids, "name": ids, "name_en": [one.upper() for one in ids]},
        geometry=[box(0, 0, 1, 1)] * len(ids),
        crs="EPSG:4549",
    )
    pairs = [(zone, member) for zone in ids for member in members[zone]]
    return Level(
        name, Text(zh=name, en=name), zones,
        pd.DataFrame(pairs, columns=["zone_id", "member_id"]), partition=True,
    )  # fmt: skip


# Six counties in three cities.
LEVELS = (
    level("county", {one: one for one in "abcdef"}),
    level("city", {"x": "ab", "y": "cd", "z": "ef"}),
)


def units(served: dict[str, list[float]], year: int = 2015) -> pd.DataFrame:
    rows = [
        (f"{county}{number}", county, value, year)
        for county, values in served.items()
        for number, value in enumerate(values)
    ]
    return pd.DataFrame(rows, columns=["unit_id", "zone_id", "value", "year"])


def held(one: Target, table: pd.DataFrame) -> pd.DataFrame:
    areas = areas_of(LEVELS, [one])
    seen = observe_shares(one.id, share_of_units(table, areas), source=LIST)
    return evaluate([one], pooled([seen]), areas, silent={})


def test_the_groups_and_the_whole_are_tested_apart() -> None:
    # City x: 4 of 4 served, asked 100 %; y and z: 1 of 4 and 2 of 4, asked 60 % together: 3 of 8.
    # The whole, 7 of 12, passes its 50 % although a group fails.
    one = target(
        goals=[
            goal(50),
            goal(100, zones=["x"], scope={"zh": "甲", "en": "First"}),
            goal(60, zones=["y", "z"], scope={"zh": "乙", "en": "Second"}),
        ]
    )
    rows = held(one, units({"a": [1, 1], "b": [1, 1], "c": [1, 0], "d": [0, 0], "e": [1, 1, 0, 0]}))
    asked = rows[rows["operator"] != ""]
    assert asked["scope"].tolist() == ["全省", "甲", "乙"]
    assert asked["served"].tolist() == [7, 4, 3]
    assert asked["total"].tolist() == [12, 4, 8]
    assert asked["figure"].tolist() == pytest.approx([700 / 12, 100, 37.5])
    assert asked["gap"].tolist() == pytest.approx([700 / 12 - 50, 0, -22.5])
    assert asked["status"].tolist() == ["met", "met", "not met"]
    assert asked["met"].tolist() == [True, True, False]
    assert clause_status(rows) == "not met"
    zones = rows[rows["level"] == "city"].set_index("zone_id")
    assert zones["figure"].to_dict() == {"x": 100, "y": 25, "z": 50}
    assert set(zones["status"]) == {"no target"}
    assert zones["met"].isna().all()


def test_a_group_shows_its_own_zones_only() -> None:
    one = target(zones=["x", "y"], goals=[goal(50)])
    rows = held(one, units({"a": [1], "c": [0], "e": [1]}))
    assert rows.iloc[0]["figure"] == 50
    assert rows[rows["level"] == "city"]["zone_id"].tolist() == ["x", "y"]


def test_a_goal_is_met_exactly_at_its_number() -> None:
    rows = held(target(goals=[goal(60)]), units({"a": [1, 1, 1, 0, 0]}))
    assert rows.iloc[0]["met"]
    rows = held(target(goals=[goal(60)]), units({"a": [1] * 59 + [0] * 41}))
    assert not rows.iloc[0]["met"]


@pytest.mark.parametrize(
    ("served", "status"),
    [
        ([1, 1, 1, np.nan], "met"),  # at least 3 of 4, whatever the last is
        ([0, 0, 0, np.nan], "not met"),  # at most 1 of 4
        ([1, 0, 0, np.nan], "not judged"),  # 1 or 2 of 4
        ([np.nan] * 4, "no data"),
    ],
)
def test_units_of_which_nothing_is_known_may_leave_it_open(
    served: list[float], status: str
) -> None:
    row = held(target(goals=[goal(50)]), units({"a": served})).iloc[0]
    assert row["status"] == status
    assert bool(row["reason"]) == (status in ("not judged", "no data"))


def test_nothing_may_be_asked_that_may_not_grow() -> None:
    one = target(measure="figure", unit={"zh": "处", "en": ""}, goals=[goal(0, operator="at_most")])
    areas = areas_of(LEVELS, [one])
    for count, status in ((0.0, "met"), (1.0, "not met")):
        figures = pd.DataFrame({"level": ["study"], "zone_id": ["study"], "figure": [count]})
        seen = pooled([observe_figures("T-1", figures, year=2020, source=LIST)])
        assert evaluate([one], seen, areas, silent={}).iloc[0]["status"] == status


def test_about_ten_is_not_judged() -> None:
    rows = held(target(goals=[goal(10, operator="about")]), units({"a": [1, 0]}))
    assert rows.iloc[0]["status"] == "not judged"
    assert "approximate" in rows.iloc[0]["reason_en"]


def test_a_clause_without_data_has_its_row_and_its_reason() -> None:
    clauses = [
        target(id="T-1", goals=[goal(50)]),
        target(id="T-2", level="reported", measure="figure"),
        target(id="T-3", zones=["x", "nowhere"], goals=[goal(50)]),
        target(id="T-4"),
    ]
    none = pd.DataFrame(columns=OBSERVED)
    told = {"T-4": Text(zh="表是空的", en="The table is empty")}
    rows = evaluate(clauses, none, areas_of(LEVELS, clauses), silent=told)
    assert rows["target_id"].tolist() == ["T-1", "T-2", "T-3", "T-4"]
    assert rows["status"].tolist() == ["no data", "reported", "no data", "no data"]
    assert rows["reason"].tolist()[0] == "尚未接入数据，所需：公交线路"
    assert rows["reason_en"].tolist()[0] == "No data yet; it takes: bus routes"
    assert "does not hold all of this area" in rows["reason_en"].tolist()[2]
    assert rows["reason_en"].tolist()[3] == "The table is empty"
    assert rows["met"].isna().all()
    worked_out = evaluate([target(measure="figure")], none, areas_of(LEVELS, []), silent={})
    assert "worked out elsewhere and reported, from: bus routes" in worked_out.iloc[0]["reason_en"]


def test_every_clause_of_the_documents_gets_a_row() -> None:
    every = [one for policy in load_catalogue().policies.values() for one in policy.targets]
    rows = evaluate(every, pd.DataFrame(columns=OBSERVED), areas_of(LEVELS, every), silent={})
    assert rows["target_id"].drop_duplicates().tolist() == [one.id for one in every]
    assert len(rows) == sum(max(1, len(one.goals)) for one in every)
    assert set(rows["status"]) == {"no data", "reported"}
    assert (rows["reason"] != "").all()


def report(*rows: tuple[str, str, str, float, int]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["target_id", "zone", "item", "value", "year"])
    return table.assign(source="a bulletin")


def test_the_newest_year_counts_and_the_others_are_its_history() -> None:
    one = target(goals=[goal(50)])
    areas = areas_of(LEVELS, [one])
    told = report(
        ("T-1", "", "", 83.7, 2019), ("T-1", "", "", 100, 2020), ("T-1", "x", "", 22, 2011)
    )
    computed = share_of_units(units({"a": [1, 0]}, 2015), areas)
    seen = pooled(
        [observe_reported(told, {"T-1": one}, areas), observe_shares("T-1", computed, source=LIST)]
    )
    row = evaluate([one], seen, areas, silent={}).iloc[0]
    assert (row["figure"], row["year"], row["basis"]) == (100, 2020, "reported")
    whole = seen[seen["level"] == "study"]
    assert dict(zip(whole["year"], whole["figure"], strict=True)) == {
        2015: 50,
        2019: 83.7,
        2020: 100,
    }


def test_one_year_may_not_have_two_figures() -> None:
    one = target()
    areas = areas_of(LEVELS, [one])
    told = observe_reported(report(("T-1", "", "", 83.7, 2015)), {"T-1": one}, areas)
    computed = observe_shares("T-1", share_of_units(units({"a": [1]}), areas), source=LIST)
    with pytest.raises(TableError, match="T-1 has two figures for study in 2015"):
        pooled([told, computed])


def test_reported_items_and_groups() -> None:
    one = target(
        measure="figure",
        goals=[
            goal(2, item={"zh": "航道", "en": "Waterways"}),
            goal(40, zones=["y", "z"], scope={"zh": "乙", "en": "Second"}),
        ],
    )
    areas = areas_of(LEVELS, [one])
    table = report(("T-1", "", "Waterways", 3, 2015), ("T-1", "乙", "", 39, 2015))
    rows = evaluate([one], pooled([observe_reported(table, {"T-1": one}, areas)]), areas, silent={})
    assert rows["item"].tolist() == ["航道", ""]
    assert rows["status"].tolist() == ["met", "not met"]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (("T-9", "", "", 1, 2015), 'row 1: names the target "T-9"'),
        (("T-1", "nowhere", "", 1, 2015), 'row 1: names the zone "nowhere"'),
        (("T-1", "", "桥", 1, 2015), 'row 1: names the item "桥"'),
    ],
)
def test_what_a_report_may_not_name(row: tuple[str, str, str, float, int], told: str) -> None:
    one = target()
    with pytest.raises(TableError, match=told):
        observe_reported(report(row), {"T-1": one}, areas_of(LEVELS, [one]))


def test_a_service_circle_is_an_indicator() -> None:
    study = small_study()
    coverage = small_result(study, small_layers(study)).coverage
    one = target(measure="coverage", goals=[goal(27)])
    areas = areas_of(study.levels, [one])
    seen = observe_coverage("T-1", coverage, areas, denominator="residents", year=2024, source=LIST)
    rows = evaluate([one], pooled([seen]), areas, silent={})
    # Three of six towns have a facility, which covers 500 of 900: 1,500 of 5,400 people.
    assert rows.iloc[0]["figure"] == pytest.approx(100 * 1500 / 5400)
    assert rows.iloc[0]["met"]
    towns = rows[rows["level"] == "town"]["figure"].tolist()
    assert towns == pytest.approx([500 / 9, 500 / 9, 0, 0, 500 / 9, 0])
    counties = rows[rows["level"] == "county"]["figure"].to_numpy()
    assert counties.mean() == pytest.approx(100 * 1500 / 5400)
    with pytest.raises(TableError, match="does not count residential_m2"):
        observe_coverage(
            "T-1", coverage, areas, denominator="residential_m2", year=2024, source=LIST
        )
