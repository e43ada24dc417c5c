"""Service areas as polygons: for the eye, and for other software. People are counted elsewhere."""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from urbangis.network.entrances import Entrances
from urbangis.network.graph import Network
from urbangis.network.segments import cut_lines
from urbangis.travel.costs import Direction, network_search
from urbangis.units import minutes

OFF_NETWORK_M = 40.0
"""How far from a reached street the polygons extend: the depth of a row of houses."""


def service_area(
    network: Network,
    entrances: Entrances,
    cutoffs_min: Sequence[float],
    *,
    direction: Direction = "to_facility",
    off_network_m: float = OFF_NETWORK_M,
) -> gpd.GeoDataFrame:
    """Draw the area within each cutoff of the nearest facility.

    The streets from which a facility is reached in time, widened by ``off_network_m``. Land
    farther from a reached street is not covered, islands of unreached land stay open, and each
    polygon contains those of the shorter cutoffs.

    Parameters
    ----------
    network, entrances
        Network, and where the facilities are entered.
    cutoffs_min
        Cutoffs, minutes.
    direction
        As in `network_costs`.
    off_network_m
        Half the width of the strip along reached streets, metres.

    Returns
    -------
    GeoDataFrame
        One row a cutoff, ascending: ``minutes``, ``accuracy_m`` (how far the outline may lie from
        the true one), ``geometry`` (MultiPolygon, the network's CRS).
    """
    shapes = []
    inner = shapely.MultiPolygon()
    cutoffs = sorted(set(cutoffs_min))
    for cutoff in cutoffs:
        streets = reached_streets(network, entrances, limit_s=minutes(cutoff), direction=direction)
        strips = shapely.buffer(streets, off_network_m, quad_segs=8)
        inner = _only_polygons(shapely.union_all([*strips, inner]))
        shapes.append(inner)
    return gpd.GeoDataFrame(
        {"minutes": cutoffs, "accuracy_m": off_network_m}, geometry=shapes, crs=network.crs
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
        Stretches of edges; they may overlap where a street is reached from both ends.
    """
    labels = network_search(network, entrances, limit_s=limit_s, direction=direction)
    start, end, time_s, ahead, back = network.links
    if direction == "from_facility":
        ahead, back = back, ahead
    edge, link, every = entrances.edge, network.edge_link, np.arange(network.length_m.size)
    # Up to where on its link the time left at the start carries, from where on that at the end,
    # and how far the time left at an entrance carries on its own link.
    left_start, left_end = limit_s - labels.cost[start], limit_s - labels.cost[end]
    up_to = np.where(back & (left_start >= 0), left_start, -np.inf)[link]
    from_on = np.where(ahead & (left_end >= 0), time_s - left_end, np.inf)[link]
    left = limit_s - entrances.egress_s
    ends = [network.position_s(edge, one) for one in (entrances.low, entrances.high)]
    before = np.minimum(*ends) - np.where(ahead[link[edge]], left, 0.0)
    after = np.maximum(*ends) + np.where(back[link[edge]], left, 0.0)
    near, stretch = _same_link(link, link[edge][left >= 0])
    reached = pd.concat(
        [
            _stretch(network, every, np.full(every.size, -np.inf), up_to),
            _stretch(network, every, from_on, np.full(every.size, np.inf)),
            _stretch(network, near, before[left >= 0][stretch], after[left >= 0][stretch]),
        ]
    ).drop_duplicates()
    xy, line = cut_lines(
        network.edge_xy,
        network.edge_ptr,
        reached["edge"].to_numpy(np.int64),
        reached["low"].to_numpy(float),
        reached["high"].to_numpy(float),
    )
    return np.asarray(shapely.linestrings(xy, indices=line), object)


def _stretch(
    network: Network,
    edge: NDArray[np.int64],
    low_s: NDArray[np.float64],
    high_s: NDArray[np.float64],
) -> pd.DataFrame:
    """Turn stretches of links, in seconds, into fractions of edges on them; empty ones go."""
    begin_s, time_s = network.edge_low_s[edge], network.edge_high_s[edge] - network.edge_low_s[edge]
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = [(one - begin_s) / time_s for one in (low_s, high_s)]
    low, high = (np.clip(end, 0.0, 1.0) for end in (np.fmin(*ends), np.fmax(*ends)))
    table = pd.DataFrame({"edge": edge, "low": low, "high": high})
    return table[(low < high) & (low_s <= high_s)]


def _same_link(
    link: NDArray[np.int32], wanted: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return all pairs of an edge and a row of ``wanted`` that lie on the same link."""
    order = np.argsort(link, kind="stable")
    first = np.searchsorted(link[order], wanted, side="left")
    count = np.searchsorted(link[order], wanted, side="right") - first
    row = np.repeat(np.arange(wanted.size), count)
    step = np.arange(row.size) - np.repeat(np.cumsum(count) - count, count)
    return order[np.repeat(first, count) + step], row


def _only_polygons(area: shapely.Geometry) -> shapely.MultiPolygon:
    parts = shapely.get_parts(area)
    return shapely.multipolygons(parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON])
