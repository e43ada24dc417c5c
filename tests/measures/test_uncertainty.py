"""How sure a rate is, on worlds small enough to work out by hand.

People are powers of two: a sum names exactly who is in it.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

import worlds
from urbangis.catalog import SizeClass, Standard
from urbangis.errors import StudyError, TableError
from urbangis.measures.assumptions import (
    demand_variant,
    position_by_network,
    position_by_radius,
    position_errors,
    require_distance,
    snap_variants,
)
from urbangis.measures.coverage import network_coverage, straight_coverage
from urbangis.measures.uncertainty import uncertainty
from urbangis.network.build import build_network
from urbangis.network.entrances import facility_entrances
from urbangis.notices import Text

STREET = worlds.streets([(0, 0), (2000, 0)])
BASE = worlds.base_level((-200, -200, 1000, 200), (1000, -200, 2000, 200))


def standard(**values) -> Standard:
    common = {
        "id": "test",
        "name": Text("测试", "test"),
        "facilities": ("clinic",),
        "denominators": ("residents",),
        "source": worlds.HERE,
    }
    return Standard(**{**common, **values})


WALK_10 = standard(method="network", mode="test", cutoff_min=10)


class World:
    """A coverage by network, with what it was computed from."""

    def __init__(self, homes, supply, *, streets=STREET, rule=WALK_10, levels=(BASE,)) -> None:
        self.network, _ = build_network(streets, worlds.mode())
        self.entrances, _ = facility_entrances(self.network, supply)
        self.levels = levels
        self.own = network_coverage(
            rule, self.network, demand=homes, supply=supply, entrances=self.entrances,
            levels=levels,
        )  # fmt: skip

    def positions(self, error_m):
        errors = np.broadcast_to(np.asarray(error_m, float), len(self.own.supply))
        return position_by_network(
            self.own, self.network, self.entrances, errors, levels=self.levels
        )

    def snaps(self):
        return snap_variants(self.own, self.network, gates=None, levels=self.levels)


def covered(variants) -> dict[str, float]:
    """People covered in the whole study, by variant."""
    return {one.id: one.zones.set_index("level").loc["study", "covered"].item() for one in variants}


def test_free_variants_and_the_people_near_the_line() -> None:
    """600 m: of homes 530, 541, 600, 601, 659, 661 m away; a minute is 60 m."""
    homes = worlds.demand((530, 0), (541, 0), (600, 0), (601, 0), (659, 0), (661, 0))
    own = World(homes, worlds.supply((0, 0))).own
    found = uncertainty(own, (BASE,))
    assert covered(found.variants) == {
        "speed-slower": 1,  # 540 m
        "speed-faster": 1 + 2 + 4 + 8 + 16,  # 660 m
        "cutoff-strict": 1 + 2,  # 600 m itself no longer counts
    }
    whole = found.by_zone.set_index("level").loc["study"]
    assert whole["just_covered"] == 2 + 4
    assert whole["just_missed"] == 8 + 16
    assert (whole["rate_low"], whole["rate"], whole["rate_high"]) == (1 / 63, 7 / 63, 31 / 63)
    assert whole["moved_most"] == "speed-faster"
    by_variant = found.by_variant[found.by_variant["level"] == "study"]
    assert by_variant["variant"].tolist() == ["speed-faster", "speed-slower", "cutoff-strict"]
    assert by_variant["people"].tolist() == [24, -6, -4]
    np.testing.assert_allclose(by_variant["points"], np.array([24, -6, -4]) / 63 * 100)


def test_a_minute_beyond_a_short_cutoff_is_known_too() -> None:
    """3 minutes: 10 % are 18 s, but who is missed by 59 s must be known."""
    own = World(
        worlds.demand((239, 0), (241, 0)), worlds.supply((0, 0)),
        rule=standard(method="network", mode="test", cutoff_min=3),
    ).own  # fmt: skip
    whole = uncertainty(own, (BASE,)).by_zone.set_index("level").loc["study"]
    assert whole["just_missed"] == 1


def test_a_zone_that_nothing_moves_says_so() -> None:
    found = uncertainty(World(worlds.demand((100, 0)), worlds.supply((0, 0))).own, (BASE,))
    zones = found.by_zone.set_index("zone_id")
    assert zones.loc["z0", "moved_most"] == ""
    assert zones.loc["z0", ["rate_low", "rate", "rate_high"]].tolist() == [1, 1, 1]
    assert np.isnan(zones.loc["z1", "rate"])  # nobody lives there
    assert zones.loc["z1", "just_missed"] == 0


def test_facilities_off_by_their_own_error() -> None:
    """600 m less or more 50 m for f0; f1, 2,000 m on, is known to the metre."""
    homes = worlds.demand((549, 0), (551, 0), (649, 0), (651, 0), (1399, 0), (1401, 0))
    world = World(homes, worlds.supply((0, 0), (2000, 0)))
    assert covered([replace_zones(world)]) == {"own": 1 + 2 + 32}
    assert covered(world.positions([50, 0])) == {
        "position-worst": 1 + 32,
        "position-best": 1 + 2 + 4 + 32,
    }
    assert [one.name.en for one in world.positions([50, 0])] == [
        *("Facilities up to 50 m off, at the worst", "Facilities up to 50 m off, at the best"),
    ]


def replace_zones(world: World):
    return replace(world.positions(0)[0], id="own", zones=world.own.zones)


def test_an_error_of_nothing_changes_nothing() -> None:
    homes = worlds.demand((600, 0), (600.001, 0))
    assert set(covered(World(homes, worlds.supply((0, 0))).positions(0)).values()) == {1}


@pytest.mark.parametrize("error_m", [40.0, 600.0])
def test_a_radius_is_bounded_exactly(error_m) -> None:
    """Facilities moved on a circle of the error, one by one, leave the bounds nowhere."""
    homes = worlds.demand((461, 0), (0, 459), (-541, 0), (0, -539), (300, 300), (1200, 0))
    rule = standard(method="straight_line", cutoff_m=500)
    supply = worlds.supply((0, 0))
    own = straight_coverage(rule, demand=homes, supply=supply, levels=(BASE,))
    errors = np.array([error_m])
    found = covered(position_by_radius(own, errors, levels=(BASE,)))
    away = shapely.distance(homes.geometry.to_numpy(), shapely.Point(0, 0))
    people = homes["residents"]
    assert found["position-worst"] == people[away <= 500 - error_m].sum()
    assert found["position-best"] == people[away <= 500 + error_m].sum()
    always, ever = np.ones(len(homes), bool), np.zeros(len(homes), bool)
    for turn in np.linspace(0, 2 * np.pi, 36, endpoint=False):
        moved = worlds.supply((error_m * np.cos(turn), error_m * np.sin(turn)))
        share = straight_coverage(rule, demand=homes, supply=moved, levels=(BASE,)).demand["share"]
        always &= share.to_numpy() > 0
        ever |= share.to_numpy() > 0
    assert found["position-worst"] <= people[always].sum()
    assert people[ever].sum() <= found["position-best"]


def test_a_radius_by_size_and_land() -> None:
    """A park's 300 m, less or more 100 m, over a strip of land 1,000 m long beside it."""
    park = shapely.box(-20, -10, 0, 10)
    rule = standard(
        method="straight_line", facilities=("park",), denominators=("residential_m2",),
        size_classes=(SizeClass(min_area_m2=400, cutoff_m=300),),
    )  # fmt: skip
    land = worlds.demand(shapely.box(0, -1, 1000, 1))
    own = straight_coverage(
        rule, demand=land, supply=worlds.supply(park, kind="park"), levels=(BASE,)
    )
    found = covered(position_by_radius(own, np.array([100.0]), levels=(BASE,)))
    assert found["position-worst"] == pytest.approx(400, rel=1e-3)
    assert found["position-best"] == pytest.approx(800, rel=1e-3)
    table = uncertainty(own, (BASE,))
    assert table.variants == ()  # a radius has no speed, land no line that it could stand on
    assert table.by_zone["just_covered"].isna().all()
    assert table.by_zone["rate_low"].equals(table.by_zone["rate"])


