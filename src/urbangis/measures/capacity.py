"""Who is served where facilities can serve only so many: the nearest first, until they are full."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numba import njit
from numpy.typing import NDArray

from urbangis.decay import Floats, Step
from urbangis.errors import BalanceError
from urbangis.measures.access import Costs, amounts, blocks_in_order

TOLERANCE = 1e-9
"""Relative difference below which two totals are the same."""


@dataclass(frozen=True)
class CapacityAllocation:
    """Who is served where.

    Parameters
    ----------
    flows
        ``place, facility`` (rows of demand and supply), ``cost``, ``amount``: one row for each
        pair between which somebody is served, in the order in which they were, the nearest first.
    unmet_demand
        What is left of demand at each place, on its index. Served and unmet make up the demand.
    spare_capacity
        What is left of supply at each facility, on its index.
    """

    flows: pd.DataFrame
    unmet_demand: pd.Series
    spare_capacity: pd.Series


def allocate_by_capacity(
    demand: pd.Series, supply: pd.Series, costs: Costs, *, cutoff: float
) -> CapacityAllocation:
    """Send people to the nearest facility within the cutoff that still has room.

    All pairs of a facility and a place are gone through by rising cost (equal ones by the row of
    the facility, then of the place); each serves as much as the place still asks and the facility
    still has. The outcome is stable (Gale & Shapley 1962, *American Mathematical Monthly* 69:
    9-15): nobody who is unserved, or sent farther, has a facility within the cutoff that has room
    or serves somebody farther away than them. It does not minimise total travel.

    Parameters
    ----------
    demand, supply, costs
        As of `urbangis.measures.access`; supply is how much demand a facility can serve. The pairs
        within the cutoff are held and sorted, about 40 bytes each.
    cutoff
        Largest cost at which someone is served, inclusive, in the unit of the costs.

    Raises
    ------
    TableError
        If a number of demand or supply is missing or negative, or the costs do not fit them.
    BalanceError
        If served and unmet do not make up the demand (a defect).
    """
    people, capacity = amounts(demand, "demand"), amounts(supply, "supply")
    cost, place, facility = _pairs_by_cost(people, capacity, costs, Step(cutoff))
    unmet, spare = people.copy(), capacity.copy()
    amount = _serve(place, facility, unmet, spare)
    _check_balance("demand", people, unmet, (place, amount))
    _check_balance("capacity", capacity, spare, (facility, amount))
    flows = pd.DataFrame({"place": place, "facility": facility, "cost": cost, "amount": amount})
    return CapacityAllocation(
        flows[flows["amount"] > 0].reset_index(drop=True),
        pd.Series(unmet, demand.index, name="unmet_demand"),
        pd.Series(spare, supply.index, name="spare_capacity"),
    )


def _pairs_by_cost(
    people: Floats, capacity: Floats, costs: Costs, within: Step
) -> tuple[Floats, NDArray[np.int32], NDArray[np.int32]]:
    """Return cost, place and facility of the pairs that could serve somebody, the nearest first."""
    held: list[tuple[Floats, NDArray[np.int32], NDArray[np.int32]]] = [
        (np.empty(0), np.empty(0, np.int32), np.empty(0, np.int32))
    ]
    for pairs in blocks_in_order(costs, people.size, capacity.size):
        usable = (within(pairs.cost) > 0) & (people[pairs.place] > 0)
        usable &= capacity[pairs.facility] > 0
        held.append((pairs.cost[usable], pairs.place[usable], pairs.facility[usable]))
    cost, place, facility = (np.concatenate(column) for column in zip(*held, strict=True))
    order = np.argsort(cost, kind="stable")  # blocks hold facilities, then places, in order
    return cost[order], place[order], facility[order]


@njit(cache=True)
def _serve(
    place: NDArray[np.int32], facility: NDArray[np.int32], unmet: Floats, spare: Floats
) -> Floats:
    """Serve pair after pair, taking what is served from ``unmet`` and ``spare``.

    Each pair depends on all before it; a loop in plain Python takes 150 times as long.
    """
    amount = np.zeros(place.size)
    for pair in range(place.size):
        served = min(unmet[place[pair]], spare[facility[pair]])
        unmet[place[pair]] -= served
        spare[facility[pair]] -= served
        amount[pair] = served
    return amount


def _check_balance(
    name: str, total: Floats, left: Floats, used: tuple[NDArray[np.int32], Floats]
) -> None:
    accounted = left.copy()
    np.add.at(accounted, *used)
    gap = np.abs(accounted - total)
    if (left < 0).any() or (gap > TOLERANCE * total).any():
        raise BalanceError(
            f"used and left {name} of row {gap.argmax()} miss its total by {gap.max():.3g}"
        )
