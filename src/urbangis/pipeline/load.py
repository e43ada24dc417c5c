"""Read a whole study: its file, its catalogue, its zones and its layers."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError
from shapely.geometry.base import BaseGeometry

from urbangis.catalog import Catalogue, load_catalogue
from urbangis.crs import metric_crs, require_metric
from urbangis.errors import CatalogueError, InputError, StudyError, TableError
from urbangis.io.members import dissolve, read_members
from urbangis.io.vector import read_layer
from urbangis.network.noding import node_lines
from urbangis.notices import Notice, Text, notice
from urbangis.pipeline.cache import layer_on_demand
from urbangis.study import (
    FILE_NAME,
    Layer,
    LayerSpec,
    Level,
    LevelSpec,
    Study,
    StudySpec,
    read_study_spec,
)

Tell = Callable[[str], None]

_PAGE = re.compile(r"[a-z0-9][a-z0-9_-]*")
_TAKEN_PAGES = ("index", "overview", "scorecard")
_TAKEN_FOLDERS = ("", "..", "assets", "data", "print")


@dataclass(frozen=True)
class Loaded:
    """A study with everything that its file names.

    Parameters
    ----------
    layers
        By the names of the study file, all in the study's CRS.
    notices
        What concerns the study as a whole.
    before
        The study as it is, where a scenario has edited it.
    """

    study: Study
    catalogue: Catalogue
    layers: dict[str, Layer]
    notices: tuple[Notice, ...]
    before: "Loaded | None" = None


def read_specs(path: Path) -> tuple[StudySpec, ...]:
    """Read a study file and those of its parts, the study's own first.

    Raises
    ------
    StudyError
        If one is wrong, is a part of itself, or names a part or a service as no folder or page may
        be named.
    """
    return tuple(_specs(path, ()))


def _specs(path: Path, around: tuple[Path, ...]) -> Iterator[StudySpec]:
    spec, root = read_study_spec(path)
    here, names = root.resolve(), [*(part.name for part in spec.parts), *spec.comparisons]
    problem = None
    if here in around:
        problem = "is a part of itself"
    elif wrong := [name for name in names if name in _TAKEN_FOLDERS or names.count(name) > 1]:
        problem = f'names a folder "{wrong[0]}", which is taken'
    elif wrong := [name for name in (*spec.pages, *spec.comparisons) if not _PAGE.fullmatch(name)]:
        problem = f'names a page "{wrong[0]}", which is no name for one'
    elif wrong := [name for name in spec.pages if name in _TAKEN_PAGES]:
        problem = f'names a page "{wrong[0]}", which another one is called'
    elif wrong := [name for name in spec.pages if spec.pages.count(name) > 1]:
        problem = f'names two pages "{wrong[0]}"'
    if problem is not None:
        raise StudyError(
            problem,
            file=root / FILE_NAME,
            remedy="Parts and comparisons become folders, all else pages, each under a name of its "
            "own: "
            "lower-case letters, digits, hyphens and underscores.",
        )
    yield spec
    for part in spec.parts:
        yield from _specs(root / part, (*around, here))


def load_study(path: Path, *, tell: Tell, errors: list[InputError] | None = None) -> Loaded:
    """Read a study.

    Parameters
    ----------
    path
        The study's folder or file.
    tell
        Called with a line of progress before each layer is read.
    errors
        Where to put the errors of layers other than the zones, so that all are found, and every
        layer is read; None to raise the first, and to read large streets only if somebody asks
        for them (see `urbangis.pipeline.cache`).

    Raises
    ------
    InputError
        If anything that the study names is missing or wrong.
    """
    spec, root = read_study_spec(path)
    catalogue = load_catalogue(root / folder for folder in spec.catalogue)
    base_id = str(spec.levels[0].layer)
    others = {name: layer for name, layer in spec.layers.items() if name != base_id}
    tell(f"reading {spec.layers[base_id].name.en}")
    try:
        crs, derived = _study_crs(spec, root)
        base = read_layer(base_id, spec.layers[base_id], root=root, crs=crs)
    except InputError:
        if errors is not None:
            # Without zones the other layers cannot be held against their area, but read they can.
            _read_layers(others, root, _Place(), tell=tell, errors=errors)
        raise
    area = shapely.union_all(base.table.geometry.to_numpy())
    layers = _read_layers(others, root, _Place(crs, area), tell=tell, errors=errors)
    _check_catalogued(spec, catalogue, root / FILE_NAME)
    levels, notices = _levels(spec, base.table, root)
    study = Study(root.resolve().name, spec, root, crs, levels)
    return Loaded(study, catalogue, {base_id: base} | layers, (*derived, *notices))


@dataclass(frozen=True)
class _Place:
    """Where layers are read to: the study's CRS and, in it, its area."""

    crs: CRS | None = None
    area: BaseGeometry | None = None


def _read_layers(
    specs: Mapping[str, LayerSpec],
    root: Path,
    place: _Place,
    *,
    tell: Tell,
    errors: list[InputError] | None,
) -> dict[str, Layer]:
    """Read layers; with a list for their errors, those that can be read."""
    layers = {}
    for name, spec in specs.items():
        try:
            layers[name] = _layer(name, spec, root, place, tell=tell, afresh=errors is not None)
        except InputError as error:
            if errors is None:
                raise
            errors.append(error)
    return layers


