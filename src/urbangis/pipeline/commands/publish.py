"""Hand out what a study publishes: the whole site as an archive, or a page as one file."""

import difflib
import json
from pathlib import Path, PurePosixPath
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from urbangis.errors import StudyError
from urbangis.pipeline.commands.run import run
from urbangis.pipeline.load import Tell
from urbangis.pipeline.outputs import moved_into
from urbangis.pipeline.record import RECORD
from urbangis.publish.web.single_file import self_contained

_WRITTEN = (2000, 1, 1, 0, 0, 0)
"""An archive notes when each file was written; the same site must give the same bytes."""
_READABLE = 0o644 << 16
_UNIX = 3


def publish_zip(
    study: Path, archive: Path, *, scenario: str | None = None, tell: Tell = lambda _: None
) -> int:
    """Write the site of a study into one archive, after a run if anything has changed.

    The archive holds what the run made and nothing else that lies in the folder. The same site
    gives the same bytes.

    Parameters
    ----------
    study
        The study's folder or file.
    archive
        File to write, ``.zip``.
    scenario
        As of `urbangis.pipeline.commands.run.run`.

    Returns
    -------
    int
        Number of files in the archive.

    Raises
    ------
    InputError
        If the study is wrong, or the archive is not named ``.zip``.
    """
    _check_ending(archive, ".zip")
    site = _site(study, scenario, tell)
    names = _made(site)
    with moved_into(archive.parent) as place, ZipFile(place / archive.name, "w") as file:
        for name in names:
            info = ZipInfo(name, _WRITTEN)
            info.compress_type = ZIP_DEFLATED
            info.create_system, info.external_attr = _UNIX, _READABLE
            file.writestr(info, (site / name).read_bytes(), compresslevel=9)
    return len(names)


def publish_page(
    study: Path,
    page: str,
    output: Path,
    *,
    scenario: str | None = None,
    tell: Tell = lambda _: None,
) -> int:
    """Write one page of a study as a file that needs no other, after a run if need be.

    Parameters
    ----------
    study
        The study's folder or file.
    page
        Name of the page: ``index``, ``health_15``, ``part/health_15``.
    output
        File to write, ``.html``.
    scenario
        As of `urbangis.pipeline.commands.run.run`.

    Returns
    -------
    int
        Bytes of the file.

    Raises
    ------
    InputError
        If the study is wrong, it has no such page, or the file is not named ``.html``.
    """
    _check_ending(output, ".html")
    site = _site(study, scenario, tell)
    name = page if page.endswith(".html") else f"{page}.html"
    pages = [made for made in _made(site) if made.endswith(".html")]
    if name not in pages:
        near = difflib.get_close_matches(name, pages, 3) or pages[:5]
        raise StudyError(
            f'the site has no page "{page}"',
            file=site,
            remedy=f"Name one such as {', '.join(one.removesuffix('.html') for one in near)}.",
        )
    folder = site / PurePosixPath(name).parent
    html = self_contained(
        (site / name).read_text(encoding="utf-8"), lambda address: (folder / address).read_bytes()
    )
    with moved_into(output.parent) as place:
        (place / output.name).write_text(html, encoding="utf-8", newline="\n")
    return output.stat().st_size


def _site(study: Path, scenario: str | None, tell: Tell) -> Path:
    """Return the folder of a site that is what a run would make now."""
    return run(study, scenario=scenario, tell=tell).front_page.parent


def _made(site: Path) -> list[str]:
    """Name the files that a run made, itself and its record."""
    record = json.loads((site / RECORD).read_text(encoding="utf-8"))
    return sorted([*record["outputs"], RECORD])


def _check_ending(path: Path, ending: str) -> None:
    if path.suffix.lower() != ending:
        raise StudyError(f"is not named {ending}", file=path, remedy=f"End its name in {ending}.")
