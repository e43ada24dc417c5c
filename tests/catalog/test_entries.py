"""Every entry of the built-in catalogue, and every number against its clause."""

from pathlib import Path

import pytest

from urbangis.catalog import Catalogue, load_catalogue

PACKAGE = Path(load_catalogue.__code__.co_filename).parent

KINDS = {
    "health_center",
    "health_station",
    "hospital",
    "employment_station",
    "park",
    "fitness_place",
    "primary_school",
    "junior_school",
    "kindergarten",
    "bus_stop",
    "rail_station",
    "shelter",
    "market",
    "culture_center",
    "elderly_care",
}

# Radius in metres by the clause that gives it.
RADII = {
    "gb50180-circle-15": 1000,  # GB 50180-2018 3.0.4
    "gb50180-circle-10": 500,
    "gb50180-circle-5": 300,
    "health-center-1000": 1000,  # GB 50180-2018 annex C
    "health-station-300": 300,
    "primary-school-500": 500,  # GB 50099-2011 4.1.4
    "junior-school-1000": 1000,
    "kindergarten-300": 300,  # JGJ 39-2016 3.1
    "hospital-2km": 2000,  # 市级国土空间总体规划编制指南, table of indicators
    "bus-stop-500": 500,  # GB/T 51328-2018, chapter 9
    "rail-800": 800,
    "shelter-500": 500,  # GB 51143-2015
}

# (smallest area, largest area, radius) and the rate asked for, by edition.
PARKS = {
    "park-radius-2022": ([(400, 5000, 300), (5000, None, 500)], 0.85),
    "park-radius-2016": ([(2000, 5000, 300), (5000, None, 500)], 0.80),
    "park-radius-gb50563": ([(5000, None, 500)], 0.80),
    "park-10-js55": ([(5000, None, 500)], 0.90),
}

# Minutes of the circles that the 2013 plan names.
JIANGSU = {
    "jiangsu-health-15": 15,
    "jiangsu-employment-15": 15,
    "jiangsu-park-10": 10,
    "jiangsu-fitness-10": 10,
}


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def _files(kind: str) -> list[str]:
    return sorted(path.stem for path in (PACKAGE / kind).glob("*.toml"))


@pytest.mark.parametrize("kind", ["standards", "modes", "styles"])
def test_each_file_is_the_entry_that_its_name_says(catalogue: Catalogue, kind: str) -> None:
    assert _files(kind)
    assert sorted(getattr(catalogue, kind)) == _files(kind)


@pytest.mark.parametrize("kind", ["standards", "modes", "styles"])
def test_each_entry_has_both_languages_and_a_source(catalogue: Catalogue, kind: str) -> None:
    for entry in getattr(catalogue, kind).values():
        assert entry.name.zh.strip(), entry.id
        assert entry.name.en.isascii(), entry.id
        assert entry.source.document.strip(), entry.id
        assert entry.source.clause.strip(), entry.id


def test_every_standard_is_accounted_for_in_these_tests(catalogue: Catalogue) -> None:
    told = {*RADII, *PARKS, *JIANGSU, "sdg-11-2-1", "jiangsu-rail-30"}
    assert set(catalogue.standards) == told


def test_standards_use_the_common_words_for_facilities(catalogue: Catalogue) -> None:
    for standard in catalogue.standards.values():
        assert set(standard.facilities) <= KINDS, standard.id


def test_standards_name_modes_that_exist(catalogue: Catalogue) -> None:
    for standard in catalogue.standards.values():
        assert standard.mode is None or standard.mode in catalogue.modes


@pytest.mark.parametrize(("name", "radius_m"), RADII.items())
def test_radius(catalogue: Catalogue, name: str, radius_m: int) -> None:
    standard = catalogue.standard(name)
    assert standard.method == "straight_line"
    assert standard.cutoff_m == radius_m
    assert standard.target is None


@pytest.mark.parametrize("name", PARKS)
def test_park_radius_by_size_and_edition(catalogue: Catalogue, name: str) -> None:
    classes, rate = PARKS[name]
    standard = catalogue.standard(name)
    assert standard.facilities == ("park",)
    assert standard.denominators == ("residential_m2",)
    assert [
        (size.min_area_m2, size.max_area_m2, size.cutoff_m) for size in standard.size_classes
    ] == classes
    assert standard.target is not None
    assert standard.target.rate == rate


@pytest.mark.parametrize(("name", "cutoff_min"), JIANGSU.items())
def test_jiangsu_circles_quote_the_document_and_admit_the_reading(
    catalogue: Catalogue, name: str, cutoff_min: int
) -> None:
    standard = catalogue.standard(name)
    assert (standard.method, standard.mode) == ("network", "walk")
    assert standard.cutoff_s == cutoff_min * 60
    assert f"{cutoff_min}分钟" in (standard.source.quote or "")
    assert standard.source.note is not None
    assert "names neither mode" in standard.source.note.en
    # The document's only rates are shares of cities and of communities, not of people.
    assert standard.target is None


