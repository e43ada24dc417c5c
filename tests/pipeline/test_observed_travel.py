"""Clauses answered by a commuting circle and by times between cities, by hand."""

import pandas as pd
import pytest
from test_commuting_run import study as study  # noqa: PLC0414 - a fixture

from study_text import clause, write_policy
from urbangis.errors import StudyError
from urbangis.pipeline.commands.run import run

INDICATORS = """
[indicators.P-rate]
commuting = "circle"

[indicators.P-between]
layer = "towns"
between = ["a", "b", "c"]
"""


@pytest.fixture
def held(study):
    ours = {"kind": "travel_time", "zones": ["area"]}
    write_policy(
        study / "own",
        clause("P-rate", "coverage", **ours),
        clause("P-between", "figure", unit="分钟", **ours),
    )
    file = study / "urbangis.toml"
    head = 'targets = ["plan"]\ncatalogue = ["own"]\n'
    file.write_text(head + file.read_text(encoding="utf-8") + INDICATORS, encoding="utf-8")
    return study


def test_figures_by_hand(held):
    run(held)
    rows = pd.read_csv(held / "maps/data/scorecard.csv").set_index(["target_id", "level"])
    assert rows.loc[("P-rate", "group"), "figure"].item() == pytest.approx(100 * 7 / 15)
    # All of the west, 4 of 12 in the east: d is out of time.
    counties = rows.loc[("P-rate", "county")].set_index("zone_id")["figure"].to_dict()
    assert counties == pytest.approx({"w": 100, "e": 100 * 4 / 12})
    a_b = 2 * (19**2 + 2**2) ** 0.5  # by road at 30 km/h; a is too far from a station
    a_c = 2 * ((34**2 + 20**2) ** 0.5 + (15**2 + 18**2) ** 0.5)  # over the bridge
    b_c = 4 + 3 + 10 + 10 + 1 + 4  # to the train, in, waiting, riding, out, from the train
    between = rows.loc[("P-between", "group"), "figure"].item()
    assert between == pytest.approx((a_b + a_c + b_c) / 3, abs=1e-2)


def test_a_place_that_is_not_there_is_an_error(held):
    file = held / "urbangis.toml"
    text = file.read_text(encoding="utf-8").replace('["a", "b", "c"]', '["a", "z"]')
    file.write_text(text, encoding="utf-8")
    with pytest.raises(StudyError, match='names "z", which the layer "towns" has not'):
        run(held)
