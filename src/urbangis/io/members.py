"""Zones made of others: a table of members, and their geometries dissolved into groups."""

from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from urbangis.errors import TableError
from urbangis.io.formats import read_plain
from urbangis.notices import Notice
from urbangis.tables import Source, shown, to_text

_REQUIRED = ("zone_id", "zone_name", "member_id")
_HOLDS = "A table of members has zone_id, zone_name, zone_name_en, member_id."
_MOST_NAMED = 10


def read_members(file: Path) -> tuple[pd.DataFrame, tuple[Notice, ...]]:
    """Read a table of members: one row for each member of each zone.

    Parameters
    ----------
    file
        CSV or Excel with the columns ``zone_id, zone_name, zone_name_en, member_id``; the English
        name may be absent. Other columns are notes.

    Returns
    -------
    tuple[DataFrame, tuple[Notice, ...]]
        Those four columns as text, rows in the order of the file; what was noticed in reading.

    Raises
    ------
    ReadError
        If the file is missing or cannot be read.
    TableError
        If a column or a value is absent, a member stands twice in a zone, or a zone has two names.
    """
    table, notices = read_plain(file)
    source = Source(file, None)
    members = pd.DataFrame(index=table.index)
    for column in _REQUIRED:
        if column not in table:
            raise source.no_column(column, table.columns, remedy=_HOLDS)
        members[column] = to_text(table[column])
        gaps = members[column].isna()
        if gaps.any():
            row = int(table.index[gaps][0]) + 1
            raise source.error(
                f'has no value in the column "{column}"', remedy="Fill it in.", row=row
            )
    english = to_text(table["zone_name_en"]) if "zone_name_en" in table else None
    members.insert(2, "zone_name_en", "" if english is None else english.fillna(""))
    _check_rows(members, source)
    return members.reset_index(drop=True), notices


def _check_rows(members: pd.DataFrame, source: Source) -> None:
    """Refuse a member that stands twice in a zone, and a zone that is named in two ways."""
    twice = members[members.duplicated(["zone_id", "member_id"])]
    if len(twice):
        raise source.error(
            f"{shown(twice['member_id'].iloc[0])} is a member of "
            f"{shown(twice['zone_id'].iloc[0])} twice",
            row=int(twice.index[0]) + 1,
            remedy="Delete one of the rows.",
        )
    for column in ("zone_name", "zone_name_en"):
        first = members.groupby("zone_id")[column].transform("first")
        other = members[members[column] != first]
        if len(other):
            zone, name = other.iloc[0][["zone_id", column]]
            raise source.error(
                f'the zone {shown(zone)} is called "{shown(first[other.index[0]])}" and '
                f'"{shown(name)}"',
                row=int(other.index[0]) + 1,
                remedy="Give it one name, or the members an id of their own zone.",
            )


def dissolve(members: pd.DataFrame, base: gpd.GeoDataFrame, *, file: Path) -> gpd.GeoDataFrame:
    """Make zones of their members' geometries.

    Neighbours that share their vertices become one without a seam.

    Parameters
    ----------
    members
        Of `read_members`.
    base
        Polygons with ``id``; a table of a contract, in any CRS.
    file
        Where the members come from, for errors.

    Returns
    -------
    GeoDataFrame
        ``id, name, name_en, geometry`` in the CRS of ``base``, sorted by ``id``.

    Raises
    ------
    TableError
        If ``base`` lacks a member; names the members.
    """
    absent = members.loc[~members["member_id"].isin(base["id"]), "member_id"].unique()
    if len(absent):
        some = ", ".join(map(shown, absent[:_MOST_NAMED]))
        more = f" and {len(absent) - _MOST_NAMED} more" if len(absent) > _MOST_NAMED else ""
        raise TableError(
            f"names members that the layer does not have: {some}{more}",
            file=file,
            remedy="Correct their ids, or delete their rows.",
        )
    shapes = base.set_index("id").geometry
    groups = members.groupby("zone_id", sort=True)
    zones = gpd.GeoDataFrame(
        groups[["zone_name", "zone_name_en"]].first().set_axis(["name", "name_en"], axis=1),
        geometry=[shapely.union_all(shapes[rows["member_id"]].to_numpy()) for _, rows in groups],
        crs=base.crs,
    )
    return zones.reset_index(names="id")
