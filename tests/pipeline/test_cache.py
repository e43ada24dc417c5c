"""A kept network is used as long as nothing that it was made from has changed."""

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from pyproj import CRS

import worlds
from urbangis.catalog import Mode
from urbangis.network import placed
from urbangis.network.placed import Placed
from urbangis.network.snap import snap_xy
from urbangis.notices import Notice, Text
from urbangis.pipeline import cache
from urbangis.study import Layer, LayerSpec

AREA = shapely.box(-1_000, -1_000, 1_000, 1_000)


def read(layer: Layer, root: Path) -> Layer:
    """The layer as a run finds it: read, unless it was before."""
    place = (CRS(worlds.CRS), AREA)
    return cache.layer_on_demand(layer.id, layer.spec, lambda: layer, root=root, place=place)


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
    built, told = cache.network_of(read(layer, tmp_path), worlds.mode(), tmp_path)
    assert [one.code for one in told] == ["streets-not-connected"]

    def never(*_: object) -> None:
        raise AssertionError("built again")

    monkeypatch.setattr(cache, "build_network", never)
    kept, kept_told = cache.network_of(read(layer, tmp_path), worlds.mode(), tmp_path)
    assert kept_told == told
    np.testing.assert_array_equal(kept.edge_xy, built.edge_xy)
    np.testing.assert_array_equal(kept.links.time_s, built.links.time_s)
    with pytest.raises(AssertionError, match="built again"):  # another speed
        cache.network_of(read(layer, tmp_path), worlds.mode(speeds_kmh={"a": 5.0}), tmp_path)
    table = layer.table.assign(geometry=shapely.affinity.translate(layer.table.geometry[0], 1))
    table.to_file(tmp_path / "streets.gpkg")
    with pytest.raises(AssertionError, match="built again"):  # another file
        cache.network_of(read(layer, tmp_path), worlds.mode(), tmp_path)


def test_streets_are_not_read_while_their_network_is_kept(
    layer: Layer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was told of the layer is still told, and its rows are counted."""
    monkeypatch.setattr(cache, "WORTH_KEEPING", 1)
    told = Notice("geometry-repaired", "warning", 1, Text("已修复", "repaired"), ("s0",), "streets")
    first = read(replace(layer, notices=(told,)), tmp_path)
    built, _ = cache.network_of(first, worlds.mode(), tmp_path)

    def never() -> Layer:
        raise AssertionError("read again")

    def again(area: shapely.Geometry) -> Layer:
        place = (CRS(worlds.CRS), area)
        return cache.layer_on_demand("streets", layer.spec, never, root=tmp_path, place=place)

    second = again(AREA)
    assert second.notices == (told,)
    assert second.rows == 3
    network, _ = cache.network_of(second, worlds.mode(), tmp_path)
    np.testing.assert_array_equal(network.edge_xy, built.edge_xy)
    with pytest.raises(AssertionError, match="read again"):
        _ = second.table
    with pytest.raises(AssertionError, match="read again"):  # what lies outside is told anew
        again(shapely.box(0, 0, 1, 1))
    (tmp_path / cache.FOLDER / "streets.json").write_text("{", encoding="utf-8")
    with pytest.raises(AssertionError, match="read again"):  # a damaged record is as good as none
        again(AREA)


def test_places_on_a_network_are_kept_beside_it(
    layer: Layer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are put there once, and anew where the streets, the mode or a place changed."""
    monkeypatch.setattr(placed, "LARGE", 1)
    x, y = np.array([3.0, 200.0]), np.array([4.0, 5.0])

    def found(mode: Mode, shift: float = 0.0) -> list[float]:
        network, _ = cache.network_of(read(layer, tmp_path), mode, tmp_path)
        snaps = snap_xy(network, x + shift, y)
        assert np.array_equal(snaps.edge, snap_xy(replace(network, placed=Placed()), x, y).edge)
        return [*snaps.offset_m.tolist(), *snaps.access_s.tolist()]

    def files() -> list[tuple[str, int]]:
        return sorted((one.name, one.stat().st_ino) for one in (tmp_path / cache.FOLDER).iterdir())

    assert found(worlds.mode()) == [4, 5, 4, 5]
    kept = files()
    assert [name[:16] for name, _ in kept] == ["streets-test-at-"]
    assert found(worlds.mode()) == [4, 5, 4, 5]
    assert files() == kept
    assert found(worlds.mode(access_kmh=7.2)) == [4, 5, 2, 2.5]  # the same places, a faster leg
    assert files() == kept
    assert np.isnan(found(worlds.mode(snap_limit_m=4.5))[1])
    assert len(files()) == 2
    found(worlds.mode(), shift=1.0)
    assert len(files()) == 3
    layer = replace(layer, table=layer.table.set_geometry(layer.table.translate(0, 1)))
    layer.table.to_file(tmp_path / "streets.gpkg")
    assert found(worlds.mode()) == [3, 4, 3, 4]


def test_small_networks_are_not_kept(layer: Layer, tmp_path: Path) -> None:
    cache.network_of(read(layer, tmp_path), worlds.mode(), tmp_path)
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
        layer = read(Layer("roads", spec, table), tmp_path)
        network, _ = cache.network_of(layer, worlds.mode(), tmp_path)
        assert bool(network.links.back.all()) == (oneway == "no")
    assert shapes[0] == shapes[1]


def test_a_large_table_is_handed_over_once_and_read_again_if_somebody_asks(
    layer: Layer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readings = []

    def reading() -> Layer:
        readings.append(1)
        return replace(layer, table=layer.table.copy())

    def found() -> Layer:
        place = (CRS(worlds.CRS), AREA)
        return cache.layer_on_demand("streets", layer.spec, reading, root=tmp_path, place=place)

    small = found()
    small.let_go()
    assert small.table.equals(layer.table)
    assert len(readings) == 1  # a small one stays

    monkeypatch.setattr(cache, "WORTH_KEEPING", 1)
    for large, reads in ((found(), 2), (found(), 3)):  # the second is told what the first kept
        first = large.table
        assert large.table is first
        assert len(readings) == reads
        large.let_go()
        large.let_go()
        assert large.rows == 3
        assert len(readings) == reads
    again = large.table
    assert len(readings) == 4
    assert again is not first
    assert again.equals(first)
