"""Coverage and rings straight from files, without a study file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from pyproj import CRS
from shapely.geometry.base import BaseGeometry

from urbangis.catalog import Catalogue, Mode, Standard, load_catalogue
from urbangis.catalog.registry import read_entry
from urbangis.crs import metric_crs
from urbangis.errors import StudyError, TableError
from urbangis.io.vector import column_names, read_layer
from urbangis.measures.coverage import Coverage, straight_coverage
from urbangis.measures.demand import share_cells
from urbangis.network.build import build_network
from urbangis.network.entrances import facility_entrances
from urbangis.notices import Notice, Text
from urbangis.pipeline.load import Tell
from urbangis.pipeline.outputs import moved_into, write_json, write_service_data
from urbangis.pipeline.record import RECORD, digest, made_by
from urbangis.pipeline.services import by_network, named, select_supply, service_areas
from urbangis.pipeline.summary import coverage_record
from urbangis.pipeline.travel_time import write_travel_time
from urbangis.study import Layer, LayerSpec, Level
from urbangis.tables import is_cells
from urbangis.travel.service_area import service_area

_WITHOUT_CRS = (".csv", ".tsv", ".txt", ".xlsx", ".dxf")
_OPENSTREETMAP = (".osm", ".pbf", ".osm.gz", ".osm.bz2")
_NO_COLUMNS: Mapping[str, str] = MappingProxyType({})
_STREET_CLASS = ("class", "highway", "fclass")
"""What the class of a street is called by us, by OpenStreetMap, and in Geofabrik's Shapefiles."""


@dataclass(frozen=True)
class Facilities:
    """The facilities of an analysis.

    Parameters
    ----------
    file
        Layer of points or polygons, in any format that is read.
    gates
        Entrances of polygon facilities, if known.
    kind
        Keep only the facilities of this kind; where no column ``kind`` tells it, all of them are of
        it. None to take all; by a standard, where no column tells, as the first kind it counts.
    """

    file: Path
    gates: Path | None = None
    kind: str | None = None


@dataclass(frozen=True)
class Files:
    """The files of one coverage analysis.

    Parameters
    ----------
    facilities, demand, zones
        Layers in any format that is read. A layer without a column ``id`` has its rows numbered;
        zones without ``name`` are named by their ids.
    streets
        Streets; None for a straight-line standard.
    residents
        Column of people in ``demand``.
    crs
        CRS of tables that cannot state theirs.
    """

    facilities: Facilities
    demand: Path
    zones: Path
    streets: Path | None = None
    residents: str = "residents"
    crs: str | None = None


def coverage(files: Files, standard: str, *, output: Path, tell: Tell = lambda _: None) -> Coverage:
    """Compute who has a service by a standard, from files, and write it into a folder.

    Writes ``coverage.csv``, ``result.gpkg`` and ``run.json``, which tells by what rule and from
    which bytes; and ``travel_time.tif`` where the demand is a raster and the rule a time.

    Parameters
    ----------
    files
        What to read.
    standard
        Name in the catalogue, or path of a TOML file.
    output
        Folder for the results.
    tell
        Called with a line of progress before each step.

    Raises
    ------
    InputError
        If a file, or the standard, is wrong.
    """
    catalogue = load_catalogue()
    rule = _standard(standard, catalogue)
    if rule.method == "surface":
        raise StudyError(
            f'the standard "{rule.id}" goes over open ground, which only a study can describe',
            remedy='Write a study file with a service that names its "ground".',
        )
    by_streets = rule.method == "network"
    if by_streets and files.streets is None:
        raise StudyError(
            f'the standard "{rule.id}" measures along a network',
            remedy="Give the streets with --network.",
        )
    tell(f"reading {files.zones.name}")
    base = in_metres(read_part("zones", files.zones, files.crs))
    level = _level(base.table)
    area = shapely.union_all(level.zones.geometry.to_numpy())
    layers = {"zones": base}
    facilities = files.facilities
    streets = {"streets": files.streets, "gates": facilities.gates} if by_streets else {}
    for part, file in {"facilities": facilities.file, "demand": files.demand, **streets}.items():
        if file is not None:
            tell(f"reading {file.name}")
            columns = {"residents": files.residents} if part == "demand" else {}
            kind = facilities.kind or rule.facilities[0]
            layers[part] = read_part(
                part, file, files.crs, columns=columns, kind=kind, place=(level.zones.crs, area)
            )
    tell("computing coverage")
    with named({part: [layer] for part, layer in layers.items()}):
        mode = catalogue.mode(str(rule.mode)) if by_streets else None
        found, areas = _compute(rule, mode, layers, level, files)
    told = [one for layer in layers.values() for one in layer.notices]
    found = replace(found, notices=(*told, *found.notices))
    tell(f"writing {output}")
    outlines = level.zones.rename(columns={"id": "zone_id"}).assign(level=level.id)
    write_service_data(output, found, areas, outlines)
    write_travel_time(output, found, files.demand)
    with moved_into(output) as place:
        write_json(_record(files, standard, found), place / RECORD)
    return found


