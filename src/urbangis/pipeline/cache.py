"""Keep large networks between runs, by the content of all that they are made from."""

import hashlib
import json
from pathlib import Path

from urbangis.catalog import Mode
from urbangis.network.build import build_network
from urbangis.network.graph import Network
from urbangis.network.store import load_network, save_network
from urbangis.notices import Notice
from urbangis.pipeline.record import code_digest, digest
from urbangis.study import Layer

FOLDER = ".urbangis-cache"
"""In the study's folder; safe to delete."""

WORTH_KEEPING = 50_000
"""Edges; a smaller network is built as quickly as it is read."""


def network_of(layer: Layer, mode: Mode, root: Path) -> tuple[Network, tuple[Notice, ...]]:
    """Return the network of a street layer for a mode, from the cache if it is there.

    Parameters
    ----------
    layer
        Streets, as read.
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
    file = None if layer.spec.file is None else root / layer.spec.file
    if file is None or not file.is_file() or layer.spec.join is not None:
        return build_network(layer.table, mode)
    origin = [
        code_digest(),
        # A Shapefile's classes and one-ways lie in the files beside it.
        [(one.name, digest(one)) for one in sorted(file.parent.iterdir()) if one.stem == file.stem],
        layer.spec.model_dump_json(),
        mode.model_dump_json(),
        layer.table.crs.to_wkt(),
        layer.edits,
    ]
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
