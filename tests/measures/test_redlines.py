"""Red lines on rectangles worked out by hand, on any rectangles, and on real parks."""

import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon, box
from shapely.affinity import translate

from urbangis.catalog import Rule, load_catalogue
from urbangis.errors import BalanceError, CrsError, TableError
from urbangis.measures.overlay import check_balance
from urbangis.measures.redlines import VERDICTS, Conflicts, check_conflicts, outside_boundary

ROOT = Path(__file__).parents[2]
CRS = "EPSG:4549"
# A true place in Jiangsu, so that the last bits of coordinates are as they will be.
EAST, NORTH = 412_345.0, 3_567_890.0

CORE = {"generation": "2022", "tier": "核心保护区", "nature": "surveyed"}
OTHER = {"generation": "2022", "tier": "其他区域", "nature": "surveyed"}
CONTROL = {"generation": "2020", "tier": "生态空间管控区域", "nature": "surveyed"}


@pytest.fixture(scope="module")
def rules() -> dict[str, Rule]:
    return dict(load_catalogue().rules)


def table(shapes: dict[str, object], **columns: object) -> gpd.GeoDataFrame:
    placed = [translate(shape, EAST, NORTH) for shape in shapes.values()]
    names = [f"name of {key}" for key in shapes]
    return gpd.GeoDataFrame(
        {"id": list(shapes), "name": names, **columns}, geometry=placed, crs=CRS
    )


def lines(*rows: tuple[str, object, dict[str, str]]) -> gpd.GeoDataFrame:
    attributes = pd.DataFrame([kind for _, _, kind in rows])
    return table({key: shape for key, shape, _ in rows}, **attributes)


def one(rows: pd.DataFrame) -> pd.Series:
    assert len(rows) == 1
    return rows.iloc[0]


def parts_of(result: Conflicts, plan: str) -> dict[str, float]:
    rows = result.parts[result.parts["plan_id"] == plan]
    assert tuple(rows["verdict"]) == VERDICTS
    return dict(zip(rows["verdict"], rows["share"], strict=True))


def codes(result: Conflicts) -> set[str]:
    return {notice.code for notice in result.notices}


# Rectangles -------------------------------------------------------------------------------------


def test_rectangles_by_hand(rules):
    # The core is 1,000 m x 1,000 m. Plan "half" is 200 x 100 with 50 m inside; "far" is 300 m
    # away; "in" lies wholly inside; "corner" shares a square of 20 x 20 of its 100 x 100.
    redlines = lines(("core", box(0, 0, 1000, 1000), CORE))
    plans = table(
        {
            "half": box(-150, 0, 50, 100),
            "far": box(1300, 0, 1400, 100),
            "in": box(400, 400, 500, 500),
            "corner": box(980, 980, 1080, 1080),
        }
    )
    result = check_conflicts(plans, redlines, rules=rules)
    found = result.plans.set_index("id")
    assert list(found.index) == ["half", "far", "in", "corner"]
    assert list(found["verdict"]) == ["forbid", "clear", "forbid", "forbid"]
    assert not found["indicative"].any()
    np.testing.assert_allclose(found["area_m2"], [20_000, 10_000, 10_000, 10_000])
    np.testing.assert_allclose(found["conflict_m2"], [5_000, 0, 10_000, 400])
    np.testing.assert_allclose(found["share"], [0.25, 0, 1, 0.04])
    assert found["share"]["in"] == 1.0
    np.testing.assert_allclose(found["distance_m"], [0, 300, 0, 0])
    assert found["length_m"].isna().all()
    assert list(found["redline_id"]) == ["core"] * 4
    assert found["rule_id"]["half"] == "redline-core"
    assert pd.isna(found["rule_id"]["far"])
    pair = one(result.pairs[result.pairs["plan_id"] == "half"])
    assert pair["quote"] == "自然保护地核心保护区原则上禁止人为活动"
    assert pair["redline_name"] == "name of core"
    assert (pair["confidence"], pair["verdict"]) == ("high", "forbid")
    assert pair["conflict_m2"] == pytest.approx(5_000)
    assert pair["tolerated_m2"] == pytest.approx(0)
    assert result.notices == ()


