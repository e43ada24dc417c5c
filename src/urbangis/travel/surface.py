"""Travel time over open ground, cell by cell, for places without a usable network."""

import itertools
import math
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Geod
from rasterio.transform import Affine

from urbangis.crs import require_metric
from urbangis.errors import CrsError, TableError
from urbangis.travel.costs import Direction, TravelCosts
from urbangis.travel.surface_kernels import MARGIN, CellSeeds, Ground, Moves, search_cells

Floats = NDArray[np.float64]
Reach = Literal[4, 8, 16]
T = TypeVar("T", bound=np.generic)

SLOWEST = 1e6
"""Seconds per metre: whoever takes eleven days over a metre meant a barrier."""

_NORTH, _WEST, _EAST, _SOUTH = (-1, 0), (0, -1), (0, 1), (1, 0)


@dataclass(frozen=True)
class Surface:
    """Ground to travel over; `build_surface` makes one with everything checked.

    Parameters
    ----------
    friction
        Seconds per metre, shape (rows, columns); NaN or ``inf`` for a barrier.
    transform
        From (column, row) to coordinates in ``crs``; cells are rectangles along the axes.
    crs
        CRS of the grid, projected or geographic.
    width_m, height_m
        Size of the cells of each row on the ground, metres, shape (rows,).
    elevation_m
        Height of each cell, metres, shape (rows, columns); None for flat ground. Every cell that
        is no barrier has one.
    """

    friction: NDArray[np.floating]
    transform: Affine
    crs: CRS
    width_m: Floats
    height_m: Floats
    elevation_m: NDArray[np.floating] | None = None


@dataclass(frozen=True)
class Places:
    """Where places lie on a surface.

    Parameters
    ----------
    row, column
        Cell of each place, shape (places,); -1 for a place off the surface or too far inside a
        barrier.
    access_s
        Time from the place to the cell; 0 for places within it: the grid is no finer.
    """

    row: NDArray[np.int64]
    column: NDArray[np.int64]
    access_s: Floats


class Searched(NamedTuple):
    """A search that is done: the labels of all cells, and the moves that led to them."""

    ground: Ground
    moves: Moves


@dataclass(frozen=True)
class SurfaceCosts:
    """Travel time between each cell and its nearest facility.

    Parameters
    ----------
    cost_s
        Seconds, shape (rows, columns); NaN where none is reached within the limit.
    facility
        Number of the nearest facility, -1 where none is reached. Of equal ones, the lowest.
    """

    cost_s: Floats
    facility: NDArray[np.int32]


def build_surface(
    friction: NDArray[np.floating],
    *,
    transform: Affine,
    crs: CRS,
    elevation_m: NDArray[np.floating] | None = None,
) -> Surface:
    """Check a friction raster and measure its cells.

    Parameters
    ----------
    friction
        Seconds per metre, shape (rows, columns); NaN or ``inf`` for barriers. The Malaria Atlas
        gives minutes per metre: multiply by 60.
    transform
        Of the raster; rows along the x axis.
    crs
        Projected in metres, or geographic: then each row's cells are measured along the ellipsoid
        through the row's centre, so that a global raster in degrees need not be resampled.
    elevation_m
        Metres, of the same shape, where slopes count.

    Raises
    ------
    CrsError
        If the CRS is absent, or is projected but not fit to measure in.
    TableError
        If the raster is not two-dimensional, is turned, is all barrier, holds a friction of 0 or
        less or beyond `SLOWEST`, or lacks the elevation of a cell that is no barrier.
    """
    if friction.ndim != 2 or not np.issubdtype(friction.dtype, np.floating):
        raise TableError(
            f"is not one band of fractional numbers ({friction.ndim} dimensions, {friction.dtype})",
            layer="friction",
            remedy="Give seconds per metre as an array of rows and columns.",
        )
    if transform.b or transform.d:
        raise TableError(
            "is turned against the axes of its coordinate system",
            layer="friction",
            remedy="Warp it to a raster whose rows run along the x axis.",
        )
    passable = np.isfinite(friction)
    if not passable.any():
        raise TableError(
            "has no cell to travel over",
            layer="friction",
            remedy="Check its nodata value: every cell is NaN or infinite.",
        )
    _refuse_cells(
        passable & ~((friction > 0) & (friction <= SLOWEST)),
        friction,
        layer="friction",
        remedy="Give seconds per metre, and mark barriers and the raster's nodata as NaN.",
    )
    if elevation_m is not None:
        if elevation_m.shape != friction.shape:
            raise TableError(
                f"has the shape {elevation_m.shape}, the friction {friction.shape}",
                layer="elevation",
                remedy="Resample the elevation to the grid of the friction.",
            )
        _refuse_cells(
            passable & ~np.isfinite(elevation_m),
            elevation_m,
            layer="elevation",
            remedy="Fill the gaps of the elevation, or mark those cells as barriers.",
        )
    width_m, height_m = _cell_sizes(transform, friction.shape[0], crs)
    return Surface(friction, transform, crs, width_m, height_m, elevation_m)


