"""Layers and levels of zones, as a study file describes them."""

from datetime import date
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from urbangis.catalog import Spec
from urbangis.notices import Text

Nature = Literal["surveyed", "approximate", "schematic", "synthetic"]


class JoinSpec(Spec):
    """A table whose columns are attached to a layer, by id; the name of its file alone will do.

    Parameters
    ----------
    file
        CSV or Excel, relative to the study file.
    on
        The table's column that holds the layer's ids.
    layer
        Sheet of a workbook that holds several.
    """

    file: Path
    on: str = "id"
    layer: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _file_alone(cls, value: object) -> object:
        return {"file": value} if isinstance(value, str) else value


class NodeSpec(Spec):
    """Where the lines of a street layer meet, for layers that do not end where streets cross.

    Parameters
    ----------
    tolerance_m
        Largest gap between an end and what it meets, metres.
    crossings
        Whether lines of one grade that cross meet as well; bridges need grades then.
    """

    tolerance_m: float = Field(gt=0)
    crossings: bool = False


class LayerSpec(Spec):
    """One layer: a file, how its columns map onto a contract, and how far to trust it.

    Parameters
    ----------
    table
        Contract of `urbangis.tables`: zones, demand, supply, gates, lines, transit_lines,
        line_stations, streets, redlines, features.
    file
        Path relative to the study file; or ``boundaries`` names a packaged boundary set.
    layer
        Layer of a file that holds several.
    crs
        Only for files that cannot state theirs (CSV, Excel, DXF). A file that states another is
        an error, never overridden.
    datum
        ``"gcj02"`` or ``"bd09"`` where longitudes and latitudes carry that shift.
    encoding
        Text encoding of a Shapefile or CSV that does not say.
    join
        A table whose columns the layer gets, by id, before ``columns`` are mapped:
        ``"jobs.csv"``, or ``{ file = "人口.xlsx", on = "代码" }``.
    members
        Table of members, as of a `LevelSpec`: the rows are dissolved into its zones, which are
        the rows of the layer from then on.
    node
        For streets that do not end where they meet others: see `NodeSpec`.
    columns
        Contract column to the file's own: ``{ name = "名称", lon = "经度", lat = "纬度" }``.
    values
        Constants for contract columns that the file does not have: ``{ kind = "clinic" }``.
    where
        Keep only rows whose column holds one of these values.
    nature
        How true the geometry is; anything but ``"surveyed"`` is said on every map.
    """

    name: Text
    table: Literal[
        "zones", "demand", "supply", "gates", "lines", "transit_lines", "line_stations", "streets",
        "redlines", "features",
    ]  # fmt: skip
    file: Path | None = None
    boundaries: Literal["china-counties"] | None = None
    layer: str | None = None
    crs: str | None = None
    datum: Literal["wgs84", "gcj02", "bd09"] = "wgs84"
    encoding: str | None = None
    join: JoinSpec | None = None
    members: Path | None = None
    node: NodeSpec | None = None
    columns: dict[str, str] = Field(default_factory=dict)
    values: dict[str, str | float | bool] = Field(default_factory=dict)
    where: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    nature: Nature
    note: Text | None = None
    source: str
    data_date: date | None = None
    style: str | None = None
    color_by: str | None = None
    show: bool = True

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if (self.file is None) == (self.boundaries is None):
            raise ValueError('give either "file" or "boundaries"')
        return self

    @model_validator(mode="after")
    def _groups_are_zones(self) -> Self:
        if self.members is not None and self.table not in ("zones", "features"):
            raise ValueError('"members" make zones or features, no other table')
        if self.members is not None and self.join is not None:
            raise ValueError('give either "members" or "join"')
        if self.node is not None and self.table != "streets":
            raise ValueError('"node" is for streets')
        return self


class LevelSpec(Spec):
    """One level of zones: a layer of its own, or a grouping of the base level's zones.

    The base level (the first) names ``layer``. The others name ``members``: a CSV or Excel
    table with the columns ``zone_id, zone_name, zone_name_en, member_id`` (and any notes), one row
    for each member zone of the base level. Zones of a level that is a ``partition`` cover every
    base zone of the study's area exactly once, which is checked; metropolitan areas are not one.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    name: Text
    layer: str | None = None
    members: Path | None = None
    partition: bool = True

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if (self.layer is None) == (self.members is None):
            raise ValueError('give either "layer" or "members"')
        return self