def test_the_strictest_verdict_first_and_no_land_twice(rules):
    # A plan of 1,000 x 100. Control area over its first 600 m, other red line from 400 to 800,
    # core from 500 to 550: forbid 50, positive list 400 - 50, review 600 - 200, clear 200.
    redlines = lines(
        ("c-control", box(-500, -50, 600, 150), CONTROL),
        ("b-other", box(400, -50, 800, 150), OTHER),
        ("a-core", box(500, -50, 550, 150), CORE),
    )
    result = check_conflicts(table({"p": box(0, 0, 1000, 100)}), redlines, rules=rules)
    assert parts_of(result, "p") == pytest.approx(
        {"forbid": 0.05, "positive-list": 0.35, "review": 0.40, "clear": 0.20}
    )
    plan = one(result.plans)
    assert (plan["verdict"], plan["redline_id"]) == ("forbid", "a-core")
    assert plan["conflict_m2"] == pytest.approx(80_000)
    assert list(result.pairs["redline_id"]) == ["a-core", "b-other", "c-control"]
    assert list(result.pairs["verdict"]) == ["forbid", "positive-list", "review"]
    np.testing.assert_allclose(result.pairs["conflict_m2"], [5_000, 40_000, 60_000])
    assert codes(result) == {"redlines-overlap", "redline-rules-unchecked"}


def test_parts_and_holes(rules):
    # A ring of 100 x 100 with a hole of 60 x 60, and a second piece of 10 x 10 far away.
    ring = Polygon(box(0, 0, 100, 100).exterior, [box(20, 20, 80, 80).exterior])
    area = MultiPolygon([ring, box(1000, 0, 1010, 10)])
    plans = table(
        {
            "hole": box(30, 30, 70, 70),  # 10 m from the ring
            "over hole": box(0, 40, 100, 60),  # 100 x 20, of which 60 x 20 over the hole
            "two": MultiPolygon([box(-10, 0, 10, 10), box(1005, 0, 1025, 10)]),  # 100 + 50 of 400
        }
    )
    result = check_conflicts(plans, lines(("ring", area, OTHER)), rules=rules)
    found = result.plans.set_index("id")
    assert list(found["verdict"]) == ["clear", "positive-list", "positive-list"]
    np.testing.assert_allclose(found["conflict_m2"], [0, 800, 150])
    assert found["distance_m"]["hole"] == pytest.approx(10)
    assert len(result.pairs) == 2


def test_the_nearest_area_is_told_across_a_hole_and_of_several(rules):
    ring = Polygon(box(0, 0, 1000, 1000).exterior, [box(100, 100, 900, 900).exterior])
    redlines = lines(
        ("b", box(2000, 0, 2100, 100), OTHER),
        ("a", box(1400, 0, 1500, 100), OTHER),
        ("ring", ring, CORE),
    )
    # 390 m from the hole's border; 250 m from two areas at once; 5 m from a long straight border.
    plans = table(
        {
            "hole": box(490, 490, 510, 510),
            "middle": Point(1750, 50),
            "by": box(300, 1005, 310, 1010),
        }
    )
    result = check_conflicts(plans, redlines, rules=rules)
    assert list(result.plans["redline_id"]) == ["ring", "a", "ring"]
    np.testing.assert_allclose(result.plans["distance_m"], [390, 250, 5])
    assert result.pairs.empty
    assert result.notices == ()
    assert (result.parts.query("verdict == 'clear'")["share"] == 1).all()


# Borders and slivers ----------------------------------------------------------------------------


