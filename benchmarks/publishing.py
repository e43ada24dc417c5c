"""A page at province size: seconds to write, bytes, and seconds until it is ready in a browser.

    python benchmarks/publishing.py [FOLDER]

13 cities, 95 counties and 1,250 towns with borders as winding as real ones, 15,000 facilities, four
travel-time rings and the people of a 100 m grid, all generated. The peer is folium as it comes: the
same zones, rings and facilities as GeoJson with the same simplified outlines. Then the page again
with the service areas of a generated network instead of smooth rings, of a share of the province
(1: 2 million nodes) and of the whole. Every case runs in a process of its own. The browser is the
machine's Chromium without network; folium's libraries lie beside its page. Seconds depend on the
machine; read the ratios.
"""

import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import contourpy
import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import province
import shapely
from numpy.typing import NDArray
from playwright.sync_api import sync_playwright
from pyproj import CRS
from rasterio.features import rasterize
from rasterio.transform import Affine
from scipy.ndimage import distance_transform_edt
from scipy.spatial import cKDTree

from urbangis.catalog import Standard, load_catalogue
from urbangis.measures.coverage import Coverage
from urbangis.network.build import build_network
from urbangis.network.entrances import facility_entrances
from urbangis.notices import Text
from urbangis.publish.maps.display import bands, tolerance_m, zone_outlines
from urbangis.publish.pages.service import ServiceResult, service_page
from urbangis.publish.web.page import write_assets, write_page
from urbangis.study import Layer, Level, Study, StudySpec
from urbangis.tables import cell_ids
from urbangis.travel.service_area import service_area

METRIC = CRS.from_epsg(4549)
WEST, SOUTH, WIDTH, HEIGHT = 320_000.0, 3_420_000.0, 400_000.0, 380_000.0
TOWNS, COUNTIES, CITIES, FACILITIES = 1_250, 95, 13, 15_000
MINUTES = (5.0, 10.0, 15.0, 30.0)
SPEED_MS = 15 / 3.6
CELL = 100.0
VERTEX_M = 120.0
SECOND_FRAME = """new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() =>
  done([performance.now(), performance.memory.usedJSHeapSize / 1e6]))))"""

STANDARD = {
    "id": "made-up-clinic",
    "name": {"zh": "15分钟健康服务圈", "en": "15-minute health circle"},
    "facilities": ["health_center"],
    "method": "straight_line",
    "cutoff_min": 15,
    "speed_kmh": 15,
    "detour_factor": 1.3,
    "denominators": ["residents"],
    "target": {"rate": 0.9, "scope": {"zh": "每个县", "en": "every county"}, "year": 2030},
    "source": {"document": "made up", "clause": "1", "confidence": "low"},
}


def winding(xy: NDArray[np.float64], seed: int = 3) -> NDArray[np.float64]:
    """Bend the plane by waves of every length: neighbours stay neighbours, borders wind."""
    rng = np.random.default_rng(seed)
    moved = xy.copy()
    for octave in range(9):
        length = 120_000.0 / 2**octave
        for _ in range(4):
            angle, phase, turn = rng.uniform(0, 2 * np.pi, 3)
            along = xy @ (np.cos(angle), np.sin(angle))
            wave = 0.011 * length * np.sin(2 * np.pi * along / length + phase)
            moved += wave[:, None] * (np.cos(turn), np.sin(turn))
    return np.round(moved, 2)


def towns(rng: np.random.Generator) -> NDArray[np.object_]:
    """Cells around sites that are dense here and sparse there, their borders bent."""
    middle = shapely.Point(WEST + WIDTH / 2, SOUTH + HEIGHT / 2)
    outline = shapely.affinity.scale(middle.buffer(0.48 * WIDTH), 1.0, HEIGHT / WIDTH)
    sites = rng.uniform(0, 1, (2 * TOWNS, 2)) * (WIDTH, HEIGHT) + (WEST, SOUTH)
    sites = sites[shapely.contains_xy(outline, sites)][:TOWNS]
    near = sites[cKDTree(sites).query(sites, k=2)[1][:, 1]]
    sites += 0.3 * (sites - near)  # push apart those that fell together
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(sites)))
    cells = shapely.intersection(cells, outline)
    return shapely.transform(shapely.segmentize(cells, VERTEX_M), winding)


