"""Hold what was measured against what policy documents ask for, clause by clause.

What was found is *observed*: one row for each target, area and year, whether it was computed from
layers or reported by a department. The newest row is the figure; the older ones are its history,
so that whoever adds next year's rows to a table has the trend.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from urbangis.catalog import Goal, Target
from urbangis.errors import TableError
from urbangis.measures.coverage import Coverage
from urbangis.measures.zoning import STUDY
from urbangis.notices import Text
from urbangis.study import Level

GROUP = "group"
"""Level of the areas that a target names itself, such as the cities of one region."""

PERCENT = 100.0

OBSERVED = [
    "target_id", "item", "level", "zone_id", "year", "figure", "high", "served", "total",
    "basis", "source", "source_en",
]  # fmt: skip

_AREA = ["level", "zone_id"]
_KEY = ["target_id", "item", *_AREA]
_Row = dict[str, object]
_SHARED = ("clause", "quote", "kind", "measure")


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


def observe_coverage(
    target_id: str,
    coverage: Coverage,
    areas: pd.DataFrame,
    *,
    denominator: str,
    year: int | None,
    source: Text,
) -> pd.DataFrame:
    """Observe the rate of a service circle in every area, in percent.

    Raises
    ------
    TableError
        If the coverage does not count the denominator.
    """
    rows = coverage.zones[coverage.zones["denominator"] == denominator]
    if rows.empty:
        raise TableError(
            f'the standard "{coverage.standard.id}" does not count {denominator}',
            remedy=f"It counts {', '.join(coverage.standard.denominators)}.",
        )
    return observe_rates(target_id, rows, areas, year=year, source=source)


def observe_rates(
    target_id: str, zones: pd.DataFrame, areas: pd.DataFrame, *, year: int | None, source: Text
) -> pd.DataFrame:
    """Observe a rate in every area, in percent.

    Parameters
    ----------
    zones
        ``level, zone_id, covered, total``, as of `Coverage.zones`.
    """
    whole = zones[zones["level"] == STUDY].assign(zone_id=STUDY)[[*_AREA, "covered", "total"]]
    base = zones[zones["level"] == areas["level"].iloc[0]]
    parts = base[["zone_id", "covered", "total"]].rename(columns={"zone_id": "member_id"})
    sums = areas.merge(parts, on="member_id").groupby(_AREA)[["covered", "total"]].sum()
    table = pd.concat([sums.reset_index(), whole], ignore_index=True)
    table = table[table["total"] > 0].rename(columns={"covered": "served"})
    figure = PERCENT * table["served"] / table["total"]
    return _observed(
        table.assign(target_id=target_id, year=year, figure=figure, high=figure), source
    )


def observe_shares(target_id: str, shares: pd.DataFrame, *, source: Text) -> pd.DataFrame:
    """Observe shares of units or of pairs, in percent; areas of which nothing is known are not."""
    known = shares[shares["unknown"] < shares["total"]]
    figure = PERCENT * known["served"] / known["total"]
    high = PERCENT * (known["served"] + known["unknown"]) / known["total"]
    return _observed(known.assign(target_id=target_id, figure=figure, high=high), source)


def observe_figures(
    target_id: str, figures: pd.DataFrame, *, year: int | None, source: Text
) -> pd.DataFrame:
    """Observe counts, lengths or other figures: ``level, zone_id, figure``."""
    table = figures.assign(target_id=target_id, year=year, high=figures["figure"])
    return _observed(table, source)


def observe_reported(
    reported: pd.DataFrame, targets: Mapping[str, Target], areas: pd.DataFrame
) -> pd.DataFrame:
    """Observe numbers that departments report.

    Parameters
    ----------
    reported
        ``target_id, zone, item, value, year, source``. ``zone`` is empty (the area that the clause
        speaks of), the scope of one of its goals as the catalogue calls it, or the id of a zone;
        ``item`` is empty, or what one of its goals asks for.

    Raises
    ------
    TableError
        If a row names a target, zone or item that is not there.
    """
    homes = areas[areas["level"] != GROUP].drop_duplicates("zone_id").set_index("zone_id")["level"]
    rows = []
    for number, row in zip(reported.index, reported.to_dict("records"), strict=True):
        target = targets.get(row["target_id"])
        if target is None:
            raise TableError(
                f'names the target "{row["target_id"]}", which is in none of the documents',
                row=int(number) + 1,
                remedy="Correct its id, or name the document in targets of the study file.",
            )
        level, zone_id = _area_named(row["zone"], target, homes, int(number) + 1)
        item = _item_named(row["item"], target, int(number) + 1)
        rows.append(
            {**row, "item": item, "level": level, "zone_id": zone_id, "figure": row["value"]}
        )
    if not rows:
        return pd.DataFrame(columns=OBSERVED)
    table = pd.DataFrame(rows).assign(basis="reported", served=np.nan, total=np.nan)
    table = table.assign(source_en=table["source"])
    return table.assign(high=table["figure"])[OBSERVED]


def _area_named(zone: str, target: Target, homes: pd.Series, row: int) -> tuple[str, str]:
    if not zone:
        return area_asked(target)
    for goal in target.goals:
        if goal.scope is not None and zone in (goal.scope.zh, goal.scope.en):
            return area_asked(target, goal)
    if zone not in homes.index:
        raise TableError(
            f'names the zone "{zone}", which the study does not have',
            row=row,
            remedy="Write the id of a zone; leave it empty for the area that the clause speaks of.",
        )
    return str(homes[zone]), zone


def _item_named(item: str, target: Target, row: int) -> str:
    items = [goal.item for goal in target.goals if goal.item is not None]
    for one in items:
        if item in (one.zh, one.en):
            return one.zh
    if item:
        asked = ", ".join(one.zh for one in items) or "nothing but its indicator"
        raise TableError(
            f'names the item "{item}", but {target.id} asks for {asked}',
            row=row,
            remedy="Correct it, or leave it empty.",
        )
    return ""


def _observed(table: pd.DataFrame, source: Text) -> pd.DataFrame:
    known = table.assign(item="", basis="computed", source=source.zh, source_en=source.en)
    for column in ("served", "total"):
        if column not in known:
            known[column] = np.nan
    return known[OBSERVED]


def pooled(observations: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Put observations together, oldest first.

    Raises
    ------
    TableError
        If one area has two figures for one year, say one computed and one reported.
    """
    tables = [table for table in observations if len(table)]
    if not tables:
        return pd.DataFrame(columns=OBSERVED)
    table = pd.concat([one.astype({"year": "Int64"}) for one in tables], ignore_index=True)
    twice = table[table.duplicated([*_KEY, "year"])]
    if len(twice):
        row = twice.iloc[0]
        raise TableError(
            f"{row['target_id']} has two figures for {row['zone_id']} in {row['year']}",
            remedy="Keep one of them, computed or reported.",
        )
    # A figure of undated layers is of today.
    return table.sort_values([*_KEY, "year"], na_position="last", ignore_index=True)


