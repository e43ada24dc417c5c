"""Timetables as GTFS: the files of one or several feeds, read, checked, and their dirt told.

Only a feed that cannot be used at all is an error: a file or a column that is missing, no stop with
a place. Rows that break the rules are left out or mended, and counted (`urbangis.io.gtfs_check`).
Reference: gtfs.org, General Transit Feed Specification, Schedule.
"""

import csv
import io
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
from numpy.typing import NDArray
from pyproj import CRS

from urbangis.errors import ReadError, TableError
from urbangis.io.gtfs_check import (
    DAYS,
    NARROW,
    Dirt,
    clean_calendar,
    clean_frequencies,
    clean_stop_times,
    clean_stops,
    clean_transfers,
    clean_trips,
)
from urbangis.notices import Notice

_REQUIRED = {
    "stops": ("stop_id", "stop_lat", "stop_lon"),
    "trips": ("trip_id", "route_id", "service_id"),
    "stop_times": ("trip_id", "stop_id", "stop_sequence", "arrival_time", "departure_time"),
}
_OPTIONAL = {
    "routes": ("route_id", "route_short_name", "route_long_name", "route_type"),
    "calendar": ("service_id", *DAYS, "start_date", "end_date"),
    "calendar_dates": ("service_id", "date", "exception_type"),
    "frequencies": ("trip_id", "start_time", "end_time", "headway_secs", "exact_times"),
    "transfers": ("from_stop_id", "to_stop_id", "transfer_type", "min_transfer_time", *NARROW),
}
_EXTRA = {
    "stops": ("stop_name", "location_type", "parent_station"),
    "stop_times": ("pickup_type", "drop_off_type", "shape_dist_traveled"),
}


@dataclass(frozen=True)
class Feed:
    """The timetable of one or several feeds.

    Ids are those of the feed, with ``1:``, ``2:``, ... before them where there are several.

    Parameters
    ----------
    stops
        ``id, name, geometry``: places where vehicles stop, in the CRS asked for.
    trips
        ``id, route_id, service_id, route``: runs of vehicles, and what the line is called.
    stop_times
        ``trip_id, stop_id, arrive_s, depart_s`` in the order of travel, seconds after midnight of
        the service day (beyond 86,400 for those after the next), and ``board, alight``: whether
        passengers may get on and off.
    calendar
        ``service_id``, the days of the week as booleans, ``start, end`` as dates.
    exceptions
        ``service_id, date, added``: dates added to a service or taken from it.
    frequencies
        ``trip_id, start_s, end_s, headway_s``: trips that run again and again.
    transfers
        ``from_id, to_id, kind, min_s``: GTFS transfer type, and seconds it takes (NaN: not told).
    """

    stops: gpd.GeoDataFrame
    trips: pd.DataFrame
    stop_times: pd.DataFrame
    calendar: pd.DataFrame
    exceptions: pd.DataFrame
    frequencies: pd.DataFrame
    transfers: pd.DataFrame


def read_gtfs(paths: Sequence[Path] | Path, *, crs: CRS) -> tuple[Feed, tuple[Notice, ...]]:
    """Read one or several feeds.

    Parameters
    ----------
    paths
        Zip files, or folders that hold the same text files.
    crs
        Metric CRS for the stops.

    Returns
    -------
    feed, notices
        Everything that can be travelled by; notices tell what was left out or mended.

    Raises
    ------
    ReadError
        If a feed is missing, is no zip, or lacks a file that it needs.
    TableError
        If a file lacks a column, or a feed has no stop with a place or no trip.
    """
    several = [paths] if isinstance(paths, Path) else list(paths)
    feeds: list[Feed] = []
    notices: list[Notice] = []
    for number, path in enumerate(several, 1):
        dirt = Dirt(path.name)
        tables = _tables(path, dirt)
        prefix = f"{number}:" if len(several) > 1 else ""
        feeds.append(_checked(_prefixed(tables, prefix), crs, path, dirt))
        notices += dirt.notices()
    names = ("stops", "trips", "stop_times", "calendar", "exceptions", "frequencies", "transfers")
    joined = {
        name: pd.concat([getattr(feed, name) for feed in feeds], ignore_index=True)
        for name in names
    }
    stops = gpd.GeoDataFrame(joined.pop("stops"), crs=crs)
    return Feed(stops, **joined), tuple(notices)


def seconds_of(times: pd.Series) -> NDArray[np.float64]:
    """Turn ``H:MM:SS`` into seconds, hours beyond 23 too; NaN where it is none."""
    parts = times.str.extract(r"^(\d{1,3}):([0-5]?\d)(?::([0-5]?\d))?$").astype(float)
    return np.asarray(parts[0] * 3600 + parts[1] * 60 + parts[2].fillna(0), float)


def _tables(path: Path, dirt: Dirt) -> dict[str, pd.DataFrame]:
    """Read the files of a feed as text: every column that is used, absent ones empty."""
    files = _files(path)
    tables = {}
    for name, required in _REQUIRED.items():
        if f"{name}.txt" not in files:
            raise ReadError(
                f"holds no {name}.txt", file=path, remedy="Check that it is a GTFS feed, complete."
            )
        tables[name] = _table(files[f"{name}.txt"], name, path, dirt)
        for column in required:
            if column not in tables[name]:
                raise TableError(
                    f'{name}.txt has no column "{column}"',
                    file=path,
                    remedy="Ask the publisher for a feed that follows the GTFS reference.",
                )
        tables[name] = tables[name].reindex(columns=[*required, *_EXTRA.get(name, ())])
    for name, columns in _OPTIONAL.items():
        data = files.get(f"{name}.txt")
        table = pd.DataFrame(columns=columns) if data is None else _table(data, name, path, dirt)
        tables[name] = table.reindex(columns=list(columns))
    if tables["calendar"].empty and tables["calendar_dates"].empty:
        raise ReadError(
            "says of no day that anything runs",
            file=path,
            remedy="It needs a calendar.txt or a calendar_dates.txt with rows.",
        )
    return {name: table.astype(object).fillna("") for name, table in tables.items()}