def test_the_rules_of_snapping_one_by_one() -> None:
    """A block of 1,000 m, a clinic 40 m off its west end, a loose path beside the last home.

    600 m: d0 lives 50 m off the street at 520 (610 s with both legs, 520 without); d1 at 640 on
    the street, nearer to the junction at 500; d2 at 760, nearer to the far one at 1,000; d3 at 400,
    1 m from a path that leads nowhere.
    """
    streets = worlds.streets([(0, 0), (500, 0)], [(500, 0), (1000, 0)], [(390, 12), (410, 12)])
    homes = worlds.demand((520, 50), (640, 0), (760, 0), (400, 11))
    world = World(homes, worlds.supply((0, -40)), streets=streets)
    assert covered([replace_zones(world)]) == {"own": 8}
    assert covered(world.snaps()) == {
        "snap-no-legs": 1 + 8,
        "snap-nearest-node": 1 + 2 + 8,
        "snap-any-piece": 0,
    }


def test_homes_off_every_street_stay_off_it() -> None:
    world = World(worlds.demand((100, 150), (100, 0)), worlds.supply((0, 0)))
    assert set(covered(world.snaps()).values()) == {2}


def test_another_source_of_people_may_have_another_total() -> None:
    world = World(worlds.demand((100, 0), (1500, 0)), worlds.supply((0, 0)))
    census = worlds.demand((100, 0), (1500, 0), (3000, 0), residents=[6.0, 2.0, 2.0])
    other = network_coverage(
        WALK_10, world.network, demand=census, supply=world.own.supply,
        entrances=world.entrances, levels=(BASE,),
    )  # fmt: skip
    over = Text("用地", "land")
    variant = demand_variant("demand-census", Text("普查", "census"), other, over=over)
    found = uncertainty(world.own, (BASE,), [variant])
    rows = found.by_variant[found.by_variant["variant"] == "demand-census"]
    whole = rows.set_index("level").loc["study"]
    assert (whole["total"], whole["covered"], whole["people"]) == (10, 6, 5)
    assert whole["points"] == pytest.approx(60 - 100 / 3)
    assert rows["zone_id"].tolist()[-1] == "", "what lies outside every zone is not lost"
    assert rows["total"].tolist() == [6, 2, 10, 2]
    assert variant.name.en == 'People by "census", spread over "land"'


