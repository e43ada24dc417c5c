"""The page of the study's layers."""

from collections.abc import Mapping

from urbangis.catalog import Catalogue
from urbangis.notices import Text
from urbangis.publish.basemap import basemap_of
from urbangis.publish.maps import context
from urbangis.publish.maps.display import extent
from urbangis.publish.maps.zones import border_layers
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
    shown = [context.study_layer(layer, study, catalogue, show=layer.spec.show) for layer in named]
    return MapPage(
        title=Text(zh="图层总览", en="Layers at a glance"),
        subtitle=study.name,
        languages=study.spec.languages,
        extent=extent(study),
        layers=context.stacked(shown, border_layers(study)),
        review=context.review(study),
        basemap=basemap_of(study),
        facts=(*context.study_facts(study, named), *context.layer_facts(named)),
        notices=context.layer_notices(named),
        cautions=context.cautions(named),
        links=links,
    )
