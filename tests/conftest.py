"""Fixtures for every test."""

import os
from pathlib import Path

import pytest

MOST_WORKERS = 4  # each takes up to a gigabyte


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Run files by name in one process, which starts at once; folders on every core."""
    if all(".py" in argument for argument in config.args):
        return 0
    return min(os.cpu_count() or 1, MOST_WORKERS)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real public data; tests that want it are skipped where it is absent."""
    folder = os.environ.get("URBANGIS_TEST_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("URBANGIS_TEST_DATA does not name a folder of real data")
    return Path(folder)
