"""Demand as points, whatever it was read from."""

import geopandas as gpd
import pandas as pd
from pyproj import CRS

from urbangis.tables import is_cells, row_names


def as_points(demand: pd.DataFrame, crs: CRS) -> gpd.GeoDataFrame:
    """Return demand with a geometry and a name: cells of a raster become their centres."""
    if not is_cells(demand):
        return gpd.GeoDataFrame(demand)
    table = demand.assign(id=row_names(demand), name="")
    places = gpd.points_from_xy(table["x"], table["y"], crs=crs)
    return gpd.GeoDataFrame(table.drop(columns=["x", "y"]), geometry=places, crs=crs)
