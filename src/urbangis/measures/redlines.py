"""Plans, sites and lines against ecological red lines; land inside and outside a boundary.

Whether a plan touches a red line is not the question: the plan that drew the line (its generation)
and the tier say what may be built there, and rules of the catalogue hold that with their clauses.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from urbangis.catalog import Rule
from urbangis.crs import require_metric
from urbangis.errors import CrsError, TableError
from urbangis.measures.overlay import (
    Floats,
    Meeting,
    Shapes,
    check_balance,
    counted_once,
    inside,
    meet,
    nearest,
    on_border,
    size_of,
    unions,
)
from urbangis.measures.redline_rules import VERDICTS, ruled
from urbangis.measures.zoning import STUDY, TOLERANCE
from urbangis.notices import Notice, Text, notice

_CLEAR = len(VERDICTS) - 1

_AREA, _CONFLICT, _TOLERATED = (
    ("area_m2", "length_m"),
    ("conflict_m2", "conflict_m"),
    ("tolerated_m2", "tolerated_m"),
)


@dataclass(frozen=True)
class Conflicts:
    """What stands where it may not, and what must be looked at.

    A verdict is ``"forbid"``, ``"positive-list"`` (nothing but what a list allows), ``"review"``
    (it depends on the project) or ``"clear"``. It is *indicative* where it rests on a line that is
    not surveyed or on anything of low confidence: then the legal line must decide.

    Parameters
    ----------
    plans
        One row a plan, in the order given: ``id, name, verdict, indicative, redline_id, rule_id,
        document, clause`` (of the strictest verdict; of equal ones the firm before the indicative,
        then the one with the largest conflict), ``area_m2`` or ``length_m`` (NaN for what is no
        polygon, no line), ``conflict_m2`` or ``conflict_m``, ``share`` (of area, length or
        points, 0 to 1), ``distance_m, geometry``. Red-line areas that overlap count once. Where
        the verdict is clear, ``redline_id`` is the nearest area and ``distance_m`` how far it is,
        and it is indicative if any of the red lines is.
    parts
        Every plan shared out among the verdicts, the strictest first come: ``plan_id, verdict,
        area_m2, length_m, share``, four rows a plan, which add up to it.
    pairs
        One row for each plan and red-line area that meet, each with its own size, also where areas
        overlap: ``plan_id, redline_id, redline_name, generation, tier, verdict, conflict_m2,
        conflict_m, share`` (of the plan), ``tolerated_m2, tolerated_m`` (overlap below the
        tolerance), ``rule_id, requirement, document, clause, quote, confidence`` (the lower of the
        rule's and the area's), ``indicative``. Those that only touch are clear.
    notices
        What a reader must know.
    """

    plans: gpd.GeoDataFrame
    parts: pd.DataFrame
    pairs: pd.DataFrame
    notices: tuple[Notice, ...]


def check_conflicts(
    plans: gpd.GeoDataFrame,
    redlines: gpd.GeoDataFrame,
    *,
    rules: Mapping[str, Rule],
    sliver_m2: float = 10.0,
    sliver_width_m: float = 0.5,
) -> Conflicts:
    """Hold plans (polygons), sites (points) and lines against red-line areas.

    The border itself is no conflict. Nor is a sliver, which comes from drawing one border twice:
    an overlap of two polygons, each of which keeps most of itself, that is smaller than
    ``sliver_m2``, or everywhere narrower than ``sliver_width_m`` where the polygons are not; a line
    or point that is nowhere deeper than ``sliver_width_m`` inside. All of these are listed.

    Parameters
    ----------
    plans
        ``id, name``, polygons, lines and points, mixed or not, in a metric CRS. Where a line
        runs over itself it counts once.
    redlines
        Contract ``redlines`` in the same CRS, with ``generation`` (the year of the plan that drew
        the area) and, if known, ``type``, ``nature`` and ``confidence``. A row whose ``nature`` is
        not said to be ``"surveyed"``, or whose ``confidence`` is ``"low"``, gives indicative
        verdicts.
    rules
        By id, as in `Catalogue.rules`. A rule for the area's type goes before one for all types,
        then the stricter before the milder.
    sliver_m2, sliver_width_m
        The tolerance, in square metres and metres; 0 for none.

    Raises
    ------
    TableError
        If a column or geometry is missing, or no rule fits a red-line area.
    CrsError
        If the two tables are not in one metric CRS.
    BalanceError
        If inside and outside do not make up a plan (a defect).
    """
    _require(plans, redlines)
    areas = ruled(redlines, rules)
    shapes = counted_once(plans.geometry.to_numpy())
    met = meet(
        shapes, areas.geometry.to_numpy(), sliver_m2=sliver_m2, sliver_width_m=sliver_width_m
    )
    sizes = _shared_out(shapes, met, areas)
    pairs = _pairs(met, areas, shapes)
    judged = _judged(plans, shapes, sizes, areas, pairs)
    told = (*_of_areas(areas), *_of_plans(plans, sizes, pairs))
    listed = _listed(plans, areas, pairs)
    return Conflicts(judged, _parts(plans, shapes, sizes), listed, told)


def outside_boundary(parcels: gpd.GeoDataFrame, growth_boundary: gpd.GeoDataFrame) -> pd.DataFrame:
    """Share out parcels between the inside and the outside of a boundary.

    For industrial land and the urban growth boundary (城镇开发边界), and as well for any land and
    permanent farmland, water, or another layer of polygons.

    Parameters
    ----------
    parcels
        ``id, name``, polygons in a metric CRS.
    growth_boundary
        Polygons in the same CRS; where they overlap they count once.

    Returns
    -------
    DataFrame
        ``id, name, area_m2, inside_m2, outside_m2, inside_share``, a row a parcel in their order,
        and one for all (id ``"study"``), in which land that several parcels share counts once.

    Raises
    ------
    TableError, CrsError
        If a geometry is missing or no polygon, or the two are not in one metric CRS.
    BalanceError
        If inside and outside do not make up a parcel (a defect).
    """
    _require(parcels, growth_boundary)
    _require_polygons(parcels, "parcels")
    land = np.append(parcels.geometry.to_numpy(), parcels.union_all())
    room = np.array([shapely.union_all(growth_boundary.geometry.to_numpy())])
    met = meet(land, room, sliver_m2=0.0, sliver_width_m=0.0)
    around = unions(met.common, met.row, len(land))
    area_m2, inside_m2 = shapely.area(land), shapely.area(around)
    check_balance(land, around, inside_m2)
    inside_m2 = _whole_where_full(inside_m2, area_m2)
    return pd.DataFrame(
        {
            "id": [*parcels["id"], STUDY],
            "name": [*parcels["name"], "合计"],
            "area_m2": area_m2,
            "inside_m2": inside_m2,
            "outside_m2": area_m2 - inside_m2,
            "inside_share": inside_m2 / area_m2,
        }
    )


# What the tables must hold ----------------------------------------------------------------------


def _require(plans: gpd.GeoDataFrame, redlines: gpd.GeoDataFrame) -> None:
    require_metric(plans.crs)
    if plans.crs != redlines.crs:
        raise CrsError(
            "the two layers are in two coordinate systems",
            remedy="Read both into the study's.",
        )
    for layer, table in (("plans", plans), ("red lines", redlines)):
        if table.empty:
            raise TableError(
                "holds no rows", layer=layer, remedy="Check that this is the right layer."
            )
        shapes = table.geometry.to_numpy()
        placed = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
        placed &= shapely.get_type_id(shapes) != shapely.GeometryType.GEOMETRYCOLLECTION
        if not placed.all():
            raise TableError(
                "has no geometry, or several kinds of it in one",
                layer=layer,
                row=_name(table, int(placed.argmin())),
                remedy="Give it one kind, or leave it out of the check and say so.",
            )
    _require_polygons(redlines, "red lines")


def _require_polygons(table: gpd.GeoDataFrame, layer: str) -> None:
    flat = shapely.get_dimensions(table.geometry.to_numpy()) == 2
    if not flat.all():
        raise TableError(
            "is no polygon, so that nothing lies inside it",
            layer=layer,
            row=_name(table, int(flat.argmin())),
            remedy="Draw the areas as polygons.",
        )


def _name(table: gpd.GeoDataFrame, row: int) -> str | int:
    return str(table["id"].iloc[row]) if "id" in table else row + 1


# What it comes to -------------------------------------------------------------------------------


def _shared_out(shapes: Shapes, met: Meeting, areas: gpd.GeoDataFrame) -> Floats:
    """Share each plan out among the verdicts, the strictest first: plans x 4 sizes."""
    _, first, part = np.unique(met.part, return_index=True, return_inverse=True)
    ours, rank = met.ours[first], areas["rank"].to_numpy()[met.area]
    reach = np.zeros((len(ours), _CLEAR))
    around = np.full(len(ours), shapely.Polygon(), object)
    for verdict in range(_CLEAR):
        more = np.unique(part[met.counts & (rank == verdict)])
        some = met.counts & (rank <= verdict) & np.isin(part, more)
        around[more] = unions(met.cover[some], part[some], len(ours))[more]
        reach[more, verdict] = inside(ours[more], around[more])
    reach = np.maximum.accumulate(reach, axis=1)
    check_balance(ours, around, reach[:, -1])
    within = np.zeros((len(shapes), _CLEAR))
    np.add.at(within, met.row[first], reach)
    total = size_of(shapes, shapely.get_dimensions(shapes))[:, None]
    within = np.minimum(_whole_where_full(within, total), total)
    within = np.maximum.accumulate(within, axis=1)
    return np.diff(np.hstack([within, total]), axis=1, prepend=0.0)


def _whole_where_full(size: Floats, total: Floats) -> Floats:
    """Let what is inside altogether be the whole, not the whole less the last bit of a sum."""
    return np.where(np.abs(size - total) <= TOLERANCE * total, total, size)


def _pairs(met: Meeting, areas: gpd.GeoDataFrame, shapes: Shapes) -> pd.DataFrame:
    """Sum up each plan and area that meet: rows of both, size in conflict, overlap, verdict."""
    some = met.counts
    groups = int(met.part.max(initial=-1)) + 1
    around = unions(met.cover[some], met.part[some], groups)[met.part[some]]
    overlap = size_of(met.common, shapely.get_dimensions(met.ours))
    size = np.zeros(len(some))
    size[some] = overlap[some] - on_border(met.common[some], around)
    met_parts = pd.DataFrame(
        {"plan": met.row, "area": met.area, "size": size, "tolerated": overlap - size}
    )
    pairs = met_parts.groupby(["plan", "area"], as_index=False).sum()
    pairs["dimension"] = shapely.get_dimensions(shapes)[pairs["plan"]]
    of_area = areas.loc[pairs["area"], ["rank", "indicative"]].reset_index(drop=True)
    pairs["rank"] = of_area["rank"].where(pairs["size"] > 0, _CLEAR)
    pairs["indicative"] = of_area["indicative"]
    total = size_of(shapes, shapely.get_dimensions(shapes))[pairs["plan"]]
    pairs["share"] = _whole_where_full(pairs["size"].to_numpy(), total) / total
    return pairs


def _judged(
    plans: gpd.GeoDataFrame,
    shapes: Shapes,
    sizes: Floats,
    areas: gpd.GeoDataFrame,
    pairs: pd.DataFrame,
) -> gpd.GeoDataFrame:
    """Give each plan its strictest verdict, or how far it is from the nearest area."""
    order = ["plan", "rank", "indicative", "share", "area"]
    met = pairs.sort_values(order, ascending=[True] * 3 + [False, True]).drop_duplicates("plan")
    decisive, rank = np.full(len(plans), -1), np.full(len(plans), _CLEAR)
    decisive[met["plan"]], rank[met["plan"]] = met["area"], met["rank"]
    away, away_m = np.flatnonzero(decisive < 0), np.zeros(len(plans))
    decisive[away], away_m[away] = nearest(shapes[away], areas.geometry.to_numpy())
    decided = areas.loc[decisive].reset_index(drop=True)
    hit = rank < _CLEAR
    dimension = shapely.get_dimensions(shapes)
    in_conflict, total = sizes[:, :_CLEAR].sum(axis=1), sizes.sum(axis=1)
    return gpd.GeoDataFrame(
        {
            "id": plans["id"].to_numpy(object),
            "name": plans["name"].to_numpy(object),
            "verdict": np.array(VERDICTS, object)[rank],
            "indicative": np.where(hit, decided["indicative"], areas["indicative"].any()),
            "redline_id": decided["id"],
            **{column: texts.where(hit) for column, texts in _cited(decided).items()},
            **_by_kind(total, dimension, _AREA),
            **_by_kind(in_conflict, dimension, _CONFLICT),
            "share": in_conflict / total,
            "distance_m": away_m,
        },
        geometry=plans.geometry.to_numpy(),
        crs=plans.crs,
    )


def _cited(areas: pd.DataFrame) -> dict[str, pd.Series]:
    """Say by which rule: its id, document and clause."""
    rules = areas["rule"]
    return {
        "rule_id": rules.map(lambda rule: rule.id),
        "document": rules.map(lambda rule: rule.source.document),
        "clause": rules.map(lambda rule: rule.source.clause),
    }


def _parts(plans: gpd.GeoDataFrame, shapes: Shapes, sizes: Floats) -> pd.DataFrame:
    dimension = np.repeat(shapely.get_dimensions(shapes), len(VERDICTS))
    return pd.DataFrame(
        {
            "plan_id": np.repeat(plans["id"].to_numpy(object), len(VERDICTS)),
            "verdict": np.tile(np.array(VERDICTS, object), len(plans)),
            **_by_kind(sizes.ravel(), dimension, _AREA),
            "share": (sizes / sizes.sum(axis=1, keepdims=True)).ravel(),
        }
    )


def _listed(plans: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Name what the rows of the pairs stand for."""
    of_area = areas.loc[pairs["area"]].reset_index(drop=True)
    dimension = pairs["dimension"].to_numpy()
    return pd.DataFrame(
        {
            "plan_id": plans["id"].to_numpy(object)[pairs["plan"]],
            "redline_id": of_area["id"],
            "redline_name": of_area["name"],
            "generation": of_area["generation"],
            "tier": of_area["tier"],
            "verdict": np.array(VERDICTS, object)[pairs["rank"]],
            "indicative": pairs["indicative"],
            **_by_kind(pairs["size"].to_numpy(), dimension, _CONFLICT),
            "share": pairs["share"],
            **_by_kind(pairs["tolerated"].to_numpy(), dimension, _TOLERATED),
            **_cited(of_area),
            "quote": of_area["rule"].map(lambda rule: rule.source.quote),
            "requirement": of_area["rule"].map(lambda rule: rule.requirement),
            "confidence": of_area["confidence"],
        }
    )


