"""Draw Sample Town: bend the plan, split its streets at junctions, and let homes grow along them.

The town is invented and lies in the open water of Lake Tai, where nobody lives, so that no figure
about it can be mistaken for a figure about a place. ``python data/layers/sample_town/build.py``
writes the layers anew beside this file; the same code gives the same bytes.
"""

import json
from collections.abc import Iterable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import plan
import shapely
import shapely.ops
from board import CRS, Array, beside, laid_line, laid_point, laid_polygon, parallel, rounded
from homes import draw_homes, draw_residential_land
from numpy.typing import NDArray
from shapely.geometry import LineString, MultiPolygon, Polygon, mapping

GRID_M = 0.01
STUB_M = 30.0
BORDER_ERROR_M = 0.2
REACH_M = 15.0
TAG_COLUMNS = ("access", "foot", "motor_vehicle")


# Streets --------------------------------------------------------------------------------------


def derived_streets() -> list[plan.Street]:
    """Return what follows from other drawings: riverside roads, motorway and ramps."""
    river, motorway = rounded(plan.RIVER), rounded(plan.MOTORWAY)
    west, east = parallel(river, 78.0), parallel(river, -88.0)
    west, east = west[between(west, 230, 3200)], east[between(east, 640, 3200)]
    # Traffic keeps right: northbound is the eastern carriageway, and the ramps are on its side.
    north, south = parallel(motorway, 11.0), parallel(motorway, -11.0)[::-1]
    off, on = nearest(north, plan.RAMP_OFF), nearest(north, plan.RAMP_ON)
    pieces = (south, north[: off + 1], north[off : on + 1], north[on:])
    ramps = (
        ("入口匝道", "On-ramp", [(4085, 2515), (4090, 2640), tuple(north[on])]),
        ("出口匝道", "Off-ramp", [tuple(north[off]), (3985, 2390), (4035, 2550)]),
    )
    return [
        plan.Street(
            "滨河西路", "Riverside West Road", "tertiary", tuple(map(tuple, west)), smooth=False
        ),
        plan.Street(
            "滨河东路", "Riverside East Road", "tertiary", tuple(map(tuple, east)), smooth=False
        ),
        *(
            plan.Street(
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
        *(
            plan.Street(zh, en, "motorway_link", tuple(line), oneway="yes")
            for zh, en, line in ramps
        ),
    ]


def between(line: Array, low: float, high: float) -> NDArray[np.bool_]:
    """Tell the vertices of a line whose y lies in a range."""
    return (line[:, 1] >= low) & (line[:, 1] <= high)


def nearest(line: Array, point: plan.Point) -> int:
    """Return the index of the vertex nearest to a point."""
    return int(np.argmin(np.hypot(*(line - point).T)))


def draw_streets() -> gpd.GeoDataFrame:
    """Split all strokes where they meet on one grade and trim what sticks out."""
    strokes = [
        *plan.MAIN_STREETS,
        *plan.BRIDGES,
        *plan.LOCAL_STREETS,
        *plan.OLD_TOWN,
        *plan.ESTATE,
        *plan.COURTYARD,
        *plan.PATHS,
    ]
    strokes += derived_streets()
    lines = np.array([laid_line(rounded(s.points) if s.smooth else s.points) for s in strokes])
    grades = np.array([s.grade for s in strokes])
    rows = []
    for grade in np.unique(grades):
        own = np.flatnonzero(grades == grade)
        lines[own] = [
            carried_on(line, np.delete(lines[own], n)) for n, line in enumerate(lines[own])
        ]
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


def carried_on(line: LineString, others: NDArray[np.object_]) -> LineString:
    """Draw a line on, past the nearest other line, where it ends just short of it."""
    for _ in range(2):
        line = line.reverse()
        end = shapely.Point(line.coords[-1])
        tail = shapely.ops.substring(line, -STUB_M, line.length)
        other = others[np.argmin(shapely.distance(others, end))]
        if 0 < other.distance(end) <= REACH_M and not tail.intersects(other):
            foot = np.array(other.interpolate(other.project(end)).coords[0])
            step = foot - end.coords[0]
            line = LineString([*line.coords, np.round(foot + step / np.hypot(*step), 2)])
    return line


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
    river = rounded(plan.RIVER)
    banks = [
        parallel(river, plan.RIVER_HALF_WIDTH_M),
        parallel(river, -plan.RIVER_HALF_WIDTH_M)[::-1],
    ]
    rows = [
        ("W1", "示例河", "Sample River", laid_polygon(np.vstack(banks))),
        ("W2", "西塘", "West Pond", laid_polygon(rounded([*plan.POND, plan.POND[0]]))),
        (
            "W3",
            "中央公园湖",
            "Central Park Lake",
            laid_polygon(rounded([*plan.LAKE, plan.LAKE[0]])),
        ),
    ]
    return gpd.GeoDataFrame(rows, columns=["id", "name", "name_en", "geometry"], crs=CRS)


def draw_neighbourhoods(streets: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Cut the area along the river, the motorway and the dividing streets."""
    area = laid_polygon(plan.AREA)
    cuts = [area.exterior, laid_line(rounded(plan.RIVER)), laid_line(rounded(plan.MOTORWAY))]
    cuts += [laid_line(rounded(line)) for line in plan.DIVIDING_LINES]
    cuts += list(streets.geometry[streets["name"].isin(plan.DIVIDING_STREETS)])
    noded = shapely.union_all(cuts, grid_size=GRID_M)
    faces = np.array(shapely.get_parts(shapely.polygonize(shapely.get_parts(noded))))
    faces = faces[shapely.contains(area.buffer(1.0), faces)]
    seeds = [
        (number, laid_point(at))
        for number, zone in enumerate(plan.NEIGHBOURHOODS)
        for at in zone[3]
    ]
    owner = np.array([next(n for n, at in seeds if face.contains(at)) for face in faces])
    rows = [
        (*zone[:3], shapely.union_all(faces[owner == number]))
        for number, zone in enumerate(plan.NEIGHBOURHOODS)
    ]
    return gpd.GeoDataFrame(rows, columns=["id", "name", "name_en", "geometry"], crs=CRS)


def draw_places(places: Iterable[plan.Place], capacity: str | None = None) -> gpd.GeoDataFrame:
    """Draw facilities that are points; ``capacity`` is the column for how much they have."""
    rows = [(p.id, p.name, p.name_en, p.kind, p.capacity, laid_point(p.at)) for p in places]
    columns = ["id", "name", "name_en", "kind", capacity or "none", "geometry"]
    table = gpd.GeoDataFrame(rows, columns=columns, crs=CRS)
    return table if capacity else table.drop(columns="none")


def with_types(places: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Say what facilities of a kind are called."""
    names = places["kind"].map(plan.COMMUNITY_TYPES)
    return places.assign(type=names.str[0], type_en=names.str[1])


def draw_ground(grounds: Iterable[plan.Ground]) -> gpd.GeoDataFrame:
    """Draw planned sites, or areas that restrict what may be built."""
    rows = [
        {"id": g.id, "name": g.name, "name_en": g.name_en}
        | g.attributes
        | {"geometry": laid_polygon(g.outline)}
        for g in grounds
    ]
    return gpd.GeoDataFrame(rows, crs=CRS)


def draw_sites() -> gpd.GeoDataFrame:
    """Draw planned sites; the one beside the control area overlaps it by a hand's breadth."""
    sites = draw_ground(plan.SITES)
    control = laid_polygon(plan.RIVERSIDE).buffer(-BORDER_ERROR_M)
    beside_it = sites["id"] == plan.SITE_ON_BORDER
    sites.loc[beside_it, "geometry"] = sites.loc[beside_it, "geometry"].difference(control)
    return sites


def draw_control_lines(water: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Draw the areas of the invented plan that restrict building; the river is one of them."""
    drawn = draw_ground(plan.CONTROL_LINES)
    river = water[water["id"] == "W1"].assign(
        id="L04", name="示例河蓝线", name_en="Sample River blue line", generation="2022",
        tier="城市蓝线",
    )  # fmt: skip
    lines = pd.concat([drawn, river], ignore_index=True)
    return gpd.GeoDataFrame(lines.assign(nature="surveyed"), crs=CRS)


def draw_growth_boundary() -> gpd.GeoDataFrame:
    """Draw the urban growth boundary."""
    rows = [("UB", "城镇开发边界", "Urban growth boundary", laid_polygon(plan.GROWTH_BOUNDARY))]
    return gpd.GeoDataFrame(rows, columns=["id", "name", "name_en", "geometry"], crs=CRS)


def draw_planned_roads() -> gpd.GeoDataFrame:
    """Draw roads that are planned and not built; no resident walks on them."""
    rows = [(*road[:3], laid_line(rounded(road[3]))) for road in plan.PLANNED_ROADS]
    return gpd.GeoDataFrame(rows, columns=["id", "name", "name_en", "geometry"], crs=CRS)


def draw_parks() -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Draw the parks and, on their boundaries, the gates that are known."""
    parks, gates = [], []
    for park in plan.PARKS:
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
    rows = [(*district[:3], member) for district in plan.DISTRICTS for member in district[3]]
    columns = ["zone_id", "zone_name", "zone_name_en", "member_id"]
    pd.DataFrame(rows, columns=columns).to_csv(file, index=False, lineterminator="\n")


def write_census(homes: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, file: Path) -> None:
    """Write how many people live in each neighbourhood: a coarser source than the homes."""
    homes = homes.set_geometry(homes.representative_point())[["residents", "geometry"]]
    lived_in = gpd.sjoin(homes, zones, predicate="intersects").sort_values("id")
    residents = lived_in[~lived_in.index.duplicated()].groupby("id")["residents"].sum()
    residents.reindex(zones["id"], fill_value=0).to_csv(file, lineterminator="\n")


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
        "clinics": draw_places(plan.CLINICS, "doctors"),
        "employment_stations": draw_places(plan.EMPLOYMENT),
        "schools": draw_places(plan.SCHOOLS, "seats"),
        "markets": draw_places(plan.MARKETS),
        "fitness_places": draw_places(plan.FITNESS),
        "bus_stops": draw_bus_stops(streets),
        "community_places": with_types(draw_places(plan.COMMUNITY)),
        "control_lines": draw_control_lines(water),
        "growth_boundary": draw_growth_boundary(),
        "planned_sites": draw_sites(),
        "planned_roads": draw_planned_roads(),
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
    write_census(homes, layers["neighbourhoods"], folder / "census.csv")


if __name__ == "__main__":
    draw_town(Path(__file__).parent)
