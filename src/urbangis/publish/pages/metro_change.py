"""The page of a commuting circle before and after: who comes within the hour by a new line."""

from collections.abc import Mapping
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from urbangis.catalog import Catalogue
from urbangis.measures.commuting_change import NOTED_MIN
from urbangis.notices import Text
from urbangis.publish import wording
from urbangis.publish.maps import context
from urbangis.publish.maps.display import simplified, tolerance_m
from urbangis.publish.maps.palette import DEMAND_POINT, NEW, RING
from urbangis.publish.maps.themes import ZoneFigures, theme_layers, theme_table
from urbangis.publish.model import (
    ColorClass,
    Field,
    MapLayer,
    MapPage,
    Swipe,
    TableMeasure,
)
from urbangis.publish.pages.change_layers import (
    BETTER,
    EVEN,
    LITTLE_BETTER,
    RATE_FIELDS,
    WHEN,
    WORSE,
    Steps,
    before_theme,
    in_points,
    new_layer,
    new_layers,
    rate_steps,
    rate_swipe,
    step_theme,
)
from urbangis.publish.pages.change_result import compared_title
from urbangis.publish.pages.metro_change_figures import (
    GAINED,
    LOST,
    change_facts,
    change_figures,
    line_assumptions,
)
from urbangis.publish.pages.metro_change_result import MetroChange
from urbangis.publish.pages.metro_facts import assumption_facts, estimate_caution
from urbangis.publish.pages.metro_layers import BY, ROUND, WAY_NAMES, centre_layer, ground_layer
from urbangis.study import Layer, Study

_MUCH_MIN = 15.0
_PEOPLE = wording.UNITS["residents"]
_TOWNS = {
    "gained": ColorClass("#084c8d", GAINED),
    "lost": ColorClass("#ca0020", LOST),
    "much": ColorClass("#6a51a3", Text(zh="省时15分钟以上", en="15 min or more faster")),
    "some": ColorClass("#9e8fc4", Text(zh="省时1–15分钟", en="1–15 min faster")),
    "slower": ColorClass("#b35806", Text(zh="多用1分钟以上", en="1 min or more slower")),
    "same": ColorClass("#8496a5", Text(zh="变化不到1分钟", en="less than 1 min different")),
}
_GROUND = {
    "kept": ColorClass("#c6d9e8", Text(zh="原有范围", en="Within already")),
    "gained": ColorClass(BETTER, Text(zh="新增范围", en="Newly within")),
    "lost": ColorClass(WORSE, Text(zh="减少范围", en="No longer within")),
}
_SAVED = Steps(
    "saved_min",
    Text(zh="平均省时", en="mean minutes saved"),
    (-0.5, 0.5, 5.0, 15.0),
    (
        ColorClass(WORSE, Text(zh="变慢", en="slower")),
        ColorClass(EVEN, Text(zh="基本不变（半分钟以内）", en="about the same (half a minute)")),
        ColorClass(LITTLE_BETTER, Text(zh="0.5–5 分钟", en="0.5–5 min")),
        ColorClass(BETTER, Text(zh="5–15 分钟", en="5–15 min")),
        ColorClass("#6a51a3", Text(zh="15 分钟以上", en="15 min or more")),
    ),
)


