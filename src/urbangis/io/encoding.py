"""Which encoding a text is in, told by strict decoding: text that fits nothing is an error.

GDAL reads a Shapefile without ``.cpg`` as ISO-8859-1, in which every byte means something, so that
Chinese names turn into ``ÄÏ¾©`` without a word. Here bytes are decoded strictly or not at all.
"""

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from urbangis.errors import ReadError
from urbangis.notices import Notice, Text

_CHINESE = "gb18030"
# What tools write that do not know better. Almost any bytes fit them, so they are believed last.
_WEAK = frozenset({"cp1252", "iso8859-1", "ascii"})
_ABOVE_ASCII = re.compile(rb"[\x80-\xff]+")
# Subsets of GB18030, which tools write for it.
_SUBSETS = frozenset({"gbk", "gb2312"})


@dataclass(frozen=True)
class Bytes:
    """A text as stored. ``cut`` if it fills its field: its last character may be incomplete."""

    text: bytes
    cut: bool = False

    def decode(self, encoding: str) -> str:
        """Decode strictly, leaving out an incomplete last character of a text that was cut."""
        return codecs.getincrementaldecoder(encoding)("strict").decode(
            self.text, final=not self.cut
        )

    def fits(self, encoding: str) -> bool:
        """Whether the text can be decoded."""
        try:
            self.decode(encoding)
        except UnicodeDecodeError:
            return False
        return True


def codec(label: str | None) -> str | None:
    """Return Python's name for an encoding label such as ``"GBK"``, ``"936"``, ``"ANSI 1252"``.

    None if the label is empty or unknown.
    """
    name = (label or "").strip().lower().removeprefix("ansi").strip(" _")
    if name.isdigit():
        name = f"iso8859-{name[4:]}" if name.startswith("8859") else f"cp{name}"
    name = {"cp65001": "utf-8", "cp936": "gbk", "system": ""}.get(name, name)
    try:
        found = codecs.lookup(name).name
    except LookupError:
        return None
    return _CHINESE if found in _SUBSETS else found


def choose_encoding(
    texts: Iterable[Bytes], *, required: str | None, stated: str | None, file: Path
) -> tuple[str, tuple[Notice, ...]]:
    """Find the encoding in which all texts decode.

    Parameters
    ----------
    texts
        The texts of one file.
    required
        What the user says; nothing else is tried.
    stated
        What the file says of itself, or is by its format; tried, but not trusted.
    file
        For errors.

    Returns
    -------
    tuple[str, tuple[Notice, ...]]
        Python's name of the encoding, and a notice where it is not the one stated.

    Raises
    ------
    ReadError
        If the texts do not decode in ``required``, or in anything that is likely.
    """
    spoken = [text for text in texts if not text.text.isascii()]
    if required is not None:
        return _required(spoken, required, file), ()
    told = codec(stated)
    if not spoken:
        return told or "utf-8", ()
    for encoding in _candidates(spoken, told):
        if all(text.fits(encoding) for text in spoken):
            return encoding, () if encoding == told else (_notice_guessed(encoding, stated),)
    raise ReadError(
        "is written in an encoding that cannot be told",
        file=file,
        remedy='State it in the study file, as encoding = "GB18030", or save the file as UTF-8.',
    )


def _required(spoken: list[Bytes], required: str, file: Path) -> str:
    encoding = codec(required)
    if encoding is None:
        raise ReadError(
            f'"{required}" is no known text encoding',
            file=file,
            remedy='Write encoding = "UTF-8" or encoding = "GB18030".',
        )
    if not all(text.fits(encoding) for text in spoken):
        raise ReadError(
            f"is not written in {required}, as the study file says",
            file=file,
            remedy='Correct "encoding", or leave it out.',
        )
    return encoding


def _candidates(spoken: list[Bytes], told: str | None) -> list[str]:
    """Return encodings to try, the surest first.

    Text of another encoding hardly ever is valid UTF-8, so UTF-8 comes first whatever is told.
    """
    chinese = [_CHINESE] if told == _CHINESE or _looks_chinese(spoken) else []
    if told is None:
        return ["utf-8", *chinese]
    if told not in _WEAK:
        return ["utf-8", told, *chinese]
    return ["utf-8", *chinese, *([told] if _looks_latin(spoken) else [])]


def _looks_chinese(spoken: list[Bytes]) -> bool:
    """Whether most characters, read as GB18030, are among the frequent ones of GB 2312.

    Nearly all pairs of bytes mean something in GB18030, accented Latin letters too, but then they
    give rare characters: the frequent ones and the punctuation have lead bytes A1-A9 and B0-D7
    and trail bytes from A1.
    """
    frequent = total = 0
    for text in spoken:
        try:
            decoded = text.decode(_CHINESE)
        except UnicodeDecodeError:
            return False
        for char in decoded:
            if not char.isascii():
                code = char.encode(_CHINESE)
                total += 1
                frequent += len(code) == 2 and _is_frequent(code[0], code[1])
    return 2 * frequent >= total


def _looks_latin(spoken: list[Bytes]) -> bool:
    """Whether most bytes above ASCII stand alone or in pairs, as accented letters do in words."""
    runs = [len(run) for text in spoken for run in _ABOVE_ASCII.findall(text.text)]
    return 2 * sum(length for length in runs if length <= 2) >= sum(runs)


def _is_frequent(lead: int, trail: int) -> bool:
    return trail >= 0xA1 and (0xA1 <= lead <= 0xA9 or 0xB0 <= lead <= 0xD7)


def _notice_guessed(encoding: str, stated: str | None) -> Notice:
    name = encoding.upper()
    if stated:
        zh = f"文件注明的文字编码 {stated} 与内容不符，已按 {name} 读取"
        en = f"the file says that its text is {stated}, but it is not; it was read as {name}"
    else:
        zh = f"文件未注明文字编码，已按 {name} 读取"
        en = f"the file does not say how its text is encoded; it was read as {name}"
    return Notice("encoding-guessed", "info", 1, Text(zh=zh, en=en))
