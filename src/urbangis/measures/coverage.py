"""Coverage: who has the service, by zone, with every person accounted for."""

from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from urbangis.catalog import Mode, Standard
from urbangis.notices import Notice


@dataclass(frozen=True)
class Coverage:
    """The result of one standard applied to one study.

    Parameters
    ----------
    standard, mode
        What was asked; ``mode`` is None for straight-line standards.
    demand
        One row per demand point or polygon, in the study's CRS: ``id, name``, the weight of each
        denominator (``residents``, ``residential_m2``, ``units``), ``zone_id`` (base zone, None
        where outside all), ``cost`` (seconds, or metres for a radius; NaN where not reached within
        the search limit), ``facility_id`` (None likewise), ``share`` (covered share, 0 to 1),
        ``snapped`` (False where too far from any street), ``geometry``.
    supply
        The facilities, in the study's CRS, contract ``supply``.
    zones
        One row per level, zone and denominator: ``zone_id, zone_name, level, denominator, total,
        covered, uncovered, unsnapped, rate, rate_low, rate_high, target, met``. ``unsnapped`` is
        part of ``uncovered``. The level ``study`` has one row per denominator. ``rate`` is NaN
        where ``total`` is 0. ``rate_low`` and ``rate_high`` come from travel 10 % slower and
        faster; NaN where the rule is a plain radius.
    notices
        What a reader of these figures must know.
    """

    standard: Standard
    mode: Mode | None
    demand: gpd.GeoDataFrame
    supply: gpd.GeoDataFrame
    zones: pd.DataFrame
    notices: tuple[Notice, ...]
