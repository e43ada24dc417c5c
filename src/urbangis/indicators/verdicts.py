"""Hold what was observed against what each clause asks for."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from urbangis.catalog import Goal, Target
from urbangis.indicators.areas import AREA, GROUP, area_asked
from urbangis.indicators.observations import KEY
from urbangis.measures.zoning import STUDY
from urbangis.notices import Text

_Row = dict[str, object]
_SHARED = ("clause", "quote", "kind", "measure")


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
    last = observations.drop_duplicates(KEY, keep="last").to_dict("records")
    newest = {tuple(str(one[name]) for name in KEY): _plain(one) for one in last}
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
    for (level, zone_id), rows in areas.groupby(AREA, sort=False):
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
