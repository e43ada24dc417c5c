"""Lines without a timetable as a GTFS feed, for tools that want one."""

from datetime import date, timedelta

import geopandas as gpd
import numpy as np
import pandas as pd

from urbangis.io.gtfs_check import DAYS
from urbangis.travel.transit import ride_times_s
from urbangis.units import minutes

_ROUTE_TYPES = {"tram": 0, "metro": 1, "bus": 3, "ferry": 4}
_RAIL = 2


def gtfs_of_lines(
    lines: gpd.GeoDataFrame, stations: gpd.GeoDataFrame, *, first_s: int, last_s: int, day: date
) -> dict[str, pd.DataFrame]:
    """Write lines down as the files of a GTFS feed, with regular departures.

    Each line leaves its first station (and, unless it is one-way, its last) at ``first_s`` and
    then every headway, up to ``last_s``, every day of a year from ``day`` on. Rides are rounded to
    whole seconds. For a journey by one line, people who set out evenly over a whole number of
    headways need on average what `build_transit` says: half the headway and the ride. With a
    transfer this holds on average over how the two timetables lie to each other; where several
    lines may be taken, a timetable is never slower on average, as people take the first to come.

    Parameters
    ----------
    lines, stations
        As of `urbangis.travel.transit.build_transit`. Minutes at stations are no part of a feed.
    first_s, last_s
        First and last departure, seconds after midnight.
    day
        First day.

    Returns
    -------
    dict
        Tables by name of file, without ``.txt``; `urbangis.io.gtfs_write.write_gtfs` writes them.
    """
    degrees = stations.to_crs("EPSG:4326").drop_duplicates("station_id")
    trips, times, frequencies = [], [], []
    for _, line in lines.sort_values("id").iterrows():
        own = stations[stations["line_id"] == line["id"]].sort_values("order", kind="stable")
        ride_s = np.rint(ride_times_s(line, own)).astype(int)
        path, dwell_s = own["station_id"].to_numpy(object), round(minutes(line["dwell_min"]))
        senses = [(path, ride_s)]
        if line["oneway"] != "yes":
            senses.append((path[::-1], ride_s[::-1]))
        for sense, (stops, rides) in enumerate(senses):
            trip = f"{line['id']}-{sense}"
            trips.append((trip, line["id"], "daily"))
            arrive = np.concatenate([[0], np.cumsum(rides + dwell_s) - dwell_s]) + first_s
            depart = arrive + dwell_s
            depart[0], depart[-1] = arrive[0], arrive[-1]
            times += [
                (trip, stop, k + 1, _clock(a), _clock(d))
                for k, (stop, a, d) in enumerate(zip(stops, arrive, depart, strict=True))
            ]
            headway_s = round(minutes(line["headway_min"]))
            frequencies.append((trip, _clock(first_s), _clock(last_s + 1), headway_s, 1))
    return {
        "agency": pd.DataFrame(
            {"agency_id": ["lines"], "agency_name": ["lines"], "agency_url": ["https://gtfs.org"],
             "agency_timezone": ["Asia/Shanghai"]}
        ),
        "stops": pd.DataFrame(
            {"stop_id": degrees["station_id"], "stop_name": degrees["name"],
             "stop_lat": degrees.geometry.y, "stop_lon": degrees.geometry.x}
        ),
        "routes": pd.DataFrame(
            {"route_id": lines["id"], "agency_id": "lines", "route_long_name": lines["name"],
             "route_type": [_ROUTE_TYPES.get(kind, _RAIL) for kind in lines["kind"]]}
        ),
        "trips": pd.DataFrame(trips, columns=["trip_id", "route_id", "service_id"]),
        "stop_times": pd.DataFrame(
            times,
            columns=["trip_id", "stop_id", "stop_sequence", "arrival_time", "departure_time"],
        ),
        "calendar": pd.DataFrame(
            {"service_id": ["daily"], **{name: [1] for name in DAYS},
             "start_date": [f"{day:%Y%m%d}"],
             "end_date": [f"{day + timedelta(days=365):%Y%m%d}"]}
        ),
        "frequencies": pd.DataFrame(
            frequencies,
            columns=["trip_id", "start_time", "end_time", "headway_secs", "exact_times"],
        ),
    }  # fmt: skip


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
