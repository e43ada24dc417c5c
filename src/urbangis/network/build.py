"""Streets to a network: which are open to the mode, how fast, and where they meet."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from urbangis.catalog import Mode
from urbangis.errors import TableError
from urbangis.network.barriers import part_at_barriers
from urbangis.network.graph import Network, pieces
from urbangis.network.kernels import Links
from urbangis.network.meetings import meeting_points
from urbangis.network.simplify import chain_up, hilbert_order
from urbangis.network.texts import Texts
from urbangis.notices import Notice, Text, notice
from urbangis.tables import StreetLines
from urbangis.units import kmh

TOLERANCE_M = 0.5
FERRY = "ferry"


def build_network(
    streets: gpd.GeoDataFrame | StreetLines, mode: Mode, *, tolerance_m: float = TOLERANCE_M
) -> tuple[Network, tuple[Notice, ...]]:
    """Build the network of the streets that are open to a mode.

    Parameters
    ----------
    streets
        Contract ``streets`` in a metric CRS, as a table or as arrays. Lines join where their ends
        meet. If the columns ``start_node`` and ``end_node`` are there, they alone say which ends
        meet; otherwise ends within ``tolerance_m`` of each other do. Lines that merely cross do
        not join, so bridges
        stay above what they cross. ``start_barrier`` and ``end_barrier`` (``"gate;foot=yes"``:
        kind and access tags) keep two streets apart where the mode cannot pass; ``duration_s``
        (a ferry's) replaces length over speed.
    mode
        Speeds and access rules.
    tolerance_m
        Largest gap between ends that still meet, metres.

    Returns
    -------
    network, notices
        Notices tell the pieces that are not connected with the rest, and what barriers do.

    Raises
    ------
    TableError
        If no street is open to the mode.
    """
    drawn = streets if isinstance(streets, StreetLines) else StreetLines.of(streets)
    speed_ms = _speeds(drawn.columns, mode, drawn.street_length_m())
    usable = np.flatnonzero(np.isfinite(speed_ms))
    if not usable.size:
        classes = ", ".join(sorted(drawn.columns["class"].unique())[:12])
        raise TableError(
            f'no street is open to the mode "{mode.id}" (classes found: {classes})',
            layer="streets",
            remedy="Map the layer's own classes onto OpenStreetMap's, or name a mode that fits.",
        )
    # Neighbours on the map become neighbours in memory, whatever the order of the file.
    rows = usable[hilbert_order(drawn.low_xy()[usable])]
    drawn, speed_ms = drawn.take(rows), speed_ms[rows]
    row, edge_xy, edge_ptr, length_m = drawn.row, drawn.xy, drawn.ptr, drawn.length_m()
    table = drawn.columns.iloc[row] if len(row) > len(rows) else drawn.columns
    ahead, back = _directions(table, mode)
    start_xy, end_xy = edge_xy[edge_ptr[:-1]], edge_xy[edge_ptr[1:] - 1]
    if {"start_node", "end_node"} <= set(table.columns) and len(row) == len(rows):
        ends = np.concatenate([table["start_node"], table["end_node"]])
        numbers = pd.factorize(ends)[0]
    else:
        numbers = meeting_points(np.concatenate([start_xy, end_xy]), tolerance_m)
    numbers, told = part_at_barriers(numbers, table, mode)
    node: NDArray[np.int32] = numbers.astype(np.int32)
    edge_from, edge_to = node[: len(row)], node[len(row) :]
    nodes = int(node.max()) + 1
    piece, major = pieces(edge_from, edge_to, length_m, nodes)
    chains = chain_up(edge_from, edge_to, length_m / speed_ms[row], ahead, back, nodes=nodes)
    place_xy = np.empty((nodes, 2))
    place_xy[edge_to], place_xy[edge_from] = end_xy, start_xy
    node_xy, links = _in_order(place_xy, chains.links)
    network = Network(
        crs=drawn.crs,
        mode=mode,
        node_xy=node_xy,
        links=links,
        edge_id=Texts.of(table["id"].to_numpy(object)),
        edge_link=chains.link,
        edge_low_s=chains.low_s,
        edge_high_s=chains.high_s,
        length_m=length_m,
        edge_xy=edge_xy,
        edge_ptr=edge_ptr,
        piece=piece,
        major=major,
        on_land=(table["class"] != FERRY).to_numpy(),
    )
    return network, (*told, *_piece_notices(network))


def street_speeds(streets: gpd.GeoDataFrame, mode: Mode) -> NDArray[np.float64]:
    """Speed of a mode on each street, metres per second; NaN where the street is closed to it."""
    return _speeds(streets, mode, shapely.length(streets.geometry.array))


def _speeds(
    streets: pd.DataFrame, mode: Mode, length_m: NDArray[np.float64]
) -> NDArray[np.float64]:
    speeds_kmh = mode.speeds_kmh | ({} if mode.ferry_kmh is None else {FERRY: mode.ferry_kmh})
    speed_kmh = streets["class"].map(speeds_kmh).to_numpy(float, na_value=np.nan).copy()
    if mode.other_kmh is not None:
        speed_kmh[np.isnan(speed_kmh)] = mode.other_kmh
    access = pd.Series(None, index=streets.index, dtype=object)
    for key in mode.access_keys:
        if key in streets:
            given = streets[key].notna() & (streets[key] != "")
            access[given] = streets.loc[given, key]
    # Only the mode's own key opens a class that it does not list: a motorway with access=yes is
    # open to the public, not to walkers.
    own = streets.get(mode.access_keys[-1])
    if own is not None:
        speed_kmh[np.isnan(speed_kmh) & own.isin(mode.permit).to_numpy()] = mode.access_kmh
    speed_kmh[access.isin(mode.deny).to_numpy()] = np.nan
    if mode.obeys_max_speed:
        limit_kmh = streets["max_speed_kmh"].to_numpy(float)
        speed_kmh = np.where(limit_kmh < speed_kmh, limit_kmh, speed_kmh)
    speed_ms = np.asarray(kmh(1.0) * speed_kmh)
    if "duration_s" in streets:
        duration_s = streets["duration_s"].to_numpy(float)
        timed = np.isfinite(speed_ms) & (duration_s > 0)
        speed_ms[timed] = length_m[timed] / duration_s[timed]
    return speed_ms


def _directions(streets: pd.DataFrame, mode: Mode) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether each street may be travelled as it is drawn, and against that."""
    both = np.ones(len(streets), bool)
    if not mode.obeys_one_way:
        return both, both
    excepted = ~both
    for key in mode.one_way_exception_keys:
        if key in streets:
            excepted |= (streets[key] == "no").to_numpy()
    oneway = streets["oneway"].to_numpy(object)
    return (oneway != "-1") | excepted, (oneway != "yes") | excepted


def _in_order(place_xy: NDArray[np.float64], links: Links) -> tuple[NDArray[np.float64], Links]:
    """Keep the ends of links only, and number them along a space-filling curve."""
    used = np.zeros(len(place_xy), bool)
    used[links.start] = used[links.end] = True
    kept = np.flatnonzero(used)
    kept = kept[hilbert_order(place_xy[kept])]
    number = np.full(len(place_xy), -1, np.int32)
    number[kept] = np.arange(kept.size, dtype=np.int32)
    return place_xy[kept], links._replace(start=number[links.start], end=number[links.end])


def _piece_notices(network: Network) -> tuple[Notice, ...]:
    loose = ~network.major
    _, first = np.unique(network.piece[loose], return_index=True)
    kilometres = network.length_m[loose].sum() / 1000
    text = Text(
        zh=f"路网中有{first.size}处小片段（共{kilometres:.2f}公里）与主网不相连；"
        "附近有主网时，起讫点不会接到这些片段上。",
        en=f"{first.size} small pieces of street ({kilometres:.2f} km) are not connected with the "
        "rest; places near a connected street are not put on them.",
    )
    ids = network.edge_id[np.flatnonzero(loose)[first]]
    return notice("streets-not-connected", ids, text, layer="streets")
