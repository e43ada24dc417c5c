"""Before and after: gained and lost by hand, and balances that hold for whatever happens."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import worlds
from urbangis.catalog import Standard
from urbangis.measures.change import FLOWS, GROUPS, change_between, state_of
from urbangis.measures.coverage import straight_coverage
from urbangis.notices import Text

ZONES = worlds.base_level((0, 0, 100, 100), (100, 0, 200, 100))
LEVELS = (ZONES, worlds.group_level({"all": ["z0", "z1"]}, ZONES))


def radius(**changes) -> Standard:
    values = {
        "id": "within-30",
        "name": Text("三十米", "within 30 m"),
        "facilities": ("clinic",),
        "method": "straight_line",
        "cutoff_m": 30.0,
        "denominators": ("residents",),
        "source": worlds.HERE,
    }
    return Standard(**{**values, **changes})


def covered(homes, clinics):
    """Coverage of homes (id, x, people) by clinics (x), all along y = 50."""
    table = worlds.demand(
        *((x, 50) for _, x, _ in homes), residents=[people for *_, people in homes]
    ).assign(id=[name for name, *_ in homes])
    supply = worlds.supply(*((x, 50) for x in clinics))
    return state_of(straight_coverage(radius(), demand=table, supply=supply, levels=LEVELS))


HOMES = [("a", 10, 1), ("b", 50, 2), ("c", 120, 4), ("d", 190, 8)]


def of_zone(change, zone):
    return change.zones.set_index("zone_id").loc[zone]


def test_a_clinic_moves_across():
    """From x = 30 (homes a, b) to x = 100 (home c): 1 + 2 lose, 4 gain."""
    change = change_between(covered(HOMES, [30]), covered(HOMES, [100]), LEVELS)
    assert [GROUPS[group] for group in change.places["group"]] == [
        "lost", "lost", "gained", "without",
    ]  # fmt: skip
    west, east, whole = (of_zone(change, zone) for zone in ("z0", "z1", "study"))
    assert (west["lost"], west["gained"], west["covered_after"]) == (3, 0, 0)
    assert (east["lost"], east["gained"], east["covered_after"]) == (0, 4, 4)
    assert (whole["gained"], whole["lost"]) == (4, 3)
    assert whole["rate_before"] == pytest.approx(3 / 15)
    assert whole["change"] == pytest.approx(1 / 15)
    assert list(change.places["cost_before"]) == [20, 20, 90, 160]
    assert list(change.places["cost_after"]) == [90, 50, 20, 90]


def test_people_who_come_and_go_are_no_gain_and_no_loss():
    """Home b goes, home e comes where the clinic is, and a has 3 more people."""
    later = [("a", 10, 4), ("c", 120, 4), ("d", 190, 8), ("e", 35, 16)]
    whole = of_zone(change_between(covered(HOMES, [30]), covered(later, [30]), LEVELS), "study")
    assert (whole["gained"], whole["lost"]) == (0, 0)
    assert (whole["arrived"], whole["arrived_covered"]) == (19, 19)
    assert (whole["left"], whole["left_covered"]) == (2, 2)
    assert whole["covered_after"] == 1 + 19
    assert whole["total_after"] == 15 + 19 - 2


def test_nothing_happens():
    state = covered(HOMES, [30])
    change = change_between(state, state, LEVELS)
    assert not change.zones[list(FLOWS)].to_numpy().any()
    assert not change.zones["change"].to_numpy().any()


def test_land_counts_by_its_share():
    standard = radius(denominators=("residential_m2",))
    land = worlds.demand(worlds.shapely.box(0, 0, 100, 100), residents=[1])
    states = [
        state_of(
            straight_coverage(
                standard, demand=land, supply=worlds.supply(worlds.shapely.box(*box)), levels=LEVELS
            )
        )
        for box in ((-60, 0, -29, 100), (-60, 0, -10, 100))
    ]
    whole = of_zone(change_between(*states, LEVELS), "study")
    # A strip 1 m wide is covered first, one of 20 m then.
    assert whole["gained"] == pytest.approx(19 * 100, rel=1e-6)
    assert whole["total_after"] == pytest.approx(10_000)


# None on the border of the two zones, where either would be right.
home = st.tuples(
    st.sampled_from("abcdefgh"), st.integers(0, 199).filter(lambda x: x != 100), st.integers(0, 50)
)
homes = st.lists(home, min_size=1, max_size=8, unique_by=lambda one: one[0])
clinics = st.lists(st.integers(0, 199), min_size=1, max_size=4)


@settings(deadline=None, max_examples=40)
@given(homes, clinics, homes, clinics)
def test_every_person_is_accounted_for(first, before, then, after):
    change = change_between(covered(first, before), covered(then, after), LEVELS)
    zones = change.zones
    # Brute force over homes, by name.
    was = {name: (x // 100, n, min(abs(x - c) for c in before) <= 30) for name, x, n in first}
    now = {name: (x // 100, n, min(abs(x - c) for c in after) <= 30) for name, x, n in then}
    gained = lost = 0
    for name in was.keys() & now.keys():
        (zone, n, served), (new_zone, m, served_now) = was[name], now[name]
        if zone == new_zone:
            gained += min(n, m) * (served_now and not served)
            lost += min(n, m) * (served and not served_now)
    whole = zones[zones["level"] == "study"].iloc[0]
    assert (whole["gained"], whole["lost"]) == (gained, lost)
    for when, state in (("before", was), ("after", now)):
        assert whole[f"total_{when}"] == sum(n for _, n, _ in state.values())
        assert whole[f"covered_{when}"] == sum(n * served for _, n, served in state.values())
    for level in ("block", "group"):
        of_level = zones[zones["level"] == level]
        for flow in FLOWS:
            assert of_level[flow].sum() == pytest.approx(whole[flow])
    np.testing.assert_allclose(
        zones["covered_before"] + zones["gained"] - zones["lost"] + zones["arrived_covered"]
        - zones["left_covered"],
        zones["covered_after"],
    )  # fmt: skip


@settings(deadline=None, max_examples=40)
@given(homes, clinics, st.integers(0, 199))
def test_one_more_clinic_takes_nothing_away(first, before, new):
    change = change_between(covered(first, before), covered(first, [*before, new]), LEVELS)
    assert (change.zones["lost"] == 0).all()
    assert (change.zones["change"].dropna() >= 0).all()
