"""Read every input of a study and list all that is wrong, not only the first."""

from dataclasses import dataclass
from pathlib import Path

from urbangis.errors import InputError
from urbangis.io.shift import check_shift
from urbangis.measures.coverage import Coverage
from urbangis.network.graph import Network
from urbangis.notices import Notice
from urbangis.pipeline.analyses.every import compute_analyses
from urbangis.pipeline.analyses.scorecard import build_scorecard
from urbangis.pipeline.analyses.uncertainty import compute_uncertainty
from urbangis.pipeline.commands.faults import write_faults
from urbangis.pipeline.load import Loaded, Tell, load_study, read_specs
from urbangis.pipeline.services import build_networks, compute_coverage, compute_rules, rules_of
from urbangis.pipeline.summary import Told, told_once
from urbangis.study import read_study_spec


@dataclass(frozen=True)
class CheckReport:
    """What is wrong (``errors``), what to know (``notices``), and how many layers were read.

    ``pages`` are the maps that were written of what is wrong with streets.
    """

    errors: tuple[InputError, ...]
    notices: tuple[Told, ...]
    layers: int
    pages: tuple[Path, ...] = ()


def check(study: Path, *, maps: Path | None = None, tell: Tell = lambda _: None) -> CheckReport:
    """Check a study and its parts: every layer is read, everything computed.

    Parameters
    ----------
    study
        The study's folder or file.
    maps
        Folder for maps and tables of what is wrong with streets, by `write_faults`; those of a
        part of the study go into a folder of its name. None for no maps.
    tell
        Called with a line of progress before each step.

    Returns
    -------
    CheckReport
        One error for each layer that cannot be read; where all can, one for everything that
        cannot be computed.
    """
    try:
        read_specs(study)
    except InputError as error:
        return CheckReport((error,), (), 0)
    found = _check_one(study, maps, tell)
    return CheckReport(found.errors, told_once(found.notices), found.layers, found.pages)


@dataclass(frozen=True)
class _Found:
    """What was found; ``notices`` come with what they concern."""

    errors: tuple[InputError, ...]
    notices: tuple[tuple[str | None, Notice], ...] = ()
    layers: int = 0
    pages: tuple[Path, ...] = ()


def _check_one(path: Path, maps: Path | None, tell: Tell) -> _Found:
    errors: list[InputError] = []
    notices: list[tuple[str | None, Notice]] = []
    layers = 0
    pages: tuple[Path, ...] = ()
    try:
        loaded = load_study(path, tell=tell, errors=errors)
    except InputError as error:
        errors = [error, *errors]
    else:
        layers = len(loaded.layers)
        notices += [(None, one) for one in loaded.notices]
        notices += [(None, one) for layer in loaded.layers.values() for one in layer.notices]
        notices += [(None, one) for one in check_shift(loaded.layers.values())]
        if maps is not None:
            pages = write_faults(loaded, maps, tell=tell)
        if not errors:
            notices += _check_services(loaded, errors, tell)
    spec, root = read_study_spec(path)
    for part in spec.parts:
        found = _check_one(root / part, None if maps is None else maps / part.name, tell)
        errors += found.errors
        layers += found.layers
        pages += found.pages
        notices += [
            (part.name if about is None else f"{part.name}/{about}", one)
            for about, one in found.notices
        ]
    return _Found(tuple(errors), tuple(notices), layers, pages)


def _check_services(
    loaded: Loaded, errors: list[InputError], tell: Tell
) -> list[tuple[str | None, Notice]]:
    notices: list[tuple[str | None, Notice]] = []
    networks: dict[tuple[str, str], tuple[Network, tuple[Notice, ...]]] = {}
    coverages: dict[str, Coverage] = {}
    for service_id, spec in loaded.study.spec.services.items():
        tell(f"computing {service_id}")
        try:
            modes = {loaded.catalogue.standard(rule.standard).mode for rule in rules_of(spec)}
            if any((spec.streets, mode) not in networks for mode in modes):
                networks |= build_networks(loaded, {service_id: spec})
            coverage = compute_coverage(loaded, spec, networks)
            rules = compute_rules(loaded, spec, networks, coverage)
            sure = compute_uncertainty(loaded, spec, networks, coverage)
        except InputError as error:
            errors.append(error)
        else:
            notices += [(service_id, one) for one in coverage.notices]
            notices += [(service_id, one) for one in rules.notices] if rules else []
            notices += [(service_id, one) for one in sure.notices]
            coverages[service_id] = coverage
    analyses = compute_analyses(loaded, networks, tell=tell, errors=errors)
    notices += analyses.notices()
    if loaded.study.spec.targets:
        tell("holding it against policy documents")
        try:
            build_scorecard(loaded, coverages, analyses)
        except InputError as error:
            errors.append(error)
    return notices
