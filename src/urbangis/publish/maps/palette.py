"""Colours: safe for the three kinds of colour blindness, and legible on a pale ground."""

from itertools import pairwise

import numpy as np
import pandas as pd

from urbangis.catalog import Catalogue, Source, Style
from urbangis.notices import Text
from urbangis.publish.model import ColorClass
from urbangis.publish.wording import same, short_percent
from urbangis.study import LayerSpec

YLGNBU = ("#ffffcc", "#a1dab4", "#41b6c4", "#2c7fb8", "#253494")  # ColorBrewer, 5 classes
REDS = ("#fee5d9", "#fcae91", "#fb6a4a", "#de2d26", "#a50f15")  # ColorBrewer, 5 classes
INSIDE = ("#08519c", "#3182bd", "#6baed6", "#bdd7e7")  # minutes that the standard grants
BEYOND = ("#fdbe85", "#fd8d3c", "#d94701")
OKABE_ITO = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#7f7f7f")
NO_RATE = "#d5dce2"
UNCOVERED, PARTLY, COVERED, UNSNAPPED = "#a50f15", "#f4a582", "#8fa3b5", "#4a1486"
AGREEMENT = (COVERED, "#0072b2", "#f0a000", UNCOVERED)
"""Covered by both of two rules, by the service's own only, by the other only, by neither."""

_OWN = Source(document="urbangis", clause="publish/palette", confidence="high")


def _style(name: str, color: str, **drawn: object) -> Style:
    return Style.model_validate(
        {"id": name, "name": {"zh": name, "en": name}, "color": color, "source": _OWN, **drawn}
    )


ZONE = _style("zone", "#5b6b7a", fill="#dfe6ec", fill_opacity=0.85, weight=0.8)
KEY_PLACE = _style(
    "key-place", "#1b1b1b", fill="#ffd92f", fill_opacity=1.0, weight=1.2, radius=5, shape="diamond"
)
NEW = _style("new", "#b3006b", fill="#b3006b", fill_opacity=0.9, weight=4.0, radius=6)
ROAD_EDGE = _style("road-edge", "#b35806", weight=2.0, fill_opacity=0.0, dash=(6, 4))
RING = _style("ring", "#ffffff", fill="#3182bd", fill_opacity=0.75, weight=0.5)
DEMAND_POINT = _style("demand", "#ffffff", fill=COVERED, fill_opacity=0.95, weight=0.6, radius=3.5)
# Edge and fill of one colour: both take the colour of the class, so that small shapes stay visible.
DEMAND_AREA = _style("demand-area", COVERED, fill=COVERED, fill_opacity=0.9, weight=0.8)

_BY_TABLE = {
    "zones": _style("zones", "#5b6b7a", fill="#dfe6ec", fill_opacity=0.35, weight=1.0),
    "demand": DEMAND_POINT,
    "supply": _style(
        "supply", "#ffffff", fill="#0b3d63", fill_opacity=1.0, weight=1.2, radius=6, shape="square"
    ),
    "gates": _style("gates", "#ffffff", fill="#4d7c0f", fill_opacity=1.0, weight=0.8, radius=3),
    "lines": _style("lines", "#8c2d04", weight=2.0, fill_opacity=0.0),
    "transit_lines": _style("transit-lines", "#8c2d04", weight=2.0, fill_opacity=0.0),
    "line_stations": _style("line-stations", "#ffffff", fill="#8c2d04", fill_opacity=1.0, radius=3),
    "streets": _style("streets", "#9aa5b1", weight=0.7, fill_opacity=0.0),
    "redlines": _style(
        "redlines", "#b2182b", fill="#ef8a62", fill_opacity=0.25, weight=1.2, dash=(5, 3)
    ),
    "features": _style("features", "#5b6b7a", fill="#b8c4ce", fill_opacity=0.6, weight=0.8),
}


def border_style(order: int) -> Style:
    """Return the line of a level's borders: hair-thin for the base level, heavier above it."""
    color = "#7b8894" if order == 0 else "#25313c"
    return _style("borders", color, weight=0.6 + 0.9 * order, fill_opacity=0.0)


def layer_style(spec: LayerSpec, catalogue: Catalogue) -> Style:
    """Return the style that a layer names, or the plain one of its kind of table."""
    return catalogue.style(spec.style) if spec.style else _BY_TABLE[spec.table]


