"""A generated province: streets, facilities and cells at full size, with the dirt of real ones.

Everything follows from the seed and the size. The streets are a jittered grid with a quarter of its
blocks open, bends, chains of short pieces, dead ends, long rural roads and loose ends; towns are
dense and the country is not.
"""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

CRS = "EPSG:4549"
FULL_NODES = 2_000_000
FULL_FACILITIES = 15_000
FULL_CELLS = 11_000_000
ORIGIN = np.array([400_000.0, 3_500_000.0])


@dataclass(frozen=True)
class Province:
    """Streets as pairs of crossings, with places for facilities and cells.

    Parameters
    ----------
    xy
        Crossings and bends, metres, shape (nodes, 2).
    ends
        Pieces of street between them, shape (edges, 2).
    facilities
        Points, shape (facilities, 2).
    cell_xy, people
        Cells of a population grid, shape (cells, 2) and (cells,).
    """

    xy: NDArray[np.float64]
    ends: NDArray[np.int64]
    facilities: NDArray[np.float64]
    cell_xy: NDArray[np.float64]
    people: NDArray[np.float64]

    @property
    def length_m(self) -> NDArray[np.float64]:
        """Length of each piece."""
        return np.hypot(*(self.xy[self.ends[:, 0]] - self.xy[self.ends[:, 1]]).T)

    def streets(self) -> gpd.GeoDataFrame:
        """Return the pieces as a table of the contract ``streets``, with node numbers."""
        count = len(self.ends)
        return gpd.GeoDataFrame(
            {
                "id": np.arange(count).astype(str),
                "class": "residential",
                "oneway": "no",
                "grade": 0,
                "max_speed_kmh": np.nan,
                "start_node": self.ends[:, 0],
                "end_node": self.ends[:, 1],
            },
            geometry=shapely.linestrings(self.xy[self.ends]),
            crs=CRS,
        )


def generate(share: float = 1.0, *, raw: bool = False, seed: int = 7) -> Province:
    """Generate a province, or a share of one.

    Parameters
    ----------
    share
        Of the full size: 1 is 2 million nodes, 3 million edges, 15,000 facilities, 11 million
        cells.
    raw
        Cut every street into three to five pieces, as OpenStreetMap gives them; the number of
        nodes stays the same, on a third of the crossings.
    seed
        Of the random numbers.
    """
    rng = np.random.default_rng(seed)
    nodes = FULL_NODES * share
    crossings = int(nodes / (4.0 if raw else 1.0))
    side = int(np.sqrt(crossings))
    xy, ends = _grid(rng, side)
    if raw:
        xy, ends = _cut(rng, xy, ends)
    width = xy.max(axis=0) - xy.min(axis=0)
    towns = rng.uniform(0, 1, (max(int(1200 * share), 3), 2)) * width
    crowd = towns[rng.integers(0, len(towns), int(FULL_FACILITIES * share))]
    facilities = np.clip(crowd + rng.normal(0, 3_000, crowd.shape), 0, width)
    cells_side = int(np.sqrt(FULL_CELLS * share))
    steps = (np.arange(cells_side) + 0.5) / cells_side
    gx, gy = np.meshgrid(steps * width[0], steps * width[1])
    cell_xy = np.column_stack([gx.ravel(), gy.ravel()])
    people = rng.gamma(0.3, 25.0, len(cell_xy))
    return Province(xy + ORIGIN, ends, facilities + ORIGIN, cell_xy + ORIGIN, people)


def _grid(rng: np.random.Generator, side: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Jittered grid, blocks of 60 to 1,000 m, a quarter of the streets missing."""
    gaps = np.where(
        rng.random(side) < 0.1, rng.uniform(400, 1000, side), rng.uniform(60, 220, side)
    )
    along = np.cumsum(gaps)
    i, j = np.meshgrid(np.arange(side), np.arange(side), indexing="ij")
    xy = np.column_stack([along[i.ravel()], along[j.ravel()]])
    xy += rng.uniform(-25, 25, xy.shape)
    number = np.arange(side * side).reshape(side, side)
    across = np.column_stack([number[:-1].ravel(), number[1:].ravel()])
    upward = np.column_stack([number[:, :-1].ravel(), number[:, 1:].ravel()])
    ends = np.concatenate([across, upward])
    ends = ends[rng.random(len(ends)) < 0.75]
    return xy, ends[rng.permutation(len(ends))]


def _cut(
    rng: np.random.Generator, xy: NDArray[np.float64], ends: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Cut each piece at one to three bends."""
    bends = rng.integers(1, 4, len(ends))
    row = np.repeat(np.arange(len(ends)), bends)
    step = np.arange(row.size) - np.repeat(np.cumsum(bends) - bends, bends) + 1
    t = (step / (bends[row] + 1))[:, None]
    place = xy[ends[row, 0]] * (1 - t) + xy[ends[row, 1]] * t + rng.normal(0, 4, (row.size, 2))
    number = len(xy) + np.arange(row.size)
    first, last = np.cumsum(bends) - bends, np.cumsum(bends) - 1
    inner = np.flatnonzero(np.diff(row) == 0)
    pieces = [
        np.column_stack([ends[:, 0], number[first]]),
        np.column_stack([number[inner], number[inner + 1]]),
        np.column_stack([number[last], ends[:, 1]]),
    ]
    cut = np.concatenate(pieces)
    return np.concatenate([xy, place]), cut[rng.permutation(len(cut))]
