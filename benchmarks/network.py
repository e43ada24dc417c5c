"""Nearest facility for everyone, all pairs, and the whole job, against peers in the same run.

    python benchmarks/network.py            a sixteenth of a province, in a minute or two
    python benchmarks/network.py --share 1  the whole province

Every case runs in a process of its own, so that its peak memory is its own; compiled code is warm.
A peer that is not installed, or that does not finish in ``--patience`` seconds, is said to be so.
Seconds depend on the machine; read the ratios.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import province
from scipy import sparse

HERE = Path(__file__)
LIMIT_S = 900.0
SPEED_MS = 4.0 / 3.6
Case = Callable[[province.Province], tuple[float, list[float]]]


def arrays(made: province.Province) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Both directions of every piece of street: from, to, seconds."""
    tail = np.concatenate([made.ends[:, 0], made.ends[:, 1]])
    head = np.concatenate([made.ends[:, 1], made.ends[:, 0]])
    return tail, head, np.tile(made.length_m / SPEED_MS, 2)


def facility_nodes(made: province.Province) -> np.ndarray:
    """Nearest crossing of each facility: what tools that snap to nodes begin with."""
    from scipy.spatial import cKDTree

    return np.unique(cKDTree(made.xy).query(made.facilities)[1])


def timed(prepare: float, work: Callable[[], object], repeats: int = 3) -> tuple[float, list]:
    """Run the work once to warm up, then a few times."""
    work()
    seconds = []
    for _ in range(repeats):
        begin = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begin)
    return prepare, seconds


def nearest_urbangis(made: province.Province) -> tuple[float, list[float]]:
    """Nearest facility of every node, the chains between junctions left out of the search."""
    from urbangis.network.kernels import (
        Contacts,
        Seeds,
        by_row,
        labels_on_links,
        nearest_labels,
    )  # fmt: skip
    from urbangis.network.simplify import chain_up, hilbert_order

    begin = time.perf_counter()
    nodes = len(made.xy)
    number = np.empty(nodes, np.int32)
    number[hilbert_order(made.xy)] = np.arange(nodes, dtype=np.int32)
    start, end = number[made.ends[:, 0]], number[made.ends[:, 1]]
    both = np.ones(len(start), bool)
    chains = chain_up(start, end, made.length_m / SPEED_MS, both, both, nodes=nodes)
    links = chains.links
    arcs = by_row(
        np.concatenate([links.start, links.end]),
        np.concatenate([links.end, links.start]),
        np.tile(links.time_s, 2),
        nodes,
    )
    link, position = np.full(nodes, -1, np.int64), np.zeros(nodes)
    link[start], position[start] = chains.link, chains.low_s
    link[end], position[end] = chains.link, chains.high_s
    at = number[facility_nodes(made)]
    at = at[link[at] >= 0]
    k, p, zero = link[at], position[at], np.zeros(at.size)
    who = np.arange(at.size, dtype=np.int32)
    order = np.argsort(k, kind="stable")
    ptr = np.concatenate([[0], np.cumsum(np.bincount(k, minlength=links.time_s.size))])
    contacts = Contacts(ptr, p[order], p[order], zero, who[order])
    seeds = Seeds(
        np.concatenate([links.start[k], links.end[k]]),
        np.concatenate([p, links.time_s[k] - p]),
        np.concatenate([who, who]),
    )

    def work() -> object:
        labels = nearest_labels(arcs, seeds, np.inf)
        return labels_on_links(link, position, links, labels, contacts, np.inf)

    prepare = time.perf_counter() - begin
    cost = work().cost
    lost = np.flatnonzero(link < 0)
    check = nearest_scipy_costs(made)[np.argsort(number)] if nodes < 200_000 else None
    if check is not None:
        check[lost] = np.inf
        np.testing.assert_allclose(cost, check, rtol=1e-9)
    return timed(prepare, work)


def scipy_graph(made: province.Province) -> sparse.csr_array:
    tail, head, seconds = arrays(made)
    nodes = len(made.xy)
    return sparse.csr_array((seconds, (tail, head)), shape=(nodes, nodes))


def nearest_scipy_costs(made: province.Province) -> np.ndarray:
    graph, at = scipy_graph(made), facility_nodes(made)
    return sparse.csgraph.dijkstra(graph, indices=at, min_only=True)


