"""Run benchmarks and print their tables: see README.md."""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from dataclasses import asdict
from importlib import import_module
from math import inf
from pathlib import Path

from benchmarks.harness import Benchmark, Options, in_this_process, lines

MODULES = {
    "nearest": "network",
    "nearest-raw": "network",
    "areas-each": "service_areas",
    "siting-cover": "siting",
    "ground-random": "surface",
    "ground": "surface",
    "ground-16": "surface",
    "timetable": "transit",
    "pairs": "network",
    "siting-set": "siting",
    "siting-median": "siting",
    "siting-centre": "siting",
    "province-areas-each": "service_areas",
    "province-areas-together": "service_areas",
    "areas-together": "service_areas",
    "reading": "osm_reading",
    "reading-table": "osm_reading",
}
"""Where each benchmark is, what matters most first."""

SCRIPTS = {"job": "job.py", "publishing": "publishing.py"}
"""Programs that print tables of their own."""


def named(name: str) -> Benchmark:
    """Return a benchmark; only its module is loaded, so that peers need no more than it needs."""
    found: Benchmark = import_module(f"benchmarks.{MODULES[name]}").BENCHMARKS[name]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Time urbangis against peers, as ratios."
    )
    parser.add_argument("names", nargs="*", help=f"all if left out: {', '.join(MODULES)}, ...")
    parser.add_argument("--sizes", type=int, default=3, help="how many, from the smallest on")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--patience", type=float, default=90.0, help="seconds for each way")
    parser.add_argument("--peers", action="append", default=[], help="a Python that has peers")
    parser.add_argument("--minutes", type=float, default=inf, help="begin nothing after so many")
    parser.add_argument("--record", type=Path, help="file to keep measurements in, and go on from")
    parser.add_argument("--case", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.case:
        name, way, size = given.case
        benchmark = named(name)
        told = in_this_process(benchmark, benchmark.ways[way], benchmark.sizes[size])
        print(json.dumps(asdict(told)))
        return
    unknown = [name for name in given.names if name not in MODULES | SCRIPTS]
    if unknown:
        parser.error(f"no benchmark {unknown[0]}; there are {', '.join(MODULES | SCRIPTS)}")
    until = time.monotonic() + 60 * given.minutes
    options = Options(
        given.sizes, given.rounds, given.patience, tuple(given.peers), until, given.record
    )
    load = os.getloadavg()[1]
    print(
        f"{os.cpu_count()} cores, Python {platform.python_version()}, load {load:.1f} at the start"
    )
    print("Ratios are to urbangis; more than 1 is slower.\n")
    for name in given.names or MODULES | SCRIPTS:
        if name in SCRIPTS:
            if time.monotonic() > until:
                continue
            script = Path(__file__).parent / SCRIPTS[name]
            print(f"### {name}: `{script.name}`\n", flush=True)
            subprocess.run([sys.executable, script], check=False)
            continue
        for line in lines(name, named(name), options):
            print(line, flush=True)


if __name__ == "__main__":
    main()
