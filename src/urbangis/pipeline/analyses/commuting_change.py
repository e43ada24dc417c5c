"""The commuting circle of a metropolitan area before and after: computed, and written."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from urbangis.measures.commuting_change import commuting_change, levels_within
from urbangis.pipeline.analyses.commuting import members_of
from urbangis.pipeline.built import built_layers, changed_lines
from urbangis.pipeline.load import Loaded
from urbangis.pipeline.outputs import write_result
from urbangis.publish.model import Link
from urbangis.publish.pages.change_result import Between
from urbangis.publish.pages.metro_change import metro_change_page
from urbangis.publish.pages.metro_change_result import DOWNLOADS, MetroChange
from urbangis.publish.pages.metro_result import MetroResult
from urbangis.publish.web.page import write_page
from urbangis.study import Layer


def compute_commuting_change(
    first: Loaded, second: Loaded, was: MetroResult, now: MetroResult, between: Between
) -> MetroChange:
    """Hold a commuting circle under one scenario against the same under another.

    Parameters
    ----------
    first, second
        The study before and after.
    was, now
        Its commuting circle before and after, as of `compute_commuting`.
    between
        What is said of both.
    """
    levels = levels_within(second.study.levels, members_of(second, now.id))
    change = commuting_change(
        was.today, now.today, (was.links, now.links), levels, cutoff_min=now.spec.cutoff_min
    )
    drawn = set(now.layers_used) - {now.spec.demand}
    return MetroChange(
        replace(between, built=built_layers(first, second, drawn)),
        was,
        now,
        change,
        levels,
        changed_lines(first, second),
    )


def write_commuting_change(
    loaded: Loaded,
    result: MetroChange,
    layers: Mapping[str, Layer],
    folder: Path,
    *,
    assets: str,
    back: tuple[Link, ...],
) -> Link:
    """Write the page of a commuting circle before and after, and its tables; return the way to it.

    Parameters
    ----------
    loaded
        The study as it is.
    layers
        Its layers as they are after.
    folder, assets
        Where the page goes, and the way from it to the scripts.
    back
        Ways to other pages, and downloads of the whole comparison.
    """
    data = f"data/{result.id}"
    write_result(folder / data, result.tables(), result.layers())
    links = (*back, *(Link(name, f"{data}/{file}") for name, file in DOWNLOADS))
    page = metro_change_page(loaded.study, replace(result, links=links), layers, loaded.catalogue)
    write_page(page, folder / f"{result.id}.html", assets=assets)
    return Link(result.title, f"{result.id}.html", page.figures[0])
