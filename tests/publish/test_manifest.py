"""The third-party files are those of the manifest, all of them and no others."""

import hashlib
import tomllib
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import folium
import pytest

ASSETS = Path(str(files("urbangis.publish"))) / "assets"


def packages() -> list[dict]:
    return tomllib.loads((ASSETS / "manifest.toml").read_text(encoding="utf-8"))["package"]


def test_every_package_has_a_licence_text_among_its_files() -> None:
    for package in packages():
        assert package["licence"]
        assert package["licence_file"] in package["files"]


def test_vendor_holds_the_files_of_the_manifest_and_nothing_else() -> None:
    if not (ASSETS / "vendor").is_dir():
        pytest.skip("vendor/ is filled by `pip install -e .`")
    expected = {
        f"{package['name']}/{file}": sha256
        for package in packages()
        for file, sha256 in package["files"].items()
    }
    found = {
        path.relative_to(ASSETS / "vendor").as_posix(): hashlib.sha256(
            path.read_bytes()
        ).hexdigest()
        for path in (ASSETS / "vendor").rglob("*")
        if path.is_file()
    }
    assert found == expected


def test_leaflet_is_the_version_that_folium_is_made_for() -> None:
    wanted = next(url for name, url in folium.Map.default_js if name == "leaflet")
    leaflet = next(package for package in packages() if package["name"] == "leaflet")
    assert f"leaflet@{leaflet['version']}/" in wanted, f"folium {version('folium')} loads {wanted}"


def test_the_manifest_names_no_host() -> None:
    assert "://" not in (ASSETS / "manifest.toml").read_text(encoding="utf-8")
