"""The printers, loaded when something is first printed: their libraries are large."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from backend.documents.model import Paper
from backend.documents.ports import Printer


class LatePrinter:
    """A printer made at the first print; a wrong font or library is told then."""

    def __init__(self, make: Callable[[], Printer]) -> None:
        self._printer = cache(make)

    def print(self, paper: Paper) -> bytes:
        """Print it; raises as the printer itself does."""
        return self._printer().print(paper)


def printers() -> Mapping[str, Printer]:
    """One printer for each form in which papers leave the house."""
    return {"pdf": LatePrinter(_pdf), "docx": LatePrinter(_docx)}


def _pdf() -> Printer:
    from backend.documents.adapters.pdf_printer import PdfPrinter

    return PdfPrinter()


def _docx() -> Printer:
    from backend.documents.adapters.docx_printer import DocxPrinter

    return DocxPrinter()
