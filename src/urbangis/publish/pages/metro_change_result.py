"""The commuting circle of a metropolitan area before and after, computed."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from urbangis.measures.change import GROUPS
from urbangis.measures.commuting_change import CommutingChange
from urbangis.notices import Text
from urbangis.publish.model import Link
from urbangis.publish.pages.change_result import Between
from urbangis.publish.pages.metro_result import MetroResult
from urbangis.study import Layer, Level

DOWNLOADS = (
    (Text(zh="分区前后对照表（CSV）", en="Before and after by zone (CSV)"), "change.csv"),
    (Text(zh="镇街前后时间表（CSV）", en="Minutes of every town (CSV)"), "places.csv"),
    (Text(zh="互通变化的镇街对（CSV）", en="Towns newly within reach (CSV)"), "links.csv"),
    (Text(zh="线路参数表（CSV）", en="Lines and their assumptions (CSV)"), "lines.csv"),
    (Text(zh="结果图层（GeoPackage）", en="Layers (GeoPackage)"), "result.gpkg"),
)
_WAYS = ("best", "rail", "road")


@dataclass(frozen=True)
class MetroChange:
    """The commuting circle of one metropolitan area before and after.

    Parameters
    ----------
    between
        The two states.
    before, after
        The circle in either, with the lines that run.
    change
        Between the two.
    levels
        Zones of the area alone, base level first.
    changed
        Lines that run before and after and offer something else; None if none do.
    links
        Downloads, and the way back.
    """

    between: Between
    before: MetroResult
    after: MetroResult
    change: CommutingChange
    levels: tuple[Level, ...]
    changed: Layer | None = None
    links: tuple[Link, ...] = ()

    @property
    def id(self) -> str:
        """Name of the circle in the study file."""
        return self.after.id

    @property
    def title(self) -> Text:
        """Name of the circle's page."""
        return self.after.spec.name

    def places(self) -> gpd.GeoDataFrame:
        """Return the area's places with their minutes before and after.

        Beside the columns of the demand, as it is after: ``<way>_before, <way>_after`` (minutes,
        NaN where no centre is reached), ``saved_min``, ``by_before, by_after``, ``centre_name`` and
        ``group`` (of `urbangis.measures.change.GROUPS`).
        """
        told = self.change.best.places
        was, now = self.before.places(), self.after.places()
        there, gone = told["after_row"] >= 0, told["after_row"] < 0
        rows = [
            now.iloc[told.loc[there, "after_row"]].set_index(told.index[there]),
            was.iloc[told.loc[gone, "before_row"]].set_index(told.index[gone]),
        ]
        table = pd.concat([part for part in rows if len(part)]).reindex(told.index)
        for when, state in (("before", was), ("after", now)):
            row = told[f"{when}_row"].to_numpy()
            for way in _WAYS:
                table[f"{way}_{when}"] = _at(state[f"{way}_min"].to_numpy(float), row)
            by = state["by"].to_numpy(object)
            table[f"by_{when}"] = np.where(row >= 0, by[row], "")
        table["saved_min"] = table["best_before"] - table["best_after"]
        table["group"] = told["group"].map(dict(enumerate(GROUPS)))
        return gpd.GeoDataFrame(table, crs=self.after.centres.crs)

    def towns(self, group: str) -> pd.DataFrame:
        """Return the towns of a group, those whose time changed most first."""
        places, kinds = self.places(), self.after.spec.towns
        own = (places["group"] == group) & (places["kind"].isin(kinds) if kinds else True)
        towns = pd.DataFrame(places[own])
        towns["most"] = -towns["saved_min"].abs()
        return towns.sort_values(["most", "id"], kind="stable")

    def key_places(self) -> tuple[pd.DataFrame, pd.DataFrame] | None:
        """Return the key places that are within only after, and only before; None without any."""
        was, now = self.before.key_places, self.after.key_places
        if was is None or now is None:
            return None
        known = now["id"].isin(was["id"])
        both = pd.DataFrame(now[known]).reset_index(drop=True)
        then = was.set_index("id").loc[both["id"]].reset_index()
        both["best_min_before"] = then["best_min"]
        return both[both["within"] & ~then["within"]], both[then["within"] & ~both["within"]]

    def ground(self) -> gpd.GeoDataFrame:
        """Return the ground within the cutoff: in both states, only after, only before."""
        was, now = (one.grounds[0].geometry.iloc[-1] for one in (self.before, self.after))
        parts = {
            "kept": shapely.intersection(was, now),
            "gained": shapely.difference(now, was),
            "lost": shapely.difference(was, now),
        }
        table = gpd.GeoDataFrame(
            {"id": list(parts), "name": ""},
            geometry=list(parts.values()),
            crs=self.after.centres.crs,
        )
        return table[~table.is_empty].reset_index(drop=True)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return what is written as CSV."""
        shown = ["id", "name", "name_en", "kind", "county", "zone_id", *self.after.today.weights,
                 "best_before", "best_after", "saved_min", "rail_before", "rail_after",
                 "road_before", "road_after", "by_before", "by_after", "centre_name",
                 "group"]  # fmt: skip
        places = pd.DataFrame(self.places())
        lines = self.after.lines[self.after.lines["status"].isin(self.after.transit.running)]
        ran = self.before.lines[self.before.lines["status"].isin(self.before.transit.running)]
        lines = pd.DataFrame(lines).assign(new=~lines["id"].isin(ran["id"]))
        assumed = ["id", "name", "kind", "headway_min", "speed_kmh", "dwell_min", "new"]
        return {
            "change": self.change.zones,
            "places": places[[name for name in shown if name in places]],
            "links": self.change.links,
            "lines": lines[assumed],
        }

    def layers(self) -> dict[str, gpd.GeoDataFrame]:
        """Return what is written into the GeoPackage."""
        return {
            "places": self.places(),
            "ground_before": self.before.grounds[0],
            "ground_after": self.after.grounds[0],
            "ground_change": self.ground(),
        }


def _at(values: np.ndarray, row: np.ndarray) -> np.ndarray:
    """Take values by row; NaN for a row of -1."""
    return np.where(row >= 0, values[row], np.nan)
