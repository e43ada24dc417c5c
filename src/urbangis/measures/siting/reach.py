"""Which candidate sites could serve each place, and at what cost: sparse, from both sides."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from urbangis.decay import INCLUSIVE
from urbangis.errors import TableError
from urbangis.travel.pairs import TravelPairs

Ints = NDArray[np.int32]
Offsets = NDArray[np.int64]
Reals = NDArray[Any]  # float32 or float64, as the costs were given


class Reach(NamedTuple):
    """Pairs of a place and a candidate site within the cutoff, stored twice.

    Parameters
    ----------
    place_ptr, candidate, cost
        The pairs of place ``i`` are ``place_ptr[i]:place_ptr[i + 1]``, the nearest first, equal
        ones by the row of the candidate.
    site_ptr, place, site_cost
        The pairs of candidate ``j`` are ``site_ptr[j]:site_ptr[j + 1]``, by the row of the place.
    """

    place_ptr: Offsets
    candidate: Ints
    cost: Reals
    site_ptr: Offsets
    place: Ints
    site_cost: Reals

    @property
    def places(self) -> int:
        """Number of places."""
        return self.place_ptr.size - 1

    @property
    def candidates(self) -> int:
        """Number of candidate sites."""
        return self.site_ptr.size - 1

    @property
    def reachable(self) -> NDArray[np.bool_]:
        """Whether any candidate at all could serve each place, shape (places,)."""
        return np.asarray(np.diff(self.place_ptr) > 0)

    def within(self, cutoff: float) -> "Reach":
        """Keep the pairs of at most a cost, inclusive."""
        return self._keep(self.cost <= cutoff, self.site_cost <= cutoff)

    def without(self, candidates: NDArray[np.bool_]) -> "Reach":
        """Leave out the pairs of some candidates; the rows of the others stay as they are."""
        sites = np.repeat(candidates, np.diff(self.site_ptr))
        return self._keep(~candidates[self.candidate], ~sites)

    def of_places(self, places: NDArray[np.bool_]) -> "Reach":
        """Leave out the pairs of all other places; rows stay as they are."""
        rows = np.repeat(places, np.diff(self.place_ptr))
        return self._keep(rows, places[self.place])

    def _keep(self, ahead: NDArray[np.bool_], behind: NDArray[np.bool_]) -> "Reach":
        return Reach(
            _kept(self.place_ptr, ahead), self.candidate[ahead], self.cost[ahead],
            _kept(self.site_ptr, behind), self.place[behind], self.site_cost[behind],
        )  # fmt: skip


def reach_of(
    costs: TravelPairs | Iterable[TravelPairs],
    *,
    places: int,
    candidates: int,
    cutoff: float = np.inf,
    dtype: type[np.floating[Any]] = np.float64,
) -> Reach:
    """Gather travel costs between places and candidate sites.

    Parameters
    ----------
    costs
        Pairs, or blocks of them as `urbangis.travel.pairs` yields them: all pairs of a candidate
        (the ``facility`` of the pairs) in one block, candidates ascending.
    places, candidates
        How many there are of each.
    cutoff
        Largest cost that counts, inclusive, in the unit of the costs.
    dtype
        What costs are held as; ``numpy.float32`` halves the memory and keeps seven digits.

    Returns
    -------
    Reach
        With float32 it holds 16 bytes a pair.

    Raises
    ------
    TableError
        If the candidates do not ascend, or a pair names a row that is not there.
    """
    held_place, held_cost = [np.empty(0, np.int32)], [np.empty(0, dtype)]
    count = np.zeros(candidates + 1, np.int64)
    last = -1
    for block in [costs] if isinstance(costs, TravelPairs) else costs:
        usable = block.cost <= cutoff * INCLUSIVE
        facility, place = block.facility[usable], block.place[usable]
        if facility.size == 0:
            continue
        if facility[0] <= last or (np.diff(facility) < 0).any():
            raise _bad("do not come candidate by candidate")
        last = int(facility[-1])
        if last >= candidates or place.min() < 0 or place.max() >= places:
            raise _bad("name a row that is not there")
        count[1:] += np.bincount(facility, minlength=candidates)
        held_place.append(place.astype(np.int32))
        held_cost.append(block.cost[usable].astype(dtype))
    site_ptr = np.cumsum(count)
    place, site_cost = np.concatenate(held_place), np.concatenate(held_cost)
    del held_place, held_cost
    place_ptr = np.concatenate([[0], np.cumsum(np.bincount(place, minlength=places))])
    candidate, cost = _turned(site_ptr, place, site_cost, place_ptr)
    return Reach(place_ptr, candidate, cost, site_ptr, place, site_cost)


def alike(
    reach: Reach, apart: NDArray[Any], *, with_cost: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find places that have the same candidates (and costs).

    Two 64-bit sums over a place's pairs stand for its choices: that two different ones have both
    sums alike happens once in 10^38.

    Parameters
    ----------
    apart
        Places with different values of this are kept apart, shape (places,), whole numbers.

    Returns
    -------
    of_place, like
        The group of each place (-1: no candidate is near enough), and a place of each group,
        ascending, so that equal inputs make equal programmes.
    """
    codes = np.random.default_rng(0).integers(1, 2**63, (2, reach.candidates), np.uint64)
    some = np.flatnonzero(reach.reachable)
    of_place = np.full(reach.places, -1, np.int64)
    if not some.size:
        return of_place, some
    bits = reach.cost.view(np.uint64 if reach.cost.dtype == np.float64 else np.uint32)
    keys = [_row_sums(reach, bits if with_cost else bits[:0], code)[some] for code in codes]
    order = np.lexsort((some, *keys, apart[some]))
    sorted_keys = [key[order] for key in (*keys, apart[some])]
    new = np.zeros(order.size, bool)
    new[0] = True
    for key in sorted_keys:
        new[1:] |= key[1:] != key[:-1]
    first = order[new]  # the first place of each group, for lexsort ends with the row
    rank = np.empty(first.size, np.int64)
    rank[np.argsort(first)] = np.arange(first.size)
    of_place[some[order]] = rank[np.cumsum(new) - 1]
    return of_place, some[np.sort(first)]


