"""The open ground that a service travels over, and its coverage by it."""

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from rasterio.transform import Affine

from urbangis.catalog import Mode, Standard
from urbangis.errors import InputError, StudyError
from urbangis.io.raster import read_classes, read_numbers
from urbangis.measures.coverage import SPEED_RANGE
from urbangis.network.build import street_speeds
from urbangis.notices import Notice
from urbangis.pipeline.load import Loaded
from urbangis.study import FILE_NAME, GroundSpec, ServiceSpec
from urbangis.tables import coordinates
from urbangis.travel.friction import land_speeds, lay_over, speeds_of_friction
from urbangis.travel.surface import Surface, build_surface
from urbangis.units import kmh, minutes


def build_ground(
    loaded: Loaded, spec: ServiceSpec, standard: Standard, demand: gpd.GeoDataFrame
) -> tuple[Surface, tuple[Notice, ...]]:
    """Build the ground around the study and its homes, as far as its cutoff leads.

    So service areas are whole within the study, and homes beyond it are judged as others are.

    Parameters
    ----------
    loaded
        The study.
    spec
        The service; its ``ground`` and, as roads, its ``streets``.
    standard
        A standard with ``method = "surface"``.
    demand
        The service's demand.

    Raises
    ------
    StudyError
        If the service names no ground.
    InputError
        If the raster or a layer cannot be used.
    """
    ground = spec.ground
    if ground is None:
        raise StudyError(
            f'the standard "{standard.id}" goes over open ground, but the service names no '
            '"ground"',
            file=loaded.study.root / FILE_NAME,
            remedy="Add ground = { file = ..., speeds_kmh = ..., source = ... }.",
        )
    xy = coordinates(demand)
    homes = shapely.box(*np.nanmin(xy, axis=0), *np.nanmax(xy, axis=0))
    study = shapely.box(*loaded.study.base.zones.total_bounds)
    around = Around(
        loaded.study.crs,
        shapely.union(homes, study),
        (1 + SPEED_RANGE) * float(standard.cutoff_s or 0),
    )
    return lay_ground(
        loaded.study.root / ground.file,
        ground,
        around,
        roads=_roads(loaded, spec, loaded.catalogue.mode(str(standard.mode))),
        barriers=_barriers(loaded, ground),
    )


@dataclass(frozen=True)
class Around:
    """Where people are or areas are drawn, and how long anybody travels at most."""

    crs: CRS
    area: shapely.Geometry
    seconds: float

    def reached(self, fastest_ms: float) -> shapely.Geometry:
        """Return the land that can be reached at a speed."""
        return shapely.buffer(self.area, max(fastest_ms * self.seconds, 1.0))


def lay_ground(
    file: Path,
    ground: GroundSpec,
    around: Around,
    *,
    roads: gpd.GeoDataFrame | None = None,
    barriers: gpd.GeoDataFrame | None = None,
) -> tuple[Surface, tuple[Notice, ...]]:
    """Read the raster of a ground as far as anybody gets, and lay roads and barriers over it.

    Parameters
    ----------
    file
        The raster.
    roads, barriers
        As of `urbangis.travel.friction.lay_over`, in any CRS.

    Raises
    ------
    InputError
        If the raster or a layer cannot be used.
    """
    road_ms = 0.0 if roads is None else kmh(float(roads["speed_kmh"].max()))
    try:
        speed_ms, transform, crs = _open_ground(file, ground, around, road_ms)
        friction, told = lay_over(
            speed_ms,
            transform=transform,
            crs=crs,
            roads=None if roads is None else roads.to_crs(crs),
            barriers=None if barriers is None else barriers.to_crs(crs),
        )
        return build_surface(friction, transform=transform, crs=crs), told
    except InputError as error:
        if error.layer not in ("land cover", "friction"):
            raise
        raise type(error)(error.problem, file=file, row=error.row, remedy=error.remedy) from error


def _open_ground(
    file: Path, ground: GroundSpec, around: Around, fastest_ms: float
) -> tuple[NDArray[np.float64], Affine, CRS]:
    """Read the speeds over open ground, metres per second, as far as anybody gets."""
    if ground.friction is None:
        area = around.reached(max(fastest_ms, kmh(max(ground.speeds_kmh.values()))))
        classes, transform, crs = read_classes(file, crs=around.crs, area=area)
        return land_speeds(classes, ground.speeds_kmh), transform, crs
    seconds = minutes(1.0) if ground.friction == "min_per_m" else 1.0
    while True:
        # How far anybody gets depends on the fastest cell, and that on how far one looks.
        friction, transform, crs = read_numbers(
            file, crs=around.crs, area=around.reached(fastest_ms)
        )
        speed_ms = speeds_of_friction(friction, seconds=seconds)
        if speed_ms.max() <= fastest_ms:
            return speed_ms, transform, crs
        fastest_ms = float(speed_ms.max())


def entered_on_ground(supply: gpd.GeoDataFrame, gates: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame:
    """Return facilities as they are entered over open ground: those with gates by them alone."""
    if gates is None:
        return supply
    by_facility = gates.groupby("facility_id").geometry.agg(lambda rows: rows.union_all())
    own = supply["id"].map(by_facility)
    return supply.set_geometry(own.where(own.notna(), supply.geometry), crs=supply.crs)


def _roads(loaded: Loaded, spec: ServiceSpec, mode: Mode) -> gpd.GeoDataFrame | None:
    """Return the streets open to the mode, with their speeds; None where there are none."""
    if spec.streets is None:
        return None
    streets = loaded.layers[spec.streets].table
    roads = streets[["geometry"]].assign(speed_kmh=street_speeds(streets, mode) / kmh(1.0))
    roads = roads[roads["speed_kmh"] > 0]
    return None if roads.empty else roads


def _barriers(loaded: Loaded, ground: GroundSpec) -> gpd.GeoDataFrame | None:
    if not ground.barriers:
        return None
    shapes = [shape for name in ground.barriers for shape in loaded.layers[name].table.geometry]
    return gpd.GeoDataFrame(geometry=shapes, crs=loaded.study.crs)
