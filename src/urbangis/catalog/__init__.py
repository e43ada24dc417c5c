"""Standards, life circles, modes, styles, policy targets: data, each with its source."""

from urbangis.catalog.registry import Catalogue, load_catalogue
from urbangis.catalog.specs import (
    Circle,
    CircleService,
    Entry,
    Goal,
    Mode,
    Policy,
    Rule,
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
    "Circle",
    "CircleService",
    "Entry",
    "Goal",
    "Mode",
    "Policy",
    "Rule",
    "SizeClass",
    "Source",
    "Spec",
    "Standard",
    "Style",
    "Target",
    "TargetRate",
    "load_catalogue",
]
