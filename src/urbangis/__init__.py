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
    from urbangis.pipeline.check import check
    from urbangis.pipeline.convert import convert
    from urbangis.pipeline.direct import Facilities, Files, coverage, rings
    from urbangis.pipeline.explain import explain
    from urbangis.pipeline.load import load_study
    from urbangis.pipeline.new import new
    from urbangis.pipeline.report import report
    from urbangis.pipeline.run import run
    from urbangis.pipeline.services import build_networks, compute_rules, compute_service
    from urbangis.pipeline.uncertainty import compute_uncertainty

__all__ = [
    "Facilities",
    "Files",
    "build_networks",
    "check",
    "compute_rules",
    "compute_service",
    "compute_uncertainty",
    "convert",
    "coverage",
    "explain",
    "load_catalogue",
    "load_study",
    "new",
    "report",
    "rings",
    "run",
]

_MODULES: Mapping[str, str] = MappingProxyType(
    {
        "Facilities": "pipeline.direct",
        "Files": "pipeline.direct",
        "build_networks": "pipeline.services",
        "check": "pipeline.check",
        "compute_rules": "pipeline.services",
        "compute_service": "pipeline.services",
        "compute_uncertainty": "pipeline.uncertainty",
        "convert": "pipeline.convert",
        "coverage": "pipeline.direct",
        "explain": "pipeline.explain",
        "load_catalogue": "catalog",
        "load_study": "pipeline.load",
        "new": "pipeline.new",
        "report": "pipeline.report",
        "rings": "pipeline.direct",
        "run": "pipeline.run",
    }
)


def __getattr__(name: str) -> Any:
    """Read an offered name from its module."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
