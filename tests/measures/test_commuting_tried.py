"""Journeys by road and line, against a search that tries every train from every station."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import worlds
from lines_world import lines, stops
from urbangis.measures.commuting import Travel, centre_times, journey, town_links
from urbangis.study.transit import StationTimes
from urbangis.travel.transit import build_transit
from urbangis.travel.transit_road import build_road

NAMES = "abcdef"


class World:
    """A few lines, some of one sense or round, and the minutes of everything by the rules alone."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.at = {name: tuple(rng.integers(0, 40, 2) * 1000.0) for name in NAMES}
        self.paths = [
            list(rng.permutation(list(NAMES))[: rng.integers(2, 6)])
            for _ in range(rng.integers(1, 4))
        ]
        for path in self.paths:
            if len(path) > 2 and rng.random() < 0.3:
                path.append(path[0])
        self.rows = [
            {
                "headway_min": float(rng.choice([4, 10, 60])),
                "speed_kmh": float(rng.choice([60, 120, 300])),
                "dwell_min": float(rng.integers(0, 3)),
                "oneway": str(rng.choice(["yes", "no"])),
                "name": f"{number}",
            }
            for number in range(len(self.paths))
        ]
        self.cap = None if rng.random() < 0.5 else 12.0
        self.enter, self.exit = float(rng.integers(0, 6)), float(rng.integers(0, 6))
        self.transfer = float(rng.integers(0, self.enter + self.exit + 1))
        self.access_min = float(rng.choice([10, 25, 200]))
        self.road_kmh, self.detour = float(rng.choice([20, 60])), float(rng.choice([1.0, 1.3]))
        self.places = rng.integers(0, 40, (5, 2)) * 1000.0

    def travel(self) -> Travel:
        times = StationTimes(
            enter_min=self.enter, exit_min=self.exit, transfer_min=self.transfer,
            wait_cap_min=self.cap,
        )  # fmt: skip
        transit, _ = build_transit(lines(*self.rows), stops(*self.paths, at=self.at), times)
        return Travel(transit, build_road(self.road_kmh, self.detour), 60 * self.access_min)

    def road(self, one: np.ndarray, other: np.ndarray) -> float:
        km = float(np.hypot(*(np.asarray(one) - np.asarray(other)))) / 1000
        return 60 * km * self.detour / self.road_kmh

    def near(self, place: np.ndarray) -> dict[str, float]:
        told = {name: self.road(place, at) for name, at in self.at.items()}
        return {name: way for name, way in told.items() if way <= self.access_min + 1e-9}

    def rides(self) -> list[tuple[str, str, float]]:
        """From, to, and minutes waited and ridden, of every ride without a change."""
        found = []
        for path, row in zip(self.paths, self.rows, strict=True):
            wait = min(row["headway_min"] / 2, self.cap or np.inf)
            for way in [path] if row["oneway"] == "yes" else [path, path[::-1]]:
                round_line = way[0] == way[-1]
                whole = way + (way[1:] * 2 if round_line else [])
                for i in range(len(way) - 1):
                    clock = wait
                    for j in range(i + 1, len(whole)):
                        km = np.hypot(*np.subtract(self.at[whole[j - 1]], self.at[whole[j]])) / 1000
                        clock += 60 * km / row["speed_kmh"] + (row["dwell_min"] if j > i + 1 else 0)
                        found.append((whole[i], whole[j], clock))
        return found

    def by_rail(self, start: np.ndarray, end: np.ndarray) -> float:
        rides, egress, best = self.rides(), self.near(end), np.inf
        ready = {name: way + self.enter for name, way in self.near(start).items()}
        for _ in range(6):
            landed: dict[str, float] = {}
            for one, other, ride in rides:
                if one in ready:
                    landed[other] = min(landed.get(other, np.inf), ready[one] + ride)
            for name, clock in landed.items():
                best = min(best, clock + self.exit + egress.get(name, np.inf))
            ready = {name: clock + self.transfer for name, clock in landed.items()}
        return best


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**9))
def test_every_journey_is_the_best_that_can_be_tried(seed):
    world = World(seed)
    travel = world.travel()
    centres = world.places[:2]
    found = centre_times(travel, world.places, centres)
    for row, place in enumerate(world.places):
        rail = [world.by_rail(place, centre) for centre in centres]
        road = [world.road(place, centre) for centre in centres]
        assert found.rail_s[row] / 60 == pytest.approx(min(rail))
        assert found.road_s[row] / 60 == pytest.approx(min(road))
        legs = journey(travel, place, centres[0])
        assert sum(leg.time_s for leg in legs) / 60 == pytest.approx(min(rail[0], road[0]))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**9), st.sampled_from([20.0, 45.0, 90.0]))
def test_towns_are_linked_by_the_way_of_the_slower_sense(seed, cutoff_min):
    world = World(seed)
    towns = worlds.demand(*map(tuple, world.places))
    told = town_links(world.travel(), towns, cutoff_min=cutoff_min)
    expected = {}
    for a, b in combinations(range(len(world.places)), 2):
        road = world.road(world.places[a], world.places[b])
        rail = [world.by_rail(world.places[i], world.places[j]) for i, j in ((a, b), (b, a))]
        slower = max(min(one, road) for one in rail)
        if abs(slower - cutoff_min) < 1e-9 or any(abs(one - road) < 1e-9 for one in rail):
            return  # a tie that rounding decides
        if slower <= cutoff_min:
            pair = tuple(towns["id"].iloc[[a, b]])
            expected[pair] = (slower, "rail" if max(rail) < road else "road")
    assert list(zip(told["a_id"], told["b_id"], strict=True)) == list(expected)
    minutes = pd.Series([one for one, _ in expected.values()], dtype=float)
    assert told["minutes"].to_numpy() == pytest.approx(minutes.to_numpy())
    assert told["by"].tolist() == [by for _, by in expected.values()]
