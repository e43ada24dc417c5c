"""Homes: blocks of flats in rows, houses along streets, and the land that they stand on."""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import plan
import shapely
from board import CRS, TURN_RAD, beside, laid_point, laid_polygon, oblong
from numpy.typing import NDArray
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

SEED = 15
INCOME_SEED = 16
INCOME_KYUAN = {"tower": 62.0, "slab": 46.0, "house": 31.0}
# From the middle of the street to the nearest facade.
CLEARANCE_M = {
    "motorway": 45.0, "motorway_link": 25.0, "primary": 24.0, "secondary": 20.0, "tertiary": 14.0,
    "residential": 11.0, "unclassified": 9.0, "track": 7.0, "service": 8.0, "living_street": 5.5,
    "footway": 6.0, "path": 6.0, "steps": 6.0,
}  # fmt: skip


def rows_of_blocks(quarter: plan.Quarter, rng: np.random.Generator) -> list[tuple[Polygon, int]]:
    """Return blocks of flats in rows that face south, as bent as the ground is."""
    left, low, right, high = quarter.box
    tower = quarter.kind == "tower"
    length, depth, row_m, gap = (26, 20, 62, 34) if tower else (44, 12, 33, 12)
    homes = []
    for y in np.arange(low + row_m / 2, high - depth / 2, row_m):
        for x in np.arange(left + length / 2, right - length / 2, length + gap):
            size = length * (1 if tower else rng.choice([0.7, 1.0, 1.0, 1.15]))
            angle = TURN_RAD + rng.normal(0, 0.015)
            residents = int(
                rng.integers(70, 120) if tower else rng.integers(24, 44) * size / length
            )
            if rng.random() < quarter.fill:
                homes.append((oblong(laid_point((x, y)), size, depth, angle), residents))
    return homes


def houses_on_streets(
    quarter: plan.Quarter, streets: gpd.GeoDataFrame, rng: np.random.Generator
) -> list[tuple[Polygon, int]]:
    """Return houses on both sides of the streets of a quarter, in one or two rows."""
    left, low, right, high = quarter.box
    ground = laid_polygon(((left, low), (right, low), (right, high), (left, high)))
    old_town = quarter.name == "老城"
    homes = []
    inside = streets[streets.within(ground.buffer(60)) & (streets["grade"] == 0)]
    for line, cls in zip(inside.geometry, inside["class"], strict=True):
        for side in (1, -1):
            at = rng.uniform(6, 14)
            while at < line.length:
                width, depth = rng.uniform(10, 17), rng.uniform(9, 12)
                for row in range(2 if old_town else 1):
                    setback = CLEARANCE_M[cls] + 0.5 + rng.uniform(0, 1.5 if old_town else 6)
                    offset = side * (setback + depth / 2 + row * (depth + 4))
                    centre, angle = beside(line, at, offset)
                    if rng.random() < quarter.fill and ground.contains(centre):
                        homes.append((oblong(centre, width, depth, angle), int(rng.integers(2, 8))))
                at += width + rng.uniform(1.5, 4) + (0 if old_town else rng.uniform(4, 14))
    return homes


def draw_homes(streets: gpd.GeoDataFrame, obstacles: Sequence[BaseGeometry]) -> gpd.GeoDataFrame:
    """Fill the quarters with homes that stand clear of streets, water, parks and each other."""
    rng = np.random.default_rng(SEED)
    rows: list[tuple[plan.Quarter | None, Polygon, int]] = []
    for quarter in plan.QUARTERS:
        if quarter.kind == "house":
            drawn = houses_on_streets(quarter, streets, rng)
        else:
            drawn = rows_of_blocks(quarter, rng)
        rows += [(quarter, footprint, residents) for footprint, residents in drawn]
    for at in plan.FARMHOUSES:
        rows.append(
            (None, oblong(laid_point(at), 13, 9, rng.uniform(0, 3)), int(rng.integers(2, 6)))
        )
    footprints = np.array([footprint for _, footprint, _ in rows])
    keep = stands_clear(footprints, streets, obstacles)
    keep &= on_own_streets([quarter for quarter, _, _ in rows], footprints, streets)
    keep[keep] = apart(footprints[keep], 4.0)
    records = []
    for (quarter, footprint, residents), kept in zip(rows, keep, strict=True):
        if not kept:
            continue
        old_share = (quarter.elderly if quarter else 0.5) + rng.normal(0, 0.04)
        records.append(
            {
                "id": f"B{len(records) + 1:04d}",
                "name": quarter.name if quarter else "散户",
                "residents": residents,
                "children_6_11": share_of(residents, 0.06, rng),
                "elderly_60": share_of(residents, old_share, rng),
                "geometry": footprint,
            }
        )
    homes = gpd.GeoDataFrame(records, crs=CRS)
    homes.insert(
        5,
        "income_kyuan",
        incomes([quarter for (quarter, _, _), kept in zip(rows, keep, strict=True) if kept]),
    )
    return homes


