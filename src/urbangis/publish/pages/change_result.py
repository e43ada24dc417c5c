"""What a comparison of two scenarios says on every page, and one service before and after."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from urbangis.measures.change import Change
from urbangis.measures.coverage import Coverage
from urbangis.notices import Notice, Text
from urbangis.publish.model import Fact, Link, Tone
from urbangis.publish.wording import joined
from urbangis.study import Layer, ServiceSpec


@dataclass(frozen=True)
class Between:
    """The two states that are compared.

    Parameters
    ----------
    states
        What the two are called, before and after.
    edits
        What each changes in the study as it is, in words; None for nothing.
    built
        What is there only after, other than homes: a clinic, a bridge, a line.
    notices
        What the scenarios say of themselves, and whether anything new stands in a red line.
    met
        Restrictive areas that something new stands in, in the layers that they are of.
    left_out
        Pages of the study that the edits concern and that are not compared.
    """

    states: tuple[Text, Text]
    edits: tuple[Text | None, Text | None] = (None, None)
    built: tuple[Layer, ...] = ()
    notices: tuple[Notice, ...] = ()
    met: tuple[Layer, ...] = ()
    left_out: tuple[Text, ...] = ()

    def subtitle(self, study: Text) -> Text:
        """Say of which study and which states a page is."""
        before, after = self.states
        return Text(
            zh=f"{study.zh} · 之前：{before.zh}；之后：{after.zh}",
            en=f"{study.en} · before: {before.en}; after: {after.en}",
        )

    def facts(self) -> tuple[Fact, ...]:
        """State what is before, what after, what differs, and what is not compared."""
        names = (Text(zh="之前", en="Before"), Text(zh="之后", en="After"))
        stated = []
        for name, state, edits in zip(names, self.states, self.edits, strict=True):
            stated.append(Fact(name, state, brief=True))
            if edits is not None:
                changed = joined(name, Text(zh="的改动", en="what changes"), zh="", en=": ")
                stated.append(Fact(changed, edits))
        if self.left_out:
            every = joined(*self.left_out, zh="、", en="; ")
            stated.append(
                Fact(
                    Text(zh="未作前后对照", en="Not compared"),
                    Text(
                        zh=f"{every.zh}：同样受这些改动影响，本对照未计；"
                        "可用 urbangis run --scenario 单独生成情景下的结果",
                        en=f"{every.en}: the changes concern them too, but they are not in this "
                        "comparison; urbangis run --scenario builds them under the scenario",
                    ),
                    brief=True,
                )
            )
        return tuple(stated)


@dataclass(frozen=True)
class ChangeResult:
    """One service before and after, computed.

    Parameters
    ----------
    id, spec
        The service, as the study file names and describes it.
    between
        The two states.
    before, after
        Coverage in either.
    change
        Between the two.
    groups
        The same for each group of people that the service names.
    links
        Downloads, and the way back.
    """

    id: str
    spec: ServiceSpec
    between: Between
    before: Coverage
    after: Coverage
    change: Change
    groups: Mapping[str, Change] = field(default_factory=dict)
    links: tuple[Link, ...] = ()

    @property
    def title(self) -> Text:
        """Name of the service, or of its standard."""
        return self.spec.name or self.after.standard.name


def compared_title(title: Text) -> Text:
    """Name the page of something before and after."""
    return joined(title, Text(zh="前后对照", en="before and after"), zh="：", en=": ")


def change_tone(change: float) -> Tone:
    """Tell whether more is better: of what should be more, the rise."""
    if abs(change) < 0.005:
        return "plain"
    return "good" if change > 0 else "bad"
