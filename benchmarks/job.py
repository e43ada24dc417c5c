"""The whole job at province size, from a kept network to coverage by zone, step by step.

    python benchmarks/job.py [SHARE]

Prints seconds and peak memory of each step at a share of a province (1: 2 million nodes, 15,000
facilities, 11 million cells) and at a sixteenth of it, so that the growth shows. The network is
built and kept first, in a process of its own, as `urbangis run` would find it.
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

from urbangis.catalog import load_catalogue
from urbangis.network.build import build_network
from urbangis.network.entrances import Entrances
from urbangis.network.snap import snap_xy
from urbangis.network.store import load_network, save_network
from urbangis.travel.costs import network_costs

CUTOFF_S = 900.0
ZONES_A_SIDE = 10


@contextmanager
def step(name: str) -> Iterator[None]:
    begin = time.perf_counter()
    yield
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"| {name} | {time.perf_counter() - begin:.2f} | {memory:.2f} |", flush=True)


def build(share: float, path: Path) -> None:
    """Build the network and keep it."""
    mode = load_catalogue().mode("walk")
    with step("build the network (once)"):
        network, notices = build_network(province.generate(share).streets(), mode)
    save_network(network, notices, path, key="benchmark")


def job(share: float, path: Path) -> None:
    """Do everything after that."""
    made = province.generate(share)
    x, y = made.cell_xy.T.copy()
    begin = time.perf_counter()
    with step("load the network"):
        network, _ = load_network(path, key="benchmark") or (None, ())
    with step("index its streets"):
        _ = network.major_index
    with step("snap the facilities"):
        at = snap_xy(network, *made.facilities.T.copy())
        on = np.flatnonzero(at.snapped)
        place = at.fraction[on]
        entrances = Entrances(on, at.edge[on], place, place, at.access_s[on])
    with step("snap the cells"):
        snaps = snap_xy(network, x, y)
    with step("search, and read every cell's time"):
        costs = network_costs(network, snaps, entrances, limit_s=1.1 * CUTOFF_S)
    with step("add up by zone"):
        low, high = made.cell_xy.min(axis=0), made.cell_xy.max(axis=0)
        tile = np.minimum((made.cell_xy - low) / (high - low) * ZONES_A_SIDE, ZONES_A_SIDE - 1)
        zone = tile[:, 0].astype(int) * ZONES_A_SIDE + tile[:, 1].astype(int)
        total = np.bincount(zone, made.people)
        covered = np.bincount(zone, made.people * (costs.cost <= CUTOFF_S))
    print(f"| **the job** | **{time.perf_counter() - begin:.2f}** | |")
    print(f"{covered.sum() / total.sum():.1%} of {total.sum():,.0f} people are covered")


def main() -> None:
    if len(sys.argv) == 4:
        {"build": build, "job": job}[sys.argv[1]](float(sys.argv[2]), Path(sys.argv[3]))
        return
    largest = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    with tempfile.TemporaryDirectory() as folder:
        for share in (largest / 16, largest):
            path = Path(folder) / f"{share}.npz"
            print(f"\nA share of {share:g}: {share * province.FULL_NODES:,.0f} nodes\n")
            print("| step | seconds | peak GB |\n|---|---|---|", flush=True)
            for part in ("build", "job"):
                subprocess.run([sys.executable, __file__, part, str(share), str(path)], check=True)


if __name__ == "__main__":
    main()
