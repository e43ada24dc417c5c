"""Travel time over a surface against scikit-image and GRASS r.cost, processor time.

One search for all of a thousand sources (fewer on smaller grids). All run on one core. scikit-image
yields costs only, we and GRASS the nearest source too. GRASS is a program of its own: its time is
that of ``r.cost`` alone, reading and writing rasters in its own format, with memory for all.

On ground without barriers (``random``) answers are compared with scikit-image's at the smallest
size; at barriers the peers slip between two cells that touch at a corner, and we do not.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from benchmarks.harness import Benchmark, Run, Way, Work

Floats = NDArray[np.float64]
CELL_M = 100.0
SOURCES = 1000 / 9e6


class World(NamedTuple):
    """Seconds per metre, infinite where closed, and the sources' rows and columns."""

    friction: Floats
    sources: NDArray[np.int64]


GRASS = """
set -e
box="rows={rows} cols={rows} north={rows} south=0 west=0 east={rows}"
g.region rows={rows} cols={rows} n={rows} s=0 w=0 e={rows}
r.in.bin -d --quiet input=friction.bin output=friction bytes=8 anull=-1 $box
r.in.bin --quiet input=sources.bin output=sources bytes=4 anull=0 $box
TIMEFORMAT="%U %S"
search="r.cost {flag} --quiet input=friction start_raster=sources output=cost nearest=owner"
{{ time $search memory=8000 2>/dev/null; }} 2>time.txt
r.out.bin --quiet input=cost output=cost.bin bytes=8 null=-1
"""


def land(rows: int, rng: np.random.Generator) -> Floats:
    """Four kinds of land, roads of 40 and 80 km/h, rivers with bridges."""

    def waves(size: int) -> Floats:
        coarse = rng.normal(size=(rows // size + 2, rows // size + 2))
        return ndimage.zoom(coarse, size, order=1)[:rows, :rows]

    cover = waves(50)
    speed = np.select([cover < -1, cover < -0.3, cover < 0.5], [1.5, 3.0, 4.0], 5.0)
    for every, kmh in ((100, 40.0), (400, 80.0)):
        speed[::every], speed[:, ::every] = kmh, kmh
    river = (np.abs(waves(200)) < 0.004) & (speed < 40)
    return np.where(river, np.inf, 3.6 / speed)


def random(rows: int, rng: np.random.Generator) -> Floats:
    return rng.uniform(0.1, 1.0, (rows, rows))


def world(make: Any) -> Any:
    """Make ground of so many rows and columns, with sources on open cells."""

    def made(rows: int) -> World:
        rng = np.random.default_rng(0)
        friction = make(rows, rng)
        open_cells = np.argwhere(np.isfinite(friction))
        count = max(10, round(SOURCES * rows * rows))
        return World(friction, open_cells[rng.choice(len(open_cells), count, replace=False)])

    return made


def ours(moves: int) -> Any:
    def prepare(world: World) -> Work:
        from pyproj import CRS
        from rasterio.transform import Affine

        from urbangis.travel.surface import Places, build_surface, surface_costs

        transform = Affine(CELL_M, 0, 500_000, 0, -CELL_M, 3_500_000)
        ground = build_surface(world.friction, transform=transform, crs=CRS.from_epsg(4549))
        places = Places(*world.sources.T, np.zeros(len(world.sources)))
        return Work(lambda: surface_costs(ground, places, moves=moves).cost_s, repeats=2)

    return prepare


def scikit_image(world: World) -> Work:
    from skimage.graph import MCP_Geometric

    friction = np.where(np.isfinite(world.friction), world.friction, -1.0)
    sources = world.sources.tolist()
    return Work(lambda: CELL_M * MCP_Geometric(friction).find_costs(sources)[0], repeats=1)


def as_scikit_image(world: World, found: Floats) -> None:
    """Compare every cell; only where no barrier is."""
    np.testing.assert_allclose(found, scikit_image(world).run(), rtol=1e-9)


def mean_cost(_: World, found: Floats) -> float:
    """Mean seconds of the cells that are reached."""
    return float(found[np.isfinite(found)].mean())


def grass(flag: str) -> Any:
    def prepare(world: World) -> Work:
        program = shutil.which("grass")
        if program is None:
            raise RuntimeError("not installed")
        rows = len(world.friction)

        def run() -> Run:
            with tempfile.TemporaryDirectory() as folder:
                closed = np.where(np.isfinite(world.friction), world.friction, -1.0)
                closed.tofile(f"{folder}/friction.bin")
                numbers = np.zeros((rows, rows), np.int32)
                numbers[tuple(world.sources.T)] = np.arange(1, len(world.sources) + 1)
                numbers.tofile(f"{folder}/sources.bin")
                script = Path(folder, "run.sh")
                script.write_text(GRASS.format(rows=rows, flag=flag))
                command = [program, "--tmp-location", "XY", "--exec", "bash", script]
                subprocess.run(command, cwd=folder, capture_output=True, check=True)
                seconds = sum(map(float, Path(folder, "time.txt").read_text().split()))
                cost = np.fromfile(f"{folder}/cost.bin").reshape(rows, rows)
                return Run(seconds, np.where(cost < 0, np.inf, CELL_M * cost))

        return Work(run, repeats=0, program=True)

    return prepare


SIZES = {"1/16": 750, "1/4": 1500, "9 million cells": 3000}
CELLS = {"world": world(land), "sizes": SIZES, "processor": True, "amount": np.square}
US = ("urbangis.travel.surface",)
EIGHT = {
    "urbangis": Way(ours(8), US, answer=mean_cost),
    "scikit-image": Way(scikit_image, ("skimage",), answer=mean_cost),
    "GRASS r.cost": Way(grass(""), answer=mean_cost),
}
SIXTEEN = {
    "urbangis": Way(ours(16), US, answer=mean_cost),
    "GRASS r.cost -k": Way(grass("-k"), answer=mean_cost),
}
CHECKED = {"urbangis": Way(ours(8), US, as_scikit_image, mean_cost)}
BENCHMARKS = {
    "ground": Benchmark("Open ground with roads and rivers, 8 moves", ways=EIGHT, **CELLS),
    "ground-16": Benchmark("Open ground with roads and rivers, 16 moves", ways=SIXTEEN, **CELLS),
    "ground-random": Benchmark(
        "Random ground, 8 moves", ways=EIGHT | CHECKED, **{**CELLS, "world": world(random)}
    ),
}
