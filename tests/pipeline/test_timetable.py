"""Travel times by timetable from files, and the command for it."""

import sys
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gtfs_world import write
from urbangis import cli
from urbangis.catalog import load_catalogue
from urbangis.errors import StudyError
from urbangis.pipeline.commands.timetable import Departures, service_day, timetable_matrix

MONDAY = date(2026, 3, 2)
METRES = 111_000 * np.cos(np.radians(32))
"""Of a degree of longitude here, about."""


@pytest.fixture
def files(tmp_path):
    """Stops lie at 119.00, 119.10 and 119.40 on a street that is broken between them.

    The 8:00 from the first is at the third at 8:30. Home a is 150 m from the first stop, shop b
    300 m from the third.
    """
    lines = [shapely.LineString([(x - 0.01, 32), (x + 0.01, 32)]) for x in (119.0, 119.1, 119.4)]
    streets = gpd.GeoDataFrame(
        {"id": ["1", "2", "3"], "highway": "residential"}, geometry=lines, crs="EPSG:4326"
    )
    streets.to_file(tmp_path / "streets.geojson", driver="GeoJSON")
    points = [shapely.Point(119.0 + 150 / METRES, 32), shapely.Point(119.4 + 300 / METRES, 32)]
    places = gpd.GeoDataFrame({"id": ["a", "b"]}, geometry=points, crs="EPSG:4326")
    places.to_file(tmp_path / "places.geojson", driver="GeoJSON")
    return write(tmp_path / "feed.zip"), tmp_path / "streets.geojson", tmp_path / "places.geojson"


def walk_min(metres):
    return metres / 1000 / load_catalogue().mode("walk").speeds_kmh["residential"] * 60


def test_minutes_by_hand(files):
    feed, streets, places = files
    when = Departures(MONDAY, "07:50", 10, 90.0)
    table, notices = timetable_matrix([feed], streets, places, when)
    (row,) = table.itertuples()
    assert (row.from_id, row.to_id) == ("a", "b")
    # From 7:50 to 7:56 or so the 8:00 is caught: 8:30 and the walk, less the departure.
    last = 8 * 60 - walk_min(150)
    caught = [minute for minute in range(470, 480) if minute <= last]
    assert row.reached == len(caught) / 10
    taken = sorted(510 + walk_min(300) - minute for minute in caught)
    assert row.p25 == pytest.approx(taken[2], abs=0.05)
    assert row.p50 == pytest.approx(taken[4], abs=0.05)
    assert pd.isna(row.walk_min)
    assert not [one for one in notices if one.code.startswith("gtfs")]


def test_the_command_writes_a_table(files, tmp_path, monkeypatch, capsys):
    feed, streets, places = files
    arguments = ["urbangis", "timetable", str(feed), "--network", str(streets), "--places",
                 str(places), "--day", "2026-03-02", "--start", "07:50", "--window", "5",
                 "-o", str(tmp_path / "times.csv")]  # fmt: skip
    monkeypatch.setattr(sys, "argv", arguments)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert not ended.value.code
    assert "1 pairs of places written" in capsys.readouterr().out
    table = pd.read_csv(tmp_path / "times.csv", encoding="utf-8-sig")
    assert list(table.columns) == ["from_id", "to_id", "p25", "p50", "p75", "reached", "walk_min"]


def test_what_is_no_day_or_hour_is_refused(files):
    with pytest.raises(StudyError, match="is no date"):
        service_day("2.3.2026")
    with pytest.raises(StudyError, match="is no time of day"):
        timetable_matrix([files[0]], *files[1:], Departures(MONDAY, "8h"))
    with pytest.raises(StudyError, match="nothing runs on Sunday"):
        timetable_matrix([files[0]], *files[1:], Departures(date(2026, 3, 1)))