def test_neighbours_that_touch_are_clear_and_told(rules):
    redlines = lines(("core", box(0, 0, 1000, 1000), CORE))
    plans = table(
        {
            "edge": box(1000, 0, 1100, 100),
            "corner": box(1000, 1000, 1100, 1100),
            "thin": box(999.9, 0, 1100, 1000),  # 0.1 m x 1,000 m: 100 m2, but a drawn border
            "small": box(997, 997, 1100, 1100),  # 3 m x 3 m = 9 m2
        }
    )
    result = check_conflicts(plans, redlines, rules=rules)
    assert set(result.plans["verdict"]) == {"clear"}
    assert (result.plans["conflict_m2"] == 0).all()
    assert (result.plans["distance_m"] == 0).all()
    assert set(result.pairs["verdict"]) == {"clear"}
    tolerated = result.pairs.set_index("plan_id")["tolerated_m2"]
    np.testing.assert_allclose(tolerated[list(plans["id"])], [0, 0, 100, 9], rtol=1e-6, atol=1e-6)
    (told,) = result.notices
    assert (told.code, told.count) == ("redlines-touched", 4)
    exact = check_conflicts(plans, redlines, rules=rules, sliver_m2=0, sliver_width_m=0)
    assert list(exact.plans["verdict"]) == ["clear", "clear", "forbid", "forbid"]
    np.testing.assert_allclose(exact.plans["conflict_m2"], [0, 0, 100, 9], rtol=1e-6, atol=1e-6)


def test_a_sliver_beside_a_conflict_is_not_counted_with_it(rules):
    # 50 m into a red line on the left; 0.2 m into a core on the right, all along.
    redlines = lines(("a", box(0, 0, 1000, 1000), OTHER), ("b", box(1500, 0, 2000, 1000), CORE))
    result = check_conflicts(table({"p": box(950, 0, 1500.2, 1000)}), redlines, rules=rules)
    plan = one(result.plans)
    assert (plan["verdict"], plan["redline_id"]) == ("positive-list", "a")
    assert plan["conflict_m2"] == pytest.approx(50_000)
    assert list(result.pairs["verdict"]) == ["positive-list", "clear"]
    np.testing.assert_allclose(result.pairs["tolerated_m2"], [0, 200], atol=1e-4, rtol=1e-6)
    assert parts_of(result, "p")["forbid"] == 0
    assert codes(result) == {"redlines-touched"}


def test_exactly_at_the_tolerance_is_a_conflict(rules):
    redlines = lines(("core", box(0, 0, 1000, 1000), CORE))
    plans = table({"wide": box(999.5, 0, 1100, 1000), "large": box(996, 997.5, 1100, 1100)})
    result = check_conflicts(plans, redlines, rules=rules)
    np.testing.assert_allclose(result.plans["conflict_m2"], [500, 10])
    below = table({"wide": box(999.51, 0, 1100, 1000), "large": box(996, 997.51, 1100, 1100)})
    assert set(check_conflicts(below, redlines, rules=rules).plans["verdict"]) == {"clear"}


def test_what_is_small_itself_is_no_sliver(rules):
    # A mast of 2 m x 2 m, a spring of 2 m x 2 m, and a path 0.4 m wide that crosses the core.
    redlines = lines(
        ("core", box(0, 0, 1000, 1000), CORE), ("spring", box(3000, 0, 3002, 2), OTHER)
    )
    plans = table(
        {
            "mast": box(500, 500, 502, 502),
            "mast and depot": MultiPolygon([box(600, 500, 602, 502), box(5000, 0, 5100, 100)]),
            "estate": box(2900, -100, 3100, 100),
            "path": box(-1000, 700, 2000, 700.4),
        }
    )
    found = check_conflicts(plans, redlines, rules=rules).plans
    assert list(found["verdict"]) == ["forbid", "forbid", "positive-list", "forbid"]
    np.testing.assert_allclose(found["conflict_m2"], [4, 4, 4, 400], rtol=1e-6)