def place_on_surface(
    surface: Surface, points: NDArray[np.object_], *, limit_m: float = 0.0
) -> Places:
    """Find the cell of each point.

    Parameters
    ----------
    surface
        Surface in the CRS of the points.
    points
        Points, shape (points,); None or empty for a place unknown, which has no cell.
    limit_m
        A point on a barrier (a clinic at the shore whose cell is sea) is moved to the nearest
        cell that is none, if its centre is at most this far; the way there is walked at that
        cell's friction.

    Raises
    ------
    TableError
        If one of them is no point.
    """
    area = ~np.isin(shapely.get_type_id(points), (-1, shapely.GeometryType.POINT))
    if area.any():
        raise TableError(
            f"is no point ({int(area.sum())} rows in all)",
            row=int(np.flatnonzero(area)[0]) + 1,
            remedy="Give the entrances of areas as points.",
        )
    grid = surface.transform
    column_at = (shapely.get_x(points) - grid.c) / grid.a
    row_at = (shapely.get_y(points) - grid.f) / grid.e
    rows, columns = surface.friction.shape
    inside = (row_at >= 0) & (row_at < rows) & (column_at >= 0) & (column_at < columns)
    row = np.where(inside, row_at, -1).astype(np.int64)
    column = np.where(inside, column_at, -1).astype(np.int64)
    access_s = np.zeros(len(points))
    stuck = np.flatnonzero(inside & ~np.isfinite(surface.friction[row, column]))
    for i in stuck:
        row[i], column[i], access_s[i] = _nearest_cell(
            surface, float(row_at[i]), float(column_at[i]), limit_m
        )
    return Places(row, column, access_s)


def surface_costs(
    surface: Surface,
    facilities: Places,
    *,
    owner: NDArray[np.integer] | None = None,
    moves: Reach = 16,
    direction: Direction = "to_facility",
    limit_s: float = math.inf,
) -> SurfaceCosts:
    """Travel time between every cell and its nearest facility, in one search for all.

    Travel goes from centre to centre of cells. A straight or diagonal move runs half its length
    through either cell; a knight's move (16 moves: two cells ahead, one aside) a quarter through
    each end and through each of the two cells between, which is where its line runs. Its time is
    its length times the mean friction of these cells, which is the rule of GRASS ``r.cost`` and,
    for 8 moves, of scikit-image ``MCP_Geometric``. A knight's move needs both cells between to be
    passable. A diagonal move is closed where both cells beside it are barriers: GRASS and
    scikit-image slip through there, and so through a river drawn as a line of cells that only
    touch at corners. A path therefore always leads over cells that share sides, and a barrier
    whose cells share sides or corners holds.

    On level ground of one friction the time is never too short, and too long by at most 41 % with
    4 moves, 8.2 % with 8 and 2.8 % with 16.

    With elevation, each move takes ``exp(3.5 |s + 0.05|) / exp(3.5 * 0.05)`` times as long, where
    ``s`` is the rise from centre to centre over the horizontal length, in the direction of travel.
    This is the hiking function ``6 exp(-3.5 |s + 0.05|)`` km/h of W. Tobler, "Three presentations
    on geographical analysis and modeling", NCGIA Technical Report 93-1, 1993, relative to its
    speed on the level, so that friction keeps meaning the time per metre of level ground.

    Parameters
    ----------
    surface
        Ground to travel over.
    facilities
        Where they are entered; those without a cell serve nobody.
    owner
        Number of the facility that each of these entrances belongs to, 0 or more; without it, each
        is a facility of its own.
    moves
        Number of neighbours that a cell is left for.
    direction
        Who travels: residents ``"to_facility"``, or the service ``"from_facility"``. They differ
        where the ground has elevation.
    limit_s
        Largest travel time, inclusive, access to the cell counted, seconds.

    Raises
    ------
    TableError
        If none of the facilities has a cell, or one is on a barrier.
    """
    searched = search_surface(
        surface, facilities, owner=owner, moves=moves, direction=direction, limit_s=limit_s
    )
    ground = searched.ground
    cost_s = _without_margin(ground.label[::2], ground.stride)
    cost_s[np.isinf(cost_s)] = np.nan
    return SurfaceCosts(cost_s, _without_margin(ground.owner, ground.stride))


