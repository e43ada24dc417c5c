"""Hold a study against policy documents: read what it names, evaluate, write page and tables."""

import difflib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from urbangis.catalog import Policy, Target
from urbangis.errors import InputError, StudyError, TableError
from urbangis.indicators import (
    areas_of,
    evaluate,
    observe_coverage,
    observe_figures,
    observe_reported,
    observe_shares,
    pooled,
)
from urbangis.io.formats import read_plain
from urbangis.measures.coverage import Coverage
from urbangis.measures.shares import (
    count_by_area,
    length_by_area,
    pairs_joined_by,
    pairs_linked,
    share_of_units,
)
from urbangis.notices import Text
from urbangis.pipeline.load import Loaded
from urbangis.publish import context
from urbangis.publish.model import Link
from urbangis.publish.page import write_page
from urbangis.publish.scorecard import ScorecardPage
from urbangis.publish.wording import joined, same
from urbangis.study import FILE_NAME, IndicatorSpec, LayerSpec
from urbangis.tables import Source, shown, to_numbers, to_text

PAGE = "scorecard.html"

_FITTING = {
    "coverage": ("service",),
    "share": ("units",),
    "pairs": ("pairs",),
    "count": ("layer",),
    "length": ("layer",),
    "figure": (),
}


@dataclass(frozen=True)
class Scorecard:
    """A study held against policy documents.

    Parameters
    ----------
    policies
        In the order of the study file.
    rows
        From `urbangis.indicators.evaluate`.
    observations
        From `urbangis.indicators.pooled`.
    """

    policies: tuple[Policy, ...]
    rows: pd.DataFrame
    observations: pd.DataFrame


def build_scorecard(loaded: Loaded, coverages: Mapping[str, Coverage]) -> Scorecard:
    """Evaluate every clause of the documents that the study names.

    Parameters
    ----------
    loaded
        A study that names documents in ``targets``.
    coverages
        The services that were computed, by id.

    Raises
    ------
    InputError
        If a table or name is wrong. A clause without data is no error: it says what is missing.
    """
    spec = loaded.study.spec
    policies = tuple(loaded.catalogue.policy(name) for name in spec.targets)
    targets = {one.id: one for policy in policies for one in policy.targets}
    _check_indicators(spec.indicators, targets, loaded.study.root / FILE_NAME)
    areas = areas_of(loaded.study.levels, targets.values())
    seen: list[pd.DataFrame] = []
    silent: dict[str, Text] = {}
    for target_id, one in spec.indicators.items():
        found = _observe(targets[target_id], one, loaded, coverages, areas)
        if isinstance(found, Text):
            silent[target_id] = found
        else:
            seen.append(found)
    if spec.reported is not None:
        file = loaded.study.root / spec.reported
        with _in_file(file):
            seen.append(observe_reported(_read_reported(file), targets, areas))
    observations = pooled(seen)
    rows = evaluate(targets.values(), observations, areas, silent=silent)
    return Scorecard(policies, rows, observations)


def write_scorecard(
    loaded: Loaded, coverages: Mapping[str, Coverage], folder: Path, *, assets: str
) -> tuple[Link, ...]:
    """Write the scorecard's page and tables, where the study names documents.

    Returns
    -------
    tuple[Link, ...]
        The way to the page; none if there is none.
    """
    study = loaded.study
    if not study.spec.targets:
        return ()
    card = build_scorecard(loaded, coverages)
    page = ScorecardPage(
        study.name,
        study.spec.languages,
        card.policies,
        card.rows,
        card.observations,
        {level.id: level.name for level in study.levels[1:] or study.levels},
        context.review(study),
    )
    (folder / "data").mkdir(parents=True, exist_ok=True)
    for name, table in (("scorecard", card.rows), ("scorecard_history", card.observations)):
        table.to_csv(
            folder / "data" / f"{name}.csv",
            index=False,
            encoding="utf-8-sig",
            float_format="%.10g",
            lineterminator="\n",
        )
    write_page(page, folder / PAGE, assets=assets)
    return (Link(Text(zh="政策目标对照表", en="Policy scorecard"), PAGE),)


