"""Choose where a service of a study is to be built next, and publish the choice in a folder."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from urbangis.errors import StudyError
from urbangis.pipeline.analyses.siting import compute_siting, siting_record, write_siting
from urbangis.pipeline.load import Loaded, Tell, load_study
from urbangis.pipeline.outputs import write_json
from urbangis.pipeline.record import RECORD, dependencies
from urbangis.pipeline.services import build_networks
from urbangis.publish.basemap import write_tiles
from urbangis.publish.pages.siting_result import SitingResult
from urbangis.publish.web.page import write_assets
from urbangis.study import FILE_NAME, SitingSpec


def site(
    study: Path, spec: SitingSpec, *, output: Path, tell: Tell = lambda _: None
) -> SitingResult:
    """Site a service of a study, and write tables, layers and pages into a folder.

    Parameters
    ----------
    study
        The study's folder or file.
    spec
        What to site, and how.
    output
        Folder for ``sites.csv``, ``result.gpkg``, ``siting.html`` and what they need.
    tell
        Called with a line of progress before each step.

    Raises
    ------
    InputError
        If there is no such service or layer, or no choice fulfils the terms.
    """
    depends_on = dependencies(study)
    loaded = load_study(study, tell=tell)
    services = loaded.study.spec.services
    _check(loaded, "service", spec.service, services)
    for name in (*spec.layers_used, *spec.context):
        _check(loaded, "layer", name, loaded.layers)
    service = services[spec.service]
    standard = loaded.catalogue.standard(service.standard)
    networks = build_networks(loaded, {spec.service: service})
    network = networks.get((str(service.streets), str(standard.mode)))
    tell("choosing sites")
    result = compute_siting(loaded, "siting", spec, network)
    tell(f"writing {output}")
    write_assets(output / "assets")
    write_tiles(loaded.study, output / "assets")
    write_siting(loaded, replace(result, links=result.links[1:]), output, assets="assets")
    write_json(
        siting_record(result) | {"crs": loaded.study.crs.to_string(), "depends_on": depends_on},
        output / RECORD,
    )
    return result


def _check(loaded: Loaded, kind: str, name: str, there: Collection[str]) -> None:
    """Refuse a name that the study does not hold."""
    if name not in there:
        raise StudyError(
            f'there is no {kind} "{name}"',
            file=loaded.study.root / FILE_NAME,
            remedy=f"There are: {', '.join(there)}.",
        )
