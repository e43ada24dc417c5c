"""The print map of a service circle, and its atlas: the page of the service, laid on paper."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import geopandas as gpd
import pandas as pd
import shapely

from urbangis.catalog import Catalogue
from urbangis.notices import Language, Text
from urbangis.publish import wording
from urbangis.publish.maps.cells import UNCOVERED_CELLS
from urbangis.publish.maps.rings import RINGS, ring_bands
from urbangis.publish.maps.zones import target_rate
from urbangis.publish.model import Fact, Figure, ImageLayer, MapLayer, MapPage, Tone
from urbangis.publish.pages.service import DEMAND, ServiceResult, service_page
from urbangis.publish.print.drawing import symbol_points
from urbangis.publish.print.model import Inset, Names, PrintMap
from urbangis.publish.print.paper import POINT_MM
from urbangis.study import Layer, Level, Study
from urbangis.study.printing import PrintSpec

_MOST_NAMED = 60  # facilities: of more, none is named
_AROUND = 0.04  # of an atlas page's zone, shown round it


@dataclass(frozen=True)
class ServicePrint:
    """What the sheets of one service are made from.

    Parameters
    ----------
    page
        The page of the service, whose figures and facts the sheets show.
    drawn
        Its layers, in the study's CRS.
    """

    study: Study
    result: ServiceResult
    layers: Mapping[str, Layer]
    page: MapPage
    drawn: tuple[MapLayer, ...]
    spec: PrintSpec

    @property
    def language(self) -> Language:
        """Language of the sheets."""
        return self.spec.language or self.study.spec.languages[0]

    @property
    def level(self) -> Level:
        """Level of the zones whose rates are shown."""
        return _level(self.study, self.spec.level)


def service_print(
    study: Study,
    result: ServiceResult,
    layers: Mapping[str, Layer],
    catalogue: Catalogue,
    spec: PrintSpec,
) -> ServicePrint:
    """Collect what the sheets of a service show.

    Parameters
    ----------
    layers, catalogue
        As of `service_page`.
    spec
        What the study file asks for.
    """
    page = service_page(study, result, layers, catalogue)
    metric = tuple(
        replace(one, table=one.table.to_crs(study.crs))
        for one in _outlined(study, result, page.layers)
        if isinstance(one, MapLayer)
    )
    return ServicePrint(study, result, layers, page, metric, spec)


def _outlined(
    study: Study, result: ServiceResult, layers: tuple[MapLayer | ImageLayer, ...]
) -> Iterator[MapLayer | ImageLayer]:
    """Yield the layers of a page; service areas as polygons, which paper shows however many."""
    for layer in layers:
        if layer.id == RINGS and isinstance(layer, ImageLayer) and result.rings is not None:
            yield ring_bands(study, result.rings, result.coverage.standard.cutoff_min)
        else:
            yield layer


def service_map(one: ServicePrint) -> PrintMap:
    """Describe the sheet of the whole study."""
    west, south, east, north = one.study.base.zones.total_bounds
    theme = _theme(one)
    shown = [layer for layer in one.drawn if _is_shown(layer, theme)]
    return PrintMap(
        title=one.page.title,
        subtitle=wording.joined(one.page.subtitle, theme.name, zh=" · ", en=" · "),
        language=one.language,
        crs=one.study.crs,
        extent=(float(west), float(south), float(east), float(north)),
        layers=tuple(shown),
        names=_names(one),
        figures=one.page.figures,
        facts=_facts(one),
        review=one.page.review,
        cautions=(*one.page.cautions, *_doubt(one)),
        inset=_inset(one),
        image=_image(one, theme),
    )


def atlas_maps(one: ServicePrint) -> Iterator[PrintMap]:
    """Describe a sheet for each zone of the level that the study file names as ``atlas``."""
    whole = service_map(one)
    level = _level(one.study, one.spec.atlas)
    outline = shapely.union_all(one.study.base.zones.geometry.to_numpy())
    layers = tuple(
        replace(layer, show=True) if layer.id == DEMAND else layer for layer in one.drawn
    )
    theme = _theme(one)
    shown = tuple(layer for layer in layers if _is_shown(layer, theme) or layer.id == DEMAND)
    for zone in level.zones.itertuples():
        name = Text(zh=str(zone.name), en=str(getattr(zone, "name_en", "") or zone.name))
        west, south, east, north = zone.geometry.bounds
        air = _AROUND * max(east - west, north - south)
        yield replace(
            whole,
            title=wording.joined(name, whole.title, zh="　", en=": "),
            extent=(west - air, south - air, east + air, north + air),
            layers=shown,
            figures=_zone_figures(one, level, str(zone.id)),
            place=zone.geometry,
            inset=Inset(one.study.name, outline, zone.geometry),
        )


def _level(study: Study, name: str | None) -> Level:
    return next((level for level in study.levels if level.id == name), study.base)


def _theme(one: ServicePrint) -> MapLayer:
    """Return the layer that colours the ground."""
    themes = {layer.id: layer for layer in one.drawn if layer.kind == "theme"}
    zones = themes[f"zones-{one.level.id}"]
    wanted = one.spec.theme
    if wanted == "zones" or (wanted is None and one.spec.level is not None):
        return zones
    return themes.get(RINGS, zones)


def _is_shown(layer: MapLayer, theme: MapLayer) -> bool:
    """Whether a layer is on the sheet; homes are, where the service area is."""
    if layer.kind == "theme":
        return layer.id == theme.id
    return layer.show and (layer.id != DEMAND or theme.id == RINGS)


def _names(one: ServicePrint) -> tuple[Names, ...]:
    """Return the names of the level above, of the zones shown with their rates, of facilities."""
    study, language = one.study, one.language
    shown = {layer.id: layer for layer in one.drawn}
    groups = []
    above = study.levels[study.levels.index(one.level) + 1 :]
    for level in [other for other in above if other.partition][:1]:
        table = shown[f"zones-{level.id}"].table.assign(detail="")
        groups.append(Names(_named(table, language), 10.5, bold=True))
    zones = shown[f"zones-{one.level.id}"].table
    standard = one.result.coverage.standard
    rates = zones[f"{standard.denominators[0]}_rate"]
    told = [wording.percent(float(rate), target_rate(standard)) for rate in rates]
    groups.append(Names(_named(zones.assign(detail=told), language), 7.0))
    for name in one.result.spec.facilities:
        table = shown[name].table
        if len(table) <= _MOST_NAMED and "name" in table:
            half_mm = symbol_points(shown[name].style, 1.0) / 2 * POINT_MM
            named = _named(table.assign(detail=""), language)
            groups.append(Names(named, 6.0, symbol_mm=half_mm))
    return tuple(groups)


def _named(table: gpd.GeoDataFrame, language: Language) -> gpd.GeoDataFrame:
    """Return names in a language, the largest shapes first."""
    names = table["name"].fillna("").astype(str)
    if language == "en" and "name_en" in table:
        english = table["name_en"].fillna("").astype(str)
        names = names.where(english == "", english)
    order = table.area.to_numpy().argsort(kind="stable")[::-1]
    return table.assign(name=names).iloc[order]


def _facts(one: ServicePrint) -> tuple[Fact, ...]:
    """Return clause, model, date and CRS, the sources of the layers, the note, the publisher."""
    used = [one.layers[name] for name in (*one.result.layers_used, *one.result.spec.context)]
    base = one.layers[str(one.study.spec.levels[0].layer)]
    sources = dict.fromkeys(layer.spec.source for layer in [base, *used])
    told = [fact for fact in one.page.facts if fact.brief]
    told.append(
        Fact(Text(zh="资料来源", en="Sources"), wording.same("；".join(sources)))
        if one.language == "zh"
        else Fact(Text(zh="资料来源", en="Sources"), wording.same("; ".join(sources)))
    )
    if one.spec.atlas is not None or _theme(one).id == RINGS:
        # Homes are drawn; their layer says if there are more than are.
        homes = [layer for layer in one.drawn if layer.id == DEMAND]
        told += [Fact(layer.name, layer.note) for layer in homes if layer.note is not None]
    if one.result.spec.note is not None:
        told.append(Fact(Text(zh="说明", en="Note"), one.result.spec.note))
    if one.study.spec.publisher is not None:
        told.append(Fact(Text(zh="编制单位", en="Publisher"), one.study.spec.publisher))
    return tuple(told)


def _doubt(one: ServicePrint) -> tuple[Text, ...]:
    """Say that the standard itself is not sure, where it is not."""
    source = one.result.coverage.standard.source
    if source.confidence != "low":
        return ()
    return (
        Text(
            zh=f"依据可信度低：{source.document} {source.clause}",
            en=f"Low confidence in the source: {source.document} {source.clause}",
        ),
    )


def _image(one: ServicePrint, theme: MapLayer) -> ImageLayer | None:
    """Return the picture of cells that stands for homes where there are too many to draw."""
    if theme.id != RINGS:
        return None
    images = (layer for layer in one.page.layers if isinstance(layer, ImageLayer))
    return next((layer for layer in images if layer.id == UNCOVERED_CELLS), None)


def _inset(one: ServicePrint) -> Inset | None:
    if one.spec.inset is None:
        return None
    layer = one.layers[one.spec.inset]
    place = shapely.union_all(one.study.base.zones.geometry.to_numpy())
    around = shapely.union_all(layer.table.geometry.to_numpy())
    return Inset(layer.spec.name, around, place)


def _zone_figures(one: ServicePrint, level: Level, zone_id: str) -> tuple[Figure, ...]:
    """Return rate, covered and uncovered of one zone, as its row of the table has them."""
    coverage = one.result.coverage
    denominator = coverage.standard.denominators[0]
    rows = coverage.zones[
        (coverage.zones["level"] == level.id)
        & (coverage.zones["zone_id"] == zone_id)
        & (coverage.zones["denominator"] == denominator)
    ]
    row = rows.iloc[0]
    return row_figures(row, denominator, target_rate(coverage.standard))


def row_figures(row: pd.Series, denominator: str, target: float | None) -> tuple[Figure, ...]:
    """Return the headline figures of one row of a coverage table."""
    of, unit = wording.DENOMINATORS[denominator], wording.UNITS[denominator]
    tone: Tone = "plain"
    note = None
    if target is not None and not pd.isna(row["rate"]):
        goal = wording.short_percent(target)
        met = bool(row["met"])
        tone = "good" if met else "bad"
        note = (
            Text(zh=f"达到目标 {goal}", en=f"meets the target of {goal}")
            if met
            else Text(zh=f"未达目标 {goal}", en=f"below the target of {goal}")
        )
    rate = wording.percent(float(row["rate"]), target)
    return (
        Figure(Text(zh=f"{of.zh}覆盖率", en=f"{of.en} covered"), wording.same(rate), note, tone),
        Figure(of, wording.amount(float(row["total"]), unit)),
        Figure(
            Text(zh=f"未覆盖{of.zh}", en=f"{of.en} not covered"),
            wording.amount(float(row["uncovered"]), unit),
        ),
    )
