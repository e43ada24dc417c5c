"""Fixtures for every test."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from numba.core.dispatcher import Dispatcher

try:
    import fcntl
except ImportError:  # Windows, where each worker compiles for itself
    fcntl = None

# The same examples in every run and on a machine however busy: red means that the code has changed.
# `pytest --hypothesis-profile=default` looks for new ones.
settings.register_profile(
    "same", derandomize=True, deadline=None, max_examples=50,
    suppress_health_check=[HealthCheck.too_slow],
)  # fmt: skip
settings.load_profile("same")

MOST_WORKERS = 4  # each takes up to a gigabyte

# A worker takes a whole file, so that its fixtures are made once; the longest files go first.
LONGEST = ("test_every_page", "test_map_features", "test_run", "test_cli", "test_site_in_browser")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Run files by name in one process, which starts at once; folders on every core."""
    if all(".py" in argument for argument in config.args):
        return 0
    return min(os.cpu_count() or 1, MOST_WORKERS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    rank = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: rank.get(item.path.stem, len(LONGEST)))


@pytest.fixture(scope="session", autouse=True)
def each_kernel_is_compiled_once(
    tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> Iterator[None]:
    """Let one worker compile a kernel while others that want it wait, and read what it keeps."""
    if fcntl is None or worker_id == "master":
        yield
        return
    compile_now = Dispatcher.compile
    locks = tmp_path_factory.getbasetemp().parent / "kernels"
    locks.mkdir(exist_ok=True)

    def in_turn(kernel: Dispatcher, signature: object) -> Any:
        with (locks / f"{kernel.__module__}.{kernel.__qualname__}").open("w") as lock:
            fcntl.lockf(lock, fcntl.LOCK_EX)  # of the process: no thread waits for itself
            return compile_now(kernel, signature)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Dispatcher, "compile", in_turn)
        yield


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real public data; tests that want it are skipped where it is absent."""
    folder = os.environ.get("URBANGIS_TEST_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("URBANGIS_TEST_DATA does not name a folder of real data")
    return Path(folder)
