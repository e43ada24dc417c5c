"""Hold what a scenario builds or moves against the study's restrictive areas."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

import pandas as pd

from urbangis.notices import Notice, Text
from urbangis.pipeline.analyses.conflicts import check_plans
from urbangis.pipeline.built import placed_layers
from urbangis.pipeline.load import Loaded
from urbangis.publish.pages.conflict_result import VERDICT_NAMES, ConflictResult, names_of
from urbangis.study import Layer

_MOST_NAMES = 8


@dataclass(frozen=True)
class NewConflicts:
    """Where what is new stands in restrictive areas.

    Parameters
    ----------
    notices
        What was found, also if it is nothing.
    pairs
        One row for each new thing and area that are in conflict, as of `Conflicts.pairs`, with
        ``check`` (the name in the study file), ``plan_layer, plan_name``.
    areas
        The areas that are met, in the layers that they are of.
    """

    notices: tuple[Notice, ...] = ()
    pairs: pd.DataFrame | None = None
    areas: tuple[Layer, ...] = ()


def new_conflicts(first: Loaded, second: Loaded, edited: Collection[str]) -> NewConflicts:
    """Check what is there, runs or lies elsewhere only after against every restrictive area.

    Parameters
    ----------
    first, second
        The study before and after.
    edited
        Layers that the scenarios edit.
    """
    checks = second.study.spec.conflicts
    restrictive = {name for spec in checks.values() for name in spec.against}
    placed = _with_own_ids(placed_layers(first, second, set(edited) - restrictive))
    if not placed:
        return NewConflicts()
    if not checks:
        count = sum(len(layer.table) for layer in placed)
        text = Text(
            zh=f"研究没有管控线图层，新增或迁移的{count}处未核对是否涉及生态红线等管控线。",
            en=f"The study has no restrictive layers: {count} things that are new or moved were "
            "not checked against red lines.",
        )
        return NewConflicts((Notice("new-unchecked", "info", count, text),))
    found = [check_plans(second, name, placed) for name in checks]
    tables = [_pairs(one) for one in found]
    return NewConflicts(
        tuple(notice for one in found for notice in _told(one)),
        pd.concat(tables, ignore_index=True),
        tuple(_met(second, found)),
    )


def _with_own_ids(layers: Iterable[Layer]) -> list[Layer]:
    """Give what is new ids that differ between layers, and names where there are none."""
    made = []
    for layer in layers:
        table = layer.table
        name = table["name"] if "name" in table else pd.Series("", table.index)
        named = table.assign(
            id=layer.id + ":" + table["id"].astype(str), name=name.where(name != "", table["id"])
        )
        made.append(replace(layer, table=named))
    return made


def _pairs(result: ConflictResult) -> pd.DataFrame:
    pairs = result.conflicts
    plans = result.plans.set_index("id")
    requirement = pairs["requirement"]
    head = pd.DataFrame(
        {
            "check": result.id,
            "plan_layer": plans["layer"].reindex(pairs["plan_id"]).to_numpy(),
            "plan_name": plans["name"].reindex(pairs["plan_id"]).to_numpy(),
        },
        index=pairs.index,
    )
    texts = {
        "requirement": requirement.map(lambda text: text.zh),
        "requirement_en": requirement.map(lambda text: text.en),
    }
    return pd.concat([head, pairs.assign(**texts)], axis=1)


def _told(result: ConflictResult) -> tuple[Notice, ...]:
    """Say what is in conflict, what is not known well enough, or that nothing is."""
    plans, areas, check = names_of(result.plans), names_of(result.areas), result.title
    pairs, total = result.conflicts, len(result.plans)
    told = []
    if len(pairs):
        each = [
            Text(
                zh=f"{plans[plan].zh}涉及{areas[area].zh}"
                f"（{VERDICT_NAMES[verdict].zh}{'，界线为示意' if indicative else ''}）",
                en=f"{plans[plan].en} in {areas[area].en} "
                f"({VERDICT_NAMES[verdict].en.lower()}"
                f"{', indicative' if indicative else ''})",
            )
            for plan, area, verdict, indicative in zip(
                pairs["plan_id"],
                pairs["redline_id"],
                pairs["verdict"],
                pairs["indicative"],
                strict=True,
            )
        ]
        count, some = pairs["plan_id"].nunique(), each[:_MOST_NAMES]
        more = len(each) > len(some)
        text = Text(
            zh=f"新增或迁移的{total}处中有{count}处涉及管控线（{check.zh}）："
            f"{'；'.join(one.zh for one in some)}{'等，详见冲突表' if more else ''}。",
            en=f"Of {total} things that are new or moved, {count} stand in restricted areas "
            f"({check.en}): {'; '.join(one.en for one in some)}"
            f"{'; more in the table of conflicts' if more else ''}.",
        )
        told.append(Notice("new-in-red-line", "warning", count, text))
    doubt = int(result.in_doubt.sum())
    if doubt:
        text = Text(
            zh=f"新增或迁移的{total}处中有{doubt}处图上不涉及管控线，但距其不到"
            f"{result.spec.position_m / 1000:g}公里，小于位置误差，不能排除（{check.zh}）。",
            en=f"Of {total} things that are new or moved, {doubt} are clear on the map but nearer "
            f"than {result.spec.position_m / 1000:g} km to a restricted area, which is no more "
            f"than places are known: they cannot be cleared ({check.en}).",
        )
        told.append(Notice("new-near-red-line", "warning", doubt, text))
    if not told:
        text = Text(
            zh=f"新增或迁移的{total}处均不涉及管控线（{check.zh}）。",
            en=f"None of {total} things that are new or moved stands in a restricted area "
            f"({check.en}).",
        )
        told.append(Notice("new-clear-of-red-lines", "info", total, text))
    return tuple(told)


def _met(second: Loaded, found: Iterable[ConflictResult]) -> Iterable[Layer]:
    """Yield the layers of restrictive areas, with those that are met."""
    ids: dict[str, set[str]] = {}
    for one in found:
        for name in one.spec.against:
            ids.setdefault(name, set()).update(one.conflicts["redline_id"])
    for name, met in ids.items():
        layer = second.layers[name]
        rows = layer.table[layer.table["id"].isin(met)]
        if len(rows):
            yield replace(layer, id=f"met-{name}", table=rows)
