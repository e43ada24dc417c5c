"""What pages without a map have in common: both languages, what must be known, the foot."""

from collections.abc import Sequence

from urbangis.notices import Language, Notice, Text
from urbangis.publish.markup import both, data_script, tag
from urbangis.publish.model import Fact
from urbangis.publish.web.layers import text_json


class Writer:
    """Writes texts, and the sections that all pages have, in the languages of a page."""

    def __init__(self, languages: tuple[Language, ...]) -> None:
        self.languages = languages

    def __call__(self, text: Text) -> str:
        """Write a text."""
        return both(text, self.languages)

    def switch(self) -> str:
        """Write the button that changes the language, where there are two."""
        return tag("button", type="button", class_="language") if len(self.languages) > 1 else ""

    def cautions(self, cautions: Sequence[Text]) -> str:
        """Write what must be read before any figure."""
        return "".join(tag("p", "⚠ ", self(caution), class_="caution") for caution in cautions)

    def notices(self, notices: Sequence[Notice]) -> str:
        """Write what a reader of the figures must know."""
        if not notices:
            return ""
        lines = (tag("p", self(notice.message), class_=notice.severity) for notice in notices)
        return tag("section", tag("h2", self(Text(zh="使用须知", en="Read before use"))), *lines)

    def facts(self, facts: Sequence[Fact]) -> str:
        """Write what the figures rest on."""
        lines = (tag("dt", self(fact.label)) + tag("dd", self(fact.value)) for fact in facts)
        return tag(
            "section",
            tag("h2", self(Text(zh="依据与来源", en="Basis and sources"))),
            tag("dl", *lines, class_="facts"),
        )

    def foot(self, title: Text, review: Text, *, made_with: str = "urbangis") -> str:
        """Write the foot, and what the page's scripts need to know."""
        told = {"title": text_json(title), "languages": list(self.languages)}
        return tag("footer", tag("strong", self(review)), tag("span", made_with)) + data_script(
            "page-data", told
        )