def _by_kind(size: Floats, dimension: Shapes, names: tuple[str, str]) -> dict[str, Floats]:
    """Put sizes in the column of their unit: square metres, or metres."""
    return {
        names[0]: np.where(dimension == 2, size, np.nan),
        names[1]: np.where(dimension == 1, size, np.nan),
    }


def _of_areas(areas: gpd.GeoDataFrame) -> tuple[Notice, ...]:
    unsure = areas.loc[areas["indicative"], "id"]
    old = areas.loc[[rule.repealed_by is not None for rule in areas["rule"]], "id"]
    unread = areas.loc[areas["confidence"] == "medium", "id"]
    indicative = Text(
        zh=f"{len(unsure)}处红线区域未注明为勘定界线，或依据可信度低，涉及的结论仅供参考，"
        "以法定界线和原文为准。",
        en=f"{len(unsure)} red-line areas are not said to be surveyed, or rest on a source of low "
        "confidence: verdicts by them are indicative, and the legal line must decide.",
    )
    repealed = Text(
        zh=f"{len(old)}处红线区域按已废止的规划判定，仅供追溯，现行管控须以新图层复核。",
        en=f"{len(old)} red-line areas are judged by a plan that has been repealed; for what holds "
        "today, check against the plan in force.",
    )
    unchecked = Text(
        zh=f"{len(unread)}处红线区域所依据的管控要求尚未对照原文核实。",
        en=f"{len(unread)} red-line areas are judged by rules not yet checked against their text.",
    )
    return (
        *notice("redlines-indicative", unsure, indicative, severity="warning"),
        *notice("redline-rules-repealed", old, repealed, severity="warning"),
        *notice("redline-rules-unchecked", unread, unchecked),
    )


def _of_plans(plans: gpd.GeoDataFrame, sizes: Floats, pairs: pd.DataFrame) -> tuple[Notice, ...]:
    ids = plans["id"].to_numpy(object)
    touching = ids[np.unique(pairs.loc[pairs["rank"] == _CLEAR, "plan"])]
    once = sizes[:, :_CLEAR].sum(axis=1)
    each = pairs.groupby("plan")["size"].sum().reindex(range(len(ids)), fill_value=0.0).to_numpy()
    twice = ids[each > once + TOLERANCE * sizes.sum(axis=1)]
    touched = Text(
        zh=f"{len(touching)}个方案与红线区域仅边界相接，或重叠在容差以内，不计为冲突，逐条列出。",
        en=f"{len(touching)} plans only touch a red-line area, or overlap it within the "
        "tolerance: no conflict, but listed.",
    )
    overlapping = Text(
        zh=f"{len(twice)}个方案所涉红线区域互有重叠：逐处列出，合计只计一次。",
        en=f"{len(twice)} plans lie where red-line areas overlap: each is listed, and the plan's "
        "total counts them once.",
    )
    return (
        *notice("redlines-touched", touching, touched),
        *notice("redlines-overlap", twice, overlapping),
    )
