"""A character that no font has is an error that says what to install, never a box."""

import pandas as pd
import pytest
from matplotlib import font_manager

from chinese_font import needs_chinese
from urbangis.publish.plain import legible, without_formulas
from urbangis.publish.print import fonts
from urbangis.publish.print.fonts import FontError, font_families, printable, without_pictures


def test_a_letter_that_no_font_has_is_an_error_with_the_way_out(monkeypatch):
    monkeypatch.setattr(fonts, "has_glyph", lambda family, sign: sign != "甪")
    with pytest.raises(FontError) as told:
        font_families(["Luzhi 甪直"])
    assert "甪 (U+752A)" in str(told.value)
    assert "fonts-noto-cjk" in told.value.remedy
    assert "直" not in told.value.problem


@needs_chinese
def test_every_letter_has_a_glyph_in_a_family_that_is_returned():
    text = "甪直镇 𬭩 Ārvíz 90%≥"
    families = font_families([text])
    for sign in text.replace(" ", ""):
        found = [
            font_manager.get_font(
                font_manager.findfont(font_manager.FontProperties(family=[family]))
            ).get_char_index(ord(sign))
            for family in families
        ]
        assert any(found), sign


@needs_chinese
def test_the_shapes_are_those_of_mainland_china():
    assert font_families(["直"])[0] in fonts.CHINESE


def test_a_file_that_is_no_font_is_named(tmp_path):
    file = tmp_path / "font.ttf"
    file.write_bytes(b"no font")
    with pytest.raises(FontError, match=r"font\.ttf"):
        font_families(["a"], font=file)


def test_a_pictograph_without_glyph_is_written_by_its_code(monkeypatch):
    monkeypatch.setattr(fonts, "has_glyph", lambda family, sign: sign == "a")
    assert without_pictures("a🏥", ["X"]) == "a[U+1F3E5]"


def test_marks_that_turn_text_and_signs_that_xml_refuses_are_left_out():
    assert printable("a\u202eb\u202c\x00c\nd\u2028e ") == "ab c d e"
    assert legible("x\ud800\ufe0fy") == "xy"


def test_a_csv_holds_nothing_that_a_spreadsheet_computes():
    cells = ["=1+1", "+A1", "-A1", "@SUM(A1)", "\t=1", "-5", "+3.5%", "'quoted", "甲镇", ""]
    table = pd.DataFrame({"name": cells, "number": range(len(cells))})
    safe = without_formulas(table)
    assert list(safe["name"]) == [
        "'=1+1", "'+A1", "'-A1", "'@SUM(A1)", "'\t=1", "-5", "+3.5%", "'quoted", "甲镇", "",
    ]  # fmt: skip
    assert list(safe["number"]) == list(range(len(cells)))
    assert list(table["name"]) == cells
