"""Draw Sample Town: bend the plan, split its streets at junctions, and let homes grow along them.

The town is invented and lies in the open water of Lake Tai, where nobody lives, so that no figure
about it can be mistaken for a figure about a place. ``python data/layers/sample_town/build.py``
writes the layers anew beside this file; the same code gives the same bytes.
"""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from plan import (
    AREA,
    BRIDGES,
    CLINICS,
    COURTYARD,
    DISTRICTS,
    DIVIDING_LINES,
    DIVIDING_STREETS,
    EMPLOYMENT,
    ESTATE,
    FARMHOUSES,
    FITNESS,
    LAKE,
    LOCAL_STREETS,
    MAIN_STREETS,
    MARKETS,
    MOTORWAY,
    NEIGHBOURHOODS,
    OLD_TOWN,
    PARKS,
    PATHS,
    POND,
    QUARTERS,
    RAMP_OFF,
    RAMP_ON,
    RIVER,
    RIVER_HALF_WIDTH_M,
    SCHOOLS,
    Place,
    Point,
    Quarter,
    Street,
)
from shapely.geometry import LineString, MultiPolygon, Polygon, mapping
from shapely.geometry.base import BaseGeometry

Array = NDArray[np.float64]

CRS = "EPSG:4549"
ORIGIN_E, ORIGIN_N = 510_000.0, 3_454_500.0
TURN_RAD = np.radians(9.0)
GRID_M = 0.01
STUB_M = 30.0
SEED = 15
# From the middle of the street to the nearest facade.
CLEARANCE_M = {
    "motorway": 45.0, "motorway_link": 25.0, "primary": 24.0, "secondary": 20.0, "tertiary": 14.0,
    "residential": 11.0, "unclassified": 9.0, "track": 7.0, "service": 8.0, "living_street": 5.5,
    "footway": 6.0, "path": 6.0, "steps": 6.0,
}  # fmt: skip
TAG_COLUMNS = ("access", "foot", "motor_vehicle")


# The board ------------------------------------------------------------------------------------


def bend(board: Array) -> Array:
    """Bend and turn points of the board and lay them on the map, on a grid of one centimetre."""
    x, y = board[:, 0], board[:, 1]
    bent_x = x + 40 * np.sin(y / 610 + 0.4) + 14 * np.sin(x / 330)
    bent_y = y + 38 * np.sin(x / 690) + 14 * np.sin(y / 370 + 1.0)
    cos, sin = np.cos(TURN_RAD), np.sin(TURN_RAD)
    turned = np.column_stack([bent_x * cos - bent_y * sin, bent_x * sin + bent_y * cos])
    return np.round(turned + np.array([ORIGIN_E, ORIGIN_N]), 2)


def rounded(points: Sequence[Point] | Array, times: int = 3) -> Array:
    """Cut the corners of a line ``times`` times (Chaikin), its ends staying where they are."""
    line = np.asarray(points, dtype=float)
    for _ in range(times):
        quarter, three = 0.75 * line[:-1] + 0.25 * line[1:], 0.25 * line[:-1] + 0.75 * line[1:]
        inner = np.stack([quarter, three], axis=1).reshape(-1, 2)[1:-1]
        line = np.vstack([line[:1], inner, line[-1:]])
    return line


