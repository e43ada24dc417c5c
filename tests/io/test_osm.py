"""Streets of an OpenStreetMap extract: a hand-drawn one, and real ones counted another way."""

import bz2
import gzip
import math
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import osmium
import pandas as pd
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from pyproj import Geod

from urbangis.errors import ReadError
from urbangis.io.osm import read_streets
from urbangis.notices import Notice

# Nodes 1-5 lie on a west-east street, 6-8 on a bridge over node 3 without touching it; 21-24 are
# a roundabout on node 5; 31-35 a loop that meets itself at node 32. Degrees times 100.
NODES = {
    1: (0, 0),
    2: (1, 0),
    3: (2, 0),
    4: (3, 0),
    5: (4, 0),
    6: (2, 1),
    7: (2, 0),  # at the very place of node 3, yet another node
    8: (2, -1),
    9: (1, 2),
    21: (5, 1),
    22: (6, 0),
    23: (5, -1),
    31: (1, 3),
    32: (1, 4),
    33: (0, 5),
    34: (1, 6),
    35: (2, 5),
}
OUTSIDE = 99  # no way gives its place


def _way(number: int, nodes: Sequence[int], **tags: str) -> str:
    refs = "".join(f'<nd ref="{node}"/>' for node in nodes)
    return f'<way id="{number}" version="1">{refs}{_tags(tags)}</way>'


def _tags(tags: dict[str, str]) -> str:
    return "".join(f'<tag k="{key.replace("__", ":")}" v="{tags[key]}"/>' for key in tags)


def _extract(
    *ways: str,
    nodes: dict[int, tuple[int, int]] = NODES,
    node_tags: dict[int, dict[str, str]] | None = None,
) -> str:
    places = "".join(
        f'<node id="{node}" version="1" lon="{118 + x / 100:.2f}" lat="{32 + y / 100:.2f}">'
        f"{_tags((node_tags or {}).get(node, {}))}</node>"
        for node, (x, y) in nodes.items()
    )
    return f'<?xml version="1.0"?><osm version="0.6">{places}{"".join(ways)}</osm>'


WORLD = _extract(
    _way(100, [1, 2, 3, 4, 5], highway="primary", name="人民路", maxspeed="60"),
    _way(101, [2, 9, 31], highway="residential", oneway="-1", access="private"),
    _way(102, [6, 7, 8], highway="secondary", bridge="yes", layer="1", maxspeed="30 mph"),
    _way(103, [5, 21, 22, 23, 5], highway="tertiary", junction="roundabout"),
    _way(104, [31, 32, 33, 34, 35, 32], highway="footway"),
    _way(105, [4, 6], highway="construction", construction="primary"),
    _way(106, [21, 22, 23, 21], highway="pedestrian", area="yes"),
    _way(107, [22, OUTSIDE, 23, 21], highway="service", service="alley"),
    _way(108, [8, 23], highway="motorway", maxspeed="CN:urban"),
    _way(109, [31, 34], route="ferry", duration="00:12"),
    _way(110, [6, 9], route="railway"),
    node_tags={4: {"barrier": "bollard", "access": "no", "foot": "yes"}},
)


def _write(folder: Path, text: str, name: str = "world.osm") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def streets(tmp_path_factory: pytest.TempPathFactory) -> gpd.GeoDataFrame:
    return read_streets(_write(tmp_path_factory.mktemp("osm"), WORLD))


