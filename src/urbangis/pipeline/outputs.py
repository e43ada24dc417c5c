"""Write results as data, and move a finished folder into its place."""

import json
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from urbangis.errors import StudyError
from urbangis.measures.coverage import Coverage
from urbangis.pipeline.record import RECORD
from urbangis.publish.plain import without_formulas
from urbangis.study import Study
from urbangis.tables import is_cells

CSV_COLUMNS = [
    "zone_id", "zone_name", "level", "denominator", "total", "covered", "uncovered", "unsnapped",
    "rate", "rate_low", "rate_high", "target", "met",
]  # fmt: skip

_DRIVERS = {".gpkg": "GPKG", ".geojson": "GeoJSON", ".fgb": "FlatGeobuf"}

_CORNERS = 5_000_000
"""Of geometries that are written at a time: 80 megabytes."""

_DAY_S = 86_400.0

_EPOCH = "2000-01-01T00:00:00Z"
"""A GeoPackage notes when it was written; the same input must give the same bytes."""


def write_service_data(
    folder: Path, coverage: Coverage, rings: gpd.GeoDataFrame | None, zones: gpd.GeoDataFrame
) -> None:
    """Write ``coverage.csv`` and ``result.gpkg`` of one service into a folder.

    Parameters
    ----------
    folder
        Made if need be.
    coverage, rings
        As computed.
    zones
        Zones of all levels with ``zone_id``, ``level`` and geometry.
    """
    table = coverage.zones[CSV_COLUMNS]
    figures = pd.DataFrame(table).drop(columns="zone_name")
    layers: dict[str, gpd.GeoDataFrame] = {"zones": zones.merge(figures, on=["zone_id", "level"])}
    if rings is not None:
        layers["service_area"] = rings
    layers["facilities"] = coverage.supply
    if not is_cells(coverage.demand):
        layers["demand"] = coverage.demand
    write_result(folder, {"coverage": pd.DataFrame(table)}, layers)


def write_result(
    folder: Path, tables: Mapping[str, pd.DataFrame], layers: Mapping[str, gpd.GeoDataFrame]
) -> None:
    """Write tables as ``<name>.csv``, and layers into one ``result.gpkg``, into a folder."""
    with moved_into(folder) as place:
        for name, table in tables.items():
            _write_csv(table, place / f"{name}.csv")
        for name, layer in layers.items():
            _write(layer, place / "result.gpkg", name=name)


def all_zones(study: Study) -> gpd.GeoDataFrame:
    """Put the zones of all levels into one table: ``zone_id, level, name, name_en, geometry``."""
    frames = [level.zones.assign(level=level.id) for level in study.levels]
    table = pd.concat(frames, ignore_index=True).rename(columns={"id": "zone_id"})
    columns = ["zone_id", "level", "name", "name_en", "geometry"]
    return gpd.GeoDataFrame(table[columns], crs=study.crs)


def write_table(table: gpd.GeoDataFrame, path: Path) -> None:
    """Write one layer beside its place and move it in; the format follows the name.

    Raises
    ------
    StudyError
        If the name's ending stands for no format that is written.
    """
    check_format(path)
    with moved_into(path.parent) as place:
        if path.suffix.lower() == ".geojson":
            table = table.to_crs("EPSG:4326")  # RFC 7946 knows no other
        _write(table, place / path.name, name=path.stem)


def check_format(path: Path) -> None:
    """Refuse a file name whose ending stands for no format that `write_table` writes."""
    if path.suffix.lower() not in _DRIVERS:
        raise StudyError(
            f'"{path.suffix}" is no format to write' if path.suffix else "names no format",
            file=path,
            remedy=f"Name a file ending in one of {', '.join(_DRIVERS)}.",
        )


@contextmanager
def moved_into(folder: Path) -> Iterator[Path]:
    """Offer an empty folder whose files are moved into ``folder`` when the block ends well.

    Raises
    ------
    StudyError
        If ``folder`` is a file.
    """
    _check_folder(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".new.") as name:
        place = Path(name)
        yield place
        for file in sorted(place.iterdir()):
            file.replace(folder / file.name)


def _write_csv(table: pd.DataFrame, file: Path) -> None:
    # A byte order mark tells Excel that the Chinese is UTF-8.
    table = without_formulas(table)
    table.to_csv(file, index=False, encoding="utf-8-sig", float_format="%.10g", lineterminator="\n")


def _write(table: gpd.GeoDataFrame, file: Path, *, name: str) -> None:
    driver = _DRIVERS[file.suffix.lower()]
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _EPOCH})
    try:
        plain = _plain(table)
        for number, part in enumerate(_parts(plain) if driver == "GPKG" else (plain,)):
            pyogrio.write_dataframe(part, file, layer=name, driver=driver, append=number > 0)
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def _parts(table: gpd.GeoDataFrame) -> Iterator[gpd.GeoDataFrame]:
    """Yield rows in parts: a whole layer of large outlines would be held three times over.

    A layer of no more than `_CORNERS` is one part.
    """
    corners = np.cumsum(shapely.get_num_coordinates(table.geometry.to_numpy()))
    part = np.maximum(corners - 1, 0) // _CORNERS
    for number in np.unique(part) if len(part) else (0,):
        yield table[part == number]


def write_json(value: Any, path: Path) -> None:
    """Write JSON that people can read, with sorted keys."""
    text = json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True, default=_json)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


@contextmanager
def replaced_folder(target: Path) -> Iterator[Path]:
    """Offer an empty folder that takes the place of ``target`` when the block ends well.

    Files in ``target`` that no run made (a README, say) are carried over. If the block fails or is
    killed, ``target`` stays as it was.

    Raises
    ------
    StudyError
        If ``target`` is a file.
    """
    _check_folder(target)
    target = target.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    _sweep(target)
    old = target.with_name(f".{target.name}.old")
    if old.exists() and not target.exists():
        old.replace(target)  # an earlier run was killed between the two renames below
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.new.") as place:
        new = Path(place) / target.name
        new.mkdir()
        yield new
        _carry_over(target, new)
        shutil.rmtree(old, ignore_errors=True)
        if target.exists():
            target.replace(old)
        new.replace(target)
        shutil.rmtree(old, ignore_errors=True)


def _check_folder(path: Path) -> None:
    if path.is_file():
        raise StudyError("is a file", file=path, remedy="Name a folder.")


def _sweep(target: Path) -> None:
    """Remove what runs left beside ``target`` that were killed more than a day ago."""
    for left in target.parent.glob(f".{target.name}.new.*"):
        if time.time() - left.stat().st_mtime > _DAY_S:
            shutil.rmtree(left, ignore_errors=True)


def _carry_over(target: Path, new: Path) -> None:
    """Copy the files of ``target`` that its record does not name."""
    try:
        record = json.loads((target / RECORD).read_text(encoding="utf-8"))
        made = {*record["outputs"], RECORD}
    except (OSError, ValueError, KeyError, TypeError):
        made = {RECORD}
    for path in sorted(target.rglob("*")):
        name = path.relative_to(target).as_posix()
        if path.is_file() and name not in made and not (new / name).exists():
            (new / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, new / name)


def _plain(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Drop what a GeoPackage column cannot hold."""
    plain = table.copy()
    for column in plain.columns:
        texts = plain[column].dtype == object or isinstance(
            plain[column].dtype, pd.CategoricalDtype
        )
        if texts and column != plain.geometry.name:
            plain[column] = [None if pd.isna(value) else str(value) for value in plain[column]]
    return plain


def _json(value: object) -> object:
    if isinstance(value, np.generic):
        return value.item()
    return str(value)
