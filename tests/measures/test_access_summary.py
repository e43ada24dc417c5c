"""Accessibility of Sample Town against NetworkX and plain sums, and the docs page against both."""

import io
import re
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
import pytest

import sample_town_oracle as town
from urbangis.pipeline.analyses.access import compute_access
from urbangis.pipeline.cache import network_of
from urbangis.pipeline.load import load_study

ROOT = Path(__file__).parents[2]
LIMIT_S = {"primary_seats": 30 * 60, "doctors": 15 * 60}


@pytest.fixture(scope="module")
def sample_town():
    loaded = load_study(town.TOWN, tell=lambda _: None)
    built = network_of(loaded.layers["streets"], loaded.catalogue.mode("walk"), town.TOWN)
    return lambda name: compute_access(loaded, name, built).found


def seconds_to_each(facilities) -> np.ndarray:
    """Seconds from each home (rows) to each facility, by NetworkX."""
    homes = town.snapped(town.walks(), town.homes_of(town.layer("buildings")))
    columns = [
        town.travel_times(town.walks(), town.entries(town.walks(), [shape]), homes)
        for shape in facilities.geometry
    ]
    return np.column_stack(columns)


def asked(name):
    """Facilities, capacity and people of one of the town's two questions."""
    homes = town.layer("buildings")
    if name == "doctors":
        table = town.layer("clinics")
        return table, table["doctors"].to_numpy(float), homes["residents"].to_numpy(float)
    table = town.supply("schools")
    return table, table["seats"].to_numpy(float), homes["children_6_11"].to_numpy(float)


@pytest.mark.parametrize("name", LIMIT_S)
def test_sample_town_is_what_networkx_and_plain_sums_give(sample_town, name):
    table, capacity, people = asked(name)
    seconds = seconds_to_each(table)
    near = seconds <= LIMIT_S[name] * (1 + 1e-9)
    edge = np.exp(-0.5)
    with np.errstate(invalid="ignore"):
        bell = (np.exp(-0.5 * (seconds / LIMIT_S[name]) ** 2) - edge) / (1 - edge)
    weight = np.where(near, np.maximum(bell, 0), 0)

    def shared(w):
        reached = people @ w
        return w @ np.divide(capacity, reached, out=np.zeros_like(capacity), where=reached > 0)

    total = weight.sum(axis=1, keepdims=True)
    chosen = np.divide(weight, total, out=np.zeros_like(weight), where=total > 0) * weight
    expected = {
        "cumulative_opportunities": near @ capacity,
        "gravity": weight @ capacity,
        "two_step_fca": shared(near.astype(float)),
        "enhanced_two_step_fca": shared(weight),
        "three_step_fca": shared(chosen),
    }
    found = sample_town(name)
    homes = found.homes.set_index("id").loc[town.layer("buildings")["id"]]
    for measure, values in expected.items():
        np.testing.assert_allclose(homes[measure], values, rtol=1e-5, atol=1e-9, err_msg=measure)
    means = found.equity.set_index("measure")["mean"]
    for measure, values in expected.items():
        assert means[measure] == pytest.approx((values @ people) / people.sum(), rel=1e-6)


def test_children_are_seated_nearest_first(sample_town):
    table, capacity, people = asked("primary_seats")
    seconds = seconds_to_each(table)
    left, seats = people.copy(), capacity.copy()
    order = np.dstack(np.unravel_index(np.argsort(seconds, axis=None), seconds.shape))[0]
    for home, school in order:
        if seconds[home, school] <= LIMIT_S["primary_seats"]:
            seated = min(left[home], seats[school])
            left[home] -= seated
            seats[school] -= seated
    found = sample_town("primary_seats")
    whole = found.zones[found.zones["level"] == "study"].iloc[0]
    assert whole["uncovered"] == pytest.approx(left.sum(), abs=1e-6)
    by_id = found.facilities.set_index("id")["spare"].loc[table["id"]]
    np.testing.assert_allclose(by_id, seats, atol=1e-6)


def test_the_example_of_the_page_says_what_it_prints(monkeypatch):
    text = (ROOT / "docs/access.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    (printed,) = re.findall(r"```text\n(.*?)```", text, re.DOTALL)
    monkeypatch.chdir(ROOT)
    said = io.StringIO()
    with redirect_stdout(said):
        exec(compile(example, "access.md", "exec"), {})  # noqa: S102 - our own page
    assert said.getvalue() == printed
