"""Places that were put on streets before are found again, and only as long as nothing changed."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import worlds
from urbangis.network import placed, snap
from urbangis.network.build import build_network
from urbangis.network.graph import Network
from urbangis.network.placed import Placed
from urbangis.network.snap import Snaps, snap_xy

X, Y = np.array([5.0, 300.0, 4.0, np.nan]), np.array([3.0, -20.0, 49.0, 0.0])


@pytest.fixture
def network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Network:
    """A street, with a loose piece beside it, that keeps what is put on it in files."""
    monkeypatch.setattr(placed, "LARGE", 1)
    return kept_in(tmp_path, streets())


def streets(bend: float = 0.0, **mode: float) -> Network:
    table = worlds.streets([(0, 0), (10, bend)], [(10, bend), (20_000, 0)], [(0, 50), (9, 50)])
    return build_network(table, worlds.mode(**mode))[0]


def kept_in(folder: Path, network: Network, made_by: str = "") -> Network:
    return replace(network, placed=Placed(folder, name="streets-walk", made_by=made_by))


def the_same(one: Snaps, other: Snaps) -> bool:
    names = ("edge", "fraction", "offset_m", "moved", "access_s")
    return all(
        np.array_equal(getattr(one, name), getattr(other, name), equal_nan=name != "moved")
        for name in names
    )


def searches(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count the searches from now on."""
    done = []
    search = snap.nearest_on_edges

    def counted(*arguments: object) -> object:
        done.append(1)
        return search(*arguments)

    monkeypatch.setattr(snap, "nearest_on_edges", counted)
    return done


def test_what_was_put_on_streets_is_not_put_there_again(
    network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = snap_xy(network, X, Y)
    done = searches(monkeypatch)
    next_run = kept_in(tmp_path, streets())
    for again in (network, next_run, replace(network, mode=worlds.mode(access_kmh=3.6))):
        assert the_same(snap_xy(again, X, Y), replace(fresh, access_ms=again.mode.access_ms))
    assert not done
    assert [file.suffix for file in tmp_path.iterdir()] == [".npz"]


@pytest.mark.parametrize("what", ["street", "place", "limit", "pieces", "program"])
def test_whatever_changes_they_are_put_there_anew(
    network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """A stale place would be wrong without a word: what is found is what no memory gives."""
    snap_xy(network, X, Y)
    done = searches(monkeypatch)
    x = X + 1e-9 * (what == "place")
    changed = kept_in(tmp_path, network, made_by="another" if what == "program" else "")
    if what == "street":
        changed = kept_in(tmp_path, streets(bend=1e-6))
    elif what == "limit":
        changed = replace(changed, mode=worlds.mode(snap_limit_m=15.0))
    elif what == "pieces":
        changed = replace(changed, major=np.ones_like(network.major))
    found = snap_xy(changed, x, Y)
    assert done == [1]
    assert the_same(found, snap_xy(replace(changed, placed=Placed()), x, Y))


@pytest.mark.parametrize("where", [0.1, 0.5, 0.9])
def test_a_damaged_file_is_not_trusted(network: Network, tmp_path: Path, where: float) -> None:
    fresh = snap_xy(network, X, Y)
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    at = int(len(whole) * where)
    broken = bytearray(whole)
    broken[at : at + 40] = bytes(byte ^ 0xFF for byte in broken[at : at + 40])
    for damaged in (bytes(broken), whole[: len(whole) // 2], b""):
        path.write_bytes(damaged)
        assert the_same(snap_xy(kept_in(tmp_path, network), X, Y), fresh)
    assert np.load(path)["edge"].tolist() == fresh.edge.tolist()  # and it is whole again


def test_few_files_are_left(network: Network, tmp_path: Path) -> None:
    (tmp_path / "streets-walk.npz").touch()
    for shift in range(8):
        snap_xy(network, X + shift, Y)
    assert len(list(tmp_path.iterdir())) == 5


def test_small_sets_are_held_in_memory_and_few_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = kept_in(tmp_path, streets())
    first = snap_xy(network, X, Y)
    done = searches(monkeypatch)
    assert the_same(snap_xy(network, X, Y), first)
    assert not done
    for shift in range(1, 5):
        snap_xy(network, X + shift, Y)
        snap_xy(network, X + shift, Y)
    snap_xy(network, X, Y)  # the first was forgotten
    assert len(done) == 5
    assert not list(tmp_path.iterdir())


@given(st.lists(st.tuples(st.integers(-90, 1100), st.integers(-90, 140)), min_size=1, max_size=9))
def test_an_index_of_the_streets_near_the_points_is_enough(places: list[tuple[int, int]]) -> None:
    """Few points on many streets give what many points on them give."""
    x, y = np.array(places, float).T
    table = worlds.streets(
        *([(0, 40 * row), (300, 40 * row + 9), (1000, 40 * row)] for row in range(4)),
        *([(5 * column, 125), (5 * column + 3, 137)] for column in range(200)),
    )
    network = build_network(table, worlds.mode(snap_limit_m=30.0))[0]
    many = 20 * network.length_m.size
    few = snap_xy(network, x, y)
    assert x.size * 20 <= network.length_m.size
    alike = snap_xy(network, np.resize(x, many), np.resize(y, many))
    for name in ("edge", "fraction", "offset_m", "moved"):
        np.testing.assert_array_equal(getattr(few, name), getattr(alike, name)[: x.size])
