"""Accessibility worked out by hand, against brute force on dense matrices, and against PySAL."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import worlds
from urbangis.decay import Exponential, GaussianToZero, Linear, Step, Stepwise
from urbangis.errors import TableError
from urbangis.measures.access import (
    cumulative_opportunities,
    enhanced_two_step_fca,
    gravity,
    three_step_fca,
    two_step_fca,
)
from urbangis.network.build import build_network
from urbangis.network.entrances import facility_entrances
from urbangis.network.snap import snap_points
from urbangis.travel.pairs import TravelPairs, travel_pairs

ZONES = Stepwise((10, 20), (1, 0.5))


def pairs(*rows: tuple[int, int, float]) -> TravelPairs:
    """Pairs from rows (facility, place, cost)."""
    facility, place, cost = zip(*rows, strict=True)
    return TravelPairs(
        np.array(facility, np.int32), np.array(place, np.int32), np.array(cost, float)
    )


# Two clinics with 6 and 10 beds; three villages. Village 1 is between them, village 3 reaches none.
BEDS = pd.Series([6.0, 10.0], index=["east", "west"])
PEOPLE = pd.Series([100.0, 200.0, 50.0, 7.0], index=["a", "b", "c", "far"])
COSTS = pairs((0, 0, 5), (0, 1, 10), (1, 1, 20), (1, 2, 8))


def test_cumulative_opportunities_by_hand() -> None:
    found = cumulative_opportunities(PEOPLE, BEDS, COSTS, cutoff=10)
    pd.testing.assert_series_equal(
        found, pd.Series([6.0, 6, 10, 0], PEOPLE.index), check_names=False
    )
    assert cumulative_opportunities(PEOPLE, BEDS, COSTS, cutoff=20)["b"] == 16


def test_gravity_by_hand() -> None:
    found = gravity(PEOPLE, BEDS, COSTS, decay=Linear(40))
    # East is worth 7/8 of 6 beds in a, 3/4 in b; west is worth half of 10 in b, 4/5 in c.
    assert found.tolist() == pytest.approx([5.25, 9.5, 8, 0])


def test_two_step_fca_by_hand() -> None:
    found = two_step_fca(PEOPLE, BEDS, COSTS, cutoff=20)
    # 6 beds for 100 + 200 people are 0.02 each, 10 for 200 + 50 are 0.04.
    assert found.tolist() == pytest.approx([0.02, 0.06, 0.04, 0])
    assert found.index.equals(PEOPLE.index)
    nearer = two_step_fca(PEOPLE, BEDS, COSTS, cutoff=10)
    assert nearer.tolist() == pytest.approx([0.02, 0.02, 0.2, 0])


def test_enhanced_two_step_fca_by_hand() -> None:
    found = enhanced_two_step_fca(PEOPLE, BEDS, COSTS, decay=ZONES)
    # East: 6 / (100 + 200) = 0.02. West: 10 / (200 x 0.5 + 50) = 1/15, of which b gets half.
    assert found.tolist() == pytest.approx([0.02, 0.02 + 1 / 30, 1 / 15, 0])


def test_three_step_fca_by_hand() -> None:
    found = three_step_fca(PEOPLE, BEDS, COSTS, decay=ZONES)
    # b weighs 1 east and 0.5 west, so it selects east with 2/3, west with 1/3.
    # East: 6 / (100 + 200 x 2/3) = 9/350. West: 10 / (200 x 1/3 x 0.5 + 50) = 0.12.
    # b: 9/350 x 2/3 + 0.12 x 1/3 x 0.5 = 0.0171428571 + 0.02
    assert found.tolist() == pytest.approx([9 / 350, 6 / 350 + 0.02, 0.12, 0])


def test_two_step_fca_of_luo_and_wang() -> None:
    """Their figure 3: one doctor in a, one in b, 1 person in each of 11 places, 30 minutes."""
    near_a, near_b = (0, 1, 2, 3, 5, 6, 8, 9), (3, 4, 7, 10)
    costs = pairs(
        *((0, place, 20.0 if place in near_a else 40.0) for place in range(11)),
        *((1, place, 20.0 if place in near_b else 40.0) for place in range(11)),
    )
    one_each, doctors = pd.Series(np.ones(11)), pd.Series(np.ones(2))
    found = two_step_fca(one_each, doctors, costs, cutoff=30)
    # Eight people share the doctor in a, four the one in b; place 3 is near both.
    by_place = dict.fromkeys(near_a, 1 / 8) | dict.fromkeys(near_b, 1 / 4) | {3: 3 / 8}
    assert found.to_dict() == by_place


@st.composite
def tables(draw):
    """Demand, supply, a matrix of costs (NaN: not reached)."""
    places, facilities = draw(st.integers(1, 8)), draw(st.integers(1, 6))
    number = st.integers(0, 50).map(lambda n: n / 4)
    people = draw(st.lists(number, min_size=places, max_size=places))
    beds = draw(st.lists(number, min_size=facilities, max_size=facilities))
    cost = st.one_of(st.just(float("nan")), st.floats(0, 60))
    size = places * facilities
    matrix = np.array(draw(st.lists(cost, min_size=size, max_size=size)))
    return pd.Series(people), pd.Series(beds), matrix.reshape(facilities, places)


def sparse(matrix) -> TravelPairs:
    facility, place = np.nonzero(~np.isnan(matrix))
    return TravelPairs(
        facility.astype(np.int32), place.astype(np.int32), matrix[facility, place].astype(float)
    )


def quotient(above, below):
    return above / below if below > 0 else 0.0


def fca_in_words(people, beds, weight):
    """Word for word: a ratio for each facility, then a sum for each place."""
    ratio = [
        quotient(beds[j], sum(people[k] * weight[j][k] for k in range(len(people))))
        for j in range(len(beds))
    ]
    return [sum(ratio[j] * weight[j][i] for j in range(len(beds))) for i in range(len(people))]


DECAYS = st.sampled_from([Step(30), Linear(45), Exponential(9), GaussianToZero(40), ZONES])


@given(world=tables(), decay=DECAYS)
def test_every_measure_equals_its_formula(world, decay) -> None:
    people, beds, matrix = world
    costs = sparse(matrix)
    weight = np.where(np.isnan(matrix), 0, decay(np.nan_to_num(matrix)))
    close = {"rel": 1e-12, "abs": 1e-300}
    assert gravity(people, beds, costs, decay=decay).tolist() == pytest.approx(
        [sum(beds[j] * weight[j][i] for j in range(len(beds))) for i in range(len(people))],
        **close,
    )
    assert enhanced_two_step_fca(people, beds, costs, decay=decay).tolist() == pytest.approx(
        fca_in_words(people, beds, weight), **close
    )
    chosen = [[quotient(w, weight[:, i].sum()) * w for i, w in enumerate(row)] for row in weight]
    assert three_step_fca(people, beds, costs, decay=decay).tolist() == pytest.approx(
        fca_in_words(people, beds, chosen), **close
    )


@given(world=tables(), decay=DECAYS)
def test_what_people_get_is_what_reached_facilities_have(world, decay) -> None:
    people, beds, matrix = world
    costs = sparse(matrix)
    asked = np.where(np.isnan(matrix), 0, decay(np.nan_to_num(matrix))) @ people.to_numpy()
    reached = beds[asked > 0].sum()
    for measure in (enhanced_two_step_fca, three_step_fca):
        found = measure(people, beds, costs, decay=decay)
        assert (found * people).sum() == pytest.approx(reached, rel=1e-12)


@given(world=tables(), decay=DECAYS, random=st.randoms(use_true_random=False))
def test_cutting_and_shuffling_changes_no_bit(world, decay, random) -> None:
    people, beds, matrix = world
    whole = sparse(matrix)
    order = list(range(whole.cost.size))
    random.shuffle(order)
    cuts = sorted({0, len(beds), *(random.randrange(len(beds)) for _ in range(2))})
    blocks = [
        TravelPairs(whole.facility[part], whole.place[part], whole.cost[part])
        for low, high in pairwise(cuts)
        for part in [np.array([n for n in order if low <= whole.facility[n] < high], int)]
    ]
    shuffled = random.sample(blocks, len(blocks))
    for measure in (gravity, enhanced_two_step_fca, three_step_fca):
        expected = measure(people, beds, whole, decay=decay).to_numpy().tobytes()
        assert measure(people, beds, shuffled, decay=decay).to_numpy().tobytes() == expected
    streamed = enhanced_two_step_fca(people, beds, iter(blocks), decay=decay)
    assert streamed.equals(enhanced_two_step_fca(people, beds, whole, decay=decay))


def test_far_people_still_share_what_a_facility_has() -> None:
    # exp(-700) = 1e-304: weights so small that a capacity over their sum would be infinite.
    costs = pairs((0, 0, 700), (0, 1, 700))
    found = enhanced_two_step_fca(
        pd.Series([1e-6, 3e-6]), pd.Series([8.0]), costs, decay=Exponential(1)
    )
    assert found.tolist() == pytest.approx([2e6, 2e6])


def test_a_facility_with_nobody_in_reach_gives_nothing() -> None:
    nobody = pd.Series([0.0, 10.0])
    found = two_step_fca(nobody, pd.Series([5.0, 5.0]), pairs((0, 0, 1), (1, 1, 1)), cutoff=9)
    assert found.tolist() == [0, 0.5]


def test_a_place_where_nobody_lives_still_has_accessibility() -> None:
    found = two_step_fca(
        pd.Series([0.0, 10.0]), pd.Series([5.0]), pairs((0, 0, 1), (0, 1, 1)), cutoff=9
    )
    assert found.tolist() == [0.5, 0.5]


def test_from_streets_to_accessibility_in_a_stream() -> None:
    # A street of 1 m/s: homes at 0, 100 and 300 m, clinics at 100 and 250 m.
    network, _ = build_network(worlds.streets([(0, 0), (400, 0)]), worlds.mode())
    homes = worlds.demand((0, 0), (100, 0), (300, 0), residents=[10, 20, 30])
    clinics = worlds.supply((100, 0), (250, 0))
    snaps = snap_points(network, homes.geometry.to_numpy())
    entrances, _ = facility_entrances(network, clinics)
    stream = travel_pairs(network, snaps, entrances, limit_s=150)
    found = two_step_fca(homes["residents"], pd.Series([3.0, 5.0]), stream, cutoff=150)
    # Clinic 0 is within 150 s of homes 0 and 1 (30 people), clinic 1 of homes 1 and 2 (50).
    assert found.tolist() == pytest.approx([0.1, 0.1 + 0.1, 0.1])


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"demand": pd.Series([1.0, np.nan, 2, np.nan])}, "row 1: 2 of 4 rows have no number"),
        ({"demand": pd.Series(["1", "many", "2", "3"])}, "1 of 4 rows have no number"),
        ({"demand": pd.Series([1.0, -1, 2, 3])}, "1 of 4 rows have a number that is negative"),
        ({"supply": pd.Series([1.0, np.inf])}, "1 of 2 rows have a number that is negative or inf"),
        ({"supply": pd.Series([], dtype=float)}, "supply.*holds no rows"),
        ({"costs": pairs((0, 0, np.nan), (1, 0, -1))}, "2 pairs have no cost"),
        ({"costs": pairs((0, 4, 1))}, "1 pairs name a place outside the 4 rows"),
        ({"costs": pairs((2, 0, 1))}, "1 pairs name a facility outside the 2 rows"),
        ({"costs": pairs((-1, 0, 1))}, "1 pairs name a facility outside"),
        ({"costs": pairs((0, 1, 1), (0, 0, 3), (0, 1, 2))}, "pairs are there twice"),
        ({"costs": [pairs((0, 0, 1)), pairs((0, 1, 1))]}, "facility 0 comes after facility 0"),
    ],
)
def test_what_makes_no_sense_is_refused(change, problem) -> None:
    given_ = {"demand": PEOPLE, "supply": BEDS, "costs": COSTS} | change
    with pytest.raises(TableError, match=problem):
        two_step_fca(**given_, cutoff=20)
    with pytest.raises(TableError, match=problem):
        gravity(**given_, decay=Step(20))


def test_a_stream_out_of_order_is_refused() -> None:
    stream = iter([pairs((1, 0, 1)), pairs((0, 0, 1))])
    with pytest.raises(TableError, match="facility 0 comes after facility 1"):
        two_step_fca(PEOPLE, BEDS, stream, cutoff=20)


def test_selection_weights_refuse_a_stream_that_is_gone_after_one_reading() -> None:
    with pytest.raises(TableError, match="read only once"):
        three_step_fca(PEOPLE, BEDS, iter([COSTS]), decay=ZONES)


@pytest.mark.filterwarnings("ignore:The inplace keyword")  # PySAL's own, under pandas 3.1
@pytest.mark.parametrize("seed", range(3))
def test_floating_catchments_agree_with_pysal(seed) -> None:
    fca = pytest.importorskip("access.fca")
    rng = np.random.default_rng(seed)
    people = pd.Series(rng.integers(1, 500, 40).astype(float))
    beds = pd.Series(rng.integers(1, 60, 12).astype(float))
    matrix = rng.integers(0, 60, (12, 40)).astype(float)
    costs = sparse(matrix)
    decay = Stepwise((10, 20, 30), (1, 0.68, 0.22))
    frame = pd.DataFrame({"origin": costs.place, "dest": costs.facility, "cost": costs.cost})
    asked = {
        "demand_df": people.rename_axis("geoid").to_frame("demand"),
        "supply_df": beds.rename_axis("geoid").to_frame("supply"),
        "max_cost": 30,
        "demand_index": True,
    }

    def weight(cost):
        return decay(np.array([cost], float))[0]

    for peer, ours in (
        (fca.two_stage_fca(cost_df=frame, **asked), two_step_fca(people, beds, costs, cutoff=30)),
        (
            fca.two_stage_fca(cost_df=frame, weight_fn=weight, **asked),
            enhanced_two_step_fca(people, beds, costs, decay=decay),
        ),
        (
            fca.three_stage_fca(cost_df=frame.copy(), weight_fn=weight, **asked),
            three_step_fca(people, beds, costs, decay=decay),
        ),
    ):
        theirs = peer.reindex(people.index, fill_value=0.0)
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)
