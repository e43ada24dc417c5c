"""Write text into HTML and data into scripts so that neither can become code.

Branca compiles what a map element renders a second time as a Jinja template. Data therefore
never goes through a template: it enters a page as a `Verbatim` element.
"""

import gzip
import json
from base64 import b64encode
from html import escape
from typing import Any

from branca.element import Element

from urbangis.notices import Language, Text

_UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
_BRACES = {"{{": "\\u007b{", "{%": "\\u007b%", "{#": "\\u007b#"}


class Verbatim(Element):
    """An element that renders as exactly the text it was given."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def render(self, **kwargs: Any) -> str:  # noqa: ARG002
        """Return the text; nothing is compiled."""
        return self.text


def data_script(element_id: str, value: Any) -> str:
    """Write ``value`` as JSON that a browser cannot take for code, nor Jinja for a template.

    Parameters
    ----------
    element_id
        Id of the script element: letters, digits, ``_`` and ``-``.
    value
        Dicts, lists, texts, finite numbers, booleans and None.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign, code in _UNSAFE.items():
        text = text.replace(sign, code)
    # "{" of JSON itself is always followed by a quote or "}", so only texts are touched; a brace
    # that is followed by another takes its escape before the next is looked at.
    while any(pair in text for pair in _BRACES):
        for pair, code in _BRACES.items():
            text = text.replace(pair, code)
    return f'<script type="application/json" id="{element_id}">{text}</script>'


def packed_script(element_id: str, value: Any) -> str:
    """Write ``value`` as gzipped JSON in base64: a sixth of the size, and no sign can be code.

    Parameters are those of `data_script`. The browser unpacks it at once, before the page is shown.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    packed = b64encode(gzip.compress(text.encode(), 9, mtime=0)).decode()
    return f'<script type="text/plain" id="{element_id}">{packed}</script>'


def tag(name: str, *children: str, **attributes: str | None) -> str:
    """Write an element. Children are HTML already; attribute values are escaped here.

    An attribute ``class_`` or ``data_sort`` is written ``class`` or ``data-sort``; one that is
    None is left out.
    """
    pairs = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{pairs}>{''.join(children)}</{name}>"


def both(text: Text, languages: tuple[Language, ...] = ("zh", "en")) -> str:
    """Write a text in each language; the style sheet shows the one that is chosen."""
    if len(languages) == 1 or text.zh == text.en:
        return escape(text.to(languages[0]))
    return "".join(tag("span", escape(text.to(language)), lang=language) for language in languages)
