"""How sure a rate is, as the page tells it: the numbers of the tables, in both languages."""

from dataclasses import replace

import numpy as np
import pytest

from urbangis.catalog import Catalogue
from urbangis.measures.assumptions import position_by_radius
from urbangis.measures.coverage import share_by_time
from urbangis.measures.uncertainty import Uncertainty, uncertainty
from urbangis.measures.zoning import zone_table
from urbangis.publish.pages.service import ServiceResult, service_page
from urbangis.publish.pages.uncertainty import sure_table
from urbangis.publish.web.page import map_html
from urbangis.study import Layer, Study


@pytest.fixture(scope="module")
def found(study: Study, result: ServiceResult) -> Uncertainty:
    """The service of three towns, its facilities 3 km off."""
    table = result.coverage.demand.copy()
    share_by_time(table, float(result.coverage.standard.cutoff_s or 0))
    zones = zone_table(result.coverage.standard, table, study.levels)
    own = replace(result.coverage, demand=table, zones=zones)
    errors = np.full(len(own.supply), 3000.0)
    return uncertainty(own, study.levels, position_by_radius(own, errors, levels=study.levels))


def test_rows_lie_on_the_axis_in_the_order_of_what_they_move(study, found) -> None:
    table = sure_table(study, found)
    assert table is not None
    whole = found.by_zone.set_index("level").loc["study"]
    span = whole["rate_high"] - whole["rate_low"]
    assert table.at == pytest.approx((whole["rate"] - whole["rate_low"]) / span, abs=1e-4)
    reach = [abs(row.at - table.at) for row in table.rows]
    assert reach == sorted(reach, reverse=True)
    assert {0.0, 1.0} <= {row.at for row in table.rows} | {table.at}
    assert len(table.rows) == len(found.variants) == 5
    for row in table.rows:
        gains = row.people.en.startswith("+")
        assert gains == (row.at > table.at)
        assert row.people.zh == "不变" or row.people.zh[0] in "+−"


def test_the_rule_of_low_and_high_is_said_and_so_is_that_of_positions(study, found) -> None:
    table = sure_table(study, found)
    assert table is not None
    assert "不是概率" in table.notes[0].zh
    assert "can be crossed" in table.notes[1].en
    free = sure_table(study, uncertainty(found.coverage, study.levels))
    assert free is not None
    assert len(free.notes) == 1


def test_zones_with_people_have_a_line_each(study, found) -> None:
    table = sure_table(study, found)
    assert table is not None
    own = found.coverage.standard.denominators[0]
    base = found.by_zone[found.by_zone["level"] == study.base.id]
    base = base[base["denominator"] == own]
    assert len(table.zones) == base["rate"].notna().sum()
    names = study.base.zones.set_index("name")["name_en"]
    assert [zone.name.en for zone in table.zones] == [names[z.name.zh] for z in table.zones]
    assert table.margin is not None
    assert "1 分钟" in table.margin.zh


def test_a_service_that_nothing_moves_shows_one_point(study, found) -> None:
    by_zone = found.by_zone.assign(rate_low=found.by_zone["rate"], rate_high=found.by_zone["rate"])
    by_variant = found.by_variant.merge(by_zone[["zone_id", "level", "rate"]],
                                        on=["zone_id", "level"], suffixes=("_", ""))  # fmt: skip
    still = replace(found, by_zone=by_zone, by_variant=by_variant.assign(points=0.0, people=0.0))
    table = sure_table(study, still)
    assert table is not None
    assert {table.at, *(row.at for row in table.rows)} == {0.5}
    assert {row.people.en for row in table.rows} == {"no change"}


def test_nothing_is_said_where_nothing_can_be_told(study, found) -> None:
    assert sure_table(study, replace(found, by_variant=found.by_variant.head(0))) is None


def test_the_page_carries_the_section(
    study: Study,
    layers: dict[str, Layer],
    result: ServiceResult,
    styles: Catalogue,
    found: Uncertainty,
) -> None:
    page = service_page(study, replace(result, sure=found), layers, styles)
    assert page.sure == sure_table(study, found)
    assert "sure.js" in map_html(page, assets="assets")
    assert service_page(study, result, layers, styles).sure is None
