"""Service areas as a theme: bands of travel time as polygons or, of many corners, as a picture."""

import geopandas as gpd
import shapely

from urbangis.notices import Text
from urbangis.publish.maps.display import tolerance_m
from urbangis.publish.maps.nested import nested_bands
from urbangis.publish.maps.palette import RING, ring_classes
from urbangis.publish.maps.ring_picture import Picture, ring_picture
from urbangis.publish.model import ImageLayer, MapLayer
from urbangis.publish.wording import joined
from urbangis.study import Study

RINGS = "rings"
"""Id of the theme."""
MOST_CORNERS = 3_000_000
"""Of areas that are drawn as polygons: what a city has. Half a million are left, in 0.8 MB."""

_NAME = Text(zh="服务范围（到达时间）", en="Service area (travel time)")


def ring_layer(
    study: Study, rings: gpd.GeoDataFrame, cutoff_min: float | None
) -> MapLayer | ImageLayer:
    """Make a theme of travel-time bands, as a page can carry them.

    Parameters
    ----------
    rings
        As of `urbangis.publish.pages.service.ServiceResult`.
    cutoff_min
        What the standard grants.
    """
    corners = int(shapely.get_num_coordinates(rings.geometry.to_numpy()).sum())
    if corners <= MOST_CORNERS:
        return ring_bands(study, rings, cutoff_min)
    picture = ring_picture(rings)
    return ImageLayer(
        id=RINGS,
        name=_NAME,
        numbers=picture.numbers,
        bounds=picture.bounds,
        classes=ring_classes([float(limit) for limit in rings["minutes"]], cutoff_min),
        note=_note(rings, picture),
    )


def ring_bands(study: Study, rings: gpd.GeoDataFrame, cutoff_min: float | None) -> MapLayer:
    """Make a theme of travel-time bands as polygons; parameters as of `ring_layer`."""
    table = nested_bands(rings, tolerance_m(study))
    minutes = [float(limit) for limit in table["minutes"]]
    table = table.assign(
        id=[f"{limit:g}" for limit in minutes], name="", **{"class": range(len(minutes))}
    )
    return MapLayer(
        id=RINGS,
        name=_NAME,
        table=table,
        style=RING,
        kind="theme",
        classes=ring_classes(minutes, cutoff_min),
        note=_note(rings, None),
        interactive=False,
    )


def _note(rings: gpd.GeoDataFrame, picture: Picture | None) -> Text:
    """Say what the areas are made of, how finely they are drawn, and how people are counted."""
    if "off_network_m" in rings:
        width = f"{rings['off_network_m'].max():g}"
        made = Text(
            zh=f"沿可达街道向两侧各扩 {width} 米绘制，仅供示意",
            en=f"Reached streets, widened by {width} m on either side, for the eye only",
        )
        counted = Text(zh="人口按居民点逐一计算", en="people are counted place by place")
    else:
        cell = f"{rings['accuracy_m'].max():,.0f}"
        made = Text(
            zh=f"由时限内可达的地表格子组成，格子边长约 {cell} 米",
            en=f"Cells of ground of about {cell} m that are reached in time",
        )
        counted = Text(
            zh="人口按所在格子的到达时间计算", en="people are counted by the cell they live in"
        )
    drawn = None
    if picture is not None:
        side = f"{picture.cell_m:.2g}" if picture.cell_m < 100 else f"{picture.cell_m:.0f}"
        drawn = Text(
            zh=f"图形过密，改以约 {side} 米的方格绘制，每格按其中心点着色",
            en=f"too dense to outline: drawn in squares of about {side} m, each coloured by what "
            "holds at its middle",
        )
    return joined(made, drawn, counted, zh="；", en="; ")
