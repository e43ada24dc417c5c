"""What commuting circles, and times between cities, say of a policy target."""

from collections.abc import Iterable
from itertools import permutations

import numpy as np
import pandas as pd

from urbangis.catalog import Target
from urbangis.errors import StudyError
from urbangis.indicators import area_asked, observe_figures, observe_rates
from urbangis.measures.commuting import centre_times
from urbangis.notices import Text
from urbangis.pipeline.load import Loaded
from urbangis.pipeline.transit import build_travel, transit_of
from urbangis.publish.pages.metro_result import MetroResult
from urbangis.publish.wording import joined
from urbangis.study import FILE_NAME, IndicatorSpec
from urbangis.tables import coordinates
from urbangis.units import to_minutes

_ASSUMED = Text(
    zh="由线路和假定的发车间隔、速度估算，取铁路、公路中较快者",
    en="estimated from lines and assumed headways and speeds, by the faster of rail and road",
)


def observe_commuting(
    target: Target, spec: IndicatorSpec, results: Iterable[MetroResult], areas: pd.DataFrame
) -> pd.DataFrame | Text:
    """Observe the rate of a commuting circle in every area that lies in it altogether."""
    found = [one for one in results if one.id == spec.commuting]
    if not found:
        return Text(zh="本次运行未计算该通勤圈", en="This run did not compute the commuting circle")
    result = found[0]
    zones = result.circles[0].zones
    own = zones[
        (zones["level"] == "zone") & (zones["way"] == "best") & (zones["weight"] == "residents")
    ]
    known = areas["member_id"].isin(own["zone_id"])
    inside = known.groupby([areas["level"], areas["zone_id"]]).transform("all")
    rates = own.assign(level=areas["level"].iloc[0])
    source = joined(result.spec.name, _ASSUMED, spec.said, result.spec.note, zh="；", en="; ")
    return observe_rates(target.id, rates, areas[inside], year=None, source=source)


def observe_between(target: Target, spec: IndicatorSpec, loaded: Loaded) -> pd.DataFrame:
    """Observe the mean travel time between places, today, over all pairs in both directions.

    Raises
    ------
    StudyError
        If a place is not there, or cannot be reached from another.
    """
    layer = loaded.layers[str(spec.layer)]
    table = layer.table.set_index("id")
    file = loaded.study.root / FILE_NAME
    if missing := [one for one in spec.between if one not in table.index]:
        raise StudyError(
            f'indicators.{target.id} names "{missing[0]}", which the layer "{layer.id}" has not',
            file=file,
            remedy=f"There are: {', '.join(table.index[:12])}.",
        )
    places = coordinates(layer.table.set_index("id").loc[list(spec.between)])
    travel, _ = build_travel(loaded, transit_of(loaded).running)
    times = []
    for start, end in permutations(range(len(places)), 2):
        found = centre_times(travel, places[[start]], places[[end]])
        times.append(min(found.road_s[0], found.rail_s[0]))
    mean_min = to_minutes(float(np.mean(times)))
    if not np.isfinite(mean_min):
        raise StudyError(
            f"indicators.{target.id}: some of the places cannot be reached from others",
            file=file,
            remedy="Correct the lines or roads of the study.",
        )
    level, zone_id = area_asked(target)
    found_in = pd.DataFrame({"level": [level], "zone_id": [zone_id], "figure": [mean_min]})
    names = "、".join(table.loc[list(spec.between), "name"])
    english = table.get("name_en", table["name"]).loc[list(spec.between)]
    source = joined(
        Text(zh=f"{names}两两之间的平均时间", en=f"mean between {', '.join(english)}"),
        _ASSUMED,
        spec.said,
        zh="；",
        en="; ",
    )
    return observe_figures(target.id, found_in, year=None, source=source)
