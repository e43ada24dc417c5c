"""What the tags of streets, ferries and barriers say, as columns."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from urbangis.units import minutes

Texts = NDArray[np.object_]
Tags = Mapping[str, Texts]

ACCESS = ("access", "foot", "vehicle", "bicycle", "motor_vehicle", "motorcar", "oneway:bicycle")
_CYCLEWAYS = ("cycleway", "cycleway:left", "cycleway:right", "cycleway:both")
KEYS = (
    *("highway", "route", "area", "oneway", "junction", "layer", "maxspeed", "duration", "name"),
    *("service", "motorroad", "barrier"),
    *ACCESS,
    *_CYCLEWAYS,
)
# Ways that are not, or not yet, or no longer, something to travel on.
_NOT_IN_USE = (
    *("construction", "planned", "proposed", "no"),
    *("abandoned", "demolished", "destroyed", "dismantled", "disused", "historic"),
    *("razed", "removed"),
    *("bus_stop", "elevator", "emergency_bay", "rest_area", "services"),
)
_NO_BARRIER = ("entrance", "kerb", "no")
_KM_PER_MILE = 1.609344
_SPEED = re.compile(r"(\d+(?:\.\d+)?) ?(km/h|kmh|kph|mph)?")
_WHOLE = re.compile(r"[+-]?\d+")
_CLOCK = re.compile(r"(\d+):([0-5]?\d)(?::([0-5]?\d))?")
_PERIOD = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?")
_ONEWAY = {"no": "no", "false": "no", "0": "no"}
_ONEWAY |= {"yes": "yes", "true": "yes", "1": "yes", "-1": "-1", "reverse": "-1"}


def present(values: Texts) -> NDArray[np.bool_]:
    """Whether each value is there."""
    return np.asarray(values != None)  # noqa: E711


def street_class(tags: Tags) -> Texts:
    """Class of each way: its ``highway``, or ``"ferry"``; None for ways that are neither."""
    kind = tags["highway"].copy()
    kind[~present(kind) & (tags["route"] == "ferry")] = "ferry"
    return kind


def not_in_use(tags: Tags) -> NDArray[np.bool_]:
    """Ways that are not, not yet or no longer streets."""
    return _is_among(tags["highway"], _NOT_IN_USE)


def oneway_unclear(tags: Tags) -> NDArray[np.bool_]:
    """Ways whose direction is tagged in a manner that is not understood."""
    return each(tags["oneway"], lambda value: value not in _ONEWAY, absent=False).astype(bool)


def street_columns(tags: Tags) -> pd.DataFrame:
    """Turn the tags of streets into the columns of the contract, one row for each way."""
    columns: dict[str, Any] = {"class": street_class(tags), "oneway": _oneway(tags)}
    columns["grade"] = each(tags["layer"], _grade, absent=0).astype(np.int64)
    columns["max_speed_kmh"] = each(tags["maxspeed"], _speed_kmh, absent=math.nan).astype(float)
    columns["name"] = np.where(present(tags["name"]), tags["name"], "")
    columns["service"] = tags["service"]
    return pd.DataFrame(columns | _access(tags))


def durations_s(tags: Tags) -> NDArray[np.float64]:
    """How long each ferry takes, seconds; NaN for streets and where it does not say."""
    duration = tags["duration"].copy()
    duration[street_class(tags) != "ferry"] = None
    return each(duration, _duration_s, absent=math.nan).astype(float)


def barrier_texts(tags: Tags) -> Texts:
    """Tell each barrier in one text: its kind and its access tags; None for what stops nobody.

    ``"gate"``, or ``"gate;access=private;foot=yes"``; a list of values is joined by commas.
    """
    texts = each(tags["barrier"], _as_list, absent=None)
    texts[_is_among(texts, _NO_BARRIER)] = None
    for key in ACCESS:
        tagged = present(texts) & present(tags[key])
        texts[tagged] += f";{key}=" + each(tags[key][tagged], _as_list, absent=None)
    return texts


def each(values: Texts, meaning: Callable[[str], object], *, absent: object) -> Texts:
    """Apply ``meaning`` to each value, once for values that are the same."""
    code, distinct = pd.factorize(values)
    meanings = np.empty(len(distinct) + 1, object)
    meanings[:] = [*map(meaning, distinct), absent]  # the code of None is -1
    return meanings[code]


def _is_among(values: Texts, these: Sequence[str]) -> NDArray[np.bool_]:
    return each(values, lambda value: value in these, absent=False).astype(bool)


def _access(tags: Tags) -> dict[str, Texts]:
    """Access tags, and what other tags imply where these are absent."""
    access = {key: tags[key].copy() for key in ACCESS}
    motorroad = tags["motorroad"] == "yes"
    against = np.any([each(tags[key], _is_opposite, absent=False) for key in _CYCLEWAYS], axis=0)
    ferry = street_class(tags) == "ferry"
    for key in ("access", "vehicle", "motorcar"):
        ferry &= ~present(tags[key])
    # A motor road is for motor vehicles alone, and a ferry for people unless it says otherwise.
    for key, implied, value in (
        ("foot", motorroad, "no"),
        ("bicycle", motorroad, "no"),
        ("oneway:bicycle", against.astype(bool), "no"),
        ("motor_vehicle", ferry, "no"),
    ):
        access[key][implied & ~present(access[key])] = value
    return access


def _oneway(tags: Tags) -> Texts:
    """Direction of each way; roundabouts and motorways are one-way unless tagged otherwise.

    Lanes whose direction changes with the hour (``reversible``, ``alternating``) count as
    two-way, as does any other value that is not understood.
    """
    round_about = _is_among(tags["junction"], ("roundabout", "circular"))
    implied = np.where(round_about | (tags["highway"] == "motorway"), "yes", "no")
    known = each(tags["oneway"], lambda value: _ONEWAY.get(value, "no"), absent=None)
    return np.where(present(known), known, implied)


def _as_list(value: str) -> str:
    return value.replace(";", ",")


def _is_opposite(cycleway: str) -> bool:
    return cycleway.startswith("opposite")


def _grade(layer: str) -> int:
    """Return the level of a street, 0 for the ground and where the tag is not a whole number."""
    return int(layer) if _WHOLE.fullmatch(layer) else 0


def _speed_kmh(tag: str) -> float:
    """Return a speed limit; NaN where the tag names a rule (``CN:urban``)."""
    found = _SPEED.fullmatch(tag)
    if found is None:
        return math.nan
    return float(found[1]) * (_KM_PER_MILE if found[2] == "mph" else 1.0)


def _duration_s(tag: str) -> float:
    """Return a duration: ``20`` (minutes), ``0:20``, ``00:20:00`` or ``PT20M``; NaN if none."""
    if tag.isdecimal():
        hours, mins, seconds = 0, int(tag), 0
    elif found := _CLOCK.fullmatch(tag) or _PERIOD.fullmatch(tag):
        hours, mins, seconds = (int(part or 0) for part in found.groups())
    else:
        return math.nan
    return minutes(60 * hours + mins) + seconds or math.nan