@njit(cache=True)
def _row_sums(reach: Reach, bits: NDArray[Any], code: NDArray[np.uint64]) -> NDArray[np.uint64]:
    sums = np.zeros(reach.place_ptr.size - 1, np.uint64)
    for i in range(sums.size):
        for pair in range(reach.place_ptr[i], reach.place_ptr[i + 1]):
            one = code[reach.candidate[pair]]
            if bits.size:
                salt = (np.uint64(bits[pair]) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
                one *= salt ^ (salt >> np.uint64(29))
            sums[i] += one
    return sums


def together(reach: Reach, of_place: NDArray[np.int64], like: NDArray[np.int64]) -> Reach:
    """Keep one place of each group of `alike`, renumbered; costs are those of that place."""
    chosen = np.zeros(reach.places, bool)
    chosen[like] = True
    kept = reach.of_places(chosen)
    ptr = np.concatenate([[0], np.cumsum(np.diff(kept.place_ptr)[like])])
    return kept._replace(place_ptr=ptr, place=of_place[kept.place].astype(np.int32))


def _kept(ptr: Offsets, kept: NDArray[np.bool_]) -> Offsets:
    return np.concatenate([[0], np.cumsum(kept)])[ptr].astype(np.int64)


def _bad(problem: str) -> TableError:
    return TableError(
        f"the travel costs {problem}", remedy="Take them from urbangis.travel.pairs as they come."
    )


@njit(cache=True)
def _turned(
    site_ptr: Offsets, place: Ints, site_cost: Reals, place_ptr: Offsets
) -> tuple[Ints, Reals]:
    """Order the pairs by place, then cost, then candidate: a counting sort, then short sorts.

    A sort of all pairs by three keys in NumPy takes three times the memory.
    """
    candidate = np.empty(place.size, np.int32)
    cost = np.empty(place.size, site_cost.dtype)
    filled = place_ptr.copy()
    for j in range(site_ptr.size - 1):
        for pair in range(site_ptr[j], site_ptr[j + 1]):
            i = place[pair]
            candidate[filled[i]] = j
            cost[filled[i]] = site_cost[pair]
            filled[i] += 1
    for i in range(place_ptr.size - 1):
        start, stop = place_ptr[i], place_ptr[i + 1]
        order = np.argsort(cost[start:stop], kind="mergesort")
        candidate[start:stop] = candidate[start:stop][order]
        cost[start:stop] = cost[start:stop][order]
    return candidate, cost
