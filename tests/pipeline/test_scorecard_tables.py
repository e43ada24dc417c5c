"""A study held against a policy document: its tables, its faults, and a second run."""

from pathlib import Path

import pandas as pd
import pytest

from study_on_disk import COVERED, edit
from study_text import clause, write_policy
from urbangis.errors import InputError
from urbangis.pipeline.commands.check import check
from urbangis.pipeline.commands.run import run
from urbangis.pipeline.record import dependencies

MEASURES = ("coverage", "share", "pairs", "count", "figure", "share")
INDICATORS = """
[indicators.P-1]
service = "near"

[indicators.P-2]
units = "shops.csv"
column = "open"
where = { kind = ["shop"] }
source = "shops"

[indicators.P-3]
pairs = "pairs.csv"
layer = "streets"
source = "neighbours"

[indicators.P-4]
layer = "clinics"
where = { name = ["甲"] }
"""
SHOPS = """\
unit_id,zone_id,kind,year,open
a,west,shop,2019,0
b,east,shop,2019,1
a,west,shop,2020,1
b,east,shop,2020,1
c,east,school,2020,0
"""


@pytest.fixture
def held(study: Path) -> Path:
    """The small study with a document of six clauses, four of which it has something for."""
    goals = [{"value": 50, "origin": "document"}]
    clauses = [
        clause(f"P-{number}", measure, year=2020, goals=goals)
        for number, measure in enumerate(MEASURES, start=1)
    ]
    write_policy(study / "rules", *clauses)
    (study / "shops.csv").write_text(SHOPS, encoding="utf-8")
    (study / "pairs.csv").write_text("a_id,b_id\nwest,east\n", encoding="utf-8")
    (study / "reported.csv").write_text(
        "target_id,value,year,source\nP-5,49,2021,公报\nP-6,,,\n", encoding="utf-8"
    )
    file = study / "urbangis.toml"
    head = 'targets = ["plan"]\nreported = "reported.csv"\n'
    file.write_text(head + file.read_text(encoding="utf-8") + INDICATORS, encoding="utf-8")
    return study


def scorecard(study: Path, output: Path, **more: object) -> pd.DataFrame:
    run(study, output=output, **more)  # type: ignore[arg-type]
    rows = pd.read_csv(output / "data" / "scorecard.csv", encoding="utf-8-sig")
    return rows[rows["level"] == "study"].set_index("target_id")


def test_each_origin_gives_its_figure(held: Path, tmp_path: Path) -> None:
    rows = scorecard(held, tmp_path / "site")
    assert list(rows.index) == [f"P-{number}" for number in range(1, 7)]
    # 1: 11 of 15 people; 2: both shops in 2020; 3: the street runs in both zones; 4: one clinic.
    assert rows["figure"].tolist()[:5] == pytest.approx([100 * COVERED / 15, 100, 100, 1, 49])
    assert rows["status"].tolist() == ["met", "met", "met", "not met", "not met", "no data"]
    assert rows["basis"].tolist()[:5] == [*["computed"] * 4, "reported"]
    assert rows.loc["P-2", "year"] == 2020
    assert rows.loc["P-6", "reason"] == "尚未接入数据，所需：某图层"
    history = pd.read_csv(tmp_path / "site" / "data" / "scorecard_history.csv")
    shops = history[(history["target_id"] == "P-2") & (history["level"] == "study")]
    assert dict(zip(shops["year"], shops["figure"], strict=True)) == {2019: 50, 2020: 100}
    assert 'href="scorecard.html"' in (tmp_path / "site" / "index.html").read_text("utf-8")


def test_a_second_run_does_nothing_until_a_table_changes(held: Path, tmp_path: Path) -> None:
    output = tmp_path / "site"
    first = scorecard(held, output)
    page = (output / "scorecard.html").read_bytes()
    assert not run(held, output=output).built
    scorecard(held, output, force=True)
    assert (output / "scorecard.html").read_bytes() == page
    with (held / "shops.csv").open("a", encoding="utf-8") as file:
        file.write("a,west,shop,2021,0\nb,east,shop,2021,\n")
    changed = scorecard(held, output)
    assert first.loc["P-2", "figure"] == 100
    assert (changed.loc["P-2", "figure"], changed.loc["P-2", "high"]) == (0, 50)
    assert changed.loc["P-2", "status"] == "not judged"


def test_every_table_is_an_input_of_the_record(held: Path) -> None:
    assert {"shops.csv", "pairs.csv", "reported.csv", "rules/targets/plan.toml"} <= set(
        dependencies(held)["inputs"]
    )


