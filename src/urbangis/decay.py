"""Impedance decay: how much a facility counts for someone, by what it costs to get there.

A decay turns costs into weights between 1 (at the door) and 0, and never rises with cost. Its
parameters are in the unit of the costs, whatever that is: seconds for travel times
(``Step(minutes(15))``), metres for distances. Costs are non-negative arrays of any shape.

Nothing is cut off beyond what a formula says: `Exponential`, `InversePower` and `Gaussian` reach
0 nowhere, so that the limit of the search that found the costs is a cutoff of its own.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from urbangis.errors import StudyError

Floats = NDArray[np.float64]

INCLUSIVE = 1 + 1e-9
"""A cutoff is inclusive: whoever is exactly there must not be lost to the last bit of a sum."""


class Decay(Protocol):
    """From costs to weights."""

    def __call__(self, cost: Floats) -> Floats:
        """Return a weight from 0 to 1 for each cost."""


@dataclass(frozen=True)
class Step:
    """Everything within a cutoff counts in full: 1 where cost ≤ ``cutoff``, else 0.

    The rectangular function of cumulative opportunities (Wachs & Kumagai 1973, *Socio-Economic
    Planning Sciences* 7: 437-456; CUMR of Kwan 1998, *Geographical Analysis* 30: 191-216).
    """

    cutoff: float

    def __post_init__(self) -> None:
        _require_positive("cutoff", self.cutoff)

    def __call__(self, cost: Floats) -> Floats:
        """Return 1 or 0 for each cost."""
        return (cost <= self.cutoff * INCLUSIVE).astype(np.float64)


@dataclass(frozen=True)
class Linear:
    """Weights fall evenly to 0 at a cutoff: max(0, 1 - cost / ``cutoff``).

    The negative linear function, CUMD of Kwan 1998.
    """

    cutoff: float

    def __post_init__(self) -> None:
        _require_positive("cutoff", self.cutoff)

    def __call__(self, cost: Floats) -> Floats:
        """Return 1 - cost / cutoff, and 0 from the cutoff on."""
        return np.maximum(0.0, 1.0 - cost / self.cutoff)


@dataclass(frozen=True)
class Exponential:
    """Weights fall by the same share with every unit of cost: exp(-cost / ``scale``).

    EXP of Kwan 1998. The usual exp(-βt) has ``scale`` = 1/β: β = 0.2 a minute is
    ``Exponential(minutes(5))``.
    """

    scale: float

    def __post_init__(self) -> None:
        _require_positive("scale", self.scale)

    def __call__(self, cost: Floats) -> Floats:
        """Return exp(-cost / scale)."""
        return np.exp(-cost / self.scale)


@dataclass(frozen=True)
class InversePower:
    """Weights fall with a power of cost: (cost / ``unit``)^-``exponent``, at most 1.

    POW of Kwan 1998, after Hansen 1959, *Journal of the American Institute of Planners* 25: 73-76.
    The power of a cost near 0 is boundless: whatever is nearer than ``unit`` counts as if it were
    there. ``InversePower(2, unit=minutes(1))`` is t^-2 with t in minutes.
    """

    exponent: float
    unit: float

    def __post_init__(self) -> None:
        _require_positive("exponent", self.exponent)
        _require_positive("unit", self.unit)

    def __call__(self, cost: Floats) -> Floats:
        """Return (cost / unit)^-exponent, and 1 up to the unit."""
        return np.power(np.maximum(cost / self.unit, 1.0), -self.exponent)


@dataclass(frozen=True)
class Gaussian:
    """A bell: exp(-½ (cost / ``width``)²), for which the weight at ``width`` is 0.607.

    GAUSS of Kwan 1998, exp(-cost² / β) with β = 2 ``width``²; Luo & Qi 2009 (*Health & Place* 15:
    1100-1107) read the weights of their zones off it.
    """

    width: float

    def __post_init__(self) -> None:
        _require_positive("width", self.width)

    def __call__(self, cost: Floats) -> Floats:
        """Return exp(-½ (cost / width)²)."""
        return np.exp(-0.5 * np.square(cost / self.width))


@dataclass(frozen=True)
class GaussianToZero:
    """A bell let down to 0 at a cutoff: (exp(-½ (cost / ``cutoff``)²) - e^-½) / (1 - e^-½).

    Dai 2010, *Health & Place* 16: 1038-1052.
    """

    cutoff: float

    def __post_init__(self) -> None:
        _require_positive("cutoff", self.cutoff)

    def __call__(self, cost: Floats) -> Floats:
        """Return the bell's height above its height at the cutoff, as a share; 0 beyond."""
        edge = np.exp(-0.5)
        bell = np.exp(-0.5 * np.square(cost / self.cutoff))
        return np.asarray(np.maximum((bell - edge) / (1.0 - edge), 0.0))


@dataclass(frozen=True)
class Stepwise:
    """One weight a zone of travel: ``weights[i]`` up to ``bounds[i]``, inclusive; 0 beyond.

    Luo & Qi 2009: 1, 0.68 and 0.22 within 10, 20 and 30 minutes is
    ``Stepwise((minutes(10), minutes(20), minutes(30)), (1, 0.68, 0.22))``.
    """

    bounds: tuple[float, ...]
    weights: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.bounds or len(self.bounds) != len(self.weights):
            raise StudyError(
                f"there are {len(self.bounds)} bounds and {len(self.weights)} weights of decay",
                remedy="Give one weight for each bound.",
            )
        if not all(inner < outer < np.inf for inner, outer in pairwise((0.0, *self.bounds))):
            raise StudyError(
                f"the bounds of decay {self.bounds} do not rise from above 0",
                remedy="Give the end of each zone of travel, nearest first.",
            )
        if not all(near >= far for near, far in pairwise((1.0, *self.weights, 0.0))):
            raise StudyError(
                f"the weights of decay {self.weights} do not fall from 1 towards 0",
                remedy="Give shares of the nearest zone's weight, nearest first.",
            )

    def __call__(self, cost: Floats) -> Floats:
        """Return the weight of the zone that each cost lies in."""
        zone = np.searchsorted(np.array(self.bounds) * INCLUSIVE, cost)
        return np.array([*self.weights, 0.0]).take(zone)


def _require_positive(name: str, value: float) -> None:
    if not 0 < value < np.inf:
        raise StudyError(
            f"the {name} of decay is {value:g}",
            remedy="Give a number above 0, in the unit of the costs.",
        )
