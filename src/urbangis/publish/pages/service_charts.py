"""The charts of one service circle: people by minutes, zones by rate, groups by distance."""

import numpy as np
import pandas as pd

from urbangis.catalog.specs import LANDS
from urbangis.decay import INCLUSIVE
from urbangis.measures.coverage import SPEED_RANGE, Coverage
from urbangis.notices import Language, Text
from urbangis.publish.charts.chart import Chart, Curve, Rate, Rates, Shares, layout
from urbangis.publish.charts.drawing import svg
from urbangis.publish.maps.palette import BEYOND, INSIDE, UNSNAPPED
from urbangis.publish.maps.zones import target_rate
from urbangis.publish.model import PageChart
from urbangis.publish.wording import DENOMINATORS, unsnapped
from urbangis.study import Level, Study
from urbangis.units import minutes

PAGE_WIDTH = 340.0
"""Pixels that the panel beside a map is wide."""

MOST_BARS = 25
"""Zones that a chart of rates has at most."""

_LANGUAGES: tuple[Language, ...] = ("zh", "en")
_STEPS = 100
_FAR = 2.0  # straight-line distance that a curve shows, in radii


def service_charts(study: Study, coverage: Coverage, language: Language) -> tuple[Chart, ...]:
    """Return the charts of a service: people by travel, zones by rate, groups by time."""
    above = [level for level in study.levels[1:] if level.partition][:1]
    groups = [people_by_group(coverage, level, language) for level in above]
    charts: list[Chart | None] = [
        people_by_cost(coverage, language),
        zone_rates(coverage, charted_level(study), language, most=MOST_BARS),
        *(one for one in groups if one is not None and one.rows),
    ]
    return tuple(one for one in charts if one is not None)


def page_charts(study: Study, coverage: Coverage) -> tuple[PageChart, ...]:
    """Return the charts of a service as a page shows them, in both languages."""
    spoken = {one: service_charts(study, coverage, one) for one in _LANGUAGES}
    charts = []
    for number, (zh, en) in enumerate(zip(spoken["zh"], spoken["en"], strict=True)):
        drawn = {
            language: svg(layout(chart, PAGE_WIDTH), name=f"chart-{number}", lang=language)
            for language, chart in (("zh", zh), ("en", en))
        }
        charts.append(PageChart(Text(zh=zh.title, en=en.title), Text(**drawn)))
    return tuple(charts)


def charted_level(study: Study) -> Level:
    """Return the finest level whose rates can be read at a glance, or else the base."""
    levels = [level for level in study.levels if level.partition]
    return next((one for one in levels if 3 <= len(one.zones) <= MOST_BARS), study.base)


def people_by_cost(coverage: Coverage, language: Language) -> Curve | None:
    """Return how many are within which time, or distance; at the cutoff it is the coverage rate.

    Travel times are known up to the search limit, `SPEED_RANGE` beyond the cutoff; there the
    curve ends. None for land, and for radii that go by the size of the facility.
    """
    standard = coverage.standard
    denominator = standard.denominators[0]
    cutoff = standard.cutoff_min if standard.cutoff_min is not None else standard.cutoff_m
    if denominator in LANDS or cutoff is None:
        return None
    timed = standard.cutoff_min is not None
    demand = coverage.demand
    weight = demand[denominator].to_numpy(float)
    cost = demand["cost"].to_numpy(float)
    if not weight.sum() > 0:
        return None
    most = 1 + SPEED_RANGE if timed else _FAR
    at = np.arange(int(_STEPS * most + 1e-9) + 1) / _STEPS * cutoff
    limits = np.array([minutes(float(one)) for one in at]) if timed else at
    # NaN, not reached, lies beyond every limit.
    step = np.searchsorted(limits * INCLUSIVE, cost, side="left")
    within = np.cumsum(np.bincount(step, weight, minlength=len(at) + 1))[: len(at)]
    share = within / weight.sum()
    of = DENOMINATORS[denominator]
    unit = Text(zh="分钟", en="minutes") if timed else Text(zh="米", en="metres")
    return Curve(
        title=Text(
            zh=f"{of.zh}到最近设施的累计比例", en=f"{of.en} by travel to the nearest facility"
        ).to(language),
        points=tuple(zip(at.tolist(), share.tolist(), strict=True)),
        mark=(
            cutoff,
            Text(zh=f"标准 {cutoff:g} {unit.zh}内", en=f"within {cutoff:g} {unit.en}").to(language),
        ),
        across=Text(zh=f"到最近设施（{unit.zh}）", en=f"To the nearest facility ({unit.en})").to(
            language
        ),
        up=Text(zh=f"{of.zh}累计比例", en=f"Share of {of.en.lower()}").to(language),
        target=target_rate(standard),
    )