def metro_change_page(
    study: Study, result: MetroChange, layers: Mapping[str, Layer], catalogue: Catalogue
) -> MapPage:
    """Describe the page of a commuting circle before and after.

    Parameters
    ----------
    study
        As it is.
    layers, catalogue
        As they are after.
    """
    spec, area = result.after.spec, replace(study, levels=result.levels)
    used = [layers[name] for name in result.after.layers_used]
    around = [layers[name] for name in spec.context]
    figures = _zone_figures(result)
    share = Text(zh="圈内居民比例", en="share within reach")
    moved = len(result.ground()) > 1  # else the map opens with the minutes that are saved
    page = context.map_page(study, compared_title(result.title), used, around)
    return replace(
        page,
        subtitle=result.between.subtitle(study.name),
        extent=_extent(area, result),
        layers=(
            replace(_ground_theme(study, result), show=moved),
            step_theme(area, area.base, figures, _SAVED, show=not moved),
            step_theme(area, area.base, figures, rate_steps(_prefixed(share, "变化")), show=False),
            *theme_layers(area, figures),
            before_theme(area, figures, _prefixed(share, "（之前）", " before")),
            *_grounds(study, result),
            *context.surroundings(study, around, catalogue),
            *_changed_layer(result),
            *new_layers(study, result.between, catalogue),
            _place_layer(result, layers[spec.demand]),
            centre_layer(result.after, layers[spec.centres], catalogue),
        ),
        figures=change_figures(result),
        zone_table=theme_table(area, figures),
        facts=(
            *result.between.facts(),
            *line_assumptions(result),
            *change_facts(result),
            *assumption_facts(result.after.transit, spec),
            *page.facts,
        ),
        notices=(*result.between.notices, *result.after.notices, *page.notices),
        cautions=(estimate_caution(result.after.transit), *page.cautions),
        links=result.links,
        swipes=(
            Swipe(
                Text(zh="通勤圈：之前 | 之后", en="Circle: before | after"),
                "ground-before",
                "ground-after",
            ),
            rate_swipe(area, Text(zh=share.zh, en="Share within reach")),
        ),
    )


def _prefixed(text: Text, zh: str, en: str = ", change") -> Text:
    return Text(zh=f"{text.zh}{zh}", en=f"{text.en}{en}")


def _extent(area: Study, result: MetroChange) -> tuple[float, float, float, float]:
    """Show the ground within reach, before or after, and what is new in the area."""
    new = [shape for layer in result.between.built for shape in layer.table.geometry]
    inside = shapely.intersection(new, shapely.box(*area.base.zones.total_bounds))
    shown = gpd.GeoSeries([*result.ground().geometry, *inside], crs=area.crs)
    west, south, east, north = shown.to_crs("EPSG:4326").total_bounds
    return float(west), float(south), float(east), float(north)


def _zone_figures(result: MetroChange) -> ZoneFigures:
    """Return the shares after and before, a measure each, with minutes."""
    rows = result.change.rows()
    table = rows[["level", "zone_id", "change", "gained", "lost", "saved_min"]].assign(
        points=in_points(rows["change"]),
        shown_before=rows["minutes_before"].round(1),
        shown_after=rows["minutes_after"].round(1),
    )
    for when in WHEN:
        table[f"{when}_total"], table[f"{when}_covered"] = (
            rows[f"total_{when}"],
            rows[f"covered_{when}"],
        )
        table[f"{when}_uncovered"] = rows[f"total_{when}"] - rows[f"covered_{when}"]
        table[f"{when}_unsnapped"] = rows[f"unplaced_{when}"]
        table[f"{when}_rate"] = rows[f"rate_{when}"]
        table[f"{when}_rate_low"] = table[f"{when}_rate_high"] = np.nan
    of = Text(zh="圈内居民", en="within reach")
    return ZoneFigures(
        tuple(
            TableMeasure(when, wording.joined(of, name, zh="，", en=", "), _PEOPLE)
            for when, name in WHEN.items()
        ),
        table,
        (
            *RATE_FIELDS,
            Field("gained", GAINED, "number", unit=_PEOPLE),
            Field("lost", LOST, "number", unit=_PEOPLE),
            Field("shown_before", Text(zh="平均时间（之前）", en="Mean time before"), "minutes"),
            Field("shown_after", Text(zh="平均时间（之后）", en="Mean time after"), "minutes"),
        ),
        Text(zh="圈内居民比例（之后）", en="share within reach after"),
        Text(zh="位置不明", en="Place unknown"),
    )


