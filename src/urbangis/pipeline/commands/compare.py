"""Hold a study under one scenario against the study under another, service by service."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from urbangis.errors import StudyError
from urbangis.measures.change import GROUPS, Change, change_between, state_of
from urbangis.measures.coverage import Coverage
from urbangis.measures.zoning import STUDY
from urbangis.notices import Text
from urbangis.pipeline.additions import with_old_ways
from urbangis.pipeline.load import Loaded, Tell, load_study
from urbangis.pipeline.outputs import all_zones, replaced_folder, write_result
from urbangis.pipeline.scenarios import edited_layers, told_of, under_scenario
from urbangis.pipeline.services import Networks, build_networks, compute_coverage, named
from urbangis.publish.basemap import write_tiles
from urbangis.publish.model import Link
from urbangis.publish.pages.change import ChangeResult, change_page
from urbangis.publish.pages.index import FRONT
from urbangis.publish.web.page import write_assets, write_page
from urbangis.study import Layer, ServiceSpec
from urbangis.tables import is_cells

_BACK = (Link(FRONT.label, f"../{FRONT.href}"),)
_DOWNLOADS = (
    (Text(zh="前后对照表（CSV）", en="Before and after (CSV)"), "change.csv"),
    (Text(zh="结果图层（GeoPackage）", en="Layers (GeoPackage)"), "result.gpkg"),
)


@dataclass(frozen=True)
class Compared:
    """What a comparison found.

    Parameters
    ----------
    results
        One for each service that anything changed for, in the order of the study file.
    untouched
        Services that no edit concerns: they are the same before and after.
    layers
        The study's layers as they are after.
    """

    results: tuple[ChangeResult, ...]
    untouched: tuple[str, ...]
    layers: Mapping[str, Layer]

    def told(self) -> Iterator[str]:
        """Yield a line for each service: its rate before and after, who gains and who loses."""
        for one in self.results:
            whole = one.change.zones[one.change.zones["level"] == STUDY].iloc[0]
            yield (
                f"{one.id}: {whole['rate_before']:.1%} -> {whole['rate_after']:.1%}, "
                f"gained {whole['gained']:,.0f}, lost {whole['lost']:,.0f}"
            )
        if self.untouched:
            yield f"Not concerned: {', '.join(self.untouched)}"


def compare(
    study: Path,
    before: str,
    after: str,
    *,
    output: Path,
    only: Sequence[str] = (),
    tell: Tell = lambda _: None,
) -> Compared:
    """Compare a study under two scenarios, and write a page and a table for each service.

    Parameters
    ----------
    study
        The study's folder or file.
    before, after
        Names of scenarios; ``"baseline"`` is the study as it is.
    output
        Folder for ``<service>.html`` and ``data/<service>/change.csv``; what it held is replaced.
    only
        Services to compare; all that an edit concerns if empty.
    tell
        Called with a line of progress before each step.

    Raises
    ------
    InputError
        If the study or a scenario is wrong, or names a service that is not there.
    """
    loaded = load_study(study, tell=tell)
    compared = compare_states(loaded, before, after, only=only, tell=tell)
    with replaced_folder(output) as folder:
        write_assets(folder / "assets")
        write_tiles(loaded.study, folder / "assets")
        write_comparison(loaded, compared, folder, assets="assets")
    return compared


def compare_states(
    loaded: Loaded, before: str, after: str, *, only: Sequence[str] = (), tell: Tell
) -> Compared:
    """Compute every service that the scenarios concern, before and after.

    What no edit names is read, built and placed once: streets, and homes on them.
    """
    services = loaded.study.spec.services
    for name in only:
        if name not in services:
            raise StudyError(
                f'there is no service "{name}"', remedy=f"Name one of: {', '.join(services)}."
            )
    edited = edited_layers(loaded, before, after)
    touched = {
        name: spec
        for name, spec in services.items()
        if edited.intersection(spec.layers_used) and (not only or name in only)
    }
    first, second = (under_scenario(loaded, name) for name in (before, after))
    networks = build_networks(first, touched)
    then = _networks_after(first, second, touched, networks)
    states = (told_of(loaded, before)[0], told_of(loaded, after)[0])
    notices = tuple(one for name in (before, after) for one in told_of(loaded, name)[1])
    results = []
    for name, spec in touched.items():
        tell(f"comparing {name}")
        was = _coverage(first, spec, networks)
        now = _coverage(second, spec, then)
        change = change_between(state_of(was), state_of(now), loaded.study.levels)
        built = _built(first, second, edited.difference([spec.demand]))
        groups = _by_group(loaded, spec, was, now)
        results.append(
            ChangeResult(
                name, spec, states, was, now, change, groups=groups, notices=notices, built=built
            )
        )
    untouched = tuple(name for name in services if name not in touched)
    return Compared(tuple(results), untouched, second.layers)


def _coverage(loaded: Loaded, spec: ServiceSpec, networks: Networks) -> Coverage:
    return with_old_ways(loaded, spec, compute_coverage(loaded, spec, networks))


def _by_group(loaded: Loaded, spec: ServiceSpec, was: Coverage, now: Coverage) -> dict[str, Change]:
    """Return the change for each group of people that the service names."""
    with named({"demand": [loaded.layers[spec.demand]]}):
        return {
            group: change_between(state_of(was, group), state_of(now, group), loaded.study.levels)
            for group in spec.groups
        }


def _built(first: Loaded, second: Loaded, names: Iterable[str]) -> tuple[Layer, ...]:
    """Return the layers of which the second state has more, with what is new in them."""
    made = []
    for name in sorted(names):
        table, known = second.layers[name].table, set(first.layers[name].table["id"])
        # The pieces of a street that a new one cuts are called 12-0 and 12-1.
        origin = table["id"].str.rpartition("-")[0]
        new = table[~table["id"].isin(known) & ~origin.isin(known)]
        if len(new):
            made.append(replace(second.layers[name], table=new))
    return tuple(made)


def _networks_after(
    first: Loaded, second: Loaded, services: Mapping[str, ServiceSpec], networks: Networks
) -> Networks:
    """Return the networks of the second state; those of streets that are the same as before."""
    same = {
        key: built
        for key, built in networks.items()
        if first.layers[key[0]] is second.layers[key[0]]
    }
    others = {
        name: spec for name, spec in services.items()
        if spec.streets and first.layers[spec.streets] is not second.layers[spec.streets]
    }  # fmt: skip
    return {**same, **build_networks(second, others)}


def write_comparisons(
    loaded: Loaded, folder: Path, *, assets: str, only: Sequence[str] = (), tell: Tell
) -> tuple[Link, ...]:
    """Compare what the study file asks for, each in a folder of its own; return the ways there.

    Parameters
    ----------
    folder, assets
        Where the site is, and the way from its front page to the scripts.
    only
        Services and comparisons to build; all if empty.
    tell
        Called with a line of progress before each step.
    """
    ways = []
    for name, spec in loaded.study.spec.comparisons.items():
        if only and name not in only:
            continue
        compared = compare_states(loaded, spec.before, spec.after, only=spec.services, tell=tell)
        pages = write_comparison(loaded, compared, folder / name, assets=f"../{assets}", back=_BACK)
        ways += [replace(page, href=f"{name}/{page.href}") for page in pages]
    return tuple(ways)


def write_comparison(
    loaded: Loaded, compared: Compared, folder: Path, *, assets: str, back: tuple[Link, ...] = ()
) -> tuple[Link, ...]:
    """Write a page and the tables of each service compared; return the ways to the pages.

    Parameters
    ----------
    loaded
        The study as it is.
    folder
        Where the pages go; their tables go into ``data/<service>``.
    assets
        Way from the pages to the scripts.
    back
        Ways to other pages.
    """
    ways = []
    for result in compared.results:
        data = f"data/{result.id}"
        links = (*back, *(Link(name, f"{data}/{file}") for name, file in _DOWNLOADS))
        _write_data(loaded, result, folder / data)
        page = change_page(
            loaded.study, replace(result, links=links), compared.layers, loaded.catalogue
        )
        write_page(page, folder / f"{result.id}.html", assets=assets)
        ways.append(Link(_label(result), f"{result.id}.html", page.figures[0]))
    return tuple(ways)


def _label(result: ChangeResult) -> Text:
    """Name a comparison among others: what happens, and what for."""
    return Text(
        zh=f"{result.states[1].zh}：{result.title.zh}",
        en=f"{result.states[1].en}: {result.title.en}",
    )


def _write_data(loaded: Loaded, result: ChangeResult, folder: Path) -> None:
    zones, places = result.change.zones, result.change.places
    layers = {
        "zones": all_zones(loaded.study).merge(
            zones.drop(columns="zone_name"), on=["zone_id", "level"]
        ),
        "facilities_before": result.before.supply,
        "facilities_after": result.after.supply,
    }
    if not is_cells(result.after.demand):
        layers["homes"] = _homes(result, places)
    by_group = {f"change_{group}": change.zones for group, change in result.groups.items()}
    write_result(folder, {"change": zones, **by_group}, layers)


def _homes(result: ChangeResult, places: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return each home with what the change is for it."""
    there = places["after_row"] >= 0
    shapes = np.full(len(places), None, object)
    shapes[there] = result.after.demand.geometry.to_numpy()[places.loc[there, "after_row"]]
    shapes[~there] = result.before.demand.geometry.to_numpy()[places.loc[~there, "before_row"]]
    named = places.assign(group=places["group"].map(dict(enumerate(GROUPS))))
    crs = result.after.supply.crs
    return gpd.GeoDataFrame(
        named.drop(columns=["before_row", "after_row"]), geometry=shapes, crs=crs
    )
