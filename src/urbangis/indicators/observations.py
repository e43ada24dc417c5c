"""What was found for each target, area and year: computed from layers, or reported."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from urbangis.catalog import Target
from urbangis.errors import TableError
from urbangis.indicators.areas import AREA, GROUP, area_asked
from urbangis.measures.coverage import Coverage
from urbangis.measures.zoning import STUDY
from urbangis.notices import Text

OBSERVED = [
    "target_id", "item", "level", "zone_id", "year", "figure", "high", "served", "total",
    "basis", "source", "source_en",
]  # fmt: skip
KEY = ["target_id", "item", *AREA]
"""The columns that name what is observed, the year apart."""

PERCENT = 100.0


def observe_coverage(
    target_id: str,
    coverage: Coverage,
    areas: pd.DataFrame,
    *,
    denominator: str,
    year: int | None,
    source: Text,
) -> pd.DataFrame:
    """Observe the rate of a service circle in every area, in percent.

    Parameters
    ----------
    areas
        From `areas_of`.
    denominator
        What is counted, as the standard names it.
    year
        Of the data; None if they are undated.
    source
        What the figure was computed from, for its reader.

    Returns
    -------
    DataFrame
        Rows of `OBSERVED`, as of all functions here that observe.

    Raises
    ------
    TableError
        If the coverage does not count the denominator.
    """
    rows = coverage.zones[coverage.zones["denominator"] == denominator]
    if rows.empty:
        raise TableError(
            f'the standard "{coverage.standard.id}" does not count {denominator}',
            remedy=f"It counts {', '.join(coverage.standard.denominators)}.",
        )
    return observe_rates(target_id, rows, areas, year=year, source=source)


def observe_rates(
    target_id: str, zones: pd.DataFrame, areas: pd.DataFrame, *, year: int | None, source: Text
) -> pd.DataFrame:
    """Observe a rate in every area, in percent.

    Parameters
    ----------
    zones
        ``level, zone_id, covered, total``, as of `Coverage.zones`.
    """
    whole = zones[zones["level"] == STUDY].assign(zone_id=STUDY)[[*AREA, "covered", "total"]]
    base = zones[zones["level"] == areas["level"].iloc[0]]
    parts = base[["zone_id", "covered", "total"]].rename(columns={"zone_id": "member_id"})
    sums = areas.merge(parts, on="member_id").groupby(AREA)[["covered", "total"]].sum()
    table = pd.concat([sums.reset_index(), whole], ignore_index=True)
    table = table[table["total"] > 0].rename(columns={"covered": "served"})
    figure = PERCENT * table["served"] / table["total"]
    return _observed(
        table.assign(target_id=target_id, year=year, figure=figure, high=figure), source
    )


def observe_shares(target_id: str, shares: pd.DataFrame, *, source: Text) -> pd.DataFrame:
    """Observe shares of units or of pairs, in percent; areas of which nothing is known are not.

    Parameters
    ----------
    shares
        ``level, zone_id, year, served, total, unknown``, as of `urbangis.measures.shares`;
        ``high`` counts the unknown as served.
    """
    known = shares[shares["unknown"] < shares["total"]]
    figure = PERCENT * known["served"] / known["total"]
    high = PERCENT * (known["served"] + known["unknown"]) / known["total"]
    return _observed(known.assign(target_id=target_id, figure=figure, high=high), source)


def observe_figures(
    target_id: str, figures: pd.DataFrame, *, year: int | None, source: Text
) -> pd.DataFrame:
    """Observe counts, lengths or other figures: ``level, zone_id, figure``."""
    table = figures.assign(target_id=target_id, year=year, high=figures["figure"])
    return _observed(table, source)


def observe_reported(
    reported: pd.DataFrame, targets: Mapping[str, Target], areas: pd.DataFrame
) -> pd.DataFrame:
    """Observe numbers that departments report.

    Parameters
    ----------
    reported
        ``target_id, zone, item, value, year, source``. ``zone`` is empty (the area that the clause
        speaks of), the scope of one of its goals as the catalogue calls it, or the id of a zone;
        ``item`` is empty, or what one of its goals asks for.

    Raises
    ------
    TableError
        If a row names a target, zone or item that is not there.
    """
    homes = areas[areas["level"] != GROUP].drop_duplicates("zone_id").set_index("zone_id")["level"]
    rows = []
    for number, row in zip(reported.index, reported.to_dict("records"), strict=True):
        target = targets.get(row["target_id"])
        if target is None:
            raise TableError(
                f'names the target "{row["target_id"]}", which is in none of the documents',
                row=int(number) + 1,
                remedy="Correct its id, or name the document in targets of the study file.",
            )
        level, zone_id = _area_named(row["zone"], target, homes, int(number) + 1)
        item = _item_named(row["item"], target, int(number) + 1)
        rows.append(
            {**row, "item": item, "level": level, "zone_id": zone_id, "figure": row["value"]}
        )
    if not rows:
        return pd.DataFrame(columns=OBSERVED)
    table = pd.DataFrame(rows).assign(basis="reported", served=np.nan, total=np.nan)
    table = table.assign(source_en=table["source"])
    return table.assign(high=table["figure"])[OBSERVED]


def _area_named(zone: str, target: Target, homes: pd.Series, row: int) -> tuple[str, str]:
    if not zone:
        return area_asked(target)
    for goal in target.goals:
        if goal.scope is not None and zone in (goal.scope.zh, goal.scope.en):
            return area_asked(target, goal)
    if zone not in homes.index:
        raise TableError(
            f'names the zone "{zone}", which the study does not have',
            row=row,
            remedy="Write the id of a zone; leave it empty for the area that the clause speaks of.",
        )
    return str(homes[zone]), zone


def _item_named(item: str, target: Target, row: int) -> str:
    items = [goal.item for goal in target.goals if goal.item is not None]
    for one in items:
        if item in (one.zh, one.en):
            return one.zh
    if item:
        asked = ", ".join(one.zh for one in items) or "nothing but its indicator"
        raise TableError(
            f'names the item "{item}", but {target.id} asks for {asked}',
            row=row,
            remedy="Correct it, or leave it empty.",
        )
    return ""


def _observed(table: pd.DataFrame, source: Text) -> pd.DataFrame:
    known = table.assign(item="", basis="computed", source=source.zh, source_en=source.en)
    for column in ("served", "total"):
        if column not in known:
            known[column] = np.nan
    return known[OBSERVED]


def pooled(observations: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Put observations together, oldest first.

    Raises
    ------
    TableError
        If one area has two figures for one year, say one computed and one reported.
    """
    tables = [table for table in observations if len(table)]
    if not tables:
        return pd.DataFrame(columns=OBSERVED)
    table = pd.concat([one.astype({"year": "Int64"}) for one in tables], ignore_index=True)
    twice = table[table.duplicated([*KEY, "year"])]
    if len(twice):
        row = twice.iloc[0]
        raise TableError(
            f"{row['target_id']} has two figures for {row['zone_id']} in {row['year']}",
            remedy="Keep one of them, computed or reported.",
        )
    # A figure of undated layers is of today.
    return table.sort_values([*KEY, "year"], na_position="last", ignore_index=True)
