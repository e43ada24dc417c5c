"""A planning study: its file (``urbangis.toml``) as a checked specification, and its zones.

Reading the layers that the file names is the work of `urbangis.io`; running them, of
`urbangis.pipeline`.
"""

from urbangis.study.access import AccessSpec, CapacitySpec, RankSpec
from urbangis.study.basemap import BasemapSpec
from urbangis.study.circles import CircleSpec
from urbangis.study.comparisons import ComparisonSpec
from urbangis.study.conflicts import ConflictSpec
from urbangis.study.indicators import IndicatorSpec
from urbangis.study.layers import JoinSpec, LayerSpec, LevelSpec, Nature, NodeSpec
from urbangis.study.model import Layer, Level, Study
from urbangis.study.people import PeopleSpec
from urbangis.study.printing import PrintSpec
from urbangis.study.services import CompareSpec, GroundSpec, ServiceSpec
from urbangis.study.siting import SitingSpec
from urbangis.study.spec import FILE_NAME, StudySpec, read_study_spec
from urbangis.study.transit import CommutingSpec, RoadSpec, StationTimes, TransitSpec
from urbangis.study.uncertainty import OtherPeopleSpec, UncertaintySpec

__all__ = [
    "FILE_NAME",
    "AccessSpec",
    "BasemapSpec",
    "CapacitySpec",
    "CircleSpec",
    "CommutingSpec",
    "CompareSpec",
    "ComparisonSpec",
    "ConflictSpec",
    "GroundSpec",
    "IndicatorSpec",
    "JoinSpec",
    "Layer",
    "LayerSpec",
    "Level",
    "LevelSpec",
    "Nature",
    "NodeSpec",
    "OtherPeopleSpec",
    "PeopleSpec",
    "PrintSpec",
    "RankSpec",
    "RoadSpec",
    "ServiceSpec",
    "SitingSpec",
    "StationTimes",
    "Study",
    "StudySpec",
    "TransitSpec",
    "UncertaintySpec",
    "read_study_spec",
]