def _files(path: Path) -> dict[str, bytes]:
    """Return the text files of a feed by name, also from a folder inside the archive."""
    try:
        if path.is_dir():
            return {file.name: file.read_bytes() for file in path.glob("*.txt")}
        with zipfile.ZipFile(path) as archive:
            names = sorted(name for name in archive.namelist() if name.endswith(".txt"))
            files = {name: archive.read(name) for name in names}
    except (OSError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise ReadError(
            "cannot be read as a zip file", file=path, remedy="Check the file, or unzip it."
        ) from error
    short = [name.rpartition("/")[2] for name in names]
    twice = [one for one in short if short.count(one) > 1]
    if twice:
        same = [name for name in names if name.rpartition("/")[2] == twice[0]]
        raise ReadError(
            f"holds {' and '.join(same)}",
            file=path,
            remedy="Unzip it, and name the folder of one feed, or of each.",
        )
    return dict(zip(short, files.values(), strict=True))


def _table(data: bytes, name: str, path: Path, dirt: Dirt) -> pd.DataFrame:
    """Read one file as text columns; rows with too many or too few cells are left out."""
    text = data.removeprefix(b"\xef\xbb\xbf")
    if b"\n" not in text:
        text = text.replace(b"\r", b"\n")
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        dirt.tell_encoding(name)
        text = text.decode("utf-8", errors="replace").encode()
    head, _, body = text.partition(b"\n")
    columns = [one.strip() for one in next(csv.reader([head.decode().strip()]), [])]
    if len(set(columns)) < len(columns):
        raise TableError(
            f"{name}.txt has two columns of one name",
            file=path,
            remedy="Leave out one of them, or ask the publisher for a feed without.",
        )
    if not body.strip():
        return pd.DataFrame(columns=columns, dtype=str)
    bad: list[int] = []

    def skip(row: pyarrow.csv.InvalidRow) -> str:
        bad.append(row.number or 0)
        return "skip"

    try:
        table: pd.DataFrame = pyarrow.csv.read_csv(
            io.BytesIO(body),
            read_options=pyarrow.csv.ReadOptions(column_names=columns, use_threads=False),
            parse_options=pyarrow.csv.ParseOptions(
                invalid_row_handler=skip, newlines_in_values=True
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(columns, pa.string()), strings_can_be_null=False
            ),
        ).to_pandas()
    except pa.ArrowInvalid as error:
        raise TableError(
            f"{name}.txt cannot be read as a table",
            file=path,
            remedy="Look for a quotation mark that is opened and never closed.",
        ) from error
    dirt.tell_rows(name, bad)
    for column in columns:
        table[column] = table[column].str.strip()
    return table


def _prefixed(tables: dict[str, pd.DataFrame], prefix: str) -> dict[str, pd.DataFrame]:
    """Put a prefix before every id, so that those of several feeds do not meet."""
    if not prefix:
        return tables
    ids = ("stop_id", "trip_id", "route_id", "service_id", "parent_station", "from_stop_id",
           "to_stop_id", *NARROW)  # fmt: skip
    marked = {}
    for name, table in tables.items():
        own = [column for column in ids if column in table]
        marked[name] = table.assign(
            **{column: (prefix + table[column]).where(table[column] != "", "") for column in own}
        )
    return marked


def _checked(tables: dict[str, pd.DataFrame], crs: CRS, path: Path, dirt: Dirt) -> Feed:
    """Check the tables of one feed against each other."""
    stops = clean_stops(tables["stops"], crs, dirt)
    if stops.empty:
        raise TableError(
            "has no stop with a place",
            file=path,
            remedy="Check stop_lat and stop_lon of stops.txt.",
        )
    times = tables["stop_times"]
    times = times.assign(
        arrive_s=seconds_of(times["arrival_time"]), depart_s=seconds_of(times["departure_time"])
    )
    calendar, exceptions = clean_calendar(tables["calendar"], tables["calendar_dates"], dirt)
    services = set(calendar["service_id"]) | set(exceptions["service_id"])
    trips = clean_trips(tables["trips"], tables["routes"], services, dirt)
    stop_times = clean_stop_times(times, trips, stops, dirt)
    served = trips["id"].isin(stop_times["trip_id"])
    gone = ~served & ~trips["id"].isin(times["trip_id"])
    dirt.tell("gtfs-trips-empty", trips.loc[gone, "id"], "trips.txt")
    trips = trips[served].reset_index(drop=True)
    if trips.empty:
        raise TableError(
            "has no trip that can be travelled by",
            file=path,
            remedy="See that trips.txt, stop_times.txt and the calendar name the same ids.",
        )
    again = tables["frequencies"]
    clock = {
        "start_s": seconds_of(again["start_time"].astype(str)),
        "end_s": seconds_of(again["end_time"].astype(str)),
    }
    frequencies = clean_frequencies(again.assign(**clock), trips, dirt)
    platforms = tables["stops"][tables["stops"]["stop_id"].isin(stops["id"])]
    transfers = clean_transfers(tables["transfers"], platforms, dirt)
    return Feed(stops, trips, stop_times, calendar, exceptions, frequencies, transfers)
