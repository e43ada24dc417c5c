"""Where the pages of a built site lead: an oracle that follows every link on the disk."""

import gzip
import json
import re
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

WRITTEN = re.compile(r'\s(?:href|src)="([^"]*)"')
DATA = re.compile(r'<script type="text/plain" id="page-data">([^<]*)</script>')


def dead_links(site: Path) -> list[str]:
    """Name every link of every page that leads to no file inside the site, or not to its place."""
    dead = []
    for page in sorted(site.rglob("*.html")):
        for link in links_of(page):
            address, _, place = link.partition("#")
            if link.startswith("data:"):
                continue
            target = (page.parent / unquote(address)).resolve() if address else page.resolve()
            inside = target.is_relative_to(site.resolve()) and "://" not in link
            found = inside and target.is_file()
            if found and place and "=" not in place:  # a place on the page, not a view of a map
                found = f'id="{place}"' in target.read_text(encoding="utf-8")
            if not found:
                dead.append(f"{page.relative_to(site)} -> {link}")
    return dead


def links_of(page: Path) -> Iterator[str]:
    """Yield the links of a page: those written in it and those in the data of its map."""
    html = page.read_text(encoding="utf-8")
    yield from WRITTEN.findall(html)
    for packed in DATA.findall(html):
        yield from (one["href"] for one in json.loads(gzip.decompress(b64decode(packed)))["links"])
