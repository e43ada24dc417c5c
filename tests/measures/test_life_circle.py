"""Life circles on worlds small enough to count by hand, against single standards, and on Sample
Town against NetworkX. Residents are powers of two: a sum names exactly who is in it."""

import io
import re
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

import sample_town_oracle as town
import worlds
from urbangis.catalog import Circle, CircleService, Standard, load_catalogue
from urbangis.errors import TableError
from urbangis.measures.coverage import network_coverage, straight_coverage
from urbangis.measures.life_circle import life_circle
from urbangis.network.build import build_network
from urbangis.network.entrances import facility_entrances
from urbangis.network.snap import snap_xy
from urbangis.notices import Text
from urbangis.pipeline.load import load_study

ROOT = Path(__file__).parents[2]
STREET = worlds.streets([(0, 0), (2000, 0)])
BASE = worlds.base_level((0, -200, 1000, 200), (1000, -200, 2000, 200))
HALVES = worlds.group_level({"west": ["z0"], "east": ["z1"]}, BASE)


def service(name: str, *kinds: str, **values) -> CircleService:
    common = {"facilities": kinds or (name,), "clause": "1", "confidence": "high"}
    return CircleService(id=name, name=Text(f"{name}（中）", name), **{**common, **values})


def circle(*services: CircleService) -> Circle:
    return Circle(
        id="test", name=Text("测试", "test"), tier_min=(15,), mode="test", services=services,
        source=worlds.HERE,
    )  # fmt: skip


def facilities(*rows: tuple[str, object]):
    """Facilities f0, f1, ... of a kind at a place."""
    table = worlds.supply(*(place for _, place in rows))
    return table.assign(kind=[kind for kind, _ in rows])


def by_network(asked, demand, supply, *, levels=(BASE,), streets=STREET, gates=None):
    network, _ = build_network(streets, worlds.mode())
    return life_circle(asked, network, demand=demand, supply=supply, levels=levels, gates=gates)


def row(table: pd.DataFrame, zone: str, **values) -> pd.Series:
    found = table[(table["zone_id"] == zone) & (table[list(values)] == values).all(axis=1)]
    assert len(found) == 1
    return found.iloc[0]


# School at 0 m within 10 minutes, market at 600 m within 5, clinic at 2,000 m within 15; 1 m/s.
THREE = circle(
    service("school", cutoff_min=10, cutoff_m=600),
    service("market", cutoff_min=5, cutoff_m=300),
    service("clinic", cutoff_min=15, cutoff_m=900),
)
PLACES = facilities(("school", (0, 0)), ("market", (600, 0)), ("clinic", (2000, 0)))
# x:            school  market  clinic
#  100 (1)      yes     500 no  1900 no
#  400 (2)      yes     yes     1600 no
#  900 (4)      900 no  yes     1100 no
# 1100 (8)      no      500 no  yes
# 1800 (16)     no      no      yes
HOMES = worlds.demand((100, 0), (400, 0), (900, 0), (1100, 0), (1800, 0))
METHODS = ["network", "straight_line"]


def three(method: str, *, demand=HOMES, supply=PLACES, levels=(BASE, HALVES)):
    if method == "network":
        return by_network(THREE, demand, supply, levels=levels)
    return life_circle(THREE, None, demand=demand, supply=supply, levels=levels)


@pytest.mark.parametrize("method", METHODS)
def test_every_home_and_every_service(method: str) -> None:
    found = three(method)
    assert found.cost.to_numpy().T.tolist() == [
        [100, 400, 900, 1100, 1800], [500, 200, 300, 500, 1200], [1900, 1600, 1100, 900, 200],
    ]  # fmt: skip
    assert found.within.to_numpy().T.tolist() == [
        [True, True, False, False, False],
        [False, True, True, False, False],
        [False, False, False, True, True],
    ]
    assert (found.facility_id == ["f0", "f1", "f2"]).all(axis=None)
    assert found.demand["present"].tolist() == [1, 2, 1, 1, 1]
    assert found.demand["missing"].tolist() == [
        "market clinic", "clinic", "school clinic", "school market", "school market",
    ]  # fmt: skip
    # cost over cutoff: clinic 1900/900 and 1600/900; school 900/600 against 1100/900; school
    # 1100/600 against market 500/300; market 1200/300
    assert found.demand["weakest"].tolist() == ["clinic", "clinic", "school", "school", "market"]
    np.testing.assert_allclose(
        found.demand["weakest_ratio"], [19 / 9, 16 / 9, 9 / 6, 11 / 6, 4], rtol=1e-12
    )
    assert (found.judged, found.asked) == (3, 3)
    assert not found.notices


