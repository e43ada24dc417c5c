"""Services that spread, share and scale people: through the study file, by hand."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine

from study_text import head, layer
from urbangis.pipeline.load import load_study
from urbangis.pipeline.services import build_networks, compute_service

STUDY = (
    head(zh="试验", en="Test")
    + layer("blocks", "zones", "blocks.gpkg", zh="街区", en="Blocks")
    + layer("people", "demand", "FILE", zh="人口", en="People")
    + layer("land", "demand", "land.gpkg", zh="居住用地", en="Land")
    + layer("stops", "supply", "stops.gpkg", zh="公交站", en="Stops", values={"kind": "bus_stop"})
    + """
[services.bus]
standard = "bus-stop-500"
facilities = ["stops"]
demand = "people"
"""
)
X, Y = 500_000.0, 3_500_000.0


def boxes(path: Path, *parts: tuple[float, float, float, float], **columns) -> None:
    ids = [f"{path.stem[0]}{i}" for i in range(len(parts))]
    shapes = [shapely.box(X + a, Y + b, X + c, Y + d) for a, b, c, d in parts]
    table = {"id": ids, "name": ids, **columns}
    gpd.GeoDataFrame(table, geometry=shapes, crs="EPSG:4549").to_file(path)


def covered(folder: Path, file: str, **keys) -> dict[str, tuple[float, float]]:
    """Total and covered residents by block."""
    extra = "".join(f'{key} = "{value}"\n' for key, value in keys.items())
    (folder / "urbangis.toml").write_text(STUDY.replace("FILE", file) + extra, encoding="utf-8")
    loaded = load_study(folder, tell=lambda _: None)
    spec = loaded.study.spec.services["bus"]
    found, _ = compute_service(loaded, spec, build_networks(loaded, {"bus": spec}))
    return {
        row.zone_id: (round(row.total, 6), round(row.covered, 6))
        for row in found.zones.itertuples()
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two blocks of 1 km side by side; a stop at (250, 500), which reaches x = 750."""
    boxes(tmp_path / "blocks.gpkg", (0, 0, 1000, 1000), (1000, 0, 2000, 1000), official=[50, 200])
    boxes(tmp_path / "tracts.gpkg", (0, 0, 1000, 1000), (1000, 0, 2000, 1000), residents=[90, 80])
    boxes(tmp_path / "land.gpkg", (240, 400, 260, 600), (900, 450, 910, 550), (1500, 0, 1600, 100))
    stop = gpd.GeoDataFrame({"id": ["s"]}, geometry=[shapely.Point(X + 250, Y + 500)], crs=4549)
    stop.to_file(tmp_path / "stops.gpkg")
    return tmp_path


def test_census_areas_are_spread_over_land(folder: Path) -> None:
    """Parcels of 4,000 and 1,000 m2 in the first tract: 72 people near the stop, 18 far."""
    found = covered(folder, "tracts.gpkg", spread_over="land")
    assert found == {"b0": (90, 72), "b1": (80, 0), "study": (170, 72)}


def test_totals_are_scaled_to_official_ones(folder: Path) -> None:
    found = covered(folder, "tracts.gpkg", spread_over="land", match_totals="official")
    assert found == {"b0": (50, 40), "b1": (200, 0), "study": (250, 40)}


def test_a_cell_on_a_border_is_shared_by_area(folder: Path) -> None:
    """Cells of 400 m from x = 0: the third, 800 to 1,200, lies half in each block."""
    profile = {"driver": "GTiff", "width": 5, "height": 1, "count": 1, "dtype": "float32"}
    place = {"crs": "EPSG:4549", "transform": Affine(400, 0, X, 0, -1000, Y + 1000)}
    with rasterio.open(folder / "cells.tif", "w", **profile, **place) as file:
        file.write(np.array([[10, 20, 30, 40, 50]], "float32"), 1)
    found = covered(folder, "cells.tif")
    assert found == {"b0": (45, 30), "b1": (105, 0), "study": (150, 30)}
