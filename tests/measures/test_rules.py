"""Two rules for one service: a river with one bridge, and sums that agree."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

import worlds
from urbangis.catalog import Standard
from urbangis.measures.coverage import Coverage, network_coverage, straight_coverage
from urbangis.measures.rules import GROUPS, Comparison, compare_rules
from urbangis.network.build import build_network
from urbangis.network.entrances import facility_entrances
from urbangis.notices import Text

# A street on either bank, 100 m apart, and one bridge at their north ends.
BANKS = worlds.streets([(0, 0), (0, 1000)], [(100, 0), (100, 1000)], [(0, 1000), (100, 1000)])
LEVELS = (
    worlds.base_level((-50, -50, 50, 1050), (50, -50, 150, 1050)),
    worlds.group_level(
        {"all": ["z0", "z1"]}, worlds.base_level((-50, -50, 50, 1050), (50, -50, 150, 1050))
    ),
)
CLINIC = worlds.supply((0, 0))


def standard(name: str, **values) -> Standard:
    common = {
        "id": name,
        "name": Text(name, name),
        "facilities": ("clinic",),
        "denominators": ("residents",),
        "source": worlds.HERE,
    }
    return Standard(**{**common, **values})


WALK = standard("walk-15", method="network", mode="test", cutoff_min=15)  # 900 m at 1 m/s
RADIUS = standard("radius-600", method="straight_line", cutoff_m=600)


def by_network(homes, supply=CLINIC) -> Coverage:
    network, _ = build_network(BANKS, worlds.mode())
    entrances, _ = facility_entrances(network, supply)
    return network_coverage(
        WALK, network, demand=homes, supply=supply, entrances=entrances, levels=LEVELS
    )


def by_radius(homes, supply=CLINIC, rule=RADIUS) -> Coverage:
    return straight_coverage(rule, demand=homes, supply=supply, levels=LEVELS)


def rates_of(found: Comparison, level: str, zone: str) -> dict:
    rows = found.zones[(found.zones["level"] == level) & (found.zones["zone_id"] == zone)]
    assert len(rows) == 1
    return rows.iloc[0].to_dict()


def test_the_straight_line_crosses_the_river_and_the_network_goes_by_the_bridge() -> None:
    """From the clinic, in a straight line and by the bridge: d0 300 and 300 m; d1 100 and 2,100;
    d2 510 and 1,600; d3 900 and 900; d4 906 and 1,200."""
    homes = worlds.demand((0, 300), (100, 0), (100, 500), (0, 900), (100, 900))
    found = compare_rules((by_network(homes), by_radius(homes)), LEVELS)
    (agreement,) = found.agreements
    assert [GROUPS[group] for group in agreement.group] == [
        *("both", "other_only", "other_only", "own_only", "neither"),
    ]
    assert agreement.amounts == (1, 8, 6, 16)
    whole = rates_of(found, "study", "study")
    assert (whole["walk-15_covered"], whole["radius-600_covered"]) == (9, 7)
    assert whole["radius-600_rate"] == pytest.approx(7 / 31)
    west, east = rates_of(found, "block", "z0"), rates_of(found, "block", "z1")
    names = [f"radius-600_{group}" for group in GROUPS]
    assert [west[name] for name in names] == [1, 8, 0, 0]
    assert [east[name] for name in names] == [0, 0, 6, 16]
    assert found.notices == ()


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.tuples(st.integers(-80, 180), st.integers(-80, 1100), st.integers(0, 900)), max_size=12
    )
)
def test_the_four_groups_make_up_the_total_and_the_rates_at_every_level(places) -> None:
    people = [float(count) for *_, count in places]
    homes = worlds.demand(*[(x, y) for x, y, _ in places], (0, 1), residents=[*people, 1.0])
    found = compare_rules((by_network(homes), by_radius(homes)), LEVELS)
    table = found.zones
    assert set(table["level"]) == {"block", "group", "study"}
    both, own, other, neither = (table[f"radius-600_{group}"] for group in GROUPS)
    np.testing.assert_allclose(both + own + other + neither, table["walk-15_total"])
    np.testing.assert_allclose(both + own, table["walk-15_covered"])
    np.testing.assert_allclose(both + other, table["radius-600_covered"])


def test_land_has_a_rate_beside_the_others_but_no_homes_to_compare() -> None:
    homes = worlds.demand((0, 300))
    land = worlds.demand(shapely.box(0, 0, 10, 10), shapely.box(40, 590, 60, 610))
    of_land = standard(
        "land-600", method="straight_line", cutoff_m=600, denominators=("residential_m2",)
    )
    found = compare_rules((by_network(homes), by_radius(land, rule=of_land)), LEVELS)
    assert found.agreements == ()
    whole = rates_of(found, "study", "study")
    assert (whole["walk-15_denominator"], whole["land-600_denominator"]) == (
        *("residents", "residential_m2"),
    )
    assert whole["land-600_total"] == pytest.approx(500)
    assert not [name for name in whole if name.endswith("_both")]
    (told,) = found.notices
    assert told.code == "rules-not-compared-by-home"
    assert told.sample_ids == ("land-600",)


def test_homes_of_another_layer_are_not_taken_for_the_same_for_their_ids() -> None:
    found = compare_rules(
        (by_network(worlds.demand((0, 300))), by_radius(worlds.demand((0, 301)))), LEVELS
    )
    assert found.agreements == ()


def test_rules_that_count_other_facilities_are_told() -> None:
    homes = worlds.demand((0, 300))
    found = compare_rules(
        (by_network(homes, worlds.supply((0, 0), (0, 9))), by_radius(homes)), LEVELS
    )
    (told,) = found.notices
    assert (told.code, told.severity) == ("rules-count-other-facilities", "warning")


def test_what_is_told_of_another_rule_is_told_under_its_name() -> None:
    homes = worlds.demand((0, 300), (0, 2000))
    own, other = by_radius(homes), by_network(homes)
    (told,) = compare_rules((own, other), LEVELS).notices
    assert told.code == "demand-unsnapped"
    assert told.message.en.startswith("walk-15: ")
