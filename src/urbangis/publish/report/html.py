"""A report as one HTML file that loads nothing and prints on A4."""

import base64
from html import escape

from urbangis.publish.charts.drawing import svg
from urbangis.publish.markup import tag
from urbangis.publish.plain import legible
from urbangis.publish.report.model import (
    Block,
    Bullets,
    Cell,
    Graph,
    Paragraph,
    Picture,
    Report,
    Table,
    numbered,
)

_STYLE = """
@page { size: A4; margin: 20mm 18mm 18mm; }
body { font: 11pt/1.7 "Microsoft YaHei", "PingFang SC", "Noto Sans CJK SC", "Noto Sans SC",
  "Source Han Sans SC", SimSun, sans-serif; color: #1a1f24; max-width: 174mm; margin: 0 auto;
  padding: 12px; }
h1 { font-size: 21pt; text-align: center; margin: .4em 0 .2em; line-height: 1.3; }
h2 { font-size: 15pt; border-left: 5px solid #0b5394; padding-left: 9px; margin: 1.5em 0 .5em; }
h3 { font-size: 12.5pt; margin: 1.3em 0 .4em; }
h2, h3, caption { break-after: avoid; }
.meta, .caution { text-align: center; margin: .1em 0; color: #56626d; }
.caution { color: #9c1c0c; }
table { border-collapse: collapse; width: 100%; font-size: 9.5pt; margin: .6em 0 1em; }
caption, figcaption { font-size: 10pt; color: #333; padding: 4px; text-align: center; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
th, td { border: 1px solid #b8c2cb; padding: 3px 7px; text-align: left; overflow-wrap: anywhere; }
th, td:first-child { min-width: 4.5em; }
th { background: #eef2f6; }
td.amount, td.rate, td.points { text-align: right; font-variant-numeric: tabular-nums;
  white-space: nowrap; }
figure { margin: .8em 0; text-align: center; break-inside: avoid; }
figure img { max-width: 100%; max-height: 235mm; border: 1px solid #d5dce2; }
figure svg { max-width: 100%; height: auto; }
svg text { font-family: inherit; }
p, li { overflow-wrap: anywhere; }
footer { border-top: 1px solid #b8c2cb; margin-top: 2em; padding-top: 6px; font-size: 10pt; }
"""


def report_html(report: Report) -> str:
    """Write a report as HTML: text is escaped, pictures stand in the file, no script is in it."""
    count = _Counter(report.language)
    body = [
        tag("h1", _text(report.title)),
        *(tag("p", _text(line), class_="meta") for line in report.meta),
        *(tag("p", _text(line), class_="caution") for line in report.cautions),
    ]
    for heading, section in numbered(report):
        body.append(tag(f"h{section.depth + 1}", _text(heading)))
        body += [_block(block, count) for block in section.blocks]
    body.append(tag("footer", tag("strong", _text(report.review))))
    language = "zh-CN" if report.language == "zh" else "en"
    return (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_text(report.title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(body)
        + "\n</body>\n</html>\n"
    )


class _Counter:
    """Numbers the figures and tables of a report."""

    def __init__(self, language: str) -> None:
        self._words = ("表", "图") if language == "zh" else ("Table", "Figure")
        self._tables = self._figures = 0

    def table(self) -> str:
        self._tables += 1
        return f"{self._words[0]} {self._tables}"

    def figure(self) -> str:
        self._figures += 1
        return f"{self._words[1]} {self._figures}"


def _block(block: Block, count: _Counter) -> str:
    match block:
        case Paragraph():
            return tag("p", _text(block.text))
        case Bullets():
            return tag("ul", *(tag("li", _text(line)) for line in block.lines))
        case Table():
            return _table(block, count.table())
        case Picture():
            source = "data:image/png;base64," + base64.b64encode(block.png).decode("ascii")
            picture = tag("img", src=source, alt=legible(block.told)).removesuffix("</img>")
            return _figure(picture, count.figure(), block.caption)
        case Graph():
            number = count.figure()
            name = "chart-" + number.split()[-1]
            return _figure(svg(block.drawing, name=name), number, block.caption)


def _figure(content: str, number: str, caption: str) -> str:
    return tag("figure", content, tag("figcaption", _text(f"{number} {caption}")))


def _table(table: Table, number: str) -> str:
    head = tag("tr", *(tag("th", _text(name), scope="col") for name in table.head))
    rows = (tag("tr", *map(_cell, row)) for row in table.rows)
    return tag(
        "table",
        tag("caption", _text(f"{number} {table.caption}")),
        tag("thead", head),
        tag("tbody", *rows),
    )


def _cell(cell: Cell) -> str:
    return tag("td", _text(cell.shown), class_=None if cell.format == "text" else cell.format)


def _text(text: str) -> str:
    return escape(legible(text))