@pytest.fixture(scope="module")
def by_id(streets: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return streets.set_index("id")


def _notice(streets: gpd.GeoDataFrame, code: str) -> Notice:
    return next(notice for notice in streets.attrs["notices"] if notice.code == code)


def test_streets_are_cut_where_they_meet(streets: gpd.GeoDataFrame) -> None:
    ends = list(zip(streets["id"], streets["start_node"], streets["end_node"], strict=True))
    assert ends == [
        ("100-0", 1, 2),  # way 101 leaves at node 2
        ("100-1", 2, 4),  # the bridge at node 3 does not count, the bollard at node 4 does
        ("100-2", 4, 5),
        ("101-0", 2, 31),
        ("102-0", 6, 8),
        ("103-0", 5, 21),  # way 107 ends at node 21
        ("103-1", 21, 22),
        ("103-2", 22, 23),
        ("103-3", 23, 5),
        ("104-0", 31, 32),
        ("104-1", 32, 34),  # the ferry lands on
        ("104-2", 34, 32),  # the loop, which ends at the node that the way passes twice
        ("107-0", 23, 21),
        ("108-0", 8, 23),
        ("109-0", 31, 34),
    ]


def test_lines_follow_the_drawing(by_id: gpd.GeoDataFrame) -> None:
    assert by_id.crs == "EPSG:4326"
    assert list(by_id.geometry["100-1"].coords) == [
        (118.01, 32.0),
        (118.02, 32.0),
        (118.03, 32.0),
    ]
    assert list(by_id.geometry["101-0"].coords) == [
        (118.01, 32.0),
        (118.01, 32.02),
        (118.01, 32.03),
    ]
    assert len(by_id.geometry["104-1"].coords) == len(by_id.geometry["104-2"].coords) == 3


def test_a_bridge_does_not_join_the_street_below(streets: gpd.GeoDataFrame) -> None:
    bridge = streets[streets["id"] == "102-0"].iloc[0]
    below = streets[streets["id"] == "100-1"].iloc[0]
    assert bridge.geometry.intersects(below.geometry)
    assert not {bridge.start_node, bridge.end_node} & {below.start_node, below.end_node}
    assert (bridge.grade, below.grade) == (1, 0)


def test_direction(by_id: gpd.GeoDataFrame) -> None:
    assert by_id.loc["100-0", "oneway"] == "no"
    assert by_id.loc["101-0", "oneway"] == "-1"
    assert set(by_id.loc[["103-0", "103-1", "103-2", "103-3"], "oneway"]) == {"yes"}
    assert by_id.loc["108-0", "oneway"] == "yes"


def test_attributes(by_id: gpd.GeoDataFrame) -> None:
    assert by_id.loc["100-1", ["class", "name"]].tolist() == ["primary", "人民路"]
    assert by_id.loc["102-0", "name"] == ""
    assert by_id.loc["101-0", "access"] == "private"
    assert by_id.loc["107-0", "service"] == "alley"
    assert by_id["foot"].isna().all()
    assert by_id.loc["100-0", "max_speed_kmh"] == 60
    assert by_id.loc["102-0", "max_speed_kmh"] == pytest.approx(48.28032)
    assert math.isnan(by_id.loc["108-0", "max_speed_kmh"])
    assert math.isnan(by_id.loc["101-0", "max_speed_kmh"])
    assert by_id["start_node"].dtype == by_id["end_node"].dtype == np.int64


def test_barriers_stand_at_ends(by_id: gpd.GeoDataFrame) -> None:
    bollard = "bollard;access=no;foot=yes"
    assert by_id["end_barrier"].dropna().to_dict() == {"100-1": bollard}
    assert by_id["start_barrier"].dropna().to_dict() == {"100-2": bollard}


def test_a_ferry_takes_its_time(by_id: gpd.GeoDataFrame) -> None:
    assert by_id.loc["109-0", ["class", "duration_s", "motor_vehicle"]].tolist() == [
        "ferry",
        720,
        "no",  # it does not say that it takes cars
    ]
    assert by_id["duration_s"].notna().sum() == 1


def test_what_was_left_out_is_told(streets: gpd.GeoDataFrame) -> None:
    told = {notice.code: (notice.count, notice.sample_ids) for notice in streets.attrs["notices"]}
    assert told == {
        "streets-not-in-use": (1, ("105",)),
        "street-areas": (1, ("106",)),
        "streets-cut": (1, ("107",)),
    }
    assert "1条道路伸出数据范围" in _notice(streets, "streets-cut").message.zh


@pytest.mark.parametrize(
    ("tags", "column", "value"),
    [
        ({"oneway": "true"}, "oneway", "yes"),
        ({"oneway": "1"}, "oneway", "yes"),
        ({"oneway": "reverse"}, "oneway", "-1"),
        ({"oneway": "no", "junction": "roundabout"}, "oneway", "no"),
        ({"junction": "circular"}, "oneway", "yes"),
        ({"oneway": "reversible"}, "oneway", "no"),
        ({"layer": "-2"}, "grade", -2),
        ({"layer": "1;2"}, "grade", 0),
        ({"maxspeed": "40 km/h"}, "max_speed_kmh", 40),
        ({"maxspeed": "20mph"}, "max_speed_kmh", 32.18688),
        ({"motorroad": "yes"}, "foot", "no"),
        ({"motorroad": "yes"}, "bicycle", "no"),
        ({"motorroad": "yes", "bicycle": "yes"}, "bicycle", "yes"),
        ({"cycleway__left": "opposite_lane", "oneway": "yes"}, "oneway:bicycle", "no"),
        ({"cycleway": "opposite", "oneway__bicycle": "yes"}, "oneway:bicycle", "yes"),
        ({"vehicle": "destination"}, "vehicle", "destination"),
        ({"motor_vehicle": "no"}, "motor_vehicle", "no"),
        ({"motorcar": "no"}, "motorcar", "no"),
    ],
)
def test_tags(tmp_path: Path, tags: dict[str, str], column: str, value: object) -> None:
    text = _extract(_way(1, [1, 2], highway="trunk", **tags))
    row = read_streets(_write(tmp_path, text)).iloc[0]
    expected = pytest.approx(value) if isinstance(value, float) else value
    assert row[column] == expected


@pytest.mark.parametrize(
    ("tags", "column", "value"),
    [
        ({"duration": "20"}, "duration_s", 1200.0),
        ({"duration": "1:05"}, "duration_s", 3900.0),
        ({"duration": "00:07:30"}, "duration_s", 450.0),
        ({"duration": "PT1H30M"}, "duration_s", 5400.0),
        ({"duration": "PT45S"}, "duration_s", 45.0),
        ({"duration": "00:00"}, "duration_s", math.nan),
        ({"duration": "about ten"}, "duration_s", math.nan),
        ({}, "duration_s", math.nan),
        ({"motorcar": "yes"}, "motor_vehicle", None),
        ({"access": "yes"}, "motor_vehicle", None),
        ({"vehicle": "no"}, "motor_vehicle", None),
        ({"motor_vehicle": "yes"}, "motor_vehicle", "yes"),
        ({"bicycle": "yes"}, "motor_vehicle", "no"),
        ({"highway": "service", "duration": "20"}, "duration_s", math.nan),
        ({"highway": "service"}, "class", "service"),
    ],
)
def test_ferries(tmp_path: Path, tags: dict[str, str], column: str, value: object) -> None:
    text = _extract(_way(1, [1, 2], route="ferry", **tags))
    found = read_streets(_write(tmp_path, text)).iloc[0][column]
    assert pd.isna(found) if pd.isna(value) else found == value


def test_the_pieces_of_a_ferry_share_its_time_by_length(tmp_path: Path) -> None:
    # 1 hundredth of a degree of latitude, then 4 of longitude at latitude 32.01
    places = {1: (0, 0), 2: (0, 1), 3: (4, 1), 4: (9, 9)}
    text = _extract(
        _way(1, [1, 2, 3], route="ferry", duration="60"),
        _way(2, [2, 4], highway="footway"),
        _way(3, [3, 4], route="ferry", duration="10"),
        nodes=places,
    )
    streets = read_streets(_write(tmp_path, text)).set_index("id")
    east = 4 * math.cos(math.radians(32.01))
    assert streets.loc["1-0", "duration_s"] == pytest.approx(3600 / (1 + east))
    assert streets.loc["1-1", "duration_s"] == pytest.approx(3600 * east / (1 + east))
    assert streets.loc["3-0", "duration_s"] == pytest.approx(600)


@pytest.mark.parametrize(
    ("tags", "told"),
    [
        ({"barrier": "gate"}, "gate"),
        ({"barrier": "gate", "foot": "yes", "access": "private"}, "gate;access=private;foot=yes"),
        ({"barrier": "lift_gate", "motor_vehicle": "a;b"}, "lift_gate;motor_vehicle=a,b"),
        ({"barrier": "gate;bollard"}, "gate,bollard"),
        ({"barrier": "kerb"}, None),
        ({"barrier": "entrance", "access": "no"}, None),
        ({"barrier": "no"}, None),
        ({"access": "no"}, None),
    ],
)
def test_barriers(tmp_path: Path, tags: dict[str, str], told: str | None) -> None:
    text = _extract(_way(1, [1, 2, 5], highway="service"), node_tags={2: tags})
    streets = read_streets(_write(tmp_path, text))
    assert len(streets) == (1 if told is None else 2)
    ends = [*streets["start_barrier"], *streets["end_barrier"]]
    assert [end for end in ends if not pd.isna(end)] == ([] if told is None else [told, told])


def test_a_barrier_beside_a_node_at_its_place_still_stands(tmp_path: Path) -> None:
    """Nodes 3 and 7 share a place and become one, under the lower id; the gate was the other."""
    text = _extract(_way(1, [1, 3, 7, 5], highway="service"), node_tags={7: {"barrier": "gate"}})
    streets = read_streets(_write(tmp_path, text))
    assert streets["end_node"].tolist() == [3, 5]
    assert streets["end_barrier"].iloc[0] == streets["start_barrier"].iloc[1] == "gate"


def test_a_direction_that_is_not_understood_is_told(tmp_path: Path) -> None:
    text = _extract(_way(1, [1, 2], highway="trunk", oneway="reversible"))
    assert _notice(read_streets(_write(tmp_path, text)), "oneway-unclear").count == 1


def test_two_nodes_at_one_place_on_one_street_are_one(tmp_path: Path) -> None:
    # Nodes 3 and 7 share a place; drawn one after the other they would give a piece of no length.
    text = _extract(
        _way(1, [1, 3, 7, 5], highway="service"), _way(2, [6, 7, 7, 8], highway="service")
    )
    streets = read_streets(_write(tmp_path, text))
    ends = list(zip(streets["start_node"], streets["end_node"], strict=True))
    assert ends == [(1, 3), (3, 5), (6, 3), (3, 8)]
    assert (shapely.length(streets.geometry.array) > 0).all()


def test_a_gap_in_the_middle_leaves_both_sides(tmp_path: Path) -> None:
    text = _extract(_way(1, [1, 2, OUTSIDE, 4, 5], highway="service"))
    streets = read_streets(_write(tmp_path, text))
    ends = list(zip(streets["id"], streets["start_node"], streets["end_node"], strict=True))
    assert ends == [("1-0", 1, 2), ("1-1", 4, 5)]


def test_a_repeated_way_counts_once(tmp_path: Path) -> None:
    text = _extract(_way(1, [1, 2], highway="service"), _way(1, [1, 2], highway="service"))
    streets = read_streets(_write(tmp_path, text))
    assert streets["id"].tolist() == ["1-0"]
    assert _notice(streets, "ways-repeated").count == 1


@pytest.mark.parametrize("name", ["world.osm", "world.osm.gz", "world.osm.bz2", "world.osm.pbf"])
def test_every_compression_gives_the_same_streets(
    tmp_path: Path, name: str, streets: gpd.GeoDataFrame
) -> None:
    path = tmp_path / name
    if name.endswith(".pbf"):
        with osmium.SimpleWriter(str(path)) as writer:
            osmium.apply(str(_write(tmp_path, WORLD)), writer)
    else:
        squeeze = {".osm": bytes, ".gz": gzip.compress, ".bz2": bz2.compress}[path.suffix]
        path.write_bytes(squeeze(WORLD.encode()))
    read = read_streets(path)
    assert_geodataframe_equal(read, streets)
    assert read.attrs["notices"] == streets.attrs["notices"]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("text.osm.pbf", b"hello" * 100, "cannot be read as OpenStreetMap data"),
        ("empty.osm.pbf", b"", "cannot be read as OpenStreetMap data"),
        ("short.osm", WORLD[:-40].encode(), "cannot be read as OpenStreetMap data"),
        ("page.osm", b"<html></html>", "cannot be read as OpenStreetMap data"),
        ("short.osm.gz", gzip.compress(WORLD.encode())[:-200], "cut short"),
        ("short.osm.bz2", bz2.compress(WORLD.encode())[:-200], "cut short"),
        ("streets.osm.zip", b"PK", "cannot be read as OpenStreetMap data"),
        ("nodes.osm", _extract().encode(), "holds no streets"),
        ("sites.osm", _extract(_way(1, [1, 2], highway="proposed")).encode(), "in use"),
        (
            "ways.osm",
            _extract(_way(1, [1, 2], highway="path"), nodes={}).encode(),
            "gives no coordinates",
        ),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, name: str, content: bytes, told: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ReadError, match=told) as caught:
        read_streets(path)
    assert caught.value.file == str(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="there is no such file"):
        read_streets(tmp_path / "absent.osm.pbf")


