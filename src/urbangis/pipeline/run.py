"""Build everything that a study publishes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from urbangis.errors import StudyError
from urbangis.notices import Notice, Text
from urbangis.pipeline.load import Loaded, Tell, load_study
from urbangis.pipeline.outputs import replaced_folder, write_json, write_service_data
from urbangis.pipeline.record import RECORD, dependencies, is_fresh, outputs_of
from urbangis.pipeline.services import build_networks, compute_service
from urbangis.publish.model import Link
from urbangis.publish.overview import overview_page
from urbangis.publish.page import write_assets, write_page
from urbangis.publish.service import ServiceResult, service_page
from urbangis.publish.site import SiteLinks, index_page
from urbangis.study import Study

FRONT = Link(Text(zh="首页", en="Front page"), "index.html")


@dataclass(frozen=True)
class RunReport:
    """What a run did.

    Parameters
    ----------
    front_page
        The page to open.
    built
        False if nothing had changed since the last run.
    notices
        What a reader of the figures must know, all services together.
    """

    front_page: Path
    built: bool
    notices: tuple[Notice, ...] = ()


def run(
    study: Path,
    *,
    output: Path | None = None,
    force: bool = False,
    only: Sequence[str] = (),
    tell: Tell = lambda _: None,
) -> RunReport:
    """Build the maps of a study, if anything they depend on has changed.

    Parameters
    ----------
    study
        The study's folder or file.
    output
        Folder to publish into; ``maps`` in the study's folder if None.
    force
        Build even if nothing has changed.
    only
        Services to build; all if empty. Those of other names are left out of the site, and the
        next run builds everything.
    tell
        Called with a line of progress before each step.

    Raises
    ------
    InputError
        If the study or anything that it names is wrong. What was published before stays.
    """
    output = output or (study if study.is_dir() else study.parent) / "maps"
    front_page = output / "index.html"
    if not force and not only and is_fresh(study, output):
        return RunReport(front_page, built=False)
    depends_on = dependencies(study)
    with replaced_folder(output) as folder:
        write_assets(folder / "assets")
        built = _build(study, folder, assets="assets", only=only, tell=tell)
        if only:
            _check_only(only, built)
            depends_on["only"] = list(only)
        outputs = {"depends_on": depends_on, "outputs": outputs_of(folder)}
        write_json(built.record | outputs, folder / RECORD)
    return RunReport(front_page, built=True, notices=built.notices)


@dataclass(frozen=True)
class _Built:
    """A study as built: its name, its record, and its notices, those of its parts included."""

    name: Text
    record: dict[str, Any]
    notices: tuple[Notice, ...]


def _build(path: Path, folder: Path, *, assets: str, only: Sequence[str], tell: Tell) -> _Built:
    """Build one study, with its parts, into a folder."""
    loaded = load_study(path, tell=tell)
    study = loaded.study
    services = {
        name: spec for name, spec in study.spec.services.items() if not only or name in only
    }
    networks = build_networks(loaded, services)
    results = []
    for service_id, spec in services.items():
        tell(f"computing {service_id}")
        coverage, rings = compute_service(loaded, spec, networks)
        data = f"data/{service_id}"
        write_service_data(folder / data, coverage, rings, all_zones(study))
        links = (
            FRONT,
            Link(Text(zh="覆盖率表（CSV）", en="Coverage table (CSV)"), f"{data}/coverage.csv"),
            Link(
                Text(zh="结果图层（GeoPackage）", en="Layers (GeoPackage)"), f"{data}/result.gpkg"
            ),
        )
        results.append(ServiceResult(service_id, spec, coverage, rings, links))
    parts = {
        part.name: _build(
            study.root / part, folder / part.name, assets=f"../{assets}", only=only, tell=tell
        )
        for part in study.spec.parts
    }
    tell(f"writing the pages of {study.name.en}")
    _write_pages(loaded, results, {name: part.name for name, part in parts.items()}, folder, assets)
    record = _record(loaded, results)
    record["parts"] = {name: part.record for name, part in parts.items()}
    notices = (
        *loaded.notices,
        *(one for layer in loaded.layers.values() for one in layer.notices),
        *(one for result in results for one in result.coverage.notices),
        *(one for part in parts.values() for one in part.notices),
    )
    return _Built(study.name, record, notices)


def _write_pages(
    loaded: Loaded,
    results: Sequence[ServiceResult],
    parts: Mapping[str, Text],
    folder: Path,
    assets: str,
) -> None:
    """Write the front page, the overview and a page for each service."""
    study, layers, catalogue = loaded.study, loaded.layers, loaded.catalogue
    for result in results:
        page = service_page(study, result, layers, catalogue)
        write_page(page, folder / f"{result.id}.html", assets=assets)
    pages = []
    if study.spec.overview:
        page = overview_page(study, layers, catalogue, links=(FRONT,))
        write_page(page, folder / "overview.html", assets=assets)
        pages.append(Link(page.title, "overview.html"))
    links = SiteLinks(
        pages=tuple(pages),
        parts=tuple(Link(name, f"{part}/index.html") for part, name in parts.items()),
        downloads=tuple(Link(result.title, f"data/{result.id}/coverage.csv") for result in results),
    )
    front = index_page(study, results, layers, links)
    write_page(front, folder / "index.html", assets=assets)


def _check_only(only: Sequence[str], built: _Built) -> None:
    """Refuse a name that no service has, in the study or in its parts."""
    records = [built.record, *built.record["parts"].values()]
    known = {service for record in records for service in record["services"]}
    for name in only:
        if name not in known:
            raise StudyError(
                f'there is no service "{name}"', remedy="Name one of the study file's services."
            )


def all_zones(study: Study) -> gpd.GeoDataFrame:
    """Put the zones of all levels into one table: ``zone_id, level, name, name_en, geometry``."""
    frames = [level.zones.assign(level=level.id) for level in study.levels]
    table = pd.concat(frames, ignore_index=True).rename(columns={"id": "zone_id"})
    columns = ["zone_id", "level", "name", "name_en", "geometry"]
    return gpd.GeoDataFrame(table[columns], crs=study.crs)


def _record(loaded: Loaded, results: Sequence[ServiceResult]) -> dict[str, Any]:
    """Tell what went in and what came out."""
    study = loaded.study
    return {
        "study": {"name": study.name.en, "crs": study.crs.to_string()},
        "notices": [_told(one) for one in loaded.notices],
        "layers": {
            layer.id: {
                "file": str(layer.spec.file or layer.spec.boundaries),
                "rows": len(layer.table),
                "nature": layer.spec.nature,
                "source": layer.spec.source,
                "data_date": layer.spec.data_date,
                "notices": [_told(one) for one in layer.notices],
            }
            for layer in loaded.layers.values()
        },
        "services": {
            result.id: {
                "service": result.spec.model_dump(mode="json"),
                "standard": result.coverage.standard.model_dump(mode="json"),
                "mode": result.coverage.mode and result.coverage.mode.model_dump(mode="json"),
                "study": _whole(result),
                "notices": [_told(one) for one in result.coverage.notices],
            }
            for result in results
        },
    }


def _whole(result: ServiceResult) -> list[dict[str, Any]]:
    zones = result.coverage.zones
    whole = zones[zones["level"] == "study"].drop(columns=["zone_id", "zone_name", "level"])
    return [
        {str(key): None if pd.isna(value) else value for key, value in row.items()}
        for row in whole.to_dict("records")
    ]


def _told(one: Notice) -> dict[str, Any]:
    return {
        "code": one.code,
        "severity": one.severity,
        "count": one.count,
        "message": one.message.en,
        "sample_ids": list(one.sample_ids),
    }
