"""Files of legal texts as numbered lines: Markdown and Word, one law or part of a law a file."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from knowledge.corpus.texts import clean_line

LARGEST_FILE = 8_000_000
MARKDOWN = frozenset({".md", ".markdown"})
WORD = frozenset({".docx"})


class TextRefused(Exception):
    """A file cannot be taken as a legal text; `line` is where that was seen (0: the whole file)."""

    def __init__(self, reason: str, line: int = 0) -> None:
        """Keep the reason, a sentence for the person, and the line."""
        super().__init__(reason)
        self.reason = reason
        self.line = line


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is not empty, with its number in the file; `level` is that of a heading, or 0."""

    number: int
    text: str
    level: int = 0


def read_lines(path: Path) -> list[Line]:
    """Read the lines of a file. Raises TextRefused with the line where reading stopped.

    In a Word file a line is a paragraph; a row of a table is one line.
    """
    suffix = path.suffix.lower()
    if suffix not in MARKDOWN | WORD:
        raise TextRefused("不是 Markdown（.md）或 Word（.docx）文件")
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise TextRefused("文件超过 8 MB，不像一部法律文本")
        lines = list(_markdown(path) if suffix in MARKDOWN else _word(path))
    except OSError as error:
        raise TextRefused(f"文件无法读取：{error.strerror or error}") from error
    if not lines:
        raise TextRefused("文件是空的")
    return lines


def _markdown(path: Path) -> Iterator[Line]:
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        where = raw[: error.start].count(b"\n") + 1
        raise TextRefused("不是 UTF-8 编码，请另存为 UTF-8 后再导入", where) from error
    for number, line in enumerate(text.split("\n"), 1):
        words, level = clean_line(line), 0
        if words.startswith("#"):
            level = len(words) - len(words.lstrip("#"))
            words = clean_line(words[level:])
        if words.startswith("**"):
            words = words.strip("*")
        if words:
            yield Line(number, words, level)


def _word(path: Path) -> Iterator[Line]:
    # The library is loaded only where a Word file is read.
    from docx import Document
    from docx.opc.exceptions import PackageNotFoundError
    from docx.table import Table

    try:
        document = Document(str(path))
        blocks = list(document.iter_inner_content())
    except (PackageNotFoundError, zipfile.BadZipFile, KeyError, ValueError, SyntaxError) as error:
        raise TextRefused("Word 文件已损坏或不是 .docx 格式") from error
    for number, block in enumerate(blocks, 1):
        if isinstance(block, Table):
            for row in block.rows:
                cells = dict.fromkeys(clean_line(cell.text) for cell in row.cells)
                if any(cells):
                    yield Line(number, " | ".join(cells))
            continue
        for paragraph in map(clean_line, block.text.split("\n")):
            if paragraph:
                yield Line(number, paragraph)