def test_a_form_that_nobody_filled_in_is_no_0(held: Path, tmp_path: Path) -> None:
    (held / "shops.csv").write_text(
        "unit_id,zone_id,kind,year,open\na,west,shop,2020,\nb,east,shop,2020,\n", encoding="utf-8"
    )
    row = scorecard(held, tmp_path / "site").loc["P-2"]
    assert row["status"] == "no data"
    assert row["reason_en"] == "2 units are listed in shops.csv, none is filled in yet"


def test_no_spreadsheet_computes_what_a_table_says(held: Path, tmp_path: Path) -> None:
    table = held / "reported.csv"
    told = table.read_text(encoding="utf-8").replace("公报", "=公报!A1")
    table.write_text(told, encoding="utf-8")
    assert scorecard(held, tmp_path / "site").loc["P-5", "source"] == "'=公报!A1"


def test_a_study_without_documents_has_no_scorecard(study: Path, tmp_path: Path) -> None:
    run(study, output=tmp_path / "site")
    assert not (tmp_path / "site" / "scorecard.html").exists()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('targets = ["plan"]', 'targets = ["plans"]', "targets: there is no policy document"),
        ("[indicators.P-4]", "[indicators.P-9]", 'a target "P-9" that is in none of the documents'),
        ('service = "near"', 'layer = "clinics"', 'gives "layer", but it is measured as coverage'),
        ('service = "near"', 'service = "far"', 'names a service "far" that is not there'),
        ('column = "open"', 'column = "opens"', 'shops.csv: has no column "opens", perhaps "open"'),
        ("[indicators.P-4]", "zone_rate = 0.5\n[indicators.P-4]", "are for a service"),
        ('["shop"]', '["shops"]', 'shops.csv: has no row whose "kind" is "shops"'),
        ('["甲"]', '["丙"]', 'has no row whose "name" is "丙"'),
        ('source = "shops"', "", "where the table comes from"),
        ('service = "near"', 'service = "near"\nunits = "shops.csv"', "give one of"),
        ('targets = ["plan"]', "", "need the documents that they are held against"),
    ],
)
def test_a_fault_of_the_study_file_is_named(held: Path, old: str, new: str, told: str) -> None:
    edit(held, old, new)
    with pytest.raises(InputError) as caught:
        run(held, output=held.parent / "site")
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("shops.csv", "a,west,shop,2020,1", "a,nowhere,shop,2020,1", "row 3: names the zone"),
        ("shops.csv", "2020,1", "2020,yes", 'row 3: holds "yes" in the column "open"'),
        ("shops.csv", "2020,1", "2020,2", "row a: holds the value 2"),
        ("shops.csv", "west,shop,2020,1", "west,shop,,1", "row 3: has no year"),
        ("shops.csv", "b,east,shop,2020", "a,east,shop,2020", "row a: stands twice"),
        ("pairs.csv", "west,east", "west,south", 'names the zone "south"'),
        ("reported.csv", "P-5", "P-7", 'row 1: names the target "P-7"'),
        ("reported.csv", "公报", "", "row 1: has no source"),
    ],
)  # fmt: skip
def test_a_fault_of_a_table_is_named_with_its_file(
    held: Path, file: str, old: str, new: str, told: str
) -> None:
    text = (held / file).read_text(encoding="utf-8")
    assert old in text
    (held / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        run(held, output=held.parent / "site")
    assert told in str(caught.value)
    assert str(caught.value).startswith(str(held / file))
    assert [str(error) for error in check(held).errors] == [str(caught.value)]


def test_the_share_of_zones_that_a_service_covers_well(held: Path, tmp_path: Path) -> None:
    # Of 3 people in the west all are near a clinic, of 12 in the east 8: two thirds.
    edit(held, "[indicators.P-3]", '[indicators.P-6]\nservice = "near"\nzone_rate = 0.7\n\n'
         "[indicators.P-3]")  # fmt: skip
    row = scorecard(held, tmp_path / "site").loc["P-6"]
    assert (row["served"], row["total"], row["figure"]) == (1, 2, 50)
    assert "覆盖率达到70%的街区计为达标" in row["source"]
    edit(held, "zone_rate = 0.7", "zone_rate = 0.6")
    assert scorecard(held, tmp_path / "site").loc["P-6", "figure"] == 100


def test_one_year_may_not_be_computed_and_reported(held: Path) -> None:
    with (held / "reported.csv").open("a", encoding="utf-8") as file:
        file.write("P-2,80,2020,公报\n")
    with pytest.raises(InputError, match="P-2 has two figures for study in 2020"):
        run(held, output=held.parent / "site")
