"""How sure the rate of a service is: its variants, computed and written."""

from dataclasses import replace
from pathlib import Path

from urbangis.measures.assumptions import (
    demand_variant,
    position_by_network,
    position_by_radius,
    position_errors,
    require_distance,
    snap_variants,
)
from urbangis.measures.coverage import Coverage, network_coverage
from urbangis.measures.uncertainty import Uncertainty, Variant, uncertainty
from urbangis.network.entrances import Entrances, facility_entrances
from urbangis.network.graph import Network
from urbangis.notices import Notice, Text
from urbangis.pipeline.load import Loaded
from urbangis.pipeline.outputs import write_result
from urbangis.pipeline.services import Networks, compute_coverage, demand_of, named
from urbangis.study import OtherPeopleSpec, ServiceSpec


def compute_uncertainty(
    loaded: Loaded, spec: ServiceSpec, networks: Networks, own: Coverage
) -> Uncertainty:
    """Compute a service under the other assumptions that it names, one at a time.

    Parameters
    ----------
    loaded, spec, networks
        As of `compute_service`.
    own
        The coverage that it returned.

    Raises
    ------
    InputError
        If an assumption cannot be made for this service.
    """
    facilities = [loaded.layers[name] for name in spec.facilities]
    with named({"facilities": facilities}):
        position, told = _position(loaded, spec, networks, own)
    variants = (
        *(_snap(loaded, spec, networks, own) if spec.uncertainty.snap else ()),
        *position,
        *(_demand(loaded, spec, networks, own, people) for people in spec.uncertainty.demand),
    )
    return uncertainty(own, loaded.study.levels, variants, notices=told)


def write_uncertainty(folder: Path, found: Uncertainty) -> None:
    """Write ``uncertainty.csv`` and ``how_sure.csv``: by variant and by zone, see `Uncertainty`."""
    write_result(folder, {"uncertainty": found.by_variant, "how_sure": found.by_zone}, {})


def _snap(
    loaded: Loaded, spec: ServiceSpec, networks: Networks, own: Coverage
) -> tuple[Variant, ...]:
    if own.standard.method != "network":
        return ()
    network = networks[str(spec.streets), str(own.standard.mode)][0]
    gates = loaded.layers[spec.gates].table if spec.gates else None
    return snap_variants(own, network, gates=gates, levels=loaded.study.levels)


def _position(
    loaded: Loaded, spec: ServiceSpec, networks: Networks, own: Coverage
) -> tuple[tuple[Variant, ...], tuple[Notice, ...]]:
    stated_m, levels = spec.uncertainty.position_m, loaded.study.levels
    if own.standard.method == "surface":
        # Whoever asks is told why not; a column that the layer happens to have asks for nothing.
        if stated_m is not None:
            require_distance(own)
        return (), ()
    error_m, told = position_errors(own.supply, stated_m)
    if error_m is None:
        return (), told
    if own.standard.method == "straight_line":
        return position_by_radius(own, error_m, levels=levels), told
    network, entrances = _ways_in(loaded, spec, networks, own)
    return position_by_network(own, network, entrances, error_m, levels=levels), told


def _demand(
    loaded: Loaded, spec: ServiceSpec, networks: Networks, own: Coverage, people: OtherPeopleSpec
) -> Variant:
    """Compute the service for the same people by another source."""
    layer = loaded.layers[people.demand]
    over = loaded.layers[people.spread_over].spec.name if people.spread_over else None
    other = spec.model_copy(update=people.model_dump() | {"compare": ()})
    if own.standard.method == "network":
        with named({"demand": [layer]}):
            found = _along_streets(loaded, other, networks, own)
    else:
        found = compute_coverage(loaded, other, networks)
    told = [_under(layer.spec.name, one) for one in found.notices if one not in own.notices]
    variant_id = "-over-".join(filter(None, (f"demand-{people.demand}", people.spread_over)))
    return demand_variant(
        variant_id, layer.spec.name, replace(found, notices=tuple(told)), over=over
    )


def _along_streets(
    loaded: Loaded, spec: ServiceSpec, networks: Networks, own: Coverage
) -> Coverage:
    """Compute coverage alone: no service area is drawn for a variant."""
    demand, counted = demand_of(loaded, spec)
    network, entrances = _ways_in(loaded, spec, networks, own)
    found = network_coverage(
        own.standard,
        network,
        demand=demand,
        supply=own.supply,
        entrances=entrances,
        levels=loaded.study.levels,
    )
    return replace(found, notices=(*counted, *found.notices))


def _ways_in(
    loaded: Loaded, spec: ServiceSpec, networks: Networks, own: Coverage
) -> tuple[Network, Entrances]:
    network = networks[str(spec.streets), str(own.standard.mode)][0]
    gates = loaded.layers[spec.gates].table if spec.gates else None
    return network, facility_entrances(network, own.supply, gates)[0]


def _under(name: Text, one: Notice) -> Notice:
    """Tell a notice of another layer under the layer's name."""
    message = Text(zh=f"{name.zh}：{one.message.zh}", en=f"{name.en}: {one.message.en}")
    return replace(one, message=message)