def _check_indicators(
    indicators: Mapping[str, IndicatorSpec], targets: Mapping[str, Target], file: Path
) -> None:
    """Refuse a target that no document holds, and an origin that does not fit its measure."""
    for target_id, one in indicators.items():
        if target_id not in targets:
            near = difflib.get_close_matches(target_id, targets, 3) or sorted(targets)[:3]
            raise StudyError(
                f'indicators names a target "{target_id}" that is in none of the documents',
                file=file,
                remedy=f"Nearest: {', '.join(near)}.",
            )
        measure = targets[target_id].measure
        given = (
            "pairs" if one.pairs else "units" if one.units else "layer" if one.layer else "service"
        )
        if given not in _FITTING[measure]:
            fits = " or ".join(f'"{name}"' for name in _FITTING[measure])
            raise StudyError(
                f'indicators.{target_id} gives "{given}", but it is measured as {measure}',
                file=file,
                remedy=f"Give {fits}." if fits else "Give its number in the table of reported.",
            )


def _observe(
    target: Target,
    spec: IndicatorSpec,
    loaded: Loaded,
    coverages: Mapping[str, Coverage],
    areas: pd.DataFrame,
) -> pd.DataFrame | Text:
    """Observe one target by what the study names for it, or say why there is nothing to see."""
    if spec.service is not None:
        return _observe_service(target, spec, loaded, coverages, areas)
    if spec.units is not None or spec.pairs is not None:
        return _observe_table(target, spec, loaded, areas)
    layer = loaded.layers[str(spec.layer)]
    table = _kept(layer.table, spec, Source(layer.spec.file, layer.id))
    rows = gpd.GeoDataFrame(table, crs=loaded.study.crs)
    measured = count_by_area if target.measure == "count" else length_by_area
    figures = measured(rows, loaded.study.base.zones, areas)
    year = None if layer.spec.data_date is None else layer.spec.data_date.year
    return observe_figures(target.id, figures, year=year, source=_told(layer.spec))


def _observe_service(
    target: Target,
    spec: IndicatorSpec,
    loaded: Loaded,
    coverages: Mapping[str, Coverage],
    areas: pd.DataFrame,
) -> pd.DataFrame | Text:
    service_id = str(spec.service)
    if service_id not in coverages:
        return Text(zh="本次运行未计算该服务圈", en="This run did not compute the service circle")
    coverage = coverages[service_id]
    service = loaded.study.spec.services[service_id]
    names = service.facilities
    dates = [loaded.layers[name].spec.data_date for name in names]
    years = [one.year for one in dates if one is not None]
    return observe_coverage(
        target.id,
        coverage,
        areas,
        denominator=spec.denominator or coverage.standard.denominators[0],
        year=max(years, default=None),
        source=joined(coverage.standard.name, service.note, zh="；", en="; "),
    )


def _told(layer: LayerSpec) -> Text:
    """Say which layer a figure is from, whose it is, and how far to trust it."""
    named = joined(layer.name, same(layer.source), zh="：", en=": ")
    return joined(named, layer.note, zh="；", en="; ")


def _observe_table(
    target: Target, spec: IndicatorSpec, loaded: Loaded, areas: pd.DataFrame
) -> pd.DataFrame | Text:
    """Observe a table of units or of pairs."""
    study = loaded.study
    file = study.root / (spec.units or spec.pairs or "")
    with _in_file(file):
        if spec.units is not None:
            table = _read_table(file, spec, ("unit_id", "zone_id"))
            shares = share_of_units(table, areas)
        else:
            lines = None if spec.layer is None else loaded.layers[spec.layer]
            table = _read_table(file, spec, ("a_id", "b_id"), bare=lines is not None)
            if lines is not None:
                linked = pairs_joined_by(table, lines.table, study.base.zones)
                date = lines.spec.data_date
                year = pd.array([None if date is None else date.year] * len(table), dtype="Int64")
                table = table.assign(value=linked, year=year)
            shares = pairs_linked(table, areas)
        _check_zones(table, set(study.base.zones["id"]), Source(file, None))
    if table["value"].isna().all():
        zh, en = ("个单元", "units") if spec.units is not None else ("对毗邻单元", "pairs")
        return Text(
            zh=f"{file.name}中已列出{len(table)}{zh}，均未填报",
            en=f"{len(table)} {en} are listed in {file.name}, none is filled in yet",
        )
    return observe_shares(target.id, shares, source=same(spec.source))


