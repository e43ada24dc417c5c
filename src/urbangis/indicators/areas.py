"""The areas that clauses speak of: the whole study, its zones, and groups that targets name."""

from collections.abc import Iterable, Sequence

import pandas as pd

from urbangis.catalog import Goal, Target
from urbangis.measures.zoning import STUDY
from urbangis.notices import Text
from urbangis.study import Level

GROUP = "group"
"""Level of the areas that a target names itself, such as the cities of one region."""

AREA = ["level", "zone_id"]
"""The columns that name an area."""


def areas_of(levels: Sequence[Level], targets: Iterable[Target]) -> pd.DataFrame:
    """Tell what every area is made of: the zones of all levels, and the groups of the targets.

    Returns
    -------
    DataFrame
        ``level, zone_id, name, name_en, member_id``, one row for each base zone of an area, base
        level first. A group has the level ``"group"`` and the ids of its zones for an id; one
        that names a zone which the study does not have is left out, since its figure would be of
        another area.
    """
    tables = [_level_area(level) for level in levels]
    zones = pd.concat(tables, ignore_index=True)
    members = zones.groupby("zone_id")["member_id"].agg(set).to_dict()
    for ids, scope in _groups(targets).items():
        if all(zone in members for zone in ids):
            inside = sorted(set().union(*(members[zone] for zone in ids)))
            group = {"level": GROUP, "zone_id": " ".join(ids), "name": scope.zh}
            tables.append(pd.DataFrame(group | {"name_en": scope.en, "member_id": inside}))
    return pd.concat(tables, ignore_index=True)


def _level_area(level: Level) -> pd.DataFrame:
    names = level.zones.rename(columns={"id": "zone_id"})
    if "name_en" not in names:
        names = names.assign(name_en="")
    known = pd.DataFrame(names[["zone_id", "name", "name_en"]])
    table = known.merge(level.members, on="zone_id").assign(level=level.id)
    return table[["level", "zone_id", "name", "name_en", "member_id"]]


def _groups(targets: Iterable[Target]) -> dict[tuple[str, ...], Text]:
    """Return the groups of zones that targets and their goals name, with what they are called."""
    found: dict[tuple[str, ...], Text] = {}
    for target in targets:
        asked = [(target.zones, target.scope)]
        asked += [(goal.zones, goal.scope or target.scope) for goal in target.goals]
        for zones, scope in asked:
            if zones:
                found.setdefault(zones, scope)
    return found


def area_asked(target: Target, goal: Goal | None = None) -> tuple[str, str]:
    """Return level and id of the area that a clause, or one of its goals, speaks of."""
    zones = goal.zones if goal is not None and goal.zones else target.zones
    return (GROUP, " ".join(zones)) if zones else (STUDY, STUDY)
