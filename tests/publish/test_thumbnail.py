"""The small picture of zones: where they are, in which colour, and no more."""

import re

import geopandas as gpd
import shapely

from urbangis.publish.charts.thumbnail import thumbnail


def test_two_zones_of_two_colours():
    """Two squares of 100 m side by side: 240 by 120 units, centred, north up."""
    zones = gpd.GeoDataFrame(
        {"color": ["#111111", "#222222"]},
        geometry=[shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100)],
        crs="EPSG:4549",
    )
    picture = thumbnail(zones)
    paths = dict(re.findall(r'd="([^"]+)" fill="(#\d+)"', picture))
    assert set(paths.values()) == {"#111111", "#222222"}
    for path, color in paths.items():
        start, steps = path.removesuffix("z")[1:].split("l")
        numbers = [float(one) for one in steps.split()]
        x, y = map(float, start.split())
        xs, ys = [x], [y]
        for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
            xs.append(xs[-1] + dx)
            ys.append(ys[-1] + dy)
        low = 0 if color == "#111111" else 120
        assert (min(xs), max(xs)) == (low, low + 120)
        assert (min(ys), max(ys)) == (0, 120)
    assert picture == thumbnail(zones)


def test_a_hole_stays_a_hole():
    ring = shapely.box(0, 0, 100, 100) - shapely.box(40, 40, 60, 60)
    zones = gpd.GeoDataFrame({"color": ["#111111"]}, geometry=[ring], crs="EPSG:4549")
    assert thumbnail(zones).count("z") == 2
