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

_KEY = ["level", "zone_id"]
_PART = {"name": "（部分）", "name_en": " (part)"}


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

    @property
    def is_nothing(self) -> bool:
        """Whether everybody is where they were, and as far from a centre."""
        places = self.best.places
        same = np.array_equal(places["cost_before"], places["cost_after"], equal_nan=True)
        still = (places[["arrived", "left"]] == 0).all(axis=None)
        return bool(same and still and self.links.empty)

    def rows(self, way: str = "best", weight: str = "residents") -> pd.DataFrame:
        """Return the zones by one way and weight."""
        rows = self.zones
        return rows[(rows["way"] == way) & (rows["weight"] == weight)]

    def whole(self, way: str = "best", weight: str = "residents") -> pd.Series:
        """Return the row of the whole area."""
        rows = self.rows(way, weight)
        return rows[rows["level"] == STUDY].iloc[0]

    def past_half(self, level: str) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return zones with more than half their residents within only after, and only before."""
        rows = self.rows()
        own = rows[rows["level"] == level]
        was, now = own["rate_before"] > 0.5, own["rate_after"] > 0.5
        return own[now & ~was], own[was & ~now]


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
        change.zones.merge(_savings(change, levels), on=_KEY, validate="1:1")
        .merge(_unplaced(before, weight, levels, "before"), on=_KEY, validate="1:1")
        .merge(_unplaced(after, weight, levels, "after"), on=_KEY, validate="1:1")
        .assign(way=way, weight=weight)
        for (way, weight), change in changes.items()
    ]
    zones = pd.concat(tables, ignore_index=True)
    return CommutingChange(
        changes["best", "residents"],
        zones[["way", "weight", *(name for name in zones if name not in ("way", "weight"))]],
        _links_between(*links),
        (before.beyond, after.beyond),
    )


def levels_within(levels: tuple[Level, ...], members: NDArray[np.object_]) -> tuple[Level, ...]:
    """Keep what lies in an area, of levels that are partitions.

    Parameters
    ----------
    members
        Base zones of the area. A zone that lies in it only in part is called so.
    """
    kept = []
    for level in (one for one in levels if one.partition):
        inside = level.members["member_id"].isin(members)
        own = level.members[inside].reset_index(drop=True)
        zones = level.zones[level.zones["id"].isin(own["zone_id"])].reset_index(drop=True)
        cut = zones["id"].isin(level.members.loc[~inside, "zone_id"])
        for name, suffix in _PART.items():
            zones[name] = zones[name].mask(cut & (zones[name] != ""), zones[name] + suffix)
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
    order = ["timed", "minutes_before", "minutes_after", "saved_min", "faster", "slower"]
    return sums[[*_KEY, *order]]


def _unplaced(
    circle: CommutingCircle, weight: str, levels: tuple[Level, ...], when: str
) -> pd.DataFrame:
    """Sum up those whose place is unknown."""
    own = circle.places[circle.places["inside"]]
    name = f"unplaced_{when}"
    people = pd.DataFrame({name: np.where(own["placed"], 0.0, own[weight])})
    return zone_sums(own["zone_id"], people, levels)[[*_KEY, name]].fillna({name: 0.0})


def _links_between(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs that are linked in one state alone, sorted by their ids."""
    was, now = _named(before), _named(after)
    pairs = [pd.MultiIndex.from_frame(one[["a_id", "b_id"]]) for one in (was, now)]
    gained, lost = now[~pairs[1].isin(pairs[0])], was[~pairs[0].isin(pairs[1])]
    both = pd.concat([gained.assign(change="gained"), lost.assign(change="lost")])
    columns = ["a_id", "b_id", "change", "minutes", "by"]
    return both.sort_values(["change", "a_id", "b_id"], ignore_index=True)[columns]


def _named(links: pd.DataFrame) -> pd.DataFrame:
    """Name each pair the same, whichever town comes first."""
    ends = np.sort(links[["a_id", "b_id"]].to_numpy(str), axis=1)
    return links.assign(a_id=ends[:, 0].astype(object), b_id=ends[:, 1].astype(object))
