"""Service areas as polygons: for the eye, and for other software. People are counted elsewhere.

A service area is the land within ``off_network_m`` of the streets from which a facility is reached
in time. Along the street every second counts: the leg between the street and the facility does, and
streets are cut where the time ends. Off the street there is no clock: whoever lives in the strip is
taken to be on the street beside it. A resident's own leg is counted by `network_costs`, which is
what figures come from; the strip is how far from the street that leg is not drawn.

Outlines are drawn on a lattice of cells of a quarter of ``off_network_m``, laid out from the origin
of the CRS. They lie within one cell of the true ones, which each row states as ``accuracy_m``; nine
points in ten lie within a twentieth of one.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from urbangis.errors import StudyError
from urbangis.network.entrances import Entrances
from urbangis.network.graph import Network
from urbangis.travel.costs import Direction, network_search
from urbangis.travel.field_kernels import WIDTH, Pieces, tiles_of
from urbangis.travel.outline_kernels import (
    Chains,
    Outlines,
    draw_tiles,
    drawn,
    join_chains,
    new_pen,
)
from urbangis.travel.pairs import doors_of, search_graph
from urbangis.travel.reach_kernels import Search, Streets, draw_catchments, reached_pieces
from urbangis.units import minutes

OFF_NETWORK_M = 40.0
"""How far from a reached street the polygons extend: the depth of a row of houses."""

TILE = 128
"""Cells to the side of a tile: its field fits a processor's cache, and empty land is skipped."""

_BLOCK = 64
_TILES_A_BLOCK = 256
_THREADS = 2
_AHEAD = 2 * _THREADS
_Item = TypeVar("_Item")
_Made = TypeVar("_Made")


def service_area(
    network: Network,
    entrances: Entrances,
    cutoffs_min: Sequence[float],
    *,
    direction: Direction = "to_facility",
    off_network_m: float = OFF_NETWORK_M,
) -> gpd.GeoDataFrame:
    """Draw the area within each cutoff of the nearest facility.

    The land within ``off_network_m`` of the streets from which a facility is reached in time.
    Land farther from a reached street is not covered, islands of unreached land stay open, and each
    polygon covers those of the shorter cutoffs.

    Parameters
    ----------
    network, entrances
        Network, and where the facilities are entered.
    cutoffs_min
        Cutoffs, minutes, inclusive.
    direction
        As in `network_costs`.
    off_network_m
        Half the width of the strip along reached streets, metres.

    Returns
    -------
    GeoDataFrame
        One row a cutoff, ascending: ``minutes``, ``off_network_m``, ``accuracy_m`` (how far the
        outline may lie from the true one, metres), ``geometry`` (MultiPolygon, the network's CRS;
        empty where nothing is reached).

    Raises
    ------
    StudyError
        If a cutoff or ``off_network_m`` is not a number above 0.
    """
    cutoffs, limits = _limits(cutoffs_min, off_network_m)
    cell_m = off_network_m / WIDTH
    pieces = _pieces(network, entrances, limits, direction=direction, cell_m=cell_m)
    tiles = tiles_of(pieces, TILE)
    count = tiles.column.size

    def draw(first: int) -> Chains:
        span = (first, min(first + _TILES_A_BLOCK, count))
        return drawn(draw_tiles(new_pen(), pieces, tiles, span, (0, limits.size)))

    drawn_parts = list(_in_order(draw, range(0, count, _TILES_A_BLOCK)))
    shapes = _shapes(join_chains(_together(drawn_parts), limits.size), cell_m)
    return gpd.GeoDataFrame(
        {"minutes": cutoffs, "off_network_m": float(off_network_m), "accuracy_m": cell_m},
        geometry=shapes,
        crs=network.crs,
    )


def catchments(
    network: Network,
    entrances: Entrances,
    cutoffs_min: Sequence[float],
    *,
    direction: Direction = "to_facility",
    off_network_m: float = OFF_NETWORK_M,
) -> gpd.GeoDataFrame:
    """Draw the area within each cutoff of each facility alone, whatever others are nearer.

    Parameters
    ----------
    network, entrances, cutoffs_min, direction, off_network_m
        As in `service_area`, and drawn alike.

    Returns
    -------
    GeoDataFrame
        One row a facility and cutoff, ascending by both: ``facility`` (row of the facility, as in
        ``entrances``), and the columns of `service_area`. A facility that is entered nowhere has no
        row; `facility_entrances` tells which. One whose own leg to the street takes longer than a
        cutoff has a row with an empty geometry.

    Raises
    ------
    StudyError
        If a cutoff or ``off_network_m`` is not a number above 0.
    """
    cutoffs, limits = _limits(cutoffs_min, off_network_m)
    cell_m = off_network_m / WIDTH
    search = _search(network, entrances, direction=direction, cell_m=cell_m)
    facilities = np.unique(entrances.facility).astype(np.int32)
    blocks = [facilities[i : i + _BLOCK] for i in range(0, facilities.size, _BLOCK)]

    def draw(block: NDArray[np.int32]) -> NDArray[np.object_]:
        chains = draw_catchments(search, block, limits, TILE)
        return _shapes(join_chains(chains, block.size * limits.size), cell_m)

    drawn_shapes = list(_in_order(draw, blocks))
    return gpd.GeoDataFrame(
        {
            "facility": np.repeat(facilities.astype(np.int64), limits.size),
            "minutes": np.tile(cutoffs, facilities.size),
            "off_network_m": float(off_network_m),
            "accuracy_m": cell_m,
        },
        geometry=np.concatenate([np.empty(0, object), *drawn_shapes]),
        crs=network.crs,
    )


