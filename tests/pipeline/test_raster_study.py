"""A study whose people are the cells of a raster, from its file to its pages, by hand."""

import gzip
import hashlib
import json
import re
import shutil
from base64 import b64decode
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from affine import Affine

from study_text import head, layer
from urbangis.errors import TableError
from urbangis.pipeline import cache
from urbangis.pipeline.commands.check import check
from urbangis.pipeline.commands.run import run
from urbangis.pipeline.load import load_study
from urbangis.pipeline.services import build_networks, compute_service, demand_of
from urbangis.tables import cells_of, row_names

X, Y = 500_000.0, 3_500_000.0
ROWS, COLUMNS = 10, 30
SPEED_MS = 4 / 3.6  # of the mode walk, on the street and off it

STUDY = (
    head(zh="栅格试验", en="Raster test")
    + layer("blocks", "zones", "blocks.gpkg", zh="街区", en="Blocks")
    + layer("people", "demand", "people.tif", zh="人口栅格", en="Population raster",
            data_date=date(2020, 11, 1))
    + layer("streets", "streets", "streets.gpkg", zh="街道", en="Streets")
    + layer("clinics", "supply", "clinics.gpkg", zh="卫生服务中心", en="Clinics",
            values={"kind": "health_center"}, data_date=date(2021, 6, 30))
    + """
[services.health]
standard = "jiangsu-health-15"
facilities = ["clinics"]
demand = "people"
streets = "streets"
compare = ["health-center-1000"]
"""
)  # fmt: skip


@pytest.fixture(scope="module")
def people() -> np.ndarray:
    """Nobody in the first column, no data in the second, one person more with every cell."""
    people = np.arange(1.0, ROWS * COLUMNS + 1).reshape(ROWS, COLUMNS)
    people[:, 0], people[:, 1] = 0, -1
    return people


