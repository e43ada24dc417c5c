"""Fixtures for every test."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real public data; tests that want it are skipped where it is absent."""
    folder = os.environ.get("URBANGIS_TEST_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("URBANGIS_TEST_DATA does not name a folder of real data")
    return Path(folder)
