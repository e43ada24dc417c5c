"""A report as a DOCX that a planner can go on editing: styles, headings, captions, tables."""

from io import BytesIO

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.table import Table as WordTable
from docx.table import _Cell as WordCell
from docx.text.paragraph import Paragraph as WordParagraph

from urbangis.publish.charts.drawing import width_of
from urbangis.publish.plain import legible
from urbangis.publish.print.drawn import drawing_png
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
from urbangis.publish.report.pack import repacked

SONG, HEI = "宋体", "黑体"
"""East Asian fonts of body and headings, as reports of Chinese authorities have them."""

_WIDE_CM, _TALL_CM = 15.8, 21.5
_THEME_FONTS = ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme")
_LONGEST = 32_000
_LEAST_EM, _MOST_EM = 3.5, 14.0


def report_docx(report: Report) -> bytes:
    """Write a report as DOCX."""
    writer = _Writer(report)
    for heading, section in numbered(report):
        writer.document.add_heading(_text(heading), section.depth)
        for block in section.blocks:
            writer.block(block)
    writer.paragraph(report.review, bold=True)
    place = BytesIO()
    writer.document.save(place)
    return repacked(place.getvalue())


class _Writer:
    """Writes blocks into a document, and numbers its tables and figures."""

    def __init__(self, report: Report) -> None:
        self.document: WordDocument = Document()
        self._words = ("表", "图") if report.language == "zh" else ("Table", "Figure")
        self._counts = dict.fromkeys(self._words, 0)
        self._set_styles()
        self._set_page()
        core = self.document.core_properties
        core.title, core.author = _text(report.title)[:250], "urbangis"
        core.language = "zh-CN" if report.language == "zh" else "en"
        self._centred(report.title, "Title")
        for line in report.meta:
            self._centred(line)
        for line in report.cautions:
            for run in self._centred(line).runs:
                run.font.color.rgb = RGBColor(0x9C, 0x1C, 0x0C)

    def block(self, block: Block) -> None:
        """Write a block."""
        match block:
            case Paragraph():
                self.paragraph(block.text)
            case Bullets():
                for line in block.lines:
                    self.document.add_paragraph(_text(line), style="List Bullet")
            case Table():
                self._caption(0, block.caption, keep=True)
                self._table(block)
            case Picture():
                width = min(_WIDE_CM, _TALL_CM / block.tall)
                self._picture(block.png, width, block.told)
                self._caption(1, block.caption)
            case Graph():
                self._picture(drawing_png(block.drawing), _WIDE_CM, block.drawing.description)
                self._caption(1, block.caption)

    def paragraph(self, text: str, *, bold: bool = False) -> None:
        """Write a paragraph."""
        self.document.add_paragraph().add_run(_text(text)).bold = bold

    def _centred(self, text: str, style: str | None = None) -> WordParagraph:
        paragraph = self.document.add_paragraph(_text(text), style=style)
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        return paragraph

    def _caption(self, kind: int, text: str, *, keep: bool = False) -> None:
        """Write a caption whose number Word counts itself, so that it stays right when edited."""
        word = self._words[kind]
        self._counts[word] += 1
        paragraph = self._centred(f"{word} ", "Caption")
        field = OxmlElement("w:fldSimple")
        field.set(qn("w:instr"), f" SEQ {word} \\* ARABIC ")
        run = OxmlElement("w:r")
        number = OxmlElement("w:t")
        number.text = str(self._counts[word])
        run.append(number)
        field.append(run)
        paragraph._p.append(field)  # noqa: SLF001  python-docx knows no fields
        paragraph.add_run(f" {_text(text)}")
        paragraph.paragraph_format.keep_with_next = keep

    def _picture(self, png: bytes, width_cm: float, told: str) -> None:
        self.document.add_picture(BytesIO(png), width=Cm(width_cm))
        paragraph = self.document.paragraphs[-1]
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.paragraph_format.keep_with_next = True
        paragraph.paragraph_format.line_spacing = 1.0
        properties = self.document.inline_shapes[-1]._inline.docPr  # noqa: SLF001
        properties.set("descr", _text(told)[:2000])

    def _table(self, table: Table) -> None:
        made = self.document.add_table(rows=1, cols=len(table.head))
        made.style = "Table Grid"
        made.alignment = WD_TABLE_ALIGNMENT.CENTER
        for cell, name in zip(made.rows[0].cells, table.head, strict=True):
            _fill(cell, Cell(name), head=True)
        repeats = OxmlElement("w:tblHeader")  # on every page that the table runs over
        repeats.set(qn("w:val"), "true")
        made.rows[0]._tr.get_or_add_trPr().append(repeats)  # noqa: SLF001
        for row in table.rows:
            for cell, one in zip(made.add_row().cells, row, strict=True):
                _fill(cell, one)
        _set_widths(made, table)
        self.document.add_paragraph()

    def _set_styles(self) -> None:
        styles = self.document.styles
        for name, font, size, bold in (
            ("Normal", SONG, 12.0, False),
            ("Title", HEI, 22.0, True),
            ("Heading 1", HEI, 16.0, True),
            ("Heading 2", HEI, 14.0, True),
            ("List Bullet", SONG, 12.0, False),
            ("Caption", HEI, 10.5, False),
        ):
            style = styles[name]
            if isinstance(style, ParagraphStyle):
                _set_font(style, font, size, bold=bold)
        normal = styles["Normal"]
        if isinstance(normal, ParagraphStyle):
            normal.paragraph_format.line_spacing = 1.5
            normal.paragraph_format.space_after = Pt(4)

    def _set_page(self) -> None:
        page = self.document.sections[0]
        page.page_width, page.page_height = Cm(21.0), Cm(29.7)
        page.left_margin = page.right_margin = Cm(2.6)
        page.top_margin, page.bottom_margin = Cm(2.6), Cm(2.4)
        footer = page.footer.paragraphs[0]
        footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
        field = OxmlElement("w:fldSimple")
        field.set(qn("w:instr"), " PAGE ")
        footer._p.append(field)  # noqa: SLF001


