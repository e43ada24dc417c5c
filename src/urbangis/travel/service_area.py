"""Service areas as polygons: for the eye, and for other software. People are counted elsewhere."""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from urbangis.network.entrances import Entrances
from urbangis.network.graph import Network
from urbangis.network.kernels import cut_lines
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
    ahead, back = network.forward_s, network.backward_s
    if direction == "from_facility":
        ahead, back = back, ahead
    # How far along the edge the time left at its start, its end and its entrances carries.
    edge, every = entrances.edge, np.arange(ahead.size)
    time_left = limit_s - entrances.egress_s
    from_start = _carried(limit_s - labels.cost[network.edge_from], back)
    from_end = _carried(limit_s - labels.cost[network.edge_to], ahead)
    before = np.where(time_left < 0, 0.0, _carried(time_left, ahead[edge]))
    after = np.where(time_left < 0, 0.0, _carried(time_left, back[edge]))
    stretches = pd.DataFrame(
        {
            "edge": np.concatenate([every, every, edge]),
            "low": np.concatenate([np.zeros(ahead.size), 1.0 - from_end, entrances.low - before]),
            "high": np.concatenate([from_start, np.ones(ahead.size), entrances.high + after]),
        }
    )
    stretches["low"] = stretches["low"].clip(lower=0.0)
    stretches["high"] = stretches["high"].clip(upper=1.0)
    stretches = stretches[stretches["low"] < stretches["high"]].drop_duplicates()
    xy, line = cut_lines(
        network.edge_xy,
        network.edge_ptr,
        stretches["edge"].to_numpy(np.int64),
        stretches["low"].to_numpy(float),
        stretches["high"].to_numpy(float),
    )
    return np.asarray(shapely.linestrings(xy, indices=line), object)


def _carried(time_left: NDArray[np.float64], edge_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fraction of an edge that the time left is enough for, 0 to 1."""
    with np.errstate(divide="ignore", invalid="ignore"):
        fraction = np.where(edge_s > 0, time_left / edge_s, 1.0)
    return np.clip(np.where((time_left < 0) | np.isinf(edge_s), 0.0, fraction), 0.0, 1.0)


def _only_polygons(area: shapely.Geometry) -> shapely.MultiPolygon:
    parts = shapely.get_parts(area)
    return shapely.multipolygons(parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON])
