"""What a run writes of how sure its rates are, and what of a study file it refuses."""

import pandas as pd
import pytest

import study_on_disk as disk
from urbangis.errors import StudyError, TableError
from urbangis.pipeline.commands.check import check
from urbangis.pipeline.commands.run import run

ALONG = '[services.health]\nstandard = "clinic-3"\n'
NEAR = '[services.near]\nstandard = "clinic-200-m"\n'


def written(study, service: str, table: str) -> pd.DataFrame:
    file = study / f"maps/data/{service}/{table}.csv"
    assert file.read_bytes().startswith(b"\xef\xbb\xbf"), "Excel must know its Chinese"
    return pd.read_csv(file)


def test_every_service_is_told_what_costs_nothing(study):
    """Homes at 100 and 500 m are three minutes from a clinic to the second: 1 and 2 people."""
    run(study)
    table = written(study, "health", "uncertainty")
    whole = table[table["level"] == "study"].set_index("variant")
    assert whole["people"].to_dict() == {"cutoff-strict": -3, "speed-slower": -3, "speed-faster": 0}
    assert len(table) == 3 * len(written(study, "health", "coverage"))
    zones = written(study, "health", "how_sure").set_index(["level", "zone_id"])
    assert zones.loc[("block", "west"), "just_covered"] == 3
    assert zones.loc[("study", "study"), "rate_low"] == pytest.approx(8 / 15)
    near = written(study, "near", "uncertainty")
    assert set(near["variant"]) == {"cutoff-strict"}
    assert written(study, "near", "how_sure")["just_missed"].isna().all()


def test_the_same_study_gives_the_same_bytes(study):
    disk.edit(study, ALONG, f"{ALONG}uncertainty = {{ snap = true, position_m = 30 }}\n")
    for name in ("first", "second"):
        run(study, output=study.parent / name)
    for table in ("uncertainty", "how_sure"):
        first, second = (
            study.parent / name / f"data/health/{table}.csv" for name in ("first", "second")
        )
        assert first.read_bytes() == second.read_bytes()
    rows = pd.read_csv(first.with_name("uncertainty.csv"))
    assert set(rows["assumption"]) == {"speed", "cutoff", "snap", "position"}
    whole = rows[rows["level"] == "study"].set_index("variant")["covered"]
    assert whole["position-worst"] == 8  # 170 m: the home at 50 m alone
    assert whole["position-best"] == 11  # 230 m, and the home at 700 m has 400 to go


def test_positions_may_be_the_layers_own(study):
    errors = [0.0, 250.0]  # the clinic at 1,100 m may be 250 m off: the home at 700 m is 400 away
    disk.write_layer(disk.clinics().assign(accuracy_m=errors), study / "clinics.geojson")
    run(study)
    for service in ("health", "near"):
        table = written(study, service, "uncertainty")
        whole = table[table["level"] == "study"].set_index("variant")["covered"]
        assert whole["position-worst"] == 1 + 2
        assert whole["position-best"] == 1 + 2 + 4 + 8


def test_a_gap_in_the_layer_is_told_once_and_stops_nothing(study):
    table = disk.clinics().assign(accuracy_m=[None, 250.0])
    disk.write_layer(table, study / "clinics.geojson")
    told = [one.notice for one in run(study).notices]
    assert [one.code for one in told].count("position-error-missing") == 1
    assert "position" not in set(written(study, "health", "uncertainty")["assumption"])
    report = check(study)
    assert report.errors == ()


def test_nonsense_in_the_layer_names_it_and_its_file(study):
    table = disk.clinics().assign(accuracy_m=["far", "30"])
    disk.write_layer(table, study / "clinics.geojson")
    disk.edit(study, NEAR, f"{NEAR}uncertainty = {{ position_m = 30 }}\n")
    with pytest.raises(TableError, match="accuracy_m") as told:
        run(study)
    assert (told.value.layer, told.value.file) == ("clinics", "clinics.geojson")
    assert [error.row for error in check(study).errors] == ["c0"]


def test_other_people_under_their_own_name(study):
    disk.write_layer(disk.homes().assign(residents=[1, 1, 1, 1]), study / "other.geojson")
    layer = '[layers.other]\nname = { zh = "另一", en = "Other" }\ntable = "demand"\n'
    layer += 'file = "other.geojson"\nnature = "synthetic"\nsource = "tests"\n\n'
    disk.edit(study, ALONG, f'{layer}{ALONG}uncertainty = {{ demand = ["other"] }}\n')
    run(study)
    table = written(study, "health", "uncertainty")
    row = table[(table["level"] == "study") & (table["variant"] == "demand-other")].iloc[0]
    assert (row["total"], row["covered"], row["people"]) == (4, 3, 3 - disk.COVERED)


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        ('{ demand = ["census"] }', 'layer "census" that is not there'),
        ("{ position_m = -1 }", "position_m"),
        ("{ position = 50 }", "position_m"),
    ],
)
def test_what_cannot_be_is_refused(study, key, problem):
    disk.edit(study, ALONG, f"{ALONG}uncertainty = {key}\n")
    with pytest.raises(StudyError, match=problem):
        run(study)
