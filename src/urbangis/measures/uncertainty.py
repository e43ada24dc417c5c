"""How sure a coverage rate is: what it would be under other assumptions, one at a time.

A variant changes one assumption and leaves all others as they are, so that each difference has one
cause. The low and the high of a rate are the lowest and the highest of all variants: an envelope
of single changes, not a probability. Two assumptions that are wrong at once can lead out of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from urbangis.decay import INCLUSIVE
from urbangis.measures.coverage import MARGIN_S, Coverage
from urbangis.measures.zoning import TOLERANCE, zone_sums
from urbangis.notices import Notice, Text
from urbangis.study import Level

Assumption = Literal["speed", "cutoff", "snap", "position", "demand"]

KEY = ["zone_id", "level", "denominator"]
"""What tells the rows of a table of zones apart."""


@dataclass(frozen=True)
class Variant:
    """A service under one other assumption.

    Parameters
    ----------
    assumption
        What is assumed otherwise.
    id, name
        Which way: ``"speed-slower"``.
    zones
        Columns `KEY`, ``zone_name, total, covered``, one row as of `Coverage.zones`.
    notices
        What is told of this variant alone.
    """

    assumption: Assumption
    id: str
    name: Text
    zones: pd.DataFrame
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True)
class Uncertainty:
    """How sure the rates of one service are.

    Parameters
    ----------
    coverage
        The service as published.
    variants
        In the order in which they were made.
    by_variant
        One row for each zone, denominator and variant: ``zone_id, zone_name, level, denominator,
        assumption, variant, total, covered, rate, points, people``. ``points`` and ``people`` are
        the differences from the published rate, in percentage points, and from the published
        number of covered. In each zone, those that move the rate most come first.
    by_zone
        One row for each zone and denominator: ``zone_id, zone_name, level, denominator, total,
        covered, rate, rate_low, rate_high, moved_most, just_covered, just_missed``. The low and
        the high rate are those of all variants and of the published rate; ``moved_most`` is the
        variant that is farthest from it, empty where none differs. The last two are who is
        covered, and who is missed, by less than `MARGIN_S` of travel; NaN by a plain radius.
    """

    coverage: Coverage
    variants: tuple[Variant, ...]
    by_variant: pd.DataFrame
    by_zone: pd.DataFrame
    notices: tuple[Notice, ...] = field(default=())


def uncertainty(
    own: Coverage,
    levels: tuple[Level, ...],
    variants: Sequence[Variant] = (),
    *,
    notices: tuple[Notice, ...] = (),
) -> Uncertainty:
    """Put a coverage beside what it would be under other assumptions.

    Slower and faster travel, a strict cutoff and the people near the line come from the travel
    times at hand, without a new search.

    Parameters
    ----------
    own
        The coverage as published.
    levels
        Those of the coverage.
    variants
        More of them: see `urbangis.measures.assumptions`.
    notices
        What is told of assumptions that could not be changed.
    """
    near = _near(own, levels)
    every = (*_timed(near), *variants)
    by_variant = _by_variant(own, every)
    return Uncertainty(
        own,
        every,
        by_variant,
        _by_zone(own, by_variant, near),
        (*notices, *(one for variant in every for one in variant.notices)),
    )


def _near(own: Coverage, levels: tuple[Level, ...]) -> pd.DataFrame:
    """Sum those covered at other speeds or strictly, and those within a minute of the cutoff."""
    shares = _shares(own)
    # Summed by base zone first: of eleven million cells, a pass each takes no time.
    code, ids = pd.factorize(own.demand["zone_id"])
    places = pd.Series([None, *ids], dtype=object)
    lived_in = np.bincount(code + 1, minlength=len(places)) > 0
    tables = []
    for name in own.standard.denominators:
        weight = own.demand[name].to_numpy(float)
        amounts = pd.DataFrame(
            {
                column: np.bincount(code + 1, weight * share, len(places))
                for column, share in {"total": 1.0, **shares}.items()
            }
        )
        sums = zone_sums(places[lived_in], amounts[lived_in], levels)
        tables.append(sums.assign(denominator=name).fillna(dict.fromkeys(amounts.columns, 0.0)))
    return pd.concat(tables, ignore_index=True)


def _shares(own: Coverage) -> dict[str, np.ndarray]:
    """Return the covered share of each row of demand by the assumptions that are free."""
    standard, table = own.standard, own.demand
    shares: dict[str, np.ndarray] = {}
    if standard.land is not None:
        return shares
    cost = table["cost"].to_numpy(float)
    cutoff = standard.cutoff_s if standard.cutoff_s is not None else standard.cutoff_m
    if cutoff is not None:
        shares["strict"] = cost * INCLUSIVE < cutoff
    if standard.cutoff_s is not None:
        covered = table["share"].to_numpy(float) > 0
        shares |= {
            "slower": table["share_low"].to_numpy(float),
            "faster": table["share_high"].to_numpy(float),
            "just_covered": covered & (cost > standard.cutoff_s - MARGIN_S),
            "just_missed": ~covered & (cost < standard.cutoff_s + MARGIN_S),
        }
    return shares


def _timed(near: pd.DataFrame) -> tuple[Variant, ...]:
    """Make the variants that travel times already tell."""
    made: list[tuple[str, Assumption, str, Text]] = [
        ("slower", "speed", "speed-slower", Text(zh="出行速度慢10%", en="Travel 10 % slower")),
        ("faster", "speed", "speed-faster", Text(zh="出行速度快10%", en="Travel 10 % faster")),
        (
            "strict",
            "cutoff",
            "cutoff-strict",
            Text(zh="恰好等于上限的不计入", en="Exactly at the cutoff does not count"),
        ),
    ]
    return tuple(
        Variant(assumption, name, text, near.rename(columns={column: "covered"}))
        for column, assumption, name, text in made
        if column in near
    )


def _by_variant(own: Coverage, variants: Sequence[Variant]) -> pd.DataFrame:
    published = own.zones[[*KEY, "covered", "rate"]].assign(place=np.arange(len(own.zones)))
    frames = [
        variant.zones[["zone_name", *KEY, "total", "covered"]].assign(
            assumption=variant.assumption, variant=variant.id, number=number
        )
        for number, variant in enumerate(variants)
    ]
    columns = [
        "zone_id", "zone_name", "level", "denominator", "assumption", "variant",
        "total", "covered", "rate", "points", "people",
    ]  # fmt: skip
    if not frames:
        return pd.DataFrame(columns=columns)
    table = pd.concat(frames, ignore_index=True)
    table["rate"] = table["covered"] / table["total"].where(table["total"] > 0)
    table = table.merge(published, on=KEY, how="left", suffixes=("", "_own"))
    table["points"] = _settled(100 * (table["rate"] - table["rate_own"]), 100.0)
    table["people"] = _settled(table["covered"] - table["covered_own"], table["total"])
    table["span"] = -table["points"].abs()
    return table.sort_values(["place", "span", "number"], ignore_index=True)[columns]


def _settled(difference: pd.Series, size: pd.Series | float) -> pd.Series:
    """Take a difference that only rounding makes for none."""
    return difference.mask(difference.abs() <= TOLERANCE * np.maximum(size, 1.0), 0.0)


def _by_zone(own: Coverage, by_variant: pd.DataFrame, near: pd.DataFrame) -> pd.DataFrame:
    table = own.zones[["zone_id", "zone_name", "level", "denominator", "total", "covered", "rate"]]
    rates = by_variant.groupby(KEY)["rate"].agg(["min", "max"]).astype(float)
    table = table.merge(rates, left_on=KEY, right_index=True, how="left")
    table["rate_low"] = table[["rate", "min"]].min(axis=1)
    table["rate_high"] = table[["rate", "max"]].max(axis=1)
    moved = by_variant[by_variant["points"].abs() > 0].drop_duplicates(KEY)
    most = moved[[*KEY, "variant"]].rename(columns={"variant": "moved_most"})
    table = table.merge(most, on=KEY, how="left").fillna({"moved_most": ""})
    margins = [name for name in ("just_covered", "just_missed") if name in near]
    table = table.merge(near[[*KEY, *margins]], on=KEY, how="left")
    for name in ("just_covered", "just_missed"):
        if name not in margins:
            table[name] = np.nan
    return table.drop(columns=["min", "max"])
