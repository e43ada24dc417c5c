"""Pages of tables and drawings that are read from top to bottom, and printed."""

from collections.abc import Sequence
from dataclasses import dataclass

from urbangis.notices import Language, Notice, Text
from urbangis.publish.markup import tag
from urbangis.publish.model import Fact, Figure, Link
from urbangis.publish.web.prose import Writer


@dataclass(frozen=True)
class Cell:
    """A cell of a table: its text, a smaller second line, a tone, and where it leads."""

    text: Text
    small: Text | None = None
    tone: str | None = None
    href: str | None = None
    is_number: bool = False


@dataclass(frozen=True)
class SheetTable:
    """A table with a heading; the first cell of each row names it."""

    title: Text
    columns: tuple[Text, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[Text, ...] = ()


@dataclass(frozen=True)
class Drawing:
    """A drawing (SVG) with a caption; ``id`` is where links to it lead."""

    id: str
    svg: str
    title: Text
    lines: tuple[Text, ...] = ()


@dataclass(frozen=True)
class DrawingSet:
    """Drawings under one heading, side by side where there is room; ``legend`` is HTML."""

    title: Text
    drawings: tuple[Drawing, ...]
    legend: str = ""


@dataclass(frozen=True)
class SheetPage:
    """A page without a map that moves.

    Parameters
    ----------
    sections
        Tables and drawings in their order.
    others
        As of a `MapPage`.
    """

    title: Text
    subtitle: Text
    languages: tuple[Language, ...]
    review: Text
    sections: tuple[SheetTable | DrawingSet, ...]
    figures: tuple[Figure, ...] = ()
    facts: tuple[Fact, ...] = ()
    notices: tuple[Notice, ...] = ()
    cautions: tuple[Text, ...] = ()
    links: tuple[Link, ...] = ()


def sheet_body(page: SheetPage) -> str:
    """Return the body of a page as HTML; both languages stand in it."""
    say = _Writer(page.languages)
    return "".join(
        (
            say.head(page),
            tag(
                "main",
                say.figures(page.figures),
                *(say.section(section) for section in page.sections),
                say.notices(page.notices),
                say.facts(page.facts),
            ),
            say.foot(page.title, page.review),
        )
    )


class _Writer(Writer):
    """Writes the sections of a page in the languages it has."""

    def head(self, page: SheetPage) -> str:
        ways = (tag("a", self(link.label), href=link.href) for link in page.links)
        return tag(
            "header",
            self.switch(),
            tag("nav", *ways),
            tag("p", self(page.subtitle), class_="subtitle"),
            tag("h1", self(page.title)),
            self.cautions(page.cautions),
        )

    def figures(self, figures: Sequence[Figure]) -> str:
        if not figures:
            return ""
        lines = (
            tag(
                "div",
                tag("dt", self(figure.label)),
                tag(
                    "dd",
                    tag("strong", self(figure.value)),
                    tag("span", self(figure.note)) if figure.note else "",
                ),
                class_=f"figure {figure.tone}",
            )
            for figure in figures
        )
        return tag("dl", *lines, class_="sheet-figures")

    def section(self, section: SheetTable | DrawingSet) -> str:
        if isinstance(section, SheetTable):
            return self.table(section)
        drawn = (
            tag(
                "figure",
                drawing.svg,
                tag(
                    "figcaption",
                    tag("strong", self(drawing.title)),
                    *(tag("span", self(line)) for line in drawing.lines),
                ),
                id=drawing.id,
            )
            for drawing in section.drawings
        )
        return tag(
            "section",
            tag("h2", self(section.title)),
            section.legend,
            tag("div", *drawn, class_="drawings"),
        )

    def table(self, table: SheetTable) -> str:
        numbers = [
            all(cells[place].is_number for cells in table.rows)
            for place in range(len(table.columns))
        ]
        head = tag(
            "tr",
            *(
                tag("th", self(name), scope="col", class_="number" if is_number else None)
                for name, is_number in zip(table.columns, numbers, strict=True)
            ),
        )
        rows = (tag("tr", *self._cells(cells)) for cells in table.rows)
        body = tag(
            "div",
            tag("table", tag("thead", head), tag("tbody", *rows)),
            class_="scroll",
            tabindex="0",
            role="region",
            aria_label=table.title.to(self.languages[0]),
        )
        return tag(
            "section",
            tag("h2", self(table.title)),
            body if table.rows else "",
            *(tag("p", self(note), class_="note") for note in table.notes),
            class_="sheet-table",
        )

    def _cells(self, cells: Sequence[Cell]) -> list[str]:
        written = []
        for number, cell in enumerate(cells):
            text = self(cell.text)
            if cell.href is not None:
                text = tag("a", text, href=cell.href)
            small = tag("small", self(cell.small)) if cell.small else ""
            tones = [cell.tone, "number" if cell.is_number else None]
            written.append(
                tag(
                    "td" if number else "th",
                    text,
                    small,
                    class_=" ".join(tone for tone in tones if tone) or None,
                    scope=None if number else "row",
                )
            )
        return written
