"""The life circle: many services at once, for every home."""

from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from urbangis.catalog import Circle, CircleService, Mode, Standard
from urbangis.decay import INCLUSIVE
from urbangis.errors import BalanceError, TableError
from urbangis.measures.coverage import (
    ids_of,
    moved_notices,
    outside_notices,
    share_by_time,
    unsnapped_notices,
    weighed,
)
from urbangis.measures.zoning import STUDY, TOLERANCE, zone_table
from urbangis.network.entrances import facility_entrances
from urbangis.network.graph import Network
from urbangis.network.snap import snap_xy
from urbangis.notices import Notice, Text, notice
from urbangis.study import Level
from urbangis.tables import coordinates
from urbangis.travel.costs import TravelCosts, network_costs, straight_costs

Method = Literal["network", "straight_line"]

_SHARES = ["share", "share_low", "share_high"]


@dataclass(frozen=True)
class LifeCircle:
    """The services of a life circle, one by one and together, for every home and zone.

    "All services" are all that could be judged; `judged` of `asked` says how many those are.

    Parameters
    ----------
    circle, mode
        What was asked; ``mode`` is None for the form by straight line.
    services
        One row for each service of the circle, in its order: ``service, status, cutoff, kinds,
        facilities``. ``status`` is ``"judged"``; ``"no_data"`` where no facility of its kinds is
        known; or ``"no_cutoff"`` where the document gives no number in this form. ``cutoff`` is
        in seconds (network) or metres (straight line); ``facilities`` counts them.
    demand
        One row for each home, sorted by id: ``id, name, residents, zone_id, snapped`` as in
        `Coverage`; ``present``, the number of services within their cutoffs; ``missing``, the ids
        of the others, with blanks between; ``weakest``, the service with the largest ratio of cost
        to cutoff (not reached at all counts as largest; None for a home that is not snapped);
        ``weakest_ratio``, that ratio (NaN where not reached); ``share, share_low, share_high``,
        1 for a home with all services, at the stated, lower and higher speed (NaN for a radius).
    cost, within, facility_id
        A row for each of ``demand``, a column for each service judged: cost to the nearest
        facility, in the unit of the cutoff (NaN: not to be reached at all), whether that is within
        the cutoff, and which facility it is (None likewise).
    supply
        The facilities counted, sorted by id.
    zones
        The columns of `Coverage.zones`, where ``covered`` are the people with all services; and
        ``services``, the mean number of services that people have (NaN where nobody lives), and
        ``most_missing``, the service that most people lack (None where nobody lacks any).
    by_service
        ``service`` and the columns of `Coverage.zones` for each service judged.
    notices
        What a reader of these figures must know.
    """

    circle: Circle
    mode: Mode | None
    services: pd.DataFrame
    demand: gpd.GeoDataFrame
    cost: pd.DataFrame
    within: pd.DataFrame
    facility_id: pd.DataFrame
    supply: gpd.GeoDataFrame
    zones: pd.DataFrame
    by_service: pd.DataFrame
    notices: tuple[Notice, ...]

    @property
    def asked(self) -> int:
        """How many services the circle asks for."""
        return len(self.services)

    @property
    def judged(self) -> int:
        """How many of them could be judged."""
        return int((self.services["status"] == "judged").sum())


@dataclass(frozen=True)
class _Need:
    """A service that can be judged: its rule, and the rows of the facilities that serve it."""

    id: str
    standard: Standard
    rows: NDArray[np.int64]


