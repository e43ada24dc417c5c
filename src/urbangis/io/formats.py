"""Which reader a file is for, told by its name; every format ends as one GeoDataFrame."""

import difflib
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pandas as pd

from urbangis.errors import InputError, ReadError
from urbangis.io.archive import unpacked
from urbangis.io.bulk import read_bulk
from urbangis.io.drawing import read_drawing
from urbangis.io.geojson import read_geojson
from urbangis.io.graphml import read_graph
from urbangis.io.osm import read_places, read_streets
from urbangis.io.shapefile import read_shapefile
from urbangis.io.tabular import read_csv, read_excel, read_rows, read_sheet
from urbangis.notices import Notice
from urbangis.study import LayerSpec
from urbangis.tables import CONTRACTS

Reading = tuple[gpd.GeoDataFrame, tuple[Notice, ...]]

_TEXT = (".csv", ".tsv", ".txt")
_WORKBOOKS = (".xlsx", ".xlsm")
_IN_ARCHIVE = (
    *(".shp", ".gpkg", ".geojson", ".json", ".kml", ".kmz", ".gml", ".fgb", ".dxf", ".tab"),
    *(".mif", ".parquet", ".csv", ".xlsx", ".gdb"),
)


def read_file(path: Path, spec: LayerSpec) -> Reading:
    """Read the file of a layer.

    Parameters
    ----------
    path
        File, or the folder of a file geodatabase.
    spec
        What the study file says of the layer: which of several in the file, in which encoding,
        under which column names.

    Returns
    -------
    tuple[GeoDataFrame, tuple[Notice, ...]]
        All rows in the order of the file, in its own CRS (None where it states none), columns
        named as in the file; the index counts the rows from 0.

    Raises
    ------
    ReadError
        If the file is missing, damaged, of an unknown format, or holds several layers and none is
        named.
    TableError
        If a place in a table of text cannot be read.
    """
    if not path.exists():
        raise _missing(path)
    ends = path.name.lower()
    reader = next((read for end, read in _READERS.items() if ends.endswith(end)), _read_other)
    return reader(path, spec)


def read_plain(path: Path, *, layer: str | None = None) -> tuple[pd.DataFrame, tuple[Notice, ...]]:
    """Read a table without places, CSV or Excel, such as one that is joined to a layer.

    Parameters
    ----------
    path
        File; its first row names the columns.
    layer
        Sheet of a workbook that holds several.

    Returns
    -------
    tuple[DataFrame, tuple[Notice, ...]]
        Values as the file has them, empty cells missing; the index counts the rows from 0.

    Raises
    ------
    ReadError
        If the file is missing, damaged or of another format.
    """
    if not path.exists():
        raise _missing(path)
    ends = path.suffix.lower()
    if ends in _TEXT:
        return read_rows(path)
    if ends in _WORKBOOKS:
        return read_sheet(path, layer=layer), ()
    raise ReadError("is no CSV and no Excel workbook", file=path, remedy="Save it as one of them.")


def _missing(path: Path) -> ReadError:
    if not path.parent.is_dir():
        return ReadError(
            "there is no such folder", file=path.parent, remedy='Correct "file" in the study file.'
        )
    names = [file.name for file in sorted(path.parent.iterdir())]
    near = difflib.get_close_matches(path.name, names, 1, cutoff=0.5)
    hint = f'Perhaps "{near[0]}" is meant.' if near else 'Correct "file" in the study file.'
    return ReadError("there is no such file", file=path, remedy=hint)


def _read_osm(path: Path, spec: LayerSpec) -> Reading:
    readers = {"streets": read_streets, "supply": read_places}
    if spec.table not in readers:
        raise ReadError(
            f"is OpenStreetMap data, which is not read as {spec.table}",
            file=path,
            remedy='Use it with table = "streets" or "supply", or export the layer from QGIS.',
        )
    table = readers[spec.table](path)
    notices: tuple[Notice, ...] = table.attrs.pop("notices")
    return table, notices


