"""Coverage and rings straight from files, without a study file."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely
from pyproj import CRS

from urbangis.catalog import Catalogue, Standard, load_catalogue
from urbangis.catalog.registry import read_entry
from urbangis.crs import metric_crs
from urbangis.errors import StudyError
from urbangis.io.vector import column_names, read_layer
from urbangis.measures.coverage import Coverage, straight_coverage
from urbangis.network.build import build_network
from urbangis.network.entrances import facility_entrances
from urbangis.notices import Notice, Text
from urbangis.pipeline.load import Tell
from urbangis.pipeline.outputs import write_service_data
from urbangis.pipeline.services import by_network, select_supply
from urbangis.study import LayerSpec, Level
from urbangis.travel.service_area import service_area

_WITHOUT_CRS = (".csv", ".tsv", ".txt", ".xlsx", ".dxf")


@dataclass(frozen=True)
class Files:
    """The files of one coverage analysis.

    Parameters
    ----------
    facilities, demand, zones
        Layers in any format that is read. A layer without a column ``id`` has its rows numbered;
        zones without ``name`` are named by their ids.
    network
        Streets; None for a straight-line standard.
    gates
        Entrances of polygon facilities, if known.
    kind
        Kind of all the facilities; None to read the column ``kind``, or, where there is none, to
        take them for the first kind that the standard counts.
    residents
        Column of people in ``demand``.
    crs
        CRS of tables that cannot state theirs.
    """

    facilities: Path
    demand: Path
    zones: Path
    network: Path | None = None
    gates: Path | None = None
    kind: str | None = None
    residents: str = "residents"
    crs: str | None = None


def coverage(files: Files, standard: str, *, output: Path, tell: Tell = lambda _: None) -> Coverage:
    """Compute who has a service by a standard, and write ``coverage.csv`` and ``result.gpkg``.

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
    tell("reading zones")
    crs = _metric(files.zones, files.crs)
    notices: list[Notice] = []

    def read(table: str, file: Path, **values: str) -> gpd.GeoDataFrame:
        tell(f"reading {file.name}")
        layer = read_layer(
            table, _spec(table, file, files, values), root=Path(), crs=crs, area=area
        )
        notices.extend(layer.notices)
        return layer.table

    area = None
    zones = read("zones", files.zones).sort_values("id", ignore_index=True)
    area = shapely.union_all(zones.geometry.to_numpy())
    level = Level(
        "zone",
        Text(zh="统计单元", en="Zone"),
        zones,
        pd.DataFrame({"zone_id": zones["id"], "member_id": zones["id"]}),
        partition=True,
    )
    has_kind = files.kind is None and "kind" in column_names(files.facilities)
    kind = {} if has_kind else {"kind": files.kind or rule.facilities[0]}
    supply = select_supply([read("supply", files.facilities, **kind)], rule)
    demand = read("demand", files.demand)
    rings = None
    if rule.method == "straight_line":
        found = straight_coverage(rule, demand=demand, supply=supply, levels=(level,))
    else:
        if files.network is None:
            raise StudyError(
                f'the standard "{rule.id}" measures along a network',
                remedy="Give the streets with --network.",
            )
        streets = read("streets", files.network)
        gates = read("gates", files.gates) if files.gates else None
        tell("building the network")
        network, told = build_network(streets, catalogue.mode(str(rule.mode)))
        notices.extend(told)
        tell("computing coverage")
        found, rings = by_network(
            rule, network, demand=demand, supply=supply, gates=gates, levels=(level,)
        )
    outlines = zones.rename(columns={"id": "zone_id"}).assign(level=level.id)
    write_service_data(output, found, rings, outlines)
    return replace(found, notices=(*notices, *found.notices))


def rings(  # the same word as the command's
    facilities: Path,
    streets: Path,
    *,
    mode: str,
    minutes: Sequence[float],
    gates: Path | None = None,
    crs: str | None = None,
) -> gpd.GeoDataFrame:
    """Draw the area within so many minutes of the nearest facility.

    Parameters
    ----------
    facilities, streets
        Layers in any format that is read.
    mode
        Travel mode of the catalogue.
    minutes
        Cutoffs.
    gates
        Entrances of polygon facilities, if known.
    crs
        CRS of tables that cannot state theirs.

    Returns
    -------
    GeoDataFrame
        As `service_area`, in a metric CRS derived from the facilities.

    Raises
    ------
    InputError
        If a file is wrong.
    """
    files = Files(facilities, facilities, facilities, streets, gates=gates, crs=crs)
    metric = _metric(facilities, crs, table="supply")

    def read(table: str, file: Path) -> gpd.GeoDataFrame:
        kind = {} if "kind" in column_names(file) else {"kind": "facility"}
        values = kind if table == "supply" else {}
        return read_layer(table, _spec(table, file, files, values), root=Path(), crs=metric).table

    network, _ = build_network(read("streets", streets), load_catalogue().mode(mode))
    gate_table = read("gates", gates) if gates else None
    entrances, _ = facility_entrances(network, read("supply", facilities), gate_table)
    return service_area(network, entrances, minutes)


def _standard(name: str, catalogue: Catalogue) -> Standard:
    if name.endswith(".toml"):
        return read_entry(Path(name), Standard)
    return catalogue.standard(name)


def _metric(file: Path, crs: str | None, *, table: str = "zones") -> CRS:
    """Return the layer's own CRS if one can measure in it, or else one derived from its place."""
    values = {"kind": "facility"} if table == "supply" else {}
    spec = _spec(table, file, Files(file, file, file, crs=crs), values)
    own = read_layer(table, spec, root=Path())
    return metric_crs(shapely.box(*own.table.total_bounds))


def _spec(table: str, file: Path, files: Files, values: dict[str, str]) -> LayerSpec:
    """Describe a file as a layer: rows numbered if it has no ids, zones named by their ids."""
    names = column_names(file)
    columns = {} if "id" in names else {"id": "#"}
    if table == "zones" and "name" not in names:
        columns["name"] = columns.get("id", "id")
    if table == "demand" and files.residents != "residents":
        columns["residents"] = files.residents
    return LayerSpec(
        name=Text(zh=file.stem, en=file.stem),
        table=table,
        file=file.absolute(),
        crs=files.crs if file.suffix.lower() in _WITHOUT_CRS else None,
        columns=columns,
        values={key: value for key, value in values.items() if key not in names},
        nature="surveyed",
        source=file.name,
    )
