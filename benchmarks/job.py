"""The whole job at province size: `urbangis run` on a generated study, step by step.

    python benchmarks/job.py [SHARE]

Makes a study of a share of a province (1: 2 million nodes, 15,000 facilities, a population raster
of 11 million cells, 100 zones) and of a sixteenth of it, so that the growth shows. Runs it from raw
files; with the network kept, as when the people are new; with the cells and their places on it kept
too, as when the facilities are; and, of the sixteenth, `urbangis run` with its pages. Prints
seconds, processor seconds (of both cores together: they tell more on a busy machine) and peak
memory of each step. Each run is a process of its own.
"""

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import province

ZONES_A_SIDE = 10

STUDY = """
crs = "EPSG:4549"
name = { zh = "生成的省", en = "Generated province" }

[[levels]]
id = "county"
name = { zh = "县", en = "County" }
layer = "counties"

[layers.counties]
name = { zh = "县", en = "Counties" }
table = "zones"
file = "counties.gpkg"
nature = "synthetic"
source = "generated"

[layers.people]
name = { zh = "人口栅格", en = "Population raster" }
table = "demand"
file = "people.tif"
nature = "synthetic"
source = "generated"

[layers.streets]
name = { zh = "街道", en = "Streets" }
table = "streets"
file = "streets.gpkg"
nature = "synthetic"
source = "generated"
show = false

[layers.clinics]
name = { zh = "卫生院", en = "Clinics" }
table = "supply"
file = "clinics.gpkg"
values = { kind = "health_center" }
nature = "synthetic"
source = "generated"

[services.health]
standard = "jiangsu-health-15"
facilities = ["clinics"]
demand = "people"
streets = "streets"
"""


def make(share: float, folder: Path) -> None:
    """Write the study."""
    import geopandas as gpd
    import rasterio
    import shapely
    from affine import Affine

    made = province.generate(share)
    made.streets().to_file(folder / "streets.gpkg")
    points = shapely.points(made.facilities)
    ids = [f"c{number}" for number in range(len(points))]
    clinics = gpd.GeoDataFrame({"id": ids, "name": ids}, geometry=points, crs=province.CRS)
    clinics.to_file(folder / "clinics.gpkg")
    side = round(len(made.people) ** 0.5)
    step = (made.cell_xy[-1] - made.cell_xy[0]) / (side - 1)
    west, south = made.cell_xy[0] - step / 2
    grid = Affine(step[0], 0, west, 0, -step[1], south + side * step[1])
    with rasterio.open(
        folder / "people.tif", "w", driver="GTiff", width=side, height=side, count=1,
        dtype="float32", crs=province.CRS, transform=grid, tiled=True, compress="deflate",
    ) as file:  # fmt: skip
        file.write(made.people.reshape(side, side)[::-1].astype("float32"), 1)
    zones = counties(np.array([west, south]), step * side)
    zones.to_file(folder / "counties.gpkg")
    (folder / "urbangis.toml").write_text(STUDY, encoding="utf-8")


def counties(corner: np.ndarray, size: np.ndarray):
    """Cut the province into counties with winding borders of some 400 vertices a side."""
    import geopandas as gpd
    import shapely

    line = np.linspace(0, 1, 400 * ZONES_A_SIDE)
    wave = 0.01 * np.sin(line * 120) + 0.004 * np.sin(line * 517)
    cuts = [shapely.box(*corner, *(corner + size)).exterior]
    for number in range(1, ZONES_A_SIDE):
        across = np.column_stack([line, number / ZONES_A_SIDE + wave * np.sin(np.pi * line)])
        cuts += [shapely.LineString(corner + size * pair) for pair in (across, across[:, ::-1])]
    shapes = shapely.get_parts(shapely.polygonize(shapely.get_parts(shapely.union_all(cuts))))
    ids = [f"{number:03d}" for number in range(len(shapes))]
    return gpd.GeoDataFrame({"id": ids, "name": ids}, geometry=list(shapes), crs=province.CRS)


@contextmanager
def step(name: str) -> Iterator[None]:
    begin, busy = time.perf_counter(), time.process_time()
    yield
    seconds, busy = time.perf_counter() - begin, time.process_time() - busy
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"| {name} | {seconds:.2f} | {busy:.2f} | {memory:.2f} |", flush=True)


def table(folder: Path) -> None:
    """Do what `urbangis run` does, as far as the coverage table, and then the layers."""
    from urbangis.pipeline.load import load_study
    from urbangis.pipeline.outputs import all_zones, write_service_data
    from urbangis.pipeline.services import build_networks, compute_coverage, compute_service
    from urbangis.pipeline.travel_time import write_travel_time

    with step("**to the coverage table**"):
        with step("read the study"):
            loaded = load_study(folder, tell=lambda _: None)
        services = loaded.study.spec.services
        with step("load or build the network"):
            networks = build_networks(loaded, services)
        with step("compute the coverage"):
            found = compute_coverage(loaded, services["health"], networks)
        with step("write the table"):
            found.zones.to_csv(folder / "coverage.csv")
    with step("write the raster of travel times"):
        write_travel_time(folder / "data", found, folder / "people.tif")
    del found
    with step("compute it again, and draw the service areas"):
        found, rings = compute_service(loaded, services["health"], networks)
    with step("write table and layers"):
        write_service_data(folder / "data", found, rings, all_zones(loaded.study))
    whole = found.zones.iloc[-1]
    print(f"{whole['rate']:.1%} of {whole['total']:,.0f} people are covered")


def whole(folder: Path) -> None:
    """Run the study, pages and all."""
    from urbangis.pipeline.commands.run import run

    with step("**`urbangis run`, pages and all**"):
        run(folder, force=True)


def main() -> None:
    parts = {"table": table, "whole": whole}
    if len(sys.argv) == 3:
        parts[sys.argv[1]](Path(sys.argv[2]))
        return
    largest = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    for share in (largest / 16, largest):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            make(share, folder)
            print(f"\nA share of {share:g}: {share * province.FULL_NODES:,.0f} nodes")
            _timed("from raw files", "table", folder)
            for files in ("people*", "*-at-*"):  # the cells, and where they lie on streets
                for kept in (folder / ".urbangis-cache").glob(files):
                    kept.unlink()
            _timed("the network kept", "table", folder)
            _timed("network, cells and their places kept", "table", folder)
            if share < largest:
                _timed("all of it", "whole", folder)


def _timed(title: str, part: str, folder: Path) -> None:
    print(f"\n| {title} | seconds | processor | peak GB |\n|---|---|---|---|", flush=True)
    subprocess.run([sys.executable, __file__, part, str(folder)], check=True)


if __name__ == "__main__":
    main()
