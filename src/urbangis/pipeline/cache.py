"""Keep large street layers between runs, by the content of all that they are made from.

Kept are the networks, and what is told of a layer when it is read. So a run that finds the network
of a layer does not read the layer.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import geopandas as gpd
from pyproj import CRS
from shapely.geometry.base import BaseGeometry

from urbangis.catalog import Mode
from urbangis.network.build import build_network
from urbangis.network.graph import Network
from urbangis.network.store import load_network, restored, save_network
from urbangis.notices import Notice
from urbangis.pipeline.record import code_digest, digest
from urbangis.study import Layer, LayerSpec

FOLDER = ".urbangis-cache"
"""In the study's folder; safe to delete."""

WORTH_KEEPING = 50_000
"""Edges, or rows; a smaller layer is read, and its network built, as quickly as it is loaded."""


@dataclass(frozen=True)
class _Reading:
    """A table that is not read yet; its rows were counted when it was read before."""

    read: Callable[[], Layer]
    rows: int

    def __call__(self) -> gpd.GeoDataFrame:
        return self.read().table

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
    """Return a layer: streets that were read before are read again only if the table is wanted.

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
    content = _content(spec, root, place[0]) if spec.table == "streets" else ""
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
        told = {"key": key, "rows": layer.rows, "notices": [asdict(one) for one in layer.notices]}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    return layer


def _content(spec: LayerSpec, root: Path, crs: CRS) -> str:
    """Name what a layer is read from and how, by content; empty if it is not read from files."""
    if spec.file is None or not (root / spec.file).is_file():
        return ""
    file = root / spec.file
    # A Shapefile's classes and one-ways lie in the files beside it.
    files = [one for one in sorted(file.parent.iterdir()) if one.stem == file.stem]
    if spec.join is not None and (root / spec.join.file).is_file():
        files.append(root / spec.join.file)
    origin = [
        code_digest(),
        [(one.name, digest(one)) for one in files if one.is_file()],
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
    scenario = f"-{key[:12]}" if layer.edits else ""
    path = root / FOLDER / f"{layer.id}-{mode.id}{scenario}.npz"
    kept = load_network(path, key=key)
    if kept is not None:
        return kept
    network, notices = build_network(layer.table, mode)
    if network.length_m.size >= WORTH_KEEPING:
        save_network(network, notices, path, key=key)
    return network, notices