@pytest.fixture(scope="module")
def study(tmp_path_factory, people) -> Path:
    """Cells of 100 m; a street along the middle of the fifth row from below; a clinic at its start.

    The west block ends within the cells of column 20; the east one
    within those of column 28, before their centres; column 29 is not read.
    """
    folder = tmp_path_factory.mktemp("raster")
    blocks = [
        shapely.box(X, Y, X + 2_025, Y + 1_000),
        shapely.box(X + 2_025, Y, X + 2_840, Y + 1_000),
    ]
    names = {"id": ["w", "e"], "name": ["西", "东"]}
    gpd.GeoDataFrame(names, geometry=blocks, crs=4549).to_file(folder / "blocks.gpkg")
    street = shapely.LineString([(X + 250, Y + 450), (X + 3_000, Y + 450)])
    lines = {"id": ["s"], "class": ["residential"]}
    gpd.GeoDataFrame(lines, geometry=[street], crs=4549).to_file(folder / "streets.gpkg")
    clinic = {"id": ["c"], "name": ["卫生院"]}
    point = [shapely.Point(X + 250, Y + 450)]
    gpd.GeoDataFrame(clinic, geometry=point, crs=4549).to_file(folder / "clinics.gpkg")
    size = {"driver": "GTiff", "width": COLUMNS, "height": ROWS, "count": 1, "dtype": "float64"}
    place = {"crs": "EPSG:4549", "transform": Affine(100, 0, X, 0, -100, Y + 1_000), "nodata": -1}
    with rasterio.open(folder / "people.tif", "w", **size, **place) as file:
        file.write(people, 1)
    (folder / "urbangis.toml").write_text(STUDY, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def maps(study) -> Path:
    run(study)
    return study / "maps"


def written(page: Path) -> str:
    """Return the text of a page, with what it holds in packed form."""
    html = page.read_text(encoding="utf-8")
    packed = re.findall(r'<script type="text/plain"[^>]*>([^<]+)</script>', html)
    return html + "".join(gzip.decompress(b64decode(one)).decode() for one in packed)


def seconds() -> np.ndarray:
    """From each cell straight to the street, and along it to the clinic; inf if 500 m off."""
    x = 100 * np.arange(COLUMNS) + 50.0
    y = 1_000 - (100 * np.arange(ROWS) + 50.0)
    along, off = np.maximum(x - 250, 0), np.abs(y - 450)[:, None]
    off = np.hypot(off, np.maximum(250 - x, 0))
    return np.where(off <= 500, (along + off) / SPEED_MS, np.inf)


def test_the_table_holds_the_sums_of_the_cells(maps, people) -> None:
    """Column 20 is cut a quarter from the left, column 28 at two fifths."""
    found = pd.read_csv(maps / "data/health/coverage.csv").set_index("zone_id")
    there = np.where(people > 0, people, 0.0)
    west = np.r_[np.ones(20), 0.25, np.zeros(9)]
    whole = np.r_[np.ones(29), 0]
    east = np.r_[np.zeros(20), 0.75, np.ones(7), 0.4, 0]
    within = seconds() <= 900
    for zone, share in {"w": west, "e": east, "study": whole}.items():
        assert found.loc[zone, "total"] == pytest.approx((there * share).sum(), rel=1e-6)
        assert found.loc[zone, "covered"] == pytest.approx((there * within * share).sum(), rel=1e-6)


def test_the_raster_of_times_has_the_cells_of_the_file(study, maps, people) -> None:
    cost_s, limit_s = seconds(), 900 * 1.1
    expected = np.where((people > 0) & (cost_s <= limit_s), cost_s / 60, np.nan)
    with rasterio.open(maps / "data/health/travel_time.tif") as file:
        assert file.crs == "EPSG:4549"
        assert np.isnan(file.nodata)
        assert file.dtypes == ("float32",)
        assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        tags, found, corner = file.tags(), file.read(1), file.transform
    # Cropped to the cells that hold people: columns 0 and 1 hold none.
    assert corner == Affine(100, 0, X + 200, 0, -100, Y + 1_000)
    np.testing.assert_allclose(found, expected[:, 2:29], rtol=1e-6)
    assert tags["UNIT"] == "minutes"
    assert tags["STANDARD"].startswith("jiangsu-health-15")
    assert tags["CLAUSE"].endswith("附件(八)3")
    assert "walk" in tags["MODEL"].lower()
    assert tags["DATA_DATE"] == "2020-11-01/2021-06-30"


def test_it_agrees_with_the_table_cell_by_cell(study, maps) -> None:
    loaded = load_study(study, tell=lambda _: None)
    spec = loaded.study.spec.services["health"]
    coverage, _ = compute_service(loaded, spec, build_networks(loaded, {"health": spec}))
    rows, columns = cells_of(coverage.demand["id"].to_numpy())
    with rasterio.open(maps / "data/health/travel_time.tif") as file:
        read = file.read(1)[rows, columns - 2]
    minutes = (coverage.demand["cost"].to_numpy() / 60).astype("float32")
    np.testing.assert_array_equal(read, minutes)
    assert row_names(coverage.demand.tail(1)).tolist() == ["9-28"]


def test_what_is_told_names_cells_in_both_languages(maps) -> None:
    record = json.loads((maps / "run.json").read_text(encoding="utf-8"))
    assert record["layers"]["people"]["rows"] == ROWS * (COLUMNS - 3)
    told = {one["code"]: one for one in record["layers"]["people"]["notices"]}
    assert told["cells-without-data"]["count"] == ROWS
    assert told["outside-study"]["count"] == ROWS  # the centres of column 28
    assert told["outside-study"]["sample_ids"][0] == "0-28"
    service = {one["code"]: one for one in record["services"]["health"]["notices"]}
    assert service["demand-outside-zones"]["sample_ids"] == [f"{row}-28" for row in range(ROWS)]
    page = written(maps / "health.html")
    assert "10处需求点（地块）不在任何统计单元内" in page
    assert "10 places of demand lie in no zone" in page
    assert "人口栅格中有 10 个像元无数据" in page


def test_the_page_leads_to_the_raster_and_no_layer_holds_the_cells(maps) -> None:
    assert "data/health/travel_time.tif" in written(maps / "health.html")
    layers = set(gpd.list_layers(maps / "data/health/result.gpkg")["name"])
    assert layers == {"zones", "service_area", "facilities"}


def test_the_raster_has_the_same_bytes_again(study, maps, tmp_path) -> None:
    run(study, output=tmp_path / "again")
    pair = [folder / "data/health/travel_time.tif" for folder in (maps, tmp_path / "again")]
    one, other = (hashlib.sha256(path.read_bytes()).hexdigest() for path in pair)
    assert one == other


def test_cells_that_were_shared_before_are_not_read_again(study, tmp_path, monkeypatch) -> None:
    """The second run finds them as they were; a zone or a cell that changes makes them anew."""
    folder = shutil.copytree(study, tmp_path / "study", ignore=shutil.ignore_patterns("maps"))
    monkeypatch.setattr(cache, "WORTH_KEEPING", 1)

    def demand() -> tuple[pd.DataFrame, list[str]]:
        told: list[str] = []
        loaded = load_study(folder, tell=told.append)
        table, _ = demand_of(loaded, loaded.study.spec.services["health"])
        assert loaded.layers["people"].rows == ROWS * (COLUMNS - 3)
        assert {one.code for one in loaded.layers["people"].notices} == {
            "cells-without-data",
            "outside-study",
        }
        return table, told

    first, told = demand()
    assert "reading Population raster" in told
    again, told = demand()
    assert "reading Population raster" not in told
    pd.testing.assert_frame_equal(again, first)
    with rasterio.open(folder / "people.tif", "r+") as file:
        cells = file.read(1)
        cells[0, 2] += 1000
        file.write(cells, 1)
    changed, told = demand()
    assert "reading Population raster" in told
    assert changed["residents"].sum() == pytest.approx(first["residents"].sum() + 1000)
    zones = gpd.read_file(folder / "blocks.gpkg")
    zones.assign(geometry=zones.geometry.translate(xoff=-25)).to_file(folder / "blocks.gpkg")
    moved, _ = demand()
    assert not moved["zone_id"].value_counts().equals(changed["zone_id"].value_counts())


def test_check_reads_it(study) -> None:
    assert check(study).errors == ()


ANALYSES = """
[circles.life]
circle = "gb50180-15"
facilities = ["clinics"]
demand = "people"
streets = "streets"

[access.doctors]
name = { zh = "医生", en = "Doctors" }
facilities = ["clinics"]
demand = "people"
mode = "walk"
cutoff_min = 15
streets = "streets"

[access.doctors.capacity]
column = "doctors"
name = { zh = "医生", en = "Doctors" }
unit = { zh = "名", en = "doctors" }

[sitings.next]
name = { zh = "再建一处", en = "One more" }
service = "health"
sites = 1

[comparisons.more]
after = "more"

[print]
"""

MORE = """
name = { zh = "增设", en = "More" }

[[edits]]
layer = "clinics"
add = [{ id = "n", name = "新", kind = "health_center", doctors = 3, at = [120.0252, 31.6228] }]
"""


@pytest.fixture(scope="module")
def analysed(study, tmp_path_factory) -> Path:
    """The same study with every analysis that asks for people, built."""
    folder = tmp_path_factory.mktemp("analysed") / "study"
    shutil.copytree(study, folder, ignore=shutil.ignore_patterns("maps", ".*"))
    clinics = gpd.read_file(folder / "clinics.gpkg").assign(doctors=5)
    clinics.to_file(folder / "clinics.gpkg")
    (folder / "scenarios").mkdir()
    (folder / "scenarios/more.toml").write_text(MORE, encoding="utf-8")
    text = STUDY + "uncertainty = { snap = true, position_m = 50 }\n" + ANALYSES
    (folder / "urbangis.toml").write_text(text, encoding="utf-8")
    run(folder)
    return folder / "maps"


@pytest.mark.parametrize(
    ("table", "covered"),
    [
        ("data/health/uncertainty.csv", None),
        ("data/life/zones.csv", None),
        ("data/doctors/zones.csv", "covered"),
        ("more/data/health/change.csv", "covered_before"),
    ],
)
def test_every_analysis_counts_the_people_of_cells(analysed, people, table, covered) -> None:
    found = pd.read_csv(analysed / table)
    found = found[found["level"] == "study"]
    there = np.where(people > 0, people, 0.0) * np.r_[np.ones(29), 0]
    total = "total_before" if covered == "covered_before" else "total"
    assert found[total].tolist() == pytest.approx([there.sum()] * len(found), rel=1e-6)
    if covered:
        within = seconds() <= 900
        assert found[covered].item() == pytest.approx((there * within).sum(), rel=1e-6)


def test_every_analysis_has_its_page(analysed) -> None:
    pages = ("life.html", "doctors.html", "next.html", "more/health.html", "print/health.png")
    assert all((analysed / page).stat().st_size > 10_000 for page in pages)


def test_groups_that_no_cell_tells_are_refused(study, tmp_path) -> None:
    folder = tmp_path / "study"
    shutil.copytree(study, folder, ignore=shutil.ignore_patterns("maps", ".*"))
    groups = 'groups = { old = { zh = "老人", en = "Old people" } }\n'
    (folder / "urbangis.toml").write_text(STUDY + groups, encoding="utf-8")
    with pytest.raises(TableError, match=r"layer 'people': has no column .old."):
        run(folder)
