"""What can go wrong, in words that a planner can act on.

Every error that a user can cause is an :class:`InputError`: it names the place (file, layer, row)
and the remedy. The command line prints it as one line and ends with exit code 2.
"""

from pathlib import Path


class UrbangisError(Exception):
    """Base of every error that urbangis raises on purpose."""


class InputError(UrbangisError, ValueError):
    """The user's input is wrong.

    Parameters
    ----------
    problem
        What is wrong, as a clause: ``"has no coordinate system"``.
    remedy
        What the user can do about it, as a sentence.
    file, layer, row
        Where it is wrong. ``row`` is the row's id, or its number counted from 1.
    """

    def __init__(
        self,
        problem: str,
        *,
        remedy: str,
        file: str | Path | None = None,
        layer: str | None = None,
        row: str | int | None = None,
    ) -> None:
        self.problem = problem
        self.remedy = remedy
        self.file = str(file) if file is not None else None
        self.layer = layer
        self.row = row
        super().__init__(str(self))

    def __str__(self) -> str:
        place = [part for part in (self.file, self.layer and f"layer {self.layer!r}") if part]
        if self.row is not None:
            place.append(f"row {self.row}")
        where = ", ".join(place)
        return (
            f"{where}: {self.problem}. {self.remedy}" if where else f"{self.problem}. {self.remedy}"
        )


class ReadError(InputError, OSError):
    """A file is missing, damaged, or of a format that cannot be read."""


class CrsError(InputError):
    """A coordinate system is absent, contradictory, or contradicted by the coordinates."""


class TableError(InputError):
    """A table breaks its contract: a column, an id, a value or a geometry."""


class StudyError(InputError):
    """A study file asks for something that does not exist or makes no sense."""


class CatalogueError(InputError):
    """A standard, mode, target or style is malformed or unknown."""


class BalanceError(UrbangisError, ArithmeticError):
    """A total does not add up. The figure must not be published; this is a defect of urbangis."""
