"""Arguments and options that commands share, each said once."""

from pathlib import Path
from typing import Annotated, Any

import typer

from urbangis.errors import InputError


def output_option(told: str) -> Any:
    """Declare ``--output`` of a command, and say what is written there."""
    return typer.Option("--output", "-o", help=told)


Study = Annotated[Path, typer.Argument(help="The study's folder or file.")]
Only = Annotated[list[str] | None, typer.Option(help="This service alone; may be repeated.")]
Results = Annotated[Path, output_option("Folder for the results.")]
Facilities = Annotated[Path, typer.Argument(help="Layer of facilities: points or polygons.")]
Gates = Annotated[Path | None, typer.Option(help="Entrances of polygon facilities.")]
Kind = Annotated[str | None, typer.Option(help="Keep only, or take all as, facilities of it.")]
_STREETS = typer.Option(help="Street lines, or an OpenStreetMap file.")
Streets = Annotated[Path, _STREETS]
AnyStreets = Annotated[Path | None, _STREETS]
Crs = Annotated[
    str | None, typer.Option(help="CRS of tables that cannot state theirs, such as CSV.")
]


def numbers(text: str, count: int | None = None) -> list[float]:
    """Read ``"5,10,15"``, or exactly so many numbers.

    Raises
    ------
    InputError
        If the text is something else.
    """
    try:
        found = [float(part) for part in text.split(",")]
    except ValueError:
        found = []
    if not found or count not in (None, len(found)):
        kind = "no numbers" if count is None else f"not {count} numbers"
        raise InputError(f'"{text}" are {kind}', remedy="Write them with commas between: 5,10,15.")
    return found