@pytest.mark.parametrize("method", METHODS)
def test_people_by_zone_at_every_level(method: str) -> None:
    found = three(method)
    for zone, level in (("z0", "block"), ("west", "group")):
        west = row(found.zones, zone, level=level)
        assert west[["total", "covered", "uncovered"]].tolist() == [7, 0, 7]
        assert west["services"] == pytest.approx((1 * 1 + 2 * 2 + 4 * 1) / 7)
        assert west["most_missing"] == "clinic"  # all 7; school 4, market 1
        covered = [
            row(found.by_service, zone, level=level, service=name)["covered"]
            for name in ("school", "market", "clinic")
        ]
        assert covered == [1 + 2, 2 + 4, 0]
    east = row(found.zones, "z1", level="block")
    assert east["services"] == 1
    assert east["most_missing"] == "school"  # 24, and market 24: the first of the circle
    whole = row(found.zones, "study", level="study")
    assert whole["services"] == pytest.approx((1 + 4 + 4 + 8 + 16) / 31)
    assert whole["most_missing"] == "school"  # 28; market 1 + 8 + 16 = 25; clinic 7
    rates = found.by_service[found.by_service["level"] == "study"].set_index("service")["rate"]
    assert rates.to_dict() == pytest.approx({"school": 3 / 31, "market": 6 / 31, "clinic": 24 / 31})


def test_all_services_at_once_and_at_another_pace() -> None:
    """School at 0 m, market at 1,000 m, 10 minutes each: 400 to 600 m has both. At 540 m of reach
    460 to 540 m has, at 660 m 340 to 660 m."""
    both = circle(service("school", cutoff_min=10), service("market", cutoff_min=10))
    homes = worlds.demand((345, 0), (400, 0), (500, 0), (600, 0), (665, 0))
    found = by_network(both, homes, facilities(("school", (0, 0)), ("market", (1000, 0))))
    whole = row(found.zones, "study", level="study")
    assert whole["covered"] == 2 + 4 + 8
    assert whole["rate_low"] == pytest.approx(4 / 31)
    assert whole["rate_high"] == pytest.approx(15 / 31)
    assert whole["services"] == pytest.approx(1 + 14 / 31)
    assert found.demand.loc[[1, 2, 3], "missing"].tolist() == ["", "", ""]
    nobody_lacks = row(by_network(both, homes.iloc[1:4], found.supply).zones, "z0", level="block")
    assert nobody_lacks["most_missing"] is None
    assert nobody_lacks["rate"] == 1
    assert nobody_lacks["services"] == 2


def test_a_service_without_facilities_is_no_data_and_nobody_lacks_it() -> None:
    found = three("network", supply=PLACES[PLACES["kind"] != "market"])
    assert (found.judged, found.asked) == (2, 3)
    assert found.services["status"].tolist() == ["judged", "no_data", "judged"]
    assert found.services["facilities"].tolist() == [1, 0, 1]
    assert found.services["cutoff"].tolist() == [600, 300, 900]
    assert list(found.cost) == ["school", "clinic"]
    assert set(found.by_service["service"]) == {"school", "clinic"}
    assert found.demand["missing"].tolist() == [
        "clinic",
        "clinic",
        "school clinic",
        *["school"] * 2,
    ]
    (told,) = found.notices
    assert (told.code, told.severity) == ("circle-services-without-data", "warning")
    assert told.sample_ids == ("market",)
    assert "Of the 3 services of the life circle 2 could be judged" in told.message.en
    assert "market（中）" in told.message.zh


