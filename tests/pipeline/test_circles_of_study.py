"""Life circles of a study: page, tables and record, against figures by hand."""

import json

import pandas as pd
import pytest

import study_on_disk as disk
from urbangis.errors import StudyError
from urbangis.pipeline.analyses.circles import compute_circle
from urbangis.pipeline.cache import network_of
from urbangis.pipeline.commands.check import check
from urbangis.pipeline.commands.run import run
from urbangis.pipeline.load import load_study
from urbangis.publish.pages.circle import circle_page

CIRCLE = """\
id = "hamlet"
name = { zh = "小圈", en = "Hamlet circle" }
tier_min = [3]
mode = "walk"

[source]
document = "tests"
clause = "-"
confidence = "high"

[[services]]
id = "doctor"
name = { zh = "医生", en = "Doctor" }
facilities = ["clinic"]
cutoff_min = 3
cutoff_m = 150
clause = "-"
confidence = "high"

[[services]]
id = "hospital"
name = { zh = "医院", en = "Hospital" }
facilities = ["clinic_large"]
cutoff_min = 2
cutoff_m = 400
clause = "-"
confidence = "high"

[[services]]
id = "school"
name = { zh = "学校", en = "School" }
facilities = ["school"]
cutoff_min = 3
clause = "-"
confidence = "high"
"""
LAYERS = """
[layers.hospitals]
name = { zh = "医院", en = "Hospitals" }
table = "supply"
file = "hospitals.geojson"
nature = "synthetic"
source = "tests"
"""
BY_STREETS = """
[circles.life]
circle = "hamlet"
facilities = ["clinics", "hospitals"]
demand = "homes"
streets = "streets"
"""
BY_RADIUS = """
[circles.round]
circle = "hamlet"
facilities = ["clinics", "hospitals"]
demand = "homes"
"""
# Homes at 100, 500, 700 and 1,150 m with 1, 2, 4 and 8 people; clinics at 300 and 1,100 m, of
# which the second is a hospital too. 3 minutes are 200 m, 2 minutes 133 m.
NEAR_A_CLINIC = 1 + 2 + 8
NEAR_THE_HOSPITAL = 8


@pytest.fixture
def with_circles(study):
    (study / "rules" / "circles").mkdir()
    (study / "rules" / "circles" / "hamlet.toml").write_text(CIRCLE, encoding="utf-8")
    hospital = disk.clinics().iloc[[1]].assign(id="k0", kind="clinic_large")
    disk.write_layer(hospital, study / "hospitals.geojson")
    file = study / "urbangis.toml"
    text = file.read_text(encoding="utf-8") + LAYERS + BY_STREETS + BY_RADIUS
    file.write_text(text, encoding="utf-8")
    return study


def zones_of(folder, name, file="zones"):
    return pd.read_csv(folder / f"data/{name}/{file}.csv")


def test_the_tables_hold_the_figures_of_the_hand(with_circles):
    run(with_circles, only=["life"])
    zones = zones_of(with_circles / "maps", "life").set_index(["level", "zone_id"])
    assert zones["covered"].to_dict() == {
        ("block", "west"): 0, ("block", "east"): 8, ("town", "t"): 8, ("study", "study"): 8,
    }  # fmt: skip
    whole = zones.loc[("study", "study")]
    assert whole["total"] == sum(disk.PEOPLE)
    mean = (NEAR_A_CLINIC + NEAR_THE_HOSPITAL) / sum(disk.PEOPLE)
    assert whole["services"] == pytest.approx(mean, rel=1e-9)
    assert whole["most_missing"] == "hospital"
    services = zones_of(with_circles / "maps", "life", "services").set_index("service")
    assert services["status"].to_dict() == {
        "doctor": "judged", "hospital": "judged", "school": "no_data",
    }  # fmt: skip
    single = zones_of(with_circles / "maps", "life", "zones_by_service")
    single = single[single["level"] == "study"].set_index("service")["covered"].to_dict()
    assert single == {"doctor": NEAR_A_CLINIC, "hospital": NEAR_THE_HOSPITAL}


