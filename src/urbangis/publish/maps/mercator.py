"""Web Mercator, in which pictures lie on a map: millions of places at once, and its scale."""

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS, Transformer

MERCATOR = CRS.from_epsg(3857)

_RADIUS_M = 6_378_137.0
_LATTICE = 64

Floats = NDArray[np.float64]


class Warp:
    """From a CRS to Web Mercator by a lattice of exact points, straight in between.

    On a lattice of 64 squares over a province the error is about a metre: far below a pixel, and
    eleven million cells take a second instead of ten.

    Parameters
    ----------
    crs
        Of the places.
    low, high
        Least and largest x and y of the places.
    """

    def __init__(self, crs: CRS, low: Floats, high: Floats) -> None:
        self._low = low
        self._step = np.maximum((high - low) / _LATTICE, 1e-9)
        x, y = (low[axis] + self._step[axis] * np.arange(_LATTICE + 1) for axis in (0, 1))
        project = Transformer.from_crs(crs, MERCATOR, always_xy=True)
        self._exact = np.stack(project.transform(*np.meshgrid(x, y, indexing="ij")), axis=-1)

    def __call__(self, xy: Floats) -> Floats:
        """Return x and y in Web Mercator, shape (n, 2)."""
        at = (xy - self._low) / self._step
        corner = np.clip(at.astype(np.int64), 0, _LATTICE - 1)
        part = at - corner
        i, j = corner.T
        u, v = part[:, :1], part[:, 1:]
        return np.asarray(
            (1 - u) * ((1 - v) * self._exact[i, j] + v * self._exact[i, j + 1])
            + u * ((1 - v) * self._exact[i + 1, j] + v * self._exact[i + 1, j + 1])
        )


def shrink(y: Floats) -> Floats:
    """Return how long a metre of Web Mercator is on the ground at each y, metres."""
    return np.asarray(1 / np.cosh(y / _RADIUS_M))
