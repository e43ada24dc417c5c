import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS, Geod

from urbangis.crs import (
    bd09_to_gcj02,
    bd09_to_wgs84,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    metric_crs,
    require_metric,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)
from urbangis.errors import CrsError

# A degree is at most 111.7 km: 1e-8 degrees are 1.1 mm.
ROUND_TRIP_DEG = 1e-8
WGS84 = Geod(ellps="WGS84")

# Longitude and latitude before and after. The first two are answers of AMap's own conversion
# service (its documentation's example, and a stored answer for Shenzhen); the next three are the
# test vectors of googollee/eviltransform; the last is the one of wandergis/coordtransform.
GCJ02_PAIRS = [
    ((116.481499, 39.990475), (116.487585177952, 39.991754014757), 1e-6),
    ((114.07, 22.62), (114.07513075, 22.61731092), 1e-6),
    ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597), 1e-12),
    ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766), 1e-12),
    ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069), 1e-12),
    ((116.404, 39.915), (116.41024449916938, 39.91640428150164), 1e-12),
]


@pytest.mark.parametrize(("wgs84", "gcj02", "within"), GCJ02_PAIRS)
def test_gcj02_meets_published_pairs(wgs84, gcj02, within):
    assert wgs84_to_gcj02(*wgs84) == pytest.approx(gcj02, abs=within)
    assert gcj02_to_wgs84(*gcj02) == pytest.approx(wgs84, abs=within)


def test_bd09_meets_published_pairs():
    # coordtransform's vector, then the worked example of Baidu's own geoconv
    # service, which the public formulas meet to 0.7 m only.
    assert gcj02_to_bd09(116.404, 39.915) == pytest.approx(
        (116.41036949371029, 39.92133699351021), abs=1e-12
    )
    assert wgs84_to_bd09(114.21892734521, 29.575429778924) == pytest.approx(
        (114.2307519546763, 29.57908428837437), abs=6e-6
    )


def test_shift_at_nanjing_is_about_540_metres():
    lon, lat = wgs84_to_gcj02(118.78, 32.05)
    assert lon - 118.78 == pytest.approx(0.0052, abs=5e-5)
    assert lat - 32.05 == pytest.approx(-0.0020, abs=6e-5)
    distance = WGS84.inv(118.78, 32.05, lon, lat)[2]
    assert distance == pytest.approx(540, abs=10)


# Away from the edge of the GCJ-02 box, where the shifted and the identity part overlap.
china_lon = st.floats(73.0, 136.0)
china_lat = st.floats(3.0, 54.0)


@given(lon=china_lon, lat=china_lat)
@pytest.mark.parametrize(
    ("there", "back"),
    [
        (wgs84_to_gcj02, gcj02_to_wgs84),
        (gcj02_to_bd09, bd09_to_gcj02),
        (wgs84_to_bd09, bd09_to_wgs84),
    ],
)
def test_round_trip_is_exact_over_china(there, back, lon, lat):
    returned = back(*there(lon, lat))
    assert np.abs(np.subtract(returned, (lon, lat))).max() < ROUND_TRIP_DEG
    assert WGS84.inv(lon, lat, *returned)[2] < 0.001


def test_arrays_keep_their_shape_and_missing_stays_missing():
    lon = np.array([[118.78, np.nan], [2.35, 116.4]])
    lat = np.array([[32.05, 32.0], [48.86, 39.9]])
    for shift in (wgs84_to_gcj02, gcj02_to_wgs84, gcj02_to_bd09, bd09_to_gcj02):
        x, y = shift(lon, lat)
        assert x.shape == y.shape == (2, 2)
        assert np.isnan(x[0, 1])
        assert np.isfinite(np.delete(x.ravel(), 1)).all()
    assert wgs84_to_gcj02([], [])[0].size == 0


def test_gcj02_is_the_identity_outside_china():
    lon, lat = np.array([2.35, -74.0, 139.69, 0.0]), np.array([48.86, 40.7, 35.68, 90.0])
    for shift in (wgs84_to_gcj02, gcj02_to_wgs84):
        assert np.array_equal(shift(lon, lat), (lon, lat))


def test_functions_fit_shapely_transform():
    point = gpd.GeoSeries([shapely.Point(118.78, 32.05)], crs=4326)
    moved = shapely.transform(point.to_numpy(), wgs84_to_gcj02, interleaved=False)[0]
    assert (moved.x, moved.y) == wgs84_to_gcj02(118.78, 32.05)


def test_metres_given_as_degrees_are_refused():
    with pytest.raises(CrsError, match="degrees"):
        bd09_to_gcj02(13_222_000.0, 3_770_000.0)


@pytest.mark.parametrize(
    ("bounds", "epsg"),
    [
        ((116.36, 30.76, 121.98, 35.13), 4549),  # Jiangsu: middle 119.17 E, meridian 120
        ((118.36, 31.23, 119.24, 32.61), 4549),  # Nanjing: 118.8 lies nearer to 120 than to 117
        ((113.7, 29.97, 115.08, 31.36), 4547),  # Wuhan: meridian 114
        ((73.5, 39.0, 76.0, 40.0), 4534),  # Kashgar: meridian 75
        ((134.0, 47.8, 135.0, 48.4), 4554),  # Fuyuan: meridian 135
        ((126.8, 37.4, 127.2, 37.7), 32652),  # Seoul is in the longitudes of China only
        ((105.7, 20.9, 106.0, 21.1), 32648),  # Hanoi likewise
        ((43.2, -12.4, 44.6, -11.3), 32738),  # Comoros
        ((-8.7, 41.1, -8.5, 41.2), 32629),  # Porto
        ((179.0, -17.0, 180.0, -16.0), 32760),
    ],
)
def test_metric_crs(bounds, epsg):
    crs = metric_crs(shapely.box(*bounds))
    assert crs.to_epsg() == epsg
    require_metric(crs)


def test_cgcs2000_meridians_follow_the_code():
    for code in range(4534, 4555):
        name = CRS.from_epsg(code).name
        assert name == f"CGCS2000 / 3-degree Gauss-Kruger CM {75 + 3 * (code - 4534)}E"


@pytest.mark.parametrize("area", [shapely.Point(), shapely.box(500_000, 3_500_000, 600_000, 4e6)])
def test_metric_crs_wants_degrees(area):
    with pytest.raises(CrsError, match="longitudes and latitudes"):
        metric_crs(area)


@pytest.mark.parametrize("crs", ["EPSG:4549", "EPSG:32650", "EPSG:3035", "EPSG:4549+5737"])
def test_metres_are_accepted(crs):
    assert require_metric(CRS(crs)) is None


@pytest.mark.parametrize(
    ("crs", "says"),
    [
        ("EPSG:4326", "not projected"),
        ("EPSG:4490", "not projected"),
        ("EPSG:3857", "stretches"),
        ("ESRI:102100", "stretches"),
        ("EPSG:3395", "stretches"),
        ("EPSG:2263", "US survey foot"),
    ],
)
def test_others_are_refused(crs, says):
    with pytest.raises(CrsError, match=says):
        require_metric(CRS(crs))


def test_absent_crs_is_refused():
    with pytest.raises(CrsError, match="no coordinate system"):
        require_metric(None)
