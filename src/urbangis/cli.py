"""The command line: arguments in, a few lines out. The work is done by functions of these names.

Exit codes: 0 done, 1 findings, 2 the input is wrong (one line says where and what to do).
"""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from urbangis.errors import InputError, UrbangisError

if TYPE_CHECKING:
    from urbangis.pipeline.summary import Headline, Told

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Service circles, coverage rates and static web maps for spatial planning.",
)
out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

Study = Annotated[Path, typer.Argument(help="The study's folder or file.")]
Only = Annotated[list[str] | None, typer.Option(help="This service alone; may be repeated.")]
Facilities = Annotated[Path, typer.Argument(help="Layer of facilities: points or polygons.")]
Streets = Annotated[Path, typer.Option(help="Street lines, or an OpenStreetMap file.")]
Gates = Annotated[Path | None, typer.Option(help="Entrances of polygon facilities.")]
Kind = Annotated[str | None, typer.Option(help="Keep only, or take all as, facilities of it.")]
Crs = Annotated[
    str | None, typer.Option(help="CRS of tables that cannot state theirs, such as CSV.")
]

_UNITS = {
    "residential_m2": "m2 of residential land",
    "built_up_m2": "m2 of built-up area",
    "school_age": "children of school age",
    "over_60": "people over 60",
}


def main() -> None:
    """Run the command line; every expected failure ends in one line and an exit code."""
    try:
        app()
    except InputError as error:
        err.print(f"[red]error:[/red] {escape(str(error))}")
        sys.exit(2)
    except UrbangisError as error:
        err.print(f"[red]error:[/red] {escape(str(error))}")
        sys.exit(1)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        err.print(f"[red]error:[/red] {escape(f'{place}{error.strerror or error}')}")
        sys.exit(2)


@app.callback(invoke_without_command=True)
def _start(
    version: Annotated[bool, typer.Option("--version", help="Say the version and stop.")] = False,
) -> None:
    if version:
        from urbangis.pipeline.record import version_of

        out.print(f"urbangis {version_of('urbangis') or '(not installed)'}")
        raise typer.Exit


@app.command()
def run(
    study: Study = Path(),
    *,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Where to publish; maps/ in the study.")
    ] = None,
    only: Only = None,
    force: Annotated[
        bool, typer.Option("--force", help="Build even if nothing has changed.")
    ] = False,
    scenario: Annotated[
        str | None, typer.Option(help="Build the study under a scenario, into maps-SCENARIO/.")
    ] = None,
) -> None:
    """Build everything that changed, and name the page to open."""
    from urbangis.pipeline.record import is_fresh

    folder = output or _folder(study) / (f"maps-{scenario}" if scenario else "maps")
    front_page = folder / "index.html"
    if not force and not only and is_fresh(study, folder, scenario):
        out.print(f"Nothing has changed. Open {front_page}")
        return
    from urbangis.pipeline.commands.run import run as run_study

    with _progress() as tell:
        report = run_study(
            study, output=output, force=force, only=only or (), scenario=scenario, tell=tell
        )
    _say_figures(report.headlines)
    _say_notices([told for told in report.notices if told.notice.severity == "warning"])
    out.print(f"Open {report.front_page}")


@app.command()
def check(
    study: Study = Path(),
    *,
    maps: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Folder for maps of what is wrong with streets."),
    ] = None,
) -> None:
    """Read every input and list what is wrong, with layer, row, and what to do."""
    from urbangis.pipeline.commands.check import check as check_study

    with _progress() as tell:
        report = check_study(study, maps=maps, tell=tell)
    for error in report.errors:
        out.print(f"[red]error:[/red] {escape(str(error))}")
    _say_notices(report.notices)
    for page in report.pages:
        out.print(f"Open {page}")
    warnings = sum(told.notice.severity == "warning" for told in report.notices)
    out.print(
        f"{report.layers} layers read: {len(report.errors)} errors, {warnings} warnings."
        if report.errors or warnings
        else f"{report.layers} layers are in order."
    )
    if report.errors:
        raise typer.Exit(2)
    if warnings:
        raise typer.Exit(1)


@app.command()
def new(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make.")],
) -> None:
    """Start a study: a folder with a study file to fill in."""
    from urbangis.pipeline.commands.new import new as new_study

    out.print(f"Fill in {new_study(folder)}, then `urbangis check {folder}`")


