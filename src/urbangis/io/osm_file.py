"""What reading streets and reading facilities of OpenStreetMap have in common."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from urbangis.errors import ReadError

CRS = "EPSG:4326"


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what libosmium says about a file into an error that says what to do."""
    if not path.is_file():
        raise ReadError("there is no such file", file=path, remedy="Correct the path.")
    try:
        yield
    except (RuntimeError, UnicodeDecodeError) as error:  # the latter in telling the former
        raise ReadError(
            f"cannot be read as OpenStreetMap data: {error}",
            file=path,
            remedy="It is damaged, cut short or of another format: download or export it again "
            "as .osm.pbf, .osm, .osm.gz or .osm.bz2.",
        ) from error
