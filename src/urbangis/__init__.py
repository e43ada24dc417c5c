"""Spatial planning GIS: service circles, coverage rates and static web maps.

What is listed in ``__all__`` is offered here by name, and read from its module when it is asked
for: ``import urbangis`` alone costs nothing.
"""

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from urbangis.catalog import load_catalogue
    from urbangis.pipeline.analyses.uncertainty import compute_uncertainty
    from urbangis.pipeline.commands.check import check
    from urbangis.pipeline.commands.compare import compare
    from urbangis.pipeline.commands.convert import convert
    from urbangis.pipeline.commands.direct import Facilities, Files, coverage, rings
    from urbangis.pipeline.commands.explain import explain
    from urbangis.pipeline.commands.new import new
    from urbangis.pipeline.commands.publish import publish_page, publish_zip
    from urbangis.pipeline.commands.report import report
    from urbangis.pipeline.commands.run import run
    from urbangis.pipeline.commands.site import site
    from urbangis.pipeline.commands.timetable import timetable_matrix
    from urbangis.pipeline.load import load_study
    from urbangis.pipeline.services import build_networks, compute_rules, compute_service

__all__ = [
    "Facilities",
    "Files",
    "build_networks",
    "check",
    "compare",
    "compute_rules",
    "compute_service",
    "compute_uncertainty",
    "convert",
    "coverage",
    "explain",
    "load_catalogue",
    "load_study",
    "new",
    "publish_page",
    "publish_zip",
    "report",
    "rings",
    "run",
    "site",
    "timetable_matrix",
]

_MODULES: Mapping[str, str] = MappingProxyType(
    {
        "Facilities": "pipeline.commands.direct",
        "Files": "pipeline.commands.direct",
        "build_networks": "pipeline.services",
        "check": "pipeline.commands.check",
        "compare": "pipeline.commands.compare",
        "compute_rules": "pipeline.services",
        "compute_service": "pipeline.services",
        "compute_uncertainty": "pipeline.analyses.uncertainty",
        "convert": "pipeline.commands.convert",
        "coverage": "pipeline.commands.direct",
        "explain": "pipeline.commands.explain",
        "load_catalogue": "catalog",
        "load_study": "pipeline.load",
        "new": "pipeline.commands.new",
        "publish_page": "pipeline.commands.publish",
        "publish_zip": "pipeline.commands.publish",
        "report": "pipeline.commands.report",
        "rings": "pipeline.commands.direct",
        "run": "pipeline.commands.run",
        "site": "pipeline.commands.site",
        "timetable_matrix": "pipeline.commands.timetable",
    }
)


def __getattr__(name: str) -> Any:
    """Read an offered name from its module."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
