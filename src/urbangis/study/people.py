"""Whose needs a study file speaks of: a layer of demand, and how its people are placed."""

from urbangis.catalog import Spec


class PeopleSpec(Spec):
    """The people of a service, a life circle or an accessibility.

    Parameters
    ----------
    demand
        Layer of demand.
    zone_column
        Column of the demand layer that holds the base zone's id. Without it, demand is placed in
        the zone that contains it.
    spread_over, spread_by
        Layer of residential land or buildings over which the people of the demand's areas are
        spread, and its column of weights (dwellings, floor area); by area without one.
    match_totals
        Column of the base zones (joined to them, say) with the official number of residents, to
        which the people of each zone are scaled.
    """

    demand: str
    zone_column: str | None = None
    spread_over: str | None = None
    spread_by: str | None = None
    match_totals: str | None = None
