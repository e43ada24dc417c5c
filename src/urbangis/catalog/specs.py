"""The shape of a catalogue entry. One TOML file is one entry; its folder says which kind."""

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from urbangis.notices import Text
from urbangis.units import kmh, minutes

Confidence = Literal["high", "medium", "low"]
Denominator = Literal[
    "residents", "school_age", "over_60", "residential_m2", "built_up_m2", "units"
]
LANDS: tuple[Denominator, ...] = ("residential_m2", "built_up_m2")
"""Denominators that are counted by area, not by place."""
SpeedKmh = Annotated[float, Field(gt=0)]


class Spec(BaseModel):
    """Base of every specification: immutable, and no key may be misspelt."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(Spec):
    """Where a number comes from. No entry is without it."""

    document: str
    clause: str
    quote: str | None = None
    note: Text | None = None
    confidence: Confidence


class Entry(Spec):
    """Base of every catalogue entry: what it is called and where it comes from."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    name: Text
    source: Source


class TargetRate(Spec):
    """The share that a standard asks for."""

    rate: float = Field(gt=0, le=1)
    scope: Text
    year: int | None = None
    note: Text | None = None


class SizeClass(Spec):
    """Service radius of the facilities of one size, ``min_area_m2 <= area < max_area_m2``."""

    min_area_m2: float = Field(ge=0)
    max_area_m2: float | None = None
    cutoff_m: float = Field(gt=0)

    @model_validator(mode="after")
    def _ascends(self) -> Self:
        if self.max_area_m2 is not None and self.max_area_m2 <= self.min_area_m2:
            raise ValueError("max_area_m2 must be larger than min_area_m2")
        return self


class Standard(Entry):
    """A service standard: who must have what within which time or distance.

    ``method`` is ``"network"`` (travel time along streets in ``mode``, ``cutoff_min``),
    ``"surface"`` (travel time over open ground, along the streets of ``mode`` where there are
    any, ``cutoff_min``) or
    ``"straight_line"``: a radius ``cutoff_m``, a radius by facility size ``size_classes``, or a
    time ``cutoff_min`` at ``speed_kmh`` over the straight line lengthened by ``detour_factor``.
    One facility of any of the kinds in ``facilities`` serves, unless ``each_kind``: then a place
    is served only when every one of the kinds is within the cutoff (a life circle).
    The first of ``denominators`` is the one that ``target`` speaks of.
    """

    facilities: tuple[str, ...] = Field(min_length=1)
    each_kind: bool = False
    method: Literal["network", "straight_line", "surface"]
    mode: str | None = None
    cutoff_min: float | None = Field(default=None, gt=0)
    cutoff_m: float | None = Field(default=None, gt=0)
    size_classes: tuple[SizeClass, ...] = ()
    speed_kmh: float | None = Field(default=None, gt=0)
    detour_factor: float | None = Field(default=None, ge=1)
    rings_min: tuple[float, ...] = ()
    denominators: tuple[Denominator, ...] = Field(min_length=1)
    direction: Literal["to_facility", "from_facility"] = "to_facility"
    target: TargetRate | None = None

    @model_validator(mode="after")
    def _one_rule(self) -> Self:
        if self.method != "straight_line":
            if self.mode is None or self.cutoff_min is None:
                raise ValueError(f"a {self.method} standard needs mode and cutoff_min")
            if self.cutoff_m or self.size_classes or self.speed_kmh or self.detour_factor:
                raise ValueError(
                    "cutoff_m, size_classes, speed_kmh and detour_factor are for straight_line"
                )
            return self
        if self.mode is not None:
            raise ValueError("mode is for network and surface standards")
        rules = [self.cutoff_m is not None, bool(self.size_classes), self.cutoff_min is not None]
        if sum(rules) != 1:
            raise ValueError("give one of cutoff_m, size_classes and cutoff_min")
        timed = (self.speed_kmh is not None, self.detour_factor is not None)
        if any(timed) != (self.cutoff_min is not None) or any(timed) != all(timed):
            raise ValueError("cutoff_min by straight line needs speed_kmh and detour_factor")
        return self

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        rings = (0.0, *self.rings_min)
        if any(inner >= outer for inner, outer in pairwise(rings)):
            raise ValueError("rings_min must rise from a number above 0")
        if self.rings_min and self.rings_min[-1] != self.cutoff_min:
            raise ValueError("the last of rings_min must be cutoff_min")
        bounds = [(size.min_area_m2, size.max_area_m2) for size in self.size_classes]
        if any(upper is None or upper > lower for (_, upper), (lower, _) in pairwise(bounds)):
            raise ValueError("size_classes must rise and not overlap")
        return self

    @property
    def land(self) -> Denominator | None:
        """The denominator that is counted by area, if one is."""
        return next((name for name in self.denominators if name in LANDS), None)

    @property
    def cutoff_s(self) -> float | None:
        """Largest travel time that counts as served, inclusive, in seconds."""
        return None if self.cutoff_min is None else minutes(self.cutoff_min)

    @property
    def straight_speed_ms(self) -> float | None:
        """Metres of straight line per second of travel, detour counted."""
        if self.speed_kmh is None or self.detour_factor is None:
            return None
        return kmh(self.speed_kmh) / self.detour_factor


