"""Write the front page as HTML: both languages stand in it, and the style sheet shows one."""

from urbangis.notices import Text
from urbangis.publish.markup import tag
from urbangis.publish.model import (
    Figure,
    IndexPage,
    Link,
    PageGroup,
    RateCell,
    RateTable,
    ServiceCard,
)
from urbangis.publish.web.prose import Writer
from urbangis.publish.wording import percent


def index_body(page: IndexPage) -> str:
    """Return the body of the front page."""
    say = _Writer(page.languages)
    return "".join(
        (
            say.head(page),
            tag(
                "main",
                say.cards(page.cards),
                *(say.group(group) for group in page.groups),
                say.links(Text(zh="总览与对照", en="Overviews"), page.pages),
                say.links(Text(zh="分区专项", en="Parts of the study"), page.parts),
                *(say.table(table, f"level-{number}") for number, table in enumerate(page.tables)),
                say.links(Text(zh="数据下载", en="Downloads"), page.downloads),
                say.facts(page.facts),
            ),
            say.foot(page.title, page.review, made_with="urbangis · folium · Leaflet"),
        )
    )


class _Writer(Writer):
    """Writes the sections of a page in the languages it has."""

    def head(self, page: IndexPage) -> str:
        return tag(
            "header",
            self.switch(),
            tag("h1", self(page.title)),
            tag(
                "p",
                self(Text(zh="公共服务覆盖评估", en="Coverage of public services")),
                class_="subtitle",
            ),
            self.cautions(page.cautions),
        )

    def cards(self, cards: tuple[ServiceCard, ...]) -> str:
        return (
            tag("section", *(self._card(card) for card in cards), class_="cards") if cards else ""
        )

    def _card(self, card: ServiceCard) -> str:
        figure = card.figure
        bar = ""
        if card.rate == card.rate:
            mark = "" if card.target is None else tag("b", style=f"left:{100 * card.target:.2f}%")
            bar = tag(
                "div",
                tag("i", style=f"width:{100 * card.rate:.2f}%"),
                mark,
                class_="gauge",
                aria_hidden="true",
            )
        return tag(
            "a",
            card.picture,
            tag("h2", self(card.title)),
            tag(
                "p",
                tag("strong", self(figure.value)),
                tag("span", self(figure.note)) if figure.note else "",
                class_=f"figure first {figure.tone}",
            ),
            bar,
            tag("p", self(card.uncovered.label), " ", tag("b", self(card.uncovered.value))),
            tag("p", self(card.basis), class_="basis"),
            class_="service",
            href=card.href,
        )

    def group(self, group: PageGroup) -> str:
        cards = (
            tag(
                "a",
                tag("h3", self(page.label)),
                self._figure(page.figure) if page.figure else "",
                href=page.href,
            )
            for page in group.pages
        )
        return tag("section", tag("h2", self(group.name)), tag("div", *cards, class_="pages"))

    def _figure(self, figure: Figure) -> str:
        """Write what a page says first: the figure, and what it is."""
        return tag(
            "p",
            tag("strong", self(figure.value)),
            tag("span", self(figure.label)),
            class_=figure.tone,
        )

    def links(self, name: Text, links: tuple[Link, ...]) -> str:
        if not links:
            return ""
        lines = (tag("li", tag("a", self(link.label), href=link.href)) for link in links)
        return tag("section", tag("h2", self(name)), tag("ul", *lines, class_="links"))

    def table(self, table: RateTable, name: str) -> str:
        head = tag(
            "tr",
            tag("th", self(table.level), scope="col"),
            *(tag("th", self(service), scope="col") for service in table.services),
        )
        rows = (
            tag("tr", tag("th", self(zone), scope="row"), *(self._cell(cell) for cell in cells))
            for zone, cells in zip(table.zones, table.cells, strict=True)
        )
        return tag(
            "details",
            tag(
                "summary",
                self(Text(zh=f"{table.level.zh}覆盖率", en=f"Coverage rates: {table.level.en}")),
                id=name,
            ),
            tag(
                "div",
                tag("table", tag("thead", head), tag("tbody", *rows)),
                class_="scroll",
                tabindex="0",
                role="region",
                aria_labelledby=name,
            ),
            class_="rates",
            open="" if table.is_open else None,
        )

    def _cell(self, cell: RateCell) -> str:
        mark = {True: "✓ ", False: "✗ ", None: ""}[cell.met]
        tone = {True: "met", False: "missed", None: None}[cell.met]
        return tag("td", mark, percent(cell.rate, cell.target), class_=tone)
