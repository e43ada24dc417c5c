"""A network as a file: quick to load, checked when read, safe to delete."""

import json
import zipfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from pyproj import CRS

from urbangis.catalog import Mode
from urbangis.network.files import written_beside
from urbangis.network.graph import Network
from urbangis.network.kernels import Links
from urbangis.network.texts import Texts
from urbangis.notices import Notice, Text

VERSION = 3
"""Of the layout below; a file of another version is not read."""

_ARRAYS = (
    "node_xy", "edge_link", "edge_low_s", "edge_high_s", "length_m", "edge_xy", "edge_ptr",
    "piece", "major", "on_land",
)  # fmt: skip


def save_network(network: Network, notices: tuple[Notice, ...], path: Path, *, key: str) -> None:
    """Write a network beside its place and move it in.

    Parameters
    ----------
    network, notices
        What to write, as `build_network` returns it.
    path
        File; its folder is made if need be.
    key
        What the network was made from, by content. `load_network` asks for it.
    """
    head = {
        "version": VERSION,
        "key": key,
        "crs": network.crs.to_wkt(),
        "mode": network.mode.model_dump_json(),
        "notices": [asdict(one) for one in notices],
    }
    arrays: dict[str, Any] = {name: getattr(network, name) for name in _ARRAYS}
    arrays |= {f"links_{name}": value for name, value in network.links._asdict().items()}
    arrays |= {"edge_id_text": network.edge_id.text, "edge_id_ends": network.edge_id.ends}
    arrays["head"] = np.frombuffer(json.dumps(head).encode(), np.uint8)
    with written_beside(path) as file:
        np.savez(file, **arrays)


def load_network(path: Path, *, key: str) -> tuple[Network, tuple[Notice, ...]] | None:
    """Read a network with its notices, or return None where there is none that can be used.

    A file that is missing, damaged (its checksums are verified), of another version or made from
    something else is as good as none: the network is then built anew.

    Parameters
    ----------
    path
        File written by `save_network`.
    key
        What the network must have been made from.
    """
    try:
        with path.open("rb") as raw, np.load(raw) as file:
            head = json.loads(file["head"].tobytes())
            if (head["version"], head["key"]) != (VERSION, key):
                return None
            links = Links(*(file[f"links_{name}"] for name in Links._fields))
            network = Network(
                crs=CRS.from_wkt(head["crs"]),
                mode=Mode.model_validate_json(head["mode"]),
                links=links,
                edge_id=Texts(file["edge_id_text"], file["edge_id_ends"]),
                **{name: file[name] for name in _ARRAYS},
            )
            return network, tuple(restored(one) for one in head["notices"])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def restored(told: dict[str, Any]) -> Notice:
    """Return a notice from its values, as `dataclasses.asdict` gives them."""
    text, ids = Text(**told.pop("message")), tuple(told.pop("sample_ids"))
    return Notice(message=text, sample_ids=ids, **told)
