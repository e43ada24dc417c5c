"""Zip archives, with the names that Chinese Windows and old tools give to what is inside."""

import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from urbangis.errors import ReadError

_UTF8_NAME = 0x800


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """Unpack an archive into a folder that lasts as long as the context.

    Raises
    ------
    ReadError
        If it is no zip archive, is damaged, or is encrypted.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            with zipfile.ZipFile(path) as archive:
                for member in archive.infolist():
                    if not member.is_dir() and "__MACOSX" not in member.filename:
                        _write(archive, member, folder)
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, OSError) as error:
            raise ReadError(
                f"is not a zip archive that can be opened: {error}".rstrip("."),
                file=path,
                remedy="Copy or download it again, without a password.",
            ) from error
        yield folder


def _write(archive: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path) -> None:
    name = PurePosixPath(_name(member).replace("\\", "/"))
    # Nothing is written outside the folder, whatever the archive says.
    target = folder.joinpath(*(part for part in name.parts if part not in {"/", "..", "."}))
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(archive.read(member))


def _name(member: zipfile.ZipInfo) -> str:
    """Return the member's name; without the mark for UTF-8 it is in the system's old encoding."""
    if member.flag_bits & _UTF8_NAME or member.filename.isascii():
        return member.filename
    raw = member.filename.encode("cp437")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("gb18030", errors="replace")
