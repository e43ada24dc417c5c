"""Evidence maps of plans against restrictive areas: one small drawing of each conflict."""

import numpy as np
import pandas as pd
import shapely

from urbangis.catalog import Catalogue
from urbangis.notices import Text
from urbangis.publish import wording
from urbangis.publish.charts.evidence import Drawn, evidence_svg, swatch_svg, window_of
from urbangis.publish.maps.palette import layer_style
from urbangis.publish.markup import both, tag
from urbangis.publish.pages.conflict_result import (
    VERDICT_NAMES,
    ConflictResult,
    conflict_size,
    names_of,
    rows_of,
)
from urbangis.publish.web.sheet import Drawing, DrawingSet
from urbangis.study import Layer, Study

_COLORS = {"forbid": "#b2182b", "positive-list": "#d95f02", "review": "#b8860b", "clear": "#5b6b7a"}
_PLAN = Drawn(np.array([], object), "#542788", "#542788", 0.18, 1.8)
_OVERLAP = Drawn(np.array([], object), "#e7298a", "#e7298a", 0.55, 2.2)


def evidence(
    study: Study, result: ConflictResult, around: list[Layer], catalogue: Catalogue
) -> DrawingSet:
    """Draw one map for each conflict, in the order of the table."""
    plans = result.plans.set_index("id")
    areas = result.areas.set_index("id").geometry
    beneath = [_drawn_layer(layer, catalogue) for layer in around]
    restricted = _restricted(result)
    names, area_names = names_of(result.plans), names_of(result.areas)
    drawings = []
    for number, pair in enumerate(rows_of(result.conflicts), start=1):
        plan, area = plans.geometry.loc[pair.plan_id], areas.loc[pair.redline_id]
        common = shapely.intersection(plan, area)
        window = window_of([common] if shapely.get_dimensions(plan) == 1 else [plan, common])
        title = Text(
            zh=f"图 {number}　{names[pair.plan_id].zh} × {area_names[pair.redline_id].zh}",
            en=f"Map {number}. {names[pair.plan_id].en} × {area_names[pair.redline_id].en}",
        )
        svg = evidence_svg(
            [*beneath, *restricted, _of(_PLAN, [plan]), _of(_OVERLAP, [common])],
            window,
            told=title.to(study.spec.languages[0]),
        )
        size, share = conflict_size(pair), wording.percent(pair.share)
        line = Text(
            zh=f"{VERDICT_NAMES[pair.verdict].zh}；冲突 {size.zh}，占方案 {share}",
            en=f"{VERDICT_NAMES[pair.verdict].en}; {size.en} in conflict, {share} of the plan",
        )
        drawings.append(Drawing(f"map-{number}", svg, title, (line,)))
    key = [
        (_PLAN, Text(zh="方案", en="Plan")),
        (_OVERLAP, Text(zh="冲突部分", en="In conflict")),
        *(
            (one, Text(zh=f"限制区域：{name.zh}", en=f"Restricted: {name.en.lower()}"))
            for one, name in zip(restricted, _restricted_names(result), strict=True)
        ),
        *((one, layer.spec.name) for one, layer in zip(beneath, around, strict=True)),
    ]
    items = (
        tag("span", swatch_svg(one), both(name, study.spec.languages), class_="item")
        for one, name in key
    )
    return DrawingSet(
        Text(zh="证据图", en="Evidence maps"), tuple(drawings), tag("p", *items, class_="key")
    )


def _of(form: Drawn, shapes: list[shapely.Geometry]) -> Drawn:
    lines = all(shapely.get_dimensions(shape) < 2 for shape in shapes)
    return Drawn(
        np.array(shapes, object),
        form.stroke,
        "none" if lines else form.fill,
        form.fill_opacity,
        form.width * 1.6 if lines else form.width,
    )


def _verdicts_of_areas(result: ConflictResult) -> pd.Series:
    """Return the verdict of each area that is in any conflict; ``clear`` for the others."""
    worst = result.conflicts.drop_duplicates("redline_id").set_index("redline_id")["verdict"]
    return pd.Series(result.areas["id"].map(worst).fillna("clear"))


def _restricted(result: ConflictResult) -> list[Drawn]:
    verdicts = _verdicts_of_areas(result)
    return [
        Drawn(
            result.areas.geometry[verdicts == name].to_numpy(),
            _COLORS[name],
            _COLORS[name],
            0.16,
            1.4,
            "5 3",
        )
        for name in reversed(VERDICT_NAMES)
        if (verdicts == name).any()
    ]


def _restricted_names(result: ConflictResult) -> list[Text]:
    verdicts = _verdicts_of_areas(result)
    others = Text(zh="未涉及", en="not concerned")
    return [
        others if name == "clear" else VERDICT_NAMES[name]
        for name in reversed(VERDICT_NAMES)
        if (verdicts == name).any()
    ]


def _drawn_layer(layer: Layer, catalogue: Catalogue) -> Drawn:
    """Draw a layer of the study beneath, in its own colours."""
    style = layer_style(layer.spec, catalogue)
    flat = layer.table.geom_type.str.contains("Polygon").any()
    return Drawn(
        layer.table.geometry.to_numpy(),
        style.color,
        (style.fill or style.color) if flat and style.fill_opacity else "none",
        style.fill_opacity,
        min(style.weight, 1.0),
    )
