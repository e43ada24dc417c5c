"""What only adds takes nothing away: who was nearer by the old streets still goes by them.

A new street may lie nearer to a home than the one that its people use today, and lead to the
facility by a longer way. They would not take it. So where a scenario only adds streets, facilities
or gates, the better of the two ways counts.
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
    first = _before(loaded, spec)
    if first is None:
        return found
    was = compute_coverage(first, spec, build_networks(first, {"": spec}))
    return _better(was, found, loaded.study.levels)


def _before(loaded: Loaded, spec: ServiceSpec) -> Loaded | None:
    """Return the study with the service's streets as they were, if the edits only add to them."""
    if spec.streets is None or not loaded.layers[spec.streets].only_adds:
        return None
    others = [name for name in spec.layers_used if name != spec.demand]
    edited = [name for name in others if loaded.layers[name].edits]
    if not all(loaded.layers[name].only_adds for name in edited):
        return None
    before = {name: loaded.layers[name].before or loaded.layers[name] for name in edited}
    return replace(loaded, layers={**loaded.layers, **before})


def _better(before: Coverage, after: Coverage, levels: tuple[Level, ...]) -> Coverage:
    """Take each place's way of before where it is shorter; demand is the same in both."""
    was, now = before.demand, after.demand.copy()
    shorter = np.nan_to_num(was["cost"], nan=np.inf) < np.nan_to_num(now["cost"], nan=np.inf)
    for name in _KEPT:
        now[name] = now[name].where(~shorter, was[name])
    return replace(after, demand=now, zones=zone_table(after.standard, now, levels))
