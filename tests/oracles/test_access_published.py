"""Belo Horizonte: accessibility and its inequality as published with ipeaGIT/accessibility (MIT).

Values are those of its README, vignettes and tests, computed there in R from the same travel times
(898 hexagons, minutes).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from urbangis.decay import Exponential
from urbangis.measures.access import cumulative_opportunities, gravity, two_step_fca
from urbangis.measures.equity import concentration_index, gini, palma, theil, theil_by_group
from urbangis.travel.pairs import TravelPairs
from urbangis.units import minutes

FIVE = [f"89a88c{end}ffff" for end in ("d909b", "db57b", "db597", "db5b3", "db5cf")]
OTHER_FIVE = ["89a88cd900bffff", *FIVE[1:]]


@dataclass(frozen=True)
class City:
    land: pd.DataFrame
    costs: TravelPairs

    def jobs_within(self, cutoff_min: float) -> pd.Series:
        return cumulative_opportunities(
            self.land["population"], self.land["jobs"], self.costs, cutoff=minutes(cutoff_min)
        )


@pytest.fixture(scope="module")
def city(real_data) -> City:
    folder = real_data / "expected" / "accessibility_bho"
    if not folder.is_dir():
        pytest.skip("no travel times of Belo Horizonte")
    land = pd.read_csv(folder / "land_use_data.csv").set_index("id")
    matrix = pd.read_csv(folder / "travel_matrix.csv.gz")
    costs = TravelPairs(
        land.index.get_indexer(matrix["to_id"]).astype(np.int32),
        land.index.get_indexer(matrix["from_id"]).astype(np.int32),
        minutes(1) * matrix["travel_time"].to_numpy(),
    )
    return City(land, costs)


def test_jobs_within_half_an_hour(city) -> None:
    first = [f"89a881a5{end}ffff" for end in ("a2b", "a2f", "a67", "a6b", "a6f", "b03")]
    found = city.jobs_within(30)[first]
    assert found.tolist() == [14561, 29452, 16647, 10700, 6669, 37029]


def test_schools_by_gravity(city) -> None:
    found = gravity(
        city.land["population"],
        city.land["schools"],
        city.costs,
        decay=Exponential(minutes(1) / 0.2),
    )
    expected = [0.41378042, 0.03041853, 1.15549493, 0.56519126, 0.19852152]
    assert found[FIVE].tolist() == pytest.approx(expected, abs=5e-9)


def test_jobs_a_head_by_two_step_fca(city) -> None:
    people, jobs = city.land["population"], city.land["jobs"]
    found = two_step_fca(people, jobs, city.costs, cutoff=minutes(50))
    expected = [0.4280401, 0.4278111, 0.3863614, 0.4501725, 0.5366707]
    assert found[FIVE].tolist() == pytest.approx(expected, abs=5e-8)


def test_palma(city) -> None:
    people, income = city.land["population"], city.land["income_per_capita"]
    assert palma(city.jobs_within(30), people, ranked_by=income) == pytest.approx(
        3.800465, abs=5e-7
    )


def test_gini_and_concentration_of_five_hexagons(city) -> None:
    people, income = city.land["population"][FIVE], city.land["income_per_capita"][FIVE]
    jobs = city.jobs_within(30)[FIVE]
    assert gini(jobs, people) == pytest.approx(0.1386, abs=5e-5)
    assert concentration_index(jobs, people, ranked_by=income) == pytest.approx(-0.0248, abs=5e-5)
    assert gini(jobs[:4], people[:4]) == pytest.approx(0.1148, abs=5e-5)
    assert concentration_index(jobs[:4], people[:4], ranked_by=income[:4]) == pytest.approx(
        -0.1148, abs=5e-5
    )


def test_theil_of_five_hexagons_by_income(city) -> None:
    people, decile = city.land["population"][OTHER_FIVE], city.land["income_decile"][OTHER_FIVE]
    jobs = city.jobs_within(30)[OTHER_FIVE]
    parts = theil_by_group(jobs, people, decile)
    assert theil(jobs, people) == pytest.approx(0.0852, abs=5e-5)
    assert parts.index.tolist() == [1, 3, 6, 10]
    assert parts["between"].tolist() == pytest.approx([0.0243, -0.0579, -0.0042, 0.0894], abs=5e-5)
    assert parts["within"].tolist() == pytest.approx([0, 0, 0, 0.0337], abs=5e-5)
