"""How sure a rate is, as a section of the service's page: a tornado, and who is near the line."""

from typing import Any

import pandas as pd

from urbangis.measures.uncertainty import Uncertainty
from urbangis.notices import Text
from urbangis.publish import wording
from urbangis.publish.model import SureRow, SureTable, SureZone
from urbangis.study import Study

MOST_ZONES = 200
"""How many zones a page lists; the table of all is in the data."""

_ENVELOPE = Text(
    zh="每次只改一项假设，其余不变；高低值是各项结果的包络，不是概率区间，几项同时有误时可能超出。",
    en="One assumption is changed at a time. The low and the high are the envelope of these "
    "changes, not a probability; several errors at once can lead out of it.",
)
_POSITION = Text(
    zh="设施位置误差按最不利、最有利两端计算：每处设施对每位居民都远（近）一个误差距离，"
    "并假定其间地面可以通行。",
    en="Errors of position are taken at both ends: every facility is farther from (or nearer to) "
    "every home by its error, and the ground between can be crossed.",
)


def sure_table(study: Study, found: Uncertainty) -> SureTable | None:
    """Describe how sure the rate by the first denominator is; None where nothing can be told."""
    denominator = found.coverage.standard.denominators[0]
    table = found.by_variant[found.by_variant["denominator"] == denominator]
    rows = table[table["level"] == "study"]
    zones = found.by_zone[found.by_zone["denominator"] == denominator]
    whole = zones[zones["level"] == "study"].iloc[0]
    if rows.empty or pd.isna(whole["rate"]):
        return None
    low, high = float(whole["rate_low"]), float(whole["rate_high"])
    names = {variant.id: variant.name for variant in found.variants}
    unit = wording.UNITS[denominator]
    base = zones[(zones["level"] == study.base.id) & zones["rate"].notna()]
    english = study.base.zones.set_index("id")["name_en"]
    timed = found.coverage.standard.cutoff_s is not None
    return SureTable(
        range=Text(
            zh=f"公布值 {_share(whole, 'rate')}，逐项变动后为 {_range(whole)}",
            en=f"Published {_share(whole, 'rate')}; under other assumptions {_range(whole)}",
        ),
        at=_place(float(whole["rate"]), low, high),
        rows=tuple(
            SureRow(
                names[row["variant"]],
                _share(row, "rate"),
                _signed(float(row["people"]), unit),
                _place(float(row["rate"]), low, high),
            )
            for row in rows.to_dict("records")
        ),
        margin=_margin(whole, unit) if timed else None,
        zones=tuple(
            SureZone(
                Text(row["zone_name"], english.get(row["zone_id"]) or row["zone_name"]),
                _range(row),
                wording.amount(row["just_covered"]),
                wording.amount(row["just_missed"]),
            )
            for row in base.head(MOST_ZONES).to_dict("records")
        ),
        notes=(_ENVELOPE, *([_POSITION] if "position" in set(rows["assumption"]) else [])),
    )


def _place(rate: float, low: float, high: float) -> float:
    return round((rate - low) / (high - low), 4) if high > low else 0.5


def _share(row: Any, column: str) -> str:
    return wording.percent(float(row[column]))


def _range(row: Any) -> str:
    return f"{_share(row, 'rate_low')} – {_share(row, 'rate_high')}"


def _signed(value: float, unit: Text) -> Text:
    """Write a difference with its sign; none where nothing changes."""
    if round(value) == 0:
        return Text(zh="不变", en="no change")
    sign = "+" if value > 0 else "−"
    size = wording.amount(abs(value), unit)
    return Text(zh=f"{sign}{size.zh}", en=f"{sign}{size.en}")


def _margin(whole: Any, unit: Text) -> Text:
    covered = wording.amount(float(whole["just_covered"]), unit)
    missed = wording.amount(float(whole["just_missed"]), unit)
    return Text(
        zh=f"离上限不足 1 分钟：{covered.zh}刚好在内，{missed.zh}刚好在外。",
        en=f"Less than a minute from the cutoff: {covered.en} just inside, {missed.en} just "
        "outside.",
    )
