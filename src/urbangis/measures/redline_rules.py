"""Which rule holds in each red-line area, and how far its verdict can be trusted."""

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import pandas as pd

from urbangis.catalog import Rule
from urbangis.errors import TableError
from urbangis.tables import to_text

VERDICTS = ("forbid", "positive-list", "review", "clear")
"""From the strictest to the mildest."""

CONFIDENCE = ("high", "medium", "low")


def ruled(redlines: gpd.GeoDataFrame, rules: Mapping[str, Rule]) -> gpd.GeoDataFrame:
    """Give every area its rule.

    Returns
    -------
    GeoDataFrame
        The areas in the order of their ids, with ``rule`` (a `Rule`), ``rank`` (of its verdict, 0
        the strictest), ``confidence`` (the lower of the rule's and the area's) and ``indicative``
        (not surveyed, or of low confidence).

    Raises
    ------
    TableError
        If the generation is not told, no rule fits an area, or its confidence is no such word.
    """
    if "generation" not in redlines:
        raise TableError(
            'has no column "generation", which says which plan drew the areas',
            layer="red lines",
            remedy='Map it, or give one for all: values = { generation = "2020" }.',
        )
    areas = redlines.sort_values("id").reset_index(drop=True)
    for column in ("generation", "tier", "type", "nature", "confidence"):
        areas[column] = to_text(areas[column]).fillna("") if column in areas else ""
    found = [_rule(area, rules) for area in areas.itertuples()]
    areas["rule"] = pd.Series(found, dtype=object)
    areas["rank"] = [VERDICTS.index(rule.verdict) for rule in found]
    trust = [
        max(rule.source.confidence, said or "high", key=CONFIDENCE.index)
        for rule, said in zip(found, areas["confidence"], strict=True)
    ]
    areas["confidence"] = trust
    areas["indicative"] = (areas["nature"] != "surveyed") | (areas["confidence"] == "low")
    return areas


def _rule(area: Any, rules: Mapping[str, Rule]) -> Rule:
    if area.confidence and area.confidence not in CONFIDENCE:
        raise TableError(
            f'has the confidence "{area.confidence}"',
            layer="red lines",
            row=area.id,
            remedy=f"Write one of {', '.join(CONFIDENCE)}, or nothing.",
        )
    of_generation = [rule for rule in rules.values() if area.generation in rule.generations]
    fitting = [
        rule
        for rule in of_generation
        if area.tier in rule.tiers and (not rule.types or area.type in rule.types)
    ]
    if not fitting:
        known = {tier for rule in of_generation for tier in rule.tiers}
        years = {year for rule in rules.values() for year in rule.generations}
        raise TableError(
            f'no rule fits the tier "{area.tier}" of generation "{area.generation}"',
            layer="red lines",
            row=area.id,
            remedy=f"Tiers with a rule: {', '.join(sorted(known))}."
            if known
            else f"Generations with rules: {', '.join(sorted(years))}.",
        )
    return min(fitting, key=lambda rule: (not rule.types, VERDICTS.index(rule.verdict), rule.id))