def test_a_service_without_a_number_in_this_form_is_not_judged() -> None:
    asked = circle(
        service("school", cutoff_min=10),
        service("station", cutoff_m=500),
        service("home", note=Text("没有半径", "no radius")),
    )
    supply = facilities(("school", (0, 0)), ("station", (50, 0)), ("home", (50, 0)))
    found = by_network(asked, worlds.demand((10, 0)), supply)
    assert found.services["status"].tolist() == ["judged", "no_cutoff", "no_cutoff"]
    assert found.supply["id"].tolist() == ["f0"]
    (told,) = found.notices
    assert told.code == "circle-services-without-cutoff"
    assert told.sample_ids == ("station", "home")
    found = life_circle(asked, None, demand=worlds.demand((10, 0)), supply=supply, levels=(BASE,))
    assert found.services["status"].tolist() == ["no_cutoff", "judged", "no_cutoff"]


def test_any_kind_of_a_service_serves_and_absent_kinds_are_told() -> None:
    asked = circle(service("food", "market", "supermarket", "stall", cutoff_m=100))
    supply = facilities(("market", (0, 0)), ("supermarket", (500, 0)))
    homes = worlds.demand((90, 0), (450, 0), (250, 0))
    found = life_circle(asked, None, demand=homes, supply=supply, levels=(BASE,))
    assert found.within["food"].tolist() == [True, True, False]
    assert found.facility_id["food"].tolist()[:2] == ["f0", "f1"]
    assert [(one.code, one.sample_ids) for one in found.notices] == [
        ("circle-kinds-without-data", ("stall",))
    ]


def test_a_circle_of_which_nothing_can_be_judged_is_an_error() -> None:
    with pytest.raises(TableError, match=r"asks for clinic, market, school; found: bank"):
        three("network", supply=facilities(("bank", (0, 0))))
    none = worlds.supply((0, 0)).iloc[:0]
    with pytest.raises(TableError, match="found: none"):
        three("straight_line", supply=none)


def test_two_facilities_with_one_id_are_an_error() -> None:
    with pytest.raises(TableError, match="row f1: is the id of two facilities"):
        three("network", supply=pd.concat([PLACES, PLACES.iloc[1:2]]))


def test_missing_residents_are_an_error_not_zero() -> None:
    homes = worlds.demand((0, 0), (1, 0), residents=[5, float("nan")])
    with pytest.raises(TableError, match="row d1: has no number of residents"):
        three("network", demand=homes)


def test_unsnapped_homes_stay_in_the_denominator_and_lack_everything() -> None:
    homes = worlds.demand((300, 0), (300, 150), None)
    found = three("network", demand=homes)
    assert found.demand["snapped"].tolist() == [True, False, False]
    assert found.demand["present"].tolist() == [2, 0, 0]
    assert found.demand["missing"].tolist()[1:] == ["school market clinic"] * 2
    assert found.demand["weakest"].tolist() == ["clinic", None, None]
    assert found.cost.iloc[1:].isna().all(axis=None)
    whole = row(found.zones, "study", level="study")
    assert whole[["total", "uncovered", "unsnapped"]].tolist() == [7, 7, 6]
    assert whole["services"] == pytest.approx(2 / 7)
    codes = {one.code for one in found.notices}
    assert codes == {"demand-unsnapped", "demand-outside-zones"}
    straight = three("straight_line", demand=homes)
    # 150 m aside: school at 335 m of 600, market at 335 m of 300
    assert straight.demand["present"].tolist() == [2, 1, 0]
    assert straight.demand["weakest"].tolist() == ["clinic", "clinic", None]


def test_what_cannot_be_reached_is_weakest_without_a_ratio() -> None:
    """Two towns without a road between them; each is longer than 10 km, so both count."""
    apart = worlds.streets([(0, 0), (11_000, 0)], [(0, 150), (11_000, 150)])
    asked = circle(service("school", cutoff_min=10), service("market", cutoff_min=10))
    supply = facilities(("school", (0, 0)), ("market", (0, 150)))
    found = by_network(asked, worlds.demand((5000, 0)), supply, streets=apart)
    assert found.cost.to_numpy().tolist() == [[5000, pytest.approx(np.nan, nan_ok=True)]]
    assert found.facility_id["market"].tolist() == [None]
    assert found.demand["weakest"].tolist() == ["market"]
    assert np.isnan(found.demand["weakest_ratio"].iloc[0])


