"""Reading an OpenStreetMap extract: from the file to streets and to a network, against peers.

    python benchmarks/osm_reading.py porto.osm.pbf --crs EPSG:3763
    python benchmarks/osm_reading.py porto.osm.pbf --crs EPSG:3763 --peers other/venv/bin/python

The floor is a pass of libosmium alone, in C++, that reads every node and way and gives the ways
their places. Every case runs in a process of its own, so that its peak memory is its own, a few
times, of which the best counts (peers, which take long, once); rounds alternate between cases, so
that a busy machine is unfair to all of them. CPU time counts all threads: the floor has several.
A peer that is not installed, or that does not finish in ``--patience`` seconds, is said to be so.
Seconds depend on the machine; read the ratios.
"""

import argparse
import importlib.util
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from math import inf
from pathlib import Path

HERE = Path(__file__)
MEGABYTE = 1024


def floor(path: Path, _: str) -> str:
    import osmium

    locate = osmium.NodeLocationsForWays(osmium.index.create_map("flex_mem"))
    locate.ignore_errors()
    with osmium.io.Reader(str(path), osmium.osm.NODE | osmium.osm.WAY) as reader:
        osmium.apply(reader, locate)
    return "every node and way read, ways located"


def streets(path: Path, _: str) -> str:
    from urbangis.io.osm import read_streets

    return f"{len(read_streets(path)):,} streets"


def network(path: Path, crs: str) -> str:
    from urbangis.catalog import load_catalogue
    from urbangis.io.osm import read_street_lines
    from urbangis.network.build import build_network

    lines, _ = read_street_lines(path)
    built, _ = build_network(lines.to_crs(crs), load_catalogue([]).mode("walk"))
    return f"{len(built.node_xy):,} junctions, {built.length_m.size:,} edges, projected"


def one_by_one(path: Path, _: str) -> str:
    """What reading costs when Python is told of every way and each of its nodes."""
    import osmium

    processor = osmium.FileProcessor(str(path)).with_locations()
    processor.with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
    processor.with_filter(osmium.filter.KeyFilter("highway"))
    drawn = [(dict(way.tags), [(n.ref, n.x, n.y) for n in way.nodes]) for way in processor]
    return f"{len(drawn):,} ways with tags and nodes, not cut"


def gdal_arrow(path: Path, _: str) -> str:
    import pyogrio

    _, table = pyogrio.raw.read_arrow(path, layer="lines", where="highway IS NOT NULL")
    return f"{table.num_rows:,} lines, without node ids and not cut"


def pyrosm(path: Path, _: str) -> str:
    import pyrosm

    nodes, edges = pyrosm.OSM(str(path)).get_network(network_type="all", nodes=True)
    return f"{len(edges):,} edges, {len(nodes):,} nodes"


def osmnx(path: Path, _: str) -> str:
    import osmnx

    graph = osmnx.graph_from_xml(_as_xml(path), bidirectional=True, retain_all=True)
    return f"{graph.number_of_edges():,} edges, {graph.number_of_nodes():,} nodes"


def _as_xml(path: Path) -> Path:
    """OSMnx reads XML alone; the caller writes it beside, outside the time taken."""
    return path.with_suffix(".osm") if path.suffix == ".pbf" else path


OURS: dict[str, Callable[[Path, str], str]] = {
    "libosmium alone (floor)": floor,
    "urbangis: streets": streets,
    "urbangis: network": network,
    "pyosmium, one by one": one_by_one,
    "GDAL to Arrow": gdal_arrow,
}
PEERS: dict[str, Callable[[Path, str], str]] = {"pyrosm": pyrosm, "osmnx": osmnx}


def work(name: str, path: Path, crs: str) -> None:
    """Run one case once, or say that its package is missing; called in a process of its own."""
    if name in PEERS and importlib.util.find_spec(name) is None:
        print(json.dumps({"missing": True}))
        return
    case = (OURS | PEERS)[name]
    seconds, cpu_s = [], []
    for _ in range(1 if name in PEERS else 4):
        begin, cpu_begin = time.perf_counter(), time.process_time()
        what = case(path, crs)
        seconds.append(time.perf_counter() - begin)
        cpu_s.append(time.process_time() - cpu_begin)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEGABYTE
    print(json.dumps({"seconds": min(seconds), "cpu_s": min(cpu_s), "peak_mb": peak, "what": what}))


def told(name: str, options: argparse.Namespace, path: Path) -> dict:
    """Run one case in a process of its own and return what it printed."""
    python = options.peers if name in PEERS else sys.executable
    command = [python, str(HERE), str(path), "--crs", options.crs, "--case", name]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=options.patience, check=False
        )
    except subprocess.TimeoutExpired:
        return {"note": f"not done in {options.patience:g} s"}
    if done.returncode:
        return {"note": done.stderr.strip().splitlines()[-1][:70]}
    answer = json.loads(done.stdout.splitlines()[-1])
    return {"note": "not installed"} if "missing" in answer else answer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--crs", default="EPSG:4087", help="metric CRS to project into")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", default=sys.executable, help="Python that has the peers")
    parser.add_argument("--patience", type=float, default=600.0)
    parser.add_argument("--case", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.case:
        work(options.case, options.file, options.crs)
        return
    best: dict[str, dict] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / options.file.name
        path.symlink_to(options.file.resolve())
        if importlib.util.find_spec("osmium") and path.suffix == ".pbf":
            _write_xml(path)
        for turn in range(options.rounds):
            for name in OURS | PEERS:
                if turn and name in PEERS:
                    continue  # they are slow enough to be timed once
                found = told(name, options, path)
                known = best.setdefault(name, found)
                for figure in ("seconds", "cpu_s"):
                    known[figure] = min(known.get(figure, inf), found.get(figure, inf))
    _print_table(best, options.file)


def _write_xml(path: Path) -> None:
    import osmium

    with osmium.SimpleWriter(str(_as_xml(path))) as writer:
        osmium.apply(str(path), writer)


def _print_table(best: dict[str, dict], file: Path) -> None:
    size = file.stat().st_size / 1e6
    print(f"{file.name}, {size:.1f} MB; best of several; ratio to the floor")
    base = best["libosmium alone (floor)"]
    for name, found in best.items():
        if "note" in found:
            print(f"  {name:26} {found['note']}")
            continue
        times = [
            f"{found[figure]:7.2f} s {found[figure] / base[figure]:6.1f} x"
            for figure in ("seconds", "cpu_s")
        ]
        row = f"{times[0]}, of CPU {times[1]} {found['peak_mb']:6.0f} MB"
        print(f"  {name:26} {row}  {found['what']}")


if __name__ == "__main__":
    main()