def incomes(quarters: Sequence[plan.Quarter | None]) -> NDArray[np.int64]:
    """Invent a yearly income a head, in thousands of yuan: towers are dear, old houses are not."""
    rng = np.random.default_rng(INCOME_SEED)
    middle = [INCOME_KYUAN[quarter.kind if quarter else "house"] for quarter in quarters]
    return np.rint(middle * rng.lognormal(0, 0.18, len(middle))).astype(int)


def share_of(residents: int, share: float, rng: np.random.Generator) -> int:
    """Return a share of residents as whole people; the remainder falls by chance."""
    return min(int(residents * max(share, 0.0) + rng.random()), residents)


def stands_clear(
    footprints: NDArray[np.object_], streets: gpd.GeoDataFrame, obstacles: Sequence[BaseGeometry]
) -> NDArray[np.bool_]:
    """Tell the footprints that touch no street space and no obstacle."""
    space = streets.geometry.buffer(streets["class"].map(CLEARANCE_M)).to_numpy()
    tree = shapely.STRtree(np.concatenate([space, np.array(obstacles)]))
    clear = np.ones(len(footprints), dtype=bool)
    clear[tree.query(footprints, predicate="intersects")[0]] = False
    return clear


def on_own_streets(
    quarters: Sequence[plan.Quarter | None],
    footprints: NDArray[np.object_],
    streets: gpd.GeoDataFrame,
) -> NDArray[np.bool_]:
    """Tell the homes whose nearest street is one that their door can open on.

    A wall stands round an estate: its homes are nearest to its own streets, all others are not.
    """
    walkable = streets[~streets["class"].str.startswith("motorway")]
    names = walkable["name"].to_numpy()
    nearest_name = names[
        shapely.STRtree(walkable.geometry.to_numpy()).nearest(shapely.centroid(footprints))
    ]
    walled = {quarter.own_streets for quarter in plan.QUARTERS if quarter.own_streets}
    own = np.array([quarter.own_streets if quarter else "" for quarter in quarters])
    return np.where(np.isin(nearest_name, list(walled)), nearest_name, "") == own


def apart(footprints: NDArray[np.object_], gap_m: float) -> NDArray[np.bool_]:
    """Tell which footprints to keep, first come first served, so that all stand apart."""
    tree = shapely.STRtree(footprints)
    pairs = tree.query(footprints, predicate="dwithin", distance=gap_m)
    kept = np.ones(len(footprints), dtype=bool)
    for later, earlier in sorted(zip(*pairs.tolist(), strict=True)):
        if earlier < later and kept[earlier]:
            kept[later] = False
    return kept


def draw_residential_land(
    homes: gpd.GeoDataFrame, streets: gpd.GeoDataFrame, not_land: BaseGeometry
) -> gpd.GeoDataFrame:
    """Draw parcels round the homes of each block between streets."""
    lines = streets.geometry[streets["grade"] == 0].to_numpy()
    blocks = list(shapely.get_parts(shapely.polygonize(lines)))
    blocks.append(homes.union_all().envelope.buffer(500) - shapely.union_all(blocks))
    parcels = []
    for block in blocks:
        inside = homes[homes.centroid.within(block)]
        if inside.empty:
            continue
        grown = inside.geometry.buffer(40, join_style="mitre").union_all()
        closed = grown.buffer(-32, join_style="mitre") | inside.buffer(8).union_all().simplify(1.0)
        ground = closed & block.buffer(-5, join_style="mitre")
        for part in shapely.get_parts((ground - not_land).simplify(1.0)):
            own = inside[inside.centroid.within(part)]
            if len(own):
                parcels.append((own["id"].min(), own["name"].mode()[0], part))
    parcels.sort(key=lambda parcel: parcel[0])
    rows = [(f"L{n:03d}", name, part) for n, (_, name, part) in enumerate(parcels, start=1)]
    return gpd.GeoDataFrame(rows, columns=["id", "name", "geometry"], crs=CRS)
