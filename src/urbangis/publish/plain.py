"""Text from other people's files, made legible: no control signs, nothing that turns it around.

And nothing that a spreadsheet takes for a formula.
"""

import re
import unicodedata

import pandas as pd

_FORMULA = re.compile(r"^[=+\-@\t\r]")
_NUMBER = re.compile(r"^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?%?$")


def legible(text: str) -> str:
    """Return a text as any reader shows it.

    Control signs (which XML refuses) and line separators become spaces; marks without a shape of
    their own (direction marks, joiners, variation selectors) and halves of pairs are left out.
    """
    kept = []
    for sign in text:
        kind = unicodedata.category(sign)
        if kind in ("Cc", "Zl", "Zp"):
            kept.append(" ")
        elif kind not in ("Cf", "Cs") and not "\ufe00" <= sign <= "\ufe0f":
            kept.append(sign)
    return "".join(kept)


def is_formula(text: str) -> bool:
    """Whether a spreadsheet that opens a text would take it for a formula."""
    return bool(_FORMULA.match(text)) and not _NUMBER.match(text)


def without_formulas(table: pd.DataFrame) -> pd.DataFrame:
    """Put an apostrophe before every text of a table that a spreadsheet would compute.

    A CSV has no way to say that a cell is text. The apostrophe is the spreadsheets' own sign for
    it; numbers, also those kept as text, stay as they are.
    """
    table = table.copy()
    for column in table.columns:
        if not pd.api.types.is_numeric_dtype(table[column]):
            table[column] = [
                f"'{value}" if isinstance(value, str) and is_formula(value) else value
                for value in table[column]
            ]
    return table
