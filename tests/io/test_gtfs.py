"""GTFS as it comes: complete, dirty, damaged."""

import zipfile

import pandas as pd
import pytest
from pyproj import CRS

import gtfs_world
from gtfs_world import FEED
from urbangis.errors import ReadError, TableError
from urbangis.io.gtfs import read_gtfs, seconds_of
from urbangis.io.gtfs_write import write_gtfs

METRIC = CRS("EPSG:4549")


@pytest.fixture
def feed(tmp_path):
    def read(**changed):
        return read_gtfs(gtfs_world.write(tmp_path / "feed.zip", **changed), crs=METRIC)

    return read


def more(name, *rows):
    return FEED[f"{name}.txt"] + "".join(f"{row}\n" for row in rows)


def told(notices):
    return {one.code: (one.count, one.sample_ids) for one in notices}


def test_a_clean_feed_is_read_whole_and_tells_nothing(feed):
    found, notices = feed()
    assert notices == ()
    assert list(found.stops["id"]) == ["s1", "s2", "s3"]
    assert found.stops.crs == METRIC
    assert list(found.trips["route"]) == ["1路", "1路"]
    first = found.stop_times[found.stop_times["trip_id"] == "t1"]
    assert list(first["arrive_s"]) == [28800, 29400, 30600]
    assert list(first["depart_s"]) == [28800, 29460, 30600]
    assert found.stop_times["board"].all()
    assert bool(found.calendar["monday"][0])
    assert not found.calendar["sunday"][0]


def test_a_folder_and_a_folder_within_the_zip(tmp_path, feed):
    for name, text in FEED.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    whole, _ = read_gtfs(tmp_path, crs=METRIC)
    within, _ = read_gtfs(gtfs_world.write(tmp_path / "f.zip", inside="gtfs/"), crs=METRIC)
    pd.testing.assert_frame_equal(whole.stop_times, within.stop_times)


def test_two_feeds_keep_their_ids_apart(tmp_path):
    paths = [gtfs_world.write(tmp_path / name) for name in ("a.zip", "b.zip")]
    found, _ = read_gtfs(paths, crs=METRIC)
    assert list(found.stops["id"]) == ["1:s1", "1:s2", "1:s3", "2:s1", "2:s2", "2:s3"]
    assert set(found.trips["service_id"]) == {"1:week", "2:week"}
    assert set(found.stop_times["stop_id"]) == set(found.stops["id"])


def test_times():
    texts = ["08:05:09", "8:05:09", "25:30:00", "8:05", "", "8h05", "08:61:00", "1e3"]
    found = seconds_of(pd.Series(texts))
    assert list(found[:4]) == [29109, 29109, 91800, 29100]
    assert pd.isna(found[4:]).all()


def test_a_byte_order_mark_blanks_and_quotes(feed):
    stops = "\ufeffstop_id , stop_name,stop_lat,stop_lon\r\n"
    stops += 's1, "甲, 站" ,32.0, 119.0\r\n"s2",乙,32.0,119.1\r\ns3,丙,32.0,119.4\r\n'
    found, notices = feed(stops=stops.replace(' "甲, 站" ', '"甲, 站"'))
    assert list(found.stops["name"]) == ["甲, 站", "乙", "丙"]
    assert notices == ()


def test_blank_times_are_filled_in_by_distance(feed):
    rows = "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
    rows += "t1,08:00:00,08:00:00,s1,10\nt1,,,s2,20\nt1,08:40:00,08:40:00,s3,30\n"
    found, notices = feed(stop_times=rows)
    # 0.1 of 0.4 degrees on the way: a quarter of 40 minutes.
    assert found.stop_times["arrive_s"].tolist() == pytest.approx([28800, 29400, 31200], abs=1)
    assert told(notices)["gtfs-times-filled"] == (1, ("t1",))
    assert told(notices)["gtfs-trips-empty"] == (1, ("t2",))