def life_circle(
    circle: Circle,
    network: Network | None,
    *,
    demand: gpd.GeoDataFrame,
    supply: gpd.GeoDataFrame,
    levels: tuple[Level, ...],
    gates: gpd.GeoDataFrame | None = None,
) -> LifeCircle:
    """Judge all services of a life circle at once.

    Each service by itself gives what `network_coverage` or `straight_coverage` give for
    `Circle.standard`; homes are put on the network once for all of them.

    Parameters
    ----------
    circle
        What every home is to have.
    network
        For the form in minutes: streets open to the circle's mode, or to another one, which the
        result then tells (that of older people, say). None for the form by radius.
    demand
        Contract ``demand`` with ``residents``; ``zone_id`` as in `network_coverage`.
    supply
        Contract ``supply``: all facilities known, of any kind, in the CRS of the others. A kind
        that has none is a kind without data, not one that residents lack.
    levels
        Zones, base level first.
    gates
        Contract ``gates``, for the form in minutes.

    Raises
    ------
    TableError
        If no service can be judged, two facilities have one id, residents are missing, or the
        gates are those of other facilities.
    BalanceError
        If a total does not add up (a defect).
    """
    _check_ids(supply)
    method: Method = "straight_line" if network is None else "network"
    services = _service_table(circle, method, supply)
    judged = services.loc[services["status"] == "judged", "service"].tolist()
    if not judged:
        raise _nothing_to_judge(circle, supply)
    known, supply = supply["id"], _counted(circle, judged, supply)
    needs = [
        _Need(one.id, standard, np.flatnonzero(supply["kind"].isin(one.facilities)))
        for one in circle.services
        if one.id in judged and (standard := circle.standard(one, method)) is not None
    ]
    table = weighed(needs[0].standard, demand, levels[0])
    table = table.sort_values(["id", "zone_id"], kind="stable", ignore_index=True)
    if network is None:
        costs, notices = _by_straight_line(needs, table, supply)
    else:
        costs, notices = _by_network(needs, network, table, supply, _gates_of(supply, known, gates))
    shares = [_shares(table, need, one.cost) for need, one in zip(needs, costs, strict=True)]
    cost = pd.DataFrame({need.id: one.cost for need, one in zip(needs, costs, strict=True)})
    within = pd.DataFrame(
        {need.id: one["share"] > 0 for need, one in zip(needs, shares, strict=True)}
    )
    _describe_homes(table, cost, within, services.set_index("service")["cutoff"])
    zones, by_service = _zone_tables(needs, table, shares, levels)
    return LifeCircle(
        circle=circle,
        mode=None if network is None else network.mode,
        services=services,
        demand=table,
        cost=cost,
        within=within,
        facility_id=pd.DataFrame(
            {need.id: ids_of(supply, one.facility) for need, one in zip(needs, costs, strict=True)},
            dtype=object,
        ),
        supply=supply,
        zones=zones,
        by_service=by_service,
        notices=(*_unjudged(circle, services, supply), *notices, *outside_notices(table)),
    )


def _check_ids(supply: gpd.GeoDataFrame) -> None:
    twice = supply.loc[supply["id"].duplicated(), "id"]
    if len(twice):
        raise TableError(
            "is the id of two facilities",
            layer="facilities",
            row=twice.iloc[0],
            remedy="Give each facility an id of its own, across all its layers.",
        )


def _service_table(circle: Circle, method: Method, supply: gpd.GeoDataFrame) -> pd.DataFrame:
    """Tell of each service whether it can be judged, and by what."""
    rows = []
    for one in circle.services:
        standard = circle.standard(one, method)
        count = int(supply["kind"].isin(one.facilities).sum())
        status, cutoff = "no_cutoff", np.nan
        if standard is not None:
            status, cutoff = "judged" if count else "no_data", _cutoff(standard)
        rows.append((one.id, status, cutoff, " ".join(one.facilities), count))
    return pd.DataFrame(rows, columns=["service", "status", "cutoff", "kinds", "facilities"])


def _cutoff(standard: Standard) -> float:
    """Return the cutoff in seconds (network) or metres (straight line)."""
    return float(standard.cutoff_m or standard.cutoff_s or 0)


def _nothing_to_judge(circle: Circle, supply: gpd.GeoDataFrame) -> TableError:
    asked = sorted({kind for one in circle.services for kind in one.facilities})
    return TableError(
        f'holds no facility by which the life circle "{circle.id}" could be judged: it asks for '
        f"{', '.join(asked)}; found: {', '.join(sorted(supply['kind'].unique())) or 'none'}",
        layer="facilities",
        remedy="Name other layers, or set the kinds of these (values or columns).",
    )


