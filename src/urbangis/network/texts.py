"""Millions of short texts, end to end in one piece of memory."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Texts:
    """Texts that become strings when somebody asks: as strings they would take five times the room.

    Parameters
    ----------
    text
        All texts in UTF-8, one after the other.
    ends
        Where each ends, bytes, shape (texts,).
    """

    text: NDArray[np.uint8]
    ends: NDArray[np.int64]

    @classmethod
    def of(cls, values: NDArray[np.object_]) -> "Texts":
        """Put strings end to end."""
        encoded = [str(one).encode() for one in values]
        ends = np.cumsum([len(one) for one in encoded], dtype=np.int64)
        return cls(np.frombuffer(b"".join(encoded), np.uint8), ends)

    def __len__(self) -> int:
        return self.ends.size

    def __iter__(self) -> Iterator[str]:
        return map(self._one, range(len(self)))

    def __getitem__(self, row: Any) -> Any:
        """Return one text by its number, or an array of them by what indexes an array."""
        if isinstance(row, int | np.integer):
            return self._one(range(len(self))[row])
        rows = np.arange(len(self))[row]
        found = np.empty(rows.size, object)
        found[:] = [self._one(one) for one in rows.tolist()]
        return found

    def _one(self, row: int) -> str:
        begin = self.ends[row - 1] if row else 0
        return self.text[begin : self.ends[row]].tobytes().decode()
