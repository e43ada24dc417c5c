"""How many of the units of an area have something: towns with a bus, neighbours that are linked.

An *area* is any set of base zones: a zone of a level, a group of zones that a target names. Areas
are rows ``level, zone_id, member_id``, one for each base zone that an area is made of. The whole
study is no row of theirs: it has everything, also what lies outside every zone.
"""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from urbangis.errors import TableError
from urbangis.measures.zoning import STUDY

METRES_TO_KM = 1e-3

_AREA = ["level", "zone_id", "year"]
_SUMS = ["served", "total", "unknown"]


def share_of_units(units: pd.DataFrame, areas: pd.DataFrame) -> pd.DataFrame:
    """Share of the units of every area that have something.

    A unit of which nothing is known stays in the total and counts as not served; ``share_high``
    is what the share would be if all of those were served.

    Parameters
    ----------
    units
        ``unit_id``, ``zone_id`` (base zone; None where unknown), ``value`` (0 no, 1 yes, or the
        part that is served; NaN unknown) and ``year``, one row a unit and year.
    areas
        ``level, zone_id, member_id``.

    Returns
    -------
    DataFrame
        ``level, zone_id, year, served, total, unknown, share, share_high``, a row for each area
        that holds a unit, and for the study (level and id ``"study"``). Shares are 0 to 1.

    Raises
    ------
    TableError
        If a unit stands twice in a year, or a value is not between 0 and 1.
    """
    twice = units[units.duplicated(["unit_id", "year"])]
    if len(twice):
        raise TableError(
            "stands twice in one year",
            layer="units",
            row=str(twice["unit_id"].iloc[0]),
            remedy="Keep one row for each unit and year.",
        )
    return _shares(units.assign(key=units["unit_id"], value=_between_0_and_1(units)), areas)


def pairs_linked(pairs: pd.DataFrame, areas: pd.DataFrame) -> pd.DataFrame:
    """Share of neighbouring pairs of zones that are linked.

    A pair belongs to every area that holds one of its ends, so that the pairs of all cities are
    more than those of the province.

    Parameters
    ----------
    pairs
        ``a_id``, ``b_id`` (base zones), ``value`` (1 linked, 0 not, NaN unknown) and ``year``. The
        choice of pairs is the denominator: say it beside the figure.
    areas
        As in `share_of_units`.

    Returns
    -------
    DataFrame
        As `share_of_units`, counting pairs.

    Raises
    ------
    TableError
        If a pair stands twice in a year (in either order), or a value is not between 0 and 1.
    """
    ends = np.sort(pairs[["a_id", "b_id"]].to_numpy(str), axis=1)
    key = pd.Series([f"{a} – {b}" for a, b in ends], pairs.index)
    table = pairs.assign(key=key, value=_between_0_and_1(pairs))
    twice = table[table.duplicated(["key", "year"])]
    if len(twice):
        raise TableError(
            "stands twice in one year",
            layer="pairs",
            row=str(twice["key"].iloc[0]),
            remedy="Keep one row for each pair of neighbours and year.",
        )
    each_end = [table.assign(zone_id=table[end]) for end in ("a_id", "b_id")]
    return _shares(pd.concat(each_end, ignore_index=True), areas)


def pairs_joined_by(
    pairs: pd.DataFrame, lines: gpd.GeoDataFrame, zones: gpd.GeoDataFrame
) -> NDArray[np.float64]:
    """Tell which pairs of zones have a line that runs in both: 1 or 0.

    Whether it also stops in both, the line does not tell.

    Parameters
    ----------
    pairs
        ``a_id, b_id``.
    lines, zones
        In one CRS; ``zones`` with ``id``.

    Raises
    ------
    TableError
        If a pair names a zone that is not there.
    """
    ends = pairs[["a_id", "b_id"]].to_numpy(str)
    strange = set(ends.ravel()) - set(zones["id"])
    if strange:
        raise TableError(
            f'names the zone "{min(strange)}", which the study does not have',
            layer="pairs",
            remedy="Correct its id.",
        )
    met = lines_in_zones(lines, zones)
    of_zone = {zone: set(rows["row"]) for zone, rows in met.groupby("zone_id")}
    joined = [bool(of_zone.get(a, set()) & of_zone.get(b, set())) for a, b in ends]
    return np.array(joined, float)