def test_facilities_that_nobody_can_enter_cover_nobody() -> None:
    asked = circle(service("school", cutoff_min=10), service("market", cutoff_min=10))
    supply = facilities(("school", (0, 0)), ("market", (0, 150)))
    found = by_network(asked, worlds.demand((100, 0)), supply)
    assert found.within.to_numpy().tolist() == [[True, False]]
    assert [one.code for one in found.notices] == ["facility-unsnapped"]


def test_parks_are_entered_at_their_gates() -> None:
    park = shapely.box(500, -90, 1500, -30)
    asked = circle(service("park", cutoff_min=5), service("school", cutoff_min=5))
    supply = facilities(("park", park), ("school", (400, 0)))
    gates = worlds.supply((1400, -30)).assign(facility_id="f0")
    homes = worlds.demand((500, 0), (1200, 0))
    found = by_network(asked, homes, supply, gates=gates)
    assert found.cost["park"].tolist() == [930, 230]
    assert found.within["park"].tolist() == [False, True]
    # gates of parks do not matter to a circle that asks for no park, and are not an error there
    no_park = by_network(circle(asked.services[1]), homes, supply, gates=gates)
    assert no_park.cost["school"].tolist() == [100, 800]
    with pytest.raises(TableError, match='names facilities such as "elsewhere"'):
        by_network(asked, homes, supply, gates=gates.assign(facility_id="elsewhere"))


def test_a_zone_without_people_has_no_mean_and_lacks_nothing() -> None:
    found = three("network", demand=worlds.demand((100, 0)))
    empty = row(found.zones, "z1", level="block")
    assert empty["total"] == 0
    assert np.isnan(empty["services"])
    assert empty["most_missing"] is None


# Against single standards -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def random_town():
    """A grid of streets 2 km wide with homes and three kinds of facility anywhere on it."""
    rng = np.random.default_rng(20)
    ticks = range(0, 2001, 200)
    lines = [[(x, 0), (x, 2000)] for x in ticks] + [[(0, y), (2000, y)] for y in ticks]
    joints = [shapely.LineString(line) for line in lines]
    pieces = shapely.get_parts(shapely.node(shapely.multilinestrings(joints)))
    streets = worlds.streets(*(list(piece.coords) for piece in pieces))
    homes = worlds.demand(
        *rng.uniform(-150, 2150, (300, 2)), residents=list(rng.uniform(0.1, 9.9, 300))
    )
    kinds = ["school"] * 4 + ["market"] * 6 + ["clinic"] * 3
    supply = facilities(*zip(kinds, rng.uniform(0, 2000, (13, 2)).tolist(), strict=True))
    base = worlds.base_level((0, 0, 1000, 1000), (1000, 0, 2000, 1000), (0, 1000, 2000, 2000))
    groups = worlds.group_level({"south": ["z0", "z1"], "north": ["z2"]}, base)
    core = replace(worlds.group_level({"core": ["z0"]}, base, partition=False), id="core")
    network, _ = build_network(streets, worlds.mode())
    return network, homes, supply, (base, groups, core)


def alone(one: CircleService, method: str) -> Standard:
    by_time = {"mode": "test", "cutoff_min": one.cutoff_min}
    rule = by_time if method == "network" else {"cutoff_m": one.cutoff_m}
    return Standard(
        id="alone", name=one.name, facilities=one.facilities, method=method,
        denominators=("residents",), source=worlds.HERE, **rule,
    )  # fmt: skip


