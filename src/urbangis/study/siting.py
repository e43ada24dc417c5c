"""Where a service could go next, as a study file describes it."""

from typing import Literal, Self

from pydantic import Field, model_validator

from urbangis.catalog import Spec
from urbangis.notices import Text

Objective = Literal["cover", "all", "mean", "worst"]


class SitingSpec(Spec):
    """New sites for a service circle of the study, or other sites for those that it has.

    Parameters
    ----------
    service
        The service circle: its standard, its people and its facilities of today.
    sites
        How many sites more than today; fewer, if negative.
    objective
        ``"cover"``: most people within the standard; ``"all"``: fewest sites for everyone whom a
        candidate can serve, or for ``share`` of all people; ``"mean"``: least travel of all
        together; ``"worst"``: least travel of whoever has farthest to go.
    candidates
        Layer of possible sites, points or polygons. Without one, one home in each square of
        ``spacing_m`` metres.
    move
        How many of today's facilities may be given up and opened elsewhere.
    price
        Column of the candidates: what opening one costs; ``budget`` is what may be spent.
    capacity
        Column of candidates and facilities: people that each can serve.
    floor
        Least share covered in every zone of the first level.
    backup
        Of equally good choices, take the one that covers most people by two sites.
    exclude
        Layers of areas that no candidate may touch; ``within``: layers of areas that it must lie
        in.
    limit
        For ``"mean"`` and ``"worst"``: how far is searched, in times the standard's cutoff.
    seconds
        Time that the proof of the optimum may take.
    """

    service: str
    name: Text | None = None
    objective: Objective = "cover"
    sites: int | None = None
    candidates: str | None = None
    spacing_m: float = Field(default=250.0, gt=0)
    move: int = Field(default=0, ge=0)
    price: str | None = None
    budget: float | None = Field(default=None, gt=0)
    capacity: str | None = None
    share: float | None = Field(default=None, gt=0, le=1)
    floor: float | None = Field(default=None, gt=0, le=1)
    backup: bool = False
    exclude: tuple[str, ...] = ()
    within: tuple[str, ...] = ()
    limit: float = Field(default=3.0, ge=1)
    seconds: float = Field(default=60.0, gt=0)
    context: tuple[str, ...] = ()
    note: Text | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.objective != "all" and self.sites is None and self.budget is None:
            raise ValueError('give "sites", "budget" or both')
        if self.share is not None and self.objective != "all":
            raise ValueError('"share" is for objective = "all"')
        if self.price is not None and self.candidates is None:
            raise ValueError('"price" is a column of "candidates"; name their layer')
        if self.floor is not None and self.objective not in ("cover", "all"):
            raise ValueError('"floor" is for objective = "cover" or "all"')
        if self.backup and self.objective not in ("cover", "all"):
            raise ValueError('"backup" is for objective = "cover" or "all"')
        return self

    @property
    def layers_used(self) -> tuple[str, ...]:
        """Names of the layers behind the choice, beside those of the service."""
        return (*([self.candidates] if self.candidates else []), *self.exclude, *self.within)
