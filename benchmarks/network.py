"""Nearest facility for everyone, and all pairs, on a generated province.

Peers snap to nodes, so all are given the crossing nearest to each facility. pandana and cityseer
look no farther than 15 minutes; the others search without limit.
"""

from typing import Any

import numpy as np
from scipy import sparse

from benchmarks import province
from benchmarks.harness import Benchmark, Way, Work

LIMIT_S = 900.0
SPEED_MS = 4.0 / 3.6
PAIRS_FROM = 500
SHARES = {"1/16": 1 / 16, "1/4": 1 / 4, "1": 1.0}


World = tuple[province.Province, np.ndarray]


def places(share: float, *, raw: bool = False) -> World:
    """Generate streets, and the crossing nearest to each facility."""
    from scipy.spatial import cKDTree

    made = province.generate(share, raw=raw)
    return made, np.unique(cKDTree(made.xy).query(made.facilities)[1])


def arrays(made: province.Province) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Both directions of every piece of street: from, to, seconds."""
    tail = np.concatenate([made.ends[:, 0], made.ends[:, 1]])
    head = np.concatenate([made.ends[:, 1], made.ends[:, 0]])
    return tail, head, np.tile(made.length_m / SPEED_MS, 2)


def nearest_urbangis(world: World) -> Work:
    """Nearest facility of every node, the chains between junctions left out of the search."""
    made, at = world
    from urbangis.network.kernels import Contacts, Seeds, by_row, labels_on_links, nearest_labels
    from urbangis.network.simplify import chain_up, hilbert_order

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
    at = number[at]
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

    return Work(work)


def as_scipy(world: World, found: Any) -> None:
    """Check our costs against SciPy's; nodes without any street are left out."""
    made, at = world
    from urbangis.network.simplify import hilbert_order

    expected = sparse.csgraph.dijkstra(scipy_graph(made), indices=at, min_only=True)[
        hilbert_order(made.xy)
    ]
    joined = np.isin(hilbert_order(made.xy), made.ends)
    np.testing.assert_allclose(found.cost[joined], expected[joined], rtol=1e-9)


def scipy_graph(made: province.Province) -> sparse.csr_array:
    tail, head, seconds = arrays(made)
    nodes = len(made.xy)
    return sparse.csr_array((seconds, (tail, head)), shape=(nodes, nodes))


def nearest_scipy(world: World) -> Work:
    """SciPy's multi-source search."""
    made, at = world
    graph = scipy_graph(made)
    return Work(lambda: sparse.csgraph.dijkstra(graph, indices=at, min_only=True))


def nearest_networkit(world: World) -> Work:
    """NetworKit, from one node joined with all facilities at no cost."""
    made, at = world
    import networkit as nk

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
    return Work(lambda: nk.distance.Dijkstra(graph, nodes, False).run().getDistances())


def nearest_igraph(world: World) -> Work:
    """igraph, from one vertex joined with all facilities at no cost."""
    made, at = world
    import igraph

    nodes = len(made.xy)
    ends = np.concatenate([made.ends, np.column_stack([np.full(at.size, nodes), at])])
    graph = igraph.Graph(n=nodes + 1, edges=ends)
    weights = np.concatenate([made.length_m / SPEED_MS, np.zeros(at.size)]).tolist()
    return Work(lambda: graph.distances(source=nodes, weights=weights)[0], repeats=0)


def nearest_pandana(world: World) -> Work:
    """Pandana: contraction hierarchies, then the nearest point of interest of every node."""
    made, at = world
    import pandana
    import pandas as pd

    x, y = pd.Series(made.xy[:, 0]), pd.Series(made.xy[:, 1])
    seconds = pd.DataFrame({"seconds": made.length_m / SPEED_MS})
    start, end = pd.Series(made.ends[:, 0]), pd.Series(made.ends[:, 1])
    net = pandana.Network(x, y, start, end, seconds, twoway=True)
    net.set_pois("f", LIMIT_S, 1, x.iloc[at], y.iloc[at])
    return Work(lambda: net.nearest_pois(LIMIT_S, "f", num_pois=1)[1])


def nearest_networkx(world: World) -> Work:
    """NetworkX, which OSMnx searches with."""
    made, at = world
    import networkx as nx

    at = at.tolist()
    graph = nx.Graph()
    rows = zip(*made.ends.T.tolist(), (made.length_m / SPEED_MS).tolist(), strict=True)
    graph.add_weighted_edges_from(rows)
    at = [node for node in at if node in graph]
    far = np.full(len(made.xy), np.inf)

    def work() -> np.ndarray:
        found = nx.multi_source_dijkstra_path_length(graph, at)
        far[list(found)] = list(found.values())
        return far

    return Work(work, repeats=0)


