"""Accessibility under capacity, as a study file describes it."""

from typing import Literal

from pydantic import Field

from urbangis.catalog import Spec
from urbangis.notices import Text
from urbangis.study.people import PeopleSpec

Measure = Literal[
    "cumulative_opportunities",
    "gravity",
    "two_step_fca",
    "enhanced_two_step_fca",
    "three_step_fca",
]


class CapacitySpec(Spec):
    """What a facility has to give.

    Parameters
    ----------
    column
        Column of the facilities that holds it: beds, seats, doctors, square metres.
    name, unit
        What it is, and the word after a number of it.
    serves
        How many people one unit of it is for, where the question is who finds no room: 1 for a
        seat at school. Without it, who is left unserved is not asked.
    source
        Where ``serves`` comes from.
    """

    column: str
    name: Text
    unit: Text
    serves: float | None = Field(default=None, gt=0)
    source: Text | None = None


class RankSpec(Spec):
    """What ranks homes from poor to rich: a column of the demand, and what it is called."""

    column: str
    name: Text


class AccessSpec(PeopleSpec):
    """How much of a capacity each home can reach, and how evenly it is spread over people.

    Parameters
    ----------
    facilities, kinds
        Names of supply layers, and the kinds that count; all of them without ``kinds``.
    people
        Column of the demand with those who ask for the service (children, say).
    people_name
        What they are called, if not residents.
    mode, cutoff_min
        Travel mode of the catalogue, and the largest travel time that counts, in minutes.
    measure
        The measure that the map is coloured by; all five are computed.
    groups
        Columns of the demand with numbers of people of a group (age, income, registration), and
        what the groups are called. A home may hold people of several.
    rank_by
        What ranks homes from poor to rich (income a head), for the Palma ratio and the
        concentration index; neither is computed without it.
    gates, streets, context
        As of a life circle.
    """

    name: Text
    facilities: tuple[str, ...] = Field(min_length=1)
    kinds: tuple[str, ...] = ()
    capacity: CapacitySpec
    people: str = "residents"
    people_name: Text = Text(zh="居住人口", en="Residents")
    mode: str
    cutoff_min: float = Field(gt=0)
    measure: Measure = "two_step_fca"
    groups: dict[str, Text] = Field(default_factory=dict)
    rank_by: RankSpec | None = None
    gates: str | None = None
    streets: str
    context: tuple[str, ...] = ()
    note: Text | None = None

    @property
    def layers_used(self) -> tuple[str, ...]:
        """Names of the layers behind the figures."""
        others = (self.gates, self.spread_over)
        return (*self.facilities, self.demand, self.streets, *(name for name in others if name))
