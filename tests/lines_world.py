"""Lines and stations drawn in code, for tests of transit."""

from collections.abc import Sequence

import geopandas as gpd
import shapely

from worlds import CRS


def lines(*rows: dict) -> gpd.GeoDataFrame:
    """Lines l0, l1, ... of 36 km/h (10 m/s) every 10 minutes, both ways, unless a row says else."""
    plain = {"name": "", "name_en": "", "kind": "metro", "status": "operating"}
    numbers = {"headway_min": 10.0, "speed_kmh": 36.0, "dwell_min": 0.0, "oneway": "no"}
    table = [{"id": f"l{i}", **plain, **numbers, **row} for i, row in enumerate(rows)]
    shape = shapely.LineString([(0, 0), (1, 0)])
    return gpd.GeoDataFrame(table, geometry=[shape] * len(table), crs=CRS)


def stops(
    *paths: Sequence[str],
    at: dict[str, tuple[float, float]],
    ride_min: dict[tuple[int, int], float] | None = None,
) -> gpd.GeoDataFrame:
    """Stations of lines l0, l1, ... in order; ``ride_min[line, stop]`` from the stop before."""
    rows = [
        {
            "id": f"l{i}-{k}",
            "line_id": f"l{i}",
            "order": float(k + 1),
            "station_id": station,
            "name": station,
            "name_en": station,
            "ride_min": (ride_min or {}).get((i, k), float("nan")),
        }
        for i, path in enumerate(paths)
        for k, station in enumerate(path)
    ]
    places = [shapely.Point(at[row["station_id"]]) for row in rows]
    return gpd.GeoDataFrame(rows, geometry=places, crs=CRS)
