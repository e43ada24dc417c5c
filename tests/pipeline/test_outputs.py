"""A layer says the same whether it is written at once or in parts."""

from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal

from urbangis.pipeline import outputs

ZONES = gpd.GeoDataFrame(
    {"id": ["a", "b", "c"], "name": ["甲", "乙", None], "rate": [0.5, None, 1.0]},
    geometry=[shapely.box(0, 0, 1, 1), shapely.Point(3, 3).buffer(1), shapely.box(5, 5, 6, 7)],
    crs="EPSG:4549",
)
ROADS = gpd.GeoDataFrame({"id": ["r"]}, geometry=[shapely.LineString([(0, 0), (9, 9)])], crs=4549)


@pytest.mark.parametrize("corners", [1, 6, 40])
def test_layers_written_in_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, corners: int
) -> None:
    layers = {"zones": ZONES, "none": ZONES.iloc[:0], "roads": ROADS}
    outputs.write_result(tmp_path / "whole", {}, layers)
    monkeypatch.setattr(outputs, "_CORNERS", corners)
    outputs.write_result(tmp_path / "parts", {}, layers)
    whole, parts = tmp_path / "whole" / "result.gpkg", tmp_path / "parts" / "result.gpkg"
    assert pyogrio.list_layers(parts).tolist() == pyogrio.list_layers(whole).tolist()
    for name in layers:
        one, other = (pyogrio.read_info(file, layer=name) for file in (whole, parts))
        for fact in ("features", "geometry_type", "total_bounds", "dtypes", "crs"):
            assert str(one[fact]) == str(other[fact])
        assert_geodataframe_equal(
            gpd.read_file(parts, layer=name), gpd.read_file(whole, layer=name)
        )


def test_other_formats_are_written_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outputs, "_CORNERS", 1)
    for name in ("zones.fgb", "zones.geojson"):
        outputs.write_table(ZONES, tmp_path / name)
        assert len(gpd.read_file(tmp_path / name)) == 3
