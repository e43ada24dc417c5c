"""Several rules for one service: their rates side by side, and the people they disagree on."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from urbangis.errors import BalanceError
from urbangis.measures.coverage import Coverage
from urbangis.measures.zoning import TOLERANCE, zone_sums
from urbangis.notices import Notice, Text, notice
from urbangis.study import Level
from urbangis.tables import coordinates

GROUPS = ("both", "own_only", "other_only", "neither")
"""Who says that a home is covered: both rules, the service's own, the other one, neither."""


@dataclass(frozen=True)
class Agreement:
    """What the service's own rule and another say of each home.

    Parameters
    ----------
    other
        Coverage by the other rule.
    group
        Number in `GROUPS` for each row of the own coverage's demand.
    amounts
        Of the own rule's first denominator for the whole study, one for each of `GROUPS`.
    """

    other: Coverage
    group: NDArray[np.int64]
    amounts: tuple[float, ...]


@dataclass(frozen=True)
class Comparison:
    """A service by several rules.

    Parameters
    ----------
    rules
        Coverage by each rule, the service's own first; each counts by its first denominator.
    agreements
        One for each other rule that counts the same homes.
    zones
        One row for each level and zone, and one for the study: ``zone_id, zone_name, level``;
        for each rule ``<standard>_denominator, _total, _covered, _rate``; for each of
        ``agreements`` ``<other standard>_both, _own_only, _other_only, _neither``, in the
        denominator of the service's own rule.
    notices
        Which rules cannot be compared home by home, and what is told of the other rules alone.
    """

    rules: tuple[Coverage, ...]
    agreements: tuple[Agreement, ...]
    zones: pd.DataFrame
    notices: tuple[Notice, ...]


def compare_rules(rules: tuple[Coverage, ...], levels: tuple[Level, ...]) -> Comparison:
    """Put coverages of one service by several rules side by side.

    Parameters
    ----------
    rules
        The service's own first, all of one study. Rules that count the same layer of demand have
        its rows in the same order, as `network_coverage` and `straight_coverage` leave them.
    levels
        Those of the coverages.

    Raises
    ------
    BalanceError
        If the four groups of an agreement do not make up the total (a defect).
    """
    own, *others = rules
    tables = [_rates(rule) for rule in rules]
    agreements = []
    for other in others:
        if _same_homes(own, other):
            group = _groups(own, other)
            sums = _group_sums(own, group, levels)
            _check_balance(own, sums, tables[0])
            agreements.append(Agreement(other, group, tuple(sums.iloc[-1])))
            tables.append(sums.add_prefix(f"{other.standard.id}_"))
    zones = pd.concat(tables, axis=1).reset_index()
    apart = [rule.standard.id for rule in others if not _same_homes(own, rule)]
    told = (one for rule in others for one in _notices(rule, own))
    elsewhere = [rule.standard.id for rule in others if not same_facilities(own, rule)]
    notices = (*_apart(apart), *_elsewhere(elsewhere), *told)
    return Comparison(rules, tuple(agreements), zones, notices)


def same_facilities(own: Coverage, other: Coverage) -> bool:
    """Whether two rules count the same facilities; they may count other kinds or sizes."""
    return set(own.supply["id"]) == set(other.supply["id"])


def _rates(rule: Coverage) -> pd.DataFrame:
    """Return a rule's columns, with a row for each level and zone."""
    zones = rule.zones[rule.zones["denominator"] == rule.standard.denominators[0]]
    table = zones.set_index(["zone_id", "zone_name", "level"])
    columns = ["denominator", "total", "covered", "rate"]
    return table[columns].add_prefix(f"{rule.standard.id}_")


def _same_homes(own: Coverage, other: Coverage) -> bool:
    """Whether both rules speak of the same places, each of which is covered or is not."""
    if own.standard.land or other.standard.land:
        return False
    mine, theirs = own.demand, other.demand
    return bool(
        np.array_equal(mine["id"], theirs["id"])
        and np.array_equal(coordinates(mine), coordinates(theirs), equal_nan=True)
    )


def _groups(own: Coverage, other: Coverage) -> NDArray[np.int64]:
    by_own, by_other = own.demand["share"].to_numpy() > 0, other.demand["share"].to_numpy() > 0
    return np.where(by_own, np.where(by_other, 0, 1), np.where(by_other, 2, 3)).astype(np.int64)


def _group_sums(own: Coverage, group: NDArray[np.int64], levels: tuple[Level, ...]) -> pd.DataFrame:
    weight = own.demand[own.standard.denominators[0]].to_numpy(float)
    amounts = pd.DataFrame(
        {name: np.where(group == number, weight, 0.0) for number, name in enumerate(GROUPS)}
    )
    sums = zone_sums(own.demand["zone_id"], amounts, levels)
    return sums.set_index(["zone_id", "zone_name", "level"]).fillna(0.0)


def _check_balance(own: Coverage, sums: pd.DataFrame, rates: pd.DataFrame) -> None:
    total = rates[f"{own.standard.id}_total"]
    gap = (sums.sum(axis=1) - total).abs()
    if not (gap <= TOLERANCE * max(total.max(), 1.0)).all():
        raise BalanceError(
            f"the groups of {gap.idxmax()} miss the total of {own.standard.id} by {gap.max():.3g}"
        )


def _notices(rule: Coverage, own: Coverage) -> list[Notice]:
    """Return what is told of another rule's coverage, under the rule's name."""
    name = rule.standard.name
    return [
        replace(
            one,
            message=Text(zh=f"{name.zh}：{one.message.zh}", en=f"{name.en}: {one.message.en}"),
        )
        for one in rule.notices
        if one not in own.notices
    ]


def _apart(ids: list[str]) -> tuple[Notice, ...]:
    text = Text(
        zh=f"有{len(ids)}项对照标准的统计对象不同（如居住用地面积），只并列覆盖率，不逐户比较。",
        en=f"standards compared here that count something else, such as land: {len(ids)}; their "
        "rates stand side by side, but nothing can be said of single homes.",
    )
    return notice("rules-not-compared-by-home", ids, text)


def _elsewhere(ids: list[str]) -> tuple[Notice, ...]:
    text = Text(
        zh=f"有{len(ids)}项对照标准计入的设施类别或规模不同，差异不只来自算法。",
        en=f"standards compared here that count other kinds or sizes of facilities: {len(ids)}; "
        "rates differ for more than the way of measuring.",
    )
    return notice("rules-count-other-facilities", ids, text, severity="warning")