@pytest.mark.parametrize("one", THREE.services, ids=lambda one: one.id)
@pytest.mark.parametrize("method", METHODS)
def test_each_service_is_what_its_standard_gives_alone(random_town, method, one) -> None:
    network, homes, supply, levels = random_town
    together = life_circle(
        THREE, network if method == "network" else None, demand=homes, supply=supply, levels=levels
    )
    own = supply[supply["kind"] == one.id].reset_index(drop=True)
    rule = alone(one, method)
    if method == "network":
        entrances, _ = facility_entrances(network, own)
        single = network_coverage(
            rule, network, demand=homes, supply=own, entrances=entrances, levels=levels
        )
    else:
        single = straight_coverage(rule, demand=homes, supply=own, levels=levels)
    homes_alone = single.demand.sort_values("id", ignore_index=True)
    zones = together.by_service[together.by_service["service"] == one.id]
    pd.testing.assert_frame_equal(
        zones.drop(columns="service").reset_index(drop=True), single.zones, rtol=1e-12
    )
    assert together.within[one.id].tolist() == (homes_alone["share"] == 1).tolist()
    told = homes_alone["cost"].notna()  # a single standard searches to 110 % of its cutoff
    assert told.sum() > 30
    assert together.cost.loc[told, one.id].tolist() == homes_alone.loc[told, "cost"].tolist()
    found = together.facility_id.loc[told, one.id]
    assert found.tolist() == homes_alone.loc[told, "facility_id"].tolist()
    limit = (rule.cutoff_s or np.inf) * 1.1
    assert not (together.cost.loc[~told, one.id] <= limit).any()


@pytest.mark.parametrize("method", METHODS)
def test_nobody_is_lost_or_counted_twice(random_town, method) -> None:
    network, homes, supply, levels = random_town
    found = life_circle(
        THREE, network if method == "network" else None, demand=homes, supply=supply, levels=levels
    )
    people = homes["residents"].sum()
    for table in (found.zones, *(one for _, one in found.by_service.groupby("service"))):
        np.testing.assert_allclose(table["covered"] + table["uncovered"], table["total"])
        for level in ("block", "group", "study"):
            total = table.loc[table["level"] == level, "total"].sum()
            assert total == pytest.approx(people, rel=1e-12)
    services = (found.demand["present"] * found.demand["residents"]).sum()
    whole = row(found.zones, "study", level="study")
    assert whole["services"] * people == pytest.approx(services, rel=1e-12)
    assert whole["covered"] == pytest.approx(
        found.demand.loc[found.demand["present"] == 3, "residents"].sum(), rel=1e-12
    )
    lacking = found.demand["missing"].str.split().map(len)
    assert (lacking + found.demand["present"] == 3).all()


@pytest.mark.parametrize("method", METHODS)
def test_row_order_does_not_change_a_byte(random_town, method) -> None:
    network, homes, supply, levels = random_town
    street = network if method == "network" else None
    # two facilities at one place, and one home whose people are told in two rows
    supply = pd.concat([supply, supply.iloc[[0]].assign(id="f00")], ignore_index=True)
    homes = pd.concat([homes.iloc[:7], homes.iloc[6:]], ignore_index=True)
    homes["zone_id"] = np.where(np.arange(len(homes)) % 3 > 0, "z1", "z0")
    first = life_circle(THREE, street, demand=homes, supply=supply, levels=levels)
    second = life_circle(
        THREE, street, demand=homes.iloc[::-1], supply=supply.sample(frac=1, random_state=4),
        levels=levels,
    )  # fmt: skip
    for name in ("services", "demand", "cost", "within", "facility_id", "zones", "by_service"):
        one, other = (getattr(result, name) for result in (first, second))
        assert one.to_csv() == other.to_csv(), name  # to_csv writes floats to the last bit
    assert first.notices == second.notices


def test_homes_are_put_on_the_network_once(random_town, monkeypatch) -> None:
    network, homes, supply, levels = random_town
    calls = []

    def counted(*args):
        calls.append(args)
        return snap_xy(*args)

    monkeypatch.setattr("urbangis.measures.life_circle.snap_xy", counted)
    life_circle(THREE, network, demand=homes, supply=supply, levels=levels)
    assert len(calls) == 1


# Sample Town ------------------------------------------------------------------------------------

WALKED = {
    # service of the circle: layer of Sample Town, and its kind
    "gb50180-15": {
        "junior-school": ("schools", "junior_school"),
        "health-center": ("clinics", "health_center"),
    },
    "gb50180-10": {
        "primary-school": ("schools", "primary_school"),
        "market": ("markets", "market"),
        "bus-stop": ("bus_stops", "bus_stop"),
    },
    "gb50180-5": {
        "health-station": ("clinics", "health_station"),
        "fitness-place": ("fitness_places", "fitness_place"),
    },
}
LAYERS = ("schools", "clinics", "markets", "bus_stops", "fitness_places", "parks")
MINUTES = {"gb50180-15": 15, "gb50180-10": 10, "gb50180-5": 5}


