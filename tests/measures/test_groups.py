"""Coverage of groups of people, by hand."""

import numpy as np
import pandas as pd
import pytest

import worlds
from urbangis.catalog import Standard
from urbangis.errors import TableError
from urbangis.measures.coverage import Coverage, straight_coverage
from urbangis.measures.groups import coverage_by_group
from urbangis.notices import Text

BASE = worlds.base_level((0, 0, 100, 100), (100, 0, 200, 100))
LEVELS = (BASE, worlds.group_level({"all": ["z0", "z1"]}, BASE))
WITHIN_30 = Standard(
    id="within-30",
    name=Text("三十米", "within 30 m"),
    facilities=("clinic",),
    method="straight_line",
    cutoff_m=30.0,
    denominators=("residents",),
    source=worlds.HERE,
)


def coverage(**columns) -> Coverage:
    homes = worlds.demand((10, 50), (50, 50), (120, 50)).assign(**columns)
    return straight_coverage(WITHIN_30, demand=homes, supply=worlds.supply((30, 50)), levels=LEVELS)


def test_each_group_by_zone():
    """The clinic at x = 30 serves the homes at 10 and 50: old 1 + 2 of 8, children 10 of 10."""
    found = coverage_by_group(coverage(old=[1, 2, 5], young=["4", "6", "0"]), ["old", "young"],
                              LEVELS).set_index(["group", "level", "zone_id"])  # fmt: skip
    whole = found.loc[("old", "study", "study")]
    assert (whole["total"], whole["covered"], whole["uncovered"]) == (8, 3, 5)
    assert whole["rate"] == 3 / 8
    assert np.isnan(whole["rate_low"])
    assert found.loc[("old", "block", "z1"), "rate"] == 0
    assert found.loc[("young", "group", "all"), "covered"] == 10
    nobody = found.loc[("young", "block", "z1")]
    assert nobody["total"] == 0
    assert np.isnan(nobody["rate"])
    for _, rows in found.groupby(level=["group", "level"]):
        assert rows["total"].sum() == (8 if rows.index[0][0] == "old" else 10)
    assert not pd.isna(found[["total", "covered", "uncovered"]]).any(axis=None)


@pytest.mark.parametrize(
    ("values", "told"),
    [([1, None, 2], "row d1"), ([1, 2, -1], "row d2"), (["a", "1", "2"], "row d0")],
)
def test_a_gap_is_not_nobody(values, told):
    with pytest.raises(TableError, match=told):
        coverage_by_group(coverage(old=values), ["old"], LEVELS)


def test_a_column_that_is_not_there():
    with pytest.raises(TableError, match="residents"):
        coverage_by_group(coverage(), ["old"], LEVELS)