def test_lines_along_and_across_a_border(rules):
    redlines = lines(("core", box(0, 0, 1000, 1000), CORE))
    plans = table(
        {
            "along": LineString([(-100, 0), (1100, 0)]),
            "just inside": LineString([(100, 0.3), (900, 0.3)]),
            "across": LineString([(500, -300), (500, 100)]),
            "along, then in": LineString([(0, 1000), (600, 1000), (600, 800)]),
            "twice": MultiLineString([[(200, -50), (200, 50)], [(300, -50), (300, 50)]]),
            "out and back": LineString([(-100, 500), (100, 500), (-100, 500)]),
            "past": LineString([(1200, 0), (1200, 100)]),
        }
    )
    result = check_conflicts(plans, redlines, rules=rules)
    found = result.plans.set_index("id")
    assert found["verdict"].to_dict() == {
        "along": "clear", "just inside": "clear", "across": "forbid", "along, then in": "forbid",
        "twice": "forbid", "out and back": "forbid", "past": "clear",
    }  # fmt: skip
    np.testing.assert_allclose(found["length_m"], [1200, 800, 400, 800, 200, 200, 100])
    np.testing.assert_allclose(found["conflict_m"], [0, 0, 100, 200, 100, 100, 0])
    np.testing.assert_allclose(found["share"], [0, 0, 0.25, 0.25, 0.5, 0.5, 0])
    np.testing.assert_allclose(found["distance_m"], [0, 0, 0, 0, 0, 0, 200])
    tolerated = result.pairs.set_index("plan_id")["tolerated_m"]
    assert tolerated["along"] == pytest.approx(1000)
    assert tolerated["just inside"] == pytest.approx(800)
    assert tolerated["along, then in"] == pytest.approx(600)
    (told,) = result.notices
    assert (told.code, told.count) == ("redlines-touched", 2)


def test_points_on_a_border(rules):
    redlines = lines(("core", box(0, 0, 1000, 1000), CORE))
    plans = table(
        {
            "border": Point(0, 500),
            "corner": Point(1000, 1000),
            "a step inside": Point(0.4, 500),
            "inside": Point(0.5, 500),
            "outside": Point(-3, 504),
            "three": MultiPoint([(500, 500), (0, 500), (-50, 500), (500, 500)]),
        }
    )
    found = check_conflicts(plans, redlines, rules=rules).plans
    assert list(found["verdict"]) == ["clear", "clear", "clear", "forbid", "clear", "forbid"]
    np.testing.assert_allclose(found["share"], [0, 0, 0, 1, 0, 1 / 3])
    np.testing.assert_allclose(found["distance_m"], [0, 0, 0, 0, 3, 0], atol=1e-9)
    assert found[["area_m2", "length_m", "conflict_m2", "conflict_m"]].isna().all(axis=None)


def test_the_border_between_two_areas_is_inside_both(rules):
    redlines = lines(("a", box(0, 0, 500, 1000), CORE), ("b", box(500, 0, 1000, 1000), CORE))
    plans = table(
        {
            "road": LineString([(500, -100), (500, 1100)]),
            "site": Point(500, 500),
            "strip": box(499.8, 0, 500.2, 1000),
        }
    )
    result = check_conflicts(plans, redlines, rules=rules)
    assert set(result.plans["verdict"]) == {"forbid"}
    np.testing.assert_allclose(result.plans["conflict_m"][0], 1000)
    np.testing.assert_allclose(result.plans["conflict_m2"][2], 400, rtol=1e-6)
    assert len(result.pairs) == 6
    np.testing.assert_allclose(result.pairs["share"], [1000 / 1200] * 2 + [1, 1, 0.5, 0.5])


def test_a_ditch_too_narrow_for_the_tolerance_is_taken_exactly(rules):
    redlines = lines(("ditch", box(0, 0, 1000, 0.8), CORE))
    plans = table(
        {
            "across": LineString([(500, -10), (500, 10)]),
            "along": LineString([(0, 0), (1000, 0)]),
            "at": Point(500, 0.4),
        }
    )
    found = check_conflicts(plans, redlines, rules=rules).plans
    assert list(found["verdict"]) == ["forbid", "clear", "forbid"]
    assert found["conflict_m"][0] == pytest.approx(0.8)


# Rules ------------------------------------------------------------------------------------------

