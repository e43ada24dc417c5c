"""Accessibility under capacity by home, facility, zone and group, and how evenly it is spread."""

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from urbangis.decay import Floats, GaussianToZero, Step
from urbangis.errors import BalanceError
from urbangis.measures.access import (
    blocks_in_order,
    cumulative_opportunities,
    enhanced_two_step_fca,
    gravity,
    three_step_fca,
    two_step_fca,
)
from urbangis.measures.capacity import CapacityAllocation, allocate_by_capacity
from urbangis.measures.equity import (
    concentration_index,
    gini,
    palma,
    percentile_gap,
    theil,
    theil_by_group,
    weighted_quantile,
)
from urbangis.measures.zoning import TOLERANCE, zone_sums
from urbangis.study import Level
from urbangis.travel.pairs import TravelPairs

MEASURES = (
    "cumulative_opportunities",
    "gravity",
    "two_step_fca",
    "enhanced_two_step_fca",
    "three_step_fca",
)
PER_HEAD = MEASURES[2:]
"""Measures that share a capacity out among people: their sum over people is the capacity."""

OUTSIDE = ""
"""Group of the homes that lie in no zone."""

_SHARE_ROUNDING = 1e-9


@dataclass(frozen=True)
class Accessibility:
    """How much of a capacity each home can reach.

    Parameters
    ----------
    homes
        The homes, with ``people`` (who ask), ``zone_id``, ``snapped``, ``nearest_s`` (seconds to
        the nearest facility, NaN where none is within the cutoff), the five `MEASURES`, and
        ``share`` (of people who find room within the cutoff, or, where that is not asked, 1 for a
        home with a facility in reach).
    facilities
        The facilities, with ``capacity``, ``people_in_reach``, ``per_head`` (capacity over people
        in reach, the first step of 2SFCA; NaN where nobody is) and ``spare`` (capacity left when
        people have been sent to the nearest with room; NaN where not asked).
    zones
        ``zone_id, zone_name, level``, ``total, covered, uncovered, unsnapped, rate`` of people by
        ``share``, and the mean of each of the `MEASURES` over people (NaN where nobody lives).
    equity
        One row a measure: ``measure, mean, gini, theil, theil_between, p90_p10, zones_p90_p10,
        palma, concentration, nothing``. ``theil_between`` is the part of Theil's T that is between
        base zones; ``zones_p90_p10`` compares the means of base zones; ``palma`` and
        ``concentration`` need a rank (NaN without; ``palma`` also where more than a tenth of people
        share the highest); ``nothing`` is the share of people who reach
        nothing.
    groups
        One row for all who ask and one for each group: ``group, people, in_reach`` (share with a
        facility within the cutoff), ``nearest_min`` (mean over those), and the mean of each
        of the `MEASURES`.
    """

    homes: gpd.GeoDataFrame
    facilities: gpd.GeoDataFrame
    zones: pd.DataFrame
    equity: pd.DataFrame
    groups: pd.DataFrame


@dataclass(frozen=True)
class Ask:
    """What is asked of homes and facilities.

    Parameters
    ----------
    cutoff_s
        Largest travel time that counts, inclusive, seconds. Decay is Dai's Gaussian down to 0
        there.
    serves
        People that one unit of capacity is for; None where nobody is counted out.
    groups
        Columns of the homes with numbers of people of each group.
    rank_by
        Column of the homes that ranks them from poor to rich.
    """

    cutoff_s: float
    serves: float | None = None
    groups: tuple[str, ...] = ()
    rank_by: str | None = None


