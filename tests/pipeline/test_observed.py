"""Clauses answered by life circles, accessibility, plans and people: figures by hand."""

import csv
import re
import tomllib
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

import study_on_disk as disk
from study_text import clause, layer, write_policy
from urbangis.errors import StudyError
from urbangis.pipeline.commands.run import run

CLAUSES = {
    "circle": ("%", "coverage", []),
    "access": ("%", "share", []),
    "shortage": ("个", "figure", []),
    "gini": ("", "figure", []),
    "plans": ("个", "count", []),
    "conflict": ("平方公里", "figure", []),
    "outside": ("平方公里", "figure", []),
    "inside": ("%", "figure", []),
    "places": ("个", "count", []),
    "people": ("人", "figure", []),
    "share": ("%", "figure", ["east"]),
    "distance": ("公里", "figure", []),
}
INDICATORS = """
[indicators.P-circle]
circle = "life"

[indicators.P-access]
access = "beds"

[indicators.P-shortage]
access = "beds"
figure = "shortage"

[indicators.P-gini]
access = "beds"
figure = "gini"

[indicators.P-plans]
conflict = "plans"
figure = "plans"

[indicators.P-conflict]
conflict = "plans"
figure = "conflict_km2"

[indicators.P-outside]
conflict = "plans"
figure = "outside_km2"

[indicators.P-inside]
conflict = "plans"
figure = "inside_share"

[indicators.P-places]
demand = "homes"

[indicators.P-people]
demand = "homes"
source = { zh = "自行统计", en = "our own count" }

[indicators.P-share]
demand = "homes"
zones = ["east"]

[indicators.P-distance]
demand = "homes"
layer = "clinics"

[circles.life]
circle = "hamlet"
facilities = ["clinics"]
demand = "homes"
streets = "streets"

[access.beds]
name = { zh = "床位", en = "Beds" }
facilities = ["clinics"]
demand = "homes"
mode = "walk"
cutoff_min = 3
streets = "streets"
capacity = { column = "beds", name = { zh = "床位", en = "Beds" }, unit = { zh = "张", en = "beds" }, serves = 1 }

[conflicts.plans]
name = { zh = "方案", en = "Plans" }
plans = ["sites"]
against = ["lines"]
boundary = "boundary"
"""  # noqa: E501
LAYERS = (
    layer("sites", "features", "sites.geojson", zh="地块", en="Sites")
    + layer("lines", "redlines", "lines.geojson", zh="管控线", en="Control lines")
    + layer("boundary", "features", "boundary.geojson", zh="开发边界", en="Growth boundary")
)
CIRCLE = """\
id = "hamlet"
name = { zh = "小圈", en = "Hamlet circle" }
tier_min = [3]
mode = "walk"
source = { document = "tests", clause = "-", confidence = "high" }

[[services]]
id = "doctor"
name = { zh = "医生", en = "Doctor" }
facilities = ["clinic"]
cutoff_min = 3
clause = "-"
confidence = "high"
"""


def area(shapes, **columns):
    names = {"id": list(shapes), "name": list(shapes)}
    return gpd.GeoDataFrame(names | columns, geometry=list(shapes.values()), crs=disk.CRS)


def box(west, south, east, north):
    return shapely.box(disk.WEST + west, disk.NORTH + south, disk.WEST + east, disk.NORTH + north)


@pytest.fixture
def held(study):
    (study / "rules" / "circles").mkdir()
    (study / "rules" / "circles" / "hamlet.toml").write_text(CIRCLE, encoding="utf-8")
    write_policy(
        study / "rules",
        *(
            clause(f"P-{name}", measure, unit=unit, zones=zones)
            for name, (unit, measure, zones) in CLAUSES.items()
        ),
    )
    disk.write_layer(disk.clinics().assign(beds=[6, 2]), study / "clinics.geojson")
    # Two sites of 0.01 km2: half of the first in a core, a quarter of the second outside.
    sites = {"a": box(0, 0, 100, 100), "b": box(200, 0, 300, 100)}
    lines = area({"core": box(50, 0, 150, 100)}, generation="2022", tier="核心保护区",
                 nature="surveyed")  # fmt: skip
    disk.write_layer(area(sites), study / "sites.geojson")
    disk.write_layer(lines, study / "lines.geojson")
    disk.write_layer(area({"u": box(0, 0, 275, 100)}), study / "boundary.geojson")
    file = study / "urbangis.toml"
    head = 'targets = ["plan"]\n'
    text = head + file.read_text(encoding="utf-8") + INDICATORS + LAYERS
    file.write_text(text, encoding="utf-8")
    return study


