"""Write drawn sheets as PNG, PDF and SVG: the same sheet gives the same bytes."""

from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import matplotlib as mpl
from matplotlib.backends.backend_pdf import PdfPages

from urbangis.publish.print.ink import Sheet

Format = Literal["png", "pdf", "svg"]

# Type 3 fonts keep the text of a PDF searchable in every reader; the salt names SVG elements.
_RC: dict[Any, Any] = {"pdf.fonttype": 3, "svg.hashsalt": "urbangis", "svg.fonttype": "path"}


def write_sheet(sheet: Sheet, path: Path, *, title: str, dpi: int) -> None:
    """Write a sheet; the format follows the file's name.

    No file holds a date or a version, so that nothing but the map decides its bytes.
    """
    with mpl.rc_context(_RC):
        sheet.figure.savefig(path, dpi=dpi, metadata=_metadata(path.suffix[1:], title))


def sheet_png(sheet: Sheet, *, title: str, dpi: int) -> bytes:
    """Return a sheet as PNG."""
    place = BytesIO()
    with mpl.rc_context(_RC):
        sheet.figure.savefig(place, format="png", dpi=dpi, metadata=_metadata("png", title))
    return place.getvalue()


def write_atlas(sheets: Iterable[Sheet], path: Path, *, title: str, dpi: int) -> int:
    """Write sheets as the pages of one PDF, each drawn when its turn comes; return how many."""
    count = 0
    with mpl.rc_context(_RC), PdfPages(path, metadata=_metadata("pdf", title)) as pages:
        for sheet in sheets:
            pages.savefig(sheet.figure, dpi=dpi)
            count += 1
    return count


def _metadata(kind: str, title: str) -> dict[str, str | None]:
    if kind == "png":
        return {"Software": None, "Title": title}
    if kind == "svg":
        return {"Date": None, "Creator": "urbangis", "Title": title}
    return {"CreationDate": None, "Creator": "urbangis", "Producer": None, "Title": title}
