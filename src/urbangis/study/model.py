"""A study as read: its layers, its zones by level, its one metric CRS."""

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd
from pyproj import CRS

from urbangis.notices import Notice, Text
from urbangis.study.layers import LayerSpec
from urbangis.study.on_demand import OnDemand
from urbangis.study.spec import StudySpec


@dataclass(frozen=True)
class Layer:
    """A layer as read: its specification, its checked table in the study's CRS, and notices.

    ``edits`` tell what a scenario has changed in it since, ``before`` is how it was; what is kept
    by its content depends on the edits too. If ``only_adds``, all that was there still is.

    ``table`` and ``notices`` may be given as functions, which read them when they are first asked
    for; such a function of a table has a length, the number of its rows. ``content`` names what
    the layer was read from and how, by content; empty where that is not known.
    """

    id: str
    spec: LayerSpec
    table: OnDemand[gpd.GeoDataFrame] = OnDemand()
    notices: OnDemand[tuple[Notice, ...]] = OnDemand(())
    edits: tuple[str, ...] = ()
    before: "Layer | None" = None
    only_adds: bool = False
    content: str = ""

    @property
    def rows(self) -> int:
        """Number of rows, which is known without reading them where they were read before."""
        table: OnDemand[gpd.GeoDataFrame] = vars(Layer)["table"]
        return table.size(self)

    def let_go(self) -> None:
        """Free the memory of a table that can be read again; whoever asks for it reads it."""
        table: OnDemand[gpd.GeoDataFrame] = vars(Layer)["table"]
        table.let_go(self)


@dataclass(frozen=True)
class Level:
    """The zones of one level.

    Parameters
    ----------
    zones
        Contract ``zones`` in the study's CRS, sorted by id.
    members
        Which base zone belongs to which zone: columns ``zone_id, member_id``. For the base level,
        each zone to itself.
    partition
        Whether each base zone belongs to exactly one zone.
    """

    id: str
    name: Text
    zones: gpd.GeoDataFrame
    members: pd.DataFrame
    partition: bool


@dataclass(frozen=True)
class Study:
    """An area, one metric CRS, and zones by level (base level first)."""

    id: str
    spec: StudySpec
    root: Path
    crs: CRS
    levels: tuple[Level, ...]

    @property
    def name(self) -> Text:
        """Name of the study in both languages."""
        return self.spec.name

    @property
    def base(self) -> Level:
        """The finest level; all others are made of its zones."""
        return self.levels[0]
