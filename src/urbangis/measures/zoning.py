"""Which zone a place is in, and the figures of every zone at every level, with sums that agree."""

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from urbangis.catalog import Standard
from urbangis.errors import BalanceError, TableError
from urbangis.study import Level
from urbangis.tables import point_blocks

STUDY = "study"
"""Name of the level that is the whole study."""

TOLERANCE = 1e-9
"""Relative difference below which two totals are the same."""

SLIVER_M2 = 0.01
"""Land left over at zone borders by rounding of coordinates, not land outside every zone."""

_BLOCK = 1 << 16
"""Places that are summed at a time: their numbers fit a processor's cache."""

_ALWAYS = ("total", "covered", "uncovered", "unsnapped")
"""Sums that a zone where nobody lives has too: 0. Of a rate it has none."""


def zones_of_places(xy: NDArray[np.float64], base: Level) -> pd.Categorical:
    """Return the id of the base zone that each place lies in; missing where it lies in none.

    A place on the border of two zones is in the one with the lower id. Both are in one CRS.
    """
    zones = base.zones.sort_values("id")
    tree = shapely.STRtree(zones.geometry.to_numpy())
    code = np.full(len(xy), -1, np.int32)
    for block, points in point_blocks(xy):
        place, zone = tree.query(points, predicate="intersects")
        order = np.lexsort((zone, place))
        place, first = np.unique(place[order], return_index=True)
        code[block][place] = zone[order][first]
    return pd.Categorical.from_codes(code, zones["id"])


def zones_named(ids: pd.Series, base: Level) -> pd.Categorical:
    """Return ids as base zones; missing where there is no such zone."""
    named = pd.Categorical(ids)
    if named.categories.equals(pd.Index(base.zones["id"])):
        return named
    known = pd.Index(base.zones["id"]).get_indexer(named.categories)
    code = np.where(named.codes < 0, -1, known[named.codes])
    return pd.Categorical.from_codes(code, base.zones["id"])


def cut_by_zones(land: gpd.GeoDataFrame, base: Level) -> gpd.GeoDataFrame:
    """Cut polygons at the borders of base zones, so that each zone gets its exact area.

    Returns
    -------
    GeoDataFrame
        The rows of ``land`` in their order, one for each zone that they lie in and one for what
        lies in none, with ``zone_id`` (None: in none).

    Raises
    ------
    TableError
        If zones overlap, so that land would be counted twice.
    """
    land = land.reset_index(drop=True)
    shapes, zones = land.geometry.to_numpy(), base.zones.geometry.to_numpy()
    row, zone = shapely.STRtree(zones).query(shapes, predicate="intersects")
    inside = land.iloc[row].assign(
        zone_id=base.zones["id"].to_numpy(object)[zone],
        geometry=shapely.intersection(shapes[row], zones[zone]),
    )
    inside = inside[inside.area > 0]
    around = shapely.union_all(zones[np.unique(zone)])
    outside = land.assign(zone_id=None, geometry=shapely.difference(shapes, around))
    outside = outside[outside.area > SLIVER_M2]
    excess_m2 = inside.area.groupby(level=0).sum().reindex(land.index, fill_value=0) - land.area
    if (excess_m2 > SLIVER_M2).any():
        raise TableError(
            "zones overlap here, so that its land would be counted twice",
            layer=base.id,
            row=land.loc[excess_m2.idxmax(), "id"],
            remedy="Mend the borders of the zones.",
        )
    cut = pd.concat([inside, outside]) if len(outside) else inside
    return gpd.GeoDataFrame(cut.sort_index(kind="stable").reset_index(drop=True))


def zone_table(standard: Standard, table: pd.DataFrame, levels: tuple[Level, ...]) -> pd.DataFrame:
    """Sum each denominator over the zones of every level.

    Parameters
    ----------
    standard
        Its denominators and target.
    table
        Demand with ``zone_id``, a weight for each denominator, ``share, share_low, share_high``
        and ``snapped``.
    levels
        Base level first.

    Returns
    -------
    DataFrame
        The columns of `Coverage.zones`: levels in their order, then ``study``.

    Raises
    ------
    BalanceError
        If covered and uncovered do not make up the total, or if the zones of a partition do not
        make up the study.
    """
    tables = [_summed(table, name, levels) for name in standard.denominators]
    zones = pd.concat(tables, ignore_index=True)
    _check_balance(zones, [level.id for level in levels if level.partition])
    some = zones["total"].where(zones["total"] > 0)
    zones["rate"] = zones["covered"] / some
    zones["rate_low"] = zones.pop("low") / some
    zones["rate_high"] = zones.pop("high") / some
    aimed = (zones["denominator"] == standard.denominators[0]) & zones["rate"].notna()
    target = np.nan if standard.target is None else standard.target.rate
    zones["target"] = np.where(zones["denominator"] == standard.denominators[0], target, np.nan)
    met = (zones["rate"] >= zones["target"]).astype("boolean")
    zones["met"] = met.where(aimed & zones["target"].notna())
    return zones


