"""The pages of docs/ say what is so: tables recomputed, commands run, every key there."""

import re
import shlex
import shutil
import struct
import sys
import tomllib
from pathlib import Path

import pytest

import sample_town_oracle as town
import uncertainty_oracle
from urbangis import cli
from urbangis.study import (
    AccessSpec,
    BasemapSpec,
    CapacitySpec,
    CircleSpec,
    CommutingSpec,
    CompareSpec,
    ComparisonSpec,
    ConflictSpec,
    GroundSpec,
    IndicatorSpec,
    JoinSpec,
    LayerSpec,
    LevelSpec,
    NodeSpec,
    PrintSpec,
    RankSpec,
    RoadSpec,
    ServiceSpec,
    SitingSpec,
    StationTimes,
    StudySpec,
    TransitSpec,
    UncertaintySpec,
)

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))


def text_of(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def blocks(name: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text_of(name), re.DOTALL)


@pytest.mark.parametrize("page", [*PAGES, ROOT / "ARCHITECTURE.md"], ids=lambda page: page.name)
def test_links_lead_somewhere_and_chinese_comes_first(page):
    text = page.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#]+)\)", text)
    for link in links:
        assert (page.parent / link).exists(), link
    head = text.split("\n\n")[1]
    assert len(re.findall(r"[\u4e00-\u9fff]", head)) > 60


# Three answers ----------------------------------------------------------------------------------


@pytest.mark.parametrize("service", [*town.CUTOFF_S, *town.WITHIN_500_M])
def test_the_table_of_three_answers_is_recomputed(service):
    row = next(
        line for line in text_of("three-answers.md").splitlines() if f"| {service} |" in line
    )
    rates = [f"{rate:.1%}" for rate in town.three_answers(service)]
    assert row.strip("| ").split(" | ")[2:] == rates


def test_the_words_round_the_table_hold():
    text = text_of("three-answers.md")
    residents = town.people()["residents"]
    assert f"{residents.sum():,.0f} people" in text
    health, fitness = town.three_answers("health_15"), town.three_answers("fitness_10")
    assert f"{health[2] / health[0]:.2f} of the straight line for health_15" in text
    assert f"{fitness[2] / fitness[0]:.2f} for fitness_10" in text
    legs = town.node_times("health_15", legs=True) <= town.CUTOFF_S["health_15"]
    assert f"health_15 falls to {residents[legs].sum() / residents.sum():.1%}" in text
    land = town.park_land()[["covered", "total"]].sum()
    assert f"parks, {land['covered'] / land['total']:.1%};" in text
    assert f"| straight line, {health[0]:.1%} | door to door, {health[2]:.1%} |" in text


@pytest.mark.parametrize("service", ["health_15", "park_10"])
def test_who_is_told_what_is_recomputed(service):
    rows = [line for line in text_of("three-answers.md").splitlines() if f"| {service} |" in line]
    people, cutoff_s = town.people()["residents"], town.CUTOFF_S[service]
    streets = town.walking_times(service) <= cutoff_s
    crow = town.straight_times(service) <= cutoff_s
    groups = (streets & crow, streets & ~crow, ~streets & crow, ~streets & ~crow)
    assert rows[-1].strip("| ").split(" | ")[1:] == [f"{people[one].sum():,.0f}" for one in groups]


def test_pictures_are_small():
    pictures = sorted((DOCS / "images").iterdir())
    assert [picture.stem for picture in pictures] == [
        "before-and-after", "commuting-circle", "health-by-streets", "health-in-a-straight-line",
        "print-map", "province", "siting", "town",
    ]  # fmt: skip
    for picture in pictures:
        assert picture.stat().st_size < 150_000
        width, height = struct.unpack(">II", picture.read_bytes()[16:24])
        assert 300 < width < 1200
        assert 300 < height < 1200


# How sure ---------------------------------------------------------------------------------------


def table_rows(name: str) -> dict[str, list[str]]:
    """Return the rows of a page's tables by their first cell."""
    lines = [line.strip("| ").split(" | ") for line in text_of(name).splitlines() if "| " in line]
    return {first.strip("`"): rest for first, *rest in lines}


@pytest.mark.parametrize("service", list(town.CUTOFF_S))
def test_the_table_of_assumptions_is_recomputed(service):
    rows = table_rows("how-sure.md")
    column = rows["assumption"].index(service)
    residents = town.people()["residents"]
    people = uncertainty_oracle.people_by_variant(service)
    for variant, covered in people.items():
        name = "as published" if variant == "own" else variant
        assert rows[name][column] == f"{covered / residents.sum():.1%}", variant
    near = (uncertainty_oracle.just_inside(service), uncertainty_oracle.just_outside(service))
    for name, concerned in zip(("just inside", "just outside"), near, strict=True):
        assert rows[name][column] == f"{residents[concerned].sum():,.0f}"
    assert people["demand-census-over-residential_land"] < people["own"]
    assert people["cutoff-strict"] == people["own"]


def test_the_words_on_how_sure_hold():
    text = text_of("how-sure.md")
    residents = town.people()["residents"].sum()
    health, park = (uncertainty_oracle.people_by_variant(name) for name in ("health_15", "park_10"))
    assert f"health_15 rises to {health['demand-census'] / residents:.1%}" in text
    assert f"falls to {park['demand-census'] / residents:.1%}:" in " ".join(text.split())
    plots, homes = len(town.layer("residential_land")), len(town.layer("buildings"))
    assert f"{plots} plots stand for {homes:,} homes" in text


# The study file ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heading", "spec"),
    [
        ("## The study", StudySpec),
        ("## Layers", LayerSpec),
        ("### Streets to be noded", NodeSpec),
        ("### A joined table", JoinSpec),
        ("## Levels", LevelSpec),
        ("## Services", ServiceSpec),
        ("### Ground", GroundSpec),
        ("## Comparisons", ComparisonSpec),
        ("### A rule to compare with", CompareSpec),
        ("## Basemap", BasemapSpec),
        ("## Print maps", PrintSpec),
        ("### Other assumptions", UncertaintySpec),
        ("## Circles", CircleSpec),
        ("## Conflicts", ConflictSpec),
        ("## Access", AccessSpec),
        ("### Capacity", CapacitySpec),
        ("### Rank", RankSpec),
        ("## Indicators", IndicatorSpec),
        ("## Sitings", SitingSpec),
        ("## Transit", TransitSpec),
        ("### Minutes at stations", StationTimes),
        ("### Roads without a road layer", RoadSpec),
        ("## Commuting", CommutingSpec),
    ],
)
def test_every_key_is_told_and_no_other(heading, spec):
    section = re.split(r"\n##+ ", text_of("study-file.md").split(heading + "\n", 1)[1])[0]
    keys = re.findall(r"^\| `(\w+)` \| (.*?) ?\|", section, re.MULTILINE)
    assert {key for key, _ in keys} == set(spec.model_fields)
    required = {name for name, field in spec.model_fields.items() if field.is_required()}
    assert {key for key, needed in keys if needed == "yes"} == required