def reached_streets(
    network: Network,
    entrances: Entrances,
    *,
    limit_s: float,
    direction: Direction = "to_facility",
) -> NDArray[np.object_]:
    """Cut the streets from which a facility is reached within the limit, egress leg counted.

    Returns
    -------
    ndarray of LineString
        Straight pieces of edges; they may overlap near entrances.
    """
    limits = np.array([limit_s])
    pieces = _pieces(network, entrances, limits, direction=direction, cell_m=1.0)
    return np.asarray(shapely.linestrings(pieces.ends.reshape(-1, 2, 2)), object)


def _limits(
    cutoffs_min: Sequence[float], off_network_m: float
) -> tuple[list[float], NDArray[np.float64]]:
    """Return the cutoffs, ascending, in minutes and in seconds."""
    cutoffs = sorted({float(one) for one in cutoffs_min})
    if not cutoffs or not all(0 < one < np.inf for one in cutoffs):
        raise StudyError("a cutoff is not above 0", remedy="Give minutes, such as 5, 10 and 15.")
    if not 0 < off_network_m < np.inf:
        raise StudyError(
            f"the strip along streets is {off_network_m} m wide",
            remedy="Give off_network_m, metres, above 0.",
        )
    return cutoffs, np.array([minutes(one) for one in cutoffs])


def _pieces(
    network: Network,
    entrances: Entrances,
    limits: NDArray[np.float64],
    *,
    direction: Direction,
    cell_m: float,
) -> Pieces:
    """Cut the streets within reach of any facility into straight pieces, in cells."""
    search = _search(network, entrances, direction=direction, cell_m=cell_m)
    labels = network_search(network, entrances, limit_s=limits[-1], direction=direction)
    touched = np.arange(network.links.time_s.size, dtype=np.int32)
    return reached_pieces(search, (0, search.doors.link.size), touched, labels.cost, limits)


def _search(
    network: Network, entrances: Entrances, *, direction: Direction, cell_m: float
) -> Search:
    """Gather what a search for streets needs; entrances of one facility go link by link."""
    doors = doors_of(network, entrances)
    facility = np.repeat(np.arange(doors.ptr.size - 1), np.diff(doors.ptr))
    order = np.lexsort((doors.low_s, doors.link, facility))
    doors = doors._replace(
        link=doors.link[order],
        low_s=doors.low_s[order],
        high_s=doors.high_s[order],
        cost=doors.cost[order],
    )
    return Search(_streets(network, cell_m), search_graph(network, direction), doors)


def _streets(network: Network, cell_m: float) -> Streets:
    """Lay the segments of all edges out by link, each vertex with its seconds along the link."""
    ptr, xy = network.edge_ptr, network.edge_xy
    edge = np.repeat(np.arange(ptr.size - 1), np.diff(ptr))
    walked_m = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(xy, axis=0).T))])
    begin_m, length_m = walked_m[ptr[:-1]], walked_m[ptr[1:] - 1] - walked_m[ptr[:-1]]
    with np.errstate(invalid="ignore"):
        fraction = (walked_m - begin_m[edge]) / length_m[edge]
    at_s = network.position_s(edge, np.where(length_m[edge] > 0, fraction, 0.0))
    begins = np.ones(len(xy), bool)
    begins[ptr[1:] - 1] = False
    begins &= network.on_land[edge]  # a ferry brings people across, but serves no water
    vertex = np.flatnonzero(begins)
    link = network.edge_link[edge[vertex]]
    count = np.bincount(link, minlength=network.links.time_s.size)
    return Streets(
        np.concatenate([[0], np.cumsum(count)]),
        vertex[np.argsort(link, kind="stable")],
        xy / cell_m,
        at_s,
    )


def _together(parts: list[Chains]) -> Chains:
    """Put the chains of several parts into one, and number them anew; ``parts`` is emptied.

    The outlines of a province are half a gigabyte: each part is let go when it is in.
    """
    points, chains = sum(len(one.xy) for one in parts), sum(len(one.told) for one in parts)
    whole = Chains(
        np.empty((points, 2)),
        np.zeros(chains + 1, np.int64),
        np.empty((chains, 4), np.int64),
        np.empty((sum(len(one.south) for one in parts), 2), np.int64),
    )
    points = chains = souths = 0
    parts.reverse()
    while parts:
        part = parts.pop()
        after = (points + len(part.xy), chains + len(part.told), souths + len(part.south))
        whole.xy[points : after[0]] = part.xy
        whole.ptr[chains + 1 : after[1] + 1] = part.ptr[1:] + points
        whole.told[chains : after[1]] = part.told
        whole.south[souths : after[2]] = part.south + np.array([0, chains])
        points, chains, souths = after
    return whole


def _shapes(outlines: Outlines, cell_m: float) -> NDArray[np.object_]:
    """Make MultiPolygons of outlines, whose points are turned into metres where they are."""
    xy, kind = outlines.xy, shapely.GeometryType.MULTIPOLYGON
    xy *= cell_m
    parts = (outlines.ring, outlines.polygon, outlines.shape)
    return np.asarray(shapely.from_ragged_array(kind, xy, parts), object)


def _in_order(work: Callable[[_Item], _Made], items: Iterable[_Item]) -> Iterator[_Made]:
    """Do work in threads, yield what is made in the order of the items, run little ahead."""
    queue = iter(items)
    with ThreadPoolExecutor(_THREADS) as pool:
        running = [pool.submit(work, one) for one in islice(queue, _AHEAD)]
        while running:
            yield running.pop(0).result()
            running += [pool.submit(work, one) for one in islice(queue, 1)]