# Verdict by generation, tier and type, as the three generations of red lines give them.
RULES = [
    ("2013", "一级管控区", "森林公园", "forbid", "high"),
    ("2013", "一级管控区", "饮用水水源保护区", "forbid", "high"),
    ("2013", "二级管控区", "", "review", "high"),
    ("2013", "二级管控区", "风景名胜区", "review", "high"),
    ("2013", "二级管控区", "饮用水水源保护区", "review", "high"),
    ("2013", "二级管控区", "自然保护区", "review", "medium"),
    ("2013", "二级管控区", "洪水调蓄区", "review", "medium"),
    ("2013", "二级管控区", "清水通道维护区", "review", "medium"),
    ("2013", "二级管控区", "重要湿地", "review", "medium"),
    ("2013", "二级管控区", "太湖重要保护区", "review", "medium"),
    ("2013", "一级、二级管控区", "自然保护区", "review", "low"),
    ("2018", "自然保护地核心保护区", "", "forbid", "high"),
    ("2020", "核心保护区", "", "forbid", "high"),
    ("2022", "一般控制区", "", "positive-list", "high"),
    ("2018", "国家级生态保护红线", "", "positive-list", "low"),
    ("2020", "生态空间管控区域", "湿地公园", "review", "medium"),
    ("2022", "永久基本农田", "", "forbid", "high"),
]


@pytest.mark.parametrize(("generation", "tier", "kind", "verdict", "confidence"), RULES)
def test_verdict_by_generation_and_tier(rules, generation, tier, kind, verdict, confidence):
    area = {"generation": generation, "tier": tier, "type": kind, "nature": "surveyed"}
    redlines = lines(("area", box(0, 0, 100, 100), area))
    result = check_conflicts(table({"p": box(50, 0, 150, 100)}), redlines, rules=rules)
    pair = one(result.pairs)
    assert (pair["verdict"], pair["confidence"]) == (verdict, confidence)
    assert pair["indicative"] == (confidence == "low")
    repealed = rules[pair["rule_id"]].repealed_by is not None
    assert ("redline-rules-repealed" in codes(result)) == repealed
    assert ("redline-rules-unchecked" in codes(result)) == (confidence == "medium")
    assert ("redlines-indicative" in codes(result)) == (confidence == "low")


def test_every_rule_can_be_cited(rules):
    assert rules
    for rule in rules.values():
        assert rule.source.document, rule.id
        assert rule.source.clause, rule.id
        assert rule.requirement.zh.strip(), rule.id
        assert rule.requirement.en.strip(), rule.id
        # A rule without the words of its document is not sure of them.
        assert rule.source.quote or rule.source.confidence != "high", rule.id


def test_the_law_stands_when_the_plan_is_repealed(rules):
    old = {one.id for one in rules.values() if one.repealed_by}
    assert old
    assert all(rules[name].source.document.startswith("江苏省生态红线") for name in old)
    assert "js2013-tier-1-water-source" not in old


@pytest.mark.parametrize(
    ("told", "indicative"),
    [
        ({"nature": "surveyed"}, False),
        ({"nature": "surveyed", "confidence": "medium"}, False),
        ({"nature": "surveyed", "confidence": "low"}, True),
        ({"nature": "schematic"}, True),
        ({"nature": "approximate", "confidence": "high"}, True),
        ({}, True),
    ],
)
def test_a_verdict_is_firm_only_by_a_surveyed_line(rules, told, indicative):
    redlines = lines(("area", box(0, 0, 100, 100), {**CORE, "nature": "", **told}))
    plans = table({"in": box(10, 10, 90, 90), "far": box(500, 0, 600, 100)})
    result = check_conflicts(plans, redlines, rules=rules)
    assert list(result.plans["indicative"]) == [indicative, indicative]
    assert ("redlines-indicative" in codes(result)) == indicative


def test_the_firm_verdict_goes_before_the_indicative(rules):
    redlines = lines(
        ("a", box(0, 0, 100, 100), {**CORE, "nature": "schematic"}),
        ("b", box(90, 0, 200, 100), CORE),
    )
    plan = one(check_conflicts(table({"p": box(0, 0, 95, 100)}), redlines, rules=rules).plans)
    assert (plan["redline_id"], plan["indicative"]) == ("b", False)


def test_a_rule_of_ones_own(rules):
    own = rules["redline-other"].model_copy(
        update={"id": "town-ban", "verdict": "forbid", "types": ("水源地",)}
    )
    redlines = lines(("area", box(0, 0, 100, 100), {**OTHER, "type": "水源地"}))
    plans = table({"p": box(0, 0, 50, 50)})
    result = check_conflicts(plans, redlines, rules={**rules, own.id: own})
    assert list(result.pairs["rule_id"]) == ["town-ban"]
    assert one(result.plans)["verdict"] == "forbid"