def _summed(table: pd.DataFrame, name: str, levels: tuple[Level, ...]) -> pd.DataFrame:
    """Sum one denominator over the zones of every level and over the study."""

    def amounts(rows: slice) -> dict[str, NDArray[np.float64]]:
        weight, share, low, high = (
            table[column].iloc[rows].to_numpy(float)
            for column in (name, "share", "share_low", "share_high")
        )
        return {
            "total": weight,
            "covered": weight * share,
            "uncovered": weight * (1 - share),
            "unsnapped": weight * ~table["snapped"].iloc[rows].to_numpy(bool),
            "low": weight * low,
            "high": weight * high,
        }

    zones = _by_level(_by_zone(table["zone_id"], amounts), levels)
    zones = zones.fillna(dict.fromkeys(_ALWAYS, 0.0))
    zones.insert(3, "denominator", name)
    return zones


def zone_sums(zone_id: pd.Series, amounts: pd.DataFrame, levels: tuple[Level, ...]) -> pd.DataFrame:
    """Sum amounts of places over the zones of every level and over the study.

    Parameters
    ----------
    zone_id
        Base zone of each place; missing for one outside all.
    amounts
        One row for each place, in the order of ``zone_id``.
    levels
        Base level first.

    Returns
    -------
    DataFrame
        ``zone_id, zone_name, level`` and the columns of ``amounts``, NaN where no place is; what
        lies outside every zone of a partition has a row with an empty ``zone_id``.
    """

    def columns(rows: slice) -> dict[str, NDArray[np.float64]]:
        return {str(name): part.to_numpy(float) for name, part in amounts.iloc[rows].items()}

    return _by_level(_by_zone(zone_id, columns), levels)


def _by_zone(
    zone_id: pd.Series, amounts: Callable[[slice], dict[str, NDArray[np.float64]]]
) -> pd.DataFrame:
    """Sum amounts by base zone; the last row is of the places in none. NaN where no place is.

    ``amounts`` returns those of some rows: of eleven million at once, each would take its room.
    """
    named = pd.Categorical(zone_id)
    zones = len(named.categories)
    sums = {name: np.zeros(zones + 1) for name in amounts(slice(0))}
    known = {name: np.zeros(zones + 1, bool) for name in sums}
    for first in range(0, len(named), _BLOCK):
        rows = slice(first, first + _BLOCK)
        place = np.where(named.codes[rows] < 0, zones, named.codes[rows]).astype(np.intp)
        for name, amount in amounts(rows).items():
            gaps = np.isnan(amount)
            at, some = (place[~gaps], amount[~gaps]) if gaps.any() else (place, amount)
            np.add.at(sums[name], at, some)  # one by one, in the order of the rows
            known[name] |= np.bincount(at, minlength=zones + 1) > 0
    for name, total in sums.items():
        total[~known[name]] = np.nan
    return pd.DataFrame(sums, index=pd.Index([*named.categories, None], dtype=object))


def _by_level(base: pd.DataFrame, levels: tuple[Level, ...]) -> pd.DataFrame:
    """Sum base zones over the zones of every level and over the study."""
    columns = list(base.columns)
    inside = base.iloc[:-1]
    rows = []
    for level in levels:
        members = level.members.join(inside, on="member_id")
        sums = members.groupby("zone_id")[columns].sum(min_count=1)
        names = level.zones.set_index("id")["name"]
        rows.append(_rows(level.id, names, sums.reindex(names.index)))
        lost = base[~base.index.isin(level.members["member_id"])].dropna(how="all")
        if level.partition and len(lost):
            rest = lost.sum(min_count=1).to_frame("").T
            rows.append(_rows(level.id, pd.Series({"": "（统计单元之外）"}), rest))
    whole = base.sum(min_count=1).to_frame(STUDY).T
    rows.append(_rows(STUDY, pd.Series({STUDY: "合计"}), whole))
    return pd.concat(rows, ignore_index=True)


def _rows(level: str, names: pd.Series, sums: pd.DataFrame) -> pd.DataFrame:
    """Put names before sums."""
    head = pd.DataFrame({"zone_id": names.index, "zone_name": names.to_numpy(), "level": level})
    return pd.concat([head, sums.reset_index(drop=True)], axis=1)


def _check_balance(zones: pd.DataFrame, partitions: list[str]) -> None:
    for denominator, rows in zones.groupby("denominator"):
        whole = rows.loc[rows["level"] == STUDY, "total"].sum()
        close = TOLERANCE * max(whole, 1.0)
        gap = (rows["covered"] + rows["uncovered"] - rows["total"]).abs()
        if gap.max() > close:
            zone = rows.iloc[int(gap.to_numpy().argmax())]
            raise BalanceError(
                f"covered and uncovered {denominator} of {zone['level']} {zone['zone_id']!r} "
                f"miss the total by {gap.max():.3g}"
            )
        for level in partitions:
            total = rows.loc[rows["level"] == level, "total"].sum()
            if abs(total - whole) > close:
                raise BalanceError(
                    f"{denominator} of all zones of level {level!r} are {total:.9g}, of the "
                    f"study {whole:.9g}"
                )
