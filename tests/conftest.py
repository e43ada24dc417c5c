"""Fixtures for every test."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# The same examples in every run and on a machine however busy: red means that the code has changed.
# `pytest --hypothesis-profile=default` looks for new ones.
settings.register_profile(
    "same", derandomize=True, deadline=None, max_examples=50,
    suppress_health_check=[HealthCheck.too_slow],
)  # fmt: skip
settings.load_profile("same")

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
