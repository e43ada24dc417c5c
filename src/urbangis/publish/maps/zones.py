"""Zones coloured by their coverage rate, and the table beside the map."""

import geopandas as gpd
import pandas as pd

from urbangis.catalog import Standard
from urbangis.measures.coverage import Coverage
from urbangis.notices import Text
from urbangis.publish.maps.display import shared_borders, zone_outlines
from urbangis.publish.maps.palette import (
    ZONE,
    amount_breaks,
    amount_class,
    amount_classes,
    border_style,
    rate_class,
    rate_classes,
)
from urbangis.publish.model import Field, MapLayer, TableLevel, TableMeasure, ZoneTable
from urbangis.publish.wording import (
    DENOMINATORS,
    NO_DATA,
    UNITS,
    joined,
    of_which_unsnapped,
    unsnapped,
)
from urbangis.study import Level, Nature, Study

_UNCOVERED = Text(zh="未覆盖", en="Uncovered")
_MEASURES = ("total", "covered", "uncovered", "unsnapped", "rate", "rate_low", "rate_high", "met")


def target_rate(standard: Standard) -> float | None:
    """Return the share that the standard asks for, if it asks for one."""
    return None if standard.target is None else standard.target.rate


def whole_study(coverage: Coverage, denominator: str) -> pd.Series:
    """Return the row of the whole study for one denominator."""
    zones = coverage.zones
    rows = zones[(zones["level"] == "study") & (zones["denominator"] == denominator)]
    return rows.iloc[0]


def zone_layers(study: Study, coverage: Coverage, *, shown: str | None) -> tuple[MapLayer, ...]:
    """Make a theme of each level's zones, coloured by the rate of the first denominator.

    Parameters
    ----------
    shown
        Id of the level that is visible when the page opens; None for none.
    """
    outlines = zone_outlines(study)
    fields = _fields(coverage.standard)
    layers = []
    for level in study.levels:
        table = _rates(level, outlines[level.id], coverage)
        layers.append(
            MapLayer(
                id=f"zones-{level.id}",
                name=joined(level.name, Text(zh="覆盖率", en="coverage rate"), zh="", en=": "),
                table=table,
                style=ZONE,
                kind="theme",
                fields=fields,
                classes=rate_classes(target_rate(coverage.standard)),
                class_columns=tuple(f"class_{name}" for name in coverage.standard.denominators),
                nature=_nature(study),
                note=_note(study),
                show=level.id == shown,
                searchable=True,
                labelled=True,
            )
        )
    return tuple(layers)


def uncovered_layers(study: Study, coverage: Coverage) -> tuple[MapLayer, ...]:
    """Make a theme of each level's zones, coloured by how many are not covered."""
    outlines = zone_outlines(study)
    name = coverage.standard.denominators[0]
    unit = UNITS[name]
    layers = []
    for level in study.levels:
        table = _rates(level, outlines[level.id], coverage)
        breaks = amount_breaks(table[f"{name}_uncovered"])
        layers.append(
            MapLayer(
                id=f"uncovered-{level.id}",
                name=joined(level.name, _uncovered(name), zh="", en=": "),
                table=table.assign(**{"class": amount_class(table[f"{name}_uncovered"], breaks)}),
                style=ZONE,
                kind="theme",
                fields=(
                    Field(f"{name}_uncovered", _UNCOVERED, "number", unit=unit),
                    Field(f"{name}_total", Text(zh="合计", en="Total"), "number", unit=unit),
                    Field(f"{name}_rate", Text(zh="覆盖率", en="Coverage rate"), "rate",
                          target=target_rate(coverage.standard), missing=NO_DATA),
                ),
                classes=amount_classes(breaks, unit),
                nature=_nature(study),
                note=_note(study),
                show=False,
            )
        )  # fmt: skip
    return tuple(layers)


def _uncovered(denominator: str) -> Text:
    of = DENOMINATORS[denominator]
    return Text(zh=f"未覆盖{of.zh}", en=f"{of.en.lower()} not covered")


def border_layers(study: Study) -> tuple[MapLayer, ...]:
    """Make an overlay of the borders of each partition, the coarser the heavier."""
    outlines = zone_outlines(study)
    partitions = [level for level in study.levels if level.partition]
    return tuple(
        MapLayer(
            id=f"borders-{level.id}",
            name=Text(zh=f"{level.name.zh}界线", en=f"{level.name.en}: borders"),
            table=shared_borders(outlines[level.id]),
            style=border_style(number),
            nature=_nature(study),
            note=_note(study),
            interactive=False,
        )
        for number, level in enumerate(partitions)
    )


def zone_table(study: Study, standard: Standard) -> ZoneTable:
    """Describe the table of zones: its levels, its denominators and the target."""
    return ZoneTable(
        levels=tuple(
            TableLevel(
                level.name,
                f"zones-{level.id}",
                _names(study, level),
                others=(f"uncovered-{level.id}",),
            )
            for level in study.levels
        ),
        measures=tuple(
            TableMeasure(name, DENOMINATORS[name], UNITS[name]) for name in standard.denominators
        ),
        unsnapped=unsnapped(standard),
        target=target_rate(standard),
    )


def _names(study: Study, level: Level) -> tuple[str, ...]:
    """Return the layers whose names are written: the level's own, and those of the next above."""
    above = [other for other in study.levels[1:] if other.partition]
    named = [level, *above[:1]] if level is study.base else [level]
    return tuple(f"zones-{one.id}" for one in named)


def _rates(level: Level, outlines: gpd.GeoDataFrame, coverage: Coverage) -> gpd.GeoDataFrame:
    """Return a level's zones with ``<denominator>_<measure>`` and ``class_<denominator>``."""
    table = outlines
    target = target_rate(coverage.standard)
    for number, name in enumerate(coverage.standard.denominators):
        rows = coverage.zones
        rows = rows[(rows["level"] == level.id) & (rows["denominator"] == name)]
        values = rows.set_index("zone_id")[list(_MEASURES)]
        values = values.rename(columns={"met": "rate_met"}).add_prefix(f"{name}_")
        table = table.merge(values, left_on="id", right_index=True, how="left", validate="1:1")
        table[f"class_{name}"] = rate_class(
            table[f"{name}_rate"], table[f"{name}_rate_met"], target if number == 0 else None
        )
    return table


def _fields(standard: Standard) -> tuple[Field, ...]:
    """Return the lines of a zone's card: each denominator in turn."""
    fields: list[Field] = []
    for number, name in enumerate(standard.denominators):
        unit = UNITS[name]
        of = DENOMINATORS[name]
        fields += [
            Field(
                f"{name}_rate",
                Text(zh=f"{of.zh}覆盖率", en=f"Coverage rate, {of.en.lower()}"),
                "rate",
                target=target_rate(standard) if number == 0 else None,
                missing=NO_DATA,
            ),
            Field(f"{name}_total", Text(zh="合计", en="Total"), "number", unit=unit),
            Field(f"{name}_covered", Text(zh="已覆盖", en="Covered"), "number", unit=unit),
            Field(f"{name}_uncovered", Text(zh="未覆盖", en="Uncovered"), "number", unit=unit),
            Field(
                f"{name}_unsnapped",
                of_which_unsnapped(standard),
                "number",
                unit=unit,
            ),
            Field(f"{name}_rate", Text(zh="速度 ±10% 时", en="At speeds ±10%"), "range"),
        ]
    return tuple(fields)


def _nature(study: Study) -> Nature:
    return study.spec.layers[str(study.spec.levels[0].layer)].nature


def _note(study: Study) -> Text | None:
    return study.spec.layers[str(study.spec.levels[0].layer)].note
