"""The tables of a report as a workbook, a sheet each, with numbers as numbers."""

import math
import re
from datetime import datetime
from io import BytesIO

from openpyxl import Workbook
from openpyxl.cell.cell import Cell as SheetCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from urbangis.publish.plain import is_formula, legible
from urbangis.publish.report.model import Cell, Report, Table
from urbangis.publish.report.pack import repacked

_FORMATS = {"amount": "#,##0", "rate": "0.0%", "points": "+0.0;-0.0;0.0"}
_HEAD = PatternFill("solid", fgColor="EEF2F6")
_LONGEST = 32_000  # signs that a cell holds: Excel takes 32,767
_WIDEST = 60.0
_MADE = datetime(2000, 1, 1)  # any date, but always the same


def report_xlsx(report: Report) -> bytes:
    """Write the tables of a report as XLSX.

    Text stays text: a cell that begins like a formula is marked as text, and computes nothing.
    """
    book = Workbook()
    book.remove(book.active)
    book.properties.title = legible(report.title)
    book.properties.creator = "urbangis"
    book.properties.created = _MADE
    taken: set[str] = set()
    for table in report.tables:
        _write(book, table, _name(table.sheet, taken))
    place = BytesIO()
    book.save(place)
    return repacked(place.getvalue())


def _write(book: Workbook, table: Table, name: str) -> None:
    sheet = book.create_sheet(name)
    for number, head in enumerate(table.head, start=1):
        cell = sheet.cell(1, number)
        _put(cell, legible(head))
        cell.font, cell.fill = Font(bold=True), _HEAD
        cell.alignment = Alignment(wrap_text=True, vertical="center")
    for row, cells in enumerate(table.rows, start=2):
        for number, one in enumerate(cells, start=1):
            _put(sheet.cell(row, number), _value(one))
            if one.format in _FORMATS:
                sheet.cell(row, number).number_format = _FORMATS[one.format]
    sheet.freeze_panes = "B2"
    for number, head in enumerate(table.head, start=1):
        shown = [head, *(row[number - 1].shown for row in table.rows)]
        width = max(sum(2 if ord(sign) > 0x2E7F else 1 for sign in text[:80]) for text in shown)
        sheet.column_dimensions[get_column_letter(number)].width = min(width + 3.0, _WIDEST)


def _value(cell: Cell) -> str | float | None:
    if cell.format == "text":
        return legible(cell.shown)
    missing = not isinstance(cell.value, float | int) or math.isnan(cell.value)
    return None if missing else cell.value


def _put(cell: SheetCell, value: str | float | None) -> None:
    """Fill a cell; a text that looks like a formula stays a text, also when it is edited."""
    if isinstance(value, str):
        value = value[:_LONGEST]
        cell.value = value
        if value:
            cell.data_type = "s"
        cell.quotePrefix = is_formula(value)
    else:
        cell.value = value


def _name(name: str, taken: set[str]) -> str:
    """Return a name that a sheet may have: at most 31 signs, no brackets, each once."""
    plain = re.sub(r"[\[\]:*?/\\']", " ", legible(name)).strip()[:28] or "Sheet"
    unique, number = plain, 2
    while unique.lower() in taken:
        unique, number = f"{plain}{number}", number + 1
    taken.add(unique.lower())
    return unique
