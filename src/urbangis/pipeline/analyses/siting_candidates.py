"""The candidates of a siting: gathered, parted from those that may not be, put with facilities."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from urbangis.catalog import Standard
from urbangis.errors import TableError
from urbangis.pipeline.load import Loaded
from urbangis.study import SitingSpec
from urbangis.tables import coordinates, row_names

_EXCLUDED = ["id", "name", "layer", "area_id", "area_name", "reason", "geometry"]


def candidates_of(loaded: Loaded, spec: SitingSpec, demand: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the possible sites: a layer's rows, or one home in each square of a grid.

    Parameters
    ----------
    spec
        Names the layer, or gives the side of the squares (``spacing_m``).
    demand
        Places with ``zone_id``. Of each square the home nearest to its middle is taken.

    Returns
    -------
    GeoDataFrame
        ``id`` and geometry in the study's CRS, with the names of homes' zones or all columns of the
        layer, in an order that does not depend on that of its rows.
    """
    if spec.candidates is not None:
        table = loaded.layers[spec.candidates].table
        return table.sort_values("id", ignore_index=True)
    xy = coordinates(demand)
    known = np.flatnonzero(np.isfinite(xy).all(axis=1))
    square = np.floor(xy[known] / spec.spacing_m)
    off = np.hypot(*(xy[known] / spec.spacing_m - square - 0.5).T)
    order = np.lexsort((known, off, square[:, 1], square[:, 0]))
    new = np.concatenate([[True], (np.diff(square[order], axis=0) != 0).any(axis=1)])
    rows = np.sort(known[order[new]])
    chosen = demand.iloc[rows]
    zones = loaded.study.base.zones.set_index("id")
    names = {
        column: chosen["zone_id"].map(zones[column]).fillna("").to_numpy()
        for column in ("name", "name_en")
    }
    return gpd.GeoDataFrame(
        {"id": [f"at-{one}" for one in row_names(chosen)], **names},
        geometry=shapely.points(xy[rows]),
        crs=loaded.study.crs,
    )


def parted(
    possible: gpd.GeoDataFrame, loaded: Loaded, spec: SitingSpec
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Part the candidates from those that lie where they may not.

    Returns
    -------
    allowed, excluded : GeoDataFrame
        The latter with the ``layer`` that excludes each, its ``area_id`` and ``area_name``, and
        the ``reason``: ``"inside"`` or ``"outside"``; the first one where there are several.

    Raises
    ------
    TableError
        If none is left.
    """
    shapes = possible.geometry.to_numpy()
    reasons: list[pd.DataFrame] = []
    for name in spec.exclude:
        areas = loaded.layers[name].table
        row, area = shapely.STRtree(areas.geometry.to_numpy()).query(shapes, "intersects")
        first = pd.DataFrame({"row": row, "area": area}).sort_values(["row", "area"])
        first = first.drop_duplicates("row")
        reasons.append(
            pd.DataFrame(
                {
                    "row": first["row"],
                    "layer": name,
                    "area_id": areas["id"].to_numpy()[first["area"]],
                    "area_name": areas["name"].to_numpy()[first["area"]],
                    "reason": "inside",
                }
            )
        )
    for name in spec.within:
        room = shapely.union_all(loaded.layers[name].table.geometry.to_numpy())
        shapely.prepare(room)
        out = np.flatnonzero(~shapely.covers(room, shapes))
        reasons.append(
            pd.DataFrame(
                {"row": out, "layer": name, "area_id": "", "area_name": "", "reason": "outside"}
            )
        )
    if not reasons:
        none = possible.iloc[:0].assign(layer="", area_id="", area_name="", reason="")
        return possible, none[_EXCLUDED]
    every = pd.concat(reasons).drop_duplicates("row").sort_values("row")
    rows = every["row"].to_numpy()
    excluded = possible.iloc[rows].reset_index(drop=True)
    for column in ("layer", "area_id", "area_name", "reason"):
        excluded[column] = every[column].to_numpy()
    kept = np.setdiff1d(np.arange(len(possible)), rows)
    if not kept.size:
        raise TableError(
            f"holds {len(possible)} candidates, and every one lies where it may not",
            layer="candidates",
            remedy="Name other candidates, or exclude less.",
        )
    return possible.iloc[kept].reset_index(drop=True), excluded[_EXCLUDED]


def with_candidates(
    supply: gpd.GeoDataFrame, allowed: gpd.GeoDataFrame, standard: Standard
) -> gpd.GeoDataFrame:
    """Put today's facilities above the candidates; ``existing`` tells them apart.

    Raises
    ------
    TableError
        If an id is given twice.
    """
    new = allowed.assign(existing=False)
    if "kind" not in new:
        new["kind"] = standard.facilities[0]
    sites = pd.concat([supply.assign(existing=True), new], ignore_index=True)
    twice = sites.loc[sites["id"].duplicated(), "id"]
    if len(twice):
        raise TableError(
            "is both a facility and a candidate, or two candidates",
            layer="candidates",
            row=twice.iloc[0],
            remedy="Give every candidate an id of its own, which no facility has.",
        )
    for column in ("name", "name_en"):
        sites[column] = sites[column].fillna("") if column in sites else ""
    return gpd.GeoDataFrame(sites, geometry="geometry", crs=supply.crs)
