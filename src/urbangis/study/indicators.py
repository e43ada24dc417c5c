"""Where the figures of policy targets come from, as a study file describes it."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from urbangis.catalog import Spec
from urbangis.catalog.specs import Denominator
from urbangis.notices import Text

ConflictFigure = Literal["plans", "conflict_km2", "outside_km2", "inside_share"]
AccessFigure = Literal["shortage", "gini"]


class IndicatorSpec(Spec):
    """Where the figure of a policy target comes from.

    Parameters
    ----------
    service, circle, access
        A service circle, a life circle or an accessibility of the study, for its rate; of an
        accessibility also ``"shortage"`` (the people who find no room, as a negative number) or
        ``"gini"``.
    conflict
        Plans against restrictive areas: ``"plans"`` (how many are in conflict), ``"conflict_km2"``
        (area in conflict), ``"outside_km2"`` or ``"inside_share"`` (area outside the boundary,
        share inside). For the whole study alone.
    figure
        Which of those figures is meant.
    commuting
        A commuting circle, for its rate by the better of rail and road, in areas that lie in it
        altogether.
    between
        Ids of two or more rows of ``layer`` (city centres): the mean travel time between each two
        of them, by the better of rail and road, in minutes.
    units
        CSV or Excel of units: ``unit_id, zone_id, year`` and ``column`` (1 has it, 0 has not,
        empty not known). Rows of several years are the history of the figure.
    pairs
        CSV or Excel of neighbours: ``a_id, b_id``, and ``year`` and ``column`` likewise unless
        ``layer`` names the lines that join them.
    layer
        A layer whose rows are counted, or whose lines are measured; with ``demand``, one that
        people's distance to the nearest of is measured, in a straight line.
    demand
        A layer of demand: how many places it has (for a count); what part of the study's people
        live in ``zones`` (for a figure in per cent), or how many (in any other unit).
    zone_column
        Column of the demand with the base zone's id; by place without it.
    zones
        Ids of zones of any level whose people are meant; all without them.
    denominator
        What of a service is meant, where it is not the first.
    zone_rate
        For the share of places that a service covers well: the coverage rate from which a zone of
        the first level counts. Zones where nobody lives are no places.
    where
        Keep only rows of the table or layer whose column holds one of these values.
    source
        Where a table comes from; for the others, what a reader should know of the figure.
    """

    service: str | None = None
    circle: str | None = None
    access: str | None = None
    conflict: str | None = None
    commuting: str | None = None
    between: tuple[str, ...] = ()
    figure: ConflictFigure | AccessFigure | None = None
    units: Path | None = None
    pairs: Path | None = None
    layer: str | None = None
    demand: str | None = None
    zone_column: str | None = None
    zones: tuple[str, ...] = ()
    column: str = "value"
    denominator: Denominator | None = None
    zone_rate: float | None = Field(default=None, gt=0, le=1)
    where: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    source: str | Text = ""

    @property
    def said(self) -> Text | None:
        """What ``source`` says, in both languages; None if it says nothing."""
        if isinstance(self.source, Text):
            return self.source
        return Text(zh=self.source, en=self.source) if self.source else None

    @property
    def origin(self) -> str:
        """Which of the origins is given: ``"layer"`` alone, beside others only if they are not."""
        for name in (
            *("service", "circle", "access", "conflict", "commuting"),
            *("units", "pairs", "demand", "between"),
        ):
            if getattr(self, name):
                return name
        return "layer"

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        beside = self.pairs or self.demand or self.between
        given: list[object] = [
            self.service,
            self.circle,
            self.access,
            self.conflict,
            self.commuting,
        ]
        given += [self.units, self.pairs, self.demand, self.between or None]
        given += [None if beside else self.layer]
        if sum(one is not None for one in given) != 1:
            raise ValueError(
                'give one of "service", "circle", "access", "conflict", "commuting", "units", '
                '"pairs", "layer", "demand" and "between"'
            )
        if self.between and (len(self.between) < 2 or self.layer is None):
            raise ValueError("between needs two ids or more, and the layer that they are of")
        if (self.units or self.pairs) and not self.source:
            raise ValueError('say in "source" where the table comes from')
        if self.service is None and (self.zone_rate or self.denominator):
            raise ValueError("zone_rate and denominator are for a service")
        if self.demand is None and (self.zone_column or self.zones):
            raise ValueError("zone_column and zones are for people: demand")
        return self

    @model_validator(mode="after")
    def _figure_fits(self) -> Self:
        fitting = {
            "conflict": ("plans", "conflict_km2", "outside_km2", "inside_share"),
            "access": ("shortage", "gini", None),
        }.get(self.origin, (None,))
        if self.figure not in fitting:
            said = ", ".join(f'"{one}"' for one in fitting if one) or "no figure"
            raise ValueError(f"figure does not fit {self.origin}: give {said}")
        return self