def _naive(path: Path) -> nx.MultiGraph:
    """Build the graph node by node, then dissolve what is neither end nor junction."""
    drawn: list[list[int]] = []
    place: dict[int, tuple[float, float]] = {}
    barriers = set()
    for way in osmium.FileProcessor(str(path)).with_locations():
        if way.is_node() and way.tags.get("barrier", "kerb") not in ("kerb", "entrance", "no"):
            barriers.add(way.id)
        if not way.is_way() or "highway" not in way.tags or way.tags.get("area") == "yes":
            continue
        nodes = [node.ref for node in way.nodes if node.location.valid()]
        place |= {node.ref: (node.lon, node.lat) for node in way.nodes if node.location.valid()}
        drawn.append(nodes)
    visits: dict[int, int] = {}
    for nodes in drawn:
        for node in nodes:
            visits[node] = visits.get(node, 0) + 1
    stops = {node for node, times in visits.items() if times > 1}
    stops |= {end for nodes in drawn for end in (nodes[0], nodes[-1])} | barriers
    graph = nx.MultiGraph()
    geod = Geod(ellps="WGS84")
    for nodes in drawn:
        begin, metres = nodes[0], 0.0
        for before, after in pairwise(nodes):
            metres += geod.inv(*place[before], *place[after])[2]
            if after in stops:
                graph.add_edge(begin, after, metres=metres)
                begin, metres = after, 0.0
    return graph


