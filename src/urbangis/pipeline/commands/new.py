"""Start a study."""

from importlib.resources import files
from pathlib import Path

from urbangis.errors import StudyError
from urbangis.study import FILE_NAME


def new(folder: Path) -> Path:
    """Put a study file to fill in into a folder.

    Parameters
    ----------
    folder
        Made if need be.

    Returns
    -------
    Path
        The study file.

    Raises
    ------
    StudyError
        If the folder holds a study already.
    """
    file = folder / FILE_NAME
    if file.exists():
        raise StudyError(
            "is there already", file=file, remedy="Name another folder; nothing was changed."
        )
    template = files("urbangis.pipeline.commands").joinpath("new.toml").read_text(encoding="utf-8")
    (folder / "layers").mkdir(parents=True, exist_ok=True)
    file.write_text(template, encoding="utf-8", newline="\n")
    return file
