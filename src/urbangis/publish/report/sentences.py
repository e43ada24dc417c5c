"""The findings of a service, in sentences with their numbers."""

import pandas as pd

from urbangis.notices import Text
from urbangis.publish import wording
from urbangis.publish.maps.zones import target_rate, whole_study
from urbangis.publish.pages.service import ServiceResult
from urbangis.publish.pages.service_charts import worst_zones, zone_names
from urbangis.study import Study

_NAMED = 5


def findings(study: Study, result: ServiceResult) -> tuple[Text, ...]:
    """Return the findings of one service; the first tells the rate of the whole study."""
    coverage = result.coverage
    denominator = coverage.standard.denominators[0]
    whole = whole_study(coverage, denominator)
    if pd.isna(whole["rate"]):
        return (
            Text(
                zh=f"{result.title.zh}：研究范围内没有统计对象，无覆盖率。",
                en=f"{result.title.en}: there is nothing to count in the study's area.",
            ),
        )
    found = [
        _rate(study, result, whole),
        _range(whole),
        _below(study, result),
        _most(study, result),
    ]
    found.append(_unsnapped(result, whole))
    return tuple(one for one in found if one is not None)


def _rate(study: Study, result: ServiceResult, whole: pd.Series) -> Text:
    standard = result.coverage.standard
    denominator = standard.denominators[0]
    of, unit = wording.DENOMINATORS[denominator], wording.UNITS[denominator]
    target = target_rate(standard)
    rate = wording.percent(float(whole["rate"]), target)
    total, covered, uncovered = (
        wording.amount(float(whole[name]), unit) for name in ("total", "covered", "uncovered")
    )
    told = Text(
        zh=f"{result.title.zh}：{study.name.zh}{of.zh} {total.zh}，"
        f"其中 {covered.zh}（{rate}）已覆盖，{uncovered.zh}未覆盖",
        en=f"{result.title.en}: of {total.en} in {study.name.en}, {covered.en} ({rate}) are "
        f"covered and {uncovered.en} are not",
    )
    if target is None:
        return Text(zh=f"{told.zh}；标准未设目标值。", en=f"{told.en}; no target is set.")
    goal = wording.short_percent(target)
    if bool(whole["met"]):
        return Text(
            zh=f"{told.zh}；达到目标 {goal}。", en=f"{told.en}; the target of {goal} is met."
        )
    lack = target * float(whole["total"]) - float(whole["covered"])
    more = wording.amount(lack, unit)
    gap = f"{(target - float(whole['rate'])) * 100:.1f}"
    return Text(
        zh=f"{told.zh}；距目标 {goal} 差 {gap} 个百分点，须再覆盖 {more.zh}。",
        en=f"{told.en}; {gap} points short of the target of {goal}, {more.en} more to be covered.",
    )


def _range(whole: pd.Series) -> Text | None:
    if pd.isna(whole["rate_low"]) or pd.isna(whole["rate_high"]):
        return None
    low, high = (wording.percent(float(whole[name])) for name in ("rate_low", "rate_high"))
    return Text(
        zh=f"出行速度慢 10% 时覆盖率为 {low}，快 10% 时为 {high}。",
        en=f"At speeds 10 % lower the rate is {low}, at 10 % higher {high}.",
    )


def _below(study: Study, result: ServiceResult) -> Text | None:
    """Count the zones that miss the target, or that are not covered at all."""
    rows = worst_zones(result.coverage, study.base)
    level = study.base.name
    if rows.empty:
        return None
    target = target_rate(result.coverage.standard)
    if target is None:
        none = int((rows["covered"] == 0).sum())
        if not none:
            return None
        return Text(
            zh=f"{len(rows)} 个{level.zh}中，{none} 个完全没有覆盖。",
            en=f"{level.en}: {none} of {len(rows)} are not covered at all.",
        )
    below = int((~rows["met"].astype(bool)).sum())
    goal = wording.short_percent(target)
    return Text(
        zh=f"{len(rows)} 个{level.zh}中，{below} 个未达到 {goal}。",
        en=f"{level.en}: {below} of {len(rows)} are below {goal}.",
    )


def _most(study: Study, result: ServiceResult) -> Text | None:
    """Name the zones where most of the uncovered are, and their part of all."""
    denominator = result.coverage.standard.denominators[0]
    unit = wording.UNITS[denominator]
    rows = worst_zones(result.coverage, study.base)
    rows = rows[rows["uncovered"] > 0].sort_values(
        ["uncovered", "zone_id"], ascending=[False, True], kind="stable"
    )
    if len(rows) <= _NAMED:
        return None
    top = rows.head(_NAMED)
    part = wording.percent(float(top["uncovered"].sum() / rows["uncovered"].sum()))
    names = {language: zone_names(study.base, language) for language in ("zh", "en")}
    amounts = [wording.amount(float(value), unit) for value in top["uncovered"]]
    zones = [str(zone) for zone in top["zone_id"]]
    zh = "、".join(f"{names['zh'][z]}（{a.zh}）" for z, a in zip(zones, amounts, strict=True))
    en = ", ".join(f"{names['en'][z]} ({a.en})" for z, a in zip(zones, amounts, strict=True))
    return Text(
        zh=f"未覆盖最多的是{zh}，合计占全部未覆盖的 {part}。",
        en=f"Most of those not covered are in {en}: together {part} of all.",
    )


def _unsnapped(result: ServiceResult, whole: pd.Series) -> Text | None:
    amount = float(whole["unsnapped"])
    if not amount > 0:
        return None
    denominator = result.coverage.standard.denominators[0]
    told = wording.amount(amount, wording.UNITS[denominator])
    name = wording.unsnapped(result.coverage.standard)
    return Text(
        zh=f"{told.zh}{name.zh}，计入总数并按未覆盖统计。",
        en=f"{name.en}: {told.en}, who stay in the total as not covered.",
    )