def test_life_circles_want_every_kind(catalogue: Catalogue) -> None:
    assert {entry.id for entry in catalogue.standards.values() if entry.each_kind} == {
        "gb50180-circle-15",
        "gb50180-circle-10",
        "gb50180-circle-5",
    }


def test_walking_speed_is_the_15_minute_circle(catalogue: Catalogue) -> None:
    walk = catalogue.mode("walk")
    level = {speed for street, speed in walk.speeds_kmh.items() if street != "steps"}
    assert level == {walk.access_kmh} == {4.0}
    metres_per_minute = 4.0 * 1000 / 60
    assert metres_per_minute == pytest.approx(66.7, abs=0.05)
    assert metres_per_minute * 15 == pytest.approx(1000)
    assert walk.access_ms == pytest.approx(1000 / (15 * 60))


def test_older_people_walk_54_m_a_minute(catalogue: Catalogue) -> None:
    elderly = catalogue.mode("walk-elderly")
    walk = catalogue.mode("walk")
    assert elderly.speeds_kmh["residential"] * 1000 / 60 == pytest.approx(54)
    assert elderly.access_ms * 15 * 60 == pytest.approx(810)
    assert set(elderly.speeds_kmh) == set(walk.speeds_kmh)
    for mode in (walk, elderly):
        assert mode.speeds_kmh["steps"] == mode.speeds_kmh["footway"] / 2


def test_cyclists_go_200_m_a_minute(catalogue: Catalogue) -> None:
    cycle = catalogue.mode("cycle")
    assert set(cycle.speeds_kmh.values()) == {12.0}
    metres_per_minute = 12.0 * 1000 / 60
    assert metres_per_minute * 15 == pytest.approx(3000)
    assert cycle.obeys_one_way
    assert cycle.one_way_exception_keys == ("oneway:bicycle",)


def test_driving_speeds_stay_within_the_observed_ranges(catalogue: Catalogue) -> None:
    drive = catalogue.mode("drive")
    assert drive.speeds_kmh["motorway"] == 100
    assert 60 <= drive.speeds_kmh["trunk"] <= 80
    assert drive.speeds_kmh["secondary"] == 40
    assert 25 <= drive.speeds_kmh["residential"] <= drive.speeds_kmh["tertiary"] <= 30
    assert drive.obeys_one_way
    assert drive.obeys_max_speed


def test_closed_streets_stay_closed(catalogue: Catalogue) -> None:
    never = {"construction", "proposed", "abandoned", "platform", "raceway"}
    for mode in catalogue.modes.values():
        assert not never & set(mode.speeds_kmh), mode.id
        assert mode.other_kmh is None, mode.id
        assert {"no", "private"} <= set(mode.deny), mode.id
    for name in ("walk", "walk-elderly", "cycle"):
        assert not {"motorway", "motorway_link"} & set(catalogue.mode(name).speeds_kmh)
    assert "steps" not in catalogue.mode("cycle").speeds_kmh
    assert not {"steps", "footway", "cycleway", "path"} & set(catalogue.mode("drive").speeds_kmh)


@pytest.mark.parametrize("name", ["walk", "walk-elderly", "cycle", "drive"])
def test_links_are_open_where_their_streets_are(catalogue: Catalogue, name: str) -> None:
    open_classes = set(catalogue.mode(name).speeds_kmh)
    for street in ("motorway", "trunk", "primary", "secondary", "tertiary"):
        assert (street in open_classes) == (f"{street}_link" in open_classes)


def test_rail_yardstick_is_15_4_km_and_says_that_it_is_our_own(catalogue: Catalogue) -> None:
    rail = catalogue.standard("jiangsu-rail-30")
    assert rail.straight_speed_ms is not None
    assert rail.cutoff_s is not None
    assert rail.straight_speed_ms * rail.cutoff_s == pytest.approx(40_000 * 0.5 / 1.3)
    assert rail.denominators == ("residents", "units")
    assert rail.source.confidence == "low"
    assert rail.source.note is not None
    assert "not a policy number" in rail.source.note.en


def test_sdg_distance_as_walking_time(catalogue: Catalogue) -> None:
    sdg = catalogue.standard("sdg-11-2-1")
    assert sdg.cutoff_min == pytest.approx(500 / (4000 / 60))


def test_what_memory_gave_says_so(catalogue: Catalogue) -> None:
    for standard in catalogue.standards.values():
        note = standard.source.note.en if standard.source.note else ""
        if "general knowledge" in note or "to be checked" in note:
            assert standard.source.confidence in {"low", "medium"}, standard.id


def test_covered_and_uncovered_are_told_apart_without_colour(catalogue: Catalogue) -> None:
    covered, uncovered = catalogue.style("demand-covered"), catalogue.style("demand-uncovered")
    assert covered.shape != uncovered.shape
    assert abs(_lightness(covered.fill) - _lightness(uncovered.fill)) > 20


def _lightness(color: str | None) -> float:
    """CIE L* of an sRGB colour: what is left of it in grey."""
    assert color is not None
    channels = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return 116 * luminance ** (1 / 3) - 16
