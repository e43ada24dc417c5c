"""Rules side by side on a service page: legend, table and theme say the same."""

from dataclasses import replace

import numpy as np
import pytest

from urbangis.catalog import Catalogue, Standard
from urbangis.measures.coverage import straight_coverage
from urbangis.measures.rules import compare_rules
from urbangis.notices import Text
from urbangis.publish.maps.palette import AGREEMENT
from urbangis.publish.model import MapPage
from urbangis.publish.pages.service import ServiceResult, service_page
from urbangis.study import Layer, Study

# How colours look to people without one kind of cone: G. M. Machado et al., "A physiologically-
# based model for simulation of color vision deficiency", IEEE TVCG 15(6), 2009, severity 1.0.
SEEN = {
    "all cones": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                   [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                     [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
                   [0.004733, 0.691367, 0.303900]],
}  # fmt: skip


@pytest.fixture(scope="module")
def page(
    study: Study, layers: dict[str, Layer], result: ServiceResult, styles: Catalogue
) -> MapPage:
    """The service held against 500 m in a straight line: only the home beside each clinic."""
    own = result.coverage
    values = {
        **own.standard.model_dump(exclude={"speed_kmh", "detour_factor", "cutoff_min", "target"}),
        "id": "radius-500",
        "name": Text("半径五百米", "Radius of 500 m"),
        "rings_min": (),
        "cutoff_m": 500,
        "denominators": ("residents",),
    }
    rule = Standard.model_validate(values)
    both = tuple(
        straight_coverage(one, demand=layers["homes"].table, supply=own.supply, levels=study.levels)
        for one in (own.standard, rule)
    )
    compared = replace(result, rules=compare_rules(both, study.levels))
    return service_page(study, compared, layers, styles)


def test_the_theme_colours_each_home_by_who_says_what(page: MapPage) -> None:
    """Three towns with a clinic: five homes of each by time, one by radius; of 54 in all."""
    (theme,) = [layer for layer in page.layers if layer.id == "rules-radius-500"]
    assert (theme.kind, theme.show, theme.replaces) == ("theme", False, "demand")
    assert theme.table["class"].value_counts().to_dict() == {0: 3, 1: 12, 3: 39}
    assert set(theme.table["class"].tail(12)) == {1}, "those told different things are in front"
    assert len({one.label.zh for one in theme.classes}) == 4


def test_the_panel_tells_rates_clauses_and_the_four_groups(page: MapPage) -> None:
    assert page.rules is not None
    assert [row.rate for row in page.rules.rows] == ["27.8%", "5.6%"]
    assert [row.basis.en for row in page.rules.rows] == ["试验标准 1.2", "试验标准 1.2"]
    (split,) = page.rules.splits
    assert [text.en for text in split.amounts] == [
        *("300 people", "1,200 people", "0 people", "3,900 people"),
    ]
    assert split.shares == ("5.6%", "22.2%", "0.0%", "72.2%")
    assert split.groups[1].label.en == f"Covered by {page.rules.rows[0].name.en} only"


@pytest.mark.parametrize("eyes", SEEN)
def test_no_two_groups_look_alike_to_anybody(eyes: str) -> None:
    seen = [_lab(color, np.array(SEEN[eyes])) for color in AGREEMENT]
    for number, one in enumerate(seen):
        for other in seen[:number]:
            assert np.linalg.norm(one - other) > 20  # CIE 1976; 2.3 is just noticeable


def _lab(color: str, eyes: np.ndarray) -> np.ndarray:
    """CIELAB of an sRGB colour as such eyes see it (IEC 61966-2-1; D65)."""
    part = np.array([int(color[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    linear = np.clip(eyes @ linear, 0, 1)
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    x, y, z = np.cbrt(np.array(to_xyz) @ linear / [0.9505, 1.0, 1.089])
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])
