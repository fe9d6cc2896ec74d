"""Training pairs: a question and the passage that answers it, from development data and entries.

Nothing but the development halves given by the caller and the project's own entries is read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from knowledge.corpus import Corpus
from knowledge.entries import EntrySet
from knowledge.search.collection import passage

AS_OF = date(2026, 11, 25)
ANSWER_HEAD = 64
_FILES = ("stard_dev.jsonl", "consult_dev.jsonl", "faq_dev.jsonl")


@dataclass(frozen=True, slots=True)
class Pair:
    """A question, a passage, and a key that passages of one meaning share."""

    question: str
    passage: str
    key: str


def pairs(data: Path, corpus: Corpus, entries: EntrySet) -> list[Pair]:
    """Every pair, in a fixed order."""
    found = [*_cited(data, corpus), *_answered(data), *_own(corpus, entries)]
    unique = {(pair.question, pair.key): pair for pair in found}
    return [unique[key] for key in sorted(unique)]


def hashes(data: Path) -> dict[str, str]:
    """The SHA-256 of each file that was read, for the model card."""
    return {
        name: hashlib.sha256((data / name).read_bytes()).hexdigest()
        for name in _FILES
        if (data / name).exists()
    }


def _cited(data: Path, corpus: Corpus) -> Iterator[Pair]:
    for name in ("stard_dev.jsonl", "consult_dev.jsonl"):
        for row in _rows(data / name):
            for gold in row["gold"]:
                if name.startswith("consult") and not gold.get("verified"):
                    continue
                cited = gold.get("current") or gold
                article = corpus.find(cited["law"], cited["article"], AS_OF)
                if article is not None:
                    yield Pair(row["query"], passage(article), article.key)


def _answered(data: Path) -> Iterator[Pair]:
    for row in _rows(data / "faq_dev.jsonl"):
        yield Pair(row["question"], row["answer"][: ANSWER_HEAD * 3], f"faq:{row['id']}")


def _own(corpus: Corpus, entries: EntrySet) -> Iterator[Pair]:
    for entry in entries.entries:
        articles = [
            article
            for law, number in entry.citations
            if (article := corpus.find(law, number, AS_OF)) is not None
        ]
        for question in entry.questions:
            yield Pair(question.q, f"{entry.title}：{entry.answer}", f"entry:{entry.id}")
            for article in articles[:1]:
                yield Pair(question.q, passage(article), article.key)


def _rows(path: Path) -> Iterator[dict]:  # type: ignore[type-arg]
    if not path.exists():
        return
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)
