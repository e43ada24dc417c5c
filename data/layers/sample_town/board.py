"""The drawing board: how its lines are rounded, bent and laid on the map."""

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from plan import Point
from shapely.geometry import LineString, Polygon

Array = NDArray[np.float64]

CRS = "EPSG:4549"
ORIGIN_E, ORIGIN_N = 510_000.0, 3_454_500.0
TURN_RAD = np.radians(9.0)


def bend(board: Array) -> Array:
    """Bend and turn points of the board and lay them on the map, on a grid of one centimetre."""
    x, y = board[:, 0], board[:, 1]
    bent_x = x + 40 * np.sin(y / 610 + 0.4) + 14 * np.sin(x / 330)
    bent_y = y + 38 * np.sin(x / 690) + 14 * np.sin(y / 370 + 1.0)
    cos, sin = np.cos(TURN_RAD), np.sin(TURN_RAD)
    turned = np.column_stack([bent_x * cos - bent_y * sin, bent_x * sin + bent_y * cos])
    return np.round(turned + np.array([ORIGIN_E, ORIGIN_N]), 2)


def rounded(points: Sequence[Point] | Array, times: int = 3) -> Array:
    """Cut the corners of a line ``times`` times (Chaikin), its ends staying where they are."""
    line = np.asarray(points, dtype=float)
    for _ in range(times):
        quarter, three = 0.75 * line[:-1] + 0.25 * line[1:], 0.25 * line[:-1] + 0.75 * line[1:]
        inner = np.stack([quarter, three], axis=1).reshape(-1, 2)[1:-1]
        line = np.vstack([line[:1], inner, line[-1:]])
    return line


def parallel(line: Array, offset_m: float) -> Array:
    """Return the line ``offset_m`` to the right of another, vertex by vertex."""
    along = np.gradient(line, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    return line + offset_m * np.column_stack([along[:, 1], -along[:, 0]])


def laid_line(points: Sequence[Point] | Array) -> LineString:
    """Lay a line of the board on the map with the vertices that its bend needs."""
    dense = shapely.segmentize(LineString(points), 40.0)
    return shapely.simplify(LineString(bend(shapely.get_coordinates(dense))), 0.4)


def laid_polygon(points: Sequence[Point] | Array) -> Polygon:
    """Lay a closed outline of the board on the map."""
    return Polygon(laid_line(np.vstack([points, points[:1]])))


def laid_point(at: Point) -> shapely.Point:
    """Lay a point of the board on the map."""
    return shapely.Point(bend(np.array([at], dtype=float))[0])


def beside(line: LineString, at_m: float, offset_m: float) -> tuple[shapely.Point, float]:
    """Return the point to the left of a line at a distance along it, and the line's direction."""
    before, after = line.interpolate(max(at_m - 2, 0)), line.interpolate(min(at_m + 2, line.length))
    angle = float(np.arctan2(after.y - before.y, after.x - before.x))
    here = line.interpolate(at_m)
    across = offset_m * -np.sin(angle), offset_m * np.cos(angle)
    return shapely.Point(np.round([here.x + across[0], here.y + across[1]], 2)), angle


def oblong(centre: shapely.Point, length: float, depth: float, angle: float) -> Polygon:
    """Return a rectangle about a centre, its long side at an angle from east."""
    corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * [length / 2, depth / 2]
    cos, sin = np.cos(angle), np.sin(angle)
    return Polygon(corners @ np.array([[cos, sin], [-sin, cos]]) + [centre.x, centre.y])