def _set_font(style: ParagraphStyle, east_asian: str, size: float, *, bold: bool) -> None:
    """Give a style its fonts by name; those of the theme would win over them."""
    style.font.name = "Times New Roman"
    style.font.size = Pt(size)
    style.font.bold = bold
    style.font.color.rgb = RGBColor(0, 0, 0)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    fonts.set(qn("w:eastAsia"), east_asian)
    for name in _THEME_FONTS:
        fonts.attrib.pop(qn(name), None)


def _set_widths(made: WordTable, table: Table) -> None:
    """Share the width of the page among columns by the length of what stands in them."""
    longest = [
        min(_MOST_EM, max(width_of(text[:99], 1) for text in _column(table, number)))
        for number in range(len(table.head))
    ]
    wanted = [max(one, _LEAST_EM) for one in longest]
    made.autofit = False
    for column, share in zip(made.columns, wanted, strict=True):
        column.width = Cm(_WIDE_CM * share / sum(wanted))
    for row in made.rows:
        for cell, column in zip(row.cells, made.columns, strict=True):
            cell.width = column.width


def _column(table: Table, number: int) -> list[str]:
    return [table.head[number], *(row[number].shown for row in table.rows)]


def _fill(cell: WordCell, one: Cell, *, head: bool = False) -> None:
    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.line_spacing = 1.0
    paragraph.paragraph_format.space_after = Pt(0)
    run = paragraph.add_run(_text(one.shown))
    run.font.size = Pt(9.5)
    run.font.bold = head
    if head:
        shade = OxmlElement("w:shd")
        shade.set(qn("w:val"), "clear")
        shade.set(qn("w:fill"), "EEF2F6")
        cell._tc.get_or_add_tcPr().append(shade)  # noqa: SLF001
    elif one.format != "text":
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _text(text: str) -> str:
    return legible(text)[:_LONGEST]