def zone_rates(coverage: Coverage, level: Level, language: Language, *, most: int) -> Rates:
    """Return the rates of a level's zones, at most so many: the lowest, the lowest first."""
    denominator = coverage.standard.denominators[0]
    rated = worst_zones(coverage, level)
    rows = rated.head(most)
    names = zone_names(level, language)
    of = DENOMINATORS[denominator]
    return Rates(
        title=(
            Text(zh=f"{of.zh}覆盖率最低的{level.name.zh}", en=f"Lowest coverage: {level.name.en}")
            if len(rows) < len(rated)
            else Text(zh=f"各{level.name.zh}{of.zh}覆盖率", en=f"Coverage by {level.name.en}")
        ).to(language),
        rows=tuple(
            Rate(
                names[zone],
                float(rate),
                float(low),
                float(high),
                None if pd.isna(met) else bool(met),
            )
            for zone, rate, low, high, met in zip(
                *(rows[column] for column in ("zone_id", "rate", "rate_low", "rate_high", "met")),
                strict=True,
            )
        ),
        target=target_rate(coverage.standard),
    )


def worst_zones(coverage: Coverage, level: Level) -> pd.DataFrame:
    """Return the rows of a level that have a rate, the lowest first, more people before fewer."""
    zones = coverage.zones
    rows = zones[
        (zones["level"] == level.id)
        & (zones["denominator"] == coverage.standard.denominators[0])
        & zones["rate"].notna()
        & (zones["zone_id"] != "")
    ]
    return rows.sort_values(
        ["rate", "uncovered", "zone_id"], ascending=[True, False, True], kind="stable"
    )


def people_by_group(coverage: Coverage, level: Level, language: Language) -> Shares | None:
    """Return how the people of each zone of a level are spread over bands of travel time.

    None for land, and where the rule is no time.
    """
    standard = coverage.standard
    denominator = standard.denominators[0]
    if denominator in LANDS or standard.cutoff_min is None:
        return None
    limits = standard.rings_min or tuple(standard.cutoff_min * part / 3 for part in (1, 2, 3))
    demand = coverage.demand
    weight = demand[denominator].to_numpy(float)
    cost = demand["cost"].to_numpy(float)
    steps = np.array([minutes(limit) * INCLUSIVE for limit in limits])
    band = np.where(np.isfinite(cost), np.searchsorted(steps, cost, side="left"), len(limits))
    band = np.where(demand["snapped"].to_numpy(bool), band, len(limits) + 1)
    zones = pd.Categorical(demand["zone_id"])
    placed, bands = zones.codes >= 0, len(limits) + 2
    cell = zones.codes[placed].astype(np.int64) * bands + band[placed]
    counts = np.bincount(cell, weight[placed], minlength=len(zones.categories) * bands)
    by_member = pd.DataFrame(counts.reshape(-1, bands), index=zones.categories)
    sums = level.members.join(by_member, on="member_id", how="inner")
    sums = sums.drop(columns="member_id").groupby("zone_id").sum()
    names = zone_names(level, language)
    rows = []
    for zone in level.zones["id"]:
        amounts = sums.loc[zone].to_numpy(float) if zone in sums.index else np.zeros(1)
        if amounts.sum() > 0:
            rows.append((names[zone], tuple((amounts / amounts.sum()).tolist())))
    edges = [0.0, *limits]
    unit = Text(zh="分钟", en="min").to(language)
    parts = [
        (f"{low:g}–{high:g} {unit}", INSIDE[min(number, len(INSIDE) - 1)])
        for number, (low, high) in enumerate(zip(edges, limits, strict=False))
    ]
    beyond = Text(zh=f"{limits[-1]:g} 分钟以上", en=f"beyond {limits[-1]:g} min").to(language)
    parts += [(beyond, BEYOND[1]), (unsnapped(standard).to(language), UNSNAPPED)]
    of = DENOMINATORS[denominator]
    return Shares(
        Text(
            zh=f"{level.name.zh}{of.zh}按到达时间的构成",
            en=f"{of.en} by travel time: {level.name.en}",
        ).to(language),
        tuple(parts),
        tuple(rows),
    )


def zone_names(level: Level, language: Language) -> dict[str, str]:
    """Return the names of a level's zones by id, in a language."""
    zones = level.zones
    names = zones["name"].fillna("").astype(str)
    if language == "en" and "name_en" in zones:
        english = zones["name_en"].fillna("").astype(str)
        names = names.where(english == "", english)
    return dict(zip(zones["id"], names, strict=True))
