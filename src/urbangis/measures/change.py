"""Before and after: who gains a service and who loses it, with every person accounted for."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from urbangis.errors import BalanceError, StudyError
from urbangis.measures.coverage import Coverage
from urbangis.measures.zoning import TOLERANCE, zone_sums
from urbangis.study import Level

GROUPS = ("kept", "gained", "lost", "without")
"""Covered before and after, only after, only before, neither; by the greater part of land."""

FLOWS = ("gained", "lost", "arrived", "arrived_covered", "left", "left_covered")
"""What moves a zone's figures; `Change` tells what each is."""

_KEY = ["id", "zone_id"]


@dataclass(frozen=True)
class Change:
    """One service before and after.

    Parameters
    ----------
    before, after
        Coverage by the same standard, of the same study.
    denominator
        What is counted: the first of the standard.
    places
        One row for each row of demand of either: ``id, zone_id``; ``before_row, after_row``
        (position in either's demand, -1 where it is not there); ``group`` (number in `GROUPS`);
        ``cost_before, cost_after`` (as `Coverage.demand`); the amounts of `FLOWS`.
    zones
        One row for each level and zone, and one for the study: ``zone_id, zone_name, level,
        total_before, total_after, covered_before, covered_after, rate_before, rate_after, change``
        (of the rate, as a share) and the sums of `FLOWS`: ``gained`` and ``lost`` (of those who are
        there before and after), ``arrived`` and ``left`` (who are there only after or only before;
        of them ``arrived_covered`` and ``left_covered``).
    """

    before: Coverage
    after: Coverage
    denominator: str
    places: pd.DataFrame
    zones: pd.DataFrame


def change_between(before: Coverage, after: Coverage, levels: tuple[Level, ...]) -> Change:
    """Tell who gains and who loses a service between two states of a study.

    Parameters
    ----------
    before, after
        Coverage by one standard; rows of demand belong together by ``id`` and ``zone_id``.
    levels
        Those of both coverages, base level first.

    Raises
    ------
    StudyError
        If the standards differ: what changes would be the yardstick.
    BalanceError
        If covered before, gained, lost, arrived and left do not make covered after (a defect).
    """
    if before.standard != after.standard:
        raise StudyError(
            f'"{before.standard.id}" cannot be compared with "{after.standard.id}"',
            remedy="Compare two states by one standard.",
        )
    denominator = before.standard.denominators[0]
    rows = _paired(before.demand, after.demand)
    places = _places(before.demand, after.demand, rows, denominator)
    flows = zone_sums(places["zone_id"], places[list(FLOWS)], levels)
    flows = flows.set_index(["zone_id", "zone_name", "level"])
    zones = _rates(before, "before").join(_rates(after, "after"), how="outer")
    zones = zones.reindex(flows.index).join(flows)
    counts = [name for name in map(str, zones) if not name.startswith("rate")]
    zones[counts] = zones[counts].fillna(0.0)
    zones["change"] = zones["rate_after"] - zones["rate_before"]
    _check_balance(zones)
    order = [f"{name}_{when}" for name in ("total", "covered", "rate") for when in _WHEN]
    return Change(
        before, after, denominator, places, zones[[*order, "change", *FLOWS]].reset_index()
    )


_WHEN = ("before", "after")


def _paired(
    before: pd.DataFrame, after: pd.DataFrame
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows of both tables that belong together; -1 where a table has none."""
    if len(before) == len(after) and all(before[key].equals(after[key]) for key in _KEY):
        same = np.arange(len(before))
        return same, same
    left = before[_KEY].assign(before_row=np.arange(len(before)))
    right = after[_KEY].assign(after_row=np.arange(len(after)))
    # Outer merges sort by key; what was there before keeps its order, what is new follows.
    both = left.merge(right, on=_KEY, how="outer")
    both = both.sort_values(["before_row", "after_row"], na_position="last", kind="stable")
    both = both[["before_row", "after_row"]].fillna(-1).astype("int64")
    return both["before_row"].to_numpy(), both["after_row"].to_numpy()


def _places(
    before: pd.DataFrame,
    after: pd.DataFrame,
    rows: tuple[NDArray[np.int64], NDArray[np.int64]],
    denominator: str,
) -> pd.DataFrame:
    first, last = rows
    was, now = _of(before, denominator, first), _of(after, denominator, last)
    share_was, share_now = _of(before, "share", first), _of(after, "share", last)
    stay, arrived = np.minimum(was, now), np.maximum(now - was, 0.0)
    left = np.maximum(was - now, 0.0)
    rise = share_now - share_was
    # A place that is there only once has no before, or no after, to be held against.
    half_was, half_now = share_was > 0.5, share_now > 0.5
    group = np.where(half_was, np.where(half_now, 0, 2), np.where(half_now, 1, 3))
    keys = {
        key: np.where(
            last >= 0,
            after[key].to_numpy(object)[last],
            before[key].to_numpy(object)[first],
        )
        for key in _KEY
    }
    return pd.DataFrame(
        keys
        | {
            "before_row": first,
            "after_row": last,
            "group": group.astype(np.int64),
            "cost_before": _of(before, "cost", first, missing=np.nan),
            "cost_after": _of(after, "cost", last, missing=np.nan),
            "gained": stay * np.maximum(rise, 0.0),
            "lost": stay * np.maximum(-rise, 0.0),
            "arrived": arrived,
            "arrived_covered": arrived * share_now,
            "left": left,
            "left_covered": left * share_was,
        }
    )


def _of(
    table: pd.DataFrame, column: str, row: NDArray[np.int64], *, missing: float = 0.0
) -> NDArray[np.float64]:
    values = table[column].to_numpy(float)
    return np.where(row >= 0, values[row], missing)


def _rates(coverage: Coverage, when: str) -> pd.DataFrame:
    zones = coverage.zones[coverage.zones["denominator"] == coverage.standard.denominators[0]]
    table = zones.set_index(["zone_id", "zone_name", "level"])
    return table[["total", "covered", "rate"]].add_suffix(f"_{when}")


def _check_balance(zones: pd.DataFrame) -> None:
    moved = zones["gained"] - zones["lost"] + zones["arrived_covered"] - zones["left_covered"]
    gap = (zones["covered_before"] + moved - zones["covered_after"]).abs()
    scale = max(zones["total_before"].max(), zones["total_after"].max(), 1.0)
    if not (gap <= TOLERANCE * scale).all():
        raise BalanceError(
            f"what {gap.idxmax()} gains and loses misses its covered by {gap.max():.3g}"
        )
