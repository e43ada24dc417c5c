"""Compute one service circle of a loaded study."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import geopandas as gpd
import pandas as pd

from urbangis.catalog import Standard
from urbangis.errors import InputError, StudyError, TableError
from urbangis.io.vector import is_raster
from urbangis.measures.coverage import Coverage, network_coverage, straight_coverage
from urbangis.measures.demand import match_totals, spread
from urbangis.measures.rules import Comparison, compare_rules
from urbangis.measures.surface import surface_areas, surface_coverage
from urbangis.network.entrances import Entrances, facility_entrances
from urbangis.network.graph import Network
from urbangis.notices import Notice
from urbangis.pipeline.cache import cells_of_zones, network_of
from urbangis.pipeline.ground import build_ground, entered_on_ground
from urbangis.pipeline.load import Loaded
from urbangis.study import FILE_NAME, Layer, Level, PeopleSpec, ServiceSpec
from urbangis.tables import to_numbers, to_text
from urbangis.travel.service_area import service_area

BuiltNetwork = tuple[Network, tuple[Notice, ...]]
Networks = Mapping[tuple[str, str], BuiltNetwork]
Areas = Callable[[], gpd.GeoDataFrame | None]
"""Draws the service areas of a coverage, where they are asked for."""


def build_networks(loaded: Loaded, services: Mapping[str, ServiceSpec]) -> Networks:
    """Build the network of each street layer and mode that the services use, once each.

    Raises
    ------
    StudyError
        If a service by network names no streets.
    """
    networks = {}
    rules = [(name, rule) for name, spec in services.items() for rule in rules_of(spec)]
    for service_id, spec in rules:
        standard = loaded.catalogue.standard(spec.standard)
        if standard.method != "network":
            continue
        if spec.streets is None:
            raise StudyError(
                f'services.{service_id} measures along a network but names no "streets"',
                file=loaded.study.root / FILE_NAME,
                remedy='Add streets = "...", or take a straight-line standard.',
            )
        mode = loaded.catalogue.mode(str(standard.mode))
        if (spec.streets, mode.id) not in networks:
            with named({"streets": [loaded.layers[spec.streets]]}):
                networks[spec.streets, mode.id] = network_of(
                    loaded.layers[spec.streets], mode, loaded.study.root
                )
    for streets, _ in networks:
        loaded.layers[streets].let_go()
    return networks


def rules_of(spec: ServiceSpec) -> list[ServiceSpec]:
    """Return a service by its own rule, and by each that it is compared with."""
    return [spec, *(spec.by_rule(rule) for rule in spec.compare)]


def compute_rules(
    loaded: Loaded, spec: ServiceSpec, networks: Networks, own: Coverage
) -> Comparison | None:
    """Hold a service against the other rules that it names, if any.

    Parameters
    ----------
    own
        Its coverage by its own rule; the others are as of `compute_coverage`.
    """
    if not spec.compare:
        return None
    others = [compute_coverage(loaded, rule, networks) for rule in rules_of(spec)[1:]]
    return compare_rules((own, *others), loaded.study.levels)


def compute_service(
    loaded: Loaded, spec: ServiceSpec, networks: Networks
) -> tuple[Coverage, gpd.GeoDataFrame | None]:
    """Compute the coverage of one service, and its service areas.

    Parameters
    ----------
    loaded
        The study.
    spec
        The service, as the study file describes it.
    networks
        From `build_networks`.

    Returns
    -------
    coverage, rings
        ``rings`` as `service_area` returns them or, over open ground, `surface_area`; None for a
        straight line, or where one facility of each kind is needed.
    """
    coverage, areas = _compute(loaded, spec, networks)
    return coverage, areas()


def compute_coverage(loaded: Loaded, spec: ServiceSpec, networks: Networks) -> Coverage:
    """Compute the coverage of one service alone; parameters as of `compute_service`."""
    return _compute(loaded, spec, networks)[0]


def _compute(loaded: Loaded, spec: ServiceSpec, networks: Networks) -> tuple[Coverage, Areas]:
    layers = {
        "facilities": [loaded.layers[name] for name in spec.facilities],
        "demand": [loaded.layers[spec.demand]],
        "gates": [loaded.layers[spec.gates]] if spec.gates else [],
        "roads": [loaded.layers[spec.streets]] if spec.streets else [],
        "barriers": [loaded.layers[name] for name in spec.ground.barriers] if spec.ground else [],
    }
    with named(layers):
        return _by_rule(loaded, spec, networks)


def _by_rule(loaded: Loaded, spec: ServiceSpec, networks: Networks) -> tuple[Coverage, Areas]:
    standard = loaded.catalogue.standard(spec.standard)
    supply = select_supply([loaded.layers[name].table for name in spec.facilities], standard)
    demand, counted = demand_of(loaded, spec)
    levels = loaded.study.levels
    gates = loaded.layers[spec.gates].table if spec.gates else None
    if standard.method == "straight_line":
        found = straight_coverage(standard, demand=demand, supply=supply, levels=levels)
        return replace(found, notices=(*counted, *found.notices)), lambda: None
    if standard.method == "surface":
        surface, told = build_ground(loaded, spec, standard, demand)
        entered = entered_on_ground(supply, gates)
        found = surface_coverage(standard, surface, demand=demand, supply=entered, levels=levels)
        found = replace(found, supply=supply, notices=(*counted, *told, *found.notices))
        return found, partial(surface_areas, standard, surface, entered)
    network, told = networks[str(spec.streets), str(standard.mode)]
    found, entrances = by_network(
        standard, network, demand=demand, supply=supply, gates=gates, levels=levels
    )
    found = replace(found, notices=(*counted, *told, *found.notices))
    return found, partial(service_areas, standard, network, entrances)


@contextmanager
def named(layers: Mapping[str, Sequence[Layer]]) -> Iterator[None]:
    """Name the user's own layers and files in errors of the block.

    Parameters
    ----------
    layers
        Which layers play the parts that errors name: ``facilities, gates, demand, streets``.
    """
    try:
        yield
    except InputError as error:
        own = layers.get(str(error.layer), ())
        if not own:
            raise
        raise type(error)(
            error.problem,
            remedy=error.remedy,
            file=", ".join(str(layer.spec.file or layer.spec.boundaries) for layer in own),
            layer=", ".join(layer.id for layer in own),
            row=error.row,
        ) from error


def by_network(
    standard: Standard,
    network: Network,
    *,
    demand: pd.DataFrame,
    supply: gpd.GeoDataFrame,
    gates: gpd.GeoDataFrame | None,
    levels: tuple[Level, ...],
) -> tuple[Coverage, Entrances]:
    """Compute coverage along a network, and where it is entered; see `network_coverage`."""
    entrances, told = facility_entrances(network, supply, gates)
    coverage = network_coverage(
        standard, network, demand=demand, supply=supply, entrances=entrances, levels=levels
    )
    return replace(coverage, notices=(*told, *coverage.notices)), entrances


def service_areas(
    standard: Standard, network: Network, entrances: Entrances
) -> gpd.GeoDataFrame | None:
    """Draw the service areas of a standard; None where it needs one facility of each kind."""
    if standard.each_kind:
        return None
    cutoffs = standard.rings_min or (float(standard.cutoff_min or 0),)
    return service_area(network, entrances, cutoffs, direction=standard.direction)


def select_supply(tables: list[gpd.GeoDataFrame], standard: Standard) -> gpd.GeoDataFrame:
    """Keep the facilities of the kinds that a standard counts, sorted by id.

    Raises
    ------
    TableError
        If there are none, or if two have the same id.
    """
    supply = gpd.GeoDataFrame(pd.concat(tables, ignore_index=True), crs=tables[0].crs)
    kinds = sorted(supply["kind"].unique())
    supply = supply[supply["kind"].isin(standard.facilities)]
    if supply.empty:
        raise TableError(
            f'holds no facility that the standard "{standard.id}" counts: it counts '
            f"{', '.join(standard.facilities)}; found: {', '.join(kinds)}",
            layer="facilities",
            remedy="Name another layer, or set the kind of this one (values or columns).",
        )
    return sorted_once(supply)


def sorted_once(supply: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Sort facilities of several layers by id.

    Raises
    ------
    TableError
        If two have the same id.
    """
    twice = supply.loc[supply["id"].duplicated(), "id"]
    if len(twice):
        raise TableError(
            "is in two of the facility layers",
            layer="facilities",
            row=twice.iloc[0],
            remedy="Give each facility an id of its own.",
        )
    return supply.sort_values("id", ignore_index=True)


