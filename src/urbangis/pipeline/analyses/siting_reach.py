"""What every candidate of a siting can reach: by network, or in a straight line."""

from collections.abc import Iterable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely

from urbangis.catalog import Standard
from urbangis.decay import INCLUSIVE
from urbangis.errors import TableError
from urbangis.measures.coverage import radii
from urbangis.measures.siting.kernels import Floats
from urbangis.measures.siting.reach import Reach, reach_of
from urbangis.network.entrances import facility_entrances
from urbangis.network.snap import snap_xy
from urbangis.notices import Notice
from urbangis.pipeline.services import BuiltNetwork
from urbangis.travel.pairs import TravelPairs, travel_pairs

_BLOCK = 256


@dataclass(frozen=True)
class SiteReach:
    """Who is in reach of every site.

    Parameters
    ----------
    cutoff
        Of the standard: seconds, or metres where it gives a radius alone.
    reach
        Pairs of sites and places, as far as was asked for.
    sites
        Those that count, in the order of the reach.
    notices
        What a reader of the figures must know.
    """

    cutoff: float
    reach: Reach
    sites: gpd.GeoDataFrame
    notices: tuple[Notice, ...]


def reach_by_network(
    standard: Standard,
    sites: gpd.GeoDataFrame,
    xy: Floats,
    network: BuiltNetwork,
    *,
    gates: gpd.GeoDataFrame | None,
    times: float,
) -> SiteReach:
    """Find who is in reach along streets.

    Parameters
    ----------
    xy
        Places of the demand, (n, 2) in metres; NaN where unknown.
    gates
        Entrances of sites that are polygons, where they are known.
    times
        How many times the cutoff to look.
    """
    graph, built = network
    entrances, told = facility_entrances(graph, sites, gates)
    cutoff = float(standard.cutoff_s or 0)
    pairs = travel_pairs(
        graph,
        snap_xy(graph, *xy.T),
        entrances,
        limit_s=cutoff * times * INCLUSIVE,
        direction=standard.direction,
    )
    reach = reach_of(pairs, places=len(xy), candidates=len(sites), cutoff=cutoff * times)
    return SiteReach(cutoff, reach, sites, (*built, *told))


def reach_in_a_straight_line(
    standard: Standard, sites: gpd.GeoDataFrame, xy: Floats, *, times: float
) -> SiteReach:
    """Find who is in reach in a straight line; parameters as of `reach_by_network`.

    Raises
    ------
    TableError
        If a site is of a size that the standard does not count.
    """
    kept, radius_m, told = radii(standard, sites)
    if len(kept) < len(sites):
        raise TableError(
            "is of a size that the standard does not count",
            layer="candidates",
            row=sites.loc[~sites["id"].isin(kept["id"]), "id"].iloc[0],
            remedy="Leave it out of the layer.",
        )
    speed = standard.straight_speed_ms
    cutoff = float(standard.cutoff_s or 0) if speed else float(radius_m.max())
    pairs = _straight_pairs(xy, kept, radius_m * times, speed or 1.0)
    reach = reach_of(pairs, places=len(xy), candidates=len(kept), cutoff=cutoff * times)
    return SiteReach(cutoff, reach, kept, told)


def _straight_pairs(
    xy: Floats, sites: gpd.GeoDataFrame, radius_m: Floats, speed_ms: float
) -> Iterable[TravelPairs]:
    """Yield pairs within the radius of each site, in a straight line, block by block."""
    known = np.flatnonzero(np.isfinite(xy).all(axis=1))
    points = shapely.points(xy[known])
    tree = shapely.STRtree(points)
    shapes = sites.geometry.to_numpy()
    for first in range(0, len(shapes), _BLOCK):
        block = slice(first, first + _BLOCK)
        site_row, place = tree.query(
            shapes[block], predicate="dwithin", distance=radius_m[block] * INCLUSIVE
        )
        metres = shapely.distance(shapes[block][site_row], points[place])
        order = np.lexsort((place, site_row))
        yield TravelPairs(
            (site_row + first)[order].astype(np.int32),
            known[place][order].astype(np.int32),
            metres[order] / speed_ms,
        )
