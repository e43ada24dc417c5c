"""Map layers of a metropolitan area that its page and its comparisons share."""

import geopandas as gpd

from urbangis.catalog import Catalogue
from urbangis.notices import Text
from urbangis.publish.maps.display import bands, simplified, tolerance_m
from urbangis.publish.maps.palette import RING, layer_style, ring_classes
from urbangis.publish.model import MapLayer
from urbangis.publish.pages.metro_result import MetroResult
from urbangis.study import Layer, Study

WAY_NAMES = {
    "best": Text(zh="铁路、公路取快", en="Rail or road, the faster"),
    "rail": Text(zh="只坐火车", en="By rail alone"),
    "road": Text(zh="只走公路", en="By road alone"),
}
BY = {"rail": Text(zh="铁路", en="rail"), "road": Text(zh="公路", en="road")}
ROUND = Text(
    zh="铁路或公路取快；圆形是由直线距离估算公路而来，示意",
    en="Rail or road, the faster; round because roads are told from straight lines",
)


def ground_layer(
    study: Study, ground: gpd.GeoDataFrame, cutoff_min: float, layer_id: str, name: Text
) -> MapLayer:
    """Make a theme of the ground within reach, in bands of minutes."""
    table = bands(ground)
    limits = [float(limit) for limit in table["minutes"]]
    table = table.assign(
        id=[f"{limit:g}" for limit in limits], name="", **{"class": range(len(limits))}
    )
    return MapLayer(
        id=layer_id,
        name=name,
        table=simplified(table, tolerance_m(study)),
        style=RING,
        kind="theme",
        classes=ring_classes(limits, cutoff_min),
        nature="schematic",
        note=ROUND,
        interactive=False,
    )


def centre_layer(result: MetroResult, layer: Layer, catalogue: Catalogue) -> MapLayer:
    """Make an overlay of the area's centres, with their names."""
    return MapLayer(
        id="centres",
        name=layer.spec.name,
        table=result.centres,
        style=layer_style(layer.spec, catalogue),
        nature=layer.spec.nature,
        note=layer.spec.note,
        searchable=True,
        labelled=True,
    )
