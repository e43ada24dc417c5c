"""Sheets of paper: sizes, margins, and how much larger writing is on a larger sheet."""

import math
from dataclasses import dataclass
from typing import Literal

Size = Literal["A4", "A3", "A2", "A1", "A0"]
Orientation = Literal["portrait", "landscape"]

POINT_MM = 25.4 / 72

_SHORT_LONG_MM = {
    "A4": (210.0, 297.0),
    "A3": (297.0, 420.0),
    "A2": (420.0, 594.0),
    "A1": (594.0, 841.0),
    "A0": (841.0, 1189.0),
}  # ISO 216


@dataclass(frozen=True)
class Box:
    """A rectangle on paper, millimetres from the lower left corner of the sheet."""

    left: float
    bottom: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.left + self.width

    @property
    def top(self) -> float:
        """Its upper edge."""
        return self.bottom + self.height

    def overlaps(self, other: "Box", gap: float = 0.0) -> bool:
        """Whether two boxes share ground, or come nearer than ``gap``."""
        return (
            self.left < other.right + gap
            and other.left < self.right + gap
            and self.bottom < other.top + gap
            and other.bottom < self.top + gap
        )

    def holds(self, other: "Box") -> bool:
        """Whether another box lies inside."""
        return (
            self.left <= other.left
            and other.right <= self.right
            and self.bottom <= other.bottom
            and other.top <= self.top
        )


@dataclass(frozen=True)
class Paper:
    """A sheet of a standard size, upright or lying."""

    size: Size
    orientation: Orientation

    @property
    def width_mm(self) -> float:
        """Width of the sheet."""
        return _SHORT_LONG_MM[self.size][self.orientation == "landscape"]

    @property
    def height_mm(self) -> float:
        """Height of the sheet."""
        return _SHORT_LONG_MM[self.size][self.orientation == "portrait"]

    @property
    def scale(self) -> float:
        """How much larger margins, titles and legends are than on A4."""
        return _SHORT_LONG_MM[self.size][0] / _SHORT_LONG_MM["A4"][0]

    @property
    def label_scale(self) -> float:
        """How much larger names and lines on the map are: a larger sheet also shows more."""
        return math.sqrt(self.scale)


def round_scale(denominator: float) -> float:
    """Round the denominator of a scale up to two digits: 2,134,000 to 2,200,000."""
    step = 10.0 ** (math.floor(math.log10(denominator)) - 1)
    return math.ceil(round(denominator / step, 9)) * step


def round_length(metres: float) -> float:
    """Return the largest 1, 2 or 5 times a power of ten that is not longer."""
    power = 10.0 ** math.floor(math.log10(metres))
    return max(digit * power for digit in (1, 2, 5) if digit * power <= metres * (1 + 1e-9))
