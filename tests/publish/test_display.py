"""Geometry for the eye keeps neighbours together and can be read back."""

import geopandas as gpd
import pytest
from shapely import Point

from urbangis.publish.maps.display import bands, extent, tolerance_m, zone_outlines
from urbangis.study import Study


def test_outlines_of_every_level_fill_the_same_area_without_gap_or_overlap(study: Study) -> None:
    outlines = zone_outlines(study)
    towns, counties = outlines["town"], outlines["county"]
    assert towns.union_all().symmetric_difference(counties.union_all()).area == 0
    assert towns.area.sum() == pytest.approx(towns.union_all().area, rel=1e-12)
    assert counties.set_index("id").loc["c0"].geometry.equals(towns.geometry[:3].union_all())


def test_tolerance_is_a_4000th_of_the_longer_side(study: Study) -> None:
    assert tolerance_m(study) == 3.0  # 12 km wide, 8 km high
    west, south, east, north = extent(study)
    # 12 km are 0.127 degrees of longitude here, west of the meridian 120 of the grid.
    assert east - west == pytest.approx(0.127, abs=0.001)
    assert 119.7 < west < east < 120
    assert 31.9 < south < north < 32.1


def test_bands_are_disjoint_and_fill_the_largest_ring() -> None:
    rings = gpd.GeoDataFrame(
        {"minutes": [10.0, 5.0, 15.0]},
        geometry=[Point(0, 0).buffer(r) for r in (2, 1, 3)],
        crs=4549,
    )
    cut = bands(rings)
    assert cut["minutes"].tolist() == [5.0, 10.0, 15.0]
    assert cut.area.tolist() == pytest.approx(
        [rings.area[1], rings.area[0] - rings.area[1], rings.area[2] - rings.area[0]]
    )
    assert cut.union_all().area == pytest.approx(cut.area.sum())
