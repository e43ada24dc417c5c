"""Choosing sites, against PySAL spopt, and at the size of a province.

    python benchmarks/siting.py                          # ours and spopt, 100,000 by 1,000
    python benchmarks/siting.py --places 1000000 --candidates 20000 --sites 200 \\
        --radius 2500 --alone

Each run is a process of its own, so that its peak of memory is its own; times are of the
processor. spopt is asked for its programme in the same solver (HiGHS, through PuLP). The world is
made by a seed: towns and villages, candidates where people are, in a straight line.
"""

import argparse
import json
import resource
import subprocess
import sys
import time

import numpy as np


def world(places: int, candidates: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return places and candidates (x, y in metres), and people; as dense whatever their number."""
    rng = np.random.default_rng(7)
    side = 1_000.0 * np.sqrt(candidates)
    centres = rng.random((max(3, candidates // 20), 2)) * side
    town = rng.integers(0, len(centres), places)
    xy = centres[town] + rng.normal(0, 1_500.0, (places, 2))
    alone = rng.random(places) < 0.3
    xy[alone] = rng.random((int(alone.sum()), 2)) * side
    people = rng.integers(1, 60, places).astype(float)
    return xy, xy[rng.choice(places, candidates, replace=False)], people


def ours(
    places: int, candidates: int, sites: int, radius_m: float, seconds: float
) -> dict[str, float]:
    """Choose with urbangis."""
    from scipy.spatial import KDTree

    from urbangis.measures.siting.objectives import Terms, most_covered
    from urbangis.measures.siting.reach import reach_of
    from urbangis.travel.pairs import TravelPairs

    def blocks() -> object:
        tree = KDTree(xy)
        for first in range(0, candidates, 256):
            block = where[first : first + 256]
            found = tree.query_ball_point(block, radius_m, return_sorted=True)
            count = [len(one) for one in found]
            site = np.repeat(np.arange(first, first + len(block), dtype=np.int32), count)
            place = np.concatenate(found).astype(np.int32)
            yield TravelPairs(site, place, np.hypot(*(xy[place] - where[site]).T))

    xy, where, people = world(places, candidates)
    before = time.process_time()
    reach = reach_of(
        blocks(), places=places, candidates=candidates, cutoff=radius_m, dtype=np.float32
    )
    gathered = time.process_time()
    found = most_covered(reach, people, Terms(sites=sites), seconds=seconds)
    return {
        "covered": found.objective,
        "gap": found.gap,
        "pairs": float(reach.candidate.size),
        "gather_s": gathered - before,
        "s": time.process_time() - before,
    }


def spopt(
    places: int, candidates: int, sites: int, radius_m: float, seconds: float
) -> dict[str, float]:
    """Choose with spopt: a dense table of costs and a programme of all places."""
    import pulp
    from scipy.spatial.distance import cdist
    from spopt.locate import MCLP

    xy, where, people = world(places, candidates)
    before = time.process_time()
    costs = cdist(xy, where)
    model = MCLP.from_cost_matrix(costs, people, radius_m, p_facilities=sites)
    model = model.solve(pulp.HiGHS(msg=False, gapRel=0, timeLimit=seconds))
    chosen = [j for j, served in enumerate(model.fac2cli) if served]
    return {
        "covered": float(people[(costs[:, chosen] <= radius_m).any(axis=1)].sum()),
        "status": model.problem.status,
        "s": time.process_time() - before,
    }


def main() -> None:
    """Run both, each in its own process, and print times and peaks of memory as ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--places", type=int, default=100_000)
    parser.add_argument("--candidates", type=int, default=1_000)
    parser.add_argument("--sites", type=int, default=50)
    parser.add_argument("--radius", type=float, default=1_000.0, help="Metres.")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--alone", action="store_true", help="Leave spopt out.")
    parser.add_argument("--peer", default=sys.executable, help="Python that has spopt.")
    parser.add_argument("--run", choices=["ours", "spopt"], help=argparse.SUPPRESS)
    asked = parser.parse_args()
    size = (asked.places, asked.candidates, asked.sites, asked.radius, asked.seconds)
    if asked.run:
        # A small world first, so that compiling is not counted.
        run = {"ours": ours, "spopt": spopt}[asked.run]
        run(2_000, 50, 5, asked.radius, 10.0)
        told = run(*size)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(told | {"peak_mb": peak}))
        return
    found = {}
    for name in ("ours",) if asked.alone else ("ours", "spopt"):
        python = asked.peer if name == "spopt" else sys.executable
        words = [python, __file__, "--run", name, "--seconds", str(asked.seconds)]
        words += ["--places", str(asked.places), "--candidates", str(asked.candidates)]
        words += ["--sites", str(asked.sites), "--radius", str(asked.radius)]
        done = subprocess.run(words, capture_output=True, text=True, check=True)
        found[name] = json.loads(done.stdout.splitlines()[-1])
        print(name, found[name], flush=True)
    if len(found) == 2:
        one, other = found["ours"], found["spopt"]
        print(
            f"spopt takes {other['s'] / one['s']:.1f} times as long and "
            f"{other['peak_mb'] / one['peak_mb']:.1f} times the memory"
        )


if __name__ == "__main__":
    main()