def demand_of(loaded: Loaded, spec: PeopleSpec) -> tuple[gpd.GeoDataFrame, tuple[Notice, ...]]:
    """Return the demand of a service, say: spread, shared among zones and scaled as it asks.

    Raises
    ------
    TableError
        If a column that the service names is not there, or holds no numbers.
    """
    layer, base = loaded.layers[spec.demand], loaded.study.base
    told = list[Notice]()
    if spec.zone_column is not None:
        table = layer.table
        zone_id = to_text(_column(table, spec.zone_column, layer.id, "zone_column"))
        table = table.assign(zone_id=zone_id)
    elif is_raster(layer.spec):
        table = cells_of_zones(layer, base, loaded.study.root)
    else:
        table = layer.table
    if spec.spread_over is not None:
        over = loaded.layers[spec.spread_over].table
        table, notices = spread(table, over, weight=spec.spread_by)
        told += notices
    if spec.match_totals is not None:
        official = _column(base.zones, spec.match_totals, base.id, "match_totals")
        numbers, unreadable = to_numbers(official)
        if unreadable.any():
            raise TableError(
                f'holds no number in the column "{spec.match_totals}"',
                layer=base.id,
                row=base.zones.loc[unreadable, "id"].iloc[0],
                remedy="Correct it; leave it empty where no official number is known.",
            )
        totals = pd.Series(numbers, index=base.zones["id"])
        table, notices = match_totals(table, totals, base)
        told += notices
    return table, tuple(told)


def _column(table: gpd.GeoDataFrame, name: str, layer: str, key: str) -> pd.Series:
    if name not in table:
        raise TableError(
            f'has no column "{name}" (columns: {", ".join(map(str, table.columns))})',
            layer=layer,
            remedy=f"Correct {key}, or leave it out.",
        )
    return pd.Series(table[name])
