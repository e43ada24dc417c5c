"""Coverage of groups of people: the old, children, whoever the demand counts apart."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from urbangis.errors import TableError
from urbangis.measures.coverage import Coverage
from urbangis.measures.zoning import zone_sums
from urbangis.study import Level
from urbangis.tables import to_numbers


def coverage_by_group(
    coverage: Coverage, columns: Iterable[str], levels: tuple[Level, ...]
) -> pd.DataFrame:
    """Sum groups of people over the zones of every level.

    Parameters
    ----------
    coverage
        Of a standard that counts places: residents or units.
    columns
        Columns of its demand with the number of people of each group; a place may hold people of
        several.
    levels
        Base level first.

    Returns
    -------
    DataFrame
        One row for each group, level and zone: ``group`` (its column), ``zone_id, zone_name, level,
        total, covered, uncovered, rate, rate_low, rate_high``, as `Coverage.zones` tells them.

    Raises
    ------
    TableError
        If the demand has no such column, or it holds what is no number of people.
    """
    share = {
        name: coverage.demand[name].to_numpy(float) for name in ("share", "share_low", "share_high")
    }
    tables = []
    for column in columns:
        people = group_sizes(coverage.demand, column)
        amounts = pd.DataFrame(
            {
                "total": people,
                "covered": people * share["share"],
                "uncovered": people * (1 - share["share"]),
                "rate_low": people * share["share_low"],
                "rate_high": people * share["share_high"],
            }
        )
        sums = zone_sums(coverage.demand["zone_id"], amounts, levels)
        counts = ["total", "covered", "uncovered"]
        sums[counts] = sums[counts].fillna(0.0)
        some = sums["total"].where(sums["total"] > 0)
        sums.insert(6, "rate", sums["covered"] / some)
        for name in ("rate_low", "rate_high"):
            sums[name] /= some
        sums.insert(0, "group", column)
        tables.append(sums)
    return pd.concat(tables, ignore_index=True)


def group_sizes(demand: pd.DataFrame, column: str) -> NDArray[np.float64]:
    """Return how many people of a group live at each place.

    Raises
    ------
    TableError
        If there is no such column, or it holds what is no number of people.
    """
    if column not in demand:
        raise TableError(
            f'has no column "{column}" (columns: {", ".join(map(str, demand.columns))})',
            layer="demand",
            remedy="Correct groups, or leave it out.",
        )
    numbers, unreadable = to_numbers(demand[column])
    wrong = unreadable | ~(numbers >= 0)
    if wrong.any():
        raise TableError(
            f'holds no number of people in the column "{column}"',
            layer="demand",
            row=demand["id"][wrong].iloc[0],
            remedy="Write a number, 0 where nobody of the group lives.",
        )
    return numbers