# What is wrong with the input --------------------------------------------------------------------


def test_faults_name_the_row_and_the_remedy(rules):
    plans = table({"p": box(0, 0, 1, 1)})
    good = lines(("area", box(0, 0, 100, 100), CORE))
    strange = good.assign(tier="三级")
    with pytest.raises(TableError, match=r'row area: no rule fits the tier "三级".*核心保护区'):
        check_conflicts(plans, strange, rules=rules)
    with pytest.raises(TableError, match="Generations with rules: 2013, 2018, 2020, 2022"):
        check_conflicts(plans, good.assign(generation="1999"), rules=rules)
    with pytest.raises(TableError, match='no column "generation"'):
        check_conflicts(plans, good.drop(columns="generation"), rules=rules)
    with pytest.raises(TableError, match='row area: has the confidence "sure"'):
        check_conflicts(plans, good.assign(confidence="sure"), rules=rules)
    with pytest.raises(TableError, match=r"red lines.*row area: is no polygon"):
        check_conflicts(plans, good.set_geometry(good.boundary), rules=rules)
    with pytest.raises(TableError, match="row p: has no geometry"):
        check_conflicts(plans.set_geometry([None], crs=CRS), good, rules=rules)
    with pytest.raises(TableError, match="holds no rows"):
        check_conflicts(plans, good[:0], rules=rules)
    with pytest.raises(CrsError, match="two coordinate systems"):
        check_conflicts(plans, good.to_crs("EPSG:4528"), rules=rules)
    with pytest.raises(CrsError, match="not projected"):
        check_conflicts(plans.to_crs("EPSG:4490"), good.to_crs("EPSG:4490"), rules=rules)


def test_an_overlay_that_does_not_add_up_is_not_published():
    shapes, areas = np.array([box(0, 0, 10, 10)], object), np.array([box(5, 0, 20, 10)], object)
    check_balance(shapes, areas, np.array([50.0]))
    with pytest.raises(BalanceError, match="miss the total 100"):
        check_balance(shapes, areas, np.array([50.001]))


# Inside and outside a boundary ------------------------------------------------------------------


def test_industrial_land_inside_the_growth_boundary():
    # Two boundary pieces that overlap make 0..150; parcels lie wholly in, half in, and outside;
    # "twice" is the same land as "half".
    boundary = table({"x": box(0, 0, 100, 100), "y": box(50, 0, 150, 100)})
    parcels = table(
        {
            "in": box(10, 0, 30, 100),
            "half": box(100, 0, 200, 100),
            "out": box(400, 0, 500, 10),
            "twice": box(100, 0, 200, 100),
        }
    )
    found = outside_boundary(parcels, boundary).set_index("id")
    assert list(found.index) == ["in", "half", "out", "twice", "study"]
    np.testing.assert_allclose(found["area_m2"], [2000, 10_000, 1000, 10_000, 13_000])
    np.testing.assert_allclose(found["inside_m2"], [2000, 5000, 0, 5000, 7000])
    np.testing.assert_allclose(found["outside_m2"], [0, 5000, 1000, 5000, 6000])
    np.testing.assert_allclose(found["inside_share"], [1, 0.5, 0, 0.5, 7 / 13])
    assert found["inside_share"]["in"] == 1.0
    with pytest.raises(TableError, match="is no polygon"):
        outside_boundary(table({"site": Point(0, 0)}), boundary)


# Any rectangles ---------------------------------------------------------------------------------

SPAN = st.integers(0, 400)
SIDE = st.integers(1, 200)
RECTANGLES = st.lists(st.tuples(SPAN, SPAN, SIDE, SIDE), min_size=1, max_size=5)
KINDS = [CORE, OTHER, CONTROL]


def rectangles(rows: list[tuple[int, int, int, int]]) -> dict[str, Polygon]:
    return {f"{n}": box(x, y, x + w, y + h) for n, (x, y, w, h) in enumerate(rows)}


