"""Facilities of an OpenStreetMap extract: points, areas, and tags that mean a kind."""

import json
from pathlib import Path

import geopandas as gpd
import osmium
import pytest
import shapely

from urbangis.errors import ReadError
from urbangis.io.osm import read_places

# A square of one degree for each area, its nodes numbered row by row: 11 12 13 / 21 22 23 / ...
GRID = {10 * row + column: (column - 1, row - 1) for row in (1, 2, 3) for column in (1, 2, 3)}


def _tags(tags: dict[str, str]) -> str:
    return "".join(f'<tag k="{key}" v="{value}"/>' for key, value in tags.items())


def _extract(*, points: dict[int, dict[str, str]], areas: str = "") -> str:
    nodes = "".join(
        f'<node id="{node}" version="1" lon="{118 + x}" lat="{32 + y}">'
        f"{_tags(points.get(node, {}))}</node>"
        for node, (x, y) in GRID.items()
    )
    return f'<?xml version="1.0"?><osm version="0.6">{nodes}{areas}</osm>'


def _way(number: int, nodes: list[int], **tags: str) -> str:
    refs = "".join(f'<nd ref="{node}"/>' for node in nodes)
    return f'<way id="{number}" version="1">{refs}{_tags(tags)}</way>'


def _read(folder: Path, text: str) -> gpd.GeoDataFrame:
    path = folder / "world.osm"
    path.write_text(text, encoding="utf-8")
    return read_places(path)


def test_points_areas_and_relations(tmp_path: Path) -> None:
    park = _way(1, [11, 12, 22, 21, 11], leisure="park", name="玄武湖公园")
    halves = _way(2, [12, 13, 23]) + _way(3, [23, 22, 12])
    school = (
        '<relation id="9" version="1"><member type="way" ref="2" role="outer"/>'
        '<member type="way" ref="3" role="outer"/>'
        + _tags({"type": "multipolygon", "amenity": "school", "name": "第一小学"})
        + "</relation>"
    )
    clinic = {33: {"amenity": "clinic", "name": "社区卫生服务中心", "name:en": "Health Centre"}}
    places = _read(tmp_path, _extract(points=clinic, areas=park + halves + school))
    assert places.crs == "EPSG:4326"
    rows = places.set_index("id")
    assert rows["kind"].to_dict() == {
        "n33": "health_center",
        "r9": "primary_school",
        "w1": "park",
    }
    assert rows.loc["n33", ["name", "name_en"]].tolist() == ["社区卫生服务中心", "Health Centre"]
    assert json.loads(rows.loc["n33", "osm_tags"])["amenity"] == "clinic"
    assert rows.geometry["n33"].equals(shapely.Point(120, 34))
    assert rows.geometry["w1"].equals(shapely.box(118, 32, 119, 33))
    assert rows.geometry["r9"].equals(shapely.box(119, 32, 120, 33))
    assert places.attrs["notices"] == ()


@pytest.mark.parametrize(
    ("tags", "kind"),
    [
        ({"amenity": "hospital"}, "hospital"),
        ({"amenity": "clinic", "name": "锁金村卫生服务站"}, "health_station"),
        ({"amenity": "doctors"}, "health_station"),
        ({"amenity": "school", "name": "第一幼儿园"}, "kindergarten"),
        ({"amenity": "school", "isced:level": "1"}, "primary_school"),
        ({"amenity": "school", "isced:level": "2", "name": "小学路中学"}, "junior_school"),
        ({"amenity": "school", "name": "城北初级中学"}, "junior_school"),
        ({"amenity": "kindergarten"}, "kindergarten"),
        ({"leisure": "fitness_centre"}, "fitness_place"),
        ({"leisure": "sports_centre"}, "fitness_place"),
        ({"leisure": "pitch"}, "fitness_place"),
        ({"highway": "bus_stop"}, "bus_stop"),
        ({"public_transport": "platform", "bus": "yes"}, "bus_stop"),
        ({"railway": "station"}, "rail_station"),
        ({"amenity": "marketplace"}, "market"),
        ({"amenity": "community_centre"}, "culture_center"),
        ({"amenity": "social_facility", "social_facility:for": "senior"}, "elderly_care"),
        ({"office": "employment_agency"}, "employment_station"),
        ({"emergency": "assembly_point"}, "shelter"),
    ],
)
def test_kinds(tmp_path: Path, tags: dict[str, str], kind: str) -> None:
    assert _read(tmp_path, _extract(points={11: tags}))["kind"].tolist() == [kind]


@pytest.mark.parametrize(
    "tags",
    [
        {"amenity": "pharmacy"},
        {"amenity": "shelter"},
        {"public_transport": "platform", "train": "yes"},
        {"amenity": "social_facility", "social_facility:for": "homeless"},
        {"disused:amenity": "hospital"},
    ],
)
def test_what_only_looks_like_a_facility_is_none(tmp_path: Path, tags: dict[str, str]) -> None:
    with pytest.raises(ReadError, match="holds no facilities of a kind that is known"):
        _read(tmp_path, _extract(points={11: tags}))


def test_a_school_of_unknown_level_is_told(tmp_path: Path) -> None:
    places = _read(tmp_path, _extract(points={11: {"amenity": "school", "name": "光明学校"}}))
    assert places["kind"].tolist() == ["school"]
    (notice,) = places.attrs["notices"]
    assert (notice.code, notice.sample_ids) == ("school-level-unknown", ("n11",))


def test_an_outline_that_crosses_itself_is_told(tmp_path: Path) -> None:
    # The sides 11-22 and 12-21 cross where there is no node.
    bow = _way(1, [11, 22, 12, 21, 11], leisure="park")
    places = _read(tmp_path, _extract(points={33: {"leisure": "park"}}, areas=bow))
    assert places["id"].tolist() == ["n33"]
    (notice,) = places.attrs["notices"]
    assert (notice.code, notice.count, notice.sample_ids) == ("places-not-drawn", 1, ("w1",))


def test_ways_out_of_order_are_sorted_first(tmp_path: Path) -> None:
    second = _way(2, [12, 13, 23, 22, 12], leisure="park")
    first = _way(1, [11, 12, 22, 21, 11], leisure="park")
    places = _read(tmp_path, _extract(points={}, areas=second + first))
    assert places["id"].tolist() == ["w1", "w2"]


def test_real_parks_and_schools_are_those_in_the_file(real_data: Path) -> None:
    path = real_data / "osm" / "columbus.osm.pbf"
    places = read_places(path)
    assert places["id"].is_unique
    assert places.geometry.is_valid.all()
    parks = set(places.loc[places["kind"] == "park", "id"])
    # Read again one object at a time, without areas: nodes, closed ways, multipolygons.
    expected = set()
    for item in osmium.FileProcessor(str(path)):
        if item.tags.get("leisure") != "park":
            continue
        if item.is_node() or (item.is_way() and item.is_closed()):
            expected.add(f"{'n' if item.is_node() else 'w'}{item.id}")
        if item.is_relation() and item.tags.get("type") == "multipolygon":
            expected.add(f"r{item.id}")
    told = {one for notice in places.attrs["notices"] for one in notice.sample_ids}
    assert expected
    assert parks | told >= expected
    assert parks <= expected


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "page.osm"
    path.write_text("<html></html>")
    with pytest.raises(ReadError, match="cannot be read as OpenStreetMap data"):
        read_places(path)
    with pytest.raises(ReadError, match="there is no such file"):
        read_places(tmp_path / "absent.osm")
