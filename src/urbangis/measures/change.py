"""Before and after: who gains a service and who loses it, with every person accounted for."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from urbangis.errors import BalanceError
from urbangis.measures.coverage import Coverage
from urbangis.measures.groups import group_sizes
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
    places
        One row for each row of either state: ``id, zone_id``; ``before_row, after_row`` (position
        in either, -1 where it is not there); ``group`` (number in `GROUPS`); ``cost_before,
        cost_after``; ``stay`` (how many are there before and after); the amounts of `FLOWS`.
    zones
        One row for each level and zone, and one for the study: ``zone_id, zone_name, level,
        total_before, total_after, covered_before, covered_after, rate_before, rate_after, change``
        (of the rate, as a share) and the sums of `FLOWS`: ``gained`` and ``lost`` (of those who are
        there before and after), ``arrived`` and ``left`` (who are there only after or only before;
        of them ``arrived_covered`` and ``left_covered``).
    """

    places: pd.DataFrame
    zones: pd.DataFrame


def state_of(coverage: Coverage, group: str | None = None) -> pd.DataFrame:
    """Return what a coverage says of each place, by the first denominator of its standard.

    Parameters
    ----------
    group
        Column of the demand with the people of a group, who are counted instead.

    Raises
    ------
    TableError
        If the demand has no such column, or it holds what is no number of people.

    Returns
    -------
    DataFrame
        ``id, zone_id, weight, share, cost`` as of `Coverage.demand`, in its order.
    """
    weight = group_sizes(coverage.demand, group or coverage.standard.denominators[0])
    return pd.DataFrame(coverage.demand[[*_KEY, "share", "cost"]]).assign(weight=weight)


def change_between(before: pd.DataFrame, after: pd.DataFrame, levels: tuple[Level, ...]) -> Change:
    """Tell who gains and who loses a service between two states of a study.

    Parameters
    ----------
    before, after
        As `state_of` returns them; rows belong together by ``id`` and ``zone_id``.
    levels
        Those of both, base level first.

    Raises
    ------
    BalanceError
        If covered before, gained, lost, arrived and left do not make covered after (a defect).
    """
    places = _places(before, after, *_paired(before, after))
    amounts = pd.DataFrame(
        {
            f"{name}_{when}": _of(state, "weight", places[f"{when}_row"].to_numpy())
            * (_of(state, "share", places[f"{when}_row"].to_numpy()) if name == "covered" else 1.0)
            for name in ("total", "covered")
            for when, state in (("before", before), ("after", after))
        }
    )
    zones = zone_sums(places["zone_id"], pd.concat([amounts, places[list(FLOWS)]], axis=1), levels)
    zones = zones.fillna(dict.fromkeys((*amounts, *FLOWS), 0.0))
    for when in ("before", "after"):
        total = zones[f"total_{when}"]
        zones[f"rate_{when}"] = zones[f"covered_{when}"] / total.where(total > 0)
    zones["change"] = zones["rate_after"] - zones["rate_before"]
    _check_balance(zones)
    return Change(places, zones)


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
    before: pd.DataFrame, after: pd.DataFrame, first: NDArray[np.int64], last: NDArray[np.int64]
) -> pd.DataFrame:
    was, now = _of(before, "weight", first), _of(after, "weight", last)
    share_was, share_now = _of(before, "share", first), _of(after, "share", last)
    stay, arrived = np.minimum(was, now), np.maximum(now - was, 0.0)
    left = np.maximum(was - now, 0.0)
    rise = share_now - share_was
    half_was, half_now = share_was > 0.5, share_now > 0.5
    group = np.where(half_was, np.where(half_now, 0, 2), np.where(half_now, 1, 3))
    gone = last < 0
    return pd.DataFrame(
        {key: _joined(before[key], after[key], first, last, gone) for key in _KEY}
        | {
            "before_row": first,
            "after_row": last,
            "group": group.astype(np.int64),
            "cost_before": _of(before, "cost", first, missing=np.nan),
            "cost_after": _of(after, "cost", last, missing=np.nan),
            "stay": stay,
            "gained": stay * np.maximum(rise, 0.0),
            "lost": stay * np.maximum(-rise, 0.0),
            "arrived": arrived,
            "arrived_covered": arrived * share_now,
            "left": left,
            "left_covered": left * share_was,
        }
    )


def _joined(
    before: pd.Series,
    after: pd.Series,
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    gone: NDArray[np.bool_],
) -> pd.Series:
    """Return a key of each place: as it is after, or of before for one that is gone."""
    if not gone.any():
        return after.iloc[last].reset_index(drop=True)
    keys = after.to_numpy(object)[last]
    keys[gone] = before.to_numpy(object)[first[gone]]
    return pd.Series(keys)


def _of(
    table: pd.DataFrame, column: str, row: NDArray[np.int64], *, missing: float = 0.0
) -> NDArray[np.float64]:
    values = table[column].to_numpy(float)
    return np.where(row >= 0, values[row], missing)


def _check_balance(zones: pd.DataFrame) -> None:
    moved = zones["gained"] - zones["lost"] + zones["arrived_covered"] - zones["left_covered"]
    gap = (zones["covered_before"] + moved - zones["covered_after"]).abs()
    scale = max(zones["total_before"].max(), zones["total_after"].max(), 1.0)
    if not (gap <= TOLERANCE * scale).all():
        zone = zones.iloc[int(gap.to_numpy().argmax())]
        raise BalanceError(
            f"what {zone['level']} {zone['zone_id']!r} gains and loses misses its covered by "
            f"{gap.max():.3g}"
        )