@pytest.mark.parametrize("name", ["china_nanjing_center_derived.osm.pbf", "china_shanghai.osm"])
def test_real_streets_against_a_graph_built_node_by_node(real_data: Path, name: str) -> None:
    path = real_data / "osm" / name
    streets = read_streets(path)
    graph = _naive(path)
    assert len(streets) == graph.number_of_edges()
    ends = zip(streets["start_node"], streets["end_node"], strict=True)
    assert sorted(tuple(sorted(pair)) for pair in ends) == sorted(
        tuple(sorted(pair)) for pair in graph.edges()
    )
    geod = Geod(ellps="WGS84")
    metres = sum(geod.geometry_length(line) for line in streets.geometry)
    expected = sum(length for _, _, length in graph.edges(data="metres"))
    assert metres == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    "name",
    [
        "addison_vt.osm.gz",
        "andorra-latest.osm.bz2",
        "columbus.osm.pbf",
        "comores-latest.osm.pbf",
        "porto_portugal.osm.pbf",
    ],
)
def test_real_extracts_keep_ids_lines_and_ends(real_data: Path, name: str) -> None:
    streets = read_streets(real_data / "osm" / name)
    assert streets["id"].is_unique
    assert shapely.is_valid(streets.geometry.array).all()
    assert (shapely.length(streets.geometry.array) > 0).all()
    # One node has one place.
    ends = np.concatenate([streets["start_node"], streets["end_node"]])
    first = shapely.get_coordinates(shapely.get_point(streets.geometry.array, 0))
    last = shapely.get_coordinates(shapely.get_point(streets.geometry.array, -1))
    places = np.concatenate([first, last])
    _, where = np.unique(ends, return_index=True)
    assert (places[where][np.unique(ends, return_inverse=True)[1]] == places).all()


def test_nodes_alone_end_in_a_clear_message(real_data: Path) -> None:
    with pytest.raises(ReadError, match="holds no streets"):
        read_streets(real_data / "osm" / "tokyo-center.osm.pbf")


def test_half_a_real_file_is_refused(real_data: Path, tmp_path: Path) -> None:
    whole = (real_data / "osm" / "china_nanjing_center_derived.osm.pbf").read_bytes()
    half = tmp_path / "half.osm.pbf"
    half.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ReadError, match="cut short"):
        read_streets(half)
