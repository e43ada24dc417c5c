"""Scenarios: edits to the layers of a study, applied to copies.

A scenario is a file ``scenarios/<name>.toml`` beside the study file. What it does not name stays as
it is, so that a comparison shows its edits and nothing else.
"""

import difflib
import tomllib
from pathlib import Path
from typing import Self

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pydantic import Field, ValidationError, model_validator
from pyproj import CRS, Transformer
from shapely.geometry.base import BaseGeometry

from urbangis.catalog import Spec
from urbangis.catalog.registry import explain
from urbangis.errors import StudyError
from urbangis.notices import Text
from urbangis.tables import Contract, Source, check_table, to_text

FOLDER = "scenarios"

Place = tuple[float, float]
Value = str | float | bool | tuple[Place, ...] | Place

_DEGREES = CRS.from_epsg(4326)
_SHAPES = ("at", "line", "area")
_VERBS = ("add", "add_from", "include", "remove", "move", "change")


class Edit(Spec):
    """One edit of one layer, by one of six verbs.

    Parameters
    ----------
    layer
        Name of the layer in the study file.
    where
        Which rows are removed, moved or changed: those whose column holds one of these values,
        ``{ id = ["C03"] }``. Columns are named as in the layer's contract.
    add
        New rows, by column, each with its place in longitudes and latitudes of WGS 84:
        ``at = [lon, lat]`` for a point, ``line`` or ``area`` for a list of such pairs.
    add_from
        File of new rows, read as the layer's own file is.
    include
        Rows of the layer's own file which the study leaves out (by ``where``): those whose column,
        named as in the file, holds one of these values.
    remove
        Whether the rows are taken away.
    move
        Where the rows go, longitude and latitude; of lines and areas, their centroid.
    change
        New values, by column.
    """

    layer: str
    where: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    add: tuple[dict[str, Value], ...] = ()
    add_from: Path | None = None
    include: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    remove: bool = False
    move: Place | None = None
    change: dict[str, str | float | bool] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_verb(self) -> Self:
        if sum(bool(getattr(self, verb)) for verb in _VERBS) != 1:
            raise ValueError(f"give one of {', '.join(_VERBS)}")
        if bool(self.where) != (self.verb in ("remove", "move", "change")):
            raise ValueError('"where" goes with remove, move and change, and only with them')
        return self

    @property
    def verb(self) -> str:
        """What is done: ``add, add_from, include, remove, move`` or ``change``."""
        return next(verb for verb in _VERBS if getattr(self, verb))


class Scenario(Spec):
    """What would be different, and why it is thought to be.

    Parameters
    ----------
    year
        When it would be so.
    source
        Where it is planned.
    note
        What a reader must know: assumptions above all.
    edits
        In the order in which they are made. None at all is the study as it is.
    """

    name: Text
    year: int | None = None
    source: str = ""
    note: Text | None = None
    edits: tuple[Edit, ...] = ()


def read_scenario(name: str, root: Path) -> Scenario:
    """Read a scenario of a study.

    Parameters
    ----------
    name
        Name of its file, without ``.toml``.
    root
        The study's folder.

    Raises
    ------
    StudyError
        If there is no such file, or it holds a key or value that fits nothing.
    """
    file = root / FOLDER / f"{name}.toml"
    known = sorted(path.stem for path in file.parent.glob("*.toml"))
    if name not in known:
        near = difflib.get_close_matches(name, known, 3) or known
        raise StudyError(
            f'there is no scenario "{name}"',
            file=file,
            remedy=f"Name one of: {', '.join(near)}." if near else "Write one into that file.",
        )
    try:
        return Scenario.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except ValidationError as error:
        raise StudyError(
            explain(error, Scenario), file=file, remedy="Correct the scenario."
        ) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise StudyError(
            f"cannot be read: {error}", file=file, remedy="Write it as TOML in UTF-8."
        ) from error


def apply_edit(
    table: gpd.GeoDataFrame, edit: Edit, contract: Contract, source: Source
) -> gpd.GeoDataFrame:
    """Apply an edit to a copy of a table: every verb but those that read files.

    Parameters
    ----------
    table
        A checked table in a projected CRS.
    edit
        With the verb ``add``, ``remove``, ``move`` or ``change``.
    contract
        What the table holds; the result is checked against it.
    source
        Scenario file and layer, for errors.

    Returns
    -------
    GeoDataFrame
        Rows that stay, in their order; then new ones.

    Raises
    ------
    TableError
        If no row is meant, a column is not there, or the result breaks the contract.
    """
    if edit.verb == "add":
        return added(table, _new_rows(edit, table.crs, source), contract, source)
    meant = rows_where(table, edit.where, source)
    if edit.verb == "remove":
        if meant.all():
            raise source.error(
                "would hold no rows any more",
                remedy="Leave the services that need it out of the study instead.",
            )
        return table[~meant].reset_index(drop=True)
    edited = table.copy()
    if edit.move is not None:
        target = _projected(shapely.Point(edit.move), table.crs)
        edited.loc[meant, "geometry"] = [_moved(shape, target) for shape in table.geometry[meant]]
    for column, value in edit.change.items():
        _check_column(column, table, source)
        edited[column] = edited[column].astype(object).mask(meant, value)
    return check_table(edited, contract, file=source.file, layer=source.layer)[0]


