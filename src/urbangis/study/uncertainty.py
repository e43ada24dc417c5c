"""What a study assumes otherwise, to tell how sure the rate of a service is."""

from pydantic import Field, model_validator

from urbangis.catalog import Spec
from urbangis.study.people import PeopleSpec


class OtherPeopleSpec(PeopleSpec):
    """The same people by another source; the name of its layer alone will do."""

    @model_validator(mode="before")
    @classmethod
    def _layer_alone(cls, value: object) -> object:
        return {"demand": value} if isinstance(value, str) else value

    @property
    def layers_used(self) -> tuple[str, ...]:
        """Names of the layers behind the figures."""
        return (self.demand, *([self.spread_over] if self.spread_over else []))


class UncertaintySpec(Spec):
    """Assumptions of a service to be changed one at a time.

    Speed and the strictness of the cutoff are changed for every service, asked for or not.

    Parameters
    ----------
    demand
        The same people by other sources, or placed otherwise.
    position_m
        How far facilities may be from their true places, metres; a column ``accuracy_m`` of
        their layer goes before it.
    snap
        Whether to put homes and facilities on the streets by other rules.
    """

    demand: tuple[OtherPeopleSpec, ...] = ()
    position_m: float | None = Field(default=None, ge=0)
    snap: bool = False
