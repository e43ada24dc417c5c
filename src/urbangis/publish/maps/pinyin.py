"""Chinese names spelt in Latin letters, so that they are found on any keyboard."""

import re
from collections.abc import Iterable

from pypinyin import Style, lazy_pinyin

_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")
_LETTERS = re.compile(r"[^a-z0-9]")
_LONGEST = 40


def search_keys(names: Iterable[object]) -> list[str]:
    """Return the pinyin of each name, whole and by initials: ``"nanjingshi njs"``.

    A name without Chinese signs has none. Signs read in several ways are read as the words around
    them ask, so 重庆 is found as chongqing. Of very long names the beginning is spelt.
    """
    return [_key(str(name)) if name is not None else "" for name in names]


def _key(name: str) -> str:
    if not _HAN.search(name):
        return ""
    syllables = lazy_pinyin(name[:_LONGEST], style=Style.NORMAL, errors="ignore", v_to_u=False)
    letters = [_LETTERS.sub("", syllable.lower()) for syllable in syllables]
    whole = "".join(letters)
    return f"{whole} {''.join(one[:1] for one in letters)}" if whole else ""
