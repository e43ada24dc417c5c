"""People of raster cells as a picture: how many of them, per square kilometre, are not covered."""

from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyproj import CRS

from urbangis.notices import Text
from urbangis.publish.maps.mercator import Warp, shrink
from urbangis.publish.maps.palette import REDS
from urbangis.publish.model import ColorClass, ImageLayer
from urbangis.study import Layer
from urbangis.tables import cells_of, coordinates

UNCOVERED_CELLS = "uncovered-cells"
"""Id of the picture."""
MOST_PIXELS = 2_000
"""Of the longer side of a picture."""
BREAKS_KM2 = (50.0, 500.0, 2_500.0, 10_000.0)

_SAMPLE = 1_000
_PARTS = 3

Floats = NDArray[np.float64]


def uncovered_picture(demand: pd.DataFrame, layer: Layer, crs: CRS) -> ImageLayer:
    """Make a theme of the people in cells that are not covered, by density.

    Parameters
    ----------
    demand
        Cells of `urbangis.measures.coverage.Coverage.demand`, in ``crs``.
    layer
        The layer that they come from.

    Returns
    -------
    ImageLayer
        Pixels in Web Mercator, none smaller than a cell; their people add up to those of the
        cells, and their area is that of the ground.
    """
    people = (demand["residents"] * (1 - demand["share"])).to_numpy(np.float64)
    without = people > 0
    xy = coordinates(demand)
    low, high = np.nanmin(xy, axis=0), np.nanmax(xy, axis=0)
    warp = Warp(crs, low, high)
    corners = warp(np.array([low, high, (low[0], high[1]), (high[0], low[1])]))
    steps = _cell_steps(demand["id"].to_numpy(), xy)
    cell = float(np.abs(np.diff(warp(np.vstack([low, low + steps.sum(axis=0)])), axis=0)).min())
    west, south = corners.min(axis=0) - cell
    east, north = corners.max(axis=0) + cell
    pixel = max(cell, max(east - west, north - south) / MOST_PIXELS)
    columns, rows = int(np.ceil((east - west) / pixel)), int(np.ceil((north - south) / pixel))
    total = np.zeros(rows * columns)
    parts = _PARTS if pixel < 2 * cell else 1
    for shift in _shifts(steps, parts):
        at = (warp(xy[without] + shift) - (west, north)) / (pixel, -pixel)
        column, row = np.clip(at.astype(np.int64), 0, (columns - 1, rows - 1)).T
        total += np.bincount(row * columns + column, people[without] / parts**2, rows * columns)
    middle = north - pixel * (np.arange(rows) + 0.5)
    km2 = (pixel * shrink(middle)) ** 2 / 1e6
    density = total.reshape(rows, columns) / km2[:, None]
    numbers = np.searchsorted(BREAKS_KM2, density, side="right")
    return ImageLayer(
        id=UNCOVERED_CELLS,
        name=Text(zh="未覆盖人口密度（格网）", en="Uncovered people (grid)"),
        numbers=np.where(density > 0, numbers, -1).astype(np.int8),
        bounds=(west, north - rows * pixel, west + columns * pixel, north),
        classes=_classes(),
        nature=layer.spec.nature,
        note=layer.spec.note,
        show=False,
    )


def _cell_steps(ids: NDArray[np.int64], xy: Floats) -> Floats:
    """Return the way from a cell to the next in its column and its row, shape (2, 2), metres."""
    some = np.linspace(0, len(ids) - 1, min(len(ids), _SAMPLE)).astype(np.int64)
    row, column = cells_of(ids[some])
    design = np.column_stack([row - row.mean(), column - column.mean(), np.ones(len(some))])
    fit, *_ = np.linalg.lstsq(design, xy[some], rcond=None)
    return np.asarray(fit[:2])


def _shifts(steps: Floats, parts: int) -> list[Floats]:
    """Return the middles of a cell's parts, seen from its own middle."""
    along = (np.arange(parts) + 0.5) / parts - 0.5
    return [down * steps[0] + across * steps[1] for down in along for across in along]


def _classes() -> tuple[ColorClass, ...]:
    limits = [f"{limit:,.0f}" for limit in BREAKS_KM2]
    names = [f"<{limits[0]}"]
    names += [f"{low}–{high}" for low, high in pairwise(limits)]
    names.append(f"≥{limits[-1]}")
    return tuple(
        ColorClass(color, Text(zh=f"{name} 人/平方公里", en=f"{name} people per km²"))
        for color, name in zip(REDS, names, strict=True)
    )
