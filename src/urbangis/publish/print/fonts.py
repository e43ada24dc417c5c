"""Fonts that have every character of a map; a character that none has is an error, never a box."""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from matplotlib import font_manager

from urbangis.errors import InputError
from urbangis.publish.plain import legible

CHINESE = (
    "Microsoft YaHei", "SimHei", "DengXian", "PingFang SC", "Hiragino Sans GB", "Heiti SC",
    "Source Han Sans SC", "Source Han Sans CN", "Noto Sans SC", "Noto Sans CJK SC",
    "HarmonyOS Sans SC", "MiSans", "Sarasa Gothic SC", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei",
)  # fmt: skip
"""Sans-serif families with the shapes of mainland China, the commonest first."""

LAST = "DejaVu Sans"
"""Comes with Matplotlib, and has signs that Chinese families lack."""

_LETTERS = ("L", "N", "P", "M", "Sm", "Sc", "Z")


class FontError(InputError):
    """No installed font has a character that a map or a chart must show."""


def printable(text: str) -> str:
    """Return a text as ink can show it: `legible`, and without spaces at its ends or in rows."""
    return re.sub(" +", " ", legible(text)).strip(" ")


def font_families(texts: Iterable[str], *, font: Path | None = None) -> tuple[str, ...]:
    """Return installed families that have every letter of the texts, the one to prefer first.

    Parameters
    ----------
    texts
        What will be written, already `printable`.
    font
        File of a font to prefer.

    Raises
    ------
    FontError
        If no installed font has one of the letters, digits or punctuation marks; or ``font`` is
        no font. Pictographs are no letters: see `without_pictures`.
    """
    wanted = {sign for text in texts for sign in text if _is_letter(sign)}
    families = [*_own(font), *_installed(CHINESE), LAST]
    missing = wanted
    chosen: list[str] = []
    for family in [*families, *_installed(None)]:
        found = {sign for sign in missing if has_glyph(family, sign)}
        if found or (not chosen and family == families[0]):
            chosen.append(family)
            missing = missing - found
        if not missing:
            break
    if missing:
        raise _no_glyphs(missing)
    return (*chosen, *([LAST] if LAST not in chosen else []))


def without_pictures(text: str, families: Iterable[str]) -> str:
    """Write each pictograph that no family has by its code: ``[U+1F3E5]``."""
    names = tuple(families)
    return "".join(
        sign if _is_letter(sign) or any(has_glyph(name, sign) for name in names)
        else f"[U+{ord(sign):04X}]"
        for sign in text
    )  # fmt: skip


@cache
def has_glyph(family: str, sign: str) -> bool:
    """Whether a family draws a character."""
    path = font_manager.findfont(font_manager.FontProperties(family=[family]))
    return bool(font_manager.get_font(path).get_char_index(ord(sign)))


def _is_letter(sign: str) -> bool:
    return unicodedata.category(sign).startswith(_LETTERS)


def _installed(names: Iterable[str] | None) -> list[str]:
    """Return the families of the system: those of the names in their order, or all by name."""
    there = {entry.name for entry in font_manager.fontManager.ttflist if _is_outline(entry.fname)}
    return sorted(there) if names is None else [name for name in names if name in there]


def _is_outline(file: str) -> bool:
    """Whether Matplotlib can draw a font; one of coloured bitmaps it cannot."""
    return "Emoji" not in Path(file).name


def _own(font: Path | None) -> list[str]:
    if font is None:
        return []
    try:
        font_manager.fontManager.addfont(font)
        return [font_manager.FontProperties(fname=font).get_name()]
    except (OSError, RuntimeError) as error:
        raise FontError(
            "is no font that can be read", file=font, remedy="Name a .ttf, .otf or .ttc file."
        ) from error


def _no_glyphs(missing: set[str]) -> FontError:
    signs = sorted(missing)
    shown = ", ".join(f"{sign} (U+{ord(sign):04X})" for sign in signs[:10])
    more = f" and {len(signs) - 10} more" if len(signs) > 10 else ""
    return FontError(
        f"no installed font has {shown}{more}",
        remedy="Install a Chinese font (Debian, Ubuntu: apt install fonts-noto-cjk; Fedora: dnf "
        "install google-noto-sans-cjk-fonts; Windows and macOS have one), or name the file of "
        'one in the study file: [print] font = "fonts/SourceHanSansSC-Regular.otf".',
    )
