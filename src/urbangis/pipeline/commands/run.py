"""Build everything that a study publishes."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from urbangis.errors import StudyError
from urbangis.notices import Notice, Text
from urbangis.pipeline.additions import with_old_ways
from urbangis.pipeline.analyses.every import Analyses, compute_analyses, write_analyses
from urbangis.pipeline.analyses.groups import compute_groups, write_groups
from urbangis.pipeline.analyses.places import write_places
from urbangis.pipeline.analyses.scorecard import write_scorecard
from urbangis.pipeline.analyses.states import State
from urbangis.pipeline.analyses.uncertainty import compute_uncertainty, write_uncertainty
from urbangis.pipeline.commands.compare import write_comparisons
from urbangis.pipeline.load import Loaded, Tell, load_study, read_specs
from urbangis.pipeline.outputs import (
    all_zones,
    replaced_folder,
    write_json,
    write_result,
    write_service_data,
)
from urbangis.pipeline.printing import write_prints
from urbangis.pipeline.record import (
    RECORD,
    dependencies,
    folder_of,
    is_fresh,
    outputs_of,
    site_folder,
)
from urbangis.pipeline.scenarios import AS_IT_IS, under_scenario
from urbangis.pipeline.services import Networks, build_networks, compute_rules, compute_service
from urbangis.pipeline.summary import Headline, Told, headline, study_record, told_once
from urbangis.pipeline.travel_time import service_travel_time
from urbangis.publish.basemap import basemap_of, write_tiles
from urbangis.publish.model import Link, PageGroup
from urbangis.publish.pages.index import FRONT, SiteLinks, index_page
from urbangis.publish.pages.overview import overview_page
from urbangis.publish.pages.service import ServiceResult, service_page
from urbangis.publish.web.page import write_assets, write_page
from urbangis.study import StudySpec


@dataclass(frozen=True)
class RunReport:
    """What a run did.

    Parameters
    ----------
    front_page
        The page to open.
    built
        False if nothing had changed since the last run.
    headlines
        The figure of each service, those of the study's parts included.
    notices
        What a reader of the figures must know, each once.
    """

    front_page: Path
    built: bool
    headlines: tuple[Headline, ...] = ()
    notices: tuple[Told, ...] = ()


def run(
    study: Path,
    *,
    output: Path | None = None,
    force: bool = False,
    only: Sequence[str] = (),
    scenario: str | None = None,
    tell: Tell = lambda _: None,
) -> RunReport:
    """Build the maps of a study, if anything they depend on has changed.

    Parameters
    ----------
    study
        The study's folder or file.
    output
        Folder to publish into; ``maps`` in the study's folder if None, and ``maps-<scenario>`` for
        a scenario.
    force
        Build even if nothing has changed.
    only
        Services to build; all if empty. Those of other names are left out of the site, and the
        next run builds everything.
    scenario
        Scenario whose edits are made first; the study as it is if None.
    tell
        Called with a line of progress before each step.

    Raises
    ------
    InputError
        If the study or anything that it names is wrong. What was published before stays.
    """
    output = output or site_folder(study, scenario)
    front_page = output / "index.html"
    if not force and not only and is_fresh(study, output, scenario):
        return RunReport(front_page, built=False)
    _check_place(output, folder_of(study))
    _check_only(only, read_specs(study))
    depends_on = dependencies(study, scenario)
    with replaced_folder(output) as folder:
        write_assets(folder / "assets")
        loaded = under_scenario(load_study(study, tell=tell), scenario or AS_IT_IS)
        built = _build(loaded, folder, assets="assets", only=only, tell=tell)
        if only:
            depends_on["only"] = list(only)
        outputs = {"depends_on": depends_on, "outputs": outputs_of(folder)}
        write_json(built.record | outputs, folder / RECORD)
    return RunReport(
        front_page, built=True, headlines=built.headlines, notices=told_once(built.notices)
    )


@dataclass(frozen=True)
class _Built:
    """A study as built: what is told of it, its parts included.

    ``notices`` come with what they concern (None: the study as a whole).
    """

    name: Text
    record: dict[str, Any]
    headlines: tuple[Headline, ...]
    notices: tuple[tuple[str | None, Notice], ...]

    def headlines_in(self, part: str) -> Iterator[Headline]:
        """Yield the headlines, named as those of a part."""
        for one in self.headlines:
            yield replace(one, service=f"{part}/{one.service}")

    def notices_in(self, part: str) -> Iterator[tuple[str, Notice]]:
        """Yield the notices, named as those of a part."""
        for about, one in self.notices:
            yield part if about is None else f"{part}/{about}", one


def _build(
    loaded: Loaded,
    folder: Path,
    *,
    assets: str,
    whole: Link | None = None,
    only: Sequence[str],
    tell: Tell,
) -> _Built:
    """Build one study, with its parts, into a folder; ``whole`` leads to what it is a part of."""
    study = loaded.study
    basemap = basemap_of(study)  # a key that is missing is told before anything is computed
    write_tiles(study, folder / assets)
    services = {
        name: spec for name, spec in study.spec.services.items() if not only or name in only
    }
    networks = build_networks(loaded, services)
    results = []
    for service_id in services:
        tell(f"computing {service_id}")
        results.append(_compute(loaded, service_id, networks, folder))
    analyses = compute_analyses(loaded, networks, only=only, tell=tell)
    parts = {
        part.name: _build(
            load_study(study.root / part, tell=tell),
            folder / part.name,
            assets=f"../{assets}",
            whole=Link(study.name, "../index.html"),
            only=only,
            tell=tell,
        )
        for part in study.spec.parts
    }
    tell(f"writing the pages of {study.name.en}")
    results, unprinted = write_prints(loaded, results, folder)
    coverages = {result.id: result.coverage for result in results}
    known = State(
        loaded, None, dict(networks), coverages, {one.id: one for one in analyses.commuting}
    )
    as_it_is = known if loaded.before is None else State(loaded.before)
    groups = (
        *write_places(loaded, results, folder, assets=assets),
        PageGroup(
            Text(zh="情景前后对照", en="Before and after"),
            write_comparisons(as_it_is, folder, assets=assets, only=only, tell=tell),
        ),
        *write_analyses(loaded, analyses, folder, assets=assets),
    )
    ways = (
        *([whole] if whole else []),
        *write_scorecard(loaded, coverages, analyses, folder, assets=assets),
    )
    site = SiteLinks(
        pages=(*ways, *_overview(loaded, folder, assets=assets)),
        groups=groups,
        parts=tuple(Link(part.name, f"{name}/index.html") for name, part in parts.items()),
        downloads=tuple(Link(result.title, f"data/{result.id}/coverage.csv") for result in results),
    )
    _write_pages(loaded, results, site, folder, assets=assets)
    of_basemap = () if basemap is None else basemap.notices
    return _told(loaded, results, analyses, parts, of_basemap=of_basemap, unprinted=unprinted)


def _compute(loaded: Loaded, service_id: str, networks: Networks, folder: Path) -> ServiceResult:
    """Compute a service, with all that is asked of it, and write its data."""
    spec = loaded.study.spec.services[service_id]
    coverage, rings = compute_service(loaded, spec, networks)
    coverage = with_old_ways(loaded, spec, coverage)
    data = f"data/{service_id}"
    write_service_data(folder / data, coverage, rings, all_zones(loaded.study))
    rules = compute_rules(loaded, spec, networks, coverage)
    if rules is not None:
        write_result(folder / data, {"rules": rules.zones}, {})
    sure = compute_uncertainty(loaded, spec, networks, coverage)
    write_uncertainty(folder / data, sure)
    timed = service_travel_time(loaded, spec, coverage, folder, data)
    groups = compute_groups(loaded, spec, coverage)
    links = (
        *_links(data, compared=rules is not None),
        *write_groups(folder, data, groups),
        *timed,
    )
    return ServiceResult(service_id, spec, coverage, rings, links, rules, sure, groups)


def _told(
    loaded: Loaded,
    results: Sequence[ServiceResult],
    analyses: Analyses,
    parts: Mapping[str, _Built],
    *,
    of_basemap: Sequence[Notice],
    unprinted: Sequence[tuple[str | None, Notice]],
) -> _Built:
    """Tell what was built: the record, the headlines, and all notices with what they concern."""
    record = study_record(loaded, results) | analyses.record()
    record["parts"] = {name: part.record for name, part in parts.items()}
    return _Built(
        loaded.study.name,
        record,
        (
            *(headline(result.id, result.coverage) for result in results),
            *(one for name, part in parts.items() for one in part.headlines_in(name)),
        ),
        (
            *((None, one) for one in loaded.notices),
            *((None, one) for one in of_basemap),
            *((None, one) for layer in loaded.layers.values() for one in layer.notices),
            *((result.id, one) for result in results for one in result.notices),
            *unprinted,
            *analyses.notices(),
            *(one for name, part in parts.items() for one in part.notices_in(name)),
        ),
    )


def _links(data: str, *, compared: bool) -> tuple[Link, ...]:
    """Lead from a service's page to the front page and to its data."""
    rules = Link(Text(zh="规则对照表（CSV）", en="Rules compared (CSV)"), f"{data}/rules.csv")
    return (
        FRONT,
        Link(Text(zh="覆盖率表（CSV）", en="Coverage table (CSV)"), f"{data}/coverage.csv"),
        *([rules] if compared else []),
        Link(Text(zh="可靠程度表（CSV）", en="How sure (CSV)"), f"{data}/uncertainty.csv"),
        Link(Text(zh="结果图层（GeoPackage）", en="Layers (GeoPackage)"), f"{data}/result.gpkg"),
    )