def cells(shape: Polygon) -> set[tuple[int, int]]:
    """Return the squares of one metre that a rectangle of whole metres is made of."""
    x0, y0, x1, y1 = map(round, shape.bounds)
    return {(x, y) for x in range(x0, x1) for y in range(y0, y1)}


@settings(deadline=None, max_examples=30)
@given(RECTANGLES, RECTANGLES)
def test_sizes_are_those_of_counted_squares(plan_rows, area_rows):
    plans = rectangles(plan_rows)
    areas = rectangles(area_rows)
    kinds = [KINDS[n % 3] for n in range(len(areas))]
    redlines = lines(*zip(areas, areas.values(), kinds, strict=True))
    catalogue = load_catalogue().rules
    result = check_conflicts(table(plans), redlines, rules=catalogue, sliver_m2=0, sliver_width_m=0)
    squares = {key: cells(shape) for key, shape in areas.items()}
    for key, plan in plans.items():
        left, expected = cells(plan), []
        for rank in range(3):
            ruled = [squares[f"{n}"] for n in range(rank, len(areas), 3)]
            taken = left & set().union(*ruled)
            expected.append(len(taken))
            left = left - taken
        expected.append(len(left))
        rows = result.parts[result.parts["plan_id"] == key]
        np.testing.assert_allclose(rows["area_m2"], expected, atol=1e-4)
        assert rows["area_m2"].sum() == pytest.approx(plan.area, rel=1e-9)
        assert (rows["area_m2"] >= 0).all()


@settings(deadline=None, max_examples=50)
@given(RECTANGLES, RECTANGLES, st.floats(0, 360), st.floats(0.01, 50))
def test_inside_and_outside_make_the_whole(parcel_rows, area_rows, angle, scale):
    turned = [
        shapely.transform(
            np.array(list(rectangles(rows).values())),
            lambda xy: xy @ (scale * np.array([
                [np.cos(np.radians(angle)), -np.sin(np.radians(angle))],
                [np.sin(np.radians(angle)), np.cos(np.radians(angle))],
            ])),
        )
        for rows in (parcel_rows, area_rows)
    ]  # fmt: skip
    parcels, areas = ({f"{n}": shape for n, shape in enumerate(shapes)} for shapes in turned)
    found = outside_boundary(table(parcels), table(areas))
    total = found["inside_m2"] + found["outside_m2"]
    np.testing.assert_allclose(total, found["area_m2"], rtol=1e-9)
    assert (found[["inside_m2", "outside_m2"]] >= 0).all(axis=None)
    whole = shapely.union_all(turned[0]).area
    assert found["area_m2"].iloc[-1] == pytest.approx(whole, rel=1e-6)


def test_the_order_of_the_red_lines_does_not_matter(rules):
    redlines = lines(
        ("a", box(0, 0, 300, 300), CONTROL),
        ("b", box(200, 0, 500, 300), OTHER),
        ("c", box(250, 100, 600, 400), CORE),
    )
    plans = table({"p": box(100, 50, 550, 150), "q": box(800, 0, 900, 10), "r": Point(210, 10)})
    first = check_conflicts(plans, redlines, rules=rules)
    again = check_conflicts(plans, redlines[::-1], rules=rules)
    pd.testing.assert_frame_equal(first.plans, again.plans)
    pd.testing.assert_frame_equal(first.parts, again.parts)
    pd.testing.assert_frame_equal(first.pairs, again.pairs)
    assert first.notices == again.notices


# The red lines of Jiangsu, and real parks --------------------------------------------------------