def nearest_cityseer(world: World) -> Work:
    """cityseer: the nearest land use of every node."""
    made, at = world
    import geopandas as gpd
    import networkx as nx
    import shapely
    from cityseer.metrics import layers
    from cityseer.tools import io

    graph = nx.MultiGraph(crs=province.CRS)
    used = np.unique(made.ends)
    places = zip(used.tolist(), made.xy[used].tolist(), strict=True)
    graph.add_nodes_from((str(node), {"x": x, "y": y}) for node, (x, y) in places)
    shapes = zip(made.ends.tolist(), shapely.linestrings(made.xy[made.ends]), strict=True)
    graph.add_edges_from((str(a), str(b), {"geom": line}) for (a, b), line in shapes)
    nodes, _, network = io.network_structure_from_nx(graph)
    xy = made.xy[np.intersect1d(at, used)]
    places_of = gpd.GeoDataFrame({"use": ["f"] * len(xy)}, geometry=shapely.points(xy))
    places_of = places_of.set_crs(province.CRS)

    def work() -> object:
        return layers.compute_accessibilities(
            places_of, "use", ["f"], nodes, network, distances=[round(LIMIT_S * SPEED_MS)]
        )

    return Work(work, repeats=0)


def main_piece(made: province.Province) -> np.ndarray:
    """Nodes of the largest connected piece: ours puts places of loose pieces on it."""
    _, piece = sparse.csgraph.connected_components(scipy_graph(made), directed=False)
    return np.flatnonzero(piece == np.bincount(piece).argmax())


def pairs_urbangis(world: World) -> Work:
    """All nodes within 15 minutes of each of 20,000 nodes, more of them where there are more."""
    made, _ = world
    from urbangis.catalog import load_catalogue
    from urbangis.network.build import build_network
    from urbangis.network.entrances import Entrances
    from urbangis.network.snap import snap_xy
    from urbangis.travel.pairs import travel_pairs

    network, _ = build_network(made.streets(), load_catalogue([]).mode("walk"))
    places = np.full(made.xy.shape, np.nan)
    main = main_piece(made)
    places[main] = made.xy[main]
    snaps = snap_xy(network, *places.T)
    sources = main[: 20_000 * max(1, len(made.xy) // 400_000)]
    at = snaps.fraction[sources]
    of = Entrances(np.arange(sources.size), snaps.edge[sources], at, at, snaps.access_s[sources])

    def work() -> np.ndarray:
        found = np.zeros(sources.size, np.int64)
        for block in travel_pairs(network, snaps, of, limit_s=LIMIT_S):
            found += np.bincount(block.facility, minlength=sources.size)
        return found

    return Work(work, units=lambda found: found.sum() / 1e6)


def pairs_pandana(world: World) -> Work:
    """Pandana's nodes_in_range, from 500 nodes."""
    made, _ = world
    import pandana
    import pandas as pd

    x, y = pd.Series(made.xy[:, 0]), pd.Series(made.xy[:, 1])
    seconds = pd.DataFrame({"seconds": made.length_m / SPEED_MS})
    start, end = pd.Series(made.ends[:, 0]), pd.Series(made.ends[:, 1])
    net = pandana.Network(x, y, start, end, seconds, twoway=True)
    sources = main_piece(made)[:PAIRS_FROM].tolist()
    return Work(lambda: net.nodes_in_range(sources, LIMIT_S), units=lambda found: len(found) / 1e6)


def mean_cost(world: World, cost: Any) -> float:
    """Mean seconds of the nodes that have a street, at most 15 minutes."""
    made, _ = world
    return float(np.minimum(np.asarray(cost)[np.unique(made.ends)], LIMIT_S).mean())


def our_mean_cost(world: World, found: Any) -> float:
    """The same; our nodes are in the order of a curve."""
    made, _ = world
    from urbangis.network.simplify import hilbert_order

    cost = np.empty(len(made.xy))
    cost[hilbert_order(made.xy)] = found.cost
    return mean_cost(world, cost)


NEAREST = {
    "urbangis": Way(nearest_urbangis, ("urbangis.network.kernels",), as_scipy, our_mean_cost),
    "SciPy": Way(nearest_scipy, ("scipy",), answer=mean_cost),
    "NetworKit": Way(nearest_networkit, ("networkit",), answer=mean_cost),
    "igraph": Way(nearest_igraph, ("igraph",), answer=mean_cost),
    "pandana": Way(nearest_pandana, ("pandana",), answer=mean_cost),
    "cityseer": Way(nearest_cityseer, ("cityseer", "cityseer.tools.io")),
    "NetworkX, as OSMnx": Way(nearest_networkx, ("networkx",), answer=mean_cost),
}
BENCHMARKS = {
    "nearest": Benchmark(
        "Nearest facility of every node, every node a crossing",
        places,
        SHARES,
        NEAREST,
        amount=float,
    ),
    "nearest-raw": Benchmark(
        "Nearest facility of every node, streets as raw as OpenStreetMap's",
        lambda share: places(share, raw=True),
        SHARES,
        {name: NEAREST[name] for name in ("urbangis", "SciPy", "pandana")},
        amount=float,
    ),
    "pairs": Benchmark(
        "All nodes within 15 minutes of each of many, a million pairs",
        places,
        SHARES,
        {
            "urbangis": Way(
                pairs_urbangis,
                ("urbangis.travel.pairs",),
                answer=lambda _, found: found[:PAIRS_FROM].sum(),
            ),
            "pandana": Way(pairs_pandana, ("pandana",), answer=lambda _, found: float(len(found))),
        },
        amount=float,
    ),
}
