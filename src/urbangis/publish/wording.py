"""The fixed texts of the pages, and numbers written for readers."""

import math

from urbangis.catalog import Mode, Standard
from urbangis.notices import Text

NATURES = {
    "surveyed": Text(zh="实测", en="Surveyed"),
    "approximate": Text(zh="近似", en="Approximate"),
    "schematic": Text(zh="示意", en="Schematic"),
    "synthetic": Text(zh="模拟数据", en="Synthetic"),
}
CONFIDENCES = {
    "high": Text(zh="高", en="high"),
    "medium": Text(zh="中", en="medium"),
    "low": Text(zh="低", en="low"),
}
DENOMINATORS = {
    "residents": Text(zh="居住人口", en="Residents"),
    "school_age": Text(zh="学龄人口", en="Children of school age"),
    "over_60": Text(zh="60岁以上人口", en="People over 60"),
    "residential_m2": Text(zh="居住用地面积", en="Residential land"),
    "built_up_m2": Text(zh="建成区面积", en="Built-up area"),
    "units": Text(zh="居民点", en="Places of residence"),
}
UNITS = {
    "residents": Text(zh="人", en="people"),
    "school_age": Text(zh="人", en="people"),
    "over_60": Text(zh="人", en="people"),
    "residential_m2": Text(zh="平方米", en="m²"),
    "built_up_m2": Text(zh="平方米", en="m²"),
    "units": Text(zh="处", en="places"),
}
UNREVIEWED = Text(zh="未送审，仅供内部使用", en="Not submitted for map review; internal use only")
NO_DATA = Text(zh="无数据", en="No data")


def unsnapped(standard: Standard) -> Text:
    """Name those who are in the total but could not be placed."""
    if standard.method == "network":
        return Text(zh="未接入路网", en="Off the street network")
    if standard.method == "surface":
        return Text(zh="不在可通行地面", en="Off the ground")
    return Text(zh="位置不明", en="Place unknown")


def of_which_unsnapped(standard: Standard) -> Text:
    """Name them as a part of those not covered."""
    name = unsnapped(standard)
    return Text(zh=f"其中{name.zh}", en=f"Of these: {name.en.lower()}")


def same(text: str) -> Text:
    """Return a text that reads alike in both languages: a name, a number, a document."""
    return Text(zh=text, en=text)


def joined(*parts: Text | None, zh: str = "，", en: str = ", ") -> Text:
    """Join the parts that are there."""
    there = [part for part in parts if part is not None]
    return Text(zh=zh.join(part.zh for part in there), en=en.join(part.en for part in there))


def percent(rate: float, target: float | None = None) -> str:
    """Write a rate with one decimal, never rounded up to all or to a target that it misses.

    Parameters
    ----------
    rate
        Share between 0 and 1; NaN gives a dash.
    target
        The target that the rate is compared with.
    """
    if math.isnan(rate):
        return "—"
    tenths = round(rate * 1000)
    missed = [limit for limit in (target, 1.0) if limit is not None and rate < limit]
    if any(tenths >= round(limit * 1000, 6) for limit in missed):
        tenths = math.floor(rate * 1000)
    return f"{tenths / 10:.1f}%"


def short_percent(rate: float) -> str:
    """Write a class limit or target: ``85%``, ``92.5%``."""
    return f"{round(rate * 100, 2):g}%"


def amount(value: float, unit: Text | None = None) -> Text:
    """Write a count with its unit; Chinese counts from 100,000 on in 万."""
    if math.isnan(value):
        return same("—")
    plain = f"{value:,.0f}"
    if unit is None:
        return same(plain)
    zh = f"{value / 10_000:,.1f} 万{unit.zh}" if value >= 100_000 else f"{plain} {unit.zh}"
    return Text(zh=zh, en=f"{plain} {unit.en}")


def model(standard: Standard, mode: Mode | None) -> Text:
    """Tell how travel was computed, in one sentence."""
    outward = standard.direction == "from_facility"
    return joined(
        _travel(standard, mode),
        Text(zh="由设施前往居民", en="from the facility to the resident") if outward else None,
        Text(zh="各类设施均须可达", en="every kind must be in reach")
        if standard.each_kind
        else None,
    )


def _travel(standard: Standard, mode: Mode | None) -> Text:
    if mode is not None:
        speeds = sorted(mode.speeds_kmh.values())
        speed = f"{speeds[0]:g}" if speeds[0] == speeds[-1] else f"{speeds[0]:g}–{speeds[-1]:g}"
        return Text(
            zh=f"{mode.name.zh}路网，{standard.cutoff_min:g} 分钟（含）以内，速度 {speed} km/h，"
            f"计入两端接驳段（{mode.access_kmh:g} km/h，最远 {mode.snap_limit_m:g} 米）",
            en=f"{mode.name.en} network, within {standard.cutoff_min:g} minutes (inclusive) at "
            f"{speed} km/h; access legs counted at both ends ({mode.access_kmh:g} km/h, "
            f"up to {mode.snap_limit_m:g} m)",
        )
    if standard.method == "surface":
        return Text(
            zh=f"按土地覆盖逐像元通行，有道路处按道路速度，{standard.cutoff_min:g} 分钟（含）以内",
            en=f"Cell by cell over open ground at speeds by land cover, faster along streets, "
            f"within {standard.cutoff_min:g} minutes (inclusive)",
        )
    if standard.cutoff_min is not None:
        return Text(
            zh=f"直线距离乘绕行系数 {standard.detour_factor:g}，速度 {standard.speed_kmh:g} km/h，"
            f"{standard.cutoff_min:g} 分钟（含）以内",
            en=f"Straight line times a detour factor of {standard.detour_factor:g}, at "
            f"{standard.speed_kmh:g} km/h, within {standard.cutoff_min:g} minutes (inclusive)",
        )
    if standard.cutoff_m is not None:
        return Text(
            zh=f"直线距离 {standard.cutoff_m:g} 米（含）以内",
            en=f"Within {standard.cutoff_m:g} m in a straight line (inclusive)",
        )
    radii = "、".join(f"{size.cutoff_m:g}" for size in standard.size_classes)
    return Text(
        zh=f"直线距离，半径按设施规模取 {radii} 米",
        en=f"Straight line, with radii of {radii.replace('、', ', ')} m by size of facility",
    )
