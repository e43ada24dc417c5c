"""Clean the tables of a GTFS feed: mend or leave out what breaks the rules, and count it."""

from collections.abc import Iterable

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from urbangis.notices import Notice, Text, notice

NARROW = ("from_trip_id", "to_trip_id", "from_route_id", "to_route_id")
"""Columns of a transfer that holds for single trips or lines only."""

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_TOLD = {
    "gtfs-rows": ("{n}行的列数与表头不符，未读入",
                  "{n} rows have more or fewer cells than the head"),
    "gtfs-encoding": ("{n}个文件不是UTF-8编码，无法辨认的字符已替换",
                      "{n} files are not UTF-8; characters that cannot be read are replaced"),
    "gtfs-twice": ("{n}个编号重复，只取第一个", "{n} ids stand twice; the first row counts"),
    "gtfs-stops-unplaced": ("{n}个站点没有有效坐标，未计入", "{n} stops have no valid place"),
    "gtfs-trips-never": ("{n}个车次的运行日历不存在，从不开行",
                         "{n} trips have a service that is in no calendar: they never run"),
    "gtfs-times-stray": ("{n}条停站记录的车次或站点不存在，未计入",
                         "{n} stop times name a trip or stop that is not there"),
    "gtfs-times-unreadable": ("{n}条停站记录的时刻或顺序无法辨认，未计入",
                              "{n} stop times have an order that cannot be read"),
    "gtfs-times-filled": ("{n}条停站记录没有时刻，按站间直线距离内插",
                          "{n} stop times are blank, and filled in by distance between stops"),
    "gtfs-trips-backwards": ("{n}个车次的时刻倒流，未计入", "{n} trips run backwards in time"),
    "gtfs-trips-short": ("{n}个车次不足两站或首末站无时刻，未计入",
                         "{n} trips have fewer than two stops, or no time at their ends"),
    "gtfs-calendar": ("{n}条运行日历的日期无法辨认，未计入",
                      "{n} rows have dates that cannot be read"),
    "gtfs-calendar-days": ("{n}条运行日历的星期既非0也非1，按不开行处理",
                           "{n} services have days that are neither 0 nor 1, counted as 0"),
    "gtfs-trips-empty": ("{n}个车次没有停站记录，未计入", "{n} trips have no stop times"),
    "gtfs-frequencies": ("{n}条按间隔发车的记录不完整，未计入", "{n} frequencies are incomplete"),
    "gtfs-transfers-narrow": ("{n}条换乘记录只适用于个别车次或线路，未计入",
                              "{n} transfers are for single trips or lines, and do not count"),
    "gtfs-transfers": ("{n}条换乘记录的站点不存在，未计入",
                       "{n} transfers name a stop that is not there"),
}  # fmt: skip


class Dirt:
    """Collects what is wrong with one feed."""

    def __init__(self, feed: str) -> None:
        self._feed = feed
        self._notices: list[Notice] = []

    def tell(self, code: str, ids: Iterable[object], file: str) -> None:
        """Tell rows of a file that were left out or mended; nothing if there are none."""
        concerned = [str(one) for one in ids]
        zh, en = _TOLD[code]
        text = Text(
            zh=f"{file}：{zh.format(n=len(concerned))}。",
            en=f"{file}: {en.format(n=len(concerned))}.",
        )
        self._notices += notice(code, concerned, text, severity="warning", layer=self._feed)

    def tell_rows(self, name: str, rows: list[int]) -> None:
        """Tell rows whose cells do not fit the head."""
        self.tell("gtfs-rows", rows, f"{name}.txt")

    def tell_encoding(self, name: str) -> None:
        """Tell a file that is not UTF-8."""
        self.tell("gtfs-encoding", [name], f"{name}.txt")

    def notices(self) -> tuple[Notice, ...]:
        """Return everything that was told."""
        return tuple(self._notices)


def _once(table: pd.DataFrame, column: str, file: str, dirt: Dirt) -> pd.DataFrame:
    twice = table[column].duplicated()
    dirt.tell("gtfs-twice", table.loc[twice, column], file)
    return table[~twice & (table[column] != "")]


def clean_stops(stops: pd.DataFrame, crs: CRS, dirt: Dirt) -> gpd.GeoDataFrame:
    """Return stops and platforms with a place: ``id, name, geometry``."""
    stops = _once(stops, "stop_id", "stops.txt", dirt)
    lat = pd.to_numeric(stops["stop_lat"], errors="coerce")
    lon = pd.to_numeric(stops["stop_lon"], errors="coerce")
    placed = lat.between(-90, 90) & lon.between(-180, 180) & ((lat != 0) | (lon != 0))
    boarded = ~stops["location_type"].isin(["1", "2", "3", "4"])
    dirt.tell("gtfs-stops-unplaced", stops.loc[boarded & ~placed, "stop_id"], "stops.txt")
    kept = stops[boarded & placed]
    table = gpd.GeoDataFrame(
        {"id": kept["stop_id"].to_numpy(), "name": kept["stop_name"].to_numpy()},
        geometry=gpd.points_from_xy(lon[boarded & placed], lat[boarded & placed]),
        crs="EPSG:4326",
    )
    return table.to_crs(crs)


