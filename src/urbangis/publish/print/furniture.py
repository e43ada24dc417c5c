"""Scale bar and north arrow, both true to the map's projection."""

import math
from dataclasses import dataclass

import numpy as np
from matplotlib.patches import Polygon
from pyproj import CRS, Geod, Transformer

from urbangis.notices import Language
from urbangis.publish.print.ink import INK, Sheet
from urbangis.publish.print.paper import Box, round_length


@dataclass(frozen=True)
class ScaleBar:
    """A scale bar: so many metres on the ground are so many millimetres on paper.

    Parameters
    ----------
    length_m
        What it says: a round number.
    length_mm
        How long it is drawn.
    """

    length_m: float
    length_mm: float

    @property
    def parts(self) -> int:
        """Into how many round parts it is divided."""
        return 4 if f"{self.length_m:e}".startswith("2") else 2


def place_of(crs: CRS, x: float, y: float) -> tuple[float, float]:
    """Longitude and latitude of a place on the map, degrees, on the datum of its CRS."""
    to_degrees = Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
    lon, lat = to_degrees.transform(x, y)
    return float(lon), float(lat)


def convergence_deg(crs: CRS, x: float, y: float) -> float:
    """Angle from the map's upward direction to true north at a place, clockwise, in degrees.

    East of a transverse Mercator's central meridian it is negative, north of the equator: the
    meridians lean towards the central one. Drawn from a step of 0.001 degrees along the meridian.
    """
    lon, lat = place_of(crs, x, y)
    to_metres = Transformer.from_crs(crs.geodetic_crs, crs, always_xy=True)
    east, north = to_metres.transform([lon, lon], [lat - 0.0005, lat + 0.0005])
    return math.degrees(math.atan2(east[1] - east[0], north[1] - north[0]))


def scale_bar(crs: CRS, x: float, y: float, *, denominator: float, most_mm: float) -> ScaleBar:
    """Choose a scale bar for a map whose middle is at ``x, y``.

    Parameters
    ----------
    denominator
        Of the map's scale: metres of the grid to a metre of paper.
    most_mm
        Longest bar that there is room for.

    Returns
    -------
    ScaleBar
        Its length on paper is that of the geodesic on the ground: a kilometre of the grid is not
        quite a kilometre there.
    """
    half_m = most_mm * denominator / 2000
    geod = crs.get_geod() or Geod(ellps="WGS84")
    _, _, ground_m = geod.inv(*place_of(crs, x - half_m, y), *place_of(crs, x + half_m, y))
    mm_of_ground_m = most_mm / ground_m
    length_m = round_length(most_mm / mm_of_ground_m)
    return ScaleBar(length_m, length_m * mm_of_ground_m)


def draw_scale_bar(
    sheet: Sheet, bar: ScaleBar, x: float, y: float, *, size: float, language: Language
) -> None:
    """Draw a bar of alternating parts; ``x, y`` is its lower left corner, ``size`` its points."""
    height = size * 0.13
    step = bar.length_mm / bar.parts
    for part in range(bar.parts):
        sheet.rectangle(
            Box(x + part * step, y, step, height),
            facecolor=INK if part % 2 == 0 else "white", edgecolor=INK, lw=size * 0.07,
        )  # fmt: skip
    kilometres = bar.length_m >= 1000
    unit = {"zh": ("米", "千米"), "en": ("m", "km")}[language][kilometres]
    for share in (0.0, 0.5, 1.0):
        value = bar.length_m * share / (1000 if kilometres else 1)
        sheet.write(
            x + bar.length_mm * share, y + height + size * 0.1, f"{value:g}", size, ha="center"
        )
    width = sheet.width_of(f"{bar.length_m / (1000 if kilometres else 1):g}", size)
    sheet.write(
        x + bar.length_mm + width / 2 + size * 0.1, y + height + size * 0.1, unit, size, ha="left"
    )


def draw_north(
    sheet: Sheet, x: float, y: float, *, height: float, angle_deg: float, language: Language
) -> None:
    """Draw an arrow to true north; ``x, y`` is the middle of its foot, millimetres.

    Parameters
    ----------
    angle_deg
        From `convergence_deg`.
    """
    turn = -math.radians(angle_deg)
    rotation = np.array(
        [[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]]
    )  # counter-clockwise for a positive turn
    half = np.array([(0.0, 1.0), (-0.32, 0.0), (0.0, 0.22)]) * height
    for side, color in ((1, INK), (-1, "white")):
        corners = (half * (side, 1) - (0, height / 2)) @ rotation.T + (x, y + height / 2)
        sheet.plane.add_patch(
            Polygon(corners, closed=True, facecolor=color, edgecolor=INK, lw=height * 0.06)
        )
    tip = rotation @ (0, height * 0.62)
    sheet.write(
        x + float(tip[0]), y + height / 2 + float(tip[1]),
        {"zh": "北", "en": "N"}[language], height * 0.9, ha="center", bold=True,
    )  # fmt: skip


def scale_text(denominator: float, language: Language) -> str:
    """Write a scale: ``1:220万`` or ``1:2,200,000``."""
    if language == "zh" and denominator >= 100_000:
        return f"1:{denominator / 10_000:g}万"
    return f"1:{denominator:,.0f}"
