"""Reads a bureau's directory from an xlsx file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from zipfile import BadZipFile

from openpyxl import Workbook, load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from backend.kernel.errors import Invalid


def sheets_of(path: Path) -> list[str]:
    """The names of the sheets; raises `Invalid` for a file that is not a workbook."""
    return list(_open(path).sheetnames)


def read_rows(path: Path, sheet: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Yield `(row number, {heading: text})`; raises `Invalid` for a file that is not a workbook."""
    book = _open(path)
    if sheet not in book.sheetnames:
        raise Invalid(f"文件里没有“{sheet}”这张表。", where=str(path))
    rows = book[sheet].iter_rows(values_only=True)
    headings = [_text(cell) for cell in next(rows, ())]
    if not any(headings):
        raise Invalid(f"“{sheet}”的第一行应当是列名。", where=str(path))
    for number, row in enumerate(rows, start=2):
        values = {heading: _text(cell) for heading, cell in zip(headings, row, strict=False)}
        if any(values.values()):
            yield number, values


def _open(path: Path) -> Workbook:
    try:
        return load_workbook(path, data_only=True)
    except (OSError, BadZipFile, InvalidFileException, KeyError, ValueError) as error:
        raise Invalid("这不是一个能读的 xlsx 文件。", where=str(path)) from error


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()
