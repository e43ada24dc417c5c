"""Find layers in GCJ-02 that do not say so, by how they lie to other layers.

GCJ-02 moves everything in China by 300 to 700 m, and files in it state WGS 84. One layer alone
cannot tell; two can. Distances from places to streets (or from borders to borders) are distributed
in one way where the two belong together (buildings off the carriageway, bus stops beside it,
borders on borders), and in another, much the same one, anywhere else. So the distances are counted
as given, with the GCJ-02 offset undone, and moved as far in ten other directions, which show what
"anywhere else" looks like and how much it varies by chance. The layer looks shifted where undoing
the offset makes the counts stand out, and nothing else does.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer

from urbangis.crs import Floats, Pair, gcj02_to_wgs84, wgs84_to_gcj02
from urbangis.notices import Notice, Text
from urbangis.study import Layer
from urbangis.tables import is_cells

# Upper limits of the distance classes; the last class is open.
_LIMITS_M = np.array([2.0, 5.0, 10.0, 20.0, 40.0, 80.0, 160.0])
_FEWEST_PROBES, _MOST_PROBES = 30, 1000
_PROBES_APART_M = 100.0
_DIRECTIONS = 12
_LEAST_OFFSET_M = 50.0  # less is no GCJ-02: the layer lies outside China
# How much a position must stand out: chi-square of its counts against the mean of the others, with
# seven degrees of freedom (99.999 % of chance lies below 36), and as a multiple of all others',
# which stays below 1.4 where there is nothing to find.
_LEAST_CHI, _LEAST_RATIO = 36.0, 2.0
# Which tables are held against the lines of a table.
_HELD = {"streets": ("demand", "supply", "gates", "zones"), "zones": ("zones",)}


@dataclass(frozen=True)
class _Fit:
    """That undoing the offset of ``moved`` makes two layers fit.

    The shares are those of ``placed`` nearer than ``limit_m`` to the lines of ``lined``.
    """

    moved: Layer
    placed: Layer
    lined: Layer
    ratio: float
    offset_m: float
    limit_m: float
    given: float
    undone: float
    elsewhere: float


def check_shift(layers: Iterable[Layer]) -> tuple[Notice, ...]:
    """Warn of layers that look shifted by the GCJ-02 offset against streets or zones.

    Demand, supply, gates and zones are held against streets, and zones against other zones.
    Measured on facilities and streets of OpenStreetMap in six places, moved by 350 to 650 m in any
    direction: of layers of 100 rows nine in ten are found, of 50 rows eight, of 30 six. None of
    640 layers left in place was called shifted, nor any of 700 whose places lie at random. Ten or
    so facilities are too few to tell.

    Parameters
    ----------
    layers
        As read, in one metric CRS.

    Returns
    -------
    tuple[Notice, ...]
        ``looks-like-gcj02``, at most one for each layer: which other it was held against, and the
        share of its places near that other as given, moved back, and moved elsewhere. Nothing
        where layers are too small to tell or lie outside China.
    """
    found: dict[str, _Fit] = {}
    for placed, lined in _pairs(list(layers)):
        for fit in _fits(placed, lined):
            best = found.get(fit.moved.id)
            if best is None or fit.ratio > best.ratio:
                found[fit.moved.id] = fit
    return tuple(_notice(fit) for fit in found.values())


def _pairs(layers: list[Layer]) -> Iterable[tuple[Layer, Layer]]:
    """Yield layers with those that they can be held against; two of zones once."""
    for (at, placed), (place, lined) in product(enumerate(layers), repeat=2):
        one_kind = placed.spec.table == lined.spec.table
        if placed.spec.table in _HELD.get(lined.spec.table, ()) and (at < place or not one_kind):
            yield placed, lined


def _fits(placed: Layer, lined: Layer) -> Iterable[_Fit]:
    """Yield what must be moved for two layers to fit, if they do not and can be made to."""
    probes = _probes(placed)
    if len(probes) < _FEWEST_PROBES:
        return
    back = _offsets(probes, lined.table.crs, gcj02_to_wgs84)
    if np.hypot(*back.T).mean() < _LEAST_OFFSET_M:
        return
    tree = shapely.STRtree(_lines(lined))
    half = _DIRECTIONS // 2
    moves = [_turned(back, direction) for direction in range(_DIRECTIONS)]
    # To move the lines back is to move the places on.
    moves[half] = _offsets(probes, lined.table.crs, wgs84_to_gcj02)
    counts = np.array([_counts(tree, probes, move) for move in moves])
    given = _counts(tree, probes, np.zeros_like(back))
    for direction, moved in ((0, placed), (half, lined)):
        ratio = _ratio(counts, given, direction)
        if ratio >= _LEAST_RATIO:
            rest = np.delete(counts, [0, half], axis=0).mean(axis=0)
            shares = np.cumsum([given, counts[direction], rest], axis=1)[:, :-1] / len(probes)
            limit = int(np.argmax(np.abs(shares[1] - shares[0])))
            metres = float(np.hypot(*moves[direction].T).mean())
            near = map(float, shares[:, limit])
            yield _Fit(moved, placed, lined, ratio, metres, float(_LIMITS_M[limit]), *near)


def _lines(layer: Layer) -> NDArray[np.object_]:
    """Return streets, or the borders of zones edge by edge: long lines are slow to search."""
    shapes = layer.table.geometry.to_numpy()
    if layer.spec.table != "zones":
        return np.asarray(shapes)
    rings = shapely.get_parts(shapely.boundary(shapes))
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    along = ring[1:] == ring[:-1]
    return np.asarray(shapely.linestrings(np.stack([xy[:-1][along], xy[1:][along]], axis=1)))


def _probes(layer: Layer) -> NDArray[np.object_]:
    """Return up to a thousand geometries that stand for a layer; of zones, points of borders."""
    table = layer.table
    if is_cells(table):
        shapes = shapely.points(_some(table[["x", "y"]].to_numpy()))
    elif layer.spec.table == "zones":
        borders = shapely.segmentize(_lines(layer), _PROBES_APART_M)
        # Neighbours share their borders: each point once.
        shapes = shapely.points(_some(np.unique(shapely.get_coordinates(borders), axis=0)))
    else:
        shapes = _some(table.geometry.dropna().to_numpy())
    return np.asarray(shapes)


def _some(values: NDArray[Any]) -> NDArray[Any]:
    step = max(1, -(-len(values) // _MOST_PROBES))
    return np.asarray(values[::step])


def _offsets(
    probes: NDArray[np.object_], crs: CRS, shift: Callable[[Floats, Floats], Pair]
) -> NDArray[np.float64]:
    """Return how a change of datum moves each probe, in metres east and north."""
    middle = shapely.get_coordinates(shapely.centroid(probes))
    to_degrees = Transformer.from_crs(crs, 4326, always_xy=True)
    moved = shift(*to_degrees.transform(*middle.T))
    back = to_degrees.transform(*moved, direction="INVERSE")
    return np.asarray(np.column_stack(back) - middle)


def _turned(moves: NDArray[np.float64], direction: int) -> NDArray[np.float64]:
    angle = 2 * np.pi * direction / _DIRECTIONS
    cos, sin = np.cos(angle), np.sin(angle)
    return np.asarray(moves @ np.array([[cos, sin], [-sin, cos]]))


def _counts(
    tree: shapely.STRtree, probes: NDArray[np.object_], moves: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Count probes by their distance to the nearest line, when moved."""
    number = np.repeat(np.arange(len(probes)), shapely.get_num_coordinates(probes))
    moved = shapely.set_coordinates(probes.copy(), shapely.get_coordinates(probes) + moves[number])
    _, away = tree.query_nearest(moved, return_distance=True, all_matches=False)
    classes = np.searchsorted(_LIMITS_M, away)
    return np.asarray(np.bincount(classes, minlength=len(_LIMITS_M) + 1), dtype=np.float64)


