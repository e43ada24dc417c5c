"""How sure the province's circle is: stations off by what each is stated to be, by hand."""

from pathlib import Path

import numpy as np
import pytest
import shapely

import urbangis

ROOT = Path(__file__).parents[1]
CUTOFF_S = 30 * 60


@pytest.fixture(scope="module")
def found():
    loaded = urbangis.load_study(ROOT, tell=lambda _: None)
    spec = loaded.study.spec.services["rail_30"]
    own, _ = urbangis.compute_service(loaded, spec, {})
    return urbangis.compute_uncertainty(loaded, spec, {}, own)


def test_each_station_by_its_own_error_at_both_ends(found):
    own = found.coverage
    error_m = own.supply["accuracy_m"].astype(float).to_numpy()
    assert error_m.min() == 100
    assert error_m.max() == 5000
    towns, stations = own.demand.geometry.to_numpy(), own.supply.geometry.to_numpy()
    metres = np.array([shapely.distance(towns, station) for station in stations])
    metres[np.isnan(metres)] = np.inf  # towns whose place nobody knows
    standard = own.standard
    reach_m = CUTOFF_S * standard.speed_kmh / 3.6 / standard.detour_factor
    rows = found.by_variant.query("level == 'study' and denominator == 'residents'")
    rows = rows.set_index("variant")
    for name, sign in (("position-worst", 1), ("position-best", -1)):
        served = (metres + sign * error_m[:, None] <= reach_m).any(axis=0)
        assert rows.loc[name, "covered"] == own.demand["residents"][served].sum()
    nearest_s = metres.min(axis=0) / (reach_m / CUTOFF_S)
    for name, pace in (("speed-slower", 0.9), ("speed-faster", 1.1)):
        served = nearest_s <= CUTOFF_S * pace
        assert rows.loc[name, "covered"] == own.demand["residents"][served].sum()


def test_the_range_is_wider_than_a_point_and_every_city_has_one(found):
    cities = found.by_zone.query("level == 'city' and denominator == 'residents'")
    assert len(cities) == 13
    assert (cities["rate_low"] < cities["rate"]).all()
    assert (cities["rate"] < cities["rate_high"]).all()
    assert set(cities["moved_most"]) <= set(found.by_variant["variant"])


def test_the_page_says_so(found):
    text = (ROOT / "docs/how-sure.md").read_text(encoding="utf-8")
    rows = found.by_variant.query("level == 'study' and denominator == 'residents'")
    rate = rows.set_index("variant")["rate"]
    whole = found.by_zone.query("level == 'study' and denominator == 'residents'").iloc[0]
    assert f"live {whole['rate']:.1%} of the residents" in text
    for words, variant in {
        "travel 10 % slower": "speed-slower",
        "travel 10 % faster": "speed-faster",
        "every station off by its error, at the worst": "position-worst",
        "every station off by its error, at the best": "position-best",
    }.items():
        assert f"| {words} | {rate[variant]:.1%} |" in text