def test_the_example_is_a_study():
    (example,) = blocks("study-file.md", "toml")
    spec = StudySpec.model_validate(tomllib.loads(example))
    assert set(spec.services) == {"health_15"}


# Bring your own ---------------------------------------------------------------------------------


def test_every_command_of_bring_your_own_works(tmp_path, monkeypatch, capsys):
    shutil.copytree(town.TOWN, tmp_path / "layers")
    monkeypatch.chdir(tmp_path)
    (study,) = blocks("bring-your-own.md", "toml")
    commands = [line for block in blocks("bring-your-own.md", "sh") for line in block.splitlines()]
    assert len(commands) == 9
    for command in commands:
        monkeypatch.setattr(sys, "argv", shlex.split(command))
        code = 0
        try:
            cli.main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = capsys.readouterr()
        assert code == (1 if "check" in command else 0), said
        if command == "urbangis new my-city":
            shutil.copytree(tmp_path / "layers", tmp_path / "my-city/layers", dirs_exist_ok=True)
            (tmp_path / "my-city/urbangis.toml").write_text(study, encoding="utf-8")
    made = {path.name for path in tmp_path.iterdir()}
    assert {"rings.gpkg", "first-look", "shifted.gpkg", "back.gpkg", "my-city"} <= made
    assert {path.name for path in (tmp_path / "first-look").iterdir()} == {
        "coverage.csv", "result.gpkg", "run.json",
    }  # fmt: skip
    assert (tmp_path / "my-city/maps/index.html").is_file()