def grouped(
    centres: NDArray[np.float64], count: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Give each place to the nearest of as many seats."""
    seats = centres[rng.choice(len(centres), count, replace=False)]
    for _ in range(5):
        group = cKDTree(seats).query(centres)[1]
        seats = np.array([centres[group == n].mean(axis=0) for n in range(count)])
    return np.asarray(cKDTree(seats).query(centres)[1])


def names(ending: str, count: int) -> list[str]:
    """Make names of two signs, and of more where those run out."""
    signs = "东西南北中青白云河湖山林桥塘溪沙丰安平新"
    made = []
    for number in range(count):
        digits = (number, number // 20, number // 400, number // 8_000)
        name = [signs[digit % 20] for digit in digits if digit or digit == digits[0]]
        made.append("".join(name) + ending)
    return made


def zones(prefix: str, ending: str, shapes: NDArray[np.object_]) -> gpd.GeoDataFrame:
    count = len(shapes)
    return gpd.GeoDataFrame(
        {
            "id": [f"{prefix}{n:04d}" for n in range(count)],
            "name": names(ending, count),
            "name_en": [f"{prefix.upper()} {n}" for n in range(count)],
        },
        geometry=shapes,
        crs=METRIC,
    )


def members(prefix: str, of: NDArray[np.int64], ids: pd.Series) -> pd.DataFrame:
    return pd.DataFrame({"zone_id": [f"{prefix}{n:04d}" for n in of], "member_id": ids})


def made() -> tuple[Study, dict[str, Layer], ServiceResult]:
    """Generate the study, and its result without any search."""
    rng = np.random.default_rng(11)
    shapes = towns(rng)
    base = zones("t", "镇", shapes)
    centres = shapely.get_coordinates(shapely.centroid(shapes))
    county = grouped(centres, COUNTIES, rng)
    seats = np.array([centres[county == n].mean(axis=0) for n in range(COUNTIES)])
    city = grouped(seats, CITIES, rng)
    levels = [("county", "县", county, COUNTIES), ("city", "市", city[county], CITIES)]
    spec = StudySpec.model_validate(
        {
            "name": {"zh": "虚构省", "en": "Made-up Province"},
            "levels": [
                {"id": "town", "name": {"zh": "乡镇", "en": "Town"}, "layer": "towns"},
                {"id": "county", "name": {"zh": "县", "en": "County"}, "members": "c.csv"},
                {"id": "city", "name": {"zh": "市", "en": "City"}, "members": "p.csv"},
            ],
            "layers": {
                name: {
                    "name": {"zh": zh, "en": name},
                    "table": table,
                    "file": file,
                    "nature": "synthetic",
                    "source": "generated",
                }
                for name, zh, table, file in (
                    ("towns", "乡镇界", "zones", "t.gpkg"),
                    ("people", "人口", "demand", "p.tif"),
                    ("clinics", "卫生院", "supply", "c.gpkg"),
                )
            },
            "services": {
                "health": {
                    "standard": "made-up-clinic",
                    "facilities": ["clinics"],
                    "demand": "people",
                }
            },
        }
    )
    study = Study(
        id="made-up",
        spec=spec,
        root=Path("made-up"),
        crs=METRIC,
        levels=(
            Level(
                "town", Text("乡镇", "Town"), base, pairs(base["id"], base["id"]), partition=True
            ),
            *(
                Level(
                    name,
                    Text(zh, name.capitalize()),
                    zones(
                        name[:2],
                        zh,
                        np.array(
                            [shapely.coverage_union_all(shapes[of == n]) for n in range(count)]
                        ),
                    ),
                    members(name[:2], of, base["id"]),
                    partition=True,
                )
                for name, zh, of, count in levels
            ),
        ),
    )
    facilities = clinics(rng, centres)
    coverage, rings = results(study, facilities, rng)
    layers = {
        "towns": Layer("towns", spec.layers["towns"], base),
        "people": Layer("people", spec.layers["people"], coverage.demand),
        "clinics": Layer("clinics", spec.layers["clinics"], facilities),
    }
    return study, layers, ServiceResult("health", spec.services["health"], coverage, rings)


def pairs(zone: pd.Series, member: pd.Series) -> pd.DataFrame:
    return pd.DataFrame({"zone_id": zone, "member_id": member})


def clinics(rng: np.random.Generator, centres: NDArray[np.float64]) -> gpd.GeoDataFrame:
    xy = centres[rng.integers(0, len(centres), FACILITIES)] + rng.normal(0, 4_000, (FACILITIES, 2))
    return gpd.GeoDataFrame(
        {
            "id": [f"f{n:05d}" for n in range(FACILITIES)],
            "name": names("卫生院", FACILITIES),
            "name_en": [f"Clinic {n}" for n in range(FACILITIES)],
            "kind": "health_center",
        },
        geometry=shapely.points(xy),
        crs=METRIC,
    )


def results(
    study: Study, facilities: gpd.GeoDataFrame, rng: np.random.Generator
) -> tuple[Coverage, gpd.GeoDataFrame]:
    """Take the distance to the nearest facility on a grid for travel: enough to draw from."""
    rows, columns = int(HEIGHT / CELL), int(WIDTH / CELL)
    xy = shapely.get_coordinates(facilities.geometry)
    at = ((xy - (WEST, SOUTH)) / CELL).astype(int)
    inside = ((at >= 0) & (at < (columns, rows))).all(axis=1)
    empty = np.ones((rows, columns), dtype=bool)
    empty[at[inside, 1], at[inside, 0]] = False
    x = WEST + CELL * (np.arange(columns) + 0.5)
    y = SOUTH + CELL * (np.arange(rows) + 0.5)
    seconds = distance_transform_edt(empty) * CELL / SPEED_MS
    # Streets are not everywhere alike: the reached ground has ragged edges.
    seconds *= 1 + 0.25 * np.sin(x / 900)[None, :] * np.cos(y / 1100)[:, None]
    draw = contourpy.contour_generator(
        x[::4], y[::4], seconds[::4, ::4], fill_type=contourpy.FillType.OuterOffset
    )
    rings = [
        shapely.union_all(
            [
                shapely.make_valid(
                    shapely.Polygon(
                        points[offsets[0] : offsets[1]],
                        [points[a:b] for a, b in pairwise(offsets[1:])],
                    )
                )
                for points, offsets in zip(*draw.filled(-1.0, 60 * limit), strict=True)
            ]
        )
        for limit in MINUTES
    ]
    ring_table = gpd.GeoDataFrame(
        {"minutes": MINUTES, "off_network_m": 40.0, "accuracy_m": 100.0},
        geometry=rings,
        crs=METRIC,
    )
    zone = town_of_cells(study, x, y)
    row, column = np.nonzero(zone >= 0)
    home = zone[row, column]
    people = rng.gamma(0.3, 25.0, len(row))
    covered = seconds[row, column] <= 900
    demand = pd.DataFrame(
        {
            "id": cell_ids(rows - 1 - row, column),
            "residents": people,
            "x": x[column],
            "y": y[row],
            "cost": seconds[row, column],
            "share": covered.astype(float),
            "snapped": True,
            "zone_id": pd.Categorical.from_codes(home, study.base.zones["id"]),
        }
    )
    standard = Standard.model_validate(STANDARD)
    table = rates(study, home, people, people * covered)
    return Coverage(standard, None, demand, facilities, table, ()), ring_table


def town_of_cells(
    study: Study, x: NDArray[np.float64], y: NDArray[np.float64]
) -> NDArray[np.int64]:
    shapes = study.base.zones.geometry
    burnt = rasterize(
        ((shape, n + 1) for n, shape in enumerate(shapes)),
        out_shape=(len(y), len(x)),
        transform=Affine(CELL, 0, WEST, 0, CELL, SOUTH),
        dtype="int32",
    )
    return burnt.astype(np.int64) - 1


def rates(
    study: Study, home: NDArray[np.int64], people: NDArray[np.float64], covered: NDArray[np.float64]
) -> pd.DataFrame:
    count = len(study.base.zones)
    by_town = pd.DataFrame(
        {"total": np.bincount(home, people, count), "covered": np.bincount(home, covered, count)},
        index=study.base.zones["id"],
    )
    frames = [by_town.sum().to_frame().T.assign(zone_id="", level="study")]
    for level in study.levels:
        of = level.members.set_index("member_id")["zone_id"]
        sums = by_town.groupby(by_town.index.map(of)).sum()
        frames.append(sums.rename_axis("zone_id").reset_index().assign(level=level.id))
    table = pd.concat(frames, ignore_index=True)
    rate = table["covered"] / table["total"]
    return table.assign(
        denominator="residents",
        uncovered=table["total"] - table["covered"],
        unsnapped=0.0,
        rate=rate,
        rate_low=rate * 0.93,
        rate_high=np.minimum(rate * 1.05, 1),
        met=rate >= 0.9,
    )


def ours(folder: Path) -> None:
    written(*made(), folder / "ours.html", "all of it")


def written(
    study: Study, layers: dict[str, Layer], result: ServiceResult, path: Path, note: str
) -> None:
    catalogue = load_catalogue()
    begin = time.perf_counter(), time.process_time()
    page = service_page(study, result, layers, catalogue)
    write_page(page, path, assets="assets")
    write_assets(path.parent / "assets")
    told(path, begin, note)


def by_network(folder: Path, share: float) -> None:
    """Write the page with the service areas of streets; its other figures stay as they are."""
    study, layers, result = made()
    rings = street_rings(share)
    corners = shapely.get_num_coordinates(rings.geometry.to_numpy()).sum() / 1e6
    note = f"service areas of a network, {corners:.1f} million corners"
    written(study, layers, replace(result, rings=rings), folder / f"network-{share:g}.html", note)


def street_rings(share: float) -> gpd.GeoDataFrame:
    """Draw the service areas of a share of the generated network, in the middle of the study."""
    streets = province.generate(share)
    aside = (WEST + WIDTH / 2, SOUTH + HEIGHT / 2) - streets.xy.mean(axis=0)
    streets = replace(streets, xy=streets.xy + aside, facilities=streets.facilities + aside)
    network, _ = build_network(streets.streets(), load_catalogue().mode("walk"))
    clinics = gpd.GeoDataFrame(
        {"id": np.arange(len(streets.facilities)).astype(str)},
        geometry=shapely.points(streets.facilities),
        crs=province.CRS,
    )
    entrances, _ = facility_entrances(network, clinics, None)
    return service_area(network, entrances, MINUTES)


def stock(folder: Path) -> None:
    """Show the same with folium's own layers, as its manual shows it."""
    study, layers, result = made()
    begin = time.perf_counter(), time.process_time()
    fmap = folium.Map([32.6, 119.5], zoom_start=8, tiles=None, max_zoom=18, prefer_canvas=True)
    outlines = zone_outlines(study)
    rate = result.coverage.zones.set_index(["level", "zone_id"])["rate"]
    for level in study.levels:
        table = outlines[level.id]
        table = table.assign(rate=table["id"].map(rate.loc[level.id])).to_crs(4326)
        colors = dict(
            zip(table["id"], np.where(table["rate"] > 0.9, "#253494", "#a1dab4"), strict=True)
        )
        folium.GeoJson(
            table,
            name=level.id,
            style_function=lambda row, colors=colors: {
                "fillColor": colors[row["properties"]["id"]],
                "weight": 0.8,
            },
            tooltip=folium.GeoJsonTooltip(["name", "rate"]),
        ).add_to(fmap)
    rings = bands(gpd.GeoDataFrame(result.rings))
    rings = rings.set_geometry(rings.geometry.simplify(tolerance_m(study))).to_crs(4326)
    folium.GeoJson(rings, name="rings").add_to(fmap)
    points = layers["clinics"].table.to_crs(4326)
    folium.GeoJson(
        points, name="clinics", marker=folium.CircleMarker(radius=3),
        tooltip=folium.GeoJsonTooltip(["name"]),
    ).add_to(fmap)  # fmt: skip
    folium.LayerControl().add_to(fmap)
    fmap.save(str(folder / "stock.html"))
    html = (folder / "stock.html").read_text(encoding="utf-8")
    # The libraries that folium fetches are taken from beside the page, as ours are.
    links = r"<(script src|link rel=.stylesheet. href)=.https://[^>]*>(</script>)?"
    leaflet = "assets/vendor/leaflet/dist/leaflet"
    own = f'<link rel="stylesheet" href="{leaflet}.css"><script src="{leaflet}.js"></script>'
    html = re.sub(links, "", html).replace("<head>", f"<head>{own}", 1)
    (folder / "stock.html").write_text(html, encoding="utf-8")
    told(folder / "stock.html", begin, "no people, no table, no search")


def told(path: Path, begin: tuple[float, float], note: str) -> None:
    seconds, work = time.perf_counter() - begin[0], time.process_time() - begin[1]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    size = path.stat().st_size / 1e6
    ready_ms, heap_mb = ready(path)
    print(
        f"| {path.stem} | {seconds:.1f} | {work:.1f} | {size:.2f} | {memory:.1f} | {ready_ms:.0f} "
        f"| {heap_mb:.0f} | {note} |",
        flush=True,
    )


def ready(path: Path, repeats: int = 5) -> tuple[float, float]:
    """Return milliseconds until the second frame after loading, and the heap in MB: the medians."""
    found = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        for _ in range(repeats):
            context = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True)
            page = context.new_page()
            page.goto(path.as_uri(), timeout=120_000)
            found.append(page.evaluate(SECOND_FRAME))
            context.close()
        browser.close()
    return statistics.median(ms for ms, _ in found), statistics.median(mb for _, mb in found)


def main() -> None:
    if len(sys.argv) == 3:
        case, folder = sys.argv[1], Path(sys.argv[2])
        alone = {"ours": ours, "stock": stock}
        alone[case](folder) if case in alone else by_network(folder, float(case))
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(sys.argv[1] if len(sys.argv) > 1 else temporary)
        folder.mkdir(parents=True, exist_ok=True)
        print("| page | s to write | of work | MB | peak GB | ms to ready | heap MB | |")
        print("|---|---|---|---|---|---|---|---|", flush=True)
        for case in ("ours", "stock", "0.0625", "0.25", "1"):
            subprocess.run([sys.executable, __file__, case, str(folder)], check=True)


if __name__ == "__main__":
    main()
