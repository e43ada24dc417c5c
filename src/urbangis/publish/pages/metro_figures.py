"""The headline figures of a metropolitan area."""

import pandas as pd

from urbangis.notices import Text
from urbangis.publish import wording
from urbangis.publish.model import Figure
from urbangis.publish.pages.metro_result import MetroResult, whole_area

_PEOPLE = wording.UNITS["residents"]


def metro_figures(result: MetroResult) -> tuple[Figure, ...]:
    """Return the share within reach by each way, and how much it depends on what is assumed."""
    limit = f"{result.spec.cutoff_min:g}"
    figures = [
        _share(result, "best", Text(zh=f"{limit} 分钟内到达中心的居民",
                                    en=f"Residents within {limit} min of a centre")),
        _share(result, "rail", Text(zh="只坐火车", en="By rail alone")),
        _share(result, "road", Text(zh="只走公路", en="By road alone")),
    ]  # fmt: skip
    if len(result.circles) > 1:
        rate = float(result.whole("best", 1)["rate"])
        more = result.whole("best", 1)["covered"] - result.whole("best")["covered"]
        gained = wording.amount(float(more), _PEOPLE)
        figures.append(
            Figure(
                Text(zh="在建线路通车后", en="With the lines under construction"),
                wording.same(wording.percent(rate)),
                Text(zh=f"增加 {gained.zh}", en=f"{gained.en} more"),
            )
        )
    figures.append(
        Figure(
            Text(
                zh="若只计乘车，不计进出站和候车",
                en="If only the ride counted: no waits or changes",
            ),
            wording.same(wording.percent(float(whole_area(result.bare, "best")["rate"]))),
        )
    )
    figures += [
        _share(result, "best", name, weight) for weight, name in result.counted_apart.items()
    ]
    figures.append(_towns(result))
    if result.key_places is not None and len(result.key_places):
        within, total = int(result.key_places["within"].sum()), len(result.key_places)
        figures.append(
            Figure(
                Text(zh="圈内重点中心镇（候选）", en="Key central towns within (candidates)"),
                wording.same(f"{within} / {total}"),
            )
        )
    figures.append(_linked(result))
    whole = result.whole("best")
    if whole["unplaced"] > 0:
        figures.append(
            Figure(
                Text(zh="位置不明（按圈外计）", en="Place unknown (not within)"),
                wording.amount(float(whole["unplaced"]), _PEOPLE),
            )
        )
    if result.today.beyond > 0:
        figures.append(
            Figure(
                Text(zh="省内圈外也能到达", en="Within reach from outside the area"),
                wording.amount(result.today.beyond, _PEOPLE),
            )
        )
    return tuple(figures)


def _share(result: MetroResult, way: str, label: Text, weight: str = "residents") -> Figure:
    row = result.whole(way, weight=weight)
    return Figure(
        label,
        wording.same(wording.percent(float(row["rate"]))),
        wording.amount(float(row["covered"]), _PEOPLE),
    )


def _towns(result: MetroResult) -> Figure:
    places = result.places()
    towns = places[places["kind"].isin(result.spec.towns)] if result.spec.towns else places
    within = int((towns["best_min"] <= result.spec.cutoff_min + 1e-9).sum())
    return Figure(
        Text(zh="圈内镇街", en="Towns within"), wording.same(f"{within:,} / {len(towns):,}")
    )


def _linked(result: MetroResult) -> Figure:
    ends = pd.concat([result.links["a_id"], result.links["b_id"]])
    mean = len(ends) / result.towns if result.towns else 0.0
    limit = f"{result.spec.cutoff_min:g}"
    return Figure(
        Text(zh=f"{limit} 分钟互通的镇街对", en=f"Pairs of towns within {limit} min"),
        wording.same(f"{len(result.links):,}"),
        Text(zh=f"平均每个镇街通达 {mean:.0f} 个", en=f"{mean:.0f} a town"),
    )
