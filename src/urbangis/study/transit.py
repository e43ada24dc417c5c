"""Transit lines and commuting circles, as a study file describes them."""

from typing import Self

from pydantic import Field, model_validator

from urbangis.catalog import Spec
from urbangis.notices import Text
from urbangis.study.people import PeopleSpec


class StationTimes(Spec):
    """What a journey by line takes besides the ride, minutes.

    Parameters
    ----------
    enter_min, exit_min
        From the station's door to the platform (security check included), and back.
    transfer_min
        From one line's platform to another's; no more than leaving and entering together.
    wait_cap_min
        Longest wait: half the headway, but no more than this, for those who know the timetable.
        None for no cap.
    """

    enter_min: float = Field(default=0.0, ge=0)
    exit_min: float = Field(default=0.0, ge=0)
    transfer_min: float = Field(default=0.0, ge=0)
    wait_cap_min: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _changing_is_no_longer_than_going_out(self) -> Self:
        if self.transfer_min > self.exit_min + self.enter_min:
            raise ValueError(
                "transfer_min is more than exit_min and enter_min: leaving the station and "
                "coming in again would be a quicker change"
            )
        return self


class RoadSpec(Spec):
    """Roads where there is no road network: straight lines, lengthened, round rivers by bridges.

    Parameters
    ----------
    speed_kmh
        Mean speed on the road.
    detour_factor
        Length along roads over straight line.
    barriers, crossings
        Layer of lines that roads cross only at the points of another layer.
    source
        Where these numbers come from.
    """

    speed_kmh: float = Field(gt=0)
    detour_factor: float = Field(ge=1)
    barriers: str | None = None
    crossings: str | None = None
    source: Text

    @model_validator(mode="after")
    def _rivers_have_bridges(self) -> Self:
        if (self.barriers is None) != (self.crossings is None):
            raise ValueError("barriers need crossings, and crossings barriers")
        return self


class TransitSpec(Spec):
    """The lines of a study, and how they are reached.

    Parameters
    ----------
    lines, stations
        Layers of the tables ``transit_lines`` and ``line_stations``.
    running, coming
        Values of ``status`` of the lines that run today, and of those that will.
    times
        Minutes at stations.
    road
        How places reach stations and each other without a line.
    access_limit_min
        Longest way between a place and a station, minutes.
    source
        Where headways, speeds and station times come from, for readers.
    """

    lines: str
    stations: str
    running: tuple[str, ...] = ("operating",)
    coming: tuple[str, ...] = ()
    times: StationTimes = StationTimes()
    road: RoadSpec
    access_limit_min: float = Field(gt=0)
    source: Text

    @property
    def layers_used(self) -> tuple[str, ...]:
        """Names of the layers behind the times."""
        others = (self.road.barriers, self.road.crossings)
        return (self.lines, self.stations, *(name for name in others if name))


class CommutingSpec(PeopleSpec):
    """The commuting circle of one metropolitan area.

    Parameters
    ----------
    name
        Name of the page.
    level, zone
        Level of the study and the area's id in it.
    centres, centre_ids
        Layer of centres, and which of them are this area's.
    towns
        Values of the demand's column ``kind`` that are towns, for the links between towns; every
        row is one if empty.
    key_places
        Layer of places to list by name: key central towns.
    groups
        Columns of the demand with numbers of people of a group, and what they are called.
    cutoff_min
        Largest travel time, inclusive.
    context
        Layers to draw beneath.
    """

    name: Text
    level: str
    zone: str
    centres: str
    centre_ids: tuple[str, ...] = Field(min_length=1)
    towns: tuple[str, ...] = ()
    key_places: str | None = None
    groups: dict[str, Text] = Field(default_factory=dict)
    cutoff_min: float = Field(default=60.0, gt=0)
    context: tuple[str, ...] = ()
    note: Text | None = None

    @property
    def layers_used(self) -> tuple[str, ...]:
        """Names of the layers that it names itself."""
        others = (self.spread_over, self.key_places)
        return (self.demand, self.centres, *(name for name in others if name))
