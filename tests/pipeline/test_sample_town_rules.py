"""Sample Town by two ways of measuring, home by home, against NetworkX and Shapely."""

import pytest

import sample_town_oracle as town
from urbangis.pipeline.load import load_study
from urbangis.pipeline.services import build_networks, compute_rules, compute_service


@pytest.mark.parametrize(
    ("service", "rule"), [("health_15", "straight-health-15"), ("park_10", "straight-park-10")]
)
def test_streets_and_the_straight_line_to_the_same_facilities(service, rule):
    loaded = load_study(town.TOWN, tell=lambda _: None)
    spec = loaded.study.spec.services[service]
    networks = build_networks(loaded, {service: spec})
    own, _ = compute_service(loaded, spec, networks)
    compared = compute_rules(loaded, spec, networks, own)
    assert compared is not None
    agreement = compared.agreements[0]
    assert agreement.other.standard.id == rule
    assert set(agreement.other.supply["id"]) == set(own.supply["id"])
    people, cutoff_s = town.people()["residents"], town.CUTOFF_S[service]
    streets = town.walking_times(service) <= cutoff_s
    crow = town.straight_times(service) <= cutoff_s
    groups = (streets & crow, streets & ~crow, ~streets & crow, ~streets & ~crow)
    assert agreement.amounts == tuple(people[one].sum() for one in groups)
    assert agreement.amounts[1] == 0, "no way along streets is shorter than the straight one"
