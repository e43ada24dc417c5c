"""Facilities of an OpenStreetMap extract."""

import json
import re
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import osmium
import pandas as pd
import shapely

from urbangis.errors import ReadError
from urbangis.io.osm_file import CRS, reading
from urbangis.notices import Notice, Text


def read_places(path: Path) -> gpd.GeoDataFrame:
    """Read the facilities of an OpenStreetMap extract.

    Parameters
    ----------
    path
        ``.osm.pbf``, ``.osm``, ``.osm.gz`` or ``.osm.bz2``.

    Returns
    -------
    GeoDataFrame
        Contract ``supply`` in EPSG:4326: ``id`` (``n``, ``w`` or ``r`` for node, way or relation,
        and its number), ``name``, ``name_en``, ``kind`` (by ``osm_places.toml``), ``osm_tags``
        (all tags, as JSON), geometry point or polygon. A place drawn both as a point and as an
        area is two rows. ``attrs["notices"]`` holds a tuple of `Notice`.

    Raises
    ------
    ReadError
        If the file is missing, damaged, not OpenStreetMap data, or holds no facility.
    """
    rules = _read_rules()
    with reading(path):
        try:
            rows = list(_places(path, rules))
        except RuntimeError as error:
            if "out of order" not in str(error):
                raise
            with tempfile.TemporaryDirectory() as folder:
                rows = list(_places(_sorted_copy(path, Path(folder)), rules))
    if not rows:
        raise ReadError(
            "holds no facilities of a kind that is known",
            file=path,
            remedy="Export the area again with its amenities, parks and stops.",
        )
    table = pd.DataFrame(rows).drop_duplicates("id").sort_values("id").reset_index(drop=True)
    drawn = table[table["geometry"].notna()].reset_index(drop=True)
    places = gpd.GeoDataFrame(drawn, geometry="geometry", crs=CRS)
    places.attrs["notices"] = tuple(_place_notices(table))
    return places


@dataclass(frozen=True)
class _Rule:
    """Tags, and perhaps a word in the name, that make a place a facility of a kind."""

    kind: str
    tags: frozenset[tuple[str, str]]
    name: re.Pattern[str]

    def fits(self, tags: Mapping[str, str]) -> bool:
        """Whether a place with these tags is of the kind."""
        return self.tags <= tags.items() and bool(self.name.search(tags.get("name", "")))


def _read_rules() -> tuple[_Rule, ...]:
    text = Path(__file__).with_name("osm_places.toml").read_text(encoding="utf-8")
    return tuple(
        _Rule(rule["kind"], frozenset(rule["tags"].items()), re.compile(rule.get("name", "")))
        for rule in tomllib.loads(text)["rules"]
    )


def _places(path: Path, rules: tuple[_Rule, ...]) -> Iterator[dict[str, Any]]:
    """Yield a row for each node and area that fits a rule; geometry None where it has none."""
    chosen = osmium.filter.TagFilter(*sorted({tag for rule in rules for tag in rule.tags}))
    processor = osmium.FileProcessor(str(path)).with_areas(chosen)
    processor.with_filter(osmium.filter.EntityFilter(osmium.osm.NODE | osmium.osm.AREA))
    processor.with_filter(chosen)
    factory = osmium.geom.WKBFactory()
    for item in processor:
        tags = dict(item.tags)
        kind = next((rule.kind for rule in rules if rule.fits(tags)), None)
        if kind is None:
            continue
        place_id, drawn = _drawn(item, factory)
        yield {
            "id": place_id,
            "name": tags.get("name") or tags.get("name:zh", ""),
            "name_en": tags.get("name:en", ""),
            "kind": kind,
            "osm_tags": json.dumps(tags, ensure_ascii=False, sort_keys=True),
            "geometry": _simple(shapely.from_wkb(drawn)),
        }


def _drawn(item: Any, factory: Any) -> tuple[str, str | None]:
    """Return the id of a node or area and its geometry as hexadecimal WKB, None without one."""
    if isinstance(item, osmium.osm.Node):
        return f"n{item.id}", factory.create_point(item.location)
    place_id = f"{'w' if item.from_way() else 'r'}{item.orig_id()}"
    # An outline that is open or crosses itself gives an area without rings.
    return place_id, factory.create_multipolygon(item) if item.num_rings()[0] else None


def _simple(geometry: shapely.Geometry | None) -> shapely.Geometry | None:
    """Return a multi-part geometry of one part as that part."""
    parts = shapely.get_parts(geometry)
    return parts[0] if len(parts) == 1 else geometry


def _sorted_copy(path: Path, folder: Path) -> Path:
    """Write a copy with all objects in the order of their ids, which areas need."""
    copy = folder / "sorted.osm.pbf"
    reader = osmium.MergeInputReader()
    reader.add_file(str(path))
    with osmium.SimpleWriter(str(copy)) as writer:
        reader.apply(writer)
    return copy


def _place_notices(table: pd.DataFrame) -> Iterator[Notice]:
    undrawn = table.loc[table["geometry"].isna(), "id"]
    if len(undrawn):
        yield Notice(
            code="places-not-drawn",
            severity="warning",
            count=len(undrawn),
            message=Text(
                zh=f"有{len(undrawn)}处设施的边界不闭合或自相交，无法成面，未采用。",
                en=f"{len(undrawn)} facilities have an outline that is open or crosses itself; "
                "they are left out.",
            ),
            sample_ids=tuple(undrawn[:10]),
        )
    schools = table.loc[table["kind"] == "school", "id"]
    if len(schools):
        yield Notice(
            code="school-level-unknown",
            severity="warning",
            count=len(schools),
            message=Text(
                zh=f"有{len(schools)}所学校既无学段标记、名称也看不出学段，不计入小学或初中。",
                en=f"{len(schools)} schools tell no level by tag or name; they count neither as "
                "primary nor as junior secondary schools.",
            ),
            sample_ids=tuple(schools[:10]),
        )
