"""A commuting circle before and after: who comes within the hour, and whose way gets shorter."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from urbangis.decay import INCLUSIVE
from urbangis.measures.change import Change, change_between
from urbangis.measures.commuting import WAYS, CommutingCircle
from urbangis.measures.zoning import STUDY, zone_sums
from urbangis.study import Level

NOTED_MIN = 1.0
"""Minutes by which a way must get shorter or longer for its people to be counted as moved."""

SAVINGS = ("timed", "minutes_before", "minutes_after", "saved_min", "faster", "slower")
"""Columns of what a change comes to in minutes; `CommutingChange` tells what each is."""

_KEY = ["level", "zone_id"]


@dataclass(frozen=True)
class CommutingChange:
    """The commuting circle of one area before and after.

    Parameters
    ----------
    best
        Residents by the better of rail and road, as `change_between` tells it; its ``places`` are
        those of the area, with costs in minutes.
    zones
        The columns of `Change.zones` for each way and weight, after ``way, weight``; the level
        ``"study"`` is the whole area. And ``timed``: those who are there and reach a centre before
        and after; ``minutes_before, minutes_after``: their mean, NaN for nobody; ``saved_min``: by
        how much it falls; ``faster, slower``: those of them whose way changes by a minute or more.
    links
        Pairs of towns that are within the cutoff of each other only after or only before:
        ``a_id, b_id, change`` (``"gained"`` or ``"lost"``), ``minutes, by`` (when they are).
    beyond
        People of the study outside the area who reach a centre in time, before and after.
    """

    best: Change
    zones: pd.DataFrame
    links: pd.DataFrame
    beyond: tuple[float, float]

    def rows(self, way: str = "best", weight: str = "residents") -> pd.DataFrame:
        """Return the zones by one way and weight."""
        rows = self.zones
        return rows[(rows["way"] == way) & (rows["weight"] == weight)]

    def whole(self, way: str = "best", weight: str = "residents") -> pd.Series:
        """Return the row of the whole area."""
        rows = self.rows(way, weight)
        return rows[rows["level"] == STUDY].iloc[0]

    def newly_within(self, level: str) -> list[str]:
        """Name the zones of which more than half the residents are within only after."""
        rows = self.rows()
        own = rows[(rows["level"] == level) & (rows["zone_id"] != "")]
        came = ~(own["rate_before"] > 0.5) & (own["rate_after"] > 0.5)
        return list(own.loc[came, "zone_name"])


def commuting_change(
    before: CommutingCircle,
    after: CommutingCircle,
    links: tuple[pd.DataFrame, pd.DataFrame],
    levels: tuple[Level, ...],
    *,
    cutoff_min: float,
) -> CommutingChange:
    """Tell who comes within the cutoff of a centre between two states, and who saves minutes.

    Parameters
    ----------
    before, after
        The circle of one area; places belong together by ``id`` and ``zone_id``.
    links
        `town_links` of both.
    levels
        Those of the area alone, base level first: see `levels_within`.
    cutoff_min
        Largest travel time, inclusive.

    Raises
    ------
    BalanceError
        If covered before, gained, lost, arrived and left do not make covered after (a defect).
    """
    weights = [weight for weight in before.weights if weight in after.weights]
    changes = {
        (way, weight): change_between(
            _state(before, way, weight, cutoff_min), _state(after, way, weight, cutoff_min), levels
        )
        for weight in weights
        for way in WAYS
    }
    tables = [
        change.zones.merge(_savings(change, levels), on=_KEY, validate="1:1").assign(
            way=way, weight=weight
        )
        for (way, weight), change in changes.items()
    ]
    zones = pd.concat(tables, ignore_index=True)
    return CommutingChange(
        changes["best", "residents"],
        zones[["way", "weight", *(name for name in zones if name not in ("way", "weight"))]],
        _links_between(*links),
        (before.beyond, after.beyond),
    )


def levels_within(
    levels: tuple[Level, ...], members: NDArray[np.object_], *, part: str = "（部分）"
) -> tuple[Level, ...]:
    """Keep what lies in an area: of zones that lie in it only in part, that part.

    Parameters
    ----------
    members
        Base zones of the area.
    part
        What is put behind the name of a zone of which other members lie outside.
    """
    kept = []
    for level in levels:
        inside = level.members["member_id"].isin(members)
        own = level.members[inside].reset_index(drop=True)
        zones = level.zones[level.zones["id"].isin(own["zone_id"])].reset_index(drop=True)
        cut = zones["id"].isin(level.members.loc[~inside, "zone_id"])
        zones = zones.assign(name=zones["name"].mask(cut, zones["name"] + part))
        kept.append(replace(level, zones=zones, members=own))
    return tuple(kept)


def _state(circle: CommutingCircle, way: str, weight: str, cutoff_min: float) -> pd.DataFrame:
    """Return the area's places as `change_between` takes them, costs in minutes."""
    own = circle.places[circle.places["inside"]]
    minutes = own[f"{way}_min"].to_numpy(float)
    return pd.DataFrame(
        {
            "id": own["id"].to_numpy(object),
            "zone_id": own["zone_id"].to_numpy(object),
            "weight": own[weight].to_numpy(float),
            "share": (minutes <= cutoff_min * INCLUSIVE).astype(float),
            "cost": minutes,
        }
    )


def _savings(change: Change, levels: tuple[Level, ...]) -> pd.DataFrame:
    """Sum up minutes saved over the zones of every level."""
    places = change.places
    saved = places["cost_before"] - places["cost_after"]
    stay = places["stay"].where(saved.notna(), 0.0)
    spent = [(stay * places[f"cost_{when}"]).fillna(0.0) for when in ("before", "after")]
    amounts = pd.DataFrame(
        {
            "timed": stay,
            "minutes_before": spent[0],
            "minutes_after": spent[1],
            "faster": stay.where(saved >= NOTED_MIN, 0.0),
            "slower": stay.where(saved <= -NOTED_MIN, 0.0),
        }
    )
    sums = zone_sums(places["zone_id"], amounts, levels).fillna(dict.fromkeys(amounts, 0.0))
    for when in ("before", "after"):
        sums[f"minutes_{when}"] /= sums["timed"].where(sums["timed"] > 0)
    sums["saved_min"] = sums["minutes_before"] - sums["minutes_after"]
    return sums[[*_KEY, *SAVINGS]]


def _links_between(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs that are linked in one state alone, sorted by their ids."""
    was, now = _named(before), _named(after)
    gained, lost = now[~now.index.isin(was.index)], was[~was.index.isin(now.index)]
    both = pd.concat([gained.assign(change="gained"), lost.assign(change="lost")])
    columns = ["a_id", "b_id", "change", "minutes", "by"]
    return both.sort_values(["change", "a_id", "b_id"], ignore_index=True)[columns]


def _named(links: pd.DataFrame) -> pd.DataFrame:
    """Name each pair the same, whichever town comes first."""
    ends = np.sort(links[["a_id", "b_id"]].to_numpy(str), axis=1)
    pairs = links.assign(a_id=ends[:, 0].astype(object), b_id=ends[:, 1].astype(object))
    return pairs.set_index(pd.MultiIndex.from_arrays([pairs["a_id"], pairs["b_id"]]))