def test_without_streets_the_radii_hold(with_circles):
    run(with_circles, only=["round"])
    single = zones_of(with_circles / "maps", "round", "zones_by_service")
    single = single[single["level"] == "study"].set_index("service")["covered"].to_dict()
    # 150 m: the home at 1,150 m only; 400 m of the hospital: those at 700 and 1,150 m.
    assert single == {"doctor": 8, "hospital": 4 + 8}
    services = zones_of(with_circles / "maps", "round", "services").set_index("service")
    assert services.loc["school", "status"] == "no_cutoff"


def test_the_front_page_leads_to_it_and_the_record_tells_of_it(with_circles):
    report = run(with_circles)
    maps = with_circles / "maps"
    front = (maps / "index.html").read_text(encoding="utf-8")
    assert 'href="life.html"' in front
    assert 'href="round.html"' in front
    assert (maps / "life.html").is_file()
    record = json.loads((maps / "run.json").read_text(encoding="utf-8"))
    assert record["circles"]["life"]["judged"] == ["doctor", "hospital"]
    assert record["circles"]["life"]["study"]["covered"] == 8
    assert "data/life/result.gpkg" in record["outputs"]
    assert any(one.about == ("life", "round") or "life" in one.about for one in report.notices)


def test_the_page_says_what_could_not_be_judged(with_circles):
    loaded = load_study(with_circles, tell=lambda _: None)
    layer = loaded.layers["streets"]
    built = network_of(layer, loaded.catalogue.mode("walk"), with_circles)
    page = circle_page(
        loaded.study, compute_circle(loaded, "life", built), loaded.layers, loaded.catalogue
    )
    assert page.cautions[0].zh == "标准要求 3 项，只判断了 2 项；未判断：学校"
    assert page.cautions[0].en == "2 of the 3 services asked for are judged; not judged: School"
    told = [(figure.label.zh, figure.value.zh) for figure in page.figures]
    assert told == [
        ("样样齐全的居民", "53.3%"),  # 8 of 15
        ("人均拥有项数", "1.3 / 2"),  # 19 / 15
        ("一项都没有的居民", "4 人"),
        ("医生（3 分钟）", "73.3%"),
        ("医院（2 分钟）", "53.3%"),
        ("学校", "无图层"),
    ]
    homes = next(layer for layer in page.layers if layer.id == "homes")
    assert homes.table.set_index("id")["class"].to_dict() == {"h0": 1, "h1": 1, "h2": 2, "h3": 0}
    assert homes.table.set_index("id").loc["h0", "lacks"] == "医院"
    # 1,150 - 1,100 m at 4 km/h is 45 s, 0.75 minutes: rounded down, as it is within the cutoff.
    assert homes.table.set_index("id").loc["h3", "cost_doctor"] == 0.7


def test_a_page_needs_a_name_of_its_own(with_circles):
    disk.edit(with_circles, "[circles.life]", "[circles.health]")
    with pytest.raises(StudyError, match='two pages "health"'):
        run(with_circles)


def test_an_unknown_circle_is_named_with_the_nearest(with_circles):
    disk.edit(with_circles, 'circle = "hamlet"', 'circle = "hamlets"')
    with pytest.raises(StudyError, match=r"circles\.life.*hamlet"):
        run(with_circles)


def test_check_finds_a_circle_that_nothing_can_be_judged_of(with_circles):
    disk.edit(
        with_circles,
        'circle = "hamlet"\nfacilities = ["clinics", "hospitals"]',
        'circle = "gb50180-15"\nfacilities = ["clinics", "hospitals"]',
    )
    (error,) = check(with_circles).errors
    assert "no facility by which the life circle" in str(error)
    assert "clinics.geojson" in str(error)
