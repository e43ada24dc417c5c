"""GeoJSON, held against its own text: GDAL leaves out what it does not understand."""

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely

from urbangis.errors import ReadError
from urbangis.io.bulk import read_bulk
from urbangis.io.encoding import Bytes, choose_encoding
from urbangis.notices import Notice


def read_geojson(
    path: Path, *, layer: str | None, encoding: str | None
) -> tuple[gpd.GeoDataFrame, tuple[Notice, ...]]:
    """Read GeoJSON, or another JSON that GDAL knows (TopoJSON, Esri JSON).

    Parameters
    ----------
    path
        File. GeoJSON without a ``crs`` member is WGS 84 (RFC 7946, section 4).
    layer
        Layer of a TopoJSON that holds several.
    encoding
        Text encoding, if the user states one; JSON is UTF-8 by its standard.

    Returns
    -------
    tuple[GeoDataFrame, tuple[Notice, ...]]
        All rows in the order of the file, in its own CRS; and what a reader must know.

    Raises
    ------
    ReadError
        If the file is no JSON, or a feature of it cannot be read; names its number.
    """
    data = path.read_bytes()
    if not data.strip():
        raise ReadError("is empty", file=path, remedy="Export or download it again.")
    found, guessed = choose_encoding([Bytes(data)], required=encoding, stated="utf-8", file=path)
    text = data.decode(found).removeprefix("\ufeff")
    try:
        document = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ReadError(
            f"is not valid JSON: {error}", file=path, remedy="Export or download it again."
        ) from error
    content = text.encode() if guessed or encoding else None
    table, notices = read_bulk(path, layer=layer, content=content)
    _check_features(document, table, path)
    return table, (*notices, *guessed)


def _check_features(document: Any, table: gpd.GeoDataFrame, path: Path) -> None:
    """Check that each feature of a collection has become a row, and each geometry a geometry."""
    if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
        return
    features = document.get("features") or []
    for number, feature in enumerate(features, 1):
        if not isinstance(feature, dict) or feature.get("type", "Feature") != "Feature":
            raise _unreadable("is not a feature", path, number)
    if len(features) != len(table):
        raise ReadError(
            f"is damaged: only {len(table)} of {len(features)} features can be read",
            file=path,
            remedy="Export it again.",
        )
    absent = shapely.is_missing(table.geometry.to_numpy())
    empty = shapely.is_empty(table.geometry.to_numpy())
    for number, feature in enumerate(features, 1):
        drawn = (feature.get("geometry") or {}).get("coordinates")
        if drawn and (absent[number - 1] or empty[number - 1]):
            raise _unreadable("has a geometry that cannot be read", path, number)


def _unreadable(problem: str, path: Path, row: int) -> ReadError:
    return ReadError(
        problem, file=path, row=row, remedy="Correct or remove this feature, or export it again."
    )
