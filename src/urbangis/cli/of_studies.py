"""Commands on a study: start, check and build it, ask of it, hand it out."""

from pathlib import Path
from typing import Annotated

import typer

from urbangis.cli.options import Only, Results, Study, numbers, output_option
from urbangis.cli.telling import (
    progress,
    say,
    say_figures,
    say_finding,
    say_notices,
    say_told,
)
from urbangis.errors import InputError

app = typer.Typer()


@app.command()
def run(
    study: Study = Path(),
    *,
    output: Annotated[Path | None, output_option("Where to publish; maps/ in the study.")] = None,
    only: Only = None,
    force: Annotated[
        bool, typer.Option("--force", help="Build even if nothing has changed.")
    ] = False,
    scenario: Annotated[
        str | None, typer.Option(help="Build the study under a scenario, into maps-SCENARIO/.")
    ] = None,
) -> None:
    """Build everything that changed, and name the page to open."""
    from urbangis.pipeline.record import is_fresh, site_folder

    folder = output or site_folder(study, scenario)
    if not force and not only and is_fresh(study, folder, scenario):
        say(f"Nothing has changed. Open {folder / 'index.html'}")
        return
    from urbangis.pipeline.commands.run import run as run_study

    with progress() as tell:
        report = run_study(
            study, output=output, force=force, only=only or (), scenario=scenario, tell=tell
        )
    say_figures(report.headlines)
    say_told(told for told in report.notices if told.notice.severity == "warning")
    say(f"Open {report.front_page}")


@app.command()
def check(
    study: Study = Path(),
    *,
    maps: Annotated[
        Path | None, output_option("Folder for maps of what is wrong with streets.")
    ] = None,
) -> None:
    """Read every input and list what is wrong, with layer, row, and what to do."""
    from urbangis.pipeline.commands.check import check as check_study

    with progress() as tell:
        report = check_study(study, maps=maps, tell=tell)
    for error in report.errors:
        say_finding("error", str(error))
    say_told(report.notices)
    for page in report.pages:
        say(f"Open {page}")
    warnings = sum(told.notice.severity == "warning" for told in report.notices)
    say(
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

    say(f"Fill in {new_study(folder)}, then `urbangis check {folder}`")


@app.command()
def compare(
    before: Annotated[str, typer.Argument(help="A scenario, or baseline.")],
    after: Annotated[str, typer.Argument(help="Another scenario, or baseline.")],
    study: Study = Path(),
    *,
    output: Annotated[Path | None, output_option("Folder; compare-BEFORE-AFTER/ if none.")] = None,
    only: Only = None,
) -> None:
    """Tell who gains and who loses between two scenarios of a study."""
    from urbangis.pipeline.commands.compare import compare as compare_scenarios
    from urbangis.pipeline.record import folder_of

    folder = output or folder_of(study) / f"compare-{before}-{after}"
    with progress() as tell:
        found = compare_scenarios(study, before, after, output=folder, only=only or (), tell=tell)
    for line in found.told():
        say(line)
    say_notices(found.between.notices)
    say(f"Written to {folder}")


@app.command()
def explain(
    study: Study = Path(),
    *,
    service: Annotated[str, typer.Option(help="Service: NAME, or PART/NAME.")],
    at: Annotated[str, typer.Option(help="The place: LON,LAT in degrees of WGS 84.")],
    output: Annotated[Path | None, output_option("File for the way.")] = None,
) -> None:
    """Tell why a place is covered or not: facility, way, minutes, legs, clause."""
    from urbangis.pipeline.commands.explain import explain as explain_place
    from urbangis.pipeline.outputs import write_table

    lon, lat = numbers(at, 2)
    with progress() as tell:
        found = explain_place(study, service, lon, lat, tell=tell)
    for line in found.told():
        say(line)
    lines = found.lines()
    if output is not None and not lines.empty:
        write_table(lines, output)
        say(f"The way is drawn in {output}")
    elif output is not None:
        say("There is no way to draw, and nothing is written")


@app.command()
def report(
    study: Study = Path(),
    *,
    output: Annotated[
        list[Path], output_option("File ending in .html, .docx, .pdf or .xlsx; repeat.")
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

    with progress() as tell:
        write_report(
            study, output, language=language_of(language), earlier=earlier or (), tell=tell
        )
    for path in output:
        say(f"Written to {path}")


@app.command()
def publish(
    study: Study = Path(),
    *,
    archive: Annotated[Path | None, typer.Option("--zip", help="Archive of the site.")] = None,
    single_file: Annotated[
        str | None, typer.Option(metavar="PAGE", help="Page to write as one file: health_15.")
    ] = None,
    output: Annotated[Path | None, output_option("That file; PAGE.html if none.")] = None,
    scenario: Annotated[str | None, typer.Option(help="Of the study under a scenario.")] = None,
) -> None:
    """Hand out the site as an archive, or a page as one file to mail; build first if need be."""
    from urbangis.pipeline.commands.publish import publish_page, publish_zip

    if archive is None and single_file is None:
        raise InputError("nothing to write", remedy="Give --zip FILE.zip or --single-file PAGE.")
    with progress() as tell:
        if archive is not None:
            publish_zip(study, archive, scenario=scenario, tell=tell)
            say(f"Written to {archive}")
        if single_file is not None:
            file = output or Path(f"{Path(single_file).stem}.html")
            publish_page(study, single_file, file, scenario=scenario, tell=tell)
            say(f"Written to {file}")


@app.command()
def site(
    service: Annotated[str, typer.Argument(help="Service of the study to find sites for.")],
    *,
    output: Results,
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
    from urbangis.pipeline.commands.site import site as site_service
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
    with progress() as tell:
        found = site_service(study, spec, output=output, tell=tell)
    for line in found.told():
        say(line)
    say_notices(found.notices)
    say(f"Open {output / 'siting.html'}")
