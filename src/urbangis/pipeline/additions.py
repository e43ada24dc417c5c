"""What only adds takes nothing away: who was nearer by the old streets still goes by them.

A new street may lie nearer to a home than the one that its people use today, and lead to the
facility by a longer way. They would not take it. So where a scenario only adds streets, the better
of the two ways counts: by all streets, or by those of today.
"""

from dataclasses import replace

import numpy as np

from urbangis.measures.coverage import Coverage
from urbangis.measures.zoning import zone_table
from urbangis.pipeline.load import Loaded
from urbangis.pipeline.services import (
    build_networks,
    compute_coverage,
)
from urbangis.study import Level, ServiceSpec

_KEPT = ("cost", "facility_id", "share", "share_low", "share_high", "snapped")


def with_old_ways(loaded: Loaded, spec: ServiceSpec, found: Coverage) -> Coverage:
    """Return the coverage of a service with the ways that were there before a scenario added some.

    Parameters
    ----------
    loaded, spec
        The study, and the service.
    found
        Its coverage; returned as it is where nothing was added to the service's streets.
    """
    first = by_old_ways(loaded, spec)
    if first is None:
        return found
    was = compute_coverage(first, spec, build_networks(first, {"": spec}))
    return better_of(was, found, loaded.study.levels)


def by_old_ways(loaded: Loaded, spec: ServiceSpec) -> Loaded | None:
    """Return the study with the service's streets as they were, if the edits only add to them."""
    streets = None if spec.streets is None else loaded.layers[spec.streets]
    if streets is None or streets.before is None or not streets.only_adds:
        return None
    return replace(loaded, layers={**loaded.layers, streets.id: streets.before})


def better_of(before: Coverage, after: Coverage, levels: tuple[Level, ...]) -> Coverage:
    """Take each place's way of before where it is shorter; demand is the same in both."""
    was, now = before.demand, after.demand.copy()
    shorter = np.nan_to_num(was["cost"], nan=np.inf) < np.nan_to_num(now["cost"], nan=np.inf)
    for name in _KEPT:
        now[name] = now[name].where(~shorter, was[name])
    return replace(after, demand=now, zones=zone_table(after.standard, now, levels))
