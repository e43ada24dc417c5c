"""Accessibility under capacity of a study: tables and pages, against figures by hand."""

import json
import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

import study_on_disk as disk
from urbangis.errors import TableError
from urbangis.pipeline.analyses.access import compute_access
from urbangis.pipeline.cache import network_of
from urbangis.pipeline.commands.run import run
from urbangis.pipeline.load import load_study
from urbangis.publish.pages.access import access_page
from urbangis.publish.pages.access_sheet import equity_page
from urbangis.publish.web.sheet import sheet_body

KEYS = """
[access.beds]
name = { zh = "床位可达性", en = "Beds" }
facilities = ["clinics"]
demand = "homes"
mode = "walk"
cutoff_min = 3
groups = { old = { zh = "老人", en = "Old people" } }
rank_by = { column = "income", name = { zh = "收入", en = "Income" } }
streets = "streets"

[access.beds.capacity]
column = "beds"
name = { zh = "床位", en = "Beds" }
unit = { zh = "张", en = "beds" }
serves = 2
"""
# Homes at 100, 500, 700 and 1,150 m with 1, 2, 4 and 8 people; clinics at 300 m with 6 beds and at
# 1,100 m with 2. Three minutes are 200 m: the first clinic has 3 people in reach, the second 8,
# and the home at 700 m has none.
PER_HEAD = {"h0": 6 / 3, "h1": 6 / 3, "h2": 0.0, "h3": 2 / 8}
PEOPLE = dict(zip(("h0", "h1", "h2", "h3"), disk.PEOPLE, strict=True))


@pytest.fixture
def with_beds(study):
    clinics = disk.clinics().assign(beds=[6, 2])
    homes = disk.homes().assign(old=[1, 0, 2, 1], income=[10, 20, 30, 40])
    disk.write_layer(clinics, study / "clinics.geojson")
    disk.write_layer(homes, study / "homes.geojson")
    file = study / "urbangis.toml"
    file.write_text(file.read_text(encoding="utf-8") + KEYS, encoding="utf-8")
    return study


def computed(study):
    loaded = load_study(study, tell=lambda _: None)
    built = network_of(loaded.layers["streets"], loaded.catalogue.mode("walk"), study)
    return loaded, compute_access(loaded, "beds", built)


def test_homes_and_facilities_hold_the_figures_of_the_hand(with_beds):
    _, result = computed(with_beds)
    homes = result.found.homes.set_index("id")
    assert homes["two_step_fca"].to_dict() == pytest.approx(PER_HEAD)
    assert homes["cumulative_opportunities"].to_dict() == pytest.approx(
        {"h0": 6, "h1": 6, "h2": 0, "h3": 2}
    )
    # 200 m is the limit itself, where the bell is down to 0; 50 m is a quarter of the way.
    edge, bell = math.exp(-0.5), math.exp(-0.5 * 0.25**2)
    weight = (bell - edge) / (1 - edge)
    gravity = homes["gravity"].to_dict()
    assert gravity == pytest.approx({"h0": 0, "h1": 0, "h2": 0, "h3": 2 * weight}, abs=1e-6)
    assert homes["nearest_s"].dropna().to_dict() == pytest.approx(
        {"h0": 180, "h1": 180, "h3": 45}, rel=1e-6
    )
    # A bed is for two: 12 places for 3 people, 4 places for 8.
    assert homes["share"].to_dict() == pytest.approx({"h0": 1, "h1": 1, "h2": 0, "h3": 0.5})
    facilities = result.found.facilities.set_index("id")
    assert facilities["people_in_reach"].to_dict() == {"c0": 3, "c1": 8}
    assert facilities["spare"].to_dict() == pytest.approx({"c0": 6 - 1.5, "c1": 0})


def test_zones_groups_and_equity_hold_the_figures_of_the_hand(with_beds):
    _, result = computed(with_beds)
    zones = result.found.zones.set_index(["level", "zone_id"])
    assert zones["covered"].to_dict() == pytest.approx(
        {("block", "west"): 3, ("block", "east"): 4, ("town", "t"): 7, ("study", "study"): 7}
    )
    assert zones.loc[("block", "west"), "two_step_fca"] == pytest.approx(2)
    assert zones.loc[("block", "east"), "two_step_fca"] == pytest.approx(2 / 12)
    groups = result.found.groups.set_index("group")
    assert groups.loc["", "two_step_fca"] == pytest.approx(8 / 15)
    assert groups.loc["old", "people"] == 4
    assert groups.loc["old", "in_reach"] == pytest.approx(2 / 4)
    assert groups.loc["old", "two_step_fca"] == pytest.approx((2 + 0 + 0.25) / 4)
    equity = result.found.equity.set_index("measure").loc["two_step_fca"]
    each = np.repeat([PER_HEAD[home] for home in PEOPLE], list(PEOPLE.values()))
    by_definition = np.abs(each[:, None] - each).mean() / (2 * each.mean())
    assert equity["gini"] == pytest.approx(by_definition)
    assert equity["nothing"] == pytest.approx(4 / 15)
    assert equity["zones_p90_p10"] == pytest.approx(2 / (2 / 12))
    relative = each[each > 0] / each.mean()
    assert equity["theil"] == pytest.approx((relative * np.log(relative)).sum() / 15)
    # 8 of 15 people share the highest income: there is no richest tenth.
    assert math.isnan(equity["palma"])
    rank = np.repeat([10, 20, 30, 40], list(PEOPLE.values()))
    below = np.array([(rank < one).mean() + (rank == one).mean() / 2 for one in rank])
    assert equity["concentration"] == pytest.approx(
        2 * ((each - each.mean()) * (below - 0.5)).mean() / each.mean()
    )


