"""Hold what was measured against what policy documents ask for, clause by clause.

What was found is *observed*: one row for each target, area and year, whether it was computed from
layers or reported by a department. The newest row is the figure; the older ones are its history,
so that whoever adds next year's rows to a table has the trend.
"""

from urbangis.indicators.areas import GROUP, area_asked, areas_of
from urbangis.indicators.observations import (
    OBSERVED,
    PERCENT,
    observe_coverage,
    observe_figures,
    observe_rates,
    observe_reported,
    observe_shares,
    pooled,
)
from urbangis.indicators.verdicts import clause_status, evaluate

__all__ = [
    "GROUP",
    "OBSERVED",
    "PERCENT",
    "area_asked",
    "areas_of",
    "clause_status",
    "evaluate",
    "observe_coverage",
    "observe_figures",
    "observe_rates",
    "observe_reported",
    "observe_shares",
    "pooled",
]