def _overview(loaded: Loaded, folder: Path, *, assets: str) -> tuple[Link, ...]:
    """Write the page of the study's layers, if it asks for one; return the way there."""
    if not loaded.study.spec.overview:
        return ()
    page = overview_page(loaded.study, loaded.layers, loaded.catalogue, links=(FRONT,))
    write_page(page, folder / "overview.html", assets=assets)
    return (Link(page.title, "overview.html"),)


def _write_pages(
    loaded: Loaded,
    results: Sequence[ServiceResult],
    links: SiteLinks,
    folder: Path,
    *,
    assets: str,
) -> None:
    """Write the front page and a page for each service."""
    study, layers, catalogue = loaded.study, loaded.layers, loaded.catalogue
    for result in results:
        page = service_page(study, result, layers, catalogue)
        write_page(page, folder / f"{result.id}.html", assets=assets)
    front = index_page(study, results, layers, links)
    write_page(front, folder / "index.html", assets=assets)


def _check_place(output: Path, root: Path) -> None:
    """Refuse to publish over the study itself."""
    if root.resolve().is_relative_to(output.resolve()):
        raise StudyError(
            "is, or holds, the study's own folder",
            file=output,
            remedy="Name a folder of its own to publish into, such as maps.",
        )


def _check_only(only: Sequence[str], specs: Sequence[StudySpec]) -> None:
    """Refuse a name that no service has, in the study or in its parts."""
    known = sorted({page for spec in specs for page in (*spec.pages, *spec.comparisons)})
    for name in only:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1) or known
            raise StudyError(
                f'there is no service "{name}"', remedy=f"Name one of: {', '.join(near)}."
            )