def test_the_richest_tenth_where_it_can_be_told(with_beds):
    homes = disk.homes().assign(residents=[40, 40, 12, 8], old=1, income=[10, 20, 30, 40])
    disk.write_layer(homes, with_beds / "homes.geojson")
    _, result = computed(with_beds)
    equity = result.found.equity.set_index("measure").loc["two_step_fca"]
    # The richest 8 have the two beds to themselves, the poorest 40 share six with 40 others.
    assert equity["palma"] == pytest.approx((2 / 8) / (6 / 80))


def test_pages_and_tables_are_written_and_told(with_beds):
    run(with_beds)
    maps = with_beds / "maps"
    assert 'href="beds.html"' in (maps / "index.html").read_text(encoding="utf-8")
    sheet = (maps / "data/beds/equity.html").read_text(encoding="utf-8")
    assert 'src="../../assets/urbangis.js"' in sheet
    assert "洛伦兹曲线" in sheet
    zones = pd.read_csv(maps / "data/beds/zones.csv")
    assert zones.loc[zones["level"] == "study", "uncovered"].iloc[0] == 8
    homes = gpd.read_file(maps / "data/beds/result.gpkg", layer="homes")
    assert homes.set_index("id")["two_step_fca"].to_dict() == pytest.approx(PER_HEAD)
    record = json.loads((maps / "run.json").read_text(encoding="utf-8"))["access"]["beds"]
    assert record["study"] == {"total": 15, "covered": 7, "uncovered": 8}
    assert record["mean"]["two_step_fca"] == pytest.approx(8 / 15)


def test_the_map_colours_homes_by_what_they_get(with_beds):
    loaded, result = computed(with_beds)
    page = access_page(loaded.study, result, loaded.layers, loaded.catalogue)
    told = [(figure.label.zh, figure.value.zh) for figure in page.figures]
    assert told[0] == ("时限内排得上的居住人口", "46.7%")
    assert told[1] == ("排不上的", "8 人")
    assert told[2] == ("平均可得", "每人 0.53 张")
    homes = next(layer for layer in page.layers if layer.id == "homes")
    # Against the mean of 8/15: 2 is over twice, nothing is nothing, 0.25 is under half.
    classes = homes.table.set_index("id")["class"].to_dict()
    assert classes == {"h0": 5, "h1": 5, "h2": 0, "h3": 1}
    assert homes.classes[5].label.zh == "平均的2倍及以上"


def test_the_sheet_has_every_measure_group_and_facility(with_beds):
    loaded, result = computed(with_beds)
    page = equity_page(loaded.study, result, loaded.layers)
    measures, equity, _, groups, facilities = page.sections
    assert len(measures.rows) == len(equity.rows) == 5
    assert [row[0].text.zh for row in groups.rows] == ["居住人口", "老人"]
    assert groups.rows[1][5].text.zh == f"{(2.25 / 4) / (8 / 15):.2f}"
    assert [row[4].text.zh for row in facilities.rows] == ["4 张", "0 张"]
    assert "按收入排序" in sheet_body(page)


def test_without_a_number_of_people_to_serve_reach_is_counted(with_beds):
    disk.edit(with_beds, "serves = 2\n", "")
    loaded, result = computed(with_beds)
    assert result.whole["covered"] == disk.COVERED
    page = access_page(loaded.study, result, loaded.layers, loaded.catalogue)
    assert page.figures[0].label.zh == "时限内有设施的居住人口"


def test_a_facility_without_a_capacity_is_an_error_that_names_it(with_beds):
    clinics = disk.clinics().assign(beds=[6, None])
    disk.write_layer(clinics, with_beds / "clinics.geojson")
    with pytest.raises(TableError, match=r"clinics\.geojson.*row c1.*a gap is not 0"):
        run(with_beds)


def test_a_column_that_is_not_there_is_an_error(with_beds):
    disk.edit(with_beds, "old = {", "young = {")
    with pytest.raises(TableError, match=r'homes\.geojson.*no column "young"'):
        run(with_beds)
