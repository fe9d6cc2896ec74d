"""PDF by fpdf2, laid out as GB/T 9704-2012 says, the font embedded.

A4; margins 37 mm above, 28 mm left, 26 mm right; title 22 pt, body 16 pt on 29 pt lines, two
characters indented; page number below.
"""

from __future__ import annotations

from datetime import datetime, time
from importlib import resources
from pathlib import Path

from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from fpdf import FPDF
from fpdf.enums import WrapMode, XPos, YPos
from fpdf.fonts import TTFFont

from backend.documents.model import Block, Paper, chinese_day
from backend.kernel.clock import CHINA
from backend.kernel.errors import Unavailable

FONT = "data/NotoSerifSC-subset.otf"
# Where Debian and others put the whole font, for names with characters that ours lacks.
SYSTEM_FONTS = (
    Path("/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc"),
    Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
)
_TITLE, _BODY, _SMALL = 22, 16, 12
_LINE = 29 * 25.4 / 72
_INDENT = "　　"
_LABEL_WIDTH = 42
_CHINESE = 2  # the face for the mainland within the collection


class _Sheet(FPDF):
    """A page with its number below."""

    def footer(self) -> None:
        self.set_y(-28)
        self.set_font("Song", size=14)
        self.cell(0, 8, f"— {self.page_no()} —", align="C")


class PdfPrinter:
    """Prints PDF. `font` and `others` are files; the defaults are ours and the system's."""

    def __init__(self, font: Path | None = None, others: tuple[Path, ...] = SYSTEM_FONTS) -> None:
        self._font = font or Path(str(resources.files("backend.documents").joinpath(FONT)))
        self._others = others
        with TTFont(self._font, lazy=True) as opened:
            self._drawn = frozenset(opened.getBestCmap())

    def print(self, paper: Paper) -> bytes:
        """Print it; raises `Unavailable` that names a character which no font here draws."""
        sheet = _Sheet(format="A4")
        made = datetime.combine(paper.day, time(12), tzinfo=CHINA)
        sheet.set_creation_date(made)
        sheet.set_title(paper.title)
        sheet.set_lang("zh-CN")
        sheet.set_margins(28, 37, 26)
        sheet.set_auto_page_break(auto=True, margin=35)
        try:
            self._fill(sheet, paper)
            return bytes(sheet.output())
        finally:
            for font in sheet.fonts.values():
                if isinstance(font, TTFFont):
                    font.close()

    def _fill(self, sheet: FPDF, paper: Paper) -> None:
        sheet.add_font("Song", fname=self._font)
        self._help_out(sheet, paper)
        sheet.add_page()
        self._head(sheet, paper)
        for block in paper.blocks:
            self._block(sheet, block)
        self._foot(sheet, paper)

    def _help_out(self, sheet: FPDF, paper: Paper) -> None:
        lacking = "".join(
            sorted({char for char in paper.words() if char >= " " and ord(char) not in self._drawn})
        )
        if not lacking:
            return
        other = next((path for path in self._others if path.exists()), None)
        if other is None:
            raise Unavailable(
                f"随附字体没有“{lacking}”，请改下载 docx，或在服务器上安装 fonts-noto-cjk 后重试。",
                code="font_lacks_characters",
                details={"characters": lacking},
            )
        sheet.add_font("More", fname=other, collection_font_number=_CHINESE)
        sheet.set_fallback_fonts(["More"], exact_match=False)

    def _head(self, sheet: FPDF, paper: Paper) -> None:
        sheet.set_font("Song", size=_TITLE)
        sheet.multi_cell(0, 13, paper.title, align="C", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        sheet.set_font("Song", size=_SMALL)
        sheet.cell(0, 10, paper.number, align="C", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        sheet.ln(4)
        if paper.to:
            self._write(sheet, paper.to)

    def _block(self, sheet: FPDF, block: Block) -> None:
        if block.kind == "rows":
            self._rows(sheet, block)
        elif block.kind == "heading":
            sheet.ln(2)
            self._write(sheet, f"{_INDENT}{block.text}")
        elif block.kind == "sign":
            sheet.ln(6)
            self._write(sheet, block.text)
        else:
            self._write(sheet, f"{_INDENT}{block.text}")

    def _rows(self, sheet: FPDF, block: Block) -> None:
        sheet.set_font("Song", size=_SMALL)
        with sheet.table(
            col_widths=(_LABEL_WIDTH, sheet.epw - _LABEL_WIDTH),
            first_row_as_headings=False,
            line_height=8,
            padding=1,
            text_align=("CENTER", "LEFT"),
        ) as table:
            for label, value in block.rows:
                row = table.row()
                row.cell(label)
                row.cell(value)
        sheet.ln(3)

    def _write(self, sheet: FPDF, text: str) -> None:
        sheet.set_font("Song", size=_BODY)
        sheet.multi_cell(
            0, _LINE, text, align="L", wrapmode=WrapMode.CHAR, new_x=XPos.LMARGIN, new_y=YPos.NEXT
        )

    def _foot(self, sheet: FPDF, paper: Paper) -> None:
        if sheet.will_page_break(4 * _LINE):
            sheet.add_page()
        sheet.ln(_LINE)
        sheet.set_font("Song", size=_BODY)
        lines = [paper.issuer, chinese_day(paper.day)]
        if paper.sealed:
            lines.append("（盖章处）")
        for line in lines:
            sheet.cell(0, _LINE, f"{line}{_INDENT}", align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
