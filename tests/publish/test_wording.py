"""Numbers as readers see them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from urbangis.catalog import Standard, load_catalogue
from urbangis.notices import Text
from urbangis.publish.wording import amount, model, percent


@pytest.mark.parametrize(
    ("rate", "target", "text"),
    [
        (0.0, None, "0.0%"),
        (0.27777, None, "27.8%"),
        (1.0, None, "100.0%"),
        (0.99999, None, "99.9%"),  # not everyone
        (0.8499, 0.85, "84.9%"),  # rounded to 85.0 % it would look as if the target were met
        (0.85, 0.85, "85.0%"),
        (0.8503, 0.85, "85.0%"),
        (math.nan, 0.85, "—"),
    ],
)
def test_percent(rate: float, target: float | None, text: str) -> None:
    assert percent(rate, target) == text


@given(st.floats(0, 1), st.integers(1, 1000))
def test_a_rate_below_its_target_never_reads_as_the_target(rate: float, tenths: int) -> None:
    target = tenths / 1000
    shown = float(percent(rate, target).removesuffix("%"))
    assert abs(shown - 100 * rate) <= 0.1 + 1e-9
    if rate < target:
        assert shown < 100 * target - 1e-9


def test_large_counts_are_read_in_wan() -> None:
    people = Text(zh="人", en="people")
    assert amount(14_065_432, people) == Text(zh="1,406.5 万人", en="14,065,432 people")
    assert amount(3_900, people) == Text(zh="3,900 人", en="3,900 people")
    assert amount(math.nan, people) == Text(zh="—", en="—")


@pytest.mark.parametrize(
    ("rule", "zh"),
    [
        (
            {"cutoff_min": 30, "speed_kmh": 40, "detour_factor": 1.3},
            "直线距离乘绕行系数 1.3，速度 40 km/h，30 分钟（含）以内",
        ),
        ({"cutoff_m": 500}, "直线距离 500 米（含）以内"),
        ({"cutoff_m": 500, "each_kind": True}, "直线距离 500 米（含）以内，各类设施均须可达"),
        (
            {
                "size_classes": [
                    {"min_area_m2": 0, "max_area_m2": 5000, "cutoff_m": 300},
                    {"min_area_m2": 5000, "cutoff_m": 500},
                ]
            },
            "直线距离，半径按设施规模取 300、500 米",
        ),
    ],
)
def test_model_in_one_sentence(rule: dict, zh: str) -> None:
    standard = Standard.model_validate(
        {
            "id": "x",
            "name": {"zh": "甲", "en": "A"},
            "facilities": ["clinic", "school"],
            "method": "straight_line",
            "denominators": ["residents"],
            "source": {"document": "甲", "clause": "1", "confidence": "low"},
        }
        | rule
    )
    assert model(standard, None).zh == zh


def test_model_of_a_network_states_speeds_and_access() -> None:
    catalogue = load_catalogue()
    said = model(catalogue.standard("jiangsu-health-15"), catalogue.mode("walk"))
    assert "15 分钟（含）以内" in said.zh
    assert "access legs counted at both ends (4 km/h, up to 500 m)" in said.en