def evaluate(
    targets: Iterable[Target],
    observations: pd.DataFrame,
    areas: pd.DataFrame,
    *,
    silent: Mapping[str, Text],
) -> pd.DataFrame:
    """Hold observations against targets; every target has at least one row.

    Parameters
    ----------
    targets
        Clauses, in the order wanted.
    observations
        From `pooled`.
    areas
        From `areas_of`.
    silent
        Why targets whose data the study names have no figure all the same.

    Returns
    -------
    DataFrame
        For each target one row for each goal (``level`` ``"study"`` or ``"group"``), then one for
        each zone that has a figure, which is held against nothing: documents set no targets for
        single zones. ``target_id, item, item_en, level, zone_id, scope, scope_en, year, figure,
        high, served, total, unit, unit_en, operator, target, origin, target_year,
        target_year_en, gap, met, status, reason, reason_en, basis, source, source_en, clause,
        quote, kind, measure``. ``figure`` and ``target`` are in ``unit``; ``gap`` is figure less
        target; ``high`` is what the figure may be at most where not every unit is known; ``met``
        is missing where nothing is judged. ``status`` is ``"met"`` or ``"not met"``; ``"not
        judged"`` where the figure leaves it open; ``"no target"`` where no number is asked;
        ``"no data"`` where layers are missing; ``"reported"`` where only the department concerned
        knows, and has not told.
    """
    last = observations.drop_duplicates(_KEY, keep="last").to_dict("records")
    newest = {tuple(str(one[name]) for name in _KEY): _plain(one) for one in last}
    places = _places(areas)
    rows: list[_Row] = []
    for target in targets:
        asked = [*_asked(target, newest, places, silent)]
        rows += [*asked, *_of_zones(target, newest, places, asked)]
    return pd.DataFrame(rows).astype({"met": "boolean", "year": "Int64"})


def _plain(record: Mapping[Hashable, object]) -> _Row:
    return {str(name): value for name, value in record.items()}


@dataclass(frozen=True)
class _Place:
    """An area: what it is called, and its base zones."""

    name: Text
    members: frozenset[str]


def _places(areas: pd.DataFrame) -> dict[tuple[str, str], _Place]:
    found = {}
    for (level, zone_id), rows in areas.groupby(_AREA, sort=False):
        first = rows.iloc[0]
        name = Text(zh=first["name"], en=first["name_en"] or first["name"])
        found[str(level), str(zone_id)] = _Place(name, frozenset(rows["member_id"]))
    return found


