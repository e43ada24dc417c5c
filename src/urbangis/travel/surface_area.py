"""Service areas over open ground: the cells that are reached in time, as polygons.

People are judged by the cell they live in, and a service area is made of these very cells: whoever
lives within one is covered, whoever lives without is not. Only places that were moved out of a
barrier are outside, whose own cells nobody crosses.
"""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from rasterio.features import shapes

from urbangis.decay import INCLUSIVE
from urbangis.travel.surface import Surface, SurfaceCosts
from urbangis.units import minutes


def surface_area(
    surface: Surface, costs: SurfaceCosts, cutoffs_min: Sequence[float], *, crs: CRS
) -> gpd.GeoDataFrame:
    """Draw the cells within each cutoff of the nearest facility.

    Parameters
    ----------
    surface, costs
        Ground, and a search over it with at least the largest cutoff as its limit.
    cutoffs_min
        Cutoffs, minutes, inclusive.
    crs
        CRS of the polygons. In the surface's own, outlines have corners only where they turn; in
        another they have one at each corner of a cell, so that they run where the cells lie.

    Returns
    -------
    GeoDataFrame
        One row a cutoff, ascending: ``minutes``, ``accuracy_m`` (the longest side of a cell,
        metres: what lies between the centres of two cells is not known), ``geometry``
        (MultiPolygon, shells to the left and holes to the right; empty where nothing is reached).
        Each covers those of the shorter cutoffs.
    """
    cutoffs = sorted({float(one) for one in cutoffs_min})
    drawn = [_outlined(costs.cost_s <= minutes(one) * INCLUSIVE) for one in cutoffs]
    whole = np.array(drawn, object)
    grid = surface.transform
    if surface.crs != crs:
        # Corners of cells are whole numbers here: outlines that two areas share stay shared.
        whole = shapely.transform(shapely.segmentize(whole, 1.0), np.rint)
    placed = shapely.transform(whole, lambda at: at * (grid.a, grid.e) + (grid.c, grid.f))
    if surface.crs != crs:
        project = Transformer.from_crs(surface.crs, crs, always_xy=True)
        placed = shapely.transform(placed, lambda xy: np.column_stack(project.transform(*xy.T)))
    return gpd.GeoDataFrame(
        {
            "minutes": cutoffs,
            "accuracy_m": float(max(surface.width_m.max(), surface.height_m.max())),
        },
        geometry=shapely.orient_polygons(placed, exterior_cw=False),
        crs=crs,
    )


def _outlined(reached: NDArray[np.bool_]) -> shapely.Geometry:
    """Return the outline of cells that share sides, columns as x and rows as y."""
    found = shapes(reached.astype(np.uint8), mask=reached, connectivity=4)
    return shapely.MultiPolygon([shapely.geometry.shape(one) for one, _ in found])
