"""Travel times cell by cell as a raster, where the demand is one."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from urbangis.io.raster import write_cells
from urbangis.measures.coverage import Coverage
from urbangis.notices import Text
from urbangis.pipeline.load import Loaded
from urbangis.pipeline.outputs import moved_into
from urbangis.publish import wording
from urbangis.publish.model import Link
from urbangis.study import ServiceSpec
from urbangis.tables import is_cells
from urbangis.units import minutes

NAME = "travel_time.tif"


def service_travel_time(
    loaded: Loaded, spec: ServiceSpec, coverage: Coverage, folder: Path, data: str
) -> tuple[Link, ...]:
    """Write the travel times of a service of a study into ``folder / data``.

    Returns
    -------
    tuple[Link, ...]
        The way to the file; none where there is no such raster.
    """
    layers = loaded.study.spec.layers
    dates = sorted(
        date for name in spec.layers_used if (date := layers[name].data_date) is not None
    )
    dated = "/".join(dict.fromkeys((dates[0].isoformat(), dates[-1].isoformat()))) if dates else ""
    raster = loaded.study.root / str(layers[spec.demand].file)
    if not write_travel_time(folder / data, coverage, raster, dated=dated):
        return ()
    label = Text(zh="到达时间栅格（GeoTIFF）", en="Travel time, cell by cell (GeoTIFF)")
    return (Link(label, f"{data}/{NAME}"),)


def write_travel_time(folder: Path, coverage: Coverage, raster: Path, *, dated: str = "") -> bool:
    """Write ``travel_time.tif`` into a folder, if the demand is a raster and the rule a time.

    The file has the raster's own cells and CRS, cropped to those that hold people: minutes to the
    nearest facility as 32-bit floats, and no data where nobody lives or no facility was reached
    within the search limit. Its tags tell standard, clause, model and data date. It is a
    cloud-optimised GeoTIFF, of the same bytes each time.

    Parameters
    ----------
    folder
        Made if need be.
    coverage
        As computed.
    raster
        The file of the demand.
    dated
        Date of the data, or first and last date; empty where no layer states one.

    Returns
    -------
    bool
        Whether there was such a raster to write.
    """
    if not is_cells(coverage.demand) or coverage.standard.cutoff_min is None:
        return False
    with moved_into(folder) as place:
        write_cells(
            place / NAME,
            coverage.demand["id"].to_numpy(),
            minutes_of(coverage),
            like=raster,
            tags=tags_of(coverage, dated),
        )
    return True


def minutes_of(coverage: Coverage) -> NDArray[np.float32]:
    """Return the minutes of each row of the demand; NaN where nothing is reached."""
    return np.asarray(coverage.demand["cost"].to_numpy() / minutes(1.0), np.float32)


def tags_of(coverage: Coverage, dated: str) -> dict[str, str]:
    """Return what the file says of itself."""
    standard, source = coverage.standard, coverage.standard.source
    return {
        "UNIT": "minutes",
        "NODATA_MEANS": "nobody lives here, or no facility within the search limit",
        "STANDARD": f"{standard.id}: {standard.name.zh} / {standard.name.en}",
        "CLAUSE": f"{source.document} {source.clause}".strip(),
        "MODEL": wording.model(standard, coverage.mode).en,
        "DATA_DATE": dated or "not stated",
    }
