"""The made-up study, and what a browser would read from a page."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from small_study import catalogue, small_layers, small_result, small_study
from urbangis.catalog import Catalogue
from urbangis.publish.service import ServiceResult
from urbangis.study import Layer, Study

SCRIPT = re.compile(r'<script type="application/json" id="([\w-]+)">(.*?)</script>', re.DOTALL)


@pytest.fixture(scope="session")
def study() -> Study:
    return small_study()


@pytest.fixture(scope="session")
def layers(study: Study) -> dict[str, Layer]:
    return small_layers(study)


@pytest.fixture(scope="session")
def result(study: Study, layers: dict[str, Layer]) -> ServiceResult:
    return small_result(study, layers)


@pytest.fixture(scope="session")
def styles() -> Catalogue:
    return catalogue()


@pytest.fixture(scope="session")
def read_data() -> Callable[[str], dict[str, Any]]:
    """Return the data of a page by element id, as the browser would find them."""
    return lambda html: {name: json.loads(text) for name, text in SCRIPT.findall(html)}
