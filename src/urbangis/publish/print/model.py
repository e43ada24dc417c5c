"""What a print map shows, before it is drawn."""

from dataclasses import dataclass

import geopandas as gpd
import shapely
from pyproj import CRS

from urbangis.notices import Language, Text
from urbangis.publish.model import Fact, Figure, ImageLayer, MapLayer


@dataclass(frozen=True)
class Names:
    """Names to write on a map, where there is room for them.

    Parameters
    ----------
    table
        ``name`` and ``detail`` (a second line, written where it fits; may be empty) at each
        geometry, in the map's CRS, the most important first.
    points
        Size of the name on A4, points.
    bold
        Whether they stand out.
    symbol_mm
        Half the size of the symbols on A4 that they stand beside; None where they stand in the
        middle of a shape.
    """

    table: gpd.GeoDataFrame
    points: float
    bold: bool = False
    symbol_mm: float | None = None


@dataclass(frozen=True)
class Inset:
    """A small map of where the sheet lies: outlines that the data hold, and the sheet's own.

    Parameters
    ----------
    title
        What the outlines are.
    around, place
        Geometry in the map's CRS: all that is known around, and the part that the sheet shows.
    """

    title: Text
    around: shapely.Geometry
    place: shapely.Geometry


@dataclass(frozen=True)
class PrintMap:
    """A map for paper.

    Parameters
    ----------
    extent
        West, south, east and north in metres of ``crs``: what the sheet must show.
    layers
        From the lowest to the uppermost, all in ``crs``.
    image
        A picture of cells that lies on the lowest theme.
    names
        In the order of importance.
    figures
        Headline figures beside the map.
    facts
        Standard, clause, model, data date, CRS, sources.
    review
        Review number, or the line that says it has none.
    cautions
        What must be read before any figure.
    place
        The part that the sheet is about; what lies around it is drawn pale.
    """

    title: Text
    subtitle: Text
    language: Language
    crs: CRS
    extent: tuple[float, float, float, float]
    layers: tuple[MapLayer, ...]
    names: tuple[Names, ...]
    figures: tuple[Figure, ...]
    facts: tuple[Fact, ...]
    review: Text
    cautions: tuple[Text, ...] = ()
    place: shapely.Geometry | None = None
    inset: Inset | None = None
    image: ImageLayer | None = None