def clean_trips(
    trips: pd.DataFrame, routes: pd.DataFrame, services: set[str], dirt: Dirt
) -> pd.DataFrame:
    """Return trips that run on some day: ``id, route_id, service_id, route``."""
    trips = _once(trips, "trip_id", "trips.txt", dirt)
    runs = trips["service_id"].isin(services)
    dirt.tell("gtfs-trips-never", trips.loc[~runs, "trip_id"], "trips.txt")
    trips = trips[runs]
    name = routes["route_short_name"].where(
        routes["route_short_name"] != "", routes["route_long_name"]
    )
    names = dict(zip(routes["route_id"], name, strict=True))
    route = trips["route_id"].map(names)
    return pd.DataFrame(
        {
            "id": trips["trip_id"],
            "route_id": trips["route_id"],
            "service_id": trips["service_id"],
            "route": route.where(route.notna() & (route != ""), trips["route_id"]),
        }
    ).reset_index(drop=True)


def clean_calendar(
    calendar: pd.DataFrame, dates: pd.DataFrame, dirt: Dirt
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return weekly services and their exceptions, with dates."""
    start = pd.to_datetime(calendar["start_date"].astype(str), format="%Y%m%d", errors="coerce")
    end = pd.to_datetime(calendar["end_date"].astype(str), format="%Y%m%d", errors="coerce")
    known = start.notna() & end.notna()
    dirt.tell("gtfs-calendar", calendar.loc[~known, "service_id"], "calendar.txt")
    strange = known & ~calendar[list(DAYS)].isin(["0", "1"]).all(axis=1)
    dirt.tell("gtfs-calendar-days", calendar.loc[strange, "service_id"], "calendar.txt")
    weekly = pd.DataFrame(
        {
            "service_id": calendar["service_id"],
            **{day: calendar[day] == "1" for day in DAYS},
            "start": start,
            "end": end,
        }
    )[known]
    date = pd.to_datetime(dates["date"].astype(str), format="%Y%m%d", errors="coerce")
    usable = date.notna() & dates["exception_type"].isin(["1", "2"])
    dirt.tell("gtfs-calendar", dates.loc[~usable, "service_id"], "calendar_dates.txt")
    exceptions = pd.DataFrame(
        {"service_id": dates["service_id"], "date": date, "added": dates["exception_type"] == "1"}
    )[usable]
    return weekly.reset_index(drop=True), exceptions.reset_index(drop=True)


def clean_frequencies(frequencies: pd.DataFrame, trips: pd.DataFrame, dirt: Dirt) -> pd.DataFrame:
    """Return trips that run again and again: ``trip_id, start_s, end_s, headway_s``."""
    table = frequencies[["trip_id", "start_s", "end_s"]].assign(
        headway_s=pd.to_numeric(frequencies["headway_secs"], errors="coerce")
    )
    usable = table["trip_id"].isin(trips["id"]) & table["headway_s"].between(1, 86_400)
    usable &= table["end_s"] > table["start_s"]
    dirt.tell("gtfs-frequencies", table.loc[~usable, "trip_id"], "frequencies.txt")
    return table[usable].reset_index(drop=True)


def clean_transfers(transfers: pd.DataFrame, platforms: pd.DataFrame, dirt: Dirt) -> pd.DataFrame:
    """Return rules for changing between stops: ``from_id, to_id, kind, min_s``.

    A rule of a station is one of all its platforms, after those of the platforms themselves. Rules
    of single trips or lines, and those of staying in the vehicle (types 4 and 5), are left out.
    """
    kind = pd.to_numeric(transfers["transfer_type"], errors="coerce").fillna(0)
    narrow = kind.isin([4, 5]) | (transfers[list(NARROW)] != "").any(axis=1)
    dirt.tell("gtfs-transfers-narrow", transfers.loc[narrow, "from_stop_id"], "transfers.txt")
    own = platforms["stop_id"].to_numpy()
    station = platforms["parent_station"].to_numpy()
    inside = station != ""
    names = pd.DataFrame(
        {
            "name": np.concatenate([own, station[inside]]),
            "id": np.concatenate([own, own[inside]]),
            "wide": np.repeat([0, 1], [own.size, int(inside.sum())]),
        }
    )
    known = transfers["from_stop_id"].isin(names["name"])
    known &= transfers["to_stop_id"].isin(names["name"])
    dirt.tell("gtfs-transfers", transfers.loc[~known & ~narrow, "from_stop_id"], "transfers.txt")
    table = pd.DataFrame(
        {
            "from": transfers["from_stop_id"],
            "to": transfers["to_stop_id"],
            "kind": kind,
            "min_s": pd.to_numeric(transfers["min_transfer_time"], errors="coerce"),
        }
    )[known & ~narrow]
    table = table.merge(names.add_prefix("from_"), left_on="from", right_on="from_name")
    table = table.merge(names.add_prefix("to_"), left_on="to", right_on="to_name")
    order = (table["from_wide"] + table["to_wide"]).argsort(kind="stable")
    return table.iloc[order][["from_id", "to_id", "kind", "min_s"]].reset_index(drop=True)


def clean_stop_times(
    times: pd.DataFrame, trips: pd.DataFrame, stops: gpd.GeoDataFrame, dirt: Dirt
) -> pd.DataFrame:
    """Return the stops of every trip in order, with times that never run backwards.

    Blank times between two known ones are filled in by the straight distance between stops.
    """
    file = "stop_times.txt"
    number = pd.Series(np.arange(len(trips)), index=trips["id"])
    row = pd.Series(np.arange(len(stops)), index=stops["id"])
    table = pd.DataFrame(
        {
            "trip": times["trip_id"].map(number),
            "stop": times["stop_id"].map(row),
            "order": pd.to_numeric(times["stop_sequence"], errors="coerce"),
            "arrive_s": times["arrive_s"],
            "depart_s": times["depart_s"],
            "board": times["pickup_type"] != "1",
            "alight": times["drop_off_type"] != "1",
            "trip_id": times["trip_id"],
            "stop_id": times["stop_id"],
        }
    )
    stray = table["trip"].isna() | table["stop"].isna()
    dirt.tell("gtfs-times-stray", table.loc[stray, "trip_id"], file)
    orderless = ~stray & table["order"].isna()
    dirt.tell("gtfs-times-unreadable", table.loc[orderless, "trip_id"], file)
    table = table[~stray & ~orderless].sort_values(["trip", "order"], kind="stable")
    table["arrive_s"] = table["arrive_s"].fillna(table["depart_s"])
    table["depart_s"] = table["depart_s"].fillna(table["arrive_s"])
    table = _with_both_ends(table, file, dirt)
    blank = table["arrive_s"].isna()
    if blank.any():
        dirt.tell("gtfs-times-filled", table.loc[blank, "trip_id"], file)
        table = _filled(table, stops)
    later = table["arrive_s"].to_numpy()[1:] < table["depart_s"].to_numpy()[:-1]
    same = table["trip"].to_numpy()[1:] == table["trip"].to_numpy()[:-1]
    back = np.zeros(len(table), bool)
    back[1:] = later & same
    back |= (table["depart_s"] < table["arrive_s"]).to_numpy()
    wrong = table.loc[back, "trip_id"].unique()
    dirt.tell("gtfs-trips-backwards", wrong, file)
    table = table[~table["trip_id"].isin(wrong)]
    columns = ["trip_id", "stop_id", "arrive_s", "depart_s", "board", "alight"]
    return table[columns].reset_index(drop=True)


def _with_both_ends(table: pd.DataFrame, file: str, dirt: Dirt) -> pd.DataFrame:
    """Leave out trips of one stop, and those whose first or last time is not known."""
    trip = table.groupby("trip", sort=False)
    ends = trip["arrive_s"].agg(lambda one: bool(np.isfinite(one.iloc[[0, -1]]).all()))
    usable = ends & (trip.size() > 1)
    short = ~table["trip"].map(usable).astype(bool)
    dirt.tell("gtfs-trips-short", table.loc[short, "trip_id"].unique(), file)
    return table[~short]


def _filled(table: pd.DataFrame, stops: gpd.GeoDataFrame) -> pd.DataFrame:
    """Fill in blank times; the first and last of every trip are known."""
    shapes = stops.geometry.to_numpy()[table["stop"].to_numpy(int)]
    step_m = np.zeros(len(table))
    step_m[1:] = shapely.distance(shapes[1:], shapes[:-1])
    # Distance only grows, so that times of one trip are read between its own neighbours.
    along = np.cumsum(step_m + 1e-3)
    known = table["arrive_s"].notna().to_numpy()
    before = np.maximum.accumulate(np.where(known, np.arange(len(table)), 0))
    after = np.flip(
        np.minimum.accumulate(np.flip(np.where(known, np.arange(len(table)), len(table) - 1)))
    )
    leave, arrive = table["depart_s"].to_numpy()[before], table["arrive_s"].to_numpy()[after]
    span = np.where(after > before, along[after] - along[before], 1.0)
    between = leave + (arrive - leave) * (along - along[before]) / span
    filled = np.where(known, table["arrive_s"], np.round(between))
    return table.assign(
        arrive_s=filled, depart_s=np.where(known, table["depart_s"], np.round(between))
    )
