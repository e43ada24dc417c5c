"""A kept network is used as long as nothing that it was made from has changed."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

import worlds
from urbangis.notices import Text
from urbangis.pipeline import cache
from urbangis.study import Layer, LayerSpec


@pytest.fixture
def layer(tmp_path: Path) -> Layer:
    """A street and a piece that is not connected with it, written to a file."""
    lines = [[(0, 0), (10, 0)], [(10, 0), (500, 0)], [(0, 50), (9, 50)]]
    table = worlds.streets(*lines)
    gpd.GeoDataFrame(table).to_file(tmp_path / "streets.gpkg")
    spec = LayerSpec(
        name=Text("道路", "Streets"), table="streets", file=Path("streets.gpkg"),
        nature="synthetic", source="test",
    )  # fmt: skip
    return Layer("streets", spec, table)


def test_a_kept_network_is_the_same_and_is_not_built_again(
    layer: Layer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "WORTH_KEEPING", 1)
    built, told = cache.network_of(layer, worlds.mode(), tmp_path)
    assert [one.code for one in told] == ["streets-not-connected"]

    def never(*_: object) -> None:
        raise AssertionError("built again")

    monkeypatch.setattr(cache, "build_network", never)
    kept, kept_told = cache.network_of(layer, worlds.mode(), tmp_path)
    assert kept_told == told
    np.testing.assert_array_equal(kept.edge_xy, built.edge_xy)
    np.testing.assert_array_equal(kept.links.time_s, built.links.time_s)
    with pytest.raises(AssertionError, match="built again"):  # another speed
        cache.network_of(layer, worlds.mode(speeds_kmh={"a": 5.0}), tmp_path)
    table = layer.table.assign(geometry=shapely.affinity.translate(layer.table.geometry[0], 1))
    table.to_file(tmp_path / "streets.gpkg")
    with pytest.raises(AssertionError, match="built again"):  # another file
        cache.network_of(layer, worlds.mode(), tmp_path)


def test_small_networks_are_not_kept(layer: Layer, tmp_path: Path) -> None:
    cache.network_of(layer, worlds.mode(), tmp_path)
    assert not (tmp_path / cache.FOLDER).exists()


def test_a_shapefile_whose_attributes_change_is_built_again(
    layer: Layer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Classes and one-ways are in the .dbf: the .shp beside it stays the same to the byte."""
    monkeypatch.setattr(cache, "WORTH_KEEPING", 1)
    spec = layer.spec.model_copy(update={"file": Path("roads.shp")})
    shapes = []
    for oneway in ("no", "yes"):
        table = gpd.GeoDataFrame(layer.table.assign(oneway=oneway))
        table[["id", "class", "oneway", "geometry"]].to_file(tmp_path / "roads.shp")
        shapes.append((tmp_path / "roads.shp").read_bytes())
        network, _ = cache.network_of(Layer("roads", spec, table), worlds.mode(), tmp_path)
        assert bool(network.links.back.all()) == (oneway == "no")
    assert shapes[0] == shapes[1]
