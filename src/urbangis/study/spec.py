"""The study file as a whole: one specification, checked when it is read."""

import tomllib
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, ValidationError, model_validator

from urbangis.catalog import Spec
from urbangis.catalog.registry import explain
from urbangis.errors import StudyError
from urbangis.notices import Text
from urbangis.study.access import AccessSpec
from urbangis.study.basemap import BasemapSpec
from urbangis.study.circles import CircleSpec
from urbangis.study.comparisons import ComparisonSpec
from urbangis.study.conflicts import ConflictSpec
from urbangis.study.indicators import IndicatorSpec
from urbangis.study.layers import LayerSpec, LevelSpec
from urbangis.study.printing import PrintSpec
from urbangis.study.services import ServiceSpec
from urbangis.study.siting import SitingSpec
from urbangis.study.transit import CommutingSpec, TransitSpec

FILE_NAME = "urbangis.toml"


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
    circles: dict[str, CircleSpec] = Field(default_factory=dict)
    conflicts: dict[str, ConflictSpec] = Field(default_factory=dict)
    access: dict[str, AccessSpec] = Field(default_factory=dict)
    sitings: dict[str, SitingSpec] = Field(default_factory=dict)
    transit: TransitSpec | None = None
    commuting: dict[str, CommutingSpec] = Field(default_factory=dict)
    comparisons: dict[str, ComparisonSpec] = Field(default_factory=dict)
    overview: tuple[str, ...] = ()
    zone_pages: str | None = None
    targets: tuple[str, ...] = ()
    indicators: dict[str, IndicatorSpec] = Field(default_factory=dict)
    reported: Path | None = None
    print: PrintSpec | None = None
    basemap: BasemapSpec | None = None

    @model_validator(mode="after")
    def _indicators_have_origins(self) -> Self:
        if (self.indicators or self.reported) and not self.targets:
            raise ValueError("indicators and reported need the documents that they are held "
                             "against: targets")  # fmt: skip
        for target_id, one in self.indicators.items():
            named = (
                ("service", one.service, self.services),
                ("circle", one.circle, self.circles),
                ("access", one.access, self.access),
                ("conflict", one.conflict, self.conflicts),
                ("commuting circle", one.commuting, self.commuting),
                ("layer", one.layer, self.layers),
                ("layer", one.demand, self.layers),
            )
            for kind, name, known in named:
                if name is not None and name not in known:
                    raise ValueError(
                        f'indicators.{target_id} names a {kind} "{name}" that is not there'
                    )
        return self

    @property
    def pages(self) -> tuple[str, ...]:
        """Names of everything that has a page of its own."""
        groups = (
            self.services, self.circles, self.conflicts, self.access, self.sitings, self.commuting,
        )  # fmt: skip
        return tuple(name for group in groups for name in group)

    @model_validator(mode="after")
    def _compared_services_exist(self) -> Self:
        for name, one in self.comparisons.items():
            for service in one.services:
                if service not in (*self.services, *self.commuting):
                    raise ValueError(
                        f'comparisons.{name} names a service "{service}" that is not there'
                    )
        return self

    @model_validator(mode="after")
    def _sitings_have_services(self) -> Self:
        for name, one in self.sitings.items():
            if one.service not in self.services:
                raise ValueError(
                    f'sitings.{name} names a service "{one.service}" that is not there'
                )
        return self

    @model_validator(mode="after")
    def _commuters_have_lines(self) -> Self:
        if self.commuting and self.transit is None:
            raise ValueError("commuting needs lines: transit")
        levels = [level.id for level in self.levels]
        for area, one in self.commuting.items():
            if one.level not in levels:
                raise ValueError(f'commuting.{area} names a level "{one.level}" that is not there')
        return self

    @model_validator(mode="after")
    def _zone_pages_have_members(self) -> Self:
        if self.zone_pages is not None:
            above = [level.id for level in self.levels[1:]]
            if self.zone_pages not in above:
                raise ValueError(
                    f'zone_pages names "{self.zone_pages}", which is no level above the first'
                )
        return self

    @model_validator(mode="after")
    def _prints_exist(self) -> Self:
        if self.print is not None:
            levels = [level.id for level in self.levels]
            for key, name, known in (
                *(("services", name, self.services) for name in self.print.services),
                ("level", self.print.level, levels),
                ("atlas", self.print.atlas, levels),
                ("inset", self.print.inset, self.layers),
            ):
                if name is not None and name not in known:
                    raise ValueError(f'print.{key} names "{name}", which is not there')
        return self

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        analyses = (
            ("services", self.services),
            ("circles", self.circles),
            ("conflicts", self.conflicts),
            ("access", self.access),
            ("sitings", self.sitings),
            ("commuting", self.commuting),
        )
        named = [
            (f"{key}.{one_id}", name)
            for key, group in analyses
            for one_id, one in group.items()
            for name in (*one.layers_used, *one.context)
        ]
        named += [("overview", name) for name in self.overview]
        named += [("transit", name) for name in (self.transit.layers_used if self.transit else ())]
        for key, name in named:
            if name not in self.layers:
                raise ValueError(f'{key} names a layer "{name}" that is not there')
        if self.levels[0].layer not in self.layers:
            raise ValueError("the first of levels must name a layer of zones")
        return self


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