def _check_zones(table: pd.DataFrame, known: set[str], source: Source) -> None:
    """Refuse a zone that the study does not have: what it holds would count nowhere."""
    for column in ("zone_id", "a_id", "b_id"):
        if column not in table:
            continue
        strange = table[column].notna() & ~table[column].isin(known)
        if strange.any():
            row = int(table.index[strange][0])
            raise source.error(
                f"names the zone {shown(table.loc[row, column])}, which the study does not have",
                row=row + 1,
                remedy="Write the id of a zone of the first level.",
            )


def _read_table(
    file: Path, spec: IndicatorSpec, ids: tuple[str, str], *, bare: bool = False
) -> pd.DataFrame:
    """Read a table of units or pairs: its ids, ``value`` and ``year`` (not if ``bare``)."""
    source = Source(file, None)
    table, _ = read_plain(file)
    table = _kept(table, spec, source)
    columns = {name: to_text(_column(table, name, source)).astype(object) for name in ids}
    for name, values in columns.items():
        if name != "zone_id" and values.isna().any():
            row = int(table.index[values.isna()][0]) + 1
            raise source.error(
                f'has no value in the column "{name}"', row=row, remedy="Fill it in."
            )
        columns[name] = values.where(values.notna(), None)
    if not bare:
        columns["value"] = _numbers(table, spec.column, source)
        columns["year"] = _years(table, source)
    return pd.DataFrame(columns)


def _read_reported(file: Path) -> pd.DataFrame:
    """Read the numbers that departments report; rows without a value are not reported yet."""
    source = Source(file, None)
    table, _ = read_plain(file)
    value = _numbers(table, "value", source)
    table, value = table[value.notna()], value[value.notna()]
    texts = {
        "target_id": to_text(_column(table, "target_id", source)),
        "zone": to_text(table["zone_id"]) if "zone_id" in table else None,
        "item": to_text(table["item"]) if "item" in table else None,
        "source": to_text(_column(table, "source", source)),
    }
    columns = {
        name: pd.Series("", table.index) if text is None else text.fillna("").astype(str)
        for name, text in texts.items()
    }
    if (columns["source"] == "").any():
        row = int(table.index[columns["source"] == ""][0]) + 1
        raise source.error("has no source", row=row, remedy="Say where the number comes from.")
    return pd.DataFrame({**columns, "value": value, "year": _years(table, source)})


def _kept(table: pd.DataFrame, spec: IndicatorSpec, source: Source) -> pd.DataFrame:
    """Keep the rows that ``where`` asks for; each of its values must be there."""
    for name, values in spec.where.items():
        texts = to_text(_column(table, name, source))
        absent = [value for value in values if not (texts == value).any()]
        if absent:
            raise source.error(
                f'has no row whose "{name}" is "{absent[0]}"',
                remedy="Correct where in the study file.",
            )
        table = table[texts.isin(values)]
    return table


def _column(table: pd.DataFrame, name: str, source: Source) -> pd.Series:
    if name not in table:
        raise source.no_column(name, table.columns)
    return table[name]


def _numbers(table: pd.DataFrame, name: str, source: Source) -> pd.Series:
    """Read a column of numbers, NaN where a cell is empty."""
    values = _column(table, name, source)
    numbers, unread = to_numbers(values)
    if unread.any():
        at = int(np.flatnonzero(unread)[0])
        raise source.error(
            f'holds "{shown(values.iloc[at])}" in the column "{name}", which is no number',
            row=int(table.index[at]) + 1,
            remedy="Write a number, or leave the cell empty.",
        )
    return pd.Series(numbers, table.index)


def _years(table: pd.DataFrame, source: Source) -> pd.Series:
    years = _numbers(table, "year", source)
    wrong = years.isna() | (years % 1 != 0)
    if wrong.any():
        raise source.error(
            "has no year", row=int(table.index[wrong][0]) + 1, remedy="Write a year, such as 2025."
        )
    return years.astype("Int64")


@contextmanager
def _in_file(file: Path) -> Iterator[None]:
    """Name the file in errors that do not name one."""
    try:
        yield
    except InputError as error:
        if error.file is not None:
            raise
        raise TableError(error.problem, remedy=error.remedy, file=file, row=error.row) from error
