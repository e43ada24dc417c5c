"""What a report says, before it takes a form. All texts are in the report's language."""

from dataclasses import dataclass
from typing import Literal

from urbangis.notices import Language
from urbangis.publish.charts.drawing import Drawing

CellFormat = Literal["text", "amount", "rate", "points"]


@dataclass(frozen=True)
class Cell:
    """A cell of a table: as it is read, and the value behind it for a spreadsheet."""

    shown: str
    value: str | float | None = None
    format: CellFormat = "text"


@dataclass(frozen=True)
class Paragraph:
    """A paragraph."""

    text: str


@dataclass(frozen=True)
class Bullets:
    """Sentences one below the other."""

    lines: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A table with a caption and a row of headings; ``sheet`` is its name in a workbook."""

    caption: str
    sheet: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Picture:
    """A picture as PNG, with its caption and what it shows, for those who do not see it.

    ``tall`` is its height as a part of its width.
    """

    png: bytes
    caption: str
    told: str
    tall: float


@dataclass(frozen=True)
class Graph:
    """A chart."""

    drawing: Drawing

    @property
    def caption(self) -> str:
        """Its caption."""
        return self.drawing.title


Block = Paragraph | Bullets | Table | Picture | Graph


@dataclass(frozen=True)
class Section:
    """A section: its heading and what follows it. ``depth`` is 1 or 2."""

    heading: str
    blocks: tuple[Block, ...]
    depth: int = 1


@dataclass(frozen=True)
class Report:
    """A report.

    Parameters
    ----------
    meta
        Lines below the title: who publishes, date of the data.
    cautions
        What must be read before any figure.
    review
        Review number of its maps, or the line that says that there is none.
    """

    title: str
    meta: tuple[str, ...]
    cautions: tuple[str, ...]
    review: str
    language: Language
    sections: tuple[Section, ...]

    @property
    def tables(self) -> tuple[Table, ...]:
        """All tables, in their order."""
        return tuple(
            block for section in self.sections for block in section.blocks
            if isinstance(block, Table)
        )  # fmt: skip


def numbered(report: Report) -> tuple[tuple[str, Section], ...]:
    """Return each section with its heading, numbered as is usual in the language."""
    found, first, second = [], 0, 0
    for section in report.sections:
        if section.depth == 1:
            first, second = first + 1, 0
            mark = f"{chinese_number(first)}、" if report.language == "zh" else f"{first}. "
        else:
            second += 1
            mark = (
                f"（{chinese_number(second)}）" if report.language == "zh" else f"{first}.{second} "
            )
        found.append((mark + section.heading, section))
    return tuple(found)


def chinese_number(number: int) -> str:
    """Write a number from 1 to 99 in Chinese."""
    digits = "零一二三四五六七八九"
    tens, ones = divmod(number, 10)
    ten = "" if tens == 0 else "十" if tens == 1 else f"{digits[tens]}十"
    return ten + (digits[ones] if ones or not tens else "")
