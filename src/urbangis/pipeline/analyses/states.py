"""A study under one scenario, of which each figure is computed once."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from urbangis.measures.coverage import Coverage
from urbangis.pipeline.additions import better_of, by_old_ways
from urbangis.pipeline.analyses.commuting import compute_commuting
from urbangis.pipeline.load import Loaded
from urbangis.pipeline.services import BuiltNetwork, Networks, build_networks, compute_coverage
from urbangis.pipeline.transit import transit_of
from urbangis.publish.pages.metro_result import MetroResult
from urbangis.study import ServiceSpec


@dataclass(frozen=True)
class State:
    """A study under one scenario, with what was computed of it already.

    Parameters
    ----------
    loaded
        The study.
    base
        The study as it is, whose networks and coverages hold here too where no edit concerns them;
        None if this is it.
    built, coverages, circles
        What was made already: networks by streets and mode, the others by names of the study
        file.
    """

    loaded: Loaded
    base: "State | None" = None
    built: dict[tuple[str, str], BuiltNetwork] = field(default_factory=dict)
    coverages: dict[str, Coverage] = field(default_factory=dict)
    circles: dict[str, MetroResult] = field(default_factory=dict)

    def coverage(self, name: str) -> Coverage:
        """Return the coverage of a service, old ways kept where streets are only added."""
        if name not in self.coverages:
            self.coverages[name] = self._coverage(name)
        return self.coverages[name]

    def circle(self, area: str) -> MetroResult:
        """Return a commuting circle."""
        if area not in self.circles:
            base, used = self.base, circle_layers(self.loaded, area)
            self.circles[area] = (
                base.circle(area)
                if base is not None and _same(self.loaded, base.loaded, used)
                else compute_commuting(self.loaded, area)
            )
        return self.circles[area]

    def _coverage(self, name: str) -> Coverage:
        spec, base = self.loaded.study.spec.services[name], self.base
        if base is not None and _same(self.loaded, base.loaded, spec.layers_used):
            return base.coverage(name)
        found = compute_coverage(self.loaded, spec, self.networks(spec))
        old = by_old_ways(self.loaded, spec)
        if old is None or base is None:
            return found
        if _same(old, base.loaded, spec.layers_used):
            was = base.coverage(name)
        else:
            was = compute_coverage(old, spec, base.networks(spec))
        return better_of(was, found, self.loaded.study.levels)

    def networks(self, spec: ServiceSpec) -> Networks:
        """Return networks, the one that a service goes by among them."""
        base = self.base
        if base is not None and spec.streets and _same(self.loaded, base.loaded, [spec.streets]):
            return base.networks(spec)
        mode = self.loaded.catalogue.standard(spec.standard).mode
        if (spec.streets, mode) not in self.built:
            alone = spec.model_copy(update={"compare": ()})
            self.built.update(build_networks(self.loaded, {spec.standard: alone}))
        return self.built


def circle_layers(loaded: Loaded, area: str) -> tuple[str, ...]:
    """Return the layers behind a commuting circle."""
    return (*loaded.study.spec.commuting[area].layers_used, *transit_of(loaded).layers_used)


def _same(one: Loaded, other: Loaded, names: Iterable[str]) -> bool:
    """Tell whether no edit concerns any of these layers."""
    return all(one.layers[name] is other.layers[name] for name in names)
