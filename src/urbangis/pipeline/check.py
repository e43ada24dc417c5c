"""Read every input of a study and list all that is wrong, not only the first."""

from dataclasses import dataclass
from pathlib import Path

from urbangis.errors import InputError
from urbangis.notices import Notice
from urbangis.pipeline.load import Loaded, Tell, load_study
from urbangis.pipeline.services import build_networks, compute_service


@dataclass(frozen=True)
class CheckReport:
    """What is wrong (``errors``), what to know (``notices``), and how many layers are in order."""

    errors: tuple[InputError, ...]
    notices: tuple[Notice, ...]
    layers: int


def check(study: Path, *, tell: Tell = lambda _: None) -> CheckReport:
    """Check a study and its parts: every layer is read, every service computed.

    Parameters
    ----------
    study
        The study's folder or file.
    tell
        Called with a line of progress before each step.

    Returns
    -------
    CheckReport
        One error for each layer that cannot be read; where all can, one for each service that
        cannot be computed.
    """
    errors: list[InputError] = []
    try:
        loaded = load_study(study, tell=tell, errors=errors)
    except InputError as error:
        return CheckReport((*errors, error), (), 0)
    notices = [*loaded.notices, *(one for layer in loaded.layers.values() for one in layer.notices)]
    layers = len(loaded.layers)
    if not errors:
        notices += _check_services(loaded, errors, tell)
    for part in loaded.study.spec.parts:
        report = check(loaded.study.root / part, tell=tell)
        errors += report.errors
        notices += report.notices
        layers += report.layers
    return CheckReport(tuple(errors), tuple(notices), layers)


def _check_services(loaded: Loaded, errors: list[InputError], tell: Tell) -> list[Notice]:
    notices: list[Notice] = []
    for service_id, spec in loaded.study.spec.services.items():
        tell(f"computing {service_id}")
        try:
            networks = build_networks(loaded, {service_id: spec})
            coverage, _ = compute_service(loaded, spec, networks)
        except InputError as error:
            errors.append(error)
        else:
            notices += coverage.notices
    return notices
