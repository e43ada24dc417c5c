"""Write a report on a study, in as many forms as asked for."""

import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pandas as pd
from PIL import Image

from urbangis.errors import StudyError
from urbangis.notices import Language
from urbangis.pipeline.load import Loaded, Tell, load_study
from urbangis.pipeline.outputs import moved_into
from urbangis.pipeline.record import RECORD, site_folder
from urbangis.pipeline.services import build_networks, compute_service
from urbangis.publish.pages.service import ServiceResult
from urbangis.publish.print.files import sheet_png
from urbangis.publish.print.paper import Paper
from urbangis.publish.print.service import service_map, service_print
from urbangis.publish.print.sheet import draw_map
from urbangis.publish.report.browser import find_browser, print_pdf
from urbangis.publish.report.content import Earlier, Subject, study_report
from urbangis.publish.report.excel import report_xlsx
from urbangis.publish.report.html import report_html
from urbangis.publish.report.model import Picture, Report
from urbangis.publish.report.word import report_docx
from urbangis.study.printing import PrintSpec

_PICTURE_DPI = 130
_COLORS = 192

_FORMS: Mapping[str, Callable[[Report], bytes]] = {
    ".html": lambda report: report_html(report).encode("utf-8"),
    ".docx": report_docx,
    ".pdf": lambda report: print_pdf(report_html(report)),
    ".xlsx": report_xlsx,
}


def report(
    study: Path,
    outputs: Sequence[Path],
    *,
    language: Language | None = None,
    earlier: Sequence[Path] = (),
    tell: Tell = lambda _: None,
) -> Report:
    """Compute a study and write a report on it.

    Parameters
    ----------
    study
        The study's folder or file.
    outputs
        Files to write, ending in .html, .docx, .pdf or .xlsx.
    language
        Of the report; the study's first if None.
    earlier
        Folders of earlier runs to compare with, oldest first; the study's ``maps`` if none is
        named and a run is there.
    tell
        Called with a line of progress before each step.

    Raises
    ------
    InputError
        If the study is wrong, a file's ending stands for no form, an earlier run is not there, a
        font or a browser is missing.
    """
    for path in outputs:
        check_form(path)
    if any(path.suffix.lower() == ".pdf" for path in outputs):
        find_browser()
    loaded = load_study(study, tell=tell)
    spoken: Language = language or loaded.study.spec.languages[0]
    results = _compute(loaded, tell)
    runs = _earlier(loaded, earlier, spoken)
    pictures = {}
    for result in results:
        tell(f"drawing {result.id}")
        pictures[result.id] = _picture(loaded, result, spoken)
    subject = Subject(loaded.study, loaded.layers, results, loaded.notices, pictures, earlier=runs)
    made = study_report(subject, spoken)
    for path in outputs:
        tell(f"writing {path.name}")
        data = _FORMS[path.suffix.lower()](made)
        with moved_into(path.parent) as place:
            (place / path.name).write_bytes(data)
    return made


def check_form(path: Path) -> None:
    """Refuse a file name whose ending stands for no form of a report."""
    if path.suffix.lower() not in _FORMS:
        raise StudyError(
            f'"{path.suffix}" is no form of a report' if path.suffix else "names no form",
            file=path,
            remedy=f"Name a file ending in one of {', '.join(_FORMS)}.",
        )


def language_of(name: str | None) -> Language | None:
    """Read the name of a language: ``zh`` or ``en``; None stays None."""
    if name is None:
        return None
    languages: dict[str, Language] = {"zh": "zh", "en": "en"}
    if name in languages:
        return languages[name]
    raise StudyError(f'"{name}" is no language of reports', remedy="Write zh or en.")


def _compute(loaded: Loaded, tell: Tell) -> list[ServiceResult]:
    services = loaded.study.spec.services
    networks = build_networks(loaded, services)
    results = []
    for service_id, spec in services.items():
        tell(f"computing {service_id}")
        coverage, rings = compute_service(loaded, spec, networks)
        results.append(ServiceResult(service_id, spec, coverage, rings))
    return results


def _picture(loaded: Loaded, result: ServiceResult, language: Language) -> Picture:
    """Draw the print map of a service, for a page of the report."""
    own = loaded.study.spec.print or PrintSpec()
    spec = own.model_copy(update={"language": language})
    one = service_print(loaded.study, result, loaded.layers, loaded.catalogue, spec)
    page = service_map(one)
    paper = Paper("A4", "landscape")  # half a page of the report
    font = None if spec.font is None else loaded.study.root / spec.font
    drawn = draw_map(page, paper, font=font)
    title = page.title.to(language)
    told = "; ".join(
        f"{figure.label.to(language)} {figure.value.to(language)}" for figure in page.figures
    )
    png = _fewer_colors(sheet_png(drawn.sheet, title=title, dpi=_PICTURE_DPI))
    return Picture(png, title, f"{title}: {told}", paper.height_mm / paper.width_mm)


def _fewer_colors(png: bytes) -> bytes:
    """Keep a picture small: a map has few colours."""
    place = io.BytesIO()
    with Image.open(io.BytesIO(png)) as picture:
        picture.convert("RGB").quantize(_COLORS).save(place, format="png", optimize=True)
    return place.getvalue()


def _earlier(loaded: Loaded, folders: Sequence[Path], language: Language) -> tuple[Earlier, ...]:
    """Read the tables of earlier runs."""
    if folders:
        return tuple(read_earlier(folder, folder.resolve().name) for folder in folders)
    last = site_folder(loaded.study.root)
    if not (last / RECORD).is_file():
        return ()
    return (read_earlier(last, {"zh": "上次运行", "en": "the last run"}[language]),)


def read_earlier(folder: Path, name: str) -> Earlier:
    """Read the coverage tables that a run has published.

    Raises
    ------
    StudyError
        If there are none.
    """
    tables = {
        file.parent.name: pd.read_csv(
            file, dtype={"zone_id": str}, encoding="utf-8-sig", keep_default_na=True
        ).fillna({"zone_id": ""})
        for file in sorted((folder / "data").glob("*/coverage.csv"))
    }
    if not tables:
        raise StudyError(
            "holds no run: data/SERVICE/coverage.csv is not there",
            file=folder,
            remedy="Name a folder that urbangis run has published.",
        )
    return Earlier(name, tables)