# What is stated -----------------------------------------------------------------------------------


def test_errors_of_the_layer_go_before_those_of_the_study() -> None:
    table = worlds.supply((0, 0), (1, 0), (2, 0))
    assert position_errors(table, None) == (None, ())
    assert position_errors(table, 5)[0].tolist() == [5, 5, 5]
    own = table.assign(accuracy_m=["10", "", "0"])
    assert position_errors(own, 5)[0].tolist() == [10, 5, 0]


@pytest.mark.parametrize("value", ["", "-1", "near"])
def test_a_column_with_a_gap_that_nobody_asked_for_is_told_and_left(value) -> None:
    table = worlds.supply((0, 0), (1, 0)).assign(accuracy_m=["10", value])
    errors, (told,) = position_errors(table, None)
    assert errors is None
    assert (told.code, told.count, told.sample_ids) == ("position-error-missing", 1, ("f1",))


@pytest.mark.parametrize("value", ["-1", "near"])
def test_nonsense_is_refused_where_an_error_is_asked_for(value) -> None:
    table = worlds.supply((0, 0), (1, 0)).assign(accuracy_m=["10", value])
    with pytest.raises(TableError, match="accuracy_m") as told:
        position_errors(table, 50)
    assert told.value.row == "f1"


def test_open_ground_has_no_one_speed() -> None:
    own = World(worlds.demand((1, 0)), worlds.supply((0, 0))).own
    require_distance(own)
    ground = standard(method="surface", mode="test", cutoff_min=10)
    with pytest.raises(StudyError, match="open ground"):
        require_distance(replace(own, standard=ground))


# Whatever the world -------------------------------------------------------------------------------


@settings(max_examples=15, deadline=None)
@given(worlds.random_worlds(), st.floats(0, 100), st.floats(0, 100))
def test_rates_lie_between_their_bounds_and_wider_errors_hold_narrower_ones(drawn, a, b) -> None:
    table, homes, clinics = drawn
    if homes.empty or clinics.empty:
        return
    zones = worlds.base_level((-500, -500, 60, 500), (60, -500, 500, 500))
    rule = standard(method="network", mode="test", cutoff_min=1)
    world = World(homes, clinics, streets=table, rule=rule, levels=(zones,))
    narrow, wide = (world.positions(error_m) for error_m in sorted((a, b)))
    found = uncertainty(world.own, (zones,), (*world.snaps(), *wide))
    rated = found.by_zone[found.by_zone["rate"].notna()]
    assert (rated["rate_low"] <= rated["rate"]).all()
    assert (rated["rate"] <= rated["rate_high"]).all()
    assert (rated["just_covered"] <= rated["covered"]).all()
    assert (rated["just_missed"] <= rated["total"] - rated["covered"]).all()
    own = world.own.zones.set_index("level").loc["study", "covered"]
    inner, outer = covered(narrow), covered(wide)
    assert outer["position-worst"] <= inner["position-worst"] <= own
    assert own <= inner["position-best"] <= outer["position-best"]
    for _, rows in found.by_variant.groupby("variant"):
        levels = rows.groupby("level")[["total", "covered"]].sum()
        assert levels.loc["block"].tolist() == levels.loc["study"].tolist()


def test_tables_without_variants_have_their_columns() -> None:
    rule = standard(method="straight_line", size_classes=(SizeClass(min_area_m2=0, cutoff_m=300),))
    own = straight_coverage(
        rule, demand=worlds.demand((10, 0)), supply=worlds.supply((0, 0)).assign(area_m2=500.0),
        levels=(BASE,),
    )  # fmt: skip
    found = uncertainty(own, (BASE,))
    assert isinstance(found.by_variant, pd.DataFrame)
    assert found.by_variant.empty
    assert found.by_zone["rate_low"].equals(found.by_zone["rate"])
