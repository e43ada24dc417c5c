"""Accessibility: how much can be reached, for each place, from travel costs between pairs.

Every measure takes the same three things:

``demand``
    People (or whatever asks for the service) at each place: Series, non-negative, no gaps.
``supply``
    What each facility has to give: beds, seats, square metres, 1 for a facility as such. Series,
    non-negative, no gaps.
``costs``
    `TravelPairs`, or blocks of them: the n-th place is the n-th row of ``demand``, the n-th
    facility that of ``supply``, whatever their indices say. The answers are on the index of
    ``demand``.

Blocks are read one at a time, so that a province streams from `urbangis.travel.pairs`. All pairs of
a facility are in one block, and the facilities of one block come before those of the next; blocks
in a list or tuple may be in any order, with the same answer to the last bit.

A pair that is absent weighs nothing. A place that reaches no facility has an accessibility of 0,
which is a finding; that a place is on no street at all is known to whoever snapped it. Where a
cutoff equals the limit of the search, search up to ``limit * INCLUSIVE``.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
import pandas as pd

from urbangis.decay import Decay, Floats, Step
from urbangis.errors import TableError
from urbangis.travel.pairs import TravelPairs

Costs = TravelPairs | Iterable[TravelPairs]


def cumulative_opportunities(
    demand: pd.Series, supply: pd.Series, costs: Costs, *, cutoff: float
) -> pd.Series:
    """Sum what is within the cutoff of each place.

    A_i = Σ_j S_j over facilities j with c_ij ≤ cutoff (Wachs & Kumagai 1973, *Socio-Economic
    Planning Sciences* 7: 437-456).

    Parameters
    ----------
    demand, supply, costs
        As this module says; ``demand`` tells the places, its numbers do not matter.
    cutoff
        Largest cost that counts, inclusive, in the unit of the costs.

    Returns
    -------
    Series
        In the unit of ``supply``.

    Raises
    ------
    TableError
        If a number of demand or supply is missing or negative, or the costs do not fit them.
    """
    return gravity(demand, supply, costs, decay=Step(cutoff)).rename("cumulative_opportunities")


def gravity(demand: pd.Series, supply: pd.Series, costs: Costs, *, decay: Decay) -> pd.Series:
    """Sum what each place can reach, the farther the less.

    A_i = Σ_j S_j f(c_ij) (Hansen 1959, *Journal of the American Institute of Planners* 25: 73-76).

    Parameters
    ----------
    demand, supply, costs
        As this module says; ``demand`` tells the places, its numbers do not matter.
    decay
        The function f.

    Returns
    -------
    Series
        In the unit of ``supply``.

    Raises
    ------
    TableError
        If a number of demand or supply is missing or negative, or the costs do not fit them.
    """
    people, capacity = amounts(demand, "demand"), amounts(supply, "supply")
    access = np.zeros(people.size)
    for pairs in blocks_in_order(costs, people.size, capacity.size):
        np.add.at(access, pairs.place, capacity[pairs.facility] * decay(pairs.cost))
    return pd.Series(access, demand.index, name="gravity")


def two_step_fca(demand: pd.Series, supply: pd.Series, costs: Costs, *, cutoff: float) -> pd.Series:
    """Supply per head within reach, of facilities that are shared by all within their reach.

    R_j = S_j / Σ_k P_k over places k with c_kj ≤ cutoff, then A_i = Σ_j R_j over facilities j with
    c_ij ≤ cutoff: the two-step floating catchment area, 2SFCA (Luo & Wang 2003, *Environment and
    Planning B* 30: 865-884).

    Parameters
    ----------
    demand, supply, costs
        As this module says.
    cutoff
        Largest cost that counts, inclusive, in the unit of the costs.

    Returns
    -------
    Series
        Supply per head. Its sum weighted by ``demand`` is the supply of all facilities that have
        somebody within reach; a facility that has nobody gives nothing to anyone.

    Raises
    ------
    TableError
        If a number of demand or supply is missing or negative, or the costs do not fit them.
    """
    shared = enhanced_two_step_fca(demand, supply, costs, decay=Step(cutoff))
    return shared.rename("two_step_fca")


def enhanced_two_step_fca(
    demand: pd.Series, supply: pd.Series, costs: Costs, *, decay: Decay
) -> pd.Series:
    """Supply per head within reach, where the near ask more and get more than the far.

    R_j = S_j / Σ_k P_k W_kj, then A_i = Σ_j R_j W_ij, with W = f(c): E2SFCA with the weights of
    travel zones, `Stepwise` (Luo & Qi 2009, *Health & Place* 15: 1100-1107), or with a continuous
    decay (Dai 2010, *Health & Place* 16: 1038-1052).

    Parameters
    ----------
    demand, supply, costs
        As this module says.
    decay
        The function f.

    Returns
    -------
    Series
        Supply per head; sums as in `two_step_fca`.

    Raises
    ------
    TableError
        If a number of demand or supply is missing or negative, or the costs do not fit them.
    """
    people, capacity = amounts(demand, "demand"), amounts(supply, "supply")
    blocks = blocks_in_order(costs, people.size, capacity.size)
    access = _shared(people, capacity, blocks, lambda pairs: decay(pairs.cost))
    return pd.Series(access, demand.index, name="enhanced_two_step_fca")


def three_step_fca(
    demand: pd.Series, supply: pd.Series, costs: Costs, *, decay: Decay
) -> pd.Series:
    """Supply per head within reach, where people share themselves out among what they can reach.

    G_ij = W_ij / Σ_k W_ik, the probability that i selects j; R_j = S_j / Σ_k P_k G_kj W_kj; then
    A_i = Σ_j R_j G_ij W_ij, with W = f(c): 3SFCA (Wan, Zou & Sternberg 2012, *International Journal
    of Geographical Information Science* 26: 1073-1089). 2SFCA counts a person in full at every
    facility within reach; here one facility takes demand off the others.

    Parameters
    ----------
    demand, supply, costs
        As this module says, but the costs are read twice: a generator will not do.
    decay
        The function f.

    Returns
    -------
    Series
        Supply per head; sums as in `two_step_fca`.

    Raises
    ------
    TableError
        If a number of demand or supply is missing or negative, or the costs do not fit them or
        can be read only once.
    """
    if isinstance(costs, Iterator):
        raise TableError(
            "can be read only once, and selection weights need them twice",
            layer="costs",
            remedy="Give a list of blocks, or an object that starts the search anew.",
        )
    people, capacity = amounts(demand, "demand"), amounts(supply, "supply")
    within_reach = np.zeros(people.size)
    for pairs in blocks_in_order(costs, people.size, capacity.size):
        np.add.at(within_reach, pairs.place, decay(pairs.cost))

    def selected(pairs: TravelPairs) -> Floats:
        weight, total = decay(pairs.cost), within_reach[pairs.place]
        return np.divide(weight, total, out=np.zeros_like(weight), where=total > 0) * weight

    blocks = blocks_in_order(costs, people.size, capacity.size)
    access = _shared(people, capacity, blocks, selected)
    return pd.Series(access, demand.index, name="three_step_fca")


def _shared(
    people: Floats,
    capacity: Floats,
    blocks: Iterator[TravelPairs],
    weigh: Callable[[TravelPairs], Floats],
) -> Floats:
    """Share out each facility among its people by weight; return what one person gets.

    The share of a pair is taken before the capacity comes in: both its terms may be tiny where all
    of a facility's people are far, their quotient is not.
    """
    access = np.zeros(people.size)
    for pairs in blocks:
        weight = weigh(pairs)
        asked = np.bincount(pairs.facility, people[pairs.place] * weight)[pairs.facility]
        share = np.divide(weight, asked, out=np.zeros_like(weight), where=asked > 0)
        np.add.at(access, pairs.place, capacity[pairs.facility] * share)
    return access


def amounts(table: pd.Series, layer: str) -> Floats:
    """Return demand or supply as an array, none of it missing, negative or infinite.

    Raises
    ------
    TableError
        Otherwise, or if there are no rows.
    """
    if table.empty:
        raise TableError("holds no rows", layer=layer, remedy="Name a layer that has some.")
    values = pd.to_numeric(table, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    for what, wrong in (
        ("no number", np.isnan(values)),
        ("a number that is negative or infinite", (values < 0) | np.isinf(values)),
    ):
        if wrong.any():
            raise TableError(
                f"{wrong.sum()} of {values.size} rows have {what}, this one first",
                layer=layer,
                row=str(table.index[int(wrong.argmax())]),
                remedy="Give every row a number, 0 where there is nothing.",
            )
    return values


def blocks_in_order(costs: Costs, places: int, facilities: int) -> Iterator[TravelPairs]:
    """Yield the pairs of all facilities in the order of their rows, checked, a block at a time.

    Sums are taken in this order, whence the same bytes however the pairs were cut and shuffled.

    Raises
    ------
    TableError
        If a pair names a row that there is not, is there twice, or has no non-negative cost; if
        blocks share facilities or come from a stream that is out of order.
    """
    blocks: Iterable[TravelPairs] = (costs,) if isinstance(costs, TravelPairs) else costs
    if isinstance(blocks, Sequence):
        blocks = sorted(filter(_holds_pairs, blocks), key=lambda block: block.facility.min())
    last = -1
    for block in filter(_holds_pairs, blocks):
        pairs = _checked(block, places, facilities)
        if pairs.facility[0] <= last:
            raise _bad_costs(
                f"facility {pairs.facility[0]} comes after facility {last}",
                "Keep the pairs of a facility in one block, and blocks in the order of facilities.",
            )
        last = pairs.facility[-1]
        yield pairs


def _holds_pairs(block: TravelPairs) -> bool:
    return block.cost.size > 0


def _checked(block: TravelPairs, places: int, facilities: int) -> TravelPairs:
    """Bring pairs into the order of `TravelPairs`, and refuse those that make no sense."""
    pairs = block if _ascends(block) else _sorted(block)
    if not _ascends(pairs):
        raise _bad_costs("some pairs are there twice", "Keep the lowest cost of each pair.")
    wrong = ~(pairs.cost >= 0) | np.isinf(pairs.cost)
    if wrong.any():
        raise _bad_costs(
            f"{wrong.sum()} pairs have no cost, or a negative or infinite one",
            "Leave out pairs that are not reached.",
        )
    for row, name, count in (
        (pairs.place, "place", places),
        (pairs.facility, "facility", facilities),
    ):
        outside = (row < 0) | (row >= count)
        if outside.any():
            raise _bad_costs(
                f"{outside.sum()} pairs name a {name} outside the {count} rows of its table",
                "Number the rows of both tables from 0.",
            )
    return pairs


def _ascends(pairs: TravelPairs) -> bool:
    """Whether pairs are sorted by facility, then place, and none is there twice."""
    facility, place = np.diff(pairs.facility), np.diff(pairs.place)
    return bool(((facility > 0) | ((facility == 0) & (place > 0))).all())


def _sorted(pairs: TravelPairs) -> TravelPairs:
    order = np.lexsort((pairs.place, pairs.facility))
    return TravelPairs(pairs.facility[order], pairs.place[order], pairs.cost[order])


def _bad_costs(problem: str, remedy: str) -> TableError:
    return TableError(problem, layer="costs", remedy=remedy)