def _layer(
    name: str, spec: LayerSpec, root: Path, place: _Place, *, tell: Tell, afresh: bool
) -> Layer:
    """Return a layer; ``afresh`` reads it even if it was read before."""

    def read() -> Layer:
        tell(f"reading {spec.name.en}")
        layer = read_layer(name, spec, root=root, crs=place.crs, area=place.area)
        return _noded(layer)

    if afresh or place.crs is None or place.area is None:
        return read()
    return layer_on_demand(name, spec, read, root=root, place=(place.crs, place.area))


def _noded(layer: Layer) -> Layer:
    """Cut streets where they meet, if the study asks for it."""
    node = layer.spec.node
    if node is None:
        return layer
    table, notices = node_lines(layer.table, tolerance_m=node.tolerance_m, cross=node.crossings)
    return replace(layer, table=table, notices=(*layer.notices, *notices))


def _study_crs(spec: StudySpec, root: Path) -> tuple[CRS, tuple[Notice, ...]]:
    """Return the CRS that the study states, or one derived from its area, which is then told."""
    if spec.crs is not None:
        try:
            crs = CRS.from_user_input(spec.crs)
        except CRSError as error:
            raise StudyError(
                f'crs "{spec.crs}" is not known', file=root / FILE_NAME, remedy="Write EPSG:4549."
            ) from error
        require_metric(crs)
        return crs, ()
    base_id = str(spec.levels[0].layer)
    zones = read_layer(base_id, spec.layers[base_id], root=root).table
    crs = metric_crs(shapely.box(*zones.total_bounds))
    code = ":".join(crs.to_authority() or (crs.name,))
    text = Text(
        zh=f"研究文件未注明坐标系，按研究范围取{code}（{crs.name}）。",
        en=f"The study states no CRS; {code} ({crs.name}) is derived from its area.",
    )
    return crs, notice("crs-derived", [code], text)


def _levels(
    spec: StudySpec, zones: gpd.GeoDataFrame, root: Path
) -> tuple[tuple[Level, ...], tuple[Notice, ...]]:
    zones = zones.sort_values("id", ignore_index=True)
    first = spec.levels[0]
    own = pd.DataFrame({"zone_id": zones["id"], "member_id": zones["id"]})
    levels = [Level(first.id, first.name, zones, own, partition=True)]
    notices: list[Notice] = []
    for level in spec.levels[1:]:
        grouped, told = _grouped(level, zones, root)
        levels.append(grouped)
        notices.extend(told)
    return tuple(levels), tuple(notices)


def _grouped(
    level: LevelSpec, base: gpd.GeoDataFrame, root: Path
) -> tuple[Level, tuple[Notice, ...]]:
    """Make the zones of a level from their members' geometry."""
    if level.members is None:
        raise StudyError(
            f'the level "{level.id}" names a layer, but only the first may',
            file=root / FILE_NAME,
            remedy="Give a table of members, or put that level first.",
        )
    file = root / level.members
    table, told = read_members(file)
    known = table["member_id"].isin(base["id"])
    away = sorted(table.loc[~known, "member_id"].unique())
    table = table[known]
    if level.partition:
        _check_partition(table, base, file)
    zones = dissolve(table, base, file=file)
    members = table[["zone_id", "member_id"]].reset_index(drop=True)
    text = Text(
        zh=f"{level.name.zh}有{len(away)}个成员不在研究范围内，其数字只含范围内的成员。",
        en=f"{len(away)} members of {level.name.en} lie outside the study; its figures are of the "
        "members inside.",
    )
    return (
        Level(level.id, level.name, zones, members, level.partition),
        (*told, *notice("members-outside-study", away, text)),
    )


def _check_partition(table: pd.DataFrame, base: gpd.GeoDataFrame, file: Path) -> None:
    """Refuse a partition that leaves a base zone out, or has it in two zones."""
    count = table["member_id"].value_counts().reindex(base["id"], fill_value=0)
    wrong = count[count != 1]
    if len(wrong):
        raise TableError(
            f"{wrong.index[0]} belongs to {wrong.iloc[0]} zones ({len(wrong)} base zones belong "
            "to none or to several)",
            file=file,
            remedy="Give each exactly one zone, or write partition = false for this level.",
        )


def _check_catalogued(spec: StudySpec, catalogue: Catalogue, file: Path) -> None:
    """Refuse a standard, style or policy document that the catalogue does not hold."""
    asked = [
        *(("targets", catalogue.policy, name) for name in spec.targets),
        *((f"services.{name}", catalogue.standard, one.standard)
          for name, one in spec.services.items()),
        *((f"services.{name}.compare", catalogue.standard, rule.standard)
          for name, one in spec.services.items() for rule in one.compare),
        *((f"circles.{name}", catalogue.circle, one.circle)
          for name, one in spec.circles.items()),
        *((f"access.{name}", catalogue.mode, one.mode) for name, one in spec.access.items()),
        *((f"layers.{name}", catalogue.style, one.style)
          for name, one in spec.layers.items() if one.style is not None),
    ]  # fmt: skip
    for key, find, name in asked:
        try:
            find(name)
        except CatalogueError as error:
            raise StudyError(f"{key}: {error.problem}", file=file, remedy=error.remedy) from error
