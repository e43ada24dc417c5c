"""Where people are: cells shared among zones, census counts spread, totals matched.

Everything here moves people about and loses none: totals are checked.
"""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
import shapely
from exactextract import exact_extract
from numpy.typing import NDArray

from urbangis.errors import BalanceError, TableError
from urbangis.measures.zoning import TOLERANCE, zones_of_places
from urbangis.notices import Notice, Text, notice
from urbangis.study import Level
from urbangis.tables import cells_of, coordinates, is_cells

_WHOLE = 1 - 1e-6
"""Area shares come in single precision; a cell this full is in its zones entirely."""


def share_cells(cells: pd.DataFrame, raster: Path, base: Level) -> pd.DataFrame:
    """Share the people of cells among the base zones that the cells lie in, by exact area.

    Parameters
    ----------
    cells
        From `urbangis.io.raster.read_cells`.
    raster
        The file that they were read from.
    base
        Base zones.

    Returns
    -------
    DataFrame
        One row for each cell and zone that share area, with ``zone_id`` (missing for the part that
        lies in no zone), ``residents`` the cell's by share of its area, at the cell's centre. The
        total is that of ``cells``.

    Raises
    ------
    BalanceError
        If the total is not conserved (a defect).

    Notes
    -----
    Areas are measured in the raster's own grid (exactextract; Baston, ISciences), where all of a
    cell's parts have the same scale.
    """
    cell, zone, share = _areas(cells, raster, base)
    whole = share > _WHOLE
    code = np.full(len(cells), -1, np.int32)
    code[cell[whole]] = zone[whole]
    # Cells on borders, and cells that overlapping zones hold whole.
    mixed = np.zeros(len(cells), bool)
    mixed[cell[~whole]] = True
    mixed[cell[whole][code[cell[whole]] != zone[whole]]] = True
    some = mixed[cell]
    parts = _parts(cell[some], zone[some], share[some])
    count = np.ones(len(cells), np.int64)
    count[mixed] = np.bincount(parts["cell"], minlength=len(cells))[mixed]
    row = np.repeat(np.arange(len(cells)), count)
    is_part = mixed[row]
    residents = cells["residents"].to_numpy()[row]
    residents[is_part] *= parts["share"].to_numpy()
    code = code[row]
    code[is_part] = parts["zone"]
    table = cells.take(row).reset_index(drop=True)
    table["residents"] = residents
    table["zone_id"] = pd.Categorical.from_codes(code, base.zones["id"])
    _check_total(cells["residents"].sum(), residents.sum(), "cells")
    return table


def _areas(
    cells: pd.DataFrame, raster: Path, base: Level
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]:
    """Return where cells and zones share area: row of ``cells``, row of the zone, share."""
    with rasterio.open(raster) as file:
        width, crs = file.width, file.crs
    zones = base.zones[["geometry"]].assign(zone=np.arange(len(base.zones))).to_crs(crs)
    found = exact_extract(
        raster, zones, ["cell_id", "coverage"], include_cols=["zone"], output="pandas"
    )
    number = np.concatenate(found["cell_id"].to_list())
    share = np.concatenate(found["coverage"].to_list()).astype(float)
    zone = np.repeat(found["zone"].to_numpy(np.int32), found["cell_id"].map(len))
    rows, columns = cells_of(cells["id"].to_numpy())
    known = rows * width + columns  # ascending, as the raster is read
    cell = np.searchsorted(known, number)
    cell[cell == len(known)] = 0
    meet = (known[cell] == number) & (share > 0)
    return cell[meet], zone[meet], share[meet]


def _parts(
    cell: NDArray[np.int64], zone: NDArray[np.int32], share: NDArray[np.float64]
) -> pd.DataFrame:
    """Return the parts of cells in order of cells, with a zone of -1 for what lies in none."""
    shares = pd.DataFrame({"cell": cell, "zone": zone, "share": share})
    inside = shares.groupby("cell")["share"].transform("sum")
    shares["share"] /= inside.where(inside > _WHOLE, 1.0)
    rest = 1 - shares.groupby("cell")["share"].sum()
    outside = rest[rest > 1 - _WHOLE].rename("share").reset_index().assign(zone=-1)
    return pd.concat([shares, outside]).sort_values("cell", kind="stable")


