"""What our PDFs have in common: letter size, our own typeface, numbered pages, tables that break and repeat their heading."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import cast

from anyascii import anyascii
from django.utils.translation import gettext as _
from fpdf import FPDF
from fpdf.enums import TableBordersLayout, XPos, YPos
from fpdf.fonts import FontFace, TTFFont

FONTS = Path(__file__).parent / "fonts"
FACE = "DejaVu"
INK, FAINT, PETROL, PALE = (33, 37, 41), (98, 105, 118), (11, 110, 116), (236, 247, 247)
MARGIN = 16
SAFE = str.maketrans({"\t": " ", "\r": " ", "\n": " "})


class Sheet(FPDF):
    """``write_*`` methods go down the page; a page that is full begins the next one by itself."""

    def __init__(self, *, title: str, author: str, footer: str, made_at: datetime) -> None:
        super().__init__(format="letter", unit="mm")
        self.footer_text = footer
        self.set_margin(MARGIN)
        self.set_auto_page_break(True, margin=20)
        self.add_font(FACE, "", FONTS / "DejaVuSansCondensed.ttf")
        self.add_font(FACE, "B", FONTS / "DejaVuSansCondensed-Bold.ttf")
        self.set_title(title)
        self.set_author(author)
        self.set_creation_date(made_at)
        self.set_lang("es-MX")
        self.alias_nb_pages()
        self.add_page()

    def normalize_text(self, text: str) -> str:
        """What our typeface lacks (it has Latin, Greek and Cyrillic) is spelled in Latin letters: a name in another script
        can still be read, where it would be empty boxes."""
        composed = unicodedata.normalize("NFC", text)
        known = cast("TTFFont", self.fonts[f"{FACE.lower()}B"]).cmap
        spelled = (sign if ord(sign) in known or sign < " " else anyascii(sign) for sign in composed)
        return str(super().normalize_text(composed if composed.isascii() else "".join(spelled)))

    def footer(self) -> None:
        self.set_y(-14)
        self._use(7.5, colour=FAINT)
        page = _("Página %(page)s de %(pages)s") % {"page": self.page_no(), "pages": "{nb}"}
        self.cell(self.epw * 0.75, 4, self.footer_text)
        self.cell(0, 4, page, align="R")

    def write_heading(self, left: Sequence[str], right: Sequence[str]) -> None:
        """Who writes at the left, what it is at the right. The first line of each is large."""
        top, half = self.get_y(), self.epw / 2 - 4
        self._column(self.l_margin, top, half, left, align="L")
        below = self.get_y()
        self._column(self.l_margin + half + 8, top, half, right, align="R")
        self.set_y(max(below, self.get_y()) + 3)
        self.set_draw_color(*PETROL)
        self.set_line_width(0.6)
        self.line(self.l_margin, self.get_y(), self.l_margin + self.epw, self.get_y())
        self.ln(4)

    def _column(self, x: float, y: float, width: float, lines: Sequence[str], *, align: str) -> None:
        self.set_xy(x, y)
        for place, text in enumerate(lines):
            if text:
                self._use(14 if place == 0 else 9, bold=place == 0, colour=PETROL if place == 0 else INK)
                self._paragraph(text, width, 6.5 if place == 0 else 4.4, align=align, x=x)

    def write_block(self, title: str, lines: Sequence[str], *, keeps: bool = True) -> None:
        """A titled paragraph per line; kept on one page."""
        if keeps and self.will_page_break(6 + 5 * len(lines)):
            self.add_page()
        self._use(9, bold=True, colour=PETROL)
        self._paragraph(title, self.epw, 5)
        self._use(9)
        for text in lines:
            if text:
                self._paragraph(text, self.epw, 4.6)
        self.ln(3)

    def write_table(
        self, headings: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int], numbers: int
    ) -> None:
        """``numbers``: how many of the last columns are amounts. Long texts wrap, the heading repeats on every page."""
        self._use(8)
        self.set_draw_color(210, 214, 220)
        self.set_line_width(0.2)
        align = ["LEFT"] * (len(headings) - numbers) + ["RIGHT"] * numbers
        with self.table(
            col_widths=tuple(widths),
            text_align=tuple(align),
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            headings_style=FontFace(emphasis="BOLD", color=INK, fill_color=PALE),
            line_height=4.4,
            padding=(0.9, 1.2),
            width=self.epw,
        ) as table:
            for cells in [headings, *rows]:
                row = table.row()
                for text in cells:
                    row.cell(text.translate(SAFE))
        self.ln(3)

    def write_totals(self, rows: Sequence[tuple[str, str]]) -> None:
        """Label and amount at the right margin; the last one is the total."""
        if self.will_page_break(6 * len(rows) + 4):
            self.add_page()
        for place, (label, amount) in enumerate(rows):
            is_last = place == len(rows) - 1
            self._use(11 if is_last else 9, bold=is_last)
            self.set_x(self.l_margin + self.epw - 95)
            self.cell(50, 6 if is_last else 5, label, align="R")
            self.cell(45, 6 if is_last else 5, amount, align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(2)

    def write_line(self, text: str, *, faint: bool = False) -> None:
        self._use(8.5, colour=FAINT if faint else INK)
        self._paragraph(text, self.epw, 4.6)
        self.ln(2)

    def as_bytes(self) -> bytes:
        return bytes(self.output())

    def _use(self, size: float, *, bold: bool = False, colour: tuple[int, int, int] = INK) -> None:
        self.set_font(FACE, "B" if bold else "", size)
        self.set_text_color(*colour)

    def _paragraph(self, text: str, width: float, height: float, *, align: str = "L", x: float | None = None) -> None:
        self.set_x(self.l_margin if x is None else x)
        self.multi_cell(width, height, text.translate(SAFE), align=align, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