def _ratio(counts: NDArray[np.float64], given: NDArray[np.float64], direction: int) -> float:
    """Return how many times more a direction stands out than all others and the place as given."""
    rest = np.delete(counts, direction, axis=0)
    chi = _chi(counts[direction], rest)
    if chi < _LEAST_CHI:
        return 0.0
    others = [_chi(one, np.delete(rest, at, axis=0)) for at, one in enumerate(rest)]
    return chi / max(*others, _chi(given, rest))


def _chi(counts: NDArray[np.float64], others: NDArray[np.float64]) -> float:
    # Half a probe more, so that a class that is empty elsewhere does not decide alone.
    expected = others.mean(axis=0) + 0.5
    return float(((counts - expected) ** 2 / expected).sum())


def _notice(fit: _Fit) -> Notice:
    placed, lined = _what_is_held(fit.placed), _what_is_held(fit.lined)
    limit, metres = f"{fit.limit_m:g}", f"{fit.offset_m:.0f}"
    given, undone, elsewhere = (f"{part:.0%}" for part in (fit.given, fit.undone, fit.elsewhere))
    text = Text(
        zh=f"疑似GCJ-02坐标：{placed.zh}距{lined.zh}{limit}米以内的比例现为{given}，扣除GCJ-02偏移"
        f'（{metres}米）后为{undone}，移向别处约为{elsewhere}；若属实，请注明 datum = "gcj02"',
        en=f"looks like GCJ-02: with that offset of {metres} m undone, {undone} of {placed.en} lie "
        f"within {limit} m of {lined.en}, against {given} as given and about {elsewhere} when "
        'moved elsewhere; if it is so, state datum = "gcj02"',
    )
    return Notice("looks-like-gcj02", "warning", len(fit.moved.table), text, layer=fit.moved.id)


def _what_is_held(layer: Layer) -> Text:
    name = layer.spec.name
    if layer.spec.table != "zones":
        return name
    return Text(zh=f"{name.zh}界线", en=f"the borders of {name.en}")
