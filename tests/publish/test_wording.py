"""Numbers as readers see them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from urbangis.notices import Text
from urbangis.publish.wording import amount, percent


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