def count_by_area(
    table: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, areas: pd.DataFrame
) -> pd.DataFrame:
    """Count the rows of a layer that lie in, or run through, each area.

    Parameters
    ----------
    table, zones
        In one CRS; ``zones`` are the base zones, with ``id``.
    areas
        As in `share_of_units`.

    Returns
    -------
    DataFrame
        ``level, zone_id, figure``, for every area and the study; a row that runs through several
        areas counts in each, and once in the study.
    """
    met = lines_in_zones(table, zones)
    inside = areas.merge(met.rename(columns={"zone_id": "member_id"}), on="member_id")
    counts = inside.groupby(["level", "zone_id"])["row"].nunique()
    return _every_area(counts.astype(float), areas, float(met["row"].nunique()))


def length_by_area(
    lines: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, areas: pd.DataFrame
) -> pd.DataFrame:
    """Length of a layer's lines in each area, kilometres; arguments as in `count_by_area`."""
    met = lines_in_zones(lines, zones)
    shapes = lines.geometry.to_numpy()[met["row"]]
    rooms = zones.set_index("id").geometry.loc[met["zone_id"]].to_numpy()
    met["km"] = shapely.length(shapely.intersection(shapes, rooms)) * METRES_TO_KM
    inside = areas.merge(met.rename(columns={"zone_id": "member_id"}), on="member_id")
    sums = inside.groupby(["level", "zone_id"])["km"].sum()
    return _every_area(sums, areas, float(met["km"].sum()))


def sum_by_area(amount: pd.Series, zone_id: pd.Series, areas: pd.DataFrame) -> pd.DataFrame:
    """Sum amounts of places over each area.

    Parameters
    ----------
    amount, zone_id
        Of each place, on one index: how much, and its base zone (None where unknown).
    areas
        As in `share_of_units`.

    Returns
    -------
    DataFrame
        As `count_by_area`; what lies in no zone counts for the study alone.
    """
    by_zone = amount.groupby(zone_id.to_numpy(object)).sum().rename("amount")
    inside = areas.merge(by_zone, left_on="member_id", right_index=True)
    sums = inside.groupby(["level", "zone_id"])["amount"].sum()
    return _every_area(sums, areas, float(amount.sum()))


def lines_in_zones(table: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> pd.DataFrame:
    """Tell which rows (by position) meet which zones: ``row, zone_id``."""
    shapes = zones.geometry.to_numpy()
    row, zone = shapely.STRtree(shapes).query(table.geometry.to_numpy(), predicate="intersects")
    found = pd.DataFrame({"row": row, "zone_id": zones["id"].to_numpy(object)[zone]})
    return found.sort_values(["row", "zone_id"], ignore_index=True)


def _between_0_and_1(table: pd.DataFrame) -> pd.Series:
    value = table["value"].astype(float)
    wrong = table[(value < 0) | (value > 1)]
    if len(wrong):
        raise TableError(
            f"holds the value {value[wrong.index[0]]:g}, where 1 means yes and 0 no",
            row=str(wrong.iloc[0, 0]),
            remedy="Write 1, 0, or a part of 1; leave a cell empty where it is not known.",
        )
    return value


def _shares(parts: pd.DataFrame, areas: pd.DataFrame) -> pd.DataFrame:
    """Sum served and total over areas; a ``key`` counts once in each."""
    counted = parts.assign(
        served=parts["value"].fillna(0.0),
        total=1.0,
        unknown=parts["value"].isna().astype(float),
        member_id=parts["zone_id"],
    )[["key", "year", "member_id", *_SUMS]]
    inside = areas[["level", "zone_id", "member_id"]].merge(counted, on="member_id")
    whole = counted.assign(level=STUDY, zone_id=STUDY)
    rows = pd.concat([inside, whole]).drop_duplicates([*_AREA, "key"])
    sums = rows.groupby(_AREA, sort=True, dropna=False)[_SUMS].sum().reset_index()
    sums["share"] = sums["served"] / sums["total"]
    sums["share_high"] = (sums["served"] + sums["unknown"]) / sums["total"]
    return sums


def _every_area(found: pd.Series, areas: pd.DataFrame, whole: float) -> pd.DataFrame:
    """Give every area its figure, 0 where nothing was found, and the study last."""
    names = areas[["level", "zone_id"]].drop_duplicates()
    index = pd.MultiIndex.from_frame(names)
    table = names.assign(figure=found.reindex(index, fill_value=0.0).to_numpy())
    study = pd.DataFrame({"level": [STUDY], "zone_id": [STUDY], "figure": [whole]})
    return pd.concat([table, study], ignore_index=True)
