"""Comparisons of scenarios, as a study file asks for them."""

from typing import Self

from pydantic import model_validator

from urbangis.catalog import Spec


class ComparisonSpec(Spec):
    """Pages of the study before and after.

    Parameters
    ----------
    before, after
        Scenarios: names of files in the folder ``scenarios`` without ``.toml``; ``"baseline"`` is
        the study as it is.
    services
        Service circles and commuting circles to compare; all that the scenarios concern if empty.
    """

    before: str = "baseline"
    after: str
    services: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _states_differ(self) -> Self:
        if self.before == self.after:
            raise ValueError(f'compares "{self.before}" with itself')
        return self
