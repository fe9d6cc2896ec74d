"""The file in which a platform keeps its texts: one SQLite file, replaced as a whole.

What stands in it are texts as their sources give them. From when to when each is law is worked
out on loading, so that a new table of dates needs no new import.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from sys import intern

from knowledge.corpus.texts import LegalText, TextArticle, TextSource
from knowledge.errors import CorpusError

LAYOUT = "1"
NAME = "corpus.sqlite"
PREVIOUS = "corpus.previous.sqlite"

_SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE versions (
    id INTEGER PRIMARY KEY, law TEXT NOT NULL, title TEXT NOT NULL, kind TEXT NOT NULL,
    passed TEXT NOT NULL, amended INTEGER, stated_from TEXT NOT NULL, stated_by TEXT NOT NULL,
    preamble TEXT NOT NULL, digest TEXT NOT NULL, UNIQUE (law, passed)
);
CREATE TABLE sources (
    version INTEGER NOT NULL REFERENCES versions, place INTEGER NOT NULL,
    name TEXT NOT NULL, file TEXT NOT NULL, PRIMARY KEY (version, place)
) WITHOUT ROWID;
CREATE TABLE articles (
    version INTEGER NOT NULL REFERENCES versions, place INTEGER NOT NULL, number TEXT NOT NULL,
    number_order INTEGER NOT NULL, suffix INTEGER NOT NULL, chapter TEXT NOT NULL,
    text TEXT NOT NULL, PRIMARY KEY (version, place)
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Stored:
    """The texts of a store, and the stamp of the statutes' edition that went into it."""

    texts: tuple[LegalText, ...]
    digests: tuple[str, ...]
    statutes: str


def store_path(data_dir: Path) -> Path:
    """Where the store lies under a data directory."""
    return data_dir / NAME


def write_store(data_dir: Path, texts: Iterable[LegalText], *, statutes: str) -> None:
    """Write a new store beside the old one and put it in its place in one step.

    The store it replaces is kept as the previous one. Raises CorpusError (`store_unwritable`) and
    leaves the old one in service.
    """
    path = store_path(data_dir)
    fresh = path.with_suffix(f".{os.getpid()}.new")
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        fresh.unlink(missing_ok=True)
        with closing(sqlite3.connect(fresh)) as database:
            _write(database, texts, statutes)
        _flush(fresh)
        if path.exists():
            _keep_previous(path)
        fresh.replace(path)
    except (OSError, sqlite3.Error) as error:
        raise CorpusError(
            "store_unwritable", f"法律库无法写入 {path}：{error}", retry=True
        ) from error
    finally:
        fresh.unlink(missing_ok=True)


def read_store(path: Path) -> Stored:
    """Read a store. Raises CorpusError: `store_missing`, `store_layout` or `store_damaged`."""
    if not path.is_file():
        raise CorpusError("store_missing", f"没有法律库文件 {path}。")
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            meta = dict(database.execute("SELECT name, value FROM meta"))
            if meta.get("layout") != LAYOUT:
                raise CorpusError("store_layout", f"法律库文件 {path} 的格式版本不受支持。")
            stored = _read(database, meta)
    except sqlite3.Error as error:
        raise CorpusError("store_damaged", f"法律库文件 {path} 已损坏：{error}") from error
    if str(sum(len(text.articles) for text in stored.texts)) != meta.get("articles"):
        raise CorpusError("store_damaged", f"法律库文件 {path} 不完整。")
    return stored


def _write(database: sqlite3.Connection, texts: Iterable[LegalText], statutes: str) -> None:
    database.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + _SCHEMA)
    count = 0
    for key, text in enumerate(sorted(texts, key=lambda text: (text.law, text.version)), 1):
        passed = text.passed.isoformat() if text.passed else ""
        stated = text.stated_from.isoformat() if text.stated_from else ""
        amended = None if text.amended is None else int(text.amended)
        database.execute(
            "INSERT INTO versions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (key, text.law, text.title, text.kind, passed, amended, stated, text.stated_by,
             text.preamble, text.digest),
        )  # fmt: skip
        database.executemany(
            "INSERT INTO sources VALUES (?, ?, ?, ?)",
            [(key, place, source.name, source.file) for place, source in enumerate(text.sources)],
        )
        database.executemany(
            "INSERT INTO articles VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (key, place, item.number, item.order, item.suffix, item.chapter, item.text)
                for place, item in enumerate(text.articles)
            ],
        )
        count += len(text.articles)
    database.executemany(
        "INSERT INTO meta VALUES (?, ?)",
        [("layout", LAYOUT), ("statutes", statutes), ("articles", str(count))],
    )
    database.commit()


def _read(database: sqlite3.Connection, meta: dict[str, str]) -> Stored:
    articles: dict[int, list[TextArticle]] = {}
    for version, number, order, suffix, chapter, text in database.execute(
        "SELECT version, number, number_order, suffix, chapter, text FROM articles"
        " ORDER BY version, place"
    ):
        item = TextArticle(intern(number), order, suffix, intern(chapter), text)
        articles.setdefault(version, []).append(item)
    sources: dict[int, list[TextSource]] = {}
    for version, name, file in database.execute(
        "SELECT version, name, file FROM sources ORDER BY version, place"
    ):
        sources.setdefault(version, []).append(TextSource(intern(name), file))
    texts, digests = [], []
    for row in database.execute("SELECT * FROM versions ORDER BY law, passed"):
        texts.append(_text(row, articles.pop(row[0], []), sources.get(row[0], [])))
        digests.append(row[9])
    return Stored(tuple(texts), tuple(digests), meta.get("statutes", ""))


def _text(
    row: tuple[int, str, str, str, str, int | None, str, str, str, str],
    articles: Sequence[TextArticle],
    sources: Sequence[TextSource],
) -> LegalText:
    _, law, title, kind, passed, amended, stated, stated_by, preamble, _ = row
    return LegalText(
        law=intern(law),
        title=intern(title),
        kind=intern(kind),
        passed=date.fromisoformat(passed) if passed else None,
        amended=None if amended is None else bool(amended),
        stated_from=date.fromisoformat(stated) if stated else None,
        stated_by=stated_by,
        preamble=preamble,
        articles=tuple(articles),
        sources=tuple(sources),
    )


def _flush(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _keep_previous(path: Path) -> None:
    previous = path.with_name(PREVIOUS)
    previous.unlink(missing_ok=True)
    try:
        previous.hardlink_to(path)
    except OSError:
        previous.write_bytes(path.read_bytes())
