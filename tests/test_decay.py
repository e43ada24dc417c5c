"""Decay functions against their formulas at points worked out by hand, and what all share."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from urbangis.decay import (
    Exponential,
    Gaussian,
    GaussianToZero,
    InversePower,
    Linear,
    Step,
    Stepwise,
)
from urbangis.errors import StudyError
from urbangis.units import minutes

LUO_QI = Stepwise((minutes(10), minutes(20), minutes(30)), (1, 0.68, 0.22))

EVERY = st.one_of(
    st.builds(Step, st.floats(1, 1e4)),
    st.builds(Linear, st.floats(1, 1e4)),
    st.builds(Exponential, st.floats(1, 1e4)),
    st.builds(InversePower, st.floats(0.1, 5), st.floats(1, 1e4)),
    st.builds(Gaussian, st.floats(1, 1e4)),
    st.builds(GaussianToZero, st.floats(1, 1e4)),
    st.just(LUO_QI),
)


@pytest.mark.parametrize(
    ("decay", "cost", "weight"),
    [
        (Step(900), [0, 900, 900.001, 901], [1, 1, 0, 0]),
        (Linear(1000), [0, 250, 1000, 2000], [1, 0.75, 0, 0]),
        # e^-1 = 0.36787944, e^-3 = 0.04978707
        (Exponential(minutes(5)), [0, 300, 900], [1, 0.36787944, 0.04978707]),
        (InversePower(2, unit=60), [0, 30, 60, 120, 600], [1, 1, 1, 0.25, 0.01]),
        # e^-1/2 = 0.60653066, e^-2 = 0.13533528
        (Gaussian(600), [0, 600, 1200], [1, 0.60653066, 0.13533528]),
        # at half the cutoff: (e^-1/8 - e^-1/2) / (1 - e^-1/2) = 0.27596624 / 0.39346934
        (GaussianToZero(1800), [0, 900, 1800, 3600], [1, 0.70136656, 0, 0]),
        (LUO_QI, [0, 600, 601, 1200, 1201, 1800, 1801], [1, 1, 0.68, 0.68, 0.22, 0.22, 0]),
    ],
)
def test_values_by_hand(decay, cost, weight) -> None:
    np.testing.assert_allclose(decay(np.array(cost, float)), weight, rtol=1e-7, atol=1e-15)


def test_the_weights_of_luo_and_qi_lie_on_one_bell() -> None:
    # Their zones of 10 minutes weigh 1, 0.68 and 0.22: exp(-t²/β) at 0, 10 and 20 minutes, for
    # which β = 100 / -ln 0.68 = 259 and 400 / -ln 0.22 = 264.
    bell = Gaussian(np.sqrt(262 / 2))
    np.testing.assert_allclose(bell(np.array([0.0, 10, 20])), LUO_QI.weights, atol=0.005)


def test_a_cutoff_forgives_the_last_bit_of_a_sum() -> None:
    assert sum([0.1] * 3) > 0.3
    assert Step(0.3)(np.array([sum([0.1] * 3)])) == 1
    assert Stepwise((0.3,), (0.5,))(np.array([sum([0.1] * 3)])) == 0.5


@given(decay=EVERY, cost=st.lists(st.floats(0, 1e5), min_size=1, max_size=20))
def test_weights_are_shares_that_never_rise_and_keep_the_shape(decay, cost) -> None:
    rising = np.sort(cost)
    weight = decay(rising)
    assert ((weight >= 0) & (weight <= 1)).all()
    assert (np.diff(weight) <= 0).all()
    assert decay(np.zeros(1)) == 1
    assert decay(rising.reshape(1, -1)).shape == (1, rising.size)


@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf")])
@pytest.mark.parametrize(
    "kind",
    [Step, Linear, Exponential, Gaussian, GaussianToZero, lambda v: InversePower(v, 60)],
)
def test_a_parameter_that_makes_no_sense_is_refused(kind, value) -> None:
    with pytest.raises(StudyError, match="of decay is"):
        kind(value)


@pytest.mark.parametrize(
    ("bounds", "weights", "problem"),
    [
        ((), (), "0 bounds"),
        ((600, 1200), (1,), "2 bounds and 1 weights"),
        ((1200, 600), (1, 0.5), "do not rise"),
        ((0, 600), (1, 0.5), "do not rise"),
        ((600, float("nan")), (1, 0.5), "do not rise"),
        ((600, 1200), (0.5, 1), "do not fall"),
        ((600,), (2,), "do not fall"),
        ((600,), (-1,), "do not fall"),
        ((600,), (float("nan"),), "do not fall"),
    ],
)
def test_zones_that_make_no_sense_are_refused(bounds, weights, problem) -> None:
    with pytest.raises(StudyError, match=problem):
        Stepwise(bounds, weights)
