"""The page of the study's layers."""

from collections.abc import Mapping
from dataclasses import replace

from urbangis.catalog import Catalogue
from urbangis.notices import Text
from urbangis.publish.maps import context
from urbangis.publish.model import Link, MapPage
from urbangis.study import Layer, Study


def overview_page(
    study: Study,
    layers: Mapping[str, Layer],
    catalogue: Catalogue,
    *,
    links: tuple[Link, ...] = (),
) -> MapPage:
    """Describe the page that shows every layer which the study's ``overview`` names.

    Parameters
    ----------
    layers
        The study's layers by id.
    links
        The way back to the front page.
    """
    named = [layers[name] for name in study.spec.overview]
    page = context.map_page(study, Text(zh="图层总览", en="Layers at a glance"), named)
    return replace(page, layers=context.surroundings(study, named, catalogue), links=links)
