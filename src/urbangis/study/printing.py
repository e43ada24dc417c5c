"""Maps on paper, as a study file asks for them."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from urbangis.catalog import Spec


class PrintSpec(Spec):
    """Print maps of a study's services, and how their sheets look.

    Parameters
    ----------
    paper
        Size of the sheet, ISO 216.
    orientation
        Which way it lies; the way that shows the area larger if None.
    formats
        Files to write of each map.
    dpi
        Dots to the inch of PNG files.
    services
        Services to print; all if empty.
    theme
        What the ground is coloured by: coverage rates of ``"zones"``, or the ``"service_area"``;
        what the service's page shows first if None.
    level
        Level of zones whose rates are shown; the base level if None.
    atlas
        Level of zones of which each has a page of its own in one more PDF, ``<service>-atlas.pdf``.
    inset
        Layer of zones in which a small map shows where the study lies.
    language
        Language of the sheets; the study's first if None.
    font
        File of a font to prefer, relative to the study file.
    """

    paper: Literal["A4", "A3", "A2", "A1", "A0"] = "A4"
    orientation: Literal["portrait", "landscape"] | None = None
    formats: tuple[Literal["png", "pdf", "svg"], ...] = Field(default=("png", "pdf"), min_length=1)
    dpi: int = Field(default=300, ge=72, le=600)
    services: tuple[str, ...] = ()
    theme: Literal["zones", "service_area"] | None = None
    level: str | None = None
    atlas: str | None = None
    inset: str | None = None
    language: Literal["zh", "en"] | None = None
    font: Path | None = None