@pytest.mark.parametrize(
    ("changed", "code", "sample"),
    [
        ({"stops": more("stops", "s4,丁,32.0,119.5,one too many")}, "gtfs-rows", None),
        ({"stops": more("stops", "s4,丁,0,0")}, "gtfs-stops-unplaced", "s4"),
        ({"stops": more("stops", "s4,丁,91,10")}, "gtfs-stops-unplaced", "s4"),
        ({"stops": more("stops", "s1,甲二,32,119.2")}, "gtfs-twice", "s1"),
        ({"trips": more("trips", "r,never,t3")}, "gtfs-trips-never", "t3"),
        ({"stop_times": more("stop_times", "t9,10:00:00,10:00:00,s1,1")}, "gtfs-times-stray", "t9"),
        ({"stop_times": more("stop_times", "t2,9:20:00,9:20:00,s9,3")}, "gtfs-times-stray", "t2"),
        ({"stop_times": more("stop_times", "t2,9:20:00,9:20:00,s3,x")},
         "gtfs-times-unreadable", "t2"),
        ({"stop_times": more("stop_times", "t2,08:50:00,08:50:00,s3,3")},
         "gtfs-trips-backwards", "t2"),
        ({"stop_times": more("stop_times", "t2,,,s3,3")}, "gtfs-trips-short", "t2"),
        ({"calendar": more("calendar", "bad,1,1,1,1,1,1,1,2026-01-01,20261231")},
         "gtfs-calendar", "bad"),
        ({"calendar_dates": "service_id,date,exception_type\nweek,20260505,3\n"},
         "gtfs-calendar", "week"),
        ({"frequencies": "trip_id,start_time,end_time,headway_secs\nt1,08:00:00,09:00:00,0\n"},
         "gtfs-frequencies", "t1"),
        ({"frequencies": "trip_id,start_time,end_time,headway_secs\nt1,09:00:00,09:00:00,60\n"},
         "gtfs-frequencies", "t1"),
        ({"frequencies": "trip_id,start_time,end_time,headway_secs\nt1,08:00:00,09:00:00,1e-9\n"},
         "gtfs-frequencies", "t1"),
        ({"calendar": FEED["calendar.txt"].replace("week,1,", "week,true,")},
         "gtfs-calendar-days", "week"),
        ({"transfers": "from_stop_id,to_stop_id,transfer_type\ns1,s9,0\n"}, "gtfs-transfers", "s1"),
        ({"transfers": "from_stop_id,to_stop_id,transfer_type\ns1,s2,5\n"},
         "gtfs-transfers-narrow", "s1"),
        ({"stops": FEED["stops.txt"].encode("gbk")}, "gtfs-encoding", "stops"),
    ],
)  # fmt: skip
def test_dirt_is_told_and_the_rest_is_read(feed, changed, code, sample):
    found, notices = feed(**changed)
    count, ids = told(notices)[code]
    assert count == 1
    assert sample is None or ids == (sample,)
    assert notices[0].layer == "feed.zip"
    assert "t1" in set(found.trips["id"])


@pytest.mark.parametrize(
    ("changed", "error", "problem"),
    [
        ({"stops": None}, ReadError, "holds no stops.txt"),
        ({"calendar": None}, ReadError, "says of no day that anything runs"),
        ({"trips": "route_id,trip_id\nr,t1\n"}, TableError, 'no column "service_id"'),
        ({"stops": "stop_id,stop_lat,stop_lon\ns1,,\n"}, TableError, "no stop with a place"),
        ({"trips": "route_id,service_id,trip_id\nr,x,t1\n"}, TableError, "no trip that can"),
        ({"stop_times": ""}, TableError, 'no column "trip_id"'),
        (
            {"frequencies": "trip_id,trip_id\n"},
            TableError,
            "frequencies.txt has two columns of one",
        ),
        (
            {"stops": FEED["stops.txt"] + 's4,"x,32,119\n' + "s5,y,32,119\n" * 200_000},
            TableError,
            "stops.txt cannot be read as a table",
        ),
    ],
)
def test_a_feed_of_no_use_is_refused(feed, changed, error, problem):
    with pytest.raises(error, match=problem):
        feed(**changed)


def test_what_is_no_zip_is_refused(tmp_path):
    (tmp_path / "feed.zip").write_bytes(b"hello")
    with pytest.raises(ReadError, match="cannot be read as a zip"):
        read_gtfs(tmp_path / "feed.zip", crs=METRIC)
    with pytest.raises(ReadError, match="cannot be read as a zip"):
        read_gtfs(tmp_path / "none.zip", crs=METRIC)


def test_two_feeds_in_one_zip_are_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        for folder in ("old/", "new/"):
            for name, text in FEED.items():
                archive.writestr(folder + name, text)
    with pytest.raises(ReadError, match=r"holds new/agency.txt and old/agency.txt"):
        read_gtfs(tmp_path / "two.zip", crs=METRIC)


def test_lines_may_end_in_returns_alone(feed):
    stops = FEED["stops.txt"].replace("\n", "\r")
    pd.testing.assert_frame_equal(feed(stops=stops)[0].stops, feed()[0].stops)


def test_what_is_written_is_read_again(tmp_path, feed):
    tables = {
        name.removesuffix(".txt"): pd.read_csv(pd.io.common.StringIO(text), dtype=str)
        for name, text in FEED.items()
    }
    write_gtfs(tables, tmp_path / "again.zip")
    first = (tmp_path / "again.zip").read_bytes()
    found, notices = read_gtfs(tmp_path / "again.zip", crs=METRIC)
    assert notices == ()
    pd.testing.assert_frame_equal(found.stop_times, feed()[0].stop_times)
    write_gtfs(tables, tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == first


def test_real_feeds_are_read_and_their_dirt_is_told(real_data):
    folder = real_data / "gtfs"
    broken, notices = read_gtfs(folder / "r5py_broken.zip", crs=CRS("EPSG:3067"))
    # The files are cut off: most trips have no stop times, most stop times no stop. None is lost.
    assert told(notices)["gtfs-times-stray"][0] == 1432
    assert len(broken.trips) + told(notices)["gtfs-trips-empty"][0] == 401
    overnight, _ = read_gtfs(folder / "kuopio.zip", crs=CRS("EPSG:3067"))
    assert overnight.stop_times["arrive_s"].max() > 86_400
    both, notices = read_gtfs(
        [folder / "poa_eptc.zip", folder / "poa_trensurb.zip"], crs=CRS("EPSG:31982")
    )
    assert len(both.stops) == 3986 + 24
    assert told(notices)["gtfs-times-filled"][0] > 100_000
