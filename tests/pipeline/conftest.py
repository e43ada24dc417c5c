"""A small study, written to disk, that tests may spoil one thing at a time."""

from pathlib import Path

import pytest

from study_on_disk import write_study


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A valid study of two zones, four homes, two clinics and a street; see `study_on_disk`."""
    return write_study(tmp_path / "study")
