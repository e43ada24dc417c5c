"""The page of a zone: figures counted again from the homes, links, and hostile ids."""

import re
from dataclasses import replace
from urllib.parse import parse_qs

import pytest

from urbangis.publish.pages.place import Place, place_figure, place_file, place_page
from urbangis.publish.web.page import page_html


@pytest.fixture
def county(study, layers, result):
    return Place(study, study.levels[1], "c0", [result], layers)


def test_figures_are_those_of_the_homes_inside(county, result):
    homes = result.coverage.demand
    inside = homes[homes["zone_id"].isin(["t0", "t1", "t2"])]
    people, covered = inside["residents"].sum(), (inside["residents"] * inside["share"]).sum()
    page = place_page(county)
    services, members = page.sections
    (row,) = services.rows
    assert row[1].text.en == place_figure(county).value.en == f"{covered / people:.1%}"
    assert row[2].text.en == f"{people - covered:,.0f} people"
    assert row[2].small.en == f"{(people - covered) / people:.1%}"
    assert {cells[0].text.zh for cells in members.rows} == {"青溪镇", "白石镇", "柳桥镇"}
    rates = [float(cells[1].text.en.rstrip("%")) for cells in members.rows]
    assert rates == sorted(rates)
    assert row[5].text == members.rows[0][0].text


def test_ranks_are_among_the_zones_of_the_level(study, layers, result):
    places = [Place(study, study.levels[1], zone, [result], layers) for zone in ("c0", "c1")]
    rates = [float(place_figure(place).value.en.rstrip("%")) for place in places]
    ranks = [place_page(place).sections[0].rows[0][4].text.en for place in places]
    assert ranks == [f"{1 + sum(other > rate for other in rates)} of 2" for rate in rates]


def test_links_open_the_map_at_the_place(county):
    page = place_page(county)
    (row,) = page.sections[0].rows
    file, _, asked = row[0].href.partition("#")
    asked = parse_qs(asked)
    assert file == "../health.html"
    assert asked["theme"] == ["zones-county"]
    assert asked["row"] == ["zones-county/c0"]
    zoom, lat, lon = map(float, asked["view"][0].split("/"))
    west, south, east, north = county.level.zones.iloc[[0]].to_crs("EPSG:4326").total_bounds
    assert west < lon < east
    assert south < lat < north
    wide_px = (east - west) / 360 * 256 * 2**zoom
    assert 300 < wide_px <= 640
    assert [link.href for link in page.links] == ["../index.html", "county-c1.html"]


def test_a_zone_without_people_has_no_rate(county, result):
    zones = result.coverage.zones.copy()
    one = zones["zone_id"].isin(["c0", "t0", "t1", "t2"])
    zones.loc[one, ["total", "covered", "uncovered"]] = 0.0
    zones.loc[one, "rate"] = float("nan")
    zones["met"] = zones["met"].astype("boolean")
    zones.loc[one, "met"] = None
    empty = replace(result, coverage=replace(result.coverage, zones=zones))
    place = replace(county, results=[empty])
    assert place_figure(place) is None
    services = place_page(place).sections[0]
    assert [cell.text.en for cell in services.rows[0]][1:] == [
        "—",
        "0 people",
        "0 people",
        "—",
        "—",
    ]


def test_ids_and_names_cannot_become_code_or_paths(county, layers):
    evil = '../"><script>alert(1)</script>{{ 7*7 }}'
    zones = county.level.zones.assign(id=[evil, "c1"], name=[evil, "b"])
    members = county.level.members.replace({"zone_id": {"c0": evil}})
    rows = county.results[0].coverage.zones
    rows = rows.assign(zone_id=rows["zone_id"].replace({"c0": evil}))
    level = replace(county.level, zones=zones, members=members)
    result = county.results[0]
    result = replace(result, coverage=replace(result.coverage, zones=rows))
    place = replace(county, level=level, zone=evil, results=[result])
    html = page_html(place_page(place), assets="../assets")
    assert "<script>alert" not in html
    assert "{{" not in re.sub(r"<(h1|title).*?</\1>", "", html)
    assert re.fullmatch(r"[a-z0-9_.-]+", place_file("county", evil))
    names = ["a", "A", "a/b", "a-b", "a-2d-b", "", "甲", "..", "a.b"]
    assert len({place_file("city", name).lower() for name in names}) == len(names)
