"""What a reader of a figure must know, counted and named."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

Language = Literal["zh", "en"]


@dataclass(frozen=True)
class Text:
    """A text for readers, in Chinese and in English."""

    zh: str
    en: str

    def __str__(self) -> str:
        return self.en

    def to(self, language: Language) -> str:
        """Return the text in ``"zh"`` or ``"en"``."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True)
class Notice:
    """Something that happened to the data and changes how a figure must be read.

    Parameters
    ----------
    code
        Stable name, kebab-case: ``"geometry-repaired"``.
    severity
        ``"info"`` for the record, ``"warning"`` where a figure may mislead without it.
    count
        Number of rows, people or places concerned.
    message
        One sentence for the reader, with its numbers.
    sample_ids
        Up to ten of the ids concerned.
    layer
        Layer that it happened in, if one.
    """

    code: str
    severity: Literal["info", "warning"]
    count: int
    message: Text
    sample_ids: tuple[str, ...] = field(default=())
    layer: str | None = None


def notice(
    code: str,
    ids: Iterable[object],
    message: Text,
    *,
    severity: Literal["info", "warning"] = "info",
    layer: str | None = None,
) -> tuple[Notice, ...]:
    """Make a notice about the rows of ``ids``; none at all where there are no such rows."""
    concerned = [str(one) for one in ids]
    if not concerned:
        return ()
    return (Notice(code, severity, len(concerned), message, tuple(concerned[:10]), layer),)
