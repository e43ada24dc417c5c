"""Maps and tables of what is wrong with the streets of a study."""

from pathlib import Path
from typing import get_args

import pandas as pd

from urbangis.network.build import TOLERANCE_M
from urbangis.network.faults import Fault, NetworkReport, network_report
from urbangis.notices import Text
from urbangis.pipeline.load import Loaded, Tell
from urbangis.pipeline.outputs import write_result
from urbangis.publish.basemap import write_tiles
from urbangis.publish.model import Link
from urbangis.publish.pages.faults import faults_page
from urbangis.publish.web.page import write_assets, write_page
from urbangis.study import Layer


def write_faults(loaded: Loaded, folder: Path, *, tell: Tell = lambda _: None) -> tuple[Path, ...]:
    """Write a page and the data of every layer of streets of a study.

    ``<layer>-faults.html``, and in ``data/<layer>`` the tables ``faults.csv`` (how many of each
    kind) and ``result.gpkg`` (layers ``faults`` and ``streets``, with the connected piece that
    each street is part of).

    Parameters
    ----------
    loaded
        A study.
    folder
        Made if need be.
    tell
        Called with a line of progress before each layer.

    Returns
    -------
    tuple of Path
        The pages; none where the study has no streets.
    """
    streets = [one for one in loaded.layers.values() if one.spec.table == "streets"]
    if streets:
        write_assets(folder / "assets")
        write_tiles(loaded.study, folder / "assets")
    pages = []
    for layer in streets:
        tell(f"mapping what is wrong with {layer.spec.name.en}")
        pages.append(_write(loaded, layer, folder))
    return tuple(pages)


def _write(loaded: Loaded, layer: Layer, folder: Path) -> Path:
    node = layer.spec.node
    tolerance_m = TOLERANCE_M if node is None else node.tolerance_m
    report = network_report(layer.table, tolerance_m=tolerance_m)
    data = f"data/{layer.id}"
    write_result(
        folder / data,
        {"faults": _counts(report)},
        {"faults": report.faults, "streets": report.lines},
    )
    links = (
        Link(Text(zh="各类数量（CSV）", en="Counts (CSV)"), f"{data}/faults.csv"),
        Link(Text(zh="逐处位置（GeoPackage）", en="Places (GeoPackage)"), f"{data}/result.gpkg"),
    )
    page = folder / f"{layer.id}-faults.html"
    write_page(faults_page(loaded.study, layer, report, links=links), page, assets="assets")
    return page


def _counts(report: NetworkReport) -> pd.DataFrame:
    kinds = [*get_args(Fault)]
    return pd.DataFrame({"fault": kinds, "places": [report.count(kind) for kind in kinds]})
