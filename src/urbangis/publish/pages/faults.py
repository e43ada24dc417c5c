"""The page of what is wrong with a layer of streets: where to mend the drawing."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np

from urbangis.catalog import Source, Style
from urbangis.network.faults import Fault, NetworkReport
from urbangis.notices import Text
from urbangis.publish.maps import context
from urbangis.publish.maps.display import simplified, tolerance_m
from urbangis.publish.model import ColorClass, Fact, Field, Figure, Link, MapLayer, MapPage, Tone
from urbangis.publish.wording import joined, same
from urbangis.study import Layer, Study

_OWN = Source(document="urbangis", clause="publish/faults", confidence="high")
_WHITE = "#ffffff"


@dataclass(frozen=True)
class _Kind:
    """How a kind of fault is named, told and drawn; ``show`` where it is surely an error."""

    name: Text
    meaning: Text
    color: str
    shape: str
    show: bool = True


_KINDS: dict[Fault, _Kind] = {
    "gap": _Kind(
        Text(zh="未接上", en="Gap"),
        Text(
            zh="端点差一点没有接到另一条道路上",
            en="an end stops just short of a street that runs on",
        ),
        "#d55e00",
        "triangle",
    ),
    "overshoot": _Kind(
        Text(zh="出头", en="Overshoot"),
        Text(zh="端点越过了要接的道路", en="an end goes just beyond the street that it meets"),
        "#cc79a7",
        "triangle",
    ),
    "uncut": _Kind(
        Text(zh="接口未打断", en="Uncut meeting"),
        Text(
            zh="端点接在另一条道路中段，该道路没有在此打断",
            en="an end lies on a street that is not cut there",
        ),
        "#e69f00",
        "diamond",
    ),
    "crossing": _Kind(
        Text(zh="相交未打断", en="Uncut crossing"),
        Text(
            zh="同一层的两条道路相交，却没有节点；确为立交的，请填写层级",
            en="streets of one grade cross without a node; give bridges their grade",
        ),
        "#0072b2",
        "diamond",
    ),
    "duplicate": _Kind(
        Text(zh="重复线", en="Duplicate"),
        Text(
            zh="与另一条道路画得完全一样，方向可相反",
            en="drawn like another street, either way round",
        ),
        "#009e73",
        "square",
    ),
    "no-length": _Kind(
        Text(zh="零长度", en="Without length"),
        Text(zh="起点与终点重合，没有长度", en="a line that is a point"),
        "#000000",
        "square",
    ),
    "dangle": _Kind(
        Text(zh="断头", en="Dead end"),
        Text(
            zh="端点不与任何道路相接：可能是断头路，也可能是漏画",
            en="an end that meets no street: a cul-de-sac, or something missing",
        ),
        "#56b4e9",
        "circle",
        show=False,
    ),
}
_PIECES = (
    ColorClass("#7b8894", Text(zh="主网", en="The largest piece")),
    ColorClass("#d0021b", Text(zh="与主网不相连", en="Not connected with it")),
)
_STREET = Field("id", Text(zh="道路编号", en="Street"))


def faults_page(
    study: Study, layer: Layer, report: NetworkReport, *, links: tuple[Link, ...] = ()
) -> MapPage:
    """Describe the page of a layer's faults.

    Parameters
    ----------
    layer
        Contract ``streets``.
    report
        Of this layer.
    links
        To files and other pages.
    """
    counts = {fault: report.count(fault) for fault in _KINDS}
    wrong = sum(count for fault, count in counts.items() if _KINDS[fault].show)
    points = [_points(report, fault, counts[fault]) for fault in reversed(_KINDS) if counts[fault]]
    title = joined(layer.spec.name, Text(zh="路网检查", en="network check"), zh="：", en=": ")
    page = context.map_page(study, title, [layer])
    return replace(
        page,
        layers=context.stacked(study, [_streets(study, report), *points]),
        figures=(*_figures(report, wrong), *_kind_figures(counts)),
        facts=(*_facts(counts), *page.facts),
        links=links,
    )


def _figures(report: NetworkReport, wrong: int) -> tuple[Figure, ...]:
    kilometres = f"{report.length_m / 1000:,.1f}"
    return (
        Figure(
            Text(zh="待核对", en="To be checked"),
            _places(wrong),
            Text(zh="不含断头", en="dead ends apart"),
            tone="bad" if wrong else "good",
        ),
        Figure(
            Text(zh="主网所占长度", en="Length in the largest piece"),
            same(f"{report.longest_share:.1%}"),
        ),
        Figure(
            Text(zh="互不相连", en="Pieces apart"),
            Text(zh=f"{report.pieces:,} 片", en=f"{report.pieces:,}"),
        ),
        Figure(
            Text(zh="道路长度", en="Length of streets"),
            Text(zh=f"{kilometres} 公里", en=f"{kilometres} km"),
        ),
    )


def _kind_figures(counts: dict[Fault, int]) -> Iterator[Figure]:
    """Tell how many there are of every kind, those that were not found too."""
    for fault, count in counts.items():
        tone: Tone = "bad" if count and _KINDS[fault].show else "plain"
        yield Figure(_KINDS[fault].name, _places(count), tone=tone)


def _facts(counts: dict[Fault, int]) -> Iterator[Fact]:
    """Tell what the kinds mean."""
    for fault in counts:
        yield Fact(_KINDS[fault].name, _KINDS[fault].meaning)


def _places(count: int) -> Text:
    return Text(zh=f"{count:,} 处", en=f"{count:,} place{'' if count == 1 else 's'}")


def _streets(study: Study, report: NetworkReport) -> MapLayer:
    """Colour the streets by whether they are connected with most others."""
    lines = report.lines.rename(columns={"street_id": "id"})
    lines = lines.assign(name=lines["id"], **{"class": np.minimum(lines["piece"], 1)})
    return MapLayer(
        id="streets",
        name=Text(zh="道路", en="Streets"),
        table=simplified(gpd.GeoDataFrame(lines, crs=report.lines.crs), tolerance_m(study)),
        style=_style(_PIECES[0].color, weight=1.2, fill_opacity=0.0),
        classes=_PIECES,
        interactive=False,
    )


def _points(report: NetworkReport, fault: Fault, count: int) -> MapLayer:
    """Show the faults of one kind, their number in the legend."""
    kind = _KINDS[fault]
    table = report.faults[report.faults["fault"] == fault].rename(columns={"street_id": "id"})
    style = _style(
        _WHITE, fill=kind.color, fill_opacity=0.95, weight=0.8, radius=4.5, shape=kind.shape
    )
    return MapLayer(
        id=fault,
        name=Text(zh=f"{kind.name.zh}（{count:,}）", en=f"{kind.name.en} ({count:,})"),
        table=table.assign(name=kind.name.zh, name_en=kind.name.en),
        style=style,
        fields=(_STREET,),
        show=kind.show,
        note=kind.meaning,
    )


def _style(color: str, **drawn: object) -> Style:
    name = Text(zh="路网检查", en="Network check")
    return Style.model_validate(
        {"id": "fault", "name": name, "color": color, "source": _OWN, **drawn}
    )
