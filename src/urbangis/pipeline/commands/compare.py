"""Hold a study under one scenario against the study under another, circle by circle."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from urbangis.errors import StudyError
from urbangis.measures.zoning import STUDY
from urbangis.notices import Text
from urbangis.pipeline.analyses.commuting_change import (
    compute_commuting_change,
    write_commuting_change,
)
from urbangis.pipeline.analyses.new_conflicts import NewConflicts, new_conflicts
from urbangis.pipeline.analyses.service_change import (
    compute_service_change,
    write_service_change,
)
from urbangis.pipeline.analyses.states import State, circle_layers
from urbangis.pipeline.load import Loaded, Tell, load_study
from urbangis.pipeline.outputs import replaced_folder, write_result
from urbangis.pipeline.scenarios import AS_IT_IS, edited_layers, told_of, under_scenario
from urbangis.publish.basemap import write_tiles
from urbangis.publish.model import Link
from urbangis.publish.pages.change_result import Between, ChangeResult
from urbangis.publish.pages.edits import edits_told
from urbangis.publish.pages.index import FRONT
from urbangis.publish.pages.metro_change_result import MetroChange
from urbangis.publish.web.page import write_assets
from urbangis.scenario import read_scenario
from urbangis.study import Layer

_BACK = (Link(FRONT.label, f"../{FRONT.href}"),)
_CONFLICTS = Link(
    Text(zh="新增设施冲突表（CSV）", en="Conflicts of what is new (CSV)"), "data/conflicts.csv"
)


@dataclass(frozen=True)
class Compared:
    """What a comparison found.

    Parameters
    ----------
    services, circles
        One for each service circle and commuting circle that an edit concerns, in the order of the
        study file.
    untouched
        Those that no edit concerns, and commuting circles in which it changes nothing.
    between
        The two states.
    conflicts
        What is new, held against the study's restrictive areas.
    layers
        The study's layers as they are after.
    """

    services: tuple[ChangeResult, ...]
    circles: tuple[MetroChange, ...]
    untouched: tuple[str, ...]
    between: Between
    conflicts: NewConflicts
    layers: Mapping[str, Layer]

    def told(self) -> Iterator[str]:
        """Yield a line for each circle: its rate before and after, who gains and who loses."""
        for one in self.services:
            zones = one.change.zones
            yield _line(one.id, zones[zones["level"] == STUDY].iloc[0])
        for circle in self.circles:
            whole = circle.change.whole()
            yield f"{_line(circle.id, whole)}, mean {whole['saved_min']:+.2f} min saved"
        if self.untouched:
            yield f"No change: {', '.join(self.untouched)}"


def _line(name: str, whole: pd.Series) -> str:
    return (
        f"{name}: {whole['rate_before']:.1%} -> {whole['rate_after']:.1%}, "
        f"gained {whole['gained']:,.0f}, lost {whole['lost']:,.0f}"
    )


def compare(
    study: Path,
    before: str,
    after: str,
    *,
    output: Path,
    only: Sequence[str] = (),
    tell: Tell = lambda _: None,
) -> Compared:
    """Compare a study under two scenarios, and write page and table of each circle concerned.

    Parameters
    ----------
    study
        The study's folder or file.
    before, after
        Names of scenarios; ``"baseline"`` is the study as it is.
    output
        Folder for ``<circle>.html`` and ``data/<circle>/change.csv``; what it held is replaced.
    only
        Service and commuting circles to compare; all that an edit concerns if empty.
    tell
        Called with a line of progress before each step.

    Raises
    ------
    InputError
        If the study or a scenario is wrong, or names a service that is not there.
    """
    loaded = load_study(study, tell=tell)
    compared = compare_states(State(loaded), before, after, only=only, tell=tell)
    with replaced_folder(output) as folder:
        write_assets(folder / "assets")
        write_tiles(loaded.study, folder / "assets")
        write_comparison(loaded, compared, folder, assets="assets")
    return compared


def compare_states(
    base: State, before: str, after: str, *, only: Sequence[str] = (), tell: Tell
) -> Compared:
    """Compute every service circle and commuting circle that the scenarios concern, twice.

    What no edit names is read, built and computed once.

    Parameters
    ----------
    base
        The study as it is.
    before, after, only, tell
        As of `compare`.
    """
    loaded, spec = base.loaded, base.loaded.study.spec
    known = (*spec.services, *spec.commuting)
    for name in only:
        if name not in known:
            raise StudyError(
                f'there is no service "{name}"', remedy=f"Name one of: {', '.join(known)}."
            )
    edited = edited_layers(loaded, before, after)
    used = {name: one.layers_used for name, one in spec.services.items()}
    used |= {area: circle_layers(loaded, area) for area in spec.commuting}
    touched = [
        name
        for name, layers in used.items()
        if edited.intersection(layers) and (not only or name in only)
    ]
    first, second = (_state(base, name) for name in (before, after))
    conflicts = new_conflicts(first.loaded, second.loaded, edited)
    between = _between(loaded, (before, after), (first, second), conflicts)
    services, circles = list[ChangeResult](), list[MetroChange]()
    for name in touched:
        tell(f"comparing {name}")
        if name in spec.services:
            services.append(compute_service_change(first, second, name, edited, between))
        else:
            was, now = first.circle(name), second.circle(name)
            found = compute_commuting_change(first.loaded, second.loaded, was, now, between)
            if name in only or not found.change.is_nothing:
                circles.append(found)
    made = {*(one.id for one in services), *(one.id for one in circles)}
    untouched = tuple(name for name in known if name not in made)
    return Compared(
        tuple(services), tuple(circles), untouched, between, conflicts, second.loaded.layers
    )


def _state(base: State, name: str) -> State:
    return base if name == AS_IT_IS else State(under_scenario(base.loaded, name), base)


def _between(
    loaded: Loaded, names: tuple[str, str], states: tuple[State, State], conflicts: NewConflicts
) -> Between:
    """Say what the two states are, what differs, and what is not compared."""
    told = [told_of(loaded, name) for name in names]
    first, second = (
        None
        if name == AS_IT_IS
        else edits_told(read_scenario(name, loaded.study.root), loaded.layers, state.loaded.layers)
        for name, state in zip(names, states, strict=True)
    )
    return Between(
        (told[0][0], told[1][0]),
        (first, second),
        notices=(*(one for _, notices in told for one in notices), *conflicts.notices),
        met=conflicts.areas,
        left_out=_left_out(loaded, edited_layers(loaded, *names)),
    )


def _left_out(loaded: Loaded, edited: frozenset[str]) -> tuple[Text, ...]:
    """Name the pages that the edits concern and that are not compared."""
    spec = loaded.study.spec
    pages = [
        *(
            (one.name or loaded.catalogue.circle(one.circle).name, one.layers_used)
            for one in spec.circles.values()
        ),
        *((one.name, one.layers_used) for one in spec.access.values()),
        *((one.name, one.layers_used) for one in spec.conflicts.values()),
        *(
            (one.name or Text(zh=f"选址（{name}）", en=f"siting {name}"), one.layers_used)
            for name, one in spec.sitings.items()
        ),
    ]
    return tuple(name for name, layers in pages if edited.intersection(layers))


def write_comparisons(
    base: State, folder: Path, *, assets: str, only: Sequence[str] = (), tell: Tell
) -> tuple[Link, ...]:
    """Compare what the study file asks for, each in a folder of its own; return the ways there.

    Parameters
    ----------
    base
        The study as it is.
    folder, assets
        Where the site is, and the way from its front page to the scripts.
    only
        Services and comparisons to build; all if empty.
    tell
        Called with a line of progress before each step.
    """
    ways = []
    for name, spec in base.loaded.study.spec.comparisons.items():
        if only and name not in only:
            continue
        compared = compare_states(base, spec.before, spec.after, only=spec.services, tell=tell)
        pages = write_comparison(
            base.loaded, compared, folder / name, assets=f"../{assets}", back=_BACK
        )
        ways += [replace(page, href=f"{name}/{page.href}") for page in pages]
    return tuple(ways)


def write_comparison(
    loaded: Loaded, compared: Compared, folder: Path, *, assets: str, back: tuple[Link, ...] = ()
) -> tuple[Link, ...]:
    """Write a page and the tables of each circle compared; return the ways to the pages.

    Parameters
    ----------
    loaded
        The study as it is.
    folder
        Where the pages go; their tables go into ``data/<circle>``.
    assets
        Way from the pages to the scripts.
    back
        Ways to other pages.
    """
    if compared.conflicts.pairs is not None:
        write_result(folder / "data", {"conflicts": compared.conflicts.pairs}, {})
        back = (*back, _CONFLICTS)
    # Commuting first: where lines are new, it is the question.
    ways = (
        *(
            write_commuting_change(
                loaded, circle, compared.layers, folder, assets=assets, back=back
            )
            for circle in compared.circles
        ),
        *(
            write_service_change(loaded, one, compared.layers, folder, assets=assets, back=back)
            for one in compared.services
        ),
    )
    after = compared.between.states[1]
    return tuple(
        replace(
            way,
            label=Text(zh=f"{after.zh}：{way.label.zh}", en=f"{after.en}: {way.label.en}"),
        )
        for way in ways
    )
