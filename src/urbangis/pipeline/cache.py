"""Keep large streets and rasters between runs, by the content of all that they are made from.

Kept are networks, where places lie on them (`urbangis.network.placed`), the cells of rasters as
zones share them, and what is told of a layer when it is read. So a run that finds the network of a
layer, or its cells, does not read the layer.
"""

import hashlib
import json
import zipfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import CRS
from shapely.geometry.base import BaseGeometry

from urbangis.catalog import Mode
from urbangis.io.vector import is_raster
from urbangis.measures.demand import share_cells
from urbangis.network.build import build_network
from urbangis.network.files import written_beside
from urbangis.network.graph import Network
from urbangis.network.placed import Placed
from urbangis.network.store import load_network, restored, save_network
from urbangis.notices import Notice
from urbangis.pipeline.record import code_digest, digest, files_of
from urbangis.study import Layer, LayerSpec, Level
from urbangis.tables import CELL_COLUMNS

FOLDER = ".urbangis-cache"
"""In the study's folder; safe to delete."""

WORTH_KEEPING = 50_000
"""Edges, or rows; a smaller layer is read, and its network built, as quickly as it is loaded."""


@dataclass
class _Reading:
    """A table to read; its rows were counted when it was read before, perhaps just now."""

    read: Callable[[], Layer]
    rows: int
    just_read: gpd.GeoDataFrame | None = None

    def __call__(self) -> gpd.GeoDataFrame:
        table, self.just_read = self.just_read, None
        return self.read().table if table is None else table

    def __len__(self) -> int:
        return self.rows


def layer_on_demand(
    layer_id: str,
    spec: LayerSpec,
    read: Callable[[], Layer],
    *,
    root: Path,
    place: tuple[CRS, BaseGeometry],
) -> Layer:
    """Return a layer: a large one that was read before is read again only if its table is wanted.

    Parameters
    ----------
    layer_id, spec
        As the study file names and describes it.
    read
        Reads it.
    root
        The study's folder.
    place
        The study's CRS and its area.
    """
    kept_too = spec.table == "streets" or is_raster(spec)
    content = _content(spec, root, place[0]) if kept_too else ""
    if not content:
        return read()
    path = root / FOLDER / f"{layer_id}.json"
    key = hashlib.sha256(content.encode() + place[1].wkb).hexdigest()
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["key"] == key:
            notices = tuple(restored(one) for one in kept["notices"])
            return Layer(layer_id, spec, _Reading(read, kept["rows"]), notices, content=content)
    except (OSError, ValueError, KeyError, TypeError):
        pass  # as good as none
    layer = replace(read(), content=content)
    if layer.rows >= WORTH_KEEPING:
        layer = replace(layer, table=_Reading(read, layer.rows, layer.table))
        told = {"key": key, "rows": layer.rows, "notices": [asdict(one) for one in layer.notices]}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    return layer


def _content(spec: LayerSpec, root: Path, crs: CRS) -> str:
    """Name what a layer is read from and how, by content; empty if it is not read from files."""
    if spec.file is None or not (root / spec.file).is_file():
        return ""
    file = root / spec.file
    # A Shapefile's classes and one-ways lie in the files beside it, in capitals perhaps.
    files = {*files_of(file), *(one for one in file.parent.iterdir() if one.stem == file.stem)}
    if spec.join is not None:
        files.add(root / spec.join.file)
    origin = [
        code_digest(),
        [(one.name, digest(one)) for one in sorted(files) if one.is_file()],
        spec.model_dump_json(),
        crs.to_wkt(),
    ]
    return hashlib.sha256(json.dumps(origin).encode()).hexdigest()


def network_of(layer: Layer, mode: Mode, root: Path) -> tuple[Network, tuple[Notice, ...]]:
    """Return the network of a street layer for a mode, from the cache if it is there.

    Parameters
    ----------
    layer
        Streets; not read if their network is kept.
    mode
        Speeds and access rules.
    root
        The study's folder.

    Returns
    -------
    network, notices
        As `build_network` returns them.

    Raises
    ------
    TableError
        If no street is open to the mode.
    """
    if not layer.content:
        return build_network(layer.table, mode)
    origin = [layer.content, mode.model_dump_json(), layer.edits]
    key = hashlib.sha256(json.dumps(origin).encode()).hexdigest()
    name = f"{layer.id}-{mode.id}"
    scenario = f"-{key[:12]}" if layer.edits else ""
    path = root / FOLDER / f"{name}{scenario}.npz"
    network, notices = load_network(path, key=key) or _built(layer, mode, path, key)
    placed = Placed(path.parent, name=name, made_by=layer.content)
    return replace(network, placed=placed), notices


def _built(layer: Layer, mode: Mode, path: Path, key: str) -> tuple[Network, tuple[Notice, ...]]:
    """Build a network, and keep a large one."""
    network, notices = build_network(layer.table, mode)
    if network.length_m.size >= WORTH_KEEPING:
        save_network(network, notices, path, key=key)
    return network, notices


def cells_of_zones(layer: Layer, base: Level, root: Path) -> pd.DataFrame:
    """Return the cells of a raster as the base zones share them, from the cache if they are there.

    Parameters
    ----------
    layer
        Demand; not read if its cells are kept.
    base
        Base zones.
    root
        The study's folder.

    Returns
    -------
    DataFrame
        As of `share_cells`.
    """
    raster = root / str(layer.spec.file)
    if not layer.content:
        return share_cells(layer.table, raster, base)
    origin = hashlib.sha256(json.dumps([layer.content, layer.edits, [*base.zones["id"]]]).encode())
    for shape in base.zones.geometry:
        origin.update(shape.wkb)
    key, path = origin.hexdigest(), root / FOLDER / f"{layer.id}-cells.npz"
    kept = _load_cells(path, key, base)
    if kept is not None:
        return kept
    table = share_cells(layer.table, raster, base)
    if layer.rows >= WORTH_KEEPING:
        _save_cells(table, path, key)
    layer.let_go()
    return table


def _save_cells(table: pd.DataFrame, path: Path, key: str) -> None:
    arrays: dict[str, Any] = {
        str(name): table[name].to_numpy() for name in table.columns if name != "zone_id"
    }
    arrays["zone"] = table["zone_id"].cat.codes.to_numpy()
    arrays["key"] = np.frombuffer(key.encode(), np.uint8)
    with written_beside(path) as file:
        np.savez(file, **arrays)


def _load_cells(path: Path, key: str, base: Level) -> pd.DataFrame | None:
    """Return the cells; None if there are none, or they were made from something else."""
    try:
        with path.open("rb") as raw, np.load(raw) as file:
            if file["key"].tobytes().decode() != key:
                return None
            table = pd.DataFrame({name: file[name] for name in CELL_COLUMNS}, copy=False)
            table["zone_id"] = pd.Categorical.from_codes(file["zone"], base.zones["id"])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    return table
