"""Coverage on worlds small enough to count by hand. Residents are powers of two: a sum names
exactly who is in it."""

import numpy as np
import pandas as pd
import pytest
import shapely

import worlds
from urbangis.catalog import SizeClass, Standard, TargetRate
from urbangis.errors import StudyError, TableError
from urbangis.measures.coverage import network_coverage, straight_coverage
from urbangis.network.build import build_network
from urbangis.network.entrances import facility_entrances
from urbangis.notices import Text

STREET = worlds.streets([(0, 0), (2000, 0)])
BASE = worlds.base_level((0, -200, 1000, 200), (1000, -200, 2000, 200))
EAST_WEST = worlds.group_level({"west": ["z0"], "east": ["z1"]}, BASE)


def standard(**values) -> Standard:
    common = {
        "id": "test",
        "name": Text("测试", "test"),
        "facilities": ("clinic",),
        "denominators": ("residents",),
        "source": worlds.HERE,
    }
    return Standard(**{**common, **values})


def walk(cutoff_min: float, **values) -> Standard:
    return standard(method="network", mode="test", cutoff_min=cutoff_min, **values)


def by_network(rule, demand, supply, *, levels=(BASE,), streets=STREET, mode=None):
    network, _ = build_network(streets, mode or worlds.mode())
    entrances, _ = facility_entrances(network, supply)
    return network_coverage(
        rule, network, demand=demand, supply=supply, entrances=entrances, levels=levels
    )


def row(coverage, level, zone, denominator="residents") -> pd.Series:
    table = coverage.zones
    match = (table["level"] == level) & (table["zone_id"] == zone)
    found = table[match & (table["denominator"] == denominator)]
    assert len(found) == 1
    return found.iloc[0]


def test_people_by_zone_and_in_all() -> None:
    """10 minutes at 1 m/s are 600 m: of homes at 500, 600, 610, 1100, 1700 m from the clinic."""
    homes = worlds.demand((500, 0), (600, 0), (610, 0), (1100, 0), (1700, 0))
    found = by_network(walk(10), homes, worlds.supply((0, 0)))
    assert row(found, "block", "z0")[["total", "covered", "uncovered"]].tolist() == [7, 3, 4]
    assert row(found, "block", "z1")[["total", "covered", "uncovered"]].tolist() == [24, 0, 24]
    whole = row(found, "study", "study")
    assert whole[["total", "covered", "uncovered"]].tolist() == [31, 3, 28]
    assert whole["rate"] == pytest.approx(3 / 31)
    # slower: 540 m, faster: 660 m
    assert whole["rate_low"] == pytest.approx(1 / 31)
    assert whole["rate_high"] == pytest.approx(7 / 31)


def test_unsnapped_stay_in_the_denominator_and_are_told() -> None:
    homes = worlds.demand((10, 0), (10, 101), None)
    found = by_network(walk(10), homes, worlds.supply((0, 0)))
    whole = row(found, "study", "study")
    assert whole[["total", "covered", "uncovered", "unsnapped"]].tolist() == [7, 1, 6, 6]
    told = {n.code: n for n in found.notices}
    assert told["demand-unsnapped"].sample_ids == ("d1", "d2")
    assert "6 residents" in told["demand-unsnapped"].message.en


def test_levels_agree_and_outside_has_a_row() -> None:
    homes = worlds.demand((100, 0), (1100, 0), (-50, 0))
    found = by_network(walk(10), homes, worlds.supply((0, 0)), levels=(BASE, EAST_WEST))
    for level in ("block", "group"):
        assert row(found, level, "")[["total", "covered"]].tolist() == [4, 4]
        assert found.zones.loc[found.zones["level"] == level, "total"].sum() == 7
    assert row(found, "group", "west")["covered"] == 1
    assert "demand-outside-zones" in [n.code for n in found.notices]


