"""The clauses of the two policy documents: all there, in their own words, readings told apart."""

import csv
from collections import Counter
from pathlib import Path

import pytest
from pydantic import ValidationError

from urbangis.catalog import Goal, Policy, Target, load_catalogue

# How many clauses of each kind each document has, counted by hand when they were listed.
KINDS_2013 = {
    "coverage": 9, "share": 46, "connectivity": 2, "overlay": 31, "travel_time": 1,
    "length_count": 50, "siting": 7, "reported": 17,
}  # fmt: skip
KINDS_2024 = {
    "coverage": 4, "share": 16, "connectivity": 8, "overlay": 25, "travel_time": 3,
    "length_count": 13, "siting": 8, "reported": 8,
}  # fmt: skip
TABLES = Path(__file__).parents[2] / "data" / "targets"


@pytest.fixture(scope="module")
def policies() -> dict[str, Policy]:
    return dict(load_catalogue().policies)


@pytest.fixture(scope="module")
def targets(policies: dict[str, Policy]) -> dict[str, Target]:
    return {one.id: one for policy in policies.values() for one in policy.targets}


def test_no_clause_is_missing(policies: dict[str, Policy], targets: dict[str, Target]) -> None:
    assert [one.id for one in policies["jiangsu-2013"].targets] == [
        f"T13-{number:03}" for number in range(1, 164)
    ]
    assert [one.id for one in policies["jiangsu-2024"].targets] == [
        f"T24-{number:03}" for number in range(1, 86)
    ]
    assert len(targets) == 248


def test_the_kinds_add_up(policies: dict[str, Policy], targets: dict[str, Target]) -> None:
    for name, kinds in (("jiangsu-2013", KINDS_2013), ("jiangsu-2024", KINDS_2024)):
        assert Counter(one.kind for one in policies[name].targets) == kinds
    levels = Counter(one.level for one in targets.values())
    assert levels == {"layers": 152, "register": 71, "reported": 25}


def test_each_clause_is_quoted_and_named_in_both_languages(targets: dict[str, Target]) -> None:
    for one in targets.values():
        assert len(one.quote.strip()) >= 5, one.id
        assert one.clause.strip(), one.id
        assert one.name.zh.strip(), one.id
        assert one.name.en.strip(), one.id
        assert not _chinese(one.name.en), one.id
        for text in (one.needs, one.scope, one.unit):
            assert not _chinese(text.en), one.id
        assert one.needs.zh, one.id
        assert one.needs.en, one.id
    # The same words may be quoted for two indicators of one clause, but never in two clauses.
    places = Counter(one.quote for one in targets.values())
    assert max(places.values()) == 1


def _chinese(text: str) -> bool:
    return any("\u4e00" <= sign <= "\u9fff" for sign in text)


def test_every_number_says_whose_it_is(targets: dict[str, Target]) -> None:
    goals = [(one, goal) for one in targets.values() for goal in one.goals]
    assert {goal.origin for _, goal in goals} == {"document", "reading"}
    for one, goal in goals:
        # A number that is no whole 100 or 0 and comes from the document stands in the quote.
        if goal.origin == "document" and goal.value not in (0, 1, 100, 100 / 3, 10, 33.3333):
            assert _stands_in(goal.value, one.quote), (one.id, goal.value)


def _stands_in(value: float, quote: str) -> bool:
    """Whether a number stands in a text, in digits or with 万 or as 四次 a year."""
    written = {f"{value:g}", f"{value:.0f}", f"{value / 10_000:g}万"}
    return (
        any(one in quote for one in written)
        or (value == 4 and "每季度" in quote)
        or (value in (2, 3) and "两航三闸" in quote)
    )


def test_the_goals_of_village_buses_differ_by_group(targets: dict[str, Target]) -> None:
    groups = {name: targets[f"T13-{name}"] for name in ("104", "105", "106")}
    assert {name: one.goals[0].value for name, one in groups.items()} == {
        "104": 100, "105": 60, "106": 35,
    }  # fmt: skip
    cities = [city for one in groups.values() for city in one.zones]
    assert len(cities) == len(set(cities)) == 13
    assert targets["T13-103"].goals[0].value == 50
    assert not targets["T13-103"].zones


def test_group_goals_inside_one_clause(targets: dict[str, Target]) -> None:
    goals = targets["T13-046"].goals
    assert [(goal.value, len(goal.zones)) for goal in goals] == [(100, 5), (40, 3), (40, 5)]
    assert len({zone for goal in goals for zone in goal.zones}) == 13


def test_rates_are_asked_in_percent(targets: dict[str, Target]) -> None:
    for one in targets.values():
        if one.measure in ("coverage", "share", "pairs"):
            assert one.unit.zh == "%", one.id
        for goal in one.goals:
            if (goal.unit or one.unit).zh == "%":
                assert 0 < goal.value <= 100, one.id


def test_two_targets_may_not_share_an_id(policies: dict[str, Policy]) -> None:
    policy = policies["jiangsu-2024"]
    with pytest.raises(ValidationError, match='"T24-001" stands twice'):
        Policy.model_validate(
            policy.model_dump() | {"targets": [policy.targets[0], policy.targets[0]]}
        )


def test_a_goal_says_where_it_comes_from() -> None:
    with pytest.raises(ValidationError, match="origin"):
        Goal.model_validate({"value": 5})


def test_the_tables_by_hand_speak_of_each_clause_once(targets: dict[str, Target]) -> None:
    with (TABLES / "indicators.csv").open(encoding="utf-8") as file:
        assert [row["id"] for row in csv.DictReader(file)] == list(targets)