@app.command()
def catalog(
    name: Annotated[str | None, typer.Argument(help="An entry; all if left out.")] = None,
    *,
    study: Annotated[Path | None, typer.Option(help="Study whose own entries count too.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """List standards, modes, circles, rules and policies with their sources, or show one."""
    from urbangis.catalog import load_catalogue

    folders: list[Path] = []
    if study is not None:
        from urbangis.study import read_study_spec

        spec, root = read_study_spec(study)
        folders = [root / path for path in spec.catalogue]
    entries = load_catalogue(folders).entries(name)
    if as_json:
        told = [{"kind": kind, **entry.model_dump(mode="json")} for kind, entry in entries]
        typer.echo(json.dumps(told, ensure_ascii=False, indent=1))
    elif name is None:
        for kind, entry in entries:
            if kind != "style":
                source = f"{entry.source.document} {entry.source.clause}"
                out.print(f"{kind:9} {entry.id:24} {escape(entry.name.en)}  [dim]{source}[/dim]")
    else:
        for kind, entry in entries:
            text = json.dumps(entry.model_dump(mode="json"), ensure_ascii=False, indent=1)
            out.print(f"{kind} {entry.id}\n{escape(text)}")


@app.command()
def coverage(
    facilities: Facilities,
    *,
    standard: Annotated[str, typer.Option(help="Name in the catalogue, or a TOML file.")],
    demand: Annotated[Path, typer.Option(help="Residents: points, polygons or a raster.")],
    zones: Annotated[Path, typer.Option(help="Polygons to report by.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the results.")],
    network: Annotated[Path | None, typer.Option(help="Streets, or an OpenStreetMap file.")] = None,
    gates: Gates = None,
    kind: Kind = None,
    residents: Annotated[str, typer.Option(help="Column of people.")] = "residents",
    crs: Crs = None,
) -> None:
    """Compute who has a service by a standard, from files, without a study."""
    from urbangis.pipeline.commands.direct import Facilities as Supply
    from urbangis.pipeline.commands.direct import Files
    from urbangis.pipeline.commands.direct import coverage as coverage_of
    from urbangis.pipeline.summary import headline, told_once

    files = Files(Supply(facilities, gates, kind), demand, zones, network, residents, crs)
    with _progress() as tell:
        found = coverage_of(files, standard, output=output, tell=tell)
    _say_figures([headline(found.standard.id, found)])
    _say_notices(told_once((None, one) for one in found.notices))
    out.print(f"Written to {output}")


@app.command()
def compare(
    before: Annotated[str, typer.Argument(help="A scenario, or baseline.")],
    after: Annotated[str, typer.Argument(help="Another scenario, or baseline.")],
    study: Study = Path(),
    *,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder; compare-BEFORE-AFTER/ if none.")
    ] = None,
    only: Only = None,
) -> None:
    """Tell who gains and who loses between two scenarios of a study."""
    from urbangis.pipeline.commands.compare import compare as compare_scenarios
    from urbangis.pipeline.summary import told_once

    folder = output or _folder(study) / f"compare-{before}-{after}"
    with _progress() as tell:
        found = compare_scenarios(study, before, after, output=folder, only=only or (), tell=tell)
    for line in found.told():
        out.print(line)
    _say_notices(told_once((one.id, told) for one in found.results for told in one.notices))
    out.print(f"Written to {folder}")


@app.command()
def explain(
    study: Study = Path(),
    *,
    service: Annotated[str, typer.Option(help="Service: NAME, or PART/NAME.")],
    at: Annotated[str, typer.Option(help="The place: LON,LAT in degrees of WGS 84.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File for the way.")] = None,
) -> None:
    """Tell why a place is covered or not: facility, way, minutes, legs, clause."""
    from urbangis.pipeline.commands.explain import explain as explain_place
    from urbangis.pipeline.outputs import write_table

    lon, lat = _numbers(at, 2)
    with _progress() as tell:
        found = explain_place(study, service, lon, lat, tell=tell)
    for line in found.told():
        out.print(escape(line))
    if output is not None:
        write_table(found.lines(), output)
        out.print(f"The way is drawn in {output}")


@app.command()
def report(
    study: Study = Path(),
    *,
    output: Annotated[
        list[Path],
        typer.Option("--output", "-o", help="File ending in .html, .docx, .pdf or .xlsx; repeat."),
    ],
    language: Annotated[str | None, typer.Option(help="zh or en; the study's first.")] = None,
    earlier: Annotated[
        list[Path] | None,
        typer.Option(help="Folder of an earlier run, oldest first; maps/ if left out."),
    ] = None,
) -> None:
    """Write a report: findings, tables, charts and maps, and what changed since earlier runs."""
    from urbangis.pipeline.commands.report import language_of
    from urbangis.pipeline.commands.report import report as write_report

    with _progress() as tell:
        write_report(
            study, output, language=language_of(language), earlier=earlier or (), tell=tell
        )
    for path in output:
        out.print(f"Written to {escape(str(path))}")


@app.command()
def publish(
    study: Study = Path(),
    *,
    archive: Annotated[Path | None, typer.Option("--zip", help="Archive of the site.")] = None,
    single_file: Annotated[
        str | None, typer.Option(metavar="PAGE", help="Page to write as one file: health_15.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="That file; PAGE.html if none.")
    ] = None,
    scenario: Annotated[str | None, typer.Option(help="Of the study under a scenario.")] = None,
) -> None:
    """Hand out the site as an archive, or a page as one file to mail; build first if need be."""
    from urbangis.pipeline.commands.publish import publish_page, publish_zip

    if archive is None and single_file is None:
        raise InputError("nothing to write", remedy="Give --zip FILE.zip or --single-file PAGE.")
    with _progress() as tell:
        if archive is not None:
            publish_zip(study, archive, scenario=scenario, tell=tell)
            out.print(f"Written to {archive}")
        if single_file is not None:
            file = output or Path(f"{Path(single_file).stem}.html")
            publish_page(study, single_file, file, scenario=scenario, tell=tell)
            out.print(f"Written to {file}")


@app.command()
def site(
    service: Annotated[str, typer.Argument(help="Service of the study to find sites for.")],
    *,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the results.")],
    study: Annotated[Path, typer.Option(help="The study's folder or file.")] = Path(),
    sites: Annotated[int | None, typer.Option(help="Sites more than today; -2 closes two.")] = None,
    objective: Annotated[
        str, typer.Option(help="cover, all (fewest sites), mean or worst travel.")
    ] = "cover",
    candidates: Annotated[
        str | None, typer.Option(help="Layer of possible sites; else homes on a grid.")
    ] = None,
    exclude: Annotated[
        list[str] | None, typer.Option(help="Layer of areas without sites; may be repeated.")
    ] = None,
    within: Annotated[
        list[str] | None, typer.Option(help="Layer of areas that sites must lie in.")
    ] = None,
    move: Annotated[int, typer.Option(help="Facilities that may be given up elsewhere.")] = 0,
    budget: Annotated[float | None, typer.Option(help="What may be spent.")] = None,
    cost: Annotated[str | None, typer.Option(help="Column of the price of a candidate.")] = None,
    capacity: Annotated[str | None, typer.Option(help="Column of people that each serves.")] = None,
    share: Annotated[float | None, typer.Option(help="For all: share of the people, 0-1.")] = None,
    floor: Annotated[float | None, typer.Option(help="Least share in every zone, 0-1.")] = None,
    backup: Annotated[
        bool, typer.Option("--backup", help="Of equals, the one with most backup.")
    ] = False,
    seconds: Annotated[float, typer.Option(help="Time that the proof may take.")] = 60.0,
) -> None:
    """Choose where to build next, and say how far from the best the choice can be."""
    from pydantic import ValidationError

    from urbangis.catalog.registry import explain as explain_spec
    from urbangis.errors import StudyError
    from urbangis.pipeline.analyses.siting import site as site_service
    from urbangis.pipeline.summary import told_once
    from urbangis.study import SitingSpec

    terms = {
        "service": service, "sites": sites, "objective": objective, "candidates": candidates,
        "exclude": exclude or (), "within": within or (), "move": move, "budget": budget,
        "price": cost, "capacity": capacity, "share": share, "floor": floor, "backup": backup,
        "seconds": seconds,
    }  # fmt: skip
    try:
        spec = SitingSpec.model_validate(terms)
    except ValidationError as error:
        raise StudyError(
            explain_spec(error, SitingSpec), remedy="Correct the options; --help lists them."
        ) from error
    with _progress() as tell:
        found = site_service(study, spec, output=output, tell=tell)
    for line in found.told():
        out.print(escape(line))
    _say_notices(told_once((None, one) for one in found.notices))
    out.print(f"Open {output / 'siting.html'}")


@app.command()
def rings(
    facilities: Facilities,
    *,
    network: Streets,
    output: Annotated[Path, typer.Option("--output", "-o", help="File for the polygons.")],
    mode: Annotated[str, typer.Option(help="Travel mode of the catalogue.")] = "walk",
    minutes: Annotated[str, typer.Option(help="Cutoffs, minutes.")] = "5,10,15",
    gates: Gates = None,
    kind: Kind = None,
    crs: Crs = None,
) -> None:
    """Draw the area within so many minutes of the nearest facility."""
    from urbangis.pipeline.commands.direct import Facilities as Supply
    from urbangis.pipeline.commands.direct import rings as rings_of
    from urbangis.pipeline.outputs import check_format, write_table
    from urbangis.pipeline.summary import told_once

    cutoffs = _numbers(minutes)
    check_format(output)
    supply = Supply(facilities, gates, kind)
    with _progress() as tell:
        tell("drawing rings")
        table, notices = rings_of(supply, network, mode=mode, minutes=cutoffs, crs=crs)
        write_table(table, output)
    _say_notices(told_once((None, one) for one in notices))
    out.print(f"{len(table)} rings written to {output}")


@app.command()
def timetable(
    feeds: Annotated[list[Path], typer.Argument(metavar="GTFS...", help="GTFS feeds.")],
    *,
    network: Streets,
    places: Annotated[Path, typer.Option(help="Points between which people travel.")],
    day: Annotated[str, typer.Option(help="Service day, such as 2026-03-02.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="CSV file for the times.")],
    start: Annotated[str, typer.Option(help="First departure.")] = "08:00",
    window: Annotated[int, typer.Option(min=1, help="Minutes, a departure in each.")] = 60,
    minutes: Annotated[float, typer.Option(help="Longest journey, minutes.")] = 90.0,
    percentiles: Annotated[str, typer.Option(help="Of the departures.")] = "25,50,75",
    crs: Crs = None,
) -> None:
    """Tell the travel times between places by timetable, over a departure window."""
    from urbangis.pipeline.commands.timetable import Departures, service_day, timetable_matrix
    from urbangis.pipeline.outputs import write_result
    from urbangis.pipeline.summary import told_once

    when = Departures(
        service_day(day), start, window, minutes, percentiles=tuple(_numbers(percentiles))
    )
    with _progress() as tell:
        table, notices = timetable_matrix(feeds, network, places, when, crs=crs, tell=tell)
        write_result(output.parent, {output.stem: table}, {})
    _say_notices(told_once((None, one) for one in notices))
    out.print(f"{len(table)} pairs of places written to {output.with_suffix('.csv')}")


@app.command()
def convert(
    source: Annotated[Path, typer.Argument(metavar="IN", help="Layer in degrees.")],
    output: Annotated[Path, typer.Argument(metavar="OUT", help=".gpkg, .geojson or .fgb.")],
    *,
    before: Annotated[str, typer.Option("--from", help="wgs84, gcj02 or bd09.")],
    after: Annotated[str, typer.Option("--to", help="wgs84, gcj02 or bd09.")],
    layer: Annotated[str | None, typer.Option(help="Layer of a file that holds several.")] = None,
) -> None:
    """Shift a layer between WGS 84, GCJ-02 (AMap, Tencent) and BD-09 (Baidu)."""
    from urbangis.pipeline.commands.convert import convert as convert_layer
    from urbangis.pipeline.summary import told_once

    table, notices = convert_layer(source, output, before=before, after=after, layer=layer)
    _say_notices(told_once((None, one) for one in notices))
    out.print(f"{len(table)} rows written to {output}, now {after}")
    if after != "wgs84":
        out.print(f'Files cannot say so: a study that uses it must write datum = "{after}".')


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """Show what is being done, on a terminal as a moving line, otherwise line by line."""
    if not err.is_terminal:
        yield lambda text: err.print(escape(text), style="dim")
        return
    with err.status("") as status:
        yield lambda text: status.update(escape(text))


def _say_figures(headlines: Sequence["Headline"]) -> None:
    """Print one line for each service: its rate, and of what."""
    width = max((len(one.service) for one in headlines), default=0)
    for one in headlines:
        rate = "no rate" if one.total == 0 else f"{one.covered / one.total:.1%}"
        target = f", target {one.target:.0%}" if one.target is not None else ""
        unit = _UNITS.get(one.denominator, one.denominator)
        out.print(
            f"{one.service:{width}}  {rate:>7}  "
            f"{one.covered:,.0f} of {one.total:,.0f} {unit}{target}"
        )


def _say_notices(notices: Sequence["Told"]) -> None:
    """Print one line for each notice: where, what, a few of the ids, and which services."""
    for told in notices:
        notice = told.notice
        shown = ", ".join(notice.sample_ids[:5]) + (", ..." if notice.count > 5 else "")
        where = f"{notice.layer}: " if notice.layer else ""
        ids = f" ({shown})" if notice.sample_ids else ""
        about = f" [{', '.join(told.about)}]" if told.about else ""
        color = "yellow" if notice.severity == "warning" else "cyan"
        line = escape(f"{where}{notice.message.en}{ids}{about}")
        out.print(f"[{color}]{notice.severity}:[/{color}] {line}")


def _numbers(text: str, count: int | None = None) -> list[float]:
    """Read ``"5,10,15"``, or exactly so many numbers."""
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if not numbers or count not in (None, len(numbers)):
        kind = "no numbers" if count is None else f"not {count} numbers"
        raise InputError(f'"{text}" are {kind}', remedy="Write them with commas between: 5,10,15.")
    return numbers


def _folder(study: Path) -> Path:
    return study if study.is_dir() else study.parent


if __name__ == "__main__":
    main()