def search_surface(
    surface: Surface,
    facilities: Places,
    *,
    owner: NDArray[np.integer] | None = None,
    moves: Reach = 16,
    direction: Direction = "to_facility",
    limit_s: float = math.inf,
) -> Searched:
    """Search as `surface_costs`, and keep what ways can be told from; errors are the same."""
    placed = np.flatnonzero(facilities.row >= 0)
    if not placed.size:
        raise TableError(
            "holds no place on the surface",
            layer="facilities",
            remedy="Check the coordinates, or let places be moved farther out of barriers.",
        )
    row, column = facilities.row[placed], facilities.column[placed]
    on_barrier = ~np.isfinite(surface.friction[row, column])
    if on_barrier.any():
        raise TableError(
            f"lies on a barrier ({int(on_barrier.sum())} rows in all)",
            layer="facilities",
            row=int(placed[on_barrier][0]) + 1,
            remedy="Place the facilities with `place_on_surface` and a limit.",
        )
    number = np.arange(facilities.row.size) if owner is None else owner
    ground = _ground(surface, uphill=-1.0 if direction == "to_facility" else 1.0)
    seeds = CellSeeds(
        (row + MARGIN) * ground.stride + column + MARGIN,
        facilities.access_s[placed],
        number[placed].astype(np.int32),
    )
    table = _moves(surface, moves)
    search_cells(ground, table, seeds, _bucket_s(surface), limit_s)
    return Searched(ground, table)


def costs_at(costs: SurfaceCosts, places: Places, *, limit_s: float = math.inf) -> TravelCosts:
    """Read travel times at places, the way to their cell counted.

    Parameters
    ----------
    costs
        Result of a search with at least the same limit.
    places
        Where the residents are; those without a cell reach nothing.
    limit_s
        Largest travel time, inclusive, seconds.
    """
    cost = costs.cost_s[places.row, places.column] + places.access_s
    reached = (places.row >= 0) & (cost <= limit_s)
    facility = costs.facility[places.row, places.column].astype(np.int64)
    return TravelCosts(np.where(reached, cost, np.nan), np.where(reached, facility, -1))


def _refuse_cells(
    wrong: NDArray[np.bool_], values: NDArray[np.floating], *, layer: str, remedy: str
) -> None:
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        count = int(wrong.sum())
        raise TableError(
            f"holds {values[row, column]:g} where travel is open ({count} cells in all)",
            layer=layer,
            row=f"{row}-{column}",
            remedy=remedy,
        )


def _cell_sizes(transform: Affine, rows: int, crs: CRS) -> tuple[Floats, Floats]:
    """Width and height on the ground of the cells of each row, metres."""
    if not crs.is_geographic:
        require_metric(crs)
        return np.full(rows, abs(transform.a)), np.full(rows, abs(transform.e))
    edge = transform.f + transform.e * np.arange(rows + 1)
    if np.abs(edge).max() > 90 + 1e-9:
        raise CrsError(
            f"{crs.name} has no latitude {edge[np.abs(edge).argmax()]:g}",
            layer="friction",
            remedy="Check the transform of the raster, and its coordinate system.",
        )
    geod = crs.get_geod() or Geod(ellps="WGS84")
    edge, middle, zero = np.clip(edge, -90, 90), (edge[1:] + edge[:-1]) / 2, np.zeros(rows)
    width_m = geod.inv(zero, middle, zero + transform.a, middle)[2]
    height_m = geod.inv(zero, edge[:-1], zero, edge[1:])[2]
    return np.asarray(width_m), np.asarray(height_m)