def nearest_scipy(made: province.Province) -> tuple[float, list[float]]:
    """SciPy's multi-source search."""
    at = facility_nodes(made)
    begin = time.perf_counter()
    graph = scipy_graph(made)
    prepare = time.perf_counter() - begin
    return timed(prepare, lambda: sparse.csgraph.dijkstra(graph, indices=at, min_only=True))


def nearest_networkit(made: province.Province) -> tuple[float, list[float]]:
    """NetworKit, from one node joined with all facilities at no cost."""
    import networkit as nk

    at = facility_nodes(made)
    begin = time.perf_counter()
    tail, head, seconds = arrays(made)
    nodes = len(made.xy)
    source = np.full(at.size, nodes)
    graph = nk.GraphFromCoo(
        (
            np.concatenate([seconds, np.zeros(at.size)]),
            (np.concatenate([tail, source]), np.concatenate([head, at])),
        ),
        n=nodes + 1,
        weighted=True,
        directed=True,
    )
    prepare = time.perf_counter() - begin
    return timed(prepare, lambda: nk.distance.Dijkstra(graph, nodes, False).run())


def nearest_igraph(made: province.Province) -> tuple[float, list[float]]:
    """igraph, from one vertex joined with all facilities at no cost."""
    import igraph

    at = facility_nodes(made)
    begin = time.perf_counter()
    nodes = len(made.xy)
    ends = np.concatenate([made.ends, np.column_stack([np.full(at.size, nodes), at])])
    graph = igraph.Graph(n=nodes + 1, edges=ends)
    weights = np.concatenate([made.length_m / SPEED_MS, np.zeros(at.size)]).tolist()
    prepare = time.perf_counter() - begin
    return timed(prepare, lambda: graph.distances(source=nodes, weights=weights), repeats=1)


def nearest_pandana(made: province.Province) -> tuple[float, list[float]]:
    """Pandana: contraction hierarchies, then the nearest point of interest of every node."""
    import pandana
    import pandas as pd

    at = facility_nodes(made)
    begin = time.perf_counter()
    x, y = pd.Series(made.xy[:, 0]), pd.Series(made.xy[:, 1])
    seconds = pd.DataFrame({"seconds": made.length_m / SPEED_MS})
    start, end = pd.Series(made.ends[:, 0]), pd.Series(made.ends[:, 1])
    net = pandana.Network(x, y, start, end, seconds, twoway=True)
    net.set_pois("f", LIMIT_S, 1, x.iloc[at], y.iloc[at])
    prepare = time.perf_counter() - begin
    return timed(prepare, lambda: net.nearest_pois(LIMIT_S, "f", num_pois=1))


def nearest_networkx(made: province.Province) -> tuple[float, list[float]]:
    """NetworkX, which OSMnx searches with."""
    import networkx as nx

    at = facility_nodes(made).tolist()
    begin = time.perf_counter()
    graph = nx.Graph()
    rows = zip(*made.ends.T.tolist(), (made.length_m / SPEED_MS).tolist(), strict=True)
    graph.add_weighted_edges_from(rows)
    at = [node for node in at if node in graph]
    prepare = time.perf_counter() - begin
    return timed(prepare, lambda: nx.multi_source_dijkstra_path_length(graph, at), repeats=1)


