"""The maps of what is wrong with streets, for faults drawn on purpose."""

import geopandas as gpd
import pandas as pd
import pytest
import shapely

import study_on_disk as disk
from urbangis.pipeline.commands.check import check

# The small study's street runs east at this height; each line has one fault, or none.
STREET = [(disk.WEST, disk.NORTH), (disk.WEST + 1200, disk.NORTH)]
DRAWN = {
    "main": STREET,
    "twice": STREET[::-1],  # duplicate
    "short": [(disk.WEST + 100, disk.NORTH + 0.3), (disk.WEST + 100, disk.NORTH + 50)],  # gap
    "long": [(disk.WEST + 200, disk.NORTH - 0.3), (disk.WEST + 200, disk.NORTH + 50)],  # overshoot
    "on": [(disk.WEST + 300, disk.NORTH), (disk.WEST + 300, disk.NORTH + 50)],  # uncut
    "over": [(disk.WEST + 400, disk.NORTH - 40), (disk.WEST + 400, disk.NORTH + 40)],  # crossing
    "away": [(disk.WEST + 500, disk.NORTH + 20), (disk.WEST + 560, disk.NORTH + 20)],
}
# Ends that meet nothing: one of short, long and on, two each of over and away; main and twice meet,
# and over crosses both.
PLACES = {"gap": 1, "overshoot": 1, "uncut": 1, "duplicate": 1, "dangle": 7, "no-length": 0}
PLACES["crossing"] = 2


@pytest.fixture
def drawn(study):
    table = gpd.GeoDataFrame(
        {"id": [*DRAWN], "class": "residential"},
        geometry=[shapely.LineString(line) for line in DRAWN.values()],
        crs=disk.CRS,
    )
    disk.write_layer(table, study / "streets.geojson")
    return study


def test_every_fault_is_told_and_placed(drawn, tmp_path):
    report = check(drawn, maps=tmp_path / "out")
    assert report.pages == (tmp_path / "out" / "streets-faults.html",)
    data = tmp_path / "out" / "data" / "streets"
    told = pd.read_csv(data / "faults.csv").set_index("fault")["places"].to_dict()
    assert told == PLACES
    faults = gpd.read_file(data / "result.gpkg", layer="faults")
    of = faults.groupby("fault")["street_id"].agg(set)
    assert (of["gap"], of["overshoot"], of["uncut"]) == ({"short"}, {"long"}, {"on"})
    assert of["duplicate"] == {"twice"}
    gap = faults[faults["fault"] == "gap"].geometry.iloc[0]
    assert gap.distance(shapely.Point(DRAWN["short"][0])) < 0.01  # degrees with seven decimals
    lines = gpd.read_file(data / "result.gpkg", layer="streets").set_index("street_id")["piece"]
    assert lines["main"] == lines["twice"] == 0
    assert lines["away"] > 0


def test_a_page_of_a_drawing_in_order_says_so(study, tmp_path):
    (page,) = check(study, maps=tmp_path / "out").pages
    text = page.read_text(encoding="utf-8")
    assert "//" not in text.split("<body")[1].split("<script")[0].replace("<!--", "")
    told = pd.read_csv(tmp_path / "out" / "data" / "streets" / "faults.csv")
    assert told.set_index("fault")["places"].drop("dangle").sum() == 0


def test_a_study_without_streets_gets_no_page(study, tmp_path):
    disk.edit(study, 'table = "streets"', 'table = "lines"')
    assert check(study, maps=tmp_path / "out").pages == ()
    assert not (tmp_path / "out").exists()


def test_nothing_is_written_unless_asked_for(study):
    before = sorted(study.rglob("*"))
    assert check(study).pages == ()
    assert sorted(study.rglob("*")) == before
