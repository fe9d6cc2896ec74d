"""Training groups: a passage and the questions that it answers, from development data and entries.

Nothing but the development halves given by the caller and the project's own entries is read.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from knowledge.corpus import Corpus
from knowledge.entries import EntrySet
from knowledge.evaluation.folds import fold_of, kept_back
from knowledge.search.collection import passage

AS_OF = date(2026, 11, 25)
ANSWER_HEAD = 192
# How many questions share a passage in one batch.
TOGETHER = 3
_FILES = ("stard_dev.jsonl", "consult_dev.jsonl", "faq_dev.jsonl")


@dataclass(frozen=True, slots=True)
class Group:
    """A passage, the key that passages of one meaning share, and questions it answers."""

    key: str
    passage: str
    questions: tuple[str, ...]


@dataclass(slots=True)
class Teaching:
    """Passages by key, and for each question the keys of all passages that answer it.

    `told` are questions with one labelled passage each; `own` are an entry's questions, which may
    learn from the entry or from what it cites.
    """

    passages: dict[str, str] = field(default_factory=dict)
    golds: dict[str, set[str]] = field(default_factory=dict)
    told: list[tuple[str, str]] = field(default_factory=list)
    own: list[tuple[tuple[str, ...], tuple[str, ...]]] = field(default_factory=list)

    def groups(self, rng: random.Random) -> list[Group]:
        """One epoch's groups, in random order; which passage an entry's questions get varies."""
        found = [Group(key, self.passages[key], (question,)) for question, key in self.told]
        for questions, keys in self.own:
            shuffled = rng.sample(questions, len(questions))
            for at in range(0, len(shuffled), TOGETHER):
                key = keys[0] if len(keys) == 1 or rng.random() < 0.5 else rng.choice(keys[1:3])
                found.append(Group(key, self.passages[key], tuple(shuffled[at : at + TOGETHER])))
        rng.shuffle(found)
        return found

    def tell(self, question: str, key: str, text: str) -> None:
        """A labelled question: the passage `key` answers it."""
        self.passages[key] = text
        self.golds.setdefault(question, set()).add(key)
        if (question, key) not in self.told:
            self.told.append((question, key))


def teaching(data: Path, corpus: Corpus, entries: EntrySet, hold: int | None = None) -> Teaching:
    """Everything to learn from, in a fixed order, without the fold `hold` (0–4)."""
    found = Teaching()
    for name in ("stard_dev.jsonl", "consult_dev.jsonl"):
        for row in _rows(data / name, hold):
            for key, text in _cited(row, corpus, verified=name.startswith("consult")):
                found.tell(row["query"], key, text)
    for row in _rows(data / "faq_dev.jsonl", hold):
        found.tell(row["question"], f"faq:{row['id']}", row["answer"][:ANSWER_HEAD])
    _add_own(found, corpus, entries, hold)
    return found


def hashes(data: Path) -> dict[str, str]:
    """The SHA-256 of each file that was read, for the model card."""
    return {
        name: hashlib.sha256((data / name).read_bytes()).hexdigest()
        for name in _FILES
        if (data / name).exists()
    }


def _cited(row: Mapping[str, Any], corpus: Corpus, *, verified: bool) -> Iterator[tuple[str, str]]:
    for gold in row["gold"]:
        cited = gold.get("current") or gold
        article = corpus.find(cited["law"], cited["article"], AS_OF)
        if article is not None and (gold.get("verified") or not verified):
            yield article.key, passage(article)


def _add_own(found: Teaching, corpus: Corpus, entries: EntrySet, hold: int | None) -> None:
    for entry in entries.entries:
        if hold is not None and fold_of(entry.id) == hold:
            continue
        key = f"entry:{entry.id}"
        found.passages[key] = f"{entry.title}：{entry.answer}"
        keys = [key]
        for law, number in entry.citations:
            article = corpus.find(law, number, AS_OF)
            if article is not None and article.key not in keys:
                found.passages[article.key] = passage(article)
                keys.append(article.key)
        questions = tuple(
            question.q
            for number, question in enumerate(entry.questions)
            if hold is None or not kept_back(number)
        )
        for question in questions:
            found.golds.setdefault(question, set()).update(keys)
        found.own.append((questions, tuple(keys)))


def _rows(path: Path, hold: int | None) -> Iterator[dict[str, Any]]:
    if not path.exists():
        return
    with path.open(encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            if hold is None or fold_of(str(row["id"])) != hold:
                yield row
