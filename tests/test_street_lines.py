"""Streets as arrays say the same as streets as a table."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal

from urbangis.errors import CrsError
from urbangis.tables import StreetLines


def table(*lines: str, crs: str = "EPSG:4549") -> gpd.GeoDataFrame:
    ids = {"id": [f"s{row}" for row in range(len(lines))]}
    return gpd.GeoDataFrame(ids, geometry=shapely.from_wkt(lines), crs=crs)


SINGLE = ("LINESTRING (9 9, 9 5, 6 1)", "LINESTRING (0 2, 3 6)")


def test_there_and_back() -> None:
    given = table(*SINGLE)
    assert_geodataframe_equal(StreetLines.of(given).table(), given)


def test_a_street_of_several_parts_is_several_lines() -> None:
    lines = StreetLines.of(table("MULTILINESTRING ((0 0, 3 4), (5 5, 5 7, 1 4))", SINGLE[1]))
    assert lines.row.tolist() == [0, 0, 1]
    assert lines.ptr.tolist() == [0, 2, 5, 7]
    assert lines.length_m().tolist() == [5, 7, 5]
    assert lines.low_xy().tolist() == [[0, 0], [0, 2]]


def test_some_of_the_streets_in_another_order() -> None:
    given = table(*SINGLE, "MULTILINESTRING ((0 0, 3 4), (5 5, 5 7, 1 4))")
    lines = StreetLines.of(given).take(np.array([2, 0]))
    assert lines.columns["id"].tolist() == ["s2", "s0"]
    assert lines.row.tolist() == [0, 0, 1]
    assert lines.ptr.tolist() == [0, 2, 5, 8]
    assert lines.xy.tolist() == [[0, 0], [3, 4], [5, 5], [5, 7], [1, 4], [9, 9], [9, 5], [6, 1]]


def test_projection_is_that_of_tables() -> None:
    given = table("LINESTRING (118.7 32, 118.8 32.1, 118.9 32)", crs="EPSG:4326")
    assert_geodataframe_equal(
        StreetLines.of(given).to_crs("EPSG:4549").table(), given.to_crs("EPSG:4549")
    )


def test_what_cannot_be_projected_is_an_error() -> None:
    given = table("LINESTRING (1 2, 3 4)", "LINESTRING (1 2, 3 95)", crs="EPSG:4326")
    with pytest.raises(CrsError, match="row s1: cannot be projected into CGCS2000"):
        StreetLines.of(given).to_crs("EPSG:4549")
