"""What the times of a metropolitan area rest on, and which places and lines they are of."""

import geopandas as gpd
import numpy as np
import pandas as pd

from urbangis.notices import Text
from urbangis.publish.model import Fact
from urbangis.publish.wording import joined
from urbangis.study import CommutingSpec, TransitSpec


def estimate_caution(transit: TransitSpec) -> Text:
    """Say before any figure that times are an estimate."""
    road, times = transit.road, transit.times
    cap = "" if times.wait_cap_min is None else f"、最多{times.wait_cap_min:g}分钟"
    cap_en = "" if times.wait_cap_min is None else f", {times.wait_cap_min:g} minutes at most"
    return Text(
        zh=f"情景估算，不是时刻表：发车间隔和车速按线路类别假定，候车取间隔的一半{cap}；"
        f"公路按直线距离乘 {road.detour_factor:g}、{road.speed_kmh:g} km/h 估算，没有路网",
        en="An estimate, not a timetable: headways and speeds are assumed by kind of line, the "
        f"wait is half the headway{cap_en}; roads are told from the straight line times "
        f"{road.detour_factor:g} at {road.speed_kmh:g} km/h, for want of a road network",
    )


def assumption_facts(transit: TransitSpec, spec: CommutingSpec) -> tuple[Fact, ...]:
    """State how people are assumed to travel."""
    times, road = transit.times, transit.road
    cap = times.wait_cap_min
    wait = Text(
        zh="候车为发车间隔的一半" + ("" if cap is None else f"，最多 {cap:g} 分钟"),
        en="the wait is half the headway" + ("" if cap is None else f", {cap:g} min at most"),
    )
    rail = Text(
        zh=f"由住处走公路到站（最远 {transit.access_limit_min:g} 分钟），进站安检 "
        f"{times.enter_min:g} 分钟，{wait.zh}，乘车（每条线逐站停靠），换乘 "
        f"{times.transfer_min:g} 分钟并再次候车，出站 {times.exit_min:g} 分钟，再走公路到中心；"
        "只在同一车站换乘",
        en=f"by road to a station ({transit.access_limit_min:g} min at most), "
        f"{times.enter_min:g} min to enter, {wait.en}, the ride (every train stops at every "
        f"station), {times.transfer_min:g} min and another wait to change, {times.exit_min:g} min "
        "to leave, and by road to the centre; lines are changed within one station only",
    )
    bridges = Text(zh="过江只走所列桥隧", en="the river is crossed by the listed bridges alone")
    roads = joined(
        Text(
            zh=f"直线距离乘 {road.detour_factor:g}，平均 {road.speed_kmh:g} km/h",
            en=f"straight line times {road.detour_factor:g} at {road.speed_kmh:g} km/h on average",
        ),
        bridges if road.crossings else None,
        Text(zh="不计湖泊与拥堵", en="lakes and congestion are not counted"),
        road.source,
        zh="；",
        en="; ",
    )
    facts = [
        Fact(Text(zh="铁路出行假定", en="Assumed by rail"), rail, brief=True),
        Fact(Text(zh="公路出行假定", en="Assumed by road"), roads, brief=True),
        Fact(Text(zh="线路参数来源", en="Source of headways and speeds"), transit.source),
        Fact(
            Text(zh="就业人口", en="Workers"),
            Text(
                zh="没有分镇街的就业人口数据，按常住人口统计；住处到中心的时间不等于实际通勤",
                en="Workers by town are not known: residents are counted. Time to a centre is not "
                "where people actually commute",
            ),
        ),
    ]
    if spec.note is not None:
        facts.append(Fact(Text(zh="说明", en="Note"), spec.note))
    return tuple(facts)


def line_facts(lines: gpd.GeoDataFrame, transit: TransitSpec) -> tuple[Fact, ...]:
    """List the lines by whether they run or are to come, each with its headway."""
    groups = (
        (Text(zh="运营线路", en="Lines that run"), transit.running),
        (Text(zh="在建线路", en="Lines under construction"), transit.coming),
    )
    facts = []
    for name, statuses in groups:
        some = lines[lines["status"].isin(statuses)]
        if len(some):
            facts.append(
                Fact(
                    Text(zh=f"{name.zh}（{len(some)}）", en=f"{name.en} ({len(some)})"),
                    Text(
                        zh="、".join(f"{one}（{gap:g}分钟一班）" for one, gap in _headways(some)),
                        en=", ".join(f"{one} (every {gap:g} min)" for one, gap in _headways(some)),
                    ),
                )
            )  # fmt: skip
    return tuple(facts)


def _headways(lines: pd.DataFrame) -> list[tuple[str, float]]:
    return list(zip(lines["name"], lines["headway_min"], strict=True))


def key_place_facts(key_places: pd.DataFrame | None, cutoff_min: float) -> tuple[Fact, ...]:
    """List the key places within the circle by their minutes, and name those outside."""
    if key_places is None or key_places.empty:
        return ()
    within = key_places[key_places["within"]]
    outside = key_places[~key_places["within"]]
    facts = []
    for table, zh, en in (
        (
            within,
            f"{cutoff_min:g} 分钟内的重点中心镇",
            f"Key central towns within {cutoff_min:g} min",
        ),
        (outside, "圈外的重点中心镇", "Key central towns beyond"),
    ):
        if len(table):
            facts.append(
                Fact(
                    Text(zh=f"{zh}（{len(table)}）", en=f"{en} ({len(table)})"),
                    Text(zh="、".join(_timed(table, "name", "分钟")),
                         en=", ".join(_timed(table, "name_en", " min"))),
                )
            )  # fmt: skip
    return tuple(facts)


def _timed(table: pd.DataFrame, column: str, unit: str) -> list[str]:
    names = table[column] if column in table else table["name"]
    return [
        f"{name} {minutes:.0f}{unit}" if np.isfinite(minutes) else str(name)
        for name, minutes in zip(names, table["best_min"], strict=True)
    ]