@pytest.fixture(scope="module")
def sample_town():
    loaded = load_study(town.TOWN, tell=lambda _: None)
    layers = {name: layer.table for name, layer in loaded.layers.items()}
    network, _ = build_network(layers["streets"], load_catalogue().mode("walk"))
    supply = pd.concat([layers[name] for name in LAYERS], ignore_index=True)
    return network, layers["buildings"], supply, loaded.study.levels


def walking_times(layer: str, kind: str) -> np.ndarray:
    """Seconds from each home to the nearest of a kind, by NetworkX."""
    table = town.layer(layer)
    ways_in = town.entries(town.walks(), list(table.geometry[table["kind"] == kind]))
    homes = town.snapped(town.walks(), town.homes_of(town.layer("buildings")))
    return town.travel_times(town.walks(), ways_in, homes)


@pytest.mark.parametrize("name", WALKED)
def test_sample_town_is_what_networkx_gives(sample_town, name) -> None:
    network, homes, supply, levels = sample_town
    asked = load_catalogue().circle(name)
    found = life_circle(asked, network, demand=homes, supply=supply, levels=levels)
    assert set(found.cost) == set(WALKED[name])
    assert (found.judged, found.asked) == (len(WALKED[name]), len(asked.services))
    order = np.argsort(town.layer("buildings")["id"].to_numpy())
    assert found.demand["id"].tolist() == town.layer("buildings")["id"].iloc[order].tolist()
    people = town.people()["residents"].to_numpy()[order]
    within = {}
    for one, (layer, kind) in WALKED[name].items():
        seconds = walking_times(layer, kind)[order]
        cost = found.cost[one].to_numpy()
        assert (np.isfinite(seconds) == np.isfinite(cost)).all()
        known = np.isfinite(seconds)
        assert known.sum() > 1500
        np.testing.assert_allclose(cost[known], seconds[known], rtol=1e-6)
        within[one] = seconds <= MINUTES[name] * 60
        covered = row(found.by_service, "study", level="study", service=one)["covered"]
        assert covered == people[within[one]].sum()
    whole = row(found.zones, "study", level="study")
    assert whole["total"] == 37_064
    assert whole["covered"] == people[np.all(list(within.values()), axis=0)].sum()
    services = sum((people[has].sum() for has in within.values()), 0.0)
    assert whole["services"] == pytest.approx(services / people.sum())
    lacking = {one: people[~has].sum() for one, has in within.items()}
    assert whole["most_missing"] == max(lacking, key=lambda one: lacking[one])


def test_sample_town_by_radius_is_what_measuring_gives(sample_town) -> None:
    _, homes, supply, levels = sample_town
    asked = load_catalogue().circle("gb50180-10")
    found = life_circle(asked, None, demand=homes, supply=supply, levels=levels)
    points = np.array(town.homes_of(town.layer("buildings")))
    near = []
    for layer, kind in WALKED["gb50180-10"].values():
        table = town.layer(layer)
        shapes = table.geometry[table["kind"] == kind].to_numpy()
        near.append((shapely.distance(points[:, None], shapes[None, :]) <= 500).any(axis=1))
    people = town.people()["residents"].to_numpy()
    whole = row(found.zones, "study", level="study")
    assert whole["covered"] == people[np.all(near, axis=0)].sum()
    assert whole["services"] == pytest.approx((people * np.sum(near, axis=0)).sum() / people.sum())


def test_the_example_of_the_page_says_what_it_prints(monkeypatch) -> None:
    text = (ROOT / "docs/life-circles.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    (printed,) = re.findall(r"```text\n(.*?)```", text, re.DOTALL)
    monkeypatch.chdir(ROOT)
    said = io.StringIO()
    with redirect_stdout(said):
        exec(compile(example, "life-circles.md", "exec"), {})  # noqa: S102 - our own page
    assert said.getvalue() == printed
