"""What the tags of streets, ferries and barriers say, as columns."""

import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from urbangis.io.osm_texts import Texts
from urbangis.units import minutes

Flags = NDArray[np.bool_]
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


def street_class(tags: Tags) -> Texts:
    """Class of each way: its ``highway``, or ``"ferry"``; absent for ways that are neither."""
    kind = tags["highway"]
    return kind.put(~kind.present & tags["route"].among(["ferry"]), "ferry")


def not_in_use(tags: Tags) -> Flags:
    """Ways that are not, not yet or no longer streets."""
    return tags["highway"].among(_NOT_IN_USE)


def oneway_unclear(tags: Tags) -> Flags:
    """Ways whose direction is tagged in a manner that is not understood."""
    return tags["oneway"].present & ~tags["oneway"].among(_ONEWAY)


def street_columns(tags: Tags, way: NDArray[np.int64]) -> dict[str, Any]:
    """Turn the tags of streets into the columns of the contract, for one way after another."""
    name = tags["name"]
    texts = {"class": street_class(tags), "oneway": _oneway(tags)}
    more = {"name": name.put(~name.present, ""), "service": tags["service"]} | _access(tags)
    return {
        **{key: value.column(way) for key, value in texts.items()},
        "grade": tags["layer"].numbers(_grade, absent=0)[way].astype(np.int64),
        "max_speed_kmh": tags["maxspeed"].numbers(_speed_kmh, absent=math.nan)[way],
        **{key: value.column(way) for key, value in more.items()},
    }


def durations_s(tags: Tags) -> NDArray[np.float64]:
    """How long each ferry takes, seconds; NaN for streets and where it does not say."""
    duration_s = tags["duration"].numbers(_duration_s, absent=math.nan)
    return np.where(street_class(tags).among(["ferry"]), duration_s, math.nan)


def barrier_texts(tags: Tags) -> NDArray[np.object_]:
    """Tell each barrier in one text: its kind and its access tags; None for what stops nobody.

    ``"gate"``, or ``"gate;access=private;foot=yes"``; a list of values is joined by commas.
    """
    stops = tags["barrier"].present & ~tags["barrier"].among(_NO_BARRIER)
    texts = tags["barrier"].mapped(_as_list).objects()
    texts[~stops] = None
    for key in ACCESS:
        tagged = stops & tags[key].present
        texts[tagged] += f";{key}=" + tags[key].mapped(_as_list).objects()[tagged]
    return texts


def _access(tags: Tags) -> dict[str, Texts]:
    """Access tags, and what other tags imply where these are absent."""
    motorroad = tags["motorroad"].among(["yes"])
    against = np.any([tags[key].holds(_is_opposite) for key in _CYCLEWAYS], axis=0)
    ferry = street_class(tags).among(["ferry"])
    for key in ("access", "vehicle", "motorcar"):
        ferry &= ~tags[key].present
    # A motor road is for motor vehicles alone, and a ferry for people unless it says otherwise.
    closed = {"foot": motorroad, "bicycle": motorroad, "motor_vehicle": ferry}
    closed["oneway:bicycle"] = against
    untagged = {key: rows & ~tags[key].present for key, rows in closed.items()}
    return {
        key: tags[key].put(untagged[key], "no") if key in closed else tags[key] for key in ACCESS
    }


def _oneway(tags: Tags) -> Texts:
    """Direction of each way; roundabouts and motorways are one-way unless tagged otherwise.

    Lanes whose direction changes with the hour (``reversible``, ``alternating``) count as
    two-way, as does any other value that is not understood.
    """
    tagged, junction = tags["oneway"], tags["junction"]
    one = junction.among(("roundabout", "circular")) | tags["highway"].among(["motorway"])
    told = tagged.mapped(lambda value: _ONEWAY.get(value, "no"))
    return told.put(~tagged.present & one, "yes").put(~tagged.present & ~one, "no")


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
