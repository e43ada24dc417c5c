"""The map under the map, as a study file asks for it."""

import re
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from urbangis.catalog import Spec
from urbangis.notices import Text

_GCJ02 = ("autonavi.com", "amap.com", "gtimg.com", "map.qq.com", "google.cn")
_OTHER_GRID = ("bdimg.com", "baidu.com")
_URL = re.compile(r"https?://[a-z0-9.{}-]+(?::\d+)?/[^\s\"'<>\\;]*", re.IGNORECASE)


class BasemapSpec(Spec):
    """Tiles under a study's own layers; without it there are none.

    Parameters
    ----------
    tianditu
        Maps of Tianditu: ``"vector"``, ``"imagery"`` or ``"terrain"``, with their labels.
    name
        Tiles by their name in xyzservices, such as ``"Esri.WorldTopoMap"``.
    url
        Address of tiles, with ``{z}``, ``{x}`` and ``{y}``, and where needed ``{s}`` and ``{key}``.
    tiles
        Folder ``z/x/y.png`` beside the study file; it is copied into the site.
    key_env
        Environment variable that holds the key of ``tianditu`` or ``url``. The key can be read in
        every page.
    attribution
        Whose tiles they are; required for ``url`` and ``tiles``.
    subdomains
        Signs that ``{s}`` stands for.
    max_zoom
        Deepest zoom that has tiles.
    datum
        ``"gcj02"`` to use tiles that are shifted by some hundred metres all the same.
    """

    tianditu: Literal["vector", "imagery", "terrain"] | None = None
    name: str | None = None
    url: str | None = None
    tiles: Path | None = None
    key_env: str = "TIANDITU_KEY"
    attribution: Text | None = None
    subdomains: str = Field(default="abc", pattern=r"^[A-Za-z0-9]+$")
    max_zoom: int = Field(default=18, ge=1, le=22)
    datum: Literal["wgs84", "gcj02"] = "wgs84"

    @model_validator(mode="after")
    def _has_one_origin(self) -> Self:
        given = [one for one in ("tianditu", "name", "url", "tiles") if getattr(self, one)]
        if len(given) != 1:
            raise ValueError("basemap needs one of tianditu, name, url and tiles")
        if (self.url or self.tiles) and self.attribution is None:
            raise ValueError("basemap must say whose tiles they are: attribution")
        if self.url is not None:
            if not _URL.fullmatch(self.url):
                raise ValueError("basemap.url must be an address that begins with https://")
            if not all(part in self.url for part in ("{z}", "{x}", "{y}")):
                raise ValueError("basemap.url must hold {z}, {x} and {y}")
            check_datum(self.url, self.datum)
        return self


def check_datum(url: str, datum: str) -> None:
    """Refuse tiles of hosts that are known to be shifted, unless that is asked for.

    Raises
    ------
    ValueError
        If the tiles are in GCJ-02 and the study does not say so, or follow another tile grid.
    """
    host = (urlsplit(url).hostname or "").lower()
    if _belongs(host, _OTHER_GRID):
        raise ValueError(f"tiles of {host} are in BD-09 on a grid of their own and cannot be used")
    if _belongs(host, _GCJ02) and datum != "gcj02":
        raise ValueError(
            f"tiles of {host} are in GCJ-02, some hundred metres off; "
            'datum = "gcj02" uses them all the same'
        )


def _belongs(host: str, owners: tuple[str, ...]) -> bool:
    return any(host == owner or host.endswith(f".{owner}") for owner in owners)
