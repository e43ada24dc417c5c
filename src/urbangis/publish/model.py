"""What a page shows, before it becomes HTML: layers, figures, tables and texts."""

from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from urbangis.catalog import Style
from urbangis.notices import Language, Notice, Text
from urbangis.publish.basemap import Basemap
from urbangis.study import Nature

Format = Literal["text", "number", "rate", "range", "minutes", "metres"]
Tone = Literal["plain", "good", "bad"]


@dataclass(frozen=True)
class Field:
    """One line of a card: a column of the layer's table under a label.

    Parameters
    ----------
    column
        Column of the table. A text column ``x`` is read from ``x_en`` in English where that is
        there and not empty. The format ``"range"`` reads ``<column>_low`` and ``<column>_high``.
    target
        Only for rates: the target that the value is drawn against; ``<column>_met`` says whether
        it is met.
    unit
        Word after the number.
    missing
        What to say where the value is missing; without it the line is left out.
    """

    column: str
    label: Text
    format: Format = "text"
    target: float | None = None
    unit: Text | None = None
    missing: Text | None = None


@dataclass(frozen=True)
class ColorClass:
    """One class of a layer: its colour, its line in the legend, and whether it meets a target."""

    color: str
    label: Text
    met: bool = False


@dataclass(frozen=True)
class MapLayer:
    """A layer of a map.

    Parameters
    ----------
    id
        Unique on the page.
    table
        Geometry in any stated CRS, with ``id``, ``name`` and perhaps ``name_en``, the columns
        of ``fields`` and, where there are classes, ``class_columns``.
    style
        How it is drawn; ``classes`` replace its colour (of points and lines) or fill.
    kind
        ``"theme"``: one at a time, under everything else; ``"overlay"``: as many as wanted;
        ``"side"``: only as one side of a `Swipe`.
    classes, class_columns
        Legend from first to last; a column holds the number of the class, -1 for no data. The
        first column is shown; the page may change to another.
    nature, note
        How true the geometry is; anything but ``"surveyed"`` is said in legend and cards.
    show
        Whether it is visible when the page opens.
    searchable, labelled
        Whether its rows can be searched by name; whether the names are written on the map.
    interactive
        Whether a click opens a card.
    columns
        Further columns of the table that the page reads: those of the table of zones, where they
        are not lines of a card.
    replaces
        Id of an overlay that goes out while this theme is chosen: it shows the same places.
    """

    id: str
    name: Text
    table: gpd.GeoDataFrame
    style: Style
    kind: Literal["theme", "overlay", "side"] = "overlay"
    fields: tuple[Field, ...] = ()
    columns: tuple[str, ...] = ()
    classes: tuple[ColorClass, ...] = ()
    class_columns: tuple[str, ...] = ("class",)
    nature: Nature = "surveyed"
    note: Text | None = None
    show: bool = True
    searchable: bool = False
    labelled: bool = False
    interactive: bool = True
    replaces: str | None = None


@dataclass(frozen=True)
class ImageLayer:
    """A theme of cells: too many to draw one by one, so a picture of their classes.

    Parameters
    ----------
    numbers
        Number of the class of each cell, -1 for nothing, shape (rows, columns), north up.
    bounds
        West, south, east, north in metres of Web Mercator (EPSG:3857), whose cells they are.
    classes
        Legend, at most 15.
    id, name, nature, note, show
        As of `MapLayer`.
    replaces
        As of `MapLayer`.
    """

    id: str
    name: Text
    numbers: NDArray[np.int8]
    bounds: tuple[float, float, float, float]
    classes: tuple[ColorClass, ...]
    nature: Nature = "surveyed"
    note: Text | None = None
    show: bool = True
    replaces: str | None = None


@dataclass(frozen=True)
class Swipe:
    """Two layers side by side, parted by a line that the reader moves: before and after.

    Parameters
    ----------
    name
        Of the comparison.
    left, right
        Ids of the two layers. What they replace goes out while they are compared.
    """

    name: Text
    left: str
    right: str


@dataclass(frozen=True)
class Figure:
    """A headline figure."""

    label: Text
    value: Text
    note: Text | None = None
    tone: Tone = "plain"


@dataclass(frozen=True)
class Fact:
    """A line of the source strip. Only ``brief`` ones stand below the map, all in the panel."""

    label: Text
    value: Text
    brief: bool = False


@dataclass(frozen=True)
class Link:
    """A way to another page or a file; ``href`` is relative to the page.

    ``figure`` is what the page there says first, where the front page shows it.
    """

    label: Text
    href: str
    figure: Figure | None = None


@dataclass(frozen=True)
class TableLevel:
    """One level of the zone table: the rows of the theme layer ``layer``.

    ``names`` are the theme layers whose names are written on the map while the level is chosen;
    ``others`` show the same rows, in the same order, coloured by something else.
    """

    name: Text
    layer: str
    names: tuple[str, ...]
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class TableMeasure:
    """One denominator of the zone table: columns ``<id>_total``, ``<id>_rate`` and so on."""

    id: str
    name: Text
    unit: Text


