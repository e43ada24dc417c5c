"""The made-up study, and what a browser would read from a page."""

import gzip
import json
import re
from base64 import b64decode
from collections.abc import Callable
from typing import Any

import pytest

from small_study import catalogue, small_layers, small_result, small_study
from urbangis.catalog import Catalogue
from urbangis.publish.pages.service import ServiceResult
from urbangis.study import Layer, Study

SCRIPT = re.compile(
    r'<script type="(?:application/json|text/plain)" id="([\w-]+)">(.*?)</script>', re.DOTALL
)


def unpacked(text: str) -> Any:
    """Return the data of one script element: JSON, or gzipped JSON in base64."""
    return json.loads(text if text[:1] in "{[" else gzip.decompress(b64decode(text)))


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
    return lambda html: {name: unpacked(text) for name, text in SCRIPT.findall(html)}