def rate_breaks(target: float | None) -> tuple[float, ...]:
    """Return four class limits of a rate, one of them exactly the target."""
    if target is None:
        return (0.2, 0.4, 0.6, 0.8)
    if target >= 1:
        return (0.4, 0.6, 0.8, target)
    low = (target - 0.3, target - 0.15) if target >= 0.5 else (target / 3, target * 2 / 3)
    return (round(low[0], 3), round(low[1], 3), target, round((1 + target) / 2, 3))


def rate_classes(target: float | None) -> tuple[ColorClass, ...]:
    """Return the legend of a rate: five classes, marked where they meet the target."""
    breaks = rate_breaks(target)
    names = [f"<{short_percent(breaks[0])}"]
    names += [
        f"{short_percent(low).removesuffix('%')}–{short_percent(high)}"
        for low, high in pairwise(breaks)
    ]
    names.append(f"≥{short_percent(breaks[-1])}")
    met = [target is not None and low >= target for low in (0.0, *breaks)]
    return tuple(
        ColorClass(color, same(name), good)
        for color, name, good in zip(YLGNBU, names, met, strict=True)
    )


def amount_breaks(amounts: pd.Series) -> tuple[float, ...]:
    """Return at most four class limits of amounts: round numbers near their quantiles."""
    some = amounts[amounts > 0].to_numpy(dtype="float64")
    if not len(some):
        return ()
    rounded = [float(f"{limit:.0e}") for limit in np.quantile(some, (0.3, 0.6, 0.8, 0.95))]
    return tuple(dict.fromkeys(limit for limit in rounded if limit >= 1))


def amount_classes(breaks: tuple[float, ...], unit: Text) -> tuple[ColorClass, ...]:
    """Return the legend of amounts of what should not be: the more, the darker the red."""
    limits = [f"{limit:,.0f}" for limit in breaks]
    names = (
        [f"<{limits[0]}", *(f"{low}–{high}" for low, high in pairwise(limits))] if breaks else []
    )
    names.append(f"≥{limits[-1]}" if breaks else "≥0")
    return tuple(
        ColorClass(color, Text(zh=f"{name} {unit.zh}", en=f"{name} {unit.en}"))
        for color, name in zip(REDS, names, strict=False)
    )


def amount_class(amounts: pd.Series, breaks: tuple[float, ...]) -> pd.Series:
    """Return the number of the class of each amount; -1 where there is none."""
    values = amounts.to_numpy(dtype="float64", na_value=np.nan)
    number = np.searchsorted(breaks, values, side="right")
    return pd.Series(np.where(amounts.isna(), -1, number), index=amounts.index)


def rate_class(rate: pd.Series, met: pd.Series, target: float | None) -> pd.Series:
    """Return the number of the class of each rate; -1 where there is no rate.

    The verdict ``met`` rules where rounding would put a rate on the other side of the target.
    """
    breaks = rate_breaks(target)
    number = np.searchsorted(breaks, rate.to_numpy(dtype="float64", na_value=np.nan), side="right")
    if target is not None:
        first_met = breaks.index(target) + 1
        verdict = met.map({True: 1, False: 0}).fillna(-1).to_numpy()
        number = np.where(verdict == 1, np.maximum(number, first_met), number)
        number = np.where(verdict == 0, np.minimum(number, first_met - 1), number)
    return pd.Series(np.where(rate.isna(), -1, number), index=rate.index)


def ring_classes(minutes: list[float], cutoff_min: float | None) -> tuple[ColorClass, ...]:
    """Return the legend of travel-time bands: blue up to the cutoff, orange beyond it.

    Parameters
    ----------
    minutes
        Upper limits of the bands, ascending.
    cutoff_min
        What the standard grants; without it every band is blue.
    """
    inside = [limit for limit in minutes if cutoff_min is None or limit <= cutoff_min]
    classes = []
    for number, limit in enumerate(minutes):
        low = minutes[number - 1] if number else 0
        name = f"{low:g}–{limit:g}"
        if limit in inside:
            color = INSIDE[min(number, len(INSIDE) - 1)]
        else:
            color = BEYOND[min(number - len(inside), len(BEYOND) - 1)]
        classes.append(ColorClass(color, Text(zh=f"{name} 分钟", en=f"{name} min")))
    return tuple(classes)
