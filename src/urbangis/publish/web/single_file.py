"""One page as one file to mail: its scripts, style sheets and small tables stand inside it."""

import gzip
import json
import posixpath
import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from html import escape, unescape
from typing import Any

from urbangis.publish.markup import packed_script
from urbangis.publish.web.security import allowed_images, with_policy, without_policy

MOST_BYTES = 262_144
"""A table to download that is larger than this is left out of a single file."""

Read = Callable[[str], bytes]
"""Returns a file by the address, relative to the page, under which the page knows it."""

_KINDS = {".csv": "text/csv;charset=utf-8", ".png": "image/png"}
_STYLE = re.compile(r'<link rel="stylesheet" href="([^"]+)">')
_SCRIPT = re.compile(r'<script src="([^"]+)"></script>')
_URL = re.compile(r"url\((images/[^)]+)\)")
_PAGE_DATA = re.compile(r'<script type="text/plain" id="page-data">([^<]*)</script>')
_ANCHOR = re.compile(r'(<a\b[^>]*?) href="([^"]*)"')


def self_contained(html: str, read: Read) -> str:
    """Put everything that a page loads into the page itself.

    Links to other pages are left out, or stay as text where they are part of one: the pages are not
    there. Tables (CSV) of up to `MOST_BYTES` are taken along; larger ones, and layers, are left
    out like pages.

    Parameters
    ----------
    html
        A page as `urbangis.publish.web.page.page_html` writes it.
    read
        Gives the files beside it.
    """
    images = allowed_images(html)
    html = without_policy(html)
    html = _PAGE_DATA.sub(lambda found: _alone(found[1], read, online=bool(images)), html)
    html = _ANCHOR.sub(lambda found: found[1] + _ended(unescape(found[2]), read), html)
    html = _STYLE.sub(lambda found: _style(unescape(found[1]), read), html)
    html = _SCRIPT.sub(lambda found: _script(unescape(found[1]), read), html)
    return with_policy(html, beside=False, images=images)


def _style(address: str, read: Read) -> str:
    folder = posixpath.dirname(address)
    text = _URL.sub(
        lambda found: f"url({_data(posixpath.join(folder, found[1]), read)})",
        _text(address, read),
    )
    return f"<style>\n{text}</style>"


def _script(address: str, read: Read) -> str:
    text = _text(address, read).replace("</script", "<\\/script")
    return f"<script>\n{text}</script>"


def _text(address: str, read: Read) -> str:
    """Return a file as a browser sees it inside a page, so that its hash is the one it finds."""
    return read(address).decode("utf-8").replace("\r\n", "\n")


def _alone(packed: str, read: Read, *, online: bool) -> str:
    """Keep, of the data of a map page, what works alone: tables taken along, tiles of a server."""
    page: dict[str, Any] = json.loads(gzip.decompress(b64decode(packed)))
    kept = ((link, _table(link["href"], read)) for link in page["links"])
    page["links"] = [
        link | {"href": data, "download": posixpath.basename(link["href"])}
        for link, data in kept
        if data is not None
    ]
    if not online:
        page["basemap"] = None  # its tiles, if any, stay in the site's folder
    return packed_script("page-data", page)


def _ended(address: str, read: Read) -> str:
    """Return what a link written in HTML becomes: a place on the page, a table, or mere text."""
    if address.startswith("#"):
        return f' href="{escape(address)}"'
    data = _table(address, read)
    if data is None:
        return ""
    return f' href="{data}" download="{escape(posixpath.basename(address))}"'


def _table(address: str, read: Read) -> str | None:
    """Return a table to download as an address that holds it; None for anything else."""
    if not address.endswith(".csv"):
        return None
    content = read(address)
    return _data(address, lambda _: content) if len(content) <= MOST_BYTES else None


def _data(address: str, read: Read) -> str:
    kind = _KINDS[posixpath.splitext(address)[1]]
    return f"data:{kind};base64,{b64encode(read(address)).decode()}"
