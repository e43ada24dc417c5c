"""Transit from lines alone: stations, headways and speeds become a graph of expected times.

A line that runs every ``H`` minutes is waited for ``H / 2`` on average, by those who come without
knowing the timetable. That makes a line a chain of arcs with fixed times, and a journey with
transfers a shortest path: no timetable, no departure time. Where two lines serve the same way, the
one that is faster with its own wait counts; a traveller who takes whichever comes first does a
little better, so the times are never too short for a regular timetable.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from urbangis.errors import BalanceError, TableError
from urbangis.network.kernels import Arcs, Labels, Seeds, by_row, nearest_labels
from urbangis.notices import Notice, Text, notice
from urbangis.study.transit import StationTimes
from urbangis.units import kmh, minutes

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Transit:
    """Lines as a graph.

    Nodes are the doors of the stations (number of the station), their platforms (number of
    stations further on), and then, for each line, sense and stop, the train that has just
    arrived. A train is boarded from a door (entering) or a platform (transferring), which takes
    the wait and the ride to the next stop; it is left for the door (exit) or the platform
    (transfer).

    Parameters
    ----------
    stations
        ``id, name, name_en, geometry``, metric CRS, sorted by id.
    lines
        The lines in use, contract ``transit_lines``, sorted by id.
    node_station
        Station that each node is at, shape (nodes,).
    node_line
        Row of the line that each node is aboard of; -1 for doors and platforms.
    tail, head, time_s, wait_s
        Arcs in the direction of travel; ``wait_s`` is the part of the time that is waited.
    """

    stations: gpd.GeoDataFrame
    lines: gpd.GeoDataFrame
    node_station: Ints
    node_line: Ints
    tail: Ints
    head: Ints
    time_s: Floats
    wait_s: Floats

    @property
    def doors(self) -> Ints:
        """Nodes of the stations' doors."""
        return np.arange(len(self.stations))

    def arcs(self, *, reverse: bool) -> Arcs:
        """Return the moves between nodes, against the direction of travel if ``reverse``."""
        tail, head = self.tail.astype(np.int32), self.head.astype(np.int32)
        if reverse:
            tail, head = head, tail
        return by_row(tail, head, self.time_s, self.node_station.size)


@dataclass(frozen=True)
class Leg:
    """One leg of a journey.

    Parameters
    ----------
    kind
        ``"access"``, ``"wait"``, ``"ride"``, ``"transfer"``, ``"egress"`` or ``"road"`` (all the
        way without a line). Entering a station counts as access, leaving it as egress.
    time_s
        Seconds.
    line, start, end
        Names; empty where there is none.
    """

    kind: str
    time_s: float
    line: str = ""
    start: str = ""
    end: str = ""


def build_transit(
    lines: gpd.GeoDataFrame,
    stations: gpd.GeoDataFrame,
    times: StationTimes,
) -> tuple[Transit, tuple[Notice, ...]]:
    """Build the graph of lines from their tables alone.

    Parameters
    ----------
    lines
        Contract ``transit_lines``. ``headway_min`` is the time between two departures; a line is
        travelled both ways unless ``oneway`` is ``"yes"``. ``speed_kmh`` is the speed over the
        straight line between two stations, stops not counted; ``dwell_min`` is what each stop on
        the way adds.
    stations
        Contract ``line_stations``, in the CRS of the lines: a row for each stop of each line in
        its ``order``. ``ride_min`` is the time from the stop before, where it is known; it goes
        before the line's speed. A line whose last station is its first runs round.
    times
        Minutes at stations, and the cap of the wait.

    Raises
    ------
    TableError
        If a line has fewer than two stations, no speed where no minutes are known, or a station
        stands in two places.
    """
    lines = lines.sort_values("id", ignore_index=True)
    row = pd.Series(lines.index, index=lines["id"])
    stops = stations.assign(line=stations["line_id"].map(row))
    strays = sorted(stops.loc[stops["line"].isna(), "line_id"].unique())
    stops = stops.dropna(subset=["line"]).sort_values(["line", "order"], kind="stable")
    places = _places(stops)
    number = pd.Series(np.arange(len(places)), index=places["id"])
    parts = _Parts(len(places))
    for at, line in lines.iterrows():
        own = stops[stops["line"] == at]
        parts.add_line(int(str(at)), line, own, number[own["station_id"]].to_numpy(), times)
    text = Text(
        zh=f"{len(strays)}条线路的车站不属于所计算的线路，未计入。",
        en=f"stations of {len(strays)} lines belong to none of the lines in use and are left out.",
    )
    return parts.made(places, lines), notice("stations-of-other-lines", strays, text)


