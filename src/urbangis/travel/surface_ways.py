"""The way behind a travel time over open ground: which cells, which facility, how long each leg."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from urbangis.travel.costs import Direction
from urbangis.travel.surface import Places, Reach, Searched, Surface, search_surface
from urbangis.travel.surface_kernels import DECAY, FLAT, MARGIN

_ROUNDING = 1e-12
"""By how much the same seconds may differ here and in the search, in parts."""


@dataclass(frozen=True)
class GroundWay:
    """The way between a place and its nearest facility, in the direction of travel.

    Parameters
    ----------
    place, facility
        Rows of both.
    access_s, ride_s, egress_s
        Legs: between the place and its cell, from cell to cell, between cell and facility. Those
        at the ends are 0 but for places that were moved out of a barrier.
    length_m
        Length from centre to centre of the cells, metres.
    row, column
        Cells of the surface in the order of travel, shape (cells,): where one turns. A knight's
        move crosses two more between.
    line
        Through the centres of these cells, in the surface's CRS; a point where place and facility
        share a cell.
    """

    place: int
    facility: int
    access_s: float
    ride_s: float
    egress_s: float
    length_m: float
    row: NDArray[np.int64]
    column: NDArray[np.int64]
    line: shapely.Geometry

    @property
    def total_s(self) -> float:
        """Travel time, all legs counted, seconds."""
        return self.access_s + self.ride_s + self.egress_s


def ground_ways(
    surface: Surface,
    facilities: Places,
    places: Places,
    *,
    owner: NDArray[np.integer] | None = None,
    moves: Reach = 16,
    direction: Direction = "to_facility",
) -> list[GroundWay | None]:
    """Find the ways between places and the facilities nearest to them.

    Parameters
    ----------
    surface, facilities, owner, moves, direction
        As in `urbangis.travel.surface.surface_costs`, with its errors.
    places
        Where the ways begin, or end if travel goes from the facility.

    Returns
    -------
    list
        One entry a place; None where it has no cell, or no way leads to any facility. The times
        are those of `urbangis.travel.surface.costs_at`.
    """
    searched = search_surface(surface, facilities, owner=owner, moves=moves, direction=direction)
    return list(_ways(surface, searched, places, backwards=direction == "from_facility"))


def _ways(
    surface: Surface, searched: Searched, places: Places, *, backwards: bool
) -> Iterator[GroundWay | None]:
    ground = searched.ground
    for place, (row, column) in enumerate(zip(places.row, places.column, strict=True)):
        cell = (int(row) + MARGIN) * ground.stride + int(column) + MARGIN
        if row < 0 or not math.isfinite(ground.label[2 * cell]):
            yield None
            continue
        cells, metres = _back(searched, cell)
        egress_s = float(ground.label[2 * cells[-1]])
        ride_s = float(ground.label[2 * cell]) - egress_s
        if backwards:
            cells = cells[::-1]
        rows, columns = cells // ground.stride - MARGIN, cells % ground.stride - MARGIN
        grid = surface.transform
        xy = np.column_stack([grid.c + grid.a * (columns + 0.5), grid.f + grid.e * (rows + 0.5)])
        yield GroundWay(
            place=place,
            facility=int(ground.owner[cell]),
            access_s=float(places.access_s[place]),
            ride_s=ride_s,
            egress_s=egress_s,
            length_m=metres,
            row=rows,
            column=columns,
            line=shapely.LineString(xy) if len(xy) > 1 else shapely.Point(xy[0]),
        )


def _back(searched: Searched, cell: int) -> tuple[NDArray[np.int64], float]:
    """Go from cell to cell as their labels say, as far as one that no other cell explains.

    Returns
    -------
    cells, metres
        Cells from the first to that of the facility; the length of the moves between them.
    """
    ground, moves = searched
    cells, metres = [cell], 0.0
    cost, friction = ground.label[::2], ground.label[1::2]
    offset, side, corner = (one.astype(np.int64) for one in moves[:3])
    number = np.arange(offset.size)
    while True:
        here = cells[-1]
        before = here - offset
        length = moves.metres[before // ground.stride, number]
        beside = friction[before + side], friction[before + corner]
        ends = friction[before] + friction[here]
        time_s = length * np.where(number < 8, ends / 2, (ends + beside[0] + beside[1]) / 4)
        if ground.elevation.size:
            rise = ground.uphill * (ground.elevation[here] - ground.elevation[before])
            time_s *= np.exp(DECAY * (np.abs(rise / length + FLAT) - FLAT))
        shut = (number >= 4) & (number < 8) & np.isinf(beside).all(axis=0)
        known = (cost[before] < cost[here]) & (ground.owner[before] == ground.owner[here]) & ~shut
        total = np.where(known, cost[before] + time_s, np.inf)
        best = int(total.argmin())
        if total[best] > cost[here] * (1 + _ROUNDING):
            return np.array(cells), metres
        cells.append(int(before[best]))
        metres += float(length[best])
