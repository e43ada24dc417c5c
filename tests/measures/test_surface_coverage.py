"""Coverage over open ground, in a world of 10 m cells where everybody walks 1 m/s."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from rasterio.transform import Affine

import worlds
from urbangis.catalog import Standard
from urbangis.errors import StudyError
from urbangis.measures.coverage import straight_coverage
from urbangis.measures.rules import compare_rules
from urbangis.measures.surface import surface_coverage
from urbangis.notices import Text
from urbangis.travel.friction import build_friction
from urbangis.travel.surface import Surface, build_surface

BASE = worlds.base_level((-55, -55, 155, 1105))
RIVER = gpd.GeoDataFrame(geometry=[shapely.LineString([(50, -60), (50, 1110)])], crs=worlds.CRS)
BRIDGE = gpd.GeoDataFrame(
    {"speed_kmh": [3.6]}, geometry=[shapely.LineString([(0, 1000), (100, 1000)])], crs=worlds.CRS
)
# As by network: d0 300 m up the bank, d1 across the river, d2 and d4 farther up there, d3 at 900 m.
HOMES = worlds.demand((0, 300), (100, 0), (100, 500), (0, 900), (100, 900))


def standard(**values) -> Standard:
    common = {
        "id": "ground-15",
        "name": Text("测试", "test"),
        "facilities": ("clinic",),
        "method": "surface",
        "mode": "test",
        "cutoff_min": 15,
        "denominators": ("residents",),
        "source": worlds.HERE,
    }
    return Standard(**{**common, **values})


def ground(*, bridge: bool = True, river: bool = True) -> Surface:
    """Cells with centres at whole tens of metres; the river is one column of them."""
    transform = Affine(10, 0, -55, 0, -10, 1105)
    friction, _ = build_friction(
        np.ones((116, 21), np.uint8),
        {1: 3.6},
        transform=transform,
        crs=HOMES.crs,
        roads=BRIDGE if bridge else None,
        barriers=RIVER if river else None,
    )
    return build_surface(friction, transform=transform, crs=HOMES.crs)


def covered(surface: Surface, homes=HOMES, supply=None):
    clinic = worlds.supply((0, 0)) if supply is None else supply
    return surface_coverage(standard(), surface, demand=homes, supply=clinic, levels=(BASE,))


def test_the_river_is_crossed_by_the_bridge_and_the_cutoff_is_inclusive() -> None:
    found = covered(ground())
    assert found.demand["share"].tolist() == [1, 0, 0, 1, 0]
    assert found.demand["share_low"].tolist() == [1, 0, 0, 0, 0]
    cost = found.demand["cost"]
    assert cost[[0, 3]].tolist() == pytest.approx([300, 900])
    # By the middle of the bridge it is 1,001 m up and as much down; moves add 2.8 % at most.
    shortest = 2 * np.hypot(50, 1000)
    assert shortest <= cost[1] <= 1.028 * shortest + 20
    whole = found.zones.set_index("level").loc["study"]
    assert (whole["total"], whole["covered"], whole["rate_low"]) == (31, 9, 1 / 31)


def test_the_straight_line_covers_across_the_river_and_the_ground_does_not() -> None:
    rule = standard(
        id="radius-900", method="straight_line", mode=None, cutoff_min=None, cutoff_m=900
    )
    straight = straight_coverage(rule, demand=HOMES, supply=worlds.supply((0, 0)), levels=(BASE,))
    (agreement,) = compare_rules((covered(ground()), straight), (BASE,)).agreements
    assert agreement.amounts == (9, 0, 6, 16)


def test_without_a_bridge_the_other_bank_is_cut_off_and_told() -> None:
    found = covered(ground(bridge=False))
    assert found.demand["cost"].isna().tolist() == [False, True, True, False, True]
    told = {one.code: one for one in found.notices}
    assert told["demand-cut-off"].sample_ids == ("d1", "d2", "d4")
    assert told["ground-closed"].count == 116


def test_places_off_the_ground_stay_in_the_total_and_are_told() -> None:
    found = covered(ground(), worlds.demand((0, 300), (500, 0), None, (50, 300)))
    assert found.demand["snapped"].tolist() == [True, False, False, True]
    assert found.zones.set_index("level").loc["study", "unsnapped"] == 6
    told = {one.code: one for one in found.notices}
    assert told["demand-off-ground"].sample_ids == ("d1", "d2")


def test_a_park_is_entered_at_its_boundary_and_one_with_gates_by_each() -> None:
    flat = ground(river=False)
    park = worlds.supply(shapely.box(-20, -20, 20, 20))
    assert covered(flat, supply=park).demand["cost"][0] == pytest.approx(280)
    gates = worlds.supply(shapely.MultiPoint([(0, -50), (0, 100)]))
    assert covered(flat, supply=gates).demand["cost"][0] == pytest.approx(200)


def test_land_is_not_counted_over_open_ground() -> None:
    with pytest.raises(StudyError, match="counts land"):
        surface_coverage(
            standard(denominators=("residential_m2",)),
            ground(),
            demand=HOMES,
            supply=worlds.supply((0, 0)),
            levels=(BASE,),
        )
