"""A study as read: its layers, its zones by level, its one metric CRS."""

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd
from pyproj import CRS

from urbangis.notices import Notice, Text
from urbangis.study.layers import LayerSpec
from urbangis.study.spec import StudySpec


@dataclass(frozen=True)
class Layer:
    """A layer as read: its specification, its checked table in the study's CRS, and notices.

    ``edits`` tell what a scenario has changed in it since; what is kept by its content depends on
    them too.
    """

    id: str
    spec: LayerSpec
    table: gpd.GeoDataFrame
    notices: tuple[Notice, ...] = ()
    edits: tuple[str, ...] = ()


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
