"""The commuting circle of one metropolitan area, computed, with what is written of it."""

from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from urbangis.measures.commuting import AREA, CommutingCircle
from urbangis.notices import Notice, Text
from urbangis.publish.model import Link
from urbangis.study import CommutingSpec, TransitSpec

DOWNLOADS = (
    (Text(zh="镇街时间表（CSV）", en="Minutes of every town (CSV)"), "places.csv"),
    (Text(zh="分县统计表（CSV）", en="By county (CSV)"), "zones.csv"),
    (Text(zh="一小时互通镇街对（CSV）", en="Towns within reach of each other (CSV)"), "links.csv"),
    (Text(zh="线路参数表（CSV）", en="Lines and their assumptions (CSV)"), "lines.csv"),
    (Text(zh="结果图层（GeoPackage）", en="Layers (GeoPackage)"), "result.gpkg"),
)


@dataclass(frozen=True)
class MetroResult:
    """The commuting circle of one metropolitan area, computed.

    Parameters
    ----------
    id, spec, transit
        As the study file names and describes them.
    circles
        With today's lines and, where lines are to come, with those too.
    bare
        With today's lines as if nobody waited, entered, changed or left: the ride alone.
    grounds
        Ground within reach with the lines of each circle: ``minutes, geometry``.
    road_ground
        Ground within reach by road alone.
    centres
        The centres, contract of features.
    links, towns
        Pairs of towns within reach of each other, and how many towns the area has.
    key_places
        Key places of the area with their minutes, the nearest first; None if none are named.
    lines
        Every line that was travelled by.
    links_to
        The way back to the front page, and downloads.
    """

    id: str
    spec: CommutingSpec
    transit: TransitSpec
    circles: tuple[CommutingCircle, ...]
    bare: CommutingCircle
    grounds: tuple[gpd.GeoDataFrame, ...]
    road_ground: gpd.GeoDataFrame
    centres: gpd.GeoDataFrame
    links: pd.DataFrame
    towns: int
    key_places: gpd.GeoDataFrame | None
    lines: gpd.GeoDataFrame
    notices: tuple[Notice, ...] = ()
    links_to: tuple[Link, ...] = ()

    @property
    def today(self) -> CommutingCircle:
        """The circle with the lines that run."""
        return self.circles[0]

    @property
    def layers_used(self) -> tuple[str, ...]:
        """Names of the layers behind the figures."""
        return (*self.spec.layers_used, *self.transit.layers_used)

    @property
    def counted_apart(self) -> dict[str, Text]:
        """Who is counted beside the residents, by column: workers, groups of people."""
        names = {"workers": Text(zh="就业人口", en="Workers")} | self.spec.groups
        return {name: names[name] for name in self.today.weights if name in names}

    def whole(self, way: str, circle: int = 0, weight: str = "residents") -> pd.Series:
        """Return the row of the whole area."""
        return whole_area(self.circles[circle], way, weight)

    def places(self) -> pd.DataFrame:
        """Return the demand of the area with its minutes, with the lines to come too."""
        table = self.today.places
        if len(self.circles) > 1:
            table = table.assign(later_min=self.circles[1].places["best_min"])
        table = table.assign(centre_name=self._centre_names(table["centre"]))
        return table[table["inside"]].reset_index(drop=True)

    def _centre_names(self, rows: pd.Series) -> pd.Series:
        names = dict(enumerate(self.centres["name"]))
        return rows.map(names).fillna("")

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return what is written as CSV."""
        shown = ("id", "name", "name_en", "kind", "county", "zone_id", *self.today.weights,
                 "best_min", "rail_min", "road_min", "later_min", "centre_name", "by")  # fmt: skip
        places = self.places()
        lines = ("id", "name", "kind", "status", "headway_min", "speed_kmh", "dwell_min")
        found = {
            "places": places[[name for name in shown if name in places]],
            "zones": self.today.zones,
            "links": self.links,
            "lines": pd.DataFrame(self.lines)[list(lines)],
        }
        if self.key_places is not None:
            columns = ["id", "name", "best_min", "rail_min", "road_min", "within"]
            found["key_places"] = pd.DataFrame(self.key_places)[columns]
        return found

    def layers(self) -> dict[str, gpd.GeoDataFrame]:
        """Return what is written into the GeoPackage."""
        later = {"ground_later": self.grounds[1]} if len(self.grounds) > 1 else {}
        return {
            "places": gpd.GeoDataFrame(self.places(), crs=self.centres.crs),
            "ground": self.grounds[0],
            "ground_by_road": self.road_ground,
            **later,
        }


def whole_area(circle: CommutingCircle, way: str, weight: str = "residents") -> pd.Series:
    """Return the row of the whole area by one way."""
    rows = circle.zones
    chosen = (rows["level"] == AREA) & (rows["way"] == way) & (rows["weight"] == weight)
    return rows[chosen].iloc[0]