@dataclass(frozen=True)
class ZoneTable:
    """The table of zones beside the map; its rows are those of the theme layers it names.

    ``target`` belongs to the first measure; ``unsnapped`` says who could not be placed.
    """

    levels: tuple[TableLevel, ...]
    measures: tuple[TableMeasure, ...]
    unsnapped: Text
    target: float | None


@dataclass(frozen=True)
class RuleRow:
    """One rule of a service: name, the clause behind it, how it measures, what it counts, rate."""

    name: Text
    basis: Text
    model: Text
    counted: Text
    rate: str


@dataclass(frozen=True)
class RuleSplit:
    """The people whom two rules tell the same, and those whom they tell different things.

    ``groups``, ``amounts`` and ``shares`` go together: who, how many, and which part of all.
    """

    title: Text
    groups: tuple[ColorClass, ...]
    amounts: tuple[Text, ...]
    shares: tuple[str, ...]


@dataclass(frozen=True)
class RuleTable:
    """Several rules for one service; ``notes`` tell what they differ in beside the measure."""

    rows: tuple[RuleRow, ...]
    splits: tuple[RuleSplit, ...]
    notes: tuple[Text, ...]


@dataclass(frozen=True)
class SureRow:
    """A rate under another assumption: its name, difference in people, and place on the axis."""

    name: Text
    rate: str
    people: Text
    at: float


@dataclass(frozen=True)
class SureZone:
    """A zone: its low and high, and who is covered or missed by less than a minute."""

    name: Text
    range: str
    just_covered: Text
    just_missed: Text


@dataclass(frozen=True)
class SureTable:
    """How sure the rate of a service is.

    Parameters
    ----------
    range
        The published rate of the whole study, its low and its high.
    at
        Where the published rate lies on the axis, which runs from the low (0) to the high (1).
    rows
        Those that move the rate most first.
    margin
        Who is near the line in the whole study; None by a plain radius.
    notes
        By what rule low and high were found.
    """

    range: Text
    at: float
    rows: tuple[SureRow, ...]
    margin: Text | None
    zones: tuple[SureZone, ...]
    notes: tuple[Text, ...]


@dataclass(frozen=True)
class PageChart:
    """A chart beside the map: its title, and SVG elements with words of either language."""

    title: Text
    svg: Text


@dataclass(frozen=True)
class MapPage:
    """A page with a map.

    Parameters
    ----------
    extent
        West, south, east, north in degrees: what the map shows when it opens.
    layers
        From the lowest to the uppermost.
    cautions
        What must be read before any figure, shown under the title.
    review
        Review number of the map, or the line that says it has none.
    swipes
        Pairs of layers to be seen side by side.
    basemap
        Tiles under all layers.
    """

    title: Text
    subtitle: Text
    languages: tuple[Language, ...]
    extent: tuple[float, float, float, float]
    layers: tuple[MapLayer | ImageLayer, ...]
    review: Text
    figures: tuple[Figure, ...] = ()
    rules: RuleTable | None = None
    sure: SureTable | None = None
    charts: tuple[PageChart, ...] = ()
    zone_table: ZoneTable | None = None
    facts: tuple[Fact, ...] = ()
    notices: tuple[Notice, ...] = ()
    cautions: tuple[Text, ...] = ()
    links: tuple[Link, ...] = ()
    swipes: tuple[Swipe, ...] = ()
    basemap: Basemap | None = None


@dataclass(frozen=True)
class ServiceCard:
    """A service circle on the front page: its rate against its target, and the way to its map.

    ``picture`` is an inline SVG of its zones.
    """

    title: Text
    href: str
    rate: float
    target: float | None
    figure: Figure
    uncovered: Figure
    basis: Text
    picture: str = ""


@dataclass(frozen=True)
class RateCell:
    """A rate in the table of the front page; ``met`` is None where there is no target."""

    rate: float
    target: float | None
    met: bool | None


@dataclass(frozen=True)
class RateTable:
    """The rates of every service in the zones of one level."""

    level: Text
    services: tuple[Text, ...]
    zones: tuple[Text, ...]
    cells: tuple[tuple[RateCell, ...], ...]
    is_open: bool


@dataclass(frozen=True)
class PageGroup:
    """Pages of one kind, under a heading of the front page."""

    name: Text
    pages: tuple[Link, ...]


@dataclass(frozen=True)
class IndexPage:
    """The front page of a study."""

    title: Text
    languages: tuple[Language, ...]
    cards: tuple[ServiceCard, ...]
    review: Text
    groups: tuple[PageGroup, ...] = ()
    pages: tuple[Link, ...] = ()
    parts: tuple[Link, ...] = ()
    tables: tuple[RateTable, ...] = ()
    downloads: tuple[Link, ...] = ()
    facts: tuple[Fact, ...] = ()
    cautions: tuple[Text, ...] = ()
