"""A service held against another rule: what is written, what is told, what is refused."""

import json

import pandas as pd
import pytest

import study_on_disk as disk
from site_links import links_of
from urbangis.errors import StudyError
from urbangis.pipeline.commands.check import check
from urbangis.pipeline.commands.run import run

ALONG = '[services.health]\nstandard = "clinic-3"\n'


def test_both_rules_stand_side_by_side_and_come_out_alike_twice(study):
    """Along one straight street 200 m and three minutes are the same: 11 of 15 by either rule."""
    disk.edit(study, ALONG, f'{ALONG}compare = ["clinic-200-m"]\n')
    for name in ("first", "second"):
        run(study, output=study.parent / name)
    first, second = (study.parent / name / "data/health/rules.csv" for name in ("first", "second"))
    assert first.read_bytes() == second.read_bytes()
    assert first.read_bytes().startswith(b"\xef\xbb\xbf")
    table = pd.read_csv(first).set_index("level")
    whole = table.loc["study"]
    assert (whole["clinic-3_covered"], whole["clinic-200-m_covered"]) == (11, 11)
    groups = ["both", "own_only", "other_only", "neither"]
    assert whole[[f"clinic-200-m_{group}" for group in groups]].tolist() == [11, 0, 0, 4]
    assert len(table) == len(pd.read_csv(first.with_name("coverage.csv")))
    record = json.loads((first.parents[2] / "run.json").read_text(encoding="utf-8"))
    (other,) = record["services"]["health"]["compared"]
    assert other["standard"]["id"] == "clinic-200-m"
    assert other["study"][0]["covered"] == 11
    assert "data/health/rules.csv" in links_of(first.parents[2] / "health.html")
    assert not (first.parents[1] / "near/rules.csv").exists()


def test_a_straight_line_may_be_held_against_a_network_and_needs_its_streets(study):
    disk.edit(
        study, '[services.near]\nstandard = "clinic-200-m"\n',
        '[services.near]\nstandard = "clinic-200-m"\ncompare = ["clinic-3"]\n',
    )  # fmt: skip
    (error,) = check(study).errors
    assert 'names no "streets"' in error.problem
    disk.edit(study, 'compare = ["clinic-3"]\n', 'compare = ["clinic-3"]\nstreets = "streets"\n')
    assert check(study).errors == ()


@pytest.mark.parametrize(
    ("compare", "problem"),
    [
        ('["clinic-3"]', 'compares "clinic-3" with itself'),
        ('["clinic-33"]', "services.health.compare"),
        ('[{ standard = "clinic-200-m", demand = "land" }]', 'layer "land" that is not there'),
    ],
)
def test_a_comparison_that_cannot_be_made_is_refused(study, compare, problem):
    disk.edit(study, ALONG, f"{ALONG}compare = {compare}\n")
    with pytest.raises(StudyError, match=problem):
        run(study)
