"""A small study, written to disk, that tests may spoil one thing at a time."""

import shutil
from pathlib import Path

import pytest

from study_on_disk import write_study
from urbangis.pipeline.commands.run import run


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A valid study of two zones, four homes, two clinics and a street; see `study_on_disk`."""
    return write_study(tmp_path / "study")


@pytest.fixture(scope="session")
def built_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same study with the maps of a run, to be copied and not to be touched."""
    folder = write_study(tmp_path_factory.mktemp("built") / "study")
    run(folder)
    return folder


@pytest.fixture
def built(built_once: Path, tmp_path: Path) -> Path:
    """A copy of the study after a run; nothing in it knows where it was built."""
    return shutil.copytree(built_once, tmp_path / "study")
