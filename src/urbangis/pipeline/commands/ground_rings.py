"""Rings over open ground straight from a raster of friction, without a study file."""

from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import shapely
from pyproj import CRS

from urbangis.errors import StudyError
from urbangis.measures.surface import areas_within
from urbangis.notices import Notice
from urbangis.pipeline.commands.direct import (
    Facilities,
    check_cutoffs,
    in_metres,
    of_kind,
    read_part,
)
from urbangis.pipeline.ground import Around, entered_on_ground, lay_ground
from urbangis.pipeline.services import named
from urbangis.study import GroundSpec
from urbangis.units import minutes as seconds_of


def ground_rings(
    facilities: Facilities,
    friction: Path,
    *,
    unit: str | None,
    minutes: Sequence[float],
    crs: str | None = None,
) -> tuple[gpd.GeoDataFrame, tuple[Notice, ...]]:
    """Draw the area within so many minutes of the nearest facility over open ground.

    Parameters
    ----------
    facilities
        What to reach; by their gates where they have some, else polygons anywhere on their
        boundary.
    friction
        Raster of time per metre, in any stated CRS, without data where nobody passes; it is read
        as far as anybody gets.
    unit
        ``"min_per_m"``, as the Malaria Atlas has it, or ``"s_per_m"``.
    minutes
        Cutoffs, above 0.
    crs
        CRS of tables that cannot state theirs.

    Returns
    -------
    rings, notices
        ``rings`` as `urbangis.travel.surface_area.surface_area`, in a metric CRS derived from the
        facilities.

    Raises
    ------
    InputError
        If a file, the unit or a cutoff is wrong.
    """
    check_cutoffs(minutes)
    if unit not in ("min_per_m", "s_per_m"):
        raise StudyError(
            f'"{unit}" is no unit of friction' if unit else "the unit of friction is not known",
            file=friction,
            remedy="Say whether it is min_per_m (minutes per metre) or s_per_m.",
        )
    kind = facilities.kind or "facility"
    layer = in_metres(read_part("facilities", facilities.file, crs, kind=kind))
    gates = None
    if facilities.gates is not None:
        gates = read_part("gates", facilities.gates, crs, place=(layer.table.crs, None)).table
    ground = GroundSpec(file=friction, friction=unit, source=friction.name)
    with named({"facilities": [layer]}):
        supply = entered_on_ground(of_kind(layer.table, facilities.kind), gates)
        around = Around(
            CRS.from_user_input(supply.crs),
            shapely.box(*supply.total_bounds),
            seconds_of(max(minutes)),
        )
        surface, told = lay_ground(friction, ground, around)
        return areas_within(surface, supply, minutes), (*layer.notices, *told)
