"""Graphs saved by OSMnx: one drawn by hand, and a real one counted another way."""

import xml.etree.ElementTree as ET
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

import worlds
from urbangis.errors import ReadError
from urbangis.io.graphml import read_graph
from urbangis.network.build import build_network

KEYS = ("crs", "x", "y", "highway", "oneway", "name", "maxspeed", "geometry", "foot")


def _data(**values: str) -> str:
    return "".join(f'<data key="d{KEYS.index(key)}">{text}</data>' for key, text in values.items())


def _graph(*items: str, crs: str = "epsg:4326") -> str:
    keys = "".join(
        f'<key id="d{n}" for="all" attr.name="{key}" attr.type="string"/>'
        for n, key in enumerate(KEYS)
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        f'<graphml xmlns="http://graphml.graphdrawing.org/xmlns">{keys}'
        f'<graph edgedefault="directed">{_data(crs=crs) if crs else ""}{"".join(items)}'
        "</graph></graphml>"
    )


def _node(name: int, x: float, y: float) -> str:
    return f'<node id="{name}">{_data(x=str(x), y=str(y))}</node>'


def _edge(source: int, target: int, key: int = 0, **values: str) -> str:
    return f'<edge source="{source}" target="{target}" id="{key}">{_data(**values)}</edge>'


NODES = (_node(11, 118.0, 32.0), _node(12, 118.01, 32.0), _node(13, 118.02, 32.0))
BEND = "LINESTRING (118.01 32, 118.015 32.01, 118.02 32)"
BACK = "LINESTRING (118.02 32, 118.015 32.01, 118.01 32)"
WORLD = _graph(
    *NODES,
    _edge(11, 12, highway="primary", oneway="True", name="人民路", maxspeed="60"),
    _edge(12, 11, highway="primary", oneway="True", name="人民路"),
    _edge(12, 13, highway="residential", oneway="False", geometry=BEND),
    _edge(13, 12, highway="residential", oneway="False", geometry=BACK),
    _edge(12, 13, 1, highway="['steps', 'footway']", oneway="False", foot="yes"),
    _edge(13, 12, 1, highway="['steps', 'footway']", oneway="False", foot="yes"),
)


def _write(folder: Path, text: str) -> Path:
    path = folder / "graph.graphml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def streets(tmp_path: Path) -> gpd.GeoDataFrame:
    return read_graph(_write(tmp_path, WORLD))


def test_two_way_streets_are_one_row(streets: gpd.GeoDataFrame) -> None:
    assert streets["id"].tolist() == ["11-12-0", "12-11-0", "12-13-0", "12-13-1"]
    assert streets["oneway"].tolist() == ["yes", "yes", "no", "no"]
    assert streets["class"].tolist() == ["primary", "primary", "residential", "steps"]
    assert streets.crs == "EPSG:4326"


def test_streets_drawn_over_each_other_and_loops_stay_apart(tmp_path: Path) -> None:
    ring = "118 32, 118.01 32, 118.01 32.01, 118 32"
    back = ", ".join(ring.split(", ")[::-1])
    text = _graph(
        *NODES,
        *(_edge(11, 12, key, highway="path", oneway="False") for key in (0, 1)),
        *(_edge(12, 11, key, highway="path", oneway="False") for key in (0, 1)),
        _edge(11, 11, 0, highway="path", oneway="False", geometry=f"LINESTRING ({ring})"),
        _edge(11, 11, 1, highway="path", oneway="False", geometry=f"LINESTRING ({back})"),
    )
    assert read_graph(_write(tmp_path, text))["id"].tolist() == ["11-12-0", "11-12-1", "11-11-0"]


def test_attributes_and_lines(streets: gpd.GeoDataFrame) -> None:
    assert streets["name"].tolist() == ["人民路", "人民路", "", ""]
    assert streets["max_speed_kmh"].iloc[0] == 60
    assert streets["max_speed_kmh"].isna().sum() == 3
    assert streets["foot"].iloc[3] == "yes"
    assert pd.isna(streets["foot"].iloc[0])
    assert streets.geometry.iloc[0] == shapely.LineString([(118, 32), (118.01, 32)])
    assert streets.geometry.iloc[2] == shapely.from_wkt(BEND)


def test_mixed_classes_are_told(streets: gpd.GeoDataFrame) -> None:
    told = {one.code: (one.count, one.sample_ids) for one in streets.attrs["notices"]}
    assert told == {"street-classes-mixed": (1, ("12-13-1",))}


def test_it_makes_a_network(streets: gpd.GeoDataFrame) -> None:
    mode = worlds.mode(speeds_kmh={"primary": 36.0, "residential": 36.0, "steps": 1.0})
    network, notices = build_network(streets.to_crs(worlds.CRS), mode)
    assert network.piece.tolist() == [0, 0, 0, 0]
    assert notices == ()


def test_no_crs_is_not_guessed(tmp_path: Path) -> None:
    path = _write(tmp_path, _graph(*NODES, _edge(11, 12, highway="path"), crs=""))
    assert read_graph(path).crs is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("hello", "cannot be read as GraphML"),
        (WORLD[:-30], "cannot be read as GraphML"),
        (_graph(_edge(11, 12, highway="path")), 'nothing in it has "x"'),
        (_graph(*NODES, _edge(11, 12)), 'nothing in it has "highway"'),
        (_graph(*NODES, _edge(11, 99, highway="path")), "row 11-99-0: .*without a place"),
        (_graph(*NODES, '<node id="5"/>', _edge(11, 5, highway="path")), "without a place"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ReadError, match=told):
        read_graph(_write(tmp_path, text))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="there is no such file"):
        read_graph(tmp_path / "absent.graphml")


def test_a_real_graph_keeps_its_streets_and_their_length(real_data: Path) -> None:
    path = real_data / "networks" / "transbigdata_G.graphml"
    streets = read_graph(path)
    space = "{http://graphml.graphdrawing.org/xmlns}"
    root = ET.fromstring(path.read_bytes())  # noqa: S314  (a file of our own)
    name = {key.get("id"): key.get("attr.name") for key in root.findall(f"{space}key")}
    edges = [
        {name[data.get("key")]: data.text for data in edge} for edge in root.iter(f"{space}edge")
    ]
    one_way = [edge for edge in edges if edge["oneway"] == "True"]
    two_way = [edge for edge in edges if edge["oneway"] == "False"]
    assert len(streets) == len(one_way) + len(two_way) / 2
    assert (streets["oneway"] == "yes").sum() == len(one_way)
    metres = sum(float(edge["length"]) for edge in one_way)
    metres += sum(float(edge["length"]) for edge in two_way) / 2
    assert streets.to_crs(32650).length.sum() == pytest.approx(metres, rel=3e-3)  # a sphere's
    network, _ = build_network(streets.to_crs(32650), worlds.mode(other_kmh=36.0, deny=()))
    assert (network.piece == 0).all()
