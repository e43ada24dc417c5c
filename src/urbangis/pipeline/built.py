"""What a scenario builds: rows of layers that are there, or that run, only after."""

from collections.abc import Iterable
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from urbangis.pipeline.load import Loaded
from urbangis.study import Layer, TransitSpec

_OFFERED = ("headway_min", "speed_kmh", "dwell_min", "oneway")
"""What a line offers: columns of ``transit_lines``."""

_Rows = NDArray[np.bool_]


def built_layers(first: Loaded, second: Loaded, names: Iterable[str]) -> tuple[Layer, ...]:
    """Return the layers of which the second state has more, with what is new in them alone.

    A line is new if it runs only after, whenever it was drawn; a stop, if nothing called there.
    """
    return _kept(second, {name: _is_new(first, second, name) for name in sorted(names)})


def placed_layers(first: Loaded, second: Loaded, names: Iterable[str]) -> tuple[Layer, ...]:
    """Return the layers in which something is new, or lies elsewhere than before, with that."""
    return _kept(
        second,
        {
            name: _is_new(first, second, name) | _is_elsewhere(first, second, name)
            for name in sorted(names)
        },
    )


def changed_lines(first: Loaded, second: Loaded) -> Layer | None:
    """Return the lines that run before and after, and offer something else; None if none do."""
    transit = second.study.spec.transit
    if transit is None:
        return None
    was = _running(first, transit).set_index("id")
    now = _running(second, transit)
    now = now[now["id"].isin(was.index)]
    was, there = was.loc[now["id"]], now.set_index("id")
    other = pd.Series(data=False, index=there.index)
    for column in _OFFERED:
        other |= (was[column] != there[column]) & ~(was[column].isna() & there[column].isna())
    changed = now[other.to_numpy()]
    return None if changed.empty else replace(second.layers[transit.lines], table=changed)


def _kept(second: Loaded, rows: dict[str, _Rows]) -> tuple[Layer, ...]:
    return tuple(
        replace(second.layers[name], table=second.layers[name].table[some])
        for name, some in rows.items()
        if some.any()
    )


def _is_new(first: Loaded, second: Loaded, name: str) -> _Rows:
    table, transit = second.layers[name].table, second.study.spec.transit
    if transit is not None and name == transit.lines:
        before = set(_running(first, transit)["id"])
        return np.asarray(table["status"].isin(transit.running) & ~table["id"].isin(before))
    if transit is not None and name == transit.stations:
        was, now = _calls(first, transit), _calls(second, transit)
        new = now[~now["station_id"].isin(was["station_id"])].drop_duplicates("station_id")
        return np.asarray(table.index.isin(new.index))
    known = set(first.layers[name].table["id"])
    # The pieces of a street that a new one cuts are called 12-0 and 12-1.
    origin = table["id"].str.rpartition("-")[0]
    return np.asarray(~table["id"].isin(known) & ~origin.isin(known))


def _is_elsewhere(first: Loaded, second: Loaded, name: str) -> _Rows:
    was, now = first.layers[name].table, second.layers[name].table
    shapes = was.set_index("id").geometry.reindex(now["id"]).to_numpy()
    there = now["id"].isin(was["id"]).to_numpy()
    same = shapely.equals_identical(shapes, now.geometry.to_numpy())
    return np.asarray(there & ~same)


def _running(loaded: Loaded, transit: TransitSpec) -> gpd.GeoDataFrame:
    lines = loaded.layers[transit.lines].table
    return lines[lines["status"].isin(transit.running)]


def _calls(loaded: Loaded, transit: TransitSpec) -> gpd.GeoDataFrame:
    """Return the stops of the lines that run."""
    stops = loaded.layers[transit.stations].table
    return stops[stops["line_id"].isin(_running(loaded, transit)["id"])]
