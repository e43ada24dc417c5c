"""A page for one zone of a level: its figures by every service, and those of its members."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

import pandas as pd

from urbangis.notices import Text
from urbangis.publish import wording
from urbangis.publish.maps import context
from urbangis.publish.maps.topology import DEGREES
from urbangis.publish.maps.zones import target_rate
from urbangis.publish.model import Figure, Link, Tone
from urbangis.publish.pages.service import ServiceResult
from urbangis.publish.web.sheet import Cell, SheetPage, SheetTable
from urbangis.study import Layer, Level, Study

FOLDER = "zones"
"""Where the pages of zones stand, beside the pages of services."""

_SCREEN_PX = 480  # what the legend leaves free on a small screen
_WHOLE_WORLD_PX = 256
_ZOOMS = (3.0, 15.0)
_TONES: dict[bool | None, Tone] = {True: "good", False: "bad", None: "plain"}
_RATE = Text(zh="覆盖率", en="Coverage rate")
_UNCOVERED = Text(zh="未覆盖", en="Not covered")
_TOTAL = Text(zh="合计", en="Total")


@dataclass(frozen=True)
class Place:
    """A zone of a level, and its figures.

    Parameters
    ----------
    results
        The services of the study, each with a map at ``<id>.html`` in the folder above.
    layers
        The study's layers by id.
    """

    study: Study
    level: Level
    zone: str
    results: Sequence[ServiceResult]
    layers: Mapping[str, Layer]

    @property
    def name(self) -> Text:
        """The zone's name."""
        return _names(self.level)[self.zone]

    @property
    def members(self) -> list[str]:
        """The base zones that it is made of."""
        pairs = self.level.members
        return sorted(pairs.loc[pairs["zone_id"] == self.zone, "member_id"])


def place_file(level: str, zone: str) -> str:
    """Name the file of a zone's page: any id makes a name of its own that any disk takes."""
    return f"{_plain(level)}-{_plain(zone)}.html"


def place_page(place: Place) -> SheetPage:
    """Describe the page of a zone."""
    study, results = place.study, place.results
    used = [place.layers[name] for name in _layers_used(place)]
    return SheetPage(
        title=place.name,
        subtitle=wording.joined(study.name, place.level.name, zh=" · ", en=" · "),
        languages=study.spec.languages,
        review=context.review(study),
        sections=(_services(place), *(_members(place, result) for result in results)),
        facts=context.facts(study, used),
        cautions=context.cautions(used),
        links=_ways(place),
    )


def place_figure(place: Place) -> Figure | None:
    """Return the figure that the front page tells of a zone: the service it has least of."""
    rows = [(_row(place, result), result) for result in place.results]
    rated = [(row, result) for row, result in rows if not pd.isna(row["rate"])]
    if not rated:
        return None
    row, result = min(rated, key=lambda pair: float(pair[0]["rate"]))
    return Figure(result.title, wording.same(_percent(row, result)), tone=_TONES[_met(row)])


def _layers_used(place: Place) -> list[str]:
    names = [str(place.study.spec.levels[0].layer)]
    for result in place.results:
        names += result.layers_used
    return list(dict.fromkeys(names))


def _ways(place: Place) -> tuple[Link, ...]:
    """Lead to the front page, and to the zones before and after this one."""
    names = _names(place.level)
    ids = list(names)
    at = ids.index(place.zone)
    around = [(ids[at - 1], "← ", "")] if at else []
    around += [(ids[at + 1], "", " →")] if at + 1 < len(ids) else []
    return (
        Link(Text(zh="首页", en="Front page"), "../index.html"),
        *(
            Link(
                Text(zh=f"{before}{names[one].zh}{after}", en=f"{before}{names[one].en}{after}"),
                place_file(place.level.id, one),
            )
            for one, before, after in around
        ),
    )


def _services(place: Place) -> SheetTable:
    """Put the services side by side: rate, who is not covered, the rank, the worst member."""
    of = _names(place.study.base)
    rows = []
    for result in place.results:
        row = _row(place, result)
        worst = (
            _rows(place.study.base, result).loc[place.members].sort_values("rate", kind="stable")
        )
        low = worst[worst["rate"].notna()].head(1)
        lowest = (
            Cell(wording.same("—"))
            if low.empty
            else Cell(of[str(low.index[0])], wording.same(_percent(low.iloc[0], result)))
        )
        rows.append(
            (
                Cell(result.title, _clause(result), href=_map(result, place.level, place.zone)),
                _rate(row, result),
                *_amounts(row, result),
                Cell(_rank(place, result)),
                lowest,
            )
        )
    base = place.study.base.name
    return SheetTable(
        Text(zh="各服务圈", en="Every service"),
        (
            Text(zh="服务圈（点选看地图）", en="Service (opens its map)"),
            _RATE,
            _UNCOVERED,
            _TOTAL,
            Text(zh="覆盖率位次", en="Rank by rate"),
            Text(zh=f"覆盖率最低的{base.zh}", en=f"Lowest rate ({base.en})"),
        ),
        tuple(rows),
    )


