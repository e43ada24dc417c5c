"""Text decodes strictly or not at all."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from urbangis.errors import ReadError
from urbangis.io.encoding import Bytes, choose_encoding, codec

FILE = Path("a.dbf")
# A page of ordinary words, and names whose characters are rare.
TOWNS = ["鼓楼区社区卫生服务中心", "邗江区", "盱眙县马坝镇", "溧水区永阳街道"]


def chosen(
    texts: list[bytes], *, required: str | None = None, stated: str | None = None
) -> tuple[str, list[str]]:
    encoding, notices = choose_encoding(
        [Bytes(text) for text in texts], required=required, stated=stated, file=FILE
    )
    return encoding, [notice.code for notice in notices]


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("UTF-8", "utf-8"),
        ("utf8\n", "utf-8"),
        ("65001", "utf-8"),
        ("GBK", "gb18030"),
        ("GB2312", "gb18030"),
        ("936", "gb18030"),
        ("CP936", "gb18030"),
        ("ANSI 936", "gb18030"),
        ("ANSI_936", "gb18030"),
        ("88591", "iso8859-1"),
        ("ANSI 1252", "cp1252"),
        ("Big5", "big5"),
        ("system", None),
        ("no such", None),
        ("", None),
        (None, None),
    ],
)
def test_labels(label: str | None, name: str | None) -> None:
    assert codec(label) == name


@pytest.mark.parametrize("stated", [None, "UTF-8", "ISO-8859-1", "GBK", "ANSI 1252", "nonsense"])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_chinese_is_found_whatever_the_file_says(encoding: str, stated: str | None) -> None:
    texts = [town.encode(encoding) for town in TOWNS]
    right = codec(stated) == encoding
    assert chosen(texts, stated=stated) == (encoding, [] if right else ["encoding-guessed"])


def test_ascii_needs_no_guess() -> None:
    assert chosen([b"abc"]) == ("utf-8", [])


def test_latin_letters_do_not_become_chinese() -> None:
    # E9 74 is a Chinese character in GB18030; in Latin-1 it is "ét".
    with pytest.raises(ReadError, match="cannot be told"):
        chosen(["Montréal été".encode("latin-1")])
    latin = "Montréal, São João, Århus".encode("cp1252")
    assert chosen([latin], stated="ANSI 1252")[0] == "cp1252"


def test_rare_chinese_does_not_become_latin() -> None:
    # Both characters are rare ones; the driver id of the file says "Windows ANSI".
    with pytest.raises(ReadError, match="cannot be told"):
        chosen(["盱眙".encode("gbk")], stated="1252")


def test_cyrillic_as_stated() -> None:
    assert chosen(["Москва".encode("cp1251")], stated="1251") == ("cp1251", [])


def test_the_users_word_is_final() -> None:
    gbk = ["玄武区".encode("gbk")]
    assert chosen(gbk, required="GBK", stated="UTF-8") == ("gb18030", [])
    with pytest.raises(ReadError, match="not written in UTF-8"):
        chosen(gbk, required="UTF-8")
    with pytest.raises(ReadError, match="no known text encoding"):
        chosen(gbk, required="GBX")


def test_bytes_that_mean_nothing_are_an_error() -> None:
    with pytest.raises(ReadError, match="encoding ="):
        chosen([b"\xff\xff\xff"])


@pytest.mark.parametrize(("encoding", "width"), [("utf-8", 10), ("gb18030", 9)])
def test_a_text_cut_within_a_character_loses_only_that(encoding: str, width: int) -> None:
    text = Bytes("江苏省南京市".encode(encoding)[:width], cut=True)
    assert text.decode(encoding) == {"utf-8": "江苏省", "gb18030": "江苏省南"}[encoding]
    assert not Bytes(text.text).fits(encoding)


@given(st.lists(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1)))
def test_chinese_utf8_is_always_utf8(words: list[str]) -> None:
    texts = [Bytes(word.encode()) for word in words]
    encoding, _ = choose_encoding(texts, required=None, stated="GBK", file=FILE)
    assert [text.decode(encoding) for text in texts] == words
