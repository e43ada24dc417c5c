import numpy as np
import pytest

import worlds
from urbangis.network.build import build_network
from urbangis.network.store import load_network, save_network


@pytest.fixture
def network():
    table = worlds.streets(
        [(0, 0), (10, 0)], [(10, 0), (20, 0)], [(10, -5), (10, -1)], oneway=["yes", "no", "-1"]
    ).assign(id=["长江路", "b", ""])
    return build_network(table, worlds.mode())


def test_what_is_saved_is_loaded(network, tmp_path) -> None:
    path = tmp_path / "cache" / "network.npz"
    network, notices = network
    save_network(network, notices, path, key="k")
    kept = load_network(path, key="k")
    assert kept is not None
    again, told = kept
    assert told == notices
    assert again.crs == network.crs
    assert again.mode == network.mode
    assert [*again.edge_id] == ["长江路", "b", ""]
    for name in ("node_xy", "edge_link", "edge_low_s", "edge_high_s", "length_m", "edge_xy"):
        np.testing.assert_array_equal(getattr(again, name), getattr(network, name))
    for name, values in network.links._asdict().items():
        np.testing.assert_array_equal(getattr(again.links, name), values)
    assert list(path.parent.iterdir()) == [path]


def test_another_key_is_another_network(network, tmp_path) -> None:
    save_network(*network, tmp_path / "n.npz", key="k")
    assert load_network(tmp_path / "n.npz", key="other") is None
    assert load_network(tmp_path / "missing.npz", key="k") is None


@pytest.mark.parametrize("where", [0.1, 0.5, 0.9])
def test_damage_is_noticed(network, tmp_path, where: float) -> None:
    path = tmp_path / "n.npz"
    save_network(*network, path, key="k")
    data = bytearray(path.read_bytes())
    at = int(len(data) * where)
    data[at : at + 40] = bytes(byte ^ 0xFF for byte in data[at : at + 40])
    path.write_bytes(data)
    assert load_network(path, key="k") is None
    path.write_bytes(data[: len(data) // 2])
    assert load_network(path, key="k") is None
