"""Write the print maps and atlases that a study asks for."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from urbangis.notices import Notice, Text
from urbangis.pipeline.load import Loaded
from urbangis.publish.model import Link
from urbangis.publish.pages.service import ServiceResult
from urbangis.publish.print.files import write_atlas, write_sheet
from urbangis.publish.print.fonts import FontError
from urbangis.publish.print.paper import Paper
from urbangis.publish.print.service import ServicePrint, atlas_maps, service_map, service_print
from urbangis.publish.print.sheet import best_orientation, draw_map

FOLDER = "print"


def write_prints(
    loaded: Loaded, results: Sequence[ServiceResult], folder: Path
) -> tuple[list[ServiceResult], tuple[tuple[str, Notice], ...]]:
    """Write ``print/<service>.png`` and so on for the services that the study prints.

    A machine whose fonts lack a character still publishes everything else: a map with boxes for
    names is not written, and a warning says what to install.

    Returns
    -------
    results, notices
        The services, with links to their sheets; by service, why its sheets are missing, if so.
    """
    spec = loaded.study.spec.print
    if spec is None:
        return list(results), ()
    (folder / FOLDER).mkdir(parents=True, exist_ok=True)
    printed, notices = [], []
    for result in results:
        links: tuple[Link, ...] = ()
        if not spec.services or result.id in spec.services:
            one = service_print(loaded.study, result, loaded.layers, loaded.catalogue, spec)
            try:
                links = write_print(one, folder)
            except FontError as error:
                notices.append((result.id, _unprinted(error)))
        printed.append(replace(result, links=(*result.links, *links)))
    return printed, tuple(notices)


def write_print(one: ServicePrint, folder: Path) -> tuple[Link, ...]:
    """Write the map of a service in each format, and its atlas if asked for.

    Parameters
    ----------
    folder
        Files go into its folder ``print``, which is there.

    Returns
    -------
    tuple[Link, ...]
        The ways to the files, relative to ``folder``.

    Raises
    ------
    FontError
        If no installed font has a letter of a map; nothing is left half-written.
    """
    study, spec, name = one.study, one.spec, f"{FOLDER}/{one.result.id}"
    page = service_map(one)
    font = None if spec.font is None else study.root / spec.font
    title = page.title.to(one.language)
    drawn = draw_map(page, paper_of(one, page.extent), font=font)
    links = []
    for kind in spec.formats:
        write_sheet(drawn.sheet, folder / f"{name}.{kind}", title=title, dpi=spec.dpi)
        label = Text(
            zh=f"打印图（{spec.paper}，{kind.upper()}）",
            en=f"Print map ({spec.paper}, {kind.upper()})",
        )
        links.append(Link(label, f"{name}.{kind}"))
    if spec.atlas is not None:
        sheets = (
            draw_map(sheet, paper_of(one, sheet.extent), font=font).sheet
            for sheet in atlas_maps(one)
        )
        write_atlas(sheets, folder / f"{name}-atlas.pdf", title=title, dpi=spec.dpi)
        links.append(Link(Text(zh="分区图集（PDF）", en="Atlas (PDF)"), f"{name}-atlas.pdf"))
    return tuple(links)


def paper_of(one: ServicePrint, extent: tuple[float, float, float, float]) -> Paper:
    """Return the sheet that a study asks for, lying as it says or as shows an extent larger."""
    if one.spec.orientation is not None:
        return Paper(one.spec.paper, one.spec.orientation)
    return best_orientation(extent, one.spec.paper)


def _unprinted(error: FontError) -> Notice:
    text = Text(
        zh=f"打印图未输出：本机字体缺字。{error}", en=f"The print map is not written: {error}"
    )
    return Notice("print-without-font", "warning", 1, text)
