"""Figures, goals and gaps of the scorecard, in words."""

import math
from typing import Any

import pandas as pd

from urbangis.indicators import PERCENT
from urbangis.notices import Text
from urbangis.publish.wording import percent

Row = dict[Any, Any]
"""A row of `urbangis.indicators.evaluate`."""

_SIGNS = {"at_least": "≥", "at_most": "≤", "about": "≈"}


def figure_text(row: Row) -> Text:
    """Write a figure with its unit and year, never rounded over a target that it misses."""
    figure, goal = row["figure"], row["target"]
    number = _number(figure, None if math.isnan(goal) else goal, row["unit"])
    high = row["high"]
    if high > figure:
        number = f"{number}–{_number(high, None, row['unit'])}"
    told: str = "" if pd.isna(row["year"]) else str(row["year"])
    return Text(
        zh=_with_unit(number, row["unit"]) + (f"（{told}年）" if told else ""),
        en=_with_unit(number, row["unit_en"]) + (f" ({told})" if told else ""),
    )


def goal_text(row: Row) -> Text:
    """Write what is asked, by when, and whether it is only a reading."""
    sign = _SIGNS[row["operator"]]
    number = f"{row['target']:,.1f}".removesuffix(".0")
    year = row["target_year"]
    due = [f"{year}年" if year.isdigit() else year, row["target_year_en"]]
    origin = ["解读", "reading"] if row["origin"] == "reading" else ["", ""]
    kept_zh = [f"（{one}）" for one in (due[0], origin[0]) if one]
    kept_en = [f" ({one})" for one in (due[1], origin[1]) if one]
    return Text(
        zh=f"目标 {sign} {_with_unit(number, row['unit'])}{''.join(kept_zh)}",
        en=f"target {sign} {_with_unit(number, row['unit_en'])}{''.join(kept_en)}",
    )


def gap_text(row: Row) -> Text:
    """Write how far a figure lies above or below its target."""
    gap = row["gap"]
    points = row["unit"] == "%"
    unit_zh = "个百分点" if points else row["unit"]
    unit_en = "points" if points else row["unit_en"]
    size = abs(gap)
    number = f"{size:,.1f}".removesuffix(".0")
    if size == 0:
        return Text(zh="正好达到", en="exactly")
    if number == "0":
        number = "<0.1"
    if gap > 0:
        return Text(
            zh=f"高出 {_with_unit(number, unit_zh)}", en=f"{_with_unit(number, unit_en)} above"
        )
    return Text(zh=f"低于 {_with_unit(number, unit_zh)}", en=f"{_with_unit(number, unit_en)} below")


def _number(value: float, goal: float | None, unit: str) -> str:
    """Write a number with at most one decimal, rounded down where it misses its goal."""
    if unit == "%":
        return percent(value / PERCENT, None if goal is None else goal / PERCENT).removesuffix("%")
    tenths = round(value * 10)
    if goal is not None and value < goal <= tenths / 10:
        tenths = math.floor(value * 10)
    return f"{tenths / 10:,.1f}".removesuffix(".0")


def _with_unit(number: str, unit: str) -> str:
    if unit in ("%", "‰"):
        return number + unit
    return f"{number} {unit}" if unit else number
