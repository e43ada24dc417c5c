"""Places that were put on streets before, found again by the content of all that it depends on.

Several services, states of a comparison and assumptions put the same people on the same streets,
and so does the next run. Large sets of places are kept in files, where they fill no memory.
"""

import hashlib
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from urbangis.network.files import written_beside
from urbangis.network.segments import Nearest

VERSION = 1
"""Of the layout of the files; one of another version is not read."""

LARGE = 50_000
"""Places; fewer are held in memory."""

_MOST_HELD = 4
_MOST_FILES = 4


class Placed:
    """Where sets of places lie on streets.

    Parameters
    ----------
    folder
        Where files are kept; None to hold large sets in memory too.
    name
        What files are called, before a number of their own.
    made_by
        What else the sets depend on, such as the program.
    """

    def __init__(
        self, folder: Path | None = None, *, name: str = "streets", made_by: str = ""
    ) -> None:
        self._folder = folder
        self._name = name
        self._made_by = made_by
        self._held: dict[str, Nearest] = {}

    def find(self, key: str) -> Nearest | None:
        """Return a set that was kept; None if there is none, or its file is damaged."""
        found = self._held.pop(key, None)
        if found is not None:
            self._held[key] = found  # the last to be forgotten
            return found
        return None if self._folder is None else _loaded(self._path(key), self._head(key))

    def keep(self, key: str, found: Nearest) -> None:
        """Keep a set; the one that was not asked for the longest time is forgotten."""
        if self._folder is None or found.edge.size < LARGE:
            self._held[key] = found
            for old in list(self._held)[:-_MOST_HELD]:
                del self._held[old]
            return
        _save(self._path(key), self._head(key), found)
        files = sorted(self._folder.glob(f"{self._name}-at-*.npz"), key=_last_used)
        for file in files[:-_MOST_FILES]:
            file.unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return Path(self._folder or "") / f"{self._name}-at-{key[:12]}.npz"

    def _head(self, key: str) -> bytes:
        return f"{VERSION} {self._made_by} {key}".encode()


def content_key(*parts: Any) -> str:
    """Return a digest of arrays and numbers: of their types, shapes and bytes."""
    whole = hashlib.sha256()
    for part in parts:
        array = np.ascontiguousarray(part)
        whole.update(f"{array.dtype.str} {array.shape} ".encode())
        whole.update(array.data)
    return whole.hexdigest()


def _last_used(file: Path) -> float:
    return file.stat().st_mtime


def _save(path: Path, head: bytes, found: Nearest) -> None:
    arrays: dict[str, Any] = found._asdict()
    arrays |= {"passed": np.packbits(found.passed), "head": np.frombuffer(head, np.uint8)}
    with written_beside(path) as file:
        np.savez(file, **arrays)


def _loaded(path: Path, head: bytes) -> Nearest | None:
    """Read a file; its checksums are verified."""
    try:
        with path.open("rb") as raw, np.load(raw) as file:
            if file["head"].tobytes() != head:
                return None
            edge, fraction, offset_m = (file[name] for name in ("edge", "fraction", "offset_m"))
            passed = np.unpackbits(file["passed"], count=edge.size).view(np.bool_)
        path.touch()
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    return Nearest(edge, fraction, offset_m, passed)
