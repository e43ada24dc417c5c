"""Columns of texts that repeat, each distinct one kept once."""

from collections.abc import Callable, Container
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.extensions import ExtensionArray

Ints = NDArray[np.int32] | NDArray[np.int64]
Flags = NDArray[np.bool_]
ABSENT = -1


@dataclass(frozen=True)
class Texts:
    """Texts of some rows.

    Parameters
    ----------
    code
        Place of each row's text in ``distinct``, `ABSENT` where there is none, shape (rows,).
    distinct
        Each text that a row has, once.
    """

    code: Ints
    distinct: tuple[str, ...]

    @classmethod
    def of(cls, code: Ints, known: NDArray[np.object_]) -> "Texts":
        """Take the texts that rows have out of those that are ``known``."""
        used = np.zeros(len(known) + 1, bool)
        used[code] = True
        used[ABSENT] = False
        place = np.cumsum(used) - 1
        place[ABSENT] = ABSENT
        return cls(place[code], tuple(known[used[:ABSENT]]))

    @property
    def present(self) -> Flags:
        """Whether each row has a text."""
        return np.asarray(self.code != ABSENT)

    def holds(self, test: Callable[[str], bool]) -> Flags:
        """Whether each row has a text that passes a test."""
        return np.array([*map(test, self.distinct), False])[self.code]

    def among(self, these: Container[str]) -> Flags:
        """Whether each row's text is one of these."""
        return self.holds(lambda text: text in these)

    def numbers(self, meaning: Callable[[str], float], *, absent: float) -> NDArray[np.float64]:
        """Return the number that each row's text means."""
        return np.array([*map(meaning, self.distinct), absent], float)[self.code]

    def mapped(self, meaning: Callable[[str], str]) -> "Texts":
        """Return each row's text as what it means."""
        meanings = [meaning(text) for text in self.distinct]
        distinct = tuple(dict.fromkeys(meanings))
        code = np.array([*map(distinct.index, meanings), ABSENT])
        return Texts(code[self.code], distinct)

    def put(self, rows: Flags, text: str) -> "Texts":
        """Give some rows another text."""
        if not rows.any():
            return self
        distinct = self.distinct if text in self.distinct else (*self.distinct, text)
        return Texts(np.where(rows, distinct.index(text), self.code), distinct)

    def objects(self) -> NDArray[np.object_]:
        """Return each row's text, None where there is none."""
        texts: NDArray[np.object_] = np.array([*self.distinct, None], object)
        return texts[self.code]

    def column(self, rows: Ints) -> ExtensionArray | NDArray[np.object_]:
        """Return the texts of some rows as a column of a table, missing where there is none."""
        texts: ExtensionArray | NDArray[np.object_] = pd.Series([*self.distinct, None]).array
        return texts.take(self.code[rows])