def _counted(circle: Circle, judged: list[str], supply: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Keep the facilities of the services judged, sorted by id."""
    kinds = {kind for one in circle.services if one.id in judged for kind in one.facilities}
    return supply[supply["kind"].isin(kinds)].sort_values("id", ignore_index=True)


def _gates_of(
    supply: gpd.GeoDataFrame, known: pd.Series, gates: gpd.GeoDataFrame | None
) -> gpd.GeoDataFrame | None:
    """Keep the gates of the facilities counted; None where they have none.

    Gates of none of the facilities known are a fault, which `facility_entrances` tells.
    """
    if gates is None or not gates["facility_id"].isin(known).any():
        return gates
    own = gates[gates["facility_id"].isin(supply["id"])]
    return own.sort_values("id", ignore_index=True) if len(own) else None


def _by_straight_line(
    needs: list[_Need], table: gpd.GeoDataFrame, supply: gpd.GeoDataFrame
) -> tuple[list[TravelCosts], tuple[Notice, ...]]:
    """Find the nearest facility of each need, and mark homes whose place is known."""
    xy, facilities = coordinates(table), supply.geometry.to_numpy()
    table["snapped"] = np.isfinite(xy).all(axis=1)
    costs = []
    for need in needs:
        found = straight_costs(xy, facilities[need.rows])
        rows = np.where(found.facility >= 0, need.rows[found.facility], -1)
        costs.append(TravelCosts(found.cost, rows))
    return costs, ()


def _by_network(
    needs: list[_Need],
    network: Network,
    table: gpd.GeoDataFrame,
    supply: gpd.GeoDataFrame,
    gates: gpd.GeoDataFrame | None,
) -> tuple[list[TravelCosts], tuple[Notice, ...]]:
    """Find the nearest facility of each need along streets, and mark homes that are on one.

    No limit to the search: everyone is told how far the nearest facility is.
    """
    entrances, told = facility_entrances(network, supply, gates)
    snaps = snap_xy(network, *coordinates(table).T)
    table["snapped"] = snaps.snapped
    costs = [
        network_costs(network, snaps, entrances.of(need.rows), limit_s=np.inf) for need in needs
    ]
    return costs, (
        *told,
        *unsnapped_notices(table, network.mode),
        *moved_notices(table[snaps.moved]),
    )


def _shares(table: gpd.GeoDataFrame, need: _Need, cost: NDArray[np.float64]) -> pd.DataFrame:
    """Return who is within the cutoff, at the stated, lower and higher speed; see `Coverage`."""
    shares = pd.DataFrame({"cost": cost}, index=table.index)
    if need.standard.cutoff_s is not None:
        share_by_time(shares, need.standard.cutoff_s)
    else:
        shares["share"] = (cost <= _cutoff(need.standard) * INCLUSIVE).astype(float)
        shares["share_low"] = shares["share_high"] = np.nan
    return shares[_SHARES]


def _describe_homes(
    table: gpd.GeoDataFrame, cost: pd.DataFrame, within: pd.DataFrame, cutoff: pd.Series
) -> None:
    """Add what each home has, lacks, and has farthest."""
    ids = within.columns.to_numpy(object)
    has = within.to_numpy(bool)
    table["present"] = has.sum(axis=1)
    table["missing"] = _named(~has, ids)
    ratio = cost.to_numpy(float) / cutoff[ids].to_numpy(float)
    farthest = np.where(np.isnan(ratio), np.inf, ratio).argmax(axis=1)
    weakest = ids[farthest]
    weakest[~table["snapped"].to_numpy(bool)] = None
    table["weakest"] = pd.Series(weakest, table.index, dtype=object)  # None stays None
    table["weakest_ratio"] = np.take_along_axis(ratio, farthest[:, None], axis=1)[:, 0]


def _named(lacking: NDArray[np.bool_], ids: NDArray[np.object_]) -> NDArray[np.object_]:
    """Join the ids of what each row lacks; rows that lack the same share one text."""
    code = lacking @ (1 << np.arange(ids.size))
    _, first, pattern = np.unique(code, return_index=True, return_inverse=True)
    texts = np.array([" ".join(ids[lacking[row]]) for row in first], object)
    return np.asarray(texts[pattern], object)


def _zone_tables(
    needs: list[_Need],
    table: gpd.GeoDataFrame,
    shares: list[pd.DataFrame],
    levels: tuple[Level, ...],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Sum each service, and all together, over the zones of every level."""
    singles = [
        zone_table(need.standard, table.assign(**one), levels)
        for need, one in zip(needs, shares, strict=True)
    ]
    for name in _SHARES:
        table[name] = np.array([one[name] for one in shares]).min(axis=0)
    zones = zone_table(needs[0].standard, table, levels)  # all count residents, without a target
    covered = np.array([one["covered"] for one in singles])
    uncovered = np.array([one["uncovered"] for one in singles])
    _check_balance(table, zones, covered)
    zones["services"] = covered.sum(axis=0) / zones["total"].where(zones["total"] > 0)
    most = np.array([need.id for need in needs], object)[uncovered.argmax(axis=0)]
    most[uncovered.max(axis=0) == 0] = None
    zones["most_missing"] = pd.Series(most, zones.index, dtype=object)  # None stays None
    by_service = pd.concat(
        [one.assign(service=need.id) for need, one in zip(needs, singles, strict=True)],
        ignore_index=True,
    )
    by_service.insert(0, "service", by_service.pop("service"))
    return zones, by_service


def _check_balance(
    table: gpd.GeoDataFrame, zones: pd.DataFrame, covered: NDArray[np.float64]
) -> None:
    """Hold the sums of single services against the counts of single homes, and against all."""
    close = TOLERANCE * max(float(table["residents"].sum()), 1.0)
    by_home = float((table["residents"] * table["present"]).sum())
    by_service = covered[:, (zones["level"] == STUDY).to_numpy()].sum()
    if abs(by_home - by_service) > close * len(covered):
        raise BalanceError(
            f"services counted home by home are {by_home:.9g}, service by service {by_service:.9g}"
        )
    excess = (zones["covered"].to_numpy() - covered.min(axis=0)).max()
    if excess > close:
        raise BalanceError(f"{excess:.3g} more residents have all services than have one of them")


def _unjudged(
    circle: Circle, services: pd.DataFrame, supply: gpd.GeoDataFrame
) -> tuple[Notice, ...]:
    """Name the services that could not be judged, and kinds that are absent beside others."""
    status = services.set_index("service")["status"]
    of = {
        kind: [one for one in circle.services if status[one.id] == kind]
        for kind in ("judged", "no_data", "no_cutoff")
    }
    judged, asked = len(of["judged"]), len(circle.services)
    absent = sorted({kind for one in of["judged"] for kind in one.facilities} - set(supply["kind"]))
    return (
        *notice(
            "circle-services-without-data",
            [one.id for one in of["no_data"]],
            Text(
                zh=f"生活圈应有{asked}项设施，可判断{judged}项；{_names_zh(of['no_data'])}"
                "没有设施数据，不作判断，也不算居民缺少。",
                en=f"Of the {asked} services of the life circle {judged} could be judged. No "
                f"facilities are known of: {_names_en(of['no_data'])}; residents are not said to "
                "lack them.",
            ),
            severity="warning",
        ),
        *notice(
            "circle-services-without-cutoff",
            [one.id for one in of["no_cutoff"]],
            Text(
                zh=f"{circle.source.document}未给出{_names_zh(of['no_cutoff'])}此种算法的"
                "时间或半径，不作判断。",
                en=f"The document gives no number for this form of: {_names_en(of['no_cutoff'])}; "
                "not judged.",
            ),
        ),
        *notice(
            "circle-kinds-without-data",
            absent,
            Text(
                zh=f"同一项设施中{'、'.join(absent)}没有数据，只按其余类别判断。",
                en=f"Kinds without data, beside others that serve as well: {', '.join(absent)}.",
            ),
            severity="warning",
        ),
    )


def _names_zh(services: list[CircleService]) -> str:
    return "、".join(one.name.zh for one in services)


def _names_en(services: list[CircleService]) -> str:
    return ", ".join(one.name.en for one in services)
