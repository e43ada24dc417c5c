"""Life circles, as a study file describes them."""

from pydantic import Field

from urbangis.notices import Text
from urbangis.study.people import PeopleSpec


class CircleSpec(PeopleSpec):
    """One life circle of the catalogue over the study's facilities.

    Parameters
    ----------
    circle
        Life circle of the catalogue.
    facilities
        Names of supply layers, of any kinds; a service whose kinds are in none is not judged.
    gates
        Layer of gates of polygon facilities.
    streets
        Layer of streets, for the circle in minutes; without it the circle is judged by radius.
    context
        Layers to draw beneath.
    """

    circle: str
    name: Text | None = None
    facilities: tuple[str, ...] = Field(min_length=1)
    gates: str | None = None
    streets: str | None = None
    context: tuple[str, ...] = ()
    note: Text | None = None

    @property
    def layers_used(self) -> tuple[str, ...]:
        """Names of the layers behind the figures."""
        others = (self.gates, self.streets, self.spread_over)
        return (*self.facilities, self.demand, *(name for name in others if name))
