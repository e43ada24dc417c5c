"""Gates, bollards and other barriers: where two streets meet, but not for everyone."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from urbangis.catalog import Mode
from urbangis.notices import Notice, Text, notice


def part_at_barriers(
    node: NDArray[np.int64], streets: pd.DataFrame, mode: Mode
) -> tuple[NDArray[np.int64], tuple[Notice, ...]]:
    """Part the two streets that meet at a barrier which the mode cannot pass.

    Where more than two meet, which of them it closes is not known, and it closes none.

    Parameters
    ----------
    node
        Node at the start of each street, then at the end of each, shape (2 * streets,).
    streets
        Streets open to the mode, with the columns ``id`` and, if there are barriers,
        ``start_barrier`` and ``end_barrier``: kind and access tags, ``"gate;foot=yes"``.
    mode
        Which barriers stop it.

    Returns
    -------
    node, notices
        Either end at a closed barrier has a new node; what was closed, and what was not.
    """
    if not {"start_barrier", "end_barrier"} <= set(streets.columns):
        return node, ()
    barrier = pd.concat([streets["start_barrier"], streets["end_barrier"]])
    closing = [text for text in barrier.dropna().unique() if _is_closed(text, mode)]
    closed = barrier.isin(closing).to_numpy()
    meeting = np.bincount(node)[node]
    parted, kept = closed & (meeting == 2), closed & (meeting > 2)
    ids = np.tile(streets["id"].to_numpy(object), 2)
    notices = _notices(ids[_first_of(node, parted)], ids[_first_of(node, kept)], mode)
    node = node.copy()
    node[parted] = node.max() + 1 + np.arange(parted.sum())
    return node, notices


def _is_closed(barrier: str, mode: Mode) -> bool:
    """Whether a barrier stops a mode: by its access tags if they tell, otherwise by its kind."""
    kind, *tags = barrier.split(";")
    given = dict(tag.partition("=")[::2] for tag in tags)
    access = next((given[key] for key in reversed(mode.access_keys) if key in given), None)
    if access in mode.permit:
        return False
    return access in mode.barrier_deny or kind in mode.closed_barriers


def _first_of(node: NDArray[np.int64], rows: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the first row of each node among ``rows``."""
    return np.flatnonzero(rows)[np.unique(node[rows], return_index=True)[1]]


def _notices(
    parted: NDArray[np.object_], kept: NDArray[np.object_], mode: Mode
) -> tuple[Notice, ...]:
    closed = Text(
        zh=f"有{parted.size}处大门、路障等阻隔不能通行（{mode.name.zh}），两侧道路在此断开。",
        en=f"{parted.size} gates, bollards and other barriers close a street "
        f"({mode.name.en.lower()}).",
    )
    unclear = Text(
        zh=f"有{kept.size}处阻隔位于路口，无法判断封闭的是哪条道路，按可通行计（{mode.name.zh}）。",
        en=f"{kept.size} barriers stand at junctions; which street they close is not known, and "
        f"they close none ({mode.name.en.lower()}).",
    )
    return (
        *notice("barriers-closed", parted, closed, layer="streets"),
        *notice("barriers-at-junctions", kept, unclear, layer="streets"),
    )
