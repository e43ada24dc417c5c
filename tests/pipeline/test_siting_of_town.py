"""Sample Town's next health stations: the choice held against brute force and against coverage."""

import json
import re
import shlex
import sys
from itertools import combinations
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from urbangis import cli
from urbangis.errors import StudyError
from urbangis.pipeline.analyses.siting import compute_siting
from urbangis.pipeline.commands.site import site
from urbangis.pipeline.load import Loaded, load_study
from urbangis.pipeline.services import build_networks, by_network, select_supply
from urbangis.publish.pages.siting_result import SitingResult
from urbangis.study import SitingSpec

ROOT = Path(__file__).parents[2]
TOWN = ROOT / "data" / "layers" / "sample_town"
DOC = (ROOT / "docs" / "siting.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def loaded() -> Loaded:
    return load_study(TOWN, tell=lambda _: None)


def sited(loaded: Loaded, **terms: object) -> SitingResult:
    spec = SitingSpec.model_validate({"service": "health_15", **terms})
    service = loaded.study.spec.services["health_15"]
    networks = build_networks(loaded, {"health_15": service})
    return compute_siting(loaded, "test", spec, networks["streets", "walk"])


@pytest.fixture(scope="module")
def three(loaded: Loaded) -> SitingResult:
    spec = loaded.study.spec.sitings["next_clinics"]
    return sited(loaded, **spec.model_dump(exclude={"service", "name"}))


def table_of(result: SitingResult) -> np.ndarray:
    """Return which site (column) covers which home (row)."""
    near = np.zeros((result.near.places, len(result.sites)), bool)
    near[np.repeat(np.arange(len(near)), np.diff(result.near.place_ptr)), result.near.candidate] = 1
    return near


def test_homes_gained_are_those_that_coverage_finds_with_the_sites_added(loaded, three):
    service = loaded.study.spec.services["health_15"]
    standard = loaded.catalogue.standard(service.standard)
    (network, _), = build_networks(loaded, {"health_15": service}).values()  # fmt: skip
    before = select_supply([loaded.layers["clinics"].table], standard)
    new = three.sites.iloc[three.opened][["id", "name", "kind", "geometry"]]
    after = gpd.GeoDataFrame(pd.concat([before, new], ignore_index=True), crs=before.crs)
    for supply, told in ((before, three.before), (after, three.after)):
        coverage, _ = by_network(
            standard, network, demand=loaded.layers["buildings"].table, supply=supply,
            gates=None, levels=loaded.study.levels,
        )  # fmt: skip
        whole = coverage.zones[coverage.zones["level"] == "study"].iloc[0]
        assert told == whole["covered"]
        assert three.people.sum() == whole["total"]
    homes = three.demand_layer().set_index("id")["after"]
    covered = coverage.demand.set_index("id")["share"] > 0
    assert (homes == covered.reindex(homes.index)).all()


def test_no_two_candidates_cover_more_than_the_two_chosen(loaded):
    two = sited(loaded, sites=2, exclude=["control_lines"], within=["growth_boundary"])
    near, people = table_of(two), two.people
    existing = two.sites["existing"].to_numpy()
    missed = ~near[:, existing].any(axis=1)
    best = max(
        people[missed & (near[:, one] | near[:, other])].sum()
        for one, other in combinations(np.flatnonzero(~existing), 2)
    )
    assert two.after - two.before == best
    assert two.found.proven


def test_candidates_stand_where_they_may(loaded, three):
    lines = loaded.layers["control_lines"].table.union_all()
    room = loaded.layers["growth_boundary"].table.union_all()
    new = three.sites[~three.sites["existing"]]
    assert not new.intersects(lines).any()
    assert new.within(room).all()
    out = three.excluded
    assert len(out) + len(new) == len(sited(loaded, sites=1).sites) - three.sites["existing"].sum()
    inside = out[out["reason"] == "inside"]
    assert all(
        loaded.layers[one.layer]
        .table.set_index("id")
        .geometry[one.area_id]
        .intersects(one.geometry)
        for one in inside.itertuples()
    )
    assert not out[out["reason"] == "outside"].within(room).any()


def test_the_order_is_that_of_the_gains_and_adds_up(three):
    table = three.order_table()
    new = table[table["status"] == "new"]
    assert list(new["order"]) == [1, 2, 3]
    assert new["gained"].sum() == three.after - three.before
    assert new["covered"].iloc[-1] == three.after
    assert (np.diff(new["gained"]) <= 0).all()
    assert table["served"].sum() == three.after
    assert three.curve_table()["covered"].is_monotonic_increasing


def test_fewest_sites_for_a_share_and_a_floor_in_every_neighbourhood(loaded):
    most = sited(loaded, objective="all", share=0.9)
    fewer = sited(loaded, sites=len(most.opened) - 1)
    assert most.after >= 0.9 * most.people.sum()
    assert fewer.after < 0.9 * fewer.people.sum()  # proven: no choice of one site less is enough
    assert fewer.found.proven

    fair = sited(loaded, sites=5, floor=0.5)
    homes = fair.demand_layer()
    by_zone = homes.groupby("zone_id").apply(
        lambda zone: (zone["people"] * zone["after"]).sum() / zone["people"].sum(),
        include_groups=False,
    )
    assert by_zone.min() >= 0.5
    with pytest.raises(StudyError, match="floor of 50%"):
        sited(loaded, sites=0, floor=0.5)


def test_a_straight_line_standard_can_be_sited(loaded):
    spec = SitingSpec(service="bus_500", sites=1)
    result = compute_siting(loaded, "test", spec, None)
    homes = loaded.layers["buildings"].table
    homes = homes.set_geometry(homes.geometry.representative_point())
    new = result.sites.iloc[result.opened].geometry.iloc[0]
    stops = loaded.layers["bus_stops"].table
    near = homes.distance(stops.union_all()) <= 500
    gained = homes.loc[~near & (homes.distance(new) <= 500), "residents"].sum()
    assert result.after - result.before == gained
    others = result.sites.loc[~result.sites["existing"]].geometry
    assert gained == max(
        homes.loc[~near & (homes.distance(one) <= 500), "residents"].sum() for one in others
    )


@pytest.mark.parametrize("service", ["circle_10", "park_radius"])
def test_standards_that_no_site_can_serve_are_refused(loaded, service):
    spec = SitingSpec(service=service, sites=1)
    with pytest.raises(StudyError, match="no sites can be chosen"):
        compute_siting(loaded, "test", spec, None)


def test_unknown_names_are_told(tmp_path):
    with pytest.raises(StudyError, match='no service "nothing"'):
        site(TOWN, SitingSpec(service="nothing", sites=1), output=tmp_path)
    with pytest.raises(StudyError, match='no layer "nowhere"'):
        site(TOWN, SitingSpec(service="health_15", sites=1, exclude=("nowhere",)), output=tmp_path)


def test_the_command_of_the_documentation_says_what_it_says(tmp_path, monkeypatch, capsys):
    command, said = re.findall(r"```(?:sh|text)\n(.*?)```", DOC, re.DOTALL)[:2]
    words = shlex.split(command.replace("\\\n", " "))
    words[words.index("--study") + 1] = str(TOWN)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", words)
    _run_cli()
    assert capsys.readouterr().out.startswith(said)
    folder = tmp_path / "next-clinics"
    assert {path.name for path in folder.iterdir()} == {
        "assets", "data", "run.json", "siting.html", "siting-order.html",
    }  # fmt: skip
    assert {path.name for path in (folder / "data" / "siting").iterdir()} == {
        "sites.csv", "curve.csv", "excluded.csv", "result.gpkg",
    }  # fmt: skip
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert record["sites"] == ["at-B0608", "at-B0054", "at-B0365"]
    assert record["objective"] == record["bound"] == record["after"]
    assert "次序与曲线" in (folder / "siting-order.html").read_text(encoding="utf-8")


def _run_cli() -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert not ended.value.code


def test_the_example_of_the_documentation_prints_what_it_says(capsys):
    code = re.search(r"```python\n(.*?)```\n\n```text\n(.*?)```", DOC, re.DOTALL)
    exec(code[1], {})  # noqa: S102  our own documentation
    assert capsys.readouterr().out == code[2]
