"""Read a layer of the study: file to checked table, in the study's CRS."""

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely
from pyproj import CRS
from shapely.geometry.base import BaseGeometry

from urbangis.crs import bd09_to_wgs84, gcj02_to_wgs84
from urbangis.errors import CrsError, ReadError, StudyError
from urbangis.io.boundaries import read_china_counties
from urbangis.io.columns import filter_rows, map_columns
from urbangis.io.formats import Reading, read_file
from urbangis.io.join import join_table
from urbangis.io.members import dissolve, read_members
from urbangis.io.placement import check_coordinates, check_near, state_crs, to_crs
from urbangis.io.raster import read_cells
from urbangis.notices import Text
from urbangis.study import Layer, LayerSpec
from urbangis.tables import CONTRACTS, Source, check_table

_DEGREES = "EPSG:4326"
_RASTERS = (".tif", ".tiff", ".vrt", ".asc", ".img")
_OF_COLUMNS = {"columns", "crs", "datum", "encoding", "join", "values", "where"}
_UNSHIFT = {"gcj02": gcj02_to_wgs84, "bd09": bd09_to_wgs84}


def read_layer(
    layer_id: str,
    spec: LayerSpec,
    *,
    root: Path,
    crs: CRS | None = None,
    area: BaseGeometry | None = None,
) -> Layer:
    """Read one layer and check it against its contract.

    Parameters
    ----------
    layer_id, spec
        The layer's name in the study file, and what the study file says of it.
    root
        The study's folder.
    crs
        CRS to project into; None for longitudes and latitudes (EPSG:4326).
    area
        The study's area in ``crs``. With it, a layer that lies somewhere else is an error, and
        rows outside are counted.

    Returns
    -------
    Layer
        The table in ``crs``, rows in the order of the file, and what a reader must know.

    Raises
    ------
    ReadError
        If the file is missing, damaged, of an unknown format, or holds several layers and none is
        named.
    CrsError
        If its CRS is absent, contradictory, or contradicted by the coordinates.
    TableError
        If the table breaks its contract.
    """
    target = crs or CRS.from_user_input(_DEGREES)
    if is_raster(spec):
        return _read_raster(layer_id, spec, root, target, area)
    file = root / spec.file if spec.file else Path(str(spec.boundaries))
    members, told = read_members(root / spec.members) if spec.members else (None, ())
    table, notices = _read(file, spec, members)
    source = Source(file, layer_id)
    table, joined = join_table(filter_rows(table, spec, source), spec, root=root, source=source)
    table = map_columns(table, spec, source)
    stated = state_crs(table, _given_crs(spec, table), source)
    table = table.set_crs(stated, allow_override=True)
    check_coordinates(table, source)
    projected, approximate = to_crs(_unshifted(table, spec, source), target, source)
    checked, found = check_table(projected, CONTRACTS[spec.table], file=source.file, layer=layer_id)
    notices += told + joined + approximate + found
    if spec.members and members is not None:
        checked = dissolve(members, checked, file=root / spec.members)
    if area is not None:
        notices += check_near(checked, area, table.geometry, source)
    return Layer(layer_id, spec, checked, tuple(replace(note, layer=layer_id) for note in notices))


def is_raster(spec: LayerSpec) -> bool:
    """Whether a layer's file is a raster, whose cells are its rows."""
    return spec.file is not None and spec.file.suffix.lower() in _RASTERS


def column_names(file: Path) -> frozenset[str]:
    """Return the columns of a file; those of a raster are the ones that its cells get.

    Raises
    ------
    ReadError
        As `read_layer`.
    """
    if file.suffix.lower() in _RASTERS:
        return frozenset({"id", "residents"})
    spec = LayerSpec(
        name=Text(file.stem, file.stem), table="features", file=file, nature="surveyed", source=""
    )
    return frozenset(map(str, read_file(file, spec)[0].columns))


def _read(
    file: Path,
    spec: LayerSpec,
    members: pd.DataFrame | None,
) -> Reading:
    if spec.boundaries is not None:
        # Of the whole country, only the members are read.
        own = {} if members is None else {"id": tuple(members["member_id"].unique())}
        return read_china_counties(own | _by_own_names(spec)), ()
    return read_file(file, spec)


def _read_raster(
    layer_id: str, spec: LayerSpec, root: Path, crs: CRS, area: BaseGeometry | None
) -> Layer:
    """Read the cells of a raster, which have no columns to map and no rows to choose."""
    file = root / str(spec.file)
    if spec.table != "demand":
        raise ReadError(
            f"is a raster, which is not read as {spec.table}",
            file=file,
            remedy='Use it with table = "demand", or give vector data.',
        )
    given = spec.model_dump(include=_OF_COLUMNS, exclude_defaults=True)
    if given:
        raise StudyError(
            f"is a raster, of which {', '.join(sorted(given))} can say nothing",
            file=file,
            layer=layer_id,
            remedy="Leave that out: a raster states its own coordinate system, and its cells hold "
            "people.",
        )
    cells, notices = read_cells(file, crs=crs, area=area)
    return Layer(layer_id, spec, cells, tuple(replace(note, layer=layer_id) for note in notices))


def _by_own_names(spec: LayerSpec) -> dict[str, tuple[str, ...]]:
    return {spec.columns.get(name, name): values for name, values in spec.where.items()}


def _given_crs(spec: LayerSpec, table: gpd.GeoDataFrame) -> str | None:
    """Return the CRS that the study file gives; a shifted datum implies degrees of WGS 84."""
    if spec.crs is None and table.crs is None and spec.datum != "wgs84":
        return _DEGREES
    return spec.crs


def _unshifted(table: gpd.GeoDataFrame, spec: LayerSpec, source: Source) -> gpd.GeoDataFrame:
    """Undo the shift of a Chinese web map's coordinates."""
    if spec.datum == "wgs84":
        return table
    if not table.crs.is_geographic:
        raise CrsError(
            f"is in {table.crs.name}, but {spec.datum} is a shift of longitudes and latitudes",
            file=source.file,
            layer=source.layer,
            remedy='Leave out "datum", or give the file in longitudes and latitudes.',
        )
    shapes = table.geometry.to_numpy()
    return table.set_geometry(
        gpd.GeoSeries(
            shapely.transform(shapes, _UNSHIFT[spec.datum], interleaved=False),
            index=table.index,
            crs=_DEGREES,
        )
    )