class CircleService(Spec):
    """One service of a life circle: a facility of any of its kinds, within its own cutoff.

    Parameters
    ----------
    facilities
        Kinds of facility, of which any one serves.
    cutoff_min, cutoff_m
        Walking minutes along streets, and radius in a straight line, as the document gives them;
        None where it gives none, and the service cannot be judged in that form.
    clause, confidence, note
        Where the numbers stand in the circle's document, and how sure they are.
    """

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    name: Text
    facilities: tuple[str, ...] = Field(min_length=1)
    cutoff_min: float | None = Field(default=None, gt=0)
    cutoff_m: float | None = Field(default=None, gt=0)
    clause: str = Field(min_length=1)
    confidence: Confidence
    note: Text | None = None


class Circle(Entry):
    """A life circle: the services that every home is to have near at once.

    Parameters
    ----------
    tier_min
        Minutes that name the circle: one number, or the two ends of a range.
    mode
        Travel mode of the form by network.
    services
        In the order of the document, which also breaks ties.
    """

    tier_min: tuple[float, ...] = Field(min_length=1, max_length=2)
    mode: str
    services: tuple[CircleService, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _tier_holds_services(self) -> Self:
        if any(inner >= outer for inner, outer in pairwise((0.0, *self.tier_min))):
            raise ValueError("tier_min must rise from a number above 0")
        seen: set[str] = set()
        for service in self.services:
            if service.id in seen:
                raise ValueError(f'the service "{service.id}" stands twice')
            seen.add(service.id)
            if (service.cutoff_min or 0) > self.tier_min[-1]:
                raise ValueError(f'cutoff_min of "{service.id}" is beyond the tier')
        return self

    def standard(
        self, service: CircleService, method: Literal["network", "straight_line"]
    ) -> Standard | None:
        """Return one of the services as a standard of its own.

        None where the document gives no minutes (``"network"``) or radius (``"straight_line"``).
        """
        by_network = method == "network"
        cutoff = service.cutoff_min if by_network else service.cutoff_m
        if cutoff is None:
            return None
        return Standard(
            id=f"{self.id}-{service.id}",
            name=service.name,
            facilities=service.facilities,
            method=method,
            mode=self.mode if by_network else None,
            cutoff_min=cutoff if by_network else None,
            cutoff_m=None if by_network else cutoff,
            denominators=("residents",),
            source=Source(
                document=self.source.document,
                clause=service.clause,
                note=service.note,
                confidence=service.confidence,
            ),
        )


class Mode(Entry):
    """How someone travels: which streets, how fast, and how far from a street they may start.

    Parameters
    ----------
    speeds_kmh
        Speed by street class (OpenStreetMap ``highway`` values). A class that is not listed is
        closed to the mode, unless ``other_kmh`` is given.
    obeys_one_way
        Whether one-way streets bind the mode.
    obeys_max_speed
        Whether a street's own speed limit, where lower, replaces the speed of its class.
    access_keys
        Access tags from the most general to the most particular; the last one present decides.
    deny, permit
        Access values that close a street, and that open one of a class that is not listed (at the
        pace of ``access_kmh``).
    closed_barriers
        Kinds of barrier (OpenStreetMap ``barrier`` values) that the mode cannot pass, unless an
        access tag of the barrier permits it.
    barrier_deny
        Access values that close a barrier of any kind. ``deny`` is for streets: the people behind
        a private gate can open it.
    ferry_kmh
        Speed of ferries that do not tell how long they take; without it ferries are closed.
    snap_limit_m
        Largest distance from a place to the street network, metres.
    access_kmh
        Speed on the way between a place and the street.
    """

    speeds_kmh: dict[str, SpeedKmh] = Field(min_length=1)
    other_kmh: float | None = Field(default=None, gt=0)
    obeys_one_way: bool
    obeys_max_speed: bool = False
    access_keys: tuple[str, ...]
    deny: tuple[str, ...]
    permit: tuple[str, ...] = ()
    one_way_exception_keys: tuple[str, ...] = ()
    closed_barriers: tuple[str, ...] = ()
    barrier_deny: tuple[str, ...] = ()
    ferry_kmh: float | None = Field(default=None, gt=0)
    snap_limit_m: float = Field(gt=0)
    access_kmh: float = Field(gt=0)

    @property
    def access_ms(self) -> float:
        """Speed of the access and egress legs, metres per second."""
        return kmh(self.access_kmh)


class Style(Entry):
    """How one kind of layer is drawn."""

    color: str = Field(pattern=r"^#[0-9a-f]{6}$")
    fill: str | None = Field(default=None, pattern=r"^#[0-9a-f]{6}$")
    fill_opacity: float = Field(default=0.5, ge=0, le=1)
    weight: float = Field(default=1.0, ge=0)
    radius: float = Field(default=4.0, gt=0)
    dash: tuple[float, ...] = ()
    shape: Literal["circle", "square", "triangle", "diamond"] = "circle"
    min_zoom: int = 0


class Goal(Spec):
    """One number that a clause asks for.

    Parameters
    ----------
    value, operator
        In the unit of the target, or ``unit``. ``"about"`` is for numbers that the document gives
        as approximate; no verdict is passed on those.
    origin
        ``"document"`` if the number, or a word such as "all", stands in the document;
        ``"reading"`` if it is only how we read it. A reading is never shown as official.
    item, unit
        What is asked for, and its unit, where a clause asks for several things.
    scope, zones
        The group that the number is asked of, where it is not that of the target; as there.
    """

    value: float
    operator: Literal["at_least", "at_most", "about"] = "at_least"
    origin: Literal["document", "reading"]
    item: Text | None = None
    unit: Text | None = None
    scope: Text | None = None
    zones: tuple[str, ...] = ()


class Target(Spec):
    """A clause of a policy document, and the indicator that it is held against.

    Parameters
    ----------
    clause, quote
        Where it stands, and its own words.
    kind
        What sort of question it is.
    name, unit
        The indicator, and the unit of its figure.
    measure
        How the figure is found: the rate of a service circle (``coverage``), the share of units
        that have something (``share``), the share of neighbours that are linked (``pairs``), rows
        or kilometres of a layer (``count``, ``length``), or a number worked out elsewhere
        (``figure``). Any of them may be a reported number instead.
    level
        ``"layers"`` if layers tell it, ``"register"`` if a list of names does, ``"reported"`` if
        only the department concerned knows it.
    needs
        The layers or lists that it takes.
    scope, zones
        The area that the clause speaks of; ``zones`` are ids of zones of the study of any level,
        which together make up that area; none stand for the whole study.
    year, due
        When the goal is to be reached: a year, or words where it is no plain year.
    """

    id: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]*$")
    clause: str = Field(min_length=1)
    quote: str = Field(min_length=1)
    kind: Literal[
        "coverage",
        "share",
        "connectivity",
        "overlay",
        "travel_time",
        "length_count",
        "siting",
        "reported",
    ]
    name: Text
    unit: Text
    measure: Literal["coverage", "share", "pairs", "count", "length", "figure"]
    level: Literal["layers", "register", "reported"]
    needs: Text
    scope: Text
    zones: tuple[str, ...] = ()
    year: int | None = None
    due: Text | None = None
    goals: tuple[Goal, ...] = ()
    note: Text | None = None


class Policy(Entry):
    """A policy document, clause by clause."""

    targets: tuple[Target, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _ids_differ(self) -> Self:
        seen: set[str] = set()
        for target in self.targets:
            if target.id in seen:
                raise ValueError(f'the target "{target.id}" stands twice')
            seen.add(target.id)
        return self


class Rule(Entry):
    """What may be built in the red-line areas of a plan, by tier and type.

    Parameters
    ----------
    generations
        The plans of red lines that it is of, by their year, as in the column ``generation`` of
        the areas.
    tiers
        Tiers that it is for, as in their column ``tier``.
    types
        Types of protected area that it is for; none: all. A rule for a type goes before one for
        all of them.
    verdict
        ``"forbid"``; ``"positive-list"``: nothing but what a list allows; ``"review"``: it depends
        on the project.
    requirement
        What it asks for.
    repealed_by
        The document that repealed it.
    """

    generations: tuple[str, ...] = Field(min_length=1)
    tiers: tuple[str, ...] = Field(min_length=1)
    types: tuple[str, ...] = ()
    verdict: Literal["forbid", "positive-list", "review"]
    requirement: Text
    repealed_by: str | None = None
