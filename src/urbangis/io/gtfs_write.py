"""Write a GTFS feed."""

import zipfile
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

_WHEN = (1980, 1, 1, 0, 0, 0)
"""A zip file notes when its parts were written; the same input must give the same bytes."""


def write_gtfs(tables: Mapping[str, pd.DataFrame], path: Path) -> None:
    """Write the tables of a feed into a zip file, in the order of their names.

    Parameters
    ----------
    tables
        By name of file, without ``.txt``.
    path
        File to write; one that is there is replaced when the new one is whole.
    """
    beside = path.with_name(f".new.{path.name}")
    with zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(tables):
            text = tables[name].to_csv(index=False, lineterminator="\r\n")
            archive.writestr(zipfile.ZipInfo(f"{name}.txt", _WHEN), text.encode())
    beside.replace(path)
