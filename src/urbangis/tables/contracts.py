"""What each table holds: its columns and its kinds of geometry."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

import numpy as np

Geometry = Literal["point", "line", "polygon"]
Dtype = Literal["text", "number", "whole"]


@dataclass(frozen=True)
class Column:
    """One column of a contract.

    Parameters
    ----------
    name, dtype
        What it is called and what it holds.
    default
        Fills a column that is absent, and the gaps of one that is there; ``...`` forbids both.
    minimum
        Smallest value allowed.
    complete
        If the column is there, every row must have a value: a gap must not pass for the default.
    """

    name: str
    dtype: Dtype
    default: Any = ...
    minimum: float | None = None
    complete: bool = False

    @property
    def required(self) -> bool:
        """Whether the table must have this column."""
        return self.default is ...


@dataclass(frozen=True)
class Contract:
    """The columns and geometry kinds of one table. Columns beyond these are kept as they are.

    Rows without geometry are dropped with a notice, unless ``keeps_unplaced``: people whose place
    is unknown stay in the denominator.
    """

    name: str
    columns: tuple[Column, ...]
    geometry: tuple[Geometry, ...]
    keeps_unplaced: bool = False


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
        Column("residents", "number", np.nan, minimum=0.0, complete=True),
        Column("school_age", "number", np.nan, minimum=0.0, complete=True),
        Column("over_60", "number", np.nan, minimum=0.0, complete=True),
        Column("residential_m2", "number", np.nan, minimum=0.0, complete=True),
        Column("built_up_m2", "number", np.nan, minimum=0.0, complete=True),
        Column("units", "number", np.nan, minimum=0.0, complete=True),
    ),
    ("point", "polygon"),
    keeps_unplaced=True,
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
TRANSIT_LINES = Contract(
    "transit_lines",
    (
        Column("id", "text"),
        Column("name", "text", ""),
        Column("name_en", "text", ""),
        Column("kind", "text", ""),
        Column("status", "text", "operating"),
        Column("headway_min", "number", minimum=0.0),
        Column("speed_kmh", "number", np.nan, minimum=0.0),
        Column("dwell_min", "number", 0.0, minimum=0.0),
        Column("oneway", "text", "no"),
    ),
    ("line",),
)
LINE_STATIONS = Contract(
    "line_stations",
    (
        Column("id", "text"),
        Column("line_id", "text"),
        Column("order", "number"),
        Column("station_id", "text"),
        Column("name", "text", ""),
        Column("name_en", "text", ""),
        Column("ride_min", "number", np.nan, minimum=0.0),
    ),
    ("point",),
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
CONTRACTS: Mapping[str, Contract] = MappingProxyType(
    {
        contract.name: contract
        for contract in (
            ZONES,
            DEMAND,
            SUPPLY,
            GATES,
            LINES,
            TRANSIT_LINES,
            LINE_STATIONS,
            STREETS,
            REDLINES,
            FEATURES,
        )
    }
)
