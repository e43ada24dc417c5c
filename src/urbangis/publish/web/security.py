"""The content security policy of a page: it runs and shows what it was written with, no more.

The policy stands in the page itself, so that it holds from a disk and on any server. It names the
scripts and style sheets inside the page by their hash; a script that some text smuggled in has none
that it names, and a browser refuses it.
"""

import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from hashlib import sha256
from html import escape

_INLINE = re.compile(r"<(script|style)((?:\s[^>]*)?)>(.*?)</\1>", re.DOTALL)
_DATA = ('type="application/json"', 'type="text/plain"')
_META = '<meta http-equiv="Content-Security-Policy" content="'
_HEAD = '<meta charset="utf-8">\n'


def with_policy(html: str, *, beside: bool = True, images: Sequence[str] = ()) -> str:
    """Write the strictest policy that a finished page works under into its head.

    Parameters
    ----------
    html
        A page that begins its head with the character set; nothing of it is changed afterwards.
    beside
        Whether it loads scripts, style sheets and pictures from its own place.
    images
        Addresses that its pictures may come from besides: ``https://host``.
    """
    own = ["'self'"] if beside else []
    rules = {
        "default-src": ["'none'"],
        "script-src": [*own, *_hashes(html, "script")],
        "style-src": [*own, *_hashes(html, "style")],
        # Widths of bars and colours of samples: nothing that could load or run.
        "style-src-attr": ["'unsafe-inline'"],
        "img-src": [*own, "data:", *images],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
    }
    policy = "; ".join(f"{name} {' '.join(sources)}" for name, sources in rules.items())
    meta = f'{_META}{escape(policy, quote=False)}">\n'
    head, charset, rest = html.partition(_HEAD)
    return f"{head}{charset}{meta}{rest}"


def allowed_images(html: str) -> list[str]:
    """Return the addresses, other than its own, that a page's pictures may come from."""
    policy = html.partition(_META)[2].partition('"')[0]
    sources = next(rule for rule in policy.split("; ") if rule.startswith("img-src "))
    return [source for source in sources.split()[1:] if "://" in source]


def without_policy(html: str) -> str:
    """Return a page as it was before `with_policy`."""
    before, _, rest = html.partition(_META)
    return before + rest.partition("\n")[2]


def _hashes(html: str, kind: str) -> Iterator[str]:
    """Yield the hash of each script, or style sheet, that stands in the page, once."""
    found = (
        content
        for name, attributes, content in _INLINE.findall(html)
        if name == kind and " src=" not in attributes and not any(d in attributes for d in _DATA)
    )
    for content in dict.fromkeys(found):
        yield f"'sha256-{b64encode(sha256(content.encode()).digest()).decode()}'"