def spread(
    counts: gpd.GeoDataFrame, over: gpd.GeoDataFrame, *, weight: str | None = None
) -> tuple[gpd.GeoDataFrame, tuple[Notice, ...]]:
    """Spread the people of areas over what is built in them (dasymetric mapping).

    Parameters
    ----------
    counts
        Polygons with ``id`` and ``residents``: census tracts, villages, towns.
    over
        Where people live: residential land or buildings (polygons), or points. A polygon that lies
        in several areas takes part in each with the part that lies there.
    weight
        Column of ``over`` that says how much each holds (dwellings, floor area); None for the area
        of polygons, or equal shares of points.

    Returns
    -------
    table, notices
        Contract ``demand``: the parts of ``over`` with ``residents``. An area with people but
        nothing to spread them over stays one row with its own polygon, and is told. The total is
        that of ``counts``.

    Raises
    ------
    TableError
        If a weight is missing or negative, or one of both is a raster.
    BalanceError
        If the total is not conserved (a defect).

    Notes
    -----
    Binary dasymetric mapping, Wright 1936 (Geographical Review 26): within each area, people in
    proportion to weight.
    """
    if is_cells(counts) or is_cells(over):
        raise TableError(
            "is a raster, whose people are where they are",
            layer="demand",
            remedy='Leave out "spread_over", or give the areas of a census and where people live.',
        )
    area, part = shapely.STRtree(over.geometry.to_numpy()).query(
        counts.geometry.to_numpy(), predicate="intersects"
    )
    shapes = over.geometry.to_numpy()[part]
    pieces = shapely.intersection(shapes, counts.geometry.to_numpy()[area])
    whole = shapely.area(shapes)
    inside = np.where(whole > 0, shapely.area(pieces) / np.where(whole > 0, whole, 1.0), 1.0)
    if weight is None:
        weights = np.where(whole > 0, whole, 1.0) * inside
    else:
        weights = _weights(over, weight)[part] * inside
    table = pd.DataFrame({"area": area, "part": part, "weight": weights, "geometry": pieces})
    table = table[table["weight"] > 0].sort_values(["part", "area"])
    if (whole == 0).any():  # a point on a border is in the first area only
        points = table["part"].isin(np.flatnonzero(shapely.area(over.geometry.to_numpy()) == 0))
        table = table[~(points & table.duplicated("part"))]
    total = table.groupby("area")["weight"].transform("sum")
    people = counts["residents"].to_numpy(float)
    table["residents"] = people[table["area"]] * table["weight"] / total
    names = over["name"].to_numpy(object) if "name" in over else np.full(len(over), "", object)
    ids = over["id"].astype(str).to_numpy(object)
    home = counts["id"].astype(str).to_numpy(object)
    several = table.duplicated("part", keep=False)
    placed = gpd.GeoDataFrame(
        {
            "id": np.where(
                several, ids[table["part"]] + "/" + home[table["area"]], ids[table["part"]]
            ),
            "name": names[table["part"]],
            "residents": table["residents"].to_numpy(),
        },
        geometry=table["geometry"].to_numpy(),
        crs=counts.crs,
    )
    empty = counts[~np.isin(np.arange(len(counts)), table["area"]) & (people > 0)]
    text = Text(
        zh=f"{len(empty)}个人口统计区（{empty['residents'].sum():,.0f}人）内没有居住用地或建筑，"
        "其人口按整个统计区计。",
        en=f"{len(empty)} census areas ({empty['residents'].sum():,.0f} residents) have nothing to "
        "spread people over; each counts as one place.",
    )
    notices = notice("nothing-to-spread-over", empty["id"], text, severity="warning")
    if len(empty):
        rest = empty[["id", "residents", "geometry"]].assign(name="")
        placed = gpd.GeoDataFrame(pd.concat([placed, rest], ignore_index=True), crs=counts.crs)
    _check_total(people.sum(), placed["residents"].sum(), "census areas")
    return placed, notices


def match_totals(
    demand: gpd.GeoDataFrame, totals: pd.Series, base: Level
) -> tuple[gpd.GeoDataFrame, tuple[Notice, ...]]:
    """Scale people so that each base zone has its official number.

    Parameters
    ----------
    demand
        With ``residents``; a column ``zone_id`` says the zone, otherwise the place does.
    totals
        Official residents by base zone id.
    base
        Base zones.

    Returns
    -------
    table, notices
        The demand with ``zone_id`` and scaled ``residents``. The notice tells the smallest and
        the largest factor. People outside every zone, or in one without a number, stay as they
        are.

    Raises
    ------
    TableError
        If a zone has official residents but no place of demand to give them to.
    """
    table = demand.copy()
    if "zone_id" not in table:
        table["zone_id"] = zones_of_places(coordinates(table), base)
    held = table.groupby("zone_id", observed=True)["residents"].sum()
    wanted = totals[totals.notna()]
    empty = wanted[(wanted > 0) & ~(held.reindex(wanted.index).fillna(0) > 0)]
    if len(empty):
        raise TableError(
            f"has no people to scale to the official {empty.iloc[0]:,.0f}",
            layer="demand",
            row=str(empty.index[0]),
            remedy="Give a layer of demand that covers every zone, or leave that zone out.",
        )
    factor = (wanted / held.reindex(wanted.index)).fillna(1.0)
    table["residents"] *= table["zone_id"].map(factor).astype(float).fillna(1.0)
    text = Text(
        zh=f"{len(factor)}个统计单元的人口按官方总数校正，系数{factor.min():.3f}至{factor.max():.3f}。",
        en=f"people of {len(factor)} zones are scaled to official totals, by {factor.min():.3f} to "
        f"{factor.max():.3f}.",
    )
    return table, notice("matched-to-official-totals", list(factor.index), text)


def _weights(over: gpd.GeoDataFrame, column: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    if column not in over:
        raise TableError(
            f'has no column "{column}" to spread people by',
            layer="over",
            remedy=f"It has: {', '.join(map(str, over.columns))}.",
        )
    weights = pd.to_numeric(over[column], errors="coerce").to_numpy(float)
    wrong = ~(weights >= 0)
    if wrong.any():
        raise TableError(
            f'has no number of 0 or more in the column "{column}"',
            layer="over",
            row=str(over["id"].iloc[int(wrong.argmax())]),
            remedy="Fill it in; 0 where nobody lives.",
        )
    return np.asarray(weights, np.float64)


def _check_total(before: float, after: float, what: str) -> None:
    if abs(before - after) > TOLERANCE * max(abs(before), 1.0):
        raise BalanceError(f"spreading the people of {what} made {after:.9g} of {before:.9g}")
