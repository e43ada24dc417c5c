"""The command line: arguments in, a few lines out. The work is done by functions of these names.

Exit codes: 0 done, 1 findings, 2 the input is wrong (one line says where and what to do).
"""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from urbangis.errors import InputError, UrbangisError
from urbangis.notices import Notice

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Service circles, coverage rates and static web maps for spatial planning.",
)
out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

Study = Annotated[Path, typer.Argument(help="The study's folder or file.")]
Facilities = Annotated[Path, typer.Argument(help="Layer of facilities: points or polygons.")]
Streets = Annotated[Path, typer.Option(help="Street lines, or an OpenStreetMap file.")]
Crs = Annotated[
    str | None, typer.Option(help="CRS of tables that cannot state theirs, such as CSV.")
]


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


@app.command()
def run(
    study: Study = Path(),
    *,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Where to publish; maps/ in the study.")
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(help="Build this service alone; may be repeated.")
    ] = None,
    force: Annotated[bool, typer.Option(help="Build even if nothing has changed.")] = False,
) -> None:
    """Build everything that changed, and name the page to open."""
    from urbangis.pipeline.record import is_fresh

    front_page = (output or _folder(study) / "maps") / "index.html"
    if not force and not only and is_fresh(study, front_page.parent):
        out.print(f"Nothing has changed. Open {front_page}")
        return
    from urbangis.pipeline.run import run as run_study

    with _progress() as tell:
        report = run_study(study, output=output, force=force, only=only or (), tell=tell)
    for notice in report.notices:
        if notice.severity == "warning":
            out.print(f"[yellow]note:[/yellow] {escape(_line(notice))}")
    out.print(f"Open {report.front_page}")


@app.command()
def check(study: Study = Path()) -> None:
    """Read every input and list what is wrong, with layer, row, and what to do."""
    from urbangis.pipeline.check import check as check_study

    with _progress() as tell:
        report = check_study(study, tell=tell)
    for error in report.errors:
        out.print(f"[red]error:[/red] {escape(str(error))}")
    for notice in report.notices:
        out.print(f"[yellow]{notice.severity}:[/yellow] {escape(_line(notice))}")
    if report.errors:
        raise typer.Exit(2)
    if any(notice.severity == "warning" for notice in report.notices):
        raise typer.Exit(1)
    out.print(f"{report.layers} layers are in order.")


@app.command()
def new(folder: Annotated[Path, typer.Argument(metavar="DIR")]) -> None:
    """Start a study: a folder with a study file to fill in."""
    from urbangis.pipeline.new import new as new_study

    out.print(f"Fill in {new_study(folder)}, then `urbangis check {folder}`")


@app.command()
def catalog(
    name: Annotated[str | None, typer.Argument(help="An entry; all if left out.")] = None,
    *,
    study: Annotated[Path | None, typer.Option(help="Study whose own entries count too.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """List standards and modes with their sources, or show one."""
    from urbangis.catalog import load_catalogue
    from urbangis.errors import CatalogueError

    folders: list[Path] = []
    if study is not None:
        from urbangis.study import read_study_spec

        spec, root = read_study_spec(study)
        folders = [root / path for path in spec.catalogue]
    catalogue = load_catalogue(folders)
    kinds = {"standard": catalogue.standards, "mode": catalogue.modes, "style": catalogue.styles}
    entries = [
        (kind, entry) for kind, found in kinds.items() for entry in found.values()
        if name in (None, entry.id)
    ]  # fmt: skip
    if not entries:
        raise CatalogueError(
            f'there is no entry "{name}"', remedy="`urbangis catalog` lists all there are."
        )
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
    gates: Annotated[Path | None, typer.Option(help="Entrances of polygon facilities.")] = None,
    kind: Annotated[str | None, typer.Option(help="Kind of all the facilities.")] = None,
    residents: Annotated[str, typer.Option(help="Column of people.")] = "residents",
    crs: Crs = None,
) -> None:
    """Compute who has a service by a standard, from files, without a study."""
    from urbangis.pipeline.direct import Files
    from urbangis.pipeline.direct import coverage as coverage_of

    files = Files(
        facilities, demand, zones, network, gates=gates, kind=kind, residents=residents, crs=crs
    )
    with _progress() as tell:
        found = coverage_of(files, standard, output=output, tell=tell)
    for notice in found.notices:
        out.print(f"[yellow]{notice.severity}:[/yellow] {escape(_line(notice))}")
    whole = found.zones[found.zones["level"] == "study"]
    for row in whole.itertuples():
        rate = "no rate" if row.total == 0 else f"{row.rate:.1%}"
        out.print(f"{row.denominator}: {row.covered:,.0f} of {row.total:,.0f} covered, {rate}")
    out.print(f"Written to {output}")


@app.command()
def rings(
    facilities: Facilities,
    *,
    network: Streets,
    output: Annotated[Path, typer.Option("--output", "-o", help="File for the polygons.")],
    mode: Annotated[str, typer.Option(help="Travel mode of the catalogue.")] = "walk",
    minutes: Annotated[str, typer.Option(help="Cutoffs, minutes.")] = "5,10,15",
    gates: Annotated[Path | None, typer.Option(help="Entrances of polygon facilities.")] = None,
    crs: Crs = None,
) -> None:
    """Draw the area within so many minutes of the nearest facility."""
    from urbangis.pipeline.direct import rings as rings_of
    from urbangis.pipeline.outputs import write_table

    cutoffs = [float(part) for part in minutes.split(",")]
    with _progress() as tell:
        tell("drawing rings")
        table = rings_of(facilities, network, mode=mode, minutes=cutoffs, gates=gates, crs=crs)
        write_table(table, output)
    out.print(f"{len(table)} rings written to {output}")


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """Show what is being done, on a terminal as a moving line, otherwise line by line."""
    if not err.is_terminal:
        yield lambda text: err.print(escape(text), style="dim")
        return
    with err.status("") as status:
        yield lambda text: status.update(escape(text))


def _line(notice: Notice) -> str:
    """Say a notice in one line: where, what, and a few of the ids concerned."""
    ids = ", ".join(notice.sample_ids[:5])
    more = ", ..." if notice.count > 5 else ""
    where = f"{notice.layer}: " if notice.layer else ""
    return f"{where}{notice.message.en}" + (f" ({ids}{more})" if ids else "")


def _folder(study: Path) -> Path:
    return study if study.is_dir() else study.parent


if __name__ == "__main__":
    main()
