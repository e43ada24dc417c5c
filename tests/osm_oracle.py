"""Streets of an OpenStreetMap extract, read and cut another way: node by node, with pyosmium.

Nothing of urbangis but the numbers of a mode. The rules are written down a second time in the
plainest way; `street_oracle` snaps to these streets and searches them with NetworkX.
"""

from collections import Counter
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import shapely

from street_oracle import Streets

KEPT_APART_M = 1e7
"""Ferries carry people but nobody lives at sea: their lines are put where no place is near."""

NOT_STREETS = (
    *("construction", "planned", "proposed", "no", "abandoned", "demolished", "destroyed"),
    *("dismantled", "disused", "historic", "razed", "removed", "bus_stop", "elevator"),
    *("emergency_bay", "rest_area", "services"),
)
NO_BARRIERS = ("entrance", "kerb", "no")


class _Ways(osmium.SimpleHandler):
    def __init__(self) -> None:
        super().__init__()
        self.barriers: dict[int, dict[str, str]] = {}
        self.ways: list[tuple[dict[str, str], list[tuple[int, float, float]]]] = []

    def node(self, node) -> None:
        if node.tags.get("barrier", "no") not in NO_BARRIERS:
            self.barriers[node.id] = dict(node.tags)

    def way(self, way) -> None:
        tags = dict(way.tags)
        kind = tags.get("highway") or ("ferry" if tags.get("route") == "ferry" else None)
        if kind is None or kind in NOT_STREETS or tags.get("area") == "yes":
            return
        nodes = [(n.ref, n.location.lon, n.location.lat) for n in way.nodes if n.location.valid()]
        if len(nodes) > 1:
            self.ways.append((tags | {"class": kind}, nodes))


def streets_of(extract: Path, mode: dict, crs: str) -> Streets:
    """The edges open to a mode (a table as in a mode's TOML), from junction to junction."""
    read = _Ways()
    read.apply_file(str(extract), locations=True)
    used = Counter(node for _, nodes in read.ways for node, *_ in nodes)
    lines, start, end, ahead, back, sailed = [], [], [], [], [], []
    for tags, nodes in read.ways:
        kmh = _speed_kmh(tags, mode)
        if kmh is None:
            continue
        forth, home = _ways_open(tags, mode)
        last = len(nodes) - 1
        cuts = [
            i
            for i, (node, *_) in enumerate(nodes)
            if i in (0, last) or used[node] > 1 or node in read.barriers
        ]
        for i, j in pairwise(cuts):
            lines.append(shapely.LineString([place[1:] for place in nodes[i : j + 1]]))
            start.append(nodes[i][0])
            end.append(nodes[j][0])
            ahead.append(kmh if forth else 0.0)
            back.append(kmh if home else 0.0)
            sailed.append(tags["class"] == "ferry")
    shapes = gpd.GeoSeries(lines, crs=4326).to_crs(crs).to_numpy()
    metres, sailed = shapely.length(shapes), np.array(sailed)
    with np.errstate(divide="ignore"):
        times = [metres / (np.array(kmh) / 3.6) for kmh in (ahead, back)]
    _part_at_barriers(start, end, read.barriers, mode)
    shapes[sailed] = shapely.transform(shapes[sailed], lambda xy: xy + KEPT_APART_M)
    return Streets(shapes, start, end, *times, mode["access_kmh"] / 3.6, mode["snap_limit_m"])


def _speed_kmh(tags: dict[str, str], mode: dict) -> float | None:
    ferry = tags["class"] == "ferry"
    implied = {}
    if tags.get("motorroad") == "yes":
        implied = {"foot": "no", "bicycle": "no"}
    if ferry and not {"access", "vehicle", "motorcar"} & tags.keys():
        implied = {"motor_vehicle": "no"}
    keys = mode["access_keys"]
    access = [(implied | tags)[key] for key in keys if key in (implied | tags)]
    kmh = mode["speeds_kmh"].get(tags["class"], mode.get("ferry_kmh") if ferry else None)
    if kmh is None and tags.get(keys[-1]) in mode["permit"]:
        kmh = mode["access_kmh"]
    if kmh is None or (access and access[-1] in mode["deny"]):
        return None
    if ferry and "duration" in tags:
        raise NotImplementedError("a ferry with a duration")
    limit = tags.get("maxspeed", "").removesuffix(" km/h")
    if mode.get("obeys_max_speed") and limit.isdecimal():
        kmh = min(kmh, float(limit))
    return kmh


def _ways_open(tags: dict[str, str], mode: dict) -> tuple[bool, bool]:
    """Whether a street may be travelled as drawn, and against that."""
    round_about = tags.get("junction") in ("roundabout", "circular")
    one_way = tags.get("oneway", "yes" if round_about or tags["class"] == "motorway" else "no")
    if not mode["obeys_one_way"]:
        return True, True
    return one_way not in ("-1", "reverse"), one_way not in ("yes", "true", "1")


def _part_at_barriers(start: list, end: list, barriers: dict[int, dict], mode: dict) -> None:
    """Give the two streets that meet at a barrier which stops the mode an end of their own."""
    meeting = Counter([*start, *end])
    for side in (start, end):
        for row, node in enumerate(side):
            if meeting[node] == 2 and _closed(barriers.get(node), mode):
                side[row] = (node, row, side is start)


def _closed(barrier: dict[str, str] | None, mode: dict) -> bool:
    if barrier is None:
        return False
    access = [barrier[key] for key in mode["access_keys"] if key in barrier]
    if access and access[-1] in mode["permit"]:
        return False
    if access and access[-1] in mode["barrier_deny"]:
        return True
    return barrier["barrier"] in mode["closed_barriers"]


def points_of(table: pd.DataFrame, crs: str) -> gpd.GeoSeries:
    """The points of a table with ``lon`` and ``lat``, in metres."""
    return gpd.GeoSeries(gpd.points_from_xy(table["lon"], table["lat"]), crs=4326).to_crs(crs)
