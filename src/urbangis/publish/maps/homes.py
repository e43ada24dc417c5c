"""Places of residence as rows of a map: which are drawn, and how far each has to go."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from urbangis.measures.coverage import Coverage
from urbangis.notices import Text
from urbangis.publish.maps.display import simplified, tolerance_m
from urbangis.publish.maps.palette import DEMAND_AREA, DEMAND_POINT
from urbangis.publish.model import Field, MapLayer
from urbangis.publish.wording import joined
from urbangis.study import Layer, Study
from urbangis.tables import coordinates, is_cells, row_names
from urbangis.units import to_minutes

MOST_PLACES = 20_000
"""Places of residence that one layer of a page draws."""


def front_first(
    table: pd.DataFrame, order: pd.Series, first: Text
) -> tuple[pd.DataFrame, Text | None]:
    """Put the places of the lowest order last, that is in front, and keep the page quick to open.

    Parameters
    ----------
    order
        Rank of each row, lowest in front.
    first
        What the lowest are called.

    Returns
    -------
    table, left_out
        At most `MOST_PLACES` rows, and a text that tells of the others, if any.
    """
    extra = len(table) - MOST_PLACES
    if extra > 0:
        # Of millions, only those are put in order that may be drawn.
        last = np.partition(order.to_numpy(), MOST_PLACES - 1)[MOST_PLACES - 1]
        table, order = table[order <= last], order[order <= last]
    front = table.assign(order=order).sort_values(
        ["order", "id"], ascending=[False, True], kind="stable"
    )
    front = front.drop(columns="order").tail(MOST_PLACES)
    if extra <= 0:
        return front, None
    return front, Text(
        zh=f"图上只画 {MOST_PLACES:,} 处（{first.zh}的优先），另有 {extra:,} 处未画；"
        "数字按全部计算",
        en=f"{MOST_PLACES:,} places are drawn, the {first.en} first, and {extra:,} are not; "
        "figures count all",
    )


def with_shapes(table: pd.DataFrame, crs: CRS) -> gpd.GeoDataFrame:
    """Return places as a layer to draw: the cells of a raster become points, named by their row."""
    if not is_cells(table):
        return table
    named = table.assign(id=row_names(table), name="")
    return gpd.GeoDataFrame(named, geometry=shapely.points(coordinates(table)), crs=crs)


def home_layer(
    study: Study, layer: Layer, table: gpd.GeoDataFrame, left_out: Text | None
) -> MapLayer:
    """Begin a layer of places of residence: areas or points, with what is to be known of them.

    Parameters
    ----------
    layer
        The layer of demand that they come from.
    table
        The places to draw, in their order.
    left_out
        What is said of those that are not drawn.
    """
    areas = table.geom_type.str.contains("Polygon").any()
    note = layer.spec.note
    return MapLayer(
        id="homes",
        name=layer.spec.name,
        table=simplified(table, tolerance_m(study)) if areas else table,
        style=DEMAND_AREA if areas else DEMAND_POINT,
        nature=layer.spec.nature,
        note=joined(note, left_out, zh="；", en="; ") if left_out else note,
    )


def shown_cost(coverage: Coverage, rows: pd.Index) -> pd.Series:
    """Return minutes or metres to the nearest facility, rounded away from the cutoff.

    So no place reads as if it were on the other side of it. ``rows`` are those asked for.
    """
    demand = coverage.demand.loc[rows]
    timed = coverage.standard.cutoff_min is not None
    cost = demand["cost"].map(to_minutes) if timed else demand["cost"]
    tenths = (cost * (10 if timed else 1)).round(6)
    away = np.where(demand["share"] > 0, np.floor(tenths), np.ceil(tenths))
    return pd.Series(away / 10 if timed else away, index=demand.index)


def cost_field(coverage: Coverage, column: str, label: Text) -> Field:
    """Return the line of a card that tells `shown_cost`, which stands in ``column``."""
    beyond = Text(zh="搜索范围内未到达", en="none within the search limit")
    timed = coverage.standard.cutoff_min is not None
    return Field(column, label, "minutes" if timed else "metres", missing=beyond)
