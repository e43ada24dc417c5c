"""Standards, modes, styles and policy targets: specifications as data, each with its source."""

from urbangis.catalog.registry import Catalogue, load_catalogue
from urbangis.catalog.specs import (
    Entry,
    Goal,
    Mode,
    Policy,
    SizeClass,
    Source,
    Spec,
    Standard,
    Style,
    Target,
    TargetRate,
)

__all__ = [
    "Catalogue",
    "Entry",
    "Goal",
    "Mode",
    "Policy",
    "SizeClass",
    "Source",
    "Spec",
    "Standard",
    "Style",
    "Target",
    "TargetRate",
    "load_catalogue",
]
