"""Names are found by their pinyin; heavy pages are told of and refused."""

from pathlib import Path

import pytest

from small_study import small_layers, small_result, small_study
from urbangis.catalog import Catalogue
from urbangis.publish.maps.pinyin import search_keys
from urbangis.publish.model import MapPage
from urbangis.publish.pages.service import service_page
from urbangis.publish.web import budget
from urbangis.publish.web.budget import LargePageWarning, PageTooLargeError, weigh
from urbangis.publish.web.page import write_page


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("南京市", "nanjingshi njs"),
        ("重庆路社区", "chongqinglushequ cqlsq"),  # 重 is zhong elsewhere
        ("吕城镇", "lvchengzhen lcz"),
        ("Nanjing", ""),
        ("", ""),
        ("<img>&{{ 7*7 }}", ""),
    ],
)
def test_a_name_is_spelt_whole_and_by_initials(name: str, keys: str) -> None:
    assert search_keys([name]) == [keys]


def test_a_name_that_is_missing_or_endless_does_no_harm() -> None:
    none, long = search_keys([None, "字" * 5000])
    assert none == ""
    assert len(long) < 200


def made(styles: Catalogue) -> MapPage:
    study = small_study()
    layers = small_layers(study)
    return service_page(study, small_result(study, layers), layers, styles)


def test_a_page_tells_the_size_of_each_layer(styles: Catalogue, tmp_path: Path) -> None:
    size = write_page(made(styles), tmp_path / "x.html", assets="assets")
    assert size.total == (tmp_path / "x.html").stat().st_size
    names = [name for name, _ in size.parts]
    assert {"zones-town", "demand", "page-data"} <= set(names)
    assert sum(part for _, part in size.parts) < size.total
    assert [part for _, part in size.parts] == sorted((p for _, p in size.parts), reverse=True)
    assert "MB  in all" in str(size)


def test_a_heavy_page_is_warned_of_and_a_huge_one_refused(
    styles: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = made(styles)
    monkeypatch.setattr(budget, "WARN_BYTES", 5_000)
    with pytest.warns(LargePageWarning, match="demand"):
        write_page(page, tmp_path / "x.html", assets="assets")
    monkeypatch.setattr(budget, "MOST_BYTES", 6_000)
    with pytest.raises(PageTooLargeError, match=r"y\.html.*fewer layers"):
        write_page(page, tmp_path / "y.html", assets="assets")
    assert not (tmp_path / "y.html").exists()


def test_weights_are_those_of_the_file() -> None:
    html = '<script type="text/plain" id="a">QUJD</script>甲'
    assert weigh(html).total == len(html) + 2
    assert weigh(html, {"a": "towns"}).parts == (("towns", 4),)