def parallel(line: Array, offset_m: float) -> Array:
    """Return the line ``offset_m`` to the right of another, vertex by vertex."""
    along = np.gradient(line, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    return line + offset_m * np.column_stack([along[:, 1], -along[:, 0]])


def laid_line(points: Sequence[Point] | Array) -> LineString:
    """Lay a line of the board on the map with the vertices that its bend needs."""
    dense = shapely.segmentize(LineString(points), 40.0)
    return shapely.simplify(LineString(bend(shapely.get_coordinates(dense))), 0.4)


def laid_polygon(points: Sequence[Point] | Array) -> Polygon:
    """Lay a closed outline of the board on the map."""
    return Polygon(laid_line(np.vstack([points, points[:1]])))


def laid_point(at: Point) -> shapely.Point:
    """Lay a point of the board on the map."""
    return shapely.Point(bend(np.array([at], dtype=float))[0])


# Streets --------------------------------------------------------------------------------------


def derived_streets() -> list[Street]:
    """Return what follows from other drawings: riverside roads, motorway and ramps."""
    river, motorway = rounded(RIVER), rounded(MOTORWAY)
    west, east = parallel(river, 78.0), parallel(river, -88.0)
    west, east = west[between(west, 280, 3115)], east[between(east, 640, 3095)]
    south, north = parallel(motorway, 11.0), parallel(motorway, -11.0)[::-1]
    off, on = nearest(north, RAMP_OFF), nearest(north, RAMP_ON)
    pieces = (south, north[: on + 1], north[on : off + 1], north[off:])
    ramps = (
        ("入口匝道", "On-ramp", [(4046, 2520), (4050, 2640), tuple(north[on])]),
        ("出口匝道", "Off-ramp", [tuple(north[off]), (3975, 2380), (4046, 2550)]),
    )
    return [
        Street(
            "滨河西路", "Riverside West Road", "tertiary", tuple(map(tuple, west)), smooth=False
        ),
        Street(
            "滨河东路", "Riverside East Road", "tertiary", tuple(map(tuple, east)), smooth=False
        ),
        *(
            Street(
                "示例高速",
                "Sample Motorway",
                "motorway",
                tuple(map(tuple, piece)),
                grade=1,
                oneway="yes",
                smooth=False,
            )
            for piece in pieces
        ),
        *(Street(zh, en, "motorway_link", tuple(line), oneway="yes") for zh, en, line in ramps),
    ]


def between(line: Array, low: float, high: float) -> NDArray[np.bool_]:
    """Tell the vertices of a line whose y lies in a range."""
    return (line[:, 1] >= low) & (line[:, 1] <= high)


def nearest(line: Array, point: Point) -> int:
    """Return the index of the vertex nearest to a point."""
    return int(np.argmin(np.hypot(*(line - point).T)))


def draw_streets() -> gpd.GeoDataFrame:
    """Split all strokes where they meet on one grade and trim what sticks out."""
    strokes = [*MAIN_STREETS, *BRIDGES, *LOCAL_STREETS, *OLD_TOWN, *ESTATE, *COURTYARD, *PATHS]
    strokes += derived_streets()
    lines = np.array([laid_line(rounded(s.points) if s.smooth else s.points) for s in strokes])
    grades = np.array([s.grade for s in strokes])
    rows = []
    for grade in np.unique(grades):
        own = np.flatnonzero(grades == grade)
        pieces = shapely.get_parts(shapely.union_all(lines[own], grid_size=GRID_M))
        middles = shapely.line_interpolate_point(pieces, 0.5, normalized=True)
        stroke = own[shapely.STRtree(lines[own]).nearest(middles)]
        rows += [(i, along(lines[i], piece)) for i, piece in zip(stroke, pieces, strict=True)]
    rows.sort(key=lambda row: (row[0], lines[row[0]].project(middle_of(row[1]))))
    rows = without_stubs(rows)
    records = [
        {
            "id": f"R{number:04d}",
            "name": strokes[i].name,
            "name_en": strokes[i].name_en,
            "class": strokes[i].cls,
            "oneway": strokes[i].oneway,
            "grade": strokes[i].grade,
            **{column: strokes[i].tags.get(column) for column in TAG_COLUMNS},
            "geometry": line,
        }
        for number, (i, line) in enumerate(rows, start=1)
    ]
    return gpd.GeoDataFrame(records, crs=CRS)


def middle_of(line: LineString) -> shapely.Point:
    """Return the point half-way along a line."""
    return line.interpolate(0.5, normalized=True)


def along(stroke: LineString, piece: LineString) -> LineString:
    """Turn a piece to run the way its stroke was drawn."""
    third = [stroke.project(piece.interpolate(f, normalized=True)) for f in (0.4, 0.6)]
    return piece if third[0] <= third[1] else piece.reverse()


def without_stubs(rows: list[tuple[int, LineString]]) -> list[tuple[int, LineString]]:
    """Drop the short free ends that stick out past the street they join."""
    ends = [frozenset((line.coords[0], line.coords[-1])) for _, line in rows]
    meeting = pd.Series([end for pair in ends for end in pair]).value_counts()
    return [
        row
        for row, pair in zip(rows, ends, strict=True)
        if row[1].length > STUB_M or min(meeting[end] for end in pair) > 1
    ]


# Water, zones, facilities ---------------------------------------------------------------------


def draw_water() -> gpd.GeoDataFrame:
    """Draw the river, a village pond and the lake of Central Park."""
    river = rounded(RIVER)
    banks = [parallel(river, RIVER_HALF_WIDTH_M), parallel(river, -RIVER_HALF_WIDTH_M)[::-1]]
    rows = [
        ("W1", "示例河", "Sample River", laid_polygon(np.vstack(banks))),
        ("W2", "西塘", "West Pond", laid_polygon(rounded([*POND, POND[0]]))),
        ("W3", "中央公园湖", "Central Park Lake", laid_polygon(rounded([*LAKE, LAKE[0]]))),
    ]
    return gpd.GeoDataFrame(rows, columns=["id", "name", "name_en", "geometry"], crs=CRS)


def draw_neighbourhoods(streets: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Cut the area along the river, the motorway and the dividing streets."""
    area = laid_polygon(AREA)
    cuts = [area.exterior, laid_line(rounded(RIVER)), laid_line(rounded(MOTORWAY))]
    cuts += [laid_line(rounded(line)) for line in DIVIDING_LINES]
    cuts += list(streets.geometry[streets["name"].isin(DIVIDING_STREETS)])
    noded = shapely.union_all(cuts, grid_size=GRID_M)
    faces = np.array(shapely.get_parts(shapely.polygonize(shapely.get_parts(noded))))
    faces = faces[shapely.contains(area.buffer(1.0), faces)]
    seeds = [
        (number, laid_point(at)) for number, zone in enumerate(NEIGHBOURHOODS) for at in zone[3]
    ]
    owner = np.array([next(n for n, at in seeds if face.contains(at)) for face in faces])
    rows = [
        (*zone[:3], shapely.union_all(faces[owner == number]))
        for number, zone in enumerate(NEIGHBOURHOODS)
    ]
    return gpd.GeoDataFrame(rows, columns=["id", "name", "name_en", "geometry"], crs=CRS)


def draw_places(places: Iterable[Place]) -> gpd.GeoDataFrame:
    """Draw facilities that are points."""
    rows = [(p.id, p.name, p.name_en, p.kind, laid_point(p.at)) for p in places]
    columns = ["id", "name", "name_en", "kind", "geometry"]
    return gpd.GeoDataFrame(rows, columns=columns, crs=CRS)


def draw_parks() -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Draw the parks and, on their boundaries, the gates that are known."""
    parks, gates = [], []
    for park in PARKS:
        outline = laid_polygon(park.outline)
        parks.append((park.id, park.name, park.name_en, "park", round(outline.area), outline))
        for number, at in enumerate(park.gates, start=1):
            on_edge = outline.exterior.interpolate(outline.exterior.project(laid_point(at)))
            gates.append((f"{park.id}-{number}", park.id, on_edge))
    columns = ["id", "name", "name_en", "kind", "area_m2", "geometry"]
    return (
        gpd.GeoDataFrame(parks, columns=columns, crs=CRS),
        gpd.GeoDataFrame(gates, columns=["id", "facility_id", "geometry"], crs=CRS),
    )


def draw_bus_stops(streets: gpd.GeoDataFrame, spacing_m: float = 480.0) -> gpd.GeoDataFrame:
    """Place stops along the main streets, on alternate sides of the carriageway."""
    rows: list[tuple[str, str, str, str, shapely.Point]] = []
    main = streets[streets["class"].isin(["primary", "secondary"]) & (streets["grade"] == 0)]
    for (name, name_en), pieces in main.groupby(["name", "name_en"], sort=False):
        lines = shapely.get_parts(shapely.line_merge(shapely.union_all(pieces.geometry.to_numpy())))
        number = 0
        for line in sorted(lines, key=lambda part: part.bounds):
            for at in np.arange(spacing_m / 2, line.length, spacing_m):
                number += 1
                side = 10.0 if number % 2 else -10.0
                stop = beside(line, at, side)[0]
                label = (f"{name}{number}站", f"{name_en} Stop {number}")
                rows.append((f"T{len(rows) + 1:02d}", *label, "bus_stop", stop))
    columns = ["id", "name", "name_en", "kind", "geometry"]
    return gpd.GeoDataFrame(rows, columns=columns, crs=CRS)


def beside(line: LineString, at_m: float, offset_m: float) -> tuple[shapely.Point, float]:
    """Return the point to the left of a line at a distance along it, and the line's direction."""
    before, after = line.interpolate(max(at_m - 2, 0)), line.interpolate(min(at_m + 2, line.length))
    angle = float(np.arctan2(after.y - before.y, after.x - before.x))
    here = line.interpolate(at_m)
    across = offset_m * -np.sin(angle), offset_m * np.cos(angle)
    return shapely.Point(np.round([here.x + across[0], here.y + across[1]], 2)), angle


# Homes ----------------------------------------------------------------------------------------


def oblong(centre: shapely.Point, length: float, depth: float, angle: float) -> Polygon:
    """Return a rectangle about a centre, its long side at an angle from east."""
    corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * [length / 2, depth / 2]
    cos, sin = np.cos(angle), np.sin(angle)
    return Polygon(corners @ np.array([[cos, sin], [-sin, cos]]) + [centre.x, centre.y])


def rows_of_blocks(quarter: Quarter, rng: np.random.Generator) -> list[tuple[Polygon, int]]:
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
    quarter: Quarter, streets: gpd.GeoDataFrame, rng: np.random.Generator
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
    rows: list[tuple[Quarter | None, Polygon, int]] = []
    for quarter in QUARTERS:
        if quarter.kind == "house":
            drawn = houses_on_streets(quarter, streets, rng)
        else:
            drawn = rows_of_blocks(quarter, rng)
        rows += [(quarter, footprint, residents) for footprint, residents in drawn]
    for at in FARMHOUSES:
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
    return gpd.GeoDataFrame(records, crs=CRS)


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
    quarters: Sequence[Quarter | None],
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
    walled = {quarter.own_streets for quarter in QUARTERS if quarter.own_streets}
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
        grown = inside.geometry.buffer(20, join_style="mitre").union_all()
        ground = grown.buffer(-12, join_style="mitre") & block.buffer(-5, join_style="mitre")
        for part in shapely.get_parts((ground - not_land).simplify(1.0)):
            own = inside[inside.centroid.within(part)]
            if len(own):
                parcels.append((own["id"].min(), own["name"].mode()[0], Polygon(part.exterior)))
    parcels.sort(key=lambda parcel: parcel[0])
    rows = [(f"L{n:03d}", name, part) for n, (_, name, part) in enumerate(parcels, start=1)]
    return gpd.GeoDataFrame(rows, columns=["id", "name", "geometry"], crs=CRS)


# Files ----------------------------------------------------------------------------------------


def feature(row: dict[str, object]) -> str:
    """Write one row as a line of GeoJSON, polygons turned anticlockwise."""
    geometry = row.pop("geometry")
    if isinstance(geometry, Polygon | MultiPolygon):
        geometry = shapely.orient_polygons(geometry)
    properties = {key: value for key, value in row.items() if not pd.isna(value)}
    body = {"type": "Feature", "properties": properties, "geometry": mapping(geometry)}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def write_layer(table: gpd.GeoDataFrame, file: Path) -> None:
    """Write a layer as GeoJSON in longitudes and latitudes of 7 decimals, one feature a line."""
    degrees = table.to_crs("EPSG:4326")
    degrees.geometry = shapely.transform(degrees.geometry.to_numpy(), lambda xy: np.round(xy, 7))
    lines = ",\n".join(feature(row) for row in degrees.to_dict("records"))
    text = f'{{"type":"FeatureCollection","features":[\n{lines}\n]}}\n'
    file.write_text(text, encoding="utf-8", newline="\n")


def write_districts(file: Path) -> None:
    """Write which neighbourhoods make up each district."""
    rows = [(*district[:3], member) for district in DISTRICTS for member in district[3]]
    columns = ["zone_id", "zone_name", "zone_name_en", "member_id"]
    pd.DataFrame(rows, columns=columns).to_csv(file, index=False, lineterminator="\n")


def draw_town(folder: Path) -> None:
    """Draw the whole town and write its layers into a folder."""
    streets, water = draw_streets(), draw_water()
    parks, gates = draw_parks()
    layers = {
        "streets": streets,
        "water": water,
        "parks": parks,
        "park_gates": gates,
        "neighbourhoods": draw_neighbourhoods(streets),
        "clinics": draw_places(CLINICS),
        "employment_stations": draw_places(EMPLOYMENT),
        "schools": draw_places(SCHOOLS),
        "markets": draw_places(MARKETS),
        "fitness_places": draw_places(FITNESS),
        "bus_stops": draw_bus_stops(streets),
    }
    sites = [
        *layers["schools"].buffer(62),
        *layers["clinics"].buffer(24),
        *layers["employment_stations"].buffer(20),
        *layers["markets"].buffer(26),
        *layers["fitness_places"].buffer(12),
    ]
    homes = draw_homes(streets, [*sites, *water.buffer(14), *parks.buffer(9)])
    not_land = shapely.union_all([*sites, *water.geometry, *parks.geometry])
    layers |= {
        "buildings": homes,
        "residential_land": draw_residential_land(homes, streets, not_land),
    }
    for name, table in layers.items():
        write_layer(table, folder / f"{name}.geojson")
    write_districts(folder / "districts.csv")


if __name__ == "__main__":
    draw_town(Path(__file__).parent)
