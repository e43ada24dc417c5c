"""What a study assumes otherwise, to tell how sure the rate of a service is."""

from pydantic import Field

from urbangis.catalog import Spec


class UncertaintySpec(Spec):
    """Assumptions of a service to be changed one at a time.

    Speed and the strictness of the cutoff are changed for every service, asked for or not.

    Parameters
    ----------
    demand
        Other layers of demand: the same people by other sources.
    position_m
        How far facilities may be from their true places, metres; a column ``accuracy_m`` of
        their layer goes before it.
    snap
        Whether to put homes and facilities on the streets by other rules.
    """

    demand: tuple[str, ...] = ()
    position_m: float | None = Field(default=None, ge=0)
    snap: bool = False
