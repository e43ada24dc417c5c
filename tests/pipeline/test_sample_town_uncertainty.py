"""How sure Sample Town's rates are, against NetworkX and brute force."""

import numpy as np
import pytest
import shapely

import sample_town_oracle as town
import uncertainty_oracle as oracle
from street_oracle import connected
from urbangis.pipeline.analyses.uncertainty import compute_uncertainty
from urbangis.pipeline.load import load_study
from urbangis.pipeline.services import build_networks, compute_service


@pytest.fixture(scope="module")
def found():
    loaded = load_study(town.TOWN, tell=lambda _: None)
    services = loaded.study.spec.services
    networks = build_networks(loaded, services)
    made = {}
    for name, spec in services.items():
        own = compute_service(loaded, spec, networks)[0]
        made[name] = compute_uncertainty(loaded, spec, networks, own)
    return made


@pytest.mark.parametrize("service", list(town.CUTOFF_S))
def test_every_variant_by_network(found, service):
    table = found[service].by_variant
    rows = table[table["level"] == "study"].set_index("variant")
    told = dict(oracle.people_by_variant(service))
    own = told.pop("own")
    assert set(rows.index) == set(told)
    for name, people in told.items():
        row = rows.loc[name]
        # Land cut at a border may have its place inside moved by a hair.
        exact = 1e-6 if "over" not in name else 1.0
        assert row["total"] == pytest.approx(town.people()["residents"].sum(), rel=1e-9)
        assert row["covered"] == pytest.approx(people, abs=exact), name
        assert row["people"] == pytest.approx(people - own, abs=exact), name
        assert row["points"] == pytest.approx(100 * row["people"] / row["total"], abs=1e-9), name
    assert rows["points"].abs().is_monotonic_decreasing


def test_the_town_has_a_loose_path_for_snapping_to_go_wrong_on():
    assert connected(town.walks()).sum() < len(town.walks().lines)


@pytest.mark.parametrize("service", list(town.CUTOFF_S))
def test_the_people_within_a_minute_of_the_line_by_neighbourhood(found, service):
    people = town.people()
    table = found[service].by_zone
    zones = table[table["level"] == "neighbourhood"].set_index("zone_id")
    near = {
        "just_covered": oracle.just_inside(service),
        "just_missed": oracle.just_outside(service),
    }
    for column, concerned in near.items():
        amounts = people["residents"].where(concerned, 0)
        told = amounts.groupby(people["zone"]).sum().reindex(zones.index)
        assert zones[column].tolist() == told.tolist()
        assert table.set_index("level").loc["study", column] == amounts.sum() > 0


@pytest.mark.parametrize("service", list(town.WITHIN_500_M))
def test_facilities_50_m_off_a_radius_of_500(found, service):
    points = np.array(town.homes_of(town.layer("buildings")))
    table = found[service].by_variant
    rows = table[table["level"] == "study"].set_index("variant")
    for name, radius_m in (("position-worst", 450), ("position-best", 550)):
        needs = [
            (shapely.distance(points[:, None], town.supply(kind).geometry.to_numpy()[None, :])
             <= radius_m).any(1)
            for kind in town.WITHIN_500_M[service]
        ]  # fmt: skip
        served = town.people()["residents"][np.all(needs, axis=0)].sum()
        assert rows.loc[name, "covered"] == served


def test_low_and_high_are_the_envelope_and_zones_add_up(found):
    for service in found.values():
        table = service.by_zone[service.by_zone["rate"].notna()]
        assert (table["rate_low"] <= table["rate"]).all()
        assert (table["rate"] <= table["rate_high"]).all()
        whole = table[table["level"] == "study"].iloc[0]
        rates = service.by_variant[service.by_variant["level"] == "study"]["rate"]
        assert whole["rate_low"] == min(rates.min(), whole["rate"])
        assert whole["rate_high"] == max(rates.max(), whole["rate"])
        for name in ("neighbourhood", "district"):
            sums = service.by_variant[service.by_variant["level"] == name].groupby("variant")
            total = service.by_variant[service.by_variant["level"] == "study"].set_index("variant")
            np.testing.assert_allclose(
                sums["covered"].sum().reindex(total.index), total["covered"], rtol=1e-9
            )