def test_overlapping_groups_are_not_forced_to_add_up() -> None:
    both = worlds.group_level({"core": ["z0"], "wide": ["z0", "z1"]}, BASE, partition=False)
    homes = worlds.demand((100, 0), (1100, 0))
    found = by_network(walk(10), homes, worlds.supply((0, 0)), levels=(BASE, both))
    assert row(found, "group", "core")["total"] == 1
    assert row(found, "group", "wide")["total"] == 3


def test_zone_named_by_the_layer_comes_before_its_place() -> None:
    homes = worlds.demand((100, 0), (100, 0)).assign(zone_id=["z1", "nowhere"])
    found = by_network(walk(10), homes, worlds.supply((0, 0)))
    assert row(found, "block", "z1")["total"] == 1
    assert row(found, "block", "")["total"] == 2


def test_a_zone_without_people_has_no_rate() -> None:
    found = by_network(
        walk(10, target=TargetRate(rate=0.5, scope=Text("全部", "all"))),
        worlds.demand((100, 0)),
        worlds.supply((0, 0)),
    )
    empty = row(found, "block", "z1")
    assert empty["total"] == 0
    assert np.isnan(empty["rate"])
    assert pd.isna(empty["met"])
    assert bool(row(found, "block", "z0")["met"]) is True


def test_units_and_people_side_by_side_and_target_speaks_of_the_first() -> None:
    rule = walk(
        10,
        denominators=("units", "residents"),
        target=TargetRate(rate=0.6, scope=Text("全部", "all")),
    )
    homes = worlds.demand((100, 0), (900, 0), residents=[10, 30])
    found = by_network(rule, homes, worlds.supply((0, 0)))
    units, people = (row(found, "study", "study", name) for name in ("units", "residents"))
    assert units["rate"] == 0.5
    assert bool(units["met"]) is False
    assert people["rate"] == 0.25
    assert np.isnan(people["target"])


def test_power_of_two_weights_name_who_is_covered() -> None:
    rng = np.random.default_rng(5)
    x, y = rng.uniform(0, 2000, 30), rng.uniform(-90, 90, 30)
    homes = worlds.demand(*zip(x, y, strict=True))
    found = by_network(walk(10), homes, worlds.supply((700, 50)))
    near = np.abs(y) + np.abs(x - 700) + 50 <= 600
    assert row(found, "study", "study")["covered"] == (2.0 ** np.flatnonzero(near)).sum()


def test_missing_residents_are_an_error_not_zero() -> None:
    homes = worlds.demand((0, 0), (1, 0), residents=[5, float("nan")])
    with pytest.raises(TableError, match=r"row d1: has no number of residents"):
        by_network(walk(10), homes, worlds.supply((0, 0)))


@pytest.mark.parametrize(("radius", "covered"), [(49.9, 0), (50, 1), (130, 3)])
def test_radius_is_inclusive(radius: float, covered: int) -> None:
    """Homes 50 m (3-4-5) and 130 m (5-12-13) from the clinic."""
    homes = worlds.demand((30, 40), (50, 120))
    found = straight_coverage(
        standard(method="straight_line", cutoff_m=radius),
        demand=homes,
        supply=worlds.supply((0, 0)),
        levels=(BASE,),
    )
    whole = row(found, "study", "study")
    assert whole["covered"] == covered
    assert np.isnan(whole["rate_low"])


def test_time_by_straight_line_counts_the_detour() -> None:
    """36 km/h over 1.25 of the straight line: 8 m/s; 10 minutes reach 4,800 m."""
    rule = standard(method="straight_line", cutoff_min=10, speed_kmh=36, detour_factor=1.25)
    homes = worlds.demand((4800, 0), (4801, 0), (4320, 0))
    found = straight_coverage(rule, demand=homes, supply=worlds.supply((0, 0)), levels=(BASE,))
    whole = row(found, "study", "study")
    assert whole["covered"] == 1 + 4
    assert whole["rate_low"] == pytest.approx(4 / 7)  # 4,320 m
    assert whole["rate_high"] == 1  # 5,280 m
    assert found.demand["cost"].tolist()[0] == pytest.approx(600)