def test_each_origin_gives_the_figure_of_the_hand(held):
    run(held)
    rows = pd.read_csv(held / "maps/data/scorecard.csv", encoding="utf-8-sig")
    asked = rows[rows["level"].isin(["study", "group"])].set_index("target_id")["figure"]
    # Six beds for the 3 people near the first clinic, two for the 8 near the second; 4 have none.
    each = [2, 2, 2, *[0] * 4, *[0.25] * 8]
    gini = sum(abs(a - b) for a in each for b in each) / (2 * 15**2 * (sum(each) / 15))
    nearest_m = (200 * 1 + 200 * 2 + 400 * 4 + 50 * 8) / 15
    assert asked.to_dict() == pytest.approx(
        {
            "P-circle": 100 * disk.COVERED / 15,
            "P-access": 100 * (3 + 2) / 15,
            "P-shortage": -10,
            "P-gini": gini,
            "P-plans": 1,
            "P-conflict": 0.005,
            "P-outside": 0.0025,
            "P-inside": 100 * 0.0175 / 0.02,
            "P-places": 4,
            "P-people": 15,
            "P-share": 100 * (4 + 8) / 15,
            "P-distance": nearest_m / 1000,
        }
    )
    zones = rows[rows["level"] == "block"].set_index(["target_id", "zone_id"])["figure"]
    assert zones["P-people", "west"] == 3
    assert zones["P-shortage", "east"] == -10
    assert zones["P-distance", "west"] == pytest.approx(0.2)
    told = rows.set_index("target_id").loc["P-people"].iloc[0]
    assert "自行统计" in told["source"]
    assert "our own count" in told["source_en"]


def test_an_analysis_that_was_not_run_says_so(held):
    run(held, only=["near"])
    rows = pd.read_csv(held / "maps/data/scorecard.csv", encoding="utf-8-sig")
    row = rows[rows["target_id"] == "P-circle"].iloc[0]
    assert (row["status"], row["reason"]) == ("no data", "本次运行未计算该项分析")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('circle = "life"', 'circle = "live"', 'names a circle "live" that is not there'),
        ('figure = "gini"', 'figure = "plans"', "figure does not fit access"),
        ('figure = "plans"\n', "", "figure does not fit conflict"),
        ('circle = "life"', 'conflict = "plans"\nfigure = "plans"', "measured as coverage"),
        ('zones = ["east"]', 'zones = ["east"]\nlayer = "nowhere"', 'layer "nowhere"'),
        ('circle = "life"', 'circle = "life"\nzones = ["east"]', "are for people"),
    ],
)
def test_an_origin_that_makes_no_sense_is_an_error(held, old, new, told):
    disk.edit(held, old, new)
    with pytest.raises(StudyError, match=told):
        run(held)


def test_the_page_of_docs_lists_the_clauses_of_jiangsu_that_have_a_figure():
    root = Path(__file__).parents[2]
    study = tomllib.loads((root / "urbangis.toml").read_text(encoding="utf-8"))
    with (root / study["reported"]).open(encoding="utf-8-sig", newline="") as file:
        reported = {row["target_id"] for row in csv.DictReader(file) if row["value"]}
    # Tables of units and of neighbours are there to be filled in.
    computed = {
        name
        for name, one in study["indicators"].items()
        if "units" not in one and "pairs" not in one
    }
    told = re.findall(r"T\d\d-\d{3}", (root / "docs/scorecard.md").read_text(encoding="utf-8"))
    assert sorted(told) == sorted(computed | reported)
    assert f"{len(told)} of 248 clauses" in (root / "docs/scorecard.md").read_text("utf-8")
