"""Write a page for every zone of the level that a study names."""

from collections.abc import Sequence
from pathlib import Path

from urbangis.notices import Text
from urbangis.pipeline.load import Loaded
from urbangis.publish.model import Link, PageGroup
from urbangis.publish.pages.place import FOLDER, Place, place_figure, place_file, place_page
from urbangis.publish.pages.service import ServiceResult
from urbangis.publish.web.page import write_page


def write_places(
    loaded: Loaded, results: Sequence[ServiceResult], folder: Path, *, assets: str
) -> tuple[PageGroup, ...]:
    """Write the pages of the zones of ``zone_pages``, and return the ways there.

    Returns
    -------
    tuple[PageGroup, ...]
        One group, in the order of the zones; none if the study names no level or has no service.
    """
    study = loaded.study
    named = [level for level in study.levels if level.id == study.spec.zone_pages]
    return tuple(
        PageGroup(
            Text(zh=f"分{level.name.zh}查看", en=f"{level.name.en}: a page each"),
            tuple(
                _write(Place(study, level, zone, results, loaded.layers), folder, assets=assets)
                for zone in level.zones["id"]
            ),
        )
        for level in named
        if results
    )


def _write(place: Place, folder: Path, *, assets: str) -> Link:
    file = f"{FOLDER}/{place_file(place.level.id, place.zone)}"
    write_page(place_page(place), folder / file, assets=f"../{assets}")
    return Link(place.name, file, place_figure(place))
