"""The front page: what the study found, and the ways to everything else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from urbangis.notices import Text
from urbangis.publish import wording
from urbangis.publish.charts.thumbnail import thumbnail
from urbangis.publish.maps import context
from urbangis.publish.maps.palette import NO_RATE, rate_class, rate_classes
from urbangis.publish.maps.zones import target_rate, whole_study
from urbangis.publish.model import (
    IndexPage,
    Link,
    PageGroup,
    RateCell,
    RateTable,
    ServiceCard,
)
from urbangis.publish.pages.service import ServiceResult, rate_figure, uncovered_figure
from urbangis.study import Layer, Level, Study

FRONT = Link(Text(zh="首页", en="Front page"), "index.html")
"""The way back from every page of a study."""


@dataclass(frozen=True)
class SiteLinks:
    """Where the front page leads besides the service circles.

    Parameters
    ----------
    pages
        Other pages: the overview, the scorecard, the study that this one is a part of.
    parts
        Front pages of the studies that are parts of this one: ``part/index.html``.
    downloads
        Tables and data sets.
    groups
        Pages of each kind of analysis.
    """

    pages: tuple[Link, ...] = ()
    parts: tuple[Link, ...] = ()
    downloads: tuple[Link, ...] = ()
    groups: tuple[PageGroup, ...] = ()


def index_page(
    study: Study,
    results: Sequence[ServiceResult],
    layers: Mapping[str, Layer],
    links: SiteLinks,
) -> IndexPage:
    """Describe the front page of a study.

    Parameters
    ----------
    results
        The service circles in the order of the study file; each has its map at ``<id>.html``.
    layers
        The study's layers by id.
    """
    used = [layers[name] for name in _layers_used(study, results)]
    return IndexPage(
        title=study.name,
        languages=study.spec.languages,
        cards=tuple(_card(study, result) for result in results),
        review=context.review(study),
        groups=tuple(group for group in links.groups if group.pages),
        pages=links.pages,
        parts=links.parts,
        tables=tuple(
            _rate_table(level, results, is_open=number == 0)
            for number, level in enumerate(reversed(study.levels))
            if results
        ),
        downloads=links.downloads,
        facts=context.facts(study, used),
        cautions=context.cautions(used),
    )


def _layers_used(study: Study, results: Sequence[ServiceResult]) -> list[str]:
    """Return the ids of the layers behind the figures, each once, zones first."""
    names = [str(study.spec.levels[0].layer)]
    for result in results:
        names += result.layers_used
    return list(dict.fromkeys(names))


def _card(study: Study, result: ServiceResult) -> ServiceCard:
    coverage = result.coverage
    whole = whole_study(coverage, coverage.standard.denominators[0])
    return ServiceCard(
        title=result.title,
        href=f"{result.id}.html",
        rate=float(whole["rate"]),
        target=target_rate(coverage.standard),
        figure=rate_figure(coverage),
        uncovered=uncovered_figure(coverage),
        basis=wording.joined(
            wording.same(coverage.standard.source.document),
            wording.same(coverage.standard.source.clause),
            zh=" ",
            en=" ",
        ),
        picture=_picture(study, result),
    )


def _picture(study: Study, result: ServiceResult) -> str:
    """Draw the base zones in the colours of their rates."""
    rates = _rates_of_level(result, study.base)
    cells = [rates.get(zone) for zone in study.base.zones["id"]]
    rate = pd.Series([np.nan if cell is None else cell.rate for cell in cells])
    met = pd.Series([None if cell is None else cell.met for cell in cells], dtype="boolean")
    target = target_rate(result.coverage.standard)
    classes = [one.color for one in rate_classes(target)]
    colors = np.array([*classes, NO_RATE])[rate_class(rate, met, target)]  # -1: the last
    return thumbnail(study.base.zones.assign(color=colors))


def _rate_table(level: Level, results: Sequence[ServiceResult], *, is_open: bool) -> RateTable:
    """Put the rates of a level's zones side by side, a row a zone and a column a service."""
    columns = [_rates_of_level(result, level) for result in results]
    english = level.zones["name_en"] if "name_en" in level.zones else level.zones["name"]
    return RateTable(
        level=level.name,
        services=tuple(result.title for result in results),
        zones=tuple(
            Text(zh=name, en=other or name)
            for name, other in zip(level.zones["name"], english, strict=True)
        ),
        cells=tuple(tuple(column[zone] for column in columns) for zone in level.zones["id"]),
        is_open=is_open,
    )


def _rates_of_level(result: ServiceResult, level: Level) -> dict[str, RateCell]:
    """Return the rate of each zone of a level for the first denominator."""
    coverage = result.coverage
    rows = coverage.zones
    rows = rows[
        (rows["level"] == level.id) & (rows["denominator"] == coverage.standard.denominators[0])
    ]
    target = target_rate(coverage.standard)
    return {
        zone: RateCell(float(rate), target, None if pd.isna(met) else bool(met))
        for zone, rate, met in zip(rows["zone_id"], rows["rate"], rows["met"], strict=True)
    }
