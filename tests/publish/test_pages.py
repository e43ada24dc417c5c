"""What the pages say, derived by hand from the made-up study."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import folium
import geopandas as gpd
import pytest
from folium.plugins import MiniMap

from small_study import small_layers, small_result, small_study
from urbangis.catalog import Catalogue
from urbangis.notices import Text
from urbangis.publish.maps import homes
from urbangis.publish.model import Link
from urbangis.publish.pages.index import SiteLinks, index_page
from urbangis.publish.pages.overview import overview_page
from urbangis.publish.pages.service import ServiceResult, service_page
from urbangis.publish.web.layers import vector_layers
from urbangis.publish.web.page import RemoteLinkError, offline, page_html, write_assets, write_page
from urbangis.study import Layer, Study

Read = Callable[[str], dict[str, Any]]


def test_headline_says_rate_target_and_who_is_left_out(
    study: Study, layers: dict[str, Layer], result: ServiceResult, styles: Catalogue
) -> None:
    page = service_page(study, result, layers, styles)
    said = [(figure.label.zh, figure.value.zh, figure.tone) for figure in page.figures]
    assert said == [
        ("居住人口覆盖率", "27.8%", "bad"),  # 1500 of 5400
        ("未覆盖居住人口", "3,900 人", "bad"),
        ("未达标乡镇", "3 / 6", "bad"),  # 500 of 900 is above one half
        ("速度 ±10% 时覆盖率", "22.8% – 32.8%", "plain"),
        ("其中位置不明", "100 人", "plain"),
    ]
    assert page.figures[0].note == Text(zh="✗ 未达目标 50%", en="✗ below the target of 50%")
    assert [caution.zh for caution in page.cautions] == ["模拟数据：居民点"]


def test_zone_rows_carry_every_column_of_the_coverage_table(
    study: Study,
    layers: dict[str, Layer],
    result: ServiceResult,
    styles: Catalogue,
    read_data: Read,
) -> None:
    html = page_html(service_page(study, result, layers, styles), assets="assets")
    towns = next(one for one in read_data(html).values() if one.get("id") == "zones-town")
    rows = towns["rows"]
    assert rows["name"][0] == "青溪镇"
    assert rows["name_en"][0] == "Qingxi"
    first = {key: column[0] for key, column in rows.items() if key.startswith("residents")}
    assert first == {
        "residents_rate": pytest.approx(5 / 9),
        "residents_rate_met": True,
        "residents_total": 900,
        "residents_covered": 500,
        "residents_uncovered": 400,
        "residents_unsnapped": 0,
        "residents_rate_low": pytest.approx(5 / 9 - 0.05),
        "residents_rate_high": pytest.approx(5 / 9 + 0.05),
    }
    # 5/9 lies between the limits 50 % and 75 %, the fourth class; 0 is in the first.
    assert rows["class_residents"] == [3, 3, 0, 0, 3, 0]


def test_homes_without_the_service_are_drawn_last(
    study: Study, layers: dict[str, Layer], result: ServiceResult, styles: Catalogue
) -> None:
    page = service_page(study, result, layers, styles)
    demand = next(layer for layer in page.layers if layer.id == "demand")
    shares = demand.table["share"].tolist()
    assert shares == sorted(shares, reverse=True)
    assert [one.label.en for one in demand.classes] == [
        "Not covered",
        "Covered",
        "Place unknown (not covered)",
    ]
    assert demand.table.loc[demand.table["id"] == "h0-11", "minutes"].tolist() == [0.0]
    # 1,000 m at 4 km/h are exactly 15 minutes; the diagonal neighbour is 1,414 m away, 21.21 min,
    # rounded up because it is beyond the cutoff.
    assert demand.table.loc[demand.table["id"] == "h0-01", "minutes"].tolist() == [15.0]
    assert demand.table.loc[demand.table["id"] == "h0-00", "minutes"].tolist() == [21.3]
    assert demand.table.loc[demand.table["id"] == "h0-00", "facility_en"].tolist() == [
        "Qingxi Clinic"
    ]


def test_a_page_that_cannot_draw_all_says_how_many_it_leaves_out(
    study: Study,
    layers: dict[str, Layer],
    result: ServiceResult,
    styles: Catalogue,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(homes, "MOST_PLACES", 40)
    page = service_page(study, result, layers, styles)
    demand = next(layer for layer in page.layers if layer.id == "demand")
    assert len(demand.table) == 40
    assert (demand.table["share"] == 0).sum() == 39  # every one of those without the service
    assert demand.note is not None
    assert "14" in demand.note.en


def test_review_number_or_the_line_that_there_is_none(
    layers: dict[str, Layer], styles: Catalogue
) -> None:
    without, with_number = small_study(), small_study(review_no="苏S(2026)001号")
    assert overview_page(without, layers, styles).review.zh == "未送审，仅供内部使用"
    assert overview_page(with_number, layers, styles).review.zh == "审图号：苏S(2026)001号"


def test_strip_states_standard_date_system_and_model(
    study: Study, layers: dict[str, Layer], result: ServiceResult, styles: Catalogue
) -> None:
    facts = {
        fact.label.en: fact.value for fact in service_page(study, result, layers, styles).facts
    }
    assert facts["Source"].zh == "试验标准 1.2"
    assert facts["Confidence in the source"].en == "medium"
    assert facts["Target"].en == "≥50%, every town, 2030"
    assert facts["Data date"].en == "2024-06-30 – 2025-12-31"
    assert "EPSG:4549" in facts["Coordinate system"].zh
    assert "15" in facts["Model"].en
    assert facts["Layer: Rivers"].zh == "tests"


def test_front_page_leads_to_every_service_and_shows_each_level(
    study: Study, layers: dict[str, Layer], result: ServiceResult
) -> None:
    links = SiteLinks(parts=(Link(Text("新区", "New district"), "part/index.html"),))
    page = index_page(study, [result], layers, links)
    html = page_html(page, assets="assets")
    assert 'href="health.html"' in html
    assert 'href="part/index.html"' in html
    assert [table.level.en for table in page.tables] == ["County", "Town"]
    south, north = (row[0] for row in page.tables[0].cells)
    assert (south.rate, south.met) == (pytest.approx(10 / 27), False)
    assert (north.rate, north.met) == (pytest.approx(5 / 27), False)
    assert "✗ 37.0%" in html


def test_same_input_same_bytes(styles: Catalogue) -> None:
    def once() -> list[str]:
        study = small_study()
        layers = small_layers(study)
        result = small_result(study, layers)
        pages = (
            service_page(study, result, layers, styles),
            overview_page(study, layers, styles),
            index_page(study, [result], layers, SiteLinks()),
        )
        return [page_html(page, assets="assets") for page in pages]

    assert once() == once()


def test_pages_link_to_the_assets_folder_and_nowhere_else(
    study: Study, layers: dict[str, Layer], result: ServiceResult, styles: Catalogue, tmp_path: Path
) -> None:
    write_assets(tmp_path / "assets")
    for page in (
        service_page(study, result, layers, styles),
        overview_page(study, layers, styles),
        index_page(study, [result], layers, SiteLinks()),
    ):
        html = page_html(page, assets="../assets")
        linked = re.findall(r'<(?:script|link|img)[^>]*(?:src|href)="([^"]+)"', html)
        assert linked
        for target in linked:
            assert target.startswith("../assets/")
            assert (tmp_path / "part" / target).resolve().is_file() or (
                tmp_path / target[3:]
            ).is_file()


def test_a_plugin_that_is_not_among_the_assets_is_refused(
    study: Study, layers: dict[str, Layer], styles: Catalogue
) -> None:
    page = overview_page(study, layers, styles)
    fmap = folium.Map(tiles=None)
    MiniMap().add_to(fmap)
    with pytest.raises(RemoteLinkError, match="MiniMap"):
        offline(fmap, page, assets="assets")


def test_a_link_to_the_network_is_refused(
    study: Study, layers: dict[str, Layer], styles: Catalogue
) -> None:
    page = overview_page(study, layers, styles)
    fmap = folium.Map(tiles=None)
    fmap.get_root().html.add_child(folium.Element('<img src="https://example.com/x.png">'))
    with pytest.raises(RemoteLinkError, match="example"):
        offline(fmap, page, assets="assets")


def test_a_page_is_moved_in_whole(
    study: Study, layers: dict[str, Layer], styles: Catalogue, tmp_path: Path
) -> None:
    page = overview_page(study, layers, styles)
    path = tmp_path / "maps" / "overview.html"
    write_page(page, path, assets="assets")
    assert path.read_text(encoding="utf-8") == page_html(page, assets="assets")
    assert [file.name for file in path.parent.iterdir()] == ["overview.html"]


def test_a_plain_folium_map_takes_our_layers(
    study: Study, layers: dict[str, Layer], styles: Catalogue
) -> None:
    page = overview_page(study, layers, styles)
    fmap = folium.Map(tiles=None)
    for layer in vector_layers(page.layers):
        layer.add_to(fmap)
    html = fmap.get_root().render()
    assert html.count("urbangis.layer(") == len(page.layers)
    assert html.count("window.urbangis = {") == 1


def test_a_layer_coloured_by_a_column_has_a_class_for_each_value(
    study: Study, layers: dict[str, Layer], styles: Catalogue
) -> None:
    rivers = layers["rivers"]
    lines = gpd.GeoDataFrame(
        {"id": list("abcd"), "name": "", "kind": ["canal", "river", "canal", ""]},
        geometry=[rivers.table.geometry[0]] * 4,
        crs=study.crs,
    )
    coloured = replace(
        rivers, table=lines, spec=rivers.spec.model_copy(update={"color_by": "kind"})
    )
    page = overview_page(study, layers | {"rivers": coloured}, styles)
    layer = next(one for one in page.layers if one.id == "rivers")
    assert [one.label.en for one in layer.classes] == ["canal", "river"]
    assert layer.table["class"].tolist() == [0, 1, 0, -1]


def test_the_example_of_the_documentation_runs() -> None:
    text = (Path(__file__).parents[2] / "docs/web-maps.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    names: dict[str, Any] = {}
    exec(example, names)  # noqa: S102  our own documentation
    assert names["fmap"].get_root().render().count("urbangis.layer(") == 1