def accessibility(
    homes: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    pairs: Sequence[TravelPairs],
    ask: Ask,
    levels: tuple[Level, ...],
) -> Accessibility:
    """Share a capacity out among homes, and sum up who gets how much.

    Parameters
    ----------
    homes
        ``id, people, zone_id, snapped`` and the columns that ``ask`` names; rows as in ``pairs``.
    facilities
        ``id, capacity``; rows as in ``pairs``.
    pairs
        Travel times within the cutoff, in blocks, from `urbangis.travel.pairs.travel_pairs`.
    ask
        What is asked.
    levels
        Zones, base level first.

    Raises
    ------
    TableError
        If people, capacity, a group or the rank is missing or negative somewhere, or nobody asks.
    BalanceError
        If the capacity shared out is not that of the facilities that somebody reaches (a defect).
    """
    people = pd.Series(homes["people"].to_numpy(float), homes["id"], name="people")
    capacity = pd.Series(facilities["capacity"].to_numpy(float), facilities["id"], name="capacity")
    decay = GaussianToZero(ask.cutoff_s)
    values = pd.DataFrame(
        {
            "cumulative_opportunities": cumulative_opportunities(
                people, capacity, pairs, cutoff=ask.cutoff_s
            ),
            "gravity": gravity(people, capacity, pairs, decay=decay),
            "two_step_fca": two_step_fca(people, capacity, pairs, cutoff=ask.cutoff_s),
            "enhanced_two_step_fca": enhanced_two_step_fca(people, capacity, pairs, decay=decay),
            "three_step_fca": three_step_fca(people, capacity, pairs, decay=decay),
        }
    )
    nearest_s, asked = _reach(people, capacity, pairs, Step(ask.cutoff_s))
    _check_shared_out(people, capacity, asked, values["two_step_fca"])
    table = homes.assign(
        nearest_s=nearest_s, **{name: values[name].to_numpy() for name in MEASURES}
    )
    allocation = None
    if ask.serves is None:
        table["share"] = np.isfinite(nearest_s).astype(float)
    else:
        allocation = allocate_by_capacity(people, capacity * ask.serves, pairs, cutoff=ask.cutoff_s)
        table["share"] = _served_share(people, allocation)
    return Accessibility(
        table,
        _facilities(facilities, asked, allocation, ask),
        _zones(table, levels),
        _equity(table, ask, levels[0]),
        _groups(table, ask.groups),
    )


def lorenz(values: pd.Series, people: pd.Series, ranked_by: pd.Series) -> pd.DataFrame:
    """Cumulative shares of people and of what they have, the lowest rank first.

    Ranked by the values themselves it is the Lorenz curve, half of the Gini coefficient below the
    diagonal; ranked by something else, the concentration curve. Those of one rank are one step.

    Parameters
    ----------
    values, people, ranked_by
        What each place has, how many live there, and its rank; one index.

    Returns
    -------
    DataFrame
        ``people, value``, both from 0 to 1.
    """
    sums = (
        pd.DataFrame({"people": people, "value": values * people})
        .groupby(ranked_by.to_numpy())
        .sum()
        .cumsum()
    )
    shares = sums / sums.iloc[-1]
    start = pd.DataFrame({"people": [0.0], "value": [0.0]})
    return pd.concat([start, shares], ignore_index=True)


def _reach(
    people: pd.Series, capacity: pd.Series, pairs: Sequence[TravelPairs], within: Step
) -> tuple[Floats, Floats]:
    """Return seconds to the nearest facility of each home, and people in reach of each facility."""
    nearest_s, asked = np.full(len(people), np.inf), np.zeros(len(capacity))
    for block in blocks_in_order(pairs, len(people), len(capacity)):
        near = within(block.cost) > 0
        np.minimum.at(nearest_s, block.place[near], block.cost[near])
        np.add.at(asked, block.facility[near], people.to_numpy()[block.place[near]])
    return np.where(np.isfinite(nearest_s), nearest_s, np.nan), asked


def _check_shared_out(
    people: pd.Series, capacity: pd.Series, asked: Floats, per_head: pd.Series
) -> None:
    given = float((people * per_head).sum())
    there = float(capacity[asked > 0].sum())
    if abs(given - there) > TOLERANCE * max(there, 1.0) * 100:
        raise BalanceError(f"a capacity of {there:.9g} is in reach, {given:.9g} is shared out")