def pairs_urbangis(made: province.Province) -> tuple[float, list[float]]:
    """All nodes within 15 minutes of each of 2,000 nodes; seconds a million pairs."""
    from concurrent.futures import ThreadPoolExecutor

    from urbangis.network.kernels import Links, by_row
    from urbangis.network.local import Doors, Graph, nodes_in_reach
    from urbangis.network.simplify import hilbert_order

    begin = time.perf_counter()
    nodes = len(made.xy)
    number = np.empty(nodes, np.int32)
    number[hilbert_order(made.xy)] = np.arange(nodes, dtype=np.int32)
    start, end = number[made.ends[:, 0]], number[made.ends[:, 1]]
    both, time_s = np.ones(len(start), bool), made.length_m / SPEED_MS
    links = Links(start, end, time_s, both, both)
    tail, head = np.concatenate([start, end]), np.concatenate([end, start])
    arcs = by_row(tail, head, np.tile(time_s, 2), nodes)
    graph = Graph(arcs, links, np.zeros(nodes + 1, np.int64), np.empty(0, np.int32))
    place = np.zeros(nodes)
    first = np.full(nodes, -1, np.int64)
    first[end], place[end] = np.arange(len(end)), time_s
    first[start], place[start] = np.arange(len(start)), 0.0
    sources = np.flatnonzero(first >= 0)[: 2000 * max(1, nodes // 400_000)].astype(np.int32)
    doors = Doors(
        np.arange(nodes + 1), first.astype(np.int32), place, place.copy(), np.zeros(nodes)
    )
    blocks = [sources[i : i + 250] for i in range(0, sources.size, 250)]
    prepare = time.perf_counter() - begin
    count = 0

    def work() -> None:
        nonlocal count
        with ThreadPoolExecutor(2) as pool:
            found = pool.map(lambda b: nodes_in_reach(graph, doors, b, LIMIT_S), blocks)
            count = sum(one.cost.size for one in found)

    prepare, seconds = timed(prepare, work)
    return prepare, [one / count * 1e6 for one in seconds]


def pairs_pandana(made: province.Province) -> tuple[float, list[float]]:
    """Pandana's nodes_in_range; seconds a million pairs."""
    import pandana
    import pandas as pd

    begin = time.perf_counter()
    x, y = pd.Series(made.xy[:, 0]), pd.Series(made.xy[:, 1])
    seconds = pd.DataFrame({"seconds": made.length_m / SPEED_MS})
    start, end = pd.Series(made.ends[:, 0]), pd.Series(made.ends[:, 1])
    net = pandana.Network(x, y, start, end, seconds, twoway=True)
    prepare = time.perf_counter() - begin
    sources = list(range(500))
    count = len(net.nodes_in_range(sources, LIMIT_S))
    prepare, found = timed(prepare, lambda: net.nodes_in_range(sources, LIMIT_S))
    return prepare, [one / count * 1e6 for one in found]


GROUPS: dict[str, tuple[bool, dict[str, Case]]] = {
    "nearest facility, every node a crossing": (
        False,
        {
            "urbangis": nearest_urbangis, "SciPy": nearest_scipy, "NetworKit": nearest_networkit,
            "igraph": nearest_igraph, "pandana": nearest_pandana, "NetworkX": nearest_networkx,
        },
    ),
    "nearest facility, as raw as OpenStreetMap": (
        True,
        {"urbangis": nearest_urbangis, "SciPy": nearest_scipy, "pandana": nearest_pandana},
    ),
    "all pairs within 15 minutes, a million pairs": (
        False,
        {"urbangis": pairs_urbangis, "pandana": pairs_pandana},
    ),
}  # fmt: skip


def alone(group: str, name: str, share: float, patience: float) -> dict[str, float | str]:
    """Run one case in a process of its own."""
    command = [sys.executable, str(HERE), "--case", group, name, "--share", str(share)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=patience, check=False
        )
    except subprocess.TimeoutExpired:
        return {"failed": f"not done in {patience:.0f} s"}
    if done.returncode:
        return {"failed": done.stderr.strip().splitlines()[-1][:80]}
    return json.loads(done.stdout.splitlines()[-1])


def run_case(group: str, name: str, share: float) -> None:
    """Run one case and print what it took."""
    raw, cases = GROUPS[group]
    made = province.generate(share, raw=raw)
    prepare, seconds = cases[name](made)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    told = {"prepare": prepare, "work": statistics.median(seconds), "memory_gb": memory}
    print(json.dumps(told))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--share", type=float, default=1 / 16)
    parser.add_argument("--patience", type=float, default=300.0)
    parser.add_argument("--case", nargs=2)
    options = parser.parse_args()
    if options.case:
        run_case(*options.case, options.share)
        return
    for group, (raw, cases) in GROUPS.items():
        made = province.generate(options.share, raw=raw)
        print(f"\n{group}: {len(made.xy):,} nodes, {len(made.ends):,} edges")
        print("| tool | work | ratio | with preparation | ratio | peak GB |")
        print("|---|---|---|---|---|---|")
        own: dict[str, float] = {}
        for name in cases:
            told = alone(group, name, options.share, options.patience)
            if "failed" in told:
                print(f"| {name} | {told['failed']} | | | | |", flush=True)
                continue
            own = own or told
            work, whole = told["work"], told["work"] + told["prepare"]
            base = own["work"] + own["prepare"]
            print(
                f"| {name} | {work:.3f} s | {work / own['work']:.1f} | {whole:.2f} s | "
                f"{whole / base:.1f} | {told['memory_gb']:.2f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
