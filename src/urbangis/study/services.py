"""Service circles, as a study file describes them."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from urbangis.catalog import Spec
from urbangis.notices import Text
from urbangis.study.people import PeopleSpec
from urbangis.study.uncertainty import UncertaintySpec


class CompareSpec(Spec):
    """Another rule for the same service; the name of its standard alone will do.

    Parameters
    ----------
    standard
        Standard of the catalogue.
    demand
        Layer that this standard counts, where it is not that of the service: residential land,
        say. Its rates stand beside the others, but no home can be told by both rules.
    """

    standard: str
    demand: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _standard_alone(cls, value: object) -> object:
        return {"standard": value} if isinstance(value, str) else value


class GroundSpec(Spec):
    """Open ground to travel over: land cover, how fast one moves on it, and what is in the way.

    Parameters
    ----------
    file
        Raster of land cover classes or of friction, relative to the study file.
    speeds_kmh
        Of land cover: speed on each class, km/h; 0 where nobody passes. Every class of the raster
        needs one.
    friction
        Of friction: its unit, minutes or seconds per metre; nobody passes where there is no data.
    barriers
        Layers of lines and areas that are crossed nowhere but on streets.
    source
        Where raster and speeds come from.
    """

    file: Path
    speeds_kmh: dict[int, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)
    friction: Literal["min_per_m", "s_per_m"] | None = None
    barriers: tuple[str, ...] = ()
    source: str

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if bool(self.speeds_kmh) == (self.friction is not None):
            raise ValueError('give either "speeds_kmh", for land cover, or the unit of "friction"')
        return self


class ServiceSpec(PeopleSpec):
    """One service circle: a standard applied to facilities, demand and, if it asks, streets.

    Parameters
    ----------
    facilities
        Names of supply layers; ``gates`` of a gates layer for polygon facilities.
    ground
        What a surface standard travels over; ``streets`` are its roads.
    compare
        Other standards that the same facilities are held against.
    uncertainty
        Assumptions to be changed one at a time, to tell how sure the rate is.
    groups
        Columns of the demand with numbers of people of a group (age, registration), and what the
        groups are called; of each the coverage is told. A home may hold people of several.
    """

    name: Text | None = None
    standard: str
    facilities: tuple[str, ...] = Field(min_length=1)
    gates: str | None = None
    streets: str | None = None
    ground: GroundSpec | None = None
    compare: tuple[CompareSpec, ...] = ()
    uncertainty: UncertaintySpec = UncertaintySpec()
    groups: dict[str, Text] = Field(default_factory=dict)
    context: tuple[str, ...] = ()
    note: Text | None = None

    @model_validator(mode="after")
    def _rules_differ(self) -> Self:
        names = [self.standard, *(rule.standard for rule in self.compare)]
        if twice := [name for name in names if names.count(name) > 1]:
            raise ValueError(f'compares "{twice[0]}" with itself')
        return self

    @property
    def layers_used(self) -> tuple[str, ...]:
        """Names of the layers behind the figures."""
        others = (
            self.gates,
            self.streets,
            self.spread_over,
            *(rule.demand for rule in self.compare),
            *(name for other in self.uncertainty.demand for name in other.layers_used),
            *(self.ground.barriers if self.ground else ()),
        )
        return (*self.facilities, self.demand, *(name for name in others if name))

    def by_rule(self, rule: CompareSpec) -> Self:
        """Return the service by another rule; what is said of the demand goes with the layer."""
        changes: dict[str, object] = {"standard": rule.standard, "compare": ()}
        if rule.demand is not None:
            of_demand = ("zone_column", "spread_over", "spread_by", "match_totals")
            changes |= {"demand": rule.demand, **dict.fromkeys(of_demand)}
        return self.model_copy(update=changes)