def _nearest_cell(
    surface: Surface, row_at: float, column_at: float, limit_m: float
) -> tuple[int, int, float]:
    """Find the nearest cell that is no barrier, and the time to it; -1 where none is within."""
    centre = int(row_at)
    rows_out = math.ceil(limit_m / surface.height_m[centre]) + 1
    columns_out = math.ceil(limit_m / surface.width_m[centre]) + 1
    top, left = max(centre - rows_out, 0), max(int(column_at) - columns_out, 0)
    window = surface.friction[top : centre + rows_out + 1, left : int(column_at) + columns_out + 1]
    row, column = np.nonzero(np.isfinite(window))
    metres = np.hypot(
        (row + top + 0.5 - row_at) * surface.height_m[centre],
        (column + left + 0.5 - column_at) * surface.width_m[centre],
    )
    if not metres.size or metres.min() > limit_m:
        return -1, -1, 0.0
    i = metres.argmin()
    return int(row[i]) + top, int(column[i]) + left, float(metres[i] * window[row[i], column[i]])


def _ground(surface: Surface, *, uphill: float) -> Ground:
    """Lay the surface out for the search, with a margin of barriers."""
    friction = np.pad(surface.friction, MARGIN, constant_values=np.inf)
    label = np.full((friction.size, 2), np.inf)
    label[:, 1] = np.where(np.isnan(friction), np.inf, friction).ravel()
    height = surface.elevation_m
    elevation = np.empty(0) if height is None else np.pad(height, MARGIN).astype(float).ravel()
    owner = np.full(friction.size, -1, np.int32)
    return Ground(label.reshape(-1), owner, elevation, friction.shape[1], uphill)


def _moves(surface: Surface, count: Reach) -> Moves:
    """List the first ``count`` moves, each with its length from every row."""
    straight = (_NORTH, _WEST, _EAST, _SOUTH)
    upright, level = (_NORTH, _SOUTH), (_WEST, _EAST)
    corners = [(u, s, _plus(u, s)) for u, s in itertools.product(upright, level)]
    table = [(move, (0, 0), (0, 0)) for move in straight]
    table += [(corner, u, s) for u, s, corner in corners]
    table += [(_plus(side, corner), side, corner) for u, s, corner in corners for side in (u, s)]
    stride = surface.friction.shape[1] + 2 * MARGIN
    steps = np.array(table[:count], np.int64)
    # Unsigned numbers wrap round: adding 2^64 - 1 goes one cell back.
    offset = (steps @ np.array([stride, 1])).astype(np.uint64)
    metres = np.column_stack([_lengths(surface, *move) for move in steps[:, 0]])
    whole, side, corner = np.ascontiguousarray(offset.T)
    return Moves(whole, side, corner, metres)


def _plus(a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
    return a[0] + b[0], a[1] + b[1]


def _lengths(surface: Surface, down: int, across: int) -> Floats:
    """Length of one move from each row of the grid with its margin, metres."""
    width = np.pad(surface.width_m, MARGIN, mode="edge")
    height = np.pad(surface.height_m, MARGIN, mode="edge")
    row = np.arange(width.size)
    other = np.clip(row + down, 0, row[-1])
    dx = abs(across) * (width + width[other]) / 2
    dy = min(abs(down), 1) * (height + height[other]) / 2
    if abs(down) == 2:
        dy = dy + height[(row + other) // 2]
    return np.asarray(np.hypot(dx, dy))


def _bucket_s(surface: Surface) -> float:
    """Twice the time to cross a cell at the mean speed; found best by measurement."""
    friction = surface.friction[np.isfinite(surface.friction)].astype(float)
    cell_m = min(surface.width_m.mean(), surface.height_m.mean())
    return float(2 * cell_m / (1 / friction).mean())


def _without_margin(values: NDArray[T], stride: int) -> NDArray[T]:
    inner = slice(MARGIN, -MARGIN)
    return np.ascontiguousarray(values.reshape(-1, stride)[inner, inner])
