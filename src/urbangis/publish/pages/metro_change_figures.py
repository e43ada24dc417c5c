"""Figures and facts of a commuting circle before and after."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from urbangis.notices import Text
from urbangis.publish import wording
from urbangis.publish.model import Fact, Figure
from urbangis.publish.pages.change_result import change_tone
from urbangis.publish.pages.metro_change_result import MetroChange
from urbangis.publish.pages.metro_layers import WAY_NAMES

GAINED = Text(zh="新进圈内", en="Newly within")
LOST = Text(zh="退出圈内", en="No longer within")
_PEOPLE = wording.UNITS["residents"]
_MOST_NAMES = 40


def change_figures(result: MetroChange) -> tuple[Figure, ...]:
    """Return who comes within the cutoff, what time is saved, and how many towns are linked."""
    limit = f"{result.after.spec.cutoff_min:g}"
    whole = result.change.whole()
    rail = result.change.whole("rail")
    figures = [
        _rates(
            whole,
            Text(
                zh=f"{limit} 分钟内到达中心的居民", en=f"Residents within {limit} min of a centre"
            ),
        ),
        _people(GAINED, whole["gained"], good=True),
        _people(LOST, whole["lost"], good=False),
        *_flows(whole),
        _saved(whole),
        _people(Text(zh="省时1分钟以上", en="A minute or more faster"), whole["faster"], good=True),
    ]
    if whole["slower"] > 0:
        slower = Text(zh="多用1分钟以上", en="A minute or more slower")
        figures.append(_people(slower, whole["slower"], good=False))
    figures += [
        Figure(
            Text(zh=f"{GAINED.zh}的镇街", en=f"Towns {GAINED.en.lower()}"),
            wording.same(f"{len(result.towns('gained')):,}"),
            _unless_none(len(result.towns("lost")), "退出 {} 个", "{} no longer"),
        ),
        _linked(result, limit),
        _rates(rail, WAY_NAMES["rail"]),
    ]
    for weight, name in result.after.counted_apart.items():
        row = result.change.whole(weight=weight)
        gained, lost = (wording.amount(float(row[flow])) for flow in ("gained", "lost"))
        figures.append(
            Figure(
                name,
                Text(zh=f"+{gained.zh} / −{lost.zh}", en=f"+{gained.en} / −{lost.en}"),
                Text(zh="新进圈内 / 退出圈内，人", en="newly within / no longer, people"),
            )
        )
    was, now = result.change.beyond
    if was > 0 or now > 0:
        before = wording.amount(was, _PEOPLE)
        figures.append(
            Figure(
                Text(zh="省内圈外也能到达", en="Within reach from outside the area"),
                wording.amount(now, _PEOPLE),
                Text(zh=f"之前 {before.zh}", en=f"{before.en} before") if was != now else None,
            )
        )
    return tuple(figures)


def change_facts(result: MetroChange) -> tuple[Fact, ...]:
    """Name the counties, towns and key places that come within the circle, and those that leave."""
    base = result.levels[0]
    english = dict(zip(base.zones["id"], base.zones["name_en"], strict=True))
    came, went = result.change.past_half(base.id)
    facts = []
    for rows, zh, en in (
        (came, "圈内居民新过半", "over half the residents within, newly"),
        (went, "圈内居民不再过半", "over half the residents within no longer"),
    ):
        if rows is came or len(rows):
            names = [
                Text(zh=name, en=english.get(zone_id) or name)
                for name, zone_id in zip(rows["zone_name"], rows["zone_id"], strict=True)
            ]
            label = Text(zh=f"{zh}的{base.name.zh}", en=f"{base.name.en}: {en}")
            facts.append(Fact(label, _listed(names)))
    facts.append(_towns_fact(result, "gained", GAINED))
    if len(result.towns("lost")):
        facts.append(_towns_fact(result, "lost", LOST))
    found = result.key_places()
    if found is not None:
        for name, table in zip((GAINED, LOST), found, strict=True):
            if len(table):
                facts.append(
                    Fact(
                        Text(
                            zh=f"{name.zh}的重点中心镇（{len(table)}）",
                            en=f"Key central towns {name.en.lower()} ({len(table)})",
                        ),
                        _listed(_timed(table, "best_min_before", "best_min")),
                    )
                )
    return tuple(facts)


def line_assumptions(result: MetroChange) -> tuple[Fact, ...]:
    """State what is assumed of the lines that open, and of those that change."""
    tables = result.tables()["lines"]
    facts = []
    opened = tables[tables["new"]]
    if len(opened):
        facts.append(
            Fact(
                Text(zh=f"新开线路的假定（{len(opened)}）", en=f"Lines that open ({len(opened)})"),
                _listed(_line(one) for one in opened.to_dict("records")),
                brief=True,
            )
        )
    if result.changed is not None:
        was = result.before.lines.set_index("id").to_dict("index")
        facts.append(
            Fact(
                Text(zh="调整的线路", en="Lines that change"),
                _listed(
                    _line(one, was[one["id"]]) for one in result.changed.table.to_dict("records")
                ),
                brief=True,
            )
        )
    return tuple(facts)


def _line(line: Mapping[Any, Any], was: Mapping[Any, Any] | None = None) -> Text:
    """Say how often a line runs, and how fast; what it was before where it was something else."""
    was = was or line
    gap, speed, stop = (
        f"{line[name]:g}" if line[name] == was[name] else f"{was[name]:g}→{line[name]:g}"
        for name in ("headway_min", "speed_kmh", "dwell_min")
    )
    known = not np.isnan(line["speed_kmh"])
    zh = [f"{gap} 分钟一班", *([f"{speed} km/h"] if known else []), f"每站停 {stop} 分钟"]
    en = [f"every {gap} min", *([f"{speed} km/h"] if known else []), f"{stop} min a stop"]
    return Text(zh=f"{line['name']}（{'，'.join(zh)}）", en=f"{line['name']} ({', '.join(en)})")


def _rates(row: pd.Series, label: Text) -> Figure:
    points = float(row["change"]) * 100
    return Figure(
        label,
        wording.same(
            f"{wording.percent(float(row['rate_before']))} → "
            f"{wording.percent(float(row['rate_after']))}"
        ),
        Text(zh=f"{points:+.2f} 个百分点", en=f"{points:+.2f} points"),
        change_tone(points),
    )


def _people(label: Text, people: float, *, good: bool) -> Figure:
    tone = change_tone(float(people) if good else -float(people))
    return Figure(label, wording.amount(float(people), _PEOPLE), tone=tone)


def _flows(whole: pd.Series) -> list[Figure]:
    """Return who is there only after, and only before."""
    found = []
    for flow, label in (
        ("arrived", Text(zh="新增居民", en="Residents who come")),
        ("left", Text(zh="减少居民", en="Residents who go")),
    ):
        if whole[flow] > 0:
            within = wording.amount(float(whole[f"{flow}_covered"]), _PEOPLE)
            found.append(
                Figure(
                    label,
                    wording.amount(float(whole[flow]), _PEOPLE),
                    Text(zh=f"其中圈内 {within.zh}", en=f"{within.en} of them within"),
                )
            )
    return found


def _saved(whole: pd.Series) -> Figure:
    saved = float(whole["saved_min"])
    word = ("缩短", "shorter") if saved >= 0 else ("延长", "longer")
    return Figure(
        Text(zh="到最近中心的平均时间", en="Mean time to the nearest centre"),
        wording.same(f"{whole['minutes_before']:.1f} → {whole['minutes_after']:.1f}"),
        Text(
            zh=f"分钟，{word[0]} {abs(saved):.2f}，按人口加权",
            en=f"minutes, {abs(saved):.2f} {word[1]}, weighted by people",
        ),
        change_tone(saved),
    )


def _linked(result: MetroChange, limit: str) -> Figure:
    count = result.change.links["change"].value_counts()
    return Figure(
        Text(zh=f"新增 {limit} 分钟互通的镇街对", en=f"Pairs of towns newly within {limit} min"),
        wording.same(f"{count.get('gained', 0):,}"),
        _unless_none(int(count.get("lost", 0)), "减少 {} 对", "{} no longer"),
    )


def _unless_none(count: int, zh: str, en: str) -> Text | None:
    return Text(zh=zh.format(f"{count:,}"), en=en.format(f"{count:,}")) if count else None


def _towns_fact(result: MetroChange, group: str, name: Text) -> Fact:
    towns = result.towns(group)
    return Fact(
        Text(zh=f"{name.zh}的镇街（{len(towns)}）", en=f"Towns {name.en.lower()} ({len(towns)})"),
        _listed(_timed(towns, "best_before", "best_after")),
    )


def _timed(table: pd.DataFrame, before: str, after: str) -> list[Text]:
    """Name places with their minutes before and after."""
    english = table["name_en"] if "name_en" in table else table["name"]
    return [
        Text(zh=f"{zh} {_min(was)}→{_min(now)} 分钟", en=f"{en or zh} {_min(was)}→{_min(now)} min")
        for zh, en, was, now in zip(
            table["name"], english, table[before], table[after], strict=True
        )
    ]


def _min(value: float) -> str:
    return "—" if np.isnan(value) else f"{value:.0f}"


def _listed(names: Iterable[Text]) -> Text:
    """List names, the first of many."""
    every = list(names)
    if not every:
        return Text(zh="无", en="none")
    some = wording.joined(*every[:_MOST_NAMES], zh="、", en=", ")
    more = len(every) - _MOST_NAMES
    if more <= 0:
        return some
    return Text(zh=f"{some.zh}，另有 {more} 个见镇街表", en=f"{some.en}; {more} more in the table")
