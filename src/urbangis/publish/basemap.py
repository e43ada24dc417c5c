"""The map under the map: tiles from the study's own folder, or from a server that it names."""

import os
import shutil
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import xyzservices.providers

from urbangis.errors import StudyError
from urbangis.notices import Notice, Text
from urbangis.publish.wording import same
from urbangis.study import FILE_NAME, BasemapSpec, Study
from urbangis.study.basemap import check_datum

TIANDITU = (
    "https://t{s}.tianditu.gov.cn/{layer}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0"
    "&LAYER={layer}&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles"
    "&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk={key}"
)
"""Address of Tianditu's tiles in Web Mercator; ``{layer}`` is one of those below."""

_TIANDITU_LAYERS = {
    "vector": ("vec", "cva"), "imagery": ("img", "cia"), "terrain": ("ter", "cta"),
}  # fmt: skip
_TIANDITU_CREDIT = Text(
    zh="底图：天地图（国家地理信息公共服务平台）", en="Basemap: Tianditu (MNR of China)"
)


@dataclass(frozen=True)
class Basemap:
    """Tiles under the layers of a page.

    Parameters
    ----------
    layers
        Addresses of tiles with ``{z}``, ``{x}``, ``{y}``, the lowest first; those without a host
        are relative to the assets folder.
    credit
        Whose they are.
    hosts
        Where they come from: ``https://host``; none if from the folder of the site.
    notices
        What a reader must know of them.
    """

    layers: tuple[str, ...]
    credit: Text
    subdomains: str
    max_zoom: int
    hosts: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()

    def told(self, assets: str) -> dict[str, Any]:
        """Return it as the browser takes it; ``assets`` is where a page finds the assets."""
        layers = [one if self.hosts else f"{assets}/{one}" for one in self.layers]
        return {"layers": layers, "subdomains": self.subdomains, "maxZoom": self.max_zoom}


def basemap_of(study: Study) -> Basemap | None:
    """Return the basemap of a study; None if it asks for none.

    Raises
    ------
    StudyError
        If the key is not in the environment, or no tiles have the name or lie in the folder.
    """
    spec = study.spec.basemap
    if spec is None:
        return None
    file = study.root / FILE_NAME
    if spec.tiles is not None:
        deepest = _deepest(study.root / spec.tiles)
        layer = f"{_folder(study)}/{{z}}/{{x}}/{{y}}.png"
        return Basemap((layer,), _credit(spec), "a", min(spec.max_zoom, deepest))
    if spec.tianditu is not None:
        key = _key(spec, file)
        urls = [TIANDITU.replace("{layer}", one) for one in _TIANDITU_LAYERS[spec.tianditu]]
        credit = _credit(spec) if spec.attribution else _TIANDITU_CREDIT
        return _remote([url.replace("{key}", key) for url in urls], spec, credit, "01234567")
    if spec.name is not None:
        provider = _provider(spec.name, file)
        url = provider.build_url(x="{x}", y="{y}", z="{z}", fill_subdomain=False)
        try:
            check_datum(url, spec.datum)
        except ValueError as error:
            raise StudyError(str(error), file=file, remedy="Correct [basemap].") from error
        credit = _credit(spec) if spec.attribution else same(provider["attribution"])
        return _remote([url], spec, credit, str(provider.get("subdomains", spec.subdomains)))
    url = str(spec.url)
    key = _key(spec, file) if "{key}" in url else ""
    return _remote([url.replace("{key}", key)], spec, _credit(spec), spec.subdomains)


def write_tiles(study: Study, assets: Path) -> None:
    """Copy the tiles of a study's own folder, if it names one, beside the scripts of its pages."""
    spec = study.spec.basemap
    if spec is not None and spec.tiles is not None:
        folder = study.root / spec.tiles
        for tile in sorted(folder.glob("*/*/*.png")):
            target = assets / _folder(study) / tile.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(tile, target)


def _remote(urls: list[str], spec: BasemapSpec, credit: Text, subdomains: str) -> Basemap:
    parts = [urlsplit(url.replace("{s}", sign)) for url in urls for sign in subdomains]
    hosts = tuple(dict.fromkeys(f"{part.scheme}://{part.netloc}" for part in parts))
    notices = [
        Notice(
            "basemap_online", "info", 1,
            Text(
                zh=f"底图由 {parts[0].hostname} 等在线提供，联网时才显示；该网站可知道谁在看哪一片",
                en=f"The basemap comes from {parts[0].hostname} and shows only when online; "
                "its owner can tell who looks where",
            ),
        )
    ]  # fmt: skip
    if spec.tianditu is not None or "{key}" in (spec.url or ""):
        notices.append(
            Notice(
                "basemap_key", "warning", 1,
                Text(
                    zh="底图密钥写在网页里，看到网页的人都能读到；公开发布前请在密钥管理处限定域名",
                    en="The key of the basemap stands in the page, where every reader can find it; "
                    "bind it to your own domain before publishing",
                ),
            )
        )  # fmt: skip
    if spec.datum == "gcj02":
        notices.append(
            Notice(
                "basemap_shifted", "warning", 1,
                Text(
                    zh="底图为GCJ-02坐标，与图上数据错开数百米，不能用来核对位置",
                    en="The basemap is in GCJ-02, some hundred metres off the data: "
                    "not for checking places",
                ),
            )
        )  # fmt: skip
    return Basemap(tuple(urls), credit, subdomains, spec.max_zoom, hosts, tuple(notices))


def _credit(spec: BasemapSpec) -> Text:
    whose = spec.attribution or same("")
    return Text(zh=f"底图：{whose.zh}", en=f"Basemap: {whose.en}")


def _key(spec: BasemapSpec, file: Path) -> str:
    key = os.environ.get(spec.key_env, "")
    if not key:
        raise StudyError(
            f"the basemap needs a key, and the environment variable {spec.key_env} is not set",
            file=file,
            remedy=f"Set {spec.key_env}, or leave [basemap] out.",
        )
    return quote(key, safe="")


def _provider(name: str, file: Path) -> xyzservices.TileProvider:
    try:
        provider = xyzservices.providers.query_name(name)
    except ValueError as error:
        raise StudyError(
            f'there are no tiles named "{name}"',
            file=file,
            remedy='Name tiles of xyzservices, such as "Esri.WorldTopoMap", or give url.',
        ) from error
    if provider.requires_token():
        raise StudyError(
            f'tiles named "{name}" need a key',
            file=file,
            remedy="Give their address as url, with {key}, and the key in key_env.",
        )
    return provider


def _deepest(folder: Path) -> int:
    zooms = [
        int(place.name)
        for place in folder.glob("*")
        if place.name.isdigit() and any(place.glob("*/*.png"))
    ]
    if not zooms:
        raise StudyError(
            "holds no tiles z/x/y.png",
            file=folder,
            remedy="Unpack the tiles there, or leave [basemap] out.",
        )
    return max(zooms)


def _folder(study: Study) -> str:
    """Name the folder of a study's tiles among the assets, which its parts share."""
    return f"tiles-{sha256(study.name.zh.encode()).hexdigest()[:8]}"
