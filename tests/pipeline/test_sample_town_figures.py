"""Every rate of Sample Town's eight services, against figures worked out another way."""

import csv

import numpy as np
import pandas as pd
import pytest

import sample_town_oracle as town
from urbangis.pipeline.load import load_study
from urbangis.pipeline.services import build_networks, compute_service

SERVICES = [
    *("health_15", "employment_15", "park_10", "fitness_10"),
    *("park_radius", "bus_500", "school_500", "circle_10"),
]


@pytest.fixture(scope="module")
def coverages():
    loaded = load_study(town.TOWN, tell=lambda _: None)
    services = loaded.study.spec.services
    networks = build_networks(loaded, services)
    return {name: compute_service(loaded, spec, networks)[0] for name, spec in services.items()}


def districts() -> dict[str, str]:
    with (town.TOWN / "districts.csv").open(encoding="utf-8", newline="") as file:
        return {row["member_id"]: row["zone_id"] for row in csv.DictReader(file)}


def expected(service: str) -> pd.DataFrame:
    """Total and covered by level and zone: ``study`` is the sum of all."""
    if service == "park_radius":
        table = town.park_land()
    else:
        table = town.people().rename(columns={"residents": "total"})
        table["covered"] = table["total"] * town.covered(service)
    table = table.assign(district=table["zone"].map(districts()))
    sums = {
        "neighbourhood": table.groupby("zone")[["total", "covered"]].sum(),
        "district": table.groupby("district")[["total", "covered"]].sum(),
        "study": table[["total", "covered"]].sum().to_frame("study").T,
    }
    return pd.concat(sums, names=["level", "zone_id"])


@pytest.mark.parametrize("service", SERVICES)
def test_every_rate_is_what_brute_force_gives(coverages, service):
    found = coverages[service].zones.set_index(["level", "zone_id"])
    told = expected(service)
    assert set(found.index) == set(told.index)
    assert len(found) == 14
    found = found.loc[told.index]
    if service == "park_radius":  # circles of 256 corners against circles of 1,440
        np.testing.assert_allclose(found["total"], told["total"], rtol=1e-9)
        np.testing.assert_allclose(found["covered"], told["covered"], rtol=5e-4)
        assert (found["covered"] <= told["covered"]).all()
    else:
        assert found["total"].tolist() == told["total"].tolist()
        assert found["covered"].tolist() == told["covered"].tolist()
    np.testing.assert_allclose(found["rate"], told["covered"] / told["total"], rtol=5e-4)
    np.testing.assert_allclose(found["uncovered"], found["total"] - found["covered"], atol=1e-6)


@pytest.mark.parametrize("service", list(town.CUTOFF_S))
def test_every_travel_time_is_what_networkx_gives(coverages, service):
    limit_s = town.CUTOFF_S[service] * 1.1
    told = town.walking_times(service)
    cost = coverages[service].demand["cost"].to_numpy()
    near = np.abs(told - limit_s) > 1e-6
    assert (np.isfinite(cost) == (told <= limit_s))[near].all()
    both = np.isfinite(cost) & near
    assert both.sum() > 500
    np.testing.assert_allclose(cost[both], told[both], rtol=1e-6)


def test_stepping_over_every_5_m_is_never_too_short_and_5_m_too_long_at_most(coverages):
    cost = coverages["park_10"].demand["cost"].to_numpy()
    late_s = cost - town.walking_times("park_10", step_m=0.1)
    late_s = late_s[np.isfinite(cost)]
    assert late_s.min() > -1e-6
    assert 0 < late_s.max() <= 5 / town.WALK_MS


@pytest.mark.parametrize("service", list(town.CUTOFF_S))
def test_slower_and_faster_travel_bound_the_rate(coverages, service):
    people, told = town.people()["residents"], town.walking_times(service)
    whole = coverages[service].zones.set_index("level").loc["study"]
    for column, pace in (("rate_low", 0.9), ("rate_high", 1.1)):
        served = people[told <= town.CUTOFF_S[service] * pace].sum()
        assert whole[column] == pytest.approx(served / people.sum(), rel=1e-12)


def test_farmhouses_too_far_from_any_street_count_as_uncovered(coverages):
    lost = np.array([home is None for home in town.snapped(town.walks(), homes())])
    people = town.people()["residents"][lost].sum()
    for service in town.CUTOFF_S:
        whole = coverages[service].zones.set_index("level").loc["study"]
        assert whole["unsnapped"] == people == 32
        assert not coverages[service].demand["snapped"][lost].any()


def homes():
    return town.homes_of(town.layer("buildings"))
