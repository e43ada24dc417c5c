"""What a siting may do and what it finds: the terms, checked, and the allocation."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from urbangis.errors import StudyError, TableError
from urbangis.measures.siting.choice import no_zones
from urbangis.measures.siting.kernels import Flags, Floats, Sites, Zones
from urbangis.measures.siting.reach import Ints, Reach


@dataclass(frozen=True)
class Floor:
    """Least share of the people of every zone that must be covered.

    Parameters
    ----------
    zone
        Zone of each place, numbered from 0; -1 for none.
    share
        Between 0 and 1.
    names
        What the zones are called, for errors.
    """

    zone: Ints
    share: float
    names: tuple[str, ...]


@dataclass(frozen=True)
class Terms:
    """What may be opened, closed and spent.

    Parameters
    ----------
    sites
        Sites more than today (fewer, if negative); None for as many as the budget buys.
    existing
        Candidates that are open today; None for none.
    moves
        How many of those may be given up, and opened elsewhere instead.
    price
        What opening each candidate costs; None for 1 each. Existing ones cost nothing.
    budget
        What may be spent on new sites.
    capacity
        People that each candidate can serve; None for any number.
    floor
        Least share covered of every zone.
    backup
        Of equally good choices, take the one that covers most people by two sites.
    """

    sites: int | None = None
    existing: Flags | None = None
    moves: int = 0
    price: Floats | None = None
    budget: float | None = None
    capacity: Floats | None = None
    floor: Floor | None = None
    backup: bool = False


@dataclass(frozen=True)
class Allocation:
    """A choice of sites, who is served where, and how good it is at worst.

    Parameters
    ----------
    sites
        Rows of the open candidates: first those that were open before, by row; then the new ones,
        each time the one that adds most to those before it.
    objective
        What was asked for: people covered; price of the new sites; cost of all people; largest
        cost.
    bound
        No choice under these terms is better than this.
    flows
        ``place, site`` (rows), ``cost``, ``people``: who is served where. Whoever is not in it is
        not served.
    order
        The new sites in their order: ``site, gained, served`` (people more than before it, and in
        all, or cost saved).
    twice
        People whom two open sites or more could serve within the cutoff.
    unreachable
        Places that no candidate at all could serve.
    """

    sites: Ints
    objective: float
    bound: float
    flows: pd.DataFrame
    order: pd.DataFrame
    twice: float = 0.0
    unreachable: Ints = field(default_factory=lambda: np.empty(0, np.int32))

    @property
    def gap(self) -> float:
        """How much better a choice could be at most, as a share of the objective."""
        short = abs(self.bound - self.objective)
        if short <= 1e-9 * max(1.0, abs(self.objective)):
            return 0.0
        return short / abs(self.objective) if self.objective else float("inf")

    @property
    def proven(self) -> bool:
        """Whether no choice can be better."""
        return self.gap == 0.0


def prepared(reach: Reach, people: Floats, terms: Terms) -> tuple[Reach, Sites, Zones]:
    """Check the terms, and leave out the pairs of places without people."""
    m = reach.candidates
    if people.shape != (reach.places,) or not np.isfinite(people).all() or (people < 0).any():
        raise TableError(
            f"needs a number of people, 0 or more, for each of {reach.places} places",
            layer="demand",
            remedy="Map the column that holds it; write 0 where nobody lives.",
        )
    existing = np.zeros(m, bool) if terms.existing is None else np.asarray(terms.existing, bool)
    price = np.ones(m) if terms.price is None else np.asarray(terms.price, float)
    buyable = np.isfinite(price) & (price > 0)
    if existing.shape != (m,) or price.shape != (m,) or not buyable[~existing].all():
        raise TableError(
            f"needs a price above 0 for each of {m} candidates",
            layer="candidates",
            remedy="Name the column that holds it; leave unfit candidates out of the layer.",
        )
    today = int(existing.sum())
    if terms.sites is not None and today + terms.sites < 0:
        raise StudyError(
            f"{-terms.sites} sites are to close, but only {today} are open",
            remedy="Close fewer.",
        )
    closing = max(0, -(terms.sites or 0))
    most = m if terms.sites is None else min(m, today + terms.sites)
    sites = Sites(
        existing,
        np.where(existing, 0.0, price),
        most,
        np.inf if terms.budget is None else terms.budget,
        min(today, terms.moves + closing),
    )
    usable = reach.of_places(people > 0)
    return usable, sites, _zones(usable, people, terms.floor)


def _zones(reach: Reach, people: Floats, floor: Floor | None) -> Zones:
    """Return how many people of each zone must be covered, if that is possible at all."""
    if floor is None:
        return no_zones(people.size)
    inside = floor.zone >= 0
    total = np.bincount(floor.zone[inside], people[inside], minlength=len(floor.names))
    in_reach = inside & reach.reachable
    most = np.bincount(floor.zone[in_reach], people[in_reach], minlength=len(floor.names))
    required = floor.share * total
    short = np.flatnonzero(most < required * (1 - 1e-12))
    if short.size:
        worst = short[np.argmin(most[short] / total[short])]
        raise StudyError(
            f"no candidates bring {short.size} zones to {floor.share:.0%}: all of them together "
            f"cover {most[worst] / total[worst]:.1%} of {floor.names[worst]}",
            remedy="Add candidates there, or ask for a lower floor.",
        )
    return Zones(floor.zone.astype(np.int32), np.minimum(required, most))
