"""The column contracts: what a checked table holds, whatever the file it came from called it.

A reader makes these tables (`urbangis.io`); everything above trusts them.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

Geometry = Literal["point", "line", "polygon"]
Dtype = Literal["text", "number", "whole", "flag"]


@dataclass(frozen=True)
class Column:
    """One column of a contract. ``default`` fills a column that is absent; ``...`` forbids that."""

    name: str
    dtype: Dtype
    default: Any = ...
    minimum: float | None = None


@dataclass(frozen=True)
class Contract:
    """The columns and geometry kinds of one table. Columns beyond these are kept as they are."""

    name: str
    columns: tuple[Column, ...]
    geometry: tuple[Geometry, ...]


ZONES = Contract(
    "zones",
    (Column("id", "text"), Column("name", "text"), Column("name_en", "text", "")),
    ("polygon",),
)
DEMAND = Contract(
    "demand",
    (
        Column("id", "text"),
        Column("name", "text", ""),
        Column("residents", "number", np.nan, minimum=0.0),
    ),
    ("point", "polygon"),
)
SUPPLY = Contract(
    "supply",
    (
        Column("id", "text"),
        Column("name", "text", ""),
        Column("name_en", "text", ""),
        Column("kind", "text"),
    ),
    ("point", "polygon"),
)
GATES = Contract("gates", (Column("id", "text"), Column("facility_id", "text")), ("point",))
LINES = Contract(
    "lines",
    (Column("id", "text"), Column("name", "text", ""), Column("kind", "text", "")),
    ("line",),
)
STREETS = Contract(
    "streets",
    (
        Column("id", "text"),
        Column("class", "text"),
        Column("oneway", "text", "no"),
        Column("grade", "whole", 0),
        Column("max_speed_kmh", "number", np.nan, minimum=0.0),
    ),
    ("line",),
)
REDLINES = Contract(
    "redlines",
    (
        Column("id", "text"),
        Column("name", "text"),
        Column("tier", "text", ""),
        Column("rule", "text", ""),
    ),
    ("polygon",),
)
FEATURES = Contract(
    "features",
    (Column("id", "text"), Column("name", "text", "")),
    ("point", "line", "polygon"),
)
CONTRACTS = {
    contract.name: contract
    for contract in (ZONES, DEMAND, SUPPLY, GATES, LINES, STREETS, REDLINES, FEATURES)
}