def test_the_schematic_red_lines_of_jiangsu_give_indicative_verdicts(rules):
    redlines = gpd.read_file(ROOT / "data/layers/red_lines.geojson").to_crs(CRS)
    redlines = redlines[redlines.geometry.notna()].rename(columns={"regime": "generation"})
    assert len(redlines) == 32
    middle = redlines.set_index("id").geometry["RL-17"].centroid  # 阳澄湖（昆山市）重要湿地
    plans = gpd.GeoDataFrame(
        {"id": ["lake", "sea"], "name": ""},
        geometry=[middle.buffer(100), translate(middle, 2e5, 0)],
        crs=CRS,
    )
    result = check_conflicts(plans, redlines, rules=rules)
    assert list(result.plans["verdict"]) == ["review", "clear"]
    assert result.plans["indicative"].all()
    lake = result.pairs[result.pairs["plan_id"] == "lake"].set_index("redline_id").loc["RL-17"]
    assert (lake["rule_id"], lake["confidence"]) == ("js2013-tier-2-resources", "low")
    assert {"redlines-indicative", "redline-rules-repealed"} <= codes(result)


def test_real_parks_against_a_double_loop(real_data, rules):
    parks = gpd.read_file(real_data / "protected/osm_parks.gpkg")
    areas = gpd.read_file(real_data / "protected/osm_protected_areas.gpkg")
    # The parks lie all over the world: an equal-area plane keeps their neighbours neighbours.
    plane = "+proj=cea +lat_ts=30 +datum=WGS84 +units=m"
    parks = parks.to_crs(plane)
    near = pd.concat([areas.to_crs(plane), parks[::3]], ignore_index=True)
    plans = parks.assign(id=[f"p{n:03}" for n in range(len(parks))], name="")
    redlines = near.assign(
        id=[f"r{n:03}" for n in range(len(near))],
        name="",
        tier=np.resize(["核心保护区", "其他区域"], len(near)),
        generation="2022",
        nature="surveyed",
    )
    result = check_conflicts(plans, redlines, rules=rules, sliver_m2=0, sliver_width_m=0)
    assert (len(plans), len(areas)) == (528, 31)
    expected = {}
    for plan, park in zip(plans["id"], plans.geometry, strict=True):
        for redline, area in zip(redlines["id"], redlines.geometry, strict=True):
            if park.intersects(area):
                expected[plan, redline] = park.intersection(area).area
    found = result.pairs.set_index(["plan_id", "redline_id"])["conflict_m2"]
    assert list(found.index) == sorted(expected)
    # The parks that are red lines too: each meets at least itself.
    assert len(expected) >= len(parks[::3])
    np.testing.assert_allclose(found, [expected[key] for key in found.index], rtol=1e-9, atol=1e-4)
    nearest = [min(park.distance(area) for area in redlines.geometry) for park in plans.geometry]
    np.testing.assert_allclose(result.plans["distance_m"], nearest, rtol=1e-12)
    for row, park in zip(result.plans.itertuples(), plans.geometry, strict=True):
        hit = [
            redlines.geometry[n] for n in range(len(redlines)) if (row.id, f"r{n:03}") in expected
        ]
        union = shapely.union_all(hit)
        assert row.conflict_m2 == pytest.approx(park.intersection(union).area, rel=1e-9, abs=1e-4)
    sums = result.parts.groupby("plan_id", sort=False)["area_m2"].sum()
    np.testing.assert_allclose(sums, plans.area, rtol=1e-9)


# The page ---------------------------------------------------------------------------------------


def test_the_example_of_the_page(capsys):
    text = (ROOT / "docs/red-lines.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    (said,) = re.findall(r"```text\n(.*?)```", text, re.DOTALL)
    names: dict[str, object] = {}
    exec(code, names)  # noqa: S102 - the page's own words
    assert capsys.readouterr().out == said
    result = names["result"]
    # Estate: 100 m x 400 m of 500 m x 400 m. Road: 1,900 m of 3,000 m, the core's 1,000 m first.
    found = result.plans.set_index("id")
    assert list(found["verdict"]) == ["forbid", "forbid", "review", "clear"]
    np.testing.assert_allclose(found["share"], [0.2, 1900 / 3000, 1, 0])
    assert found["conflict_m2"]["estate"] == pytest.approx(40_000)
    road = result.parts[result.parts["plan_id"] == "road"]
    np.testing.assert_allclose(road["length_m"], [1000, 0, 900, 1100])
    each = result.pairs[result.pairs["plan_id"] == "road"]
    np.testing.assert_allclose(each["conflict_m"], [1000, 1000])
    assert codes(result) >= {"redlines-touched", "redlines-overlap"}
