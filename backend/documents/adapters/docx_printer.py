"""docx by python-docx, in the same layout; the office program draws with its own 仿宋."""

from __future__ import annotations

from datetime import datetime, time
from io import BytesIO

import docx
from docx.document import Document
from docx.enum.text import WD_PARAGRAPH_ALIGNMENT
from docx.oxml.ns import qn
from docx.shared import Length, Mm, Pt
from docx.text.paragraph import Paragraph

from backend.documents.model import Block, Paper, chinese_day

_BODY_FONT, _TITLE_FONT = "仿宋", "宋体"
_TITLE, _BODY, _SMALL = Pt(22), Pt(16), Pt(12)
_LINE = Pt(29)
_CENTER, _RIGHT = WD_PARAGRAPH_ALIGNMENT.CENTER, WD_PARAGRAPH_ALIGNMENT.RIGHT


class DocxPrinter:
    """Prints docx."""

    def print(self, paper: Paper) -> bytes:
        """Print it."""
        file = docx.Document()
        section = file.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.top_margin, section.bottom_margin = Mm(37), Mm(35)
        section.left_margin, section.right_margin = Mm(28), Mm(26)
        file.core_properties.title = paper.title
        file.core_properties.author = paper.issuer
        file.core_properties.created = datetime.combine(paper.day, time(4))
        self._line(file, paper.title, font=_TITLE_FONT, size=_TITLE, align=_CENTER)
        self._line(file, paper.number, size=_SMALL, align=_CENTER)
        if paper.to:
            self._line(file, paper.to)
        for block in paper.blocks:
            self._block(file, block)
        for line in (paper.issuer, chinese_day(paper.day), "（盖章处）" if paper.sealed else ""):
            if line:
                self._line(file, f"{line}　　", align=_RIGHT)
        written = BytesIO()
        file.save(written)
        return written.getvalue()

    def _block(self, file: Document, block: Block) -> None:
        if block.kind == "rows":
            table = file.add_table(rows=0, cols=2)
            table.style = "Table Grid"
            for label, value in block.rows:
                cells = table.add_row().cells
                cells[0].width, cells[1].width = Mm(42), Mm(114)
                self._say(cells[0].paragraphs[0], label, _BODY_FONT, _SMALL)
                self._say(cells[1].paragraphs[0], value, _BODY_FONT, _SMALL)
        elif block.kind == "sign":
            self._line(file, block.text)
        else:
            self._line(file, f"　　{block.text}", font="黑体" if block.kind == "heading" else "")

    def _line(
        self,
        file: Document,
        text: str,
        *,
        font: str = "",
        size: Length = _BODY,
        align: WD_PARAGRAPH_ALIGNMENT | None = None,
    ) -> None:
        paragraph = file.add_paragraph()
        if align is not None:
            paragraph.alignment = align
        paragraph.paragraph_format.line_spacing = _LINE
        paragraph.paragraph_format.space_after = Pt(0)
        self._say(paragraph, text, font or _BODY_FONT, size)

    def _say(self, paragraph: Paragraph, text: str, font: str, size: Length) -> None:
        run = paragraph.add_run(text)
        run.font.size = size
        run.font.name = font
        # python-docx has no word for the font of East Asian text; setting `name` made the element.
        fonts = run._element.get_or_add_rPr().get_or_add_rFonts()  # noqa: SLF001
        fonts.set(qn("w:eastAsia"), font)