def _served_share(people: pd.Series, allocation: CapacityAllocation) -> Floats:
    unmet = allocation.unmet_demand.to_numpy()
    some = people.to_numpy() > 0
    share = np.zeros(len(people))
    share[some] = 1 - unmet[some] / people.to_numpy()[some]
    return np.asarray(np.where(share < _SHARE_ROUNDING, 0.0, share))


def _facilities(
    facilities: gpd.GeoDataFrame,
    asked: Floats,
    allocation: CapacityAllocation | None,
    ask: Ask,
) -> gpd.GeoDataFrame:
    capacity = facilities["capacity"].to_numpy(float)
    per_head = np.divide(capacity, asked, out=np.full(len(asked), np.nan), where=asked > 0)
    spare = np.full(len(asked), np.nan)
    if allocation is not None and ask.serves is not None:
        spare = allocation.spare_capacity.to_numpy() / ask.serves
    return facilities.assign(people_in_reach=asked, per_head=per_head, spare=spare)


def _zones(table: gpd.GeoDataFrame, levels: tuple[Level, ...]) -> pd.DataFrame:
    people, share = table["people"], table["share"]
    amounts = pd.DataFrame(
        {
            "total": people,
            "covered": people * share,
            "uncovered": people * (1 - share),
            "unsnapped": people * ~table["snapped"].to_numpy(bool),
            **{name: people * table[name] for name in MEASURES},
        }
    )
    zones = zone_sums(table["zone_id"], amounts.reset_index(drop=True), levels)
    sums = ["total", "covered", "uncovered", "unsnapped"]
    zones[sums] = zones[sums].fillna(0.0)
    some = zones["total"].where(zones["total"] > 0)
    zones.insert(list(zones.columns).index("unsnapped") + 1, "rate", zones["covered"] / some)
    for name in MEASURES:
        zones[name] = zones[name] / some
    return zones


def _equity(table: gpd.GeoDataFrame, ask: Ask, base: Level) -> pd.DataFrame:
    people = table["people"]
    zone = table["zone_id"].where(table["zone_id"].isin(base.zones["id"]), OUTSIDE)
    by_zone = people.groupby(zone).sum()
    rows = []
    for name in MEASURES:
        value = table[name]
        means = ((value * people).groupby(zone).sum() / by_zone.where(by_zone > 0)).rename(name)
        rank = None if ask.rank_by is None else table[ask.rank_by]
        rows.append(
            {
                "measure": name,
                "mean": float(np.average(value, weights=people)),
                "gini": gini(value, people),
                "theil": theil(value, people),
                "theil_between": float(theil_by_group(value, people, zone)["between"].sum()),
                "p10": weighted_quantile(value, people, 0.1),
                "p90": weighted_quantile(value, people, 0.9),
                "p90_p10": percentile_gap(value, people),
                "zones_p90_p10": percentile_gap(means, by_zone),
                "palma": palma(value, people, ranked_by=rank)
                if rank is not None and _has_richest_tenth(people, rank)
                else np.nan,
                "concentration": np.nan
                if rank is None
                else concentration_index(value, people, ranked_by=rank),
                "nothing": float(people[value == 0].sum() / people.sum()),
            }
        )
    return pd.DataFrame(rows)


def _has_richest_tenth(people: pd.Series, rank: pd.Series) -> bool:
    """Whether a richest tenth can be told from the rest: not if more share the highest rank."""
    return bool(weighted_quantile(rank, people, 0.9) < rank[people > 0].max())


def _groups(table: gpd.GeoDataFrame, groups: Sequence[str]) -> pd.DataFrame:
    rows = []
    for group in ("", *groups):
        people = table[group] if group else table["people"]
        total = float(people.sum())
        reached = table["nearest_s"].notna()
        near = float(people[reached].sum())
        seconds = float((people * table["nearest_s"])[reached].sum())
        rows.append(
            {
                "group": group,
                "people": total,
                "in_reach": near / total if total else np.nan,
                "nearest_s": seconds / near if near else np.nan,
                **{
                    name: float((people * table[name]).sum() / total) if total else np.nan
                    for name in MEASURES
                },
            }
        )
    return pd.DataFrame(rows)
