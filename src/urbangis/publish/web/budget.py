"""How heavy a page is, by layer; a page that nobody could open is refused."""

import re
import warnings
from dataclasses import dataclass

from urbangis.errors import UrbangisError

WARN_BYTES = 3_000_000
MOST_BYTES = 20_000_000

_DATA = re.compile(r'<script type="(?:text/plain|application/json)" id="([\w-]+)">([^<]*)</script>')


class LargePageWarning(UserWarning):
    """A page is larger than a reader on a slow line will wait for."""


class PageTooLargeError(UrbangisError):
    """A page is too large to publish."""


@dataclass(frozen=True)
class PageSize:
    """The size of a page and of its parts.

    Parameters
    ----------
    total
        Bytes of the file.
    parts
        Name and bytes of each set of data in it, largest first.
    """

    total: int
    parts: tuple[tuple[str, int], ...]

    def __str__(self) -> str:
        lines = [f"{size / 1e6:8.2f} MB  {name}" for name, size in self.parts if size >= 1_000]
        return "\n".join([f"{self.total / 1e6:8.2f} MB  in all", *lines])


def weigh(html: str, names: dict[str, str] | None = None) -> PageSize:
    """Return the size of a page written as HTML.

    Parameters
    ----------
    names
        What the ids of its sets of data stand for.
    """
    known = names or {}
    parts = [(known.get(name, name), len(text.encode())) for name, text in _DATA.findall(html)]
    parts.sort(key=lambda part: (-part[1], part[0]))
    return PageSize(len(html.encode()), tuple(parts))


def check_budget(size: PageSize, page: str) -> None:
    """Warn of a page above 3 MB, and refuse one above 20 MB.

    Raises
    ------
    PageTooLargeError
        With the size of each layer, and what to do.
    """
    remedy = "Show fewer layers on it, or publish parts of the study on pages of their own."
    if size.total > MOST_BYTES:
        raise PageTooLargeError(f"{page} is larger than {MOST_BYTES / 1e6:g} MB. {remedy}\n{size}")
    if size.total > WARN_BYTES:
        warnings.warn(
            f"{page} is larger than {WARN_BYTES / 1e6:g} MB. {remedy}\n{size}",
            LargePageWarning,
            stacklevel=3,
        )