def test_radius_by_park_size_counts_from_the_edge() -> None:
    large, small, tiny = (shapely.box(x, 0, x + s, s) for x, s in ((0, 80), (1000, 30), (1800, 5)))
    rule = standard(
        method="straight_line",
        size_classes=(
            SizeClass(min_area_m2=400, max_area_m2=5000, cutoff_m=300),
            SizeClass(min_area_m2=5000, cutoff_m=500),
        ),
    )
    homes = worlds.demand((580, 40), (581, 40), (1330, 10), (1331, 10), (1802, 2))
    found = straight_coverage(
        rule, demand=homes, supply=worlds.supply(large, small, tiny), levels=(BASE,)
    )
    assert row(found, "study", "study")["covered"] == 1 + 4
    assert [n.sample_ids for n in found.notices if n.code == "facility-size-not-counted"] == [
        ("f2",)
    ]
    # whoever is covered is told the facility that covers them, not a nearer one that does not
    assert found.demand["facility_id"].tolist()[:3] == ["f0", "f1", "f1"]


@pytest.mark.parametrize("method", ["network", "straight_line"])
def test_a_life_circle_needs_every_kind(method: str) -> None:
    """A school at 0 m and a market at 1,000 m, 600 m of reach: only 400 to 600 m has both."""
    both = pd.concat(
        [worlds.supply((0, 0), kind="school"), worlds.supply((1000, 0), kind="market")]
    )
    both = both.assign(id=["school", "market"]).reset_index(drop=True)
    homes = worlds.demand((100, 0), (400, 0), (550, 0), (601, 0))
    rule = {"facilities": ("school", "market"), "each_kind": True}
    if method == "network":
        found = by_network(walk(10, **rule), homes, both)
    else:
        found = straight_coverage(
            standard(method=method, cutoff_m=600, **rule), demand=homes, supply=both, levels=(BASE,)
        )
    assert row(found, "study", "study")["covered"] == 2 + 4
    assert found.demand["cost"].tolist()[1:3] == [600, 550]
    assert found.demand["facility_id"].tolist()[1:3] == ["market", "school"]


def test_a_life_circle_without_one_of_its_kinds_is_an_error() -> None:
    rule = walk(10, facilities=("clinic", "market"), each_kind=True)
    with pytest.raises(TableError, match='no facility of the kind "market"'):
        by_network(rule, worlds.demand((0, 0)), worlds.supply((0, 0)))


def test_residential_land_by_exact_area() -> None:
    """A strip 1 m wide with a clinic at its middle: the covered part follows from the circle."""
    strip = shapely.box(0, 0, 2000, 1)
    rule = standard(method="straight_line", cutoff_m=400, denominators=("residential_m2",))
    found = straight_coverage(
        rule, demand=worlds.demand(strip), supply=worlds.supply((1000, 0)), levels=(BASE,)
    )
    # area of {0 <= y <= 1} in a circle of radius r: integral of 2 sqrt(r^2 - y^2)
    r = 400.0
    exact = np.sqrt(r**2 - 1) + r**2 * np.arcsin(1 / r)
    whole = row(found, "study", "study", "residential_m2")
    assert whole["total"] == 2000
    assert whole["covered"] == pytest.approx(exact, rel=2e-4)
    for zone in ("z0", "z1"):  # the border runs through the clinic
        assert row(found, "block", zone, "residential_m2")["total"] == pytest.approx(1000)
        half = row(found, "block", zone, "residential_m2")["covered"]
        assert half == pytest.approx(exact / 2, rel=2e-4)


def test_land_outside_zones_keeps_its_area() -> None:
    land = worlds.demand(shapely.box(1900, 0, 2100, 10))
    rule = standard(method="straight_line", cutoff_m=1e4, denominators=("residential_m2",))
    found = straight_coverage(rule, demand=land, supply=worlds.supply((0, 0)), levels=(BASE,))
    assert row(found, "block", "", "residential_m2")["total"] == pytest.approx(1000)
    assert row(found, "study", "study", "residential_m2")["total"] == pytest.approx(2000)


