"""The index of known questions: kept on disk, and only as long as the questions are the same."""

from __future__ import annotations

from datetime import date

import pytest

from knowledge.model import Article
from knowledge.search.collection import Collection
from knowledge.search.embedded import EmbeddedEngine
from knowledge.search.questions import KnownQuestion, QuestionMemory
from knowledge.search.tokens import query_terms

CITED = (("民法典", "第1条"),)


@pytest.fixture
def collection() -> Collection:
    day = date(2021, 1, 1)
    article = Article("民法典", "民法典", "第1条", 1, 0, "欠债还钱", "", "law", day, day, None)
    return Collection("c", [article])


def memory(collection: Collection, folder, *texts: str) -> QuestionMemory:
    known = [KnownQuestion(text, CITED, f"e{number}") for number, text in enumerate(texts)]
    return QuestionMemory(collection, known, index=folder)


def nearest(found: QuestionMemory, text: str) -> dict[str, float]:
    return found.by_words(query_terms(text), text).entries


def test_a_second_start_opens_what_the_first_built(collection, tmp_path, monkeypatch) -> None:
    texts = ("羊顶了人谁赔钱", "借钱不还怎么办")
    first = nearest(memory(collection, tmp_path / "q", *texts), "别人借钱不还")
    assert first
    monkeypatch.setattr(
        EmbeddedEngine, "build", lambda *_, **__: pytest.fail("the index was built again")
    )
    assert nearest(memory(collection, tmp_path / "q", *texts), "别人借钱不还") == first


def test_other_questions_get_an_index_of_their_own(collection, tmp_path) -> None:
    memory(collection, tmp_path / "q", "羊顶了人谁赔钱", "借钱不还怎么办")
    turned = memory(collection, tmp_path / "q", "借钱不还怎么办", "羊顶了人谁赔钱")
    assert list(nearest(turned, "借钱不还怎么办")) == ["e0"]


def test_in_memory_and_on_disk_find_the_same(collection, tmp_path) -> None:
    texts = ("羊顶了人谁赔钱", "借钱不还怎么办", "老板不发工资")
    kept, fresh = (memory(collection, folder, *texts) for folder in (tmp_path / "q", None))
    for text in (*texts, "工资没发"):
        assert nearest(kept, text) == nearest(fresh, text)
