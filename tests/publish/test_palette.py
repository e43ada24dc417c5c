"""Classes of rates: the target is a limit, and the verdict rules."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from urbangis.notices import Text
from urbangis.publish.maps.palette import (
    amount_breaks,
    amount_class,
    amount_classes,
    rate_breaks,
    rate_class,
    rate_classes,
    ring_classes,
)


@pytest.mark.parametrize("target", [0.05, 0.3, 0.5, 0.85, 0.9, 1.0])
def test_the_target_is_one_of_four_ascending_limits(target: float) -> None:
    breaks = rate_breaks(target)
    assert target in breaks
    assert list(breaks) == sorted(set(breaks))
    assert len(breaks) == 4
    assert breaks[0] > 0
    assert breaks[-1] <= 1


def test_legend_names_the_limits_and_says_where_the_target_is_met() -> None:
    labels = [(one.label.zh, one.met) for one in rate_classes(0.85)]
    assert labels == [
        ("<55%", False),
        ("55–70%", False),
        ("70–85%", False),
        ("85–92.5%", True),
        ("≥92.5%", True),
    ]
    assert not any(one.met for one in rate_classes(None))


@given(st.lists(st.floats(0, 1), min_size=1), st.sampled_from([0.3, 0.5, 0.85, 1.0]))
def test_a_zone_has_a_met_colour_exactly_when_it_meets_the_target(
    rates: list[float], target: float
) -> None:
    rate = pd.Series(rates)
    met = rate >= target
    number = rate_class(rate, met, target)
    said = [one.met for one in rate_classes(target)]
    assert [said[place] for place in number] == met.tolist()


def test_no_rate_is_no_class() -> None:
    number = rate_class(pd.Series([np.nan, 0.0]), pd.Series([None, False]), 0.5)
    assert number.tolist() == [-1, 0]


def test_bands_turn_from_blue_to_orange_at_the_cutoff() -> None:
    classes = ring_classes([5.0, 10.0, 15.0, 20.0], 15)
    assert [one.label.en for one in classes] == ["0–5 min", "5–10 min", "10–15 min", "15–20 min"]
    blue = [int(one.color[5:], 16) > int(one.color[1:3], 16) for one in classes]
    assert blue == [True, True, True, False]


def test_amounts_have_round_limits_and_the_more_the_darker() -> None:
    amounts = pd.Series([0.0, 40.0, 130.0, 260.0, 390.0, 700.0, 980.0, np.nan])
    breaks = amount_breaks(amounts)
    assert list(breaks) == sorted(set(breaks))
    assert all(limit == float(f"{limit:.0e}") for limit in breaks)  # one digit each
    numbers = amount_class(amounts, breaks)
    assert numbers.iloc[-1] == -1
    assert numbers.iloc[0] == 0
    for amount, number in zip(amounts[:-1], numbers[:-1], strict=True):
        assert number == sum(amount >= limit for limit in breaks)
    classes = amount_classes(breaks, Text(zh="人", en="people"))
    assert len(classes) == len(breaks) + 1
    assert classes[-1].label.zh == f"≥{breaks[-1]:,.0f} 人"
    light = [sum(int(one.color[at : at + 2], 16) for at in (1, 3, 5)) for one in classes]
    assert light == sorted(light, reverse=True)


def test_nobody_left_out_is_one_class() -> None:
    assert amount_breaks(pd.Series([0.0, 0.0])) == ()
    assert len(amount_classes((), Text(zh="人", en="people"))) == 1
