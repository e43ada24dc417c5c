"""Travel time over a surface against scikit-image and, where it is installed, GRASS r.cost.

    python benchmarks/surface.py [ROWS]

One search for all of a thousand sources (fewer on smaller grids) over ROWS x ROWS cells. Runs of
all tools take turns, after compiling; the best of each counts. A ratio of 5 means that the peer
took five times as long in processor time: all run on one core, and what else the machine does
counts less. scikit-image yields costs only, we and GRASS the nearest source too. GRASS is a program
of its own: its time includes reading and writing rasters, in its own format, with memory for all.

Differences are told where there are no barriers: at these the peers slip between two that touch at
a corner, and we do not.
"""

import math
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS
from rasterio.transform import Affine
from scipy import ndimage

from urbangis.travel.surface import Places, Surface, build_surface, surface_costs

Floats = NDArray[np.float64]
Run = Callable[[], tuple[float, Floats]]

CELL_M = 100.0
ROUNDS = 2
SOURCES = 1000 / 9e6

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


def ours(ground: Surface, sources: NDArray[np.int64], moves: int) -> Run:
    places = Places(sources[:, 0], sources[:, 1], np.zeros(len(sources)))

    def run() -> tuple[float, Floats]:
        begun = time.process_time()
        found = surface_costs(ground, places, moves=moves)
        return time.process_time() - begun, found.cost_s

    return run


def scikit_image(ground: Surface, sources: NDArray[np.int64]) -> Run:
    from skimage.graph import MCP_Geometric

    friction = np.where(np.isfinite(ground.friction), ground.friction, -1.0)

    def run() -> tuple[float, Floats]:
        begun = time.process_time()
        cost, _ = MCP_Geometric(friction).find_costs(sources.tolist())
        return time.process_time() - begun, CELL_M * cost

    return run


def grass(ground: Surface, sources: NDArray[np.int64], moves: int) -> Run:
    rows = len(ground.friction)
    program = shutil.which("grass")

    def run() -> tuple[float, Floats]:
        with tempfile.TemporaryDirectory() as folder:
            np.where(np.isfinite(ground.friction), ground.friction, -1.0).tofile(
                f"{folder}/friction.bin"
            )
            numbers = np.zeros((rows, rows), np.int32)
            numbers[tuple(sources.T)] = np.arange(1, len(sources) + 1)
            numbers.tofile(f"{folder}/sources.bin")
            script = Path(folder, "run.sh")
            script.write_text(GRASS.format(rows=rows, flag="-k" if moves == 16 else ""))
            command = [program, "--tmp-location", "XY", "--exec", "bash", script]
            subprocess.run(command, cwd=folder, capture_output=True, check=True)
            seconds = sum(map(float, Path(folder, "time.txt").read_text().split()))
            cost = np.fromfile(f"{folder}/cost.bin").reshape(rows, rows)
        return seconds, CELL_M * np.where(cost < 0, np.nan, cost)

    return run


def peers(ground: Surface, sources: NDArray[np.int64]) -> dict[tuple[str, int], Run]:
    found: dict[tuple[str, int], Run] = {}
    try:
        found["scikit-image", 8] = scikit_image(ground, sources)
    except ImportError:
        print("scikit-image is not installed: left out")
    if shutil.which("grass"):
        found["GRASS r.cost", 8] = grass(ground, sources, 8)
        found["GRASS r.cost -k", 16] = grass(ground, sources, 16)
    else:
        print("GRASS is not installed: left out")
    return found


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
    print(f"{rows * rows:,} cells\n{'ground':8}{'moves':>6}  {'peer':18}{'ratio':>6}  difference")
    for make in (land, random):
        rng = np.random.default_rng(0)
        friction = make(rows, rng)
        transform = Affine(CELL_M, 0, 500_000, 0, -CELL_M, 3_500_000)
        ground = build_surface(friction, transform=transform, crs=CRS.from_epsg(4549))
        open_cells = np.argwhere(np.isfinite(friction))
        count = max(10, round(SOURCES * rows * rows))
        sources = open_cells[rng.choice(len(open_cells), count, replace=False)]
        runs = {("ours", moves): ours(ground, sources, moves) for moves in (8, 16)}
        compared = peers(ground, sources)
        runs |= compared
        surface_costs(ground, Places(*sources[:1].T, np.zeros(1)), limit_s=1.0)  # compiles
        best: dict[tuple[str, int], float] = {}
        cost: dict[tuple[str, int], Floats] = {}
        for _ in range(ROUNDS):
            for key, run in runs.items():
                seconds, cost[key] = run()
                best[key] = min(seconds, best.get(key, math.inf))
        for peer, moves in compared:
            apart = math.nan
            if make is random:
                away = cost["ours", moves] > 0
                apart = np.abs(cost["ours", moves][away] / cost[peer, moves][away] - 1).max()
            ratio = best[peer, moves] / best["ours", moves]
            print(f"{make.__name__:8}{moves:6}  {peer:18}{ratio:6.1f}  {apart:.0e}", flush=True)


if __name__ == "__main__":
    main()
