"""Plans held against restrictive layers, as a study file describes them."""

from pydantic import Field

from urbangis.catalog import Spec
from urbangis.notices import Text


class ConflictSpec(Spec):
    """Plans, sites or lines against red lines, farmland, water, and a growth boundary.

    Parameters
    ----------
    plans
        Layers of what is planned: polygons, points or lines.
    against
        Layers of restrictive areas (table ``redlines``, each row with ``generation`` and
        ``tier``); rules of the catalogue say what holds in them.
    boundary
        Layer of polygons that the plans are to lie inside, such as the urban growth boundary.
    sliver_m2, sliver_width_m
        Overlaps below these are tolerated, and listed; 0 tolerates none.
    position_m
        How far, in metres, plans or areas may be drawn from their true place. A plan that is clear
        but nearer to an area than this cannot be cleared: it is said to be in doubt.
    context
        Layers to draw beneath in the evidence maps.
    """

    name: Text
    plans: tuple[str, ...] = Field(min_length=1)
    against: tuple[str, ...] = Field(min_length=1)
    boundary: str | None = None
    sliver_m2: float = Field(default=10.0, ge=0)
    sliver_width_m: float = Field(default=0.5, ge=0)
    position_m: float = Field(default=0.0, ge=0)
    context: tuple[str, ...] = ()
    note: Text | None = None

    @property
    def layers_used(self) -> tuple[str, ...]:
        """Names of the layers behind the figures."""
        return (*self.plans, *self.against, *([self.boundary] if self.boundary else []))
