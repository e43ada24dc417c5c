"""What a study computes beside its service circles: life circles, plans, access, commuting."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from urbangis.errors import InputError
from urbangis.notices import Notice, Text
from urbangis.pipeline.analyses.access import compute_access, write_access
from urbangis.pipeline.analyses.circles import compute_circle, write_circle
from urbangis.pipeline.analyses.commuting import (
    commuting_record,
    compute_commuting,
    write_commuting,
)
from urbangis.pipeline.analyses.conflicts import compute_conflicts, write_conflicts
from urbangis.pipeline.analyses.siting import compute_siting, siting_record, write_siting
from urbangis.pipeline.cache import network_of
from urbangis.pipeline.load import Loaded, Tell
from urbangis.pipeline.services import BuiltNetwork, Networks, named
from urbangis.pipeline.summary import notice_records
from urbangis.publish.model import Link, PageGroup
from urbangis.publish.pages.access import AccessResult
from urbangis.publish.pages.circle import CircleResult
from urbangis.publish.pages.conflict_result import ConflictResult
from urbangis.publish.pages.metro_result import MetroResult
from urbangis.publish.pages.siting_result import SitingResult

_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Analyses:
    """What was computed, in the order of the study file."""

    circles: tuple[CircleResult, ...]
    conflicts: tuple[ConflictResult, ...]
    access: tuple[AccessResult, ...]
    sitings: tuple[SitingResult, ...]
    commuting: tuple[MetroResult, ...]

    def notices(self) -> Iterator[tuple[str, Notice]]:
        """Yield what a reader must know, with the analysis that it concerns."""
        results: tuple[
            CircleResult | ConflictResult | AccessResult | SitingResult | MetroResult, ...
        ] = (
            *self.circles,
            *self.conflicts,
            *self.access,
            *self.sitings,
            *self.commuting,
        )
        for result in results:
            yield from ((result.id, one) for one in result.notices)

    def record(self) -> dict[str, Any]:
        """Tell what went in and what came out, as plain values, for ``run.json``."""
        return {
            "circles": {
                one.id: {
                    "circle": one.spec.model_dump(mode="json"),
                    "judged": [service.id for service in one.judged],
                    "study": one.found.zones.iloc[-1][
                        ["total", "covered", "uncovered", "services"]
                    ].to_dict(),
                    "notices": notice_records(one.notices),
                }
                for one in self.circles
            },
            "conflicts": {
                one.id: {
                    "conflict": one.spec.model_dump(mode="json"),
                    "verdicts": one.found.plans["verdict"].value_counts().to_dict(),
                    "pairs": len(one.conflicts),
                    "notices": notice_records(one.notices),
                }
                for one in self.conflicts
            },
            "access": {
                one.id: {
                    "access": one.spec.model_dump(mode="json"),
                    "mode": one.mode.model_dump(mode="json"),
                    "study": one.whole[["total", "covered", "uncovered"]].to_dict(),
                    "mean": {
                        row["measure"]: row["mean"] for row in one.found.equity.to_dict("records")
                    },
                    "notices": notice_records(one.notices),
                }
                for one in self.access
            },
            "sitings": {one.id: siting_record(one) for one in self.sitings},
            "commuting": {one.id: commuting_record(one) for one in self.commuting},
        }


def compute_analyses(
    loaded: Loaded,
    networks: Networks,
    *,
    only: Sequence[str] = (),
    tell: Tell,
    errors: list[InputError] | None = None,
) -> Analyses:
    """Compute what a study names beside its service circles.

    Parameters
    ----------
    loaded
        The study.
    networks
        Of the service circles; those that are lacking are built.
    only
        Names to compute; all if empty.
    tell
        Called with a line of progress before each.
    errors
        Where to put the errors of analyses that cannot be computed, so that all are found; None
        to raise the first.

    Raises
    ------
    InputError
        If a layer does not hold what an analysis needs.
    """
    spec = loaded.study.spec
    maker = _Maker(loaded, dict(networks), tell, errors)

    def wanted(names: Iterable[str]) -> list[str]:
        return [name for name in names if not only or name in only]

    return Analyses(
        circles=maker.each(wanted(spec.circles), maker.circle),
        access=maker.each(wanted(spec.access), maker.access),
        conflicts=maker.each(wanted(spec.conflicts), lambda name: compute_conflicts(loaded, name)),
        sitings=maker.each(wanted(spec.sitings), maker.siting),
        commuting=maker.each(wanted(spec.commuting), lambda name: compute_commuting(loaded, name)),
    )


@dataclass(frozen=True)
class _Maker:
    """Computes analyses one by one; networks are built when they are first needed."""

    loaded: Loaded
    networks: dict[tuple[str, str], BuiltNetwork]
    tell: Tell
    errors: list[InputError] | None

    def each(self, names: Iterable[str], make: Callable[[str], _Result]) -> tuple[_Result, ...]:
        """Make what can be made of the names."""
        made = []
        for name in names:
            self.tell(f"computing {name}")
            try:
                made.append(make(name))
            except InputError as error:
                if self.errors is None:
                    raise
                self.errors.append(error)
        return tuple(made)

    def circle(self, name: str) -> CircleResult:
        spec = self.loaded.study.spec.circles[name]
        network = None
        if spec.streets is not None:
            network = self.network(spec.streets, self.loaded.catalogue.circle(spec.circle).mode)
        return compute_circle(self.loaded, name, network)

    def access(self, name: str) -> AccessResult:
        spec = self.loaded.study.spec.access[name]
        return compute_access(self.loaded, name, self.network(spec.streets, spec.mode))

    def siting(self, name: str) -> SitingResult:
        spec = self.loaded.study.spec.sitings[name]
        service = self.loaded.study.spec.services[spec.service]
        standard = self.loaded.catalogue.standard(service.standard)
        network = None
        if service.streets is not None and standard.mode is not None:
            network = self.network(service.streets, standard.mode)
        return compute_siting(self.loaded, name, spec, network)

    def network(self, streets: str, mode: str) -> BuiltNetwork:
        if (streets, mode) not in self.networks:
            layer = self.loaded.layers[streets]
            with named({"streets": [layer]}):
                self.networks[streets, mode] = network_of(
                    layer, self.loaded.catalogue.mode(mode), self.loaded.study.root
                )
        return self.networks[streets, mode]


def write_analyses(
    loaded: Loaded, analyses: Analyses, folder: Path, *, assets: str
) -> tuple[PageGroup, ...]:
    """Write pages and tables of every analysis; return the ways to the pages, kind by kind."""

    def written(write: Callable[..., Link], results: Iterable[Any]) -> tuple[Link, ...]:
        return tuple(write(loaded, one, folder, assets=assets) for one in results)

    return (
        PageGroup(
            Text(zh="都市圈通勤", en="Commuting in metropolitan areas"),
            written(write_commuting, analyses.commuting),
        ),
        PageGroup(Text(zh="生活圈", en="Life circles"), written(write_circle, analyses.circles)),
        PageGroup(
            Text(zh="可达性与公平性", en="Accessibility and equity"),
            written(write_access, analyses.access),
        ),
        PageGroup(Text(zh="选址", en="Siting"), written(write_siting, analyses.sitings)),
        PageGroup(
            Text(zh="管控线核对", en="Red lines and boundaries"),
            written(write_conflicts, analyses.conflicts),
        ),
    )
