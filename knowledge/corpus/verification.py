"""Checking a citation: does it exist, is it law on that day, are the words true."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from knowledge.corpus.corpus import Corpus
from knowledge.corpus.numerals import article_number
from knowledge.model import Article, text_hash

Verdict = Literal[
    "valid", "unknown_law", "unknown_article", "bad_number", "not_yet", "ended", "unknown_start",
    "quote_differs",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class CitationCheck:
    """What was found; `article` is the text in force where there is one, `message` says it."""

    verdict: Verdict
    message: str
    article: Article | None = None

    @property
    def valid(self) -> bool:
        """Whether the citation may be shown."""
        return self.verdict == "valid"

    def as_json(self) -> dict[str, Any]:
        """Return the check as a JSON object."""
        article = self.article
        return {
            "verdict": self.verdict,
            "message": self.message,
            "law": article.law if article else None,
            "article": article.number if article else None,
            "version": article.version.isoformat() if article and article.version else None,
            "quote_hash": text_hash(article.text) if article else None,
        }


def verify_citation(
    corpus: Corpus,
    law: str,
    number: str | int,
    as_of: date,
    quote_hash: str | None = None,
) -> CitationCheck:
    """Check one citation as of a day; `quote_hash` is that of the quotation, when there is one."""
    name = corpus.resolve(law)
    if name is None:
        return CitationCheck("unknown_law", f"法律库中没有《{law}》。")
    texts = corpus.texts(name, number)
    if not texts:
        if article_number(number) is None:
            return CitationCheck("bad_number", f"“{number}”不是条文编号。")
        return CitationCheck("unknown_article", f"《{name}》没有“{number}”这一条。")
    article = next((text for text in texts if text.in_force_on(as_of)), None)
    if article is None:
        return _not_in_force(name, texts, as_of)
    if quote_hash is not None and quote_hash != text_hash(article.text):
        return CitationCheck("quote_differs", f"引文与《{name}》{article.number}不一致。", article)
    return CitationCheck("valid", f"《{name}》{article.number}有效。", article)


def _not_in_force(name: str, texts: tuple[Article, ...], as_of: date) -> CitationCheck:
    number = texts[0].number
    firsts = [text.in_force_from for text in texts if text.in_force_from]
    ends = [text.in_force_to for text in texts if text.in_force_to and text.in_force_to < as_of]
    if not firsts:
        return CitationCheck("unknown_start", f"《{name}》的施行或废止日期不明，不能引用。")
    if ends:
        return CitationCheck("ended", f"《{name}》{number}自 {max(ends)} 后不再有效。")
    return CitationCheck("not_yet", f"《{name}》{number}到 {min(firsts)} 才开始施行。")
