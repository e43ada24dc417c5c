"""Serving people while there is room: by hand, and by what any outcome must satisfy."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from urbangis.errors import TableError
from urbangis.measures.capacity import allocate_by_capacity
from urbangis.travel.pairs import TravelPairs


def pairs(*rows: tuple[int, int, float]) -> TravelPairs:
    """Pairs from rows (facility, place, cost)."""
    columns = np.array(rows, float).reshape(-1, 3).T
    return TravelPairs(columns[0].astype(np.int32), columns[1].astype(np.int32), columns[2])


def test_the_nearest_first_until_the_school_is_full() -> None:
    children = pd.Series([30.0, 50, 20, 5], index=["a", "b", "c", "far"])
    seats = pd.Series([60.0, 25], index=["north", "south"])
    costs = pairs((0, 0, 4), (0, 1, 6), (0, 2, 9), (1, 1, 8), (1, 2, 12))
    found = allocate_by_capacity(children, seats, costs, cutoff=12)
    # North takes the 30 of a and 30 of b and is full; the other 20 of b go south, which has 5
    # seats left for c, whose nearer school is full; 15 of c and the 5 far away have none.
    assert list(found.flows.itertuples(index=False, name=None)) == [
        (0, 0, 4, 30),
        (1, 0, 6, 30),
        (1, 1, 8, 20),
        (2, 1, 12, 5),
    ]
    assert found.unmet_demand.to_dict() == {"a": 0, "b": 0, "c": 15, "far": 5}
    assert found.spare_capacity.to_dict() == {"north": 0, "south": 0}
    nearer = allocate_by_capacity(children, seats, costs, cutoff=8)
    assert nearer.unmet_demand.to_dict() == {"a": 0, "b": 0, "c": 20, "far": 5}
    assert nearer.spare_capacity.to_dict() == {"north": 0, "south": 5}


def test_of_equal_costs_the_first_rows_come_first() -> None:
    costs = pairs((0, 0, 5), (0, 1, 5), (1, 0, 5), (1, 1, 5))
    found = allocate_by_capacity(pd.Series([4.0, 4]), pd.Series([3.0, 2]), costs, cutoff=5)
    assert found.flows[["place", "facility", "amount"]].to_numpy().tolist() == [
        [0, 0, 3],
        [0, 1, 1],
        [1, 1, 1],
    ]


def test_nobody_in_reach() -> None:
    found = allocate_by_capacity(pd.Series([4.0]), pd.Series([3.0]), pairs((0, 0, 9)), cutoff=5)
    assert found.flows.empty
    assert found.unmet_demand.tolist() == [4]
    assert found.spare_capacity.tolist() == [3]


def test_a_missing_capacity_is_not_a_closed_facility() -> None:
    with pytest.raises(TableError, match="1 of 2 rows have no number"):
        allocate_by_capacity(pd.Series([1.0]), pd.Series([1.0, np.nan]), pairs((0, 0, 1)), cutoff=5)


@st.composite
def tables(draw):
    places, facilities = draw(st.integers(1, 7)), draw(st.integers(1, 5))
    number = st.one_of(st.integers(0, 9).map(float), st.floats(0, 9))
    people = draw(st.lists(number, min_size=places, max_size=places))
    seats = draw(st.lists(number, min_size=facilities, max_size=facilities))
    cost = st.one_of(st.none(), st.integers(0, 12).map(float), st.floats(0, 12))
    every = [(f, p, draw(cost)) for f in range(facilities) for p in range(places)]
    rows = [row for row in every if row[2] is not None]
    return pd.Series(people), pd.Series(seats), rows


@given(world=tables())
def test_nobody_is_lost_and_no_facility_is_overfull(world) -> None:
    people, seats, rows = world
    found = allocate_by_capacity(people, seats, pairs(*rows), cutoff=10)
    served = found.flows.groupby("place")["amount"].sum().reindex(people.index, fill_value=0)
    taken = found.flows.groupby("facility")["amount"].sum().reindex(seats.index, fill_value=0)
    np.testing.assert_allclose(served + found.unmet_demand, people, rtol=1e-12)
    np.testing.assert_allclose(taken + found.spare_capacity, seats, rtol=1e-12)
    assert (found.unmet_demand >= 0).all()
    assert (found.spare_capacity >= 0).all()
    assert (found.flows["amount"] > 0).all()
    assert (found.flows["cost"] <= 10).all()


@given(world=tables())
def test_nobody_is_passed_over_for_someone_farther_away(world) -> None:
    people, seats, rows = world
    found = allocate_by_capacity(people, seats, pairs(*rows), cutoff=10)
    flows = found.flows
    for facility, place, cost in rows:
        if cost > 10 or people[place] == 0 or seats[facility] == 0:
            continue
        sent = flows[flows["place"] == place]
        wants_better = found.unmet_demand[place] > 0 or (sent["cost"] > cost).any()
        admitted = flows[flows["facility"] == facility]
        has_room = found.spare_capacity[facility] > 0 or (admitted["cost"] > cost).any()
        assert not (wants_better and has_room)


@given(world=tables(), random=st.randoms(use_true_random=False))
def test_blocks_in_any_order_give_the_same_bytes(world, random) -> None:
    people, seats, rows = world
    whole = allocate_by_capacity(people, seats, pairs(*rows), cutoff=10)
    blocks = [pairs(*(row for row in rows if row[0] == f)) for f in range(len(seats))]
    random.shuffle(blocks)
    shuffled = allocate_by_capacity(people, seats, blocks, cutoff=10)
    pd.testing.assert_frame_equal(whole.flows, shuffled.flows, check_exact=True)
    assert whole.unmet_demand.to_numpy().tobytes() == shuffled.unmet_demand.to_numpy().tobytes()
