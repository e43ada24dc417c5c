"""Zones coloured by figures other than one service's coverage, and the table beside the map."""

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from urbangis.notices import Text
from urbangis.publish.maps.display import zone_outlines
from urbangis.publish.maps.palette import ZONE, rate_class, rate_classes
from urbangis.publish.model import Field, MapLayer, TableLevel, TableMeasure, ZoneTable
from urbangis.publish.wording import joined
from urbangis.study import Study

_FIGURES = ("total", "covered", "uncovered", "unsnapped", "rate", "rate_low", "rate_high")


@dataclass(frozen=True)
class ZoneFigures:
    """Rates of several things in the zones of every level.

    Parameters
    ----------
    measures
        What the rates are of; their ids begin the columns of ``table``.
    table
        ``level, zone_id``, then ``<measure>_total, _covered, _uncovered, _unsnapped, _rate,
        _rate_low, _rate_high`` for each measure, and the columns of ``fields``.
    fields
        Lines of a zone's card.
    title
        What the zones are coloured by.
    unsnapped
        Who could not be placed.
    """

    measures: tuple[TableMeasure, ...]
    table: pd.DataFrame
    fields: tuple[Field, ...]
    title: Text
    unsnapped: Text


def figures_of(zones: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Name the columns of one measure's zones (as of `Coverage.zones`) after it."""
    kept = zones.set_index(["level", "zone_id"])[list(_FIGURES)]
    return kept.add_prefix(f"{measure}_")


def theme_layers(study: Study, figures: ZoneFigures) -> tuple[MapLayer, ...]:
    """Make a theme of each level's zones, coloured by the rate of the first measure."""
    outlines = zone_outlines(study)
    base = study.spec.layers[str(study.spec.levels[0].layer)]
    return tuple(
        MapLayer(
            id=f"zones-{level.id}",
            name=joined(level.name, figures.title, zh="：", en=": "),
            table=_coloured(outlines[level.id], level.id, figures),
            style=ZONE,
            kind="theme",
            fields=figures.fields,
            columns=tuple(
                f"{one.id}_{name}" for one in figures.measures for name in (*_FIGURES, "rate_met")
            ),
            classes=rate_classes(None),
            class_columns=tuple(f"class_{one.id}" for one in figures.measures),
            nature=base.nature,
            note=base.note,
            show=False,
            searchable=True,
            labelled=True,
        )
        for level in study.levels
    )


def theme_table(study: Study, figures: ZoneFigures) -> ZoneTable:
    """Describe the table of the zones of `theme_layers`."""
    return ZoneTable(
        levels=tuple(
            TableLevel(level.name, f"zones-{level.id}", _names(study, level.id))
            for level in study.levels
        ),
        measures=figures.measures,
        unsnapped=figures.unsnapped,
        target=None,
    )


def _names(study: Study, level_id: str) -> tuple[str, ...]:
    """Return the layers whose names are written: the level's own, and those of the next above."""
    above = [level.id for level in study.levels[1:] if level.partition]
    named: Sequence[str] = [level_id, *above[:1]] if level_id == study.base.id else [level_id]
    return tuple(f"zones-{one}" for one in named)


def _coloured(outlines: gpd.GeoDataFrame, level_id: str, figures: ZoneFigures) -> gpd.GeoDataFrame:
    rows = figures.table[figures.table["level"] == level_id].drop(columns="level")
    table = outlines.merge(rows, left_on="id", right_on="zone_id", how="left", validate="1:1")
    for one in figures.measures:
        table[f"{one.id}_rate_met"] = pd.Series(pd.NA, table.index, dtype="boolean")
        table[f"class_{one.id}"] = rate_class(
            table[f"{one.id}_rate"], table[f"{one.id}_rate_met"], None
        )
    return table
