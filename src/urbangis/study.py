"""A planning study: its file (``urbangis.toml``) as a checked specification, and its zones.

Reading the layers that the file names is the work of `urbangis.io`; running them, of
`urbangis.pipeline`.
"""

import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self

import geopandas as gpd
import pandas as pd
from pydantic import Field, ValidationError, model_validator
from pyproj import CRS

from urbangis.catalog import Spec
from urbangis.catalog.registry import explain
from urbangis.catalog.specs import Denominator
from urbangis.errors import StudyError
from urbangis.notices import Notice, Text

FILE_NAME = "urbangis.toml"

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
        Contract of `urbangis.tables`: zones, demand, supply, gates, lines, streets, redlines,
        features.
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
    table: Literal["zones", "demand", "supply", "gates", "lines", "streets", "redlines", "features"]
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


class CompareSpec(Spec):
    """Another rule for the same service; the name of its standard alone will do.

    Parameters
    ----------
    standard
        Standard of the catalogue.
    demand
        Layer that this standard counts, where it is not that of the service: residential land,
        say. Its rates stand beside the others, but no home can be told by both rules.
    """

    standard: str
    demand: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _standard_alone(cls, value: object) -> object:
        return {"standard": value} if isinstance(value, str) else value


class GroundSpec(Spec):
    """Open ground to travel over: land cover, how fast one moves on it, and what is in the way.

    Parameters
    ----------
    file
        Raster of land cover classes, relative to the study file.
    speeds_kmh
        Speed on each class, km/h; 0 where nobody passes. Every class of the raster needs one.
    barriers
        Layers of lines and areas that are crossed nowhere but on streets.
    source
        Where raster and speeds come from.
    """

    file: Path
    speeds_kmh: dict[int, Annotated[float, Field(ge=0)]] = Field(min_length=1)
    barriers: tuple[str, ...] = ()
    source: str


class ServiceSpec(Spec):
    """One service circle: a standard applied to facilities, demand and, if it asks, streets.

    Parameters
    ----------
    zone_column
        Column of the demand layer that holds the base zone's id. Without it, demand is placed in
        the zone that contains it.
    facilities
        Names of supply layers; ``gates`` of a gates layer for polygon facilities.
    spread_over, spread_by
        Layer of residential land or buildings over which the people of the demand's areas are
        spread, and its column of weights (dwellings, floor area); by area without one.
    match_totals
        Column of the base zones (joined to them, say) with the official number of residents, to
        which the people of each zone are scaled.
    ground
        What a surface standard travels over; ``streets`` are its roads.
    compare
        Other standards that the same facilities are held against.
    """

    name: Text | None = None
    standard: str
    facilities: tuple[str, ...] = Field(min_length=1)
    demand: str
    gates: str | None = None
    streets: str | None = None
    zone_column: str | None = None
    spread_over: str | None = None
    spread_by: str | None = None
    match_totals: str | None = None
    ground: GroundSpec | None = None
    compare: tuple[CompareSpec, ...] = ()
    context: tuple[str, ...] = ()
    note: Text | None = None

    @model_validator(mode="after")
    def _rules_differ(self) -> Self:
        names = [self.standard, *(rule.standard for rule in self.compare)]
        if twice := [name for name in names if names.count(name) > 1]:
            raise ValueError(f'compares "{twice[0]}" with itself')
        return self

    def by_rule(self, rule: CompareSpec) -> Self:
        """Return the service by another rule; what is said of the demand goes with the layer."""
        changes: dict[str, object] = {"standard": rule.standard, "compare": ()}
        if rule.demand is not None:
            of_demand = ("zone_column", "spread_over", "spread_by", "match_totals")
            changes |= {"demand": rule.demand, **dict.fromkeys(of_demand)}
        return self.model_copy(update=changes)


