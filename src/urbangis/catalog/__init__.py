"""Standards, travel modes and map styles: specifications as data, each with its source."""

from urbangis.catalog.registry import Catalogue, load_catalogue
from urbangis.catalog.specs import Entry, Mode, SizeClass, Source, Spec, Standard, Style, TargetRate

__all__ = [
    "Catalogue",
    "Entry",
    "Mode",
    "SizeClass",
    "Source",
    "Spec",
    "Standard",
    "Style",
    "TargetRate",
    "load_catalogue",
]
