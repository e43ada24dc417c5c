"""Small GTFS feeds written by hand, for tests."""

import zipfile

FEED = {
    "agency.txt": "agency_id,agency_name,agency_url,agency_timezone\na,A,https://a.cn,Asia/Shanghai\n",
    "stops.txt": "stop_id,stop_name,stop_lat,stop_lon\n"
    "s1,甲,32.00,119.00\ns2,乙,32.00,119.10\ns3,丙,32.00,119.40\n",
    "routes.txt": "route_id,route_short_name,route_long_name,route_type\nr,1路,,3\n",
    "trips.txt": "route_id,service_id,trip_id\nr,week,t1\nr,week,t2\n",
    "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
    "t1,08:00:00,08:00:00,s1,1\nt1,08:10:00,08:11:00,s2,2\nt1,08:30:00,08:30:00,s3,3\n"
    "t2,09:00:00,09:00:00,s1,1\nt2,09:10:00,09:10:00,s2,2\n",
    "calendar.txt": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,"
    "start_date,end_date\nweek,1,1,1,1,1,0,0,20260101,20261231\n",
}


def write(path, inside="", **changed):
    """Write the feed as a zip; ``stops="..."`` replaces stops.txt, None leaves it out."""
    files = {**FEED, **{f"{name}.txt": text for name, text in changed.items()}}
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            if text is not None:
                data = text if isinstance(text, bytes) else text.encode()
                archive.writestr(inside + name, data)
    return path