def _members(place: Place, result: ServiceResult) -> SheetTable:
    """List the base zones by one service, the lowest rate first."""
    base = place.study.base
    names = _names(base)
    found = _rows(base, result).loc[place.members].sort_values("rate", kind="stable")
    return SheetTable(
        wording.joined(result.title, base.name, zh="：各", en=": "),
        (base.name, _RATE, _UNCOVERED, _TOTAL),
        tuple(
            (
                Cell(names[str(zone)], href=_map(result, base, str(zone))),
                _rate(row, result),
                *_amounts(row, result),
            )
            for zone, row in found.iterrows()
        ),
    )


def _rate(row: pd.Series, result: ServiceResult) -> Cell:
    met = _met(row)
    told = {
        True: Text(zh="✓ 达标", en="✓ target met"),
        False: Text(zh="✗ 未达标", en="✗ below target"),
        None: None,
    }[met]
    tone = {True: "met", False: "missed", None: None}[met]
    return Cell(wording.same(_percent(row, result)), told, tone, is_number=True)


def _amounts(row: pd.Series, result: ServiceResult) -> tuple[Cell, Cell]:
    """Return who is not covered, with the share, and how many there are in all."""
    share = row["uncovered"] / row["total"] if row["total"] else math.nan
    unit = _unit(result)
    small = None if math.isnan(share) else wording.same(wording.percent(share))
    return (
        Cell(wording.amount(row["uncovered"], unit), small, is_number=True),
        Cell(wording.amount(row["total"], unit), is_number=True),
    )


def _rank(place: Place, result: ServiceResult) -> Text:
    """Tell how many zones of the level have a higher rate; equals share a rank."""
    rates = _rows(place.level, result)["rate"].dropna()
    if place.zone not in rates.index:
        return wording.same("—")
    rank = 1 + int((rates > rates[place.zone]).sum())
    return Text(zh=f"第 {rank} / 共 {len(rates)}", en=f"{rank} of {len(rates)}")


def _clause(result: ServiceResult) -> Text:
    source = result.coverage.standard.source
    return wording.joined(
        wording.same(source.document), wording.same(source.clause), zh=" ", en=" "
    )


def _row(place: Place, result: ServiceResult) -> pd.Series:
    return _rows(place.level, result).loc[[place.zone]].iloc[0]


def _rows(level: Level, result: ServiceResult) -> pd.DataFrame:
    """Return the figures of a level's zones by id, for the first denominator."""
    coverage = result.coverage
    rows = coverage.zones
    first = coverage.standard.denominators[0]
    rows = rows[(rows["level"] == level.id) & (rows["denominator"] == first)]
    return rows[rows["zone_id"] != ""].set_index("zone_id")


def _percent(row: pd.Series, result: ServiceResult) -> str:
    return wording.percent(float(row["rate"]), target_rate(result.coverage.standard))


def _met(row: pd.Series) -> bool | None:
    return None if pd.isna(row["met"]) else bool(row["met"])


def _unit(result: ServiceResult) -> Text:
    return wording.UNITS[result.coverage.standard.denominators[0]]


def _names(level: Level) -> dict[str, Text]:
    zones = level.zones
    english = zones["name_en"] if "name_en" in zones else zones["name"]
    return {
        zone: Text(zh=name, en=other or name)
        for zone, name, other in zip(zones["id"], zones["name"], english, strict=True)
    }


def _map(result: ServiceResult, level: Level, zone: str) -> str:
    """Lead to a service's map, opened at a zone and coloured by rates, with the zone's card."""
    zones = level.zones[level.zones["id"] == zone].to_crs(DEGREES)
    west, south, east, north = zones.total_bounds
    layer = f"zones-{level.id}"
    view = f"{_zoom(west, south, east, north):g}/{(south + north) / 2:.5f}/{(west + east) / 2:.5f}"
    asked = {"view": view, "theme": layer, "row": f"{layer}/{zone}"}
    pairs = "&".join(f"{key}={quote(value, safe='')}" for key, value in asked.items())
    return f"../{result.id}.html#{pairs}"


def _zoom(west: float, south: float, east: float, north: float) -> float:
    """Return the zoom, in quarters, at which an area fills a part of a screen."""
    high = abs(_mercator(north) - _mercator(south))
    wide = (east - west) / 360
    zoom = math.log2(_SCREEN_PX / _WHOLE_WORLD_PX / max(high, wide, 1e-9))
    return min(max(math.floor(4 * zoom) / 4, _ZOOMS[0]), _ZOOMS[1])


def _mercator(latitude: float) -> float:
    """Return the place of a latitude on a Web Mercator map of height 1."""
    return math.asinh(math.tan(math.radians(latitude))) / (2 * math.pi)


def _plain(text: str) -> str:
    """Write a text with small letters, digits and ``_`` alone; no two texts give the same."""
    return "".join(
        sign if sign in "abcdefghijklmnopqrstuvwxyz0123456789_" else f"-{ord(sign):x}-"
        for sign in text
    )
