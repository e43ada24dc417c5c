"""Life circles: every service of every tier with its kind and numbers, and readings told apart."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from urbangis.catalog import Catalogue, Circle, load_catalogue
from urbangis.errors import CatalogueError

ROOT = Path(__file__).parents[2]
FOLDER = Path(load_catalogue.__code__.co_filename).parent / "circles"

# Kind of facility: minutes on foot, radius in metres, how sure. Annex C of GB 50180-2018; the tiers
# of TD/T 1062-2021, whose annex was not found.
CIRCLES = {
    "gb50180-15": {
        "junior_school": (15, 1000, "medium"),
        "health_center": (15, 1000, "medium"),
        "sports_center": (15, 1000, "medium"),
        "sports_ground_large": (15, 1000, "medium"),
        "culture_center": (15, 1000, "medium"),
        "community_center": (15, 1000, "medium"),
        "nursing_home": (None, None, "medium"),  # sized by beds
        "rail_station": (15, 800, "medium"),
    },
    "gb50180-10": {
        "primary_school": (10, 500, "medium"),
        "sports_ground_medium": (10, 500, "medium"),
        "market": (10, 500, "medium"),
        "shopping_center": (10, 500, "low"),
        "bus_stop": (10, 500, "medium"),
    },
    "gb50180-5": {
        "kindergarten": (5, 300, "medium"),
        "nursery": (5, 300, "medium"),
        "health_station": (5, 300, "medium"),
        "sports_ground_small": (5, 300, "medium"),
        "fitness_place": (5, 300, "medium"),
        "culture_station": (None, 500, "medium"),
        "community_station": (5, 300, "medium"),
        "elderly_care": (5, 300, "medium"),
        "waste_station": (None, 400, "low"),
    },
    "tdt1062-15": dict.fromkeys(
        ("health_center", "culture_center", "junior_school", "sports_center"), (15, 1000, "low")
    ),
    "tdt1062-5-10": {
        **dict.fromkeys(
            ("primary_school", "market", "canteen", "sports_ground_medium"), (10, 500, "low")
        ),
        **dict.fromkeys(
            ("kindergarten", "nursery", "elderly_care", "fitness_place", "park"), (5, 300, "low")
        ),
    },
}
TIERS = {
    "gb50180-15": (15,), "gb50180-10": (10,), "gb50180-5": (5,),
    "tdt1062-15": (15,), "tdt1062-5-10": (5, 10),
}  # fmt: skip


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def test_every_circle_is_told_in_these_tests_and_named_as_its_file(catalogue: Catalogue) -> None:
    assert set(catalogue.circles) == set(CIRCLES) == {path.stem for path in FOLDER.glob("*.toml")}


@pytest.mark.parametrize("name", CIRCLES)
def test_services_and_numbers(catalogue: Catalogue, name: str) -> None:
    circle = catalogue.circle(name)
    assert circle.tier_min == TIERS[name]
    assert circle.mode in catalogue.modes
    assert {
        " ".join(one.facilities): (one.cutoff_min, one.cutoff_m, one.confidence)
        for one in circle.services
    } == CIRCLES[name]
    for one in circle.services:
        assert one.id == one.facilities[0].replace("_", "-")
        assert one.name.zh.strip()
        assert one.name.en.isascii()


@pytest.mark.parametrize("name", CIRCLES)
def test_what_memory_gave_says_so(catalogue: Catalogue, name: str) -> None:
    source = catalogue.circle(name).source
    assert source.confidence == ("low" if name.startswith("tdt") else "medium")
    assert source.note is not None
    assert "still to be checked" in source.note.en
    assert "须核实" in source.note.zh or "须对照标准原文核实" in source.note.zh


def test_kinds_are_words_of_the_glossary(catalogue: Catalogue) -> None:
    text = (ROOT / "GLOSSARY.md").read_text(encoding="utf-8")
    section = text.split("## Kinds of facility", 1)[1].split("\n## ", 1)[0]
    known = set(re.findall(r"\| ([a-z_]+) \|", section))
    asked = {k for c in catalogue.circles.values() for one in c.services for k in one.facilities}
    assert asked <= known


@pytest.mark.parametrize("name", CIRCLES)
def test_a_service_as_a_standard_of_its_own(catalogue: Catalogue, name: str) -> None:
    circle = catalogue.circle(name)
    for one in circle.services:
        walked = circle.standard(one, "network")
        assert (walked is None) == (one.cutoff_min is None)
        if walked is not None:
            assert (walked.mode, walked.cutoff_min) == ("walk", one.cutoff_min)
            assert walked.facilities == one.facilities
            assert walked.source.document == circle.source.document
            assert walked.source.confidence == one.confidence
        radius = circle.standard(one, "straight_line")
        assert (radius is None) == (one.cutoff_m is None)
        if radius is not None:
            assert (radius.mode, radius.cutoff_m) == (None, one.cutoff_m)


SCHOOL = {
    "id": "school",
    "name": {"zh": "小学", "en": "School"},
    "facilities": ["primary_school"],
    "cutoff_min": 10,
    "clause": "1",
    "confidence": "high",
}
OWN = {
    "id": "own",
    "name": {"zh": "自定", "en": "Own"},
    "tier_min": [10],
    "mode": "walk",
    "services": [SCHOOL],
    "source": {"document": "a plan", "clause": "1", "confidence": "high"},
}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"services": [SCHOOL, SCHOOL]}, 'the service "school" stands twice'),
        ({"tier_min": [5]}, 'cutoff_min of "school" is beyond the tier'),
        ({"tier_min": [10, 5]}, "tier_min must rise"),
        ({"tier_min": [0]}, "tier_min must rise"),
        ({"services": []}, "services"),
        ({"services": [{**SCHOOL, "facilities": []}]}, "facilities"),
        ({"services": [{**SCHOOL, "cutoff": 10}]}, "cutoff"),
    ],
)
def test_a_fault_is_named(changes: dict[str, object], told: str) -> None:
    Circle.model_validate(OWN)
    with pytest.raises(ValidationError, match=told):
        Circle.model_validate({**OWN, **changes})


def test_a_study_brings_its_own(tmp_path: Path) -> None:
    (tmp_path / "circles").mkdir()
    text = (FOLDER / "gb50180-5.toml").read_text(encoding="utf-8")
    own = text.replace('id = "gb50180-5"', 'id = "ours"')
    (tmp_path / "circles" / "ours.toml").write_text(own, encoding="utf-8")
    found = load_catalogue([tmp_path])
    assert found.circle("ours").services == found.circle("gb50180-5").services
    with pytest.raises(CatalogueError, match=r"no life circle 'gb50180-51'.*Nearest: gb50180-5"):
        found.circle("gb50180-51")