def added(
    table: gpd.GeoDataFrame, rows: gpd.GeoDataFrame, contract: Contract, source: Source
) -> gpd.GeoDataFrame:
    """Put new rows after those of a table.

    Raises
    ------
    TableError
        If an id is taken, or a row breaks the contract.
    """
    taken = rows.loc[rows["id"].astype(str).isin(table["id"]), "id"]
    if len(taken):
        raise source.error(
            "is there already", remedy="Give the new row an id of its own.", row=taken.iloc[0]
        )
    checked, _ = check_table(
        rows.reset_index(drop=True), contract, file=source.file, layer=source.layer
    )
    both = pd.concat([table, checked], ignore_index=True)
    return gpd.GeoDataFrame(both, geometry="geometry", crs=table.crs)


def rows_where(
    table: gpd.GeoDataFrame, where: dict[str, tuple[str, ...]], source: Source
) -> pd.Series:
    """Tell which rows hold one of the values in each column.

    Raises
    ------
    TableError
        If there is no such column, or no such row.
    """
    meant = pd.Series(data=True, index=table.index)
    for column, values in where.items():
        _check_column(column, table, source)
        text = to_text(table[column])
        if unknown := [value for value in values if not (text == value).any()]:
            raise source.error(
                f'has no row whose "{column}" is "{unknown[0]}"',
                remedy="Correct the scenario, or the layer.",
            )
        meant &= text.isin(values)
    if not meant.any():
        raise source.error("has no row that fits all of where", remedy="Correct the scenario.")
    return meant


def _check_column(column: str, table: gpd.GeoDataFrame, source: Source) -> None:
    if column not in table.columns or column == table.geometry.name:
        raise source.no_column(column, table.columns)


def _new_rows(edit: Edit, crs: CRS, source: Source) -> gpd.GeoDataFrame:
    rows, shapes = [], []
    for number, row in enumerate(edit.add, start=1):
        given = [key for key in _SHAPES if key in row]
        if len(given) != 1:
            raise source.error(
                "has no place" if not given else f"has {len(given)} places",
                remedy="Give one of at = [lon, lat], line = [[lon, lat], ...] and area.",
                row=row.get("id", number),
            )
        try:
            shapes.append(_projected(_shape(given[0], row[given[0]]), crs))
        except (TypeError, ValueError, shapely.errors.GEOSException) as error:
            raise source.error(
                f'has a place that cannot be read: "{given[0]}" is {row[given[0]]}',
                remedy="Write longitudes and latitudes: at = [118.78, 32.05].",
                row=row.get("id", number),
            ) from error
        rows.append({key: value for key, value in row.items() if key not in _SHAPES})
    table = gpd.GeoDataFrame(rows, geometry=shapes, crs=crs)
    if "id" not in table or table["id"].isna().any():
        raise source.error("has no id", remedy='Give every new row one: id = "new-clinic".')
    return table


def _shape(kind: str, places: Value) -> BaseGeometry:
    pairs = np.asarray(places, dtype=float)
    made = {"at": shapely.Point, "line": shapely.LineString, "area": shapely.Polygon}[kind]
    shape: BaseGeometry = made(pairs)
    if pairs.shape[-1] != 2 or not (np.abs(pairs) <= (180, 90)).all():
        raise ValueError("no longitudes and latitudes")
    return shape


def _projected(shape: BaseGeometry, crs: CRS) -> BaseGeometry:
    onto = Transformer.from_crs(_DEGREES, crs, always_xy=True)
    projected: BaseGeometry = shapely.transform(shape, onto.transform, interleaved=False)
    return projected


def _moved(shape: BaseGeometry, target: BaseGeometry) -> BaseGeometry:
    """Shift a shape so that its centroid comes to lie on the target."""
    middle = shape.centroid
    offset = (target.x - middle.x, target.y - middle.y)
    moved: BaseGeometry = shapely.transform(shape, lambda xy: xy + offset)
    return moved
