"""The map layers of a comparison: rates before and after, their change, and what is new."""

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd

from urbangis.catalog import Catalogue
from urbangis.notices import Text
from urbangis.publish.maps.context import study_layer
from urbangis.publish.maps.display import zone_outlines
from urbangis.publish.maps.palette import NEW, ZONE, rate_class, rate_classes
from urbangis.publish.maps.themes import ZoneFigures
from urbangis.publish.model import ColorClass, Field, MapLayer, Swipe
from urbangis.publish.pages.change_result import Between
from urbangis.publish.wording import NO_DATA, joined
from urbangis.study import Layer, Level, Study

WHEN = {"after": Text(zh="之后", en="after"), "before": Text(zh="之前", en="before")}
RATE_FIELDS = (
    Field("after_rate", Text(zh="之后的比例", en="Rate after"), "rate", missing=NO_DATA),
    Field("before_rate", Text(zh="之前的比例", en="Rate before"), "rate"),
    Field("points", Text(zh="变化", en="Change")),
)
# Orange to purple, which every kind of colour vision tells apart, as in ColorBrewer's PuOr; pale,
# so that homes stay legible on it.
WORSE, LITTLE_WORSE, EVEN, LITTLE_BETTER, BETTER = (
    "#f1a340", "#fddbb0", "#f4f4f4", "#d8daeb", "#a89fce",
)  # fmt: skip


@dataclass(frozen=True)
class Steps:
    """A column of zones in classes.

    ``limits`` part the ``classes``; ``title`` says what the zones are coloured by.
    """

    column: str
    title: Text
    limits: tuple[float, ...]
    classes: tuple[ColorClass, ...]


def rate_steps(title: Text) -> Steps:
    """Class the change of a rate, a share in the column ``change``."""
    return Steps(
        "change",
        title,
        (-0.05, -0.0005, 0.0005, 0.05),
        (
            ColorClass(WORSE, Text(zh="下降 5 个百分点以上", en="down by 5 points or more")),
            ColorClass(LITTLE_WORSE, Text(zh="下降", en="down")),
            ColorClass(EVEN, Text(zh="不变", en="no change")),
            ColorClass(LITTLE_BETTER, Text(zh="上升", en="up")),
            ColorClass(BETTER, Text(zh="上升 5 个百分点以上", en="up by 5 points or more")),
        ),
    )


def step_theme(
    study: Study, level: Level, figures: ZoneFigures, steps: Steps, *, show: bool
) -> MapLayer:
    """Make a theme of a level's zones, coloured by the class of a column of the figures."""
    table = _zones(study, level, figures)
    number = np.searchsorted(steps.limits, table[steps.column].fillna(0.0), side="right")
    base = study.spec.layers[str(study.spec.levels[0].layer)]
    return MapLayer(
        id=f"{steps.column}-{level.id}",
        name=joined(level.name, steps.title, zh="：", en=": "),
        table=table.assign(**{"class": np.where(table[steps.column].isna(), -1, number)}),
        style=ZONE,
        kind="theme",
        fields=figures.fields,
        classes=steps.classes,
        nature=base.nature,
        note=base.note,
        show=show,
        labelled=True,
    )


def before_theme(study: Study, figures: ZoneFigures, name: Text) -> MapLayer:
    """Make the theme that the rates after are swiped against."""
    table = _zones(study, study.base, figures)
    none = pd.Series(pd.NA, table.index, dtype="boolean")
    table["class"] = rate_class(table["before_rate"], none, None)
    return MapLayer(
        id="before",
        name=joined(study.base.name, name, zh="：", en=": "),
        table=table,
        style=ZONE,
        kind="theme",
        fields=figures.fields,
        classes=rate_classes(None),
        show=False,
    )


def rate_swipe(study: Study, name: Text) -> Swipe:
    """Lay the rates before against those after."""
    when = Text(zh="：之前 | 之后", en=": before | after")
    return Swipe(joined(name, when, zh="", en=""), "before", f"zones-{study.base.id}")


def in_points(change: pd.Series) -> pd.Series:
    """Write changes of a rate in percentage points: ``"+1.20 pp"``."""
    return change.map(lambda share: f"{share * 100:+.2f} pp", na_action="ignore")


def new_layers(study: Study, between: Between, catalogue: Catalogue) -> tuple[MapLayer, ...]:
    """Make overlays of what is new, and of the restrictive areas that it stands in."""
    areas = (
        replace(
            study_layer(layer, study, catalogue, show=True),
            name=joined(Text(zh="涉及的管控线", en="Met"), layer.spec.name, zh="：", en=": "),
        )
        for layer in between.met
    )
    return (*areas, *map(new_layer, between.built))


def new_layer(layer: Layer) -> MapLayer:
    """Make an overlay of what is new in a layer."""
    return MapLayer(
        id=f"new-{layer.id}",
        name=joined(Text(zh="新增", en="New"), layer.spec.name, zh="", en=": "),
        table=layer.table.assign(name=layer.table.get("name", "")),
        style=NEW,
        nature=layer.spec.nature,
        searchable=True,
    )


def _zones(study: Study, level: Level, figures: ZoneFigures) -> gpd.GeoDataFrame:
    """Return the outlines of a level's zones with their figures."""
    rows = figures.table[figures.table["level"] == level.id].drop(columns="level")
    return zone_outlines(study)[level.id].merge(
        rows, left_on="id", right_on="zone_id", how="left", validate="1:1"
    )
