"""Plans against restrictive areas, computed, and how its sizes are written."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from urbangis.measures.redlines import Conflicts
from urbangis.notices import Notice, Text
from urbangis.publish.model import Link
from urbangis.study import ConflictSpec

VERDICT_NAMES = {
    "forbid": Text(zh="禁止", en="Forbidden"),
    "positive-list": Text(zh="仅限正面清单", en="Positive list only"),
    "review": Text(zh="须审查", en="To be reviewed"),
    "clear": Text(zh="不冲突", en="Clear"),
}


@dataclass(frozen=True)
class ConflictResult:
    """Plans held against restrictive areas, computed.

    Parameters
    ----------
    id, spec
        As the study file names and describes it.
    plans, areas
        ``id, name, name_en`` of both, in the study's CRS.
    found
        From `urbangis.measures.redlines.check_conflicts`.
    inside
        From `urbangis.measures.redlines.outside_boundary`, of the plans that are polygons; None
        without a boundary.
    links
        Downloads, and the way back to the front page.
    """

    id: str
    spec: ConflictSpec
    plans: gpd.GeoDataFrame
    areas: gpd.GeoDataFrame
    found: Conflicts
    inside: pd.DataFrame | None = None
    links: tuple[Link, ...] = ()

    @property
    def title(self) -> Text:
        """Name of the page."""
        return self.spec.name

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What a reader of the figures must know."""
        return self.found.notices

    @property
    def conflicts(self) -> pd.DataFrame:
        """The pairs of a plan and an area that are in conflict, the strictest first."""
        pairs = self.found.pairs
        rank = pairs["verdict"].map({name: n for n, name in enumerate(VERDICT_NAMES)})
        some = pairs.assign(rank=rank)[pairs["verdict"] != "clear"]
        order = ["rank", "indicative", "share"]
        return some.sort_values(order, ascending=[True, True, False], kind="stable").drop(
            columns="rank"
        )

    @property
    def in_doubt(self) -> pd.Series:
        """Which plans are clear on the map, but nearer to an area than its place is known."""
        plans = self.found.plans
        near = plans["distance_m"] < self.spec.position_m
        return pd.Series((plans["verdict"] == "clear") & near)

    @property
    def tolerated(self) -> pd.DataFrame:
        """The pairs that only touch, or overlap within the tolerance."""
        pairs = self.found.pairs
        return pairs[pairs["verdict"] == "clear"]


def names_of(table: gpd.GeoDataFrame) -> dict[str, Text]:
    """Return the names of rows by their ids."""
    return {
        one.id: Text(zh=one.name or one.id, en=one.name_en or one.name or one.id)
        for one in rows_of(table[["id", "name", "name_en"]])
    }


def rows_of(table: pd.DataFrame) -> Iterator[Any]:
    """Yield the rows of a table, its columns as attributes."""
    yield from table.itertuples(index=False)


def conflict_size(one: object) -> Text:
    """Write what is in conflict: square metres, metres, or that the point is inside."""
    return measured(one, "conflict_m2", "conflict_m", Text(zh="点位在内", en="inside"))


def measured(one: object, area: str, length: str, otherwise: Text) -> Text:
    """Write the area or the length of a row, whichever is a number; else something else."""
    if not np.isnan(getattr(one, area)):
        return area_text(getattr(one, area))
    if not np.isnan(getattr(one, length)):
        return length_text(getattr(one, length))
    return otherwise


def area_text(area_m2: float) -> Text:
    """Write an area in square metres, hectares or square kilometres."""
    if area_m2 >= 1e6:
        return Text(zh=f"{area_m2 / 1e6:,.2f} 平方公里", en=f"{area_m2 / 1e6:,.2f} km²")
    if area_m2 >= 1e4:
        return Text(zh=f"{area_m2 / 1e4:,.2f} 公顷", en=f"{area_m2 / 1e4:,.2f} ha")
    return Text(zh=f"{area_m2:,.0f} 平方米", en=f"{area_m2:,.0f} m²")


def length_text(length_m: float) -> Text:
    """Write a length in metres or kilometres."""
    if length_m >= 1000:
        return Text(zh=f"{length_m / 1000:,.1f} 公里", en=f"{length_m / 1000:,.1f} km")
    return Text(zh=f"{length_m:,.0f} 米", en=f"{length_m:,.0f} m")