class IndicatorSpec(Spec):
    """Where the figure of a policy target comes from.

    Parameters
    ----------
    service
        A service circle of the study.
    units
        CSV or Excel of units: ``unit_id, zone_id, year`` and ``column`` (1 has it, 0 has not,
        empty not known). Rows of several years are the history of the figure.
    pairs
        CSV or Excel of neighbours: ``a_id, b_id``, and ``year`` and ``column`` likewise unless
        ``layer`` names the lines that join them.
    layer
        A layer whose rows are counted, or whose lines are measured.
    denominator
        What of a service is meant, where it is not the first.
    zone_rate
        For the share of places that a service covers well: the coverage rate from which a zone of
        the first level counts. Zones where nobody lives are no places.
    where
        Keep only rows of the table or layer whose column holds one of these values.
    source
        Where a table comes from.
    """

    service: str | None = None
    units: Path | None = None
    pairs: Path | None = None
    layer: str | None = None
    column: str = "value"
    denominator: Denominator | None = None
    zone_rate: float | None = Field(default=None, gt=0, le=1)
    where: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    source: str = ""

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        given = [self.service, self.units, self.pairs, self.layer if self.pairs is None else None]
        if sum(one is not None for one in given) != 1:
            raise ValueError('give one of "service", "units", "pairs" and "layer"')
        if (self.units or self.pairs) and not self.source:
            raise ValueError('say in "source" where the table comes from')
        if self.service is None and (self.zone_rate or self.denominator):
            raise ValueError("zone_rate and denominator are for a service")
        return self


class StudySpec(Spec):
    """The whole study file.

    ``targets`` names the policy documents of the catalogue that the study is held against,
    ``indicators`` where their figures come from, by the target's id, and ``reported`` a CSV or
    Excel of numbers that departments report: ``target_id, value, year, source`` and, where it
    matters, ``zone_id`` and ``item``.
    """

    name: Text
    crs: str | None = None
    catalogue: tuple[Path, ...] = ()
    parts: tuple[Path, ...] = ()
    languages: tuple[Literal["zh", "en"], ...] = ("zh", "en")
    review_no: str | None = None
    publisher: Text | None = None
    layers: dict[str, LayerSpec]
    levels: tuple[LevelSpec, ...] = Field(min_length=1)
    services: dict[str, ServiceSpec] = Field(default_factory=dict)
    overview: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    indicators: dict[str, IndicatorSpec] = Field(default_factory=dict)
    reported: Path | None = None

    @model_validator(mode="after")
    def _indicators_have_origins(self) -> Self:
        if (self.indicators or self.reported) and not self.targets:
            raise ValueError("indicators and reported need the documents that they are held "
                             "against: targets")  # fmt: skip
        for target_id, one in self.indicators.items():
            if one.service is not None and one.service not in self.services:
                raise ValueError(
                    f'indicators.{target_id} names a service "{one.service}" that is not there'
                )
            if one.layer is not None and one.layer not in self.layers:
                raise ValueError(
                    f'indicators.{target_id} names a layer "{one.layer}" that is not there'
                )
        return self

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        for service_id, service in self.services.items():
            named = [*service.facilities, service.demand, *service.context]
            others = (
                *(service.gates, service.streets, service.spread_over),
                *(rule.demand for rule in service.compare),
                *(service.ground.barriers if service.ground else ()),
            )
            named += [name for name in others if name]
            for name in named:
                if name not in self.layers:
                    raise ValueError(
                        f'services.{service_id} names a layer "{name}" that is not there'
                    )
        if self.levels[0].layer not in self.layers:
            raise ValueError("the first of levels must name a layer of zones")
        for name in self.overview:
            if name not in self.layers:
                raise ValueError(f'overview names a layer "{name}" that is not there')
        return self


@dataclass(frozen=True)
class Layer:
    """A layer as read: its specification, its checked table in the study's CRS, and notices."""

    id: str
    spec: LayerSpec
    table: gpd.GeoDataFrame
    notices: tuple[Notice, ...] = ()


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


def read_study_spec(path: Path) -> tuple[StudySpec, Path]:
    """Read a study file.

    Parameters
    ----------
    path
        The file, or the folder that holds one named ``urbangis.toml``.

    Returns
    -------
    tuple[StudySpec, Path]
        The checked specification and the study's folder.

    Raises
    ------
    StudyError
        If the file is missing, is not TOML, or holds a key or name that does not exist.
    """
    file = path / FILE_NAME if path.is_dir() else path
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise StudyError(
            "there is no study file", file=file, remedy="`urbangis new DIR` starts one."
        ) from error
    except UnicodeDecodeError as error:
        raise StudyError("is not UTF-8 text", file=file, remedy="Save it as UTF-8.") from error
    try:
        return StudySpec.model_validate(tomllib.loads(text)), file.parent
    except tomllib.TOMLDecodeError as error:
        raise StudyError(
            f"is not valid TOML: {error}", file=file, remedy="Correct that line."
        ) from error
    except ValidationError as error:
        raise StudyError(
            explain(error, StudySpec), file=file, remedy="Correct the study file."
        ) from error
