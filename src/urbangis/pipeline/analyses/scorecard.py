"""Hold a study against policy documents: read what it names, evaluate, write page and tables."""

import difflib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
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
from urbangis.io.indicators import check_zones, keep_rows, read_indicator_table, read_reported
from urbangis.measures.coverage import Coverage
from urbangis.measures.shares import (
    count_by_area,
    length_by_area,
    pairs_joined_by,
    pairs_linked,
    share_of_units,
)
from urbangis.notices import Text
from urbangis.pipeline.analyses.every import Analyses
from urbangis.pipeline.analyses.observed import observe_analysis, observe_people, year_of
from urbangis.pipeline.analyses.observed_travel import observe_between, observe_commuting
from urbangis.pipeline.load import Loaded
from urbangis.pipeline.outputs import write_result
from urbangis.publish.maps import context
from urbangis.publish.model import Link
from urbangis.publish.web.page import write_page
from urbangis.publish.web.scorecard import ScorecardPage
from urbangis.publish.wording import joined, same
from urbangis.study import FILE_NAME, IndicatorSpec, LayerSpec
from urbangis.tables import Source

PAGE = "scorecard.html"

_FITTING = {
    "coverage": ("service", "circle", "access", "commuting"),
    "share": ("units", "zone_rate", "circle", "access"),
    "pairs": ("pairs",),
    "count": ("layer", "demand", "conflict"),
    "length": ("layer",),
    "figure": ("demand", "conflict", "access", "between"),
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


def build_scorecard(
    loaded: Loaded, coverages: Mapping[str, Coverage], analyses: Analyses
) -> Scorecard:
    """Evaluate every clause of the documents that the study names.

    Parameters
    ----------
    loaded
        A study that names documents in ``targets``.
    coverages
        The services that were computed, by id.
    analyses
        What else was computed.

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
        target = targets[target_id]
        found: pd.DataFrame | Text
        if one.origin in ("circle", "access", "conflict"):
            found = observe_analysis(target, one, loaded, analyses, areas)
        elif one.origin == "commuting":
            found = observe_commuting(target, one, analyses.commuting, areas)
        elif one.origin == "between":
            found = observe_between(target, one, loaded)
        else:
            found = _observe(target, one, loaded, coverages, areas)
        if isinstance(found, Text):
            silent[target_id] = found
        else:
            seen.append(found)
    if spec.reported is not None:
        file = loaded.study.root / spec.reported
        with _in_file(file):
            seen.append(observe_reported(read_reported(file), targets, areas))
    observations = pooled(seen)
    rows = evaluate(targets.values(), observations, areas, silent=silent)
    return Scorecard(policies, rows, observations)


def write_scorecard(
    loaded: Loaded,
    coverages: Mapping[str, Coverage],
    analyses: Analyses,
    folder: Path,
    *,
    assets: str,
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
    card = build_scorecard(loaded, coverages, analyses)
    page = ScorecardPage(
        study.name,
        study.spec.languages,
        card.policies,
        card.rows,
        card.observations,
        {level.id: level.name for level in study.levels[1:] or study.levels},
        context.review(study),
    )
    tables = {"scorecard": card.rows, "scorecard_history": card.observations}
    write_result(folder / "data", tables, {})
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
        given = "zone_rate" if one.zone_rate is not None else one.origin
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
    if spec.demand is not None:
        return observe_people(target, spec, loaded, areas)
    layer = loaded.layers[str(spec.layer)]
    table = keep_rows(layer.table, spec, Source(layer.spec.file, layer.id))
    rows = gpd.GeoDataFrame(table, crs=loaded.study.crs)
    measured = count_by_area if target.measure == "count" else length_by_area
    figures = measured(rows, loaded.study.base.zones, areas)
    year = None if layer.spec.data_date is None else layer.spec.data_date.year
    return observe_figures(target.id, figures, year=year, source=_told(layer.spec, spec.said))


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
    year = year_of(loaded, service.facilities)
    denominator = spec.denominator or coverage.standard.denominators[0]
    source = joined(coverage.standard.name, service.note, zh="；", en="; ")
    if spec.zone_rate is None:
        return observe_coverage(
            target.id, coverage, areas, denominator=denominator, year=year, source=source
        )
    rates = coverage.zones[
        (coverage.zones["level"] == loaded.study.base.id)
        & (coverage.zones["denominator"] == denominator)
        & coverage.zones["rate"].notna()
        & (coverage.zones["zone_id"] != "")
    ]
    units = pd.DataFrame(
        {
            "unit_id": rates["zone_id"],
            "zone_id": rates["zone_id"],
            "value": (rates["rate"] >= spec.zone_rate).astype(float),
            "year": pd.array([year] * len(rates), dtype="Int64"),
        }
    )
    counted = Text(
        zh=f"覆盖率达到{spec.zone_rate:.0%}的{loaded.study.base.name.zh}计为达标",
        en=f"counted: {loaded.study.base.name.en} with a rate of {spec.zone_rate:.0%} or more",
    )
    return observe_shares(
        target.id, share_of_units(units, areas), source=joined(source, counted, zh="；", en="; ")
    )


def _told(layer: LayerSpec, said: Text | None) -> Text:
    """Say which layer a figure is from, whose it is, and how far to trust it."""
    named = joined(layer.name, same(layer.source), zh="：", en=": ")
    return joined(named, said, layer.note, zh="；", en="; ")


def _observe_table(
    target: Target, spec: IndicatorSpec, loaded: Loaded, areas: pd.DataFrame
) -> pd.DataFrame | Text:
    """Observe a table of units or of pairs."""
    study = loaded.study
    file = study.root / (spec.units or spec.pairs or "")
    with _in_file(file):
        if spec.units is not None:
            table = read_indicator_table(file, spec, ("unit_id", "zone_id"))
            shares = share_of_units(table, areas)
        else:
            lines = None if spec.layer is None else loaded.layers[spec.layer]
            table = read_indicator_table(file, spec, ("a_id", "b_id"), bare=lines is not None)
            if lines is not None:
                linked = pairs_joined_by(table, lines.table, study.base.zones)
                date = lines.spec.data_date
                year = pd.array([None if date is None else date.year] * len(table), dtype="Int64")
                table = table.assign(value=linked, year=year)
            shares = pairs_linked(table, areas)
        check_zones(table, set(study.base.zones["id"]), Source(file, None))
    if table["value"].isna().all():
        zh, en = ("个单元", "units") if spec.units is not None else ("对毗邻单元", "pairs")
        return Text(
            zh=f"{file.name}中已列出{len(table)}{zh}，均未填报",
            en=f"{len(table)} {en} are listed in {file.name}, none is filled in yet",
        )
    return observe_shares(target.id, shares, source=spec.said or same(file.name))


@contextmanager
def _in_file(file: Path) -> Iterator[None]:
    """Name the file in errors that do not name one."""
    try:
        yield
    except InputError as error:
        if error.file is not None:
            raise
        raise TableError(error.problem, remedy=error.remedy, file=file, row=error.row) from error