def _read_graphml(path: Path, spec: LayerSpec) -> Reading:
    if spec.table != "streets":
        raise ReadError(
            f"is a graph of streets, which is not read as {spec.table}",
            file=path,
            remedy='Use it with table = "streets".',
        )
    table = read_graph(path)
    notices: tuple[Notice, ...] = table.attrs.pop("notices")
    return table, notices


def _read_zip(path: Path, spec: LayerSpec) -> Reading:
    with unpacked(path) as folder:
        inside = {
            file.relative_to(folder).as_posix(): file
            for file in sorted(folder.rglob("*"))
            if file.suffix.lower() in _IN_ARCHIVE
        }
        name = _choose(inside, spec.layer, path)
        # A layer name that has chosen the file has done its work.
        layer = None if Path(name).stem == spec.layer else spec.layer
        try:
            return read_file(inside[name], spec.model_copy(update={"layer": layer}))
        except InputError as error:
            raise type(error)(
                error.problem, remedy=error.remedy, file=path / name, row=error.row
            ) from error


def _choose(inside: dict[str, Path], layer: str | None, path: Path) -> str:
    names = ", ".join(inside)
    named = [name for name in inside if Path(name).stem == layer]
    if named:
        return named[0]
    if not inside:
        raise ReadError(
            "holds no file that can be read as a layer",
            file=path,
            remedy="Pack the Shapefile or GeoPackage itself, not a folder of archives.",
        )
    if len(inside) > 1:
        raise ReadError(
            f"holds {len(inside)} layers, and none is named",
            file=path,
            remedy=f'Name one with layer = "..." (without its suffix): {names}.',
        )
    return next(iter(inside))


def _read_parquet(path: Path) -> gpd.GeoDataFrame:
    try:
        table = gpd.read_parquet(path)
    except (ValueError, OSError) as error:
        said = str(error).splitlines()[0].rstrip(".")
        raise ReadError(
            f"is not GeoParquet that can be read: {said}",
            file=path,
            remedy="Write it again, with its geometry and coordinate system.",
        ) from error
    others = table.columns[(table.dtypes == "geometry") & (table.columns != table.geometry.name)]
    table = table.drop(columns=others).reset_index(drop=True)
    if table.geometry.name == "geometry":
        return table
    return table.rename(columns={"geometry": "geometry_2"}).rename_geometry("geometry")


def _read_old_spreadsheet(path: Path, _spec: LayerSpec) -> Reading:
    raise ReadError(
        "is a spreadsheet of another kind", file=path, remedy="Save it as .xlsx or CSV."
    )


def _read_other(path: Path, spec: LayerSpec) -> Reading:
    return read_bulk(path, layer=spec.layer)


def _read_drawing(path: Path, spec: LayerSpec) -> Reading:
    outlines = "line" not in CONTRACTS[spec.table].geometry
    return read_drawing(path, layer=spec.layer, encoding=spec.encoding, outlines=outlines)


def _read_gml(path: Path, spec: LayerSpec) -> Reading:
    # Nothing is written beside the user's file.
    return read_bulk(path, layer=spec.layer, options={"WRITE_GFS": "NO"})


_READERS: dict[str, Callable[[Path, LayerSpec], Reading]] = {
    **dict.fromkeys((".osm", ".pbf", ".osm.gz", ".osm.bz2"), _read_osm),
    ".graphml": _read_graphml,
    ".zip": _read_zip,
    ".shp": lambda path, spec: read_shapefile(path, encoding=spec.encoding),
    **dict.fromkeys(
        (".geojson", ".json"),
        lambda path, spec: read_geojson(path, layer=spec.layer, encoding=spec.encoding),
    ),
    **dict.fromkeys(
        _TEXT,
        lambda path, spec: read_csv(path, columns=spec.columns, encoding=spec.encoding),
    ),
    **dict.fromkeys(
        _WORKBOOKS,
        lambda path, spec: read_excel(path, layer=spec.layer, columns=spec.columns),
    ),
    **dict.fromkeys((".xls", ".et", ".ods"), _read_old_spreadsheet),
    **dict.fromkeys((".parquet", ".geoparquet"), lambda path, _: (_read_parquet(path), ())),
    ".dxf": _read_drawing,
    ".gml": _read_gml,
}