def _places(stops: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return each station once; refuse one that stands in two places."""
    first = stops.drop_duplicates("station_id").set_index("station_id")
    apart = shapely.distance(
        stops.geometry.to_numpy(), first.geometry.loc[stops["station_id"]].to_numpy()
    )
    if (apart > 1.0).any():
        raise TableError(
            f'the station "{stops["station_id"][apart > 1.0].iloc[0]}" stands in two places, '
            f"{apart.max():,.0f} m apart",
            layer="stations",
            row=str(stops["id"][apart > 1.0].iloc[0]),
            remedy="Give one station one place, or two stations an id each.",
        )
    kept = first.sort_index().reset_index(names="id_of_station")
    kept["id"] = kept["id_of_station"]
    return gpd.GeoDataFrame(kept[["id", "name", "name_en", "geometry"]], crs=stops.crs)


def ride_times_s(line: pd.Series, stops: gpd.GeoDataFrame) -> Floats:
    """Seconds from each stop of a line to the next, stops not counted.

    Raises
    ------
    TableError
        If neither minutes nor a speed are known.
    """
    if len(stops) < 2:
        raise TableError(
            f'the line has {len(stops)} stations', layer="lines", row=str(line["id"]),
            remedy="Give it two stations at least, in their order.",
        )  # fmt: skip
    told_s = minutes(1.0) * stops["ride_min"].to_numpy(float)[1:]
    if np.isnan(told_s).any() and not line["speed_kmh"] > 0:
        raise TableError(
            "the line has no speed, and minutes of some of its rides are not known",
            layer="lines",
            row=str(line["id"]),
            remedy='Fill in "speed_kmh", or "ride_min" of each of its stations but the first.',
        )
    shapes = stops.geometry.to_numpy()
    metres = shapely.distance(shapes[:-1], shapes[1:])
    speed = kmh(line["speed_kmh"]) if line["speed_kmh"] > 0 else 1.0
    return np.asarray(np.where(np.isnan(told_s), metres / speed, told_s))


class _Parts:
    """Collects nodes and arcs."""

    def __init__(self, stations: int) -> None:
        doors = np.arange(stations)
        self._stations = stations
        self._count = 2 * stations
        self._station, self._line = [doors, doors], [np.full(2 * stations, -1)]
        self._arcs: list[tuple[Ints, Ints, Floats, Floats]] = []

    def add(
        self, tail: Ints, head: Ints, time_s: Floats | float, wait_s: Floats | float = 0.0
    ) -> None:
        """Add arcs."""
        time, wait = np.broadcast_to(time_s, tail.shape), np.broadcast_to(wait_s, tail.shape)
        self._arcs.append((tail, head, np.asarray(time, float), np.asarray(wait, float)))

    def add_line(
        self,
        number: int,
        line: pd.Series,
        stops: gpd.GeoDataFrame,
        station: Ints,
        times: StationTimes,
    ) -> None:
        """Add a line, in both senses if it is travelled both ways."""
        ride_s = ride_times_s(line, stops)
        wait_min = line["headway_min"] / 2
        if times.wait_cap_min is not None:
            wait_min = min(wait_min, times.wait_cap_min)
        wait_s, dwell_s = minutes(wait_min), minutes(line["dwell_min"])
        senses = [(station, ride_s)]
        if line["oneway"] != "yes":
            senses.append((station[::-1], ride_s[::-1]))
        for path, rides in senses:
            aboard = self._count + np.arange(len(rides))  # the train as it arrives at path[1:]
            self._count += len(rides)
            self._station.append(path[1:])
            self._line.append(np.full(len(rides), number))
            start, end, platform = path[:-1], path[1:], self._stations
            self.add(start, aboard, minutes(times.enter_min) + wait_s + rides, wait_s)
            self.add(start + platform, aboard, wait_s + rides, wait_s)
            self.add(aboard, end, minutes(times.exit_min))
            self.add(aboard, end + platform, minutes(times.transfer_min))
            self.add(aboard[:-1], aboard[1:], dwell_s + rides[1:])
            if path[0] == path[-1]:
                self.add(aboard[-1:], aboard[:1], dwell_s + rides[:1])

    def made(self, stations: gpd.GeoDataFrame, lines: gpd.GeoDataFrame) -> Transit:
        """Return the graph."""
        tail, head, time_s, wait_s = (
            np.concatenate([arc[i] for arc in self._arcs]) if self._arcs else np.empty(0)
            for i in range(4)
        )
        return Transit(
            stations,
            lines,
            np.concatenate(self._station),
            np.concatenate(self._line),
            tail.astype(np.int64),
            head.astype(np.int64),
            time_s,
            wait_s,
        )


def times_to(transit: Transit, seeds_s: Floats, *, limit_s: float) -> Labels:
    """Find the time from every node to the end of the journey.

    Parameters
    ----------
    transit
        Lines as a graph.
    seeds_s
        Time from each station's door to the end of the journey, shape (stations,); ``inf`` where
        it is not left there.
    limit_s
        Largest time, inclusive, seconds.

    Returns
    -------
    Labels
        Seconds from each node, and the number of the station where the lines are left for good.
    """
    rows = np.flatnonzero(np.isfinite(seeds_s)).astype(np.int32)
    seeds = Seeds(rows, seeds_s[rows].astype(float), rows)
    return nearest_labels(transit.arcs(reverse=True), seeds, limit_s)


def station_times(transit: Transit, *, limit_s: float) -> Floats:
    """Seconds from the door of each station to that of each other by line; ``inf`` beyond."""
    count = len(transit.stations)
    found = np.full((count, count), np.inf)
    for station in range(count):
        seeds = np.full(count, np.inf)
        seeds[station] = 0.0
        found[:, station] = times_to(transit, seeds, limit_s=limit_s).cost[:count]
    return found


def legs_from(transit: Transit, labels: Labels, station: int, seeds_s: Floats) -> tuple[Leg, ...]:
    """Return the legs of a journey from a station's door, in their order.

    Parameters
    ----------
    labels, seeds_s
        From and for `times_to`; the last leg is the way from the last door, ``seeds_s`` of it.
    station
        Station whose door the journey starts at.

    Raises
    ------
    BalanceError
        If the legs do not add up to the label (a defect).
    """
    arcs = by_row(
        transit.tail.astype(np.int32),
        np.arange(transit.tail.size, dtype=np.int32),
        transit.time_s,
        transit.node_station.size,
    )

    def best_steps(node: int) -> Iterator[int]:
        out = arcs.indices[arcs.indptr[node] : arcs.indptr[node + 1]]
        late = transit.time_s[out] + labels.cost[transit.head[out]] - labels.cost[node]
        order = np.argsort(late, kind="stable")
        return iter(out[order[np.abs(late[order]) <= 1e-6]].tolist())

    here, seen, steps, options = station, {station}, list[int](), [best_steps(station)]
    while here >= len(transit.stations) or labels.cost[here] < seeds_s[here] - 1e-6:
        # Steps of no time may lead round and round: nowhere twice, and back from a dead end.
        step = next((one for one in options[-1] if int(transit.head[one]) not in seen), None)
        if step is not None:
            steps.append(step)
            here = int(transit.head[step])
            seen.add(here)
            options.append(best_steps(here))
        elif steps:
            options.pop()
            here = int(transit.tail[steps.pop()])
        else:
            raise BalanceError("the legs of a journey do not add up to its time")
    return (*_legs(transit, steps), Leg("egress", float(seeds_s[here]), start=_name(transit, here)))


def _name(transit: Transit, node: int) -> str:
    return str(transit.stations["name"].iloc[transit.node_station[node]])


def _legs(transit: Transit, steps: list[int]) -> list[Leg]:
    """Turn arcs into legs; rides of one train are one leg."""
    legs: list[Leg] = []
    for step in steps:
        tail, head = int(transit.tail[step]), int(transit.head[step])
        time_s, wait_s = float(transit.time_s[step]), float(transit.wait_s[step])
        start, end = _name(transit, tail), _name(transit, head)
        line = int(transit.node_line[head])
        if line < 0:
            kind = "egress" if head < len(transit.stations) else "transfer"
            legs.append(Leg(kind, time_s, start=start, end=end))
        elif transit.node_line[tail] >= 0:
            last = legs.pop()
            legs.append(Leg("ride", last.time_s + time_s, last.line, last.start, end))
        else:
            name = str(transit.lines["name"].iloc[line])
            ride_s = _ride_s(transit, tail, head)
            entering = time_s - wait_s - ride_s
            if entering > 0:
                legs.append(Leg("access", entering, start=start))
            legs.append(Leg("wait", wait_s, name, start))
            legs.append(Leg("ride", ride_s, name, start, end))
    return legs


def _ride_s(transit: Transit, tail: int, head: int) -> float:
    """Seconds of the ride that a boarding begins with: what it takes from the platform, less wait.

    The platform's arc to the same train holds the wait and the ride alone.
    """
    platform = int(transit.node_station[tail]) + len(transit.stations)
    (arc,) = np.flatnonzero((transit.tail == platform) & (transit.head == head))
    return float(transit.time_s[arc] - transit.wait_s[arc])