def _ground_theme(study: Study, result: MetroChange) -> MapLayer:
    """Make the theme that the page opens with: what the circle wins and loses."""
    table = simplified(result.ground(), tolerance_m(study))
    order = list(_GROUND)
    limit = f"{result.after.spec.cutoff_min:g}"
    return MapLayer(
        id="ground-change",
        name=Text(zh=f"{limit} 分钟通勤圈的变化", en=f"Change of the {limit}-minute circle"),
        table=table.assign(**{"class": table["id"].map(order.index)}),
        style=RING,
        kind="theme",
        classes=tuple(_GROUND.values()),
        nature="schematic",
        note=ROUND,
        interactive=False,
    )


def _grounds(study: Study, result: MetroChange) -> tuple[MapLayer, ...]:
    """Make the two sides of the swipe: the circle before, and after."""
    cutoff_min = result.after.spec.cutoff_min
    return tuple(
        replace(
            ground_layer(
                study,
                one.grounds[0],
                cutoff_min,
                f"ground-{when}",
                wording.joined(Text(zh="通勤圈", en="Circle"), WHEN[when], zh="：", en=" "),
            ),
            kind="side",
            show=False,
        )
        for when, one in (("before", result.before), ("after", result.after))
    )


def _changed_layer(result: MetroChange) -> tuple[MapLayer, ...]:
    """Make an overlay of lines that change what they offer."""
    if result.changed is None:
        return ()
    layer = new_layer(result.changed)
    return (
        replace(
            layer,
            id=f"changed-{result.changed.id}",
            name=wording.joined(Text(zh="调整的线路", en="Lines that change"), None, zh="", en=""),
            style=NEW.model_copy(update={"dash": (6, 4)}),
        ),
    )


def _place_layer(result: MetroChange, layer: Layer) -> MapLayer:
    """Make an overlay of the area's towns by who gains and who loses; those in front."""
    places, order = result.places(), list(_TOWNS)
    number = _moved(places).map(order.index)
    by = {
        (when, language): places[f"by_{when}"].map(
            {key: getattr(text, language) for key, text in BY.items()}
        )
        for when in WHEN
        for language in ("zh", "en")
    }
    table = places.assign(
        **{"class": number},
        by_name=by["before", "zh"] + " → " + by["after", "zh"],
        by_name_en=by["before", "en"] + " → " + by["after", "en"],
    )
    table = table[places["placed"]].sort_values(["class", "id"], ascending=[False, True])
    label = Text(zh="到最近中心", en="To the nearest centre")
    return MapLayer(
        id="places",
        name=Text(zh="镇街", en="Towns"),
        table=gpd.GeoDataFrame(pd.DataFrame(table), crs=places.crs),
        style=DEMAND_POINT,
        fields=(
            *(
                Field(
                    f"best_{when}",
                    Text(zh=f"{label.zh}（{name.zh}）", en=f"{label.en} ({name.en})"),
                    "minutes",
                )
                for when, name in sorted(WHEN.items(), reverse=True)
            ),
            Field("saved_min", Text(zh="节省", en="Saved"), "minutes"),
            Field("by_name", Text(zh="较快的方式", en="By")),
            Field("centre_name", Text(zh="最近的中心（之后）", en="Nearest centre after")),
            Field("rail_after", _prefixed(WAY_NAMES["rail"], "（之后）", ", after"), "minutes"),
            Field("residents", wording.DENOMINATORS["residents"], "number", unit=_PEOPLE),
        ),
        classes=tuple(_TOWNS.values()),
        nature=layer.spec.nature,
        note=layer.spec.note,
        searchable=True,
    )


def _moved(places: pd.DataFrame) -> pd.Series:
    """Tell for each town whether it comes in or goes out, and else how many minutes it saves."""
    saved = places["saved_min"].fillna(0.0)
    kind = pd.Series("same", places.index)
    kind = kind.mask(saved >= NOTED_MIN, "some").mask(saved >= _MUCH_MIN, "much")
    kind = kind.mask(saved <= -NOTED_MIN, "slower")
    return kind.mask(places["group"].isin(["gained", "lost"]), places["group"])
