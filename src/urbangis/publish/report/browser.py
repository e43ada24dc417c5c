"""A report as PDF, printed by a browser of the Chromium family that is already installed."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from urbangis.errors import InputError

NAMES = (
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge",
    "msedge", "chrome", "brave-browser",
)  # fmt: skip
_PLACES = (
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
    r"C:\Program Files\Microsoft\Edge\Application\msedge.exe",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
_VARIABLE = "URBANGIS_BROWSER"
_PATIENCE_S = 120


class BrowserError(InputError):
    """There is no browser that could print, or it did not."""


def find_browser() -> Path:
    """Return the browser that prints.

    Raises
    ------
    BrowserError
        If there is none.
    """
    named = os.environ.get(_VARIABLE)
    found = [named] if named else [shutil.which(name) for name in NAMES]
    for place in (*found, *(() if named else _PLACES)):
        if place and Path(place).is_file():
            return Path(place)
    raise BrowserError(
        f"{_VARIABLE} names {named}, which is not there" if named
        else "found no Edge, Chrome or Chromium to print the PDF",
        remedy=f"Install one, name one in {_VARIABLE}, or write .html and print it from any "
        "browser; .docx can be saved as PDF from Word or WPS.",
    )  # fmt: skip


def print_pdf(html: str) -> bytes:
    """Print a page that loads nothing as PDF.

    Raises
    ------
    BrowserError
        If there is no browser, or it fails.
    """
    browser = find_browser()
    with tempfile.TemporaryDirectory(prefix="urbangis.") as name:
        folder = Path(name)
        page, pdf = folder / "report.html", folder / "report.pdf"
        page.write_text(html, encoding="utf-8", newline="\n")
        command = [
            str(browser), "--headless", "--disable-gpu", "--disable-background-networking",
            "--disable-extensions", "--no-first-run", "--no-pdf-header-footer",
            "--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={folder / 'profile'}",
            *(["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),
            f"--print-to-pdf={pdf}", page.as_uri(),
        ]  # fmt: skip
        try:
            subprocess.run(command, capture_output=True, timeout=_PATIENCE_S, check=True)  # noqa: S603
            return pdf.read_bytes()
        except (OSError, subprocess.SubprocessError) as error:
            raise BrowserError(
                f"could not print the PDF: {error}",
                file=browser,
                remedy="Write .html and print it from any browser.",
            ) from error
