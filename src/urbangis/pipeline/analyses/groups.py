"""Coverage of the groups of people that a service names."""

from pathlib import Path

import pandas as pd

from urbangis.measures.coverage import Coverage
from urbangis.measures.groups import coverage_by_group
from urbangis.notices import Text
from urbangis.pipeline.load import Loaded
from urbangis.pipeline.outputs import write_result
from urbangis.pipeline.services import named
from urbangis.publish.model import Link
from urbangis.study import ServiceSpec

_LABEL = Text(zh="分人群覆盖率表（CSV）", en="Coverage by group (CSV)")


def compute_groups(loaded: Loaded, spec: ServiceSpec, coverage: Coverage) -> pd.DataFrame | None:
    """Return the coverage of each group, as of `coverage_by_group`; None if none is named.

    Raises
    ------
    TableError
        If the demand does not hold what a group is counted by.
    """
    if not spec.groups:
        return None
    with named({"demand": [loaded.layers[spec.demand]]}):
        return coverage_by_group(coverage, spec.groups, loaded.study.levels)


def write_groups(folder: Path, data: str, groups: pd.DataFrame | None) -> tuple[Link, ...]:
    """Write ``groups.csv`` into a folder's ``data``, and return the way to it; none if none is."""
    if groups is None:
        return ()
    write_result(folder / data, {"groups": groups}, {})
    return (Link(_LABEL, f"{data}/groups.csv"),)