def rings(
    facilities: Facilities,
    streets: Path,
    *,
    mode: str,
    minutes: Sequence[float],
    crs: str | None = None,
) -> tuple[gpd.GeoDataFrame, tuple[Notice, ...]]:
    """Draw the area within so many minutes of the nearest facility.

    Parameters
    ----------
    facilities
        What to reach.
    streets
        Streets, in any format that is read.
    mode
        Travel mode of the catalogue.
    minutes
        Cutoffs, above 0.
    crs
        CRS of tables that cannot state theirs.

    Returns
    -------
    rings, notices
        ``rings`` as `service_area`, in a metric CRS derived from the facilities.

    Raises
    ------
    InputError
        If a file, the mode or a cutoff is wrong.
    """
    check_cutoffs(minutes)
    travel = load_catalogue().mode(mode)
    kind = facilities.kind or "facility"
    supply = in_metres(read_part("facilities", facilities.file, crs, kind=kind))
    layers, place = {"facilities": supply}, (supply.table.crs, None)
    for part, file in {"streets": streets, "gates": facilities.gates}.items():
        if file is not None:
            layers[part] = read_part(part, file, crs, place=place)
    gates = layers["gates"].table if "gates" in layers else None
    with named({part: [layer] for part, layer in layers.items()}):
        network, pieces = build_network(layers["streets"].table, travel)
        reached = of_kind(supply.table, facilities.kind)
        entrances, told = facility_entrances(network, reached, gates)
    read = [one for layer in layers.values() for one in layer.notices]
    return service_area(network, entrances, minutes), (*read, *pieces, *told)


def check_cutoffs(minutes: Sequence[float]) -> None:
    """Refuse cutoffs that are not above 0."""
    if not minutes or not all(0 < one < float("inf") for one in minutes):
        raise StudyError("a cutoff is not above 0", remedy="Give minutes, such as 5, 10 and 15.")


def _compute(
    rule: Standard, mode: Mode | None, layers: Mapping[str, Layer], level: Level, files: Files
) -> tuple[Coverage, gpd.GeoDataFrame | None]:
    supply = select_supply([of_kind(layers["facilities"].table, files.facilities.kind)], rule)
    demand, levels = layers["demand"].table, (level,)
    if is_cells(demand):
        demand = share_cells(demand, files.demand, level)
    if mode is None:
        return straight_coverage(rule, demand=demand, supply=supply, levels=levels), None
    network, pieces = build_network(layers["streets"].table, mode)
    gates = layers["gates"].table if "gates" in layers else None
    found, entrances = by_network(
        rule, network, demand=demand, supply=supply, gates=gates, levels=levels
    )
    areas = service_areas(rule, network, entrances)
    return replace(found, notices=(*pieces, *found.notices)), areas


def _standard(name: str, catalogue: Catalogue) -> Standard:
    if name.endswith(".toml"):
        return read_entry(Path(name), Standard)
    return catalogue.standard(name)


def read_part(
    part: str,
    file: Path,
    crs: str | None,
    *,
    columns: Mapping[str, str] = _NO_COLUMNS,
    kind: str | None = None,
    place: tuple[CRS | None, BaseGeometry | None] = (None, None),
) -> Layer:
    """Read a file for its part in the analysis, by the columns that it has.

    Rows are numbered if it has no ids, zones named by their ids, and facilities of ``kind`` if it
    tells none. ``place`` is the CRS to read into and the area in it.
    """
    names, table = _columns_of(file), "supply" if part == "facilities" else part
    mapped = {to: own for to, own in columns.items() if to != own or own not in names}
    if "id" not in names:
        mapped["id"] = "#"
    if table == "zones" and "name" not in names:
        mapped["name"] = mapped.get("id", "id")
    if table == "streets":
        mapped["class"] = next((name for name in _STREET_CLASS if name in names), "class")
    spec = LayerSpec(
        name=Text(zh=file.stem, en=file.stem),
        table=table,
        file=Path(file.name),
        crs=crs if file.suffix.lower() in _WITHOUT_CRS else None,
        columns=mapped,
        values={"kind": str(kind)} if table == "supply" and "kind" not in names else {},
        nature="surveyed",
        source=file.name,
    )
    return read_layer(part, spec, root=file.parent, crs=place[0], area=place[1])


def in_metres(layer: Layer) -> Layer:
    """Project a layer from longitudes and latitudes into the metric CRS of its place."""
    crs = metric_crs(shapely.box(*layer.table.total_bounds))
    return replace(layer, table=layer.table.to_crs(crs))


def _columns_of(file: Path) -> frozenset[str]:
    """Return the columns of a file; what is read of OpenStreetMap has those of its contract."""
    if file.name.lower().endswith(_OPENSTREETMAP):
        return frozenset({"id", "name", "kind", "class"})
    return column_names(file)


def of_kind(supply: gpd.GeoDataFrame, kind: str | None) -> gpd.GeoDataFrame:
    """Keep the facilities of one kind, all of them where it is None."""
    if kind is None:
        return supply
    kept = supply[supply["kind"] == kind].reset_index(drop=True)
    if kept.empty:
        raise TableError(
            f'holds no facility of the kind "{kind}"',
            layer="facilities",
            remedy=f"Kinds found: {', '.join(sorted(supply['kind'].unique()))}.",
        )
    return kept


def _level(zones: gpd.GeoDataFrame) -> Level:
    """Make the zones of one file the only level."""
    zones = zones.sort_values("id", ignore_index=True)
    members = pd.DataFrame({"zone_id": zones["id"], "member_id": zones["id"]})
    return Level("zone", Text(zh="统计单元", en="Zone"), zones, members, partition=True)


def _record(files: Files, standard: str, found: Coverage) -> dict[str, Any]:
    """Tell by what rule and from which bytes a coverage was computed."""
    facilities = files.facilities
    paths = (facilities.file, facilities.gates, files.demand, files.zones, files.streets)
    given = [path for path in (*paths, Path(standard)) if path is not None and path.is_file()]
    return coverage_record(found) | {
        "crs": found.supply.crs.to_string(),
        "depends_on": {"inputs": {path.name: digest(path) for path in given}, **made_by()},
    }