def _asked(
    target: Target,
    newest: Mapping[tuple[str, ...], _Row],
    places: Mapping[tuple[str, str], _Place],
    silent: Mapping[str, Text],
) -> Iterator[_Row]:
    """Yield a row for each goal, or one for the clause where it has none."""
    for goal in target.goals or (None,):
        area = area_asked(target, goal)
        item = goal.item if goal is not None else None
        found = newest.get((target.id, "" if item is None else item.zh, *area))
        unit = goal.unit if goal is not None and goal.unit is not None else target.unit
        scope = goal.scope if goal is not None and goal.scope is not None else target.scope
        row = _row(target, area, scope, found) | {"unit": unit.zh, "unit_en": unit.en}
        if item is not None:
            row |= {"item": item.zh, "item_en": item.en}
        if goal is not None:
            row |= {"operator": goal.operator, "target": goal.value, "origin": goal.origin}
        reason = None
        if found is None:
            row["status"] = "reported" if target.level == "reported" else "no data"
            reason = silent.get(target.id) or _missing(target, area, places)
        elif goal is not None:
            figure, high = float(str(found["figure"])), float(str(found["high"]))
            met, reason = _verdict(goal, figure, high)
            row |= {"gap": figure - goal.value, "met": met}
            row["status"] = {True: "met", False: "not met", None: "not judged"}[met]
        if reason is not None:
            row |= {"reason": reason.zh, "reason_en": reason.en}
        yield row


def _of_zones(
    target: Target,
    newest: Mapping[tuple[str, ...], _Row],
    places: Mapping[tuple[str, str], _Place],
    asked: Sequence[_Row],
) -> Iterator[_Row]:
    """Yield a row for each zone inside the areas of ``asked`` that has a figure of its own."""
    whole = any(row["level"] == STUDY for row in asked)
    groups = [places.get((GROUP, str(row["zone_id"]))) for row in asked]
    inside = frozenset().union(*(one.members for one in groups if one is not None))
    for area, place in places.items():
        found = newest.get((target.id, "", *area))
        if found is not None and area[0] != GROUP and (whole or place.members <= inside):
            yield _row(target, area, place.name, found)


def _row(target: Target, area: tuple[str, str], scope: Text, found: _Row | None) -> _Row:
    """Return a row with nothing asked; goals add to it."""
    year = Text(zh=str(target.year or ""), en=str(target.year or ""))
    due = target.due or year
    seen = found or {}
    return {
        "target_id": target.id, "item": "", "item_en": "", "level": area[0], "zone_id": area[1],
        "scope": scope.zh, "scope_en": scope.en,
        "year": seen.get("year", pd.NA),
        **{name: seen.get(name, np.nan) for name in ("figure", "high", "served", "total")},
        "unit": target.unit.zh, "unit_en": target.unit.en,
        "operator": "", "target": np.nan, "origin": "",
        "target_year": due.zh, "target_year_en": due.en,
        "gap": np.nan, "met": None, "status": "no target", "reason": "", "reason_en": "",
        "basis": seen.get("basis", ""), "source": seen.get("source", ""),
        "source_en": seen.get("source_en", ""),
        **{name: getattr(target, name) for name in _SHARED},
    }  # fmt: skip


def _verdict(goal: Goal, figure: float, high: float) -> tuple[bool | None, Text | None]:
    """Tell whether a goal is met, as far as can be told, and if not why."""
    if goal.operator == "about":
        return None, Text(
            zh="文件给出的是约数，不作达标判定",
            en="The document gives an approximate number; no verdict is passed",
        )
    low_meets, high_meets = (
        (figure >= goal.value, high >= goal.value)
        if goal.operator == "at_least"
        else (figure <= goal.value, high <= goal.value)
    )
    if low_meets == high_meets:
        return bool(low_meets), None
    return None, Text(
        zh="部分单元情况不明，足以改变结论，不作达标判定",
        en="Units of which nothing is known would decide; no verdict is passed",
    )


def _missing(
    target: Target, area: tuple[str, str], places: Mapping[tuple[str, str], _Place]
) -> Text:
    """Say what is missing where a target has no figure."""
    if area[0] == GROUP and area not in places:
        return Text(
            zh=f"研究范围不含{target.scope.zh}的全部地区",
            en=f"The study does not hold all of this area: {target.scope.en}",
        )
    needs = target.needs
    if target.level == "reported":
        return Text(
            zh="由主管部门上报，尚未提供",
            en="Reported by the department concerned; not supplied yet",
        )
    if target.measure == "figure":
        return Text(
            zh=f"尚无数字；可用下列数据另行算得后填报：{needs.zh}",
            en=f"No figure yet; it can be worked out elsewhere and reported, from: {needs.en}",
        )
    return Text(zh=f"尚未接入数据，所需：{needs.zh}", en=f"No data yet; it takes: {needs.en}")


def clause_status(rows: pd.DataFrame) -> str:
    """Sum up the rows of one target: met only if every goal of it is.

    Parameters
    ----------
    rows
        Rows of `evaluate` for one target.
    """
    found = set(rows.loc[rows["level"].isin((STUDY, GROUP)), "status"])
    order = ("not met", "not judged", "no data", "reported", "no target", "met")
    return next(status for status in order if status in found)
