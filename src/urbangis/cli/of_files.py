"""Commands on files alone, without a study, and what the catalogue holds."""

import json
from pathlib import Path
from typing import Annotated

import typer

from urbangis.cli.options import (
    AnyStreets,
    Crs,
    Facilities,
    Gates,
    Kind,
    Results,
    Streets,
    numbers,
    output_option,
)
from urbangis.cli.telling import progress, say, say_figures, say_notices
from urbangis.errors import InputError

app = typer.Typer()


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
                say(f"{kind:9} {entry.id:24} {entry.name.en}", source)
    else:
        for kind, entry in entries:
            text = json.dumps(entry.model_dump(mode="json"), ensure_ascii=False, indent=1)
            say(f"{kind} {entry.id}\n{text}")


@app.command()
def coverage(
    facilities: Facilities,
    *,
    standard: Annotated[str, typer.Option(help="Name in the catalogue, or a TOML file.")],
    demand: Annotated[Path, typer.Option(help="Residents: points, polygons or a raster.")],
    zones: Annotated[Path, typer.Option(help="Polygons to report by.")],
    output: Results,
    network: AnyStreets = None,
    gates: Gates = None,
    kind: Kind = None,
    residents: Annotated[str, typer.Option(help="Column of people.")] = "residents",
    crs: Crs = None,
) -> None:
    """Compute who has a service by a standard, from files, without a study."""
    from urbangis.pipeline.commands.direct import Facilities as Supply
    from urbangis.pipeline.commands.direct import Files
    from urbangis.pipeline.commands.direct import coverage as coverage_of
    from urbangis.pipeline.summary import headline

    files = Files(Supply(facilities, gates, kind), demand, zones, network, residents, crs)
    with progress() as tell:
        found = coverage_of(files, standard, output=output, tell=tell)
    say_figures([headline(found.standard.id, found)])
    say_notices(found.notices)
    say(f"Written to {output}")


@app.command()
def rings(
    facilities: Facilities,
    *,
    output: Annotated[Path, output_option("File for the polygons.")],
    network: AnyStreets = None,
    mode: Annotated[str, typer.Option(help="Travel mode of the catalogue.")] = "walk",
    friction: Annotated[Path | None, typer.Option(help="Raster of open ground instead.")] = None,
    unit: Annotated[str | None, typer.Option(help="Its unit: min_per_m or s_per_m.")] = None,
    minutes: Annotated[str, typer.Option(help="Cutoffs, minutes.")] = "5,10,15",
    gates: Gates = None,
    kind: Kind = None,
    crs: Crs = None,
) -> None:
    """Draw the area within so many minutes of the nearest facility, by streets or open ground."""
    from urbangis.pipeline.commands.direct import Facilities as Supply
    from urbangis.pipeline.commands.direct import rings as rings_of
    from urbangis.pipeline.commands.ground_rings import ground_rings
    from urbangis.pipeline.outputs import check_format, write_table

    cutoffs = numbers(minutes)
    check_format(output)
    supply = Supply(facilities, gates, kind)
    with progress() as tell:
        tell("drawing rings")
        if network is not None and friction is None:
            table, notices = rings_of(supply, network, mode=mode, minutes=cutoffs, crs=crs)
        elif friction is not None and network is None:
            table, notices = ground_rings(supply, friction, unit=unit, minutes=cutoffs, crs=crs)
        else:
            raise InputError(
                "rings go by streets or over open ground",
                remedy="Give either --network, or --friction with its --unit.",
            )
        write_table(table, output)
    say_notices(notices)
    say(f"{len(table)} rings written to {output}")


@app.command()
def timetable(
    feeds: Annotated[list[Path], typer.Argument(metavar="GTFS...", help="GTFS feeds.")],
    *,
    network: Streets,
    places: Annotated[Path, typer.Option(help="Points between which people travel.")],
    day: Annotated[str, typer.Option(help="Service day, such as 2026-03-02.")],
    output: Annotated[Path, output_option("CSV file for the times.")],
    start: Annotated[str, typer.Option(help="First departure.")] = "08:00",
    window: Annotated[int, typer.Option(min=1, help="Minutes, a departure in each.")] = 60,
    minutes: Annotated[float, typer.Option(help="Longest journey, minutes.")] = 90.0,
    percentiles: Annotated[str, typer.Option(help="Of the departures.")] = "25,50,75",
    crs: Crs = None,
) -> None:
    """Tell the travel times between places by timetable, over a departure window."""
    from urbangis.pipeline.commands.timetable import Departures, service_day, timetable_matrix
    from urbangis.pipeline.outputs import write_result

    when = Departures(
        service_day(day), start, window, minutes, percentiles=tuple(numbers(percentiles))
    )
    with progress() as tell:
        table, notices = timetable_matrix(feeds, network, places, when, crs=crs, tell=tell)
        write_result(output.parent, {output.stem: table}, {})
    say_notices(notices)
    say(f"{len(table)} pairs of places written to {output.with_suffix('.csv')}")


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

    table, notices = convert_layer(source, output, before=before, after=after, layer=layer)
    say_notices(notices)
    say(f"{len(table)} rows written to {output}, now {after}")
    if after != "wgs84":
        say(f'Files cannot say so: a study that uses it must write datum = "{after}".')