def test_land_in_overlapping_zones_is_refused() -> None:
    twice = worlds.base_level((0, 0, 1000, 100), (900, 0, 2000, 100))
    rule = standard(method="straight_line", cutoff_m=10, denominators=("residential_m2",))
    with pytest.raises(TableError, match="overlap"):
        straight_coverage(
            rule,
            demand=worlds.demand(shapely.box(800, 0, 1100, 10)),
            supply=worlds.supply((0, 0)),
            levels=(twice,),
        )


def test_land_needs_polygons() -> None:
    rule = standard(method="straight_line", cutoff_m=10, denominators=("residential_m2",))
    with pytest.raises(TableError, match="not a polygon"):
        straight_coverage(
            rule, demand=worlds.demand((0, 0)), supply=worlds.supply((0, 0)), levels=(BASE,)
        )
    with pytest.raises(StudyError, match="along a network"):
        by_network(
            walk(10, denominators=("residential_m2",)),
            worlds.demand(shapely.box(0, 0, 1, 1)),
            worlds.supply((0, 0)),
        )


def test_more_time_or_more_facilities_never_cover_fewer() -> None:
    rng = np.random.default_rng(11)
    homes = worlds.demand(*rng.uniform((0, -90), (2000, 90), (40, 2)), residents=[1.0] * 40)
    clinics = worlds.supply(*rng.uniform((0, -90), (2000, 90), (6, 2)))
    rates = [
        row(by_network(walk(m), homes, clinics.iloc[:n]), "study", "study")["rate"]
        for m, n in ((2, 3), (4, 3), (4, 4), (6, 4), (6, 6))
    ]
    assert rates == sorted(rates)


def test_row_order_does_not_change_a_figure() -> None:
    rng = np.random.default_rng(3)
    homes = worlds.demand(*rng.uniform((0, -90), (2000, 90), (40, 2)), residents=[1.0] * 40)
    clinics = worlds.supply(*rng.uniform((0, -90), (2000, 90), (6, 2)))
    first = by_network(walk(4), homes, clinics)
    second = by_network(walk(4), homes.iloc[::-1], clinics)
    pd.testing.assert_frame_equal(first.zones, second.zones)


def test_a_standard_may_count_an_age_group() -> None:
    """School of 2 pupils in reach of 8, 3 of 6 residents: both stand side by side."""
    homes = worlds.demand((500, 0), (1500, 0), residents=[3, 3]).assign(school_age=[2, 6])
    rule = walk(
        10,
        denominators=("school_age", "residents"),
        target=TargetRate(rate=0.5, scope=Text("镇", "town")),
    )
    found = by_network(rule, homes, worlds.supply((0, 0)))
    pupils, people = (row(found, "study", "study", name) for name in rule.denominators)
    assert (pupils["total"], pupils["covered"], pupils["rate"]) == (8, 2, 0.25)
    assert bool(pupils["met"]) is False
    assert (people["total"], people["covered"], people["rate"]) == (6, 3, 0.5)
    assert pd.isna(people["met"])


def test_a_group_that_is_not_counted_is_an_error() -> None:
    homes = worlds.demand((0, 0), (1, 0), residents=[5, 5]).assign(over_60=[1, float("nan")])
    with pytest.raises(TableError, match=r"row d1: has no number of over_60.*Map the column"):
        by_network(walk(10, denominators=("over_60",)), homes, worlds.supply((0, 0)))


def test_built_up_area_is_land() -> None:
    """A strip of 100 m by 400 m, of which a square facility's radius of 50 m takes the end."""
    built = worlds.demand(shapely.box(0, 0, 400, 100), residents=[0])
    rule = standard(method="straight_line", cutoff_m=50, denominators=("built_up_m2",))
    facility = worlds.supply(shapely.box(-100, -100, 0, 200))
    found = straight_coverage(rule, demand=built, supply=facility, levels=(BASE,))
    whole = row(found, "study", "study", "built_up_m2")
    assert whole["total"] == pytest.approx(40_000)
    assert whole["covered"] == pytest.approx(50 * 100)
