"""An explanation says what the coverage table says, with the way that leads to it."""

from pathlib import Path

import geopandas as gpd
import pytest
from typer.testing import CliRunner

from urbangis.cli import app
from urbangis.errors import StudyError
from urbangis.pipeline.commands.explain import explain
from urbangis.pipeline.load import load_study
from urbangis.pipeline.services import build_networks, compute_service

TOWN = Path("data/layers/sample_town")


def quiet(_: str) -> None: ...


@pytest.mark.parametrize("service", ["health_15", "park_10", "bus_500", "circle_10", "park_radius"])
def test_agrees_with_the_table(service: str) -> None:
    loaded = load_study(TOWN, tell=quiet)
    spec = loaded.study.spec.services[service]
    coverage, _ = compute_service(loaded, spec, build_networks(loaded, {service: spec}))
    homes = coverage.demand.iloc[:: len(coverage.demand) // 2]
    points = homes.geometry.representative_point().to_crs("EPSG:4326")
    for (_, home), point in zip(homes.iterrows(), points, strict=True):
        found = explain(TOWN, service, point.x, point.y)
        if service == "park_radius":  # land is served by its area, a place within it or not
            assert len(found.ways) == 1
            continue
        assert found.is_covered == bool(home["share"])
        farthest = max((way.cost or 0.0) for way in found.ways)
        if home["cost"] == home["cost"]:
            assert farthest == pytest.approx(home["cost"], rel=1e-6, abs=1e-3)


def test_command_says_facility_legs_and_clause(tmp_path: Path) -> None:
    home = gpd.read_file(TOWN / "buildings.geojson").geometry.iloc[0].representative_point()
    drawn = tmp_path / "way.geojson"
    at = f"{home.x},{home.y}"
    command = ["explain", ".", "--service", "sample_town/health_15", "--at", at, "-o", str(drawn)]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    assert "along" in result.stdout
    assert "附件(八)3" in result.stdout
    line = gpd.read_file(drawn)
    assert line.geom_type.tolist() == ["LineString"]
    assert home.distance(line.geometry[0]) < 0.01


def test_unknown_service_names_those_that_are_there() -> None:
    with pytest.raises(StudyError, match=r"rail_30, .*sample_town/"):
        explain(Path(), "rail_31", 118.0, 32.0)


def test_a_straight_line_has_no_way_to_draw(tmp_path: Path) -> None:
    home = gpd.read_file(TOWN / "buildings.geojson").geometry.iloc[0].representative_point()
    at, drawn = f"{home.x},{home.y}", tmp_path / "way.geojson"
    command = ["explain", str(TOWN), "--service", "bus_500", "--at", at, "-o", str(drawn)]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    assert "no way to draw" in result.stdout
    assert not drawn.exists()


def test_a_place_outside_every_zone_is_explained() -> None:
    found = explain(TOWN, "bus_500", 119.0, 31.0)
    assert (found.zone, found.is_covered) == ("", False)
    assert "outside every zone" in found.told()[0]
